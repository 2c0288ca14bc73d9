//! How forecasts came out against what they said, as charts.

use super::backtest::{FEW, LEVEL, backtest_answer};
use super::figure::{Figure, Frame, LineAxis, LinePanel, Lines, Measure, Series};
use super::probability::rounded;
use crate::study::{Score, TrackRecord, binomial_band};

/// The charts that a backtest may have, by file name without extension.
pub const BACKTEST_CHARTS: [&str; 2] = ["calibration", "reliability"];
/// Stated probabilities are taken together in so many equal parts of 0 to 1.
const PARTS: usize = 5;

/// The bands and percentiles of forecasts against how often outcomes lay within and below
/// them, and probabilities against how often what they are of happened; what there is of
/// these.
pub fn backtest_figures(record: &TrackRecord, table: &str) -> Vec<(String, Figure)> {
    let figures = [calibration(record, table), reliability(record, table)];
    let named = BACKTEST_CHARTS.iter().zip(figures);
    named
        .filter_map(|(name, figure)| Some(((*name).to_owned(), Figure::Lines(figure?))))
        .collect()
}

fn calibration(record: &TrackRecord, table: &str) -> Option<Lines> {
    let transforms: Vec<f64> = record.scores.iter().filter_map(|s| s.transform).collect();
    let outcomes = outcomes(record, |score| score.transform.is_some());
    if outcomes == 0 {
        return None;
    }
    let stated: Vec<f64> = (1..10).map(|tenth| f64::from(tenth) / 10.0).collect();
    let part = |holds: &dyn Fn(f64) -> bool| {
        let count = transforms.iter().filter(|t| holds(**t)).count();
        count as f64 / transforms.len() as f64
    };
    let within = |p: &f64| part(&|t| (t - 0.5).abs() <= 0.5 * p);
    let below = |p: &f64| part(&|t| t <= *p);
    let panel = |quantity: &str, observed: Vec<f64>| {
        let stated: Vec<(f64, usize)> = stated.iter().map(|p| (*p, outcomes)).collect();
        panel(quantity, observed, &stated)
    };
    Some(Lines {
        frame: frame(
            table,
            backtest_answer(record),
            "How often outcomes lay within the bands and below the percentiles of forecasts"
                .to_owned(),
        ),
        x: LineAxis::Numbers(
            "Stated probability, %".to_owned(),
            stated.iter().map(|p| 100.0 * p).collect(),
        ),
        panels: vec![
            panel(
                "Outcomes within the central band",
                stated.iter().map(within).collect(),
            ),
            panel(
                "Outcomes below the percentile",
                stated.iter().map(below).collect(),
            ),
        ],
        bands: bands(outcomes),
        missing: String::new(),
    })
}

fn reliability(record: &TrackRecord, table: &str) -> Option<Lines> {
    let events: Vec<(f64, bool)> = record.scores.iter().filter_map(|s| s.event).collect();
    let outcomes = outcomes(record, |score| score.event.is_some());
    let of_part = |part: usize| {
        let own =
            |(chance, _): &&(f64, bool)| ((chance * PARTS as f64) as usize).min(PARTS - 1) == part;
        let own: Vec<&(f64, bool)> = events.iter().filter(own).collect();
        let count = own.len() as f64;
        let stated = own.iter().map(|(chance, _)| chance).sum::<f64>() / count;
        let happened = own.iter().filter(|(_, happened)| *happened).count() as f64 / count;
        (!own.is_empty()).then_some((stated, happened, own.len()))
    };
    let parts: Vec<(f64, f64, usize)> = (0..PARTS).filter_map(of_part).collect();
    if parts.len() < 2 {
        return None;
    }
    let stated: Vec<(f64, usize)> = parts.iter().map(|(p, _, count)| (*p, *count)).collect();
    Some(Lines {
        frame: frame(
            table,
            happened(&events),
            format!(
                "{} stated probabilities of {outcomes} outcomes, in {PARTS} parts",
                events.len()
            ),
        ),
        x: LineAxis::Numbers(
            "Stated probability, %".to_owned(),
            parts.iter().map(|(stated, ..)| 100.0 * stated).collect(),
        ),
        panels: vec![panel(
            "How often it happened",
            parts.iter().map(|(_, happened, _)| *happened).collect(),
            &stated,
        )],
        bands: bands(outcomes),
        missing: String::new(),
    })
}

/// What came of events against what was stated.
fn happened(events: &[(f64, bool)]) -> String {
    let count = events.len() as f64;
    let stated = events.iter().map(|(chance, _)| chance).sum::<f64>() / count;
    let happened = events.iter().filter(|(_, happened)| *happened).count() as f64 / count;
    format!(
        "{} of the events happened; their forecasts said {} on average.",
        rounded(happened),
        rounded(stated)
    )
}

fn frame(table: &str, title: String, subtitle: String) -> Frame {
    Frame {
        title,
        subtitle,
        sources: format!("Forecasts: {table}."),
        run: format!("capbind {}, nothing simulated.", env!("CARGO_PKG_VERSION")),
    }
}

fn bands(outcomes: usize) -> String {
    let few = match outcomes {
        n if n < FEW => " With so few outcomes it is wide.",
        _ => "",
    };
    format!(
        "Band: where {} % of track records of this size lie whose forecasts are as stated, one \
         outcome each (binomial).{few}",
        100.0 * LEVEL
    )
}

/// What was seen and what was stated, with a band for so many outcomes.
fn panel(quantity: &str, observed: Vec<f64>, stated: &[(f64, usize)]) -> LinePanel {
    LinePanel {
        quantity: quantity.to_owned(),
        measure: Measure::Share,
        from_zero: true,
        series: vec![
            Series {
                label: "seen".to_owned(),
                style: 0,
                values: observed,
                band: Vec::new(),
                band_ends: None,
            },
            Series {
                label: "as stated".to_owned(),
                style: 1,
                values: stated.iter().map(|(p, _)| *p).collect(),
                band: stated
                    .iter()
                    .map(|(p, n)| binomial_band(*p, *n, LEVEL))
                    .collect(),
                band_ends: None,
            },
        ],
        level: None,
    }
}

/// The outcomes of the forecasts that are scored so.
fn outcomes(record: &TrackRecord, is_scored: fn(&Score) -> bool) -> usize {
    let scored = record.scores.iter().filter(|score| is_scored(score));
    let mut names: Vec<&str> = scored.map(|score| score.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}
