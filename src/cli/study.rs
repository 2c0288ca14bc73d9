//! What the study commands share: their flags, and the way of their results into
//! a folder.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::ThreadPool;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::args::{Looks, is_only_printed, paths, precision};
use super::folder::{Folder, MANIFEST, Place, check};
use super::interrupt::Interruptible;
use super::progress::Progress;
use super::question::Question;
use super::run::formats;
use super::terminal::print_answer;
use super::{
    CliError, backtest, compare, eprint_line, memory, portfolio, print_json, sensitivity, solve,
    sweep, update,
};
use crate::Error;
use crate::artifacts::{drawn, points_taken, prepare};
use crate::report::figure::Figure;
use crate::report::{
    FileEntry, Format, StudiedScenario, StudyManifest, Table, Warning, csv_files, study_page,
};
use crate::scenario::Scenario;
use crate::scenario::{ChartOptions, Style};
use crate::simulate::Observer;

/// Flags of every study.
#[derive(Debug, Args)]
pub struct StudyFlags {
    /// Folder for the results [default: output/<scenario file stem>-<command>, with
    /// -2, -3, … where that holds the results of another question; none with --json];
    /// - writes none
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace the results of another question in the folder
    #[arg(long)]
    pub force: bool,

    /// Number of paths in all; Sobol points are rounded up to replicates of a
    /// power of two
    #[arg(long, value_name = "N", value_parser = paths)]
    pub paths: Option<u64>,

    /// Master seed; the same seed gives the same bytes
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub seed: Option<u64>,

    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Print the results as one JSON object; writes no files unless --out names a folder
    #[arg(long)]
    pub json: bool,

    /// Write no charts
    #[arg(long)]
    pub no_charts: bool,

    #[command(flatten)]
    pub looks: Looks,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    pub quiet: bool,
}

/// How precise a study is to be.
#[derive(Debug, Default, Args)]
pub struct Precisely {
    /// Standard error wanted instead of a number of paths, such as 0.1%: as many as a run of
    /// the scenario takes for it, of several the one that takes most
    #[arg(long, value_name = "P", value_parser = precision, conflicts_with = "paths")]
    pub precision: Option<f64>,
}

impl Precisely {
    /// Overrides of a scenario, with the precision wanted among them.
    pub fn with(&self, overrides: &[String]) -> Vec<String> {
        let own = self.precision;
        let own = own.map(|precision| format!("simulation.precision={precision}"));
        overrides.iter().cloned().chain(own).collect()
    }

    /// The paths that are asked for: those of the flags, or those that the precision takes,
    /// which the scenarios are given then; and a warning where it is not reached.
    pub fn paths(
        &self,
        flags: &StudyFlags,
        scenarios: &mut [&mut Scenario],
    ) -> Result<(Option<u64>, Option<Warning>), CliError> {
        if self.precision.is_none() {
            return Ok((flags.paths, None));
        }
        let pool = flags.pool()?;
        let (mut points, mut unmet) = (0, None);
        for scenario in scenarios.iter() {
            let (own, warning) = pool.install(|| points_taken(scenario, &Interruptible))?;
            points = points.max(own);
            unmet = unmet.or(warning);
        }
        let mut paths = None;
        for scenario in scenarios {
            scenario.settings.points = points;
            scenario.precision = None;
            paths = Some(scenario.settings.paths());
        }
        Ok((paths, unmet))
    }
}

/// What a study reports besides.
#[derive(Debug, Args)]
pub struct Besides {
    /// Report a measure of summary.csv besides: irr, money_multiple, payback_date,
    /// ended_by_default (repeatable)
    #[arg(long = "measure", value_name = "MEASURE")]
    pub measures: Vec<String>,
}

/// What a study writes besides.
#[derive(Debug, Args)]
pub struct Also {
    /// Also write report.html: the answer, charts and tables on one page
    #[arg(long)]
    pub report: bool,

    /// Also write the tables in another format: xlsx writes a workbook
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Vec<Format>,
}

/// The page of a study.
const REPORT: &str = "report.html";

