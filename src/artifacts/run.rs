//! The files of a run, made from a scenario and what is asked for beside it: the same for
//! `run`, which writes them, `verify`, which compares them, and whoever wants their bytes.

use super::MANIFEST;
use super::charts::{charts, page};
use super::page::of_run;
use crate::Error;
use crate::report::{
    EXPLORER_FILE, FileEntry, Manifest, Report, RunOptions, Warning, not_precise, summary_json,
    summary_text,
};
use crate::scenario::Scenario;
use crate::simulate::{
    Cancelled, ConvergenceStep, Estimator, MAX_POINTS, Observer, Results, Sampler, Search,
    Settings, Simulation, Unheard, replay, run_each,
};
use crate::study::{Shortfall, StudyError, of_one_case, run_scenario, shortfalls};

/// The most paths that may be asked for.
pub const MOST_PATHS: u64 = 1 << 40;
/// The most paths that may be written one by one.
pub const MOST_KEPT: u64 = 1_000_000;

/// What there is to say of a run whose files are made.
#[derive(Clone, Debug)]
pub struct Said {
    /// The summary for people.
    pub text: String,
    /// The summary for scripts.
    pub json: serde_json::Value,
    /// Warnings, as printed.
    pub warnings: Vec<String>,
    /// Files, the manifest included.
    pub files: usize,
}

/// Gives a scenario a number of paths in all, which stands above its points and its
/// precision; what is to be warned of before anything is simulated: a number that had to
/// be rounded up, rates that are probably percentages. Without a number it stays as it is.
///
/// # Errors
/// Where that number is not permitted, or more than its replicates can hold.
pub fn prepare(scenario: &mut Scenario, asked: Option<u64>) -> Result<Vec<Warning>, StudyError> {
    let doubts = scenario.doubts.iter().cloned();
    let mut warnings: Vec<Warning> = doubts.map(Warning::Percentage).collect();
    let Some(asked) = asked else {
        return Ok(warnings);
    };
    within("--paths", asked, 1, MOST_PATHS)?;
    let replicates = u64::from(scenario.settings.replicates);
    let each = asked.div_ceil(replicates).max(Settings::LEAST_POINTS);
    let points = match scenario.settings.sampler {
        Sampler::Sobol => each.next_power_of_two(),
        Sampler::Random => each,
    };
    if points > MAX_POINTS {
        return Err(StudyError::new(
            format!("--paths {asked} is more than {replicates} replicates can hold"),
            format!("at most {}", MAX_POINTS * replicates),
        ));
    }
    scenario.settings.points = points;
    scenario.precision = None;
    let used = points * replicates;
    if used != asked {
        warnings.push(Warning::PathsRoundedUp { asked, used });
    }
    Ok(warnings)
}

/// Takes each file as it is made: its name, with `/`, and its bytes.
pub type Take<'a, E> = dyn FnMut(&str, &[u8]) -> Result<(), E> + 'a;

/// A run that has been simulated, of which tables, charts and files are made.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// What was asked, with the points that a precision came to.
    pub scenario: Scenario,
    /// What came out.
    pub results: Results,
    /// How the estimates settled, where that was asked for.
    pub steps: Vec<ConvergenceStep>,
    /// What there was to warn of before.
    pub warnings: Vec<Warning>,
    /// How likely each covenant is missed.
    pub shortfalls: Vec<Shortfall>,
}

/// A run laid out: all that is known before its paths are simulated.
#[derive(Clone, Debug)]
pub struct LaidOut {
    /// What is asked, with the points that a precision came to.
    pub scenario: Scenario,
    steps: Vec<ConvergenceStep>,
    warnings: Vec<Warning>,
}

/// Gives the steps of a search that a run asks for first: made, or found where they are kept.
pub type Steps<'a, E> = dyn FnMut(&Search, &Simulation<'_>) -> Result<Vec<ConvergenceStep>, E> + 'a;

