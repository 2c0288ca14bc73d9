//! How many points an answer of a wanted precision takes, and how estimates
//! settle on the way.

use super::measure::Measure;
use super::observer::{Cancelled, Observer};
use super::quantity::Kind;
use super::run::run_totals;
use super::sobol::MAX_POINTS;
use super::{Outcomes, Simulation};
use crate::agreement::EndReason;
use crate::stats::Estimate;

/// Points per replicate a search begins with.
pub const FIRST_POINTS: u64 = 256;
/// Points per replicate a search ends with if a scenario does not say.
pub const DEFAULT_MOST_POINTS: u64 = 1 << 22;

/// The measures whose errors decide when a run is precise enough.
const WATCHED: [Measure; 3] = [Measure::PAID, Measure::PRESENT_VALUE, Measure::Binding];

/// The estimates of the measures watched; none of a present value without a valuation, or
/// of a cap where there is none.
fn watched(outcomes: &Outcomes) -> Vec<(Measure, Estimate)> {
    let is_capped = outcomes.reasons().contains(&EndReason::Cap);
    let of = |measure: Measure| {
        let found = outcomes
            .get(measure)
            .filter(|_| is_capped || measure != Measure::Binding)?;
        Some((measure, found.estimate?))
    };
    WATCHED.into_iter().filter_map(of).collect()
}

/// A standard error on the scale of a precision: relative for an amount, absolute for a
/// probability.
fn error((measure, estimate): &(Measure, Estimate)) -> f64 {
    match measure.kind() {
        Kind::Probability => estimate.std_error,
        _ if estimate.std_error == 0.0 => 0.0,
        _ => estimate.std_error / estimate.mean.abs(),
    }
}

/// The estimates at one number of points.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvergenceStep {
    /// Points per replicate.
    pub points: u64,
    /// Paths in all.
    pub paths: u64,
    /// What is watched of the primary agreement.
    pub estimates: Vec<(Measure, Estimate)>,
    /// The largest error among those of the other agreements.
    others: f64,
}

impl ConvergenceStep {
    /// The largest standard error of all agreements: relative for amounts,
    /// absolute for the probability.
    pub fn error(&self) -> f64 {
        largest_error(&self.estimates).max(self.others)
    }
}

fn largest_error(estimates: &[(Measure, Estimate)]) -> f64 {
    estimates.iter().map(error).fold(0.0, f64::max)
}

/// Doubles the points from [`FIRST_POINTS`] until every quantity watched has a
/// standard error of at most `precision` (relative for amounts, absolute for the
/// probability) or the next doubling would exceed `most_points`. The last step
/// has the points to run with.
///
/// A step adds to the points of the one before, so the estimates settle rather
/// than start anew. With 16 replicates a standard error is itself known to about
/// a fifth, and the search stops at the first that is small enough: the true
/// error may be a little larger than `precision`.
///
/// # Errors
/// Where the observer says to stop.
pub fn search(
    simulation: &Simulation<'_>,
    precision: f64,
    most_points: u64,
    observer: &dyn Observer,
) -> Result<Vec<ConvergenceStep>, Cancelled> {
    let mut steps = vec![step(simulation, FIRST_POINTS.min(most_points), observer)?];
    while let Some(last) = steps.last() {
        let points = 2 * last.points;
        if last.error() <= precision || points > most_points.min(MAX_POINTS) {
            break;
        }
        steps.push(step(simulation, points, observer)?);
    }
    Ok(steps)
}

fn step(
    simulation: &Simulation<'_>,
    points: u64,
    observer: &dyn Observer,
) -> Result<ConvergenceStep, Cancelled> {
    let mut simulation = *simulation;
    simulation.settings.points = points;
    let results = run_totals(&simulation, observer)?;
    let others = results.agreements[1..].iter();
    Ok(ConvergenceStep {
        points,
        paths: results.paths(),
        estimates: watched(results.primary()),
        others: others
            .map(|outcomes| largest_error(&watched(outcomes)))
            .fold(0.0, f64::max),
    })
}
