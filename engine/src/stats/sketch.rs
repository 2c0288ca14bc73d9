//! Quantiles of any number of values in bounded memory.

use std::sync::Arc;

use super::Axis;
use super::cells::Cells;
use super::counter::Counter;
use super::outline::{Errors, Outline, Quantile};
use super::rank::rank;

/// The distribution of some values, from counts in the cells of an [`Axis`].
///
/// Counts add up the same in any order, so the sketch does not depend on how the
/// values were shared out. A quantile is off by at most the width of its cell,
/// 2⁻¹⁰ < 0.1 % of its value; zero, the limit and the least and the greatest
/// value are exact, so that mass at a cap, or a sample of equal values, is
/// reported without error. Values below 10⁻²⁵⁰ count as zero.
///
/// Quantities that are a multiple of one counted, or what it lacks to a fixed
/// limit, read the same counts: [`scaled`](Self::scaled), [`lacking`](Self::lacking).
#[derive(Clone, Debug)]
pub struct Sketch {
    counts: Arc<Counts>,
    reading: Reading,
    min: f64,
    max: f64,
}

/// What a value counted stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reading {
    /// Itself times a factor.
    Times(f64),
    /// What it lacks to the axis' limit.
    Lacking,
}

#[derive(Debug)]
struct Counts {
    axis: Axis,
    cells: Cells,
    zeros: u64,
    at_limit: u64,
    total: u64,
    /// Those of each replicate, where they are told apart.
    replicates: Vec<Outline>,
}

/// Where the value of some rank stands.
enum Place {
    Zero,
    Limit,
    /// A cell and how far into it, 0 to 1.
    Cell(u32, f64),
}

impl Sketch {
    /// The values of all `counters`, of one axis. `base` holds counters whose
    /// counts are added; its extremes are not those of the sketch.
    pub fn new(axis: Axis, counters: Vec<Counter>, base: &[&Counter]) -> Self {
        let all = || counters.iter().chain(base.iter().copied());
        let zeros = all().map(Counter::zeros).fold(0, u64::wrapping_add);
        let at_limit = all().map(Counter::at_limit).sum::<u64>();
        let (min, max) = counters.iter().map(Counter::range).fold(
            (f64::INFINITY, f64::NEG_INFINITY),
            |(min, max), (low, high)| (min.min(low), max.max(high)),
        );
        let cells = Cells::new(counters, base);
        let total = zeros + at_limit + cells.total();
        Self {
            counts: Arc::new(Counts {
                axis,
                cells,
                zeros,
                at_limit,
                total,
                replicates: Vec::new(),
            }),
            reading: Reading::Times(1.0),
            min,
            max,
        }
    }

    /// Tells the values of each replicate apart, which gives quantiles their errors.
    ///
    /// # Panics
    /// If another sketch reads the same counts already.
    pub fn tell_apart(&mut self, replicates: Vec<Outline>) {
        let counts = Arc::get_mut(&mut self.counts).expect("a sketch of its own");
        counts.replicates = replicates;
    }

    /// The distribution of `count` equal values, each zero or more.
    pub fn constant(value: f64, count: u64) -> Self {
        let mut counter = Counter::new();
        if value > 0.0 {
            counter.add_at_limit(count);
        } else {
            counter.add_zeros(count as i64);
        }
        counter.see(value, value);
        let axis = Axis::TwoSided { limit: value };
        Self::new(axis, vec![counter], &[])
    }

