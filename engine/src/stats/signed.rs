//! Quantiles of values of either sign.

use serde::{Deserialize, Serialize};

use super::counter::PackedCounter;
use super::rank::rank;
use super::{Axis, Counter, Outline, Quantile, Sketch};

/// The distribution of values of either sign: two sketches, one of what is above
/// zero and one of what is below, each of which counts the other's values as zero.
#[derive(Clone, Debug)]
pub struct SignedSketch {
    above: Sketch,
    below: Sketch,
    negatives: u64,
}

/// Counts values of either sign.
#[derive(Clone, Debug)]
pub struct SignedCounter {
    above: Counter,
    below: Counter,
    negatives: u64,
}

/// Counts the values of one replicate in outline, of either sign or not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SignedOutline {
    above: Outline,
    below: Outline,
}

impl SignedOutline {
    /// Those above zero and those below, each of which takes the other's values as zero.
    pub fn parts(&mut self) -> [&mut Outline; 2] {
        [&mut self.above, &mut self.below]
    }

    /// Where values that are not negative are counted.
    pub fn amounts(&mut self) -> &mut Outline {
        &mut self.above
    }

    /// What is counted of values that are not negative.
    pub fn into_amounts(self) -> Outline {
        self.above
    }

    /// Adds the counts of the same replicate by another worker.
    pub fn merge(&mut self, other: &Self) {
        self.above.merge(&other.above);
        self.below.merge(&other.below);
    }
}

impl Default for SignedCounter {
    fn default() -> Self {
        Self {
            above: Counter::new(),
            below: Counter::new(),
            negatives: 0,
        }
    }
}

/// See [`PackedCounter`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackedSigned {
    above: PackedCounter,
    below: PackedCounter,
    negatives: u64,
}

impl From<PackedSigned> for SignedCounter {
    fn from(packed: PackedSigned) -> Self {
        Self {
            above: packed.above.into(),
            below: packed.below.into(),
            negatives: packed.negatives,
        }
    }
}

impl SignedCounter {
    /// See [`Counter::pack`].
    pub fn pack(counters: &[Self]) -> PackedSigned {
        let above: Vec<Counter> = counters.iter().map(|c| c.above.clone()).collect();
        let below: Vec<Counter> = counters.iter().map(|c| c.below.clone()).collect();
        PackedSigned {
            above: Counter::pack(&above),
            below: Counter::pack(&below),
            negatives: counters.iter().map(|counter| counter.negatives).sum(),
        }
    }

    /// The counts above zero and those below, each of which takes the other's values,
    /// and zeros, as zero.
    pub fn parts(&mut self) -> [&mut Counter; 2] {
        [&mut self.above, &mut self.below]
    }

    /// Notes how many of the values counted are below zero.
    pub fn add_negatives(&mut self, count: u64) {
        self.negatives += count;
    }

    /// Takes note of the least and the greatest of some values counted.
    pub fn see(&mut self, min: f64, max: f64) {
        self.above.see(min.max(0.0), max.max(0.0));
        self.below.see((-max).max(0.0), (-min).max(0.0));
    }

    /// Counts values, at most 64, each finite.
    #[cfg(test)]
    pub fn add(&mut self, values: &[f64]) {
        let mut part = [0.0; 64];
        for (counter, sign) in [(&mut self.above, 1.0), (&mut self.below, -1.0)] {
            let (mut min, mut max) = (f64::INFINITY, 0.0f64);
            for (part, value) in part.iter_mut().zip(values) {
                *part = (sign * value).max(0.0);
                min = min.min(*part);
                max = max.max(*part);
            }
            counter.add_values(Axis::Log, &part[..values.len()]);
            counter.see(min, max);
        }
        self.negatives += values.iter().filter(|value| **value < 0.0).count() as u64;
    }

    /// See [`Counter::spill`].
    pub fn spill(&mut self) {
        self.above.spill();
        self.below.spill();
    }
}

impl SignedSketch {
    /// The values of all counters.
    pub fn new(counters: Vec<SignedCounter>) -> Self {
        let negatives = counters.iter().map(|counter| counter.negatives).sum();
        let parts = counters
            .into_iter()
            .map(|counter| (counter.above, counter.below));
        let (above, below) = parts.unzip();
        Self {
            above: Sketch::new(Axis::Log, above, &[]),
            below: Sketch::new(Axis::Log, below, &[]),
            negatives,
        }
    }

