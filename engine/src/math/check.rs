//! What the tests of this module share: reference tables and measures of error.
//!
//! A line of a table holds an argument, the `f64` nearest to the exact value there, and the
//! remainder in units of the last place, so that errors below that unit can be measured. The tables
//! were computed with 50 digits in mpmath.

use std::fmt::Debug;
use std::str::FromStr;

/// The argument, the nearest `f64` and the remainder of each line of a reference table.
pub fn rows<T: FromStr<Err: Debug>>(table: &str) -> impl Iterator<Item = (T, f64, f64)> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let [argument, head, rest] = line.split(',').collect::<Vec<_>>()[..] else {
                panic!("three fields, not {line}");
            };
            (
                argument.parse().unwrap(),
                head.parse().unwrap(),
                rest.parse().unwrap(),
            )
        })
}

/// One unit in the last place of `x`.
fn ulp(x: f64) -> f64 {
    x.abs().next_up() - x.abs()
}

/// The distance of `got` from the exact value, in units of the last place of that value.
pub fn ulps(got: f64, head: f64, rest: f64) -> f64 {
    ((got - head) / ulp(head) - rest).abs()
}

/// The distance of `got` from the exact value, relative to that value.
pub fn relative(got: f64, head: f64, rest: f64) -> f64 {
    ulps(got, head, rest) * (ulp(head) / head.abs())
}

/// The 64-bit FNV-1a hash of the bits of some numbers, taken eight bytes at a time.
pub fn digest(values: impl Iterator<Item = f64>) -> u64 {
    let mix = |hash: u64, value: f64| (hash ^ value.to_bits()).wrapping_mul(0x0100_0000_01b3);
    values.fold(0xcbf2_9ce4_8422_2325, mix)
}
