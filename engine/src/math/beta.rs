//! The beta distribution.

use super::{exp, ln};

/// A beta distribution on 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta {
    a: f64,
    b: f64,
    /// Logarithm of the beta function.
    log_whole: f64,
}

impl Beta {
    /// With both parameters above 0, not far from 1 to 100.
    pub fn new(a: f64, b: f64) -> Self {
        let mut beta = Self {
            a,
            b,
            log_whole: 0.0,
        };
        // Both sides of any point add up to the whole.
        let middle = beta.middle();
        let whole = beta.lower_part(middle) + beta.mirrored().lower_part(1.0 - middle);
        beta.log_whole = ln(whole);
        beta
    }

    /// The distribution of 1 less the value.
    pub fn mirrored(self) -> Self {
        Self {
            a: self.b,
            b: self.a,
            ..self
        }
    }

    /// The probability of a value below `x`, relative error about 1e-14 where it is at
    /// most a half.
    pub fn cdf(self, x: f64) -> f64 {
        if x <= 0.0 {
            0.0
        } else if x >= 1.0 {
            1.0
        } else if x <= self.middle() {
            self.lower_part(x)
        } else {
            1.0 - self.mirrored().lower_part(1.0 - x)
        }
    }

    /// The density at `x`, 0 to 1 without the ends.
    pub fn density(self, x: f64) -> f64 {
        exp((self.a - 1.0) * ln(x) + (self.b - 1.0) * ln(1.0 - x) - self.log_whole)
    }

    /// Up to where the continued fraction converges fast.
    fn middle(self) -> f64 {
        (self.a + 1.0) / (self.a + self.b + 2.0)
    }

    /// The probability below `x`, up to [`middle`](Self::middle), by the continued
    /// fraction of DLMF 8.17.22, evaluated by Lentz's method.
    fn lower_part(self, x: f64) -> f64 {
        let (a, b) = (self.a, self.b);
        let mut term = 1.0;
        let mut below = 1.0 / (1.0 - (a + b) * x / (a + 1.0));
        let mut fraction = below;
        for m in 1..200 {
            let m = f64::from(m);
            let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
            let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
            below = 1.0 / (1.0 + even * below);
            term = 1.0 + even / term;
            fraction *= below * term;
            below = 1.0 / (1.0 + odd * below);
            term = 1.0 + odd / term;
            let change = below * term;
            fraction *= change;
            if (change - 1.0).abs() < 1e-15 {
                break;
            }
        }
        exp(a * ln(x) + b * ln(1.0 - x) - self.log_whole) * fraction / a
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_parameters_have_polynomials() {
        let cubic = |x: f64| x.powi(3) * (10.0 - 15.0 * x + 6.0 * x * x);
        let (symmetric, skewed) = (Beta::new(3.0, 3.0), Beta::new(2.0, 4.0));
        for i in 1..100 {
            let x = f64::from(i) / 100.0;
            assert!((symmetric.cdf(x) - cubic(x)).abs() < 1e-14, "{x}");
            let below = 1.0 - (1.0 - x).powi(5) - 5.0 * x * (1.0 - x).powi(4);
            assert!((skewed.cdf(x) - below).abs() < 1e-14, "{x}");
            let density = 20.0 * x * (1.0 - x).powi(3);
            assert!((skewed.density(x) - density).abs() < 1e-13, "{x}");
        }
        let tail = Beta::new(3.0, 3.0).cdf(1e-6);
        assert!((tail / cubic(1e-6) - 1.0).abs() < 1e-13);
    }

    #[test]
    fn both_sides_add_up_to_one() {
        for (a, b) in [(1.0, 5.0), (1.7, 4.3), (4.9, 1.1), (30.0, 2.5)] {
            for x in [0.01, 0.2, 0.5, 0.77, 0.99] {
                let sum = Beta::new(a, b).cdf(x) + Beta::new(b, a).cdf(1.0 - x);
                assert!((sum - 1.0).abs() < 1e-13, "{a} {b} {x}");
            }
        }
    }
}
