//! The distribution of each period's revenue where it is log-normal.

use super::super::Simulation;
use super::super::settings::{Sampler, Settings};
use super::Counting;
use crate::math::{exp, fma, inverse_normal_cdf, ln};
use crate::simulate::sample::draws::Draws;
use crate::simulate::sample::ordering::Rotation;
use crate::units::LANES;

/// A log-normal distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    /// The mean of the logarithm.
    pub log_mean: f64,
    /// The standard deviation of the logarithm, 0 for a certain amount.
    pub log_sd: f64,
}

impl LogNormal {
    /// The quantile at `q`, above 0 and below 1.
    pub fn quantile(self, q: f64) -> f64 {
        exp(fma(self.log_sd, inverse_normal_cdf(q), self.log_mean))
    }

    /// The mean.
    pub fn mean(self) -> f64 {
        exp(fma(0.5 * self.log_sd, self.log_sd, self.log_mean))
    }
}

/// How far the logarithm of a path's revenue may be from what the response says.
const ROUNDING: f64 = 1e-9;

/// The exact distribution of each period's revenue, without a simulation, where its
/// logarithm is linear in normal shocks and nothing else is uncertain. Checked on a strip
/// of paths, not told from the model's name.
///
/// # Errors
/// Why there is no such distribution.
pub fn revenue_fan(simulation: &Simulation<'_>) -> Result<Vec<LogNormal>, Counting> {
    let model = simulation.model;
    if model.refunds() > 0.0 {
        return Err(Counting::Varying);
    }
    let settings = Settings {
        sampler: Sampler::Random,
        ..simulation.settings
    };
    let shocks = model.shocks();
    let draws = Draws::new(settings, simulation.inputs, shocks, Rotation::default());
    let periods = simulation.timeline.periods().len();
    let mut inputs = vec![[0.0; LANES]; simulation.inputs.len()];
    let mut drawn = vec![[0.0; LANES]; model.draws()];
    let mut revenue = vec![[0.0; LANES]; model.rows(periods)];
    draws.fill(0, 0, &mut inputs, &mut drawn);
    // The last path is the central one.
    let central = LANES - 1;
    drawn.iter_mut().for_each(|row| row[central] = 0.0);
    for (row, median) in inputs.iter_mut().zip(simulation.medians()) {
        row[central] = median;
    }
    model.generate(&inputs, &drawn, &mut revenue);
    let response = model.response(&simulation.medians());
    let log_normal = |period: usize| {
        let by_shock = &response.by_shock[period];
        let log_mean = ln(revenue[period][central]);
        let is_off = |l: usize| {
            let moved = by_shock.iter().zip(&drawn).map(|(a, z)| a * z[l]);
            let expected = log_mean + moved.sum::<f64>();
            (ln(revenue[period][l]) - expected).abs() > ROUNDING
        };
        if (0..LANES).any(is_off) {
            return Err(Counting::Varying);
        }
        let variance: f64 = by_shock.iter().map(|a| a * a).sum();
        Ok(LogNormal {
            log_mean,
            log_sd: variance.sqrt(),
        })
    };
    (0..periods).map(log_normal).collect()
}
