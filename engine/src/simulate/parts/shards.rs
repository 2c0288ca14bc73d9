//! A run in parts that may be computed anywhere, and the results of all of them.
//!
//! The results are the same to the last bit however the blocks are cut, in whatever
//! order the parts come, and on however many threads each was computed.

use std::iter;
use std::ops::Range;
use std::slice;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::sealed::{Fingerprint, SealError, seal, unseal};
use crate::simulate::Simulation;
use crate::simulate::estimates::estimators::{self, Layouts, LineMeans};
use crate::simulate::estimates::results::Results;
use crate::simulate::observer::{Cancelled, Observer, OfEach};
use crate::simulate::record::blocks::{Blocks, DayCounts, Outlines, Stretch};
use crate::simulate::record::priced::Prices;
use crate::simulate::record::recorder::Counts;
use crate::simulate::record::recording::Recording;
use crate::simulate::record::rows::Detail;
use crate::simulate::record::whole::whole;
use crate::simulate::record::worker::{self, Reading};
use crate::simulate::sample::ordering::Ordering;
use crate::simulate::settings::Settings;
use crate::stats::{Counter, Moments, PackedCounter, PackedSigned, SignedCounter};

/// The most runs that are counted on one set of paths at a time: what each drawn path saves
/// is almost all saved by then, and each has its counters on every thread.
pub(in crate::simulate) const MOST_TOGETHER: usize = 4;

/// What can be computed in parts, each of which keeps what it has counted.
pub trait Parted {
    /// What a part keeps.
    type Kept: Kept;
    /// Paths and replicates.
    fn settings(&self) -> Settings;
    /// What tells it from everything else: see [`Planned::fingerprint`].
    fn fingerprint(&self) -> Fingerprint;
}

/// What a part keeps of what it is a part of.
pub trait Kept: Serialize + DeserializeOwned {
    /// What the part is, in its bytes and its name.
    const WHAT: &'static str;
}

/// Something laid out: its parts can be computed one by one, here or elsewhere.
#[derive(Debug)]
pub struct Planned<W> {
    pub(in crate::simulate) whole: W,
    fingerprint: OnceLock<Fingerprint>,
}

/// A run laid out.
pub type Plan<'a> = Planned<WholeRun<'a>>;

/// A run and what is the same for all its parts.
#[derive(Debug)]
pub struct WholeRun<'a> {
    simulation: Simulation<'a>,
    detail: Detail,
    prices: Option<Prices>,
    ordering: OnceLock<Ordering>,
    layouts: OnceLock<Layouts>,
}

/// Neighbouring blocks of paths, by number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shard {
    /// The blocks, never none.
    blocks: Range<u64>,
}

impl Shard {
    /// So many blocks in `count` shards of about the same size, fewer where there are not so
    /// many blocks.
    fn cut(blocks: u64, count: usize) -> Vec<Self> {
        let count = (count as u64).clamp(1, blocks);
        let cut = |i: u64| (u128::from(blocks) * u128::from(i) / u128::from(count)) as u64;
        let range = |i| cut(i)..cut(i + 1);
        (0..count).map(|i| Self { blocks: range(i) }).collect()
    }

    /// The blocks, of up to 4,096 paths each, counted from 0 over all replicates.
    pub fn blocks(&self) -> Range<u64> {
        self.blocks.clone()
    }
}

/// What a shard has counted. Its bytes depend on the question and the shard alone.
#[derive(Debug, Serialize, Deserialize)]
pub struct Part<K> {
    plan: Fingerprint,
    shard: Shard,
    kept: K,
}

/// A part of a run.
pub type Partial = Part<RunPart>;

/// What a part of a run keeps.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunPart {
    counted: Counted,
    /// The same where risk has a price.
    priced: Option<Counted>,
    /// The lines of the replicates that begin in it.
    lines: LineMeans,
}

impl Kept for RunPart {
    const WHAT: &'static str = "part of a run";
}

/// What some blocks have counted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Counted {
    /// Moments, in the order of the blocks.
    pub stretches: Vec<Stretch>,
    /// For each row, counters that add up to its counts.
    #[serde(serialize_with = "pack", deserialize_with = "unpack")]
    pub counters: Vec<Vec<Counter>>,
    /// The same for rows of either sign.
    #[serde(serialize_with = "pack_signed", deserialize_with = "unpack_signed")]
    pub signed: Vec<Vec<SignedCounter>>,
    /// Counts of the rows whose replicates are told apart.
    pub outlines: Outlines,
    /// Paths by day.
    pub days: DayCounts,
}

