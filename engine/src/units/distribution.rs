//! Distributions an uncertain input may have, by their inverse cumulative
//! distribution functions: one uniform number in, one value out, so that quasi-random points keep their order.

mod mixture;
mod pert;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::math::{exp, fma, inverse_normal_cdf, inverse_normal_cdf_from_bits, ln, normal_cdf};
use mixture::Mixture;
use pert::Pert;

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
        /// The least value.
        shift: f64,
    },
    /// A normal or lognormal of which only a stretch is left.
    Truncated {
        of: Box<Kind>,
        low: f64,
        high: f64,
        /// The probability of less than it, and of it.
        below: f64,
        within: f64,
    },
    Pert(Pert),
    Mixture(Mixture),
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
    #[error("the mean must be more than `shift`, 0 if left out")]
    NoMean,
    /// `!(hazard > 0)`.
    #[error("a hazard rate must be more than 0")]
    NoHazard,
    /// `!(low value < high value)`.
    #[error("the value of the higher percentile must be the greater one")]
    Percentiles,
    /// `!(value > 0)` for a log-normal.
    #[error("the percentiles of a lognormal must be above its `shift`, 0 if left out")]
    NotPositive,
    /// `!(0 < percentile < 100)`, or twice the same.
    #[error("two different percentiles between p0 and p100 are wanted")]
    NotPercentiles,
    /// Bounds that leave less than a millionth.
    #[error("the bounds leave less than a millionth of the distribution")]
    NothingLeft,
    /// A distribution that has bounds already.
    #[error("only a normal or a lognormal can be cut by `low` and `high`")]
    NotCut,
    /// A mixture of mixtures.
    #[error("a mixture cannot hold another: write the parts of both side by side")]
    MixtureOfMixtures,
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

    /// PERT with its most likely value: smoother than a triangle, with mean
    /// (low + 4 mode + high) / 6.
    ///
    /// # Errors
    /// As [`triangular`](Self::triangular).
    pub fn pert(low: f64, mode: f64, high: f64) -> Result<Self, DistributionError> {
        Self::triangular(low, mode, high)?;
        Ok(Self(Kind::Pert(Pert::new(low, mode, high))))
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

    /// A shift, 0 for none, and a log-normal, together through two percentiles, such as
    /// (5, 30.0) and (95, 50.0).
    ///
    /// # Errors
    /// As [`normal_through`](Self::normal_through), and where a value is not above the
    /// shift.
    pub fn shifted_lognormal_through(
        shift: f64,
        a: Percentile,
        b: Percentile,
    ) -> Result<Self, DistributionError> {
        finite(&[shift, a.1, b.1])?;
        let (low, high) = (a.1 - shift, b.1 - shift);
        ensure(low > 0.0 && high > 0.0, DistributionError::NotPositive)?;
        let (log_median, log_sd) = through((a.0, ln(low)), (b.0, ln(high)))?;
        Ok(Self(Kind::Lognormal {
            log_median,
            log_sd,
            shift,
        }))
    }

    /// Log-normal with mean and standard deviation (of the variable itself, not of
    /// its logarithm).
    ///
    /// # Errors
    /// Where `!(mean > 0)`, `!(sd >= 0)` or one is not finite.
    pub fn lognormal(mean: f64, sd: f64) -> Result<Self, DistributionError> {
        Self::shifted_lognormal(0.0, mean, sd)
    }

    /// A shift and a log-normal, with mean and standard deviation of their sum.
    ///
    /// # Errors
    /// Where `!(mean > shift)`, `!(sd >= 0)` or one is not finite.
    pub fn shifted_lognormal(shift: f64, mean: f64, sd: f64) -> Result<Self, DistributionError> {
        finite(&[shift, mean, sd])?;
        let mean = mean - shift;
        ensure(mean > 0.0, DistributionError::NoMean)?;
        ensure(sd >= 0.0, DistributionError::NegativeDeviation)?;
        let spread = sd / mean;
        let log_variance = ln(fma(spread, spread, 1.0));
        Ok(Self(Kind::Lognormal {
            log_median: ln(mean) - 0.5 * log_variance,
            log_sd: log_variance.sqrt(),
            shift,
        }))
    }

    /// What is left of a normal or log-normal between two ends, each of which may be
    /// infinite.
    ///
    /// # Errors
    /// Where `!(low < high)`, they leave less than a millionth, or it is neither.
    pub fn truncated(self, low: f64, high: f64) -> Result<Self, DistributionError> {
        let is_cut = matches!(self.0, Kind::Normal { .. } | Kind::Lognormal { .. });
        ensure(is_cut, DistributionError::NotCut)?;
        ensure(low < high, DistributionError::EmptyRange)?;
        let below = self.0.cdf(low);
        let within = self.0.cdf(high) - below;
        ensure(within >= 1e-6, DistributionError::NothingLeft)?;
        Ok(Self(Kind::Truncated {
            of: Box::new(self.0),
            low,
            high,
            below,
            within,
        }))
    }

    /// One of several distributions, with probabilities in proportion to weights.
    ///
    /// # Errors
    /// Where there is none, a weight is negative or not finite, all are zero, or one is
    /// a mixture itself.
    pub fn mixture(parts: Vec<(f64, Self)>) -> Result<Self, DistributionError> {
        let weights: Vec<f64> = parts.iter().map(|(weight, _)| *weight).collect();
        finite(&weights)?;
        let total: f64 = weights.iter().sum();
        ensure(
            weights.iter().all(|w| *w >= 0.0) && total > 0.0,
            DistributionError::Weights,
        )?;
        let nested = parts.iter().any(|(_, d)| matches!(d.0, Kind::Mixture(_)));
        ensure(!nested, DistributionError::MixtureOfMixtures)?;
        let parts = parts.into_iter().filter(|(weight, _)| *weight > 0.0);
        let parts = parts.map(|(weight, part)| (weight / total, part.0));
        Ok(Self(Kind::Mixture(Mixture::new(parts.collect()))))
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
        self.0.draw(bits)
    }

    /// The same for the bits of each number of a row.
    #[inline(always)]
    pub fn draw_each(&self, row: &mut [f64]) {
        if !matches!(&self.0, Kind::Normal { .. } | Kind::Lognormal { .. }) {
            return row.iter_mut().for_each(|x| *x = self.draw(x.to_bits()));
        }
        for value in &mut *row {
            *value = inverse_normal_cdf_from_bits(value.to_bits());
        }
        for value in row {
            *value = self.0.at_score(*value);
        }
    }

    /// The value for a standard normal number: the quantile at Φ(z), which is how
    /// a Gaussian copula ties inputs together.
    pub fn at_normal(&self, z: f64) -> f64 {
        match &self.0 {
            Kind::Normal { .. } | Kind::Lognormal { .. } | Kind::Pert(_) => self.0.at_score(z),
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

impl Kind {
    fn draw(&self, bits: u64) -> f64 {
        match self {
            Self::Normal { .. } | Self::Lognormal { .. } | Self::Pert(_) => {
                self.at_score(inverse_normal_cdf_from_bits(bits))
            }
            _ => self.at(unit_interval(bits)),
        }
    }

    /// The quantile at a probability, 0 and 1 excluded.
    fn at(&self, u: f64) -> f64 {
        match self {
            Self::Uniform { low, high } => low + (high - low) * u,
            Self::Triangular { low, mode, high } => {
                let width = high - low;
                let rise = mode - low;
                if u * width < rise {
                    low + (u * width * rise).sqrt()
                } else {
                    high - ((1.0 - u) * width * (high - mode)).sqrt()
                }
            }
            Self::Exponential { mean } => -mean * ln(1.0 - u),
            Self::Discrete { values, cumulative } => {
                let i = cumulative.partition_point(|c| *c <= u);
                values[i.min(values.len() - 1)]
            }
            Self::Truncated {
                of,
                low,
                high,
                below,
                within,
            } => {
                let most = 1.0 - 0.5 * f64::EPSILON;
                of.at(fma(*within, u, *below).min(most)).clamp(*low, *high)
            }
            Self::Mixture(mixture) => mixture.quantile(u),
            Self::Normal { .. } | Self::Lognormal { .. } | Self::Pert(_) => {
                self.at_score(inverse_normal_cdf(u))
            }
        }
    }

    /// The quantile at Φ(z) where that is simpler than at a probability.
    #[inline(always)]
    fn at_score(&self, z: f64) -> f64 {
        match self {
            Self::Normal { mean, sd } => mean + sd * z,
            Self::Lognormal {
                log_median,
                log_sd,
                shift,
            } => shift + exp(log_median + log_sd * z),
            Self::Pert(pert) => pert.at_normal(z),
            _ => self.at(normal_cdf(z)),
        }
    }

    /// The probability of a value of `x` or less.
    fn cdf(&self, x: f64) -> f64 {
        let step = |at: f64| if x >= at { 1.0 } else { 0.0 };
        match self {
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::Triangular { low, mode, high } => {
                let width = high - low;
                let (from, to) = ((x - low).clamp(0.0, width), (high - x).clamp(0.0, width));
                if x < *mode {
                    from * from / (width * (mode - low))
                } else if x < *high {
                    1.0 - to * to / (width * (high - mode))
                } else {
                    1.0
                }
            }
            Self::Normal { mean, sd } if *sd == 0.0 => step(*mean),
            Self::Normal { mean, sd } => normal_cdf((x - mean) / sd),
            Self::Lognormal {
                log_median,
                log_sd,
                shift,
            } => match x - shift {
                above if above <= 0.0 => 0.0,
                _ if *log_sd == 0.0 => step(shift + exp(*log_median)),
                f64::INFINITY => 1.0,
                above => normal_cdf((ln(above) - log_median) / log_sd),
            },
            Self::Truncated {
                of, below, within, ..
            } => ((of.cdf(x) - below) / within).clamp(0.0, 1.0),
            Self::Pert(pert) => pert.cdf(x),
            Self::Exponential { mean } => 1.0 - exp(-x.max(0.0) / mean),
            Self::Discrete { values, cumulative } => {
                let i = values.partition_point(|value| *value <= x);
                i.checked_sub(1).map_or(0.0, |i| cumulative[i])
            }
            Self::Mixture(mixture) => mixture.cdf(x),
        }
    }

    /// The probability of one value alone.
    fn atom(&self, x: f64) -> f64 {
        match self {
            Self::Discrete { values, .. } if values.contains(&x) => {
                self.cdf(x) - self.cdf(x.next_down())
            }
            Self::Normal { sd, .. } if *sd == 0.0 => self.cdf(x) - self.cdf(x.next_down()),
            Self::Lognormal { log_sd, .. } if *log_sd == 0.0 => {
                self.cdf(x) - self.cdf(x.next_down())
            }
            _ => 0.0,
        }
    }

    /// The ends of a bounded distribution.
    fn bounds(&self) -> Vec<f64> {
        let (low, high) = match self {
            Self::Uniform { low, high } | Self::Triangular { low, high, .. } => (*low, *high),
            Self::Truncated { low, high, .. } => (*low, *high),
            Self::Pert(pert) => pert.ends(),
            Self::Exponential { .. } => (0.0, f64::INFINITY),
            Self::Lognormal { shift, .. } => (*shift, f64::INFINITY),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        };
        [low, high]
            .into_iter()
            .filter(|end| end.is_finite())
            .collect()
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
        let lognormal =
            Distribution::shifted_lognormal_through(0.0, (5.0, 30.0), (95.0, 50.0)).unwrap();
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
        let skewed =
            Distribution::shifted_lognormal_through(0.0, (50.0, 2.0), (90.0, 5.0)).unwrap();
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

    /// The probability below quantiles is the one asked for, tails included.
    fn inverts(distribution: &Distribution, tolerance: f64) {
        let mut before = f64::NEG_INFINITY;
        for i in 1..2000 {
            let u = f64::from(i) / 2000.0;
            let x = distribution.quantile(u);
            assert!(x >= before, "{u}: {x} after {before}");
            before = x;
            let found = distribution.0.cdf(x);
            assert!((found - u).abs() < tolerance, "{u}: {found} at {x}");
        }
    }

    #[test]
    fn a_pert_has_its_quantiles_and_its_mean() {
        for (low, mode, high) in [
            (0.0, 0.5, 1.0),
            (2.0, 2.0, 5.0),
            (-1.0, 3.0, 3.0),
            (10.0, 12.0, 30.0),
        ] {
            let pert = Distribution::pert(low, mode, high).unwrap();
            inverts(&pert, 2e-9);
            let count = 20_000;
            let at = |i: u32| pert.quantile((f64::from(i) + 0.5) / f64::from(count));
            let mean = (0..count).map(at).sum::<f64>() / f64::from(count);
            let exact = (low + 4.0 * mode + high) / 6.0;
            assert!((mean - exact).abs() < 1e-4 * (high - low), "{mean} {exact}");
            let (least, most) = pert.range();
            assert!(least >= low && most <= high);
        }
        // Of a beta distribution of 3 and 3: x³ (10 − 15 x + 6 x²).
        let symmetric = Distribution::pert(0.0, 0.5, 1.0).unwrap();
        assert!((symmetric.median() - 0.5).abs() < 1e-12);
        let x = symmetric.quantile(0.001);
        let below = x.powi(3) * (10.0 - 15.0 * x + 6.0 * x * x);
        assert!((below / 0.001 - 1.0).abs() < 1e-8);
        assert!((symmetric.at_normal(1.0) + symmetric.at_normal(-1.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_cut_keeps_its_shape_within_its_ends() {
        let share = Distribution::normal(0.2, 0.1).unwrap();
        let cut = share.clone().truncated(0.0, 0.3).unwrap();
        inverts(&cut, 1e-12);
        let (low, high) = cut.range();
        assert!(0.0 <= low && high <= 0.3);
        // From Φ(−2) to Φ(1), half-way.
        let middle = 0.5 * (normal_cdf(-2.0) + normal_cdf(1.0));
        assert!((cut.median() - share.quantile(middle)).abs() < 1e-12);
        let skewed = Distribution::lognormal(3.0, 2.0).unwrap();
        inverts(
            &skewed.clone().truncated(1.0, f64::INFINITY).unwrap(),
            1e-12,
        );
        let far = skewed.truncated(1e6, f64::INFINITY);
        assert_eq!(far, Err(DistributionError::NothingLeft));
    }

    #[test]
    fn a_shifted_lognormal_is_one_above_its_shift() {
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-12;
        let plain = Distribution::lognormal(2.0, 1.5).unwrap();
        let shifted = Distribution::shifted_lognormal(5.0, 7.0, 1.5).unwrap();
        for u in [0.01, 0.5, 0.99] {
            assert!(close(shifted.quantile(u), 5.0 + plain.quantile(u)));
        }
        let through =
            Distribution::shifted_lognormal_through(5.0, (5.0, 6.0), (95.0, 9.0)).unwrap();
        assert!(close(through.quantile(0.05), 6.0) && close(through.quantile(0.95), 9.0));
        let below = Distribution::shifted_lognormal(5.0, 4.0, 1.0);
        assert_eq!(below, Err(DistributionError::NoMean));
    }

    #[test]
    fn a_mixture_is_what_its_parts_add_up_to() {
        let normal = Distribution::normal(2.0, 0.5).unwrap();
        let gap = Distribution::uniform(10.0, 11.0).unwrap();
        let skewed = Distribution::lognormal(3.0, 2.0).unwrap();
        let pert = Distribution::pert(0.0, 1.0, 6.0).unwrap();
        let parts = vec![(1.0, normal), (1.0, gap), (1.5, skewed), (0.5, pert)];
        let mixture = Distribution::mixture(parts).unwrap();
        inverts(&mixture, 1e-12);
        let coin = Distribution::discrete(&[0.0, 5.0], &[1.0, 1.0]).unwrap();
        let line = Distribution::uniform(4.0, 6.0).unwrap();
        let both = Distribution::mixture(vec![(1.0, coin), (1.0, line)]).unwrap();
        // A quarter at 0, a quarter from 4 to 5, a quarter at 5, a quarter from 5 to 6.
        assert_eq!(both.quantile(0.2), 0.0);
        assert!((both.quantile(0.375) - 4.5).abs() < 1e-12);
        assert_eq!((both.quantile(0.51), both.quantile(0.74)), (5.0, 5.0));
        assert!((both.quantile(0.875) - 5.5).abs() < 1e-12);
        let nested = Distribution::mixture(vec![(1.0, both)]);
        assert_eq!(nested, Err(DistributionError::MixtureOfMixtures));
    }

    #[test]
    fn every_violated_condition_has_its_error() {
        use DistributionError as E;
        let d = Distribution::uniform;
        assert_eq!(d(1.0, 1.0), Err(E::EmptyRange));
        assert_eq!(d(f64::NAN, 1.0), Err(E::NotFinite));
        assert_eq!(Distribution::triangular(0.0, 2.0, 1.0), Err(E::ModeOutside));
        assert_eq!(Distribution::normal(0.0, -1.0), Err(E::NegativeDeviation));
        let through = |a, b| Distribution::shifted_lognormal_through(0.0, a, b);
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
