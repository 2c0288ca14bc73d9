//! `run` and `sweep` with `--engine`: planned and put together here, handed out by the
//! Python package.

use std::path::Path;
use std::process::{Command, Stdio};

use super::kept::{Kept, Posed};
use super::{CliError, Merge, Parts, SHARDS, pool, work};
use crate::cli::args::{Elsewhere, Run, is_only_printed};
use crate::cli::interrupt::Interruptible;
use crate::cli::store::open;
use crate::cli::sweep::SweepArguments;
use crate::cli::{run, sweep};

/// The variable that names another Python.
const PYTHON: &str = "CAPBIND_PYTHON";

/// Runs a scenario on an engine.
pub fn run_elsewhere(arguments: &Run, engine: &str) -> Result<(), CliError> {
    let how = how(
        arguments.out.as_deref(),
        arguments.force,
        arguments.json,
        arguments.quiet,
    )?;
    pool(arguments.threads)?.install(|| {
        let posed = run::questions(arguments)?.into_iter();
        let posed = posed.map(|(scenario, options)| Posed::new("run", &scenario, &options, SHARDS));
        let kept = Kept::new(posed.collect());
        compute(&kept, &arguments.elsewhere, engine, &how)
    })
}

/// Evaluates the cases of a sweep on an engine.
pub fn sweep_elsewhere(arguments: &SweepArguments, engine: &str) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let output = &flags.output;
    let how = how(
        output.out.as_deref(),
        output.force,
        output.json,
        output.quiet,
    )?;
    pool(flags.threads)?.install(|| {
        let (scenario, asked) = sweep::question(arguments)?;
        let kept = Kept::new(vec![Posed::new("sweep", &scenario, &asked, SHARDS)]);
        compute(&kept, &arguments.elsewhere, engine, &how)
    })
}

fn how(out: Option<&Path>, force: bool, json: bool, quiet: bool) -> Result<Merge, CliError> {
    if is_only_printed(out, json) {
        return Err(CliError::Argument {
            message: "what an engine computes is put together in a folder".to_owned(),
            hint: "--out with the name of one".to_owned(),
        });
    }
    Ok(Merge {
        out: out.map(Path::to_owned),
        force,
        json,
        quiet,
    })
}

fn compute(kept: &Kept, elsewhere: &Elsewhere, engine: &str, how: &Merge) -> Result<(), CliError> {
    let temporary;
    let url = match &elsewhere.store {
        Some(url) => url.clone(),
        None if engine.contains("://") => {
            return Err(CliError::Argument {
                message: format!("the workers at {engine} have no store"),
                hint: "--store with a folder that all of them see".to_owned(),
            });
        }
        None => {
            temporary = tempfile::tempdir().map_err(|error| CliError::Store {
                place: "a temporary folder".to_owned(),
                reason: error.to_string(),
            })?;
            temporary.path().display().to_string()
        }
    };
    let store = open(&url)?;
    let mut work = work(kept, Some(store.as_ref()), &Interruptible)?;
    kept.put(store.as_ref())?;
    hand_out(&url, &kept.name(), engine, how.quiet)?;
    work.merge(&Parts::of(store.as_ref())?, how)
}

/// Has the Python package compute what is missing.
fn hand_out(url: &str, plan: &str, engine: &str, quiet: bool) -> Result<(), CliError> {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
    let package = Command::new(&python)
        .args(["-c", "import capbind.distributed"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !package.is_ok_and(|status| status.success()) {
        return Err(CliError::Argument {
            message: format!("--engine needs the Python package, which {python} does not have"),
            hint: format!(
                "pip install capbind, or {PYTHON} with the path of a Python that has it; without \
                 it, capbind plan, shard and merge work with any scheduler"
            ),
        });
    }
    let mut command = Command::new(&python);
    command.args(["-m", "capbind.distributed", "--store", url]);
    command.args(["--plan", plan, "--engine", engine]);
    if quiet {
        command.arg("--quiet");
    }
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match done {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(CliError::Engine {
            engine: engine.to_owned(),
            reason: format!("it ended with {status}"),
        }),
        Err(error) => Err(CliError::Engine {
            engine: engine.to_owned(),
            reason: error.to_string(),
        }),
    }
}
