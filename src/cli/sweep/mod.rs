//! `capbind sweep`

mod write;

use crate::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::args::{Elsewhere, assignment, described};
use super::flags::{Also, Besides, Output, Precisely, StudyFlags};
use super::folder::Folder;
use super::interrupt::{self, Interruptible};
use super::journal::Journal;
use super::progress::Progress;
use super::shards::{Merge, sweep_elsewhere};
use super::study::{admit, say};
use super::{CliError, eprint_line};
use crate::report::figure::Figure;
use crate::report::{
    CaseGlance, CaseRows, Format, Manifest, Table, Value, failed_table, keep_rows, sweep_charts,
    sweep_columns, sweep_figures, sweep_findings, sweep_json, sweep_rows, sweep_text,
};
use crate::request::{Request, Study, StudyFiles};
use crate::scenario::Scenario;
use crate::scenario::Style;
use crate::scenario::input::{self, Wanted};
use crate::simulate::{Observer, Spread};
use crate::study::{Axis, BadCase, CaseOutcome, Cases, StudyError, Sweep, measures};
use crate::text::brief;
use crate::units::by_word;
use write::Lines;

/// The numbers of each case that are shown and drawn.
type Glances = BTreeMap<u64, CaseGlance>;

/// Problems shown before the rest is counted.
const MOST_SHOWN: usize = 10;

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

/// What decides the results beside the scenario.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    vary: Vec<String>,
    #[serde(default, with = "by_word::option")]
    design: Option<Spread>,
    /// Cases of a design.
    count: Option<u64>,
    /// The text of a table of cases.
    table: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    measures: Vec<String>,
    keep_going: bool,
    /// Formats of tables beside CSV, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    formats: Vec<Format>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    report: bool,
    charts: bool,
    paths: Option<u64>,
}

impl Asked {
    /// The formats of a table that is held whole: all but Parquet, to which cases are
    /// written as they are read.
    fn of_whole_tables(&self) -> impl Iterator<Item = Format> {
        let all = self.formats.iter().copied();
        all.filter(|format| *format != Format::Parquet)
    }
}

/// A sweep with all that decides its results.
pub struct Job {
    pub sweep: Sweep,
    /// Cases that are no valid scenarios.
    bad: Vec<BadCase>,
    study: Study<Asked>,
}

impl Request for Asked {
    const COMMAND: &'static str = "sweep";
    const FILES: StudyFiles = StudyFiles {
        tables: &["sweep.csv", "sweep.parquet", "failed.csv"],
        charts: &["median_date", "probability", "total"],
    };

    fn paths(&self) -> Option<u64> {
        self.paths
    }

    fn charts(&self) -> bool {
        self.charts
    }

    fn more_charts(study: &Study<Self>) -> Result<Vec<String>, Error> {
        let scenario = study.one()?;
        let measured = measures(&study.asked.measures, scenario)?;
        Ok(sweep_charts(scenario, &measured))
    }

    fn settled(study: Study<Self>) -> Result<Study<Self>, Error> {
        study.asked.formats.iter().try_for_each(|f| f.built())?;
        Ok(study)
    }
}

/// Evaluates every case and writes what it comes to.
pub fn sweep(arguments: &SweepArguments) -> Result<(), CliError> {
    if let Some(engine) = &arguments.elsewhere.engine {
        return sweep_elsewhere(arguments, engine);
    }
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let (study, cases) = posed(arguments)?;
    let job = pool.install(|| Job::new(study, cases))?;
    // Held as long as the journal is: one sweep at a time writes either.
    let written = match job.study.folder(&flags.output)? {
        Some(folder) => write(&job, folder, arguments, &pool)?,
        None => only_print(&job, arguments, &pool)?,
    };
    say_all(&job, written, &flags.output)
}

/// The scenario of the arguments and what is asked beside it.
pub fn question(arguments: &SweepArguments) -> Result<(Scenario, Asked), CliError> {
    let (mut study, _) = posed(arguments)?;
    Ok((study.scenarios.remove(0).scenario, study.asked))
}

