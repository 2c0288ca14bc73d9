//! The arguments of `plan`, `shard` and `merge`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::CliError;
use super::super::args::{
    Elsewhere, Input, Looks, Run, assignment, described, format, paths, precision,
};
use super::super::flags::{Also, Besides, Output, Precisely, StudyFlags};
use super::super::portfolio::{PortfolioArguments, multiple, part};
use super::super::sweep::SweepArguments;
use crate::artifacts::MOST_KEPT;
use crate::report::Format;
use crate::simulate::Spread;

/// The variables in which schedulers say which task of an array this is.
const INDICES: [&str; 3] = [
    "SLURM_ARRAY_TASK_ID",
    "AWS_BATCH_JOB_ARRAY_INDEX",
    "JOB_COMPLETION_INDEX",
];

const PLAN_EXAMPLES: &str = "\
Examples:
  capbind plan deal.toml --shards 32 --store /shared/deal
  capbind plan deal.toml --cases cases.csv --shard-size 100 --store /shared/deal
  capbind plan fund.csv --store s3://bucket/fund
  capbind plan --store /shared/deal";

/// Cut runs, sweeps or a portfolio into shards, for many machines
///
/// Takes the arguments of run, of sweep, or of portfolio, and lists the shards: what each is, the
/// names of its parts, and which are done already. With --store the question is kept there,
/// so that shard and merge need nothing else; a store without a scenario shows how far its
/// question is. docs/distributed.md has files for Slurm, AWS Batch, Kubernetes, Ray and Dask.
#[derive(Debug, Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub struct PlanArguments {
    #[command(flatten)]
    pub place: OptionalStore,

    /// Print it as CSV, a line for each part
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,

    /// Print it as one JSON object
    #[arg(long)]
    pub json: bool,

    // The last: headings of its own would stand over what follows.
    #[command(flatten)]
    pub asking: Asking,
}

const SHARD_EXAMPLES: &str = "\
Examples:
  capbind shard --store /shared/deal --index 3
  srun --array=0-31 capbind shard --store /shared/deal
  capbind shard deal.toml --shards 32 --store /shared/deal --index 3";

/// Compute one shard of a plan
///
/// Parts that are in the store already are not computed again. May be repeated, by any
/// number of workers at once, on any machine with this version of capbind.
#[derive(Debug, Args)]
#[command(after_help = SHARD_EXAMPLES)]
pub struct ShardArguments {
    #[command(flatten)]
    pub place: TheStore,

    /// Which shard, counted from 0 [default: SLURM_ARRAY_TASK_ID,
    /// AWS_BATCH_JOB_ARRAY_INDEX or JOB_COMPLETION_INDEX]
    #[arg(long, value_name = "K")]
    pub index: Option<u64>,

    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Print what was done as one JSON object
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub asking: Asking,
}

const MERGE_EXAMPLES: &str = "\
Examples:
  capbind merge --store /shared/deal --out output/deal
  capbind merge --store /shared/deal --json";

/// Put the shards of a plan together: the folder of run, sweep or portfolio, byte for byte
#[derive(Debug, Args)]
#[command(after_help = MERGE_EXAMPLES)]
pub struct MergeArguments {
    #[command(flatten)]
    pub place: TheStore,

    /// Folder for the results [default: that of run, sweep or portfolio]; with several
    /// scenarios, each gets a folder in it
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace the results of another question in the folder
    #[arg(long)]
    pub force: bool,

    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Print the results as one JSON object
    #[arg(long)]
    pub json: bool,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    pub quiet: bool,

    #[command(flatten)]
    pub asking: Asking,
}

/// Where parts are kept.
#[derive(Debug, Args)]
pub struct TheStore {
    /// Where parts are kept: a folder that all workers see, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "URL")]
    pub store: String,

    /// Which question, by the beginning of its name, where the store holds several
    #[arg(long, value_name = "NAME", conflicts_with = "scenario")]
    pub plan: Option<String>,
}

