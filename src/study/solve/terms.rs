//! Terms of a flat share, from as few passes over the revenue paths as their
//! statistic takes.

use super::{Search, Solution, SolveError, nudge};
use crate::math::exp;
use crate::simulate::{FlatShare, RevenueBy, Total};
use crate::study::axis::written;
use crate::study::contract_key::ContractKey;
use crate::study::root::least;
use crate::study::statistic::Point;
use crate::study::target::Statistic;
use crate::units::Date;

/// Candidates answered in one pass.
const CANDIDATES: usize = 512;
/// Passes: the second looks between two neighbours of the first.
const PASSES: usize = 2;
/// Powers of ten of the expected uncapped share among which a cap is looked for,
/// up and down.
const TENS: f64 = 4.0;
/// Days before and after a date over which a slope is taken.
const WINDOW: usize = 15;

impl Search<'_> {
    /// Finds a term of a scenario's only contract.
    pub(super) fn by_terms(
        &self,
        term: ContractKey,
        contract: FlatShare,
        between: Option<(f64, f64)>,
    ) -> Result<Solution, SolveError> {
        if let Some((low, high)) = between.filter(|_| term != ContractKey::Expiry) {
            for end in [low, high] {
                self.base.with(&[format!("{}={end}", self.key)])?;
            }
        }
        let few = self.scenario.settings.paths() <= RevenueBy::MOST_PATHS;
        match self.estimator.day(&contract).filter(|_| few) {
            _ if term == ContractKey::Expiry => self.by_expiry(contract, between),
            Some(day) => self.by_revenue(day, (term, contract), between),
            None => self.by_passes(term, contract, between),
        }
    }

    /// From the sorted revenue by one day.
    fn by_revenue(
        &self,
        day: Date,
        (term, contract): (ContractKey, FlatShare),
        between: Option<(f64, f64)>,
    ) -> Result<Solution, SolveError> {
        let statistic = self.estimator.by_terms(self.scenario, day, self.progress);
        let at = |value: f64| statistic(&with(contract, term, value));
        if let Some(amount) = self.amount_of_cap(term) {
            return self.least_cap(amount, contract, at(f64::INFINITY));
        }
        let (low, high) = between.unwrap_or_else(|| limits(term, contract));
        let target = self.target.value;
        let (from, to) = (at(low).mean, at(high).mean);
        if (from - target) * (to - target) > 0.0 || from == to && from != target {
            return Err(self.unreachable(vec![(low, from), (high, to)]));
        }
        // The statistic rises or falls with the term all along.
        let value = least(low, high, |value| match from < target {
            true => at(value).mean >= target,
            false => at(value).mean <= target,
        });
        let (least, most) = limits(term, contract);
        let (below, above) = (
            (value - nudge(value)).max(least),
            (value + nudge(value)).min(most),
        );
        let slope = (at(above).mean - at(below).mean) / (above - below);
        Ok(self.solution(value.to_string(), value, at(value), slope))
    }

    /// The amount that is to be paid so often, where a cap is asked for.
    fn amount_of_cap(&self, term: ContractKey) -> Option<f64> {
        match self.target.statistic {
            Statistic::AtLeast(Total::Paid, amount) if term == ContractKey::Cap => Some(amount),
            _ => None,
        }
    }

    /// The cap from which on an amount is paid as often as wanted, from how often it
    /// is without one: the cap either allows that amount or not.
    fn least_cap(
        &self,
        amount: f64,
        contract: FlatShare,
        uncapped: Point,
    ) -> Result<Solution, SolveError> {
        let cap = amount + contract.paid_before;
        if uncapped.mean < self.target.value || amount < 0.0 {
            return Err(self.unreachable(vec![(0.0, 0.0), (cap, uncapped.mean)]));
        }
        Ok(Solution {
            std_error: 0.0,
            ..self.solution(written(cap), cap, uncapped, f64::INFINITY)
        })
    }

    /// The first last day that meets the target.
    fn by_expiry(
        &self,
        contract: FlatShare,
        between: Option<(f64, f64)>,
    ) -> Result<Solution, SolveError> {
        let timeline = &self.scenario.timeline;
        let start = timeline.start();
        let number = |date: Date| f64::from(date.days_since(start));
        let effective = self.scenario.primary().agreement.effective;
        let (first, last) = (number(effective.max(start)), number(timeline.end()));
        let (low, high) = between.unwrap_or((first, last));
        let (low, high) = (low.max(first).ceil() as i32, high.min(last).floor() as i32);
        let days: Vec<Date> = (low..=high).map(|day| start.add_days(day)).collect();
        let points = self
            .estimator
            .by_expiry(self.scenario, &contract, &days, self.progress);
        let target = self.target.value;
        let rises = points.first().is_some_and(|first| first.mean < target);
        let met = points.iter().position(|point| match rises {
            true => point.mean >= target,
            false => point.mean <= target,
        });
        let starts_beyond = met == Some(0) && points[0].mean != target;
        let Some(i) = met.filter(|_| !starts_beyond) else {
            let tried = days.iter().zip(&points);
            let tried = tried.map(|(day, point)| (number(*day), point.mean));
            return Err(self.unreachable(tried.collect()));
        };
        let (below, above) = (i.saturating_sub(WINDOW), (i + WINDOW).min(days.len() - 1));
        let slope = (points[above].mean - points[below].mean) / (above - below) as f64;
        let day = days[i];
        Ok(self.solution(day.to_string(), number(day), points[i], slope))
    }

    /// From many candidates in each of two passes; straight between the last two
    /// neighbours.
    fn by_passes(
        &self,
        term: ContractKey,
        contract: FlatShare,
        between: Option<(f64, f64)>,
    ) -> Result<Solution, SolveError> {
        let answer = |values: &[f64]| -> Vec<Point> {
            let contracts: Vec<FlatShare> = values
                .iter()
                .map(|value| with(contract, term, *value))
                .collect();
            self.estimator
                .of_contracts(self.scenario, &contracts, self.progress)
        };
        if let Some(amount) = self.amount_of_cap(term) {
            return self.least_cap(amount, contract, answer(&[f64::INFINITY])[0]);
        }
        let mut candidates = match (between, term) {
            (Some((low, high)), _) => evenly(low, high),
            (None, ContractKey::Cap) => self.caps(&contract),
            (None, _) => {
                let (low, high) = limits(term, contract);
                evenly(low, high)
            }
        };
        let mut found = None;
        for _ in 0..PASSES {
            let points = answer(&candidates);
            let means: Vec<f64> = points.iter().map(|point| point.mean).collect();
            // Another table rounds otherwise: a crossing at an end may be lost.
            if let Some(i) = crossing(&means, self.target.value) {
                let at = |i: usize| (candidates[i], points[i]);
                found = Some((at(i - 1), at(i)));
            }
            let Some(((low, _), (high, _))) = found else {
                let tried = candidates.into_iter().zip(means);
                return Err(self.unreachable(tried.collect()));
            };
            candidates = evenly(low, high);
        }
        let Some(((low, at_low), (high, at_high))) = found else {
            return Err(self.unreachable(Vec::new()));
        };
        let slope = (at_high.mean - at_low.mean) / (high - low);
        let off = self.target.value - at_low.mean;
        let part = if off == 0.0 {
            0.0
        } else {
            off / (at_high.mean - at_low.mean)
        };
        let between = |low: f64, high: f64| (high - low).mul_add(part, low);
        let reached = Point {
            mean: between(at_low.mean, at_high.mean),
            std_error: between(at_low.std_error, at_high.std_error),
        };
        let value = between(low, high);
        Ok(Solution {
            passes: PASSES,
            ..self.solution(value.to_string(), value, reached, slope)
        })
    }

    /// Caps of any size beside what is expected to accrue.
    fn caps(&self, contract: &FlatShare) -> Vec<f64> {
        let scale = self
            .estimator
            .rough_share(self.scenario, contract)
            .max(1e-9);
        let ten = |i: usize| (i as f64 / (CANDIDATES - 2) as f64).mul_add(2.0 * TENS, -TENS);
        let cap = |i| contract.paid_before + scale * exp(ten(i) * std::f64::consts::LN_10);
        std::iter::once(0.0)
            .chain((0..CANDIDATES - 1).map(cap))
            .collect()
    }
}

