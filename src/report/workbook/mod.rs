//! The workbook: the result tables as tables of a spreadsheet, a line for each year, the
//! inputs with names, checks by formula, native charts. Texts are written as texts and
//! never as formulas; equal runs give equal bytes.

mod charts;
mod checks;
mod names;
mod sheets;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::format::{TableFormat, Tabled};
use super::{Report, Table};
use crate::Error;

/// The format.
pub struct Xlsx;

impl TableFormat for Xlsx {
    fn files(&self, of: &Tabled<'_>) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let made = match of.report {
            Some(report) => made(report, of.tables),
            None => of_study(of),
        };
        // Where a table has more lines than a sheet can hold.
        let bytes = made.map_err(|error| Error::Format {
            format: "workbook",
            reason: error.to_string(),
        })?;
        Ok(vec![(format!("{}.xlsx", of.stem), bytes)])
    }
}

/// The tables of a study, each a sheet, after one with its answer: the text of a terminal.
fn of_study(of: &Tabled<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = named(of.title)?;
    let sheet = workbook.add_worksheet().set_name("Answer")?;
    sheet.set_column_width(0, 100)?;
    for (row, line) in of.text.lines().enumerate() {
        sheets::text(sheet, (row as u32, 0), line, Format::new())?;
    }
    for table in of.tables {
        sheets::table(workbook.add_worksheet(), table)?;
    }
    workbook.save_to_buffer()
}

/// An empty workbook with a title.
fn named(title: &str) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    // The time of writing would change the bytes from run to run.
    let constant = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(title)
            .set_comment(format!("capbind {}", env!("CARGO_PKG_VERSION")))
            .set_creation_datetime(&constant),
    );
    Ok(workbook)
}

fn made(report: &Report<'_>, tables: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = named(&report.scenario.title)?;
    sheets::about(workbook.add_worksheet(), report)?;
    workbook.add_worksheet().set_name(charts::SHEET)?;
    let mut names = names::Names::default();
    let by_year = super::tables::by_year(report);
    let (first, rest) = tables.split_at(tables.len().min(1));
    let all: Vec<Table> = [first, &[by_year], rest].concat();
    for table in &all {
        sheets::table(workbook.add_worksheet(), table)?;
    }
    first.iter().for_each(|summary| names.add_results(summary));
    sheets::inputs(workbook.add_worksheet(), report, &mut names)?;
    checks::checks(workbook.add_worksheet(), &all)?;
    names.define(&mut workbook)?;
    let drawn = charts::data(workbook.add_worksheet(), report)?;
    let sheet = workbook.worksheet_from_name(charts::SHEET)?;
    charts::place(sheet, &drawn)?;
    workbook.save_to_buffer()
}
