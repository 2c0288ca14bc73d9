//! The paths on which least comes in, and what each deal brings in there.
//!
//! With *n* paths in a replicate the tail is its worst *αn* paths, the last of them in part
//! where that is no whole number (Acerbi and Tasche 2002, *On the coherence of expected
//! shortfall*). What a deal brings in there on average is its Euler contribution to the mean
//! of the tail (Tasche 1999): those of all deals add up to it.

use std::collections::{BTreeMap, BinaryHeap};

use rayon::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

use super::super::observer::{Cancelled, Observer};
use super::super::settings::Settings;
use super::pass::{Fund, Strip};
use crate::simulate::sample::draws::Draws;
use crate::units::LANES;

/// Strips whose sums are held before they are folded.
const WAVE: usize = 256;

/// A path by what comes in on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Seen {
    total: f64,
    point: u64,
}

impl Eq for Seen {}

impl PartialOrd for Seen {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Seen {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by_total = self.total.total_cmp(&other.total);
        by_total.then(self.point.cmp(&other.point))
    }
}

/// The worst paths of every replicate seen: which they are depends on no order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Worst {
    /// Paths of a replicate's tail.
    wanted: f64,
    #[serde(serialize_with = "sorted")]
    replicates: BTreeMap<u32, BinaryHeap<Seen>>,
}

impl Worst {
    /// None yet, of a tail that is such a part of all paths.
    pub fn new(tail: f64, settings: Settings) -> Self {
        Self {
            wanted: tail * settings.points as f64,
            replicates: BTreeMap::new(),
        }
    }

    /// Takes a path if it is among the worst so far.
    pub fn see(&mut self, replicate: u32, point: u64, total: f64) {
        let most = self.wanted.ceil().max(1.0) as usize;
        let heap = self.replicates.entry(replicate).or_default();
        let seen = Seen { total, point };
        if heap.len() < most {
            heap.push(seen);
        } else if let Some(mut best) = heap.peek_mut()
            && seen < *best
        {
            *best = seen;
        }
    }

    /// Takes those that another has seen.
    pub fn merge(&mut self, other: Self) {
        for (replicate, heap) in other.replicates {
            for seen in heap {
                self.see(replicate, seen.point, seen.total);
            }
        }
    }
}

/// Equal paths are equal bytes, however they were met.
fn sorted<S: Serializer>(
    replicates: &BTreeMap<u32, BinaryHeap<Seen>>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let sorted = |heap: &BinaryHeap<Seen>| heap.clone().into_sorted_vec();
    to.collect_map(replicates.iter().map(|(r, heap)| (r, sorted(heap))))
}

/// What the tail of each replicate is made of.
#[derive(Debug)]
pub struct Tail {
    /// For each replicate, what each deal brings in there on average.
    pub deals: Vec<Vec<f64>>,
    /// For each replicate, what all do.
    pub totals: Vec<f64>,
}

/// Some of the worst paths, with their weights in the mean of the tail.
struct TailStrip {
    /// The position of their replicate.
    at: usize,
    replicate: u32,
    paths: Vec<(Seen, f64)>,
}

/// Draws the worst paths again and adds up what each deal brings in on them.
pub fn contributions(
    fund: &Fund<'_>,
    worst: Worst,
    observer: &dyn Observer,
) -> Result<Tail, Cancelled> {
    let wanted = worst.wanted;
    let mut strips: Vec<TailStrip> = Vec::new();
    let mut totals = Vec::new();
    for (r, (replicate, heap)) in worst.replicates.into_iter().enumerate() {
        let weight = |i: usize| (wanted - i as f64).clamp(0.0, 1.0) / wanted;
        let paths = heap.into_sorted_vec().into_iter().enumerate();
        let paths: Vec<(Seen, f64)> = paths.map(|(i, seen)| (seen, weight(i))).collect();
        totals.push(paths.iter().map(|(seen, weight)| weight * seen.total).sum());
        strips.extend(paths.chunks(LANES).map(|strip| TailStrip {
            at: r,
            replicate,
            paths: strip.to_vec(),
        }));
    }
    let mut deals = vec![vec![0.0; fund.deals.len()]; totals.len()];
    for wave in strips.chunks(WAVE) {
        let sums = wave.par_iter().map_init(
            || Strip::new(fund),
            |room,
             TailStrip {
                 replicate,
                 paths: strip,
                 ..
             }| {
                if observer.cancelled() {
                    return Err(Cancelled);
                }
                // Beyond the last path the first stands again, without a weight.
                let mut paths = [Draws::path(*replicate, strip[0].0.point); LANES];
                for (path, (seen, _)) in paths.iter_mut().zip(strip) {
                    *path = Draws::path(*replicate, seen.point);
                }
                let mut sums = vec![0.0; fund.deals.len()];
                room.run(fund, &paths, strip.len(), |i, brought| {
                    let totals = brought.total.iter().zip(strip);
                    sums[i] = totals.map(|(total, (_, weight))| weight * total).sum();
                });
                Ok(sums)
            },
        );
        let sums: Vec<Vec<f64>> = sums.collect::<Result<_, Cancelled>>()?;
        for (strip, sums) in wave.iter().zip(sums) {
            for (deal, sum) in deals[strip.at].iter_mut().zip(sums) {
                *deal += sum;
            }
        }
    }
    Ok(Tail { deals, totals })
}
