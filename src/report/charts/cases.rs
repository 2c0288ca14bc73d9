//! How the answer moves with the probability of each case, as a chart.

use super::super::cases::weight;
use super::{findings, words};
use crate::report::Report;
use crate::report::figure::{Level, LineAxis, LinePanel, Lines, Measure as Written, Series};
use crate::simulate::{Kind, Measure};
use crate::stats::MeanEstimate;

/// The part of all runs in whose bands the exact value lies.
const BAND: f64 = 0.95;
const BANDS: &str = "Band: 95\u{a0}% interval of the simulation.";
/// Points of a line: they carry dots at each tenth.
const POINTS: usize = 11;
/// The most cases that have a line.
const MOST_LINES: usize = 5;

/// The expected total and whether the cap binds, by the probability of each case; `None`
/// where there are not two cases. The cases that move it most are shown.
pub fn cases(report: &Report<'_>) -> Option<Lines> {
    let part = report.primary();
    let cases = &report.results.cases;
    if cases.len() < 2 {
        return None;
    }
    let is_capped = part.contract.agreement.cap.is_some();
    let measures = [Measure::PAID, Measure::Binding];
    let measures = measures
        .into_iter()
        .filter(|measure| is_capped || *measure == Measure::PAID);
    let slope = |case: usize| -> MeanEstimate {
        let found = weight(cases, case, 0, Measure::PAID).and_then(|weight| weight.slope());
        found.unwrap_or(MeanEstimate::of(&[0.0, 0.0]))
    };
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by(|a, b| slope(*b).mean.abs().total_cmp(&slope(*a).mean.abs()));
    order.truncate(MOST_LINES);
    order.sort_unstable();
    let at = |i: usize| i as f64 / (POINTS - 1) as f64;
    let panel = |measure: Measure| {
        let series = order.iter().enumerate().filter_map(|(style, &case)| {
            let weight = weight(cases, case, 0, measure)?;
            let all = (0..POINTS).map(|i| weight.at(at(i)));
            let all: Vec<MeanEstimate> = all.collect::<Option<_>>()?;
            let interval = |own: &MeanEstimate| match (measure.kind(), own.interval(BAND)) {
                (Kind::Probability, (low, high)) => (low.max(0.0), high.min(1.0)),
                (_, interval) => interval,
            };
            Some(Series {
                label: cases[case].name.clone(),
                style,
                values: all.iter().map(|own| own.mean).collect(),
                band_ends: None,
                band: all.iter().map(interval).collect(),
            })
        });
        let all = part.outcomes.get(measure).and_then(|found| found.estimate);
        LinePanel {
            quantity: measure.expected_in(&part.contract.agreement),
            measure: match measure.kind() {
                Kind::Probability => Written::Share,
                _ => Written::Money(part.scenario.money.clone()),
            },
            from_zero: false,
            series: series.collect(),
            level: all.map(|all| Level {
                label: "as judged".to_owned(),
                value: all.mean,
            }),
        }
    };
    Some(Lines {
        frame: words(&part, findings::cases(report, slope)),
        x: LineAxis::Numbers(
            "Probability of the case, %; the others in proportion".to_owned(),
            (0..POINTS).map(|i| 100.0 * at(i)).collect(),
        ),
        panels: measures.map(panel).collect(),
        bands: BANDS.to_owned(),
        missing: String::new(),
    })
}
