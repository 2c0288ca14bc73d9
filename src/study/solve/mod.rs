//! Which value of a key meets a target.
//!
//! Terms of a flat share are found from one pass over the revenue paths, or two;
//! any other key takes a run for each value tried.

mod runs;
mod terms;

use super::axis::written;
use super::base::Base;
use super::contract_key::ContractKey;
use super::measures::flat_share;
use super::root::{Crossing, Tried};
use super::statistic::{Estimator, Found, Point};
use super::target::{Statistic, Target};
use crate::Error;
use crate::scenario::Scenario;
use crate::simulate::Observer;
use crate::units::{Date, Worded as _, decimals_for};

/// How far a value is moved to see what the statistic does, relative to it.
const NUDGE: f64 = 0.01;
/// Significant digits of a statistic that does not get where it should.
const SHOWN_DIGITS: i32 = 6;
/// Steps by which a root on lent draws becomes that of a run of its own.
const MOST_CORRECTIONS: usize = 4;
/// The longest of these steps, in nudges: counted paths know a root as well as that.
const MOST_MOVED: f64 = 10.0;
/// Days before and after a date over which a slope is taken.
const WINDOW: usize = 15;
/// Days' worth of that slope by which a date may miss its target.
const DAYS_OFF: f64 = 3.0;
/// The difference from the target, relative to it, that is none.
const EXACT: f64 = 1e-9;
/// The part of its standard error by which a smooth statistic may miss its target.
const UNTOLD: f64 = 1e-3;

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
    /// The statistic at the value, as a run with that value finds it.
    pub reached: Point,
    /// The percentile of an amount there, where the target is one.
    pub percentile: Option<f64>,
    /// Its derivative with respect to the key there (per day for a date).
    pub slope: f64,
    /// Where else the target is met: from a value to another, in their order. Only
    /// what was looked at: the values tried, or those between the two ends given.
    pub others: Vec<(String, String)>,
    /// Passes over the paths it took.
    pub passes: usize,
}

/// How far a key brings a statistic that does not get where it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no `{key}` from {} to {} brings {target}: {}",
    .between.0, .between.1, extremes(.least, .most)
)]
pub struct OutOfReach {
    /// The key.
    pub key: String,
    /// What was wanted.
    pub target: String,
    /// The least and the greatest value tried.
    pub between: (String, String),
    /// The value with the least statistic of all tried, and that statistic.
    pub least: (String, String),
    /// The value with the greatest, and that.
    pub most: (String, String),
}

fn extremes(least: &(String, String), most: &(String, String)) -> String {
    if least.1 == most.1 {
        return format!("it is {} throughout", least.1);
    }
    format!(
        "it goes from {} (at {}) to {} (at {})",
        least.1, least.0, most.1, most.0
    )
}

/// Where a statistic steps over its target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no `{key}` brings {target}: it steps over it, from {} at {} to {} {}",
    .before.1, .before.0, .after.1, beyond(.before, .after)
)]
pub struct Step {
    /// The key.
    pub key: String,
    /// What was wanted.
    pub target: String,
    /// The value before the step, and the statistic there.
    pub before: (String, String),
    /// The value after it, and the statistic there.
    pub after: (String, String),
}

fn beyond(before: &(String, String), after: &(String, String)) -> String {
    match before.0 == after.0 {
        true => "just above".to_owned(),
        false => format!("at {}", after.0),
    }
}

