//! Standard normals from random bits, a row at a time: the hottest loop of the program.

use super::elementary::{EXPONENT_OFFSET, FRACTION_BITS, ONE_BITS, TWO_52, polynomial};
use super::normal::{inverse_normal_cdf_from_bits, signed_distance};

/// The most numbers a call may take.
pub const MAX_ROW: usize = 64;

/// 4p(1-p) of a number that counts as far from the median: one in a thousand.
const FAR: f64 = 1.0 / 512.0;
const SQRT_2: f64 = std::f64::consts::SQRT_2;

/// log2((1+s)/(1-s))/s in powers of s², ascending, for |s| ≤ (√2-1)/(√2+1); the error in the
/// logarithm is at most 8e-13.
const LOG2_SERIES: [f64; 5] = [
    2.885390081790111,
    0.9617966733082844,
    0.5770835917914355,
    0.4116722863714797,
    0.3407385004874771,
];

/// z/(1-2p) as a ratio of polynomials in t = log2(4p(1-p)) - 1/2, ascending, for -9.5 ≤ t ≤ -1/2.
/// Relative error at most 1.03e-11. In -t every coefficient is positive, so nothing cancels.
const NUMERATOR: [f64; 6] = [
    1.1416938622664092,
    -0.2684592077058738,
    0.03655993700135234,
    -0.0034322145557735377,
    0.00021359020925255072,
    -7.202606177941153e-06,
];
const DENOMINATOR: [f64; 6] = [
    1.0,
    -0.04350898903778471,
    0.015432678530860498,
    -0.0005575876224483112,
    4.8951346711834304e-05,
    -3.002902075090679e-07,
];

/// Maps each of `bits`, 64 uniformly random ones, to a standard normal number.
///
/// As [`inverse_normal_cdf_from_bits`], to which it reverts beyond ±3.28, and about half as
/// expensive: within, the relative error is at most 1.2e-11 instead of 6e-15. Each number depends on
/// its own bits alone.
///
/// Method: the same function of log2(4p(1-p)) on a shorter range, so of a lower degree. The one
/// number in a thousand outside is computed anew; a row seldom holds one.
#[inline(always)]
pub fn standard_normals<const N: usize>(bits: &[u64; N], normals: &mut [f64; N]) {
    const { assert!(N <= MAX_ROW) };
    let mut far = 0;
    for i in 0..N {
        let (normal, product) = central(bits[i]);
        normals[i] = normal;
        far |= u64::from(product < FAR) << i;
    }
    while far != 0 {
        let i = far.trailing_zeros() as usize;
        normals[i] = inverse_normal_cdf_from_bits(bits[i]);
        far &= far - 1;
    }
}

/// The normal number, valid if the second number, 4p(1-p), is at least [`FAR`].
#[inline(always)]
fn central(bits: u64) -> (f64, f64) {
    let x = signed_distance(bits);
    let product = (-x).mul_add(x, 1.0);
    let m = f64::from_bits(product.to_bits() & FRACTION_BITS | ONE_BITS);
    let exponent = f64::from_bits((product.to_bits() >> 52) | TWO_52.to_bits());
    let s = (m - SQRT_2) / (m + SQRT_2);
    let u = s * s;
    let series = polynomial(&LOG2_SERIES, u, u * u);
    // The significand is taken relative to √2, whose logarithm the polynomials make up for.
    let t = s.mul_add(series, exponent - EXPONENT_OFFSET);
    let square = t * t;
    let ratio = x * polynomial(&NUMERATOR, t, square) / polynomial(&DENOMINATOR, t, square);
    (ratio, product)
}

#[cfg(test)]
mod tests {
    use super::super::check::{digest, relative, rows};
    use super::super::normal::tests::spread_bits;
    use super::*;

    const FROM_BITS: &str = include_str!("reference/normal_from_bits.csv");

    fn one(bits: u64) -> f64 {
        let mut out = [0.0];
        standard_normals(&[bits], &mut out);
        out[0]
    }

    #[test]
    fn rows_match_the_reference() {
        for (bits, head, rest) in rows::<u64>(FROM_BITS) {
            let error = relative(one(bits), head, rest);
            let bound = if head.abs() > 3.3 { 6e-15 } else { 1.2e-11 };
            assert!(error < bound, "{bits:#018x}: relative error {error:e}");
        }
    }

    /// The exact form is itself held to 6e-15; so this covers the whole range densely.
    #[test]
    fn rows_agree_with_the_exact_form() {
        let even = (0..1_u64 << 18).map(|i| i << 46);
        for bits in spread_bits().into_iter().chain(even) {
            let error = one(bits) / inverse_normal_cdf_from_bits(bits) - 1.0;
            assert!(error.abs() < 1.2e-11, "{bits:#018x}: {error:e}");
        }
    }

    #[test]
    fn a_number_depends_on_its_own_bits_alone() {
        let mut bits = [0; MAX_ROW];
        let mut normals = [0.0; MAX_ROW];
        for spread in spread_bits().chunks_exact(MAX_ROW) {
            bits.copy_from_slice(spread);
            standard_normals(&bits, &mut normals);
            for (bits, normal) in bits.iter().zip(&normals) {
                assert_eq!(one(*bits), *normal);
                assert_eq!(one(!*bits), -normal);
            }
        }
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
        assert_eq!(digest(z), 13_056_517_616_249_863_100);
    }
}
