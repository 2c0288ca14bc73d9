//! `capbind portfolio`

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::args::assignment;
use super::flags::{Also, StudyFlags};
use super::{CliError, memory};
use crate::artifacts::prepare;
use crate::report::{Format, StudiedScenario};
use crate::request::{Portfolio, PosedFund, Study};
use crate::scenario::input::{self, Wanted};
use crate::study::{DEFAULT_MULTIPLES, DEFAULT_PATHS, DEFAULT_TAIL, Deals, Entry};

const EXAMPLES: &str = "\
Examples:
  capbind portfolio deals.csv --scenario deal.toml
  capbind portfolio deals.csv --multiples 1,1.5,2 --tail 1%
  capbind portfolio deals.csv --paths 1e6 --json";

/// Many agreements at once: what a portfolio of deals brings in
///
/// A line of the table is a deal: an id, the keys that it changes of a scenario, and its
/// loadings on common factors (columns factor.NAME). Writes cash by year and quarter, the
/// probability of a multiple of what is invested, what each deal, payer and vintage adds to
/// the mean and to the worst outcomes, and how concentrated it is: CSV files, charts and
/// manifest.json. Results do not depend on the order of the lines.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct PortfolioArguments {
    /// Table of deals
    #[arg(value_name = "DEALS.csv")]
    pub deals: PathBuf,

    /// Scenario of deals whose column scenario is empty [default: the .toml file of the
    /// table's name beside it]
    #[arg(long, value_name = "SCENARIO.toml")]
    pub scenario: Option<PathBuf>,

    /// Override a key of every scenario: agreement.share=0.04 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    /// The part of all simulated outcomes that is the tail: those that bring in least
    /// [default: 5%]
    #[arg(long, value_name = "PART", value_parser = part)]
    pub tail: Option<f64>,

    /// Multiples of what is invested to give the probabilities of
    /// [default: 1,1.25,1.5,2]
    #[arg(long, value_name = "M,…", value_parser = multiple, value_delimiter = ',')]
    pub multiples: Vec<f64>,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// Simulates the portfolio and writes what it brings in.
pub fn portfolio(arguments: &PortfolioArguments) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let (study, deals) = read(arguments)?;
    let posed = pool.install(|| PosedFund::new(study, &deals))?;
    let threads = memory::threads(flags.threads);
    let memory = posed.fund.portfolio.memory();
    memory::admit_bytes(memory.on(threads), threads, flags.output.quiet)?;
    let study = &posed.study;
    study.carry_out_by(&flags.output, &arguments.also, &pool, |progress| {
        posed.answer(progress)
    })
}

/// What the arguments ask: the table's name, the scenarios and what is asked of them.
pub fn question(
    arguments: &PortfolioArguments,
) -> Result<(String, Vec<StudiedScenario>, Kept), CliError> {
    let (study, deals) = read(arguments)?;
    let PosedFund { study, .. } = PosedFund::new(study, &deals)?;
    let kept = Kept {
        asked: study.asked.clone(),
        report: arguments.also.report,
        formats: Format::once(&arguments.also.format),
    };
    Ok((study.asked.table.clone(), study.studied(), kept))
}

/// What is asked in shards: what a manifest would say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// What decides the results.
    pub asked: Portfolio,
    /// Whether there is a page.
    pub report: bool,
    /// Formats of the tables beside CSV.
    pub formats: Vec<Format>,
}

/// The study and its table as the arguments have them.
fn read(arguments: &PortfolioArguments) -> Result<(Study<Portfolio>, Deals), CliError> {
    let flags = &arguments.flags;
    let path = &arguments.deals;
    let text = input::text(path, &Wanted::CASES).map_err(|reason| CliError::Argument {
        message: format!("cannot read {}: {reason}", path.display()),
        hint: "name a CSV file with a line for each deal".to_owned(),
    })?;
    let origin = path.display().to_string();
    let deals = Deals::from_csv(&origin, text.as_bytes())?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut multiples = match arguments.multiples.as_slice() {
        [] => DEFAULT_MULTIPLES.to_vec(),
        given => given.to_vec(),
    };
    multiples.sort_by(f64::total_cmp);
    multiples.dedup();
    let mut study = Study {
        origin,
        scenarios: Vec::new(),
        inputs: Vec::new(),
        asked: Portfolio {
            table: stem.into_owned(),
            deals: deals.to_csv(),
            tail: arguments.tail.unwrap_or(DEFAULT_TAIL),
            multiples,
            paths: flags.paths.unwrap_or(DEFAULT_PATHS),
            charts: flags.output.charts(),
        },
        warnings: Vec::new(),
    };
    scenarios(arguments, &deals, &mut study)?;
    Ok((study, deals))
}

/// The scenarios that the deals change, by the name that the table gives them: none for
/// that of all others.
fn scenarios(
    arguments: &PortfolioArguments,
    deals: &Deals,
    study: &mut Study<Portfolio>,
) -> Result<(), CliError> {
    let flags = &arguments.flags;
    // Own noise of thousands of deals is more than even points have dimensions.
    let mut overrides = arguments.overrides.clone();
    overrides.push("simulation.sampler=\"random\"".to_owned());
    let mut load = |name: &str, path: &Path| {
        let (mut scenario, warnings) = flags.load(path, &overrides)?;
        prepare(&mut scenario, Some(study.asked.paths))?;
        study.warn_of(&warnings);
        study.scenarios.push(Entry {
            name: name.to_owned(),
            scenario,
        });
        Ok::<_, CliError>(())
    };
    let (named, without) = deals.scenarios();
    if without {
        let beside = arguments.deals.with_extension("toml");
        let path = arguments.scenario.as_ref().unwrap_or(&beside);
        if arguments.scenario.is_none() && !path.exists() {
            return Err(CliError::Argument {
                message: format!(
                    "{} names no scenario, and there is no {}",
                    arguments.deals.display(),
                    path.display()
                ),
                hint: "name the scenario that the deals change: --scenario deal.toml".to_owned(),
            });
        }
        load("", path)?;
    }
    for name in named {
        load(name, &arguments.deals.with_file_name(name))?;
    }
    Ok(())
}

/// `5%` or `0.05`.
pub fn part(text: &str) -> Result<f64, String> {
    let wanted = || "write a part between 0 and 100%, such as 5% or 0.05".to_owned();
    let (digits, unit) = match text.trim().strip_suffix('%') {
        Some(digits) => (digits.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    let part = digits.parse::<f64>().map_err(|_| wanted())? / unit;
    if 0.0 < part && part < 1.0 {
        return Ok(part);
    }
    Err(wanted())
}

/// A multiple above 0.
pub fn multiple(text: &str) -> Result<f64, String> {
    let multiple = text.trim().trim_end_matches(['x', '×']).parse::<f64>().ok();
    let multiple = multiple.filter(|multiple| *multiple > 0.0 && multiple.is_finite());
    multiple.ok_or_else(|| "write multiples above 0 with commas between them: 1,1.5,2".to_owned())
}
