//! `capbind plan`, `shard` and `merge`: runs, sweeps or a portfolio in shards that any scheduler
//! may hand out. What is computed lives in a store; whoever computes it, and how often a worker
//! or whoever hands out the work is killed, nothing that is finished is computed again.

mod args;
mod elsewhere;
mod inside;
mod kept;
mod list;
mod of_portfolio;
mod of_run;
mod of_sweep;
mod several;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::prelude::*;
use serde_json::json;

use super::args::Looks;
use super::flags::Output;
use super::interrupt::Interruptible;
use super::store::{Store, open};
use super::{CliError, portfolio, print, print_json, run, sweep};
use crate::simulate::{Fingerprint, Observer, Shard};
use crate::units::grouped_number;
use args::{Asking, Whole};
pub use args::{MergeArguments, PlanArguments, ShardArguments};
pub use elsewhere::{run_elsewhere, sweep_elsewhere};
pub use inside::{Computed, Planned};
pub(super) use inside::{
    compute_shard, merge_into, merged_run, merged_sweep, plan_of, plan_run, plan_sweep,
};
use kept::{Kept, Posed};
use list::Listed;
use several::Several;

/// Shards where no number is asked for.
const SHARDS: u64 = 16;
/// Shards that are named before the rest is counted.
const MOST_NAMED: usize = 10;

/// A question that is answered in parts. What else can be cut into parts that determine
/// each other's names by what they hold is one more of these.
pub trait Work: Sync {
    /// How much there is to share out: paths of a run or a portfolio, cases of a sweep.
    fn size(&self) -> u64;

    /// How many shards there are.
    fn shards(&self) -> usize;

    /// What a shard is, in words.
    fn what(&self, shard: usize) -> String;

    /// The names of a shard's parts.
    fn names(&self, shard: usize) -> Result<Vec<Fingerprint>, CliError>;

    /// Computes those parts of a shard that are asked for and gives each to `keep` as it is
    /// finished, until the observer says to stop.
    fn compute(
        &self,
        shard: usize,
        asked: &BTreeSet<Fingerprint>,
        observer: &dyn Observer,
        keep: &mut Keep<'_>,
    ) -> Result<(), CliError>;

    /// Puts all parts together and writes the folder of the whole.
    fn merge(&mut self, parts: &Parts<'_>, how: &Merge) -> Result<(), CliError>;
}

/// The names of all parts, shard by shard.
///
/// # Errors
/// Those of the first shard that has one.
fn all_names(work: &dyn Work) -> Result<Vec<Vec<Fingerprint>>, CliError> {
    let shards = (0..work.shards()).into_par_iter();
    let names: Vec<_> = shards.map(|shard| work.names(shard)).collect();
    names.into_iter().collect()
}

/// Takes a part that is finished.
pub type Keep<'a> = dyn FnMut(Fingerprint, Vec<u8>) -> Result<(), CliError> + Send + 'a;

/// How results are put together.
#[derive(Clone, Debug)]
pub struct Merge {
    pub out: Option<PathBuf>,
    pub force: bool,
    pub json: bool,
    pub quiet: bool,
}

impl Merge {
    /// Where the results of the study go that is put together.
    pub fn output(&self, charts: bool) -> Output {
        Output {
            out: self.out.clone(),
            force: self.force,
            json: self.json,
            no_charts: !charts,
            looks: Looks::default(),
            quiet: self.quiet,
        }
    }
}

/// Where parts are in a store.
const FOLDER: &str = "parts";

/// The parts that are in a store.
pub struct Parts<'a> {
    store: &'a dyn Store,
    there: BTreeSet<String>,
}

impl<'a> Parts<'a> {
    fn of(store: &'a dyn Store) -> Result<Self, CliError> {
        Ok(Self {
            store,
            there: store.list(FOLDER)?,
        })
    }

    fn has(&self, part: &Fingerprint) -> bool {
        self.there.contains(&part.to_string())
    }