/// A contract with another term.
fn with(contract: FlatShare, term: ContractKey, value: f64) -> FlatShare {
    let mut own = contract;
    match term {
        ContractKey::Share => own.share = value,
        ContractKey::Cap => own.cap = value,
        ContractKey::PaidBefore => own.paid_before = value,
        // Last days are answered all at once.
        ContractKey::Expiry => {}
    }
    own
}

/// The least and the greatest value that makes a difference.
fn limits(term: ContractKey, contract: FlatShare) -> (f64, f64) {
    match term {
        ContractKey::Share => (0.0, 1.0),
        ContractKey::PaidBefore if contract.cap.is_finite() => (0.0, contract.cap),
        _ => (0.0, f64::INFINITY),
    }
}

/// [`CANDIDATES`] values from `low` to `high`, both included.
fn evenly(low: f64, high: f64) -> Vec<f64> {
    let part = |i: usize| i as f64 / (CANDIDATES - 1) as f64;
    let inside = (0..CANDIDATES - 1).map(|i| (high - low).mul_add(part(i), low));
    inside.chain([high]).collect()
}

/// The first of the values, but for the very first, that has met the target on the
/// way from its neighbour.
fn crossing(values: &[f64], target: f64) -> Option<usize> {
    let lies = |pair: &[f64]| {
        let (low, high) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
        low <= target && target <= high
    };
    values.windows(2).position(lies).map(|i| i + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_crossing_is_taken() {
        assert_eq!(crossing(&[0.0, 1.0, 2.0, 1.0], 1.5), Some(2));
        assert_eq!(crossing(&[0.0, 1.0, 1.0, 2.0], 1.0), Some(1));
        assert_eq!(crossing(&[3.0, 2.0, 0.0], 3.0), Some(1));
        assert_eq!(crossing(&[3.0, 2.0, 0.0], 4.0), None);
        assert_eq!(evenly(1.0, 2.0).len(), CANDIDATES);
    }
}
