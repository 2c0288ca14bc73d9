//! A table of results as columns that Arrow can read.

use std::ffi::CString;
use std::sync::Arc;

use capbind::report::{self, Value};
use capbind::units::Date;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDate, PyDict, PyList};

use crate::arrow::{Batch, Column, Field, Stream};

/// A table: named columns of one length.
#[derive(Clone)]
#[pyclass(frozen, module = "capbind._capbind")]
pub struct Table {
    name: String,
    batch: Arc<Batch>,
}

#[pymethods]
impl Table {
    /// Its name: that of its CSV file.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// The names of its columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        let names = self.batch.fields.iter();
        names
            .map(|field| field.name.to_string_lossy().into_owned())
            .collect()
    }

    /// The columns that hold dates.
    #[getter]
    fn dates(&self) -> Vec<String> {
        let dates = self.batch.fields.iter();
        dates
            .filter(|field| matches!(field.column, Column::Date(_)))
            .map(|field| field.name.to_string_lossy().into_owned())
            .collect()
    }

    fn __len__(&self) -> usize {
        self.batch.rows
    }

    /// The Arrow C stream of its rows; nothing is copied.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A reader's wish, which a producer may leave unfulfilled.
        let _ = requested_schema;
        let stream = Stream::new(Arc::clone(&self.batch));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    /// Its columns as lists: numbers, dates and texts of Python, `None` where there is none.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        for field in &self.batch.fields {
            columns.set_item(
                field.name.to_string_lossy(),
                list(py, field, self.batch.rows)?,
            )?;
        }
        Ok(columns)
    }
}

impl Table {
    /// A table of results.
    ///
    /// A column of both numbers and dates, such as the percentiles of a summary, becomes
    /// two: the numbers under its name, the dates under `NAME_date`.
    pub fn new(table: &report::Table) -> Self {
        Self::of(table.name, &table.columns, &table.rows)
    }

    /// Rows under column names.
    pub fn of(name: &str, columns: &[String], rows: &[Vec<Value>]) -> Self {
        let fields = columns.iter().enumerate();
        let fields = fields.flat_map(|(i, name)| fields_of(name, rows, i));
        let batch = Batch {
            rows: rows.len(),
            fields: fields.collect(),
        };
        Self::from_fields(name, batch)
    }

    /// Columns under a name.
    pub fn from_fields(name: &str, batch: Batch) -> Self {
        Self {
            name: name.to_owned(),
            batch: Arc::new(batch),
        }
    }
}

/// Days from the day that Arrow counts from.
pub fn days(date: Date) -> i32 {
    let epoch = Date::new(1970, 1, 1).expect("it is a day");
    date.days_since(epoch)
}

