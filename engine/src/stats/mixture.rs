//! Distributions of several runs as one: each with a weight.

use super::outline::{LEAST_WINDOW, Quantile};
use super::rank::rank;
use super::{MeanEstimate, SignedSketch, Sketch};

/// Halvings of the bracket of a quantile: to one part in 10¹⁴ of its width.
const HALVINGS: usize = 46;

/// A distribution that quantiles can be asked of.
pub trait Distribution: Clone {
    /// Number of values.
    fn count(&self) -> u64;
    /// See [`Sketch::quantile`].
    fn quantile(&self, q: f64) -> Option<f64>;
    /// See [`Sketch::estimate`].
    fn estimate(&self, q: f64) -> Option<Quantile>;
    /// See [`Sketch::count_below`].
    fn count_below(&self, x: f64) -> f64;
    /// The same, to be asked often.
    fn below(&self, x: f64) -> f64;
    /// The least value, if any.
    fn least(&self) -> Option<f64>;
    /// The number of values equal to `x`, of those that many share: zeros, and those at a
    /// limit.
    fn count_at(&self, x: f64) -> f64;
    /// The values that many share.
    fn atoms(&self) -> Vec<f64>;
    /// The part of the values of each replicate below `x`, or not above it; of values that
    /// are all one, the same for as many replicates as there are. `None` where replicates
    /// are not told apart.
    fn parts_below(&self, x: f64, or_at: bool, replicates: usize) -> Option<Vec<f64>>;
    /// How many replicates are told apart.
    fn replicates(&self) -> usize;
}

/// The distribution of the outcomes of one run, or of several, each with a weight.
///
/// The parts of all values below *x* are Σ wᵢ Fᵢ(x), and a quantile is where that sum
/// reaches it: nothing is drawn to mix them. The error of a quantile is that of the mixed
/// part of each replicate over the mixed density, so that what the runs have in common on
/// the same draws stays in it.
#[derive(Clone, Debug)]
pub struct Mixture<D> {
    parts: Vec<(f64, D)>,
}

impl<D: Distribution> From<D> for Mixture<D> {
    fn from(alone: D) -> Self {
        Self {
            parts: vec![(1.0, alone)],
        }
    }
}