/// The files that a study may write beside its manifest.
pub struct StudyFiles {
    /// Tables, by name.
    pub tables: &'static [&'static str],
    /// Charts, by name without extension.
    pub charts: &'static [&'static str],
}

impl StudyFiles {
    /// Their names.
    pub fn names(&self, charts: bool, more: &[String]) -> Vec<String> {
        let tables = self.tables.iter().map(|&name| name.to_owned());
        let more = more.iter().map(String::as_str);
        let charts = self.charts.iter().copied().chain(more).filter(|_| charts);
        let charts =
            charts.flat_map(|name| ["png", "svg", "csv"].map(|end| format!("charts/{name}.{end}")));
        tables.chain(charts).collect()
    }
}

/// The results of a study.
#[derive(Clone, Debug)]
pub struct StudyResults {
    /// For a terminal.
    pub text: String,
    /// For scripts.
    pub json: serde_json::Value,
    /// Files of text, by name.
    pub texts: Vec<(String, Vec<u8>)>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Charts, by name; none where none are wanted.
    pub figures: Vec<(String, Figure)>,
    /// How charts look.
    pub style: Style,
    /// Which charts are drawn, and with what words.
    pub options: ChartOptions,
    /// What made them, no file yet.
    pub manifest: StudyManifest,
}

impl StudyFlags {
    /// The threads to work on.
    pub fn pool(&self) -> Result<ThreadPool, CliError> {
        let threads = self.threads.map_or(0, usize::from);
        Ok(rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()?)
    }

    /// A scenario with overrides and these flags in it, and a warning where the
    /// number of paths was rounded up. A precision wanted plays no part, but for
    /// [`Precisely`].
    pub fn load(
        &self,
        path: &Path,
        overrides: &[String],
    ) -> Result<(Scenario, Vec<Warning>), CliError> {
        let mut overrides = overrides.to_vec();
        if let Some(seed) = self.seed {
            overrides.push(format!("simulation.seed={seed}"));
        }
        overrides.extend(self.looks.overrides());
        let mut scenario = Scenario::load(path, &overrides)?;
        let warnings = prepare(&mut scenario, self.paths)?;
        memory::admit(&scenario, 0, memory::threads(self.threads), self.quiet)?;
        Ok((scenario, warnings))
    }

