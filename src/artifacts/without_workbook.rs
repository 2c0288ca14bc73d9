//! What a build without the feature `workbook` says when it is asked for one.

use crate::Error;
use crate::report::{Report, Table};

/// A refusal.
pub fn workbook(_: &Report<'_>, _: &[Table]) -> Result<Vec<u8>, Error> {
    Err(Error::NotBuilt {
        what: "workbook.xlsx",
        feature: "workbook",
    })
}
