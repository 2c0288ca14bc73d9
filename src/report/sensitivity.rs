//! What drives the outcome, as rows, then as CSV, JSON and text.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::json;

use super::key_name::key_words;
use super::probability::{LEVEL, digits, error_in_percent, percent};
use super::table::{Table, Value, table};
use super::text::{Entry as Cell, aligned, error_text, paths, significant, with_sign};
use crate::scenario::Scenario;
use crate::simulate::{Kind, Measure, Settings};
use crate::stats::MeanEstimate;
use crate::study::{Driver, DriverKind, QuantitySensitivity, Sensitivity, Stress};

/// The longest name in a table, in characters.
const LONGEST_NAME: usize = 26;

/// One line of `sensitivity.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct SensitivityRow {
    /// The quantity.
    pub measure: Measure,
    /// Its name in the result files.
    pub quantity: Cow<'static, str>,
    /// The driver's name, or that of several stressed together; empty where the
    /// row is of the quantity as such.
    pub input: String,
    /// What is estimated: `expected`, `low`, `high`, `swing`, `variance`,
    /// `first_order`, `total`, `interactions`, `stressed`, `stress_difference`; of a case,
    /// `in_case`.
    pub method: &'static str,
    /// The estimate; `None` where the quantity is the same on every path and an
    /// index undefined.
    pub estimate: Option<MeanEstimate>,
    /// Its unit.
    pub unit: String,
    /// The driver's percentiles, in percent.
    pub percentiles: Option<(f64, f64)>,
    /// The driver's values at these percentiles.
    pub values: Option<(f64, f64)>,
}

impl SensitivityRow {
    /// The interval around the estimate; of a probability and of the difference of two
    /// never narrower than the paths of the study leave it.
    fn interval(&self, study: &Sensitivity) -> Option<(f64, f64)> {
        let (estimate, paths) = (self.estimate?, study.paths as f64);
        let is_probability = self.measure.kind() == Kind::Probability;
        Some(match self.method {
            "swing" | "stress_difference" if is_probability => {
                estimate.probability_difference_interval(paths, LEVEL)
            }
            "expected" | "low" | "high" | "stressed" if is_probability => {
                estimate.probability_interval(paths, LEVEL)
            }
            _ => estimate.interval(LEVEL),
        })
    }
}

/// The rows of `sensitivity.csv`.
pub fn sensitivity_rows(scenario: &Scenario, study: &Sensitivity) -> Vec<SensitivityRow> {
    let mut rows = Vec::new();
    for found in &study.quantities {
        let agreement = &scenario.primary().agreement;
        let unit = found.quantity.kind().unit(scenario.money.label());
        let mut push = |input: &str, method, estimate, unit: &str, percentiles, values| {
            rows.push(SensitivityRow {
                measure: found.quantity,
                quantity: found.quantity.name_in(agreement),
                input: input.to_owned(),
                method,
                estimate,
                unit: unit.to_owned(),
                percentiles,
                values,
            });
        };
        push("", "expected", Some(found.expected), &unit, None, None);
        for swing in &found.swings {
            let name = &study.drivers[swing.driver].name;
            let (low, high) = (study.options.low, study.options.high);
            for (method, estimate, percentiles, values) in [
                ("low", swing.low, (low, low), swing.ends.map(|e| (e.0, e.0))),
                (
                    "high",
                    swing.high,
                    (high, high),
                    swing.ends.map(|e| (e.1, e.1)),
                ),
                ("swing", swing.swing, (low, high), swing.ends),
            ] {
                let percentiles = swing.ends.and(Some(percentiles));
                push(name, method, Some(estimate), &unit, percentiles, values);
            }
        }
        let indices = found.decomposition.as_ref();
        let squared = format!("{unit} squared");
        push("", "variance", variance(found), &squared, None, None);
        for (name, mean) in found.in_cases.iter().flatten() {
            push(name, "in_case", Some(*mean), &unit, None, None);
        }
        for (i, driver) in study.drivers.iter().enumerate() {
            if indices.is_some_and(|indices| i >= indices.groups.len()) {
                continue;
            }
            let of_driver = indices.map(|indices| indices.groups[i]);
            let first = of_driver.map(|group| group.first_order);
            push(&driver.name, "first_order", first, "share", None, None);
            let total = of_driver.map(|group| group.total);
            push(&driver.name, "total", total, "share", None, None);
        }
        let rest = indices.map(|indices| indices.interactions);
        push("", "interactions", rest, "share", None, None);
        for (stress, outcome) in study.options.stresses.iter().zip(&found.stresses) {
            let name = stressed_names(stress);
            let band = match stress.bands.as_slice() {
                [band] => Some((band.from, band.to)),
                _ => None,
            };
            let stressed = Some(outcome.stressed);
            push(&name, "stressed", stressed, &unit, band, None);
            let difference = Some(outcome.difference);
            push(&name, "stress_difference", difference, &unit, band, None);
        }
    }
    rows
}

