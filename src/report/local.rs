//! How fast a scenario's headline numbers move with its keys: table, JSON, text, charts.

use std::fmt::Write;

use serde_json::json;

#[cfg(feature = "charts")]
use super::figure::{Figure, Measure as Axis, Tornado, TornadoRow};
#[cfg(feature = "charts")]
use super::key_name::KeyName;
use super::key_name::key_words;
use super::sensitivity::scope;
#[cfg(feature = "charts")]
use super::study_charts::{chart_end, frame, measure};
use super::table::{Table, Value, table};
use super::text::{aligned, error_text, plain, significant};
use crate::scenario::Scenario;
use crate::simulate::Kind;
use crate::stats::MeanEstimate;
use crate::study::{CaseQuantity, Local, LocalKey, Slope};
use crate::units::decimals_for;

/// The table of slopes.
pub fn local_table(scenario: &Scenario, study: &Local) -> Table {
    let quantities = study.quantities.iter().enumerate();
    let all = quantities.flat_map(|own| study.keys.iter().map(move |key| (own, key)));
    table!("local", ((i, (quantity, found)), key) in all => {
        let slope = key.slopes[i];
        "quantity": quantity.name(&scenario.primary().agreement);
        "key": key.key.as_str();
        "value": key.value;
        "estimate", "std_error": Value::pair(Some(found.estimate()));
        "slope", "slope_std_error": Value::pair(slope.map(|s| s.slope));
        "elasticity", "elasticity_std_error": Value::pair(slope.and_then(|s| s.elasticity));
        "one_percent", "one_percent_std_error": Value::pair(slope.map(|s| s.one_percent));
        "unit": unit(scenario, *quantity);
    })
}

fn unit(scenario: &Scenario, quantity: CaseQuantity) -> String {
    match quantity {
        CaseQuantity::Expected(measure) => measure.kind().unit(scenario.money.label()),
        _ => "days".to_owned(),
    }
}

/// The same as one JSON object.
pub fn local_json(scenario: &Scenario, study: &Local) -> serde_json::Value {
    let number = |estimate: Option<MeanEstimate>| {
        estimate.map(|e| json!({ "value": e.mean, "std_error": e.std_error }))
    };
    let quantities = study
        .quantities
        .iter()
        .enumerate()
        .map(|(i, (own, found))| {
            let slopes = study.keys.iter().map(|key| {
                let slope = key.slopes[i];
                json!({
                    "key": key.key,
                    "value": key.value,
                    "slope": number(slope.map(|s| s.slope)),
                    "elasticity": number(slope.and_then(|s| s.elasticity)),
                    "one_percent": number(slope.map(|s| s.one_percent)),
                })
            });
            json!({
                "quantity": own.name(&scenario.primary().agreement),
                "unit": unit(scenario, *own),
                "mean": found.mean,
                "std_error": found.estimate().std_error,
                "date": found.date.map(|date| date.to_string()),
                "keys": slopes.collect::<Vec<_>>(),
            })
        });
    json!({
        "title": scenario.title,
        "answer": answer(scenario, study),
        "currency": scenario.money.currency(),
        "money_unit": scenario.money.unit().word(),
        "paths": study.settings.paths(),
        "seed": study.settings.seed,
        "quantities": quantities.collect::<Vec<_>>(),
    })
}

/// The keys with a slope of a quantity, that of which one percent moves it most first.
fn ordered(study: &Local, quantity: usize) -> Vec<(&LocalKey, Slope)> {
    let keys = study.keys.iter();
    let mut keys: Vec<_> = keys
        .filter_map(|key| Some((key, key.slopes[quantity]?)))
        .collect();
    let size = |slope: &Slope| slope.one_percent.mean.abs();
    keys.sort_by(|a, b| size(&b.1).total_cmp(&size(&a.1)));
    keys
}

/// The shortest ends of the keys' names that tell them apart.
fn short(study: &Local, key: &str) -> String {
    let parts: Vec<&str> = key.split('.').collect();
    let tail = |from: usize| parts[from..].join(".");
    let alone = |end: &String| {
        let ends = |key: &str| key == end || key.ends_with(&format!(".{end}"));
        study.keys.iter().filter(|own| ends(&own.key)).count() == 1
    };
    let shortest = (0..parts.len()).rev().map(tail).find(alone);
    shortest.unwrap_or_else(|| key.to_owned())
}

/// What a percent moves the first number by most, in a sentence.
fn answer(scenario: &Scenario, study: &Local) -> String {
    let Some((quantity, _)) = study.quantities.first() else {
        return "Nothing is estimated.".to_owned();
    };
    match ordered(study, 0).first() {
        Some((key, slope)) => format!(
            "What moves the {} most is the {}: one percent more of it, {}.",
            label(*quantity).to_lowercase(),
            named(study, &key.key),
            moved(scenario, *quantity, slope.one_percent),
        ),
        None => "No key may be moved.".to_owned(),
    }
}

