//! The fused multiply-add from sums and products alone.

/// Factors from 2^-400 to 2^400: the error of their product is a number too.
const FACTOR: std::ops::Range<u64> = exponent(-400)..exponent(400);
/// Summands from 2^-900 to 2^900: neither they nor what they add to leave the range.
const SUMMAND: std::ops::Range<u64> = exponent(-900)..exponent(900);

/// The bits of 2^`power`.
const fn exponent(power: i64) -> u64 {
    ((power + 1023) as u64) << 52
}

/// The fused multiply-add of Boldo and Melquiond (2008, *Emulation of a FMA and correctly rounded
/// sums: proved algorithms using rounding to odd*). It holds where nothing overflows or underflows
/// on the way; elsewhere the standard library's routine, many times slower, serves.
#[inline(always)]
pub fn fma(a: f64, b: f64, c: f64) -> f64 {
    let magnitude = |x: f64| x.abs().to_bits();
    let usual = FACTOR.contains(&magnitude(a))
        && FACTOR.contains(&magnitude(b))
        && (c == 0.0 || SUMMAND.contains(&magnitude(c)));
    if !usual {
        // Exact where a factor is 0, as shocks and rates of nothing are.
        return match a == 0.0 || b == 0.0 {
            true => a * b + c,
            false => f64::mul_add(a, b, c),
        };
    }
    let (product, lost) = two_product(a, b);
    let (rest, rest_lost) = two_sum(c, lost);
    let (sum, sum_lost) = two_sum(product, rest);
    sum + odd(sum_lost, rest_lost)
}

/// The sum of two numbers rounded to odd: if it is not exact, to the neighbour with an odd last
/// digit, so that rounding once more errs on neither side.
#[inline(always)]
fn odd(a: f64, b: f64) -> f64 {
    let (sum, lost) = two_sum(a, b);
    let bits = sum.to_bits();
    if lost == 0.0 || bits & 1 == 1 {
        sum
    } else if (lost > 0.0) == (sum > 0.0) {
        f64::from_bits(bits + 1)
    } else {
        f64::from_bits(bits - 1)
    }
}

/// A sum and what its rounding lost (Knuth).
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let other = sum - a;
    (sum, (a - (sum - other)) + (b - other))
}

/// A product and what its rounding lost (Dekker).
#[inline(always)]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    // The first 26 digits of a number and the others.
    let split = |x: f64| {
        let scaled = 134_217_729.0 * x;
        let head = scaled - (scaled - x);
        (head, x - head)
    };
    let product = a * b;
    let ((a, a_rest), (b, b_rest)) = (split(a), split(b));
    let lost = ((a * b - product) + a * b_rest + a_rest * b) + a_rest * b_rest;
    (product, lost)
}

#[cfg(test)]
mod tests {
    use rand::rngs::ChaCha8Rng;
    use rand::{Rng, SeedableRng};

    use super::*;

    fn agrees(a: f64, b: f64, c: f64) {
        let (ours, exact) = (fma(a, b, c), f64::mul_add(a, b, c));
        assert!(
            ours.to_bits() == exact.to_bits() || ours.is_nan() && exact.is_nan(),
            "{a:e} · {b:e} + {c:e}: {ours:e}, not {exact:e}"
        );
    }

    /// Zeros, the ends of the range of numbers and of those that the software takes, and
    /// numbers between which sums cancel, tie and fall short of a tie.
    #[test]
    fn the_software_is_exact_at_every_edge() {
        let powers = [
            -1074, -1073, -1023, -1022, -1021, -969, -901, -900, -899, -537, -401, -400, -399,
            -106, -54, -53, -52, -27, -1, 0, 1, 26, 27, 52, 53, 54, 106, 399, 400, 401, 511, 899,
            900, 901, 970, 1023,
        ];
        let mut edges = vec![0.0, f64::MAX, f64::INFINITY, f64::NAN];
        for power in powers {
            let number = 2f64.powi(power / 2) * 2f64.powi(power - power / 2);
            edges.extend([number.next_down(), number, number.next_up(), 1.5 * number]);
        }
        let negative: Vec<f64> = edges.iter().map(|x| -x).collect();
        edges.extend(negative);
        let positive = edges.iter().filter(|x| !x.is_sign_negative());
        for &a in positive {
            for &b in &edges {
                for &c in &edges {
                    agrees(a, b, c);
                }
            }
        }
    }

    #[test]
    fn the_software_is_exact_on_random_numbers() {
        let mut generator = ChaCha8Rng::seed_from_u64(1);
        let mut bits = || generator.next_u64();
        for _ in 0..1_000_000 {
            // Any numbers at all; then factors of any size and a summand near the product.
            let [a, b, c] = [bits(), bits(), bits()].map(f64::from_bits);
            agrees(a, b, c);
            let near = |bits: u64| f64::from_bits(bits >> 12 | 1023 << 52);
            let [a, b] = [near(bits()), near(bits())];
            let shift = 2f64.powi((bits() % 240) as i32 - 120);
            let c = near(bits()) * shift;
            agrees(a, b, c);
            agrees(a, -b, c);
            // A summand that leaves little more than the error of the product, or a tie.
            let product = a * b;
            agrees(a, -b, f64::from_bits(product.to_bits() + bits() % 3 - 1));
            agrees(a, b, product * shift);
            agrees(a, b.round(), -a * shift);
        }
    }
}
