//! `capbind sweep`

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::args::assignment;
use super::folder::{Folder, refuse_foreign};
use super::journal::Journal;
use super::progress::Progress;
use super::study::{StudyFlags, charts, say};
use super::{CliError, interrupt};
use crate::report::{
    CaseGlance, FileEntry, StudiedScenario, StudyManifest, failed_csv, sha256, sweep_figures,
    sweep_header, sweep_json, sweep_lines, sweep_text,
};
use crate::scenario::{Scenario, ScenarioError};
use crate::simulate::Spread;
use crate::study::{Axis, BadCase, Base, Cases, StudyError, Sweep};

/// Problems shown before the rest is counted.
const MOST_SHOWN: usize = 10;

/// Evaluate a grid, a design or a table of cases over any keys
///
/// Every case is compared with the scenario as written, on the same random
/// numbers, so differences are sharp. Cases that change only a flat share's own
/// terms (share, cap, paid_before, expiry) are answered from one set of revenue
/// paths. Writes sweep.csv, charts for one to three keys, and manifest.json. A
/// sweep that was interrupted continues with --resume.
#[derive(Debug, Args)]
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
    #[arg(long, value_enum, value_name = "DESIGN")]
    pub design: Option<DesignName>,

    /// Number of cases of a design, or a CSV file of cases with one column for each
    /// dotted key
    #[arg(long, value_name = "N|FILE.csv")]
    pub cases: Option<String>,

    /// Override a key of the scenario in every case: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    /// Format of the table of cases; Parquet is written beside sweep.csv
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,

    /// Continue the same sweep where it was interrupted
    #[arg(long)]
    pub resume: bool,

    /// Evaluate the valid cases where others are not; these go to failed.csv
    #[arg(long)]
    pub keep_going: bool,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// The designs one can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DesignName {
    /// One case in each of N equal strips of every range
    LatinHypercube,
    /// Scrambled Sobol points
    Sobol,
}

/// The formats of the table of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// sweep.csv
    Csv,
    /// sweep.parquet
    Parquet,
}

/// Evaluates every case and writes what it comes to.
pub fn sweep(arguments: &SweepArguments) -> Result<(), CliError> {
    refuse_format(arguments.format)?;
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let (scenario, warnings) = flags.load(&arguments.scenario, &arguments.overrides)?;
    let cases = cases(arguments, &scenario)?;
    let mut overrides = scenario.overrides.clone();
    overrides.push(format!("simulation.points={}", scenario.settings.points));
    let origin = arguments.scenario.display().to_string();
    let base = Base::new(&origin, &scenario.stem, &scenario.text, &overrides);
    let sweep = Sweep::new(base, cases)?;
    let bad = pool.install(|| sweep.check());
    if !arguments.keep_going && !bad.is_empty() {
        return Err(refused(&sweep, &bad));
    }
    let target = flags.target(&arguments.scenario, "sweep");
    refuse_foreign(&target)?;
    let mut journal = Journal::open(&beside(&target)?, &job(&sweep), arguments.resume)?;
    let mut glances = evaluate(&sweep, &bad, &mut journal, arguments, &pool)?;
    let mut warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    if !bad.is_empty() {
        warnings.push(format!("{}; see failed.csv", count(bad.len())));
    }
    let mut manifest = StudyManifest::new(
        "sweep",
        vec![StudiedScenario::new(&scenario.stem, &scenario)],
        asked(arguments, &sweep),
        &scenario.settings,
        warnings,
    );
    let written = pool.install(|| {
        write(
            &sweep,
            &bad,
            &journal,
            arguments,
            (&mut glances, &mut manifest),
        )
    });
    let folder = written?;
    let shown = folder.target().display().to_string();
    folder.finish()?;
    journal.remove();
    interrupt::keep(None);
    let glances: Vec<CaseGlance> = glances.into_values().collect();
    let text = sweep_text(sweep.reference(), sweep.cases(), &glances);
    let json = || sweep_json(sweep.reference(), sweep.cases(), &glances, &bad);
    say(flags, &text, json, &shown, &manifest)?;
    match bad.len() {
        0 => Ok(()),
        cases => Err(CliError::BadCases {
            cases,
            list: list(&bad),
        }),
    }
}

