//! What an update asks for, as changes of keys.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::Why;
use crate::revenue::Model;
use crate::scenario::{Scenario, assignment};
use crate::study::{Figure, FigureKind, StudyError};
use crate::text::quoted;
use crate::units::{Date, Timeline};

/// New figures, a new plan and changed keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpdateAsked {
    /// Revenue reported, in the scenario's unit; of revenue in segments, of all together.
    pub figures: Vec<Figure>,
    /// Revenue reported of one segment, by its name.
    pub of_segments: Vec<(String, Figure)>,
    /// The valuation date from now on; by itself the first day after the figures where
    /// that is later than the scenario's.
    pub as_of: Option<Date>,
    /// A plan made with the figures known: revenue of calendar years.
    pub plan: Vec<PlannedYear>,
    /// Other keys that changed, as `key=value`.
    pub changes: Vec<String>,
}

/// A calendar year of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedYear {
    /// The year.
    pub year: i16,
    /// Its revenue, in the scenario's unit.
    pub revenue: f64,
}

const DATE: &str = "valuation.date";

/// A figure, and the segment that it is of; `None` for all revenue.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub segment: Option<String>,
    pub figure: Figure,
}

impl UpdateAsked {
    /// The new figures.
    fn new_figures(&self) -> Vec<Said> {
        let whole = self.figures.iter().map(|figure| Said {
            segment: None,
            figure: *figure,
        });
        let parts = self.of_segments.iter().map(|(segment, figure)| Said {
            segment: Some(segment.clone()),
            figure: *figure,
        });
        whole.chain(parts).collect()
    }

    /// The steps, each with the changes that it makes beside those before it.
    pub(super) fn steps(&self, before: &Scenario) -> Result<Vec<(Why, Vec<String>)>, StudyError> {
        let known = reported(before);
        let all = self.figures(before, &known)?;
        let figures: Vec<Figure> = all.iter().map(|said| said.figure).collect();
        let mut steps = Vec::new();
        if let Some(day) = self.day(before, &figures)? {
            steps.push((Why::Time, vec![format!("{DATE}={day}")]));
        }
        if !self.new_figures().is_empty() {
            let key = match before.model.segments() {
                [] => "revenue.reported",
                _ => "reported",
            };
            steps.push((Why::News, vec![list(key, &all)]));
        }
        let changed = |table: &[&str]| -> Vec<String> {
            let own = self.changes.iter().filter(|change| {
                let key = assignment(change).map_or("", |(key, _)| key);
                table.contains(&key.split('.').next().unwrap_or_default())
            });
            own.cloned().collect()
        };
        let plan = [
            self.new_plan(before, &figures)?,
            changed(&["revenue", "correlation"]),
        ];
        if !before.cases.is_empty() && !self.plan.is_empty() {
            return Err(StudyError::new(
                "a new plan is not for a mixture of cases: each has a plan of its own",
                "write the new plans into the cases of the file, then give the figures",
            ));
        }
        let groups = [
            (Why::Plan, plan.concat()),
            (Why::Terms, changed(&["agreement"])),
            (Why::Valuation, changed(&["valuation"])),
        ];
        steps.extend(
            groups
                .into_iter()
                .filter(|(_, changes)| !changes.is_empty()),
        );
        self.check()?;
        if steps.is_empty() {
            return Err(StudyError::new(
                "nothing is new: the answer is as before",
                "give a figure, --observed 2026-04-01..2026-06-30=6.4, a plan, --plan 2027=50, \
                 a later date, --as-of 2026-07-01, or a changed key, --set agreement.cap=40",
            ));
        }
        of_all_cases(before, &steps)?;
        Ok(steps)
    }

    /// Refuses keys that are no part of what an answer moves by.
    fn check(&self) -> Result<(), StudyError> {
        for change in &self.changes {
            let key = assignment(change).map_or(change.as_str(), |(key, _)| key);
            let table = key.split('.').next().unwrap_or_default();
            if key == DATE {
                return Err(StudyError::new(
                    format!("{} is the date from which time passes", quoted(DATE)),
                    "give it as --as-of DATE",
                ));
            }
            if !["revenue", "correlation", "agreement", "valuation"].contains(&table) {
                return Err(StudyError::new(
                    format!("{} is no key that an answer moves by", quoted(key)),
                    "change keys of revenue, agreement or valuation; others belong into the \
                     scenario's file",
                ));
            }
        }
        Ok(())
    }

