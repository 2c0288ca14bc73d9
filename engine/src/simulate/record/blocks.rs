//! Blocks of paths shared out among threads, and their sums folded in order.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::block::{BLOCK, BlockId};
use crate::simulate::observer::{Cancelled, Observer};
use crate::simulate::settings::Settings;
use crate::stats::{Moments, SignedOutline};

/// The most blocks in flight before their moments are folded: bounds the memory of a
/// run of any length.
const WAVE: u64 = 256;
/// What the moments of the blocks in flight may take, in bytes, as long as no thread
/// waits for it.
const MOMENTS_IN_FLIGHT: usize = 64 << 20;

/// How many blocks are in flight, where each has the moments of so many rows and so many
/// threads work.
pub fn wave(rows: usize, threads: usize) -> u64 {
    let fit = (MOMENTS_IN_FLIGHT / (rows * size_of::<Moments>()).max(1)) as u64;
    fit.clamp((4 * threads as u64).min(WAVE), WAVE)
}

/// The blocks of a run in the order of its paths; a block lies in one replicate.
#[derive(Clone, Copy, Debug)]
pub struct Blocks {
    settings: Settings,
}

impl Blocks {
    /// Those of a run.
    pub fn of(settings: Settings) -> Self {
        Self { settings }
    }

    /// Blocks of each replicate.
    pub fn each(self) -> u64 {
        self.settings.points.div_ceil(BLOCK as u64)
    }

    /// All blocks, by number.
    pub fn all(self) -> Range<u64> {
        0..self.each() * u64::from(self.settings.replicates)
    }

    /// How many paths some blocks have.
    pub fn paths(self, range: Range<u64>) -> u64 {
        range.map(|block| self.id(block).count as u64).sum()
    }

    /// The paths of a block.
    pub fn id(self, block: u64) -> BlockId {
        let first = block % self.each() * BLOCK as u64;
        BlockId {
            replicate: (block / self.each()) as u32,
            first,
            count: (self.settings.points - first).min(BLOCK as u64) as usize,
        }
    }
}

/// The moments of each row over neighbouring blocks of one replicate. They depend on the
/// order of adding: those of a replicate are folded from its first block on, so a stretch
/// that begins a replicate may be of many blocks, and any other is of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stretch {
    /// Its first block.
    pub first: u64,
    /// How many there are.
    pub blocks: u64,
    /// The moments of each row.
    pub moments: Vec<Moments>,
}

impl Stretch {
    /// The moments of the first of several runs that are counted together, of so many rows,
    /// taken from those of all.
    pub fn first_of(all: &mut [Self], rows: usize) -> Vec<Self> {
        let own = all.iter_mut().map(|stretch| Self {
            moments: stretch.moments.drain(..rows).collect(),
            ..*stretch
        });
        own.collect()
    }

    /// The block after its last.
    pub fn end(&self) -> u64 {
        self.first + self.blocks
    }

    /// Adds stretches to those before them, folding what can be.
    pub fn append(all: &mut Vec<Self>, blocks: Blocks, more: impl IntoIterator<Item = Self>) {
        for next in more {
            let begins = |stretch: &Self| stretch.first.is_multiple_of(blocks.each());
            match all.last_mut() {
                Some(last) if begins(last) && last.end() == next.first && !begins(&next) => {
                    let rows = last.moments.iter_mut().zip(&next.moments);
                    rows.for_each(|(own, next)| own.merge(next));
                    last.blocks += next.blocks;
                }
                _ => all.push(next),
            }
        }
    }
}

/// Runs a range of blocks on workers of the current thread pool, each of which gives the
/// moments of so many rows. Gives these, folded in the order of the blocks, and the workers,
/// whose counts depend on no order.
///
/// # Errors
/// Where the observer says to stop.
pub fn in_blocks<W: Send>(
    blocks: Blocks,
    range: Range<u64>,
    rows: usize,
    worker: &(dyn Fn() -> W + Sync),
    run: &(dyn Fn(&mut W, BlockId) -> Vec<Moments> + Sync),
    observer: &dyn Observer,
) -> Result<(Vec<Stretch>, Vec<W>), Cancelled> {
    let idle: Mutex<Vec<W>> = Mutex::default();
    let mut stretches = Vec::new();
    let mut begin = range.start;
    let most = wave(rows, rayon::current_num_threads());
    while begin < range.end {
        let wave = begin..range.end.min(begin + most);
        begin = wave.end;
        let next: Vec<Stretch> = wave
            .into_par_iter()
            .map(|block| {
                if observer.cancelled() {
                    return Err(Cancelled);
                }
                let id = blocks.id(block);
                let taken = idle.lock().expect("no worker panics").pop();
                let mut taken = taken.unwrap_or_else(worker);
                let moments = run(&mut taken, id);
                observer.progress(id.count as u64);
                idle.lock().expect("no worker panics").push(taken);
                Ok(Stretch {
                    first: block,
                    blocks: 1,
                    moments,
                })
            })
            .collect::<Result<_, Cancelled>>()?;
        Stretch::append(&mut stretches, blocks, next);
    }
    Ok((stretches, idle.into_inner().expect("no worker panics")))
}

/// What each replicate holds of each of some things, thing by thing.
fn by_row<C>(workers: Vec<Vec<C>>, rows: usize) -> Vec<Vec<C>> {
    let mut by_row: Vec<Vec<C>> = Vec::new();
    by_row.resize_with(rows, Vec::new);
    for worker in workers {
        for (row, counter) in by_row.iter_mut().zip(worker) {
            row.push(counter);
        }
    }
    by_row
}

/// What is counted of each replicate met, in any order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByReplicate<C>(BTreeMap<u32, Vec<C>>);

/// Of the rows whose replicates are told apart.
pub type Outlines = ByReplicate<SignedOutline>;

/// Of each thing that happens on a day, the paths by day; the first is reaching the cap.
pub type DayCounts = ByReplicate<Vec<u64>>;

/// Counts that others can be added to.
pub trait Count {
    /// Adds what others have counted.
    fn add(&mut self, more: &Self);
}

impl Count for SignedOutline {
    fn add(&mut self, more: &Self) {
        self.merge(more);
    }
}

impl Count for Vec<u64> {
    fn add(&mut self, more: &Self) {
        let days = self.iter_mut().zip(more);
        days.for_each(|(own, more)| *own += more);
    }
}

impl<C> Default for ByReplicate<C> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<C: Count> ByReplicate<C> {
    /// What is counted of a replicate: nothing yet where it is met for the first time.
    pub fn of(&mut self, replicate: u32, nothing: impl FnOnce() -> Vec<C>) -> &mut [C] {
        self.0.entry(replicate).or_insert_with(nothing)
    }

    /// Adds what others have counted.
    pub fn add(&mut self, more: Self) {
        for (replicate, counts) in more.0 {
            match self.0.entry(replicate) {
                Entry::Vacant(entry) => {
                    entry.insert(counts);
                }
                Entry::Occupied(mut entry) => {
                    let own = entry.get_mut().iter_mut();
                    own.zip(&counts).for_each(|(own, more)| own.add(more));
                }
            }
        }
    }

    /// Of each thing counted, replicate by replicate.
    pub fn by_count(self) -> Vec<Vec<C>> {
        let counts = self.0.first_key_value().map_or(0, |(_, own)| own.len());
        by_row(self.0.into_values().collect(), counts)
    }
}