/// The cases asked for: by the command line, or by the scenario's own `[sweep]`.
fn cases(arguments: &SweepArguments, scenario: &Scenario) -> Result<Cases, CliError> {
    let refuse = |message: &str, hint: &str| Err(StudyError::new(message, hint).into());
    let file = scenario.sweep.clone().unwrap_or_default();
    let asked = !arguments.vary.is_empty() || arguments.cases.is_some();
    let vary = if asked { &arguments.vary } else { &file.vary };
    let count = match &arguments.cases {
        Some(text) => match text.parse::<u64>() {
            Ok(count) => Some(count),
            Err(_) if vary.is_empty() && arguments.design.is_none() => {
                return table(Path::new(text));
            }
            Err(_) => {
                let hint = "name the keys in its first line and leave --vary and --design out";
                return refuse("a table of cases has its own keys", hint);
            }
        },
        None if asked => None,
        None => file.cases,
    };
    let axes: Vec<Axis> = vary
        .iter()
        .map(|text| Axis::parse(text))
        .collect::<Result<_, _>>()?;
    let design = match arguments.design {
        Some(DesignName::LatinHypercube) => Some(Spread::LatinHypercube),
        Some(DesignName::Sobol) => Some(Spread::Sobol),
        None if asked => None,
        None => file.design,
    };
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

fn table(path: &Path) -> Result<Cases, CliError> {
    let text = fs::read(path).map_err(|error| CliError::Argument {
        message: format!("cannot read {}: {error}", path.display()),
        hint: "give --cases a number, or a CSV file with a column for each key".to_owned(),
    })?;
    Ok(Cases::from_csv(&path.display().to_string(), &text)?)
}

/// The journal's place: beside the results, which may not exist yet.
fn beside(target: &Path) -> Result<PathBuf, CliError> {
    let failed = |reason: String| CliError::Write {
        path: target.to_owned(),
        reason,
    };
    let name = target.file_name();
    let name = name.ok_or_else(|| failed("this is not the name of a folder".to_owned()))?;
    let parent = target.parent().unwrap_or(Path::new(""));
    if !parent.as_os_str().is_empty() {
        fs::create_dir_all(parent).map_err(|error| failed(error.to_string()))?;
    }
    Ok(parent.join(format!(".{}.sweep", name.to_string_lossy())))
}

/// A hash of all that the cases' lines depend on.
fn job(sweep: &Sweep) -> String {
    let reference = sweep.reference();
    let cases = sweep.cases();
    let mut text = json!([
        env!("CARGO_PKG_VERSION"),
        reference.text,
        reference.overrides,
        cases.keys(),
    ])
    .to_string();
    for case in 1..=cases.len() {
        text.push_str(&json!(cases.values(case)).to_string());
    }
    sha256(text.as_bytes())
}

/// The numbers of each case that are shown and drawn.
type Glances = BTreeMap<u64, CaseGlance>;

/// Evaluates what the journal does not have yet.
fn evaluate(
    sweep: &Sweep,
    bad: &[BadCase],
    journal: &mut Journal,
    arguments: &SweepArguments,
    pool: &rayon::ThreadPool,
) -> Result<Glances, CliError> {
    let mut glances = Glances::new();
    let mut done: BTreeSet<u64> = journal.done().collect();
    done.extend(bad.iter().map(|bad| bad.case));
    let all = sweep.cases().len() + 1;
    if done.len() as u64 == all {
        return Ok(glances);
    }
    let progress = Progress::of_cases(all, done.len() as u64, arguments.flags.quiet);
    interrupt::keep(Some(
        "interrupted: the cases finished so far are kept; continue with --resume".to_owned(),
    ));
    let evaluated = pool.install(|| {
        sweep.run(&done, |outcomes| {
            let cases: Vec<(u64, Vec<u8>)> = outcomes
                .iter()
                .map(|outcome| (outcome.case, sweep_lines(sweep.reference(), outcome)))
                .collect();
            journal.append(&cases)?;
            let seen = outcomes.iter().map(CaseGlance::of);
            glances.extend(seen.map(|glance| (glance.case, glance)));
            progress.add(cases.len() as u64);
            Ok(())
        })
    });
    progress.finish();
    evaluated.map(|()| glances)
}

/// Writes every file but leaves them to be moved in place.
fn write(
    sweep: &Sweep,
    bad: &[BadCase],
    journal: &Journal,
    arguments: &SweepArguments,
    (glances, manifest): (&mut Glances, &mut StudyManifest),
) -> Result<Folder, CliError> {
    let cases = sweep.cases();
    let mut folder = Folder::prepare(&arguments.flags.target(&arguments.scenario, "sweep"))?;
    let keys = cases.keys().len();
    let hash = folder.write_with("sweep.csv", &mut |out| {
        let mut put = |bytes: &[u8]| out.write_all(bytes);
        put(&sweep_header(cases))?;
        let mut wrong = Ok(());
        let read = journal.each(|case, lines| {
            wrong = put(lines);
            // What an earlier part of the sweep has finished is read again.
            if !glances.contains_key(&case) {
                glances.extend(CaseGlance::of_lines(keys, lines).map(|glance| (case, glance)));
            }
            Ok(())
        });
        read.map_err(|error| std::io::Error::other(error.to_string()))?;
        wrong
    })?;
    manifest.files.push(FileEntry {
        name: "sweep.csv".to_owned(),
        sha256: hash,
    });
    manifest
        .files
        .extend(write_parquet(cases, journal, arguments, &mut folder)?);
    let mut put = |name: &str, bytes: &[u8]| -> Result<(), CliError> {
        folder.write(name, bytes)?;
        manifest.files.push(FileEntry::new(name, bytes));
        Ok(())
    };
    if !bad.is_empty() {
        put("failed.csv", &failed_csv(cases, bad))?;
    }
    if !arguments.flags.no_charts {
        let style = sweep.reference().report.style;
        let glances: Vec<CaseGlance> = glances.values().cloned().collect();
        for (name, bytes) in charts(sweep_figures(sweep.reference(), cases, &glances), style)? {
            put(&name, &bytes)?;
        }
    }
    folder.write("manifest.json", &manifest.to_bytes())?;
    Ok(folder)
}

fn asked(arguments: &SweepArguments, sweep: &Sweep) -> serde_json::Value {
    let cases = sweep.cases();
    json!({
        "keys": cases.keys(),
        "cases": cases.len(),
        "vary": arguments.vary,
        "design": arguments.design.and_then(|d| Some(d.to_possible_value()?.get_name().to_owned())),
        "job": job(sweep),
        "keep_going": arguments.keep_going,
        "charts": !arguments.flags.no_charts,
    })
}

/// What is said where cases are no valid scenarios: the first in full, the others
/// by their keys.
fn refused(sweep: &Sweep, bad: &[BadCase]) -> CliError {
    let first = sweep.scenario(bad[0].case).err();
    let full = match first {
        Some(ScenarioError::Invalid(problems)) => problems.render(super::has_colour()),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    CliError::Argument {
        message: format!("{}, such as\n\n{full}\n\n{}", count(bad.len()), list(bad)),
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
        let assignments = bad.assignments.join(" ");
        format!("case {} ({assignments}): {}", bad.case, bad.problem)
    });
    let mut lines: Vec<String> = shown.collect();
    if bad.len() > MOST_SHOWN {
        lines.push(format!("and {} more", bad.len() - MOST_SHOWN));
    }
    lines.join("\n")
}

#[cfg(not(feature = "parquet"))]
fn refuse_format(format: Format) -> Result<(), CliError> {
    match format {
        Format::Csv => Ok(()),
        Format::Parquet => Err(CliError::Argument {
            message: "this build of capbind writes no Parquet".to_owned(),
            hint: "build it with cargo build --release --features parquet, or take sweep.csv"
                .to_owned(),
        }),
    }
}

#[cfg(feature = "parquet")]
fn refuse_format(_: Format) -> Result<(), CliError> {
    Ok(())
}

/// `sweep.parquet` beside `sweep.csv`, where it is asked for.
#[cfg(feature = "parquet")]
fn write_parquet(
    cases: &Cases,
    journal: &Journal,
    arguments: &SweepArguments,
    folder: &mut Folder,
) -> Result<Option<FileEntry>, CliError> {
    if arguments.format != Format::Parquet {
        return Ok(None);
    }
    let name = "sweep.parquet".to_owned();
    let sha256 = folder.write_with(&name, &mut |out| {
        let failed = |error: parquet::errors::ParquetError| std::io::Error::other(error);
        let mut table = crate::report::SweepParquet::new(out, cases).map_err(failed)?;
        let mut wrong = Ok(());
        let read = journal.each(|_, lines| {
            if wrong.is_ok() {
                wrong = table.push(lines).map_err(failed);
            }
            Ok(())
        });
        read.map_err(|error| std::io::Error::other(error.to_string()))?;
        wrong?;
        table.finish().map_err(failed)
    })?;
    Ok(Some(FileEntry { name, sha256 }))
}

#[cfg(not(feature = "parquet"))]
fn write_parquet(
    _: &Cases,
    _: &Journal,
    _: &SweepArguments,
    _: &mut Folder,
) -> Result<Option<FileEntry>, CliError> {
    Ok(None)
}