    /// The distribution of `factor` times the values, for a factor above 0.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let mut scaled = self.read_in_units_of(factor);
        scaled.min *= factor;
        scaled.max *= factor;
        scaled
    }

    /// The same distribution where its values were counted in units of `unit`:
    /// cells are to be multiplied by it, extremes are not.
    #[must_use]
    pub fn read_in_units_of(&self, unit: f64) -> Self {
        let Reading::Times(before) = self.reading else {
            unreachable!("what is lacking is not scaled");
        };
        Self {
            reading: Reading::Times(before * unit),
            ..self.clone()
        }
    }

    /// The distribution of what the values lack to the limit of their two-sided axis.
    #[must_use]
    pub fn lacking(&self) -> Self {
        let limit = self.counts.axis.limit();
        Self {
            counts: Arc::clone(&self.counts),
            reading: Reading::Lacking,
            min: limit - self.max,
            max: limit - self.min,
        }
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.counts.total
    }

    /// The quantile at `q` in (0, 1]: the least value *x* with at least `q` of all
    /// values at or below *x*; `None` for an empty sketch.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.at_rank(rank(q, count)))
    }

    /// The value of `rank`, 1 for the least of all and at most their number.
    pub(super) fn at_rank(&self, rank: u64) -> f64 {
        let counts = &self.counts;
        match self.reading {
            Reading::Times(factor) => match counts.place(rank) {
                Place::Zero => 0.0,
                Place::Limit => factor * counts.axis.limit(),
                Place::Cell(key, part) => {
                    let (low, high) = counts.axis.cell(key);
                    self.within(factor * low, factor * high, part)
                }
            },
            Reading::Lacking => match counts.place(counts.total + 1 - rank) {
                Place::Zero => counts.axis.limit(),
                Place::Limit => 0.0,
                Place::Cell(key, part) => {
                    let (low, high) = counts.axis.lacking(key);
                    self.within(low, high, 1.0 - part)
                }
            },
        }
    }

    /// The quantile at `q` in (0, 1] with its standard error; `None` for an empty
    /// sketch and where replicates are not told apart.
    pub fn estimate(&self, q: f64) -> Option<Quantile> {
        let count = self.count();
        let rank = rank(q, count);
        let errors = self.errors(rank)?;
        Some(errors.quantile(rank, count, |rank| self.at_rank(rank)))
    }

    /// The errors of the parts of all values below that of a rank and up to it.
    pub(super) fn errors(&self, rank: u64) -> Option<Errors> {
        let counts = &self.counts;
        if counts.total == 0 || (counts.replicates.is_empty() && !self.is_constant()) {
            return None;
        }
        Some(match self.reading {
            Reading::Times(_) => counts.errors(rank),
            Reading::Lacking => {
                let errors = counts.errors(counts.total + 1 - rank);
                errors.mirrored(counts.total)
            }
        })
    }

    /// Whether all values are one.
    fn is_constant(&self) -> bool {
        self.min >= self.max
    }

    /// The value at a part of a cell: the extreme of the whole sample where the
    /// cell holds one, else values spread evenly over the cell.
    fn within(&self, low: f64, high: f64, part: f64) -> f64 {
        if self.max < high {
            self.max
        } else if self.min >= low {
            self.min
        } else {
            low + (high - low) * part
        }
    }

    /// The number of values below `x`, taking the values of a cell as spread
    /// evenly over it.
    pub fn count_below(&self, x: f64) -> f64 {
        let counts = &self.counts;
        let limit = counts.axis.limit();
        let below = |(low, high): (f64, f64), count: u64| {
            let part = (x - low) / (high - low);
            part.clamp(0.0, 1.0) * count as f64
        };
        let point = |value: f64, count: u64| if value < x { count as f64 } else { 0.0 };
        let filled = counts.cells.filled();
        match self.reading {
            Reading::Times(factor) => {
                let cells = filled.map(|(key, count)| {
                    let (low, high) = counts.axis.cell(key);
                    below((factor * low, factor * high), count)
                });
                point(0.0, counts.zeros)
                    + point(factor * limit, counts.at_limit)
                    + cells.sum::<f64>()
            }
            Reading::Lacking => {
                let cells = filled.map(|(key, count)| below(counts.axis.lacking(key), count));
                point(limit, counts.zeros) + point(0.0, counts.at_limit) + cells.sum::<f64>()
            }
        }
    }

    /// The same, from the one cell that `x` falls into.
    pub(super) fn below(&self, x: f64) -> f64 {
        let counts = &self.counts;
        if self.is_constant() {
            return if self.min < x {
                counts.total as f64
            } else {
                0.0
            };
        }
        match self.reading {
            Reading::Times(factor) => counts.below(x / factor, false),
            Reading::Lacking => {
                let total = counts.total as f64;
                total - counts.below(counts.axis.limit() - x, true)
            }
        }
    }

    /// The number of values equal to `x`, of those that many share.
    pub(super) fn count_at(&self, x: f64) -> f64 {
        let counts = &self.counts;
        if self.is_constant() {
            return if self.min == x {
                counts.total as f64
            } else {
                0.0
            };
        }
        let limit = counts.axis.limit();
        let (zero, top) = match self.reading {
            Reading::Times(factor) => (0.0, factor * limit),
            Reading::Lacking => (limit, 0.0),
        };
        let of = |atom: f64, count: u64| if x == atom { count as f64 } else { 0.0 };
        of(zero, counts.zeros) + of(top, counts.at_limit)
    }

    /// The values that many share.
    pub(super) fn atoms(&self) -> Vec<f64> {
        let counts = &self.counts;
        if self.is_constant() {
            return vec![self.min];
        }
        let limit = counts.axis.limit();
        let (zero, top) = match self.reading {
            Reading::Times(factor) => (0.0, factor * limit),
            Reading::Lacking => (limit, 0.0),
        };
        let zeros = (counts.zeros > 0).then_some(zero);
        zeros
            .into_iter()
            .chain((counts.at_limit > 0).then_some(top))
            .collect()
    }

    /// How many replicates are told apart.
    pub(super) fn replicates(&self) -> usize {
        self.counts.replicates.len()
    }

    /// The part of the values of each replicate below `x`, or not above it; `None` where
    /// they are not told apart and not all one.
    pub(super) fn parts_below(&self, x: f64, or_at: bool, replicates: usize) -> Option<Vec<f64>> {
        if self.is_constant() {
            let is_below = self.min < x || or_at && self.min == x;
            return Some(vec![f64::from(u8::from(is_below)); replicates]);
        }
        let counts = &self.counts;
        if counts.replicates.is_empty() {
            return None;
        }
        Some(match self.reading {
            Reading::Times(factor) => counts.parts_below(x / factor, or_at),
            Reading::Lacking => {
                let above = counts.parts_below(counts.axis.limit() - x, !or_at);
                above.into_iter().map(|above| 1.0 - above).collect()
            }
        })
    }

    /// The least value, if any.
    pub fn min(&self) -> Option<f64> {
        (self.count() > 0).then_some(self.min)
    }

    /// The greatest value, if any.
    pub fn max(&self) -> Option<f64> {
        (self.count() > 0).then_some(self.max)
    }
}

