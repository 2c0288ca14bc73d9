//! How many points an answer of a wanted precision takes, and how estimates
//! settle on the way.

use serde::{Deserialize, Serialize};

use super::estimator::Estimator;
use super::estimators::{lines, run_smooth};
use super::finding::Finding;
use super::measure::Measure;
use super::quantity::Kind;
use crate::agreement::EndReason;
use crate::simulate::observer::{Cancelled, Observer};
use crate::simulate::parts::sealed::{Fingerprint, SealError, seal, unseal};
use crate::simulate::run::run_totals;
use crate::simulate::sample::sobol::MAX_POINTS;
use crate::simulate::smooth::Smooth;
use crate::simulate::{Outcomes, Simulation};
use crate::stats::{Estimate, MeanEstimate};

/// Points per replicate a search begins with.
pub const FIRST_POINTS: u64 = 256;
/// Points per replicate a search ends with if a scenario does not say.
pub const DEFAULT_MOST_POINTS: u64 = 1 << 22;

/// The measures whose errors decide when a run is precise enough.
const WATCHED: [Measure; 3] = [Measure::PAID, Measure::PRESENT_VALUE, Measure::Binding];

/// What is watched, estimated.
type Watched = Vec<(Measure, MeanEstimate)>;

/// The estimates of the measures watched; none of a present value without a valuation, or
/// of a cap where there is none.
fn watched(outcomes: &Outcomes, of: impl Fn(&Finding<'_>) -> Option<Estimate>) -> Watched {
    let is_capped = outcomes.reasons().contains(&EndReason::Cap);
    let of = |measure: Measure| {
        let found = outcomes
            .get(measure)
            .filter(|_| is_capped || measure != Measure::Binding)?;
        Some((measure, of(&found)?.of_mean()))
    };
    WATCHED.into_iter().filter_map(of).collect()
}

/// The same without paths.
fn watched_smooth(simulation: &Simulation<'_>, agreement: usize, smooth: &Smooth) -> Watched {
    let is_capped = simulation.contracts[agreement].agreement.cap.is_some();
    let of = |measure: Measure| {
        let estimate = match measure {
            Measure::PRESENT_VALUE if simulation.valuation.is_none() => return None,
            Measure::Binding if !is_capped => return None,
            Measure::Total(total) => smooth.total(total)?,
            _ => smooth.reached_by(simulation.timeline.end()),
        };
        Some((measure, estimate))
    };
    WATCHED.into_iter().filter_map(of).collect()
}

/// A standard error on the scale of a precision: relative for an amount, absolute for a
/// probability.
fn error((measure, estimate): &(Measure, MeanEstimate)) -> f64 {
    match measure.kind() {
        Kind::Probability => estimate.std_error,
        _ if estimate.std_error == 0.0 => 0.0,
        _ => estimate.std_error / estimate.mean.abs(),
    }
}

/// The estimates at one number of points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConvergenceStep {
    /// Points per replicate.
    pub points: u64,
    /// Paths in all.
    pub paths: u64,
    /// Which estimator the errors are of.
    pub estimator: Estimator,
    /// What is watched of the primary agreement.
    pub estimates: Vec<(Measure, MeanEstimate)>,
    /// The same by counting, where that was asked for and is not what stands above.
    pub counted: Vec<(Measure, MeanEstimate)>,
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

fn largest_error(estimates: &[(Measure, MeanEstimate)]) -> f64 {
    estimates.iter().map(error).fold(0.0, f64::max)
}

/// A search that is asked for: see [`search`], which has what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Search {
    /// The standard error wanted; 0 for the course alone.
    pub precision: f64,
    /// Points per replicate that are not exceeded.
    pub most_points: u64,
    /// Whether the counted estimates are wanted besides.
    pub besides: bool,
}

const STEPS: &str = "course of a run's estimates";

impl Search {
    /// Its steps.
    ///
    /// # Errors
    /// Where the observer says to stop.
    pub fn of(
        &self,
        simulation: &Simulation<'_>,
        observer: &dyn Observer,
    ) -> Result<Vec<ConvergenceStep>, Cancelled> {
        let Self {
            precision,
            most_points,
            besides,
        } = *self;
        search(simulation, precision, most_points, besides, observer)
    }

