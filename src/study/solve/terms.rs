//! Terms of a flat share, from as few passes over the revenue paths as their
//! statistic takes.

use super::{Candidate, Search, Solution, WINDOW, nudge, ranges};
use crate::Error;
use crate::math::{exp, fma};
use crate::simulate::{FlatShare, Measure, RevenueBy};
use crate::study::contract_key::ContractKey;
use crate::study::root::{Crossing, Tried, crossings, excess, least};
use crate::study::statistic::Point;
use crate::study::target::Statistic;
use crate::units::Date;

/// Candidates answered in one pass.
const CANDIDATES: usize = 512;
/// Passes: the second looks between two neighbours of the first, and so on.
const PASSES: usize = 2;
/// The most of them, where the statistic is not straight between two neighbours.
const MOST_PASSES: usize = 8;
/// The change between two neighbours, relative to the target, that is as good as
/// straight.
const STRAIGHT: f64 = 1e-4;
/// Powers of ten of the expected uncapped share among which a cap is looked for,
/// up and down.
const TENS: f64 = 4.0;

impl Search<'_> {
    /// Finds a term of a scenario's only contract.
    pub(super) fn by_terms(
        &self,
        term: ContractKey,
        contract: FlatShare,
        between: Option<(f64, f64)>,
    ) -> Result<Solution, Error> {
        if let Some((low, high)) = between.filter(|_| !self.is_date()) {
            for end in [low, high] {
                self.at(end)?;
            }
        }
        let few = self.scenario.settings.paths() <= RevenueBy::MOST_PATHS;
        match self.estimator.day(&contract).filter(|_| few) {
            _ if self.is_date() => self.by_expiry(contract, between),
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
    ) -> Result<Solution, Error> {
        let statistic = self.estimator.by_terms(self.scenario, day, self.observer)?;
        let at = |value: f64| statistic(&with(contract, term, value));
        let limits = limits(term, contract);
        let (low, high) = between.unwrap_or(limits);
        if let Some(amount) = self.amount_of_cap(term) {
            return self.least_cap(amount, contract, (low, high), &|value| Ok(at(value)));
        }
        let target = self.target.value;
        let tried = [low, high].map(|value| (value, at(value).mean));
        let [from, to] = tried.map(|(_, mean)| mean);
        if crossings(&tried, target).is_empty() {
            return Err(self.unreachable(&tried));
        }
        // The statistic rises or falls with the term all along.
        let off = |value: f64| excess(at(value).mean, target);
        let beyond = |value: f64| {
            if from < to {
                off(value) > 0.0
            } else {
                off(value) < 0.0
            }
        };
        let value = least(low, high, |value| off(value) == 0.0 || beyond(value));
        let before = match value > low {
            true => f64::from_bits(value.to_bits() - 1),
            false => value,
        };
        let (below, above) = (
            (value - nudge(value)).max(limits.0),
            (value + nudge(value)).min(limits.1),
        );
        let slope = (at(above).mean - at(below).mean) / (above - below);
        // As far as the statistic stays at the target, every value meets it.
        let past = least(value, high, beyond);
        let last = match past > value && beyond(past) {
            true => f64::from_bits(past.to_bits() - 1),
            false => past,
        };
        let stays = off(value) == 0.0 && last - value > nudge(value);
        self.conclude(Candidate {
            sides: nearer_first([value, before].map(|value| (value, at(value).mean)), target),
            std_error: Some(at(value).std_error),
            slope,
            slack: 0.0,
            others: stays.then_some((value, last)).into_iter().collect(),
            passes: 1,
            found: None,
        })
    }

    /// The amount that is to be paid so often, where a cap is asked for.
    fn amount_of_cap(&self, term: ContractKey) -> Option<f64> {
        match self.target.statistic {
            Statistic::AtLeast(Measure::PAID, amount) if term == ContractKey::Cap => Some(amount),
            _ => None,
        }
    }

    /// The cap from which on an amount is paid as often as wanted, from how often it
    /// is without one: the cap either allows that amount or not.
    fn least_cap(
        &self,
        amount: f64,
        contract: FlatShare,
        (low, high): (f64, f64),
        at: &dyn Fn(f64) -> Result<Point, Error>,
    ) -> Result<Solution, Error> {
        let cap = amount + contract.paid_before;
        let often = |value| Ok::<_, Error>((value, at(value)?.mean));
        let is_often = at(high)?.mean >= self.target.value;
        if !is_often || amount < 0.0 || !(low..=high).contains(&cap) {
            return Err(self.unreachable(&[often(low)?, often(high)?]));
        }
        self.conclude(Candidate {
            sides: [often(cap)?; 2],
            std_error: Some(0.0),
            slope: f64::INFINITY,
            slack: 0.0,
            others: Vec::new(),
            passes: 1,
            found: None,
        })
    }

    /// The first last day that meets the target.
    fn by_expiry(
        &self,
        contract: FlatShare,
        between: Option<(f64, f64)>,
    ) -> Result<Solution, Error> {
        let start = self.scenario.timeline.start();
        let (first, last) = self.days();
        let (low, high) = between.unwrap_or((first, last));
        let (low, high) = (low.max(first).ceil() as i32, high.min(last).floor() as i32);
        let days: Vec<Date> = (low..=high).map(|day| start.add_days(day)).collect();
        let points = self
            .estimator
            .by_expiry(self.scenario, &contract, &days, self.observer)?;
        let numbers = (low..=high).map(f64::from);
        let tried: Vec<Tried> = numbers.zip(points.iter().map(|point| point.mean)).collect();
        let met = crossings(&tried, self.target.value);
        let Some((found, others)) = met.split_first() else {
            return Err(self.unreachable(&tried));
        };
        let (before, day) = match *found {
            Crossing::At(day, _) => (day, day),
            Crossing::Between(before, day) => (before, day),
        };
        let i = (day.0 as i32 - low) as usize;
        let (below, above) = (i.saturating_sub(WINDOW), (i + WINDOW).min(days.len() - 1));
        let slope = (points[above].mean - points[below].mean) / (above - below).max(1) as f64;
        self.conclude(Candidate {
            sides: [day, before],
            std_error: Some(points[i].std_error),
            slope,
            slack: self.slack(slope),
            others: ranges(found, others),
            passes: 1,
            found: None,
        })
    }

    /// From many candidates in each of a few passes; straight between the last two
    /// neighbours.
    fn by_passes(
        &self,
        term: ContractKey,
        contract: FlatShare,
        between: Option<(f64, f64)>,
    ) -> Result<Solution, Error> {
        let answer = |values: &[f64]| -> Result<Vec<Point>, Error> {
            let contracts: Vec<FlatShare> = values
                .iter()
                .map(|value| with(contract, term, *value))
                .collect();
            self.estimator
                .of_contracts(self.scenario, &contracts, self.observer)
        };
        let limits = limits(term, contract);
        if let Some(amount) = self.amount_of_cap(term) {
            let at = |value| Ok(answer(&[value])?[0]);
            return self.least_cap(amount, contract, between.unwrap_or(limits), &at);
        }
        let mut candidates = match (between, term) {
            (Some((low, high)), _) => evenly(low, high),
            (None, ContractKey::Cap) => self.caps(&contract, limits.1)?,
            (None, _) => evenly(limits.0, limits.1),
        };
        let target = self.target.value;
        let mut found: Option<(Tried, Tried)> = None;
        let mut others = Vec::new();
        let mut errors = [0.0; 2];
        let mut passes = 0;
        while passes < MOST_PASSES {
            let points = answer(&candidates)?;
            passes += 1;
            let means = points.iter().map(|point| point.mean);
            let tried: Vec<Tried> = candidates.iter().copied().zip(means).collect();
            // Another table rounds otherwise: a crossing at an end may be lost.
            if let Some((first, more)) = crossings(&tried, target).split_first() {
                let error_at = |value: f64| {
                    let at = candidates.iter().position(|own| *own == value);
                    at.map_or(0.0, |at| points[at].std_error)
                };
                let (Crossing::At(from, to) | Crossing::Between(from, to)) = *first;
                if found.is_none() {
                    others = ranges(first, more);
                }
                errors = [error_at(from.0), error_at(to.0)];
                found = Some((from, to));
            }
            let Some((low, high)) = found else {
                return Err(self.unreachable(&tried));
            };
            let change = (high.1 - low.1).abs();
            if low.0 == high.0 || passes >= PASSES && change <= STRAIGHT * target.abs() {
                break;
            }
            candidates = evenly(low.0, high.0);
        }
        let Some((low, high)) = found else {
            return Err(self.unreachable(&[]));
        };
        let slope = match high.0 > low.0 {
            true => (high.1 - low.1) / (high.0 - low.0),
            false => f64::INFINITY,
        };
        let part = match high.1 == low.1 {
            true => 0.0,
            false => (target - low.1) / (high.1 - low.1),
        };
        let between = |low: f64, high: f64| fma(high - low, part, low);
        let value = between(low.0, high.0);
        self.conclude(Candidate {
            sides: [(value, target), nearer_first([low, high], target)[0]],
            std_error: Some(between(errors[0], errors[1])),
            slope,
            slack: 0.0,
            others,
            passes,
            found: None,
        })
    }

    /// Caps of any size beside what is expected to accrue.
    fn caps(&self, contract: &FlatShare, most: f64) -> Result<Vec<f64>, Error> {
        let scale = self
            .estimator
            .rough_share(self.scenario, contract, self.observer)?
            .max(1e-9);
        let ten = |i: usize| fma(i as f64 / (CANDIDATES - 2) as f64, 2.0 * TENS, -TENS);
        let cap = |i| contract.paid_before + scale * exp(ten(i) * std::f64::consts::LN_10);
        let caps = (0..CANDIDATES - 1).map(cap).filter(|cap| *cap <= most);
        Ok(std::iter::once(0.0).chain(caps).collect())
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

/// The least and the greatest value that makes a difference and is permitted.
fn limits(term: ContractKey, contract: FlatShare) -> (f64, f64) {
    let (least, most) = term.limits();
    match term {
        ContractKey::PaidBefore => (least, most.min(contract.cap)),
        _ => (least, most),
    }
}

fn nearer_first([a, b]: [Tried; 2], target: f64) -> [Tried; 2] {
    match (a.1 - target).abs() <= (b.1 - target).abs() {
        true => [a, b],
        false => [b, a],
    }
}

/// [`CANDIDATES`] values from `low` to `high`, both included.
fn evenly(low: f64, high: f64) -> Vec<f64> {
    let part = |i: usize| i as f64 / (CANDIDATES - 1) as f64;
    let inside = (0..CANDIDATES - 1).map(|i| fma(high - low, part(i), low));
    inside.chain([high]).collect()
}
