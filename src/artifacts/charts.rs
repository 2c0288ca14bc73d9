//! Charts, and the page that shows them.

use rayon::prelude::*;

use crate::Error;
use crate::report::figure::{Figure, render};
use crate::report::{self, Report, RunOptions};
use crate::units::Style;

/// Every chart of a run as PNG and SVG.
pub fn charts(report: &Report<'_>, options: &RunOptions) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let figures = report::figures(report, options.convergence);
    drawn(figures, report.scenario.report.style)
}

/// The page of a run.
pub fn page(report: &Report<'_>, options: &RunOptions) -> Result<String, Error> {
    report::page(report, options).map_err(|error| Error::Chart {
        name: "report.html".to_owned(),
        reason: error.to_string(),
    })
}

/// Each figure as `charts/NAME.png` and `charts/NAME.svg`, drawn side by side on the
/// current thread pool.
///
/// # Errors
/// [`Error::Chart`] where one cannot be drawn, for want of memory or in a broken build.
pub fn drawn(
    figures: Vec<(String, Figure)>,
    style: Style,
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let drawn: Result<Vec<_>, Error> = figures
        .into_par_iter()
        .map(|(name, figure)| match render(&figure, style) {
            Ok(rendered) => Ok([
                (format!("charts/{name}.png"), rendered.png),
                (format!("charts/{name}.svg"), rendered.svg.into_bytes()),
            ]),
            Err(error) => Err(Error::Chart {
                name,
                reason: error.to_string(),
            }),
        })
        .collect();
    Ok(drawn?.into_iter().flatten().collect())
}