/// Lays a run out; where a precision or the course of the estimates is asked for, with the
/// points that `steps` came to.
///
/// # Errors
/// Where a number of `options` is not permitted, and those of `steps`.
pub fn laid_out<E: From<Error>>(
    mut scenario: Scenario,
    options: &RunOptions,
    steps: &mut Steps<'_, E>,
) -> Result<LaidOut, E> {
    within("--keep-paths", options.keep_paths, 0, MOST_KEPT).map_err(Error::from)?;
    if options.keep_paths > 0 {
        of_one_case(&scenario, "--keep-paths", "a path belongs to one case")
            .map_err(Error::from)?;
    }
    if options.convergence {
        let why = "each case settles in a way of its own";
        of_one_case(&scenario, "--convergence", why).map_err(Error::from)?;
    }
    let warnings = prepare(&mut scenario, options.paths).map_err(Error::from)?;
    // No mixture is less precise than the case that takes most points.
    let mut longest: Vec<ConvergenceStep> = Vec::new();
    if let Some(search) = search_of(&scenario, options) {
        for simulation in scenario.simulations() {
            let own = steps(&search, &simulation)?;
            let points = |steps: &[ConvergenceStep]| steps.last().map_or(0, |last| last.points);
            if points(&own) > points(&longest) {
                longest = own;
            }
        }
    }
    let steps = longest;
    if let (Some(precision), Some(last)) = (scenario.precision, steps.last()) {
        // So few points may be enough for smooth estimates that percentiles would suffer.
        let least = match last.estimator {
            Estimator::Smooth => Settings::DEFAULT_POINTS.min(precision.most_points),
            Estimator::Counted => 0,
        };
        scenario.settings.points = last.points.max(least);
    }
    Ok(LaidOut {
        scenario,
        steps,
        warnings,
    })
}

impl LaidOut {
    /// The run with its results.
    ///
    /// # Errors
    /// Where the observer says to stop.
    pub fn with(self, results: Results, observer: &dyn Observer) -> Result<Simulated, Error> {
        let shortfalls = shortfalls(&self.scenario, &results, observer)?;
        Ok(Simulated {
            scenario: self.scenario,
            results,
            steps: self.steps,
            warnings: self.warnings,
            shortfalls,
        })
    }
}

