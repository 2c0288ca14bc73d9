//! S-curves: growth that ends where a market is full.

use serde::{Deserialize, Serialize};

use super::errors::{ErrorPart, Errors};
use super::shocks::Shock;
use super::{ErrorTerms, Observe, Response};
use crate::math::exp;
use crate::units::{LANES, Lanes, Parameter, Timeline};

/// The shape of an S-curve. Times are in years from the timeline's start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// Run rate `capacity / (1 + exp(−steepness·(t − midpoint)))`; the revenue of a
    /// period of length *h* is that at its observation time, times *h*.
    Logistic {
        /// Run rate per year that is approached, above 0.
        capacity: Parameter,
        /// Rate of growth per year while the market is empty, above 0.
        steepness: Parameter,
        /// When half of the capacity is reached.
        midpoint: Parameter,
    },
    /// Revenue of a period is `market · (F(end) − F(start))` with the share of
    /// adopters `F(t) = (1 − e^(−(p+q)t)) / (1 + (q/p)·e^(−(p+q)t))` at *t* years
    /// after the launch (Bass 1969, *A new product growth for model consumer
    /// durables*), *p* the coefficient of innovation, *q* that of imitation.
    Bass {
        /// Revenue of the whole market over all time, above 0.
        market: Parameter,
        /// *p*, per year, above 0.
        innovation: Parameter,
        /// *q*, per year, 0 or more.
        imitation: Parameter,
        /// When sales begin; before it there is no revenue.
        launch: Parameter,
    },
}

/// An S-curve with errors around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    shape: Shape,
    errors: Errors,
    times: Vec<f64>,
    starts: Vec<f64>,
    lengths: Vec<f64>,
}

impl Curve {
    /// A curve on a timeline; `observe` says when the errors of a period and the
    /// run rate of a logistic curve are taken.
    pub fn new(shape: Shape, errors: ErrorTerms, observe: Observe, timeline: &Timeline) -> Self {
        let times = observe.times(timeline);
        let periods = timeline.periods();
        Self {
            shape,
            errors: Errors::new(errors, 0.0, &times, timeline),
            starts: periods.iter().map(|p| p.start_years).collect(),
            lengths: periods.iter().map(|p| p.length_years).collect(),
            times,
        }
    }

    /// The curve's shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(super) fn shocks(&self) -> usize {
        self.errors.shocks()
    }

    pub(super) fn shock_kinds(&self) -> Vec<Shock> {
        self.errors.shock_kinds()
    }

    #[inline(always)]
    pub(super) fn generate(&self, inputs: &[Lanes], shocks: &[Lanes], revenue: &mut [Lanes]) {
        self.fill(inputs, revenue);
        self.errors
            .apply(inputs, shocks, revenue, |_, before| before);
    }

    /// The curve itself.
    #[inline(always)]
    fn fill(&self, inputs: &[Lanes], revenue: &mut [Lanes]) {
        match self.shape {
            Shape::Logistic {
                capacity,
                steepness,
                midpoint,
            } => {
                let capacity = capacity.lanes(inputs);
                let steepness = steepness.lanes(inputs);
                let midpoint = midpoint.lanes(inputs);
                for (k, row) in revenue.iter_mut().enumerate() {
                    let (time, length) = (self.times[k], self.lengths[k]);
                    for l in 0..LANES {
                        let level = logistic(steepness[l] * (time - midpoint[l]));
                        row[l] = length * capacity[l] * level;
                    }
                }
            }
            Shape::Bass {
                market,
                innovation,
                imitation,
                launch,
            } => {
                let market = market.lanes(inputs);
                let p = innovation.lanes(inputs);
                let q = imitation.lanes(inputs);
                let launch = launch.lanes(inputs);
                let mut before = [0.0; LANES];
                let first = self.starts.first().copied().unwrap_or_default();
                for l in 0..LANES {
                    before[l] = adopters(p[l], q[l], first - launch[l]);
                }
                for (k, row) in revenue.iter_mut().enumerate() {
                    let end = self.starts[k] + self.lengths[k];
                    for l in 0..LANES {
                        let now = adopters(p[l], q[l], end - launch[l]);
                        // Rounding may not make the late, nearly flat part negative.
                        row[l] = market[l] * (now - before[l]).max(0.0);
                        before[l] = now;
                    }
                }
            }
        }
    }

    /// The curve where every input takes the value given.
    fn at(&self, inputs: &[f64]) -> Vec<f64> {
        let inputs: Vec<Lanes> = inputs.iter().map(|x| [*x; LANES]).collect();
        let mut rows = vec![[0.0; LANES]; self.times.len()];
        self.fill(&inputs, &mut rows);
        rows.iter().map(|row| row[0]).collect()
    }

    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        let factors = self.errors.mean_factors(inputs);
        let curve = self.at(inputs);
        curve.iter().zip(factors).map(|(c, f)| c * f).collect()
    }

    pub(super) fn parts(&self, period: usize) -> Vec<(ErrorPart, Vec<f64>)> {
        self.errors.parts(period)
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        Response {
            revenue: self.at(inputs),
            by_shock: self.errors.by_shock(inputs),
        }
    }
}

/// 1 / (1 + e⁻ˣ).
#[inline(always)]
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// The share of adopters at *t* years after the launch.
#[inline(always)]
fn adopters(p: f64, q: f64, t: f64) -> f64 {
    let rest = exp(-(p + q) * t.max(0.0));
    (1.0 - rest) / (1.0 + q / p * rest)
}
