//! Charts of a portfolio, as data.

use super::figure::{
    Fan, Figure, Frame, LineAxis, LinePanel, Lines, Measure, PercentileCurve, Series, Stands,
    Tornado, TornadoRow,
};
use super::portfolio::FundReport;
use super::probability::{in_words, rounded};
use super::study_charts;
use super::text::plain;
use crate::simulate::GroupResult;
use crate::stats::MeanEstimate;
use crate::units::{Date, grouped_number, percent_digits};

/// Deals that a chart shows.
const MOST_DEALS: usize = 15;
/// Points of the curve of multiples.
const POINTS: usize = 121;
/// Multiples beyond the last of a hundred outcomes on either side are not drawn.
const END: f64 = 0.01;

/// The charts by file name without extension.
pub fn portfolio_figures(report: &FundReport<'_>) -> Vec<(String, Figure)> {
    let mut figures = vec![("cash".to_owned(), Figure::Fan(cash(report)))];
    if let Some(lines) = multiple(report) {
        figures.push(("multiple".to_owned(), Figure::Lines(lines)));
    }
    figures.push(("contributions".to_owned(), Figure::Tornado(shares(report))));
    if let Some(tail) = tail(report) {
        figures.push(("tail".to_owned(), Figure::Tornado(tail)));
    }
    figures
}

fn frame(report: &FundReport<'_>, title: String) -> Frame {
    let subtitle = format!("{}, amounts undiscounted", report.title());
    study_charts::frame(report.reference, title, subtitle)
}

/// What comes in by calendar year.
fn cash(report: &FundReport<'_>) -> Fan {
    let years = &report.results.years;
    let mean = |cell: &crate::simulate::Cell| cell.measured().estimate.mean;
    let best = years
        .iter()
        .max_by(|a, b| mean(&a.cash).total_cmp(&mean(&b.cash)));
    let money = &report.fund.money;
    let title = best.map_or_else(String::new, |year| {
        let at = |q: f64| year.cash.measured().distribution.quantile(q).unwrap_or(0.0);
        format!(
            "Expected cash peaks at {} in {} (nine outcomes of ten: {} to {})",
            money.format_suited(mean(&year.cash)),
            year.year,
            money.format_suited(at(0.05)),
            money.format_suited(at(0.95)),
        )
    });
    let day = |year: i16, month: i8, day: i8| Date::new(year, month, day).expect("a day");
    let percentiles = report.reference.report.percentiles.iter();
    Fan {
        frame: frame(report, title),
        quantity: "Cash per year".to_owned(),
        money: money.clone(),
        start: day(years[0].year, 1, 1),
        dates: years.iter().map(|year| day(year.year, 12, 31)).collect(),
        stands: Stands::OverAll,
        percentiles: percentiles
            .map(|&percentile| PercentileCurve {
                percentile,
                values: years
                    .iter()
                    .map(|year| {
                        let cash = year.cash.measured();
                        cash.distribution
                            .quantile(percentile / 100.0)
                            .unwrap_or(0.0)
                    })
                    .collect(),
            })
            .collect(),
        mean: years.iter().map(|year| mean(&year.cash)).collect(),
        reference: None,
        level: None,
        earlier: Vec::new(),
        reported: Vec::new(),
        milestones: Vec::new(),
        ghosts: Vec::new(),
    }
}

/// How probable it is that a multiple is reached.
fn multiple(report: &FundReport<'_>) -> Option<Lines> {
    let results = report.results;
    let invested = results.invested?;
    let total = results.total.measured();
    let at = |q: f64| Some(total.distribution.quantile(q)? / invested);
    let (low, high) = (at(END)?, at(1.0 - END)?);
    let (low, high) = match high > low {
        true => (low, high),
        false => (0.9 * low, 1.1 * high + 0.1),
    };
    let points = (0..POINTS).map(|i| low + (high - low) * i as f64 / (POINTS - 1) as f64);
    let points: Vec<f64> = points.collect();
    let above = |m: &f64| 1.0 - total.distribution.part_below(m * invested);
    let values: Vec<f64> = points.iter().map(above).collect();
    let median = at(0.5)?;
    let back = above(&1.0);
    let title = format!(
        "What is invested comes back with a probability of {}; the median multiple is {}",
        in_words(back),
        plain((median * 100.0).round() / 100.0)
    );
    Some(Lines {
        frame: frame(report, title),
        x: LineAxis::Numbers("Multiple of what is invested".to_owned(), points),
        panels: vec![LinePanel {
            quantity: "Probability of at least so much".to_owned(),
            measure: Measure::Share,
            from_zero: true,
            series: vec![Series {
                label: String::new(),
                style: 0,
                values,
                band_ends: None,
                band: Vec::new(),
            }],
            level: None,
        }],
        bands: String::new(),
        missing: String::new(),
    })
}

