//! `capbind calibrate`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::args::{Looks, is_only_printed, within};
use super::folder::{Folder, MANIFEST, Place as _, check};
use super::interrupt::Interruptible;
use super::question::Question;
use super::study::{StudyFiles, unreadable};
use super::{CliError, examples, print, print_json};
use crate::artifacts::drawn;
use crate::report::figure::Figure;
use crate::report::{
    CalibrationInput, CalibrationManifest, FileEntry, Table, calibration_figure, calibration_json,
    calibration_table, calibration_text, calibration_toml, changes_table, csv_files, fit_table,
    forecast_errors_figure, forecast_errors_json, forecast_errors_text, forecast_errors_toml,
    structures_table,
};
use crate::scenario::input::{self, Wanted};
use crate::simulate::Observer;
use crate::study::{
    CalibrateOptions, FittedModel, Forecasts, History, Prior, Structure, StructureFit,
    calibrate as fit, calibrate_forecasts,
};
use crate::units::{Date, Money, Unit};

/// Estimate revenue parameters with standard errors from reported revenue
///
/// The table has a line for each figure: start, end, value, and where they are wanted
/// kind (period, or run_rate for an annualised pace) and error (the figure's relative
/// standard deviation). Figures may be irregular and may overlap. Priors are stated
/// and weak; what the figures say little of is named. Prints TOML to paste into a
/// scenario. With --forecasts the errors of forecasts are estimated instead.
#[derive(Debug, Args)]
#[command(after_help = examples::CALIBRATE)]
pub struct Calibrate {
    /// Table of reported revenue
    #[arg(value_name = "HISTORY.csv")]
    pub history: PathBuf,

    /// What to estimate: gbm, growth or forecast-error [default: gbm, or
    /// forecast-error with --forecasts]
    #[arg(long, value_enum, hide_possible_values = true)]
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
    #[arg(long, value_name = "STRUCTURE", value_parser = structure, requires = "forecasts")]
    pub structure: Option<Structure>,

    /// Currency and unit of the figures, for the chart: "USD billion"
    #[arg(long, value_name = "UNIT", value_parser = money)]
    pub unit: Option<Money>,

    /// Folder for the results [default: output/calibrate-<table's name>, with -2, -3, …
    /// where that holds the results of another question; none with --json]; - writes none
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace the results of another question in the folder
    #[arg(long)]
    pub force: bool,

    /// Print the results as one JSON object; writes no files unless --out names a folder
    #[arg(long)]
    pub json: bool,

    /// Write no chart
    #[arg(long)]
    pub no_charts: bool,

    #[command(flatten)]
    pub looks: Looks,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    pub quiet: bool,
}

/// The most years that the chart may look ahead.
const MOST_YEARS_AHEAD: u32 = 30;

/// What to estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Model {
    /// Geometric Brownian motion
    Gbm,
    /// Growth that returns to a long-run rate
    Growth,
    /// Errors of forecasts
    ForecastError,
}

/// What was estimated, ready to be written.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// For a terminal.
    pub text: String,
    /// For scripts.
    pub json: serde_json::Value,
    /// The estimates as a part of a scenario.
    pub toml: String,
    /// Tables.
    pub tables: Vec<Table>,
    /// The chart.
    pub figure: Figure,
}

/// What a manifest says was asked for.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    model: String,
    from: Option<String>,
    until: Option<String>,
    uncertain: bool,
    years_ahead: u32,
    long_run_growth: f64,
    period_error: f64,
    priors: Vec<(String, f64, f64)>,
    structure: Option<String>,
    unit: Option<String>,
    charts: bool,
    #[serde(flatten)]
    looks: Looks,
}

impl Asked {
    fn new(arguments: &Calibrate) -> Self {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let priors = arguments.prior.iter();
        Self {
            model: arguments.model().word().to_owned(),
            from: day(arguments.from),
            until: day(arguments.until),
            uncertain: arguments.uncertain,
            years_ahead: arguments.years_ahead,
            long_run_growth: arguments.long_run_growth,
            period_error: arguments.period_error,
            priors: priors.map(|p| (p.key.clone(), p.low, p.high)).collect(),
            structure: arguments
                .structure
                .map(|structure| structure.word().to_owned()),
            unit: arguments
                .unit
                .as_ref()
                .map(|money| format!("{} {}", money.currency(), money.unit().word())),
            charts: !arguments.no_charts,
            looks: arguments.looks.clone(),
        }
    }

