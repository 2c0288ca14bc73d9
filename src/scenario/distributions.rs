//! Distributions as a file writes them: by parameters or by percentiles.

use std::collections::BTreeMap;

use super::file::{self, Shape};
use crate::units::{Distribution, DistributionError};

/// The distributions a table names, or why one cannot be used.
pub fn of(table: &file::Distribution) -> Vec<Result<Distribution, String>> {
    // By name, so that one that is added does not compile until it is made here.
    let file::Distribution {
        uniform,
        triangular,
        pert,
        normal,
        lognormal,
        exponential,
        discrete,
        mixture,
    } = table;
    let plain = [
        uniform.map(|[a, b]| Distribution::uniform(a, b)),
        triangular.map(|[a, b, c]| Distribution::triangular(a, b, c)),
        pert.map(|[a, b, c]| Distribution::pert(a, b, c)),
        discrete
            .as_ref()
            .map(|d| Distribution::discrete(&d.values, &d.weights)),
    ]
    .into_iter()
    .flatten()
    .map(|built| built.map_err(|error| error.to_string()));
    let shaped = [
        normal.as_ref().map(self::normal),
        lognormal.as_ref().map(self::lognormal),
        exponential.as_ref().map(self::exponential),
        mixture.as_deref().map(self::mixture),
    ];
    plain.chain(shaped.into_iter().flatten()).collect()
}

fn normal(shape: &Shape) -> Result<Distribution, String> {
    let (numbers, cut) = Cut::from(shape);
    if cut.shift.is_some() {
        return Err("`shift` belongs to `lognormal`: a normal moves with its `mean`".to_owned());
    }
    let built = match form("normal", &numbers)? {
        Form::Moments { mean, sd } => Distribution::normal(mean, sd),
        Form::Percentiles(a, b) => Distribution::normal_through(a, b),
    };
    built
        .and_then(|normal| cut.apply(normal))
        .map_err(|error| error.to_string())
}

fn lognormal(shape: &Shape) -> Result<Distribution, String> {
    let (numbers, cut) = Cut::from(shape);
    let shift = cut.shift.unwrap_or(0.0);
    let built = match form("lognormal", &numbers)? {
        Form::Moments { mean, sd } => Distribution::shifted_lognormal(shift, mean, sd),
        Form::Percentiles(a, b) => Distribution::shifted_lognormal_through(shift, a, b),
    };
    built
        .and_then(|lognormal| cut.apply(lognormal))
        .map_err(|error| error.to_string())
}

/// What a normal or lognormal may say beside its shape.
struct Cut {
    low: Option<f64>,
    high: Option<f64>,
    shift: Option<f64>,
}

impl Cut {
    /// It, and the numbers of the shape.
    fn from(shape: &Shape) -> (BTreeMap<String, f64>, Self) {
        let mut numbers = shape.0.clone();
        let mut take = |name: &str| numbers.remove(name);
        let cut = Self {
            low: take("low"),
            high: take("high"),
            shift: take("shift"),
        };
        (numbers, cut)
    }

    fn apply(&self, whole: Distribution) -> Result<Distribution, DistributionError> {
        match (self.low, self.high) {
            (None, None) => Ok(whole),
            (low, high) => whole.truncated(
                low.unwrap_or(f64::NEG_INFINITY),
                high.unwrap_or(f64::INFINITY),
            ),
        }
    }
}

fn mixture(parts: &[file::Part]) -> Result<Distribution, String> {
    let mut built = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let which = i + 1;
        match of(&part.distribution()).as_slice() {
            [Ok(one)] => built.push((part.weight, one.clone())),
            [Err(reason)] => return Err(format!("part {which}: {reason}")),
            [] => return Err(format!("part {which} names no distribution")),
            several => {
                let count = several.len();
                return Err(format!("part {which} names {count} distributions"));
            }
        }
    }
    Distribution::mixture(built).map_err(|error| error.to_string())
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
            "`{name}` takes `mean` and `sd`, or two percentiles such as `p5` and `p95`, and \
             the bounds `low` and `high` where it is cut; this gives {}",
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
