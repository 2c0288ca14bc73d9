//! Count, mean and sum of squared deviations, updated in blocks.

/// Count, mean and centred second moment of a sample.
///
/// Blocks are reduced in two passes and merged by the update of Chan, Golub and
/// LeVeque (1983), so that a sample of equal numbers has a variance of exactly 0
/// and no cancellation occurs where the mean is large.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

/// Independent partial sums: wide enough for the widest vector registers, and
/// fixed, so that the order of additions is the same on every machine.
const WIDTH: usize = 8;

impl Moments {
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
pub struct Running {
    origin: f64,
    count: f64,
    sum: [f64; WIDTH],
    squares: [f64; WIDTH],
    min: [f64; WIDTH],
    max: [f64; WIDTH],
}

impl Default for Running {
    fn default() -> Self {
        Self {
            origin: 0.0,
            count: 0.0,
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
        if self.count == 0.0 {
            self.origin = first;
        }
        self.count += values.len() as f64;
        let mut all = *self;
        let (chunks, rest) = values.as_chunks::<WIDTH>();
        for chunk in chunks {
            for i in 0..WIDTH {
                all.see(i, chunk[i]);
            }
        }
        for (i, value) in rest.iter().enumerate() {
            all.see(i, *value);
        }
        *self = all;
    }

    #[inline(always)]
    fn see(&mut self, i: usize, value: f64) {
        let deviation = value - self.origin;
        self.sum[i] += deviation;
        self.squares[i] = deviation.mul_add(deviation, self.squares[i]);
        // Written as comparisons, so that each is one instruction.
        self.min[i] = if value < self.min[i] {
            value
        } else {
            self.min[i]
        };
        self.max[i] = if value > self.max[i] {
            value
        } else {
            self.max[i]
        };
    }

    /// The moments of all values added.
    pub fn moments(&self) -> Moments {
        if self.count == 0.0 {
            return Moments::default();
        }
        let sum: f64 = self.sum.iter().sum();
        let squares: f64 = self.squares.iter().sum();
        Moments {
            count: self.count,
            mean: self.origin + sum / self.count,
            squares: (squares - sum * (sum / self.count)).max(0.0),
        }
    }

    /// The least and the greatest value added; infinite the wrong way for none.
    pub fn range(&self) -> (f64, f64) {
        (
            self.min.into_iter().fold(f64::INFINITY, f64::min),
            self.max.into_iter().fold(f64::NEG_INFINITY, f64::max),
        )
    }
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
