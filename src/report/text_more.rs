//! What the summary says of ends, returns and net positions.

use std::fmt::Write;

use super::ending::{self, Ending};
use super::party_tables::{net_rows, risk_neutral_rows};
use super::probability::{known, percent as percent_of, share_of_outcomes};
use super::tables::SummaryRow;
use super::text::{error_text, estimates, month_year, significant};
use super::{Part, Report};
use crate::agreement::EndReason;
use crate::units::percent_digits;

/// How sharing ends, where more than the cap and the expiry can end it: every end,
/// the most likely first.
pub(super) fn ends(out: &mut String, part: &Part<'_>) {
    let ending = Ending::of(part);
    if !ending.has_others() {
        return;
    }
    let ends = part.outcomes.ends();
    let reasons = ending.reasons().iter().map(|(reason, estimate)| {
        let name = ending::name(&part.contract.agreement, *reason);
        let median = match ends.quantile(*reason, 0.5, true) {
            Some(date) if *reason != EndReason::Expiry => {
                format!(" (median of these {})", month_year(date))
            }
            _ => String::new(),
        };
        format!("{name} in {}{median}", percent_of(estimate.mean))
    });
    let reasons: Vec<String> = reasons.collect();
    let _ = writeln!(out, "Sharing ends by: {}", reasons.join(", "));
}

/// What an investment returns.
pub(super) fn returns(out: &mut String, part: &Part<'_>) {
    let Some(returns) = part.outcomes.returns() else {
        return;
    };
    let mut invested = part
        .scenario
        .money
        .format_exact(returns.investment.certain());
    let advances = &part.contract.agreement.clauses.advances;
    if returns.investment.is_upfront && !advances.is_empty() {
        invested.push_str(", and what is advanced by revenue,");
    }
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
        None => "in the median outcome not".to_owned(),
    };
    let _ = writeln!(
        out,
        "Return on {invested} invested: {rate}; money multiple {} (\u{b1}{}); paid back in {}, {back}",
        significant(multiple.mean),
        error_text(multiple.std_error),
        share_of_outcomes(returns.payback().probability().mean),
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
    let rows = nets.iter().enumerate().flat_map(|(i, net)| {
        let names = [net.party.clone(), "  present value".to_owned()];
        names.into_iter().zip(net_rows(report, i))
    });
    let percentiles = &report.scenario.report.percentiles;
    estimates(out, "Net received", percentiles, rows);
}

/// What the agreements are worth where risk has a price.
pub(super) fn risk_neutral(out: &mut String, report: &Report<'_>) {
    let valuation = report.scenario.valuation.as_ref();
    let Some((valuation, prices)) = valuation.and_then(|v| Some((v, v.risk_neutral.as_ref()?)))
    else {
        return;
    };
    let percent = |fraction: f64| format!("{}\u{a0}%", percent_digits(fraction));
    let risk_free = match prices.risk_free.is_flat() {
        Some(rate) => format!("{} risk-free", percent(rate)),
        None => "the risk-free curve".to_owned(),
    };
    let _ = writeln!(
        out,
        "\nRisk-neutral valuation at {}, not a forecast: growth less {} a year, discounted at {} \
         and a spread of {}",
        valuation.date,
        percent(prices.revenue_risk_premium),
        risk_free,
        percent(prices.credit_spread),
    );
    for (i, part) in report.parts().enumerate() {
        let rows = risk_neutral_rows(report, i);
        let [value, paid, probability] = rows.as_slice() else {
            continue;
        };
        let money = |row: &SummaryRow| {
            row.estimate.map_or_else(String::new, |e| {
                let digits = significant(e.mean);
                format!("{digits} (\u{b1}{})", error_text(e.std_error))
            })
        };
        let binds = match (part.contract.agreement.cap.is_some(), probability.estimate) {
            (true, Some(e)) => format!(
                "; the cap binds in {} ({})",
                share_of_outcomes(e.mean),
                known(&e)
            ),
            _ => String::new(),
        };
        let _ = writeln!(
            out,
            "  {}value {}, of payments of {} on average{binds}",
            part.prefix(),
            money(value),
            money(paid),
        );
    }
}
