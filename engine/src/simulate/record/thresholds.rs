//! Sorted thresholds and the quick way to find a number's place among them.

use std::cmp::Ordering;

use crate::math::{fma, kernel};

/// Paths between two neighbouring thresholds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bin {
    /// How many.
    pub count: u64,
    /// The sum of their cumulative revenue.
    pub sum: f64,
}

/// A threshold of cumulative revenue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The least number that reaches it, 0 or more; infinite for never.
    pub least: f64,
    /// The threshold itself, but for what a tie in decimal may be short of it.
    pub threshold: f64,
}

impl Bound {
    fn order(&self, other: &Self) -> Ordering {
        let by_least = self.least.total_cmp(&other.least);
        by_least.then(self.threshold.total_cmp(&other.threshold))
    }
}

/// Distinct finite thresholds in ascending order. Bin *b* holds the numbers that
/// reach the first *b* of them and no more.
#[derive(Clone, Debug)]
pub struct Thresholds {
    bounds: Vec<Bound>,
    /// The least number that reaches each, and an infinite one after the last.
    reaching: Vec<f64>,
    /// For each cell of the numbers up to the last threshold, how many thresholds
    /// every number of the cell reaches at least. The first cell holds all numbers
    /// below that of the first threshold above 0.
    guide: Vec<u32>,
    first_cell: u64,
    shift: u32,
}

/// Up to as many thresholds each is compared with every number, which is faster
/// than looking numbers up.
const FEW: usize = 8;
/// Cells wanted for each threshold: a lookup then rarely steps twice.
const CELLS: u64 = 3;
/// The finest cells: a 65,536th of a power of two.
const FINEST_SHIFT: u32 = 36;

impl Thresholds {
    /// Some thresholds; infinite ones are left out.
    pub fn new(bounds: impl Iterator<Item = Bound>) -> Self {
        let mut bounds: Vec<Bound> = bounds.filter(|bound| bound.least.is_finite()).collect();
        bounds.sort_by(Bound::order);
        bounds.dedup();
        let mut reaching: Vec<f64> = bounds.iter().map(|bound| bound.least).collect();
        // A cell is found from the bits, so from the first number above 0.
        let low = reaching
            .iter()
            .find(|x| **x > 0.0)
            .map_or(0, |x| x.to_bits());
        let high = reaching.last().map_or(0, |x| x.to_bits());
        let mut shift = FINEST_SHIFT;
        while (high >> shift) - (low >> shift) > CELLS * bounds.len() as u64 && shift < 52 {
            shift += 1;
        }
        let first_cell = (low >> shift).saturating_sub(1);
        let cells = (high >> shift) - first_cell + 1;
        let reached_by = |x: f64| reaching.partition_point(|least| *least <= x) as u32;
        let guide = (0..cells)
            .map(|cell| match cell {
                0 => reached_by(0.0),
                _ => reached_by(f64::from_bits((first_cell + cell) << shift)),
            })
            .collect();
        reaching.push(f64::INFINITY);
        Self {
            bounds,
            reaching,
            guide,
            first_cell,
            shift,
        }
    }

    /// Position of a threshold; `None` for an infinite one.
    pub fn rank(&self, bound: Bound) -> Option<usize> {
        self.bounds.binary_search_by(|own| own.order(&bound)).ok()
    }

    /// Number of bins: one more than thresholds.
    pub fn bins(&self) -> usize {
        self.bounds.len() + 1
    }

    /// Number of thresholds.
    pub fn len(&self) -> usize {
        self.bounds.len()
    }

    /// Whether there are so few that numbers are compared with each.
    pub fn are_few(&self) -> bool {
        self.bounds.len() <= FEW
    }

    /// Each threshold, in ascending order.
    pub fn bounds(&self) -> impl Iterator<Item = Bound> {
        self.bounds.iter().copied()
    }

    /// Counts and adds up numbers, 0 or more, in a table of [`bins`](Self::bins)
    /// for [`tail`](Self::tail).
    pub fn count(&self, numbers: &[f64], table: &mut [Bin]) {
        if self.are_few() {
            for (least, bin) in self.reaching.iter().zip(table) {
                let below = below(numbers, *least);
                bin.count += below.count;
                bin.sum += below.sum;
            }
        } else {
            self.count_by_bin(numbers, table);
        }
    }

    fn count_by_bin(&self, numbers: &[f64], table: &mut [Bin]) {
        let all = spread(numbers);
        // Early and late rows lie wholly on one side of all thresholds.
        let bin = self.bin(all.least);
        if bin == self.bin(all.greatest) {
            table[bin].count += numbers.len() as u64;
            table[bin].sum += all.sum;
            return;
        }
        for &x in numbers {
            let bin = &mut table[self.bin(x)];
            bin.count += 1;
            bin.sum += x;
        }
    }

    /// What a table of counts over `paths` numbers says of each threshold.
    pub fn tail(&self, table: &[Bin], paths: f64) -> Tail {
        if self.are_few() {
            return Tail::of(table.iter().copied(), paths);
        }
        let cumulative = table.iter().scan(Bin::default(), |total, bin| {
            total.count += bin.count;
            total.sum += bin.sum;
            Some(*total)
        });
        Tail::of(cumulative, paths)
    }

    #[inline(always)]
    fn bin(&self, x: f64) -> usize {
        let cell = (x.to_bits() >> self.shift).saturating_sub(self.first_cell);
        let cell = (cell as usize).min(self.guide.len() - 1);
        let mut bin = self.guide[cell] as usize;
        // The usual step is no branch: which numbers take it is anyone's guess.
        bin += usize::from(x >= self.reaching[bin]);
        while x >= self.reaching[bin] {
            bin += 1;
        }
        bin
    }
}

