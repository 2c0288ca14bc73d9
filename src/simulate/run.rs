//! The parallel run.

use std::sync::Mutex;

use rayon::prelude::*;

use super::block::{BLOCK, BlockId, PeriodTerms};
use super::draws::Draws;
use super::ordering::Rotation;
use super::outcomes::Outcomes;
use super::settings::Sampler;
use super::tally::{Layout, Sums};
use super::worker::Worker;
use super::{Simulation, Valuation};
use crate::agreement::Terms;
use crate::math::{exp, ln};
use crate::stats::Sketch;
use crate::units::Date;

/// Paths one task computes between two merges: the unit of the fixed order.
const CHUNK: u64 = BLOCK as u64;
/// Chunks in flight before their sums are folded: bounds the memory of a run of
/// any length.
const WAVE: usize = 256;

/// One simulated path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Revenue of each period.
    pub revenue: Vec<f64>,
    /// The contract's numbers on this path.
    pub terms: Terms,
}

/// Runs a simulation on the current thread pool; `progress` is told the number
/// of paths each time some are done, from any thread.
pub fn run(simulation: &Simulation<'_>, progress: &(dyn Fn(u64) + Sync)) -> Outcomes {
    let draws = draws(simulation);
    let layout = Layout::new(simulation);
    let terms = period_terms(simulation);
    let days = simulation.timeline.days() as usize;
    let chunks: Vec<Vec<BlockId>> = chunks(simulation).collect();
    let idle: Mutex<Vec<Worker>> = Mutex::default();
    let empty = || Sums::new(layout.cells(), days);
    let mut replicates: Vec<Sums> = Vec::new();
    for wave in chunks.chunks(WAVE) {
        let sums: Vec<Sums> = wave
            .par_iter()
            .map(|chunk| {
                let taken = idle.lock().expect("no worker panics").pop();
                let mut worker = taken.unwrap_or_else(|| Worker::new(simulation, &layout));
                let mut sums = empty();
                for &id in chunk {
                    worker.block.generate(id, &draws, simulation.model);
                    worker.settle(simulation, &terms, &layout, id.count, &mut sums);
                    progress(id.count as u64);
                }
                idle.lock().expect("no worker panics").push(worker);
                sums
            })
            .collect();
        for (chunk, sums) in wave.iter().zip(&sums) {
            let replicate = chunk[0].replicate as usize;
            if replicate == replicates.len() {
                replicates.push(empty());
            }
            replicates[replicate].merge(sums);
        }
    }
    let mut sketches = vec![Sketch::default(); layout.cells()];
    for worker in idle.into_inner().expect("no worker panics") {
        for (sketch, part) in sketches.iter_mut().zip(&worker.sketches) {
            sketch.merge(part);
        }
    }
    Outcomes::new(simulation, layout, replicates, sketches)
}

/// Draws the first `count` paths again, in order.
pub fn replay(simulation: &Simulation<'_>, count: u64) -> Vec<Path> {
    let draws = draws(simulation);
    let layout = Layout::new(simulation);
    let mut worker = Worker::new(simulation, &layout);
    let mut paths = Vec::new();
    for id in chunks(simulation).flatten() {
        let wanted = (count - paths.len() as u64).min(id.count as u64) as usize;
        if wanted == 0 {
            break;
        }
        worker.block.generate(id, &draws, simulation.model);
        worker.block.open(simulation);
        paths.extend((0..wanted).map(|lane| {
            let (revenue, terms) = worker.block.path(lane);
            Path { revenue, terms }
        }));
    }
    paths
}

pub(super) fn draws(simulation: &Simulation<'_>) -> Draws {
    let inputs = simulation.inputs;
    let rotation = match simulation.settings.sampler {
        Sampler::Sobol => {
            let medians: Vec<f64> = inputs.iter().map(|i| i.distribution.median()).collect();
            // The paths know nothing of the contract: all revenue of the timeline counts.
            let eligible = vec![1.0; simulation.timeline.periods().len()];
            Rotation::new(&simulation.model.response(&medians), &eligible)
        }
        Sampler::Random => Rotation::default(),
    };
    let shocks = simulation.model.shocks();
    Draws::new(simulation.settings, inputs, shocks, rotation)
}

/// The blocks of every chunk, in the order of the paths; a chunk lies in one
/// replicate.
fn chunks(simulation: &Simulation<'_>) -> impl Iterator<Item = Vec<BlockId>> {
    let points = simulation.settings.points;
    (0..simulation.settings.replicates).flat_map(move |replicate| {
        (0..points).step_by(CHUNK as usize).map(move |start| {
            let end = (start + CHUNK).min(points);
            (start..end)
                .step_by(BLOCK)
                .map(|first| BlockId {
                    replicate,
                    first,
                    count: (end - first).min(BLOCK as u64) as usize,
                })
                .collect()
        })
    })
}

fn period_terms(simulation: &Simulation<'_>) -> Vec<PeriodTerms> {
    let start = simulation.timeline.start();
    let terms = simulation
        .schedule
        .periods()
        .iter()
        .map(|period| PeriodTerms {
            eligible: period.eligible,
            days: f64::from(period.days),
            first_day: f64::from(period.first_day.days_since(start)),
            discount_factor: simulation.valuation.map_or(0.0, |valuation| {
                valuation.discount_factor(period.payment_date)
            }),
        });
    terms.collect()
}

impl Valuation {
    /// What one unit paid at the close of `date` is worth at the valuation date:
    /// (1 + rate)^−years; 0 for a payment before it, which is no longer due.
    pub fn discount_factor(&self, date: Date) -> f64 {
        if date < self.date {
            return 0.0;
        }
        let years = date.add_days(1).years_since(self.date);
        exp(-years * ln(1.0 + self.discount_rate))
    }
}
