//! Scenarios side by side, as CSV, JSON and text.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::Cell;
use super::answer::{percent, share_of_futures};
use super::csv_table::CsvTable;
use super::sensitivity::{scope, signed};
use super::text::{aligned, error_text, row_name, significant};
use crate::stats::MeanEstimate;
use crate::study::{ComparedDate, ComparedPart, ComparedValue, Comparison, FutureDifferences};

/// The level of every interval.
const LEVEL: f64 = 0.95;
/// The longest name of a scenario in a table's header, in characters.
const LONGEST_NAME: usize = 16;
const MEAN_AND_DIFFERENCE: [&str; 6] = [
    "mean",
    "std_error",
    "difference",
    "difference_std_error",
    "difference_ci_low",
    "difference_ci_high",
];

/// The tables of a comparison, by file name.
pub fn comparison_csv_files(comparison: &Comparison) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("compare.csv", totals_csv(comparison)),
        ("compare_periods.csv", periods_csv(comparison)),
        ("compare_years.csv", years_csv(comparison)),
    ]
}

/// Every part with the name of its scenario.
fn parts(comparison: &Comparison) -> impl Iterator<Item = (&str, &ComparedPart)> {
    let entries = comparison.entries.iter().zip(&comparison.scenarios);
    entries.flat_map(|(entry, scenario)| {
        let name = entry.name.as_str();
        scenario.parts.iter().map(move |part| (name, part))
    })
}

