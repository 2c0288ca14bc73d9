//! `capbind sweep`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{Elsewhere, assignment, described};
use super::flags::{Also, Besides, Output, Precisely, StudyFlags};
use super::folder::Folder;
use super::interrupt::{self, Interruptible};
use super::journal::Journal;
use super::progress::Progress;
use super::shards::{Merge, sweep_elsewhere};
use super::study::say;
use super::{CliError, eprint_line};
use crate::report::{CaseGlance, CaseRows, Format, Manifest};
use crate::request::{Glances, Lines, PosedSweep, Study, Sweep, TakeOutcomes};
use crate::scenario::Scenario;
use crate::scenario::input::{self, Wanted};
use crate::simulate::Spread;
use crate::study::{Cases, StudyError};

const EXAMPLES: &str = "\
Examples:
  capbind sweep deal.toml --vary agreement.cap=20:80:5
  capbind sweep deal.toml --vary agreement.cap=20:80 --design sobol --cases 200
  capbind sweep deal.toml --cases cases.csv --measure irr";

/// Evaluate a grid, a design or a table of cases over any keys
///
/// Every case is compared with the scenario as written, on the same random
/// numbers, so differences are sharp. Cases that change only a flat share's own
/// terms (share, cap, paid_before, expiry) are answered from one set of revenue
/// paths. Writes sweep.csv, charts for one to three keys, and manifest.json. A
/// sweep that was interrupted continues with --resume.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SweepArguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// A key and its values (repeatable): agreement.cap=20:80:5 (steps, both ends
    /// included), =1:100:log5, =0:1:lin5, =0.15,0.25, =2028-12-31:2030-12-31:1y; a
    /// range =20:80 for a design. Several make a grid
    #[arg(long, value_name = "KEY=VALUES")]
    pub vary: Vec<String>,

    /// Spread --cases N over the ranges instead of a grid
    #[arg(long, value_parser = described::<Spread>(), value_name = "DESIGN")]
    pub design: Option<Spread>,

    /// Number of cases of a design, or a CSV file of cases with one column for each
    /// dotted key
    #[arg(long, value_name = "N|FILE.csv")]
    pub cases: Option<String>,

    /// Override a key of the scenario in every case: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    #[command(flatten)]
    pub besides: Besides,

    /// Continue the same sweep where it was interrupted
    #[arg(long)]
    pub resume: bool,

    /// Evaluate the valid cases where others are not; these go to failed.csv
    #[arg(long)]
    pub keep_going: bool,

    #[command(flatten)]
    pub elsewhere: Elsewhere,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub precisely: Precisely,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// Evaluates every case and writes what it comes to.
pub fn sweep(arguments: &SweepArguments) -> Result<(), CliError> {
    if let Some(engine) = &arguments.elsewhere.engine {
        return sweep_elsewhere(arguments, engine);
    }
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let (study, cases) = posed(arguments)?;
    let job = pool.install(|| PosedSweep::new(study, cases))?;
    // Held as long as the journal is: one sweep at a time writes either.
    let written = match job.study.folder(&flags.output)? {
        Some(folder) => write(&job, folder, arguments, &pool)?,
        None => only_print(&job, arguments, &pool)?,
    };
    say_all(&job, written, &flags.output)
}

/// The scenario of the arguments and what is asked beside it.
pub fn question(arguments: &SweepArguments) -> Result<(Scenario, Sweep), CliError> {
    let (mut study, _) = posed(arguments)?;
    Ok((study.scenarios.remove(0).scenario, study.asked))
}

/// What the arguments ask, and its cases.
fn posed(arguments: &SweepArguments) -> Result<(Study<Sweep>, Cases), CliError> {
    let (path, overrides) = (&arguments.scenario, &arguments.overrides);
    let loaded = arguments
        .flags
        .load_precisely(path, overrides, &arguments.precisely)?;
    let (asked, cases) = asked(arguments, loaded.paths, &loaded.scenario)?;
    let study = Study::of_one(loaded.origin, loaded.scenario, asked, &loaded.warnings);
    Ok((study, cases))
}