/// The variance of a quantity, 0 where it is the same on every path; `None` where some
/// paths have no value.
fn variance(found: &QuantitySensitivity) -> Option<MeanEstimate> {
    let none = MeanEstimate {
        mean: 0.0,
        std_error: 0.0,
        ..found.expected
    };
    let decomposed = found.decomposition.as_ref();
    (found.is_whole).then(|| decomposed.map_or(none, |d| d.variance))
}

/// The drivers of a stress; with their bands where there are several.
fn stressed_names(stress: &Stress) -> String {
    match stress.bands.as_slice() {
        [band] => band.driver.clone(),
        _ => stress.to_string(),
    }
}

/// The table of a sensitivity study.
pub fn sensitivity_table(scenario: &Scenario, study: &Sensitivity) -> Table {
    table!("sensitivity", row in sensitivity_rows(scenario, study) => {
        let interval = row.interval(study);
        let two = |pair: Option<(f64, f64)>| {
            [pair.map(|p| p.0), pair.map(|p| p.1)].map(Value::from)
        };
        "quantity": row.quantity.as_ref();
        "input": row.input;
        "method": row.method;
        "value", "std_error": Value::pair(row.estimate);
        "ci_low", "ci_high": two(interval);
        "unit": row.unit;
        "percentile_from", "percentile_to": two(row.percentiles);
        "input_from", "input_to": two(row.values);
    })
}

/// The study as one JSON object: the rows of `sensitivity.csv`, undefined values
/// `null`.
pub fn sensitivity_json(scenario: &Scenario, study: &Sensitivity) -> serde_json::Value {
    let pair = |pair: Option<(f64, f64)>| pair.map(|(from, to)| json!([from, to]));
    let rows: Vec<serde_json::Value> = sensitivity_rows(scenario, study)
        .into_iter()
        .map(|row| {
            json!({
                "quantity": row.quantity,
                "input": row.input,
                "method": row.method,
                "value": row.estimate.map(|e| e.mean),
                "std_error": row.estimate.map(|e| e.std_error),
                "interval_95": row.interval(study),
                "unit": row.unit,
                "percentiles": pair(row.percentiles),
                "input_values": pair(row.values),
            })
        })
        .collect();
    json!({
        "title": scenario.title,
        "answer": sensitivity_answer(study),
        "currency": scenario.money.currency(),
        "unit": scenario.money.unit().word(),
        "paths": study.paths,
        "seed": scenario.settings.seed,
        "rows": rows,
    })
}

/// What drives the total most, in a sentence.
pub fn sensitivity_answer(study: &Sensitivity) -> String {
    let paid = study.quantities.first();
    let Some(indices) = paid.and_then(|paid| paid.decomposition.as_ref()) else {
        return "The total paid is the same on every path.".to_owned();
    };
    let mut order: Vec<usize> = (0..indices.groups.len()).collect();
    order.sort_by(|&a, &b| {
        let total = |i: usize| indices.groups[i].total.mean;
        total(b).total_cmp(&total(a))
    });
    let names = display_names(study);
    let said: Vec<String> = order
        .iter()
        .take(3)
        .map(|&i| {
            let share = 100.0 * indices.groups[i].total.mean;
            format!("{} ({share:.0}\u{a0}%)", names[i])
        })
        .collect();
    format!(
        "What moves the total paid most: {} of its variance, interactions included.",
        said.join(", ")
    )
}

/// What drivers are called in sentences and on charts.
pub(super) fn display_names(study: &Sensitivity) -> Vec<String> {
    let short = short_names(study).into_iter().zip(&study.drivers);
    let named = short.map(|(name, driver)| match (name.contains('.'), &driver.kind) {
        // What a longer end tells apart stays told apart.
        (true, _) => name.replace('_', " "),
        (false, DriverKind::Input(_)) => key_words(&driver.name),
        (false, _) => name,
    });
    named.collect()
}