/// The same where none is needed.
#[derive(Debug, Args)]
pub struct OptionalStore {
    /// Where parts are kept: a folder that all workers see, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "URL", required_unless_present = "scenario")]
    pub store: Option<String>,

    /// Which question, by the beginning of its name, where the store holds several
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "scenario",
        requires = "store"
    )]
    pub plan: Option<String>,
}

/// What is asked, as of `run`, `sweep` or `portfolio`; without a scenario it is what the store holds.
#[derive(Debug, Args)]
pub struct Asking {
    /// Scenario files, or the table of a portfolio [default: the question that the store
    /// holds]
    #[arg(value_name = "SCENARIO.toml|DEALS.csv")]
    pub scenario: Vec<PathBuf>,

    /// Number of shards, of each scenario [default: 16]; fewer where there is less to share out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000), requires = "scenario")]
    pub shards: Option<u64>,

    /// Size of a shard instead: paths of a run or a portfolio, cases of a sweep
    #[arg(long, value_name = "N", value_parser = paths, conflicts_with = "shards", requires = "scenario")]
    pub shard_size: Option<u64>,

    /// Override a key of the scenario: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment, requires = "scenario")]
    pub overrides: Vec<String>,

    /// Number of paths in all; Sobol points are rounded up to replicates of a
    /// power of two [default: the scenario's, 262,144 where it says nothing]
    #[arg(long, value_name = "N", value_parser = paths, requires = "scenario")]
    pub paths: Option<u64>,

    /// Standard error wanted instead of a number of paths, of a run or a sweep: plan finds how
    /// many it takes
    #[arg(long, value_name = "P", value_parser = precision, conflicts_with = "paths", requires = "scenario")]
    pub precision: Option<f64>,

    /// Master seed; the same seed gives the same bytes [default: the scenario's, else 0]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64), requires = "scenario")]
    pub seed: Option<u64>,

    /// Write no charts, nor the page that shows them
    #[arg(long, requires = "scenario")]
    pub no_charts: bool,

    #[command(flatten)]
    pub looks: Looks,

    /// Also write the tables in another format: xlsx writes a workbook
    #[arg(long, value_name = "FORMAT", value_parser = format(), requires = "scenario")]
    pub format: Vec<Format>,

    /// Also write report.html of a sweep or a portfolio; a run writes it anyway
    #[arg(long, requires = "scenario")]
    pub report: bool,

    #[command(flatten)]
    pub of_run: OfRun,

    #[command(flatten)]
    pub of_sweep: OfSweep,

    #[command(flatten)]
    pub of_portfolio: OfPortfolio,
}

/// What only a run is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Of a run")]
pub struct OfRun {
    /// Also write how the estimates settle as points are doubled, which plan finds
    #[arg(long, requires = "scenario")]
    pub convergence: bool,

    /// Also write the first N paths, which merge draws again
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_KEPT), requires = "scenario")]
    pub keep_paths: Option<u64>,

    /// Write no report.html
    #[arg(long, requires = "scenario")]
    pub no_report: bool,
}

/// What only a sweep is asked; any of it makes the question a sweep.
#[derive(Debug, Args)]
#[command(next_help_heading = "Of a sweep")]
pub struct OfSweep {
    /// The cases of the scenario's own [sweep]
    #[arg(long, requires = "scenario")]
    pub sweep: bool,

    /// A key and its values, as of sweep (repeatable)
    #[arg(long, value_name = "KEY=VALUES", requires = "scenario")]
    pub vary: Vec<String>,

    /// Spread --cases N over the ranges instead of a grid
    #[arg(long, value_parser = described::<Spread>(), value_name = "DESIGN", requires = "scenario")]
    pub design: Option<Spread>,

    /// Number of cases of a design, or a CSV file of cases
    #[arg(long, value_name = "N|FILE.csv", requires = "scenario")]
    pub cases: Option<String>,

    #[command(flatten)]
    pub besides: Besides,

