//! The standard normal distribution: its distribution function and two inverses.
//!
//! [`inverse_normal_cdf_from_bits`] is straight-line code for vector loops (see
//! [`super::elementary`] for what that means). The other two are for set-up, reports and tests;
//! they branch.
#![allow(
    clippy::excessive_precision,
    reason = "constants are written to more digits than f64 holds"
)]

use super::elementary::{EXPONENT_OFFSET, ONE_BITS, exp, ln, polynomial, split_at_root_half};
use super::fused::fma;
use super::tables::{CDF_CENTRE, CDF_MIDDLE, CDF_TAIL, CENTRE, FAR_TAIL, NEAR_TAIL};
use super::wide::Real;

/// 2^-53, half the spacing of the uniform numbers in (0, 1) that the bits are read as.
const HALF_STEP: f64 = f64::EPSILON / 2.0;

/// log2((1+s)/(1-s))/s in powers of s², ascending, for |s| ≤ (√2-1)/(√2+1); the error in the
/// logarithm is at most 1.4e-14.
const LOG2_SERIES: [f64; 6] = [
    2.8853900817778495,
    0.9617966941142562,
    0.5770779420763866,
    0.41220928367848353,
    0.31990433077519953,
    0.282920781388577,
];

/// z/(1-2p) as a ratio of polynomials in t = log2(4p(1-p)), ascending, for -52.01 ≤ t ≤ 0.
/// Relative error at most 3.7e-15. In -t every coefficient is positive, so nothing cancels.
const NUMERATOR: [f64; 13] = [
    1.2533141373155048,
    -0.33005630850257256,
    0.06298938542664415,
    -0.008587677480997025,
    0.000895204526564792,
    -7.376371852964045e-05,
    4.820075991096319e-06,
    -2.492935775556841e-07,
    1.0240325135075112e-08,
    -3.3438773701269335e-10,
    7.84519181830075e-12,
    -1.0548412166236666e-13,
    2.514126448781515e-16,
];
const DENOMINATOR: [f64; 13] = [
    1.0,
    -0.081881325224661,
    0.029138340456405204,
    -0.0019291695285873108,
    0.0002869493890039318,
    -1.4588209201797427e-05,
    1.124694883410487e-06,
    -4.1527642246141625e-08,
    1.7980324446552355e-09,
    -4.4129866354494165e-11,
    9.178545079968156e-13,
    -5.762270786944783e-15,
    3.486463517163928e-18,
];

/// Maps 64 uniformly random bits to a standard normal number.
///
/// The bits are read as the uniform number in (0, 1) that is the middle of one of 2^53 equal
/// cells: the top bit picks the half, hence the sign of the result (0 is negative), the next 52
/// bits the cell, and the last 11 are ignored. So the result increases with `bits`, `!bits` gives
/// exactly the opposite number, no result is zero or infinite, and the extremes are
/// ±8.29236, reached with probability 2^-53 each.
///
/// The relative error against the exact quantile of the cell's middle is at most 6e-15 (5.75e-15 in
/// 40,000 random arguments). Order can be lost only between results that differ by less than that.
///
/// Method: with x = 1 - 2p and w = -ln(4p(1-p)) = -ln(1-x²), z/x is a smooth function of w alone
/// (M. B. Giles, "Approximating the erfinv function", GPU Computing Gems, 2011). One rational
/// function covers the whole range, without the square root and the choice between regions of
/// Wichura's AS241. The logarithm is taken to base 2, without multiplying by ln 2.
#[inline(always)]
pub fn inverse_normal_cdf_from_bits(bits: u64) -> f64 {
    let x = signed_distance(f64::from_bits(bits));
    let distance = x.abs();
    let q = 1.0 - distance;
    // 4p(1-p), with full relative accuracy in the tail.
    let product = fma(distance, q, q);
    let (m, exponent) = split_at_root_half(product);
    let s = (m - 1.0) / (m + 1.0);
    let u = s * s;
    let series = polynomial(&LOG2_SERIES, u, u * u);
    let log2 = fma(s, series, exponent - EXPONENT_OFFSET);
    let square = log2 * log2;
    x * polynomial(&NUMERATOR, log2, square) / polynomial(&DENOMINATOR, log2, square)
}

/// 2p - 1 for the uniform number p that `bits` are read as: an odd multiple of 2^-53 in (-1, 1),
/// computed without rounding.
#[inline(always)]
pub(super) fn signed_distance<T: Real>(bits: T) -> T {
    let t = bits.map_bits(|bits| (bits << 1 >> 12) | ONE_BITS) - T::from(1.0 - HALF_STEP);
    t - bits.map_bits(|bits| if (bits as i64) < 0 { 0 } else { ONE_BITS })
}

