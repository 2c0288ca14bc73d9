//! Blocks of paths shared out among threads, and their sums folded in order.

use std::sync::Mutex;

use rayon::prelude::*;

use super::Simulation;
use super::tally::Sums;
use super::worker::{BLOCK, BlockId};

/// Blocks in flight before their sums are folded: bounds the memory of a run of
/// any length.
const WAVE: usize = 256;

/// Every block, in the order of the paths; a block lies in one replicate.
pub fn blocks(simulation: &Simulation<'_>) -> impl Iterator<Item = BlockId> {
    let points = simulation.settings.points;
    (0..simulation.settings.replicates).flat_map(move |replicate| {
        (0..points).step_by(BLOCK).map(move |first| BlockId {
            replicate,
            first,
            count: (points - first).min(BLOCK as u64) as usize,
        })
    })
}

/// Runs every block on a worker of the current thread pool. Gives the sums of
/// each replicate, folded in the order of the blocks, and the workers, whose
/// counts depend on no order.
pub fn in_blocks<W: Send>(
    simulation: &Simulation<'_>,
    worker: &(dyn Fn() -> W + Sync),
    run: &(dyn Fn(&mut W, BlockId) -> Sums + Sync),
    progress: &(dyn Fn(u64) + Sync),
) -> (Vec<Sums>, Vec<W>) {
    let idle: Mutex<Vec<W>> = Mutex::default();
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
                let mut taken = taken.unwrap_or_else(worker);
                let sums = run(&mut taken, id);
                progress(id.count as u64);
                idle.lock().expect("no worker panics").push(taken);
                sums
            })
            .collect();
        for (id, sums) in wave.iter().zip(sums) {
            match replicates.get_mut(id.replicate as usize) {
                Some(replicate) => replicate.merge(&sums),
                None => replicates.push(sums),
            }
        }
    }
    (replicates, idle.into_inner().expect("no worker panics"))
}

/// What each worker holds for each of some rows, row by row.
pub fn by_row<C>(workers: Vec<Vec<C>>, rows: usize) -> Vec<Vec<C>> {
    let mut by_row: Vec<Vec<C>> = Vec::new();
    by_row.resize_with(rows, Vec::new);
    for worker in workers {
        for (row, counter) in by_row.iter_mut().zip(worker) {
            row.push(counter);
        }
    }
    by_row
}
