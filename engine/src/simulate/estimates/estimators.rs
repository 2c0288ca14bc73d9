//! Which estimator makes each number of a run: smooth, from the lines of its points,
//! where there is such an estimate; counted, from its paths, else. Both are made of the
//! same points, and each is the other's check.

use std::ops::Range;
use std::slice;
use std::sync::Arc;

use rayon::prelude::*;

use super::measure::Measure;
use crate::simulate::Simulation;
use crate::simulate::observer::{Cancelled, Observer, Unheard};
use crate::simulate::record::blocks::Blocks;
use crate::simulate::smooth::{
    Counting, Fineness, Integration, Layout, Paths, Smooth, SmoothTotals,
};
use crate::stats::MeanEstimate;

/// All points of a replicate up to this number are integrated as lines. A line costs a
/// few paths and tells far more: from here on it is percentiles that more points are for.
const LEAST_LINES: u64 = 4096;
/// Of so many points beyond, one is.
const ONE_IN: u64 = 16;

/// What both estimators say of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opinion {
    /// The number.
    pub measure: Measure,
    /// Of a date, which part of all paths has it, in percent.
    pub percentile: Option<f64>,
    /// From lines; of a date in days from the timeline's start.
    pub smooth: MeanEstimate,
    /// From paths.
    pub counted: MeanEstimate,
}

/// A difference of so many standard errors is more than chance.
pub const FAR_APART: f64 = 5.0;

impl Opinion {
    /// How many standard errors of both together they lie apart.
    pub fn apart(&self) -> f64 {
        let off = (self.smooth.mean - self.counted.mean).abs();
        let error = self.smooth.std_error.hypot(self.counted.std_error);
        if off == 0.0 { 0.0 } else { off / error }
    }
}

/// How many points of each replicate of `points` are integrated as lines.
pub(in crate::simulate) fn lines(points: u64) -> u64 {
    points.min(LEAST_LINES.max(points / ONE_IN))
}

/// The smooth estimates of each agreement as [`run`](crate::simulate::run) has them, without its
/// paths; `None` where one of them can only be counted.
///
/// # Errors
/// Where the observer says to stop.
pub fn run_smooth(
    simulation: &Simulation<'_>,
    observer: &dyn Observer,
) -> Result<Option<Vec<Smooth>>, Cancelled> {
    run_lines(simulation, Fineness::USUAL, observer)
}

/// What these lines tell of the whole of each agreement alone, in a fraction of the time.
///
/// # Errors
/// Where the observer says to stop.
pub fn run_smooth_totals(
    simulation: &Simulation<'_>,
    observer: &dyn Observer,
) -> Result<Option<Vec<SmoothTotals>>, Cancelled> {
    let all = run_lines(simulation, Fineness::WHOLE, observer)?;
    Ok(all.map(|all| all.into_iter().map(SmoothTotals::from).collect()))
}

fn run_lines(
    simulation: &Simulation<'_>,
    fineness: Fineness,
    observer: &dyn Observer,
) -> Result<Option<Vec<Smooth>>, Cancelled> {
    let ordering = simulation.own_ordering();
    let simulation = Simulation {
        ordering: Some(&ordering),
        ..*simulation
    };
    let mut all = Vec::new();
    for agreement in 0..simulation.contracts.len() {
        let alone = alone(&simulation, agreement);
        let Ok(layout) = laid_out(&alone, fineness) else {
            return Ok(None);
        };
        all.push(Integration::new(&alone, layout).all(&Unheard(observer))?);
    }
    Ok(Some(all))
}

/// For each agreement, the means over lines of some replicates, by number; none where
/// it can only be counted.
pub(in crate::simulate) type LineMeans = Vec<Vec<(u32, Vec<f64>)>>;

/// For each agreement, what is the same for all its lines; why not where it can only be
/// counted.
pub(in crate::simulate) type Layouts = Vec<Result<Arc<Layout>, Counting>>;

/// The layouts of a run.
pub(in crate::simulate) fn layouts(simulation: &Simulation<'_>) -> Layouts {
    let agreements = 0..simulation.contracts.len();
    agreements
        .map(|agreement| laid_out(&alone(simulation, agreement), Fineness::USUAL))
        .collect()
}

fn laid_out(alone: &Simulation<'_>, fineness: Fineness) -> Result<Arc<Layout>, Counting> {
    match alone.model.draws_by_coordinates() {
        true => Layout::new(alone, fineness).map(Arc::new),
        false => Err(Counting::Events),
    }
}

/// One agreement alone, at the points of its lines.
fn alone<'a>(simulation: &Simulation<'a>, agreement: usize) -> Simulation<'a> {
    let mut alone = Simulation {
        contracts: slice::from_ref(&simulation.contracts[agreement]),
        ..*simulation
    };
    alone.settings.points = lines(alone.settings.points);
    alone
}

/// The lines of the replicates that begin in some blocks.
pub(in crate::simulate) fn part(
    simulation: &Simulation<'_>,
    layouts: &Layouts,
    range: &Range<u64>,
    observer: &dyn Observer,
) -> Result<LineMeans, Cancelled> {
    let each = Blocks::of(simulation.settings).each();
    let own: Vec<u32> = (0..simulation.settings.replicates)
        .filter(|replicate| range.contains(&(u64::from(*replicate) * each)))
        .collect();
    let of = |(agreement, layout): (usize, &Result<Arc<Layout>, Counting>)| {
        let Ok(layout) = layout else {
            return Ok(Vec::new());
        };
        let integration = Integration::new(&alone(simulation, agreement), Arc::clone(layout));
        let of = |paths: &mut Paths, replicate: &u32| {
            let means = integration.replicate(*replicate, paths, &Unheard(observer))?;
            Ok((*replicate, means))
        };
        let means = own.par_iter().map_init(|| integration.paths(), of);
        means.collect()
    };
    layouts.iter().enumerate().map(of).collect()
}

/// The smooth estimates of each agreement from the lines of all replicates.
pub(in crate::simulate) fn whole(
    simulation: &Simulation<'_>,
    layouts: &Layouts,
    parts: Vec<LineMeans>,
) -> Vec<Result<Arc<Smooth>, Counting>> {
    let of = |(agreement, layout): (usize, &Result<Arc<Layout>, Counting>)| {
        let layout = layout.as_ref().map_err(|counting| *counting)?;
        let integration = Integration::new(&alone(simulation, agreement), Arc::clone(layout));
        let mut all: Vec<&(u32, Vec<f64>)> =
            parts.iter().flat_map(|part| &part[agreement]).collect();
        all.sort_by_key(|(replicate, _)| *replicate);
        let means = all.into_iter().map(|(_, means)| means.clone());
        Ok(Arc::new(integration.finish(means.collect())))
    };
    layouts.iter().enumerate().map(of).collect()
}
