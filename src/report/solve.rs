//! A solved value as text, CSV and JSON.

use serde_json::json;

use super::table::{Table, Value, table};
use super::text::{error_text, grouped, significant};
use crate::scenario::Scenario;
use crate::study::Solution;
use crate::units::Date;

/// The table of a solved value: one line.
pub fn solve_table(solution: &Solution) -> Table {
    // Where the statistic does not move there is no slope, and no error of the value.
    let defined = |value: f64| Some(value).filter(|v| v.is_finite());
    table!("solve", solution in [solution] => {
        "key": solution.key.as_str();
        "value": solution.value.as_str();
        "std_error": Value::error(defined(solution.std_error));
        "target": solution.target.written.as_str();
        "statistic": solution.target.statistic.to_string();
        "wanted": solution.target.value;
        "reached": solution.reached.mean;
        "reached_std_error": Value::Error(solution.reached.std_error);
        "slope": defined(solution.slope);
        "others": others(solution).join("; ");
        "passes": solution.passes as u64;
    })
}

/// Where else the target is met, in words.
fn others(solution: &Solution) -> Vec<String> {
    let range = |(from, to): &(String, String)| match from == to {
        true => from.clone(),
        false => format!("{from} to {to}"),
    };
    solution.others.iter().map(range).collect()
}

/// The same as one JSON object.
pub fn solve_json(scenario: &Scenario, solution: &Solution) -> serde_json::Value {
    let value = match Date::parse(&solution.value) {
        Some(_) => json!(solution.value),
        None => json!(solution.number),
    };
    json!({
        "title": scenario.title,
        "key": solution.key,
        "value": value,
        "std_error": Some(solution.std_error).filter(|error| error.is_finite()),
        "target": solution.target.written,
        "statistic": solution.target.statistic.to_string(),
        "wanted": solution.target.value,
        "reached": solution.reached.mean,
        "reached_std_error": solution.reached.std_error,
        "slope": Some(solution.slope).filter(|slope| slope.is_finite()),
        "others": others(solution),
        "paths": scenario.settings.paths(),
        "seed": scenario.settings.seed,
    })
}

/// What a terminal shows: the answer, then what it rests on.
pub fn solve_text(scenario: &Scenario, solution: &Solution) -> String {
    let is_date = Date::parse(&solution.value).is_some();
    let value = match is_date {
        true => solution.value.clone(),
        false => digits(solution.number, solution.std_error),
    };
    let error = match (is_date, solution.std_error) {
        (_, error) if !error.is_finite() => "the statistic does not move there".to_owned(),
        (true, error) => format!("\u{b1}{} days", error_text(error)),
        (false, error) => format!("\u{b1}{}", error_text(error)),
    };
    let reached = significant(solution.reached.mean);
    let reached_error = error_text(solution.reached.std_error);
    let statistic = &solution.target.statistic;
    let percentile = match (
        solution.percentile,
        solution.target.written.split_once(" ="),
    ) {
        (Some(found), Some((name, _))) => format!("\n{name} there: {}", significant(found)),
        _ => String::new(),
    };
    let others = match solution.others.as_slice() {
        [] => String::new(),
        [(from, to)] if is_within(&solution.value, from, to) => {
            format!("\nMet by all from {from} to {to}: {statistic} stays there")
        }
        _ => format!(
            "\nOne of several: {statistic} neither rises nor falls all the way as {} grows, and \
             meets the target elsewhere too: {}",
            solution.key,
            others(solution).join(", ")
        ),
    };
    let slope = match solution.slope.is_finite() {
        true => format!(
            ", slope {}{}",
            significant(solution.slope),
            if is_date { " a day" } else { "" }
        ),
        false => String::new(),
    };
    format!(
        "{} = {value} ({error}) makes {}{others}\n\n{}\n{statistic} there: {reached} \
         (\u{b1}{reached_error}){slope}{percentile}\n{} paths on common random numbers, \
         seed {}; \u{b1} is one standard error",
        solution.key,
        solution.target.written,
        scenario.title,
        grouped(scenario.settings.paths()),
        scenario.settings.seed,
    )
}

/// Whether a value lies within a range as shown, all as text: numbers or dates.
fn is_within(value: &str, from: &str, to: &str) -> bool {
    /// The ends are rounded, the value is not.
    const ROUNDED: f64 = 1e-5;
    match [from, value, to].map(|text| text.parse::<f64>().ok()) {
        [Some(from), Some(value), Some(to)] => {
            let slack = ROUNDED * value.abs();
            (from - slack..=to + slack).contains(&value)
        }
        _ => (from..=to).contains(&value),
    }
}

/// A value to one digit beyond its error, six significant ones where it has none.
fn digits(value: f64, error: f64) -> String {
    let decimals = match error > 0.0 && error.is_finite() {
        true => crate::units::decimals_for(error, 2),
        false => crate::units::decimals_for(value, 6),
    };
    format!("{value:.*}", decimals.min(10))
}
