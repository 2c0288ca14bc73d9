//! A table with a header, as it was pasted or saved: its cells and their lines.

use csv::StringRecord;

use super::StudyError;
use crate::scenario::{Dialect, trimmed};
use crate::text::stray;

/// A table as it was read.
#[derive(Clone, Debug)]
pub struct Pasted {
    /// How it is written.
    pub dialect: Dialect,
    /// The names of its columns, none of them empty.
    pub header: StringRecord,
    /// Its lines that hold something, each with its number and as many cells as the header.
    pub rows: Vec<(u64, StringRecord)>,
}

impl Pasted {
    /// Reads a table called `name` of at most so many lines, of which `wanted` says how it
    /// is to be, `row` what a line of it is.
    ///
    /// # Errors
    /// Where it is no such table, or there are more; `None` for the latter.
    pub fn read(
        name: &str,
        text: &[u8],
        (wanted, row): (&str, &str),
        within_limit: &dyn Fn(u64) -> Result<(), StudyError>,
    ) -> Result<Self, StudyError> {
        let refuse = |what: String| StudyError::new(format!("{name}: {what}"), wanted);
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        if let Some((at, c)) = std::str::from_utf8(text).ok().and_then(stray) {
            let line = 1 + text[..at].iter().filter(|byte| **byte == b'\n').count();
            let what = match c {
                '\r' => "a carriage return that ends no line".to_owned(),
                c => format!("the character {}", c.escape_unicode()),
            };
            return Err(refuse(format!("line {line} holds {what}")));
        }
        let dialect = Dialect::of(&String::from_utf8_lossy(text));
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .from_reader(text);
        let header = reader.headers().map_err(|error| refuse(said(&error)))?;
        let header = trimmed(header, 0);
        if header.is_empty() {
            return Err(refuse("the table is empty".to_owned()));
        }
        if header.iter().any(str::is_empty) {
            return Err(refuse("a column has no key in the first line".to_owned()));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| refuse(said(&error)))?;
            let line = record.position().map_or(0, csv::Position::line);
            let record = trimmed(&record, header.len());
            if record.len() > 1 && record.iter().all(str::is_empty) {
                continue;
            }
            if record.len() != header.len() {
                return Err(refuse(unequal(line, record.len(), header.len())));
            }
            rows.push((line, record));
            within_limit(rows.len() as u64)?;
        }
        if rows.is_empty() {
            return Err(refuse(format!("there is no {row} below the first line")));
        }
        Ok(Self {
            dialect,
            header,
            rows,
        })
    }

    /// A cell as TOML writes it: numbers and dates that a spreadsheet shows in its own way
    /// become plain ones, anything else stays.
    ///
    /// # Errors
    /// What a number could be, where that is two things.
    pub fn in_toml(&self, cell: &str) -> Result<String, String> {
        let dialect = self.dialect;
        if let Some(value) = dialect.number(cell).filter(|value| value.is_finite()) {
            // What is a number of TOML keeps its digits.
            return Ok(match cell.parse() == Ok(value) {
                true => cell.to_owned(),
                false => value.to_string(),
            });
        }
        if dialect.could_be_two(cell) {
            return Err(dialect.advice(cell).unwrap_or_default());
        }
        let is_toml = || format!("x={cell}").parse::<toml::Table>().is_ok();
        let day = || dialect.day(cell, false).map(|day| day.to_string());
        let is_kept = cell.is_empty() || is_toml();
        Ok((!is_kept)
            .then(day)
            .flatten()
            .unwrap_or_else(|| cell.to_owned()))
    }
}

/// That a line has another number of cells than the header.
fn unequal(line: u64, len: usize, wanted: usize) -> String {
    let cells = if len == 1 { "cell" } else { "cells" };
    format!("line {line} has {len} {cells} where the first line has {wanted}")
}

/// What is wrong with a line of a table.
fn said(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos: Some(at), .. } => {
            format!("line {} is not UTF-8 text", at.line())
        }
        _ => error.to_string(),
    }
}
