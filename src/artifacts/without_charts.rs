//! What a build without the feature `charts` says when it is asked for some.

use crate::Error;
use crate::report::{Report, RunOptions};
use crate::simulate::Observer;

/// A refusal.
pub fn charts(
    _: &Report<'_>,
    _: &RunOptions,
    _: &dyn Observer,
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    refused("charts")
}

/// A refusal.
pub fn page(_: &Report<'_>, _: &RunOptions) -> Result<String, Error> {
    refused("report.html")
}

fn refused<T>(what: &'static str) -> Result<T, Error> {
    let feature = "charts";
    Err(Error::NotBuilt { what, feature })
}
