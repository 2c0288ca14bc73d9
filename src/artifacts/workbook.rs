//! `workbook.xlsx`.

use crate::Error;
use crate::report::{self, Report, Table};

/// The workbook of a run.
pub fn workbook(report: &Report<'_>, tables: &[Table]) -> Result<Vec<u8>, Error> {
    report::workbook(report, tables).map_err(|error| Error::Workbook {
        reason: error.to_string(),
    })
}
