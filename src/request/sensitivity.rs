//! What drives the outcome.

use serde::{Deserialize, Serialize};

use super::charts::{local_figures, sensitivity_charts, sensitivity_figures};
use super::{Answer, Answers, Request, Study, StudyFiles};
use crate::Error;
use crate::report::{
    local_json, local_table, local_text, sensitivity_json, sensitivity_table, sensitivity_text,
};
use crate::simulate::Observer;
use crate::study::{SensitivityOptions, Stress, local, measures, sensitivity};

/// Swings, variance-based indices and stresses of the uncertain keys, or slopes in every
/// number of the scenario.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Paths, instead of the scenario's own.
    pub paths: Option<u64>,
    /// Percentiles between which inputs swing.
    pub swing: Swing,
    /// Inputs forced into bands of percentiles.
    pub stress: Vec<Stress>,
    /// Measures of `summary.csv` that are reported besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<String>,
    /// Whether slopes are asked for instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local: bool,
    /// Whether charts are drawn.
    pub charts: bool,
}

impl Request for Sensitivity {
    const COMMAND: &'static str = "sensitivity";
    const FILES: StudyFiles = StudyFiles {
        tables: &["sensitivity.csv", "local.csv"],
        // And those of its measures: `sensitivity_charts`.
        charts: &[
            "local",
            "local-present-value",
            "local-probability",
            "local-date",
        ],
    };

    fn paths(&self) -> Option<u64> {
        self.paths
    }

    fn charts(&self) -> bool {
        self.charts
    }

    fn more_charts(study: &Study<Self>) -> Result<Vec<String>, Error> {
        let scenario = study.one()?;
        let measured = measures(&study.asked.measures, scenario)?;
        Ok(sensitivity_charts(scenario, &measured))
    }

    fn length(study: &Study<Self>) -> Option<u64> {
        let scenario = study.one().ok().filter(|_| !study.asked.local)?;
        Some(2 * scenario.settings.paths() * scenario.cases.len().max(1) as u64)
    }
}

impl Answers for Sensitivity {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, Error> {
        let (scenario, asked) = (study.one()?, &study.asked);
        if asked.local {
            let found = local(scenario, observer)?;
            return Ok(Answer {
                text: local_text(scenario, &found),
                json: local_json(scenario, &found),
                tables: vec![local_table(scenario, &found)],
                figures: study.drawn(|| local_figures(scenario, &found)),
                ..Answer::default()
            });
        }
        let options = SensitivityOptions {
            low: asked.swing.0,
            high: asked.swing.1,
            stresses: asked.stress.clone(),
            measures: measures(&asked.measures, scenario)?,
        };
        let found = sensitivity(scenario, &options, observer)?;
        Ok(Answer {
            text: sensitivity_text(scenario, &found),
            json: sensitivity_json(scenario, &found),
            tables: vec![sensitivity_table(scenario, &found)],
            figures: study.drawn(|| sensitivity_figures(scenario, &found)),
            ..Answer::default()
        })
    }
}

/// Percentiles between which inputs swing: both inside 0 to 100, in order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 2]", into = "[f64; 2]")]
pub struct Swing(f64, f64);

impl Default for Swing {
    fn default() -> Self {
        let SensitivityOptions { low, high, .. } = SensitivityOptions::default();
        Self(low, high)
    }
}

impl From<Swing> for [f64; 2] {
    fn from(Swing(low, high): Swing) -> Self {
        [low, high]
    }
}

impl TryFrom<[f64; 2]> for Swing {
    type Error = String;

    fn try_from([low, high]: [f64; 2]) -> Result<Self, String> {
        let is_inside = |p: f64| 0.0 < p && p < 100.0;
        match is_inside(low) && is_inside(high) && low < high {
            true => Ok(Self(low, high)),
            false => Err(
                "write two percentiles between 0 and 100, the lower first, such as \
                          10:90"
                    .to_owned(),
            ),
        }
    }
}