    /// Evaluate the valid cases where others are not
    #[arg(long, requires = "scenario")]
    pub keep_going: bool,
}

/// What only a portfolio is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Of a portfolio")]
pub struct OfPortfolio {
    /// Scenario of deals whose column scenario is empty
    #[arg(
        long = "scenario",
        id = "scenario_of_deals",
        value_name = "SCENARIO.toml",
        requires = "scenario"
    )]
    pub scenario: Option<PathBuf>,

    /// The part of all outcomes that is the tail
    #[arg(long, value_name = "PART", value_parser = part, requires = "scenario")]
    pub tail: Option<f64>,

    /// Multiples of what is invested to give the probabilities of
    #[arg(long, value_name = "M,…", value_parser = multiple, value_delimiter = ',', requires = "scenario")]
    pub multiples: Vec<f64>,
}

/// What is asked, as the command that answers it alone would be.
pub enum Whole {
    Run(Box<Run>),
    /// Of each scenario.
    Sweeps(Vec<SweepArguments>),
    Portfolio(Box<PortfolioArguments>),
}

fn refuse(message: &str, hint: &str) -> CliError {
    CliError::Argument {
        message: message.to_owned(),
        hint: hint.to_owned(),
    }
}

impl Asking {
    /// The command that answers it alone; `None` where the store holds the question.
    ///
    /// # Errors
    /// Where a format or an option is not one of that command.
    pub fn whole(&self, threads: Option<u16>) -> Result<Option<Whole>, CliError> {
        let Some(first) = self.scenario.first() else {
            return Ok(None);
        };
        let of_run = &self.of_run;
        let is_of_run = of_run.keep_paths.is_some() || of_run.convergence || of_run.no_report;
        let OfSweep {
            sweep,
            vary,
            design,
            cases,
            besides,
            keep_going,
        } = &self.of_sweep;
        let is_sweep = *sweep || *keep_going || !vary.is_empty() || design.is_some();
        let is_sweep = is_sweep || cases.is_some() || !besides.measures.is_empty();
        let of = &self.of_portfolio;
        let is_of_portfolio =
            of.scenario.is_some() || of.tail.is_some() || !of.multiples.is_empty();
        let is_table = |path: &PathBuf| {
            path.extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("csv"))
        };
        if self.scenario.iter().any(is_table) {
            if self.scenario.len() > 1 {
                let hint = "a plan for each; one store may hold both";
                return Err(refuse("the table of a portfolio is planned alone", hint));
            }
            if is_of_run || is_sweep || self.precision.is_some() {
                let what = format!(
                    "{} is the table of a portfolio, not of a run or a sweep",
                    first.display()
                );
                let hint = "leave out the options of these, or name a scenario";
                return Err(refuse(&what, hint));
            }
            return Ok(Some(Whole::Portfolio(Box::new(
                self.portfolio(first, threads)?,
            ))));
        }
        if is_of_portfolio {
            return Err(refuse(
                "--scenario, --tail and --multiples are of a portfolio, and this is none",
                "name the table of its deals, or leave them out",
            ));
        }
        if !is_sweep {
            return Ok(Some(Whole::Run(Box::new(self.run(threads)?))));
        }
        if is_of_run {
            return Err(refuse(
                "--convergence, --keep-paths and --no-report are of a run, and this is a sweep",
                "leave them out",
            ));
        }
        let sweeps = self
            .scenario
            .iter()
            .map(|scenario| self.sweep(scenario, threads));
        Ok(Some(Whole::Sweeps(sweeps.collect())))
    }

    fn flags(&self, threads: Option<u16>) -> StudyFlags {
        StudyFlags {
            paths: self.paths,
            seed: self.seed,
            threads,
            output: Output {
                no_charts: self.no_charts,
                looks: self.looks.clone(),
                ..Output::default()
            },
        }
    }

    fn also(&self) -> Also {
        Also {
            report: self.report,
            format: self.format.clone(),
        }
    }

    fn run(&self, threads: Option<u16>) -> Result<Run, CliError> {
        Ok(Run {
            covenants: Vec::new(),
            input: Input {
                scenarios: self.scenario.clone(),
                overrides: self.overrides.clone(),
            },
            out: None,
            force: false,
            paths: self.paths,
            precision: self.precision,
            convergence: self.of_run.convergence,
            seed: self.seed,
            threads,
            keep_paths: self.of_run.keep_paths,
            json: false,
            looks: self.looks.clone(),
            format: self.format.clone(),
            no_charts: self.no_charts,
            no_report: self.of_run.no_report,
            interactive: false,
            elsewhere: Elsewhere::default(),
            quiet: false,
        })
    }

    fn sweep(&self, scenario: &Path, threads: Option<u16>) -> SweepArguments {
        let of = &self.of_sweep;
        SweepArguments {
            scenario: scenario.to_owned(),
            vary: of.vary.clone(),
            design: of.design,
            cases: of.cases.clone(),
            overrides: self.overrides.clone(),
            also: self.also(),
            besides: Besides {
                measures: of.besides.measures.clone(),
            },
            resume: false,
            keep_going: of.keep_going,
            elsewhere: Elsewhere::default(),
            precisely: Precisely {
                precision: self.precision,
            },
            flags: self.flags(threads),
        }
    }

    fn portfolio(
        &self,
        deals: &Path,
        threads: Option<u16>,
    ) -> Result<PortfolioArguments, CliError> {
        let of = &self.of_portfolio;
        Ok(PortfolioArguments {
            deals: deals.to_owned(),
            scenario: of.scenario.clone(),
            overrides: self.overrides.clone(),
            tail: of.tail,
            multiples: of.multiples.clone(),
            also: self.also(),
            flags: self.flags(threads),
        })
    }
}