/// The same day for Python.
pub fn python_date(py: Python<'_>, days: i32) -> PyResult<Bound<'_, PyDate>> {
    let epoch = Date::new(1970, 1, 1).expect("it is a day");
    let date = epoch.add_days(days);
    PyDate::new(
        py,
        i32::from(date.year()),
        date.month() as u8,
        date.day() as u8,
    )
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Float,
    Whole,
    Date,
}

fn kind(value: &Value) -> Option<Kind> {
    match value {
        Value::Text(_) => Some(Kind::Text),
        Value::Number(_) | Value::Probability(_) | Value::Error(_) | Value::ProbabilityError(_) => {
            Some(Kind::Float)
        }
        Value::Count(_) | Value::Year(_) => Some(Kind::Whole),
        Value::Date(_) => Some(Kind::Date),
        Value::Empty => None,
    }
}

/// The columns that a column of a table becomes: two where it holds numbers and dates.
fn fields_of(name: &str, rows: &[Vec<Value>], at: usize) -> Vec<Field> {
    let cells: Vec<&Value> = rows.iter().map(|row| &row[at]).collect();
    let has = |wanted: Kind| cells.iter().any(|cell| kind(cell) == Some(wanted));
    let (text, float, whole, date) = (
        has(Kind::Text),
        has(Kind::Float),
        has(Kind::Whole),
        has(Kind::Date),
    );
    match (text, float, whole, date) {
        (true, ..) => vec![field(name, &cells, Kind::Text)],
        (false, false, true, false) => vec![field(name, &cells, Kind::Whole)],
        (false, false, false, true) => vec![field(name, &cells, Kind::Date)],
        (false, .., true) => vec![
            field(name, &cells, Kind::Float),
            field(&format!("{name}_date"), &cells, Kind::Date),
        ],
        _ => vec![field(name, &cells, Kind::Float)],
    }
}

fn field(name: &str, cells: &[&Value], wanted: Kind) -> Field {
    let holds = |cell: &Value| match (kind(cell), wanted) {
        (None, _) => false,
        (Some(_), Kind::Text) => true,
        (Some(found), Kind::Float) => found != Kind::Date,
        (Some(found), wanted) => found == wanted,
    };
    let column = match wanted {
        Kind::Float => Column::Float(cells.iter().map(|cell| float(cell)).collect()),
        Kind::Whole => Column::Whole(cells.iter().map(|cell| whole(cell)).collect()),
        Kind::Date => Column::Date(
            cells
                .iter()
                .map(|cell| match cell {
                    Value::Date(date) => days(*date),
                    _ => 0,
                })
                .collect(),
        ),
        Kind::Text => texts(cells.iter().map(|cell| shown(cell))),
    };
    with_missing(name, column, cells.iter().map(|cell| holds(cell)))
}

/// A column some of whose values may be missing.
pub fn with_missing(name: &str, column: Column, there: impl Iterator<Item = bool>) -> Field {
    let there: Vec<bool> = there.collect();
    let missing = there.iter().filter(|is| !**is).count();
    let bits = |eight: &[bool]| {
        let bits = eight.iter().enumerate();
        bits.fold(0_u8, |byte, (i, is)| byte | (u8::from(*is) << i))
    };
    Field {
        name: CString::new(name.replace('\0', "")).expect("no zero byte is left"),
        column,
        valid: (missing > 0).then(|| there.chunks(8).map(bits).collect()),
        missing,
    }
}

/// A column of texts.
pub fn texts(all: impl Iterator<Item = String>) -> Column {
    let (mut ends, mut bytes) = (vec![0], Vec::new());
    for text in all {
        bytes.extend_from_slice(text.as_bytes());
        ends.push(i32::try_from(bytes.len()).expect("results have less than 2 GB of texts"));
    }
    Column::Text(ends, bytes)
}

fn float(cell: &Value) -> f64 {
    match cell {
        Value::Count(count) => *count as f64,
        Value::Year(year) => f64::from(*year),
        other => other.number().unwrap_or(f64::NAN),
    }
}

fn whole(cell: &Value) -> i64 {
    match cell {
        Value::Count(count) => i64::try_from(*count).unwrap_or(i64::MAX),
        Value::Year(year) => i64::from(*year),
        _ => 0,
    }
}

fn shown(cell: &Value) -> String {
    match cell {
        Value::Text(text) => text.clone(),
        Value::Number(value)
        | Value::Probability(value)
        | Value::Error(value)
        | Value::ProbabilityError(value) => value.to_string(),
        Value::Count(count) => count.to_string(),
        Value::Year(year) => year.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Empty => String::new(),
    }
}

fn list<'py>(py: Python<'py>, field: &Field, rows: usize) -> PyResult<Bound<'py, PyList>> {
    let is_there = |i: usize| {
        let valid = field.valid.as_ref();
        valid.is_none_or(|bits| bits[i / 8] >> (i % 8) & 1 == 1)
    };
    let values = PyList::empty(py);
    for i in 0..rows {
        match &field.column {
            _ if !is_there(i) => values.append(py.None())?,
            Column::Float(all) => values.append(all[i])?,
            Column::Whole(all) => values.append(all[i])?,
            Column::Date(all) => values.append(python_date(py, all[i])?)?,
            Column::Text(ends, bytes) => {
                let text = &bytes[ends[i] as usize..ends[i + 1] as usize];
                values.append(String::from_utf8_lossy(text))?;
            }
        }
    }
    Ok(values)
}
