//! The parallel run.

use std::mem;
use std::ops::Range;
use std::slice;

use rayon::prelude::*;

use super::Simulation;
use super::general::{self, Reading};
use super::observer::{Cancelled, Observer};
use super::settle::period_terms;
use crate::revenue::Model;
use crate::simulate::estimates::cells::Rows;
use crate::simulate::estimates::outcomes::Outcomes;
use crate::simulate::estimates::results::Results;
use crate::simulate::parts::shards::{Counted, Plan};
use crate::simulate::path::Path;
use crate::simulate::record::blocks::{Blocks, by_row, in_blocks};
use crate::simulate::record::plan::{Detail, PaymentCount, Plan as Recording};
use crate::simulate::record::strip::Strip;
use crate::simulate::record::worker::{Job, Run, Worker};
use crate::simulate::sample::draws::Draws;
use crate::simulate::sample::ordering::Ordering;
use crate::stats::{Axis, Counter, SignedOutline, Sketch};
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
    whole(simulations.iter().map(|own| Plan::new(*own)), observer)
}

/// The same to the bits of [`run_totals`].
///
/// # Errors
/// Where the observer says to stop.
pub fn run_totals_each(
    simulations: &[Simulation<'_>],
    observer: &dyn Observer,
) -> Result<Vec<Results>, Cancelled> {
    whole(simulations.iter().map(|own| Plan::totals(*own)), observer)
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
        let counted = general::part(readings.collect(), range, observer)?;
        let counted = simulations.iter().zip(counted);
        all.extend(counted.map(|(s, counted)| general::whole(s, Detail::Means, counted)));
    }
    Ok(all)
}

/// All of some plans of as many blocks, each as one part.
fn whole<'a>(
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

/// Some blocks of lone flat shares that [draw alike](Simulation::draws_like), the paths of
/// each side by side. What each has counted, in order.
pub(super) fn flat_parts(
    simulations: &[Simulation<'_>],
    detail: Detail,
    range: Range<u64>,
    observer: &dyn Observer,
) -> Result<Vec<Counted>, Cancelled> {
    let runs = simulations.iter().map(|simulation| Run {
        simulation,
        plan: Recording::new(simulation, detail),
        flat: simulation.flat_terms(),
        terms: period_terms(simulation),
    });
    let job = Job {
        draws: Draws::of(&simulations[0]),
        runs: runs.collect(),
    };
    let (mut stretches, workers) = in_blocks(
        Blocks::of(simulations[0].settings),
        range,
        job.rows(),
        &|| Worker::new(&job),
        &|worker: &mut Worker, id| worker.run(&job, id),
        observer,
    )?;
    let mut workers: Vec<_> = workers.into_iter().map(Worker::into_counts).collect();
    let of_run = |run: &Run<'_>| {
        let rows = run.plan.rows.len();
        let mut counted = Counted::first_of(&mut stretches, rows);
        let mut counters = Vec::new();
        for counts in workers.iter_mut().filter_map(Iterator::next) {
            counters.push(counts.rows);
            counted.outlines.add(counts.outlines);
            counted.days.add(counts.days);
        }
        counted.counters = by_row(counters, rows);
        counted
    };
    Ok(job.runs.iter().map(of_run).collect())
}

/// The outcomes of a lone flat share from what all its blocks have counted.
pub(super) fn flat_whole(
    simulation: &Simulation<'_>,
    detail: Detail,
    mut counted: Counted,
) -> Outcomes {
    let plan = Recording::new(simulation, detail);
    let replicates = counted.take_replicates();
    let mut sketches = sketches(&plan, counted.counters);
    for (row, outlines) in plan.outlined.iter().zip(counted.outlines.by_count()) {
        let outlines = outlines.into_iter().map(SignedOutline::into_amounts);
        sketches[*row].tell_apart(outlines.collect());
    }
    let rows = Rows {
        settings: simulation.settings,
        replicates: &replicates,
        sketches: &sketches,
    };
    Outcomes::new(
        simulation,
        0,
        plan.layout.clone(),
        plan.sources(),
        &rows,
        counted.days.by_count(),
    )
}

/// The distribution of each row from the counts of all workers.
fn sketches(plan: &Recording, mut counters: Vec<Vec<Counter>>) -> Vec<Sketch> {
    // Payments first: some need the counts of other rows, which are used up below.
    let payments: Vec<(PaymentCount, Vec<Counter>)> = plan
        .rows
        .iter()
        .zip(&mut counters)
        .filter_map(|(row, counters)| Some((row.payment?, mem::take(counters))))
        .collect();
    let mut payments = payments
        .into_par_iter()
        .map(|(payment, of_payment)| {
            let base: Vec<&Counter> = match payment.takes_out {
                true => counters[payment.base].iter().collect(),
                false => Vec::new(),
            };
            Sketch::new(Axis::Log, of_payment, &base).read_in_units_of(payment.unit)
        })
        .collect::<Vec<Sketch>>()
        .into_iter();
    let others: Vec<Option<Sketch>> = counters
        .into_par_iter()
        .zip(&plan.rows)
        .map(|(counters, row)| {
            let axis = row.keys.map_or(Axis::Log, |keys| keys.axis);
            row.payment
                .is_none()
                .then(|| Sketch::new(axis, counters, &[]))
        })
        .collect();
    let either = others
        .into_iter()
        .map(|other| other.or_else(|| payments.next()));
    either.flatten().collect()
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
