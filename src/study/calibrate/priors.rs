//! Which values parameters may plausibly have before any figure is known.

use serde::{Deserialize, Serialize};

use crate::inference::{Coordinate, Normal};
use crate::study::StudyError;

/// The 5 % and the 95 % point of a prior: log-normal, but normal in ln(1 + growth) for
/// `growth` and in the log odds for `persistence`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(String, f64, f64)", into = "(String, f64, f64)")]
pub struct Prior {
    /// The parameter.
    pub key: String,
    /// Its 5 % point.
    pub low: f64,
    /// Its 95 % point.
    pub high: f64,
}

/// z with P(Z ≤ z) = 0.95.
const NINETY_FIVE: f64 = 1.644_853_626_951_472_7;

/// The weakly informative priors of all parameters, and what they are.
pub const PRIORS: [(&str, f64, f64); 9] = [
    ("growth", -0.7, 5.0),
    ("volatility", 0.05, 0.8),
    ("run_rate_error", 0.01, 0.2),
    ("half_life", 0.5, 8.0),
    ("growth_volatility", 0.05, 0.8),
    ("growth_uncertainty", 0.02, 0.4),
    ("level_uncertainty", 0.01, 0.4),
    ("annual_uncertainty", 0.01, 0.3),
    ("persistence", 0.2, 0.95),
];

/// How a parameter comes from the coordinate its prior is normal in.
pub fn coordinate(key: &str) -> Coordinate {
    match key {
        "growth" => Coordinate::LogGrowth,
        "persistence" => Coordinate::Odds,
        _ => Coordinate::Log,
    }
}

impl Prior {
    /// A prior by its 5 % and 95 % points.
    ///
    /// # Errors
    /// Where the parameter has no prior or the points are not permitted.
    pub fn new(key: &str, low: f64, high: f64) -> Result<Self, StudyError> {
        if !PRIORS.iter().any(|(known, ..)| *known == key) {
            let known: Vec<&str> = PRIORS.iter().map(|(key, ..)| *key).collect();
            return Err(StudyError::new(
                format!("there is no prior of {key:?}"),
                format!("one of {}", known.join(", ")),
            ));
        }
        let (least, most) = match key {
            "growth" => (-0.99, 100.0),
            "persistence" => (0.001, 0.999),
            "half_life" => (0.01, 100.0),
            _ => (1e-4, 5.0),
        };
        let permitted = least <= low && low < high && high <= most;
        if !permitted {
            return Err(StudyError::new(
                format!("a prior of {key} from {low} to {high} is not permitted"),
                format!(
                    "two numbers from {least} to {most}, the lower first: its 5 % and 95 % points"
                ),
            ));
        }
        let mut prior = Self {
            key: key.to_owned(),
            low,
            high,
        };
        // A prior as narrow as this is a number given, and the lattice needs a width.
        let normal = prior.normal();
        if normal.sd < 1e-3 {
            let coordinate = coordinate(key);
            prior.low = coordinate.value(normal.mean - 1e-3 * NINETY_FIVE);
            prior.high = coordinate.value(normal.mean + 1e-3 * NINETY_FIVE);
        }
        Ok(prior)
    }

    /// The normal prior of its coordinate.
    pub fn normal(&self) -> Normal {
        let coordinate = coordinate(&self.key);
        let (low, high) = (coordinate.of(self.low), coordinate.of(self.high));
        Normal {
            mean: f64::midpoint(low, high),
            sd: (high - low) / (2.0 * NINETY_FIVE),
        }
    }
}

impl TryFrom<(String, f64, f64)> for Prior {
    type Error = StudyError;

    fn try_from((key, low, high): (String, f64, f64)) -> Result<Self, StudyError> {
        Self::new(&key, low, high)
    }
}

impl From<Prior> for (String, f64, f64) {
    fn from(prior: Prior) -> Self {
        (prior.key, prior.low, prior.high)
    }
}

/// The prior of a parameter: the one given, else the program's.
pub fn prior(key: &str, given: &[Prior]) -> Prior {
    let own = PRIORS.iter().find(|(known, ..)| *known == key);
    let given = given.iter().rev().find(|prior| prior.key == key);
    given.cloned().unwrap_or_else(|| {
        let &(_, low, high) = own.expect("every parameter has a prior");
        Prior {
            key: key.to_owned(),
            low,
            high,
        }
    })
}
