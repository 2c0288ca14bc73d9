//! Revenue models: parameters and shocks in, revenue per period out. Pure: they
//! know no contract and no source of randomness.

mod disaggregate;
mod forecast;
mod gbm;

pub use disaggregate::{DisaggregateError, Total, smooth_months};
pub use forecast::{Forecast, ForecastError, ForecastPlan, Observed};
pub use gbm::Gbm;

use crate::units::{Lanes, Timeline};

/// Where in its period the run rate is observed that gives the period's revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observe {
    /// At the start: the first period is certain.
    Start,
    /// In the middle.
    Mid,
    /// At the end.
    End,
}

impl Observe {
    /// Every choice with the word a scenario uses for it.
    pub const ALL: [(&'static str, Self); 3] = [
        ("start", Self::Start),
        ("mid", Self::Mid),
        ("end", Self::End),
    ];

    /// The word a scenario uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Mid => "mid",
            Self::End => "end",
        }
    }

    /// The observation times of a timeline's periods, in years from its start.
    pub fn times(self, timeline: &Timeline) -> Vec<f64> {
        let part: f64 = match self {
            Self::Start => 0.0,
            Self::Mid => 0.5,
            Self::End => 1.0,
        };
        let time = |p: &crate::units::Period| part.mul_add(p.length_years, p.start_years);
        timeline.periods().iter().map(time).collect()
    }
}

/// A revenue model on a timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Geometric Brownian motion of the run rate.
    Gbm(Gbm),
    /// An annual plan with errors around it.
    Forecast(Forecast),
}

/// How the logarithm of each period's revenue responds to the shocks, at central
/// values of the inputs; what the order of the quasi-random shocks is chosen by.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Revenue of each period without shocks.
    pub revenue: Vec<f64>,
    /// For each period, d ln revenue / d shock, one number for each shock.
    pub by_shock: Vec<Vec<f64>>,
}

impl Model {
    /// The number of independent standard normal shocks a path takes.
    pub fn shocks(&self) -> usize {
        match self {
            Self::Gbm(model) => model.shocks(),
            Self::Forecast(model) => model.shocks(),
        }
    }

    /// Which of the shocks, if any, is the persistent error in growth: one standard
    /// normal that moves all of a path's revenue the same way.
    pub fn growth_error(&self) -> Option<usize> {
        match self {
            Self::Gbm(_) => None,
            Self::Forecast(model) => model.growth_error(),
        }
    }

    /// Fills `revenue[k]` with the revenue of period *k* on each path of a row:
    /// `inputs` are the drawn uncertain inputs, `shocks` standard normals.
    #[inline(always)]
    pub fn generate(&self, inputs: &[Lanes], shocks: &[Lanes], revenue: &mut [Lanes]) {
        match self {
            Self::Gbm(model) => model.generate(inputs, shocks, revenue),
            Self::Forecast(model) => model.generate(inputs, shocks, revenue),
        }
    }

    /// The response to the shocks where every input takes the value given.
    pub fn response(&self, inputs: &[f64]) -> Response {
        match self {
            Self::Gbm(model) => model.response(inputs),
            Self::Forecast(model) => model.response(inputs),
        }
    }

    /// Revenue of each period on the plan itself, without shocks: the expected
    /// revenue where every input takes the value given.
    pub fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        match self {
            Self::Gbm(model) => model.expected(inputs),
            Self::Forecast(model) => model.plan().to_vec(),
        }
    }
}

/// The square roots of the times between observations, with 0 where two fall
/// together: the standard deviations of a Brownian motion's increments.
fn increment_deviations(times: &[f64]) -> Vec<f64> {
    let mut before = 0.0;
    times
        .iter()
        .map(|&time| {
            let step: f64 = time - before;
            before = time;
            step.max(0.0).sqrt()
        })
        .collect()
}

/// The response of ln revenue to a Brownian motion's shocks: `volatility` times
/// the deviation of each increment up to the period, one column for each
/// increment that is not zero.
fn brownian_response(deviations: &[f64], volatility: f64) -> Vec<Vec<f64>> {
    let columns: Vec<usize> = (0..deviations.len())
        .filter(|&j| deviations[j] > 0.0)
        .collect();
    (0..deviations.len())
        .map(|k| {
            columns
                .iter()
                .map(|&j| {
                    if j <= k {
                        volatility * deviations[j]
                    } else {
                        0.0
                    }
                })
                .collect()
        })
        .collect()
}