/// Writes the folder of a sweep whose cases were evaluated elsewhere: `each` gives them all.
pub fn finished_elsewhere(
    job: &PosedSweep,
    how: &Merge,
    each: &mut dyn FnMut(&mut TakeOutcomes<'_, CliError>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let output = how.output(job.study.asked.charts);
    let folder = job.study.folder_of_any(&output)?;
    let mut journal = Journal::open(&beside(folder.target()), &job.hash(), false)?;
    let mut glances = Glances::new();
    each(&mut |outcomes| {
        let (lines, seen) = job.lines(&outcomes);
        journal.append(&lines)?;
        glances.extend(seen);
        Ok(())
    })?;
    let written = settle(job, folder, journal, glances, how.json)?;
    say_all(job, written, &output)
}

/// Prints what there is to say of a sweep that is written.
fn say_all(job: &PosedSweep, written: Written, output: &Output) -> Result<(), CliError> {
    let glances: Vec<CaseGlance> = written.glances.into_values().collect();
    let text = job.text(&glances);
    let json = || job.json(&glances, &written.rows);
    let target = written.target.as_deref();
    say(output, &text, json, target, &written.manifest)?;
    match job.bad.len() {
        0 => Ok(()),
        cases => Err(CliError::BadCases {
            cases,
            list: job.refused(),
        }),
    }
}

/// A sweep that is finished.
struct Written {
    glances: Glances,
    /// The lines of every case, where they are printed.
    rows: Vec<CaseRows>,
    manifest: Manifest,
    target: Option<String>,
}

/// Evaluates every case by way of a journal and writes what it comes to.
fn write(
    job: &PosedSweep,
    folder: Folder,
    arguments: &SweepArguments,
    pool: &rayon::ThreadPool,
) -> Result<Written, CliError> {
    let quiet = arguments.flags.output.quiet;
    let mut journal = Journal::open(&beside(folder.target()), &job.hash(), arguments.resume)?;
    if journal.cut() > 0 && !quiet {
        eprint_line(&format!(
            "warning: the last {} bytes of {} are damaged or incomplete; what was in them is \
             evaluated again",
            journal.cut(),
            journal.path().display()
        ));
    }
    let glances = evaluate(job, &mut journal, quiet, pool)?;
    pool.install(|| settle(job, folder, journal, glances, arguments.flags.output.json))
}

/// Writes what the cases of a journal come to, on the current thread pool.
fn settle(
    job: &PosedSweep,
    mut folder: Folder,
    journal: Journal,
    mut glances: Glances,
    with_rows: bool,
) -> Result<Written, CliError> {
    let each = |take: &mut Lines<'_, CliError>| journal.each(take);
    let manifest = job.write(&each, &mut glances, &mut folder, &Interruptible)?;
    let mut rows = Vec::new();
    if with_rows {
        each(&mut |case, lines| {
            rows.push((case, job.rows(lines)?));
            Ok(())
        })?;
    }
    let target = folder.target().display().to_string();
    let held = folder.finish()?;
    journal.remove();
    drop(held);
    interrupt::keep(None);
    Ok(Written {
        glances,
        rows,
        manifest,
        target: Some(target),
    })
}

/// Evaluates every case and keeps what it comes to.
fn only_print(
    job: &PosedSweep,
    arguments: &SweepArguments,
    pool: &rayon::ThreadPool,
) -> Result<Written, CliError> {
    let progress = Progress::of_cases(job.sweep.cases().len() + 1, 0, arguments.flags.output.quiet);
    let mut glances = Glances::new();
    let mut lines = BTreeMap::new();
    let evaluated = pool.install(|| {
        job.evaluate(&BTreeSet::new(), &Interruptible, &mut |cases, seen| {
            progress.add(cases.len() as u64);
            lines.extend(cases);
            glances.extend(seen);
            Ok::<(), CliError>(())
        })
    });
    progress.finish();
    evaluated?;
    let rows = lines.into_iter();
    let rows = rows.map(|(case, lines)| Ok((case, job.rows(&lines)?)));
    Ok(Written {
        glances,
        rows: rows.collect::<Result<_, CliError>>()?,
        manifest: job.manifest(),
        target: None,
    })
}

/// What the command line asks for, and its cases.
fn asked(
    arguments: &SweepArguments,
    paths: Option<u64>,
    scenario: &Scenario,
) -> Result<(Sweep, Cases), CliError> {
    let mut asked = Sweep {
        vary: arguments.vary.clone(),
        design: arguments.design,
        count: None,
        table: None,
        measures: arguments.besides.measures.clone(),
        keep_going: arguments.keep_going,
        formats: Format::once(&arguments.also.format),
        report: arguments.also.report,
        charts: arguments.flags.output.charts(),
        paths,
    };
    let Some(text) = &arguments.cases else {
        let cases = asked.cases(scenario)?;
        return Ok((asked, cases));
    };
    if let Ok(count) = text.parse::<u64>() {
        asked.count = Some(count);
        let cases = asked.cases(scenario)?;
        return Ok((asked, cases));
    }
    if !asked.vary.is_empty() || asked.design.is_some() {
        let hint = "name the keys in its first line and leave --vary and --design out";
        return Err(StudyError::new("a table of cases has its own keys", hint).into());
    }
    let path = Path::new(text);
    let table = input::text(path, &Wanted::CASES).map_err(|reason| CliError::Argument {
        message: format!("cannot read {}: {reason}", path.display()),
        hint: "give --cases a number, or a CSV file with a column for each key".to_owned(),
    })?;
    let cases = Cases::from_csv(&path.display().to_string(), table.as_bytes())?;
    asked.table = Some(table);
    Ok((asked, cases))
}

/// The journal's place: beside the results.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or(target.as_os_str());
    target.with_file_name(format!(".{}.sweep", name.to_string_lossy()))
}

/// Evaluates what the journal does not have yet.
fn evaluate(
    job: &PosedSweep,
    journal: &mut Journal,
    quiet: bool,
    pool: &rayon::ThreadPool,
) -> Result<Glances, CliError> {
    let mut glances = Glances::new();
    let mut done: BTreeSet<u64> = journal.done().collect();
    done.extend(job.bad.iter().map(|bad| bad.case));
    let all = job.sweep.cases().len() + 1;
    if done.len() as u64 == all {
        return Ok(glances);
    }
    let progress = Progress::of_cases(all, done.len() as u64, quiet);
    interrupt::keep(Some(
        "interrupted: the cases finished so far are kept; continue with --resume".to_owned(),
    ));
    let evaluated = pool.install(|| {
        job.evaluate(&done, &Interruptible, &mut |cases, seen| {
            journal.append(&cases)?;
            glances.extend(seen);
            progress.add(cases.len() as u64);
            Ok(())
        })
    });
    progress.finish();
    evaluated.map(|()| glances)
}