/// Why parts do not make a run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PartError {
    /// A part of another run.
    #[error("{} of the run {found}, not of {expected}", named(blocks))]
    Foreign {
        /// Its blocks.
        blocks: Range<u64>,
        /// The fingerprint of its run.
        found: Fingerprint,
        /// That of the run asked for.
        expected: Fingerprint,
    },
    /// Some blocks are in two parts.
    #[error("{} there twice", named(blocks))]
    Overlap {
        /// Those blocks.
        blocks: Range<u64>,
    },
    /// Some blocks are in no part.
    #[error("{} missing", named(blocks))]
    Missing {
        /// Those blocks.
        blocks: Range<u64>,
    },
}

/// Blocks and their verb.
fn named(blocks: &Range<u64>) -> String {
    match blocks.end - blocks.start {
        1 => format!("block {} is", blocks.start),
        _ => format!("blocks {}–{} are", blocks.start, blocks.end - 1),
    }
}

impl<W: Parted> Planned<W> {
    pub(in crate::simulate) fn of(whole: W) -> Self {
        Self {
            whole,
            fingerprint: OnceLock::new(),
        }
    }

    /// What tells this from everything else: the SHA-256 of the version, the question
    /// (of a portfolio, of all deals) and what is counted. Parts are merged only where it is
    /// the same.
    pub fn fingerprint(&self) -> Fingerprint {
        let of = || self.whole.fingerprint();
        *self.fingerprint.get_or_init(of)
    }

    /// All of it cut into `count` shards of about the same size, fewer where there are
    /// not so many blocks.
    pub fn shards(&self, count: usize) -> Vec<Shard> {
        Shard::cut(self.blocks().all().end, count)
    }

    /// The shard of some blocks; `None` for none or blocks that there are not.
    pub fn shard(&self, blocks: Range<u64>) -> Option<Shard> {
        let all = self.blocks().all();
        let inside = blocks.start < blocks.end && blocks.end <= all.end;
        inside.then_some(Shard { blocks })
    }

    /// The name of a shard's part: what tells it from every other part of this and of
    /// everything else.
    pub fn name(&self, shard: &Shard) -> Fingerprint {
        Fingerprint::of(W::Kept::WHAT, &(self.fingerprint(), shard))
    }

    /// The paths of a shard.
    pub fn paths(&self, shard: &Shard) -> u64 {
        self.blocks().paths(shard.blocks())
    }

    /// All of it as one shard.
    pub fn whole(&self) -> Shard {
        let blocks = self.blocks().all();
        Shard { blocks }
    }

    pub(in crate::simulate) fn blocks(&self) -> Blocks {
        Blocks::of(self.whole.settings())
    }

    /// The part of a shard.
    pub(in crate::simulate) fn part(&self, shard: &Shard, kept: W::Kept) -> Part<W::Kept> {
        Part {
            plan: self.fingerprint(),
            shard: shard.clone(),
            kept,
        }
    }

    /// What parts keep, in the order of their blocks.
    ///
    /// # Errors
    /// Where one is of something else, or they are not all blocks once.
    pub(in crate::simulate) fn in_order(
        &self,
        parts: impl IntoIterator<Item = Part<W::Kept>>,
    ) -> Result<impl Iterator<Item = W::Kept>, PartError> {
        let mut parts: Vec<Part<W::Kept>> = parts.into_iter().collect();
        parts.sort_by_key(|part| (part.shard.blocks.start, part.shard.blocks.end));
        let mut next = 0;
        for part in &parts {
            let (found, expected) = (part.plan, self.fingerprint());
            let blocks = part.blocks();
            if found != expected {
                return Err(PartError::Foreign {
                    blocks,
                    found,
                    expected,
                });
            }
            if blocks.start < next {
                let blocks = blocks.start..next.min(blocks.end);
                return Err(PartError::Overlap { blocks });
            }
            if blocks.start > next {
                let blocks = next..blocks.start;
                return Err(PartError::Missing { blocks });
            }
            next = blocks.end;
        }
        let end = self.blocks().all().end;
        match next < end {
            true => Err(PartError::Missing { blocks: next..end }),
            false => Ok(parts.into_iter().map(|part| part.kept)),
        }
    }
}

impl Parted for WholeRun<'_> {
    type Kept = RunPart;

    fn settings(&self) -> Settings {
        self.simulation.settings
    }

    fn fingerprint(&self) -> Fingerprint {
        let kept = self.detail == Detail::All;
        Fingerprint::of("run", &(self.simulation.question(), kept))
    }
}