/// A driver as it is called where it is no key of its own.
fn spoken(driver: &Driver) -> String {
    match driver.kind {
        DriverKind::Input(_) | DriverKind::Correlated(_) => driver.name.clone(),
        DriverKind::GrowthError(_) => "growth error".to_owned(),
        DriverKind::PathNoise(_) => "path noise".to_owned(),
        DriverKind::Case => "case".to_owned(),
    }
}

/// The study for a terminal, without a last line feed; the first line is the answer.
pub fn sensitivity_text(scenario: &Scenario, study: &Sensitivity) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", sensitivity_answer(study));
    let _ = writeln!(out, "\n{}", scenario.title);
    let _ = writeln!(out, "{}", scope(&scenario.settings));
    let names = short_names(study);
    for found in &study.quantities {
        quantity(&mut out, scenario, study, &names, found);
    }
    let is_mixture = study.quantities.iter().any(|own| own.in_cases.is_some());
    let case = match is_mixture {
        true => "\ncase: in the case with the lowest mean and in that with the highest.",
        false => "",
    };
    let _ = writeln!(
        out,
        "\nalone, in all: first-order and total index, without and with interactions.{case}\n\
         at {} %, at {} %: the input at this percentile, all else drawn as in a run.",
        study.options.low, study.options.high
    );
    out.truncate(out.trim_end().len());
    out
}

pub(super) fn scope(settings: &Settings) -> String {
    let paths = paths(settings);
    format!(
        "{paths}, seed {}; \u{b1} is one standard error",
        settings.seed
    )
}

/// The shortest ends of the drivers' names that tell them apart.
pub(super) fn short_names(study: &Sensitivity) -> Vec<String> {
    let shortened = |driver: &Driver| {
        if let DriverKind::Correlated(set) = &driver.kind {
            return format!("{} correlated inputs", set.len());
        }
        if !matches!(driver.kind, DriverKind::Input(_)) {
            return spoken(driver);
        }
        let parts: Vec<&str> = driver.name.split('.').collect();
        let tail = |from: usize| parts[from..].join(".");
        let alone = |end: &String| {
            let ends = |name: &str| name == end || name.ends_with(&format!(".{end}"));
            let inputs = study.drivers.iter();
            let inputs = inputs.filter(|d| matches!(d.kind, DriverKind::Input(_)));
            inputs.filter(|d| ends(&d.name)).count() == 1
        };
        let shortest = (0..parts.len()).rev().map(tail).find(alone);
        shortest.unwrap_or_else(|| driver.name.clone())
    };
    study.drivers.iter().map(shortened).collect()
}

