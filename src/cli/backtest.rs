//! `capbind backtest`

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::CliError;
use super::args::{Looks, assignment};
use super::flags::{Also, Output, StudyFlags};
use super::study::{self, Answer, Answers, Study, StudyFiles};
use crate::Error;
use crate::report::{
    BACKTEST_CHARTS, backtest_figures, backtest_json, backtest_tables, backtest_text,
    backtest_warnings,
};
use crate::scenario::Scenario;
use crate::scenario::input::{self, Wanted};
use crate::simulate::Observer;
use crate::study::{
    Entry, Outcome, PastForecast, PastForecasts, horizon_spread, outside_view, track_record,
};
use crate::units::Date;

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

/// What decides the results beside the scenario.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The table's name and text.
    table: (String, String),
    #[serde(default)]
    charts: bool,
    /// How charts look where there is no scenario to say it.
    #[serde(default)]
    looks: Looks,
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
        asked: Asked {
            table: (name.to_string_lossy().into_owned(), text),
            charts: flags.output.charts(),
            looks: flags.output.looks.clone(),
        },
        warnings: Vec::new(),
    };
    study.carry_out(&flags.output, &arguments.also, &flags.pool()?)
}

impl study::Asked for Asked {
    const COMMAND: &'static str = "backtest";
    const FILES: StudyFiles = StudyFiles {
        tables: &["backtest.csv", "forecasts.csv", "outside_view.csv"],
        charts: &BACKTEST_CHARTS,
    };

    fn charts(&self) -> bool {
        self.charts
    }

    fn looks(&self) -> Looks {
        self.looks.clone()
    }

    fn folder(study: &Study<Self>) -> String {
        let stem = Path::new(&study.asked.table.0)
            .file_stem()
            .unwrap_or_default();
        format!("{}-backtest", stem.to_string_lossy())
    }

    fn settled(mut study: Study<Self>) -> Result<Study<Self>, CliError> {
        // Nothing is simulated.
        study.warnings.clear();
        Ok(study)
    }
}

impl Answers for Asked {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, CliError> {
        let (name, text) = &study.asked.table;
        let scenario = study.scenarios.first().map(|entry| &entry.scenario);
        let found = PastForecasts::parse(name, text)?;
        let spread = |own: &PastForecast| spread(scenario?, own);
        let record = track_record(&found.forecasts, &spread, observer).map_err(Error::from)?;
        let outside = scenario.and_then(outside_view);
        Ok(Answer {
            text: backtest_text(&record, found.open, outside.as_ref()),
            json: backtest_json(&record, found.open, outside.as_ref()),
            tables: backtest_tables(&record, outside.as_ref()),
            figures: study.drawn(|| backtest_figures(&record, name)),
            warnings: backtest_warnings(outside.as_ref()),
            ..Answer::default()
        })
    }
}

/// The spread that a scenario has from the day of a forecast to the middle of its year.
fn spread(scenario: &Scenario, own: &PastForecast) -> Option<f64> {
    let (Outcome::Amount(_), Some(made), Some(year)) = (own.outcome, own.made, own.year) else {
        return None;
    };
    let middle = Date::new(year, 7, 1)?;
    horizon_spread(scenario, middle.years_since(made))
}
