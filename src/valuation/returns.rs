//! What an investment brings in: its internal rate of return, and when it is
//! paid back.

use crate::math::{exp, fma, ln};
use crate::units::Date;

/// An amount paid once, for which payments come in later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Investment {
    /// The amount, above 0.
    pub amount: f64,
    /// The day it is paid, at its opening.
    pub date: Date,
}

/// Steps of Newton's method after which a root counts as found: it takes six to
/// ten from its start.
const MOST_STEPS: usize = 60;

/// The internal rate of return per year, effective: the rate *r* at which
/// Σ amount · (1 + r)^−years equals what is invested.
///
/// `flows` are years from the investment, 0 or more, and amounts of 0 or more.
/// `None` where there is no such rate: nothing comes in, or all of the investment
/// comes back on its day.
///
/// With x = ln(1 + r) the sum is convex and falling in x, and by Jensen's
/// inequality not below the investment at x₀ = ln(total / invested) / mean life:
/// Newton's method rises from there to the root without overshooting.
pub fn internal_rate(
    invested: f64,
    flows: impl Iterator<Item = (f64, f64)> + Clone,
) -> Option<f64> {
    let at_once: f64 = flows
        .clone()
        .filter(|(years, _)| *years <= 0.0)
        .map(|(_, a)| a)
        .sum();
    let later = flows.filter(|(years, amount)| *years > 0.0 && *amount > 0.0);
    let open = invested - at_once;
    let (total, weighted) = later
        .clone()
        .fold((0.0, 0.0), |(sum, weighted), (years, amount)| {
            (sum + amount, fma(years, amount, weighted))
        });
    if open <= 0.0 || total <= 0.0 {
        return None;
    }
    let mut x = ln(total / open) * total / weighted;
    for _ in 0..MOST_STEPS {
        let (mut value, mut slope) = (-open, 0.0);
        for (years, amount) in later.clone() {
            let discounted = amount * exp(-x * years);
            value += discounted;
            slope = fma(years, discounted, slope);
        }
        let step = value / slope;
        x += step;
        if step <= 1e-15 * (1.0 + x.abs()) {
            break;
        }
    }
    Some(exp(x) - 1.0)
}

/// The position of the flow with which what came in reaches what was invested;
/// `None` where it never does. Ties count in decimal, as a cap's do.
pub fn payback(invested: f64, flows: impl Iterator<Item = f64>) -> Option<usize> {
    let mut open = invested * (1.0 - 1e-12);
    flows.enumerate().find_map(|(i, amount)| {
        open -= amount;
        (open <= 0.0).then_some(i)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(invested: f64, flows: &[(f64, f64)]) -> Option<f64> {
        internal_rate(invested, flows.iter().copied())
    }

    #[test]
    fn rates_known_in_closed_form() {
        let near = |found: Option<f64>, exact: f64| {
            assert!((found.unwrap() - exact).abs() < 1e-12, "{found:?} {exact}");
        };
        near(rate(100.0, &[(1.0, 110.0)]), 0.10);
        near(rate(100.0, &[(2.0, 100.0)]), 0.0);
        near(rate(100.0, &[(0.5, 50.0)]), -0.75);
        near(rate(100.0, &[(0.0, 50.0), (1.0, 100.0)]), 1.0);
        // A bond at par earns its coupon; an annuity of 1 + r twice.
        near(rate(100.0, &[(1.0, 7.0), (2.0, 7.0), (3.0, 107.0)]), 0.07);
        let golden = (5f64.sqrt() - 1.0) / 2.0;
        near(rate(1.0, &[(1.0, 1.0), (2.0, 1.0)]), golden);
        near(rate(1e-6, &[(10.0, 1e6)]), 10f64.powf(1.2) - 1.0);
    }

    #[test]
    fn there_is_no_rate_without_a_return_or_with_an_immediate_one() {
        assert_eq!(rate(100.0, &[]), None);
        assert_eq!(rate(100.0, &[(1.0, 0.0)]), None);
        assert_eq!(rate(100.0, &[(0.0, 100.0), (1.0, 5.0)]), None);
    }

    #[test]
    fn the_rate_discounts_to_what_was_invested() {
        for scale in [0.01, 0.3, 1.0, 3.0, 40.0] {
            let flows: Vec<(f64, f64)> = (1..=40)
                .map(|q| (f64::from(q) / 4.0, scale * f64::from(q % 7)))
                .collect();
            let rate = rate(100.0, &flows).unwrap();
            let value: f64 = flows.iter().map(|(t, a)| a * (1.0 + rate).powf(-t)).sum();
            assert!((value / 100.0 - 1.0).abs() < 1e-12, "{scale}: {value}");
        }
    }

    #[test]
    fn payback_is_the_flow_that_completes_it() {
        assert_eq!(payback(1.0, [0.1; 10].into_iter()), Some(9));
        assert_eq!(payback(3.0, [1.0, 1.0].into_iter()), None);
    }
}
