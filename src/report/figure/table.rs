//! The numbers behind a figure, as a table: what a reader needs to draw it again.

use super::Figure;
use crate::report::csv_table::{CsvError, CsvTable};
use crate::report::table::Value;
use crate::units::Date;

/// Named columns and their lines.
pub struct Numbers {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl Numbers {
    pub fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows: Vec::new(),
        }
    }
}

/// A number; nothing where there is none.
pub fn number(value: f64) -> Value {
    match value.is_finite() {
        true => Value::Number(value),
        false => Value::Empty,
    }
}

pub fn text(words: &str) -> Value {
    Value::Text(super::text::clean(words))
}

pub fn date(date: Option<Date>) -> Value {
    date.map_or(Value::Empty, Value::Date)
}

impl Figure {
    /// The numbers behind it as a CSV file called `file`: amounts in the scenario's unit,
    /// probabilities from 0 to 1, dates as ISO 8601.
    ///
    /// # Errors
    /// As [`CsvTable::finish`].
    pub fn data(&self, file: &str) -> Result<Vec<u8>, CsvError> {
        let numbers = super::numbers(self);
        let mut table = CsvTable::to(Vec::new(), file, numbers.columns);
        for row in &numbers.rows {
            table.push(row);
        }
        table.finish()
    }
}
