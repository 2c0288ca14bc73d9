//! The parallel run.

use std::slice;

use super::Simulation;
use super::observer::{Cancelled, Observer};
use crate::revenue::Model;
use crate::simulate::estimates::results::Results;
use crate::simulate::parts::shards::Plan;
use crate::simulate::path::Path;
use crate::simulate::record::blocks::Blocks;
use crate::simulate::record::recording::Recording;
use crate::simulate::record::rows::Detail;
use crate::simulate::record::strip::Strip;
use crate::simulate::record::whole::whole;
use crate::simulate::record::worker::{Reading, part};
use crate::simulate::sample::draws::Draws;
use crate::simulate::sample::ordering::Ordering;
use crate::units::LANES;

/// Runs a simulation on the current thread pool; the observer is told the number of
/// paths each time some are done.
///
/// # Errors
/// Where the observer says to stop.
pub fn run(simulation: &Simulation<'_>, observer: &dyn Observer) -> Result<Results, Cancelled> {
    Ok(run_each(slice::from_ref(simulation), observer)?.swap_remove(0))
}

/// Runs a simulation for its totals, the day the cap is reached and, with a lone flat
/// share, the moments of each period's payment, on the same paths and to the same bits
/// as [`run`]. No distribution is kept but those of the totals; it takes about half
/// the time.
///
/// # Errors
/// Where the observer says to stop.
pub fn run_totals(
    simulation: &Simulation<'_>,
    observer: &dyn Observer,
) -> Result<Results, Cancelled> {
    Ok(run_totals_each(slice::from_ref(simulation), observer)?.swap_remove(0))
}

