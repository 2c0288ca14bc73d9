//! Scenarios side by side.

use serde::{Deserialize, Serialize};

use super::charts::comparison_figures;
use super::{Answer, Answers, Request, Study, StudyFiles};
use crate::Error;
use crate::report::{comparison_json, comparison_tables, comparison_text};
use crate::simulate::Observer;
use crate::study::compare;

/// Differences of scenarios from the first, on the same simulated paths.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Compare {
    /// Paths of every scenario, instead of its own.
    pub paths: Option<u64>,
    /// Whether charts are drawn.
    pub charts: bool,
}

impl Request for Compare {
    const COMMAND: &'static str = "compare";
    const FILES: StudyFiles = StudyFiles {
        tables: &["compare.csv", "compare_periods.csv", "compare_years.csv"],
        charts: &["compare"],
    };

    fn paths(&self) -> Option<u64> {
        self.paths
    }

    fn charts(&self) -> bool {
        self.charts
    }

    fn length(study: &Study<Self>) -> Option<u64> {
        let first = study.scenarios.first()?;
        Some(first.scenario.settings.paths() * study.scenarios.len() as u64)
    }
}

impl Answers for Compare {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, Error> {
        let found = compare(study.scenarios.clone(), observer)?;
        Ok(Answer {
            text: comparison_text(&found),
            json: comparison_json(&found),
            tables: comparison_tables(&found),
            figures: study.drawn(|| comparison_figures(&found)),
            warnings: found.warnings,
            ..Answer::default()
        })
    }
}
