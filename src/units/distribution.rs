//! Distributions an uncertain input may have, by their inverse cumulative
//! distribution functions: one uniform number in, one value out, so that quasi-random points keep their order.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::math::{exp, fma, inverse_normal_cdf, inverse_normal_cdf_from_bits, ln, normal_cdf};

/// The distribution of an uncertain input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution(Kind);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    Exponential {
        mean: f64,
    },
    Discrete {
        values: Vec<f64>,
        cumulative: Vec<f64>,
    },
}

/// A percentile and the value at it: (10, 2.5) says that a tenth lies below 2.5.
pub type Percentile = (f64, f64);

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
    /// `!(mean > 0)`.
    #[error("the mean must be more than 0")]
    NoMean,
    /// `!(hazard > 0)`.
    #[error("a hazard rate must be more than 0")]
    NoHazard,
    /// `!(low value < high value)`.
    #[error("the value of the higher percentile must be the greater one")]
    Percentiles,
    /// `!(value > 0)` for a log-normal.
    #[error("the percentiles of a lognormal must be above 0")]
    NotPositive,
    /// `!(0 < percentile < 100)`, or twice the same.
    #[error("two different percentiles between p0 and p100 are wanted")]
    NotPercentiles,
    /// Lists of different lengths, or empty.
    #[error("`values` and `weights` must be two lists of the same length, at least 1")]
    Lengths,
    /// A negative weight, or weights that add up to 0.
    #[error("weights must be 0 or more and add up to more than 0")]
    Weights,
}

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

    /// Normal through two percentiles.
    ///
    /// # Errors
    /// Where the percentiles are not two different ones between 0 and 100, their
    /// values do not ascend with them or one is not finite.
    pub fn normal_through(a: Percentile, b: Percentile) -> Result<Self, DistributionError> {
        let (mean, sd) = through(a, b)?;
        Ok(Self(Kind::Normal { mean, sd }))
    }

    /// Log-normal through two percentiles, such as (5, 30.0) and (95, 50.0).
    ///
    /// # Errors
    /// As [`normal_through`](Self::normal_through), and where a value is not above 0.
    pub fn lognormal_through(a: Percentile, b: Percentile) -> Result<Self, DistributionError> {
        finite(&[a.1, b.1])?;
        ensure(a.1 > 0.0 && b.1 > 0.0, DistributionError::NotPositive)?;
        let (log_median, log_sd) = through((a.0, ln(a.1)), (b.0, ln(b.1)))?;
        Ok(Self(Kind::Lognormal { log_median, log_sd }))
    }

    /// Log-normal with mean and standard deviation (of the variable itself, not of
    /// its logarithm).
    ///
    /// # Errors
    /// Where `!(mean > 0)`, `!(sd >= 0)` or one is not finite.
    pub fn lognormal(mean: f64, sd: f64) -> Result<Self, DistributionError> {
        finite(&[mean, sd])?;
        ensure(mean > 0.0, DistributionError::NoMean)?;
        ensure(sd >= 0.0, DistributionError::NegativeDeviation)?;
        let spread = sd / mean;
        let log_variance = ln(fma(spread, spread, 1.0));
        Ok(Self(Kind::Lognormal {
            log_median: ln(mean) - 0.5 * log_variance,
            log_sd: log_variance.sqrt(),
        }))
    }

    /// Exponential by its hazard rate: the time to an event that has the same
    /// chance in every short stretch of time, mean 1/hazard.
    ///
    /// # Errors
    /// Where `!(hazard > 0)`, or hazard or 1/hazard is not finite.
    pub fn exponential(hazard: f64) -> Result<Self, DistributionError> {
        ensure(!hazard.is_nan(), DistributionError::NotFinite)?;
        ensure(hazard > 0.0, DistributionError::NoHazard)?;
        let mean = 1.0 / hazard;
        ensure(mean.is_finite() && mean > 0.0, DistributionError::NotFinite)?;
        Ok(Self(Kind::Exponential { mean }))
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
            Kind::Exponential { mean } => -mean * ln(1.0 - unit_interval(bits)),
            Kind::Discrete { values, cumulative } => {
                let u = unit_interval(bits);
                let i = cumulative.partition_point(|c| *c <= u);
                values[i.min(values.len() - 1)]
            }
        }
    }

    /// The value for a standard normal number: the quantile at Φ(z), which is how
    /// a Gaussian copula ties inputs together.
    pub fn at_normal(&self, z: f64) -> f64 {
        match &self.0 {
            Kind::Normal { mean, sd } => mean + sd * z,
            Kind::Lognormal { log_median, log_sd } => exp(log_median + log_sd * z),
            _ => self.quantile(normal_cdf(z)),
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

/// Mean and standard deviation of the normal through two percentiles.
fn through(a: Percentile, b: Percentile) -> Result<(f64, f64), DistributionError> {
    let ((low, low_value), (high, high_value)) = if a.0 < b.0 { (a, b) } else { (b, a) };
    finite(&[low_value, high_value])?;
    ensure(
        0.0 < low && low < high && high < 100.0,
        DistributionError::NotPercentiles,
    )?;
    ensure(low_value < high_value, DistributionError::Percentiles)?;
    let width = high_value - low_value;
    let z_high = inverse_normal_cdf(high / 100.0);
    if low + high == 100.0 {
        return Ok((0.5 * (low_value + high_value), width / (2.0 * z_high)));
    }
    let z_low = inverse_normal_cdf(low / 100.0);
    let sd = width / (z_high - z_low);
    Ok((low_value - sd * z_low, sd))
}

/// 64 random bits as a number in (0, 1), on the grid of odd multiples of 2⁻⁵³.
#[inline(always)]
pub(crate) fn unit_interval(bits: u64) -> f64 {
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
        let lognormal = Distribution::lognormal_through((5.0, 30.0), (95.0, 50.0)).unwrap();
        assert!((lognormal.draw(bits(0.05)) - 30.0).abs() < 1e-9);
        assert!((lognormal.draw(bits(0.95)) - 50.0).abs() < 1e-9);
        let uniform = Distribution::uniform(2.0, 4.0).unwrap();
        assert!((uniform.draw(bits(0.75)) - 3.5).abs() < 1e-12);
        let discrete = Distribution::discrete(&[3.0, 1.0], &[1.0, 3.0]).unwrap();
        assert_eq!(discrete.draw(bits(0.74)), 1.0);
        assert_eq!(discrete.draw(bits(0.76)), 3.0);
    }

    #[test]
    fn any_two_percentiles_or_mean_and_deviation_fix_a_normal_or_lognormal() {
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        let normal = Distribution::normal_through((80.0, 4.0), (10.0, -1.0)).unwrap();
        assert!(close(normal.draw(bits(0.1)), -1.0) && close(normal.draw(bits(0.8)), 4.0));
        let skewed = Distribution::lognormal_through((50.0, 2.0), (90.0, 5.0)).unwrap();
        assert!(close(skewed.draw(bits(0.5)), 2.0) && close(skewed.draw(bits(0.9)), 5.0));
        let moments = Distribution::lognormal(3.0, 1.5).unwrap();
        let log_variance = ln(1.25);
        let median = 3.0 * exp(-0.5 * log_variance);
        assert!(close(moments.median(), median));
        assert!(close(
            moments.at_normal(1.0) / median,
            exp(log_variance.sqrt())
        ));
    }

    #[test]
    fn an_exponential_time_has_its_hazard() {
        let time = Distribution::exponential(0.2).unwrap();
        assert!((time.median() - ln(2.0) / 0.2).abs() < 1e-9);
        assert!((time.draw(bits(1.0 - 0.135_335_283_236_612_7)) - 10.0).abs() < 1e-9);
        assert!(time.range().0 > 0.0 && time.range().1 > 150.0);
    }

    #[test]
    fn a_normal_score_gives_the_quantile_of_its_probability() {
        let uniform = Distribution::uniform(2.0, 4.0).unwrap();
        assert!((uniform.at_normal(0.0) - 3.0).abs() < 1e-12);
        assert!((uniform.at_normal(1.959_963_984_540_054) - 3.95).abs() < 1e-12);
        assert!(uniform.at_normal(9.0) <= 4.0 && uniform.at_normal(-9.0) >= 2.0);
        let normal = Distribution::normal(1.0, 2.0).unwrap();
        assert_eq!(normal.at_normal(0.5), 2.0);
    }

    #[test]
    fn every_violated_condition_has_its_error() {
        use DistributionError as E;
        let d = Distribution::uniform;
        assert_eq!(d(1.0, 1.0), Err(E::EmptyRange));
        assert_eq!(d(f64::NAN, 1.0), Err(E::NotFinite));
        assert_eq!(Distribution::triangular(0.0, 2.0, 1.0), Err(E::ModeOutside));
        assert_eq!(Distribution::normal(0.0, -1.0), Err(E::NegativeDeviation));
        let through = Distribution::lognormal_through;
        assert_eq!(through((5.0, 0.0), (95.0, 1.0)), Err(E::NotPositive));
        assert_eq!(through((5.0, 2.0), (95.0, 1.0)), Err(E::Percentiles));
        assert_eq!(through((5.0, 1.0), (5.0, 2.0)), Err(E::NotPercentiles));
        let normal = Distribution::normal_through;
        assert_eq!(normal((0.0, 1.0), (50.0, 2.0)), Err(E::NotPercentiles));
        assert_eq!(Distribution::lognormal(0.0, 1.0), Err(E::NoMean));
        assert_eq!(Distribution::exponential(0.0), Err(E::NoHazard));
        assert_eq!(Distribution::discrete(&[1.0], &[]), Err(E::Lengths));
        assert_eq!(Distribution::discrete(&[1.0], &[0.0]), Err(E::Weights));
    }
}
