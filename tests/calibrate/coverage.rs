//! Simulation-based calibration (Cook, Gelman and Rubin 2006; Talts and others 2018):
//! where the truth is drawn from the prior, the posterior probability below it is
//! uniform, and a 90 % interval holds it in 90 % of cases. Whatever is wrong in the
//! likelihood, the integration or the intervals shows here.

use std::collections::BTreeMap;

use capbind::study::{CalibrateOptions, FittedModel, calibrate};
use rayon::prelude::*;

use super::simulated::{Random, simulate};

/// Posterior probabilities below the truth, by parameter.
fn ranks(model: FittedModel, cases: u64, seed: u64) -> BTreeMap<&'static str, Vec<f64>> {
    let options = CalibrateOptions {
        model,
        years_ahead: 0,
        ..CalibrateOptions::default()
    };
    let each: Vec<Vec<(&'static str, f64)>> = (0..cases)
        .into_par_iter()
        .map(|case| {
            let mut random = Random(seed.wrapping_add(case << 32));
            let simulated = simulate(model, &mut random, options.long_run_growth);
            let fit = calibrate(&simulated.history, &options, &()).unwrap();
            let below = |(key, truth): &(&'static str, f64)| {
                (*key, fit.parameter(key).unwrap().probability_below(*truth))
            };
            simulated.truth.iter().map(below).collect()
        })
        .collect();
    let mut ranks: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for (key, rank) in each.into_iter().flatten() {
        ranks.entry(key).or_default().push(rank);
    }
    ranks
}

/// Holds uniformity (Kolmogorov and Smirnov, at 1 %) and the coverage of the 90 %
/// interval (within 3 standard errors).
pub fn check(ranks: BTreeMap<&'static str, Vec<f64>>) {
    for (key, mut ranks) in ranks {
        ranks.sort_by(f64::total_cmp);
        let n = ranks.len() as f64;
        let gap = ranks.iter().enumerate().map(|(i, rank)| {
            let (low, high) = (i as f64 / n, (i + 1) as f64 / n);
            (rank - low).abs().max((high - rank).abs())
        });
        let distance = gap.fold(0.0, f64::max) * n.sqrt();
        let inside = ranks
            .iter()
            .filter(|rank| (0.05..=0.95).contains(*rank))
            .count() as f64;
        let covered = inside / n;
        let said = format!("{key}: {covered:.3} covered, Kolmogorov {distance:.2}, n {n}");
        assert!(distance < 1.63, "{said}");
        assert!((covered - 0.9).abs() < 3.0 * (0.09 / n).sqrt(), "{said}");
    }
}

#[test]
fn intervals_of_gbm_hold_the_truth_as_often_as_they_say() {
    check(ranks(FittedModel::Gbm, 400, 1));
}

#[test]
fn intervals_of_growth_hold_the_truth_as_often_as_they_say() {
    check(ranks(FittedModel::Growth, 100, 2));
}
