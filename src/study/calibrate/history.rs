//! Reported revenue as a CSV table gives it.

use super::table::{Column, Row, Table};
use crate::study::StudyError;
use crate::units::{Date, worded};

/// More figures than this are refused: the fit takes their number to the third power.
pub const MOST_FIGURES: usize = 400;
/// Longer histories are refused.
pub const MOST_MONTHS: usize = 600;

const START: Column = Column {
    name: "start",
    aliases: &["start", "period_start", "date", "period", "month", "year"],
};
const END: Column = Column {
    name: "end",
    aliases: &["end", "period_end"],
};
const VALUE: Column = Column {
    name: "value",
    aliases: &["value", "revenue", "value_", "revenue_"],
};
const KIND: Column = Column {
    name: "kind",
    aliases: &["kind"],
};
const ERROR: Column = Column {
    name: "error",
    aliases: &["error", "relative_error", "sd"],
};
const COLUMNS: &str = "name the columns start, end and value, and where they are wanted kind \
                       (period or run_rate) and error (a relative standard deviation)";

worded! {
    /// What a figure is.
    pub enum FigureKind {
        /// Revenue of a stretch of days.
        Period = "period",
        /// An annualised pace on a day or over a stretch of days.
        RunRate = "run_rate",
    }
}

/// One reported figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Its first day.
    pub first_day: Date,
    /// Its last day, not before the first.
    pub last_day: Date,
    /// What it is.
    pub kind: FigureKind,
    /// The figure, above 0, in any one unit.
    pub value: f64,
    /// Standard deviation of its relative error, 0 to 1, where it is known.
    pub error: Option<f64>,
    /// Its line in the table, counted from 1; 0 where there is none.
    pub line: u64,
}

/// Reported revenue: any figures, overlapping or not, in any order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The figures.
    pub figures: Vec<Figure>,
}

impl History {
    /// Reads a CSV table with the columns `start`, `end`, `value` and, where they are
    /// there, `kind` and `error`; others are left alone unless their names are close to these. A kind that begins with
    /// `run_rate` (or `arr`) is an annualised pace, any other the revenue of the days.
    /// `period_start`, `period_end` and `value_…` are read as well. `origin` names the
    /// table in errors.
    ///
    /// # Errors
    /// Where, what, what is permitted and what to try.
    pub fn parse(origin: &str, text: &str) -> Result<Self, StudyError> {
        let table = Table::read(origin, text, &[&START, &END, &VALUE, &KIND, &ERROR])?;
        let (start, value) = (table.want(&START, COLUMNS)?, table.want(&VALUE, COLUMNS)?);
        let places = Places {
            start,
            end: table.find(&END),
            value,
            kind: table.find(&KIND),
            error: table.find(&ERROR),
        };
        let figures: Result<Vec<Figure>, StudyError> =
            table.rows().map(|row| figure(&row, &places)).collect();
        let history = Self { figures: figures? };
        if history.figures.len() > MOST_FIGURES {
            let count = history.figures.len();
            return Err(StudyError::new(
                format!(
                    "{origin}: there are {count} figures, at most {MOST_FIGURES} are permitted"
                ),
                "leave out figures with --from, or take quarters in the place of months",
            ));
        }
        Ok(history)
    }

    /// The figures that begin on or after one day and end on or before another.
    #[must_use]
    pub fn between(&self, from: Option<Date>, until: Option<Date>) -> Self {
        let inside = |figure: &&Figure| {
            from.is_none_or(|day| figure.first_day >= day)
                && until.is_none_or(|day| figure.last_day <= day)
        };
        Self {
            figures: self.figures.iter().filter(inside).copied().collect(),
        }
    }

    /// The revenue of a calendar year, where a figure is of just that year: the one
    /// with the least error, the first of equals.
    pub fn year(&self, year: i16) -> Option<f64> {
        let ends = (Date::new(year, 1, 1)?, Date::new(year, 12, 31)?);
        let of_year = self.figures.iter().filter(|figure| {
            figure.kind == FigureKind::Period && (figure.first_day, figure.last_day) == ends
        });
        let error = |figure: &&Figure| figure.error.unwrap_or(0.0);
        let best = of_year.min_by(|a, b| error(a).total_cmp(&error(b)));
        best.map(|figure| figure.value)
    }
}

/// Where the columns stand.
struct Places {
    start: usize,
    end: Option<usize>,
    value: usize,
    kind: Option<usize>,
    error: Option<usize>,
}

fn figure(row: &Row<'_>, places: &Places) -> Result<Figure, StudyError> {
    let word = row.text(places.kind).to_lowercase();
    let is_pace = word.starts_with("run_rate") || word.starts_with("run-rate") || word == "arr";
    let kind = match is_pace {
        true => FigureKind::RunRate,
        false => FigureKind::Period,
    };
    let first_day = row.day("start", places.start, false)?;
    let last_day = match places.end.filter(|at| !row.text(Some(*at)).is_empty()) {
        Some(at) => row.day("end", at, true)?,
        None if kind == FigureKind::RunRate => first_day,
        None => row.day("start", places.start, true)?,
    };
    if last_day < first_day {
        let what = format!("{last_day} is before the start, {first_day}");
        return Err(row.error("end", what, "the last day of the figure, itself included"));
    }
    if kind == FigureKind::Period && last_day == first_day {
        return Err(row.error(
            "end",
            "the revenue of one day is no figure to fit",
            "give the last day of the period, or kind run_rate for an annualised pace",
        ));
    }
    let value = row.number(
        "value",
        places.value,
        (
            |value| (1e-9..=1e15).contains(&value),
            "a number from 1e-9 to 1e15",
        ),
        "a revenue above 0, all in one unit, such as 13.07",
    )?;
    let error = match places.error.filter(|at| !row.text(Some(*at)).is_empty()) {
        Some(at) => Some(row.number(
            "error",
            at,
            (|value| (0.0..=1.0).contains(&value), "a number from 0 to 1"),
            "the figure's relative standard deviation: 0.05 where it is good to 5 %; \
             leave it empty where it is not known",
        )?),
        None => None,
    };
    Ok(Figure {
        first_day,
        last_day,
        kind,
        value,
        error,
        line: row.line,
    })
}
