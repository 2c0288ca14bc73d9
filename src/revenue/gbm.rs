//! Geometric Brownian motion of the run rate.

use super::{Observe, Response, brownian_response, increment_deviations};
use crate::math::{exp, ln};
use crate::units::{LANES, Lanes, Parameter, Timeline};

/// Run rate `A(t) = initial · exp((ln(1 + growth) − volatility²/2)·t +
/// volatility·W(t))`, *t* in years from the timeline's start; the revenue of a
/// period of length *h* is `A(t)·h` at the period's observation time.
///
/// Growth is the expected simple annual growth: E[A(t)] = initial · (1 + growth)ᵗ.
#[derive(Clone, Debug, PartialEq)]
pub struct Gbm {
    initial: Parameter,
    growth: Parameter,
    volatility: Parameter,
    times: Vec<f64>,
    lengths: Vec<f64>,
    deviations: Vec<f64>,
}

impl Gbm {
    /// `initial` run rate per year (> 0), expected `growth` per year (> −1),
    /// `volatility` per square root of a year (≥ 0).
    pub fn new(
        initial: Parameter,
        growth: Parameter,
        volatility: Parameter,
        observe: Observe,
        timeline: &Timeline,
    ) -> Self {
        let times = observe.times(timeline);
        Self {
            initial,
            growth,
            volatility,
            deviations: increment_deviations(&times),
            lengths: timeline.periods().iter().map(|p| p.length_years).collect(),
            times,
        }
    }

    pub(super) fn shocks(&self) -> usize {
        self.deviations.iter().filter(|d| **d > 0.0).count()
    }

    #[inline(always)]
    pub(super) fn generate(&self, inputs: &[Lanes], shocks: &[Lanes], revenue: &mut [Lanes]) {
        let initial = self.initial.lanes(inputs);
        let growth = self.growth.lanes(inputs);
        let volatility = self.volatility.lanes(inputs);
        let mut drift = [0.0; LANES];
        for l in 0..LANES {
            drift[l] = ln(1.0 + growth[l]) - 0.5 * volatility[l] * volatility[l];
        }
        let mut brownian = [0.0; LANES];
        let mut shocks = shocks.iter();
        for (k, row) in revenue.iter_mut().enumerate() {
            let deviation = self.deviations[k];
            if deviation > 0.0
                && let Some(shock) = shocks.next()
            {
                for l in 0..LANES {
                    brownian[l] = deviation.mul_add(shock[l], brownian[l]);
                }
            }
            let (time, length) = (self.times[k], self.lengths[k]);
            for l in 0..LANES {
                let log_growth = drift[l].mul_add(time, volatility[l] * brownian[l]);
                row[l] = initial[l] * length * exp(log_growth);
            }
        }
    }

    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        let rate = ln(1.0 + self.growth.at(inputs));
        let initial = self.initial.at(inputs);
        let periods = self.times.iter().zip(&self.lengths);
        periods
            .map(|(time, length)| initial * length * exp(rate * time))
            .collect()
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        Response {
            revenue: self.expected(inputs),
            by_shock: brownian_response(&self.deviations, self.volatility.at(inputs)),
        }
    }
}
