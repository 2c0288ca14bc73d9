//! The parallel run.

use std::sync::Mutex;

use rayon::prelude::*;

use super::Simulation;
use super::draws::Draws;
use super::ordering::{Ordering, Rotation};
use super::outcomes::Outcomes;
use super::plan::{Detail, Plan};
use super::results::Results;
use super::settle::period_terms;
use super::tally::Sums;
use super::worker::{BLOCK, BlockId, Job, Worker};
use crate::stats::{Axis, Sketch};
use crate::units::LANES;

/// Blocks in flight before their sums are folded: bounds the memory of a run of
/// any length.
const WAVE: usize = 256;

/// One simulated path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Revenue of each period.
    pub revenue: Vec<f64>,
    /// The values of the uncertain inputs.
    pub inputs: Vec<f64>,
}

/// Runs a simulation on the current thread pool; `progress` is told the number
/// of paths each time some are done, from any thread.
pub fn run(simulation: &Simulation<'_>, progress: &(dyn Fn(u64) + Sync)) -> Results {
    run_with(simulation, Detail::All, progress)
}

/// Runs a simulation for its totals and the day the cap is reached alone, on the
/// same paths and to the same bits as [`run`]: what the paths themselves cost.
pub fn run_totals(simulation: &Simulation<'_>, progress: &(dyn Fn(u64) + Sync)) -> Results {
    run_with(simulation, Detail::Totals, progress)
}

fn run_with(
    simulation: &Simulation<'_>,
    detail: Detail,
    progress: &(dyn Fn(u64) + Sync),
) -> Results {
    let contracts = 0..simulation.contracts.len();
    // Every agreement sees the same paths; they count as done with the last one's.
    let last = simulation.contracts.len() - 1;
    let agreements = contracts.map(|i| {
        let told = |paths| {
            if i == last {
                progress(paths);
            }
        };
        run_one(&simulation.only(i), detail, &told)
    });
    Results {
        agreements: agreements.collect(),
    }
}

/// Runs the paths for the primary contract.
fn run_one(
    simulation: &Simulation<'_>,
    detail: Detail,
    progress: &(dyn Fn(u64) + Sync),
) -> Outcomes {
    let job = job(simulation, detail);
    let rows = job.plan.rows.len();
    let days = simulation.timeline.days() as usize;
    let idle: Mutex<Vec<Worker>> = Mutex::default();
    let mut replicates: Vec<Sums> = Vec::new();
    let mut blocks = blocks(simulation);
    loop {
        let wave: Vec<BlockId> = blocks.by_ref().take(WAVE).collect();
        if wave.is_empty() {
            break;
        }
        let sums: Vec<Sums> = wave
            .par_iter()
            .map(|&id| {
                let taken = idle.lock().expect("no worker panics").pop();
                let mut worker = taken.unwrap_or_else(|| Worker::new(&job));
                let sums = worker.run(&job, id);
                progress(id.count as u64);
                idle.lock().expect("no worker panics").push(worker);
                sums
            })
            .collect();
        for (id, sums) in wave.iter().zip(&sums) {
            let replicate = id.replicate as usize;
            if replicate == replicates.len() {
                replicates.push(Sums::new(rows, days));
            }
            replicates[replicate].merge(sums);
        }
    }
    let workers = idle.into_inner().expect("no worker panics");
    let sketches = (0..rows)
        .into_par_iter()
        .map(|row| sketch(&job.plan, &workers, row))
        .collect();
    Outcomes::new(simulation, job.plan, replicates, sketches)
}

/// The distribution of a row from the counts of all workers.
fn sketch(plan: &Plan, workers: &[Worker], row: usize) -> Sketch {
    let counters = |row: usize| workers.iter().map(move |worker| &worker.counters()[row]);
    let none = || counters(row).take(0);
    let Some(payment) = plan.rows[row].payment else {
        let axis = plan.rows[row].keys.map_or(Axis::Log, |keys| keys.axis);
        return Sketch::new(axis, counters(row), none());
    };
    let sketch = if payment.takes_out {
        Sketch::new(Axis::Log, counters(row), counters(payment.base))
    } else {
        Sketch::new(Axis::Log, counters(row), none())
    };
    sketch.read_in_units_of(payment.unit)
}

/// Draws the first `count` paths again, in order.
pub fn replay(simulation: &Simulation<'_>, count: u64) -> Vec<Path> {
    let job = job(simulation, Detail::Totals);
    let mut worker = Worker::new(&job);
    let mut paths = Vec::new();
    for id in blocks(simulation) {
        for offset in (0..id.count).step_by(LANES) {
            let left = count - paths.len() as u64;
            let wanted = left.min((id.count - offset).min(LANES) as u64) as usize;
            if wanted == 0 {
                return paths;
            }
            worker.generate(&job, id.replicate, id.first + offset as u64);
            paths.extend((0..wanted).map(|lane| worker.path(lane)));
        }
    }
    paths
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

/// Every block, in the order of the paths; a block lies in one replicate.
fn blocks(simulation: &Simulation<'_>) -> impl Iterator<Item = BlockId> {
    let points = simulation.settings.points;
    (0..simulation.settings.replicates).flat_map(move |replicate| {
        (0..points).step_by(BLOCK).map(move |first| BlockId {
            replicate,
            first,
            count: (points - first).min(BLOCK as u64) as usize,
        })
    })
}
