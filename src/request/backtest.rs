//! How past forecasts came out.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::charts::{BACKTEST_CHARTS, backtest_figures};
use super::{Answer, Answers, Looks, Request, Study, StudyFiles};
use crate::Error;
use crate::report::{backtest_json, backtest_tables, backtest_text, backtest_warnings};
use crate::scenario::Scenario;
use crate::simulate::Observer;
use crate::study::{
    Outcome, PastForecast, PastForecasts, horizon_spread, outside_view, track_record,
};
use crate::units::Date;

/// Scores of past forecasts; with a scenario, where it stands among comparable companies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Backtest {
    /// The table's name and text.
    pub table: (String, String),
    /// Whether charts are drawn.
    #[serde(default)]
    pub charts: bool,
    /// How charts look where there is no scenario to say it.
    #[serde(default)]
    pub looks: Looks,
}

impl Request for Backtest {
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

    fn settled(mut study: Study<Self>) -> Result<Study<Self>, Error> {
        // Nothing is simulated.
        study.warnings.clear();
        Ok(study)
    }
}

impl Answers for Backtest {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, Error> {
        let (name, text) = &study.asked.table;
        let scenario = study.scenarios.first().map(|entry| &entry.scenario);
        let found = PastForecasts::parse(name, text)?;
        let spread = |own: &PastForecast| spread(scenario?, own);
        let record = track_record(&found.forecasts, &spread, observer)?;
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
