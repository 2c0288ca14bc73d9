//! Which value of a key meets a target.
//!
//! A term of a flat share is found from one set of revenue paths: all candidate
//! values are answered in one pass, and each further pass looks between two
//! neighbours. Any other key takes a run for each value tried, all on the same
//! draws, so that the statistic is a smooth function of the key.

use super::base::Base;
use super::contract_key::ContractKey;
use super::error::StudyError;
use super::measures::flat_share;
use super::root::root;
use super::statistic::{Estimator, Point};
use super::target::{Statistic, Target};
use crate::math::exp;
use crate::scenario::{Scenario, ScenarioError};
use crate::simulate::{FlatShare, Total};
use crate::units::Date;

/// Candidates answered in one pass.
const CANDIDATES: usize = 512;
/// Passes over numbers: each narrows the bracket by [`CANDIDATES`].
const PASSES: usize = 3;
/// How far a value is moved to see what the statistic does, relative to it.
const NUDGE: f64 = 0.01;
/// Steps outwards in search of a bracket.
const WIDENINGS: i32 = 10;
/// Evaluations of a root search.
const MOST_EVALUATIONS: usize = 60;

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
/// the two values given, or where it makes sense for the key.
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
/// let found = solve(&base, "agreement.cap", &target, None)?;
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
) -> Result<Solution, SolveError> {
    let scenario = base.with(&[])?;
    let estimator = Estimator::new(&scenario, target)?;
    let search = Search {
        base,
        key,
        target,
        estimator,
        scenario: &scenario,
    };
    let flat = flat_share(&scenario).filter(|_| search.estimator.takes_contracts());
    match (ContractKey::of(key), flat) {
        (Some(term), Some(contract)) => search.among_contracts(term, contract, between),
        _ => search.by_runs(between),
    }
}

struct Search<'a> {
    base: &'a Base,
    key: &'a str,
    target: &'a Target,
    estimator: Estimator,
    scenario: &'a Scenario,
}

/// A bracket: the neighbours between which the statistic crosses its target.
type Bracket = ((f64, f64), (f64, f64));

