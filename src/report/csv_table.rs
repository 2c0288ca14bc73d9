//! CSV files as every table of ours is written: header, comma, `.` decimal, LF,
//! UTF-8, and no text that a spreadsheet would run as a formula.

use std::borrow::Cow;
use std::io::Write;

use super::format::{TableFormat, Tabled};
use super::table::{Table, Value};
use crate::Error;

/// A CSV file in the making, in memory or on its way to a disk.
pub struct CsvTable<W: Write = Vec<u8>> {
    name: String,
    columns: Vec<String>,
    writer: csv::Writer<W>,
    rows: u64,
    wrong: Option<CsvError>,
}

/// Why a CSV file cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// A number of it is none: infinite, or the result of two such.
    #[error(
        "{file}, row {row} ({said}): {column} comes to {value}, which is no number; amounts of \
         the scenario lie too far apart: bring the smallest and the largest closer together"
    )]
    NotFinite {
        /// The file.
        file: String,
        /// The row, counted from 1 without the header.
        row: u64,
        /// The texts of the row, which say what it is of.
        said: String,
        /// The column's name.
        column: String,
        /// The number.
        value: f64,
    },
    /// The disk refuses.
    #[error("{0}")]
    Write(#[from] csv::Error),
}

/// The format: a file for each table.
pub struct Csv;

impl TableFormat for Csv {
    fn files(&self, of: &Tabled<'_>) -> Result<Vec<(String, Vec<u8>)>, Error> {
        Ok(csv_files(of.tables)?)
    }
}

/// The files of tables, by name.
///
/// # Errors
/// Where a number is not finite.
pub fn csv_files(tables: &[Table]) -> Result<Vec<(String, Vec<u8>)>, CsvError> {
    let files = tables.iter();
    files
        .map(|table| Ok((table.file(), table.to_csv()?)))
        .collect()
}

impl CsvTable {
    /// A file in memory with these columns.
    pub fn new(name: &str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned());
        Self::to(Vec::new(), name, columns.collect())
    }
}

impl<W: Write> CsvTable<W> {
    /// A file with these columns whose bytes go to `out`.
    pub fn to(out: W, name: &str, columns: Vec<String>) -> Self {
        let mut writer = csv::WriterBuilder::new().from_writer(out);
        let header = columns.iter().map(|column| harmless(column).into_owned());
        let wrong = writer.write_record(header).err().map(CsvError::from);
        Self {
            name: name.to_owned(),
            columns,
            writer,
            rows: 0,
            wrong,
        }
    }

    /// Adds a line, one value for each column. Text that a spreadsheet would take for
    /// a formula is made [`harmless`]. After a line that cannot be written no more is.
    pub fn push(&mut self, row: &[Value]) {
        self.rows += 1;
        if self.wrong.is_none() {
            self.wrong = self.write(row).err();
        }
    }

    fn write(&mut self, row: &[Value]) -> Result<(), CsvError> {
        let not_finite = row.iter().position(|value| !value.is_finite());
        if let Some((at, value)) = not_finite.and_then(|at| Some((at, row[at].number()?))) {
            let texts = row[..at].iter().filter_map(|value| match value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            });
            return Err(CsvError::NotFinite {
                file: self.name.clone(),
                row: self.rows,
                said: texts.collect::<Vec<_>>().join(", "),
                column: self.columns.get(at).cloned().unwrap_or_default(),
                value,
            });
        }
        let fields = row.iter().map(Value::to_field);
        let fields = fields.map(|field| harmless(&field).into_owned());
        Ok(self.writer.write_record(fields)?)
    }

    /// The whole file; in memory, its bytes.
    ///
    /// # Errors
    /// Where a number is not finite, or the disk refuses.
    pub fn finish(mut self) -> Result<W, CsvError> {
        match self.wrong {
            Some(wrong) => Err(wrong),
            None => {
                self.writer.flush().map_err(csv::Error::from)?;
                let failed = |text: String| csv::Error::from(std::io::Error::other(text));
                let out = self.writer.into_inner();
                Ok(out.map_err(|error| failed(error.error().to_string()))?)
            }
        }
    }
}