impl<D: Distribution> Mixture<D> {
    /// The mixture of distributions whose runs have weights that add up to one. Where
    /// only some paths have a value, a run weighs as much as those it has.
    pub fn of<'a>(parts: impl IntoIterator<Item = (f64, &'a Self)>) -> Self
    where
        D: 'a,
    {
        let mut all: Vec<(f64, D)> = Vec::new();
        for (weight, part) in parts {
            let count = part.count() as f64;
            let own = part.parts.iter();
            all.extend(own.map(|(w, d)| (weight * count * w, d.clone())));
        }
        let sum: f64 = all.iter().map(|(weight, _)| weight).sum();
        all.retain(|(weight, _)| *weight > 0.0);
        for (weight, _) in &mut all {
            *weight /= sum;
        }
        Self { parts: all }
    }

    /// Number of values, of all parts together.
    pub fn count(&self) -> u64 {
        self.parts.iter().map(|(_, part)| part.count()).sum()
    }

    /// The part of the values below `x`, those of a cell taken as spread evenly over it.
    pub fn part_below(&self, x: f64) -> f64 {
        let part = |(weight, part): &(f64, D)| weight * part.below(x) / part.count() as f64;
        match self.parts.as_slice() {
            [(_, alone)] => alone.count_below(x) / alone.count() as f64,
            parts => parts.iter().map(part).sum(),
        }
    }

    /// The part of the values below `x` or equal to it.
    fn part_until(&self, x: f64) -> f64 {
        let at = |(weight, part): &(f64, D)| weight * part.count_at(x) / part.count() as f64;
        self.part_below(x) + self.parts.iter().map(at).sum::<f64>()
    }

    /// The quantile at `q` in (0, 1]: the least value *x* with at least `q` of all values
    /// at or below *x*; `None` where there is no value.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if let [(_, alone)] = self.parts.as_slice() {
            return alone.quantile(q);
        }
        let each: Option<Vec<f64>> = self.parts.iter().map(|(_, d)| d.quantile(q)).collect();
        let each = each.filter(|each| !each.is_empty())?;
        let mut low = each.iter().copied().fold(f64::INFINITY, f64::min);
        let mut high = each.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // Where many values are equal the quantile is that value, exactly.
        let mut atoms: Vec<f64> = self.parts.iter().flat_map(|(_, d)| d.atoms()).collect();
        atoms.retain(|atom| low <= *atom && *atom <= high);
        atoms.sort_by(f64::total_cmp);
        for atom in atoms {
            if self.part_below(atom) >= q {
                high = high.min(atom);
                break;
            }
            if self.part_until(atom) >= q {
                return Some(atom);
            }
            low = low.max(atom);
        }
        for _ in 0..HALVINGS {
            let middle = low + 0.5 * (high - low);
            if middle <= low || middle >= high {
                break;
            }
            match self.part_below(middle) < q {
                true => low = middle,
                false => high = middle,
            }
        }
        Some(high)
    }

    /// The quantile at `q` in (0, 1] with its standard error; `None` where there is no
    /// value and where replicates are not told apart.
    pub fn estimate(&self, q: f64) -> Option<Quantile> {
        if let [(_, alone)] = self.parts.as_slice() {
            return alone.estimate(q);
        }
        let value = self.quantile(q)?;
        let (below, until) = (self.error(value, false)?, self.error(value, true)?);
        let at = |q: f64| {
            let count = self.count();
            let least = 1.0 / count as f64;
            // The same ranks as those of one distribution.
            let rank = rank(q.clamp(least, 1.0), count);
            self.quantile(rank as f64 / count as f64)
        };
        let has_mass = self.part_until(value) > self.part_below(value);
        let std_error = match has_mass {
            true => (at(q + 2.0 * until)? - at(q - 2.0 * below)?) / 4.0,
            false => {
                let reach = LEAST_WINDOW.max(2.0 * below);
                let (low, high) = ((q - reach).max(0.0), (q + reach).min(1.0));
                below * (at(high)? - at(low)?) / (high - low)
            }
        };
        Some(Quantile { value, std_error })
    }

    /// The standard error of the part of the values below `x`, or not above it.
    fn error(&self, x: f64, or_at: bool) -> Option<f64> {
        Some(error_of(&self.parts_below(x, or_at)?))
    }

    /// The part of the values from `low` to `high`, both included, with its standard error;
    /// the error is `None` where replicates are not told apart.
    pub fn part_within(&self, low: f64, high: f64) -> (f64, Option<f64>) {
        let part = (self.part_until(high) - self.part_below(low)).clamp(0.0, 1.0);
        let error = || {
            let (until, below) = (self.parts_below(high, true)?, self.parts_below(low, false)?);
            let within = until.iter().zip(below).map(|(until, below)| until - below);
            Some(error_of(&within.collect::<Vec<f64>>()))
        };
        (part, error())
    }

    /// The part of the values of each replicate below `x`, or not above it.
    fn parts_below(&self, x: f64, or_at: bool) -> Option<Vec<f64>> {
        let replicates = self.parts.iter().map(|(_, d)| d.replicates()).max()?;
        let mut mixed = vec![0.0; replicates];
        for (weight, part) in &self.parts {
            let parts = part.parts_below(x, or_at, replicates)?;
            if parts.len() != replicates {
                return None;
            }
            let terms = mixed.iter_mut().zip(parts);
            terms.for_each(|(mixed, part)| *mixed += weight * part);
        }
        Some(mixed)
    }

    /// The least value, if any.
    pub fn min(&self) -> Option<f64> {
        let all = self.parts.iter().filter_map(|(_, part)| part.least());
        all.reduce(f64::min)
    }
}

/// The standard error of the mean of replicates; none of no replicates, which is a constant.
fn error_of(replicates: &[f64]) -> f64 {
    match replicates {
        [] => 0.0,
        _ => MeanEstimate::of(replicates).std_error,
    }
}

macro_rules! ask {
    ($own:ty, $self:ident: least $least:expr, atoms $atoms:expr) => {
        impl Distribution for $own {
            fn count(&$self) -> u64 {
                $self.count()
            }

            fn quantile(&$self, q: f64) -> Option<f64> {
                $self.quantile(q)
            }

            fn estimate(&$self, q: f64) -> Option<Quantile> {
                $self.estimate(q)
            }

            fn count_below(&$self, x: f64) -> f64 {
                $self.count_below(x)
            }

            fn below(&$self, x: f64) -> f64 {
                $self.below(x)
            }

            fn count_at(&$self, x: f64) -> f64 {
                $self.count_at(x)
            }

            fn least(&$self) -> Option<f64> {
                $least
            }

            fn atoms(&$self) -> Vec<f64> {
                $atoms
            }

            fn parts_below(&$self, x: f64, or_at: bool, replicates: usize) -> Option<Vec<f64>> {
                $self.parts_below(x, or_at, replicates)
            }

            fn replicates(&$self) -> usize {
                $self.replicates()
            }
        }
    };
}
ask!(Sketch, self: least self.min(), atoms self.atoms());
ask!(SignedSketch, self: least self.quantile(f64::MIN_POSITIVE), atoms vec![0.0]);
