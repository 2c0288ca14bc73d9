//! How much of an output's variance each input explains.
//!
//! For an output *f* of independent groups of inputs with variance *V*, a group's
//! *first-order index* is Var(E[f | group]) / V, what it explains alone, and its
//! *total index* is 1 − Var(E[f | all others]) / V, interactions included. Both
//! come from two independent samples *A* and *B* of all inputs and, for each
//! group, *A* with that group taken from *B*:
//!
//! - first order (Saltelli et al. 2010, centred): mean of (f(B) − f₀)·(f(A_B) − f(A)),
//! - total (Jansen 1999): half the mean of (f(A) − f(A_B))²,
//!
//! each over *V*. Estimates of small indices may be negative; they are reported
//! as they are, with their errors.

use super::MeanEstimate;
use super::rounding::{beyond_rounding, size_of};

/// Sums over some points of one replicate, of one output.
#[derive(Clone, Debug)]
pub struct IndexSums {
    /// Subtracted from every output, so that few digits cancel: the first one.
    origin: Option<f64>,
    count: f64,
    /// The largest output.
    size: f64,
    /// Of f(A) and f(B) together.
    sum: f64,
    squares: f64,
    groups: Vec<GroupSums>,
}

/// Sums of one group; `change` is f(A_B) − f(A).
#[derive(Clone, Copy, Debug, Default)]
struct GroupSums {
    change: f64,
    change_by_second: f64,
    change_squared: f64,
}

/// The indices of one group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Indices {
    /// First-order index.
    pub first_order: MeanEstimate,
    /// Total index.
    pub total: MeanEstimate,
}

/// The indices of every group.
#[derive(Clone, Debug, PartialEq)]
pub struct Decomposition {
    /// Variance of the output.
    pub variance: MeanEstimate,
    /// One for each group.
    pub groups: Vec<Indices>,
    /// What no group explains alone: 1 less all first-order indices.
    pub interactions: MeanEstimate,
}

impl IndexSums {
    /// No points yet.
    pub fn new(groups: usize) -> Self {
        Self {
            origin: None,
            count: 0.0,
            size: 0.0,
            sum: 0.0,
            squares: 0.0,
            groups: vec![GroupSums::default(); groups],
        }
    }

    /// Adds points: the output at *A*, at *B*, and for each group at *A* with that
    /// group from *B*.
    ///
    /// # Panics
    /// If the outputs differ in number.
    pub fn add<'a>(
        &mut self,
        first: &[f64],
        second: &[f64],
        swapped: impl IntoIterator<Item = &'a [f64]>,
    ) {
        assert_eq!(first.len(), second.len());
        let Some(&start) = first.first() else {
            return;
        };
        let origin = *self.origin.get_or_insert(start);
        self.count += first.len() as f64;
        self.size = self.size.max(size_of(first)).max(size_of(second));
        for value in first.iter().chain(second) {
            let value = value - origin;
            self.sum += value;
            self.squares += value * value;
        }
        let mut groups = self.groups.iter_mut();
        for outputs in swapped {
            let group = groups.next().expect("one set of outputs for each group");
            assert_eq!(outputs.len(), first.len());
            for ((a, b), swapped) in first.iter().zip(second).zip(outputs) {
                let change = swapped - a;
                group.change += change;
                group.change_by_second += change * (b - origin);
                group.change_squared += change * change;
            }
        }
        assert!(groups.next().is_none(), "a group has no outputs");
    }

    /// Mean of the output.
    fn mean(&self) -> f64 {
        self.origin.unwrap_or(0.0) + self.centre()
    }

    /// Mean of the output, less the origin.
    fn centre(&self) -> f64 {
        self.sum / (2.0 * self.count)
    }

    /// 0 where the outputs differ by no more than the rounding of the largest.
    fn variance(&self) -> f64 {
        let centre = self.centre();
        let variance = (self.squares / (2.0 * self.count) - centre * centre).max(0.0);
        match beyond_rounding(variance.sqrt(), self.size) {
            0.0 => 0.0,
            _ => variance,
        }
    }

    /// The variance group `i` explains alone, and with interactions.
    fn explained(&self, i: usize) -> (f64, f64) {
        let group = &self.groups[i];
        let alone = (group.change_by_second - self.centre() * group.change) / self.count;
        (alone, 0.5 * group.change_squared / self.count)
    }
}

