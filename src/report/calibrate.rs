//! Estimated parameters as text, CSV and JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use super::table::{Table, Value as Cell, table};
use super::text::{aligned, month_year, plain, two_digits};
use crate::study::{
    Calibration, Correlations, Estimated, FigureKind, FittedFigure, ForecastCalibration,
    ForecastChange, StructureFit,
};
use crate::units::{decimals_for, grouped_number};

/// A figure further than this from what the others say, in standard deviations, is
/// named.
const SURPRISING: f64 = 2.5;
/// Correlations smaller than this are not printed.
const MATERIAL: f64 = 0.3;

/// The decimals that the standard error of a number leaves standing.
pub(super) fn decimals_to_error(value: f64, error: f64) -> usize {
    let decimals = match error > 0.0 && error.is_finite() {
        true => decimals_for(error, 2),
        false => decimals_for(value, 4),
    };
    decimals.max(decimals_for(value, 2)).min(10)
}

/// A number with these.
pub(super) fn to_error(value: f64, error: f64) -> String {
    grouped_number(value, decimals_to_error(value, error))
}

/// What a terminal shows before the TOML: the answer, the parameters, what to mind.
pub fn calibration_text(fit: &Calibration) -> String {
    let mut out = String::new();
    let value = |key: &str| {
        fit.parameter(key)
            .map_or((0.0, 0.0), |p| (p.estimate, p.std_error))
    };
    let (growth, growth_error) = value("growth");
    let (volatility, volatility_error) = value("volatility");
    let _ = writeln!(
        out,
        "Growth {} % a year (\u{b1}{}), volatility {} % (\u{b1}{}), as of {}\n",
        to_error(100.0 * growth, 100.0 * growth_error),
        two_digits(100.0 * growth_error),
        to_error(100.0 * volatility, 100.0 * volatility_error),
        two_digits(100.0 * volatility_error),
        fit.start,
    );
    let _ = writeln!(out, "{}\n", scope(fit));
    parameters(&mut out, &fit.parameters);
    little(&mut out, &fit.parameters);
    correlated(&mut out, &fit.correlations);
    let surprising = fit
        .figures
        .iter()
        .filter(|seen| seen.surprise.abs() > SURPRISING);
    for seen in surprising {
        let figure = &seen.figure;
        let _ = writeln!(
            out,
            "line {} of the table: {} for {} to {} lies {:.1} standard deviations {} what the other figures say",
            figure.line,
            plain(figure.value),
            figure.first_day,
            figure.last_day,
            seen.surprise.abs(),
            if seen.surprise > 0.0 {
                "above"
            } else {
                "below"
            },
        );
    }
    out
}

/// `gbm on 18 figures, Dec 2023 to Apr 2026; log evidence -12.34`.
fn scope(fit: &Calibration) -> String {
    let days = || fit.figures.iter().map(|seen| &seen.figure);
    let first = days().map(|figure| figure.first_day).min();
    let last = days().map(|figure| figure.last_day).max();
    let span = first.zip(last).map_or_else(String::new, |(first, last)| {
        format!(", {} to {}", month_year(first), month_year(last))
    });
    let paces = days()
        .filter(|figure| figure.kind == FigureKind::RunRate)
        .count();
    format!(
        "{} on {} figures ({paces} of them run rates){span}; log evidence {:.2}",
        fit.model.word(),
        fit.figures.len(),
        fit.log_evidence,
    )
}

fn parameters(out: &mut String, parameters: &[Estimated]) {
    let header = ["parameter", "estimate", "std error", "5 %", "95 %", "unit"];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    for parameter in parameters {
        let number = |value: f64| to_error(value, parameter.std_error);
        table.push(vec![
            parameter.key.to_owned(),
            number(parameter.estimate),
            two_digits(parameter.std_error),
            number(parameter.p5),
            number(parameter.p95),
            parameter.unit.to_owned(),
        ]);
    }
    aligned(out, &table);
}

fn little(out: &mut String, parameters: &[Estimated]) {
    let little = parameters.iter().filter(|p| p.is_little_informed());
    let keys: Vec<&str> = little.map(|parameter| parameter.key).collect();
    if !keys.is_empty() {
        let keys = keys.join(" and ");
        let _ = writeln!(
            out,
            "\nThe figures say little of {keys}: the prior decides."
        );
    }
}

fn correlated(out: &mut String, correlations: &Correlations) {
    let material = correlations.pairs().filter(|(.., r)| r.abs() >= MATERIAL);
    let pairs: Vec<String> = material
        .map(|(a, b, r)| format!("{a} and {b} {r:.2}"))
        .collect();
    if !pairs.is_empty() {
        let _ = writeln!(out, "\nCorrelated: {}.", pairs.join(", "));
    }
}

