//! What a build without the feature `charts` says when it is asked for some.

use crate::Error;
use crate::report::{Manifest, Report, RunOptions, Table};
use crate::scenario::{ChartOptions, Style};
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

/// A refusal.
pub fn study_page(
    _: &str,
    _: &str,
    _: (&[(String, Figure)], &ChartOptions),
    _: &[Table],
    _: &Manifest,
) -> Result<String, Error> {
    refused("report.html")
}

/// There is none.
#[derive(Clone, Debug)]
pub enum Figure {}

/// None drawn; a refusal where one is asked for by name.
pub fn drawn(
    _: Vec<(String, Figure)>,
    _: Style,
    options: &ChartOptions,
    _: &dyn Observer,
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    match options.only.is_empty() {
        true => Ok(Vec::new()),
        false => refused("charts"),
    }
}

fn refused<T>(what: &'static str) -> Result<T, Error> {
    let feature = "charts";
    Err(Error::NotBuilt { what, feature })
}