/// A field that a spreadsheet shows and never runs: text that begins with `=`,
/// `+`, `-`, `@` (their full-width forms too), a tab or a carriage return gets
/// an apostrophe before it. Spaces before such a character change nothing.
/// Numbers are left alone: a finite decimal is no formula.
///
/// Where semicolons or tabs part the cells, as in countries with decimal commas, a
/// field is cut at them whatever the quotes: what follows one is made harmless too.
pub fn harmless(field: &str) -> Cow<'_, str> {
    let parts: Vec<&str> = field.split_inclusive([';', '\t', '\n', '\r']).collect();
    // A quotation mark that opens a cell is no part of it.
    let runs = |(i, part): (usize, &&str)| match i {
        0 => runs_in_a_spreadsheet(field) || runs_in_a_spreadsheet(part),
        _ => runs_in_a_spreadsheet(part.trim_start_matches([' ', '"']).trim_end_matches(';')),
    };
    if !parts.iter().enumerate().any(runs) {
        return Cow::Borrowed(field);
    }
    let mut out = String::with_capacity(field.len() + 2);
    for (i, part) in parts.iter().enumerate() {
        if runs((i, part)) {
            out.push('\'');
        }
        out.push_str(part);
    }
    Cow::Owned(out)
}

/// Whether a spreadsheet that reads this text from a CSV file may take it for a
/// formula.
pub fn runs_in_a_spreadsheet(field: &str) -> bool {
    let begins = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
        )
    };
    let number = |text: &str| text.parse().is_ok_and(f64::is_finite);
    field.trim_start_matches(' ').starts_with(begins) && !number(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for text in [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-2+3",
            "-inf",
            "@SUM(A1)",
            "  =1",
            "\u{ff1d}1",
            "-",
        ] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("\t=1"), "'\t'=1");
        assert_eq!(harmless("\r=1"), "'\r'=1");
        for text in [
            "",
            "-1.5",
            "-2e-7",
            "0.25",
            "OpenAI to Microsoft",
            "a=b",
            "2026-01-01",
        ] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn what_follows_a_semicolon_may_be_a_cell_of_its_own() {
        for (text, wanted) in [
            ("x;=1+1", "x;'=1+1"),
            ("x; \"@SUM(A1)\";y", "x;' \"@SUM(A1)\";y"),
            ("=1;=2", "'=1;'=2"),
            ("x\n+1+1", "x\n'+1+1"),
        ] {
            assert_eq!(harmless(text), wanted);
        }
        for text in ["a;b", "a; b=c", "1;-2;3", "a;"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn fields_are_made_harmless_on_the_way_into_a_file() {
        let mut table = CsvTable::new("t.csv", &["name", "mean", "p5"]);
        table.push(&[
            "=HYPERLINK(\"x\")".into(),
            Value::Number(-1.0),
            Value::Number(-2.5),
        ]);
        let text = String::from_utf8(table.finish().unwrap()).unwrap();
        assert_eq!(text, "name,mean,p5\n\"'=HYPERLINK(\"\"x\"\")\",-1,-2.5\n");
    }

    #[test]
    fn what_is_no_number_is_named_and_nothing_written() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut table = CsvTable::new("t.csv", &["name", "mean", "p5"]);
            table.push(&["a".into(), Value::Number(1.0), Value::Empty]);
            table.push(&["NaN".into(), Value::Empty, Value::Number(value)]);
            table.push(&["inf".into(), Value::Empty, Value::Number(0.0)]);
            let error = table.finish().unwrap_err().to_string();
            let start = format!("t.csv, row 2 (NaN): p5 comes to {value}, which is no number;");
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