impl Counts {
    /// The number of counted values below one, or not above it, those of a cell taken as
    /// spread evenly over it.
    fn below(&self, value: f64, or_at: bool) -> f64 {
        let limit = self.axis.limit();
        if value < 0.0 || value == 0.0 && !or_at {
            return 0.0;
        }
        if value >= limit {
            let is_beyond = value > limit || or_at;
            let left_out = if is_beyond { 0 } else { self.at_limit };
            return (self.total - left_out) as f64;
        }
        let Some(key) = self.axis.key(value) else {
            return self.zeros as f64;
        };
        let (low, high) = self.axis.cell(key);
        let (before, here) = self.cells.below(key);
        let part = ((value - low) / (high - low)).clamp(0.0, 1.0);
        (self.zeros + before) as f64 + part * here as f64
    }

    /// The part of each replicate's counted values below one, or not above it.
    fn parts_below(&self, value: f64, or_at: bool) -> Vec<f64> {
        let of = |counted: &dyn Fn(&Outline) -> f64| -> Vec<f64> {
            let replicates = self.replicates.iter();
            replicates.map(|own| counted(own) / own.total()).collect()
        };
        let limit = self.axis.limit();
        if value < 0.0 || value == 0.0 && !or_at {
            return of(&|_| 0.0);
        }
        if value >= limit {
            return match value > limit || or_at {
                true => of(&Outline::total),
                false => of(&Outline::below_limit),
            };
        }
        let Some(key) = self.axis.key(value) else {
            return of(&Outline::zeros);
        };
        // The values of all replicates say where in the outline's cell it stands.
        let cell = key / Outline::WIDTH;
        let first = cell * Outline::WIDTH;
        let (before, _) = self.cells.below(first);
        let (next, _) = self.cells.below(first + Outline::WIDTH);
        let below = self.below(value, or_at) - (self.zeros + before) as f64;
        let all = (next - before) as f64;
        let part = if all > 0.0 {
            (below / all).clamp(0.0, 1.0)
        } else {
            0.0
        };
        of(&|outline| outline.below(cell, part))
    }

    /// Where the value of `rank` stands, 1 for the least of all.
    fn place(&self, rank: u64) -> Place {
        if rank <= self.zeros {
            return Place::Zero;
        }
        let Some(found) = self.cells.ranked(rank - self.zeros) else {
            return Place::Limit;
        };
        let into = (rank - self.zeros - found.below) as f64 - 0.5;
        Place::Cell(found.key, into / found.count as f64)
    }

    /// The errors of the parts of all values below that of a rank and up to it, from
    /// how much the replicates differ; none where they are not told apart.
    fn errors(&self, rank: u64) -> Errors {
        let of = |counted: &dyn Fn(&Outline) -> f64| match self.replicates.as_slice() {
            [] => 0.0,
            replicates => Errors::of(replicates, counted),
        };
        match self.place(rank) {
            Place::Zero => Errors {
                below: 0.0,
                until: of(&Outline::zeros),
                spread: None,
            },
            Place::Limit => Errors {
                below: of(&Outline::below_limit),
                until: 0.0,
                spread: None,
            },
            Place::Cell(key, part) => {
                // The values of all replicates say where in the outline's cell it stands.
                let cell = key / Outline::WIDTH;
                let within = self
                    .cells
                    .filled()
                    .filter(|(k, _)| k / Outline::WIDTH == cell);
                let (mut below, mut all) = (0.0, 0.0);
                for (other, count) in within {
                    let count = count as f64;
                    all += count;
                    if other < key {
                        below += count;
                    } else if other == key {
                        below += part * count;
                    }
                }
                let error = of(&|outline| outline.below(cell, below / all));
                Errors {
                    below: error,
                    until: error,
                    spread: Some((self.zeros + 1, self.total - self.at_limit)),
                }
            }
        }
    }
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

