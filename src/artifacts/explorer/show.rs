//! From results to what a page shows: sentences, key figures, charts.

use std::rc::Rc;

use serde_json::{Value, json};

use super::request::Draw;
use super::session::Computed;
use crate::Error;
use crate::report::figure::{Drawing, Figure, Ghost};
use crate::report::{
    Part, differences, figures, figures_where, headline, key_figures, suffixes, summary_json,
};
use crate::scenario::Style;
use crate::simulate::Total;
use crate::units::Date;

/// A case to compare with: what was computed of it, and its charts as values.
#[derive(Clone)]
pub struct Case(Rc<(Computed, Vec<(String, Figure)>)>);

impl Case {
    /// The case of what was computed.
    pub fn of(computed: Computed) -> Self {
        let figures = figures(&computed.report(), false);
        Self(Rc::new((computed, figures)))
    }

    /// Its curve in a chart: medians over dates, or the probability of an end by then.
    fn ghost(&self, chart: &str, label: &str) -> Option<Ghost> {
        let (_, figure) = self.0.1.iter().find(|(name, _)| name == chart)?;
        let points = match figure {
            Figure::Fan(fan) => {
                let median = fan
                    .percentiles
                    .iter()
                    .find(|curve| curve.percentile == 50.0);
                let values = median.map_or(&fan.mean, |curve| &curve.values);
                fan.dates
                    .iter()
                    .copied()
                    .zip(values.iter().copied())
                    .collect()
            }
            Figure::Binding(binding) => {
                let bars = binding.bars.iter();
                bars.map(|bar| (bar.end, bar.cumulative)).collect()
            }
            _ => return None,
        };
        Some(Ghost {
            label: label.to_owned(),
            points,
        })
    }
}

/// Everything a page shows of a case.
///
/// # Errors
/// Where a chart cannot be drawn, for want of memory.
pub fn shown(
    computed: &Computed,
    cases: &[(String, Case)],
    draw: &Draw,
    (wanted, full): (Option<&[String]>, bool),
) -> Result<Value, Error> {
    let report = computed.report();
    let agreements = report.parts().enumerate().map(|(i, part)| {
        let pins = cases.iter().map(|(label, case)| {
            let (other, _) = &*case.0;
            let other = other.report();
            let rows = other.parts().nth(i).map(|other| differences(&part, &other));
            json!({ "label": label, "rows": rows })
        });
        json!({
            "prefix": part.prefix(),
            "answer": headline(&part),
            "figures": key_figures(&part),
            "exact": exact(&part),
            "pins": pins.collect::<Vec<_>>(),
        })
    });
    let agreements: Vec<Value> = agreements.collect();
    let mut charts = Vec::new();
    let suffixes = suffixes(&computed.scenario.contracts);
    let is_wanted = |name: &str| wanted.is_none_or(|names| names.iter().any(|own| own == name));
    for (name, mut figure) in figures_where(&report, false, is_wanted) {
        add_ghosts(&mut figure, &name, cases);
        quiet(&mut figure);
        let drawing = drawn(&figure, draw, &name)?;
        let id = format!("chart-{name}");
        charts.push(json!({
            "name": name,
            "agreement": agreement_of(&name, &suffixes),
            "end": end(&figure),
            "kind": figure.kind(),
            "title": drawing.title(),
            "svg": drawing.inline_svg(&id),
            "width": drawing.width(),
            "height": drawing.height(),
            "plots": drawing.plots(),
            "table": full.then(|| table(&figure, &name)).transpose()?,
        }));
    }
    let warnings: Vec<String> = report.warnings.iter().map(ToString::to_string).collect();
    Ok(json!({
        "agreements": agreements,
        "charts": charts,
        "warnings": warnings,
        "points": computed.scenario.settings.points,
        "replicates": computed.scenario.settings.replicates,
        "paths": computed.results.paths(),
        "summary": full.then(|| summary_json(&report)),
    }))
}

/// The position of the agreement that a chart is of.
fn agreement_of(name: &str, suffixes: &[String]) -> Option<usize> {
    const KINDS: [&str; 4] = ["cumulative", "binding", "ending", "total"];
    let rest = KINDS.iter().find_map(|kind| name.strip_prefix(kind))?;
    suffixes.iter().position(|suffix| suffix == rest)
}

