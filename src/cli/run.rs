//! `capbind run`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::args::{Run, is_only_printed};
use super::folder::{Folder, Place, check};
use super::progress::Progress;
use super::question::{Question, named};
use super::shards::run_elsewhere;
use super::terminal::print_answer;
use super::{CliError, eprint_line, memory, print_json};
use crate::artifacts::{Said, make, names, prepare};
use crate::report::{Format, RunOptions};
use crate::scenario::Scenario;

/// Runs each scenario in turn: the first failure ends the command; what was
/// finished before it stays.
pub fn run(arguments: &Run) -> Result<(), CliError> {
    if let Some(engine) = &arguments.elsewhere.engine {
        return run_elsewhere(arguments, engine);
    }
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
    let targets = targets(arguments, &scenarios)?;
    // So is every folder, and opened before its long run: what cannot be written is
    // known at once.
    for (scenario, target) in scenarios.iter().zip(&targets) {
        let names = || names(scenario, &arguments.options());
        if let Some(target) = target {
            check(target, || Ok(pool.install(names)?))?;
        }
    }
    for (scenario, target) in scenarios.into_iter().zip(&targets) {
        pool.install(|| run_one(scenario, target.as_deref(), arguments))?;
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
    overrides.extend(arguments.covenants());
    overrides.extend(arguments.looks.overrides());
    let mut scenario = Scenario::load(path, &overrides)?;
    prepare(&mut scenario, arguments.paths)?;
    let kept = arguments.keep_paths.unwrap_or(0);
    let threads = memory::threads(arguments.threads);
    memory::admit(&scenario, kept, threads, arguments.quiet)?;
    Ok(scenario)
}

impl Run {
    fn is_only_printed(&self) -> bool {
        is_only_printed(self.out.as_deref(), self.json)
    }

    /// The covenants that are asked about, as an override.
    fn covenants(&self) -> Option<String> {
        let are_asked = !self.covenants.is_empty();
        are_asked.then(|| format!("report.covenant=[{}]", self.covenants.join(", ")))
    }

    /// What makes the results other than those of the file as it stands, or fewer: a
    /// folder of its own is named after it.
    fn changes(&self) -> Vec<String> {
        let mut changes = self.input.overrides.clone();
        let mut add = |name: &str, value: Option<String>| {
            changes.extend(value.map(|value| format!("{name}={value}")));
        };
        add("paths", self.paths.map(|paths| paths.to_string()));
        add("precision", self.precision.map(|wanted| wanted.to_string()));
        add("seed", self.seed.map(|seed| seed.to_string()));
        let covenants = self.covenants.iter().map(|covenant| {
            let words: Vec<&str> = covenant.split([' ', '{', '}', '=', ',']).collect();
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            format!("covenant={}", words[1..].join("-").replace("-paid-", "-"))
        });
        changes.extend(covenants);
        let looks = self.looks.overrides();
        changes.extend(looks.map(|look| look.replace("report.", "").replace('"', "")));
        let left_out = [
            ("no-charts", self.no_charts),
            ("no-report", self.no_report && !self.no_charts),
        ];
        let left_out = left_out.iter().filter(|(_, is_asked)| *is_asked);
        changes.extend(left_out.map(|(name, _)| (*name).to_owned()));
        changes
    }

    /// What decides the results beside the scenario and its overrides.
    fn options(&self) -> RunOptions {
        RunOptions {
            paths: self.paths,
            convergence: self.convergence,
            keep_paths: self.keep_paths.unwrap_or(0),
            charts: !self.no_charts && !self.is_only_printed(),
            report: !self.no_charts && !self.no_report && !self.is_only_printed(),
            formats: match self.is_only_printed() {
                true => Vec::new(),
                false => Format::once(&self.format),
            },
            interactive: self.interactive && !self.is_only_printed(),
        }
    }
}

/// The folder of each scenario's results, where they are written; two scenarios cannot
/// share one.
fn targets(arguments: &Run, scenarios: &[Scenario]) -> Result<Vec<Option<PathBuf>>, CliError> {
    if arguments.is_only_printed() {
        return Ok(vec![None; scenarios.len()]);
    }
    let paths = &arguments.input.scenarios;
    let mut seen: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    let mut targets = Vec::new();
    for (path, scenario) in paths.iter().zip(scenarios) {
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        let out = arguments.out.as_ref().map(|out| match paths.len() {
            1 => out.clone(),
            _ => out.join(stem),
        });
        let default = Path::new("output").join(named(stem, &arguments.changes()));
        let wanted = out.as_ref().unwrap_or(&default);
        if let Some(other) = seen.insert(wanted.clone(), path) {
            return Err(CliError::Argument {
                message: format!(
                    "{} and {} would both write to {}",
                    other.display(),
                    path.display(),
                    wanted.display()
                ),
                hint: "rename one of them, or run them one by one with --out".to_owned(),
            });
        }
        let asker = (scenario.stem.as_str(), scenario.overrides.as_slice());
        let question = Question::new("run", [asker], &arguments.options());
        let target = question.folder(out.as_deref(), &default, arguments.force)?;
        targets.push(Some(target));
    }
    Ok(targets)
}

fn run_one(scenario: Scenario, target: Option<&Path>, arguments: &Run) -> Result<(), CliError> {
    let mut folder = target.map(Folder::prepare).transpose()?;
    let progress = Progress::new(
        scenario.settings.paths() * scenario.simulations().len() as u64,
        arguments.quiet,
    );
    let take = &mut |name: &str, bytes: &[u8]| match &mut folder {
        Some(folder) => folder.write(name, bytes),
        None => Ok(()),
    };
    let said = make(scenario, &arguments.options(), &progress, take)?;
    progress.finish();
    folder.map(Folder::finish).transpose()?;
    say(&said, target, arguments.json, arguments.quiet)
}

/// The scenarios of the arguments and what is asked beside each.
pub fn questions(arguments: &Run) -> Result<Vec<(Scenario, RunOptions)>, CliError> {
    let paths = arguments.input.scenarios.iter();
    let posed = paths.map(|path| Ok((load(path, arguments)?, arguments.options())));
    posed.collect()
}

/// Prints what there is to say of a run whose files are written.
pub fn say(said: &Said, target: Option<&Path>, json: bool, quiet: bool) -> Result<(), CliError> {
    if quiet {
        return Ok(());
    }
    if json {
        print_json(&said.json)?;
    } else {
        let files = target.map_or_else(String::new, |target| {
            format!("\n{} files in {}\n", said.files, target.display())
        });
        print_answer(&format!("{}{files}", said.text))?;
    }
    for warning in &said.warnings {
        eprint_line(&format!("warning: {warning}"));
    }
    Ok(())
}