/// The number below which a standard normal falls with probability `p`.
///
/// For `p` in (0, 1), relative error at most 1e-15 (5.4e-16 in 40,000 random arguments down to
/// 1e-300). Above one half `p` itself resolves the upper tail only to 1.1e-16, and the result is as
/// exact as `p` is. 0 gives minus infinity, 1 infinity, one half exactly 0, and anything outside
/// [0, 1] NaN.
///
/// Method: PPND16 of M. J. Wichura, "Algorithm AS 241: The percentage points of the normal
/// distribution", Applied Statistics 37 (1988).
pub fn inverse_normal_cdf(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * polynomial(&CENTRE.0, r, r * r) / polynomial(&CENTRE.1, r, r * r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail.is_nan() || tail < 0.0 {
        return f64::NAN;
    }
    let distance = if tail == 0.0 {
        f64::INFINITY
    } else {
        let r = (-ln(tail)).sqrt();
        let ((numerator, denominator), r) = if r <= 5.0 {
            (&NEAR_TAIL, r - 1.6)
        } else {
            (&FAR_TAIL, r - 5.0)
        };
        polynomial(numerator, r, r * r) / polynomial(denominator, r, r * r)
    };
    if q < 0.0 { -distance } else { distance }
}

/// The probability that a standard normal falls below `z`.
///
/// For -37.5 ≤ `z`, relative error at most 1e-15 (7.1e-16 in 100,000 random arguments), so the lower
/// tail is as good as the centre; the upper tail is as exact as a number near 1 can be. Below -37.5
/// the result is 0; NaN gives NaN.
///
/// Method: W. J. Cody's rational approximations ("Rational Chebyshev approximations for the error
/// function", Mathematics of Computation 23, 1969) as in ANORM of his SPECFUN ("Algorithm 715",
/// ACM Transactions on Mathematical Software 19, 1993), with this crate's own [`exp`].
pub fn normal_cdf(z: f64) -> f64 {
    let y = z.abs();
    if y <= 0.662_91 {
        let u = z * z;
        return 0.5
            + z * (polynomial(&CDF_CENTRE.0, u, u * u) / polynomial(&CDF_CENTRE.1, u, u * u));
    }
    let factor = if y <= 5.656_854_248 {
        polynomial(&CDF_MIDDLE.0, y, y * y) / polynomial(&CDF_MIDDLE.1, y, y * y)
    } else {
        let u = 1.0 / (z * z);
        (FRAC_1_SQRT_2PI
            - u * polynomial(&CDF_TAIL.0, u, u * u) / polynomial(&CDF_TAIL.1, u, u * u))
            / y
    };
    let tail = if y <= 37.5 {
        // The square of a number with few bits is exact; the rest of z²/2 is small.
        let coarse = (y * 16.0).trunc() / 16.0;
        let rest = (y - coarse) * (y + coarse);
        exp(-0.5 * coarse * coarse) * exp(-0.5 * rest) * factor
    } else if y.is_nan() {
        y
    } else {
        0.0
    };
    if z > 0.0 { 1.0 - tail } else { tail }
}

const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_677_94;

#[cfg(test)]
pub(super) mod tests {
    use super::super::check::{digest, relative, rows};
    use super::{inverse_normal_cdf, inverse_normal_cdf_from_bits, normal_cdf};

    const FROM_BITS: &str = include_str!("reference/normal_from_bits.csv");
    const INVERSE: &str = include_str!("reference/normal_inverse.csv");
    const CDF: &str = include_str!("reference/normal_cdf.csv");
    const TOP: u64 = 1 << 63;

    /// Bits that reach every magnitude of both tails and of the distance from the median.
    pub fn spread_bits() -> Vec<u64> {
        let magnitudes = (11..63).flat_map(|k| (0..64).map(move |j| (1_u64 << k) / 64 * (64 + j)));
        let mut bits: Vec<u64> = magnitudes.flat_map(|m| [m, !m, TOP + m, TOP - m]).collect();
        bits.extend([0, u64::MAX, TOP, TOP - 1]);
        bits.sort_unstable();
        bits.dedup();
        bits
    }

    #[test]
    fn numbers_from_bits_match_the_reference() {
        for (bits, head, rest) in rows::<u64>(FROM_BITS) {
            let error = relative(inverse_normal_cdf_from_bits(bits), head, rest);
            assert!(error < 6e-15, "{bits:#018x}: relative error {error:e}");
        }
    }

    #[test]
    fn opposite_bits_give_opposite_numbers() {
        for bits in spread_bits() {
            let z = inverse_normal_cdf_from_bits(bits);
            assert_eq!(inverse_normal_cdf_from_bits(!bits), -z, "{bits:#018x}");
            assert_eq!(z < 0.0, bits < TOP, "{bits:#018x}");
            assert!(z != 0.0 && z.abs() < 8.2924, "{bits:#018x} gives {z}");
        }
    }

    #[test]
    fn numbers_from_bits_increase() {
        let spread = spread_bits();
        let even = (0..1_u64 << 18).map(|i| i << 46).collect();
        for scan in [spread, even] {
            for pair in scan.windows(2) {
                let [low, high] = [pair[0], pair[1]].map(inverse_normal_cdf_from_bits);
                // One cell or two neighbours: those have their own test.
                assert!(
                    low < high || (pair[1] >> 11) - (pair[0] >> 11) <= 1,
                    "{pair:x?}"
                );
            }
        }
    }

    #[test]
    fn neighbouring_cells_are_in_order_to_within_the_error() {
        for start in spread_bits() {
            let cells = (0..8).map(|i| start.saturating_add(i << 11));
            let z: Vec<f64> = cells.map(inverse_normal_cdf_from_bits).collect();
            assert!(
                z.windows(2).all(|p| p[1] >= p[0] - 1.2e-14 * p[0].abs()),
                "{start:#018x}"
            );
        }
    }

    #[test]
    fn the_distribution_function_undoes_the_bits() {
        for bits in spread_bits().into_iter().filter(|b| *b < TOP) {
            let p = ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            let z = inverse_normal_cdf_from_bits(bits);
            // An error in z is an error z² times as large, relatively, in a tail probability.
            let error = (normal_cdf(z) / p - 1.0).abs();
            assert!(
                error < 2e-15 + 6e-15 * (1.0 + z * z),
                "{bits:#018x}: {error:e}"
            );
        }
    }

    #[test]
    fn quantiles_match_the_reference() {
        for (p, head, rest) in rows::<f64>(INVERSE) {
            let error = relative(inverse_normal_cdf(p), head, rest);
            assert!(error < 1e-15, "{p:e}: relative error {error:e}");
        }
    }

    #[test]
    fn quantiles_at_the_edges() {
        assert_eq!(inverse_normal_cdf(0.5), 0.0);
        assert_eq!(inverse_normal_cdf(0.0), f64::NEG_INFINITY);
        assert_eq!(inverse_normal_cdf(1.0), f64::INFINITY);
        for p in [
            -1e-300,
            1.0 + f64::EPSILON,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ] {
            assert!(inverse_normal_cdf(p).is_nan(), "{p}");
        }
    }

    #[test]
    fn the_distribution_function_matches_the_reference() {
        for (z, head, rest) in rows::<f64>(CDF) {
            let error = relative(normal_cdf(z), head, rest);
            assert!(error < 1e-15, "{z}: relative error {error:e}");
        }
    }

    #[test]
    fn the_distribution_function_undoes_the_quantile() {
        for i in 1..100_000 {
            let p = f64::from(i) / 100_000.0;
            let z = inverse_normal_cdf(p);
            let error = (normal_cdf(z) / p - 1.0).abs();
            assert!(error < 1e-15 * (2.0 + z * z), "{p}: {error:e}");
            assert!(inverse_normal_cdf(f64::from(i + 1) / 100_000.0) > z, "{p}");
        }
    }

    #[test]
    fn the_distribution_function_increases_and_ends_well() {
        let steps = (-37_500..8_000).map(|i| normal_cdf(0.001 * f64::from(i)));
        assert!(steps.is_sorted());
        assert_eq!(normal_cdf(0.0), 0.5);
        assert_eq!(normal_cdf(-38.0), 0.0);
        assert_eq!(normal_cdf(f64::NEG_INFINITY), 0.0);
        assert_eq!(normal_cdf(f64::INFINITY), 1.0);
        assert!(normal_cdf(f64::NAN).is_nan());
    }

    /// Any change to a coefficient, or to the order of the operations, shows up here, and so does a
    /// machine that computes something else.
    #[test]
    fn the_bits_are_pinned() {
        let z = spread_bits().into_iter().map(inverse_normal_cdf_from_bits);
        assert_eq!(digest(z), 13_362_471_756_625_568_726);
    }
}