    fn count(axis: Axis, values: &[f64]) -> Counter {
        let mut counter = Counter::new();
        for &value in values {
            counter.see(value, value);
            match axis.key(value) {
                Some(key) => counter.add(key, 1),
                None if value == 0.0 => counter.add_zeros(1),
                None => counter.add_at_limit(1),
            }
        }
        counter
    }

    fn sketch(axis: Axis, values: &[f64]) -> Sketch {
        let counter = count(axis, values);
        Sketch::new(axis, vec![counter], &[])
    }

    #[test]
    fn quantiles_are_within_a_tenth_of_a_percent_of_the_exact_ones() {
        let values = sample(20_000);
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let plain = sketch(Axis::Log, &values);
        let scaled = plain.scaled(0.2);
        let limit = 2000.0;
        let two_sided = sketch(Axis::TwoSided { limit }, &values);
        let lacking = two_sided.lacking();
        for percent in 1..100 {
            let q = f64::from(percent) / 100.0;
            let rank = (q * 20_000.0) as usize;
            let (exact, mirrored) = (sorted[rank - 1], limit - sorted[20_000 - rank]);
            let near = |value: Option<f64>, exact: f64| {
                assert!((value.unwrap() / exact - 1.0).abs() <= 1.0 / 1024.0);
            };
            near(plain.quantile(q), exact);
            near(scaled.quantile(q), 0.2 * exact);
            near(two_sided.quantile(q), exact);
            near(lacking.quantile(q), mirrored);
        }
    }

    #[test]
    fn counters_add_up_in_any_order() {
        let values = sample(5_000);
        let parts: Vec<Counter> = values
            .chunks(700)
            .map(|part| count(Axis::Log, part))
            .collect();
        let forward = Sketch::new(Axis::Log, parts.clone(), &[]);
        let reversed = parts.iter().rev().cloned().collect();
        let backward = Sketch::new(Axis::Log, reversed, &[]);
        for q in [0.001, 0.05, 0.5, 0.95, 0.999] {
            assert_eq!(forward.quantile(q), backward.quantile(q));
        }
        assert_eq!(forward.count(), 5_000);
    }

    #[test]
    fn what_is_taken_out_of_a_base_is_gone() {
        let values = sample(1_000);
        let base = count(Axis::Log, &values);
        let mut part = Counter::new();
        for &value in &values[400..] {
            part.add(Axis::Log.key(value).unwrap(), -1);
        }
        part.spill();
        for &value in &values[..400] {
            part.see(value, value);
        }
        let rest = Sketch::new(Axis::Log, vec![part], &[&base]);
        let direct = sketch(Axis::Log, &values[..400]);
        assert_eq!(rest.count(), 400);
        for q in [0.01, 0.5, 1.0] {
            assert_eq!(rest.quantile(q), direct.quantile(q));
        }
    }

    #[test]
    fn mass_at_zero_and_at_the_limit_is_exact() {
        let axis = Axis::TwoSided { limit: 38.0 };
        let values = [0.0, 0.0, 0.0, 37.99, 38.0, 38.0, 38.0, 38.0, 38.0, 38.0];
        let paid = sketch(axis, &values);
        assert_eq!(paid.quantile(0.3), Some(0.0));
        assert_eq!(paid.quantile(0.5), Some(38.0));
        assert_eq!(paid.quantile(0.95), Some(38.0));
        assert_eq!(paid.min(), Some(0.0));
        let headroom = paid.lacking();
        assert_eq!(headroom.quantile(0.6), Some(0.0));
        assert_eq!(headroom.quantile(0.8), Some(38.0));
        assert_eq!(headroom.count_below(38.0), 7.0);
        let constant = sketch(Axis::Log, &[5.5; 7]);
        assert_eq!(constant.quantile(0.05), Some(5.5));
        assert_eq!(constant.scaled(2.0).quantile(1.0), Some(11.0));
        assert_eq!(sketch(Axis::Log, &[]).quantile(0.5), None);
        assert_eq!(Sketch::constant(38.0, 3).quantile(0.5), Some(38.0));
        assert_eq!(Sketch::constant(0.0, 3).quantile(0.5), Some(0.0));
    }

    #[test]
    fn counts_below_interpolate_in_a_cell() {
        let sketch = sketch(Axis::Log, &sample(10_000));
        let half = sketch.quantile(0.5).unwrap();
        assert!((sketch.count_below(half) / 10_000.0 - 0.5).abs() < 0.001);
        assert_eq!(sketch.count_below(0.0), 0.0);
    }
}
