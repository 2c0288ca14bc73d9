//! Sorted thresholds and the quick way to find a number's place among them.

use super::contracts::{Bin, reaching};

/// Distinct finite thresholds in ascending order. Bin *b* holds the numbers that
/// reach the first *b* of them and no more.
#[derive(Clone, Debug)]
pub struct Thresholds {
    values: Vec<f64>,
    /// The least number that reaches each, and an infinite one after the last.
    reaching: Vec<f64>,
    /// For each cell of the numbers from the first to the last threshold, how
    /// many thresholds every number of the cell reaches at least.
    guide: Vec<u32>,
    first_cell: u64,
    shift: u32,
}

/// Cells wanted for each threshold: a lookup then rarely steps.
const CELLS: u64 = 4;
/// The finest cells: a 65,536th of a power of two.
const FINEST_SHIFT: u32 = 36;

impl Thresholds {
    /// The thresholds among some numbers, 0 or more; infinite ones are left out.
    pub fn new(numbers: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = numbers.filter(|x| x.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let mut reaching: Vec<f64> = values.iter().map(|x| reaching(*x)).collect();
        // A cell is found from the bits, so from the first number above 0.
        let low = reaching
            .iter()
            .find(|x| **x > 0.0)
            .map_or(0, |x| x.to_bits());
        let high = reaching.last().map_or(0, |x| x.to_bits());
        let mut shift = FINEST_SHIFT;
        while (high >> shift) - (low >> shift) > CELLS * values.len() as u64 && shift < 52 {
            shift += 1;
        }
        let first_cell = low >> shift;
        let cells = (high >> shift) - first_cell + 1;
        let reached_by = |x: f64| reaching.partition_point(|least| *least <= x) as u32;
        let guide = (0..cells)
            .map(|cell| reached_by(f64::from_bits((first_cell + cell) << shift)))
            .collect();
        reaching.push(f64::INFINITY);
        Self {
            values,
            reaching,
            guide,
            first_cell,
            shift,
        }
    }

    /// Position of a threshold; `None` for an infinite one.
    pub fn rank(&self, threshold: f64) -> Option<usize> {
        let found = self.values.binary_search_by(|x| x.total_cmp(&threshold));
        found.ok()
    }

    /// Number of bins: one more than thresholds.
    pub fn bins(&self) -> usize {
        self.values.len() + 1
    }

    /// Counts and adds up numbers, 0 or more, by bin.
    pub fn count(&self, numbers: &[f64], table: &mut [Bin]) {
        let (mut least, mut greatest) = (f64::INFINITY, 0.0);
        for &x in numbers {
            least = if x < least { x } else { least };
            greatest = if x > greatest { x } else { greatest };
        }
        // Early and late rows lie wholly on one side of all thresholds.
        let bin = self.bin(least);
        if bin == self.bin(greatest) {
            table[bin].count += numbers.len() as u64;
            table[bin].sum += numbers.iter().sum::<f64>();
            return;
        }
        for &x in numbers {
            let bin = &mut table[self.bin(x)];
            bin.count += 1;
            bin.sum += x;
        }
    }

    #[inline(always)]
    fn bin(&self, x: f64) -> usize {
        let cell = (x.to_bits() >> self.shift).saturating_sub(self.first_cell);
        let cell = (cell as usize).min(self.guide.len() - 1);
        // A number below the first cell may reach fewer than the cell's own count.
        let mut bin = if x < self.reaching[0] {
            0
        } else {
            self.guide[cell] as usize
        };
        while x >= self.reaching[bin] {
            bin += 1;
        }
        bin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let thresholds = Thresholds::new(values.into_iter());
        assert_eq!(thresholds.bins(), 8);
        assert_eq!(thresholds.rank(f64::INFINITY), None);
        let mut numbers = vec![0.0, 1e-300, 1e300];
        for value in &values[..8] {
            for factor in [0.9, 1.0 - 2e-12, 1.0 - 1e-13, 1.0, 1.0 + 1e-12, 1.1] {
                numbers.push(value * factor);
            }
        }
        for x in numbers {
            let reached = thresholds.values.iter().filter(|t| x >= reaching(**t));
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
}
