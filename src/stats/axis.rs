//! How values are cut into cells.

use super::counter::{CELLS, SHIFT};

/// The cells a counter counts in. A key is a cell's number, ascending with the
/// value; 0 is the key of zero.
///
/// Every power of two is cut into equal cells, so a cell is at most 2⁻¹⁰ < 0.1 %
/// of its values wide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Axis {
    /// Values of zero or more.
    Log,
    /// Values from zero to a limit, with cells that are fine towards both ends:
    /// at most 2⁻¹⁰ of the value and of what it lacks to the limit. So one count
    /// serves both.
    TwoSided {
        /// The greatest value.
        limit: f64,
    },
}

impl Axis {
    /// The keys of `values`, each finite and not negative.
    #[inline(always)]
    pub fn keys(self, values: &[f64], keys: &mut [u32]) {
        match self {
            Self::Log => {
                for (key, value) in keys.iter_mut().zip(values) {
                    *key = log_key(*value);
                }
            }
            Self::TwoSided { limit } => {
                let mirror = mirror(limit);
                for (key, &value) in keys.iter_mut().zip(values) {
                    let lacking = limit - value;
                    let low = value <= lacking;
                    let near = log_key(if low { value } else { lacking });
                    *key = if low { near } else { mirror - near };
                }
            }
        }
    }

    /// Lower and upper end of the values of a cell.
    pub(super) fn cell(self, key: u32) -> (f64, f64) {
        match self {
            Self::TwoSided { limit } if 2 * key > mirror(limit) => {
                let (low, high) = log_cell(mirror(limit) - key);
                (limit - high, limit - low)
            }
            _ => log_cell(key),
        }
    }

    /// Lower and upper end of what the values of a cell lack to the limit.
    pub(super) fn lacking(self, key: u32) -> (f64, f64) {
        match self {
            Self::TwoSided { limit } if 2 * key > mirror(limit) => log_cell(mirror(limit) - key),
            _ => {
                let (low, high) = log_cell(key);
                let limit = self.limit();
                (limit - high, limit - low)
            }
        }
    }

    /// The greatest value; infinite where there is no limit.
    pub(super) fn limit(self) -> f64 {
        match self {
            Self::Log => f64::INFINITY,
            Self::TwoSided { limit } => limit,
        }
    }
}

/// What a key and the key of what is lacking add up to: above twice the greatest
/// key of the lower half, so that the upper half follows it.
#[inline(always)]
fn mirror(limit: f64) -> u32 {
    2 * log_key(limit / 2.0) + 1
}

#[inline(always)]
pub(super) fn log_key(value: f64) -> u32 {
    (value.to_bits() >> SHIFT) as u32
}

fn log_cell(key: u32) -> (f64, f64) {
    (
        f64::from_bits(u64::from(key) << SHIFT),
        f64::from_bits((u64::from(key) + 1) << SHIFT),
    )
}

const _: () = assert!(SHIFT >= 32 && CELLS.is_power_of_two());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sided_cells_are_fine_at_both_ends() {
        let limit = 38.0;
        let axis = Axis::TwoSided { limit };
        let mut before = 0;
        for i in 1..100_000 {
            let value = limit * f64::from(i) / 1e5;
            let mut key = [0];
            axis.keys(&[value], &mut key);
            assert!(key[0] >= before);
            before = key[0];
            let (low, high) = axis.cell(key[0]);
            assert!(low <= value && value <= high);
            assert!(high - low <= value / 1000.0);
            let (low, high) = axis.lacking(key[0]);
            let lacking = limit - value;
            assert!(low <= lacking && lacking <= high);
            assert!(high - low <= lacking / 1000.0);
        }
    }
}
