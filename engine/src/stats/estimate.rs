//! A number and how far to trust it.
//!
//! All errors come from one place: the spread of independent replicates, whatever
//! sampled them. So a number has the same error wherever it is asked for.

use serde::{Deserialize, Serialize};

use super::rounding::{beyond_rounding, size_of};
use super::student::two_sided_quantile;
use super::{Moments, binomial};

/// A mean with its standard error, from the spread of independent replicates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanEstimate {
    /// The mean over all replicates.
    pub mean: f64,
    /// Its standard error: the deviation of the replicates' means over √R.
    pub std_error: f64,
    /// Skewness of the replicates' means, 0 where they do not differ.
    pub skewness: f64,
    /// Degrees of freedom of the standard error: replicates less one.
    pub degrees: f64,
}

/// How many times the first-order term of the skewness an interval is widened by:
/// a few means rarely show the whole skewness of what they are drawn from.
const SKEWNESS_SHOWN: f64 = 2.0;

impl MeanEstimate {
    /// The estimate from each replicate's mean; at least two of equal size. Means
    /// that differ by their rounding alone have no error.
    pub fn of(means: &[f64]) -> Self {
        Self::of_size(means, size_of(means))
    }

    /// The same of means that come from numbers of a size.
    fn of_size(means: &[f64], size: f64) -> Self {
        let spread = Moments::of(means);
        let (mean, variance) = (spread.mean(), spread.variance());
        let std_error = beyond_rounding(variance.sqrt() / spread.count().sqrt(), size);
        // Of the sample: its divisor is the number of replicates throughout.
        let second = variance * (spread.count() - 1.0) / spread.count();
        let cubes = means.iter().map(|x| (x - mean) * (x - mean) * (x - mean));
        let third = cubes.sum::<f64>() / spread.count();
        let skewness = third / (second * second.sqrt());
        let differ = std_error > 0.0 && skewness.is_finite();
        Self {
            mean,
            std_error,
            skewness: if differ { skewness } else { 0.0 },
            degrees: spread.count() - 1.0,
        }
    }

    /// The estimate of the mean of `left − right`, paired replicate by replicate:
    /// what the two have in common cancels. No difference is told from rounding.
    ///
    /// # Panics
    /// If the two have different numbers of replicates.
    pub fn of_difference(left: &[f64], right: &[f64]) -> Self {
        assert_eq!(left.len(), right.len());
        let differences: Vec<f64> = left.iter().zip(right).map(|(l, r)| l - r).collect();
        let size = size_of(left).max(size_of(right));
        let found = Self::of_size(&differences, size);
        Self {
            mean: beyond_rounding(found.mean, size),
            ..found
        }
    }

    /// The estimate of a ratio of two means, the second not zero: their
    /// ratio over all replicates, with the error of its linearisation (the delta
    /// method).
    ///
    /// # Panics
    /// If the two have different numbers of replicates.
    pub fn of_ratio(numerators: &[f64], denominators: &[f64]) -> Self {
        assert_eq!(numerators.len(), denominators.len());
        let below = Moments::of(denominators).mean();
        let ratio = Moments::of(numerators).mean() / below;
        let pairs = numerators.iter().zip(denominators);
        let residuals: Vec<f64> = pairs.map(|(n, d)| (n - ratio * d) / below).collect();
        Self {
            mean: ratio,
            ..Self::of_size(&residuals, ratio)
        }
    }

    /// The estimate of a number that is a function of all replicates together, from its
    /// values without each of them (the jackknife: Quenouille 1956, Tukey 1958): `whole`,
    /// with the error of the pseudo-values.
    pub fn of_jackknife(whole: f64, without: &[f64]) -> Self {
        let count = without.len() as f64;
        let pseudo = without
            .iter()
            .map(|one| count * whole - (count - 1.0) * one);
        let pseudo: Vec<f64> = pseudo.collect();
        Self {
            mean: whole,
            ..Self::of_size(&pseudo, whole)
        }
    }

