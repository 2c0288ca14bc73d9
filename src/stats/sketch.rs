//! Quantiles of any number of values in bounded memory.

/// A log-linear histogram: every power of two is cut into 1,024 equal cells,
/// found by a shift of the number's bits. Zero has a cell of its own.
///
/// Merging adds counts, so any order of merging gives the same sketch. A
/// quantile is off by at most the width of its cell, 2⁻¹⁰ < 0.1 % of its value;
/// the least and the greatest value are exact, so that mass at a cap, or a sample
/// of equal values, is reported without error. Values below 10⁻²⁵⁰ count as zero.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// Key of the first cell of `counts`.
    first_key: u64,
    counts: Vec<u64>,
    zeros: u64,
    min: f64,
    max: f64,
}

/// Cells for each power of two.
const CELLS: u64 = 1 << CELL_BITS;
const CELL_BITS: u32 = 10;
const SHIFT: u32 = 52 - CELL_BITS;
/// Below this a value counts as zero: far below any amount, above the subnormals.
const TINY: f64 = 1e-250;
/// Values looked through at a time for those between zero and the maximum.
const PASS: usize = 64;

impl Default for Sketch {
    fn default() -> Self {
        Self {
            first_key: 0,
            counts: Vec::new(),
            zeros: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Sketch {
    /// Adds values, each finite and not negative.
    ///
    /// Values at zero and at the row's maximum are counted by comparison: once a
    /// cap is reached whole rows stand there, and adding one by one to a single
    /// counter would wait for the memory each time.
    #[inline(always)]
    pub fn record(&mut self, values: &[f64]) {
        if values.is_empty() {
            return;
        }
        let extent = Extent::of(values);
        debug_assert!(extent.min >= 0.0 && extent.max < f64::INFINITY);
        self.min = lesser(self.min, extent.min);
        self.max = greater(self.max, extent.max);
        self.zeros += extent.zeros as u64;
        if extent.max < TINY {
            return;
        }
        self.cover(key(extent.least_positive), key(extent.max));
        let apart = extent.zeros + extent.at_max;
        let first_key = self.first_key;
        let counts = &mut self.counts[..];
        if extent.zeros == 0 && apart < values.len() / 8 {
            for &value in values {
                counts[(key(value) - first_key) as usize] += 1;
            }
            return;
        }
        counts[(key(extent.max) - first_key) as usize] += extent.at_max as u64;
        if apart == values.len() {
            return;
        }
        let mut between = [0; PASS];
        for chunk in values.chunks(PASS) {
            let mut found = 0;
            for &value in chunk {
                between[found] = (key(value).wrapping_sub(first_key)) as u32;
                found += usize::from((value >= TINY) & (value < extent.max));
            }
            for &cell in &between[..found] {
                counts[cell as usize] += 1;
            }
        }
    }

    /// Makes room for the keys from `low` to `high`, whole powers of two at a time.
    fn cover(&mut self, low: u64, high: u64) {
        let low = low / CELLS * CELLS;
        let end = (high / CELLS + 1) * CELLS;
        if self.counts.is_empty() {
            self.first_key = low;
        }
        if low < self.first_key {
            let missing = (self.first_key - low) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first_key = low;
        }
        let length = (end - self.first_key) as usize;
        if length > self.counts.len() {
            self.counts.resize(length, 0);
        }
    }

    /// Adds another sketch's values.
    pub fn merge(&mut self, other: &Self) {
        self.zeros += other.zeros;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if other.counts.is_empty() {
            return;
        }
        let end = other.first_key + other.counts.len() as u64;
        self.cover(other.first_key, end - 1);
        let offset = (other.first_key - self.first_key) as usize;
        for (mine, theirs) in self.counts[offset..].iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.zeros + self.counts.iter().sum::<u64>()
    }

    /// The quantile at `q` in (0, 1]: the least value *x* with at least `q` of all
    /// values at or below *x*; `None` for an empty sketch.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        // The tolerance keeps 0.05 × 20 = 1.0000000000000002 at rank 1.
        let rank = ((q * count as f64 * (1.0 - 1e-15)).ceil() as u64).clamp(1, count);
        if rank <= self.zeros {
            return Some(0.0);
        }
        let mut below = self.zeros;
        for (i, &cell) in self.counts.iter().enumerate() {
            if rank <= below + cell {
                let key = self.first_key + i as u64;
                return Some(self.within(key, (rank - below) as f64 - 0.5, cell as f64));
            }
            below += cell;
        }
        Some(self.max)
    }

    /// The value at a position of a cell: the extreme of the whole sample where
    /// the cell holds one, else values spread evenly over the cell.
    fn within(&self, key: u64, position: f64, count: f64) -> f64 {
        let (low, high) = cell(key);
        if self.max < high {
            self.max
        } else if self.min >= low {
            self.min
        } else {
            low + (high - low) * (position / count)
        }
    }

    /// The number of values below `x`, taking the values of a cell as spread
    /// evenly over it.
    pub fn count_below(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        let mut below = self.zeros as f64;
        for (i, &count) in self.counts.iter().enumerate() {
            let (low, high) = cell(self.first_key + i as u64);
            if high <= x {
                below += count as f64;
            } else {
                let part = ((x - low) / (high - low)).max(0.0);
                return below + part * count as f64;
            }
        }
        below
    }

    /// The least value, if any.
    pub fn min(&self) -> Option<f64> {
        self.min.is_finite().then_some(self.min)
    }

    /// The greatest value, if any.
    pub fn max(&self) -> Option<f64> {
        self.max.is_finite().then_some(self.max)
    }
}

/// What one pass over some values tells about them.
struct Extent {
    min: f64,
    max: f64,
    /// The least value that does not count as zero; infinite if all do.
    least_positive: f64,
    zeros: usize,
    at_max: usize,
}

impl Extent {
    #[inline(always)]
    fn of(values: &[f64]) -> Self {
        const WIDTH: usize = 8;
        let mut min = [f64::INFINITY; WIDTH];
        let mut max = [f64::NEG_INFINITY; WIDTH];
        let mut positive = [f64::INFINITY; WIDTH];
        let (chunks, rest) = values.as_chunks::<WIDTH>();
        let mut see = |i: usize, value: f64| {
            let shifted = if value < TINY { f64::INFINITY } else { value };
            min[i] = lesser(min[i], value);
            max[i] = greater(max[i], value);
            positive[i] = lesser(positive[i], shifted);
        };
        for chunk in chunks {
            for (i, value) in chunk.iter().enumerate() {
                see(i, *value);
            }
        }
        for (i, value) in rest.iter().enumerate() {
            see(i, *value);
        }
        let max = max.into_iter().fold(f64::NEG_INFINITY, greater);
        let (mut zeros, mut at_max) = (0, 0);
        for &value in values {
            zeros += usize::from(value < TINY);
            at_max += usize::from((value == max) & (value >= TINY));
        }
        Self {
            min: min.into_iter().fold(f64::INFINITY, lesser),
            max,
            least_positive: positive.into_iter().fold(f64::INFINITY, lesser),
            zeros,
            at_max,
        }
    }
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
fn key(value: f64) -> u64 {
    value.to_bits() >> SHIFT
}

/// Lower end (inclusive) and upper end of a cell.
fn cell(key: u64) -> (f64, f64) {
    (
        f64::from_bits(key << SHIFT),
        f64::from_bits((key + 1) << SHIFT),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spread-out sample in no particular order.
    fn sample(n: u32) -> Vec<f64> {
        (0..n)
            .map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 8) / 1e4 + 0.001)
            .collect()
    }

    #[test]
    fn quantiles_are_within_a_tenth_of_a_percent_of_the_exact_ones() {
        let values = sample(20_000);
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let mut sketch = Sketch::default();
        sketch.record(&values);
        for percent in 1..100 {
            let exact = sorted[(f64::from(percent) / 100.0 * 20_000.0) as usize - 1];
            let quantile = sketch.quantile(f64::from(percent) / 100.0).unwrap();
            assert!((quantile / exact - 1.0).abs() <= 1.0 / 1024.0);
        }
    }

    #[test]
    fn merging_in_any_order_gives_the_same_quantiles() {
        let values = sample(5_000);
        let (mut forward, mut backward) = (Sketch::default(), Sketch::default());
        let parts: Vec<Sketch> = values
            .chunks(700)
            .map(|part| {
                let mut sketch = Sketch::default();
                sketch.record(part);
                sketch
            })
            .collect();
        parts.iter().for_each(|part| forward.merge(part));
        parts.iter().rev().for_each(|part| backward.merge(part));
        for q in [0.001, 0.05, 0.5, 0.95, 0.999] {
            assert_eq!(forward.quantile(q), backward.quantile(q));
        }
        assert_eq!(forward.count(), 5_000);
    }

    #[test]
    fn mass_at_zero_and_at_the_greatest_value_is_exact() {
        let mut sketch = Sketch::default();
        sketch.record(&[0.0, 0.0, 0.0, 37.99, 38.0, 38.0, 38.0, 38.0, 38.0, 38.0]);
        assert_eq!(sketch.quantile(0.3), Some(0.0));
        assert_eq!(sketch.quantile(0.5), Some(38.0));
        assert_eq!(sketch.quantile(0.95), Some(38.0));
        assert_eq!(sketch.min(), Some(0.0));
        let mut constant = Sketch::default();
        constant.record(&[5.5; 7]);
        assert_eq!(constant.quantile(0.05), Some(5.5));
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    #[test]
    fn counts_below_interpolate_in_a_cell() {
        let mut sketch = Sketch::default();
        sketch.record(&sample(10_000));
        let half = sketch.quantile(0.5).unwrap();
        assert!((sketch.count_below(half) / 10_000.0 - 0.5).abs() < 0.001);
        assert_eq!(sketch.count_below(0.0), 0.0);
    }
}
