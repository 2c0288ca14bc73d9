//! The exponential and the natural logarithm as straight-line code over `f64`.
//!
//! Each function is a fixed sequence of `+ - * /`, fused multiply-add, integer operations on the bits and
//! selects. A loop over an array of lanes that calls one of them therefore becomes vector code on
//! stable Rust, and it gives the same bits with every instruction set. Conversions between
//! integers and floats are done by adding or OR-ing a power of two, because the direct vector
//! conversions exist only from AVX-512DQ on.
//!
//! The polynomial coefficients are relative minimax fits made with 60-digit arithmetic (Remez
//! exchange) on the reduced range widened by 0.05 %, then rounded to `f64`.
#![allow(
    clippy::excessive_precision,
    reason = "the two-part logarithm of 2 is written as published"
)]

use super::fused::fma;
use super::wide::Real;

/// The polynomial with `coefficients` in ascending order at `x`, given the square of `x`.
///
/// The even and the odd powers are two independent Horner chains: the same number of operations as
/// one chain, and half the latency, which is what limits a loop over few lanes.
#[inline(always)]
pub(super) fn polynomial<T: Real, const N: usize>(coefficients: &[f64; N], x: T, square: T) -> T {
    const { assert!(N >= 2) };
    let mut last = T::from(coefficients[N - 1]);
    let mut other = T::from(coefficients[N - 2]);
    let mut i = N - 2;
    while i >= 2 {
        last = last.fma(square, T::from(coefficients[i - 1]));
        other = other.fma(square, T::from(coefficients[i - 2]));
        i -= 2;
    }
    if i == 1 {
        last = last.fma(square, T::from(coefficients[0]));
        other.fma(x, last)
    } else {
        last.fma(x, other)
    }
}

/// The lowest argument `exp` sees: it rounds to the binary exponent whose scale factor is zero.
const EXP_LOWEST: f64 = -708.5;
/// The highest argument `exp` sees: any result here is beyond the largest `f64`.
const EXP_HIGHEST: f64 = 710.0;
/// 1.5 · 2^52 + 1022. Adding it to a small number rounds that number to an integer k and leaves
/// k + 1022, the biased exponent of 2^(k-1), in the low bits.
const EXP_ROUNDER: f64 = 6_755_399_441_055_744.0 + 1022.0;
/// ln 2 rounded to `f64`, and what the rounding lost.
const LN_2_HEAD: f64 = std::f64::consts::LN_2;
const LN_2_LOST: f64 = 2.319_046_813_846_299_6e-17;
/// 2 (e^r - 1 - r) / r² on |r| ≤ ln 2 / 2, ascending; the error in e^r is at most 1.6e-17.
const EXP_TAIL: [f64; 10] = [
    2.0 * 0.5000000000000001,
    2.0 * 0.16666666666666644,
    2.0 * 0.04166666666662418,
    2.0 * 0.00833333333335627,
    2.0 * 0.0013888888917205212,
    2.0 * 0.00019841269784538586,
    2.0 * 2.48015212921356e-05,
    2.0 * 2.7557355558771404e-06,
    2.0 * 2.762009634076776e-07,
    2.0 * 2.5068183368345676e-08,
];

/// e raised to `x`.
///
/// The error is below 1 ulp wherever the result is neither zero nor infinite (at most 0.944 in
/// 300,000 random arguments). Below about -708.05 the result is 0: the whole subnormal range and
/// the lowest half octave of the normal numbers are flushed. Above 709.782712893384 it is infinite.
/// `exp(0.0)` is exactly 1 and NaN gives NaN.
///
/// Method: x = k ln 2 + r with |r| ≤ ln 2 / 2 (Cody and Waite's two-part reduction, exact in its
/// first step thanks to the fused multiply-add), a polynomial of degree 11 for 2 e^r, and a
/// multiplication by 2^(k-1). The factor of two sits in the polynomial so that the scale stays
/// finite up to the overflow threshold.
#[inline(always)]
pub fn exp<T: Real>(x: T) -> T {
    let (x, rounded, k) = reduced(x);
    let r = k.fma(T::from(-LN_2_HEAD), x);
    let r = k.fma(T::from(-LN_2_LOST), r);
    from_tail(polynomial(&EXP_TAIL, r, r * r), r, rounded)
}