    /// The confidence interval around the mean that is to hold the exact value with
    /// probability `level` (in (0, 0.9999]), by Student's t; at least four
    /// replicates.
    ///
    /// Where the replicates' means are skewed it reaches further to that side, by
    /// twice the first-order term of Johnson (1978): means with a long tail above
    /// mostly lie below what they estimate, all of them together.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let t = two_sided_quantile(level, self.degrees);
        let reach = self.std_error * t;
        let root = (self.degrees + 1.0).sqrt();
        let term = self.skewness.abs() * (1.0 + 2.0 * t * t) / (6.0 * t * root);
        let further = reach * (1.0 + SKEWNESS_SHOWN * term);
        match self.skewness > 0.0 {
            true => (self.mean - reach, self.mean + further),
            false => (self.mean - further, self.mean + reach),
        }
    }

    /// The same of a probability estimated from `count` paths: within 0 to 1, and as
    /// wide as few hits or misses among them leave it, whatever their scatter.
    pub fn probability_interval(&self, count: f64, level: f64) -> (f64, f64) {
        let (low, high) = self.interval(level);
        let (least, most) = binomial::few(self.mean, count, level).unwrap_or((low, high));
        (low.min(least).max(0.0), high.max(most).min(1.0))
    }

    /// The same of a difference of two probabilities over the same `count` paths:
    /// where no path tells them apart, as many as that leaves open might.
    pub fn probability_difference_interval(&self, count: f64, level: f64) -> (f64, f64) {
        let (low, high) = self.interval(level);
        match binomial::few(0.0, count, level) {
            Some((_, most)) if self.mean == 0.0 && self.std_error == 0.0 => (-most, most),
            _ => (low.max(-1.0), high.min(1.0)),
        }
    }

    /// The same in a unit that is `factor` of this one.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            mean: self.mean * factor,
            std_error: self.std_error * factor.abs(),
            skewness: self.skewness * factor.signum(),
            ..self
        }
    }
}

/// By the rule of three as many outcomes bound a probability by 1e-8.
const LINES_COUNT: f64 = 3e8;

/// An estimated mean with its error and the spread of the outcomes themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate of the mean.
    pub mean: f64,
    /// Its standard error: how far it would scatter if the run were repeated
    /// with other seeds.
    pub std_error: f64,
    /// Skewness of the replicates' means, 0 where they do not differ.
    pub skewness: f64,
    /// Standard deviation of the outcomes themselves.
    pub std_dev: f64,
    /// Outcomes averaged.
    pub count: f64,
    /// Degrees of freedom of the standard error: replicates less one.
    pub degrees: f64,
}