    /// The folder of the results, ready to be filled: the one asked for, or one named
    /// after the first scenario and the command; none where they are only printed. `more`
    /// are charts that only these results have.
    pub fn folder<'a>(
        &self,
        command: &str,
        scenarios: impl IntoIterator<Item = (&'a str, &'a Scenario)>,
        asked: &impl Serialize,
        files: &StudyFiles,
        more: &[String],
    ) -> Result<Option<Folder>, CliError> {
        let scenarios: Vec<(&str, &Scenario)> = scenarios.into_iter().collect();
        let stem = scenarios.first().map_or("", |(_, first)| &first.stem);
        self.folder_of(command, stem, scenarios, asked, files, more)
    }

    /// The same, named after something else than the first scenario.
    pub fn folder_of<'a>(
        &self,
        command: &str,
        stem: &str,
        scenarios: impl IntoIterator<Item = (&'a str, &'a Scenario)>,
        asked: &impl Serialize,
        files: &StudyFiles,
        more: &[String],
    ) -> Result<Option<Folder>, CliError> {
        match is_only_printed(self.out.as_deref(), self.json) {
            true => Ok(None),
            false => self
                .folder_of_any(command, stem, scenarios, asked, files, more)
                .map(Some),
        }
    }

    /// The same even where results are printed as JSON.
    pub fn folder_of_any<'a>(
        &self,
        command: &str,
        stem: &str,
        scenarios: impl IntoIterator<Item = (&'a str, &'a Scenario)>,
        asked: &impl Serialize,
        files: &StudyFiles,
        more: &[String],
    ) -> Result<Folder, CliError> {
        let default = Path::new("output").join(format!("{stem}-{command}"));
        let askers = scenarios.into_iter();
        let askers = askers.map(|(name, scenario)| (name, scenario.overrides.as_slice()));
        let question = Question::new(command, askers, asked);
        let target = question.folder(self.out.as_deref(), &default, self.force)?;
        check(&target, || Ok(files.names(!self.no_charts, more)))?;
        Folder::prepare(&target)
    }

    /// [`finish`](Self::finish), with what is asked for besides.
    pub fn finish_with(
        &self,
        also: &Also,
        folder: Option<Folder>,
        mut results: StudyResults,
    ) -> Result<(), CliError> {
        results.manifest.report = also.report;
        results.manifest.formats = formats(&also.format);
        self.finish(folder, results)
    }

    /// Makes the results on the threads of a pool, told to `progress`, and
    /// [finishes](Self::finish_with) them there.
    pub fn carry_out(
        &self,
        pool: &ThreadPool,
        also: &Also,
        folder: Option<Folder>,
        progress: Progress,
        make: impl FnOnce(&Progress) -> Result<StudyResults, CliError> + Send,
    ) -> Result<(), CliError> {
        let results = pool.install(|| make(&progress));
        progress.finish();
        pool.install(|| self.finish_with(also, folder, results?))
    }

    /// Whether charts are drawn.
    pub fn charts(&self) -> bool {
        !self.no_charts && !is_only_printed(self.out.as_deref(), self.json)
    }

    /// Writes every file, the manifest last, and prints what there is to say.
    pub fn finish(
        &self,
        folder: Option<Folder>,
        mut results: StudyResults,
    ) -> Result<(), CliError> {
        let mut target = None;
        if let Some(mut folder) = folder {
            for (name, bytes) in results.files()? {
                folder.write(&name, &bytes)?;
            }
            target = Some(folder.target().display().to_string());
            folder.finish()?;
        }
        let json = || results.json;
        say(
            self,
            &results.text,
            json,
            target.as_deref(),
            &results.manifest,
        )
    }
}

impl StudyResults {
    /// Every file, the manifest last.
    pub(super) fn files(&mut self) -> Result<Vec<(String, Vec<u8>)>, CliError> {
        let mut files = std::mem::take(&mut self.texts);
        files.extend(csv_files(&self.tables)?);
        let figures = std::mem::take(&mut self.figures);
        let first = self.manifest.scenarios.first();
        let stem = first.map_or("", |first| first.stem.as_str());
        let title = ["/title", "/scenarios/0/title"].map(|place| self.json.pointer(place));
        let title = title.into_iter().flatten().next();
        let title = title.and_then(|title| title.as_str()).unwrap_or(stem);
        let page = StudyPage {
            title,
            text: &self.text,
            figures: &figures,
            options: &self.options,
            tables: &self.tables,
        };
        files.extend(page.files(&self.manifest)?);
        files.extend(drawn(figures, self.style, &self.options)?);
        let entries = files
            .iter()
            .map(|(name, bytes)| FileEntry::new(name, bytes));
        self.manifest.files.extend(entries);
        files.push((MANIFEST.to_owned(), self.manifest.to_bytes()));
        Ok(files)
    }
}

/// What a study's page and workbook show.
pub(super) struct StudyPage<'a> {
    pub title: &'a str,
    /// For a terminal.
    pub text: &'a str,
    pub figures: &'a [(String, Figure)],
    pub options: &'a ChartOptions,
    pub tables: &'a [Table],
}

impl StudyPage<'_> {
    /// The page and the other formats of the tables, as far as a manifest has them.
    pub fn files(&self, manifest: &StudyManifest) -> Result<Vec<(String, Vec<u8>)>, CliError> {
        let mut files = Vec::new();
        if manifest.report {
            let shown = (self.figures.to_vec(), self.options);
            let page = study_page(self.title, self.text, shown, self.tables, manifest);
            let page = page.map_err(|error| Error::Chart {
                name: REPORT.to_owned(),
                reason: error.to_string(),
            })?;
            files.push((REPORT.to_owned(), page.into_bytes()));
        }
        let stem = manifest.scenarios.first().map_or("", |first| &first.stem);
        for format in &manifest.formats {
            let bytes = format.study_bytes(self.title, self.text, self.tables)?;
            files.push((format.file(stem), bytes));
        }
        Ok(files)
    }
}

