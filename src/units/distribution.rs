//! Distributions an uncertain input may have, by their inverse cumulative
//! distribution functions: one uniform number in, one value out, so that quasi-random points keep their order.

use thiserror::Error;

use crate::math::{exp, inverse_normal_cdf_from_bits, ln};

/// The distribution of an uncertain input.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Uniform {
        low: f64,
        high: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    Normal {
        mean: f64,
        sd: f64,
    },
    Lognormal {
        log_median: f64,
        log_sd: f64,
    },
    Discrete {
        values: Vec<f64>,
        cumulative: Vec<f64>,
    },
}

/// Which condition the parameters of a distribution violate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DistributionError {
    /// A parameter is NaN or infinite.
    #[error("every parameter must be a finite number")]
    NotFinite,
    /// `!(low < high)`.
    #[error("the lower end must be less than the upper end")]
    EmptyRange,
    /// `!(low <= mode <= high)`.
    #[error("the most likely value must lie between the two ends")]
    ModeOutside,
    /// `!(sd >= 0)`.
    #[error("a standard deviation must be 0 or more")]
    NegativeDeviation,
    /// `!(0 < p5 < p95)`.
    #[error("the percentiles must be above 0 and p5 less than p95")]
    Percentiles,
    /// Lists of different lengths, or empty.
    #[error("`values` and `weights` must be two lists of the same length, at least 1")]
    Lengths,
    /// A negative weight, or weights that add up to 0.
    #[error("weights must be 0 or more and add up to more than 0")]
    Weights,
}

/// Standard normal 95 % quantile.
const Z95: f64 = 1.644_853_626_951_472_7;

impl Distribution {
    /// Uniform between two ends.
    ///
    /// # Errors
    /// Where `!(low < high)` or an end is not finite.
    pub fn uniform(low: f64, high: f64) -> Result<Self, DistributionError> {
        finite(&[low, high])?;
        ensure(low < high, DistributionError::EmptyRange)?;
        Ok(Self(Kind::Uniform { low, high }))
    }

    /// Triangular with its most likely value.
    ///
    /// # Errors
    /// Where `!(low < high)`, `!(low <= mode <= high)` or one is not finite.
    pub fn triangular(low: f64, mode: f64, high: f64) -> Result<Self, DistributionError> {
        finite(&[low, mode, high])?;
        ensure(low < high, DistributionError::EmptyRange)?;
        ensure(low <= mode && mode <= high, DistributionError::ModeOutside)?;
        Ok(Self(Kind::Triangular { low, mode, high }))
    }

    /// Normal with mean and standard deviation.
    ///
    /// # Errors
    /// Where `!(sd >= 0)` or one is not finite.
    pub fn normal(mean: f64, sd: f64) -> Result<Self, DistributionError> {
        finite(&[mean, sd])?;
        ensure(sd >= 0.0, DistributionError::NegativeDeviation)?;
        Ok(Self(Kind::Normal { mean, sd }))
    }

    /// Log-normal by its 5 % and 95 % quantiles.
    ///
    /// # Errors
    /// Where `!(0 < p5 < p95)` or one is not finite.
    pub fn lognormal(p5: f64, p95: f64) -> Result<Self, DistributionError> {
        finite(&[p5, p95])?;
        ensure(0.0 < p5 && p5 < p95, DistributionError::Percentiles)?;
        let (low, high) = (ln(p5), ln(p95));
        Ok(Self(Kind::Lognormal {
            log_median: 0.5 * (low + high),
            log_sd: (high - low) / (2.0 * Z95),
        }))
    }

    /// One of several values, with probabilities in proportion to weights.
    ///
    /// # Errors
    /// Where the lists differ in length or are empty, a weight is negative, all
    /// weights are zero, or a number is not finite.
    pub fn discrete(values: &[f64], weights: &[f64]) -> Result<Self, DistributionError> {
        ensure(
            !values.is_empty() && values.len() == weights.len(),
            DistributionError::Lengths,
        )?;
        finite(values)?;
        finite(weights)?;
        let total: f64 = weights.iter().sum();
        ensure(
            weights.iter().all(|w| *w >= 0.0) && total > 0.0,
            DistributionError::Weights,
        )?;
        let mut pairs: Vec<(f64, f64)> = values
            .iter()
            .copied()
            .zip(weights.iter().copied())
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sum = 0.0;
        let cumulative = pairs
            .iter()
            .map(|(_, weight)| {
                sum += weight / total;
                sum
            })
            .collect();
        Ok(Self(Kind::Discrete {
            values: pairs.into_iter().map(|(value, _)| value).collect(),
            cumulative,
        }))
    }