impl Search<'_> {
    fn among_contracts(
        &self,
        term: ContractKey,
        contract: FlatShare,
        between: Option<(f64, f64)>,
    ) -> Result<Solution, SolveError> {
        let start = self.scenario.timeline.start();
        let with = |value: f64| {
            let mut own = contract;
            match term {
                ContractKey::Share => own.share = value,
                ContractKey::Cap => own.cap = value,
                ContractKey::PaidBefore => own.paid_before = value,
                ContractKey::Expiry => own.expiry = start.add_days(value as i32),
            }
            own
        };
        let answer = |values: &[f64]| -> Vec<Point> {
            let contracts: Vec<FlatShare> = values.iter().map(|value| with(*value)).collect();
            self.estimator.of_contracts(self.scenario, &contracts)
        };
        if let (ContractKey::Cap, Statistic::AtLeast(Total::Paid, amount)) =
            (term, self.target.statistic)
        {
            return self.least_cap(amount, contract);
        }
        let whole = term == ContractKey::Expiry;
        let mut candidates = match between {
            Some((low, high)) => evenly(low, high, CANDIDATES),
            None => self.candidates(term, contract),
        };
        if whole {
            candidates.iter_mut().for_each(|day| *day = day.round());
            candidates.dedup();
        }
        let mut passes = 0;
        let mut bracket = None;
        for _ in 0..PASSES {
            passes += 1;
            let points = answer(&candidates);
            let means: Vec<f64> = points.iter().map(|point| point.mean).collect();
            let found = crossing(&candidates, &means, self.target.value);
            let Some(found) = found.or(bracket) else {
                let values = candidates.iter().copied().zip(means);
                return Err(self.unreachable(values.collect()));
            };
            bracket = Some(found);
            let ((low, _), (high, _)) = found;
            candidates = evenly(low, high, CANDIDATES);
            if whole {
                candidates = (low as i64..=high as i64).map(|day| day as f64).collect();
            }
            if low == high || whole && high - low <= 1.0 {
                break;
            }
        }
        let value = match bracket {
            // The first day on which the target is met.
            Some(((low, at_low), (high, _))) if whole => {
                if at_low == self.target.value {
                    low
                } else {
                    high
                }
            }
            Some(bracket) => between_neighbours(bracket, self.target.value),
            None => return Err(self.unreachable(Vec::new())),
        };
        let (least, most) = self.limits(term);
        let nudge = if whole { 15.0 } else { nudge(value) };
        let (below, above) = ((value - nudge).max(least), (value + nudge).min(most));
        let points = answer(&[value, below, above]);
        let slope = (points[2].mean - points[1].mean) / (above - below);
        let text = match whole {
            true => start.add_days(value as i32).to_string(),
            false => value.to_string(),
        };
        Ok(self.solution(text, value, points[0], slope, passes + 1))
    }

    /// The cap from which on an amount is paid as often as wanted: that amount is
    /// either allowed by the cap or not.
    fn least_cap(&self, amount: f64, contract: FlatShare) -> Result<Solution, SolveError> {
        let free = FlatShare {
            cap: f64::INFINITY,
            ..contract
        };
        let accrues = self.estimator.of_contracts(self.scenario, &[free])[0];
        let cap = amount + contract.paid_before;
        if accrues.mean < self.target.value || amount < 0.0 {
            return Err(self.unreachable(vec![(0.0, 0.0), (cap, accrues.mean)]));
        }
        let value = super::axis::written(cap);
        let exact = Solution {
            std_error: 0.0,
            ..self.solution(value, cap, accrues, f64::INFINITY, 1)
        };
        Ok(exact)
    }

    /// Values a term may have, close enough to see where the statistic crosses.
    fn candidates(&self, term: ContractKey, contract: FlatShare) -> Vec<f64> {
        match term {
            ContractKey::Share => evenly(0.0, 1.0, CANDIDATES),
            ContractKey::PaidBefore if contract.cap.is_finite() => {
                evenly(0.0, contract.cap, CANDIDATES)
            }
            ContractKey::PaidBefore => vec![0.0, 1.0],
            ContractKey::Cap => {
                let scale = self.estimator.uncapped(self.scenario, &contract);
                let scale = scale.max(1e-9);
                let part = |i: usize| (i as f64 / (CANDIDATES - 2) as f64 - 0.5) * 8.0;
                let tens = (0..CANDIDATES - 1)
                    .map(|i| contract.paid_before + scale * exp(part(i) * std::f64::consts::LN_10));
                std::iter::once(0.0).chain(tens).collect()
            }
            ContractKey::Expiry => {
                let (first, last) = self.limits(term);
                let days = self.scenario.timeline.periods().iter();
                let start = self.scenario.timeline.start();
                let ends = days.map(|period| f64::from(period.last_day.days_since(start)));
                let inside = ends.filter(|day| first < *day && *day < last);
                let mut all: Vec<f64> = std::iter::once(first).chain(inside).collect();
                all.push(last);
                all
            }
        }
    }

    fn limits(&self, term: ContractKey) -> (f64, f64) {
        match term {
            ContractKey::Share => (0.0, 1.0),
            ContractKey::Cap | ContractKey::PaidBefore => (0.0, f64::INFINITY),
            ContractKey::Expiry => {
                let timeline = &self.scenario.timeline;
                let first = self
                    .scenario
                    .primary()
                    .agreement
                    .effective
                    .max(timeline.start());
                let day = |date: Date| f64::from(date.days_since(timeline.start()));
                (day(first), day(timeline.end()))
            }
        }
    }

    fn by_runs(&self, between: Option<(f64, f64)>) -> Result<Solution, SolveError> {
        let mut passes = 0;
        let at = |value: f64| self.base.with(&[format!("{}={value}", self.key)]);
        let mut excess = |value: f64| -> Result<f64, ScenarioError> {
            passes += 1;
            let point = self.estimator.of_scenario(&at(value)?);
            Ok(point.mean - self.target.value)
        };
        let bracket = match between {
            Some((low, high)) => {
                let (from, to) = ((low, excess(low)?), (high, excess(high)?));
                ((from.0, from.1), (to.0, to.1))
            }
            None => self.widen(&at, &mut excess)?,
        };
        let (from, to) = bracket;
        if (from.1 > 0.0) == (to.1 > 0.0) && from.1 != 0.0 && to.1 != 0.0 {
            let values = [from, to].map(|(value, off)| (value, off + self.target.value));
            return Err(self.unreachable(values.to_vec()));
        }
        let small = 1e-12 * self.target.value.abs().max(1e-3);
        let settings = (1e-9, small, MOST_EVALUATIONS);
        let value = match (from.1 == 0.0, to.1 == 0.0) {
            (true, _) => from.0,
            (_, true) => to.0,
            _ => root(from, to, settings, &mut excess)?,
        };
        let reached = self.estimator.of_scenario(&at(value)?);
        let near = |value: f64| {
            let scenario = at(value).ok()?;
            Some((value, self.estimator.of_scenario(&scenario).mean))
        };
        let here = (value, reached.mean);
        let below = near(value - nudge(value)).unwrap_or(here);
        let above = near(value + nudge(value)).unwrap_or(here);
        let slope = (above.1 - below.1) / (above.0 - below.0);
        Ok(self.solution(value.to_string(), value, reached, slope, passes + 3))
    }

    /// Steps out from the key's value as written until the statistic crosses its
    /// target or the key permits no more.
    fn widen(
        &self,
        at: &dyn Fn(f64) -> Result<Scenario, ScenarioError>,
        excess: &mut dyn FnMut(f64) -> Result<f64, ScenarioError>,
    ) -> Result<Bracket, SolveError> {
        let Some(middle) = self.base.number_at(self.key) else {
            // A key that is not known is a mistake of another kind.
            if let Err(ScenarioError::Invalid(problems)) = at(1.0)
                && problems
                    .problems
                    .iter()
                    .any(|p| p.message.starts_with("unknown"))
            {
                return Err(ScenarioError::Invalid(problems).into());
            }
            return Err(SolveError::Question(StudyError::new(
                format!("`{}` has no number in the scenario to start from", self.key),
                "say where to look: --between LOW:HIGH",
            )));
        };
        let off = excess(middle)?;
        let mut ends = [(middle, off); 2];
        let mut closed = [false; 2];
        let first = (middle.abs() / 4.0).max(0.02);
        for i in 0..WIDENINGS {
            for (side, sign) in [(0, -1.0), (1, 1.0)] {
                if closed[side] {
                    continue;
                }
                let before = ends[side];
                let mut next = middle + sign * first * f64::from(1_i32 << i);
                if at(next).is_err() {
                    closed[side] = true;
                    next = edge(before.0, next, &|value| at(value).is_ok());
                }
                let next = (next, excess(next)?);
                if (next.1 > 0.0) != (off > 0.0) || next.1 == 0.0 {
                    return Ok((before, next));
                }
                ends[side] = next;
            }
        }
        Ok((ends[0], ends[1]))
    }

    fn solution(
        &self,
        value: String,
        number: f64,
        reached: Point,
        slope: f64,
        passes: usize,
    ) -> Solution {
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
            passes,
        }
    }

    /// From the values tried, each with the statistic there.
    fn unreachable(&self, tried: Vec<(f64, f64)>) -> SolveError {
        let start = self.scenario.timeline.start();
        let is_date = ContractKey::of(self.key) == Some(ContractKey::Expiry);
        let shown = |(value, mean): (f64, f64)| {
            let text = match is_date {
                true => start.add_days(value as i32).to_string(),
                false => super::axis::written(value),
            };
            (text, super::axis::written(mean))
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

/// `count` values from `low` to `high`, both included.
fn evenly(low: f64, high: f64, count: usize) -> Vec<f64> {
    let part = |i: usize| i as f64 / (count - 1) as f64;
    let mut values: Vec<f64> = (0..count).map(|i| low + (high - low) * part(i)).collect();
    values[count - 1] = high;
    values.dedup();
    values
}

/// The first two neighbours between which the values cross the target, or meet it.
fn crossing(at: &[f64], values: &[f64], target: f64) -> Option<Bracket> {
    let off = |i: usize| values[i] - target;
    let meets = (0..values.len()).find(|i| off(*i) == 0.0);
    let crosses = (1..values.len()).find(|i| (off(*i) > 0.0) != (off(*i - 1) > 0.0));
    match (meets, crosses) {
        (Some(i), crosses) if crosses.is_none_or(|j| i <= j) => {
            Some(((at[i], values[i]), (at[i], values[i])))
        }
        (_, Some(i)) => Some(((at[i - 1], values[i - 1]), (at[i], values[i]))),
        _ => None,
    }
}

/// Where a straight line between the two meets the target.
fn between_neighbours(((low, at_low), (high, at_high)): Bracket, target: f64) -> f64 {
    if at_high == at_low {
        return low;
    }
    let part = ((target - at_low) / (at_high - at_low)).clamp(0.0, 1.0);
    low + (high - low) * part
}

fn nudge(value: f64) -> f64 {
    (NUDGE * value.abs()).max(1e-6)
}

/// The last value that is permitted on the way from one that is to one that is not.
fn edge(mut inside: f64, mut outside: f64, permitted: &dyn Fn(f64) -> bool) -> f64 {
    for _ in 0..40 {
        let middle = 0.5 * (inside + outside);
        if permitted(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}
