//! Geometric Brownian motion of the run rate.

use serde::{Deserialize, Serialize};

use super::shocks::Shock;
use super::{Observe, Response, Volatility, brownian_response};
use crate::math::{exp, fma, growth_factor, ln};
use crate::units::{LANES, Lanes, Parameter, Timeline};

/// Run rate `A(t) = initial · exp((ln(1 + growth) − volatility²/2)·t +
/// volatility·W(t))`, *t* in years from the timeline's start; the revenue of a
/// period of length *h* is `A(t)·h` at the period's observation time.
///
/// Growth is the expected simple annual growth: E[A(t)] = initial · (1 + growth)ᵗ.
/// A volatility with steps takes the integral of its square for volatility²·t.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gbm {
    initial: Parameter,
    growth: Parameter,
    volatility: Parameter,
    times: Vec<f64>,
    lengths: Vec<f64>,
    deviations: Vec<f64>,
    /// For each period, ½(t − clock): what a volatility with steps adds to the
    /// drift of a volatility of 1. 0 where it is constant.
    corrections: Vec<f64>,
}

impl Gbm {
    /// `initial` run rate per year (> 0), expected `growth` per year (> −1),
    /// `volatility` per square root of a year (≥ 0).
    pub fn new(
        initial: Parameter,
        growth: Parameter,
        volatility: impl Into<Volatility>,
        observe: Observe,
        timeline: &Timeline,
    ) -> Self {
        let times = observe.times(timeline);
        let volatility = volatility.into();
        let (mut before, mut behind) = (0.0, 0.0);
        let mut deviations = Vec::with_capacity(times.len());
        let mut corrections = Vec::with_capacity(times.len());
        for &time in &times {
            let square = volatility.mean_square(before, time);
            let step: f64 = time - before;
            deviations.push((square * step.max(0.0)).sqrt());
            behind += 0.5 * (1.0 - square) * step;
            corrections.push(behind);
            before = time;
        }
        Self {
            initial,
            growth,
            volatility: volatility.scale(),
            deviations,
            corrections,
            lengths: timeline.periods().iter().map(|p| p.length_years).collect(),
            times,
        }
    }

    pub(super) fn shocks(&self) -> usize {
        self.deviations.iter().filter(|d| **d > 0.0).count()
    }

    pub(super) fn shock_kinds(&self) -> Vec<Shock> {
        Shock::path(&self.deviations)
    }

    /// Years between the observations of periods: 0 where two fall together.
    pub(super) fn steps(&self) -> Vec<f64> {
        let mut before = 0.0;
        let step = |time: &f64| {
            let step: f64 = time - before;
            before = *time;
            step.max(0.0)
        };
        self.times.iter().map(step).collect()
    }

    /// Observation times in years from the timeline's start.
    pub(super) fn times(&self) -> &[f64] {
        &self.times
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
                    brownian[l] = fma(deviation, shock[l], brownian[l]);
                }
            }
            let (time, length) = (self.times[k], self.lengths[k]);
            let correction = self.corrections[k];
            for l in 0..LANES {
                let log_growth = fma(drift[l], time, volatility[l] * brownian[l]);
                row[l] = initial[l] * length * growth_factor(log_growth + correction);
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
