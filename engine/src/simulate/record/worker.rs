//! One thread's part of some runs: paths drawn and settled strip by strip, then counted.
//!
//! Everything up to the keys of the cells is done for a strip of [`LANES`] paths
//! while it is in the nearest cache, in code compiled for each instruction set.
//! Counting touches one table of counts for each row; it is done for a whole
//! block at a time, row by row, so that a table is fetched once for many paths.
//!
//! A lone flat share is settled by [its own pass](super::flat::pass), anything else by that
//! [under clauses](super::clauses::pass). Both read the same strips, in one recorder of one
//! kind, and are counted by the same code.

use std::ops::Range;
use std::ptr;

use super::block::BlockId;
use super::blocks::{Blocks, Stretch, in_blocks};
use super::clauses::pass::{ClausePass, Room};
use super::count::KeyMemory;
use super::flat::pass::FlatPass;
use super::recorder::Recorder;
use super::recording::Recording;
use super::rows::Detail;
use super::strip::{Strip, Strips};
use crate::simulate::Simulation;
use crate::simulate::observer::{Cancelled, Observer};
use crate::simulate::parts::shards::Counted;
use crate::simulate::sample::draws::Draws;
use crate::stats::Moments;
use crate::units::LANES;

/// What one set of paths is asked: the totals or all statistics of a simulation.
pub struct Reading<'a> {
    /// The simulation.
    pub simulation: Simulation<'a>,
    /// What is recorded of it.
    pub recording: Recording,
    /// What the revenue of each period is multiplied by, if by anything.
    pub factors: Option<&'a [f64]>,
}

impl<'a> Reading<'a> {
    /// What a run of a simulation asks.
    pub fn of(simulation: Simulation<'a>, detail: Detail) -> Self {
        Self {
            recording: Recording::new(&simulation, detail),
            simulation,
            factors: None,
        }
    }
}

/// What all workers of some runs share.
struct Job<'a> {
    /// The random numbers.
    draws: Draws,
    /// What is asked, at least one thing, all of the same draws; what is asked of one
    /// model stands together.
    readings: Vec<Reading<'a>>,
}

impl<'a> Job<'a> {
    /// The readings of each model's revenue, which is drawn anew once it is multiplied.
    fn by_model(&self) -> impl Iterator<Item = &[Reading<'a>]> {
        self.readings.chunk_by(|one, next| {
            one.factors.is_none() && ptr::eq(one.simulation.model, next.simulation.model)
        })
    }

    /// The rows of all readings.
    fn rows(&self) -> usize {
        let readings = self.readings.iter();
        readings.map(|reading| reading.recording.rows.len()).sum()
    }
}

/// Strips grown before several readings take them in turn: what a reading has counted is then
/// fetched once for all of them, and their revenue still fits the second cache.
const STRIPS_AT_ONCE: usize = 16;

/// The memory of one worker.
struct Worker<'a> {
    strips: Strips,
    room: Room,
    readers: Vec<Reader<'a>>,
    /// That of the keys of a block, for the readings of each model in turn.
    memory: Vec<Vec<KeyMemory>>,
}

/// The memory of a worker for one reading.
struct Reader<'a> {
    recorder: Recorder,
    pass: Pass<'a>,
}

/// How a strip is settled and recorded.
enum Pass<'a> {
    Flat(FlatPass),
    Clauses(ClausePass<'a>),
}

impl<'a> Worker<'a> {
    fn new(job: &Job<'a>) -> Self {
        let first = &job.readings[0].simulation;
        let most = job.by_model().map(<[_]>::len).max().unwrap_or(0);
        let strips = if most > 1 { STRIPS_AT_ONCE } else { 1 };
        Self {
            strips: Strips::new(first, job.by_model().count(), strips),
            room: Room::new(&job.readings),
            readers: job.readings.iter().map(Reader::new).collect(),
            memory: vec![Vec::new(); most],
        }
    }

    /// Simulates one block and counts it: the moments of the rows of each reading in turn.
    fn run(&mut self, job: &Job<'_>, id: BlockId) -> Vec<Moments> {
        self.strips.begin(&job.draws, id);
        let mut moments = Vec::with_capacity(job.rows());
        let mut readers = self.readers.as_mut_slice();
        for readings in job.by_model() {
            let (own, others) = readers.split_at_mut(readings.len());
            readers = others;
            for (reader, memory) in own.iter_mut().zip(&mut self.memory) {
                reader.recorder.exchange(memory);
                reader.recorder.begin(id);
            }
            let (room, model) = (&mut self.room, readings[0].simulation.model);
            self.strips.each(&job.draws, id, model, |begin, strips| {
                let left = id.count - begin;
                for (reading, reader) in readings.iter().zip(&mut *own) {
                    reader.take(reading, strips, left, room);
                }
            });
            for (reader, memory) in own.iter_mut().zip(&mut self.memory) {
                moments.extend(reader.recorder.end());
                reader.recorder.exchange(memory);
            }
        }
        moments
    }
}

impl<'a> Reader<'a> {
    fn new(reading: &Reading<'a>) -> Self {
        Self {
            recorder: Recorder::of(&reading.recording),
            pass: match reading.recording.flat {
                Some(_) => Pass::Flat(FlatPass::new(&reading.simulation)),
                None => Pass::Clauses(ClausePass::new(reading)),
            },
        }
    }

    /// Settles some strips, of so many paths, and records them.
    fn take(&mut self, reading: &Reading<'_>, strips: &mut [Strip], paths: usize, room: &mut Room) {
        let Self { recorder, pass } = self;
        for (i, strip) in strips.iter_mut().enumerate() {
            let lanes = (paths - i * LANES).min(LANES);
            if let Some(factors) = reading.factors {
                strip.multiply(factors);
            }
            match pass {
                Pass::Flat(pass) => pass.settle(&reading.recording, strip, lanes, recorder),
                Pass::Clauses(pass) => pass.settle(reading, strip, lanes, room, recorder),
            }
        }
        room.count_days(recorder);
    }
}

/// Some blocks of simulations that [draw alike](Simulation::draws_like): the paths are
/// drawn once, and revenue of one model after another is made of them once. What each has
/// counted, in order.
///
/// # Errors
/// Where the observer says to stop.
pub fn part(
    readings: Vec<Reading<'_>>,
    range: Range<u64>,
    observer: &dyn Observer,
) -> Result<Vec<Counted>, Cancelled> {
    let first = &readings[0].simulation;
    let (settings, draws) = (first.settings, Draws::of(first));
    let job = Job { draws, readings };
    let (mut stretches, workers) = in_blocks(
        Blocks::of(settings),
        range,
        job.rows(),
        &|| Worker::new(&job),
        &|worker: &mut Worker<'_>, id| worker.run(&job, id),
        observer,
    )?;
    let mut workers: Vec<_> = workers
        .into_iter()
        .map(|worker| worker.readers.into_iter())
        .collect();
    let of_reading = |reading: &Reading<'_>| {
        let own = Stretch::first_of(&mut stretches, reading.recording.rows.len());
        let readers = workers.iter_mut().filter_map(Iterator::next);
        Counted::new(own, readers.map(|reader| reader.recorder.into_counts()))
    };
    Ok(job.readings.iter().map(of_reading).collect())
}