/// Independent partial results: always as many, so the same bits on every machine.
const WIDTH: usize = 16;

/// The extremes of some numbers and their sum.
struct Spread {
    least: f64,
    greatest: f64,
    sum: f64,
}

kernel! {
    fn spread(numbers: &[f64]) -> Spread {
        let mut sums = [0.0; WIDTH];
        let mut least = [f64::INFINITY; WIDTH];
        let mut greatest = [0.0; WIDTH];
        let (chunks, rest) = numbers.as_chunks::<WIDTH>();
        let mut add = |l: usize, x: f64| {
            sums[l] += x;
            least[l] = if x < least[l] { x } else { least[l] };
            greatest[l] = if x > greatest[l] { x } else { greatest[l] };
        };
        for chunk in chunks {
            for l in 0..WIDTH {
                add(l, chunk[l]);
            }
        }
        for (l, x) in rest.iter().enumerate() {
            add(l, *x);
        }
        Spread {
            least: least.into_iter().fold(f64::INFINITY, f64::min),
            greatest: greatest.into_iter().fold(0.0, f64::max),
            sum: sums.iter().sum(),
        }
    }
}

kernel! {
    /// How many numbers are less than `least`, and their sum.
    fn below(numbers: &[f64], least: f64) -> Bin {
        let mut sums = [0.0; WIDTH];
        let mut counts = [0_u64; WIDTH];
        let (chunks, rest) = numbers.as_chunks::<WIDTH>();
        // What is not a number is less than nothing.
        let mut last = [f64::NAN; WIDTH];
        last[..rest.len()].copy_from_slice(rest);
        for chunk in chunks.iter().chain([&last]) {
            for l in 0..WIDTH {
                let under = chunk[l] < least;
                sums[l] += if under { chunk[l] } else { 0.0 };
                counts[l] += u64::from(under);
            }
        }
        Bin {
            count: counts.iter().sum(),
            sum: sums.iter().sum(),
        }
    }
}

/// Per path, how many numbers lie at or above each threshold, and the sum of
/// those below it.
pub struct Tail {
    above: Vec<f64>,
    sum_below: Vec<f64>,
    /// The mean of all numbers.
    pub mean: f64,
}

impl Tail {
    /// From what lies below each threshold, and below an infinite one.
    fn of(below: impl Iterator<Item = Bin>, paths: f64) -> Self {
        let mut tail = Self {
            above: Vec::new(),
            sum_below: Vec::new(),
            mean: 0.0,
        };
        for below in below {
            tail.above.push((paths - below.count as f64) / paths);
            tail.sum_below.push(below.sum / paths);
            tail.mean = below.sum / paths;
        }
        tail
    }

    /// E[min(C, X)] and P(C ≥ X) for the threshold X at a rank.
    pub fn at(&self, rank: Option<usize>, threshold: f64) -> (f64, f64) {
        match rank {
            Some(rank) => {
                let above = self.above[rank];
                (fma(above, threshold, self.sum_below[rank]), above)
            }
            None => (self.mean, 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A threshold that is reached a little below it.
    fn bound(threshold: f64) -> Bound {
        Bound {
            least: threshold * (1.0 - 1e-12),
            threshold,
        }
    }

    #[test]
    fn bins_are_those_of_a_linear_search() {
        let values = [
            0.0,
            1e-9,
            0.3,
            0.3,
            1.0,
            1.0 + 1e-9,
            7.5,
            1e12,
            f64::INFINITY,
        ];
        let thresholds = Thresholds::new(values.into_iter().map(bound));
        assert_eq!(thresholds.bins(), 8);
        assert_eq!(thresholds.rank(bound(f64::INFINITY)), None);
        let mut numbers = vec![0.0, 1e-300, 1e300];
        for value in &values[..8] {
            for factor in [0.9, 1.0 - 2e-12, 1.0 - 1e-13, 1.0, 1.0 + 1e-12, 1.1] {
                numbers.push(value * factor);
            }
        }
        for x in numbers {
            let reached = thresholds.bounds().filter(|own| x >= own.least);
            assert_eq!(thresholds.bin(x), reached.count(), "{x}");
        }
    }

    #[test]
    fn without_thresholds_everything_is_in_one_bin() {
        let thresholds = Thresholds::new(std::iter::empty());
        let mut table = vec![Bin::default(); thresholds.bins()];
        thresholds.count(&[1.0, 2.0], &mut table);
        assert_eq!((table[0].count, table[0].sum), (2, 3.0));
    }

    #[test]
    fn a_few_thresholds_say_what_many_do() {
        let few: Vec<f64> = (1..=5).map(f64::from).collect();
        let more = (1..=500).map(|i| f64::from(i) / 100.0);
        let numbers: Vec<f64> = (0..777).map(|i| f64::from(i * 37 % 777) / 120.0).collect();
        let tail = |thresholds: &Thresholds| {
            let mut table = vec![Bin::default(); thresholds.bins()];
            thresholds.count(&numbers, &mut table);
            thresholds.tail(&table, numbers.len() as f64)
        };
        let all = Thresholds::new(more.map(bound));
        let some = Thresholds::new(few.iter().copied().map(bound));
        assert!(some.are_few() && !all.are_few());
        let (all_tail, some_tail) = (tail(&all), tail(&some));
        for x in few {
            let (a, b) = (
                all_tail.at(all.rank(bound(x)), x),
                some_tail.at(some.rank(bound(x)), x),
            );
            assert!((a.0 - b.0).abs() < 1e-12, "{x}");
            assert_eq!(a.1, b.1, "{x}");
        }
        assert!((all_tail.mean - some_tail.mean).abs() < 1e-12);
    }
}
