//! `capbind calibrate`

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::flags::{Also, Output, StudyFlags};
use crate::report::InputTable;
use crate::request::{self, MOST_YEARS_AHEAD, Model, Study};
use crate::scenario::input::{self, Wanted};
use crate::study::{Forecasts, History, Prior, Structure};
use crate::units::{Date, Money, Worded};

const EXAMPLES: &str = "\
Examples:
  capbind calibrate revenue.csv --unit 'USD million'
  capbind calibrate revenue.csv --from 2023-08-01 --model growth --uncertain
  capbind calibrate revenue.csv --forecasts forecasts.csv";

/// Estimate revenue parameters with standard errors from reported revenue
///
/// The table has a line for each figure: start, end, value, and where they are wanted
/// kind (period, or run_rate for an annualised pace) and error (the figure's relative
/// standard deviation). Figures may be irregular and may overlap. Priors are stated
/// and weak; what the figures say little of is named. Prints TOML to paste into a
/// scenario. With --forecasts the errors of forecasts are estimated instead.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, mut_arg("out", |out| out.help(OUT)))]
pub struct Calibrate {
    /// Table of reported revenue
    #[arg(value_name = "HISTORY.csv")]
    pub history: PathBuf,

    /// What to estimate: gbm, growth or forecast-error [default: gbm, or
    /// forecast-error with --forecasts]
    #[arg(long, value_parser = Model::read)]
    pub model: Option<Model>,

    /// Table of forecasts made at several dates: made, year, value and, where several
    /// forecast, forecaster
    #[arg(long, value_name = "FORECASTS.csv")]
    pub forecasts: Option<PathBuf>,

    /// Leave out figures that begin before this day
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub from: Option<Date>,

    /// Leave out figures that end after this day
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub until: Option<Date>,

    /// Print distributions instead of point estimates, so that the uncertainty of the
    /// parameters enters the forecast
    #[arg(long)]
    pub uncertain: bool,

    /// Years the chart looks ahead
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=i64::from(MOST_YEARS_AHEAD)))]
    pub years_ahead: u32,

    /// The growth per year that model growth tends to: a history does not show it
    #[arg(long, value_name = "RATE", default_value_t = 0.05, value_parser = growth, allow_hyphen_values = true)]
    pub long_run_growth: f64,

    /// Relative standard deviation of figures of periods that have no error of their
    /// own
    #[arg(long, value_name = "SD", default_value_t = 0.01, value_parser = share)]
    pub period_error: f64,

    /// Another prior, by its 5 % and 95 % points: volatility=0.1:0.5 (repeatable)
    #[arg(long, value_name = "KEY=LOW:HIGH", value_parser = prior)]
    pub prior: Vec<Prior>,

    /// The errors of forecasts to print as TOML: annual, level, walk, fading, growth,
    /// growth-and-walk [default: the likeliest]
    #[arg(long, value_name = "STRUCTURE", value_parser = Structure::read, requires = "forecasts")]
    pub structure: Option<Structure>,

    /// Currency and unit of the figures, for the chart: "USD billion"
    #[arg(long, value_name = "UNIT", value_parser = str::parse::<Money>)]
    pub unit: Option<Money>,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub output: Output,
}

/// What `--out` is here.
const OUT: &str = "Folder for the results [default: output/calibrate-<table's name>, with -2, -3, \
                   … where that holds the results of another question; none with --json]; - \
                   writes none";

/// Estimates the parameters and writes them.
pub fn calibrate(arguments: &Calibrate) -> Result<(), CliError> {
    // What is wrong in a table is told by the path that was given.
    let origin = arguments.history.display().to_string();
    let history = read(&arguments.history)?;
    History::parse(&origin, &history)?;
    let mut inputs = vec![InputTable::new(&name(&arguments.history), &history)];
    if let Some(path) = &arguments.forecasts {
        let forecasts = read(path)?;
        Forecasts::parse(&path.display().to_string(), &forecasts)?;
        inputs.push(InputTable::new(&name(path), &forecasts));
    }
    let asked = request::Calibrate {
        model: match (arguments.model, &arguments.forecasts) {
            (Some(model), _) => model,
            (None, Some(_)) => Model::ForecastError,
            (None, None) => Model::Gbm,
        },
        from: arguments.from,
        until: arguments.until,
        uncertain: arguments.uncertain,
        years_ahead: arguments.years_ahead,
        long_run_growth: arguments.long_run_growth,
        period_error: arguments.period_error,
        priors: arguments.prior.clone(),
        structure: arguments.structure,
        unit: arguments.unit.clone(),
        charts: !arguments.output.no_charts,
        looks: arguments.output.looks.asked(),
    };
    let study = Study {
        origin,
        scenarios: Vec::new(),
        inputs,
        asked,
        warnings: Vec::new(),
    };
    let pool = StudyFlags::default().pool()?;
    study.carry_out(&arguments.output, &arguments.also, &pool)
}

/// The name of a file without its folder.
fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// The text of a table.
fn read(path: &Path) -> Result<String, CliError> {
    input::text(path, &Wanted::TABLE).map_err(|reason| CliError::Read {
        path: path.to_owned(),
        reason,
    })
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write a date such as 2024-01-01".to_owned())
}

fn growth(text: &str) -> Result<f64, String> {
    request::Calibrate::permitted_growth(text.parse().ok())
}

fn share(text: &str) -> Result<f64, String> {
    request::Calibrate::permitted_error(text.parse().ok())
}

fn prior(text: &str) -> Result<Prior, String> {
    let parts = text.split_once('=').and_then(|(key, ends)| {
        let (low, high) = ends.split_once(':')?;
        Some((
            key.trim(),
            low.trim().parse().ok()?,
            high.trim().parse().ok()?,
        ))
    });
    let (key, low, high) = parts.ok_or("write it as key=low:high, such as volatility=0.1:0.5")?;
    Prior::new(key, low, high).map_err(|error| format!("{}; try: {}", error.message, error.hint))
}