/// Simulates a scenario.
///
/// # Errors
/// Where a number of `options` is not permitted, or the observer says to stop.
pub fn simulated(
    scenario: Scenario,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<Simulated, Error> {
    let laid_out = searched(scenario, options, observer)?;
    let results = run_scenario(&laid_out.scenario, None, observer, run_each)?;
    laid_out.with(results, observer)
}

/// Lays a run out by a search of its own.
fn searched(
    scenario: Scenario,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<LaidOut, Error> {
    laid_out(scenario, options, &mut |search, simulation| {
        let steps = search.of(simulation, &Unheard(observer));
        steps.map_err(Error::from)
    })
}

/// Points in each replicate that a run of a scenario takes: those that its precision comes to,
/// where it has one. And a warning where that is not reached.
///
/// # Errors
/// Where the observer says to stop.
pub fn points_taken(
    scenario: &Scenario,
    observer: &dyn Observer,
) -> Result<(u64, Option<Warning>), Error> {
    let LaidOut {
        scenario, steps, ..
    } = searched(scenario.clone(), &RunOptions::default(), observer)?;
    let unmet = not_precise(&scenario, &steps);
    Ok((scenario.settings.points, unmet))
}

impl Simulated {
    /// Its report.
    pub fn report(&self) -> Report<'_> {
        let Self {
            scenario,
            results,
            steps,
            warnings,
            shortfalls,
        } = self;
        Report {
            shortfalls,
            ..Report::new(scenario, results, steps, warnings.clone())
        }
    }

    /// Makes every file in turn, the manifest last. `options` are those that it was
    /// simulated with. The observer is asked before each file is handed over.
    ///
    /// # Errors
    /// Those of [`run_text`](super::run_text), and those of `take`.
    pub fn files<E: From<Error>>(
        &self,
        options: &RunOptions,
        observer: &dyn Observer,
        take: &mut Take<'_, E>,
    ) -> Result<Said, E> {
        let report = self.report();
        let paths = match options.keep_paths {
            0 => Vec::new(),
            count => replay(&self.scenario.simulation(), count, observer).map_err(Error::from)?,
        };
        let mut entries = Vec::new();
        let asked = || match observer.cancelled() {
            true => Err(Error::from(Cancelled)),
            false => Ok(()),
        };
        let mut file = |name: &str, bytes: &[u8]| -> Result<(), E> {
            asked()?;
            take(name, bytes)?;
            entries.push(FileEntry::new(name, bytes));
            Ok(())
        };
        let tables = report.tables(options.convergence);
        let written = report.csv_files(&tables, &paths).map_err(Error::from)?;
        for (name, bytes) in written {
            file(&name, &bytes)?;
        }
        if options.charts {
            for (name, bytes) in charts(&report, options, observer)? {
                file(&name, &bytes)?;
            }
        }
        if options.report {
            file("report.html", page(&report, options)?.as_bytes())?;
        }
        if options.interactive {
            file(EXPLORER_FILE, of_run(&self.scenario)?.as_bytes())?;
        }
        let tabled = report.tabled(&tables);
        for format in &options.formats {
            asked()?;
            for (name, bytes) in format.writer().files(&tabled)? {
                file(&name, &bytes)?;
            }
        }
        let manifest = Manifest::of_run(&report, options, entries);
        take(MANIFEST, &manifest.to_bytes())?;
        Ok(Said {
            text: summary_text(&report),
            json: summary_json(&report),
            files: manifest.files.len() + 1,
            warnings: manifest.warnings,
        })
    }
}

/// Simulates and makes every file in turn: [`simulated`], then [`Simulated::files`].
///
/// # Errors
/// Those of [`run_text`](super::run_text), and those of `take`.
pub fn make<E: From<Error>>(
    scenario: Scenario,
    options: &RunOptions,
    observer: &dyn Observer,
    take: &mut Take<'_, E>,
) -> Result<Said, E> {
    simulated(scenario, options, observer)?.files(options, observer, take)
}

/// The names of a run's files: those of the same run with few paths.
///
/// # Errors
/// As [`make`].
pub fn names(scenario: &Scenario, options: &RunOptions) -> Result<Vec<String>, Error> {
    let mut few = scenario.clone();
    few.settings.points = few.settings.points.min(64);
    few.precision = None;
    let options = RunOptions {
        paths: None,
        keep_paths: options.keep_paths.min(1),
        ..options.clone()
    };
    let mut names = Vec::new();
    make(few, &options, &(), &mut |name, _| {
        names.push(name.to_owned());
        Ok::<(), Error>(())
    })?;
    Ok(names)
}

/// The doublings that lead to the precision wanted, whose last gives the run its
/// points; or, where only their course is asked for, those up to the run's points.
fn search_of(scenario: &Scenario, options: &RunOptions) -> Option<Search> {
    let (precision, most_points) = match scenario.precision {
        Some(precision) => (precision.wanted, precision.most_points),
        None if options.convergence => (0.0, scenario.settings.points),
        None => return None,
    };
    Some(Search {
        precision,
        most_points,
        besides: options.convergence,
    })
}

/// Refuses what is not permitted, whoever asks for it: a manifest may have been edited.
fn within(argument: &str, asked: u64, least: u64, most: u64) -> Result<(), StudyError> {
    match (least..=most).contains(&asked) {
        true => Ok(()),
        false => Err(StudyError::new(
            format!("{argument} {asked} is not permitted"),
            format!("a number from {least} to {most}"),
        )),
    }
}