    /// Refuses what is not finished, by name: the parts of each shard.
    ///
    /// # Errors
    /// Where parts are missing.
    fn all_there(
        &self,
        shards: &[Vec<Fingerprint>],
        what: impl Fn(usize) -> String,
    ) -> Result<(), CliError> {
        let mut lines = Vec::new();
        for (i, parts) in shards.iter().enumerate() {
            let missing: Vec<_> = parts.iter().filter(|part| !self.has(part)).collect();
            if let Some(first) = missing.first() {
                let more = match missing.len() {
                    1 => String::new(),
                    n => format!(" and {} more", n - 1),
                };
                lines.push(format!("  shard {i}, {}: {FOLDER}/{first}{more}", what(i)));
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let (count, all) = (lines.len(), shards.len());
        if count > MOST_NAMED {
            lines.truncate(MOST_NAMED);
            lines.push(format!("  and {} more", count - MOST_NAMED));
        }
        Err(CliError::Unfinished {
            count,
            all,
            list: lines.join("\n"),
        })
    }

    /// The bytes of a part.
    ///
    /// # Errors
    /// Where it is gone, or the store refuses.
    pub fn read(&self, part: &Fingerprint) -> Result<Vec<u8>, CliError> {
        let bytes = self.store.get(&place(part))?;
        bytes.ok_or_else(|| unusable(part, "it has gone meanwhile"))
    }
}

fn place(part: &Fingerprint) -> String {
    format!("{FOLDER}/{part}")
}

/// The blocks of a shard in words.
fn said_blocks(shard: &Shard, paths: u64) -> String {
    let blocks = shard.blocks();
    let blocks = match blocks.end - blocks.start {
        1 => format!("block {}", blocks.start),
        _ => format!("blocks {}\u{2013}{}", blocks.start, blocks.end - 1),
    };
    format!("{blocks} ({} paths)", grouped_number(paths as f64, 0))
}

/// A part that is not what its name says.
fn unusable(part: &Fingerprint, reason: &str) -> CliError {
    CliError::Store {
        place: place(part),
        reason: format!("{reason}; remove it, then compute its shard again"),
    }
}

/// Lists the shards, and keeps the question where there is a store.
pub fn plan(arguments: &PlanArguments) -> Result<(), CliError> {
    let place = &arguments.place;
    let store = place.store.as_deref().map(open).transpose()?;
    let store = store.as_deref();
    let (kept, work) = asked(&arguments.asking, None, store, place.plan.as_deref())?;
    let parts = store.map(Parts::of).transpose()?;
    let listed = Listed::of(&kept, work.as_ref(), parts.as_ref())?;
    // What cannot be listed is not kept.
    if let Some(store) = store {
        kept.put(store)?;
    }
    match (arguments.json, arguments.csv) {
        (true, _) => print_json(&listed.json()),
        (_, true) => print(&String::from_utf8_lossy(&listed.csv()?)),
        _ => print(&listed.text(place.store.as_deref())),
    }
}

/// Computes a shard.
pub fn shard(arguments: &ShardArguments) -> Result<(), CliError> {
    let index = arguments.index()?;
    let pool = pool(arguments.threads)?;
    let store = open(&arguments.place.store)?;
    let store = store.as_ref();
    let wanted = arguments.place.plan.as_deref();
    let done = pool.install(|| {
        let (_, work) = asked(&arguments.asking, arguments.threads, Some(store), wanted)?;
        compute(work.as_ref(), index, store, &Interruptible)
    })?;
    match arguments.json {
        true => print_json(&done.json()),
        false => print(&done.text()),
    }
}

/// Puts shards together.
pub fn merge(arguments: &MergeArguments) -> Result<(), CliError> {
    let pool = pool(arguments.threads)?;
    let store = open(&arguments.place.store)?;
    let store = store.as_ref();
    let wanted = arguments.place.plan.as_deref();
    pool.install(|| {
        let (_, mut work) = asked(&arguments.asking, arguments.threads, Some(store), wanted)?;
        let how = Merge {
            out: arguments.out.clone(),
            force: arguments.force,
            json: arguments.json,
            quiet: arguments.quiet,
        };
        work.merge(&Parts::of(store)?, &how)
    })
}

/// What came of a shard.
struct Done {
    shard: u64,
    shards: usize,
    what: String,
    parts: Computed,
}

impl Done {
    fn json(&self) -> serde_json::Value {
        json!({
            "shard": self.shard,
            "shards": self.shards,
            "what": self.what,
            "computed": self.parts.computed,
            "late": self.parts.late,
            "found": self.parts.found,
        })
    }

    fn text(&self) -> String {
        let Self {
            shard,
            shards,
            what,
            parts,
        } = self;
        let Computed {
            computed, found, ..
        } = parts;
        format!("shard {shard} of {shards}, {what}: parts computed {computed}, found {found}\n")
    }
}

/// Computes what the store does not have of a shard.
fn compute(
    work: &dyn Work,
    index: u64,
    store: &dyn Store,
    observer: &dyn Observer,
) -> Result<Done, CliError> {
    let shards = work.shards();
    let at = usize::try_from(index).ok().filter(|at| *at < shards);
    let shard = at.ok_or_else(|| CliError::Argument {
        message: format!("there is no shard {index}"),
        hint: match shards {
            1 => "the plan has one shard: --index 0".to_owned(),
            n => format!("the plan has {n} shards: --index 0 to {}", n - 1),
        },
    })?;
    let names = work.names(shard)?;
    let mut missing = BTreeSet::new();
    for name in &names {
        if !store.has(&place(name))? {
            missing.insert(*name);
        }
    }
    let (mut computed, mut late) = (0, 0);
    if !missing.is_empty() {
        work.compute(shard, &missing, observer, &mut |name, bytes| {
            computed += 1;
            late += usize::from(!store.put(&place(&name), &bytes)?);
            Ok(())
        })?;
    }
    Ok(Done {
        shard: index,
        shards,
        what: work.what(shard),
        parts: Computed {
            computed,
            late,
            found: names.len() - missing.len(),
        },
    })
}

/// The question that arguments ask, or that a store holds, and how it is worked on: always
/// from what is kept of it, so that all workers have the same.
fn asked(
    asking: &Asking,
    threads: Option<u16>,
    store: Option<&dyn Store>,
    wanted: Option<&str>,
) -> Result<(Kept, Box<dyn Work>), CliError> {
    let shards = asking.shards.unwrap_or(SHARDS);
    let mut kept = match (asking.whole(threads)?, store) {
        (Some(whole), _) => Kept::new(posed(&whole, shards)?),
        (None, Some(store)) => Kept::of_store(store, wanted)?,
        (None, None) => unreachable!("a store is required where there is no scenario"),
    };
    if let Some(size) = asking.shard_size {
        for one in &mut kept.questions {
            one.shards = answer(one, store, &Interruptible)?.size().div_ceil(size);
        }
    }
    let work = work(&kept, store, &Interruptible)?;
    Ok((kept, work))
}

/// The questions that a command would answer alone, in so many shards each.
fn posed(whole: &Whole, shards: u64) -> Result<Vec<Posed>, CliError> {
    match whole {
        Whole::Run(whole) => {
            let posed = run::questions(whole)?.into_iter();
            let posed =
                posed.map(|(scenario, options)| Posed::new("run", &scenario, &options, shards));
            Ok(posed.collect())
        }
        Whole::Sweeps(sweeps) => {
            let posed = sweeps.iter().map(|whole| {
                let (scenario, asked) = sweep::question(whole)?;
                Ok(Posed::new("sweep", &scenario, &asked, shards))
            });
            posed.collect()
        }
        Whole::Portfolio(whole) => {
            let (name, scenarios, asked) = portfolio::question(whole)?;
            Ok(vec![Posed::of(
                "portfolio",
                &name,
                scenarios,
                &asked,
                shards,
            )])
        }
    }
}

/// How all questions are worked on.
fn work(
    kept: &Kept,
    store: Option<&dyn Store>,
    observer: &dyn Observer,
) -> Result<Box<dyn Work>, CliError> {
    match kept.questions.as_slice() {
        [one] => answer(one, store, observer),
        several => Ok(Box::new(Several::new(several, store, observer)?)),
    }
}

/// How a question is worked on.
fn answer(
    posed: &Posed,
    store: Option<&dyn Store>,
    observer: &dyn Observer,
) -> Result<Box<dyn Work>, CliError> {
    match posed.command.as_str() {
        "run" => Ok(Box::new(of_run::Run::new(posed, store, observer)?)),
        "sweep" => Ok(Box::new(of_sweep::Sweep::new(posed)?)),
        "portfolio" => Ok(Box::new(of_portfolio::OfPortfolio::new(posed)?)),
        other => Err(CliError::Argument {
            message: format!("the plan is of the command {other:?}, which has no shards"),
            hint: "plan a run, a sweep or a portfolio".to_owned(),
        }),
    }
}

fn pool(threads: Option<u16>) -> Result<rayon::ThreadPool, CliError> {
    let threads = threads.map_or(0, usize::from);
    Ok(rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?)
}