    /// All figures, those known before too, by their days.
    fn figures(&self, before: &Scenario, known: &[Said]) -> Result<Vec<Said>, StudyError> {
        let new = self.new_figures();
        let is_pace = |said: &&Said| said.figure.kind == FigureKind::RunRate;
        if let Some(pace) = new.iter().find(is_pace) {
            return Err(StudyError::new(
                format!("the run rate of {} is not revenue", pace.figure.first_day),
                "give the revenue of the days; an annualised pace says what a company hopes for",
            ));
        }
        let names = before.model.segments();
        let is_unknown = |name: &&String| !names.contains(*name);
        if let Some(name) = new
            .iter()
            .filter_map(|s| s.segment.as_ref())
            .find(is_unknown)
        {
            return Err(StudyError::new(
                format!("there is no segment {}", quoted(name)),
                match names {
                    [] => "the scenario's revenue is not divided: leave the name out".to_owned(),
                    names => format!("one of {}; without a name, all together", names.join(", ")),
                },
            ));
        }
        let mut all = [known, &new].concat();
        let place = |said: &Said| {
            let segment = said.segment.as_ref();
            segment.and_then(|name| names.iter().position(|own| own == name))
        };
        all.sort_by_key(|said| (place(said), said.figure.first_day));
        let meets = |pair: &&[Said]| {
            pair[0].segment == pair[1].segment
                && pair[1].figure.first_day <= pair[0].figure.last_day
        };
        if let Some(pair) = all.windows(2).find(meets) {
            let (one, other) = (&pair[0].figure, &pair[1].figure);
            return Err(StudyError::new(
                format!(
                    "two figures are of the same days: {} to {} and {} to {}",
                    one.first_day, one.last_day, other.first_day, other.last_day
                ),
                "of a half and its quarter, give the other quarter; a figure that was restated \
                 is corrected in revenue.reported of the scenario",
            ));
        }
        Ok(all)
    }

    /// The new valuation date, where it is another.
    fn day(&self, before: &Scenario, figures: &[Figure]) -> Result<Option<Date>, StudyError> {
        let Some(valuation) = &before.valuation else {
            return match self.as_of {
                Some(_) => Err(StudyError::new(
                    "the scenario has no valuation, so no date to move",
                    "leave out --as-of, or add [valuation] with a discount_rate",
                )),
                None => Ok(None),
            };
        };
        let after = figures.iter().map(|f| f.last_day.add_days(1)).max();
        let own = valuation.date;
        let day = self.as_of.or(after.filter(|day| *day > own)).unwrap_or(own);
        if day < own {
            return Err(StudyError::new(
                format!("{day} is before the scenario's valuation date, {own}"),
                "time passes one way: give a later --as-of",
            ));
        }
        Ok((day > own).then_some(day))
    }

    /// What makes the plan another: its years, and what it was made with as observed, so
    /// that its errors begin there.
    fn new_plan(&self, before: &Scenario, figures: &[Figure]) -> Result<Vec<String>, StudyError> {
        if self.plan.is_empty() {
            return Ok(Vec::new());
        }
        let Model::Forecast(forecast) = planned(&before.model) else {
            return Err(StudyError::new(
                "the scenario's revenue has no plan of years to change",
                "change its keys with --set, such as --set revenue.gbm.growth=0.3",
            ));
        };
        let mut changes: Vec<String> = self
            .plan
            .iter()
            .map(|year| format!("revenue.forecast.annual.{}={}", year.year, year.revenue))
            .collect();
        if !figures.is_empty() {
            let start = rest(before).start();
            let own = forecast.observed().iter();
            let own = own.filter(|seen| seen.first_day >= start);
            let mut seen: Vec<Figure> = own
                .map(|seen| Figure {
                    first_day: seen.first_day,
                    last_day: seen.last_day,
                    kind: FigureKind::Period,
                    value: seen.revenue,
                    error: None,
                    line: 0,
                })
                .collect();
            seen.extend(figures.iter().map(|f| Figure { error: None, ..*f }));
            seen.sort_by_key(|figure| figure.first_day);
            changes.push("revenue.reported=[]".to_owned());
            let seen: Vec<Said> = seen
                .into_iter()
                .map(|figure| Said {
                    segment: None,
                    figure,
                })
                .collect();
            changes.push(list("revenue.forecast.observed", &seen));
        }
        Ok(changes)
    }
}

