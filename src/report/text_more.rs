//! What the summary says of ends, returns and net positions.

use std::fmt::Write;

use super::answer::percent;
use super::party_tables::{has_other_ends, net_rows};
use super::tables::Cell;
use super::text::{aligned, error_text, month_year, significant};
use super::{Part, Report};
use crate::agreement::EndReason;

/// How sharing ends, where more than the cap and the expiry can end it.
pub(super) fn ends(out: &mut String, part: &Part<'_>) {
    if !has_other_ends(part) {
        return;
    }
    let ends = part.outcomes.ends();
    let event = part.contract.agreement.clauses.event.as_ref();
    let reasons = part.outcomes.reasons().iter().map(|&reason| {
        let name = match reason {
            EndReason::Cap => "the cap",
            EndReason::Expiry => "date",
            EndReason::Event => event.map_or("the event", |event| &event.name),
            EndReason::Default => "default",
        };
        let among = ends.paths(reason);
        let median = match ends.quantile(reason, 0.5, among) {
            Some(date) if reason != EndReason::Expiry => format!(" (median {})", month_year(date)),
            _ => String::new(),
        };
        format!("{name} {}{median}", percent(ends.of(reason).mean))
    });
    let reasons: Vec<String> = reasons.collect();
    let _ = writeln!(out, "Sharing ends by: {}", reasons.join(", "));
}

/// What an investment returns.
pub(super) fn returns(out: &mut String, part: &Part<'_>) {
    let Some(returns) = part.outcomes.returns() else {
        return;
    };
    let invested = part.scenario.money.format_short(returns.investment.amount);
    let rate = match &returns.internal_rate {
        Some(rate) => {
            let median = rate
                .distribution
                .quantile(0.5)
                .unwrap_or(rate.estimate.mean);
            format!(
                "internal rate of return {} a year on average (\u{b1}{} pts), median {}",
                percent_of_rate(rate.estimate.mean),
                error_text(100.0 * rate.estimate.std_error),
                percent_of_rate(median)
            )
        }
        None => "no internal rate of return".to_owned(),
    };
    let multiple = returns.multiple().estimate;
    let back = match returns.payback().quantile(0.5) {
        Some(date) => format!("median {}", month_year(date)),
        None => "median not reached".to_owned(),
    };
    let _ = writeln!(
        out,
        "Return on {invested} invested: {rate}; money multiple {} (\u{b1}{}); paid back in {} of \
         futures, {back}",
        significant(multiple.mean),
        error_text(multiple.std_error),
        percent(returns.payback().probability().mean),
    );
}

/// `12.3 %`, `-4.0 %`.
fn percent_of_rate(rate: f64) -> String {
    format!("{:.1}\u{a0}%", 100.0 * rate)
}

/// What each party receives less what it pays.
pub(super) fn net(out: &mut String, report: &Report<'_>) {
    let nets = &report.results.net;
    if nets.is_empty() {
        return;
    }
    let percentiles = &report.scenario.report.percentiles;
    let mut header = vec![
        "Net received".to_owned(),
        "mean".to_owned(),
        "\u{b1}".to_owned(),
    ];
    header.extend(percentiles.iter().map(|p| format!("p{p}")));
    let mut table = vec![header];
    for net in nets {
        for (name, row) in [net.party.clone(), "  present value".to_owned()]
            .into_iter()
            .zip(net_rows(report, net))
        {
            let Some(estimate) = row.estimate else {
                continue;
            };
            let mut line = vec![
                name,
                significant(estimate.mean),
                error_text(estimate.std_error),
            ];
            line.extend(row.percentiles.iter().map(|cell| match cell {
                Cell::Number(value) => significant(*value),
                Cell::Date(_) | Cell::Empty => String::new(),
            }));
            table.push(line);
        }
    }
    out.push('\n');
    aligned(out, &table);
}
