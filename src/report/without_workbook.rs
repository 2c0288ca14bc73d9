//! What a build without the feature `workbook` says when it is asked for one.

use super::{Report, Table};
use crate::Error;

/// A refusal.
pub fn workbook(_: &Report<'_>, _: &[Table]) -> Result<Vec<u8>, Error> {
    refused()
}

/// A refusal.
pub fn study_workbook(_: &str, _: &str, _: &[Table]) -> Result<Vec<u8>, Error> {
    refused()
}

fn refused() -> Result<Vec<u8>, Error> {
    Err(Error::NotBuilt {
        what: "the workbook",
        feature: "workbook",
    })
}
