//! The files of a run, made from a scenario and what was asked for beside it: the
//! same for `run`, which writes them, and `verify`, which compares them.

use super::CliError;
use super::args::{KEPT_PATHS, PATHS, within};
use super::study::charts;
use crate::report::{
    Asked, FileEntry, Manifest, Report, Warning, figures, page, summary_json, summary_text,
    workbook,
};
use crate::scenario::Scenario;
use crate::simulate::{
    Cancelled, ConvergenceStep, MAX_POINTS, Observer, Sampler, Unheard, replay, run as simulate,
    search,
};

/// What there is to say of a run whose files are made.
#[derive(Debug)]
pub struct Made {
    /// The summary for people.
    pub text: String,
    /// The summary for scripts.
    pub json: serde_json::Value,
    /// Warnings, as printed.
    pub warnings: Vec<String>,
    /// Files, the manifest included.
    pub files: usize,
}

/// Takes a number of paths from the command line, which stands above the file's
/// points and precision; what is to be warned of before anything is simulated: a number
/// that had to be rounded up, rates that are probably percentages.
pub fn take_paths(scenario: &mut Scenario, asked: Option<u64>) -> Result<Vec<Warning>, CliError> {
    let doubts = scenario.doubts.iter().cloned();
    let mut warnings: Vec<Warning> = doubts.map(Warning::Percentage).collect();
    let Some(asked) = asked else {
        return Ok(warnings);
    };
    within("--paths", asked, &PATHS)?;
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
    scenario.settings.points = points;
    scenario.precision = None;
    let used = points * replicates;
    if used != asked {
        warnings.push(Warning::PathsRoundedUp { asked, used });
    }
    Ok(warnings)
}

/// Takes each file as it is made: its name, with `/`, and its bytes.
pub type Take<'a> = dyn FnMut(&str, &[u8]) -> Result<(), CliError> + 'a;

/// Simulates and makes every file in turn, the manifest last.
pub fn make(
    mut scenario: Scenario,
    warnings: Vec<Warning>,
    asked: &Asked,
    observer: &dyn Observer,
    take: &mut Take<'_>,
) -> Result<Made, CliError> {
    within("--keep-paths", asked.keep_paths, &(0..=*KEPT_PATHS.end()))?;
    let steps = converge(&mut scenario, asked, observer)?;
    let scenario = &scenario;
    let simulation = scenario.simulation();
    let results = simulate(&simulation, observer)?;
    let report = Report::new(scenario, &results, &steps, warnings);
    let paths = match asked.keep_paths {
        0 => Vec::new(),
        count => replay(&simulation, count),
    };
    let mut entries = Vec::new();
    let mut file = |name: &str, bytes: &[u8]| -> Result<(), CliError> {
        take(name, bytes)?;
        entries.push(FileEntry::new(name, bytes));
        Ok(())
    };
    let tables = report.tables(asked.convergence);
    for (name, bytes) in report.csv_files(&tables, &paths)? {
        file(&name, &bytes)?;
    }
    if asked.charts {
        let figures = figures(&report, asked.convergence);
        for (name, bytes) in charts(figures, scenario.report.style)? {
            file(&name, &bytes)?;
        }
    }
    if asked.report {
        let page = page(&report, asked).map_err(|error| CliError::Chart {
            name: "report.html".to_owned(),
            reason: error.to_string(),
        })?;
        file("report.html", page.as_bytes())?;
    }
    if asked.workbook {
        file("workbook.xlsx", &workbook(&report, &tables)?)?;
    }
    let manifest = Manifest::new(&report, asked, entries);
    take("manifest.json", &manifest.to_bytes())?;
    Ok(Made {
        text: summary_text(&report),
        json: summary_json(&report),
        files: manifest.files.len() + 1,
        warnings: manifest.warnings,
    })
}

/// The names of a run's files: those of the same run with few paths.
pub fn names(scenario: &Scenario, asked: &Asked) -> Result<Vec<String>, CliError> {
    let mut few = scenario.clone();
    few.settings.points = few.settings.points.min(64);
    few.precision = None;
    let asked = Asked {
        keep_paths: asked.keep_paths.min(1),
        ..asked.clone()
    };
    let mut names = Vec::new();
    make(few, Vec::new(), &asked, &(), &mut |name, _| {
        names.push(name.to_owned());
        Ok(())
    })?;
    Ok(names)
}

/// The doublings that lead to the precision wanted, whose last gives the run its
/// points; or, where only their course is asked for, those up to the run's points.
fn converge(
    scenario: &mut Scenario,
    asked: &Asked,
    observer: &dyn Observer,
) -> Result<Vec<ConvergenceStep>, Cancelled> {
    let (precision, most_points) = match scenario.precision {
        Some(precision) => (precision.wanted, precision.most_points),
        None if asked.convergence => (0.0, scenario.settings.points),
        None => return Ok(Vec::new()),
    };
    let steps = search(
        &scenario.simulation(),
        precision,
        most_points,
        &Unheard(observer),
    )?;
    if let (Some(_), Some(last)) = (scenario.precision, steps.last()) {
        scenario.settings.points = last.points;
    }
    Ok(steps)
}