    /// The arguments that ask for it.
    fn arguments(&self, inputs: &[CalibrationInput]) -> Result<Calibrate, String> {
        let day = |text: &Option<String>| text.as_deref().map(date).transpose();
        let priors = self.priors.iter();
        let priors: Result<Vec<Prior>, _> = priors
            .map(|(key, low, high)| Prior::new(key, *low, *high))
            .collect();
        let path = |i: usize| inputs.get(i).map(|input| PathBuf::from(&input.name));
        Ok(Calibrate {
            history: path(0).ok_or("it names no table")?,
            model: Some(Model::from_str(&self.model, false)?),
            forecasts: path(1),
            from: day(&self.from)?,
            until: day(&self.until)?,
            uncertain: self.uncertain,
            years_ahead: within("--years-ahead", self.years_ahead, &(0..=MOST_YEARS_AHEAD))
                .map_err(|error| error.to_string())?,
            long_run_growth: growth(&self.long_run_growth.to_string())?,
            period_error: share(&self.period_error.to_string())?,
            prior: priors.map_err(|error| error.to_string())?,
            structure: self.structure.as_deref().map(structure).transpose()?,
            unit: self.unit.as_deref().map(money).transpose()?,
            out: None,
            force: false,
            json: false,
            no_charts: !self.charts,
            looks: self.looks.clone(),
            quiet: true,
        })
    }
}

impl Model {
    fn word(self) -> &'static str {
        match self {
            Self::Gbm => "gbm",
            Self::Growth => "growth",
            Self::ForecastError => "forecast-error",
        }
    }
}

impl Calibrate {
    fn model(&self) -> Model {
        match (self.model, &self.forecasts) {
            (Some(model), _) => model,
            (None, Some(_)) => Model::ForecastError,
            (None, None) => Model::Gbm,
        }
    }
}

const FILES: StudyFiles = StudyFiles {
    tables: &[
        "calibration.csv",
        "fit.csv",
        "structures.csv",
        "changes.csv",
        "revenue.toml",
    ],
    charts: &["calibration"],
};

/// Estimates the parameters and writes them.
pub fn calibrate(arguments: &Calibrate) -> Result<(), CliError> {
    let input = |path: &PathBuf| -> Result<CalibrationInput, CliError> {
        Ok(CalibrationInput::new(&name(path), &read(path)?))
    };
    let mut inputs: Vec<CalibrationInput> = vec![input(&arguments.history)?];
    if let Some(path) = &arguments.forecasts {
        inputs.push(input(path)?);
    }
    let stem = arguments.history.file_stem().unwrap_or_default();
    let default = Path::new("output").join(format!("calibrate-{}", stem.to_string_lossy()));
    let tables = inputs
        .iter()
        .map(|input| (input.name.as_str(), [].as_slice()));
    let question = Question::new("calibrate", tables, &Asked::new(arguments));
    let target = match is_only_printed(arguments.out.as_deref(), arguments.json) {
        true => None,
        false => Some(question.folder(arguments.out.as_deref(), &default, arguments.force)?),
    };
    if let Some(target) = &target {
        check(target, || Ok(FILES.names(!arguments.no_charts, &[])))?;
    }
    let folder = target.as_deref().map(Folder::prepare).transpose()?;
    let found = find(arguments, &inputs, &Interruptible)?;
    let (text, json, toml) = (found.text.clone(), found.json.clone(), found.toml.clone());
    let mut written = String::new();
    if let Some(mut folder) = folder {
        let files = files(arguments, inputs, found)?;
        for (name, bytes) in &files {
            folder.write(name, bytes)?;
        }
        written = format!("\n{} files in {}\n", files.len(), folder.target().display());
        folder.finish()?;
    }
    if arguments.quiet {
        return Ok(());
    }
    if arguments.json {
        return print_json(&json);
    }
    let (text, toml) = (text.trim_end(), toml.trim_end());
    print(&format!("{text}\n\n{toml}\n{written}"))
}

/// Every file, made again from its manifest.
pub fn make_again(manifest: &CalibrationManifest) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    files_of(manifest, found_again(manifest, &Interruptible)?)
}

/// Every file of what a manifest asks for, from what was estimated.
pub fn files_of(
    manifest: &CalibrationManifest,
    found: Calibrated,
) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let files = files(&arguments_of(manifest)?, manifest.inputs.clone(), found)?;
    Ok(files.into_iter().collect())
}

/// What is estimated as a manifest asks for.
pub fn found_again(
    manifest: &CalibrationManifest,
    observer: &dyn Observer,
) -> Result<Calibrated, CliError> {
    find(&arguments_of(manifest)?, &manifest.inputs, observer)
}

/// What a manifest asks for.
fn arguments_of(manifest: &CalibrationManifest) -> Result<Calibrate, CliError> {
    let asked = Asked::deserialize(&manifest.asked).map_err(|error| unreadable(&error))?;
    let arguments = asked.arguments(&manifest.inputs);
    arguments.map_err(|reason| unreadable(&reason))
}