/// `x` within the range of [`exp`], its binary exponent k as [`EXP_ROUNDER`] leaves it, and k.
#[inline(always)]
fn reduced<T: Real>(x: T) -> (T, T, T) {
    let [highest, lowest] = [EXP_HIGHEST, EXP_LOWEST].map(T::from);
    let rounder = T::from(EXP_ROUNDER);
    // Written as comparisons, not `clamp`, so that each is one instruction and NaN passes.
    let x = T::choose(x.above(highest), highest, x);
    let x = T::choose(lowest.above(x), lowest, x);
    let rounded = x.fma(T::from(std::f64::consts::LOG2_E), rounder);
    (x, rounded, rounded - rounder)
}

/// 2^k e^r from `tail`, 2 (e^r - 1 - r) / r².
#[inline(always)]
fn from_tail<T: Real>(tail: T, r: T, rounded: T) -> T {
    let two = T::from(2.0);
    let doubled = tail.fma(r, two).fma(r, two);
    doubled * rounded.map_bits(|bits| bits << 52)
}

/// As [`EXP_TAIL`], in fewer terms; the error in e^r is at most 1.7e-14.
const GROWTH_TAIL: [f64; 8] = [
    0.9999999999932618,
    0.33333333334534326,
    0.08333333392605322,
    0.016666666189108427,
    0.002777762201897089,
    0.00039683078868408753,
    4.976175583877521e-05,
    5.49861186386192e-06,
];

/// e raised to `x`, as [`exp`] but only to a relative error of 2e-14 for |x| ≤ 50 and 5e-14 beyond,
/// in two thirds of the time: what revenue has grown by on a path.
///
/// `growth_factor(0.0)` is exactly 1; arguments out of range and NaN give what [`exp`] gives.
///
/// Method: that of [`exp`] with a polynomial of degree 9, and ln 2 in one part.
#[inline(always)]
pub fn growth_factor<T: Real>(x: T) -> T {
    let (x, rounded, k) = reduced(x);
    let r = k.fma(T::from(-LN_2_HEAD), x);
    from_tail(polynomial(&GROWTH_TAIL, r, r * r), r, rounded)
}

/// The bits of 1, and of the lowest significand in [√½, √2), with the low word cleared.
pub(super) const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
const ROOT_HALF_BITS: u64 = 0x3fe6_a09e_0000_0000;
pub(super) const FRACTION_BITS: u64 = 0x000f_ffff_ffff_ffff;
/// 2^52: OR-ing an integer below 2^52 into its bits gives 2^52 plus that integer.
pub(super) const TWO_52: f64 = 4_503_599_627_370_496.0;
/// 2^54 brings every subnormal number into the normal range.
const TWO_54: f64 = 18_014_398_509_481_984.0;
/// ln 2 to 32 bits, so that its product with an exponent is exact, and the rest.
const LN_2_HIGH: f64 = 6.931_471_803_691_238_165e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_700e-10;
/// (ln((1+s)/(1-s))/s - 2)/s² in powers of s², ascending, for |s| ≤ (√2-1)/(√2+1).
const LN_TAIL: [f64; 7] = [
    0.666666666666667,
    0.39999999999898556,
    0.285714286263857,
    0.22222211070292971,
    0.1818289368226461,
    0.15331573999793252,
    0.14618234133374267,
];

/// Splits a positive normal number into its significand m in [√½, √2) and 2^52 + 1023 plus the
/// exponent e, with `x` = m · 2^e.
#[inline(always)]
pub(super) fn split_at_root_half(x: f64) -> (f64, f64) {
    let shifted = x.to_bits().wrapping_add(ONE_BITS - ROOT_HALF_BITS);
    let exponent = f64::from_bits((shifted >> 52) | TWO_52.to_bits());
    let significand = f64::from_bits((shifted & FRACTION_BITS) + ROOT_HALF_BITS);
    (significand, exponent)
}

/// The offset of the exponent that [`split_at_root_half`] returns.
pub(super) const EXPONENT_OFFSET: f64 = TWO_52 + 1023.0;

