//! What the parties receive on balance over all agreements, as a chart.

use super::{findings, words};
use crate::report::Report;
use crate::report::figure::{LineAxis, LinePanel, Lines, Measure, Series};
use crate::simulate::{Net, NetQuantity, Slot};
use crate::units::Date;

/// The net position of each party, with its band; none for a lone agreement. Of two
/// parties, one is shown: the other's is the same with the other sign.
pub fn net(report: &Report<'_>) -> Option<Lines> {
    let first = shown_first(report)?;
    let parties = &report.results.net;
    let shown: Vec<&Net> = if parties.len() == 2 {
        vec![first]
    } else {
        parties.iter().collect()
    };
    let periods = report.scenario.timeline.periods();
    Some(Lines {
        frame: words(&report.primary(), findings::net(report, first)),
        x: LineAxis::Dates(
            from_start(report)
                .chain(periods.iter().map(|period| period.last_day))
                .collect(),
        ),
        panels: shown.into_iter().map(|net| panel(report, net)).collect(),
        bands: String::new(),
        missing: String::new(),
    })
}

/// The party that the primary agreement pays.
fn shown_first<'r>(report: &'r Report<'_>) -> Option<&'r Net> {
    let payee = &report.primary().contract.agreement.payee;
    let parties = &report.results.net;
    let named = parties.iter().find(|net| net.party == *payee);
    named.or(parties.first())
}

/// The day on which nothing has been paid yet; none where the first period is that day.
fn from_start(report: &Report<'_>) -> impl Iterator<Item = Date> {
    let timeline = &report.scenario.timeline;
    let first = timeline.periods().first().map(|period| period.last_day);
    let start = timeline.start();
    first
        .filter(|first| start < *first)
        .map(|_| start)
        .into_iter()
}

fn panel(report: &Report<'_>, net: &Net) -> LinePanel {
    let scenario = report.scenario;
    let count = scenario.timeline.periods().len();
    let quantile = |k: usize, percent: f64| {
        let position = net.quantity(NetQuantity::Cumulative, Slot::Period(k));
        let value = position.and_then(|signed| signed.distribution.quantile(percent / 100.0));
        value.unwrap_or(f64::NAN)
    };
    let start = from_start(report).count();
    let percentiles = &scenario.report.percentiles;
    let ends = match (percentiles.first(), percentiles.last()) {
        (Some(&low), Some(&high)) if low < 50.0 && high > 50.0 => Some([low, high]),
        _ => None,
    };
    let band = ends.map_or_else(Vec::new, |[low, high]| {
        std::iter::repeat_n((0.0, 0.0), start)
            .chain((0..count).map(|k| (quantile(k, low), quantile(k, high))))
            .collect()
    });
    LinePanel {
        quantity: format!("Received less paid by {}, from the start", net.party),
        measure: Measure::Money(scenario.money.clone()),
        from_zero: true,
        series: vec![Series {
            label: "median".to_owned(),
            style: 0,
            values: std::iter::repeat_n(0.0, start)
                .chain((0..count).map(|k| quantile(k, 50.0)))
                .collect(),
            band,
            band_ends: ends.map(|ends| ends.map(|percent| format!("{percent}\u{a0}%"))),
        }],
        level: None,
    }
}
