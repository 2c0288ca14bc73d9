//! Distributions as a file writes them: by parameters or by percentiles.

use std::collections::BTreeMap;

use super::file::{self, Shape};
use crate::units::Distribution;

/// The distributions a table names, or why one cannot be used.
pub fn of(table: &file::Distribution) -> Vec<Result<Distribution, String>> {
    let uniform = table.uniform.map(|[a, b]| Distribution::uniform(a, b));
    let triangular = table
        .triangular
        .map(|[a, b, c]| Distribution::triangular(a, b, c));
    let discrete = table
        .discrete
        .as_ref()
        .map(|d| Distribution::discrete(&d.values, &d.weights));
    let plain = [uniform, triangular, discrete]
        .into_iter()
        .flatten()
        .map(|built| built.map_err(|error| error.to_string()));
    let shaped = [
        table.normal.as_ref().map(normal),
        table.lognormal.as_ref().map(lognormal),
        table.exponential.as_ref().map(exponential),
    ];
    plain.chain(shaped.into_iter().flatten()).collect()
}

fn normal(shape: &Shape) -> Result<Distribution, String> {
    let built = match form("normal", &shape.0)? {
        Form::Moments { mean, sd } => Distribution::normal(mean, sd),
        Form::Percentiles(a, b) => Distribution::normal_through(a, b),
    };
    built.map_err(|error| error.to_string())
}

fn lognormal(shape: &Shape) -> Result<Distribution, String> {
    let built = match form("lognormal", &shape.0)? {
        Form::Moments { mean, sd } => Distribution::lognormal(mean, sd),
        Form::Percentiles(a, b) => Distribution::lognormal_through(a, b),
    };
    built.map_err(|error| error.to_string())
}

fn exponential(shape: &Shape) -> Result<Distribution, String> {
    let pairs: Vec<(&str, f64)> = shape.0.iter().map(|(k, v)| (k.as_str(), *v)).collect();
    let hazard = match pairs.as_slice() {
        [("hazard", hazard)] => *hazard,
        [("mean", mean)] => 1.0 / mean,
        _ => {
            let given = names(&shape.0);
            return Err(format!(
                "`exponential` takes `hazard` (per year) or `mean` (years); this gives {given}"
            ));
        }
    };
    Distribution::exponential(hazard).map_err(|error| error.to_string())
}

/// How a normal or lognormal distribution is given.
enum Form {
    Moments { mean: f64, sd: f64 },
    Percentiles((f64, f64), (f64, f64)),
}

fn form(name: &str, numbers: &BTreeMap<String, f64>) -> Result<Form, String> {
    if let (Some(&mean), Some(&sd), 2) = (numbers.get("mean"), numbers.get("sd"), numbers.len()) {
        return Ok(Form::Moments { mean, sd });
    }
    let percentiles: Option<Vec<(f64, f64)>> = numbers
        .iter()
        .map(|(key, value)| Some((key.strip_prefix('p')?.parse().ok()?, *value)))
        .collect();
    match percentiles.as_deref() {
        Some([a, b]) => Ok(Form::Percentiles(*a, *b)),
        _ => Err(format!(
            "`{name}` takes `mean` and `sd`, or two percentiles such as `p5` and `p95`; \
             this gives {}",
            names(numbers)
        )),
    }
}

fn names(numbers: &BTreeMap<String, f64>) -> String {
    if numbers.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<String> = numbers.keys().map(|key| format!("`{key}`")).collect();
    names.join(", ")
}