impl ShardArguments {
    /// Which shard is asked for.
    ///
    /// # Errors
    /// Where nothing says it, or variables say different things.
    pub fn index(&self) -> Result<u64, CliError> {
        let variable = |name: &'static str| Some((name, std::env::var(name).ok()?));
        let said = INDICES.into_iter().filter_map(variable);
        which(self.index, &said.collect::<Vec<_>>())
    }
}

/// The index asked for, or what variables say of it.
fn which(asked: Option<u64>, said: &[(&str, String)]) -> Result<u64, CliError> {
    if let Some(index) = asked {
        return Ok(index);
    }
    let refuse = |message: String| CliError::Argument {
        message,
        hint: "--index K, counted from 0".to_owned(),
    };
    let Some((name, text)) = said.first() else {
        let names = INDICES.join(", ");
        return Err(refuse(format!("which shard? none of {names} is set")));
    };
    if let Some((other, differs)) = said.iter().find(|(_, other)| other != text) {
        return Err(refuse(format!("{name} is {text} and {other} is {differs}")));
    }
    let index = text.trim().parse();
    index.map_err(|_| refuse(format!("{name} is {text:?}, which is no whole number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedulers_say_which_shard_it_is() {
        let said = |all: &[(&'static str, &str)]| -> Vec<(&str, String)> {
            all.iter().map(|(n, t)| (*n, (*t).to_owned())).collect()
        };
        for name in INDICES {
            assert_eq!(which(None, &said(&[(name, "7")])).unwrap(), 7);
            assert_eq!(which(Some(2), &said(&[(name, "7")])).unwrap(), 2);
            let refused = which(None, &said(&[(name, "x")])).unwrap_err().to_string();
            assert!(
                refused.contains(name) && refused.contains("--index"),
                "{refused}"
            );
        }
        let two = said(&[(INDICES[0], "1"), (INDICES[2], "2")]);
        let refused = which(None, &two).unwrap_err().to_string();
        assert!(refused.contains(INDICES[0]) && refused.contains(INDICES[2]));
        assert!(
            which(None, &[])
                .unwrap_err()
                .to_string()
                .contains("which shard?")
        );
    }
}
