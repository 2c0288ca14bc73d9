//! Means over replicates, kept apart so that differences can be paired.

use super::rounding::{beyond_rounding, size_of};
use super::student::two_sided_quantile;
use super::{Moments, binomial};

/// A mean with its standard error, from the spread of independent replicates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanEstimate {
    /// The mean over all replicates.
    pub mean: f64,
    /// Its standard error: the deviation of the replicates' means over √R.
    pub std_error: f64,
    /// Degrees of freedom of the standard error: replicates less one.
    pub degrees: f64,
}

impl MeanEstimate {
    /// The estimate from each replicate's mean; at least two of equal size. Means
    /// that differ by their rounding alone have no error.
    pub fn of(means: &[f64]) -> Self {
        Self::of_size(means, size_of(means))
    }

    /// The same of means that come from numbers of a size.
    fn of_size(means: &[f64], size: f64) -> Self {
        let spread = Moments::of(means);
        let std_error = (spread.variance() / spread.count()).sqrt();
        Self {
            mean: spread.mean(),
            std_error: beyond_rounding(std_error, size),
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
            ..Self::of(&residuals)
        }
    }

    /// The confidence interval around the mean that holds the exact value with
    /// probability `level` (in (0, 0.9999]), by Student's t; at least four
    /// replicates.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let reach = self.std_error * two_sided_quantile(level, self.degrees);
        (self.mean - reach, self.mean + reach)
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
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
