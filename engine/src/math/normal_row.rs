//! Standard normals from random bits, many rows at a time: the hottest loop of the program.

use super::elementary::polynomial;
use super::normal::{inverse_normal_cdf_from_bits, signed_distance};
use super::wide::{Real, Wide, lanes};

/// The most numbers a row may have.
pub const MAX_ROW: usize = 64;

/// 4p(1-p) of a number that counts as far from the median: one in 256.
const FAR: f64 = 1.0 / 128.0;

/// z/(1-2p) as a ratio of polynomials in y = 4p(1-p), ascending, for y ≥ [`FAR`]. Relative error at
/// most 3.8e-11. Every coefficient is positive, so nothing cancels.
const NUMERATOR: [f64; 10] = [
    3.938222679818364,
    5025.341975522596,
    1179458.028582563,
    82714002.52053112,
    2059184510.1438785,
    19322119906.83091,
    67645338669.959526,
    80956460479.54807,
    26150919958.11595,
    1042772335.8513424,
];
const DENOMINATOR: [f64; 10] = [
    1.0,
    1506.5767582254016,
    401954.48302766844,
    31948366.966773666,
    911524086.0425094,
    10033505975.632256,
    42886299681.885284,
    67255148927.02424,
    32997295741.64089,
    3275136228.2502103,
];

/// Rows whose far numbers are worked out together.
const ROWS: usize = 64;

/// Far numbers worked out side by side.
const SIDE_BY_SIDE: usize = 32;

/// Maps each number of `rows`, read as 64 uniformly random bits, to a standard normal number.
///
/// As [`inverse_normal_cdf_from_bits`], to which it reverts beyond ±2.88, and less than half as
/// expensive: within, the relative error is at most 4e-11 instead of 6e-15. Each number depends on
/// its own bits alone.
///
/// Method: z/(1-2p) is a function of y = 4p(1-p) alone, singular only at y = 0, where it grows as
/// the root of a logarithm. Away from there one ratio of polynomials serves, without the logarithm.
/// The one number in 256 that is too near stays as it is at first; those of many rows are worked out
/// together, because a branch among the others would cost more than they do.
#[inline(always)]
pub fn standard_normals<const N: usize>(rows: &mut [[f64; N]]) {
    const { assert!(N <= MAX_ROW) };
    for rows in rows.chunks_mut(ROWS) {
        let mut far = [0; ROWS];
        for (row, far) in rows.iter_mut().zip(&mut far) {
            *far = central(row);
        }
        let mut places = [(0, 0); SIDE_BY_SIDE];
        let mut count = 0;
        for (k, mut far) in far.into_iter().enumerate() {
            while far != 0 {
                places[count] = (k as u8, far.trailing_zeros() as u8);
                far &= far - 1;
                count += 1;
                if count == SIDE_BY_SIDE {
                    exactly(rows, &places);
                    count = 0;
                }
            }
        }
        if count > 0 {
            exactly(rows, &places[..count]);
        }
    }
}

/// Maps the numbers of a row but for those far from the median, which are returned, one bit each.
#[inline(always)]
fn central<const N: usize>(row: &mut [f64; N]) -> u64 {
    let mut products = [0.0; N];
    for i in lanes(N) {
        let value = Wide::load(row, i);
        let x = signed_distance(value);
        let y = (-x).fma(x, Wide::from(1.0));
        let square = y * y;
        let normal = x * polynomial(&NUMERATOR, y, square) / polynomial(&DENOMINATOR, y, square);
        Wide::choose(Wide::from(FAR).above(y), value, normal).store(row, i);
        y.store(&mut products, i);
    }
    // In a loop of its own: the arithmetic above fills all registers of AVX2.
    let mut far = 0;
    for (i, y) in products.iter().enumerate() {
        far |= u64::from(*y < FAR) << i;
    }
    far
}

/// Maps the numbers at some places, row and position.
#[inline(always)]
fn exactly<const N: usize>(rows: &mut [[f64; N]], places: &[(u8, u8)]) {
    let mut bits = [0; SIDE_BY_SIDE];
    for (bits, &(row, i)) in bits.iter_mut().zip(places) {
        *bits = rows[usize::from(row)][usize::from(i)].to_bits();
    }
    let mut normals = [0.0; SIDE_BY_SIDE];
    for i in 0..SIDE_BY_SIDE {
        normals[i] = inverse_normal_cdf_from_bits(bits[i]);
    }
    for (normal, &(row, i)) in normals.iter().zip(places) {
        rows[usize::from(row)][usize::from(i)] = *normal;
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{digest, relative, rows};
    use super::super::normal::tests::spread_bits;
    use super::*;

    const FROM_BITS: &str = include_str!("reference/normal_from_bits.csv");

    fn one(bits: u64) -> f64 {
        let mut out = [[f64::from_bits(bits)]];
        standard_normals(&mut out);
        out[0][0]
    }

    #[test]
    fn rows_match_the_reference() {
        for (bits, head, rest) in rows::<u64>(FROM_BITS) {
            let error = relative(one(bits), head, rest);
            let bound = if head.abs() > 2.9 { 6e-15 } else { 4e-11 };
            assert!(error < bound, "{bits:#018x}: relative error {error:e}");
        }
    }

    /// The exact form is itself held to 6e-15; so this covers the whole range densely.
    #[test]
    fn rows_agree_with_the_exact_form() {
        let even = (0..1_u64 << 18).map(|i| i << 46);
        for bits in spread_bits().into_iter().chain(even) {
            let error = one(bits) / inverse_normal_cdf_from_bits(bits) - 1.0;
            assert!(error.abs() < 4e-11, "{bits:#018x}: {error:e}");
        }
    }

    #[test]
    fn a_number_depends_on_its_own_bits_alone() {
        let bits = spread_bits();
        let mut rows: Vec<[f64; MAX_ROW]> = bits
            .as_chunks()
            .0
            .iter()
            .map(|row: &[u64; MAX_ROW]| row.map(f64::from_bits))
            .collect();
        assert!(rows.len() > ROWS);
        standard_normals(&mut rows);
        for (bits, normal) in bits.iter().zip(rows.as_flattened()) {
            assert_eq!(one(*bits), *normal);
            assert_eq!(one(!*bits), -normal);
        }
        // All of them far from the median.
        let mut rows = [[f64::from_bits(1 << 40); MAX_ROW]; 2];
        standard_normals(&mut rows);
        assert_eq!(rows, [[one(1 << 40); MAX_ROW]; 2]);
    }

    #[test]
    fn numbers_increase_to_within_the_error() {
        let even = (0..1_u64 << 18).map(|i| one(i << 46));
        let normals: Vec<f64> = even.collect();
        assert!(normals.is_sorted());
        let near_the_seam = (0..1 << 12).map(|i| {
            let p = 0.5 * (1.0 - (1.0 - FAR).sqrt()) + f64::from(i - 2048) * 1e-13;
            one((p * 2_f64.powi(64)) as u64)
        });
        let normals: Vec<f64> = near_the_seam.collect();
        assert!(normals.windows(2).all(|pair| pair[1] > pair[0] - 1e-10));
    }

    /// Any change to a coefficient, or to the order of the operations, shows up here, and so does a
    /// machine that computes something else.
    #[test]
    fn the_bits_are_pinned() {
        let z = spread_bits().into_iter().map(one);
        assert_eq!(digest(z), 5_110_900_791_257_328_852);
    }
}
