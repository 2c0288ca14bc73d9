//! Names for single cells, so that a sheet of the reader's own can say `=cap` or
//! `=expected_total_paid`.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Workbook, XlsxError, column_number_to_name};

use super::super::{Table, Value};
use super::sheets::sheet_name;

/// Names on the way into a workbook: each with the cell it stands for, or none where two
/// cells would have it.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, Option<String>>);

impl Names {
    /// A name for a cell by its row and column, counted from 0.
    pub fn add(&mut self, name: &str, sheet: &str, (row, column): (u32, u16)) {
        let Some(name) = permitted(name) else {
            return;
        };
        let letter = column_number_to_name(column);
        let cell = format!("='{sheet}'!${letter}${}", row + 1);
        let others = self.0.entry(name).or_insert_with(|| Some(cell.clone()));
        if others.as_ref() != Some(&cell) {
            *others = None;
        }
    }

    /// Names for the results: expected amounts, probabilities, median dates; of several
    /// agreements with the agreement's name behind.
    pub fn add_results(&mut self, summary: &Table) {
        let column = |name: &str| summary.columns.iter().position(|column| column == name);
        let (Some(mean), median) = (column("mean"), column("p50")) else {
            return;
        };
        let mut agreements: Vec<&Value> = summary.rows.iter().map(|row| &row[0]).collect();
        agreements.dedup();
        for (i, row) in summary.rows.iter().enumerate() {
            let [
                Value::Text(agreement),
                Value::Text(quantity),
                Value::Text(unit),
            ] = &row[..3]
            else {
                continue;
            };
            let suffix = match agreements.len() {
                1 => String::new(),
                _ => format!("_{agreement}"),
            };
            let (name, at) = match (unit.as_str(), median) {
                ("probability", _) => (quantity.clone(), mean),
                ("date", Some(median)) => (format!("median_{quantity}"), median),
                ("date", None) => continue,
                _ => (format!("expected_{quantity}"), mean),
            };
            let place = (i as u32 + 1, at as u16);
            self.add(&format!("{name}{suffix}"), &sheet_name(summary.name), place);
        }
    }

    /// Gives them to a workbook.
    pub fn define(self, workbook: &mut Workbook) -> Result<(), XlsxError> {
        for (name, cell) in self.0 {
            if let Some(cell) = cell {
                workbook.define_name(name, &cell)?;
            }
        }
        Ok(())
    }
}

/// A name as spreadsheets permit it: letters, digits and `_`, no cell's address.
fn permitted(name: &str) -> Option<String> {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let letters = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_address = letters.len() <= 3 && letters.len() < plain.len();
    let is_row_or_column = plain.len() < 2;
    let begins = plain.starts_with(|c: char| c.is_ascii_alphabetic());
    (begins && !is_address && !is_row_or_column && plain.len() <= 200).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_such_as_spreadsheets_permit() {
        assert_eq!(permitted("annual.2026").as_deref(), Some("annual_2026"));
        assert_eq!(permitted("cap").as_deref(), Some("cap"));
        for name in ["p5", "c", "2026", "", "A1", "=1+1"] {
            assert_eq!(permitted(name), None, "{name}");
        }
        let mut names = Names::default();
        names.add("date", "Inputs", (3, 2));
        names.add("date", "Inputs", (4, 2));
        assert_eq!(names.0["date"], None);
    }
}
