//! Charts, and the page that shows them.

use rayon::prelude::*;

use crate::Error;
pub use crate::report::figure::Figure;
use crate::report::figure::{FigureError, render};
use crate::report::{self, Manifest, Report, RunOptions, Table};
use crate::scenario::{ChartOptions, Style};
use crate::simulate::{Cancelled, Observer};
use crate::study::StudyError;

/// Every chart of a run as PNG and SVG.
pub fn charts(
    report: &Report<'_>,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let figures = report::figures(report, options.convergence);
    drawn(
        figures,
        report.scenario.report.style,
        &report.scenario.report.charts,
        observer,
    )
}

/// The page of a run.
pub fn page(report: &Report<'_>, options: &RunOptions) -> Result<String, Error> {
    report::page(report, options).map_err(of_page)
}

/// The page of a study.
pub fn study_page(
    title: &str,
    text: &str,
    (figures, options): (&[(String, Figure)], &ChartOptions),
    tables: &[Table],
    manifest: &Manifest,
) -> Result<String, Error> {
    let figures = (figures.to_vec(), options);
    report::study_page(title, text, figures, tables, manifest).map_err(of_page)
}

fn of_page(error: FigureError) -> Error {
    Error::Chart {
        name: "report.html".to_owned(),
        reason: error.to_string(),
    }
}

/// Each figure asked for as `charts/NAME.png` and `charts/NAME.svg`, drawn side by side on
/// the current thread pool, and `charts/NAME.csv` where its numbers are asked for. The
/// observer is asked before each.
///
/// # Errors
/// [`Error::Question`] where a figure asked for is not among them, [`Error::Chart`] where
/// one cannot be drawn, for want of memory or in a broken build, [`Error::Table`] where its
/// numbers cannot be written, [`Error::Cancelled`] where the observer says to stop.
pub fn drawn(
    figures: Vec<(String, Figure)>,
    style: Style,
    options: &ChartOptions,
    observer: &dyn Observer,
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let known: Vec<&str> = figures.iter().map(|(name, _)| name.as_str()).collect();
    let unknown = |name: &&String| !known.contains(&name.as_str());
    if let Some(name) = options.only.iter().find(unknown) {
        return Err(Error::Question(StudyError {
            message: format!("there is no chart `{name}`"),
            hint: match known.as_slice() {
                [] => "leave it out: this command draws none here".to_owned(),
                names => format!("one of {}", names.join(", ")),
            },
        }));
    }
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|n| n == name);
    let drawn: Result<Vec<_>, Error> = figures
        .into_par_iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, mut figure)| {
            if observer.cancelled() {
                return Err(Cancelled.into());
            }
            figure.reword(options);
            let rendered = match render(&figure, style) {
                Ok(rendered) => rendered,
                Err(error) => {
                    return Err(Error::Chart {
                        name,
                        reason: error.to_string(),
                    });
                }
            };
            let mut files = vec![
                (format!("charts/{name}.png"), rendered.png),
                (format!("charts/{name}.svg"), rendered.svg.into_bytes()),
            ];
            if options.data {
                let file = format!("charts/{name}.csv");
                let bytes = figure.data(&file)?;
                files.push((file, bytes));
            }
            Ok(files)
        })
        .collect();
    Ok(drawn?.into_iter().flatten().collect())
}
