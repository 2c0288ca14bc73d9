//! The standard normal distribution: its distribution function and two inverses.
//!
//! [`inverse_normal_cdf_from_bits`] is the hot one, straight-line code for vector loops (see
//! [`super::elementary`] for what that means). The other two are for set-up, reports and tests;
//! they branch.

use super::elementary::{EXPONENT_OFFSET, exp, ln, polynomial, split_at_root_half};

const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
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
/// ±BITSEXTREME, reached with probability 2^-53 each.
///
/// Relative error at most BITSREL against the exact quantile of the cell's middle. Increasing
/// to within that error: numbers whose uniforms are closer than it can be out of order.
///
/// Method: with x = 1 - 2p and w = -ln(4p(1-p)) = -ln(1-x²), z/x is a smooth function of w alone
/// (M. B. Giles, "Approximating the erfinv function", GPU Computing Gems, 2011). One rational
/// function covers the whole range, without the square root and the choice between regions of
/// Wichura's AS241. The logarithm is taken to base 2, without multiplying by ln 2.
#[inline(always)]
pub fn inverse_normal_cdf_from_bits(bits: u64) -> f64 {
    // t is an odd multiple of 2^-53 in (0, 1), and every step up to q is exact.
    let t = f64::from_bits((bits << 1 >> 12) | ONE_BITS) - (1.0 - HALF_STEP);
    let x = t - if (bits as i64) < 0 { 0.0 } else { 1.0 };
    let distance = x.abs();
    let q = 1.0 - distance;
    // 4p(1-p), with full relative accuracy in the tail.
    let product = distance.mul_add(q, q);
    let (m, exponent) = split_at_root_half(product);
    let s = (m - 1.0) / (m + 1.0);
    let u = s * s;
    let series = polynomial(&LOG2_SERIES, u, u * u);
    let log2 = s.mul_add(series, exponent - EXPONENT_OFFSET);
    let square = log2 * log2;
    x * polynomial(&NUMERATOR, log2, square) / polynomial(&DENOMINATOR, log2, square)
}

/// The number below which a standard normal falls with probability `p`.
///
/// For `p` in (0, 1), relative error at most INVREL; above one half `p` itself resolves the upper
/// tail only to 1.1e-16, and the result is as exact as `p` is. 0 gives minus infinity, 1 infinity,
/// one half exactly 0, and anything outside [0, 1] NaN.
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
        let ((numerator, denominator), r) =
            if r <= 5.0 { (&NEAR_TAIL, r - 1.6) } else { (&FAR_TAIL, r - 5.0) };
        polynomial(numerator, r, r * r) / polynomial(denominator, r, r * r)
    };
    if q < 0.0 { -distance } else { distance }
}

/// A numerator and a denominator of AS 241.
type Ratio = ([f64; 8], [f64; 8]);

/// AS 241 in 0.180625 - (p - 1/2)², for |p - 1/2| ≤ 0.425.
const CENTRE: Ratio = (
    [
        3.387_132_872_796_366_608_0e0, 1.331_416_678_917_843_774_5e2, 1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4, 4.592_195_393_154_987_145_7e4, 6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4, 2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0, 4.231_333_070_160_091_125_2e1, 6.871_870_074_920_579_083_0e2,
        5.394_196_021_424_751_107_7e3, 2.121_379_430_158_659_586_7e4, 3.930_789_580_009_271_061_0e4,
        2.872_908_573_572_194_267_4e4, 5.226_495_278_852_854_561_0e3,
    ],
);

/// AS 241 in √(-ln p) - 1.6, for √(-ln p) ≤ 5.
const NEAR_TAIL: Ratio = (
    [
        1.423_437_110_749_683_577_34e0, 4.630_337_846_156_545_295_90e0, 5.769_497_221_460_691_405_50e0,
        3.647_848_324_763_204_605_04e0, 1.270_458_252_452_368_382_58e0, 2.417_807_251_774_506_117_70e-1,
        2.272_384_498_926_918_458_33e-2, 7.745_450_142_783_414_076_40e-4,
    ],
    [
        1.0, 2.053_191_626_637_758_821_87e0, 1.676_384_830_183_803_849_40e0,
        6.897_673_349_851_000_045_50e-1, 1.481_039_764_274_800_745_90e-1, 1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946_00e-4, 1.050_750_071_644_416_843_24e-9,
    ],
);