/// Finds the value of `key` at which a scenario meets `target`; looks between
/// the two values given (of a date, days from the timeline's start), or where it
/// makes sense for the key. The observer is told
/// the number of paths each time some are simulated.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Question`], [`Error::Unreachable`],
/// [`Error::SteppedOver`] and [`Error::Cancelled`].
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
/// let found = solve(&base, "agreement.cap", &target, None, &())?;
/// // Half the year's growth is expected by its middle; the median of a
/// // log-normal is exp(−σ²t/2) of its mean.
/// let median = 20.0 * 1.1_f64.sqrt() * (-0.5 * 0.09 * 0.5_f64).exp();
/// assert!((found.number - median).abs() < 0.01);
/// # Ok::<(), capbind::Error>(())
/// ```
pub fn solve(
    base: &Base,
    key: &str,
    target: &Target,
    between: Option<(f64, f64)>,
    observer: &dyn Observer,
) -> Result<Solution, Error> {
    let scenario = base.with(&[])?;
    let estimator = Estimator::new(&scenario, target, key)?;
    let search = Search {
        base,
        key,
        target,
        estimator,
        scenario: &scenario,
        observer,
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
    observer: &'a dyn Observer,
}

/// A value that is believed to meet the target.
struct Candidate {
    /// The values around it between which the target lies, the better one first;
    /// twice the same where that meets it.
    sides: [Tried; 2],
    /// The standard error of the statistic, where the search knows better than a
    /// run does.
    std_error: Option<f64>,
    slope: f64,
    /// How far off the target the steps of the key itself may leave the statistic.
    slack: f64,
    /// Ranges in which the target is met too.
    others: Vec<(f64, f64)>,
    passes: usize,
    /// What a run finds at the first side, where it has been made.
    found: Option<Found>,
}

impl Search<'_> {
    /// The key's value as text: a date for a last day.
    fn text(&self, value: f64) -> String {
        if self.is_date() {
            let start = self.scenario.timeline.start();
            return start.add_days(value as i32).to_string();
        }
        value.to_string()
    }

    fn is_date(&self) -> bool {
        ContractKey::of(self.key) == Some(ContractKey::Expiry)
    }

    /// The scenario with a value of the key.
    fn at(&self, value: f64) -> Result<Scenario, Error> {
        self.base
            .with(&[format!("{}={}", self.key, self.text(value))])
    }

    /// The days within which a last day may lie, from the timeline's start.
    fn days(&self) -> (f64, f64) {
        let timeline = &self.scenario.timeline;
        let start = timeline.start();
        let first = self.scenario.primary().agreement.effective.max(start);
        let number = |date: Date| f64::from(date.days_since(start));
        (number(first), number(timeline.end()))
    }

    /// How far off the target the steps of the key itself may leave the statistic: a
    /// day of a last day, at a pace a few times that around it.
    fn slack(&self, slope: f64) -> f64 {
        match self.is_date() {
            true => DAYS_OFF * slope.abs(),
            false => 0.0,
        }
    }

    /// What a run finds at the candidate, if it is what the target wants; else at the
    /// other side.
    fn conclude(&self, candidate: Candidate) -> Result<Solution, Error> {
        let [best, other] = candidate.sides;
        let mut passes = candidate.passes;
        let is_met = |found: &Found| found.is_met || found.misses_by.abs() <= candidate.slack;
        let first = match candidate.found {
            Some(found) => found,
            None => {
                passes += 1;
                self.run(best.0)?
            }
        };
        let (mut value, mut found) =
            self.corrected((best.0, first), candidate.slope, &mut passes)?;
        if !is_met(&found) && other.0 != best.0 {
            passes += 1;
            value = other.0;
            found = self.run(value)?;
        }
        if !is_met(&found) {
            let (before, after) = match best.0 <= other.0 {
                true => (best, other),
                false => (other, best),
            };
            return Err(Error::SteppedOver(Box::new(Step {
                key: self.key.to_owned(),
                target: self.wanted(),
                before: self.shown_with(before),
                after: self.shown_with(after),
            })));
        }
        let known = candidate.std_error.filter(|_| !found.is_smooth);
        let reached = Point {
            std_error: known.unwrap_or(found.point.std_error),
            ..found.point
        };
        let std_error = if reached.std_error == 0.0 {
            0.0
        } else {
            (reached.std_error / candidate.slope).abs()
        };
        let others = candidate.others.iter();
        Ok(Solution {
            key: self.key.to_owned(),
            target: self.target.clone(),
            value: self.text(value),
            number: value,
            std_error,
            reached,
            percentile: found.percentile,
            slope: candidate.slope,
            others: others
                .map(|(from, to)| (self.shown(*from), self.shown(*to)))
                .collect(),
            passes,
        })
    }

    /// Whether what a run finds is the target, as far as anyone can tell.
    fn is_exact(&self, found: &Found) -> bool {
        let untold = match found.is_smooth {
            true => UNTOLD * found.point.std_error,
            false => 0.0,
        };
        found.misses_by.abs() <= untold.max(EXACT * self.target.value.abs().max(1e-3))
    }

    fn run(&self, value: f64) -> Result<Found, Error> {
        let scenario = self.at(value)?;
        self.estimator.of_run(&scenario, self.target, self.observer)
    }

    /// A value and what a run finds there, moved along the slope to where an expected
    /// value is exact and a probability near: the run's shocks may have another order
    /// than those of the search.
    fn corrected(
        &self,
        mut best: (f64, Found),
        slope: f64,
        passes: &mut usize,
    ) -> Result<(f64, Found), Error> {
        let is_expected = matches!(self.target.statistic, Statistic::Expected(_));
        for _ in 0..MOST_CORRECTIONS {
            let (value, found) = &best;
            let is_there = match is_expected || found.is_smooth {
                true => self.is_exact(found),
                false => found.is_met,
            };
            let step = found.misses_by / slope;
            if is_there || self.is_date() || step == 0.0 || step.abs() > MOST_MOVED * nudge(*value)
            {
                break;
            }
            let next = value - step;
            let found = match self.run(next) {
                Ok(found) => found,
                // Nothing more is permitted on that side.
                Err(Error::Invalid(_)) => break,
                Err(other) => return Err(other),
            };
            *passes += 1;
            if found.misses_by.abs() >= best.1.misses_by.abs() {
                break;
            }
            best = (next, found);
        }
        Ok(best)
    }

    /// From the values tried; at least one.
    fn unreachable(&self, tried: &[Tried]) -> Error {
        let value = |a: &&Tried, b: &&Tried| a.0.total_cmp(&b.0);
        let mean = |a: &&Tried, b: &&Tried| a.1.total_cmp(&b.1);
        let shown = |tried: Option<&Tried>| self.shown_with(tried.copied().unwrap_or_default());
        Error::Unreachable(Box::new(OutOfReach {
            key: self.key.to_owned(),
            target: self.wanted(),
            between: (
                shown(tried.iter().min_by(value)).0,
                shown(tried.iter().max_by(value)).0,
            ),
            least: shown(tried.iter().min_by(mean)),
            most: shown(tried.iter().max_by(mean)),
        }))
    }

    fn wanted(&self) -> String {
        format!("{} to {}", self.target.statistic, self.target.value)
    }

    /// A value for a reader.
    fn shown(&self, value: f64) -> String {
        match self.is_date() {
            true => self.text(value),
            false => rounded(value, SHOWN_DIGITS),
        }
    }

    fn shown_with(&self, (value, mean): Tried) -> (String, String) {
        (self.shown(value), rounded(mean, SHOWN_DIGITS))
    }
}

/// A number to so many significant digits.
fn rounded(value: f64, digits: i32) -> String {
    let scale = 10_f64.powi(decimals_for(value, digits) as i32);
    written((value * scale).round() / scale)
}

/// Where a target is met beside the value given of the first crossing.
fn ranges(first: &Crossing, others: &[Crossing]) -> Vec<(f64, f64)> {
    let own = first.stays();
    own.into_iter()
        .chain(others.iter().map(Crossing::range))
        .collect()
}

fn nudge(value: f64) -> f64 {
    (NUDGE * value.abs()).max(1e-6)
}
