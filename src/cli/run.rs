//! `capbind run`

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;

use super::args::Run;
use super::folder::Folder;
use super::{CliError, print};
use crate::report::figure::render;
use crate::report::{FileEntry, Report, Warning, figures, manifest, summary_json, summary_text};
use crate::scenario::Scenario;
use crate::simulate::{ConvergenceStep, MAX_POINTS, Sampler, replay, run as simulate, search};

/// Runs each scenario in turn: the first failure ends the command; what was
/// finished before it stays.
pub fn run(arguments: &Run) -> Result<(), CliError> {
    let targets = targets(arguments)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads.map_or(0, usize::from))
        .build()?;
    // Every scenario is checked before any is simulated.
    let scenarios: Vec<(Scenario, Vec<Warning>)> = arguments
        .input
        .scenarios
        .iter()
        .map(|path| load(path, arguments))
        .collect::<Result<_, _>>()?;
    for ((scenario, warnings), target) in scenarios.into_iter().zip(&targets) {
        pool.install(|| run_one(scenario, warnings, target, arguments))?;
    }
    Ok(())
}

/// The scenario with the command line's own overrides in it.
fn load(path: &Path, arguments: &Run) -> Result<(Scenario, Vec<Warning>), CliError> {
    let mut overrides = arguments.input.overrides.clone();
    if let Some(seed) = arguments.seed {
        overrides.push(format!("simulation.seed={seed}"));
    }
    if let Some(precision) = arguments.precision {
        overrides.push(format!("simulation.precision={precision}"));
    }
    let mut scenario = Scenario::load(path, &overrides)?;
    let Some(asked) = arguments.paths else {
        return Ok((scenario, Vec::new()));
    };
    let replicates = u64::from(scenario.settings.replicates);
    let each = asked.div_ceil(replicates).max(64);
    let points = match scenario.settings.sampler {
        Sampler::Sobol => each.next_power_of_two(),
        Sampler::Random => each,
    };
    if points > MAX_POINTS {
        return Err(CliError::Argument {
            message: format!("--paths {asked} is more than {replicates} replicates can hold"),
            hint: format!("at most {}", MAX_POINTS * replicates),
        });
    }
    overrides.push(format!("simulation.points={points}"));
    let used = points * replicates;
    let rounded = (used != asked).then_some(Warning::PathsRoundedUp { asked, used });
    scenario = Scenario::load(path, &overrides)?;
    // Asked for on the command line, a number of paths stands above the file's precision.
    scenario.precision = None;
    Ok((scenario, rounded.into_iter().collect()))
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
            None => Path::new("output").join(stem),
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

fn run_one(
    mut scenario: Scenario,
    warnings: Vec<Warning>,
    target: &Path,
    arguments: &Run,
) -> Result<(), CliError> {
    // Opened before the long run: a folder that cannot be written is known at once.
    let mut folder = Folder::prepare(target)?;
    let steps = converge(&mut scenario, arguments);
    let scenario = &scenario;
    let simulation = scenario.simulation();
    let progress = Progress::new(scenario, arguments.quiet);
    let outcomes = simulate(&simulation, &|paths| progress.add(paths));
    progress.finish();
    let report = Report::new(scenario, &outcomes, &steps, warnings);
    let paths = arguments
        .keep_paths
        .map_or_else(Vec::new, |count| replay(&simulation, count));
    let mut entries = Vec::new();
    let mut write = |name: &str, bytes: &[u8]| -> Result<(), CliError> {
        folder.write(name, bytes)?;
        entries.push(FileEntry::new(name, bytes));
        Ok(())
    };
    for (name, bytes) in report.csv_files(&paths, arguments.convergence) {
        write(name, &bytes)?;
    }
    if !arguments.no_charts {
        for (name, bytes) in charts(&report, arguments.convergence)? {
            write(&name, &bytes)?;
        }
    }
    folder.write("manifest.json", &manifest(&report, &entries))?;
    folder.finish()?;
    if !arguments.quiet {
        if arguments.json {
            print(&format!("{}\n", summary_json(&report)))?;
        } else {
            let files = entries.len() + 1;
            let text = summary_text(&report);
            print(&format!("{text}\n{files} files in {}\n", target.display()))?;
        }
        for warning in &report.warnings {
            eprint_line(&format!("warning: {warning}"));
        }
    }
    Ok(())
}

/// The doublings that lead to the precision wanted, whose last gives the run its
/// points; or, where only their course is asked for, those up to the run's points.
fn converge(scenario: &mut Scenario, arguments: &Run) -> Vec<ConvergenceStep> {
    let (precision, most_points) = match scenario.precision {
        Some(precision) => (precision.wanted, precision.most_points),
        None if arguments.convergence => (0.0, scenario.settings.points),
        None => return Vec::new(),
    };
    let steps = search(&scenario.simulation(), precision, most_points, &|_| ());
    if let (Some(_), Some(last)) = (scenario.precision, steps.last()) {
        scenario.settings.points = last.points;
    }
    steps
}

/// Every chart as PNG and SVG, drawn side by side.
fn charts(report: &Report<'_>, convergence: bool) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    let drawn: Result<Vec<_>, CliError> = figures(report, convergence)
        .into_par_iter()
        .map(|(name, figure)| {
            let rendered = render(&figure).map_err(|error| CliError::Chart {
                name,
                reason: error.to_string(),
            })?;
            Ok([
                (format!("charts/{name}.png"), rendered.png),
                (format!("charts/{name}.svg"), rendered.svg.into_bytes()),
            ])
        })
        .collect();
    Ok(drawn?.into_iter().flatten().collect())
}

fn eprint_line(text: &str) {
    use io::Write;
    // A warning nobody can see is no reason to fail a finished run.
    let _ = writeln!(io::stderr(), "{text}");
}

/// A bar on standard error where that is a terminal; silent otherwise.
struct Progress {
    bar: ProgressBar,
    done: AtomicU64,
}

impl Progress {
    fn new(scenario: &Scenario, quiet: bool) -> Self {
        let visible = !quiet && io::stderr().is_terminal();
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(scenario.settings.paths()), target);
        let style = ProgressStyle::with_template(
            "{bar:30} {human_pos} of {human_len} paths, {per_sec}, {eta} left",
        );
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            bar,
            done: AtomicU64::new(0),
        }
    }

    fn add(&self, paths: u64) {
        let done = self.done.fetch_add(paths, Ordering::Relaxed) + paths;
        self.bar.set_position(done);
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
