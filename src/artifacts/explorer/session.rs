//! What stays from one request to the next.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::changes::command;
use super::describe::described;
use super::request::Request;
use super::show::{Case, amounts, dates, picture, shown};
use super::switches::switches;
use crate::report::Report;
use crate::scenario::Scenario;
use crate::simulate::{Ordering, Results, Settings, Simulation, run};
use crate::{Error, RunOptions, run_text};

/// The scenario that is open, and what was computed of it.
#[derive(Default)]
pub struct Session {
    name: String,
    text: String,
    files: BTreeMap<String, Vec<u8>>,
    last: Option<Computed>,
    /// Cases to compare with, by their changes and points.
    pins: Vec<((Vec<String>, Sample), Case)>,
}

/// Points in each replicate, and replicates where they are not the scenario's own.
type Sample = (u64, Option<u32>);

/// What was asked and what came out.
pub struct Computed {
    /// The scenario.
    pub scenario: Scenario,
    /// The order of its shocks, which the terms do not move.
    ordering: Ordering,
    /// Its results.
    pub results: Results,
}

impl Computed {
    /// Whether another scenario has the same revenue paths.
    fn has_paths_of(&self, other: &Scenario) -> bool {
        let own = &self.scenario;
        own.model == other.model
            && own.inputs == other.inputs
            && own.timeline == other.timeline
            && own.settings.sampler == other.settings.sampler
    }

    /// Its report.
    pub fn report(&self) -> Report<'_> {
        Report::new(&self.scenario, &self.results, &[], Vec::new())
    }
}

impl Session {
    /// The answer to a request.
    ///
    /// # Errors
    /// Where the scenario, or a change of it, is not permitted.
    pub fn answer(&mut self, request: Request) -> Result<Value, Error> {
        match request {
            Request::Open { name, text, files } => self.open(name, text, files),
            Request::Controls { overrides } => {
                let scenario = self.read(&overrides)?;
                Ok(json!({ "controls": scenario.controls() }))
            }
            Request::Switches => {
                let scenario = self.read(&[])?;
                let permits = |change: &str| self.read(&[change.to_owned()]).is_ok();
                Ok(json!({ "agreements": switches(&scenario, &permits) }))
            }
            Request::Show {
                overrides,
                points,
                replicates,
                pins,
                draw,
                charts,
                full,
            } => {
                let sample = (points, replicates);
                let computed = self.computed(&overrides, sample)?;
                let mut cases = Vec::new();
                for pin in &pins {
                    cases.push((pin.label.clone(), self.pin(&pin.overrides, sample)?));
                }
                let answer = shown(&computed, &cases, &draw, (charts.as_deref(), full));
                self.last = Some(computed);
                answer
            }
            Request::Dates {
                agreement,
                from,
                to,
            } => Ok(dates(self.last.as_ref(), agreement, &from, &to)),
            Request::Amounts {
                agreement,
                from,
                to,
            } => Ok(amounts(self.last.as_ref(), agreement, from, to)),
            Request::Picture { chart, kind, draw } => {
                picture(self.last.as_ref(), &chart, &kind, &draw)
            }
            Request::Export { overrides } => {
                let scenario = self.read(&overrides)?;
                Ok(json!({
                    "toml": scenario.merged_text()?,
                    "command": command(&self.name, &overrides),
                }))
            }
            Request::Run { overrides } => self.run(&overrides),
        }
    }

    fn open(
        &mut self,
        name: String,
        text: String,
        files: BTreeMap<String, String>,
    ) -> Result<Value, Error> {
        let files = files.into_iter();
        let opened = Self {
            name,
            text,
            files: files
                .map(|(name, text)| (name, text.into_bytes()))
                .collect(),
            ..Self::default()
        };
        let scenario = opened.read(&[])?;
        *self = opened;
        Ok(described(&scenario))
    }

    fn read(&self, overrides: &[String]) -> Result<Scenario, Error> {
        let stem = std::path::Path::new(&self.name).file_stem();
        let stem = stem.unwrap_or_default().to_string_lossy();
        Scenario::read(&self.name, &stem, &self.text, overrides, &self.files)
    }

    fn computed(&self, overrides: &[String], sample: Sample) -> Result<Computed, Error> {
        let (points, replicates) = sample;
        let mut scenario = self.read(overrides)?;
        scenario.settings.points = points.clamp(16, 1 << 20).next_power_of_two();
        if let Some(replicates) = replicates {
            let range = Settings::LEAST_REPLICATES..=Settings::MOST_REPLICATES;
            scenario.settings.replicates = replicates.clamp(*range.start(), *range.end());
        }
        scenario.precision = None;
        let ordering = match &self.last {
            Some(last) if last.has_paths_of(&scenario) => last.ordering.clone(),
            _ => Ordering::of(&scenario.simulation()),
        };
        let simulation = Simulation {
            ordering: Some(&ordering),
            ..scenario.simulation()
        };
        let results = run(&simulation, &())?;
        Ok(Computed {
            scenario,
            ordering,
            results,
        })
    }

    fn pin(&mut self, overrides: &[String], sample: Sample) -> Result<Case, Error> {
        /// So many are kept: three of each of the numbers of points that one screen takes.
        const MOST: usize = 24;
        let asked = (overrides.to_vec(), sample);
        if let Some((_, case)) = self.pins.iter().find(|(own, _)| *own == asked) {
            return Ok(case.clone());
        }
        let case = Case::of(self.computed(overrides, sample)?);
        if self.pins.len() >= MOST {
            self.pins.remove(0);
        }
        self.pins.push((asked, case.clone()));
        Ok(case)
    }

    fn run(&self, overrides: &[String]) -> Result<Value, Error> {
        let options = RunOptions {
            charts: false,
            report: false,
            ..RunOptions::default()
        };
        let made = run_text(
            &self.name,
            &self.text,
            overrides,
            &self.files,
            &options,
            &(),
        )?;
        let texts = made.files.into_iter();
        let texts: BTreeMap<String, String> = texts
            .map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()))
            .collect();
        Ok(json!({ "summary": made.said.json, "files": texts }))
    }
}