/// The model without its past and without what it has learned.
fn planned(model: &Model) -> &Model {
    match model {
        Model::Known(known) => planned(known.model()),
        Model::Conditioned(given) => given.model(),
        Model::Weighed(given) => given.model(),
        other => other,
    }
}

/// The timeline that a scenario's model is on.
fn rest(scenario: &Scenario) -> Timeline {
    match &scenario.model {
        Model::Known(known) => scenario.timeline.after(known.past().len()),
        Model::Segments(segments) => match segments.models() {
            [Model::Known(known), ..] => scenario.timeline.after(known.past().len()),
            _ => scenario.timeline.clone(),
        },
        _ => scenario.timeline.clone(),
    }
}

/// The figures that a scenario has learned from.
pub(super) fn reported(scenario: &Scenario) -> Vec<Said> {
    let rest = rest(scenario);
    let (reported, _) = scenario.model.learned_from();
    let figures = reported.iter().map(|figure| Said {
        segment: figure.segment.map(|s| scenario.model.segments()[s].clone()),
        figure: Figure {
            first_day: rest.periods()[figure.periods.start].first_day,
            last_day: rest.periods()[figure.periods.end - 1].last_day,
            kind: FigureKind::Period,
            value: figure.revenue,
            error: Some(figure.error).filter(|error| *error > 0.0),
            line: 0,
        },
    });
    figures.collect()
}

/// Refuses changes of what a case of a mixture sets: a change stands in the file beside the
/// cases, and what a case sets would take its place.
fn of_all_cases(before: &Scenario, steps: &[(Why, Vec<String>)]) -> Result<(), StudyError> {
    let document: toml::Table = match before.cases.is_empty() {
        true => return Ok(()),
        false => before.text.parse().unwrap_or_default(),
    };
    let cases = document.get("case").and_then(toml::Value::as_array);
    let below = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let changed = steps.iter().flat_map(|(_, changes)| changes);
    for (key, _) in changed.filter_map(|change| assignment(change)) {
        let sets = |case: &&toml::Value| {
            let mut keys = Vec::new();
            if let Some(set) = case.get("set") {
                dotted("", set, &mut keys);
            }
            keys.iter().any(|own| below(own, key) || below(key, own))
        };
        if let Some(case) = cases.and_then(|cases| cases.iter().find(sets)) {
            let name = case.get("name").and_then(toml::Value::as_str);
            return Err(StudyError::new(
                format!(
                    "the case {} sets {} itself",
                    quoted(name.unwrap_or("")),
                    quoted(key)
                ),
                "change it in the cases of the file, where each has its own",
            ));
        }
    }
    Ok(())
}

/// The dotted keys of the values below a key.
fn dotted(key: &str, value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                let below = if key.is_empty() {
                    name.clone()
                } else {
                    format!("{key}.{name}")
                };
                dotted(&below, value, found);
            }
        }
        _ => found.push(key.to_owned()),
    }
}

/// Figures as the value of a key.
fn list(key: &str, figures: &[Said]) -> String {
    let mut text = format!("{key}=[");
    for (i, Said { segment, figure }) in figures.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let (start, end, revenue) = (figure.first_day, figure.last_day, figure.value);
        let _ = write!(text, "{comma}{{ ");
        if let Some(segment) = segment {
            let _ = write!(text, "segment = {segment:?}, ");
        }
        let _ = write!(text, "start = {start}, end = {end}, revenue = {revenue}");
        if let Some(error) = figure.error {
            let _ = write!(text, ", error = {error}");
        }
        text.push_str(" }");
    }
    text.push(']');
    text
}
