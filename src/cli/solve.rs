//! `capbind solve`

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::args::assignment;
use super::flags::{Also, Precisely, StudyFlags};
use super::interrupt::Interruptible;
use crate::request::{Ends, Solve, Study, Trade};
use crate::study::{Base, Target, as_written};

const EXAMPLES: &str = "\
Examples:
  capbind solve deal.toml --for agreement.cap --so-that binding_probability@2028-12-31=0.5
  capbind solve deal.toml --for agreement.share --so-that 'expected irr=0.12'
  capbind solve deal.toml --for agreement.cap --so-that 'p5 total_paid=20' --json
  capbind solve deal.toml --frontier agreement.cap=20:60:5 agreement.share";

/// Find the value of one key that meets a target
///
/// A flat share's own terms (share, cap, paid_before, expiry) are found from one
/// pass over the revenue paths; other keys by root search on common random numbers, which
/// looks inside the range too. The answer has a standard error and is checked by a run; a
/// target out of reach gets the reachable range, one that is stepped over the step.
/// Writes solve.csv and manifest.json; with --frontier frontier.csv and a chart.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SolveArguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// The key to find a value for, such as agreement.cap
    #[arg(long = "for", value_name = "KEY", required_unless_present = "frontier")]
    pub key: Option<String>,

    /// Instead, pairs of two keys that meet the target, and what each is worth to both
    /// sides: agreement.cap agreement.share; the first may have values,
    /// agreement.cap=20:60:5
    #[arg(
        long,
        num_args = 2,
        value_names = ["KEY[=VALUES]", "KEY"],
        conflicts_with_all = ["key", "between"]
    )]
    pub frontier: Option<Vec<String>>,

    /// The target: binding_probability@2028-12-31=0.5, "expected total_paid=30",
    /// "p5 total_paid=20", "median binding_date=2029-06-30", "expected irr=0.12"; any
    /// measure of summary.csv; of a frontier, what the scenario as written is worth if
    /// left out
    #[arg(
        long,
        value_name = "STATISTIC=VALUE",
        required_unless_present = "frontier"
    )]
    pub so_that: Option<String>,

    /// Where to look: two numbers, or two dates for agreement.expiry [default: what
    /// the key permits, or around its value]
    #[arg(long, value_name = "LOW:HIGH", value_parser = str::parse::<Ends>, allow_hyphen_values = true)]
    pub between: Option<Ends>,

    /// Override a key of the scenario: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub precisely: Precisely,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// Finds the value and writes it.
pub fn solve(arguments: &SolveArguments) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let (path, overrides) = (&arguments.scenario, &arguments.overrides);
    let loaded = flags.load_precisely(path, overrides, &arguments.precisely)?;
    let target = match &arguments.so_that {
        Some(written) => Target::of(written, &loaded.scenario.primary().agreement)?,
        // What both sides have as it is written.
        None => {
            let base = Base::of(&loaded.origin, &loaded.scenario);
            pool.install(|| as_written(&base, &Interruptible))?
        }
    };
    let keys = arguments.frontier.as_deref();
    let keys = keys.and_then(|keys| Some([keys.first()?.clone(), keys.get(1)?.clone()]));
    let key = arguments.key.as_deref().unwrap_or_default();
    let asked = Solve {
        key: key.trim().to_owned(),
        trade: keys.map(|keys| Trade {
            keys,
            charts: flags.output.charts(),
        }),
        so_that: target.written,
        between: arguments.between,
        paths: loaded.paths,
    };
    let study = Study::of_one(loaded.origin, loaded.scenario, asked, &loaded.warnings);
    study.carry_out(&flags.output, &arguments.also, &pool)
}
