//! The parallel run.

use std::mem;

use rayon::prelude::*;

use super::Simulation;
use super::blocks::{blocks, by_row, in_blocks};
use super::cells::Rows;
use super::draws::Draws;
use super::general;
use super::ordering::{Ordering, Rotation};
use super::outcomes::Outcomes;
use super::plan::{Detail, PaymentCount, Plan};
use super::results::Results;
use super::settle::period_terms;
use super::strip::Strip;
use super::worker::{Job, Worker};
use crate::stats::{Axis, Counter, Sketch};
use crate::units::LANES;

/// One simulated path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Revenue of each period.
    pub revenue: Vec<f64>,
    /// Revenue of each period of each segment, one segment after the other; empty
    /// where revenue is not divided.
    pub segments: Vec<f64>,
    /// The values of the uncertain inputs.
    pub inputs: Vec<f64>,
}

/// Runs a simulation on the current thread pool; `progress` is told the number
/// of paths each time some are done, from any thread.
pub fn run(simulation: &Simulation<'_>, progress: &(dyn Fn(u64) + Sync)) -> Results {
    Results {
        risk_neutral: general::risk_neutral(simulation),
        ..run_with(simulation, Detail::All, progress)
    }
}

/// Runs a simulation for its totals, the day the cap is reached and, with a lone flat
/// share, the moments of each period's payment, on the same paths and to the same bits
/// as [`run`]. No distribution is kept but those of the totals; it takes about half
/// the time.
pub fn run_totals(simulation: &Simulation<'_>, progress: &(dyn Fn(u64) + Sync)) -> Results {
    run_with(simulation, Detail::Totals, progress)
}

fn run_with(
    simulation: &Simulation<'_>,
    detail: Detail,
    progress: &(dyn Fn(u64) + Sync),
) -> Results {
    if simulation.is_flat() {
        Results::of_one(run_flat(simulation, detail, progress))
    } else {
        general::run(simulation, detail, None, progress)
    }
}

/// Runs the paths of a lone flat share, side by side.
fn run_flat(
    simulation: &Simulation<'_>,
    detail: Detail,
    progress: &(dyn Fn(u64) + Sync),
) -> Outcomes {
    let job = job(simulation, detail);
    let (replicates, workers) = in_blocks(
        simulation,
        &|| Worker::new(&job),
        &|worker: &mut Worker, id| worker.run(&job, id),
        progress,
    );
    let counters = workers.into_iter().map(Worker::into_counters).collect();
    let sketches = sketches(&job.plan, by_row(counters, job.plan.rows.len()));
    let rows = Rows {
        settings: simulation.settings,
        replicates: &replicates,
        sketches: &sketches,
    };
    let plan = &job.plan;
    Outcomes::new(
        simulation,
        0,
        plan.layout.clone(),
        plan.sources(),
        &rows,
        &[0],
    )
}

/// The distribution of each row from the counts of all workers.
fn sketches(plan: &Plan, mut counters: Vec<Vec<Counter>>) -> Vec<Sketch> {
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

/// Draws the first `count` paths again, in order.
pub fn replay(simulation: &Simulation<'_>, count: u64) -> Vec<Path> {
    let draws = draws(simulation);
    let mut strip = Strip::new(simulation);
    let mut paths = Vec::new();
    for id in blocks(simulation) {
        for offset in (0..id.count).step_by(LANES) {
            let left = count - paths.len() as u64;
            let wanted = left.min((id.count - offset).min(LANES) as u64) as usize;
            if wanted == 0 {
                return paths;
            }
            let first = id.first + offset as u64;
            strip.generate(&draws, simulation.model, id.replicate, first);
            paths.extend((0..wanted).map(|lane| strip.path(lane)));
        }
    }
    paths
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
    let draws = draws(simulation);
    strip.generate(&draws, simulation.model, replicate as u32, first);
    Some(strip.path(lane))
}

fn job<'a>(simulation: &'a Simulation<'a>, detail: Detail) -> Job<'a> {
    Job {
        simulation,
        draws: draws(simulation),
        plan: Plan::new(simulation, detail),
        flat: simulation.flat_terms(),
        terms: period_terms(simulation),
    }
}

pub(super) fn draws(simulation: &Simulation<'_>) -> Draws {
    Draws::new(
        simulation.settings,
        simulation.inputs,
        simulation.model.shocks(),
        rotation(simulation),
    )
}

/// The order of a simulation's shocks: the one it was lent, or its own.
pub(super) fn rotation(simulation: &Simulation<'_>) -> Rotation {
    let shocks = simulation.model.shocks();
    let lent = simulation.ordering.filter(|order| order.shocks == shocks);
    match lent {
        Some(order) => order.rotation.clone(),
        None => Ordering::of(simulation).rotation,
    }
}
