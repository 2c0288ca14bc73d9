//! What reported figures, a new plan or new terms do to the answer.

mod edited;

use serde::{Deserialize, Serialize};

use super::charts::{update_charts, update_figures};
use super::{Answer, Answers, Request, Study, StudyFiles};
use crate::Error;
use crate::report::{update_json, update_tables, update_text};
use crate::simulate::Observer;
use crate::study::{Base, Figure, FigureKind, PlannedYear, UpdateAsked, update};
use crate::units::Date;
use edited::edited;

/// Why an answer moves, step by step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Update {
    /// What is reported.
    pub figures: Vec<Reported>,
    /// The valuation date from now on; the day after the figures, or the scenario's where
    /// that is later, by default.
    pub as_of: Option<Date>,
    /// A new plan, made with the figures known.
    pub plan: Vec<PlannedYear>,
    /// Keys that are others now, each `key=value`.
    pub changes: Vec<String>,
    /// Paths, instead of the scenario's own.
    pub paths: Option<u64>,
    /// Whether charts are drawn.
    pub charts: bool,
}

/// Revenue reported of whole periods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// The segment; `None` for all revenue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Its first day.
    pub start: Date,
    /// Its last day.
    pub end: Date,
    /// The revenue.
    pub revenue: f64,
    /// Its relative standard deviation, where it has an error.
    pub error: Option<f64>,
}

impl Update {
    fn question(&self) -> UpdateAsked {
        let figures = self.figures.iter().map(|figure| {
            let read = Figure {
                first_day: figure.start,
                last_day: figure.end,
                kind: FigureKind::Period,
                value: figure.revenue,
                error: figure.error,
                line: 0,
            };
            (figure.segment.clone(), read)
        });
        let (parts, whole): (Vec<_>, Vec<_>) = figures.partition(|(segment, _)| segment.is_some());
        let parts = parts.into_iter();
        UpdateAsked {
            figures: whole.into_iter().map(|(_, figure)| figure).collect(),
            of_segments: parts
                .filter_map(|(segment, own)| Some((segment?, own)))
                .collect(),
            as_of: self.as_of,
            plan: self.plan.clone(),
            changes: self.changes.clone(),
        }
    }
}

impl Request for Update {
    const COMMAND: &'static str = "update";
    const FILES: StudyFiles = StudyFiles {
        tables: &[
            "scenario.toml",
            "update.csv",
            "roll_forward.csv",
            "figures.csv",
            "learned.csv",
            "cases.csv",
        ],
        // Those of its agreements: `update_charts`.
        charts: &[],
    };

    fn paths(&self) -> Option<u64> {
        self.paths
    }

    fn charts(&self) -> bool {
        self.charts
    }

    fn more_charts(study: &Study<Self>) -> Result<Vec<String>, Error> {
        Ok(update_charts(study.one()?))
    }
}

impl Answers for Update {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, Error> {
        let scenario = study.one()?;
        let base = Base::of(&study.origin, scenario);
        let found = update(&base, &study.asked.question(), observer)?;
        let kept = edited(&scenario.text, &found.changes)?;
        Ok(Answer {
            text: update_text(&found),
            json: update_json(&found),
            texts: vec![("scenario.toml".to_owned(), kept.into_bytes())],
            tables: update_tables(&found),
            figures: study.drawn(|| update_figures(&found)),
            ..Answer::default()
        })
    }
}