    /// The distribution of the values with their signs turned.
    #[must_use]
    pub fn mirrored(self) -> Self {
        let positives = self.count() - self.above.count_at(0.0) as u64;
        Self {
            above: self.below,
            below: self.above,
            negatives: positives,
        }
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.above.count()
    }

    /// The quantile at `q` in (0, 1], as [`Sketch::quantile`]; `None` for no value.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.at_rank(rank(q, count)))
    }

    /// See [`Sketch::count_below`].
    pub fn count_below(&self, x: f64) -> f64 {
        match x > 0.0 {
            true => self.above.count_below(x),
            false if x == 0.0 => self.negatives as f64,
            // What lies below counts the others as zero, and from the other end.
            false => self.count() as f64 - self.below.count_below(-x),
        }
    }

    /// See [`Sketch::below`].
    pub(super) fn below(&self, x: f64) -> f64 {
        match x > 0.0 {
            true => self.above.below(x),
            false if x == 0.0 => self.negatives as f64,
            false => self.count() as f64 - self.below.below(-x),
        }
    }

    /// See [`Sketch::count_at`].
    pub(super) fn count_at(&self, x: f64) -> f64 {
        match x == 0.0 {
            true => self.above.count_at(0.0) - self.negatives as f64,
            false => 0.0,
        }
    }

    /// See [`Sketch::replicates`].
    pub(super) fn replicates(&self) -> usize {
        self.above.replicates().max(self.below.replicates())
    }

    /// See [`Sketch::parts_below`].
    pub(super) fn parts_below(&self, x: f64, or_at: bool, replicates: usize) -> Option<Vec<f64>> {
        if x > 0.0 || x == 0.0 && or_at {
            return self.above.parts_below(x, or_at, replicates);
        }
        let beyond = self.below.parts_below(-x, !or_at, replicates)?;
        Some(beyond.into_iter().map(|beyond| 1.0 - beyond).collect())
    }

    /// See [`Sketch::tell_apart`].
    pub fn tell_apart(&mut self, replicates: Vec<SignedOutline>) {
        let (above, below) = replicates.into_iter().map(|o| (o.above, o.below)).unzip();
        self.above.tell_apart(above);
        self.below.tell_apart(below);
    }

    /// The quantile at `q` in (0, 1] with its standard error: see
    /// [`Sketch::estimate`].
    pub fn estimate(&self, q: f64) -> Option<Quantile> {
        let count = self.count();
        let rank = rank(q, count);
        let errors = match rank > self.negatives {
            true => self.above.errors(rank)?,
            false => self.below.errors(count + 1 - rank)?.mirrored(count),
        };
        Some(errors.quantile(rank, count, |rank| self.at_rank(rank)))
    }

    /// The value of `rank`, 1 for the least of all.
    fn at_rank(&self, rank: u64) -> f64 {
        if rank > self.negatives {
            return self.above.at_rank(rank);
        }
        // Ranks are counted from the other end.
        -self.below.at_rank(self.count() + 1 - rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_either_sign() {
        let values: Vec<f64> = (-400..600).map(|i| f64::from(i) * 0.37).collect();
        let mut counters = [SignedCounter::default(), SignedCounter::default()];
        for (i, chunk) in values.chunks(50).enumerate() {
            counters[i % 2].add(chunk);
        }
        let sketch = SignedSketch::new(counters.to_vec());
        assert_eq!(sketch.count(), 1000);
        for rank in [1, 20, 200, 399, 400, 401, 402, 700, 1000] {
            let exact = values[rank - 1];
            let found = sketch.quantile(rank as f64 / 1000.0).unwrap();
            let allowed = exact.abs() / 1024.0;
            assert!((found - exact).abs() <= allowed, "{rank}: {found} {exact}");
        }
        for (x, exact) in [(-500.0, 0.0), (-37.0, 300.0), (0.0, 400.0), (74.0, 600.0)] {
            let found = sketch.count_below(x);
            assert!((found - exact).abs() <= 2.0, "{x}: {found} {exact}");
        }
        let none = SignedSketch::new(Vec::new());
        assert_eq!(none.quantile(0.5), None);
    }
}
