//! `capbind sensitivity`

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::CliError;
use super::args::assignment;
use super::flags::{Also, Besides, Precisely, StudyFlags};
use super::study::{self, Answer, Answers, Study, StudyFiles};
use crate::report::{
    local_figures, local_json, local_table, local_text, sensitivity_charts, sensitivity_figures,
    sensitivity_json, sensitivity_table, sensitivity_text,
};
use crate::simulate::Observer;
use crate::study::{SensitivityOptions, Stress, local, measures, sensitivity as find};

const EXAMPLES: &str = "\
Examples:
  capbind sensitivity deal.toml
  capbind sensitivity deal.toml --vary agreement.cap=35:41 --measure irr
  capbind sensitivity deal.toml --stress growth_error=0:10";

/// What drives the outcome: swings, variance-based indices, stresses
///
/// For each uncertain key: the expected total paid, present value and binding
/// probability with that key at a low and a high percentile, and the share of
/// their variance it explains alone (first order) and with interactions (total).
/// The forecast's persistent growth error and all other path noise count as one
/// input each. Writes sensitivity.csv, charts and manifest.json. With --local: the
/// slope and elasticity of the same numbers and the median date in every number of
/// the scenario, to local.csv.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Sensitivity {
    /// Scenario file
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// Override a key of the scenario: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    /// Make a key uncertain, even between two values: agreement.cap=35:41
    /// (repeatable)
    #[arg(long, value_name = "KEY=LOW:HIGH", value_parser = range)]
    pub vary: Vec<String>,

    /// Force an input into a band of percentiles and compare: agreement.cap=90:100;
    /// several at once with commas (repeatable)
    #[arg(long, value_name = "KEY=FROM:TO", value_parser = stress)]
    pub stress: Vec<Stress>,

    /// Slopes instead: how much each number of the scenario moves the outcome where it
    /// stands
    #[arg(long, conflicts_with_all = ["stress", "measures"])]
    pub local: bool,

    /// Percentiles between which inputs swing
    #[arg(long, value_name = "LOW:HIGH", default_value = "10:90", value_parser = swing)]
    pub swing: Swing,

    #[command(flatten)]
    pub besides: Besides,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub precisely: Precisely,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// What decides the results beside the scenario.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    paths: Option<u64>,
    swing: Swing,
    stress: Vec<Stress>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    measures: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    local: bool,
    charts: bool,
}

/// Studies the scenario and writes what drives it.
pub fn sensitivity(arguments: &Sensitivity) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let overrides = [arguments.overrides.as_slice(), &arguments.vary].concat();
    let loaded = flags.load_precisely(&arguments.scenario, &overrides, &arguments.precisely)?;
    let asked = Asked {
        paths: loaded.paths,
        swing: arguments.swing,
        stress: arguments.stress.clone(),
        measures: arguments.besides.measures.clone(),
        local: arguments.local,
        charts: flags.output.charts(),
    };
    let study = Study::of_one(loaded.origin, loaded.scenario, asked, &loaded.warnings);
    study.carry_out(&flags.output, &arguments.also, &pool)
}

impl study::Asked for Asked {
    const COMMAND: &'static str = "sensitivity";
    const FILES: StudyFiles = StudyFiles {
        tables: &["sensitivity.csv", "local.csv"],
        // And those of its measures: `sensitivity_charts`.
        charts: &[
            "local",
            "local-present-value",
            "local-probability",
            "local-date",
        ],
    };

    fn paths(&self) -> Option<u64> {
        self.paths
    }

    fn charts(&self) -> bool {
        self.charts
    }

    fn more_charts(study: &Study<Self>) -> Result<Vec<String>, CliError> {
        let scenario = study.one()?;
        let measured = measures(&study.asked.measures, scenario)?;
        Ok(sensitivity_charts(scenario, &measured))
    }

    fn length(study: &Study<Self>) -> Option<u64> {
        let scenario = study.one().ok().filter(|_| !study.asked.local)?;
        Some(2 * scenario.settings.paths() * scenario.cases.len().max(1) as u64)
    }
}

impl Answers for Asked {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, CliError> {
        let (scenario, asked) = (study.one()?, &study.asked);
        if asked.local {
            let found = local(scenario, observer)?;
            return Ok(Answer {
                text: local_text(scenario, &found),
                json: local_json(scenario, &found),
                tables: vec![local_table(scenario, &found)],
                figures: study.drawn(|| local_figures(scenario, &found)),
                ..Answer::default()
            });
        }
        let options = SensitivityOptions {
            low: asked.swing.0,
            high: asked.swing.1,
            stresses: asked.stress.clone(),
            measures: measures(&asked.measures, scenario)?,
        };
        let found = find(scenario, &options, observer)?;
        Ok(Answer {
            text: sensitivity_text(scenario, &found),
            json: sensitivity_json(scenario, &found),
            tables: vec![sensitivity_table(scenario, &found)],
            figures: study.drawn(|| sensitivity_figures(scenario, &found)),
            ..Answer::default()
        })
    }
}

/// `KEY=LOW:HIGH` as the override that makes the key uniform between the two.
fn range(text: &str) -> Result<String, String> {
    let wanted = || "write KEY=LOW:HIGH with two numbers, such as agreement.cap=35:41".to_owned();
    let (key, ends) = text.split_once('=').ok_or_else(wanted)?;
    let (low, high) = ends.split_once(':').ok_or_else(wanted)?;
    let (low, high) = (low.trim(), high.trim());
    if key.trim().is_empty() || [low, high].iter().any(|end| end.parse::<f64>().is_err()) {
        return Err(wanted());
    }
    Ok(format!("{key}={{ uniform = [{low}, {high}] }}"))
}

fn stress(text: &str) -> Result<Stress, String> {
    text.parse::<Stress>()
        .map_err(|error| format!("{error}; {}", error.hint))
}

/// Percentiles between which inputs swing: both inside 0 to 100, in order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "[f64; 2]", into = "[f64; 2]")]
pub struct Swing(f64, f64);

impl From<Swing> for [f64; 2] {
    fn from(Swing(low, high): Swing) -> Self {
        [low, high]
    }
}

impl TryFrom<[f64; 2]> for Swing {
    type Error = String;

    fn try_from([low, high]: [f64; 2]) -> Result<Self, String> {
        let is_inside = |p: f64| 0.0 < p && p < 100.0;
        match is_inside(low) && is_inside(high) && low < high {
            true => Ok(Self(low, high)),
            false => Err(
                "write two percentiles between 0 and 100, the lower first, such as \
                          10:90"
                    .to_owned(),
            ),
        }
    }
}

/// `10:90`
fn swing(text: &str) -> Result<Swing, String> {
    let ends = text.split_once(':');
    let ends = ends
        .and_then(|(low, high)| Some([low.trim().parse::<f64>().ok()?, high.trim().parse().ok()?]));
    ends.unwrap_or([f64::NAN; 2]).try_into()
}