fn header(own: &[&'static str]) -> Vec<&'static str> {
    [&["scenario", "agreement"], own, &MEAN_AND_DIFFERENCE].concat()
}

fn totals_csv(comparison: &Comparison) -> Vec<u8> {
    let mut table = CsvTable::new(&header(&["against", "quantity", "unit"]), &[]);
    for (scenario, part) in parts(comparison) {
        let start = |quantity: &str, unit: &str| {
            let against = part.against.clone().unwrap_or_default();
            [scenario, &part.name, &against, quantity, unit].map(str::to_owned)
        };
        for value in &part.totals {
            let mut record = start(value.quantity, &unit(comparison, value)).to_vec();
            record.extend(numbers(value));
            table.push(record, &[]);
        }
        if let Some(date) = &part.binding_date {
            let mut record =
                start("binding_date_median", "date; errors and difference in days").to_vec();
            let median = date
                .median
                .map_or_else(String::new, |date| date.to_string());
            record.push(median);
            record.push(number(date.std_error));
            record.extend(difference(date.difference));
            table.push(record, &[]);
        }
    }
    table.finish()
}

fn periods_csv(comparison: &Comparison) -> Vec<u8> {
    let percentiles = &comparison.entries[0].scenario.report.percentiles;
    let names: Vec<String> = percentiles
        .iter()
        .map(|p| format!("difference_p{p}"))
        .collect();
    let own = header(&["period_start", "period_end", "quantity"]);
    let names = names.iter().map(String::as_str);
    let header: Vec<&str> = own.into_iter().chain(names).collect();
    let mut table = CsvTable::new(&header, &[]);
    for (scenario, part) in parts(comparison) {
        for (i, (span, values)) in comparison.spans.iter().zip(&part.periods).enumerate() {
            for value in values {
                let mut record = vec![
                    scenario.to_owned(),
                    part.name.clone(),
                    span.first_day.to_string(),
                    span.last_day.to_string(),
                    value.quantity.to_owned(),
                ];
                record.extend(numbers(value));
                let futures = part.futures.as_ref();
                let futures = futures.filter(|_| value.quantity == "cumulative_paid");
                table.push(record, &at_span(futures, i, percentiles.len()));
            }
        }
    }
    table.finish()
}

/// The percentiles of differences at the end of a span.
fn at_span(futures: Option<&FutureDifferences>, span: usize, count: usize) -> Vec<Cell> {
    match futures {
        Some(futures) => {
            let curves = futures.percentiles.iter();
            curves
                .map(|(_, values)| Cell::Number(values[span]))
                .collect()
        }
        None => vec![Cell::Empty; count],
    }
}

fn years_csv(comparison: &Comparison) -> Vec<u8> {
    let mut table = CsvTable::new(&header(&["calendar", "year", "quantity"]), &[]);
    for (scenario, part) in parts(comparison) {
        for year in &part.years {
            for value in &year.values {
                let mut record = vec![
                    scenario.to_owned(),
                    part.name.clone(),
                    year.calendar.to_owned(),
                    year.year.to_string(),
                    value.quantity.to_owned(),
                ];
                record.extend(numbers(value));
                table.push(record, &[]);
            }
        }
    }
    table.finish()
}

fn unit(comparison: &Comparison, value: &ComparedValue) -> String {
    if is_probability(value) {
        "probability".to_owned()
    } else {
        comparison.money.label()
    }
}

fn is_probability(value: &ComparedValue) -> bool {
    value.quantity == "binding_probability"
}

fn numbers(value: &ComparedValue) -> Vec<String> {
    let own = [value.value.mean, value.value.std_error].map(|x| number(Some(x)));
    own.into_iter()
        .chain(difference(value.difference))
        .collect()
}

fn difference(estimate: Option<MeanEstimate>) -> [String; 4] {
    let interval = estimate.map(|e| e.interval(LEVEL));
    [
        number(estimate.map(|e| e.mean)),
        number(estimate.map(|e| e.std_error)),
        number(interval.map(|i| i.0)),
        number(interval.map(|i| i.1)),
    ]
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value}"))
}

/// The comparison as one JSON object: the rows of `compare.csv` by scenario and
/// agreement, undefined values `null`.
pub fn comparison_json(comparison: &Comparison) -> Value {
    let estimate = |e: MeanEstimate| json!({ "mean": e.mean, "std_error": e.std_error, "interval_95": e.interval(LEVEL) });
    let part = |part: &ComparedPart| {
        let mut quantities: Map<String, Value> = part
            .totals
            .iter()
            .map(|value| {
                let row = json!({
                    "unit": unit(comparison, value),
                    "mean": value.value.mean,
                    "std_error": value.value.std_error,
                    "difference": value.difference.map(estimate),
                });
                (value.quantity.to_owned(), row)
            })
            .collect();
        if let Some(date) = &part.binding_date {
            let row = json!({
                "median": date.median.map(|date| date.to_string()),
                "std_error_days": date.std_error,
                "difference_days": date.difference.map(estimate),
            });
            quantities.insert("binding_date".to_owned(), row);
        }
        json!({ "agreement": part.name, "against": part.against, "quantities": quantities })
    };
    let scenarios = comparison.entries.iter().zip(&comparison.scenarios);
    let scenarios: Vec<Value> = scenarios
        .map(|(entry, compared)| {
            json!({
                "scenario": entry.name,
                "title": entry.scenario.title,
                "parts": compared.parts.iter().map(part).collect::<Vec<Value>>(),
            })
        })
        .collect();
    json!({
        "answer": comparison_answer(comparison),
        "reference": comparison.entries[0].name,
        "currency": comparison.money.currency(),
        "unit": comparison.money.unit().word(),
        "paths": comparison.paths,
        "seed": comparison.entries[0].scenario.settings.seed,
        "scenarios": scenarios,
        "warnings": comparison.warnings,
    })
}

/// What differs between the first two, in a sentence.
pub fn comparison_answer(comparison: &Comparison) -> String {
    let Some(pays) = who_pays_more(comparison, true) else {
        return String::new();
    };
    let reached = |scenario: usize| {
        let mut totals = comparison.scenarios[scenario].parts[0].totals.iter();
        let found = totals.find(|value| is_probability(value));
        found.map_or(0.0, |value| value.value.mean)
    };
    let binds = match (reached(0), reached(1)) {
        (0.0, 0.0) => "the cap binds in neither".to_owned(),
        (0.0, is) => format!("the cap binds in {} instead of never", share_of_futures(is)),
        (was, is) => format!(
            "the cap binds in {} instead of {}",
            share_of_futures(is),
            percent(was)
        ),
    };
    format!("{pays}; {binds}.")
}

/// `b pays $0.20 bn more than a on average`, with its error if wished.
pub(super) fn who_pays_more(comparison: &Comparison, with_error: bool) -> Option<String> {
    let [reference, other, ..] = comparison.entries.as_slice() else {
        return None;
    };
    let mut totals = comparison.scenarios[1].parts[0].totals.iter();
    let paid = totals.find(|value| value.quantity == "total_paid")?;
    let difference = paid.difference?;
    if difference.mean == 0.0 {
        return Some(format!("{} pays as much as {}", other.name, reference.name));
    }
    let decimals = crate::units::decimals_for(difference.mean, 3);
    let amount = comparison.money.format(difference.mean.abs(), decimals);
    let error = match with_error {
        true => format!(" (\u{b1}{})", error_text(difference.std_error)),
        false => String::new(),
    };
    let more = if difference.mean < 0.0 {
        "less"
    } else {
        "more"
    };
    Some(format!(
        "{} pays {amount}{error} {more} than {} on average",
        other.name, reference.name
    ))
}

/// The comparison for a terminal, without a last line feed; the first line is the
/// answer.
pub fn comparison_text(comparison: &Comparison) -> String {
    let mut out = String::new();
    let reference = &comparison.entries[0];
    let _ = writeln!(out, "{}", comparison_answer(comparison));
    let _ = writeln!(out, "\n{}", scope(&reference.scenario.settings));
    let _ = writeln!(
        out,
        "Amounts in {}; differences from {} are paired on the same futures.",
        comparison.money.label(),
        reference.name
    );
    for (i, entry) in comparison.entries.iter().enumerate().skip(1) {
        let _ = writeln!(out, "\n{}: {}", entry.name, entry.scenario.title);
        let is_alone = comparison.scenarios[i].parts.len() == 1;
        for part in &comparison.scenarios[i].parts {
            if !is_alone {
                let against = match &part.against {
                    Some(name) if *name == part.name => String::new(),
                    Some(name) => format!(" (against {name})"),
                    None => " (against nothing paid)".to_owned(),
                };
                let _ = writeln!(out, "\n{}{against}", part.name);
            }
            one(&mut out, comparison, &entry.name, part);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A part against its counterpart.
fn one(out: &mut String, comparison: &Comparison, name: &str, part: &ComparedPart) {
    let reference = &comparison.entries[0].name;
    let counterpart = comparison.scenarios[0]
        .parts
        .iter()
        .find(|other| Some(&other.name) == part.against.as_ref());
    let heading = |first: &str| {
        let cells = [
            first,
            &clipped(reference),
            &clipped(name),
            "difference",
            "\u{b1}",
        ];
        cells.map(str::to_owned).to_vec()
    };
    let mut table = vec![heading("")];
    for value in &part.totals {
        let label = match value.quantity {
            "binding_probability" => "Cap binds, %",
            "total_net_received" => "Net received",
            "total_net_received_pv" => "  present value",
            quantity => match row_name(quantity) {
                Some(label) => label,
                None => continue,
            },
        };
        let other = counterpart.and_then(|part| {
            let mut values = part.totals.iter();
            values.find(|other| other.quantity == value.quantity)
        });
        table.push(line(label, other, value));
    }
    if let Some(date) = &part.binding_date {
        let other = counterpart.and_then(|part| part.binding_date);
        if date.median.is_some() || other.is_some_and(|other| other.median.is_some()) {
            table.push(date_line(other.as_ref(), date));
        }
    }
    aligned(out, &table);
    let paid = |part: &ComparedPart, year: i16| {
        let year = part
            .years
            .iter()
            .find(|y| y.calendar == "calendar" && y.year == year)?;
        let payment = year.values.iter().find(|value| value.quantity == "payment");
        payment.copied()
    };
    let mut table = vec![heading("Paid for")];
    for year in part.years.iter().filter(|year| year.calendar == "calendar") {
        if let Some(own) = paid(part, year.year) {
            let other = counterpart.and_then(|part| paid(part, year.year));
            table.push(line(&year.year.to_string(), other.as_ref(), &own));
        }
    }
    if table.len() > 1 {
        out.push('\n');
        aligned(out, &table);
    }
}

fn line(label: &str, other: Option<&ComparedValue>, own: &ComparedValue) -> Vec<String> {
    let factor = if is_probability(own) { 100.0 } else { 1.0 };
    let mean = |value: &ComparedValue| significant(factor * value.value.mean);
    let mut line = vec![
        label.to_owned(),
        other.map_or_else(|| "\u{2013}".to_owned(), mean),
        mean(own),
    ];
    match own.difference {
        Some(difference) => {
            let difference = difference.scaled(factor);
            line.push(signed(difference.mean));
            line.push(error_text(difference.std_error));
        }
        None => line.extend([String::new(), String::new()]),
    }
    line
}

fn date_line(other: Option<&ComparedDate>, own: &ComparedDate) -> Vec<String> {
    let shown = |date: &ComparedDate| {
        let median = date.median.map(|date| date.to_string());
        median.unwrap_or_else(|| "not reached".to_owned())
    };
    let mut line = vec![
        "Cap binds, median".to_owned(),
        other.map_or_else(|| "\u{2013}".to_owned(), shown),
        shown(own),
    ];
    if let Some(difference) = own.difference {
        line.push(format!("{} days", signed(difference.mean)));
        line.push(error_text(difference.std_error));
    }
    line
}

fn clipped(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    // Names of files that are compared mostly differ at their ends.
    let count = name.chars().count();
    let tail: String = name.chars().skip(count + 1 - LONGEST_NAME).collect();
    format!("\u{2026}{tail}")
}
