//! Parameters of a revenue model from reported revenue, with their standard errors.

mod fit;
mod forecasts;
mod history;
mod news;
mod priors;
pub(super) mod table;

pub use fit::{Calibration, FittedFigure, PathPoint, calibrate};
pub use forecasts::{
    Forecast, ForecastCalibration, Forecasts, Structure, StructureFit, calibrate_forecasts,
};
pub use history::{Figure, FigureKind, History, MOST_FIGURES, MOST_MONTHS};
pub use news::ForecastChange;
pub use priors::{PRIORS, Prior};

use crate::inference::Belief;
use crate::units::{Date, worded};

worded! {
    /// The models whose parameters are estimated from revenue.
    pub enum FittedModel {
        /// Geometric Brownian motion.
        Gbm = "gbm",
        /// Growth that returns to a long-run rate.
        Growth = "growth",
    }
}

/// What to estimate, and what is taken as known.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrateOptions {
    /// The model.
    pub model: FittedModel,
    /// Figures that begin earlier are left out.
    pub from: Option<Date>,
    /// Figures that end later are left out.
    pub until: Option<Date>,
    /// Years to look ahead, 0 to 30.
    pub years_ahead: u32,
    /// The growth that `growth` tends to, per year: a short history does not show it.
    pub long_run_growth: f64,
    /// Relative standard deviation of the revenue of periods without one of their own.
    pub period_error: f64,
    /// Priors in the place of the program's own ([`PRIORS`]).
    pub priors: Vec<Prior>,
}

impl Default for CalibrateOptions {
    fn default() -> Self {
        Self {
            model: FittedModel::Gbm,
            from: None,
            until: None,
            years_ahead: 5,
            long_run_growth: 0.05,
            period_error: 0.01,
            priors: Vec::new(),
        }
    }
}

/// One estimated parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimated {
    /// Its key in a scenario; `run_rate_error` is none.
    pub key: &'static str,
    /// What it is measured in.
    pub unit: &'static str,
    /// Posterior median.
    pub estimate: f64,
    /// Posterior standard deviation.
    pub std_error: f64,
    /// 5 % point of the posterior.
    pub p5: f64,
    /// 95 % point of the posterior.
    pub p95: f64,
    /// Standard deviation of the posterior as a share of the prior's, in the
    /// coordinate the prior is normal in (a logarithm); `None` where the prior is flat.
    pub of_prior: Option<f64>,
    belief: Belief,
}

impl Estimated {
    /// From this share of the prior's standard deviation on, the prior decides.
    pub const LITTLE: f64 = 0.8;

    fn new(key: &'static str, unit: &'static str, belief: Belief, prior_sd: Option<f64>) -> Self {
        Self {
            key,
            unit,
            estimate: belief.quantile(0.5),
            std_error: belief.sd(),
            p5: belief.quantile(0.05),
            p95: belief.quantile(0.95),
            of_prior: prior_sd.map(|sd| belief.coordinate_sd() / sd),
            belief,
        }
    }

    /// The posterior probability that the parameter is at or below a value.
    pub fn probability_below(&self, value: f64) -> f64 {
        self.belief.below(value)
    }

    /// The value not exceeded with a posterior probability, above 0 and below 1.
    pub fn quantile(&self, probability: f64) -> f64 {
        self.belief.quantile(probability)
    }

    /// Whether the figures say little of it, so that the prior decides.
    pub fn is_little_informed(&self) -> bool {
        self.of_prior.is_some_and(|share| share >= Self::LITTLE)
    }
}

/// Correlations of the coordinates (logarithms) of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlations {
    /// The keys, in the order of rows and columns.
    pub keys: Vec<&'static str>,
    /// Row by row.
    pub values: Vec<f64>,
}

impl Correlations {
    /// From means of the coordinates at points with weights, and what covariances the
    /// coordinates have there beside, row by row.
    fn of(keys: Vec<&'static str>, points: &[(f64, Vec<f64>, Vec<f64>)]) -> Self {
        let n = keys.len();
        let mean = |i: usize| -> f64 { points.iter().map(|(w, at, _)| w * at[i]).sum() };
        let means: Vec<f64> = (0..n).map(mean).collect();
        let covariance = |i: usize, j: usize| -> f64 {
            let part = |(w, at, within): &(f64, Vec<f64>, Vec<f64>)| {
                w * ((at[i] - means[i]) * (at[j] - means[j]) + within[i * n + j])
            };
            points.iter().map(part).sum()
        };
        let deviations: Vec<f64> = (0..n).map(|i| covariance(i, i).sqrt()).collect();
        let value = |k: usize| {
            let (i, j) = (k / n, k % n);
            match i == j {
                true => 1.0,
                false => covariance(i, j) / (deviations[i] * deviations[j]).max(1e-300),
            }
        };
        Self {
            values: (0..n * n).map(value).collect(),
            keys,
        }
    }

    /// The correlation of two parameters, if both are there.
    pub fn between(&self, one: &str, other: &str) -> Option<f64> {
        let place = |key: &str| self.keys.iter().position(|known| *known == key);
        Some(self.values[place(one)? * self.keys.len() + place(other)?])
    }

    /// Pairs in the order of the keys.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &'static str, f64)> + '_ {
        let n = self.keys.len();
        (0..n).flat_map(move |i| {
            (i + 1..n).map(move |j| (self.keys[i], self.keys[j], self.values[i * n + j]))
        })
    }
}