    /// The value for 64 uniform random bits: the quantile at (bits + ½)/2⁶⁴,
    /// non-decreasing in `bits`.
    pub fn draw(&self, bits: u64) -> f64 {
        match &self.0 {
            Kind::Uniform { low, high } => low + (high - low) * unit_interval(bits),
            Kind::Triangular { low, mode, high } => {
                let u = unit_interval(bits);
                let width = high - low;
                let rise = mode - low;
                if u * width < rise {
                    low + (u * width * rise).sqrt()
                } else {
                    high - ((1.0 - u) * width * (high - mode)).sqrt()
                }
            }
            Kind::Normal { mean, sd } => mean + sd * inverse_normal_cdf_from_bits(bits),
            Kind::Lognormal { log_median, log_sd } => {
                exp(log_median + log_sd * inverse_normal_cdf_from_bits(bits))
            }
            Kind::Discrete { values, cumulative } => {
                let u = unit_interval(bits);
                let i = cumulative.partition_point(|c| *c <= u);
                values[i.min(values.len() - 1)]
            }
        }
    }

    /// The least and the greatest value [`draw`](Self::draw) can return: the ends
    /// of a bounded distribution, eight standard deviations of a normal one.
    pub fn range(&self) -> (f64, f64) {
        (self.draw(0), self.draw(u64::MAX))
    }

    /// The quantile at a probability from 0 to 1; at the ends those of
    /// [`range`](Self::range).
    pub fn quantile(&self, probability: f64) -> f64 {
        // Conversion saturates: 1 becomes the largest.
        self.draw((probability * 2f64.powi(64)) as u64)
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.draw(1 << 63)
    }
}

/// 64 random bits as a number in (0, 1), on the grid of odd multiples of 2⁻⁵³.
fn unit_interval(bits: u64) -> f64 {
    const SCALE: f64 = 1.0 / (1u64 << 53) as f64;
    ((bits >> 12) as f64 + 0.5) * (2.0 * SCALE)
}

fn finite(values: &[f64]) -> Result<(), DistributionError> {
    ensure(
        values.iter().all(|value| value.is_finite()),
        DistributionError::NotFinite,
    )
}

fn ensure(condition: bool, error: DistributionError) -> Result<(), DistributionError> {
    if condition { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(u: f64) -> u64 {
        (u * 2f64.powi(64)) as u64
    }

    #[test]
    fn quantiles_agree_with_closed_forms() {
        let triangular = Distribution::triangular(35.0, 38.0, 41.0).unwrap();
        assert!((triangular.draw(bits(0.5)) - 38.0).abs() < 1e-9);
        assert!((triangular.draw(bits(0.125)) - 36.5).abs() < 1e-9);
        let lognormal = Distribution::lognormal(30.0, 50.0).unwrap();
        assert!((lognormal.draw(bits(0.05)) - 30.0).abs() < 1e-9);
        assert!((lognormal.draw(bits(0.95)) - 50.0).abs() < 1e-9);
        let uniform = Distribution::uniform(2.0, 4.0).unwrap();
        assert!((uniform.draw(bits(0.75)) - 3.5).abs() < 1e-12);
        let discrete = Distribution::discrete(&[3.0, 1.0], &[1.0, 3.0]).unwrap();
        assert_eq!(discrete.draw(bits(0.74)), 1.0);
        assert_eq!(discrete.draw(bits(0.76)), 3.0);
    }

    #[test]
    fn every_violated_condition_has_its_error() {
        use DistributionError as E;
        let d = Distribution::uniform;
        assert_eq!(d(1.0, 1.0), Err(E::EmptyRange));
        assert_eq!(d(f64::NAN, 1.0), Err(E::NotFinite));
        assert_eq!(Distribution::triangular(0.0, 2.0, 1.0), Err(E::ModeOutside));
        assert_eq!(Distribution::normal(0.0, -1.0), Err(E::NegativeDeviation));
        assert_eq!(Distribution::lognormal(0.0, 1.0), Err(E::Percentiles));
        assert_eq!(Distribution::discrete(&[1.0], &[]), Err(E::Lengths));
        assert_eq!(Distribution::discrete(&[1.0], &[0.0]), Err(E::Weights));
    }
}
