//! How likely covenants are missed, quarter by quarter, as a chart.

use std::collections::BTreeSet;

use super::super::covenants::{missed, sentence};
use super::super::text::capitalised;
use super::words;
use crate::report::Report;
use crate::report::figure::{LineAxis, LinePanel, Lines, Measure, Series};
use crate::scenario::Covenant;
use crate::units::Date;

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
                own.map_or(f64::NAN, |own| own.probability.mean)
            };
            Series {
                label: format!("{} by {}", money.format_suited(covenant.paid), covenant.by),
                style,
                values: dates.iter().map(at).collect(),
                band_ends: None,
                band: Vec::new(),
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
        bands: "A line ends on the day of its covenant: there it says how often it is missed."
            .to_owned(),
        missing: String::new(),
    })
}
