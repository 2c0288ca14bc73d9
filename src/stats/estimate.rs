//! A number and how far to trust it.

use super::rounding::beyond_rounding;
use super::student::two_sided_quantile;
use super::{MeanEstimate, Moments};

/// An estimated mean with its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate of the mean.
    pub mean: f64,
    /// Its standard error: how far it would scatter if the run were repeated
    /// with other seeds.
    pub std_error: f64,
    /// Standard deviation of the outcomes themselves.
    pub std_dev: f64,
    /// Outcomes averaged.
    pub count: f64,
    /// Degrees of freedom of the standard error: replicates less one, infinite
    /// for independent outcomes.
    pub degrees: f64,
}

/// How the paths of a run depend on each other, which decides what a standard
/// error is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// All paths are independent: the deviation of the outcomes over √n.
    Independent,
    /// Paths are independent between replicates only, as the points of one
    /// randomised quasi-random set are not: the deviation of the replicates'
    /// means over √R.
    Replicated,
}

impl Sampling {
    fn degrees(self, replicates: f64) -> f64 {
        match self {
            Self::Independent => f64::INFINITY,
            Self::Replicated => replicates - 1.0,
        }
    }
}

impl Estimate {
    /// The estimate from each replicate's moments, all of one count. Outcomes that
    /// differ by their rounding alone have neither deviation nor error.
    pub fn new(replicates: impl Iterator<Item = Moments>, sampling: Sampling) -> Self {
        let mut outcomes = Moments::default();
        let mut means = Vec::new();
        for replicate in replicates {
            means.push(replicate.mean());
            outcomes.merge(&replicate);
        }
        let of_size = |value| beyond_rounding(value, outcomes.mean());
        let std_dev = of_size(outcomes.variance().sqrt());
        let (mean, std_error) = match sampling {
            Sampling::Independent => (outcomes.mean(), std_dev / outcomes.count().sqrt()),
            Sampling::Replicated => {
                let spread = Moments::of(&means);
                let of_means = spread.variance().sqrt() / spread.count().sqrt();
                (spread.mean(), of_size(of_means))
            }
        };
        Self {
            mean,
            std_error,
            std_dev,
            count: outcomes.count(),
            degrees: sampling.degrees(means.len() as f64),
        }
    }

    /// The estimate of a probability from the times an event happened in each
    /// replicate of `paths` paths.
    pub fn of_probability(hits: impl Iterator<Item = u64>, paths: u64, sampling: Sampling) -> Self {
        let paths = paths as f64;
        let shares: Vec<f64> = hits.map(|count| count as f64 / paths).collect();
        let spread = Moments::of(&shares);
        let mean = spread.mean();
        let count = paths * spread.count();
        let std_dev = (mean * (1.0 - mean)).max(0.0).sqrt();
        let std_error = match sampling {
            Sampling::Independent => std_dev / count.sqrt(),
            Sampling::Replicated => spread.variance().sqrt() / spread.count().sqrt(),
        };
        Self {
            mean,
            std_error,
            std_dev,
            count,
            degrees: sampling.degrees(spread.count()),
        }
    }

    /// The confidence interval around the mean that holds the exact value with
    /// probability `level` (in (0, 0.9999]), by Student's t with the error's
    /// degrees of freedom.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let reach = self.std_error * two_sided_quantile(level, self.degrees);
        (self.mean - reach, self.mean + reach)
    }

    /// The same of a probability: within 0 to 1, and as wide as few hits or misses
    /// among the paths leave it, whatever their scatter.
    pub fn probability_interval(&self, level: f64) -> (f64, f64) {
        let of_means = MeanEstimate {
            mean: self.mean,
            std_error: self.std_error,
            degrees: self.degrees,
        };
        of_means.probability_interval(self.count, level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_paths_and_replicates_have_their_own_errors() {
        let blocks = [[1.0, 3.0], [2.0, 4.0], [3.0, 5.0]];
        let moments = || blocks.iter().map(|b| Moments::of(b));
        let independent = Estimate::new(moments(), Sampling::Independent);
        assert_eq!(independent.mean, 3.0);
        assert!((independent.std_error - (2.0_f64 / 6.0).sqrt()).abs() < 1e-15);
        let replicated = Estimate::new(moments(), Sampling::Replicated);
        assert_eq!(replicated.mean, 3.0);
        assert!((replicated.std_error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(replicated.std_dev, independent.std_dev);
    }

    #[test]
    fn probabilities_are_shares_of_paths() {
        let hits = [30, 50];
        let e = Estimate::of_probability(hits.into_iter(), 100, Sampling::Independent);
        assert_eq!(e.mean, 0.4);
        assert!((e.std_error - (0.24_f64 / 200.0).sqrt()).abs() < 1e-15);
        let e = Estimate::of_probability(hits.into_iter(), 100, Sampling::Replicated);
        assert!((e.std_error - 0.1).abs() < 1e-15);
    }

    #[test]
    fn nothing_is_certain_because_every_path_says_so() {
        let of =
            |hits: [u64; 4]| Estimate::of_probability(hits.into_iter(), 250, Sampling::Replicated);
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
