//! Which value of a key meets a target.
//!
//! Terms of a flat share are found from one pass over the revenue paths, or two;
//! any other key takes a run for each value tried.

mod runs;
mod terms;

use super::base::Base;
use super::contract_key::ContractKey;
use super::error::StudyError;
use super::measures::flat_share;
use super::statistic::{Estimator, Point};
use super::target::Target;
use crate::scenario::{Scenario, ScenarioError};
use crate::units::decimals_for;

/// How far a value is moved to see what the statistic does, relative to it.
const NUDGE: f64 = 0.01;
/// Significant digits of a statistic that does not get where it should.
const SHOWN_DIGITS: i32 = 6;

/// A value that meets a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The key.
    pub key: String,
    /// What was wanted.
    pub target: Target,
    /// The value as text of TOML.
    pub value: String,
    /// The value as a number; of a date, days from the timeline's start.
    pub number: f64,
    /// Its standard error (of a date, in days): that of the statistic over its
    /// slope. Infinite where the statistic does not move there.
    pub std_error: f64,
    /// The statistic at the value.
    pub reached: Point,
    /// Its derivative with respect to the key there (per day for a date).
    pub slope: f64,
    /// Passes over the paths it took.
    pub passes: usize,
}

/// Why there is no value.
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    /// The scenario is not valid.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The question cannot be asked.
    #[error(transparent)]
    Question(#[from] StudyError),
    /// No value of the key brings the statistic there.
    #[error(transparent)]
    Unreachable(Box<OutOfReach>),
}

/// How far a key brings a statistic that does not get where it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no `{key}` brings {target}: from {} to {} it goes from {} to {}",
    .from.0, .to.0, .from.1, .to.1
)]
pub struct OutOfReach {
    /// The key.
    pub key: String,
    /// What was wanted.
    pub target: String,
    /// The least value tried, and the statistic there.
    pub from: (String, String),
    /// The greatest value tried, and the statistic there.
    pub to: (String, String),
}

/// Finds the value of `key` at which a scenario meets `target`; looks between
/// the two values given (of a date, days from the timeline's start), or where it
/// makes sense for the key. `progress` is told
/// the number of paths each time some are simulated, from any thread.
///
/// # Errors
/// See [`SolveError`].
///
/// ```
/// use capbind::study::{Base, Target, solve};
///
/// let text = r#"
///     timeline = { start = 2026-01-01, end = 2026-12-31, step = "year" }
///     revenue.gbm = { initial = 100, growth = 0.1, volatility = 0.3 }
///     agreement.share = 0.2
///     simulation.points = 4096
/// "#;
/// let base = Base::new("royalty.toml", "royalty", text, &[]);
/// let target = Target::parse("binding_probability=0.5")?;
/// let found = solve(&base, "agreement.cap", &target, None, &|_| ())?;
/// // Half the year's growth is expected by its middle; the median of a
/// // log-normal is exp(−σ²t/2) of its mean.
/// let median = 20.0 * 1.1_f64.sqrt() * (-0.5 * 0.09 * 0.5_f64).exp();
/// assert!((found.number - median).abs() < 0.01);
/// # Ok::<(), capbind::study::SolveError>(())
/// ```
pub fn solve(
    base: &Base,
    key: &str,
    target: &Target,
    between: Option<(f64, f64)>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Solution, SolveError> {
    let scenario = base.with(&[])?;
    let estimator = Estimator::new(&scenario, target)?;
    let search = Search {
        base,
        key,
        target,
        estimator,
        scenario: &scenario,
        progress,
    };
    let flat = flat_share(&scenario).filter(|_| search.estimator.takes_contracts());
    match (ContractKey::of(key), flat) {
        (Some(term), Some(contract)) => search.by_terms(term, contract, between),
        _ => search.by_runs(between),
    }
}

struct Search<'a> {
    base: &'a Base,
    key: &'a str,
    target: &'a Target,
    estimator: Estimator,
    scenario: &'a Scenario,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl Search<'_> {
    /// From one pass.
    fn solution(&self, value: String, number: f64, reached: Point, slope: f64) -> Solution {
        let std_error = if reached.std_error == 0.0 {
            0.0
        } else {
            (reached.std_error / slope).abs()
        };
        Solution {
            key: self.key.to_owned(),
            target: self.target.clone(),
            value,
            number,
            std_error,
            reached,
            slope,
            passes: 1,
        }
    }

    /// From the values tried, each with the statistic there.
    fn unreachable(&self, tried: Vec<(f64, f64)>) -> SolveError {
        let start = self.scenario.timeline.start();
        let is_date = ContractKey::of(self.key) == Some(ContractKey::Expiry);
        let shown = |(value, mean): (f64, f64)| {
            let text = match is_date {
                true => start.add_days(value as i32).to_string(),
                false if value.is_infinite() => "infinity".to_owned(),
                false => super::axis::written(value),
            };
            let digits = 10_f64.powi(decimals_for(mean, SHOWN_DIGITS) as i32);
            (text, super::axis::written((mean * digits).round() / digits))
        };
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.0.total_cmp(&b.0);
        let least = tried.iter().min_by(by_value).copied();
        let most = tried.iter().max_by(by_value).copied();
        SolveError::Unreachable(Box::new(OutOfReach {
            key: self.key.to_owned(),
            target: format!("{} to {}", self.target.statistic, self.target.value),
            from: shown(least.unwrap_or_default()),
            to: shown(most.unwrap_or_default()),
        }))
    }
}

fn nudge(value: f64) -> f64 {
    (NUDGE * value.abs()).max(1e-6)
}
