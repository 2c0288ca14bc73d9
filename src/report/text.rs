//! The summary a terminal shows.

use std::fmt::Write;

use super::Report;
use super::answer::{answer, day_month_year, percent, share_of_futures};
use super::tables::{Cell, SummaryRow, summary_rows, year_rows};
use crate::simulate::{Quantity, Slot, Total};
use crate::stats::Estimate;
use crate::units::{Date, decimals_for};

/// Longest table of years before it is cut.
const MOST_YEARS: usize = 15;

/// The whole summary, ending in a line feed; the first line is the answer with
/// its standard errors.
pub fn summary_text(report: &Report<'_>) -> String {
    let mut out = String::new();
    let scenario = report.scenario;
    let _ = writeln!(out, "{}", headline(report));
    let _ = writeln!(out, "\n{}", scenario.title);
    let _ = writeln!(out, "{}", scope(report));
    totals(&mut out, report);
    years(&mut out, report);
    out
}

/// Does the cap bind, how likely, when, how much is paid, what it saves; each
/// with its standard error.
fn headline(report: &Report<'_>) -> String {
    let scenario = report.scenario;
    let paid = report.outcomes.total(Total::Paid).map(|m| m.estimate);
    let excess = report.outcomes.total(Total::Excess).map(|m| m.estimate);
    let money = |estimate: Option<Estimate>| {
        estimate.map_or_else(String::new, |e| {
            let value = scenario.money.format(e.mean, money_decimals(&e));
            let error = error_text(e.std_error);
            format!("{value} (\u{b1}{error})")
        })
    };
    let (payer, payee) = (&scenario.agreement.payer, &scenario.agreement.payee);
    let pays = format!("{payer} pays {payee} {} on average", money(paid));
    if scenario.agreement.cap.is_none() {
        return format!("There is no cap: {pays}.");
    }
    let reached = report.outcomes.reached();
    if reached.mean == 0.0 {
        return format!("{} {pays}.", answer(report));
    }
    let when = match report.outcomes.reached_quantile(0.5) {
        Some(date) => format!("median date {}", day_month_year(date)),
        None => "median not reached".to_owned(),
    };
    let saves = format!("the cap saves {payer} {}", money(excess));
    format!(
        "The cap binds in {} (\u{b1}{}), {when}; {pays}; {saves}.",
        share_of_futures(reached.mean),
        points(reached.std_error),
    )
}

/// `period, paths, sampler, seed`.
fn scope(report: &Report<'_>) -> String {
    let scenario = report.scenario;
    let settings = &scenario.settings;
    let paths = match settings.sampler {
        crate::simulate::Sampler::Sobol => {
            format!(
                "{} \u{d7} {} Sobol points",
                settings.replicates, settings.points
            )
        }
        crate::simulate::Sampler::Random => format!("{} random paths", settings.paths()),
    };
    format!(
        "{} to {} by {}; {paths}, seed {}; amounts in {}",
        scenario.timeline.start(),
        scenario.timeline.end(),
        scenario.timeline.step().word(),
        settings.seed,
        scenario.money.label(),
    )
}

fn totals(out: &mut String, report: &Report<'_>) {
    let percentiles = &report.scenario.report.percentiles;
    let _ = write!(out, "\n{:<21}{:>9}{:>9}", "", "mean", "\u{b1}s.e.");
    for p in percentiles {
        let _ = write!(out, "{:>9}", format!("p{p}"));
    }
    out.push('\n');
    for row in summary_rows(report) {
        let Some(name) = row_name(&row) else { continue };
        let _ = write!(out, "{name:<21}");
        let _ = match row.estimate {
            Some(e) => write!(
                out,
                "{:>9}{:>9}",
                significant(e.mean),
                error_text(e.std_error)
            ),
            None => write!(out, "{:>18}", ""),
        };
        for cell in &row.percentiles {
            let text = match cell {
                Cell::Number(value) => significant(*value),
                Cell::Date(date) => month_year(*date),
                Cell::Empty => "not yet".to_owned(),
            };
            let _ = write!(out, "{text:>9}");
        }
        out.push('\n');
    }
}

/// How the table calls a quantity; `None` for one it leaves out.
fn row_name(row: &SummaryRow) -> Option<&'static str> {
    match row.quantity {
        "total_paid" => Some("Total paid"),
        "total_paid_pv" if row.estimate.is_some() => Some("  present value"),
        "uncapped_share" => Some("Share without cap"),
        "excess_over_cap" => Some("Saved by the cap"),
        "cap_headroom_at_end" if row.estimate.is_some() => Some("Headroom at the end"),
        "binding_date" if row.percentiles.iter().any(|c| *c != Cell::Empty) => Some("Cap binds by"),
        _ => None,
    }
}

fn years(out: &mut String, report: &Report<'_>) {
    let calendar = report.scenario.calendars()[0].iter().enumerate();
    let rows = year_rows(report);
    let _ = writeln!(
        out,
        "\n{:<6}{:>12}{:>12}{:>12}{:>14}{:>20}",
        "year", "revenue", "accrued", "paid", "paid so far", "cap binds by then"
    );
    for ((i, year), row) in calendar.zip(&rows).take(MOST_YEARS) {
        let mean = |quantity: Quantity| {
            let slot = Slot::Year {
                calendar: 0,
                year: i,
            };
            let measured = report.outcomes.quantity(quantity, slot);
            measured.map_or_else(String::new, |m| significant(m.estimate.mean))
        };
        let last = Date::new(year.year, 12, 31).unwrap_or(report.scenario.timeline.end());
        let _ = writeln!(
            out,
            "{:<6}{:>12}{:>12}{:>12}{:>14}{:>20}",
            row.year,
            mean(Quantity::Revenue),
            mean(Quantity::AccruedShare),
            mean(Quantity::Payment),
            mean(Quantity::CumulativePaid),
            percent(report.outcomes.reached_by(last).mean),
        );
    }
    let hidden = report.scenario.calendars()[0]
        .len()
        .saturating_sub(MOST_YEARS);
    if hidden > 0 {
        let _ = writeln!(out, "… and {hidden} more years in years.csv");
    }
}

/// Four significant digits with thousands left alone: a column of them aligns.
fn significant(value: f64) -> String {
    let decimals = decimals_for(value, 4).min(6);
    format!("{value:.decimals$}")
}

/// A standard error to one significant digit, two where the first is a 1.
fn error_text(error: f64) -> String {
    if error == 0.0 {
        return "0".to_owned();
    }
    let decimals =
        decimals_for(error, 1).max(decimals_for(error, 2).min(decimals_for(2.0 * error, 2)));
    format!("{error:.decimals$}")
}

/// Digits of a mean that its error leaves standing, at least 3 and at most 5
/// significant ones.
fn money_decimals(estimate: &Estimate) -> usize {
    let least = decimals_for(estimate.mean, 3);
    let most = decimals_for(estimate.mean, 5);
    decimals_for(estimate.std_error, 1).clamp(least, most)
}

/// A standard error of a probability in percentage points.
fn points(error: f64) -> String {
    format!("{}\u{a0}pts", error_text(error * 100.0))
}

/// `Jul 2029`.
fn month_year(date: Date) -> String {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    format!("{} {}", NAMES[date.month() as usize - 1], date.year())
}
