//! What the commands do, without their words: for a host that has the program inside, such
//! as the Python module, where the library does not do it.

use std::path::Path;

use super::folder::{Folder, Place as _, check};
use super::{CliError, memory, shards, verify};
use crate::Error;
use crate::artifacts::Simulated;
use crate::report::RunOptions;
use crate::request::{Swept, TakeCases};
use crate::scenario::Scenario;
use crate::simulate::Observer;
use crate::study::StudyError;

/// Refuses a run that does not fit into memory on so many threads (0: all cores), with so many
/// paths kept one by one; what there is to warn of where it takes much.
///
/// # Errors
/// [`Error::Question`], with what it takes and what to try.
pub fn admit(scenario: &Scenario, kept: u64, threads: usize) -> Result<Option<String>, Error> {
    let asked = u16::try_from(threads).ok().filter(|threads| *threads > 0);
    memory::admitted(scenario, kept, memory::threads(asked)).map_err(of_the_library)
}

/// Puts files into a folder as the program does: complete or not there at all, with all
/// that is the user's in an earlier one.
///
/// # Errors
/// Why it cannot be written to, and what to try.
pub fn save(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), String> {
    let written = || -> Result<(), CliError> {
        check(folder, || Ok(files.iter().map(|(name, _)| name).collect()))?;
        let mut folder = Folder::prepare(folder)?;
        for (name, bytes) in files {
            folder.write(name, bytes)?;
        }
        folder.finish().map(|_| ())
    };
    written().map_err(|error| error.to_string())
}

/// What does not come out the same where the results of a folder are made again from
/// their manifest, a line each.
///
/// # Errors
/// Where they cannot be made again, or the observer says to stop.
pub fn differences(folder: &Path, observer: &dyn Observer) -> Result<Vec<String>, Error> {
    verify::differences(folder, observer).map_err(of_the_library)
}

/// Puts a run into a store, to be computed in shards: its name there and, for each shard,
/// whether it is done. A number of shards is taken where none is asked for.
///
/// # Errors
/// Where what is asked for is not permitted, the observer says to stop,
/// or the store cannot be reached.
pub fn plan_run(
    scenario: &Scenario,
    options: &RunOptions,
    shards: Option<u64>,
    store: &str,
    observer: &dyn Observer,
) -> Result<shards::Planned, Error> {
    shards::plan_run(scenario, options, shards, store, observer).map_err(of_the_library)
}

/// The same of a sweep; `asked` as in its manifest.
///
/// # Errors
/// As [`plan_run`].
pub fn plan_sweep(
    scenario: &Scenario,
    asked: &serde_json::Value,
    shards: Option<u64>,
    store: &str,
    observer: &dyn Observer,
) -> Result<shards::Planned, Error> {
    shards::plan_sweep(scenario, asked, shards, store, observer).map_err(of_the_library)
}

/// The same of what a store holds under a name.
///
/// # Errors
/// As [`plan_run`].
pub fn plan_of(store: &str, plan: &str, observer: &dyn Observer) -> Result<shards::Planned, Error> {
    shards::plan_of(store, plan, observer).map_err(of_the_library)
}

/// Computes what a store does not have of a shard, on the current thread pool.
///
/// # Errors
/// As [`plan_run`].
pub fn compute_shard(
    store: &str,
    plan: &str,
    index: u64,
    observer: &dyn Observer,
) -> Result<shards::Computed, Error> {
    shards::compute_shard(store, plan, index, observer).map_err(of_the_library)
}

/// The run whose shards a store has, and what decides its files.
///
/// # Errors
/// As [`plan_run`], and where shards are missing.
pub fn merged_run(
    store: &str,
    plan: &str,
    observer: &dyn Observer,
) -> Result<(Simulated, RunOptions), Error> {
    shards::merged_run(store, plan, observer).map_err(of_the_library)
}

/// The sweep whose shards a store has.
///
/// # Errors
/// As [`merged_run`].
pub fn merged_sweep(store: &str, plan: &str, take: &mut TakeCases<'_>) -> Result<Swept, Error> {
    shards::merged_sweep(store, plan, take).map_err(of_the_library)
}

/// The folder that the one command would write, from the shards that a store has.
///
/// # Errors
/// As [`merged_run`].
pub fn merge_into(store: &str, plan: &str, folder: &Path) -> Result<(), Error> {
    shards::merge_into(store, plan, folder).map_err(of_the_library)
}

fn of_the_library(error: CliError) -> Error {
    match error {
        CliError::Library(error) => error,
        CliError::Argument { message, hint } => StudyError::new(message, hint).into(),
        CliError::Read { path, reason } => Error::Unreadable { path, reason },
        other => StudyError::new(other.to_string(), "see what it says").into(),
    }
}