fn quantity(
    out: &mut String,
    scenario: &Scenario,
    study: &Sensitivity,
    names: &[String],
    found: &QuantitySensitivity,
) {
    let is_probability = found.quantity.kind() == Kind::Probability;
    // Rates, too, are told in percent.
    let factor = match found.quantity.kind() {
        Kind::Probability | Kind::Rate => 100.0,
        _ => 1.0,
    };
    let shown = |estimate: MeanEstimate| estimate.scaled(factor);
    // A value and its error; of a probability in percent.
    let value = |estimate: MeanEstimate| match is_probability {
        true => digits(estimate.mean, 2).unwrap_or_else(|| percent(estimate.mean)),
        false => significant(factor * estimate.mean),
    };
    let error_of = |estimate: MeanEstimate| match is_probability {
        true => error_in_percent(estimate.mean, estimate.std_error, study.paths as f64),
        false => error_text(factor * estimate.std_error),
    };
    let deviation = match variance(found) {
        Some(variance) => {
            let deviation = significant(factor * variance.mean.sqrt());
            format!("standard deviation {deviation}")
        }
        None => "on the paths that have one".to_owned(),
    };
    let _ = writeln!(
        out,
        "\n{}: {} (\u{b1}{}), {deviation}",
        title(scenario, found.quantity),
        value(found.expected),
        error_of(found.expected),
    );
    let (low, high) = (study.options.low, study.options.high);
    let plus_minus = || "\u{b1}".to_owned();
    let head = [
        String::new(),
        format!("at {low} %"),
        format!("at {high} %"),
        "swing".to_owned(),
        "alone".to_owned(),
        plus_minus(),
        "in all".to_owned(),
        plus_minus(),
    ];
    let mut table = vec![head.map(Cell::from).to_vec()];
    let none = |count| std::iter::repeat_n(Cell::from(""), count);
    // Amounts of a column have as many decimals as the largest needs.
    let is_money = found.quantity.kind().is_money();
    let cell = |estimate: MeanEstimate| match is_money {
        true => Cell::Number(estimate.mean),
        false => value(estimate).into(),
    };
    let mut error: f64 = 0.0;
    for i in order(study, found) {
        let mut line = vec![Cell::from(clipped(&names[i]))];
        match found.swings.iter().find(|swing| swing.driver == i) {
            Some(swing) => {
                line.extend([swing.low, swing.high].map(cell));
                line.push(match is_money {
                    true => Cell::Signed(swing.swing.mean),
                    false => signed(shown(swing.swing).mean).into(),
                });
                for estimate in [swing.low, swing.high, swing.swing] {
                    error = error.max(shown(estimate).std_error);
                }
            }
            None => line.extend(none(3)),
        }
        let indices = found.decomposition.as_ref();
        match indices.and_then(|all| all.groups.get(i)) {
            Some(indices) => {
                line.extend(index_cells(indices.first_order).map(Cell::from));
                line.extend(index_cells(indices.total).map(Cell::from));
            }
            None => line.extend(none(4)),
        }
        table.push(line);
    }
    if let Some(indices) = &found.decomposition {
        let mut line = vec![Cell::from("interactions")];
        line.extend(none(5));
        line.extend(index_cells(indices.interactions).map(Cell::from));
        table.push(line);
    }
    aligned(out, &table);
    if let Some(cases) = &found.in_cases {
        let each = cases.iter();
        let each = each.map(|(name, mean)| format!("{name} {}", value(*mean)));
        let each = each.collect::<Vec<String>>().join(", ");
        let _ = writeln!(out, "in each case: {each}");
    }
    let _ = writeln!(
        out,
        "\u{b1} of each end and swing: at most {}",
        error_text(error)
    );
    for (stress, outcome) in study.options.stresses.iter().zip(&found.stresses) {
        let difference = shown(outcome.difference);
        let _ = writeln!(
            out,
            "with {stress}: {} (\u{b1}{}), {} (\u{b1}{}) from {}",
            value(outcome.stressed),
            error_of(outcome.stressed),
            signed(difference.mean),
            error_text(difference.std_error),
            value(found.expected),
        );
    }
}

/// The drivers, what matters most first: by total index, or by swing where there
/// is none.
pub(super) fn order(study: &Sensitivity, found: &QuantitySensitivity) -> Vec<usize> {
    let weight = |driver: usize| match &found.decomposition {
        Some(indices) => indices.groups.get(driver).map_or(0.0, |g| g.total.mean),
        None => {
            let of_driver = found.swings.iter().find(|swing| swing.driver == driver);
            of_driver.map_or(0.0, |swing| swing.swing.mean.abs())
        }
    };
    let mut order: Vec<usize> = (0..study.drivers.len()).collect();
    order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)));
    order
}

pub(super) fn title(scenario: &Scenario, quantity: Measure) -> String {
    let words = match quantity {
        Measure::PRESENT_VALUE => "Its expected present value".to_owned(),
        other => other.expected_in(&scenario.primary().agreement),
    };
    match quantity.kind() {
        kind if kind.is_money() => format!("{words}, {}", scenario.money.axis_label()),
        Kind::Probability | Kind::Rate => format!("{words}, %"),
        kind => format!("{words}, {}", kind.unit(String::new())),
    }
}

/// An index and its error, to the third decimal.
fn index_cells(index: MeanEstimate) -> [String; 2] {
    const FINEST: f64 = 0.001;
    let error = if index.std_error == 0.0 {
        "0".to_owned()
    } else if index.std_error < FINEST / 2.0 {
        format!("<{FINEST}")
    } else {
        format!("{:.3}", index.std_error)
    };
    [format!("{:.3}", index.mean).replace('-', "\u{2212}"), error]
}

pub(super) fn signed(value: f64) -> String {
    let text = with_sign(significant(value));
    match text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        true => text,
        false => "0".to_owned(),
    }
}

fn clipped(name: &str) -> String {
    let count = name.chars().count();
    if count <= LONGEST_NAME {
        return name.to_owned();
    }
    let tail: String = name.chars().skip(count - LONGEST_NAME + 1).collect();
    format!("\u{2026}{tail}")
}