impl Decomposition {
    /// The indices from the sums of independent replicates, at least two, of one
    /// number of points; `None` where the output is the same at every point
    /// but for its rounding.
    ///
    /// Indices are ratios of means over all replicates; their errors come from the
    /// spread of the replicates' residuals (the delta method).
    pub fn new(replicates: &[IndexSums]) -> Option<Self> {
        let variances: Vec<f64> = replicates.iter().map(IndexSums::variance).collect();
        let variance = MeanEstimate::of(&variances);
        if variance.mean <= 0.0 {
            return None;
        }
        let count = replicates.first()?.groups.len();
        let of_all = |i: usize| replicates.iter().map(move |sums| sums.explained(i));
        let groups = (0..count).map(|i| {
            let (alone, total): (Vec<f64>, Vec<f64>) = of_all(i).unzip();
            Indices {
                first_order: MeanEstimate::of_ratio(&alone, &variances),
                total: MeanEstimate::of_ratio(&total, &variances),
            }
        });
        let rest = replicates.iter().zip(&variances).map(|(sums, variance)| {
            let alone = (0..count).map(|i| sums.explained(i).0);
            variance - alone.sum::<f64>()
        });
        let rest: Vec<f64> = rest.collect();
        Some(Self {
            variance,
            groups: groups.collect(),
            interactions: MeanEstimate::of_ratio(&rest, &variances),
        })
    }
}

/// Sums of one output in each of several cases at the same points of one replicate, and of
/// its mean over them by their probabilities.
#[derive(Clone, Debug)]
pub struct MixtureSums {
    cases: Vec<IndexSums>,
    mean: IndexSums,
}

impl MixtureSums {
    /// No points yet, of so many cases and groups.
    pub fn new(cases: usize, groups: usize) -> Self {
        Self {
            cases: vec![IndexSums::new(groups); cases],
            mean: IndexSums::new(groups),
        }
    }

    /// Adds points: of each case the output at *A*, at *B* and, for each group, at *A* with
    /// that group from *B*; `weights` are the cases' probabilities.
    ///
    /// # Panics
    /// If the outputs differ in number.
    pub fn add(&mut self, weights: &[f64], outputs: &[Vec<&[f64]>]) {
        for (sums, rows) in self.cases.iter_mut().zip(outputs) {
            sums.add(rows[0], rows[1], rows[2..].iter().copied());
        }
        let means: Vec<Vec<f64>> = (0..outputs[0].len())
            .map(|row| {
                let at = |lane: usize| {
                    let terms = weights.iter().zip(outputs);
                    terms.map(|(weight, rows)| weight * rows[row][lane]).sum()
                };
                (0..outputs[0][row].len()).map(at).collect()
            })
            .collect();
        let swapped = means[2..].iter().map(Vec::as_slice);
        self.mean.add(&means[0], &means[1], swapped);
    }
}