/// The natural logarithm of `x`.
///
/// The error is below 0.8 ulp for every positive finite number, subnormal ones included (at most
/// 0.754 in 300,000 random arguments, a third of them near 1). `ln(1.0)` is exactly 0, zero gives
/// minus infinity, infinity gives infinity, and negative numbers and NaN give NaN.
///
/// Method: x = m · 2^e with m in [√½, √2), then ln m = f - (f²/2 - s (f²/2 + R(s²))) with f = m - 1
/// and s = f / (2 + f), as in FreeBSD's `e_log.c` (K. C. Ng, Sun Microsystems), with our own fit
/// of R.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    let subnormal = x < f64::MIN_POSITIVE;
    let scaled = x * if subnormal { TWO_54 } else { 1.0 };
    let offset = if subnormal {
        EXPONENT_OFFSET + 54.0
    } else {
        EXPONENT_OFFSET
    };
    let (m, exponent) = split_at_root_half(scaled);
    let e = exponent - offset;
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    let tail = polynomial(&LN_TAIL, z, z * z);
    let correction = fma(s, fma(tail, z, half_square), e * LN_2_LOW);
    let result = fma(e, LN_2_HIGH, f - (half_square - correction));
    // `&` keeps both comparisons unconditional.
    let ordinary = (x > 0.0) & (x < f64::INFINITY);
    let at_zero_or_below = if x == 0.0 {
        f64::NEG_INFINITY
    } else {
        f64::NAN
    };
    let special = if x <= 0.0 { at_zero_or_below } else { x };
    if ordinary { result } else { special }
}

#[cfg(test)]
mod tests {
    use super::super::check::{digest, relative, rows, ulps};
    use super::{exp, growth_factor, ln};

    const EXP: &str = include_str!("reference/exp.csv");
    const LN: &str = include_str!("reference/ln.csv");

    #[test]
    fn exp_is_within_one_ulp() {
        for (x, head, rest) in rows::<f64>(EXP) {
            let error = ulps(exp(x), head, rest);
            assert!(error < 1.0, "exp({x}) is off by {error} ulp");
        }
    }

    #[test]
    fn growth_factors_are_close() {
        for (x, head, rest) in rows::<f64>(EXP) {
            let error = relative(growth_factor(x), head, rest);
            let bound = if x.abs() <= 50.0 { 2e-14 } else { 5e-14 };
            assert!(error < bound, "growth_factor({x}) is off by {error:e}");
        }
        for i in 0..100_000 {
            let x = 1e-3 * (f64::from(i) - 5e4);
            let error = growth_factor(x) / exp(x) - 1.0;
            assert!(
                error.abs() < 2e-14,
                "growth_factor({x}) is off by {error:e}"
            );
        }
        assert_eq!(growth_factor(0.0), 1.0);
        assert_eq!(growth_factor(-1e300), 0.0);
        assert_eq!(growth_factor(1e300), f64::INFINITY);
        assert!(growth_factor(f64::NAN).is_nan());
    }

    #[test]
    fn ln_is_within_four_fifths_of_an_ulp() {
        for (x, head, rest) in rows::<f64>(LN) {
            let error = ulps(ln(x), head, rest);
            assert!(error < 0.8, "ln({x}) is off by {error} ulp");
        }
    }

    #[test]
    fn exp_at_the_edges() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert!(exp(709.782_712_893_384).is_finite());
        for x in [709.782_712_893_384_1, 710.0, 1e4, 1e300, f64::INFINITY] {
            assert_eq!(exp(x), f64::INFINITY, "exp({x})");
        }
        assert!(exp(-708.04).is_normal());
        for x in [-708.1, -745.0, -1e4, -1e300, f64::NEG_INFINITY] {
            assert_eq!(exp(x), 0.0, "exp({x})");
        }
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn ln_at_the_edges() {
        assert_eq!(ln(1.0).to_bits(), 0.0_f64.to_bits());
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(ln(-0.0), f64::NEG_INFINITY);
        assert_eq!(ln(f64::INFINITY), f64::INFINITY);
        for x in [-f64::MIN_POSITIVE, -1.0, f64::NEG_INFINITY, f64::NAN] {
            assert!(ln(x).is_nan(), "ln({x})");
        }
    }

    #[test]
    fn both_increase() {
        let mut last = (0.0, f64::NEG_INFINITY);
        for i in 0..400_000 {
            let x = -708.0 + 0.0035 * f64::from(i);
            let next = (exp(x), ln(1e-3 * f64::from(i + 1)));
            assert!(next.0 > last.0 || next.0 == f64::INFINITY, "exp at {x}");
            assert!(next.1 > last.1, "ln at step {i}");
            last = next;
        }
    }

    /// Any change to a coefficient, or to the order of the operations, shows up here, and so does a
    /// machine that computes something else.
    #[test]
    fn the_bits_are_pinned() {
        let arguments = || (0..10_000).map(f64::from);
        assert_eq!(
            digest(arguments().map(|i| exp(0.07 * i - 300.0))),
            10_874_133_607_043_816_504
        );
        assert_eq!(
            digest(arguments().map(|i| ln(0.37 * i + 0.01))),
            11_924_966_452_713_830_335
        );
    }
}
