//! What is believed of one number: a mixture of normals or a density on a lattice, of
//! the number itself or of a coordinate it is a function of.

use super::lattice::Marginal;
use crate::math::{exp, inverse_normal_cdf, ln, normal_cdf};

/// How a number comes from the coordinate it is estimated in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinate {
    /// Its logarithm.
    Log,
    /// The logarithm of 1 more than it: a growth rate.
    LogGrowth,
    /// The logarithm of its odds: a share.
    Odds,
}

impl Coordinate {
    /// The number.
    pub fn value(self, at: f64) -> f64 {
        match self {
            Self::Log => exp(at),
            Self::LogGrowth => exp(at) - 1.0,
            Self::Odds => 1.0 / (1.0 + exp(-at)),
        }
    }

    /// The coordinate of a number.
    pub fn of(self, value: f64) -> f64 {
        match self {
            Self::Log => ln(value),
            Self::LogGrowth => ln(1.0 + value),
            Self::Odds => ln(value / (1.0 - value)),
        }
    }
}

/// A normal mixture: weights that add up to 1, means, standard deviations.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// The parts.
    pub parts: Vec<(f64, f64, f64)>,
}

impl Mixture {
    /// The probability at or below a value.
    pub fn below(&self, value: f64) -> f64 {
        let part = |&(weight, mean, sd): &(f64, f64, f64)| match sd > 0.0 {
            true => weight * normal_cdf((value - mean) / sd),
            false if value >= mean => weight,
            false => 0.0,
        };
        self.parts.iter().map(part).sum()
    }

    /// The value not exceeded with a probability, above 0 and below 1: Newton's method
    /// within ever closer bounds.
    pub fn quantile(&self, probability: f64) -> f64 {
        let ends = self
            .parts
            .iter()
            .map(|(_, m, sd)| (m - 9.0 * sd, m + 9.0 * sd));
        let (mut low, mut high) = ends
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (a, b)| {
                (l.min(a), h.max(b))
            });
        let (mean, sd) = self.moments();
        let mut value = mean + sd * inverse_normal_cdf(probability);
        for _ in 0..64 {
            let excess = self.below(value) - probability;
            match excess > 0.0 {
                true => high = high.min(value),
                false => low = low.max(value),
            }
            let newton = value - excess / self.density(value).max(f64::MIN_POSITIVE);
            let next = match newton > low && newton < high {
                true => newton,
                false => f64::midpoint(low, high),
            };
            if (next - value).abs() <= 1e-10 * sd {
                return next;
            }
            value = next;
        }
        value
    }

    fn density(&self, value: f64) -> f64 {
        const ROOT_TWO_PI: f64 = 2.506_628_274_631_000_5;
        let wide = self.parts.iter().filter(|(.., sd)| *sd > 0.0);
        let part = |(weight, mean, sd): &(f64, f64, f64)| {
            let z = (value - mean) / sd;
            weight * exp(-0.5 * z * z) / (sd * ROOT_TWO_PI)
        };
        wide.map(part).sum()
    }

    /// Mean and standard deviation.
    pub fn moments(&self) -> (f64, f64) {
        let mean: f64 = self.parts.iter().map(|(w, m, _)| w * m).sum();
        let part = |(w, m, s): &(f64, f64, f64)| w * (s * s + (m - mean) * (m - mean));
        (mean, self.parts.iter().map(part).sum::<f64>().sqrt())
    }

    /// The standard deviation of its exponential.
    fn exponential_sd(&self) -> f64 {
        // About the mean, where the differences of large numbers are small.
        let (centre, _) = self.moments();
        let moment = |k: f64| -> f64 {
            let part =
                |(w, m, s): &(f64, f64, f64)| w * exp(k * (m - centre) + 0.5 * k * k * s * s);
            self.parts.iter().map(part).sum()
        };
        let mean = moment(1.0);
        exp(centre) * (moment(2.0) - mean * mean).max(0.0).sqrt()
    }
}

/// What is believed of one number.
#[derive(Clone, Debug, PartialEq)]
pub enum Belief {
    /// Its coordinate is a normal mixture.
    Mixture(Coordinate, Mixture),
    /// Its coordinate has a density on a lattice.
    Marginal(Coordinate, Marginal),
}

impl Belief {
    /// The probability at or below a value.
    pub fn below(&self, value: f64) -> f64 {
        match self {
            Self::Mixture(coordinate, mixture) => mixture.below(coordinate.of(value)),
            Self::Marginal(coordinate, marginal) => marginal.below(coordinate.of(value)),
        }
    }

    /// The value not exceeded with a probability.
    pub fn quantile(&self, probability: f64) -> f64 {
        match self {
            Self::Mixture(coordinate, mixture) => coordinate.value(mixture.quantile(probability)),
            Self::Marginal(coordinate, marginal) => {
                coordinate.value(marginal.quantile(probability))
            }
        }
    }

    /// Its standard deviation.
    pub fn sd(&self) -> f64 {
        match self {
            Self::Mixture(_, mixture) => mixture.exponential_sd(),
            Self::Marginal(coordinate, marginal) => marginal.moments(|x| coordinate.value(x)).1,
        }
    }

    /// The standard deviation of its coordinate.
    pub fn coordinate_sd(&self) -> f64 {
        match self {
            Self::Mixture(_, mixture) => mixture.moments().1,
            Self::Marginal(_, marginal) => marginal.moments(|x| x).1,
        }
    }
}