impl Decomposition {
    /// The indices of a mixture of cases, drawn beside all else by their probabilities
    /// `weights`: first those of which case comes, then those of each group. With *f̄* the
    /// mean over cases at a point, a group explains alone what it explains of *f̄* alone, and
    /// with interactions what it does in each case, by probability; the case explains
    /// alone the variance of the cases' means, and with interactions what *f̄* does not.
    /// `None` where the output is the same at every point in every case but for its
    /// rounding.
    pub fn of_mixture(weights: &[f64], replicates: &[MixtureSums]) -> Option<Self> {
        let over = |of: &dyn Fn(&IndexSums) -> f64, sums: &MixtureSums| -> f64 {
            let terms = weights.iter().zip(&sums.cases);
            terms.map(|(weight, own)| weight * of(own)).sum()
        };
        let between = |sums: &MixtureSums| {
            let mean = over(&IndexSums::mean, sums);
            over(&|own| (own.mean() - mean) * (own.mean() - mean), sums)
        };
        let variance = |sums: &MixtureSums| over(&IndexSums::variance, sums) + between(sums);
        let each =
            |of: &dyn Fn(&MixtureSums) -> f64| -> Vec<f64> { replicates.iter().map(of).collect() };
        let variances = each(&variance);
        let whole = MeanEstimate::of(&variances);
        if whole.mean <= 0.0 {
            return None;
        }
        let part = |explained: &dyn Fn(&MixtureSums) -> f64| {
            MeanEstimate::of_ratio(&each(explained), &variances)
        };
        let count = replicates.first()?.mean.groups.len();
        let case = Indices {
            first_order: part(&between),
            total: part(&|sums| variance(sums) - sums.mean.variance()),
        };
        let groups = (0..count).map(|i| Indices {
            first_order: part(&|sums| sums.mean.explained(i).0),
            total: part(&|sums| over(&|own| own.explained(i).1, sums)),
        });
        let rest = part(&|sums| {
            let alone: f64 = (0..count).map(|i| sums.mean.explained(i).0).sum();
            variance(sums) - between(sums) - alone
        });
        Some(Self {
            variance: whole,
            groups: std::iter::once(case).chain(groups).collect(),
            interactions: rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// f = 3x in one case of probability ¼, 4 + x + y in the other, on fair coins: by hand.
    #[test]
    fn a_mixture_has_the_indices_of_its_case_and_its_groups() {
        let corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)];
        let cases = [|x: f64, _: f64| 3.0 * x, |x: f64, y: f64| 4.0 + x + y];
        let weights = [0.25, 0.75];
        let mut sums = MixtureSums::new(2, 2);
        for (x, y) in corners {
            for (u, v) in corners {
                let rows = cases.map(|f| [f(x, y), f(u, v), f(u, y), f(x, v)]);
                let outputs: Vec<Vec<&[f64]>> = rows
                    .iter()
                    .map(|rows| rows.iter().map(std::slice::from_ref).collect())
                    .collect();
                sums.add(&weights, &outputs);
            }
        }
        let found = Decomposition::of_mixture(&weights, &[sums.clone(), sums]).unwrap();
        // Means 1.5 and 5, variances 2.25 and 0.5.
        let between = 0.25 * 0.75 * 3.5 * 3.5;
        let variance = between + 0.25 * 2.25 + 0.75 * 0.5;
        assert!((found.variance.mean - variance).abs() < 1e-12);
        // The mean over cases is 1.5 x + 0.75 y + 3.
        let of_mean = [1.5 * 1.5 / 4.0, 0.75 * 0.75 / 4.0];
        let totals = [0.25 * 2.25 + 0.75 * 0.25, 0.75 * 0.25];
        let wanted = [
            (between, variance - of_mean[0] - of_mean[1]),
            (of_mean[0], totals[0]),
            (of_mean[1], totals[1]),
        ];
        for (found, (alone, total)) in found.groups.iter().zip(wanted) {
            assert!(
                (found.first_order.mean - alone / variance).abs() < 1e-12,
                "{found:?}"
            );
            assert!(
                (found.total.mean - total / variance).abs() < 1e-12,
                "{found:?}"
            );
            assert_eq!(found.total.std_error, 0.0);
        }
    }

    /// f = 3x + y on fair coins: by hand, every point with every other.
    #[test]
    fn a_complete_sample_gives_exact_indices() {
        let corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)];
        let f = |x: f64, y: f64| 1e9 + 3.0 * x + y;
        let mut sums = IndexSums::new(2);
        for (x, y) in corners {
            for (u, v) in corners {
                sums.add(&[f(x, y)], &[f(u, v)], [&[f(u, y)][..], &[f(x, v)]]);
            }
        }
        let found = Decomposition::new(&[sums.clone(), sums]).unwrap();
        assert_eq!(found.variance.mean, 2.5);
        for (group, exact) in found.groups.iter().zip([0.9, 0.1]) {
            assert!((group.first_order.mean - exact).abs() < 1e-12);
            assert!((group.total.mean - exact).abs() < 1e-12);
            assert_eq!(group.total.std_error, 0.0);
        }
        assert!(found.interactions.mean.abs() < 1e-12);
    }

    #[test]
    fn a_constant_has_no_indices() {
        let mut sums = IndexSums::new(1);
        sums.add(&[2.0, 2.0], &[2.0, 2.0], [&[2.0, 2.0][..]]);
        assert_eq!(Decomposition::new(&[sums.clone(), sums]), None);
        // Sums of the same numbers in two orders.
        let (a, b) = (0.1 + 0.2 + 0.3, 0.1 + (0.2 + 0.3));
        assert_ne!(a, b);
        let mut sums = IndexSums::new(1);
        sums.add(&[a, b], &[b, b], [&[b, a][..]]);
        assert_eq!(Decomposition::new(&[sums.clone(), sums]), None);
    }
}
