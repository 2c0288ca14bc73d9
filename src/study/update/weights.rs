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

/// The probabilities of the cases of a mixture, in their order, once figures are known.
fn probabilities(before: &Scenario, after: &Scenario) -> Vec<MeanEstimate> {
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
    let parts: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
    let error = |case: usize| {
        let terms = parts
            .iter()
            .zip(&said)
            .enumerate()
            .map(|(i, (part, (_, own)))| {
                let of = if i == case { 1.0 - part } else { *part };
                of * own * of * own
            });
        parts[case] * terms.sum::<f64>().sqrt()
    };
    (0..parts.len())
        .map(|case| MeanEstimate {
            mean: parts[case],
            std_error: error(case),
            ..MeanEstimate::of(&[0.0, 0.0])
        })
        .collect()
}

/// What gives the cases of a mixture the probabilities that figures leave them; nothing
/// for a scenario that is one alone.
pub(super) fn changes(before: &Scenario, after: &Scenario) -> Vec<String> {
    let found = probabilities(before, after);
    let pairs = before.cases.iter().zip(found);
    pairs
        .map(|(case, found)| format!("case.{}.probability={:?}", part(&case.name), found.mean))
        .collect()
}

/// Each case before and after.
pub(super) fn cases(before: &Scenario, after: &Scenario) -> Vec<CaseUpdate> {
    let found = probabilities(before, after);
    let pairs = before.cases.iter().zip(&after.cases).zip(found);
    pairs
        .map(|((old, new), found)| CaseUpdate {
            name: old.name.clone(),
            before: old.probability,
            after: found,
            learned: learned(&old.scenario, &new.scenario),
        })
        .collect()
}
