//! Results of several runs as those of one: cases with probabilities.
//!
//! Cases are not sampled. A mean, or a probability, is in each replicate the weighted sum
//! of those of the cases, whose paths are drawn alike; so the spread of the replicates
//! gives its standard error, with what the cases have in common. Dates and amounts that
//! are so likely are where the weighted sum of the cases' distributions says so.

use super::date_quantile::DateQuantile;
use crate::stats::{Estimate, LEAST_WINDOW, MeanEstimate};
use crate::units::Date;

/// A run's weight, its estimate, the mean of each replicate, and the part of each
/// replicate's paths on which there is a value: empty for all.
pub(in crate::simulate) type Part<'a> = (f64, Estimate, &'a [f64], &'a [f64]);

/// The mean over all paths that have a value, with that of each replicate as far as linear
/// in its deviation from all (the delta method), and the part of the paths that have one.
pub(in crate::simulate) fn mixed_estimate(parts: &[Part<'_>]) -> (Estimate, Vec<f64>, Vec<f64>) {
    let replicates = parts.first().map_or(0, |(.., means, _)| means.len());
    let part_of = |defined: &[f64]| match defined {
        [] => 1.0,
        parts => parts.iter().sum::<f64>() / parts.len() as f64,
    };
    let weighed: Vec<(f64, Estimate)> = parts
        .iter()
        .map(|(weight, estimate, _, defined)| (weight * part_of(defined), *estimate))
        .collect();
    let all: f64 = weighed.iter().map(|(weight, _)| weight).sum();
    let mean: f64 = weighed.iter().map(|(w, own)| w * own.mean).sum::<f64>() / all;
    let of = |r: usize| {
        let (_, _, first, _) = parts[0];
        if parts
            .iter()
            .all(|(.., means, defined)| defined.is_empty() && means[r] == first[r])
        {
            return first[r];
        }
        let beyond = parts.iter().map(|(weight, own, means, defined)| {
            let part = part_of(defined);
            let more = defined.get(r).map_or(0.0, |here| here - part);
            weight * (part * means[r] + (own.mean - mean) * more)
        });
        beyond.sum::<f64>() / all
    };
    let means: Vec<f64> = (0..replicates).map(of).collect();
    let defined = match parts.iter().all(|(.., defined)| defined.is_empty()) {
        true => Vec::new(),
        false => mixed(parts.iter().map(|(weight, .., defined)| match defined {
            [] => (*weight, vec![1.0; replicates]),
            parts => (*weight, parts.to_vec()),
        })),
    };
    let weighed: Vec<(f64, Estimate)> =
        weighed.into_iter().map(|(w, own)| (w / all, own)).collect();
    (Estimate::of_mixture(&weighed, &means), means, defined)
}

/// The counted estimates beside smooth ones; `None` where one run has none. The error is
/// the largest it may be, whatever the runs have in common.
pub(in crate::simulate) fn mixed_counted(
    parts: impl Iterator<Item = (f64, Option<Estimate>)>,
) -> Option<Estimate> {
    let parts: Option<Vec<(f64, Estimate)>> = parts.map(|(w, own)| Some((w, own?))).collect();
    let parts = parts?;
    let of = |number: fn(&Estimate) -> f64| parts.iter().map(|(w, own)| w * number(own)).sum();
    Some(Estimate {
        mean: of(|own| own.mean),
        std_error: of(|own| own.std_error),
        skewness: 0.0,
        std_dev: of(|own| own.std_dev),
        ..parts.first()?.1
    })
}

/// The weighted sums of numbers of each replicate. Of what is the same in all runs it is
/// that, exactly: weights add up to one but for rounding.
pub fn mixed(parts: impl Iterator<Item = (f64, Vec<f64>)>) -> Vec<f64> {
    let parts: Vec<(f64, Vec<f64>)> = parts.collect();
    let [(_, first), others @ ..] = parts.as_slice() else {
        return Vec::new();
    };
    let of = |r: usize| match others.iter().all(|(_, numbers)| numbers[r] == first[r]) {
        true => first[r],
        false => parts
            .iter()
            .map(|(weight, numbers)| weight * numbers[r])
            .sum(),
    };
    (0..first.len()).map(of).collect()
}

/// A probability that is the weighted sum of those of runs.
pub(in crate::simulate) fn mixed_probability(
    parts: impl Iterator<Item = (f64, Estimate, Vec<f64>)>,
) -> Estimate {
    let (mut estimates, mut means) = (Vec::new(), Vec::new());
    for (weight, estimate, of_replicates) in parts {
        estimates.push((weight, estimate));
        means.push((weight, of_replicates));
    }
    Estimate::of_mixture(&estimates, &mixed(means.into_iter()))
}

/// For each replicate, the part of its paths on which something has happened within so
/// many days from the timeline's start.
pub(in crate::simulate) type PartsBy<'a> = Box<dyn Fn(f64) -> Vec<f64> + 'a>;

/// The same from how many of each replicate's `points` paths fall on each day, those of a
/// day spread evenly over it.
pub(in crate::simulate) fn parts_by_day<'a>(on: &[Vec<u64>], points: u64) -> PartsBy<'a> {
    let through = |days: &Vec<u64>| {
        let mut sum = 0;
        let sums = days.iter().map(|count| {
            sum += count;
            sum as f64 / points as f64
        });
        std::iter::once(0.0).chain(sums).collect::<Vec<f64>>()
    };
    let through: Vec<Vec<f64>> = on.iter().map(through).collect();
    Box::new(move |days| {
        let of = |through: &Vec<f64>| {
            let last = through.len() - 1;
            let whole = (days.floor().max(0.0) as usize).min(last);
            let next = (whole + 1).min(last);
            through[whole]
                + (days - whole as f64).clamp(0.0, 1.0) * (through[next] - through[whole])
        };
        through.iter().map(of).collect()
    })
}

/// The moment, up to `last` days from the start, by which a part `q` of the paths of each
/// replicate that make up such parts, `among`, have it; `None` where fewer do.
pub(in crate::simulate) fn mixed_date(
    start: Date,
    parts: &[(f64, PartsBy<'_>)],
    among: &[f64],
    q: f64,
    last: f64,
) -> Option<DateQuantile> {
    let by = |days: f64| mixed(parts.iter().map(|(weight, by)| (*weight, by(days))));
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let all = mean(among);
    let most = mean(&by(last));
    // What adds up to one but for rounding is reached.
    let target = (q * all).min(most);
    if all <= 0.0 || q * all > most * (1.0 + 1e-12) {
        return None;
    }
    let moment = |target: f64| {
        let (mut low, mut high) = (0.0, last);
        while high - low > 1e-9 {
            let middle = 0.5 * (low + high);
            match mean(&by(middle)) < target {
                true => low = middle,
                false => high = middle,
            }
        }
        high
    };
    let days = moment(target);
    // Whatever rounding leaves, a moment between two days belongs to the one that ends.
    let whole = days.round();
    let days = if (days - whole).abs() < 1e-7 && whole > 0.0 {
        whole
    } else {
        days
    };
    let beyond = by(days);
    let beyond: Vec<f64> = beyond
        .iter()
        .zip(among)
        .map(|(by, among)| by - q * among)
        .collect();
    let window = (2.0 * MeanEstimate::of(&beyond).std_error).max(LEAST_WINDOW);
    let [low, high] = [target - window, target + window].map(|part| part.clamp(1e-12, most));
    let slope = match high > low {
        true => (moment(high) - moment(low)) / (high - low),
        false => 0.0,
    };
    Some(DateQuantile {
        date: start.add_days((days.ceil() as i32 - 1).max(0)),
        days,
        replicates: beyond.iter().map(|beyond| days - slope * beyond).collect(),
    })
}