/// The deals with the largest of something.
fn largest<'a>(
    report: &'a FundReport<'_>,
    of: impl Fn(&GroupResult) -> Option<MeanEstimate>,
) -> Vec<(&'a str, MeanEstimate)> {
    let deals = report.fund.deals.iter().zip(&report.results.deals);
    let of_deals = deals.filter_map(|(names, deal)| Some((names.id.as_str(), of(&deal.adds)?)));
    let mut all: Vec<(&str, MeanEstimate)> = of_deals.collect();
    all.sort_by(|a, b| b.1.mean.total_cmp(&a.1.mean).then(a.0.cmp(b.0)));
    all.truncate(MOST_DEALS);
    all
}

fn bars(rows: Vec<(&str, MeanEstimate)>) -> Vec<TornadoRow> {
    let rows = rows.into_iter().map(|(name, estimate)| TornadoRow {
        label: name.to_owned(),
        low: None,
        high: (estimate.mean, rounded(estimate.mean)),
        part: None,
        std_error: Some(estimate.std_error),
    });
    rows.collect()
}

/// Which of the deals are shown, where not all are.
fn note(report: &FundReport<'_>, shown: usize) -> Vec<String> {
    let all = report.fund.deals.len();
    let which = format!(
        "The {shown} largest of {} deals.",
        grouped_number(all as f64, 0)
    );
    (all > shown).then_some(which).into_iter().collect()
}

/// Shares of expected cash.
fn shares(report: &FundReport<'_>) -> Tornado {
    let rows = largest(report, |found| Some(found.share));
    let held: f64 = rows.iter().map(|(_, share)| share.mean).sum();
    let effective = report
        .results
        .concentration
        .first()
        .map_or(1.0, |c| c.effective.mean);
    // Beyond ten a tenth of a deal says nothing.
    let steps = if effective < 10.0 { 10.0 } else { 1.0 };
    let title = match rows.as_slice() {
        [(name, share)] => format!("{name} brings in {}", rounded(share.mean)),
        [(name, share), ..] => format!(
            "{name} is the largest deal with {} of expected cash; the portfolio is as even as {} \
             deals of equal size",
            rounded(share.mean),
            plain((effective * steps).round() / steps)
        ),
        [] => String::new(),
    };
    let mut notes = note(report, rows.len());
    if report.fund.deals.len() > rows.len() {
        notes.push(format!(
            "Together these have {} of expected cash.",
            rounded(held)
        ));
    }
    Tornado {
        frame: frame(report, title),
        quantity: "Share of expected cash".to_owned(),
        measure: Measure::Share,
        base: 0.0,
        is_bridge: false,
        notes,
        rows: bars(rows),
    }
}

/// Shares of what the worst outcomes lack.
fn tail(report: &FundReport<'_>) -> Option<Tornado> {
    let rows = largest(report, |found| found.share_of_shortfall);
    let (name, share) = rows.first()?;
    let part = percent_digits(report.results.tail.part);
    let title = format!(
        "{name} adds most to bad outcomes: {} of what the worst {part}\u{a0}% lack",
        rounded(share.mean)
    );
    Some(Tornado {
        frame: frame(report, title),
        quantity: format!("Share of the shortfall in the worst {part}\u{a0}% of outcomes"),
        measure: Measure::Share,
        base: 0.0,
        is_bridge: false,
        notes: note(report, rows.len()),
        rows: bars(rows),
    })
}