/// What the arguments ask, and its cases.
fn posed(arguments: &SweepArguments) -> Result<(Study<Asked>, Cases), CliError> {
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
    job: &Job,
    how: &Merge,
    each: &mut dyn FnMut(&mut TakeOutcomes<'_>) -> Result<(), CliError>,
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

/// Takes cases that were evaluated elsewhere.
pub type TakeOutcomes<'a> = dyn FnMut(Vec<CaseOutcome>) -> Result<(), CliError> + 'a;

/// Prints what there is to say of a sweep that is written.
fn say_all(job: &Job, written: Written, output: &Output) -> Result<(), CliError> {
    let (sweep, bad) = (&job.sweep, &job.bad);
    let glances: Vec<CaseGlance> = written.glances.into_values().collect();
    let findings = sweep_findings(sweep, &glances);
    let text = text(sweep, &glances);
    let json = || sweep_json(sweep, &findings, &written.rows, bad);
    let target = written.target.as_deref();
    say(output, &text, json, target, &written.manifest)?;
    match bad.len() {
        0 => Ok(()),
        cases => Err(CliError::BadCases {
            cases,
            list: list(bad),
        }),
    }
}

/// What is printed of a sweep: what it finds, and its cases.
fn text(sweep: &Sweep, glances: &[CaseGlance]) -> String {
    let findings = sweep_findings(sweep, glances).join("\n");
    format!("{findings}\n\n{}", sweep_text(sweep, glances))
}

/// What a sweep comes to, beside the rows of its cases.
#[derive(Debug)]
pub struct Swept {
    /// For a terminal.
    pub text: String,
    /// For scripts.
    pub json: serde_json::Value,
    /// The columns of its rows.
    pub columns: Vec<String>,
    /// The cases that are no valid scenarios, where there are any.
    pub failed: Option<Table>,
    /// Charts, by name.
    pub figures: Vec<(String, Figure)>,
    /// How they look.
    pub style: Style,
    /// Warnings, as printed.
    pub warnings: Vec<String>,
    /// What its files are made of.
    pub cases: SweptCases,
}

/// The cases of a sweep as they are kept, and what made them.
#[derive(Debug)]
pub struct SweptCases {
    manifest: Manifest,
    lines: BTreeMap<u64, Vec<u8>>,
    glances: Glances,
}

impl SweptCases {
    /// Every file of the sweep, the manifest among them; no case is evaluated again.
    pub(super) fn files(
        &self,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
        let job = job(&self.manifest)?;
        files_of(&job, &self.lines, self.glances.clone(), observer)
    }
}

/// Every file of a sweep from the lines of its cases.
fn files_of(
    job: &Job,
    lines: &BTreeMap<u64, Vec<u8>>,
    mut glances: Glances,
    observer: &dyn Observer,
) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let each = |take: &mut Lines<'_>| {
        let mut lines = lines.iter();
        lines.try_for_each(|(case, lines)| take(*case, lines))
    };
    let mut files = BTreeMap::new();
    job.write(&each, &mut glances, &mut files, observer)?;
    Ok(files)
}

/// Takes how many cases there are, the columns of their rows, and the rows of some of them,
/// case by case, as they are finished.
pub type TakeCases<'a> = dyn FnMut(u64, &[String], Vec<Vec<Vec<Value>>>) + 'a;

/// Evaluates the sweep that a manifest asks for.
pub fn sweep_again(
    manifest: &Manifest,
    observer: &dyn Observer,
    take: &mut TakeCases<'_>,
) -> Result<Swept, CliError> {
    let job = job(manifest)?;
    let left_out: BTreeSet<u64> = job.bad.iter().map(|bad| bad.case).collect();
    let run = &mut |outcomes: &mut TakeOutcomes<'_>| job.sweep.run(&left_out, observer, outcomes);
    swept(&job, take, run)
}