/// Where the median, or else the mean, of a fan ends.
fn end(figure: &Figure) -> Option<f64> {
    let Figure::Fan(fan) = figure else {
        return None;
    };
    let median = fan
        .percentiles
        .iter()
        .find(|curve| curve.percentile == 50.0);
    median
        .map_or(&fan.mean, |curve| &curve.values)
        .last()
        .copied()
}

fn add_ghosts(figure: &mut Figure, name: &str, cases: &[(String, Case)]) {
    let ghosts = cases
        .iter()
        .filter_map(|(label, case)| case.ghost(name, label));
    match figure {
        Figure::Fan(fan) => fan.ghosts = ghosts.collect(),
        Figure::Binding(binding) => binding.ghosts = ghosts.collect(),
        _ => {}
    }
}

/// The page names its sources and the run once.
fn quiet(figure: &mut Figure) {
    let frame = figure.frame_mut();
    frame.sources.clear();
    frame.run.clear();
    frame.subtitle.clear();
}

fn drawn(figure: &Figure, draw: &Draw, name: &str) -> Result<Drawing, Error> {
    let style = Style {
        theme: draw.theme(),
        size: draw.size(),
        ..Style::default()
    };
    Drawing::new(figure, style).map_err(|error| Error::Chart {
        name: name.to_owned(),
        reason: error.to_string(),
    })
}

/// The numbers behind a chart as CSV.
fn table(figure: &Figure, name: &str) -> Result<String, Error> {
    let bytes = figure.data(&format!("{name}.csv"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The numbers behind the answer with every digit.
fn exact(part: &Part<'_>) -> Value {
    let reached = part.outcomes.reached();
    let totals = [
        ("expected_total", Total::Paid),
        ("present_value", Total::PresentValue),
        ("cap_saves", Total::Excess),
    ];
    let median = part.outcomes.date_quantile(0.5);
    let mut exact = json!({
        "binding_probability": [reached.mean, reached.std_error],
        "median_date": median.as_ref().map(|median| median.date.to_string()),
    });
    for (name, total) in totals {
        let found = part.outcomes.total(total).map(|measured| measured.estimate);
        exact[name] = json!(found.map(|e| [e.mean, e.std_error]));
    }
    exact
}

/// The probability that the cap binds on one of some days.
pub fn dates(last: Option<&Computed>, agreement: usize, from: &str, to: &str) -> Value {
    let outcomes = last.and_then(|last| last.results.agreements.get(agreement));
    let (Some(outcomes), Some(from), Some(to)) = (outcomes, Date::parse(from), Date::parse(to))
    else {
        return Value::Null;
    };
    let (from, to) = (from.min(to), from.max(to));
    let within = outcomes.reached_within(from, to);
    json!({ "from": from.to_string(), "to": to.to_string(),
        "probability": within.mean, "std_error": within.std_error })
}

/// The probability that the total paid lies between two amounts, both included.
pub fn amounts(last: Option<&Computed>, agreement: usize, from: f64, to: f64) -> Value {
    let outcomes = last.and_then(|last| last.results.agreements.get(agreement));
    let Some(paid) = outcomes.and_then(|outcomes| outcomes.total(Total::Paid)) else {
        return Value::Null;
    };
    let (from, to) = (from.min(to), from.max(to));
    let (probability, std_error) = paid.distribution.part_within(from, to);
    json!({ "from": from, "to": to, "probability": probability, "std_error": std_error })
}

/// A chart as a file of its own.
///
/// # Errors
/// Where it cannot be drawn, for want of memory.
pub fn picture(
    last: Option<&Computed>,
    chart: &str,
    kind: &str,
    draw: &Draw,
) -> Result<Value, Error> {
    let Some(last) = last else {
        return Ok(Value::Null);
    };
    let found = figures_where(&last.report(), false, |name| name == chart);
    let Some((name, figure)) = found.into_iter().next() else {
        return Ok(Value::Null);
    };
    let drawing = drawn(&figure, draw, &name)?;
    if kind == "svg" {
        return Ok(json!({ "text": drawing.svg() }));
    }
    let png = drawing.png().map_err(|error| Error::Chart {
        name,
        reason: error.to_string(),
    })?;
    Ok(json!({ "bytes": png }))
}