impl<'a> WholeRun<'a> {
    fn new(simulation: Simulation<'a>, detail: Detail) -> Self {
        let prices = match detail {
            Detail::All => Prices::of(&simulation),
            Detail::Totals | Detail::Means => None,
        };
        Self {
            simulation,
            detail,
            prices,
            ordering: OnceLock::new(),
            layouts: OnceLock::new(),
        }
    }

    /// The simulation, which is lent the ordering.
    fn lent(&self) -> Simulation<'_> {
        Simulation {
            ordering: Some(self.ordering()),
            ..self.simulation
        }
    }

    fn ordering(&self) -> &Ordering {
        self.ordering.get_or_init(|| self.simulation.own_ordering())
    }

    /// The layouts of its own simulation, which is lent its ordering.
    fn layouts(&self, simulation: &Simulation<'_>) -> &Layouts {
        let layouts = &self.layouts;
        layouts.get_or_init(|| estimators::layouts(simulation))
    }
}

impl<'a> Plan<'a> {
    /// The plan of a run with all its statistics.
    pub fn new(simulation: Simulation<'a>) -> Self {
        Self::of(WholeRun::new(simulation, Detail::All))
    }

    /// The plan of a run for its totals: see [`run_totals`](crate::simulate::run_totals).
    pub fn totals(simulation: Simulation<'a>) -> Self {
        Self::of(WholeRun::new(simulation, Detail::Totals))
    }

    /// Computes a shard on the current thread pool. The observer is told the number of
    /// paths each time some are done.
    ///
    /// # Errors
    /// Where the observer says to stop.
    pub fn compute(&self, shard: &Shard, observer: &dyn Observer) -> Result<Partial, Cancelled> {
        let mut alone = Self::compute_each(slice::from_ref(self), shard, observer)?;
        Ok(alone.pop().expect("one part for each plan"))
    }

    /// The same of several plans, to the same bytes: where they
    /// [draw alike](Simulation::draws_like), paths are drawn once for some of them together.
    ///
    /// # Errors
    /// Where the observer says to stop.
    pub(in crate::simulate) fn compute_each(
        plans: &[Self],
        shard: &Shard,
        observer: &dyn Observer,
    ) -> Result<Vec<Partial>, Cancelled> {
        let alike = |one: &Self, other: &Self| {
            let (one, other) = (&one.whole, &other.whole);
            one.detail == other.detail
                && one.simulation.is_flat() == other.simulation.is_flat()
                && one.simulation.draws_like(&other.simulation)
                && one.ordering() == other.ordering()
        };
        let groups = plans.chunk_by(alike);
        let parts = groups
            .flat_map(|group| group.chunks(MOST_TOGETHER))
            .map(|group| Self::compute_together(group, shard, observer));
        let parts: Vec<Vec<Partial>> = parts.collect::<Result<_, _>>()?;
        Ok(parts.into_iter().flatten().collect())
    }

    fn compute_together(
        plans: &[Self],
        shard: &Shard,
        observer: &dyn Observer,
    ) -> Result<Vec<Partial>, Cancelled> {
        let blocks = shard.blocks();
        let runs = || plans.iter().map(|plan| &plan.whole);
        let simulations: Vec<Simulation<'_>> = runs().map(WholeRun::lent).collect();
        let each = || runs().zip(&simulations);
        let lines = each().map(|(run, simulation)| {
            let layouts = run.layouts(simulation);
            estimators::part(simulation, layouts, &blocks, observer)
        });
        let lines: Vec<LineMeans> = lines.collect::<Result<_, _>>()?;
        let priced = each().map(|(run, simulation)| {
            let prices = run.prices.as_ref();
            prices.map(|prices| prices.reading(simulation))
        });
        let (detail, told) = (plans[0].whole.detail, OfEach(observer, plans.len() as u64));
        let own = simulations.iter().map(|own| Reading::of(*own, detail));
        let readings = own.zip(priced);
        let readings = readings.flat_map(|(own, priced)| iter::once(own).chain(priced));
        let counted = worker::part(readings.collect(), blocks, &told)?;
        let mut counted = counted.into_iter();
        let mut next = || counted.next().expect("what each reading has counted");
        let parts = plans.iter().zip(lines);
        Ok(parts
            .map(|(plan, lines)| {
                let kept = RunPart {
                    counted: next(),
                    priced: plan.whole.prices.as_ref().map(|_| next()),
                    lines,
                };
                plan.part(shard, kept)
            })
            .collect())
    }

