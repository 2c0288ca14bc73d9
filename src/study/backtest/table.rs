//! Past forecasts with what came of them, as a CSV table gives them.

use super::super::StudyError;
use super::super::calibrate::table::{Column, Row, Table};
use super::outside::moments;
use crate::math::{inverse_normal_cdf, ln, normal_cdf};

use crate::scenario::Scenario;
use crate::text::quoted;
use crate::units::Date;

const NAME: Column = Column {
    name: "name",
    aliases: &["name", "what"],
};
const MADE: Column = Column {
    name: "made",
    aliases: &["made"],
};
const YEAR: Column = Column {
    name: "year",
    aliases: &["year"],
};
const VALUE: Column = Column {
    name: "value",
    aliases: &["value", "median", "value_"],
};
const SD: Column = Column {
    name: "sd",
    aliases: &["sd"],
};
const CHANCE: Column = Column {
    name: "probability",
    aliases: &["probability"],
};
const OUTCOME: Column = Column {
    name: "outcome",
    aliases: &["outcome"],
};
/// Percentiles that may be columns.
static PERCENTILES: [(f64, Column); 7] = [
    (0.05, column("p5", &["p5"])),
    (0.10, column("p10", &["p10"])),
    (0.25, column("p25", &["p25"])),
    (0.50, column("p50", &["p50"])),
    (0.75, column("p75", &["p75"])),
    (0.90, column("p90", &["p90"])),
    (0.95, column("p95", &["p95"])),
];
const COLUMNS: &str = "name the columns outcome and, of the forecast, value with sd, two or more of \
                       p5 to p95, or probability";
/// More forecasts than this are refused.
const MOST: usize = 10_000;

const fn column(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, aliases }
}

/// What came of a forecast: an amount in logarithms, a date in years, or whether an event
/// happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// An amount above 0, its logarithm.
    Amount(f64),
    /// A date, in years from the start of 1970.
    Date(f64),
    /// Whether it happened.
    Event(bool),
}

/// What was forecast, on the scale of its outcome.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicted {
    /// Percentiles, as parts and values, ascending; between two, and beyond the outermost,
    /// straight in normal scores.
    Percentiles(Vec<(f64, f64)>),
    /// A normal distribution by its median and its deviation.
    Normal(f64, f64),
    /// A single figure.
    Point(f64),
    /// The probability of an event.
    Chance(f64),
}

/// A forecast and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PastForecast {
    /// What was forecast: forecasts of one thing share its outcome.
    pub name: String,
    /// The day it was made, if that is known.
    pub made: Option<Date>,
    /// The calendar year it is of, if it is of one.
    pub year: Option<i16>,
    /// What was forecast.
    pub predicted: Predicted,
    /// What came.
    pub outcome: Outcome,
    /// Its line in the table.
    pub line: u64,
}

/// Past forecasts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PastForecasts {
    /// The forecasts that have an outcome.
    pub forecasts: Vec<PastForecast>,
    /// How many have none yet.
    pub open: usize,
}

impl PastForecasts {
    /// Reads a table: `outcome` (an amount, a date such as 2018-01-08, `yes` or `no`; empty where it is not
    /// known yet), and of the forecast `value` (with `sd`, its relative standard deviation,
    /// of a date in years), percentiles `p5` to `p95`, or the `probability` of an event.
    /// `name`, `made` and `year` say of what, when and for which year. `origin` names it in
    /// errors.
    ///
    /// # Errors
    /// Where, what, what is permitted and what to try.
    pub fn parse(origin: &str, text: &str) -> Result<Self, StudyError> {
        let mut columns = vec![&NAME, &MADE, &YEAR, &VALUE, &SD, &CHANCE, &OUTCOME];
        columns.extend(PERCENTILES.iter().map(|(_, column)| column));
        let table = Table::read(origin, text, &columns)?;
        let outcome = table.want(&OUTCOME, COLUMNS)?;
        let mut found = Self::default();
        for row in table.rows() {
            if row.text(Some(outcome)).is_empty() {
                found.open += 1;
                continue;
            }
            found.forecasts.push(forecast(&table, &row, outcome)?);
        }
        if found.forecasts.is_empty() || found.forecasts.len() > MOST {
            let count = found.forecasts.len();
            return Err(StudyError::new(
                format!("{origin}: {count} forecasts have an outcome; 1 to {MOST} are permitted"),
                "give what came in the column outcome",
            ));
        }
        Ok(found)
    }
}

