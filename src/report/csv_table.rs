//! CSV files as every table of ours is written: header, comma, `.` decimal, LF,
//! UTF-8, and no text that a spreadsheet would run as a formula.

use std::borrow::Cow;

use super::Cell;

/// A CSV file in the making.
pub struct CsvTable(csv::Writer<Vec<u8>>);

const IN_MEMORY: &str = "writing to memory succeeds";

impl CsvTable {
    /// A table with these columns and then one for each percentile, in percent.
    pub fn new(columns: &[&str], percentiles: &[f64]) -> Self {
        let mut header: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        header.extend(percentiles.iter().map(|p| format!("p{p}")));
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(&header).expect(IN_MEMORY);
        Self(writer)
    }

    /// Adds a line, its percentiles last. Text that a spreadsheet would take for
    /// a formula is made [`harmless`].
    pub fn push(&mut self, mut record: Vec<String>, percentiles: &[Cell]) {
        record.extend(percentiles.iter().map(|cell| match cell {
            Cell::Number(value) => format!("{value}"),
            Cell::Date(date) => date.to_string(),
            Cell::Empty => String::new(),
        }));
        let fields = record.iter().map(|field| harmless(field));
        self.0
            .write_record(fields.map(|field| field.as_bytes().to_vec()))
            .expect(IN_MEMORY);
    }

    /// The file's bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner().expect(IN_MEMORY)
    }
}

/// A field that a spreadsheet shows and never runs: text that begins with `=`,
/// `+`, `-`, `@` (their full-width forms too), a tab or a carriage return gets
/// an apostrophe before it. Spaces before such a character change nothing.
/// Numbers are left alone: a finite decimal is no formula.
pub fn harmless(field: &str) -> Cow<'_, str> {
    if runs_in_a_spreadsheet(field) {
        Cow::Owned(format!("'{field}"))
    } else {
        Cow::Borrowed(field)
    }
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
            "\t=1",
            "\r=1",
            "  =1",
            "\u{ff1d}1",
            "-",
        ] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
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
    fn fields_are_made_harmless_on_the_way_into_a_file() {
        let mut table = CsvTable::new(&["name", "mean"], &[5.0]);
        table.push(
            vec!["=HYPERLINK(\"x\")".to_owned(), "-1".to_owned()],
            &[Cell::Number(-2.5)],
        );
        let text = String::from_utf8(table.finish()).unwrap();
        assert_eq!(text, "name,mean,p5\n\"'=HYPERLINK(\"\"x\"\")\",-1,-2.5\n");
    }
}
