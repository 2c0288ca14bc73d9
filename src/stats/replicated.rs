//! Means over replicates, kept apart so that differences can be paired.

use super::Moments;

/// A mean with its standard error, from the spread of independent replicates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanEstimate {
    /// The mean over all replicates.
    pub mean: f64,
    /// Its standard error: the deviation of the replicates' means over √R.
    pub std_error: f64,
}

impl MeanEstimate {
    /// The estimate from each replicate's mean; at least two of equal size.
    pub fn of(means: &[f64]) -> Self {
        let spread = Moments::of(means);
        Self {
            mean: spread.mean(),
            std_error: (spread.variance() / spread.count()).sqrt(),
        }
    }

    /// The estimate of the mean of `left − right`, paired replicate by replicate:
    /// what the two have in common cancels.
    ///
    /// # Panics
    /// If the two have different numbers of replicates.
    pub fn of_difference(left: &[f64], right: &[f64]) -> Self {
        assert_eq!(left.len(), right.len());
        let differences: Vec<f64> = left.iter().zip(right).map(|(l, r)| l - r).collect();
        Self::of(&differences)
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
}
