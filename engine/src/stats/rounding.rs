//! Whether numbers differ, or only their rounding does.

/// The part of a size up to which a difference is the rounding of a long sum: far
/// more than the additions of a century of months, far less than anything meant.
const ROUNDING: f64 = 1e-12;

/// A difference or a deviation of numbers of a size, 0 where it is no more than
/// their rounding.
///
/// ```
/// use capbind_engine::stats::beyond_rounding;
///
/// assert_eq!(beyond_rounding((0.1 + 0.2) - 0.3, 0.3), 0.0);
/// assert_eq!(beyond_rounding(1e-9, 0.3), 1e-9);
/// ```
pub fn beyond_rounding(value: f64, size: f64) -> f64 {
    if value.abs() <= ROUNDING * size.abs() {
        return 0.0;
    }
    value
}

/// The largest size among some numbers.
pub(super) fn size_of(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |size, x| size.max(x.abs()))
}
