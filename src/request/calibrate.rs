//! Revenue parameters from reported revenue, or the errors of forecasts.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::charts::{calibration_figures, forecast_errors_figures};
use super::{Answer, Answers, Looks, Request, Study, StudyFiles, unreadable, within};
use crate::Error;
use crate::report::{
    calibration_json, calibration_table, calibration_text, calibration_toml, changes_table,
    fit_table, forecast_errors_json, forecast_errors_text, forecast_errors_toml, structures_table,
};
use crate::simulate::Observer;
use crate::study::{
    CalibrateOptions, FittedModel, Forecasts, History, Prior, Structure, StructureFit, StudyError,
    calibrate, calibrate_forecasts,
};
use crate::units::{Date, Money, by_word, worded};

/// The most years that the chart may look ahead.
pub const MOST_YEARS_AHEAD: u32 = 30;

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

/// Estimates with standard errors, of tables: reported revenue, and forecasts if any.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Calibrate {
    /// What is estimated.
    #[serde(with = "by_word")]
    pub model: Model,
    /// Figures that begin before this day are left out.
    pub from: Option<Date>,
    /// Figures that end after this day are left out.
    pub until: Option<Date>,
    /// Whether the TOML has distributions instead of point estimates.
    pub uncertain: bool,
    /// Years the chart looks ahead, at most [`MOST_YEARS_AHEAD`].
    pub years_ahead: u32,
    /// The growth per year that model `growth` tends to, more than -1 and at most 100.
    pub long_run_growth: f64,
    /// Relative standard deviation, 0 to 1, of figures of periods that have no error of
    /// their own.
    pub period_error: f64,
    /// Priors in the place of those by default.
    pub priors: Vec<Prior>,
    /// The errors of forecasts that the TOML has; the likeliest by default.
    #[serde(default, with = "by_word::option")]
    pub structure: Option<Structure>,
    /// Currency and unit of the figures.
    pub unit: Option<Money>,
    /// Whether the chart is drawn.
    pub charts: bool,
    /// How it looks.
    #[serde(flatten)]
    pub looks: Looks,
}

impl Calibrate {
    /// A long-run growth, where it is permitted.
    ///
    /// # Errors
    /// What is permitted, in words.
    pub fn permitted_growth(value: Option<f64>) -> Result<f64, String> {
        let value = value.filter(|value| *value > -1.0 && *value <= 100.0);
        value.ok_or_else(|| "more than -1 and at most 100 is permitted: 5 % is 0.05".to_owned())
    }

    /// A relative standard deviation, where it is permitted.
    ///
    /// # Errors
    /// What is permitted, in words.
    pub fn permitted_error(value: Option<f64>) -> Result<f64, String> {
        let value = value.filter(|value| (0.0..=1.0).contains(value));
        value.ok_or_else(|| "0 to 1 is permitted: 1 % is 0.01".to_owned())
    }
}

impl Request for Calibrate {
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

    fn settled(study: Study<Self>) -> Result<Study<Self>, Error> {
        let asked = &study.asked;
        if study.inputs.is_empty() {
            return Err(unreadable(&"it names no table"));
        }
        within("--years-ahead", asked.years_ahead, &(0..=MOST_YEARS_AHEAD))?;
        Self::permitted_growth(Some(asked.long_run_growth))
            .map_err(|reason| unreadable(&reason))?;
        Self::permitted_error(Some(asked.period_error)).map_err(|reason| unreadable(&reason))?;
        Ok(study)
    }
}

impl Answers for Calibrate {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, Error> {
        let Some(history) = study.inputs.first() else {
            return Err(unreadable(&"it names no table"));
        };
        let history = History::parse(&history.name, &history.text)?;
        match (study.asked.model, study.inputs.get(1)) {
            (Model::ForecastError, Some(table)) => {
                let forecasts = Forecasts::parse(&table.name, &table.text)?;
                of_forecasts(study, &history, &forecasts, observer)
            }
            (Model::ForecastError, None) => Err(StudyError::new(
                "forecast errors need forecasts",
                "name a table of them: --forecasts FORECASTS.csv",
            )
            .into()),
            (model, Some(_)) => Err(StudyError::new(
                format!(
                    "model {} is estimated from reported revenue: it has no use for forecasts",
                    model.word()
                ),
                "leave out --forecasts; or leave out --model to estimate how far forecasts err",
            )
            .into()),
            (Model::Gbm, None) => of_history(study, &history, FittedModel::Gbm, observer),
            (Model::Growth, None) => of_history(study, &history, FittedModel::Growth, observer),
        }
    }
}

fn of_history(
    study: &Study<Calibrate>,
    history: &History,
    model: FittedModel,
    observer: &dyn Observer,
) -> Result<Answer, Error> {
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
    let fit = calibrate(history, &options, observer)?;
    let toml = calibration_toml(&fit, asked.uncertain);
    let name = &study.inputs[0].name;
    Ok(Answer {
        text: pasted(&calibration_text(&fit), &toml),
        json: calibration_json(&fit, &toml),
        tables: vec![calibration_table(&fit.parameters), fit_table(&fit.figures)],
        figures: study.drawn(|| calibration_figures(&fit, name, asked.unit.as_ref())),
        texts: vec![(TOML.to_owned(), toml.into_bytes())],
        ..Answer::default()
    })
}

fn of_forecasts(
    study: &Study<Calibrate>,
    history: &History,
    forecasts: &Forecasts,
    observer: &dyn Observer,
) -> Result<Answer, Error> {
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
        figures: study.drawn(|| forecast_errors_figures(&found, chosen)),
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
