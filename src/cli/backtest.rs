//! `capbind backtest`

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::args::assignment;
use super::flags::{Also, Output, StudyFlags};
use crate::request::{Backtest, Study};
use crate::scenario::input::{self, Wanted};
use crate::study::Entry;

const EXAMPLES: &str = "\
Examples:
  capbind backtest forecasts.csv
  capbind backtest forecasts.csv --scenario deal.toml
  capbind backtest forecasts.csv --scenario deal.toml --set revenue.forecast.volatility=0.2";

/// How past forecasts came out, and where a scenario stands among comparable companies
///
/// Of a table of forecasts with their outcomes: how many lay within their 50, 80 and 90 %
/// bands, the probability integral transform, the continuous ranked probability score, and
/// of probabilities the Brier score. With a scenario, forecasts that are single figures
/// take the spread that it has as far ahead, and its growth and spread are compared with
/// the reference class. Nothing is simulated. Writes backtest.csv, forecasts.csv,
/// outside_view.csv, charts of what was stated against what was seen, and manifest.json.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BacktestArguments {
    /// CSV file with the columns outcome and, of the forecast, value with sd, percentiles
    /// p5 to p95, or probability; and where they are known name, made and year
    #[arg(value_name = "TABLE.csv")]
    pub table: PathBuf,

    /// A scenario whose spread and growth are judged
    #[arg(long, value_name = "SCENARIO.toml")]
    pub scenario: Option<PathBuf>,

    /// Override a key of the scenario: revenue.forecast.volatility=0.2 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment, requires = "scenario")]
    pub overrides: Vec<String>,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub output: Output,
}

/// Scores a table of forecasts and writes what comes of it.
pub fn backtest(arguments: &BacktestArguments) -> Result<(), CliError> {
    let path = &arguments.table;
    let text = input::text(path, &Wanted::TABLE).map_err(|reason| CliError::Read {
        path: path.clone(),
        reason,
    })?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    let flags = StudyFlags {
        output: arguments.output.clone(),
        ..StudyFlags::default()
    };
    let load = |path: &PathBuf| {
        let (scenario, _) = flags.load(path, &arguments.overrides)?;
        let name = scenario.stem.clone();
        Ok::<_, CliError>(Entry { name, scenario })
    };
    let study = Study {
        origin: name.to_string_lossy().into_owned(),
        scenarios: Vec::from_iter(arguments.scenario.as_ref().map(load).transpose()?),
        inputs: Vec::new(),
        asked: Backtest {
            table: (name.to_string_lossy().into_owned(), text),
            charts: flags.output.charts(),
            looks: flags.output.looks.asked(),
        },
        warnings: Vec::new(),
    };
    study.carry_out(&flags.output, &arguments.also, &flags.pool()?)
}
