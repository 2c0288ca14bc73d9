//! The flags of studies.

use std::path::{Path, PathBuf};

use clap::Args;
use rayon::ThreadPool;

use super::args::{Looks, format, is_only_printed, paths, precision};
use super::interrupt::Interruptible;
use super::{CliError, memory};
use crate::artifacts::{points_taken, prepare};
use crate::report::{Format, Warning};
use crate::scenario::Scenario;

/// Where the results of a study go, and what of them is printed.
#[derive(Clone, Debug, Default, Args)]
pub struct Output {
    /// Folder for the results [default: output/<file stem>-<command>, with
    /// -2, -3, … where that holds the results of another question; none with --json];
    /// - writes none
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace the results of another question in the folder
    #[arg(long)]
    pub force: bool,

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

impl Output {
    /// Whether results are only printed.
    pub fn is_only_printed(&self) -> bool {
        is_only_printed(self.out.as_deref(), self.json)
    }

    /// Whether charts are drawn.
    pub fn charts(&self) -> bool {
        !self.no_charts && !self.is_only_printed()
    }
}

/// Flags of every study that simulates.
#[derive(Clone, Debug, Default, Args)]
pub struct StudyFlags {
    /// Number of paths in all; Sobol points are rounded up to replicates of a
    /// power of two [default: the scenario's, 262,144 where it says nothing]
    #[arg(long, value_name = "N", value_parser = paths)]
    pub paths: Option<u64>,

    /// Master seed; the same seed gives the same bytes [default: the scenario's, else 0]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub seed: Option<u64>,

    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    #[command(flatten)]
    pub output: Output,
}

/// A scenario as arguments have it.
pub struct Loaded {
    /// What errors call it.
    pub origin: String,
    pub scenario: Scenario,
    /// What is to be warned of before anything is simulated.
    pub warnings: Vec<Warning>,
    /// Paths asked for, or those that the precision wanted takes.
    pub paths: Option<u64>,
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
        overrides.extend(self.output.looks.overrides());
        let mut scenario = Scenario::load(path, &overrides)?;
        let warnings = prepare(&mut scenario, self.paths)?;
        memory::admit(
            &scenario,
            0,
            memory::threads(self.threads),
            self.output.quiet,
        )?;
        Ok((scenario, warnings))
    }

    /// The same with the paths that the precision wanted takes.
    pub fn load_precisely(
        &self,
        path: &Path,
        overrides: &[String],
        precisely: &Precisely,
    ) -> Result<Loaded, CliError> {
        let (mut scenario, mut warnings) = self.load(path, &precisely.with(overrides))?;
        let (paths, unmet) = precisely.paths(self, &mut [&mut scenario])?;
        warnings.extend(unmet);
        Ok(Loaded {
            origin: path.display().to_string(),
            scenario,
            warnings,
            paths,
        })
    }
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
    /// Report a measure of summary.csv besides: irr, net_present_value, money_multiple,
    /// paid_back_probability, ended_by_default; of a sweep dates too, payback_date (repeatable)
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
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    pub format: Vec<Format>,
}