/// What a key is called in sentences and on charts.
fn named(study: &Local, key: &str) -> String {
    match short(study, key) {
        alone if !alone.contains('.') => key_words(key),
        several => several.replace('_', " "),
    }
}

fn label(quantity: CaseQuantity) -> String {
    match quantity {
        CaseQuantity::Expected(measure) => measure.expected(),
        _ => "Median date the cap binds".to_owned(),
    }
}

/// A change with its sign, in the unit that people read: `+0.12 points`.
fn moved(scenario: &Scenario, quantity: CaseQuantity, change: MeanEstimate) -> String {
    let sign = if change.mean > 0.0 { "+" } else { "" };
    // No minus before a zero.
    let change = change.mean + 0.0;
    match quantity {
        CaseQuantity::Expected(measure) if measure.kind() == Kind::Probability => {
            format!("{sign}{}\u{a0}points", three_digits(100.0 * change))
        }
        CaseQuantity::Expected(_) => {
            format!("{sign}{}", scenario.money.format_suited(change))
        }
        _ => format!("{sign}{}\u{a0}days", three_digits(change)),
    }
}

/// A slope, of which no scenario's judgements are worth more digits.
fn three_digits(value: f64) -> String {
    let scale = 10_f64.powi(decimals_for(value, 3).min(6) as i32);
    plain((value * scale).round() / scale)
}

/// The study for a terminal, without a last line feed; the first line is the answer.
pub fn local_text(scenario: &Scenario, study: &Local) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", answer(scenario, study));
    let _ = writeln!(out, "\n{}", scenario.title);
    let _ = writeln!(out, "{}", scope(&study.settings));
    for (i, (quantity, found)) in study.quantities.iter().enumerate() {
        let value = match found.date {
            Some(date) => date.to_string(),
            None => significant(found.mean),
        };
        let _ = writeln!(out, "\n{}: {value}", label(*quantity));
        let head = ["key", "value", "slope", "\u{b1}", "elasticity", "+1\u{a0}%"];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        for (key, slope) in ordered(study, i) {
            let elasticity = slope
                .elasticity
                .map_or_else(String::new, |e| significant(e.mean));
            table.push(vec![
                short(study, &key.key),
                plain(key.value),
                significant(slope.slope.mean),
                error_text(slope.slope.std_error),
                elasticity,
                moved(scenario, *quantity, slope.one_percent),
            ]);
        }
        aligned(&mut out, &table);
    }
    let _ = writeln!(
        out,
        "\nslope: by how much for one unit of the key; elasticity: by how many percent for \
         each percent of it;\n+1 %: where the key is one percent larger, along the slope."
    );
    out.truncate(out.trim_end().len());
    out
}

/// A chart for each quantity by file name without extension: what one percent more of
/// each key does.
#[cfg(feature = "charts")]
pub fn local_figures(scenario: &Scenario, study: &Local) -> Vec<(String, Figure)> {
    let figures = study.quantities.iter().enumerate().map(|(i, (own, _))| {
        let (name, axis) = match own {
            CaseQuantity::Expected(of) => (
                format!("local{}", chart_end(*of, &scenario.primary().agreement)),
                measure(scenario, *of),
            ),
            _ => ("local-date".to_owned(), Axis::Number("days".to_owned())),
        };
        let rows = ordered(study, i).into_iter().map(|(key, slope)| {
            let words = KeyName::new(&key.key, &scenario.money);
            TornadoRow {
                label: named(study, &key.key),
                low: None,
                high: (
                    slope.one_percent.mean,
                    format!(
                        "{}, at {}",
                        moved(scenario, *own, slope.one_percent),
                        words.number(key.value)
                    ),
                ),
                part: None,
                std_error: Some(slope.one_percent.std_error),
            }
        });
        let rows: Vec<TornadoRow> = rows.collect();
        let words = label(*own);
        let first = ordered(study, i).into_iter().next();
        let title = match rows.first().zip(first) {
            Some((row, (_, slope))) => format!(
                "One percent more {} moves the {} most: {}",
                row.label,
                words.to_lowercase(),
                moved(scenario, *own, slope.one_percent)
            ),
            None => words.clone(),
        };
        let figure = Tornado {
            frame: frame(scenario, title, scenario.title.clone()),
            quantity: format!("Change of the {}", words.to_lowercase()),
            measure: axis,
            base: 0.0,
            is_bridge: false,
            notes: vec![
                "Each key one percent larger, all else as it is; along the slope at its value."
                    .to_owned(),
            ],
            rows,
        };
        (name, Figure::Tornado(figure))
    });
    figures.collect()
}
