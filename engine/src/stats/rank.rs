//! Which of some values in order a quantile is.

/// Errors of rounding in a quantile *q*, given in percent or taken from 1, and in its
/// product with a count, as a part of the count.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// The rank of the quantile at `q` in (0, 1] among `count` values in order, 1 for the
/// least of all: the least rank that is `q` · `count` or more. Where that product is a
/// whole number, it is that number, however `q` was rounded: 7 % of 10,000 is 700,
/// although 0.07 × 10,000 is 700.0000000000001 in binary.
pub fn rank(q: f64, count: u64) -> u64 {
    let least = ((q - ROUNDING) * count as f64).ceil() as u64;
    least.clamp(1, count.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [u64; 14] = [
        1,
        3,
        16,
        20,
        99,
        100,
        999,
        1_000,
        10_000,
        16_384,
        65_536,
        1_000_003,
        1 << 30,
        1 << 41,
    ];

    /// ⌈part · count / whole⌉ in whole numbers.
    fn exact(part: u64, whole: u64, count: u64) -> u64 {
        let (part, whole, count) = (u128::from(part), u128::from(whole), u128::from(count));
        (part * count).div_ceil(whole) as u64
    }

    #[test]
    fn percentiles_are_those_of_exact_arithmetic() {
        for count in COUNTS {
            for percent in 1..=100 {
                let wanted = exact(percent, 100, count);
                let q = percent as f64 / 100.0;
                assert_eq!(rank(q, count), wanted, "{percent} % of {count}");
                // As the rest of all above it.
                let mirrored = 1.0 - (100 - percent) as f64 / 100.0;
                assert_eq!(rank(mirrored, count), wanted, "{percent} % of {count}");
            }
            for tenth in 1..1000 {
                let q = f64::from(tenth as u32) / 10.0 / 100.0;
                assert_eq!(
                    rank(q, count),
                    exact(tenth, 1000, count),
                    "{tenth} of {count}"
                );
            }
        }
        // These are a rank too high without care.
        for (percent, wanted) in [(7.0, 700), (14.0, 1_400), (28.0, 2_800), (56.0, 5_600)] {
            assert_eq!(rank(percent / 100.0, 10_000), wanted);
            assert_eq!((percent / 100.0 * 1e4_f64).ceil() as u64, wanted + 1);
        }
    }

    #[test]
    fn the_least_is_the_first_and_nothing_lies_beyond_the_last() {
        assert_eq!((rank(1e-9, 5), rank(1.0, 5), rank(0.5, 0)), (1, 5, 1));
    }
}
