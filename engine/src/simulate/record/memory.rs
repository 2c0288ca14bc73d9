//! What a run takes of memory, told from its plan before it starts.

use super::block::BLOCK;
use super::blocks::wave;
use super::count::KeyRow;
use super::recording::Recording;
use super::rows::Detail;
use super::strip::Strips;
use crate::simulate::Simulation;
use crate::simulate::parts::shards::MOST_TOGETHER;
use crate::stats::{Counter, Moments, Outline, Running};
use crate::units::Lanes;

/// The memory of a run, in bytes: about as much as it will take, rather more than less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// What it takes once: the program, the sums, the results and their tables.
    pub shared: u64,
    /// What each thread takes besides: its paths and its counts.
    pub per_thread: u64,
    /// No more threads find work.
    pub most_threads: u64,
}

/// The program and what it draws.
const PROGRAM: f64 = 40e6;
/// A row's place in the tables and files of the results.
const REPORTED: f64 = 2_000.0;

/// The rows a run keeps, and what they are made of.
struct Rows {
    rows: usize,
    /// Tables of counts.
    counters: usize,
    /// Bytes of a strip and of a block for all rows.
    values: usize,
    /// Days of all counts of paths by day.
    days: usize,
    /// Rows whose replicates are told apart.
    outlined: usize,
}

impl Memory {
    /// The memory of a run of a simulation that keeps all statistics.
    pub fn of(simulation: &Simulation<'_>) -> Self {
        let settings = simulation.settings;
        let model = simulation.model;
        let periods = simulation.timeline.periods().len();
        let rows = Rows::of(simulation);
        let (octaves, response) = spread(simulation);
        let blocks = settings.points.div_ceil(BLOCK as u64) * u64::from(settings.replicates);
        let counted = 4.0 * (1024.0 * octaves + 512.0);
        let counters = rows.counters as f64 * (size_of::<Counter>() as f64 + counted);
        let strip = simulation.inputs.len() + model.draws() + model.rows(periods);
        let strip = (strip * size_of::<Lanes>()) as f64;
        let moments = (rows.rows * size_of::<Moments>()) as f64;
        let in_flight = wave(rows.rows, 1).min(blocks) as f64;
        let replicates = f64::from(settings.replicates);
        let drawn = replicates * 32.0 * (simulation.inputs.len() + model.shocks()) as f64;
        let outlined = 4.0 * (1024.0 * octaves + 512.0) / f64::from(Outline::WIDTH);
        let outlines = replicates * rows.outlined as f64 * outlined;
        let days = replicates * (rows.days * size_of::<u64>()) as f64;
        let kept = rows.rows as f64 * (REPORTED + 8.0 * replicates) + days;
        Self {
            shared: (PROGRAM + response + drawn + (in_flight + replicates) * moments + kept) as u64,
            per_thread: (strip + rows.values as f64 + counters + outlines + days) as u64,
            most_threads: blocks,
        }
    }

    /// That of the runs of several simulations, whose results are kept together and which
    /// are counted some at a time.
    pub fn of_each(simulations: &[Simulation<'_>]) -> Self {
        let together = simulations.chunks(MOST_TOGETHER).map(|some| {
            let kept = match some {
                [] | [_] => 0,
                [first, ..] => Strips::bytes(first) as u64,
            };
            kept + some.iter().map(|own| Self::of(own).per_thread).sum::<u64>()
        });
        let each = || simulations.iter().map(Self::of);
        let besides = each().map(|own| own.shared - PROGRAM as u64);
        Self {
            shared: PROGRAM as u64 + besides.sum::<u64>(),
            per_thread: together.max().unwrap_or(0),
            most_threads: each().map(|own| own.most_threads).max().unwrap_or(0),
        }
    }

    /// The memory on so many threads, in bytes.
    pub fn on(self, threads: usize) -> u64 {
        let threads = self.most_threads.min(threads as u64);
        self.shared
            .saturating_add(self.per_thread.saturating_mul(threads))
    }
}

impl Rows {
    fn of(simulation: &Simulation<'_>) -> Self {
        let recording = Recording::new(simulation, Detail::All);
        let rows = recording.rows.len();
        let keyed = recording.rows.iter().filter(|row| row.has_keys()).count();
        // Those of a lone flat share are recorded as they come.
        let filled = if recording.flat.is_some() { 0 } else { rows };
        Self {
            rows,
            counters: rows + 2 * recording.signed,
            values: rows * size_of::<Running>()
                + keyed * KeyRow::BYTES
                + filled * size_of::<Lanes>(),
            days: recording.days.iter().sum(),
            outlined: recording.outlined.len(),
        }
    }
}

/// About how many powers of two the revenue of a period spreads over, and the bytes
/// of the response it is told from.
fn spread(simulation: &Simulation<'_>) -> (f64, f64) {
    let medians = simulation.inputs.iter();
    let medians: Vec<f64> = medians.map(|input| input.distribution.median()).collect();
    let response = simulation.model.response(&medians);
    let variance = response
        .by_shock
        .iter()
        .map(|row| row.iter().map(|x| x * x).sum::<f64>());
    let deviation = variance.fold(0.0, f64::max).sqrt();
    // What is drawn of events and of inputs is not in it.
    let other = if simulation.model.events() > 0 {
        1.0
    } else {
        0.25
    };
    let tails = 2.0 * (2.0 * (simulation.settings.paths() as f64).ln()).sqrt();
    let octaves = (1.0 + tails * (deviation + other) / std::f64::consts::LN_2).min(32.0);
    let copies = if simulation.model.segments().is_empty() {
        1
    } else {
        2
    };
    let numbers = copies * simulation.timeline.periods().len() * simulation.model.shocks();
    (octaves, (numbers * size_of::<f64>()) as f64)
}
