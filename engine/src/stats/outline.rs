//! What single replicates make of a distribution, and so how far its quantiles are
//! to be trusted.

use serde::{Deserialize, Serialize};

use super::counter::TINY;
use super::{Axis, MeanEstimate};
use crate::math::fma;

/// Counts of the values of one replicate by key of an [`Axis`], in cells 16 keys wide:
/// enough to tell by how much it differs from all replicates, in little memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outline {
    /// The first cell: a key divided by [`Outline::WIDTH`].
    first: u32,
    counts: Vec<u32>,
    zeros: u64,
    at_limit: u64,
}

/// A quantile of a sample with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// The quantile.
    pub value: f64,
    /// How far it would scatter if the run were repeated with other seeds.
    pub std_error: f64,
}

impl Outline {
    /// Keys in a cell: a power of two.
    pub const WIDTH: u32 = 16;

    /// Counts a value by its key.
    #[inline(always)]
    pub fn add(&mut self, key: u32) {
        let cell = key / Self::WIDTH;
        match self.counts.get_mut(cell.wrapping_sub(self.first) as usize) {
            Some(count) => *count += 1,
            None => self.add_beyond(key),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_beyond(&mut self, key: u32) {
        if key < TINY {
            self.zeros += 1;
            return;
        }
        let cell = key / Self::WIDTH;
        self.cover(cell, cell);
        self.counts[(cell - self.first) as usize] += 1;
    }

    /// Makes room for cells from `first` to `last`.
    fn cover(&mut self, first: u32, last: u32) {
        if self.counts.is_empty() {
            self.first = first;
        }
        let missing = self.first.saturating_sub(first);
        self.counts
            .splice(0..0, std::iter::repeat_n(0, missing as usize));
        self.first -= missing;
        let needed = (last - self.first) as usize + 1;
        self.counts.resize(needed.max(self.counts.len()), 0);
    }

    /// Counts values that are zero.
    pub fn add_zeros(&mut self, count: u64) {
        self.zeros += count;
    }

    /// Counts values at the end of an axis that have no key: zeros, or those at the
    /// limit of a two-sided one.
    pub fn add_at_end(&mut self, axis: Axis, count: u64) {
        match axis {
            Axis::Log => self.zeros += count,
            Axis::TwoSided { .. } => self.at_limit += count,
        }
    }

    /// Counts values, each finite and not negative.
    pub fn add_values(&mut self, axis: Axis, values: &[f64]) {
        for value in values {
            match axis.key(*value) {
                Some(key) => self.add(key),
                None => self.add_at_end(axis, 1),
            }
        }
    }

    /// Adds the counts of the same replicate by another worker.
    pub fn merge(&mut self, other: &Self) {
        self.zeros += other.zeros;
        self.at_limit += other.at_limit;
        if let Some(beyond) = other.counts.len().checked_sub(1) {
            self.cover(other.first, other.first + beyond as u32);
            let start = (other.first - self.first) as usize;
            let own = self.counts[start..].iter_mut();
            own.zip(&other.counts).for_each(|(own, new)| *own += new);
        }
    }

    /// Number of values.
    pub(super) fn total(&self) -> f64 {
        let inside = self.counts.iter().map(|count| u64::from(*count));
        (inside.sum::<u64>() + self.zeros + self.at_limit) as f64
    }

    /// Number of zeros.
    pub(super) fn zeros(&self) -> f64 {
        self.zeros as f64
    }

    /// Number of values below the limit.
    pub(super) fn below_limit(&self) -> f64 {
        self.total() - self.at_limit as f64
    }

    /// Number of values below a part of a cell, 0 to 1.
    pub(super) fn below(&self, cell: u32, part: f64) -> f64 {
        let at = cell.saturating_sub(self.first) as usize;
        let (before, from) = self.counts.split_at(at.min(self.counts.len()));
        let before: u64 = before.iter().map(|count| u64::from(*count)).sum();
        let here = match from.first() {
            Some(count) if cell >= self.first => f64::from(*count),
            _ => 0.0,
        };
        fma(part, here, before as f64) + self.zeros as f64
    }
}

/// The density around a quantile is taken over at least so large a part of the values
/// on either side, so that few of them do not decide it.
pub const LEAST_WINDOW: f64 = 0.01;

/// The standard errors of the part of all values that lies below a value, and of the
/// part that lies there or below; they differ where many values are equal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Errors {
    pub below: f64,
    pub until: f64,
    /// The first and the last of the ranks around whose values are spread out; `None`
    /// of a value that many are equal to.
    pub spread: Option<(u64, u64)>,
}

impl Errors {
    /// From how many values of each replicate count.
    pub fn of(outlines: &[Outline], counted: impl Fn(&Outline) -> f64) -> f64 {
        let all: Vec<f64> = outlines.iter().map(Outline::total).collect();
        let counted: Vec<f64> = outlines.iter().map(counted).collect();
        MeanEstimate::of_ratio(&counted, &all).std_error
    }

