//! Count, mean and sum of squared deviations, updated in blocks.

use crate::math::fma;
use serde::{Deserialize, Serialize};

/// Count, mean and centred second moment of a sample.
///
/// Blocks are reduced in two passes and merged by the update of Chan, Golub and
/// LeVeque (1983), so that a sample of equal numbers has a variance of exactly 0
/// and no cancellation occurs where the mean is large.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

/// Independent partial sums: wide enough for the widest vector registers, and
/// fixed, so that the order of additions is the same on every machine.
const WIDTH: usize = 8;

impl Moments {
    /// The mean of each replicate; where they have unequally many values, as of what only
    /// some paths have, linearised about the mean over all (the delta method), so that
    /// their spread is that of a ratio.
    pub fn means(replicates: impl Iterator<Item = Self>) -> Vec<f64> {
        let replicates: Vec<Self> = replicates.collect();
        let mut all = Self::default();
        replicates.iter().for_each(|own| all.merge(own));
        let each = all.count() / replicates.len() as f64;
        let is_even = replicates.iter().all(|own| own.count() == each);
        let mean = |own: &Self| match is_even {
            true => own.mean(),
            false if own.count() == 0.0 => all.mean(),
            false => all.mean() + (own.mean() - all.mean()) * own.count() / each,
        };
        replicates.iter().map(mean).collect()
    }

    /// The moments of one block.
    #[inline(always)]
    pub fn of(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let count = values.len() as f64;
        // Deviations from the first value, so that equal values give an exact mean.
        let origin = values[0];
        let mean = origin + sum_by(values, |x| x - origin) / count;
        let squares = sum_by(values, |x| (x - mean) * (x - mean));
        Self {
            count,
            mean,
            squares,
        }
    }

    /// Adds another sample's moments. The result depends on the order of merging
    /// in the last bits; callers merge in a fixed order.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            *self = *other;
            return;
        }
        let count = self.count + other.count;
        let delta = other.mean - self.mean;
        let weight = other.count / count;
        self.mean += delta * weight;
        self.squares += other.squares + delta * delta * self.count * weight;
        self.count = count;
    }

    /// The moments of `factor` times the values.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self {
            count: self.count,
            mean: factor * self.mean,
            squares: factor * factor * self.squares,
        }
    }

    /// The moments of the values with their signs turned.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self {
            // The zero that is not below zero.
            mean: 0.0 - self.mean,
            ..*self
        }
    }

    /// The moments of `limit` less each value, all at most `limit`.
    #[must_use]
    pub fn lacking(&self, limit: f64) -> Self {
        Self {
            mean: (limit - self.mean).max(0.0),
            ..*self
        }
    }

    /// The moments of `count` equal values.
    pub fn constant(value: f64, count: u64) -> Self {
        Self {
            count: count as f64,
            mean: value,
            squares: 0.0,
        }
    }

    /// Number of values.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// Their mean; 0 for none.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Sample variance, with count − 1; 0 for fewer than two values.
    pub fn variance(&self) -> f64 {
        if self.count < 2.0 {
            0.0
        } else {
            self.squares / (self.count - 1.0)
        }
    }
}

/// Sums over values that come row by row: moments and extremes in one pass.
///
/// Deviations are taken from the first value: it lies within a few standard
/// deviations of the mean, so hardly any digits cancel, and a sample of equal
/// values has exactly its value as mean and no variance.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Running {
    sum: [f64; WIDTH],
    squares: [f64; WIDTH],
    min: [f64; WIDTH],
    max: [f64; WIDTH],
    origin: f64,
    count: u64,
}

impl Default for Running {
    fn default() -> Self {
        Self {
            origin: 0.0,
            count: 0,
            sum: [0.0; WIDTH],
            squares: [0.0; WIDTH],
            min: [f64::INFINITY; WIDTH],
            max: [f64::NEG_INFINITY; WIDTH],
        }
    }
}