/// The results of each simulation, to the bits of [`run`]. Those that draw alike, such as
/// cases in one order of shocks, where they stand one after the other, have their paths
/// drawn once for some of them together.
///
/// # Errors
/// Where the observer says to stop.
pub fn run_each(
    simulations: &[Simulation<'_>],
    observer: &dyn Observer,
) -> Result<Vec<Results>, Cancelled> {
    all(simulations.iter().map(|own| Plan::new(*own)), observer)
}

/// The same to the bits of [`run_totals`].
///
/// # Errors
/// Where the observer says to stop.
pub fn run_totals_each(
    simulations: &[Simulation<'_>],
    observer: &dyn Observer,
) -> Result<Vec<Results>, Cancelled> {
    all(simulations.iter().map(|own| Plan::totals(*own)), observer)
}

/// The most simulations that read one set of paths at a time: each has its counters.
const MOST_READINGS: usize = 256;

/// The means of the totals of each simulation and the days on which sharing ends, to the
/// bits of [`run_totals`]. Agreements under clauses on the same paths, where they stand one
/// after the other, have them drawn once. Progress is that of each.
///
/// # Errors
/// Where the observer says to stop.
pub fn run_means(
    simulations: &[Simulation<'_>],
    observer: &dyn Observer,
) -> Result<Vec<Results>, Cancelled> {
    let mut all = Vec::with_capacity(simulations.len());
    let groups = simulations.chunk_by(Simulation::shares_paths_with);
    for simulations in groups.flat_map(|group| group.chunks(MOST_READINGS)) {
        // A lone flat share is not asked for less than its totals, which lines tell of.
        if let [flat] = simulations
            && flat.is_flat()
        {
            all.push(run_totals(flat, observer)?);
            continue;
        }
        let model = simulations[0].model;
        // Of equal models it is the one model, whose revenue they read together.
        let readings = simulations
            .iter()
            .map(|s| Reading::of(Simulation { model, ..*s }, Detail::Means));
        let range = Blocks::of(simulations[0].settings).all();
        let counted = part(readings.collect(), range, observer)?;
        let counted = simulations.iter().zip(counted);
        all.extend(counted.map(|(s, counted)| {
            let recording = Recording::new(s, Detail::Means);
            whole(s, &recording, counted)
        }));
    }
    Ok(all)
}

/// All of some plans of as many blocks, each as one part.
fn all<'a>(
    plans: impl Iterator<Item = Plan<'a>>,
    observer: &dyn Observer,
) -> Result<Vec<Results>, Cancelled> {
    let plans: Vec<Plan<'_>> = plans.collect();
    let alike = |one: &Plan<'_>, other: &Plan<'_>| one.whole() == other.whole();
    let mut all = Vec::with_capacity(plans.len());
    for plans in plans.chunk_by(alike) {
        let parts = Plan::compute_each(plans, &plans[0].whole(), observer)?;
        let results = plans.iter().zip(parts);
        all.extend(results.map(|(plan, part)| {
            let whole = plan.finish([part]);
            whole.expect("the one part is the whole run")
        }));
    }
    Ok(all)
}

/// Draws the first `count` paths again, in order. The observer is asked before each
/// strip of them.
///
/// # Errors
/// Where the observer says to stop.
pub fn replay(
    simulation: &Simulation<'_>,
    count: u64,
    observer: &dyn Observer,
) -> Result<Vec<Path>, Cancelled> {
    let draws = Draws::of(simulation);
    let mut strip = Strip::new(simulation);
    let mut paths = Vec::new();
    let blocks = Blocks::of(simulation.settings);
    for id in blocks.all().map(|block| blocks.id(block)) {
        for offset in (0..id.count).step_by(LANES) {
            let left = count - paths.len() as u64;
            let wanted = left.min((id.count - offset).min(LANES) as u64) as usize;
            if wanted == 0 {
                return Ok(paths);
            }
            if observer.cancelled() {
                return Err(Cancelled);
            }
            let first = id.first + offset as u64;
            strip.generate(&draws, simulation.model, id.replicate, first);
            paths.extend((0..wanted).map(|lane| strip.path(lane)));
        }
    }
    Ok(paths)
}

/// Draws one path again, counted from 0; `None` where there are not so many.
pub fn replay_path(simulation: &Simulation<'_>, number: u64) -> Option<Path> {
    let settings = simulation.settings;
    if number >= settings.paths() {
        return None;
    }
    let (replicate, point) = (number / settings.points, number % settings.points);
    let lane = (point % LANES as u64) as usize;
    let first = point - lane as u64;
    let mut strip = Strip::new(simulation);
    let draws = Draws::of(simulation);
    strip.generate(&draws, simulation.model, replicate as u32, first);
    Some(strip.path(lane))
}

impl Simulation<'_> {
    /// Whether another one, both under clauses, has the same paths, on the order of the
    /// shocks that both are lent.
    fn shares_paths_with(&self, other: &Self) -> bool {
        let lent = self.ordering.zip(other.ordering);
        lent.is_some_and(|(own, other)| std::ptr::eq(own, other))
            && !self.is_flat()
            && !other.is_flat()
            && self.has_grid_of(other)
            && self.model == other.model
    }

    /// Whether another one, on one order of shocks, draws the same numbers for each path, in
    /// the same places, and its model leaves them as they are.
    pub(super) fn draws_like(&self, other: &Self) -> bool {
        let periods = self.timeline.periods().len();
        let places = |model: &Model| (model.shocks(), model.events(), model.rows(periods));
        self.has_grid_of(other)
            && places(self.model) == places(other.model)
            && [self, other]
                .iter()
                .all(|own| own.model.weighed().is_none())
    }

    fn has_grid_of(&self, other: &Self) -> bool {
        self.settings == other.settings
            && self.timeline == other.timeline
            && self.inputs == other.inputs
    }

    /// The median of every input.
    pub(super) fn medians(&self) -> Vec<f64> {
        let inputs = self.inputs.iter();
        inputs.map(|input| input.distribution.median()).collect()
    }

    /// The order of its shocks: the one it was lent, or its own.
    pub(super) fn own_ordering(&self) -> Ordering {
        let shocks = self.model.shocks();
        match self.ordering.filter(|order| order.shocks == shocks) {
            Some(order) => order.clone(),
            None => Ordering::of(self),
        }
    }
}