/// What a terminal shows of forecast errors before the TOML.
pub fn forecast_errors_text(found: &ForecastCalibration, chosen: &StructureFit) -> String {
    let mut out = String::new();
    let outcomes = found
        .changes
        .iter()
        .filter(|change| change.is_outcome)
        .count();
    let horizon = found.horizon;
    let _ = writeln!(
        out,
        "A forecast {horizon:.1} years ahead is off by {:.0} % (standard deviation of the \
         logarithm)\n\n{} changes of forecasts, {outcomes} of them to what was reported; \
         errors of structure {}\n",
        100.0 * chosen.deviation(horizon),
        found.changes.len(),
        chosen.structure.word(),
    );
    parameters(&mut out, &chosen.parameters);
    little(&mut out, &chosen.parameters);
    correlated(&mut out, &chosen.correlations);
    out.push('\n');
    let ahead = format!("sd at {horizon:.1} years");
    let header = [
        "structure",
        "probability",
        "log evidence",
        "sd at 1 year",
        &ahead,
    ];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    for fit in &found.structures {
        table.push(vec![
            fit.structure.word().to_owned(),
            format!("{:.2}", fit.probability),
            format!("{:.2}", fit.log_evidence),
            two_digits(fit.deviation(1.0)),
            two_digits(fit.deviation(horizon)),
        ]);
    }
    aligned(&mut out, &table);
    out
}

/// The table `calibration`: a line for each parameter.
pub fn calibration_table(parameters: &[Estimated]) -> Table {
    table!("calibration", parameter in parameters => {
        "parameter", "unit", "estimate", "std_error", "p5", "p95", "sd_of_prior":
            parameter_cells(parameter);
    })
}

/// Seven digits: more than the lattice resolves.
fn digits(value: f64) -> Cell {
    Cell::Number(rounded(value))
}

/// A number to seven digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}

/// The table `fit`: each figure beside what the fitted path makes of it.
pub fn fit_table(figures: &[FittedFigure]) -> Table {
    table!("fit", seen in figures => {
        let figure = &seen.figure;
        "line": figure.line;
        "start": figure.first_day;
        "end": figure.last_day;
        "kind": figure.kind.word();
        "value": figure.value;
        "fitted": digits(seen.fitted);
        "difference": digits(figure.value / seen.fitted - 1.0);
        "surprise_in_sd": digits(seen.surprise);
    })
}

/// Key, unit, estimate and what is known of its error, as both tables have them.
fn parameter_cells(parameter: &Estimated) -> [Cell; 7] {
    [
        parameter.key.into(),
        parameter.unit.into(),
        digits(parameter.estimate),
        Cell::Error(rounded(parameter.std_error)),
        digits(parameter.p5),
        digits(parameter.p95),
        parameter.of_prior.map(digits).into(),
    ]
}

/// The table `changes`: each change of a forecast.
pub fn changes_table(changes: &[ForecastChange]) -> Table {
    table!("changes", change in changes => {
        "forecaster": change.forecaster.as_str();
        "year": Cell::Year(change.year);
        "from": change.from;
        "to": change.to;
        "outcome": if change.is_outcome { "yes" } else { "no" };
        "horizon_years": digits(change.horizon());
        "log_change": digits(change.log);
    })
}

/// The table `structures`: each structure's parameters.
pub fn structures_table(structures: &[StructureFit]) -> Table {
    let all = structures.iter();
    let all = all.flat_map(|fit| fit.parameters.iter().map(move |own| (fit, own)));
    table!("structures", (fit, parameter) in all => {
        "structure": fit.structure.word();
        "probability": digits(fit.probability);
        "log_evidence": digits(fit.log_evidence);
        "parameter", "unit", "estimate", "std_error", "p5", "p95", "sd_of_prior":
            parameter_cells(parameter);
    })
}

fn parameters_json(parameters: &[Estimated]) -> Value {
    let one = |parameter: &Estimated| {
        let value = json!({
            "unit": parameter.unit,
            "estimate": rounded(parameter.estimate),
            "std_error": rounded(parameter.std_error),
            "p5": rounded(parameter.p5),
            "p95": rounded(parameter.p95),
            "sd_of_prior": parameter.of_prior.map(rounded),
        });
        (parameter.key.to_owned(), value)
    };
    Value::Object(parameters.iter().map(one).collect())
}

fn correlations_json(correlations: &Correlations) -> Value {
    let pairs = correlations.pairs();
    pairs.map(|(a, b, r)| json!([a, b, rounded(r)])).collect()
}

/// The parameters as one JSON object, with the TOML.
pub fn calibration_json(fit: &Calibration, toml: &str) -> Value {
    json!({
        "model": fit.model.word(),
        "start": fit.start.to_string(),
        "figures": fit.figures.len(),
        "parameters": parameters_json(&fit.parameters),
        "correlations": correlations_json(&fit.correlations),
        "log_evidence": rounded(fit.log_evidence),
        "toml": toml,
    })
}

/// The errors of forecasts as one JSON object, with the TOML.
pub fn forecast_errors_json(
    found: &ForecastCalibration,
    chosen: &StructureFit,
    toml: &str,
) -> Value {
    let structures = found.structures.iter().map(|fit| {
        let value = json!({
            "probability": rounded(fit.probability),
            "log_evidence": rounded(fit.log_evidence),
            "parameters": parameters_json(&fit.parameters),
            "correlations": correlations_json(&fit.correlations),
        });
        (fit.structure.word().to_owned(), value)
    });
    json!({
        "model": "forecast-error",
        "structure": chosen.structure.word(),
        "changes": found.changes.len(),
        "horizon_years": rounded(found.horizon),
        "structures": structures.collect::<serde_json::Map<_, _>>(),
        "toml": toml,
    })
}