/// AS 241 in √(-ln p) - 5, beyond.
const FAR_TAIL: Ratio = (
    [
        6.657_904_643_501_103_777_20e0, 5.463_784_911_164_114_369_90e0, 1.784_826_539_917_291_335_80e0,
        2.965_605_718_285_048_912_30e-1, 2.653_218_952_657_612_309_30e-2, 1.242_660_947_388_078_438_60e-3,
        2.711_555_568_743_487_578_15e-5, 2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0, 5.998_322_065_558_879_376_90e-1, 1.369_298_809_227_358_053_10e-1,
        1.487_536_129_085_061_485_25e-2, 7.868_691_311_456_132_591_00e-4, 1.846_318_317_510_054_681_80e-5,
        1.421_511_758_316_445_888_70e-7, 2.044_263_103_389_939_785_64e-15,
    ],
);

/// The probability that a standard normal falls below `z`.
///
/// Relative error at most CDFREL for -37.5 ≤ `z`, so the lower tail is as good as the centre; the
/// upper tail is as exact as a number near 1 can be. Below -37.5 the result is 0; NaN gives NaN.
///
/// Method: W. J. Cody's rational approximations ("Rational Chebyshev approximations for the error
/// function", Mathematics of Computation 23, 1969) as in ANORM of his SPECFUN ("Algorithm 715",
/// ACM Transactions on Mathematical Software 19, 1993), with this crate's own [`exp`].
pub fn normal_cdf(z: f64) -> f64 {
    let y = z.abs();
    if y <= 0.662_91 {
        let u = z * z;
        return 0.5 + z * (polynomial(&CDF_CENTRE.0, u, u * u) / polynomial(&CDF_CENTRE.1, u, u * u));
    }
    let factor = if y <= 5.656_854_248 {
        polynomial(&CDF_MIDDLE.0, y, y * y) / polynomial(&CDF_MIDDLE.1, y, y * y)
    } else {
        let u = 1.0 / (z * z);
        (FRAC_1_SQRT_2PI - u * polynomial(&CDF_TAIL.0, u, u * u) / polynomial(&CDF_TAIL.1, u, u * u)) / y
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

/// ANORM in z², for |z| ≤ 0.66291.
const CDF_CENTRE: ([f64; 5], [f64; 5]) = (
    [
        1.815_498_125_334_356_124_9e4, 1.067_689_485_460_370_958_2e3, 1.610_282_310_685_558_788_1e2,
        2.235_252_035_460_683_928_7, 6.568_233_791_820_744_911_3e-2,
    ],
    [
        4.550_778_933_502_672_995_6e4, 1.026_093_220_861_897_820_5e4, 9.760_985_517_377_766_932_2e2,
        4.720_258_190_468_824_187_0e1, 1.0,
    ],
);

/// ANORM in |z|, up to √32.
const CDF_MIDDLE: ([f64; 9], [f64; 9]) = (
    [
        9.842_714_838_383_978_021_8e3, 1.160_265_143_764_735_012_4e4, 6.848_190_450_536_282_332_6e3,
        2.494_537_585_290_372_671_1e3, 5.972_702_763_948_002_622_6e2, 9.350_665_613_217_785_597_9e1,
        8.883_149_794_388_375_941_2, 3.989_415_120_881_346_676_4e-1, 1.076_557_677_372_019_231_7e-8,
    ],
    [
        1.968_542_967_685_999_072_7e4, 3.891_200_328_609_327_141_1e4, 3.490_095_272_114_597_726_6e4,
        1.861_557_164_088_509_809_1e4, 6.485_558_298_266_760_755_0e3, 1.519_377_599_407_554_805_0e3,
        2.353_879_017_826_249_986_1e2, 2.226_668_804_432_811_569_1e1, 1.0,
    ],
);

/// ANORM in 1/z², beyond √32.
const CDF_TAIL: ([f64; 6], [f64; 6]) = (
    [
        2.911_287_495_116_879_2e-5, 1.421_619_193_227_893_466e-3, 2.223_527_787_064_980_7e-2,
        1.274_011_611_602_473_639e-1, 2.158_985_340_579_569_9e-1, 2.307_344_176_494_017_303e-2,
    ],
    [
        7.297_515_550_839_662_05e-5, 3.782_396_332_027_582_44e-3, 6.598_813_786_892_855_15e-2,
        4.682_382_124_808_651_18e-1, 1.284_260_096_144_911_21, 1.0,
    ],
);
