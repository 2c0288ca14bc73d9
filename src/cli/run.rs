//! `capbind run`

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::args::Run;
use super::folder::{Folder, Place, check};
use super::progress::Progress;
use super::{CliError, eprint_line, memory, print, print_json};
use crate::artifacts::{make, names, prepare};
use crate::report::{Format, RunOptions, sha256};
use crate::scenario::Scenario;

/// Runs each scenario in turn: the first failure ends the command; what was
/// finished before it stays.
pub fn run(arguments: &Run) -> Result<(), CliError> {
    let targets = targets(arguments)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads.map_or(0, usize::from))
        .build()?;
    // Every scenario is checked before any is simulated.
    let scenarios: Vec<Scenario> = arguments
        .input
        .scenarios
        .iter()
        .map(|path| load(path, arguments))
        .collect::<Result<_, _>>()?;
    // A chart that does not exist is known before the long run, too.
    for scenario in &scenarios {
        if !scenario.report.charts.only.is_empty() {
            pool.install(|| names(scenario, &arguments.options()))?;
        }
    }
    // So is every folder, and opened before its long run: what cannot be written is
    // known at once.
    for (scenario, target) in scenarios.iter().zip(&targets) {
        let names = || names(scenario, &arguments.options());
        check(target, || Ok(pool.install(names)?))?;
    }
    for (scenario, target) in scenarios.into_iter().zip(&targets) {
        pool.install(|| run_one(scenario, target, arguments))?;
    }
    Ok(())
}

/// The scenario with the command line's own overrides in it.
fn load(path: &Path, arguments: &Run) -> Result<Scenario, CliError> {
    let mut overrides = arguments.input.overrides.clone();
    if let Some(seed) = arguments.seed {
        overrides.push(format!("simulation.seed={seed}"));
    }
    if let Some(precision) = arguments.precision {
        overrides.push(format!("simulation.precision={precision}"));
    }
    overrides.extend(arguments.looks.overrides());
    let mut scenario = Scenario::load(path, &overrides)?;
    prepare(&mut scenario, arguments.paths)?;
    let kept = arguments.keep_paths.unwrap_or(0);
    let threads = memory::threads(arguments.threads);
    memory::admit(&scenario, kept, threads, arguments.quiet)?;
    Ok(scenario)
}

impl Run {
    /// What decides the results beside the scenario and its overrides.
    fn options(&self) -> RunOptions {
        RunOptions {
            paths: self.paths,
            convergence: self.convergence,
            keep_paths: self.keep_paths.unwrap_or(0),
            charts: !self.no_charts,
            report: !self.no_charts && !self.no_report,
            formats: formats(&self.format),
        }
    }
}

/// Each format that is asked for, once.
fn formats(asked: &[Format]) -> Vec<Format> {
    let all = Format::ALL.iter().copied();
    all.filter(|format| asked.contains(format)).collect()
}

/// The folder of each scenario's results; two scenarios cannot share one.
fn targets(arguments: &Run) -> Result<Vec<PathBuf>, CliError> {
    let scenarios = &arguments.input.scenarios;
    let mut seen: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    let mut targets = Vec::new();
    for path in scenarios {
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        let target = match &arguments.out {
            Some(out) if scenarios.len() == 1 => out.clone(),
            Some(out) => out.join(stem),
            None => Path::new("output").join(named(stem, &arguments.input.overrides)),
        };
        if let Some(other) = seen.insert(target.clone(), path) {
            return Err(CliError::Argument {
                message: format!(
                    "{} and {} would both write to {}",
                    other.display(),
                    path.display(),
                    target.display()
                ),
                hint: "rename one of them, or run them one by one with --out".to_owned(),
            });
        }
        targets.push(target);
    }
    Ok(targets)
}

/// The longest name of a folder that a change gives it, in bytes.
const LONGEST_NAME: usize = 120;

/// The name of a scenario's folder: of its own where its keys are changed, so that the
/// results of the file as it stands are left alone.
fn named(stem: &OsStr, overrides: &[String]) -> OsString {
    let mut name = stem.to_owned();
    if overrides.is_empty() {
        return name;
    }
    let mut change = String::new();
    for c in overrides.join("+").chars() {
        match c {
            _ if c.is_ascii_alphanumeric() || ".=-+_".contains(c) => change.push(c),
            _ if change.ends_with('-') => {}
            _ => change.push('-'),
        }
    }
    let mut change = change
        .trim_end_matches(['-', '.'])
        .replace("=-", "=")
        .replace("-=", "=");
    // A minus sign that is dropped, or a name cut short, would let two changes share one.
    let digest = sha256(overrides.join("\n").as_bytes());
    let is_plain = overrides.iter().all(|text| change.contains(text.as_str()));
    if !is_plain || change.len() > LONGEST_NAME {
        change.truncate(LONGEST_NAME);
        change = format!("{change}-{}", &digest[..8]);
    }
    name.push("+");
    name.push(change);
    name
}

fn run_one(scenario: Scenario, target: &Path, arguments: &Run) -> Result<(), CliError> {
    let mut folder = Folder::prepare(target)?;
    let progress = Progress::new(scenario.settings.paths(), arguments.quiet);
    let take = &mut |name: &str, bytes: &[u8]| folder.write(name, bytes);
    let said = make(scenario, &arguments.options(), &progress, take)?;
    progress.finish();
    folder.finish()?;
    if arguments.quiet {
        return Ok(());
    }
    if arguments.json {
        print_json(&said.json)?;
    } else {
        print(&format!(
            "{}\n{} files in {}\n",
            said.text,
            said.files,
            target.display()
        ))?;
    }
    for warning in &said.warnings {
        eprint_line(&format!("warning: {warning}"));
    }
    Ok(())
}
