//! A result table as data: named columns, typed cells. CSV files and the sheets
//! of a workbook are made of the same tables.

use super::Cell;
use super::csv_table::{CsvError, CsvTable};
#[cfg(feature = "charts")]
use super::text::capitalised;
use crate::stats::{Estimate, MeanEstimate};
use crate::units::Date;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Words.
    Text(String),
    /// An amount in the scenario's unit, or any other number.
    Number(f64),
    /// A probability, 0 to 1.
    Probability(f64),
    /// The standard error of a number, in its unit, or of a date, in days.
    Error(f64),
    /// The standard error of a probability.
    ProbabilityError(f64),
    /// A whole number, such as a number of paths.
    Count(u64),
    /// A calendar year.
    Year(i16),
    /// A date.
    Date(Date),
    /// Undefined.
    Empty,
}

/// A table with a header.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its file name without extension, and the name of its sheet.
    pub name: &'static str,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its lines, each with one cell for each column.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table without lines that has these columns and then one for each
    /// percentile, in percent.
    pub fn new(name: &'static str, columns: &[&str], percentiles: &[f64]) -> Self {
        let mut columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        columns.extend(percentiles.iter().map(|p| format!("p{p}")));
        Self {
            name,
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a line, its percentiles last.
    ///
    /// # Panics
    /// If it has not one cell for each column.
    pub fn push(&mut self, mut row: Vec<Value>, percentiles: &[Cell]) {
        row.extend(percentiles.iter().map(|cell| Value::from(*cell)));
        assert_eq!(row.len(), self.columns.len(), "a line of {}", self.name);
        self.rows.push(row);
    }

    /// Its file name.
    pub fn file(&self) -> String {
        format!("{}.csv", self.name)
    }

    /// Its lines as JSON, each an object with the columns as keys.
    pub fn to_json(&self) -> serde_json::Value {
        self.rows
            .iter()
            .map(|row| object(&self.columns, row))
            .collect()
    }

    /// The table as a CSV file.
    ///
    /// # Errors
    /// Where a number is not finite.
    pub fn to_csv(&self) -> Result<Vec<u8>, CsvError> {
        let mut file = CsvTable::to(Vec::new(), &self.file(), self.columns.clone());
        for row in &self.rows {
            file.push(row);
        }
        file.finish()
    }
}

/// What stands in one column of a line, or in several.
pub(super) trait Cells {
    /// Adds it.
    fn add(self, line: &mut Vec<Value>);
}

impl<T: Into<Value>> Cells for T {
    fn add(self, line: &mut Vec<Value>) {
        line.push(self.into());
    }
}

impl<const N: usize> Cells for [Value; N] {
    fn add(self, line: &mut Vec<Value>) {
        line.extend(self);
    }
}

/// A table with a line for each item, whose columns stand beside what is in them:
/// `table!("figures", figure in all => { "start": figure.first_day; … })`. Several names before
/// a colon are those of an array of as many [`Value`]s.
macro_rules! table {
    ($name:expr, $item:pat in $items:expr => {
        $(let $local:pat = $value:expr;)*
        $($($column:literal),+: $cells:expr;)+
    }) => {{
        let columns = [$($($column),+),+];
        let mut table = $crate::report::table::Table::new($name, &columns, &[]);
        for $item in $items {
            $(let $local = $value;)*
            let mut line = Vec::with_capacity(columns.len());
            $($crate::report::table::Cells::add($cells, &mut line);)+
            table.push(line, &[]);
        }
        table
    }};
}
pub(super) use table;

/// A line as an object of JSON.
pub(super) fn object(columns: &[String], row: &[Value]) -> serde_json::Value {
    let pairs = columns.iter().zip(row);
    pairs
        .map(|(column, value)| (column.clone(), value.to_json()))
        .collect()
}

/// The name of a column, or of a table, in words: `Standard error`.
#[cfg(feature = "charts")]
pub(super) fn human(column: &str) -> String {
    let words = column
        .replace("std_error", "standard_error")
        .replace("std_dev", "standard_deviation")
        .replace("mean_95_", "mean,_95_%_");
    match words.strip_prefix('p') {
        // Percentiles keep their small letter.
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => words.replace('_', " "),
        _ => capitalised(&words.replace('_', " ")),
    }
}

impl Value {
    /// The mean of an amount and its standard error; both empty where undefined.
    pub fn amount(estimate: Option<Estimate>) -> [Self; 2] {
        estimate.map_or([Self::Empty, Self::Empty], |e| {
            Self::estimated(false, e.mean, e.std_error)
        })
    }

    /// The mean of paired differences, shares and the like and its standard error; both
    /// empty where undefined.
    pub(super) fn pair(estimate: Option<MeanEstimate>) -> [Self; 2] {
        estimate.map_or([Self::Empty, Self::Empty], |e| {
            Self::estimated(false, e.mean, e.std_error)
        })
    }

    /// A probability and its standard error.
    pub fn probability(estimate: Estimate) -> [Self; 2] {
        Self::estimated(true, estimate.mean, estimate.std_error)
    }

    /// A mean and its standard error: of a probability, or of another number.
    pub(super) fn estimated(is_probability: bool, mean: f64, std_error: f64) -> [Self; 2] {
        match is_probability {
            true => [Self::Probability(mean), Self::ProbabilityError(std_error)],
            false => [Self::Number(mean), Self::Error(std_error)],
        }
    }

    /// A standard error, where there is one.
    pub(super) fn error(std_error: impl Into<Option<f64>>) -> Self {
        std_error.into().map_or(Self::Empty, Self::Error)
    }

    /// As JSON has it: what is undefined, or no number, is null.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(value)
            | Self::Probability(value)
            | Self::Error(value)
            | Self::ProbabilityError(value) => (*value).into(),
            Self::Count(count) => (*count).into(),
            Self::Year(year) => (*year).into(),
            Self::Date(date) => date.to_string().into(),
            Self::Empty => serde_json::Value::Null,
        }
    }

    /// As a CSV file has it: numbers as the shortest decimal that reads back as
    /// the same number, dates as ISO 8601.
    pub(super) fn to_field(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(value)
            | Self::Probability(value)
            | Self::Error(value)
            | Self::ProbabilityError(value) => format!("{value}"),
            Self::Count(count) => count.to_string(),
            Self::Year(year) => year.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Empty => String::new(),
        }
    }
}

impl Value {
    /// The number it is, if it is one that need not be whole.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(value)
            | Self::Probability(value)
            | Self::Error(value)
            | Self::ProbabilityError(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is no number, or a finite one.
    pub(super) fn is_finite(&self) -> bool {
        self.number().is_none_or(f64::is_finite)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Number(value) => Self::Number(value),
            Cell::Date(date) => Self::Date(date),
            Cell::Empty => Self::Empty,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}
