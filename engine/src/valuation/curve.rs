//! Rates of discount by time ahead.

use serde::{Deserialize, Serialize};

use crate::math::{exp, fma, ln};

/// Effective annual rates for payments at some times ahead: linear in time
/// between two of them, the nearest one's before the first and after the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Years ahead, ascending, and rates above −1.
    points: Vec<(f64, f64)>,
}

impl Curve {
    /// One rate, above −1, for all times.
    pub fn flat(rate: f64) -> Self {
        Self {
            points: vec![(0.0, rate)],
        }
    }

    /// Rates, each above −1, at some years ahead; `None` for no point or for years
    /// that do not ascend.
    pub fn new(points: Vec<(f64, f64)>) -> Option<Self> {
        let ascend = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
        (ascend && !points.is_empty()).then_some(Self { points })
    }

    /// Years ahead and rates, in order.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The one rate of a flat curve.
    pub fn is_flat(&self) -> Option<f64> {
        match self.points.as_slice() {
            [(_, rate)] => Some(*rate),
            _ => None,
        }
    }

    /// The curve with `spread` added to every rate.
    #[must_use]
    pub fn plus(&self, spread: f64) -> Self {
        let shifted = self
            .points
            .iter()
            .map(|(years, rate)| (*years, rate + spread));
        Self {
            points: shifted.collect(),
        }
    }

    /// The rate for a payment so many years ahead.
    pub fn rate(&self, years: f64) -> f64 {
        let after = self.points.partition_point(|point| point.0 <= years);
        let at = |i: usize| self.points[i.min(self.points.len() - 1)];
        let (from, to) = (at(after.saturating_sub(1)), at(after));
        if to.0 <= from.0 {
            return from.1;
        }
        let part = ((years - from.0) / (to.0 - from.0)).clamp(0.0, 1.0);
        fma(part, to.1 - from.1, from.1)
    }

    /// What one unit so many years ahead is worth: (1 + rate)^−years.
    pub fn factor(&self, years: f64) -> f64 {
        exp(-years * ln(1.0 + self.rate(years)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_linear_between_points_and_level_outside() {
        let curve = Curve::new(vec![(1.0, 0.02), (3.0, 0.06)]).unwrap();
        for (years, rate) in [
            (0.0, 0.02),
            (1.0, 0.02),
            (2.0, 0.04),
            (3.0, 0.06),
            (9.0, 0.06),
        ] {
            assert!((curve.rate(years) - rate).abs() < 1e-15, "{years}");
            let factor = (1.0 + rate).powf(-years);
            assert!((curve.factor(years) - factor).abs() < 1e-14);
        }
        assert_eq!(Curve::flat(0.09).rate(7.0), 0.09);
        assert_eq!(Curve::flat(0.09).plus(0.01).is_flat(), Some(0.09 + 0.01));
        assert_eq!(Curve::new(vec![]), None);
        assert_eq!(Curve::new(vec![(1.0, 0.0), (1.0, 0.1)]), None);
    }
}
