//! `capbind calibrate`

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::CliError;
use super::args::{Looks, within};
use super::flags::{Also, Output, StudyFlags};
use super::study::{self, Answer, Answers, Study, StudyFiles, unreadable};
use crate::report::figure::Figure;
use crate::report::{
    InputTable, calibration_figure, calibration_json, calibration_table, calibration_text,
    calibration_toml, changes_table, fit_table, forecast_errors_figure, forecast_errors_json,
    forecast_errors_text, forecast_errors_toml, structures_table,
};
use crate::scenario::input::{self, Wanted};
use crate::simulate::Observer;
use crate::study::{
    CalibrateOptions, FittedModel, Forecasts, History, Prior, Structure, StructureFit,
    calibrate as fit, calibrate_forecasts,
};
use crate::units::{Date, Money, Worded, by_word, worded};

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

/// The most years that the chart may look ahead.
const MOST_YEARS_AHEAD: u32 = 30;

worded! {
    /// What to estimate.
    pub enum Model {
        /// Geometric Brownian motion
        Gbm = "gbm",
        /// Growth that returns to a long-run rate
        Growth = "growth",
        /// Errors of forecasts
        ForecastError = "forecast-error",
    }
}

/// What decides the results beside the tables: reported revenue, and forecasts if any.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    #[serde(with = "by_word")]
    model: Model,
    from: Option<Date>,
    until: Option<Date>,
    uncertain: bool,
    years_ahead: u32,
    long_run_growth: f64,
    period_error: f64,
    priors: Vec<Prior>,
    #[serde(default, with = "by_word::option")]
    structure: Option<Structure>,
    unit: Option<Money>,
    charts: bool,
    #[serde(flatten)]
    looks: Looks,
}

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
    let asked = Asked {
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
        looks: arguments.output.looks.clone(),
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

impl study::Asked for Asked {
    const COMMAND: &'static str = "calibrate";
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

    fn charts(&self) -> bool {
        self.charts
    }

    fn looks(&self) -> Looks {
        self.looks.clone()
    }

    fn folder(study: &Study<Self>) -> String {
        let history = study.inputs.first().map_or("", |history| &history.name);
        let stem = Path::new(history).file_stem().unwrap_or_default();
        format!("calibrate-{}", stem.to_string_lossy())
    }

    fn settled(study: Study<Self>) -> Result<Study<Self>, CliError> {
        let asked = &study.asked;
        if study.inputs.is_empty() {
            return Err(unreadable(&"it names no table"));
        }
        within("--years-ahead", asked.years_ahead, &(0..=MOST_YEARS_AHEAD))?;
        growth(&asked.long_run_growth.to_string()).map_err(|reason| unreadable(&reason))?;
        share(&asked.period_error.to_string()).map_err(|reason| unreadable(&reason))?;
        Ok(study)
    }
}

impl Answers for Asked {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, CliError> {
        let history = &study.inputs[0];
        let history = History::parse(&history.name, &history.text)?;
        match (study.asked.model, study.inputs.get(1)) {
            (Model::ForecastError, Some(table)) => {
                let forecasts = Forecasts::parse(&table.name, &table.text)?;
                of_forecasts(study, &history, &forecasts, observer)
            }
            (Model::ForecastError, None) => Err(CliError::Argument {
                message: "forecast errors need forecasts".to_owned(),
                hint: "name a table of them: --forecasts FORECASTS.csv".to_owned(),
            }),
            (model, Some(_)) => Err(CliError::Argument {
                message: format!(
                    "model {} is estimated from reported revenue: it has no use for forecasts",
                    model.word()
                ),
                hint: "leave out --forecasts; or leave out --model to estimate how far forecasts \
                       err"
                .to_owned(),
            }),
            (Model::Gbm, None) => of_history(study, &history, FittedModel::Gbm, observer),
            (Model::Growth, None) => of_history(study, &history, FittedModel::Growth, observer),
        }
    }
}

fn of_history(
    study: &Study<Asked>,
    history: &History,
    model: FittedModel,
    observer: &dyn Observer,
) -> Result<Answer, CliError> {
    let asked = &study.asked;
    let options = CalibrateOptions {
        model,
        from: asked.from,
        until: asked.until,
        years_ahead: asked.years_ahead,
        long_run_growth: asked.long_run_growth,
        period_error: asked.period_error,
        priors: asked.priors.clone(),
    };
    let fit = fit(history, &options, observer)?;
    let toml = calibration_toml(&fit, asked.uncertain);
    let name = &study.inputs[0].name;
    Ok(Answer {
        text: pasted(&calibration_text(&fit), &toml),
        json: calibration_json(&fit, &toml),
        tables: vec![calibration_table(&fit.parameters), fit_table(&fit.figures)],
        figures: drawn(study, || {
            calibration_figure(&fit, name, asked.unit.as_ref())
        }),
        texts: vec![(TOML.to_owned(), toml.into_bytes())],
        ..Answer::default()
    })
}

fn of_forecasts(
    study: &Study<Asked>,
    history: &History,
    forecasts: &Forecasts,
    observer: &dyn Observer,
) -> Result<Answer, CliError> {
    let asked = &study.asked;
    let found = calibrate_forecasts(forecasts, history, &asked.priors, observer)?;
    let wanted = asked.structure;
    let wanted = wanted.and_then(|structure| found.structure(structure));
    let chosen: &StructureFit = wanted.unwrap_or_else(|| found.best());
    let toml = forecast_errors_toml(&found, chosen, asked.uncertain);
    Ok(Answer {
        text: pasted(&forecast_errors_text(&found, chosen), &toml),
        json: forecast_errors_json(&found, chosen, &toml),
        tables: vec![
            calibration_table(&chosen.parameters),
            structures_table(&found.structures),
            changes_table(&found.changes),
        ],
        figures: drawn(study, || forecast_errors_figure(&found, chosen)),
        texts: vec![(TOML.to_owned(), toml.into_bytes())],
        ..Answer::default()
    })
}

/// The file of the estimates as a part of a scenario.
const TOML: &str = "revenue.toml";

/// What a terminal shows: the estimates, then the TOML to paste.
fn pasted(text: &str, toml: &str) -> String {
    format!("{}\n\n{}\n", text.trim_end(), toml.trim_end())
}

/// The chart, where it is wanted.
fn drawn(study: &Study<Asked>, figure: impl FnOnce() -> Figure) -> Vec<(String, Figure)> {
    study.drawn(|| vec![("calibration".to_owned(), figure())])
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