impl Estimate {
    /// The estimate from each replicate's moments: where their counts differ, as of
    /// what only some paths have, of the mean over all outcomes. Outcomes that differ by
    /// their rounding alone have neither deviation nor error.
    pub fn new(replicates: impl Iterator<Item = Moments>) -> Self {
        let mut outcomes = Moments::default();
        let (mut means, mut sums, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for replicate in replicates {
            means.push(replicate.mean());
            sums.push(replicate.mean() * replicate.count());
            counts.push(replicate.count());
            outcomes.merge(&replicate);
        }
        let std_dev = beyond_rounding(outcomes.variance().sqrt(), outcomes.mean());
        let is_even = counts.windows(2).all(|pair| pair[0] == pair[1]);
        let mean = match is_even {
            true => MeanEstimate::of(&means),
            false => MeanEstimate::of_ratio(&sums, &counts),
        };
        Self::of(mean, std_dev, outcomes.count())
    }

    /// The estimate of a probability from the times an event happened in each
    /// replicate of `paths` paths.
    pub fn of_probability(hits: impl Iterator<Item = u64>, paths: u64) -> Self {
        let paths = paths as f64;
        let shares: Vec<f64> = hits.map(|count| count as f64 / paths).collect();
        let share = MeanEstimate::of(&shares);
        let std_dev = (share.mean * (1.0 - share.mean)).max(0.0).sqrt();
        Self::of(share, std_dev, paths * shares.len() as f64)
    }

    /// The estimate from the means of replicates of lines, outcomes integrated along one
    /// coordinate, where single outcomes deviate by `std_dev`. It counts as many outcomes
    /// as leave open what the integration does: some 1e-8 of a probability.
    pub fn of_lines(means: &[f64], std_dev: f64) -> Self {
        Self::of(MeanEstimate::of(means), std_dev, LINES_COUNT)
    }

    /// The same of a probability.
    pub fn of_probable_lines(means: &[f64]) -> Self {
        let mean = MeanEstimate::of(means).mean;
        Self::of_lines(means, (mean * (1.0 - mean)).max(0.0).sqrt())
    }

    /// The estimate of a mixture of runs whose weights add up to one, from what each
    /// found and the mixed mean of each replicate. It counts as many outcomes as bound
    /// what no run has seen: of `n` outcomes, each as likely as its run weighs `w`, `n/w`
    /// of the run that leaves most open.
    pub fn of_mixture(parts: &[(f64, Self)], means: &[f64]) -> Self {
        let mean = MeanEstimate::of(means);
        let square = |(weight, own): &(f64, Self)| {
            weight * (own.std_dev * own.std_dev + (own.mean - mean.mean) * (own.mean - mean.mean))
        };
        let variance: f64 = parts.iter().map(square).sum();
        let bound = |(weight, own): &(f64, Self)| own.count / weight;
        let count = parts.iter().map(bound).fold(f64::INFINITY, f64::min);
        Self::of(mean, beyond_rounding(variance.sqrt(), mean.mean), count)
    }

    fn of(mean: MeanEstimate, std_dev: f64, count: f64) -> Self {
        Self {
            mean: mean.mean,
            std_error: mean.std_error,
            skewness: mean.skewness,
            std_dev,
            count,
            degrees: mean.degrees,
        }
    }

    /// The mean with its error alone.
    pub fn of_mean(&self) -> MeanEstimate {
        MeanEstimate {
            mean: self.mean,
            std_error: self.std_error,
            skewness: self.skewness,
            degrees: self.degrees,
        }
    }

    /// The confidence interval around the mean: see [`MeanEstimate::interval`].
    pub fn interval(&self, level: f64) -> (f64, f64) {
        self.of_mean().interval(level)
    }

    /// The same of a probability: within 0 to 1, and as wide as few hits or misses
    /// among the paths leave it, whatever their scatter.
    pub fn probability_interval(&self, level: f64) -> (f64, f64) {
        self.of_mean().probability_interval(self.count, level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_come_from_the_spread_of_replicates() {
        let blocks = [[1.0, 3.0], [2.0, 4.0], [3.0, 5.0]];
        let estimate = Estimate::new(blocks.iter().map(|b| Moments::of(b)));
        assert_eq!(estimate.mean, 3.0);
        assert!((estimate.std_error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((estimate.std_dev - 2.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!((estimate.count, estimate.degrees), (6.0, 2.0));
        assert_eq!(estimate.of_mean(), MeanEstimate::of(&[2.0, 3.0, 4.0]));
    }

    #[test]
    fn replicates_count_as_many_outcomes_as_they_have() {
        let blocks: [&[f64]; 2] = [&[1.0, 2.0, 3.0], &[6.0]];
        let estimate = Estimate::new(blocks.iter().map(|b| Moments::of(b)));
        assert!((estimate.mean - 3.0).abs() < 1e-15);
        // Sums 6 and 6 of 3 and 1 outcomes: residuals ∓3 over a mean count of 2.
        assert!((estimate.std_error - 1.5).abs() < 1e-15);
    }

    #[test]
    fn probabilities_are_shares_of_paths() {
        let hits = [30, 50];
        let e = Estimate::of_probability(hits.into_iter(), 100);
        assert!((e.mean - 0.4).abs() < 1e-15);
        assert!((e.std_error - 0.1).abs() < 1e-15);
        assert!((e.std_dev - 0.24_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn intervals_reach_further_where_the_tail_is() {
        let even = MeanEstimate::of(&[1.0, 2.0, 3.0, 4.0]);
        let (low, high) = even.interval(0.95);
        let reach = 3.182_446_305_283_708 * even.std_error;
        assert!((low - (2.5 - reach)).abs() < 1e-8 && (high - (2.5 + reach)).abs() < 1e-8);
        let skewed = MeanEstimate::of(&[0.0, 0.0, 0.0, 4.0]);
        // Skewness of one in four: 2/√3.
        assert!((skewed.skewness - 2.0 / 3.0_f64.sqrt()).abs() < 1e-14);
        let (low, high) = skewed.interval(0.95);
        let t = 3.182_446_305_283_708;
        assert!((low - (1.0 - t)).abs() < 1e-8);
        let term = 2.0 / 3.0_f64.sqrt() * (1.0 + 2.0 * t * t) / (6.0 * t * 2.0);
        assert!((high - (1.0 + t * (1.0 + 2.0 * term))).abs() < 1e-7);
        // Below where the tail is below.
        let mirrored = skewed.scaled(-1.0).interval(0.95);
        assert_eq!(mirrored, (-high, -low));
        assert_eq!(MeanEstimate::of(&[0.3; 5]).interval(0.95), (0.3, 0.3));
    }

    #[test]
    fn pairing_removes_what_is_common() {
        let noise = [0.3, -0.1, 0.7, -0.9];
        let left: Vec<f64> = noise.iter().map(|x| x + 2.0).collect();
        let alone = MeanEstimate::of(&left);
        assert!((alone.mean - 2.0).abs() < 1e-15 && alone.std_error > 0.3);
        let paired = MeanEstimate::of_difference(&left, &noise);
        assert!((paired.mean - 2.0).abs() < 1e-15 && paired.std_error < 1e-15);
    }

    #[test]
    fn a_ratio_of_proportional_means_is_certain() {
        let below = [1.0, 2.0, 4.0, 5.0];
        let above = below.map(|x| 0.5 * x);
        let ratio = MeanEstimate::of_ratio(&above, &below);
        assert_eq!((ratio.mean, ratio.std_error), (0.5, 0.0));
        let noisy = [0.6, 0.9, 2.1, 2.4];
        let ratio = MeanEstimate::of_ratio(&noisy, &below);
        assert!((ratio.mean - 0.5).abs() < 1e-15);
        // Residuals ±0.1 over a mean of 3, three degrees of freedom.
        assert!((ratio.std_error - (0.04_f64 / 3.0 / 4.0).sqrt() / 3.0).abs() < 1e-15);
        assert_eq!(ratio.degrees, 3.0);
    }

    #[test]
    fn nothing_is_certain_because_every_path_says_so() {
        let of = |hits: [u64; 4]| Estimate::of_probability(hits.into_iter(), 250);
        let all = of([250; 4]).probability_interval(0.95);
        assert_eq!(all.1, 1.0);
        assert!((all.0 - (1.0 - 0.002_991_249_545)).abs() < 1e-9, "{all:?}");
        let none = of([0; 4]).probability_interval(0.95);
        assert_eq!(none.0, 0.0);
        assert!((none.1 - 0.002_991_249_545).abs() < 1e-9, "{none:?}");
        // One miss: the greatest that one in a thousand leaves open, and below 1.
        let (low, high) = of([250, 250, 249, 250]).probability_interval(0.95);
        assert!(low < 1.0 - 5.5e-3 && 1.0 - 1e-4 < high && high <= 1.0);
        let (low, high) = of([100, 120, 80, 100]).probability_interval(0.95);
        assert_eq!((low, high), of([100, 120, 80, 100]).interval(0.95));
    }
}
