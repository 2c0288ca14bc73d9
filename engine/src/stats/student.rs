//! Student's t distribution: how wide an interval from few replicates must be.

use crate::math::{exp, inverse_normal_cdf, ln};

/// Panels of Simpson's rule: its error is below 10⁻⁹ for every level asked for.
const PANELS: usize = 400;

/// The number *t* with P(|T| ≤ t) = `level` for Student's distribution with
/// `degrees` of freedom; `level` in (0, 0.9999], `degrees` 3 or more, the normal
/// quantile where it is infinite.
///
/// Newton's method on the integral of the density; correct to about 10⁻⁹.
pub fn two_sided_quantile(level: f64, degrees: f64) -> f64 {
    let mut t = inverse_normal_cdf(0.5 + 0.5 * level);
    if degrees.is_infinite() {
        return t;
    }
    let density = Density::new(degrees);
    // From the left of a concave function Newton's steps approach from below and settle.
    for _ in 0..64 {
        let step = (0.5 * level - density.integral(t)) / density.at(t);
        t += step;
        if step.abs() < 1e-12 * t {
            break;
        }
    }
    t
}

struct Density {
    degrees: f64,
    constant: f64,
}

impl Density {
    fn new(degrees: f64) -> Self {
        // Γ((ν + 1)/2) / Γ(ν/2) by its recurrence, from 1/√π at ν = 1 or √π/2 at ν = 2.
        let whole = degrees as u32;
        let root_pi = std::f64::consts::PI.sqrt();
        let (mut ratio, mut nu) = match whole % 2 {
            1 => (1.0 / root_pi, 1),
            _ => (0.5 * root_pi, 2),
        };
        while nu < whole {
            ratio *= f64::from(nu + 1) / f64::from(nu);
            nu += 2;
        }
        Self {
            degrees,
            constant: ratio / (degrees.sqrt() * root_pi),
        }
    }

    fn at(&self, x: f64) -> f64 {
        let power = -0.5 * (self.degrees + 1.0);
        self.constant * exp(power * ln(1.0 + x * x / self.degrees))
    }

    /// From 0 to `t`, by Simpson's rule.
    fn integral(&self, t: f64) -> f64 {
        let width = t / PANELS as f64;
        let mut sum = self.at(0.0) + self.at(t);
        for i in 1..PANELS {
            let weight = if i % 2 == 1 { 4.0 } else { 2.0 };
            sum += weight * self.at(i as f64 * width);
        }
        sum * width / 3.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // Two-sided 95 % and 99 %, computed with 15 digits by an independent library.
        for (degrees, ninety_five, ninety_nine) in [
            (3.0, 3.182_446_305_283_707_8, 5.840_909_309_733_355),
            (15.0, 2.131_449_545_559_776, 2.946_712_883_475_238),
            (16.0, 2.119_905_299_221_254_6, 2.920_781_622_425_1),
            (1023.0, 1.962_285_619_647_268, 2.580_643_766_252_03),
        ] {
            let got = two_sided_quantile(0.95, degrees);
            assert!((got - ninety_five).abs() < 1e-8, "{degrees}: {got}");
            let got = two_sided_quantile(0.99, degrees);
            assert!((got - ninety_nine).abs() < 1e-8, "{degrees}: {got}");
        }
        let normal = two_sided_quantile(0.95, f64::INFINITY);
        assert!((normal - 1.959_963_984_540_054).abs() < 1e-12);
    }
}