    /// The same of what lies above, seen from the other end of `count` values.
    pub fn mirrored(self, count: u64) -> Self {
        Self {
            below: self.until,
            until: self.below,
            spread: self.spread.map(|(a, b)| (count + 1 - b, count + 1 - a)),
        }
    }

    /// The quantile of a rank among `count` values in order, `at` giving that of any
    /// rank, with its error: that of the part of values below over the density, which
    /// is that of two such errors on either side or of [`LEAST_WINDOW`].
    pub fn quantile(self, rank: u64, count: u64, at: impl Fn(u64) -> f64) -> Quantile {
        let between = |position: f64| {
            let position = position.clamp(1.0, count as f64);
            let (low, part) = (position.floor(), position.fract());
            let value = at(low as u64);
            match part > 0.0 {
                true => fma(part, at(low as u64 + 1) - value, value),
                false => value,
            }
        };
        let (centre, all) = (rank as f64, count as f64);
        let std_error = match self.spread {
            Some((first, last)) => {
                let reach = all * LEAST_WINDOW.max(2.0 * self.below);
                let low = (centre - reach).max(first as f64);
                let high = (centre + reach).min(last as f64);
                match high > low {
                    true => self.below * all * (between(high) - between(low)) / (high - low),
                    false => 0.0,
                }
            }
            None => {
                let low = between(centre - 2.0 * self.below * all);
                let high = between(centre + 2.0 * self.until * all);
                (high - low) / 4.0
            }
        };
        Quantile {
            value: at(rank),
            std_error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_count_what_they_are_given_in_any_order() {
        let axis = Axis::TwoSided { limit: 38.0 };
        let values: Vec<f64> = (0..4000)
            .map(|i| f64::from(i * 37 % 4000) / 100.0)
            .collect();
        let values: Vec<f64> = values.iter().map(|x| x.min(38.0)).collect();
        let of = |values: &[f64]| {
            let mut outline = Outline::default();
            outline.add_values(axis, values);
            outline
        };
        let whole = of(&values);
        let mut parts = of(&values[..1000]);
        parts.merge(&of(&values[1000..]));
        parts.merge(&Outline::default());
        for outline in [&whole, &parts] {
            assert_eq!((outline.total(), outline.zeros()), (4000.0, 1.0));
            assert_eq!(outline.below_limit(), 3800.0);
            for value in [0.5, 7.0, 20.0, 37.9] {
                let below = outline.below(axis.key(value).unwrap() / Outline::WIDTH, 0.5);
                assert!(
                    (below - 100.0 * value).abs() <= 0.02 * 4000.0,
                    "{value} {below}"
                );
            }
        }
        assert_eq!(whole.below(0, 0.5), 1.0);
        assert_eq!(whole.below(u32::MAX, 0.5), 3800.0);
    }

    #[test]
    fn the_error_of_a_quantile_is_that_of_its_part_over_the_density() {
        let errors = |spread| Errors {
            below: 0.01,
            until: 0.01,
            spread,
        };
        // Values 0.1, 0.2, … 100: a density of one in a thousand for each 0.1.
        let all = errors(Some((1, 1000)));
        let found = all.quantile(500, 1000, |rank| rank as f64 / 10.0);
        assert_eq!(found.value, 50.0);
        assert!((found.std_error - 1.0).abs() < 1e-12);
        // Below a mass the density is that of the values below it.
        let mass = |rank: u64| if rank > 300 { 38.0 } else { rank as f64 / 10.0 };
        let found = errors(Some((1, 300))).quantile(295, 1000, mass);
        assert!((found.std_error - 1.0).abs() < 1e-12, "{found:?}");
        // Deep in it there is no error, at its edge there is.
        assert_eq!(errors(None).quantile(500, 1000, mass).std_error, 0.0);
        assert!(errors(None).quantile(310, 1000, mass).std_error > 0.0);
    }
}