impl Running {
    /// Adds values.
    #[inline(always)]
    pub fn add(&mut self, values: &[f64]) {
        let Some(&first) = values.first() else {
            return;
        };
        if self.count == 0 {
            self.origin = first;
        }
        self.count += values.len() as u64;
        let origin = self.origin;
        let (chunks, rest) = values.as_chunks::<WIDTH>();
        // Two loops of two accumulators each become vector code, one of four does not.
        let (mut sum, mut squares) = (self.sum, self.squares);
        for chunk in chunks {
            let deviation = chunk.map(|value| value - origin);
            sum = paired(sum, deviation, |sum, x| sum + x);
            squares = paired(squares, deviation, |sum, x| fma(x, x, sum));
        }
        (self.sum, self.squares) = (sum, squares);
        let (mut min, mut max) = (self.min, self.max);
        for chunk in chunks {
            min = paired(min, *chunk, lesser);
            max = paired(max, *chunk, greater);
        }
        (self.min, self.max) = (min, max);
        for (i, &value) in rest.iter().enumerate() {
            let deviation = value - origin;
            self.sum[i] += deviation;
            self.squares[i] = fma(deviation, deviation, self.squares[i]);
            self.min[i] = lesser(self.min[i], value);
            self.max[i] = greater(self.max[i], value);
        }
    }

    /// The moments of all values added.
    pub fn moments(&self) -> Moments {
        if self.count == 0 {
            return Moments::default();
        }
        let count = self.count as f64;
        let sum = folded(self.sum, |a, b| a + b);
        let squares = folded(self.squares, |a, b| a + b);
        let shift = sum / count;
        Moments {
            count,
            mean: self.origin + shift,
            squares: (squares - sum * shift).max(0.0),
        }
    }

    /// The least and the greatest value added; infinite the wrong way for none.
    pub fn range(&self) -> (f64, f64) {
        (folded(self.min, lesser), folded(self.max, greater))
    }
}

#[inline(always)]
fn paired(a: [f64; WIDTH], b: [f64; WIDTH], f: impl Fn(f64, f64) -> f64) -> [f64; WIDTH] {
    let mut out = a;
    for i in 0..WIDTH {
        out[i] = f(a[i], b[i]);
    }
    out
}

/// Folds in halves.
fn folded(x: [f64; WIDTH], f: impl Fn(f64, f64) -> f64) -> f64 {
    let y: [f64; 4] = std::array::from_fn(|i| f(x[i], x[i + 4]));
    f(f(y[0], y[2]), f(y[1], y[3]))
}

/// The lesser of two numbers that are not NaN, in one instruction.
#[inline(always)]
fn lesser(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// The greater of two numbers that are not NaN, in one instruction.
#[inline(always)]
fn greater(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

#[inline(always)]
fn sum_by(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let mut partial = [0.0; WIDTH];
    let chunks = values.chunks_exact(WIDTH);
    let rest = chunks.remainder();
    for chunk in chunks {
        for i in 0..WIDTH {
            partial[i] += f(chunk[i]);
        }
    }
    let mut sum = 0.0;
    for part in partial {
        sum += part;
    }
    for &value in rest {
        sum += f(value);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_blocks_gives_the_moments_of_the_whole() {
        let values: Vec<f64> = (0..1000).map(|i| 1e9 + f64::from(i % 17)).collect();
        let mut merged = Moments::default();
        for block in values.chunks(61) {
            merged.merge(&Moments::of(block));
        }
        let mean = 1e9 + values.iter().map(|v| v - 1e9).sum::<f64>() / 1000.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 999.0;
        assert_eq!(merged.count(), 1000.0);
        assert!((merged.mean() - mean).abs() < 1e-6);
        assert!((merged.variance() / variance - 1.0).abs() < 1e-9);
    }

    #[test]
    fn running_sums_agree_with_blocks() {
        let values: Vec<f64> = (0..999).map(|i| 1e6 + f64::from(i * i % 37)).collect();
        let mut running = Running::default();
        values.chunks(64).for_each(|row| running.add(row));
        let (one, two) = (running.moments(), Moments::of(&values));
        assert!((one.mean() / two.mean() - 1.0).abs() < 1e-15);
        assert!((one.variance() / two.variance() - 1.0).abs() < 1e-12);
        assert_eq!(running.range(), (1e6, 1e6 + 36.0));
        let mut equal = Running::default();
        equal.add(&[0.1; 64]);
        equal.add(&[0.1; 5]);
        assert_eq!(equal.moments().mean(), 0.1);
        assert_eq!(equal.moments().variance(), 0.0);
    }

    #[test]
    fn equal_values_have_no_variance() {
        let block = Moments::of(&[0.1; 37]);
        let mut merged = block;
        merged.merge(&block);
        assert_eq!(merged.mean(), 0.1);
        assert_eq!(merged.variance(), 0.0);
        assert_eq!(Moments::of(&[]).variance(), 0.0);
    }
}