    /// The results of the run from all its parts, in any order.
    ///
    /// # Errors
    /// Where one is of another run, or they are not all blocks once.
    pub fn finish(&self, parts: impl IntoIterator<Item = Partial>) -> Result<Results, PartError> {
        let (mut counted, mut priced) = (Counted::default(), Counted::default());
        let mut lines = Vec::new();
        for part in self.in_order(parts)? {
            counted.append(self.blocks(), part.counted);
            if let Some(part) = part.priced {
                priced.append(self.blocks(), part);
            }
            lines.push(part.lines);
        }
        let run = &self.whole;
        let simulation = &run.lent();
        let recording = Recording::new(simulation, run.detail);
        let mut results = whole(simulation, &recording, counted);
        let smooth = estimators::whole(simulation, run.layouts(simulation), lines).into_iter();
        for (outcomes, smooth) in results.agreements.iter_mut().zip(smooth) {
            outcomes.set_smooth(simulation, smooth);
        }
        results.set_smooth_net(simulation.contracts);
        let risk_neutral = match &run.prices {
            Some(prices) => prices.whole(simulation, priced),
            None => Vec::new(),
        };
        Ok(Results {
            risk_neutral,
            ..results
        })
    }
}

impl<K: Kept> Part<K> {
    /// The blocks it holds.
    pub fn blocks(&self) -> Range<u64> {
        self.shard.blocks()
    }

    /// Its name: see [`Planned::name`].
    pub fn name(&self) -> Fingerprint {
        Fingerprint::of(K::WHAT, &(self.plan, &self.shard))
    }

    /// The fingerprint of what it is a part of: see [`Planned::fingerprint`].
    pub fn fingerprint(&self) -> Fingerprint {
        self.plan
    }

    /// The part as bytes, with the version and a check sum.
    pub fn to_bytes(&self) -> Vec<u8> {
        seal(K::WHAT, self)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// Where it did not, or another version did, or the bytes have changed since.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        unseal(K::WHAT, bytes)
    }
}

impl Counted {
    /// What workers have counted of rows, with their moments.
    pub(in crate::simulate) fn new(
        stretches: Vec<Stretch>,
        workers: impl IntoIterator<Item = Counts>,
    ) -> Self {
        let mut all = Self {
            stretches,
            ..Self::default()
        };
        for counts in workers {
            let own = counts.rows.into_iter().map(|counter| vec![counter]);
            add_rows(&mut all.counters, own.collect());
            let own = counts.signed.into_iter().map(|counter| vec![counter]);
            add_rows(&mut all.signed, own.collect());
            all.outlines.add(counts.outlines);
            all.days.add(counts.days);
        }
        all
    }

    /// Adds what the blocks that follow have counted.
    pub(in crate::simulate) fn append(&mut self, blocks: Blocks, next: Self) {
        Stretch::append(&mut self.stretches, blocks, next.stretches);
        add_rows(&mut self.counters, next.counters);
        add_rows(&mut self.signed, next.signed);
        self.outlines.add(next.outlines);
        self.days.add(next.days);
    }

    /// Takes out the moments of each replicate, where all blocks are there.
    pub fn take_replicates(&mut self) -> Vec<Vec<Moments>> {
        let stretches = std::mem::take(&mut self.stretches).into_iter();
        stretches.map(|stretch| stretch.moments).collect()
    }
}

fn add_rows<C>(rows: &mut Vec<Vec<C>>, more: Vec<Vec<C>>) {
    rows.resize_with(rows.len().max(more.len()), Vec::new);
    for (row, more) in rows.iter_mut().zip(more) {
        row.extend(more);
    }
}

fn pack<S: Serializer>(rows: &[Vec<Counter>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(rows.iter().map(|row| Counter::pack(row)))
}

fn unpack<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vec<Counter>>, D::Error> {
    let rows = Vec::<PackedCounter>::deserialize(from)?;
    Ok(rows.into_iter().map(|row| vec![row.into()]).collect())
}

fn pack_signed<S: Serializer>(rows: &[Vec<SignedCounter>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(rows.iter().map(|row| SignedCounter::pack(row)))
}

fn unpack_signed<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vec<SignedCounter>>, D::Error> {
    let rows = Vec::<PackedSigned>::deserialize(from)?;
    Ok(rows.into_iter().map(|row| vec![row.into()]).collect())
}