fn find(
    arguments: &Calibrate,
    inputs: &[CalibrationInput],
    observer: &dyn Observer,
) -> Result<Calibrated, CliError> {
    let origin = arguments.history.display().to_string();
    let history = History::parse(&origin, &inputs[0].text)?;
    match (arguments.model(), &arguments.forecasts, inputs.get(1)) {
        (Model::ForecastError, Some(path), Some(input)) => {
            let forecasts = Forecasts::parse(&path.display().to_string(), &input.text)?;
            of_forecasts(arguments, &history, &forecasts, observer)
        }
        (Model::ForecastError, ..) => Err(CliError::Argument {
            message: "forecast errors need forecasts".to_owned(),
            hint: "name a table of them: --forecasts FORECASTS.csv".to_owned(),
        }),
        (model, Some(_), _) => Err(CliError::Argument {
            message: format!(
                "model {} is estimated from reported revenue: it has no use for forecasts",
                model.word()
            ),
            hint: "leave out --forecasts; or leave out --model to estimate how far forecasts err"
                .to_owned(),
        }),
        (model, None, _) => of_history(arguments, &history, model, observer),
    }
}

fn of_history(
    arguments: &Calibrate,
    history: &History,
    model: Model,
    observer: &dyn Observer,
) -> Result<Calibrated, CliError> {
    let options = CalibrateOptions {
        model: match model {
            Model::Growth => FittedModel::Growth,
            _ => FittedModel::Gbm,
        },
        from: arguments.from,
        until: arguments.until,
        years_ahead: arguments.years_ahead,
        long_run_growth: arguments.long_run_growth,
        period_error: arguments.period_error,
        priors: arguments.prior.clone(),
    };
    let fit = fit(history, &options, observer)?;
    let toml = calibration_toml(&fit, arguments.uncertain);
    Ok(Calibrated {
        text: calibration_text(&fit),
        json: calibration_json(&fit, &toml),
        tables: vec![calibration_table(&fit.parameters), fit_table(&fit.figures)],
        figure: calibration_figure(&fit, &name(&arguments.history), arguments.unit.as_ref()),
        toml,
    })
}

fn of_forecasts(
    arguments: &Calibrate,
    history: &History,
    forecasts: &Forecasts,
    observer: &dyn Observer,
) -> Result<Calibrated, CliError> {
    let found = calibrate_forecasts(forecasts, history, &arguments.prior, observer)?;
    let asked = arguments
        .structure
        .and_then(|structure| found.structure(structure));
    let chosen: &StructureFit = asked.unwrap_or_else(|| found.best());
    let toml = forecast_errors_toml(&found, chosen, arguments.uncertain);
    Ok(Calibrated {
        text: forecast_errors_text(&found, chosen),
        json: forecast_errors_json(&found, chosen, &toml),
        tables: vec![
            calibration_table(&chosen.parameters),
            structures_table(&found.structures),
            changes_table(&found.changes),
        ],
        figure: forecast_errors_figure(&found, chosen),
        toml,
    })
}

/// Every file, the manifest last.
fn files(
    arguments: &Calibrate,
    inputs: Vec<CalibrationInput>,
    found: Calibrated,
) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    let mut files = csv_files(&found.tables)?;
    files.push(("revenue.toml".to_owned(), found.toml.into_bytes()));
    if !arguments.no_charts {
        let style = arguments.looks.style()?;
        files.extend(drawn(
            vec![("calibration".to_owned(), found.figure)],
            style,
            &arguments.looks.chart_options(),
        )?);
    }
    let asked = serde_json::to_value(Asked::new(arguments)).expect("texts and numbers are JSON");
    let mut manifest = CalibrationManifest::new(inputs, asked);
    let entries = files
        .iter()
        .map(|(name, bytes)| FileEntry::new(name, bytes));
    manifest.files.extend(entries);
    files.push((MANIFEST.to_owned(), manifest.to_bytes()));
    Ok(files)
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
    let value: Option<f64> = text.parse().ok();
    let value = value.filter(|value| *value > -1.0 && *value <= 100.0);
    value.ok_or_else(|| "more than -1 and at most 100 is permitted: 5 % is 0.05".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let value: Option<f64> = text.parse().ok();
    let value = value.filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "0 to 1 is permitted: 1 % is 0.01".to_owned())
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

fn structure(text: &str) -> Result<Structure, String> {
    let found = Structure::ALL.iter().find(|(word, _)| *word == text);
    let words: Vec<&str> = Structure::ALL.iter().map(|(word, _)| *word).collect();
    found
        .map(|(_, structure)| *structure)
        .ok_or_else(|| format!("one of {}", words.join(", ")))
}

fn money(text: &str) -> Result<Money, String> {
    let (currency, unit) = text.trim().split_once(' ').unwrap_or((text.trim(), "one"));
    let found = Unit::ALL.iter().find(|(word, _)| *word == unit.trim());
    let money = found.and_then(|(_, unit)| Money::new(currency, *unit));
    let words: Vec<&str> = Unit::ALL.iter().map(|(word, _)| *word).collect();
    money.ok_or_else(|| {
        format!(
            "write a currency code and one of {}, such as \"USD billion\"",
            words.join(", ")
        )
    })
}