    /// What tells its steps from those of every other search.
    pub fn fingerprint(&self, simulation: &Simulation<'_>) -> Fingerprint {
        Fingerprint::of(STEPS, &(simulation.question(), self))
    }

    /// Steps as bytes, with what they were sought for, the version and a check sum.
    pub fn to_bytes(&self, simulation: &Simulation<'_>, steps: &[ConvergenceStep]) -> Vec<u8> {
        seal(STEPS, &(self.fingerprint(simulation), steps))
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// Where it did not, or another version or search did, or the bytes have changed since.
    pub fn steps_of(
        &self,
        simulation: &Simulation<'_>,
        bytes: &[u8],
    ) -> Result<Vec<ConvergenceStep>, SealError> {
        let (of, steps): (Fingerprint, _) = unseal(STEPS, bytes)?;
        match of == self.fingerprint(simulation) {
            true => Ok(steps),
            false => Err(SealError::Foreign { what: STEPS }),
        }
    }
}

/// Doubles the points from [`FIRST_POINTS`] until every quantity watched has a
/// standard error of at most `precision` (relative for amounts, absolute for the
/// probability) or the next doubling would exceed `most_points`. The last step
/// has the points to run with.
///
/// Where every agreement has smooth estimates their errors decide, and no path is
/// simulated, but where the counted ones are wanted `besides`; doublings that add no line
/// are then left out.
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
    besides: bool,
    observer: &dyn Observer,
) -> Result<Vec<ConvergenceStep>, Cancelled> {
    let ordering = simulation.own_ordering();
    let simulation = Simulation {
        ordering: Some(&ordering),
        ..*simulation
    };
    let step = |points: u64| match besides {
        true => step(simulation, points, observer),
        false => match step_of_lines(simulation, points, observer)? {
            Some(step) => Ok(step),
            None => step(simulation, points, observer),
        },
    };
    let mut steps = vec![step(FIRST_POINTS.min(most_points))?];
    while let Some(last) = steps.last() {
        let mut points = 2 * last.points;
        let is_smooth = !besides && last.estimator == Estimator::Smooth;
        while is_smooth && lines(points) == lines(last.points) {
            points *= 2;
        }
        if last.error() <= precision || points > most_points.min(MAX_POINTS) {
            break;
        }
        steps.push(step(points)?);
    }
    Ok(steps)
}

/// A step without paths; `None` where an agreement can only be counted.
fn step_of_lines(
    mut simulation: Simulation<'_>,
    points: u64,
    observer: &dyn Observer,
) -> Result<Option<ConvergenceStep>, Cancelled> {
    simulation.settings.points = points;
    let Some(smooth) = run_smooth(&simulation, observer)? else {
        return Ok(None);
    };
    let mut all = smooth.iter().enumerate();
    let mut watched = all
        .by_ref()
        .map(|(agreement, smooth)| watched_smooth(&simulation, agreement, smooth));
    let estimates = watched.next().unwrap_or_default();
    let others = watched.map(|watched| largest_error(&watched));
    Ok(Some(ConvergenceStep {
        points,
        paths: simulation.settings.paths(),
        estimator: Estimator::Smooth,
        others: others.fold(0.0, f64::max),
        estimates,
        counted: Vec::new(),
    }))
}

fn step(
    mut simulation: Simulation<'_>,
    points: u64,
    observer: &dyn Observer,
) -> Result<ConvergenceStep, Cancelled> {
    simulation.settings.points = points;
    let results = run_totals(&simulation, observer)?;
    let best = |outcomes: &Outcomes| watched(outcomes, |found| found.estimate);
    let others = results.agreements[1..].iter();
    let primary = results.primary();
    Ok(ConvergenceStep {
        points,
        paths: results.paths(),
        estimator: match primary.smooth() {
            Ok(_) => Estimator::Smooth,
            Err(_) => Estimator::Counted,
        },
        estimates: best(primary),
        counted: watched(primary, |found| found.counted),
        others: others
            .map(|outcomes| largest_error(&best(outcomes)))
            .fold(0.0, f64::max),
    })
}
