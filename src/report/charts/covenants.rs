//! How likely covenants are missed, quarter by quarter, as a chart.

use std::collections::BTreeSet;

use super::super::covenants::{missed, sentence};
use super::super::text::capitalised;
use super::words;
use crate::report::Report;
use crate::report::figure::{LineAxis, LinePanel, Lines, Measure, Series};
use crate::scenario::Covenant;
use crate::units::Date;

/// No line on a day.
const NONE: (f64, (f64, f64)) = (f64::NAN, (f64::NAN, f64::NAN));
/// The most covenants that have a line.
const MOST_LINES: usize = 5;

/// The probability that less than each covenant's amount has been paid, up to its day;
/// `None` without covenants. Each agreement has a panel.
pub fn covenants(report: &Report<'_>) -> Option<Lines> {
    let all = report.shortfalls;
    let worst = missed(report).max_by(|a, b| a.probability.mean.total_cmp(&b.probability.mean))?;
    let dates: BTreeSet<Date> = all.iter().map(|short| short.date).collect();
    let dates: Vec<Date> = dates.into_iter().collect();
    let money = &report.scenario.money;
    let covenants: Vec<&Covenant> = report
        .scenario
        .report
        .covenants
        .iter()
        .take(MOST_LINES)
        .collect();
    let panel = |agreement: usize| {
        let series = covenants.iter().enumerate().map(|(style, covenant)| {
            let at = |date: &Date| {
                let own = all.iter().find(|short| {
                    short.agreement == agreement
                        && short.covenant == **covenant
                        && short.date == *date
                });
                own.map_or(NONE, |own| {
                    let (low, high) = own.probability.interval(0.95);
                    (own.probability.mean, (low.max(0.0), high.min(1.0)))
                })
            };
            let all: Vec<(f64, (f64, f64))> = dates.iter().map(at).collect();
            Series {
                label: format!("{} by {}", money.format_suited(covenant.paid), covenant.by),
                style,
                values: all.iter().map(|(value, _)| *value).collect(),
                band_ends: None,
                band: all.iter().map(|(_, interval)| *interval).collect(),
            }
        });
        let name = match report.scenario.contracts.len() {
            1 => String::new(),
            _ => format!("{}: ", report.scenario.contracts[agreement].agreement.name),
        };
        LinePanel {
            quantity: format!("{name}Outcomes that have not paid the amount yet"),
            measure: Measure::Share,
            from_zero: true,
            series: series.collect(),
            level: None,
        }
    };
    let title = format!("{}.", capitalised(&sentence(report, worst)));
    Some(Lines {
        frame: words(&report.primary(), title),
        panels: (0..report.scenario.contracts.len()).map(panel).collect(),
        x: LineAxis::Dates(dates),
        bands:
            "A line ends on the day of its covenant: there it says how often it is missed. Band: \
                95\u{a0}% interval of the simulation."
                .to_owned(),
        missing: String::new(),
    })
}