fn forecast(table: &Table<'_>, row: &Row<'_>, at: usize) -> Result<PastForecast, StudyError> {
    let cell = |column: &Column| {
        table
            .find(column)
            .filter(|at| !row.text(Some(*at)).is_empty())
    };
    let positive = |column: &Column, at| {
        let permits = (
            |value: f64| (1e-9..=1e15).contains(&value),
            "a number from 1e-9 to 1e15",
        );
        row.number(column.name, at, permits, "an amount above 0")
    };
    let word = row.text(Some(at)).to_lowercase();
    let outcome = match word.as_str() {
        "yes" | "true" => Outcome::Event(true),
        "no" | "false" => Outcome::Event(false),
        // A year alone, or two numbers with a dot, may be an amount.
        date if date.matches('-').count() == 2 => {
            Outcome::Date(years(row.day("outcome", at, false)?))
        }
        _ => Outcome::Amount(ln(positive(&OUTCOME, at)?)),
    };
    // A value on the scale of the outcome.
    let value = |column: &Column, at: usize| match outcome {
        Outcome::Date(_) => Ok(years(row.day(column.name, at, false)?)),
        _ => Ok(ln(positive(column, at)?)),
    };
    let mut percentiles = Vec::new();
    for (part, column) in &PERCENTILES {
        if let Some(at) = cell(column) {
            percentiles.push((*part, value(column, at)?));
        }
    }
    if let Some(pair) = percentiles.windows(2).find(|pair| pair[1].1 <= pair[0].1) {
        let what = format!(
            "the percentiles do not ascend from p{} on",
            100.0 * pair[0].0
        );
        return Err(row.error("p50", what, "each is above the one before it"));
    }
    let predicted = match (outcome, cell(&CHANCE), cell(&VALUE), percentiles.len()) {
        (Outcome::Event(_), Some(at), ..) => Predicted::Chance(row.number(
            "probability",
            at,
            (|p| (0.0..=1.0).contains(&p), "a number from 0 to 1"),
            "70 % is 0.7",
        )?),
        (Outcome::Event(_), None, ..) => {
            let what = "an event came, but no probability was forecast";
            return Err(row.error("probability", what, "70 % is 0.7"));
        }
        (_, _, _, 2..) => Predicted::Percentiles(percentiles),
        (_, _, Some(at), _) => {
            let median = value(&VALUE, at)?;
            match cell(&SD) {
                Some(at) => {
                    let permits = (
                        |sd: f64| sd > 0.0 && sd <= 100.0,
                        "more than 0, at most 100",
                    );
                    let hint = "a relative standard deviation: 20 % is 0.2; of a date in years";
                    Predicted::Normal(median, row.number("sd", at, permits, hint)?)
                }
                None => Predicted::Point(median),
            }
        }
        _ => {
            let what = format!("{} has no forecast", quoted(row.text(cell(&NAME))));
            return Err(row.error("value", what, COLUMNS));
        }
    };
    let whole = |at| {
        let permits = (
            |year: f64| year.fract() == 0.0 && (1900.0..=2300.0).contains(&year),
            "a year from 1900 to 2300",
        );
        row.number("year", at, permits, "a calendar year such as 2025")
    };
    Ok(PastForecast {
        name: row.text(cell(&NAME)).to_owned(),
        made: cell(&MADE)
            .map(|at| row.day("made", at, false))
            .transpose()?,
        year: cell(&YEAR).map(whole).transpose()?.map(|year| year as i16),
        predicted,
        outcome,
        line: row.line,
    })
}

/// A day in years, so that a difference of two is one of time.
fn years(day: Date) -> f64 {
    let epoch = Date::new(1970, 1, 1).expect("it is a day");
    day.years_since(epoch)
}

impl Predicted {
    /// The probability at or below a value; `None` of a single figure and an event.
    pub fn below(&self, value: f64) -> Option<f64> {
        match self {
            Self::Normal(median, deviation) => Some(normal_cdf((value - median) / deviation)),
            Self::Percentiles(points) => {
                let scores = points
                    .iter()
                    .map(|(part, v)| (*v, inverse_normal_cdf(*part)));
                Some(normal_cdf(between(&scores.collect::<Vec<_>>(), value)))
            }
            Self::Point(_) | Self::Chance(_) => None,
        }
    }

    /// The value not exceeded with a probability.
    pub fn quantile(&self, probability: f64) -> Option<f64> {
        let z = inverse_normal_cdf(probability);
        match self {
            Self::Normal(median, deviation) => Some(median + deviation * z),
            Self::Percentiles(points) => {
                let values = points
                    .iter()
                    .map(|(part, v)| (inverse_normal_cdf(*part), *v));
                Some(between(&values.collect::<Vec<_>>(), z))
            }
            Self::Point(_) | Self::Chance(_) => None,
        }
    }
}

/// Straight between two of some points that ascend, and on beyond the outermost.
fn between(points: &[(f64, f64)], x: f64) -> f64 {
    let i = points.partition_point(|(own, _)| *own < x);
    let i = i.clamp(1, points.len() - 1);
    let ((x0, y0), (x1, y1)) = (points[i - 1], points[i]);
    y0 + (y1 - y0) * (x - x0) / (x1 - x0)
}

/// The deviation of log revenue that a scenario's errors have so many years ahead of what
/// was last known; `None` where it has none.
pub fn horizon_spread(scenario: &Scenario, years: f64) -> Option<f64> {
    if years <= 0.0 {
        return None;
    }
    let (_, variances) = moments(scenario);
    let periods = scenario.timeline.periods().iter();
    let points: Vec<(f64, f64)> = periods
        .zip(variances)
        .map(|(period, variance)| {
            let middle = period.start_years + 0.5 * period.length_years;
            (middle, variance)
        })
        .collect();
    // Time begins where something is uncertain, beyond rounding.
    let first = points.iter().position(|(_, variance)| *variance > 1e-18)?;
    let known = first
        .checked_sub(1)
        .map_or(0.0, |k| scenario.timeline.periods()[k].start_years)
        + if first > 0 {
            scenario.timeline.periods()[first - 1].length_years
        } else {
            0.0
        };
    let after = points[first..].iter().find(|(at, _)| at - known >= years);
    let (at, variance) = after.or(points.last())?;
    // Beyond the timeline, and before the first middle, in proportion to time.
    Some((variance * years / (at - known)).sqrt())
}
