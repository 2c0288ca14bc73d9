//! Estimated parameters as TOML to paste into a scenario.

use std::fmt::Write;

use super::calibrate::decimals_to_error;
use crate::study::{
    Calibration, Correlations, Estimated, FittedModel, ForecastCalibration, StructureFit,
};
use crate::units::{decimals_for, rank_correlation};

/// Correlations of the logarithms smaller than this stay out of the file.
const MATERIAL: f64 = 0.1;
/// How many equally likely values stand for a posterior that no other distribution
/// holds within a key's permitted range.
const VALUES: usize = 10;
/// The standard deviations that a normal distribution reaches to.
const REACH: f64 = 8.3;
/// Standard deviations between the 5 % and the 95 % point of a normal distribution.
const NINETY: f64 = 3.289_707;

/// The model's table: point estimates, or distributions where `uncertain`.
pub fn calibration_toml(fit: &Calibration, uncertain: bool) -> String {
    let model = fit.model.word();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "# Estimated by capbind calibrate from {} figures; as of {start}:\n\
         # timeline.start = {start}\n[revenue.{model}]",
        fit.figures.len(),
        start = fit.start,
    );
    let parameters: Vec<&Estimated> = fit
        .parameters
        .iter()
        .filter(|parameter| parameter.key != "run_rate_error")
        .collect();
    for parameter in &parameters {
        line(&mut out, parameter, uncertain);
        if fit.model == FittedModel::Growth && parameter.key == "growth" {
            let given = fit.options.long_run_growth;
            let _ = writeln!(out, "long_run_growth = {given}  # given, not estimated");
        }
    }
    if fit.model == FittedModel::Growth {
        let _ = writeln!(
            out,
            "growth_volatility_half_life = 10000  # it does not fade, as estimated"
        );
    }
    let _ = writeln!(out, "observe = \"mid\"");
    if uncertain {
        correlation(&mut out, &fit.correlations, &parameters, model);
    }
    out
}

/// The keys of `[revenue.forecast]` that say how far the plan may be off.
pub fn forecast_errors_toml(
    found: &ForecastCalibration,
    chosen: &StructureFit,
    uncertain: bool,
) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "# Estimated by capbind calibrate from {} changes of forecasts.\n\
         # Into [revenue.forecast], beside its plan, annual = {{ … }}:",
        found.changes.len(),
    );
    // The scenario wants a volatility of every forecast.
    if chosen.parameter("volatility").is_none() {
        let _ = writeln!(out, "volatility = 0");
    }
    for parameter in &chosen.parameters {
        line(&mut out, parameter, uncertain);
    }
    if uncertain {
        let parameters: Vec<&Estimated> = chosen.parameters.iter().collect();
        correlation(&mut out, &chosen.correlations, &parameters, "forecast");
    }
    out
}

fn line(out: &mut String, parameter: &Estimated, uncertain: bool) {
    let (key, error) = (parameter.key, parameter.std_error);
    let value = match uncertain {
        true => distribution(parameter),
        false => number(parameter.estimate, error),
    };
    let remark = match (uncertain, parameter.is_little_informed()) {
        (_, true) => "the figures say little of it: the prior decides".to_owned(),
        (false, _) => {
            let error = format!("{error:.*}", decimals_for(error, 2).min(10));
            format!("± {error} (one standard error), {}", parameter.unit)
        }
        (true, _) => parameter.unit.to_owned(),
    };
    let _ = writeln!(out, "{key} = {value}  # {remark}");
}

/// A number as TOML, with the digits that its error leaves standing.
fn number(value: f64, error: f64) -> String {
    format!("{value:.*}", decimals_to_error(value, error))
}

/// The posterior as a distribution of the scenario file: by its 5 % and 95 % points
/// where all that it reaches is permitted, else as equally likely values.
fn distribution(parameter: &Estimated) -> String {
    let number = |value: f64| number(value, 0.1 * parameter.std_error);
    let (low, high) = (parameter.p5, parameter.p95);
    let ends = format!("{{ p5 = {}, p95 = {} }}", number(low), number(high));
    let sd = (high - low) / NINETY;
    let middle = f64::midpoint(low, high);
    // The median times the ratio of the two to the power of a little more than the
    // reach: a half and an eighth are roots.
    let ratio = high / low;
    let power = ratio * ratio * ratio.sqrt() * ratio.sqrt().sqrt().sqrt();
    let log_reach = (low * high).sqrt() * power;
    let (least, most) = match parameter.key {
        "growth" => (-0.99, 100.0),
        "initial" => (0.0, 1e15),
        "half_life" => (0.0, 1e4),
        "persistence" => (0.001, 1.0),
        _ => (0.0, 5.0),
    };
    let is_log = parameter.key != "growth" && parameter.key != "persistence";
    if is_log && low > 0.0 && log_reach < most {
        return format!("{{ lognormal = {ends} }}");
    }
    if !is_log && middle - REACH * sd > least && middle + REACH * sd < most {
        return format!("{{ normal = {ends} }}");
    }
    let values: Vec<String> = (0..VALUES)
        .map(|i| number(parameter.quantile((i as f64 + 0.5) / VALUES as f64)))
        .collect();
    let weights = ["1"; VALUES].join(", ");
    format!(
        "{{ discrete = {{ values = [{}], weights = [{weights}] }} }}",
        values.join(", ")
    )
}

fn correlation(
    out: &mut String,
    correlations: &Correlations,
    parameters: &[&Estimated],
    model: &str,
) {
    let is_key = |key: &str| parameters.iter().any(|parameter| parameter.key == key);
    let pairs: Vec<String> = correlations
        .pairs()
        .filter(|(a, b, r)| r.abs() >= MATERIAL && is_key(a) && is_key(b))
        .map(|(a, b, r)| {
            let rank = rank_correlation(r);
            format!("    [\"revenue.{model}.{a}\", \"revenue.{model}.{b}\", {rank:.2}],")
        })
        .collect();
    if !pairs.is_empty() {
        let _ = writeln!(out, "\n[correlation]\ninputs = [\n{}\n]", pairs.join("\n"));
    }
}
