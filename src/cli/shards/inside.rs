//! Shards for a host that has the program inside: an engine of Python's that hands them out.

use std::path::Path;

use super::kept::{Kept, Posed};
use super::of_run::Run;
use super::of_sweep::Sweep;
use super::{CliError, Merge, Parts, SHARDS, all_names, compute, work};
use crate::artifacts::Simulated;
use crate::cli::interrupt::Interruptible;
use crate::cli::store::{Store, open};
use crate::report::RunOptions;
use crate::request::{self, Swept, TakeCases};
use crate::scenario::Scenario;
use crate::simulate::Observer;

/// A question in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its name.
    pub plan: String,
    /// For each shard, whether it is done.
    pub done: Vec<bool>,
}

/// What came of a shard: numbers of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Computed {
    /// Computed here.
    pub computed: usize,
    /// Of these, finished by another worker meanwhile.
    pub late: usize,
    /// There before.
    pub found: usize,
}

/// Plans a run.
pub fn plan_run(
    scenario: &Scenario,
    options: &RunOptions,
    shards: Option<u64>,
    store: &str,
    observer: &dyn Observer,
) -> Result<Planned, CliError> {
    let posed = Posed::new("run", scenario, options, shards.unwrap_or(SHARDS));
    planned(&Kept::new(vec![posed]), open(store)?.as_ref(), observer)
}

/// Plans a sweep, of which `asked` is what its manifest would say.
pub fn plan_sweep(
    scenario: &Scenario,
    asked: &serde_json::Value,
    shards: Option<u64>,
    store: &str,
    observer: &dyn Observer,
) -> Result<Planned, CliError> {
    let posed = Posed::new("sweep", scenario, asked, shards.unwrap_or(SHARDS));
    // As the command writes it: the same question has one name.
    let asked: request::Sweep = posed.asked()?;
    let posed = Posed::new("sweep", scenario, &asked, posed.shards);
    planned(&Kept::new(vec![posed]), open(store)?.as_ref(), observer)
}

/// A question that a store holds.
pub fn plan_of(store: &str, plan: &str, observer: &dyn Observer) -> Result<Planned, CliError> {
    let store = open(store)?;
    let kept = Kept::of_store(store.as_ref(), Some(plan))?;
    planned(&kept, store.as_ref(), observer)
}

fn planned(kept: &Kept, store: &dyn Store, observer: &dyn Observer) -> Result<Planned, CliError> {
    let work = work(kept, Some(store), observer)?;
    let there = Parts::of(store)?;
    let names = all_names(work.as_ref())?;
    let is_done = |parts: &Vec<_>| parts.iter().all(|part| there.has(part));
    let planned = Planned {
        done: names.iter().map(is_done).collect(),
        plan: kept.name(),
    };
    kept.put(store)?;
    Ok(planned)
}

/// Computes what a store does not have of a shard, on the current thread pool.
pub fn compute_shard(
    store: &str,
    plan: &str,
    index: u64,
    observer: &dyn Observer,
) -> Result<Computed, CliError> {
    let store = open(store)?;
    let kept = Kept::of_store(store.as_ref(), Some(plan))?;
    let work = work(&kept, Some(store.as_ref()), observer)?;
    Ok(compute(work.as_ref(), index, store.as_ref(), observer)?.parts)
}

/// The run whose parts a store has, and what decides its files.
pub fn merged_run(
    store: &str,
    plan: &str,
    observer: &dyn Observer,
) -> Result<(Simulated, RunOptions), CliError> {
    let store = open(store)?;
    let kept = Kept::of_store(store.as_ref(), Some(plan))?;
    let run = Run::new(kept.only()?, Some(store.as_ref()), observer)?;
    let simulated = run.simulated(&Parts::of(store.as_ref())?, observer)?;
    Ok((simulated, run.options().clone()))
}

/// The sweep whose parts a store has.
pub fn merged_sweep(store: &str, plan: &str, take: &mut TakeCases<'_>) -> Result<Swept, CliError> {
    let store = open(store)?;
    let kept = Kept::of_store(store.as_ref(), Some(plan))?;
    Sweep::new(kept.only()?)?.swept(&Parts::of(store.as_ref())?, take)
}

/// Puts the folder of the question in its place.
pub fn merge_into(store: &str, plan: &str, folder: &Path) -> Result<(), CliError> {
    let store = open(store)?;
    let kept = Kept::of_store(store.as_ref(), Some(plan))?;
    let how = Merge {
        out: Some(folder.to_owned()),
        force: true,
        json: false,
        quiet: true,
    };
    let done =
        work(&kept, Some(store.as_ref()), &Interruptible)?.merge(&Parts::of(store.as_ref())?, &how);
    match done {
        // What failed is in the folder.
        Err(CliError::BadCases { .. }) => Ok(()),
        done => done,
    }
}
