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

/// Values that are keyed together.
pub const ROW: usize = 64;

/// The keys of a row of values in short: offsets from a base, for values within
/// some powers of two of each other.
pub type Offsets = [u16; ROW];

/// Offsets are below this: 32 powers of two.
const REACH: u32 = 32 * CELLS;

/// What became of a row of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// The values, one bit each, that have an offset.
    pub inside: u64,
    /// Those that are zero; what is neither is at the limit of [`Axis::TwoSided`].
    pub zero: u64,
    /// Whether each of those inside is at its offset.
    pub near: bool,
}

impl Keyed {
    /// A row of zeros.
    pub const NONE: Self = Self {
        inside: 0,
        zero: u64::MAX,
        near: true,
    };
}

impl Axis {
    /// The offset of values about as large as that which the base was chosen by.
    pub const MIDDLE: u16 = (REACH / 2) as u16;

    /// Offsets are below this.
    pub(super) const REACH: u16 = REACH as u16;

    /// The key of a value, 0 or more, on [`Self::Log`].
    #[inline(always)]
    pub fn log_key(value: f64) -> u32 {
        log_key(value)
    }

    /// The base of offsets for values like `value`; `None` where there is no
    /// telling from it.
    pub fn base(self, value: f64) -> Option<u32> {
        let middle = match self {
            Self::Log => log_key(value),
            Self::TwoSided { limit } => log_key(limit / 2.0) + 1,
        };
        middle
            .checked_sub(u32::from(Self::MIDDLE))
            .filter(|base| *base > 0)
    }

    /// The offsets of `values`, each finite and not negative, from `base`.
    #[inline(always)]
    pub fn offsets(self, base: u32, values: &[f64; ROW], offsets: &mut Offsets) -> Keyed {
        match self {
            Self::Log => offsets_by(base, values, offsets, |value| {
                (log_bits(value), value > 0.0)
            }),
            Self::TwoSided { limit } => {
                let mirror = u64::from(mirror(limit));
                let keyed = offsets_by(base, values, offsets, |value| {
                    let lacking = limit - value;
                    let low = value <= lacking;
                    let near = log_bits(if low { value } else { lacking });
                    // Both asked of every value: what follows from one would be a branch.
                    let has_offset = (lacking > 0.0) & (value > 0.0);
                    (if low { near } else { mirror - near }, has_offset)
                });
                let mut zero = 0;
                for i in 0..ROW {
                    zero |= u64::from(values[i] <= 0.0) << i;
                }
                Keyed { zero, ..keyed }
            }
        }
    }

    /// The key of a value, finite and not negative; `None` at the axis' end.
    pub fn key(self, value: f64) -> Option<u32> {
        match self {
            Self::Log => (value > 0.0).then(|| log_key(value)),
            Self::TwoSided { limit } => {
                let lacking = limit - value;
                let key = if value <= lacking {
                    log_key(value)
                } else {
                    mirror(limit) - log_key(lacking)
                };
                (lacking > 0.0).then_some(key)
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

/// Offsets by a function to a value's key and to whether it has an offset: it has none where
/// it is zero.
#[inline(always)]
fn offsets_by(
    base: u32,
    values: &[f64; ROW],
    offsets: &mut Offsets,
    key: impl Fn(f64) -> (u64, bool),
) -> Keyed {
    let mut inside = 0;
    let mut all = 0;
    for i in 0..ROW {
        let (key, has_offset) = key(values[i]);
        // Without one, in the middle: where it does not widen the range of a row.
        let offset = key.wrapping_sub(u64::from(base));
        let offset = if has_offset {
            offset
        } else {
            u64::from(Axis::MIDDLE)
        };
        all |= offset;
        offsets[i] = offset as u16;
        inside |= u64::from(has_offset) << i;
    }
    Keyed {
        inside,
        zero: !inside,
        near: all < u64::from(REACH),
    }
}

/// What a key and the key of what is lacking add up to: above twice the greatest
/// key of the lower half, so that the upper half follows it.
#[inline(always)]
fn mirror(limit: f64) -> u32 {
    2 * log_key(limit / 2.0) + 1
}

#[inline(always)]
fn log_bits(value: f64) -> u64 {
    value.to_bits() >> SHIFT
}

#[inline(always)]
pub(super) fn log_key(value: f64) -> u32 {
    log_bits(value) as u32
}

fn log_cell(key: u32) -> (f64, f64) {
    (
        f64::from_bits(u64::from(key) << SHIFT),
        f64::from_bits((u64::from(key) + 1) << SHIFT),
    )
}

const _: () = assert!(SHIFT >= 32 && REACH.is_power_of_two() && REACH <= 1 << 16);

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
            let key = axis.key(value).unwrap();
            assert!(key >= before);
            before = key;
            let (low, high) = axis.cell(key);
            assert!(low <= value && value <= high);
            assert!(high - low <= value / 1000.0);
            let (low, high) = axis.lacking(key);
            let lacking = limit - value;
            assert!(low <= lacking && lacking <= high);
            assert!(high - low <= lacking / 1000.0);
        }
    }

    #[test]
    fn offsets_are_keys_less_the_base() {
        let limit = 38.0;
        for axis in [Axis::Log, Axis::TwoSided { limit }] {
            let base = axis.base(12.0).unwrap();
            let mut offsets = [0; ROW];
            // Nothing, all, and from a millionth of the limit to a millionth below it.
            let mut values = [0.0; ROW];
            values[1] = limit;
            for i in 2..ROW {
                let part = limit * 2_f64.powf(-0.4 * (i as f64 / 2.0).floor());
                values[i] = if i % 2 == 0 { part } else { limit - part };
            }
            let keyed = axis.offsets(base, &values, &mut offsets);
            assert!(keyed.near);
            assert_eq!(keyed.zero, 1);
            for (i, value) in values.iter().enumerate() {
                let key = axis.key(*value).filter(|_| *value > 0.0);
                assert_eq!(
                    keyed.inside >> i & 1 == 1,
                    key.is_some(),
                    "{axis:?} {value}"
                );
                if let Some(key) = key {
                    assert_eq!(key - base, u32::from(offsets[i]), "{axis:?} {value}");
                }
            }
        }
    }

    #[test]
    fn values_too_far_apart_for_offsets_are_noticed() {
        let base = Axis::Log.base(1.0).unwrap();
        let mut values = [1.0; ROW];
        for (value, near) in [(7e4, false), (6e4, true), (1e-5, false), (2e-5, true)] {
            values[17] = value;
            assert_eq!(Axis::Log.offsets(base, &values, &mut [0; ROW]).near, near);
        }
        assert_eq!(Axis::Log.base(0.0), None);
    }
}