/// A scenario of a manifest.
pub fn read_again(studied: &StudiedScenario) -> Result<Scenario, CliError> {
    let origin = format!("{MANIFEST} (the scenario {}.toml in it)", studied.stem);
    Ok(Scenario::read(
        &origin,
        &studied.stem,
        &studied.scenario,
        &studied.overrides,
        &studied.attached,
    )?)
}

/// A scenario of a manifest with the warning of its number of paths.
pub fn again(
    studied: &StudiedScenario,
    paths: Option<u64>,
) -> Result<(Scenario, Vec<Warning>), CliError> {
    let mut scenario = read_again(studied)?;
    let warnings = prepare(&mut scenario, paths)?;
    memory::admit(&scenario, 0, rayon::current_num_threads(), false)?;
    Ok((scenario, warnings))
}

/// What a manifest says was asked for.
pub fn asked<T: DeserializeOwned>(manifest: &StudyManifest) -> Result<T, CliError> {
    T::deserialize(&manifest.asked).map_err(|error| unreadable(&error))
}

/// The refusal of what a manifest says was asked for, and why.
pub fn unreadable(reason: &dyn Display) -> CliError {
    unusable(format!("what was asked for cannot be read: {reason}"))
}

/// The refusal of a manifest that no program of this version has written.
pub fn unusable(message: impl Into<String>) -> CliError {
    CliError::Argument {
        message: message.into(),
        hint: "it is the manifest of another version, or was edited".to_owned(),
    }
}

/// The one scenario of a manifest, as [`again`].
pub fn one_again(
    manifest: &StudyManifest,
    paths: Option<u64>,
) -> Result<(Scenario, Vec<Warning>), CliError> {
    again(lone(manifest)?, paths)
}

/// The one scenario of a manifest.
pub fn lone(manifest: &StudyManifest) -> Result<&StudiedScenario, CliError> {
    match manifest.scenarios.as_slice() {
        [studied] => Ok(studied),
        _ => Err(unusable("the manifest does not hold one scenario")),
    }
}

/// Every file of a study, made again from its manifest.
pub fn make_again(manifest: &StudyManifest) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    match manifest.study.as_str() {
        "sweep" => sweep::make_again(manifest),
        _ => Ok(results(manifest, &Interruptible)?
            .files()?
            .into_iter()
            .collect()),
    }
}

/// What a manifest of a study other than a sweep asks for.
pub fn results(
    manifest: &StudyManifest,
    observer: &dyn Observer,
) -> Result<StudyResults, CliError> {
    let mut results = match manifest.study.as_str() {
        "backtest" => backtest::make_again(manifest),
        "compare" => compare::make_again(manifest, observer),
        "portfolio" => portfolio::make_again(manifest, observer),
        "sensitivity" => sensitivity::make_again(manifest, observer),
        "solve" => solve::make_again(manifest, observer),
        "update" => update::make_again(manifest, observer),
        other => Err(unusable(format!("there is no study `{other}`"))),
    }?;
    results.manifest.report = manifest.report;
    results.manifest.formats.clone_from(&manifest.formats);
    Ok(results)
}

/// Prints what there is to say of results that are written.
pub fn say(
    flags: &StudyFlags,
    text: &str,
    json: impl FnOnce() -> serde_json::Value,
    target: Option<&str>,
    manifest: &StudyManifest,
) -> Result<(), CliError> {
    if flags.quiet {
        return Ok(());
    }
    if flags.json {
        print_json(&json())?;
    } else {
        let files = target.map_or_else(String::new, |target| {
            format!("\n{} files in {target}\n", manifest.files.len() + 1)
        });
        print_answer(&format!("{}\n{files}", text.trim_end()))?;
    }
    for warning in &manifest.warnings {
        eprint_line(&format!("warning: {warning}"));
    }
    Ok(())
}
