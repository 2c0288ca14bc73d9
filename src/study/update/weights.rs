//! What figures say of the cases of a mixture: Bayes' rule over their probabilities.

use super::{Learned, learned};
use crate::math::exp;
use crate::revenue::Evidence;
use crate::scenario::Scenario;
use crate::stats::MeanEstimate;
use crate::study::base::part;

/// A case before and after an update.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseUpdate {
    /// Its name.
    pub name: String,
    /// Its probability before.
    pub before: f64,
    /// Its probability after: that before times the density that the case gave to the new
    /// figures once the older ones were known, in proportion. Its error is that of drawn
    /// futures, 0 where figures condition exactly.
    pub after: MeanEstimate,
    /// What the figures said to it.
    pub learned: Option<Learned>,
}

/// What new figures say of a case: the logarithm of the density of their logarithms once
/// the older ones are known, and its relative error.
fn said(before: &Scenario, after: &Scenario) -> (f64, f64) {
    const NOTHING: Evidence = Evidence {
        log_density: 0.0,
        relative_error: 0.0,
    };
    let [old, new] = [before, after].map(|own| own.model.evidence().unwrap_or(NOTHING));
    let error = match old == new {
        true => 0.0,
        false => old.relative_error.hypot(new.relative_error),
    };
    (new.log_density - old.log_density, error)
}

/// The probabilities of the cases of a mixture once figures are known.
#[derive(Default)]
pub(super) struct Weights {
    /// In the order of the cases.
    pub probabilities: Vec<f64>,
    /// What they would be, to first order, had the density of one case been a standard error
    /// larger: one for each case whose density has an error. These errors are independent, so
    /// the error of what depends on the probabilities is the root of the sum of the squares of
    /// what each of these moves it by (the delta method).
    pub shifted: Vec<Vec<f64>>,
}

impl Weights {
    /// By Bayes' rule; none for a scenario that is one alone.
    pub fn of(before: &Scenario, after: &Scenario) -> Self {
        let pairs = || before.cases.iter().zip(&after.cases);
        let said: Vec<(f64, f64)> = pairs()
            .map(|(old, new)| said(&old.scenario, &new.scenario))
            .collect();
        let possible = pairs()
            .zip(&said)
            .filter(|((old, _), _)| old.probability > 0.0);
        let most = possible
            .map(|(_, (log, _))| *log)
            .fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = pairs()
            .zip(&said)
            .map(|((old, _), (log, _))| old.probability * exp((log - most).min(0.0)))
            .collect();
        let sum: f64 = weights.iter().sum();
        let probabilities: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        let shift = |(case, (_, error)): (usize, &(f64, f64))| {
            let own = probabilities[case];
            let moved = |(i, part): (usize, &f64)| {
                let by = if i == case { 1.0 - own } else { -own };
                part * (1.0 + by * error)
            };
            probabilities.iter().enumerate().map(moved).collect()
        };
        let uncertain = said.iter().enumerate();
        let uncertain = uncertain.filter(|(_, (_, error))| *error > 0.0);
        Self {
            shifted: uncertain.map(shift).collect(),
            probabilities,
        }
    }

    /// The probability of a case with its error.
    fn estimate(&self, case: usize) -> MeanEstimate {
        let mean = self.probabilities[case];
        let off = self.shifted.iter().map(|shifted| shifted[case] - mean);
        MeanEstimate {
            mean,
            std_error: off.fold(0.0, f64::hypot),
            ..MeanEstimate::of(&[0.0, 0.0])
        }
    }
}

/// What gives the cases of a mixture their probabilities.
pub(super) fn changes(before: &Scenario, weights: &Weights) -> Vec<String> {
    let pairs = before.cases.iter().zip(&weights.probabilities);
    pairs
        .map(|(case, found)| format!("case.{}.probability={found:?}", part(&case.name)))
        .collect()
}

/// Each case before and after.
pub(super) fn cases(before: &Scenario, after: &Scenario) -> Vec<CaseUpdate> {
    let weights = Weights::of(before, after);
    let pairs = before.cases.iter().zip(&after.cases).enumerate();
    pairs
        .map(|(i, (old, new))| CaseUpdate {
            name: old.name.clone(),
            before: old.probability,
            after: weights.estimate(i),
            learned: learned(&old.scenario, &new.scenario),
        })
        .collect()
}