/// What a sweep comes to whose cases `each` gives.
pub fn swept(
    job: &Job,
    take: &mut TakeCases<'_>,
    each: &mut dyn FnMut(&mut TakeOutcomes<'_>) -> Result<(), CliError>,
) -> Result<Swept, CliError> {
    let (sweep, bad) = (&job.sweep, &job.bad);
    let (reference, cases) = (sweep.reference(), sweep.cases());
    let all = cases.len() + 1 - bad.len() as u64;
    let columns = sweep_columns(cases);
    let mut glances = Glances::new();
    let mut lines = BTreeMap::new();
    let mut rows: Vec<CaseRows> = Vec::new();
    each(&mut |outcomes| {
        let seen = outcomes
            .iter()
            .map(|outcome| CaseGlance::of(sweep, outcome));
        glances.extend(seen.map(|glance| (glance.case, glance)));
        let some: Vec<_> = outcomes
            .iter()
            .map(|case| sweep_rows(reference, case))
            .collect();
        let numbers = outcomes.iter().map(|case| case.case);
        lines.extend(numbers.clone().zip(some.iter().map(|rows| keep_rows(rows))));
        rows.extend(numbers.zip(some.iter().cloned()));
        take(all, &columns, some);
        Ok(())
    })?;
    let seen: Vec<CaseGlance> = glances.values().cloned().collect();
    Ok(Swept {
        text: text(sweep, &seen),
        json: sweep_json(sweep, &sweep_findings(sweep, &seen), &rows, bad),
        columns,
        failed: (!bad.is_empty()).then(|| failed_table(cases, bad)),
        figures: sweep_figures(sweep, &seen),
        style: reference.report.style,
        warnings: job.study.warnings.clone(),
        cases: SweptCases {
            manifest: job.manifest(),
            lines,
            glances,
        },
    })
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
    job: &Job,
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
    job: &Job,
    mut folder: Folder,
    journal: Journal,
    mut glances: Glances,
    with_rows: bool,
) -> Result<Written, CliError> {
    let each = |take: &mut Lines<'_>| journal.each(take);
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
    job: &Job,
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
            Ok(())
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

/// Every file of the sweep that a manifest says was made.
pub fn make_again(
    manifest: &Manifest,
    observer: &dyn Observer,
) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let job = job(manifest)?;
    let mut lines = BTreeMap::new();
    let mut glances = Glances::new();
    job.evaluate(&BTreeSet::new(), observer, &mut |cases, seen| {
        lines.extend(cases);
        glances.extend(seen);
        Ok(())
    })?;
    files_of(&job, &lines, glances, observer)
}

/// The sweep that a manifest asks for.
fn job(manifest: &Manifest) -> Result<Job, CliError> {
    let study = Study::again(manifest)?;
    admit(&study.scenarios)?;
    let mut job = Job::kept(study)?;
    job.know(job.sweep.check())?;
    Ok(job)
}

/// What the command line asks for, and its cases.
fn asked(
    arguments: &SweepArguments,
    paths: Option<u64>,
    scenario: &Scenario,
) -> Result<(Asked, Cases), CliError> {
    let mut asked = Asked {
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
        let cases = cases(&asked, scenario)?;
        return Ok((asked, cases));
    };
    if let Ok(count) = text.parse::<u64>() {
        asked.count = Some(count);
        let cases = cases(&asked, scenario)?;
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

/// The cases of a grid or a design: what is asked for, or the scenario's own
/// `[sweep]`.
fn cases(asked: &Asked, scenario: &Scenario) -> Result<Cases, CliError> {
    let refuse = |message: &str, hint: &str| Err(StudyError::new(message, hint).into());
    let file = scenario.sweep.clone().unwrap_or_default();
    let own = asked.vary.is_empty() && asked.count.is_none();
    let vary = if own { &file.vary } else { &asked.vary };
    let count = if own { file.cases } else { asked.count };
    let axes: Vec<Axis> = vary
        .iter()
        .map(|text| Axis::parse(text))
        .collect::<Result<_, _>>()?;
    let design = asked.design.or(file.design.filter(|_| own));
    match (design, count) {
        (Some(design), Some(count)) => {
            let seed = scenario.settings.seed;
            Ok(Cases::design(&axes, design, count, seed)?)
        }
        (Some(_), None) => refuse("a design of how many cases?", "say it: --cases 200"),
        (None, Some(_)) => refuse(
            "a number of cases without a design",
            "add --design sobol or --design latin-hypercube; a grid has as many as its values make",
        ),
        (None, None) => Ok(Cases::grid(&axes)?),
    }
}

/// The journal's place: beside the results.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or(target.as_os_str());
    target.with_file_name(format!(".{}.sweep", name.to_string_lossy()))
}

/// Evaluates what the journal does not have yet.
fn evaluate(
    job: &Job,
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

/// What is said where cases are no valid scenarios: the first in full, the others
/// by their keys.
fn refused(sweep: &Sweep, bad: &[BadCase]) -> CliError {
    let first = sweep.scenario(bad[0].case).err();
    let full = match first {
        Some(Error::Invalid(problems)) => problems.render(false),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    CliError::Argument {
        message: format!(
            "{}{}\n\n{}\n\n{}",
            count(bad.len()),
            if bad.len() == 1 { ":" } else { "; the first:" },
            full.trim_end(),
            list(bad)
        ),
        hint: "leave these values out, or evaluate the other cases with --keep-going".to_owned(),
    }
}

fn count(bad: usize) -> String {
    match bad {
        1 => "1 case is no valid scenario".to_owned(),
        bad => format!("{bad} cases are no valid scenarios"),
    }
}

fn list(bad: &[BadCase]) -> String {
    let shown = bad.iter().take(MOST_SHOWN).map(|bad| {
        let assignments: Vec<String> = bad.assignments.iter().map(|a| brief(a)).collect();
        let assignments = assignments.join(" ");
        format!("case {} ({assignments}): {}", bad.case, bad.problem)
    });
    let mut lines: Vec<String> = shown.collect();
    if bad.len() > MOST_SHOWN {
        lines.push(format!("and {} more", bad.len() - MOST_SHOWN));
    }
    lines.join("\n")
}
