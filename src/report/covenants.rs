//! How likely covenants are missed, as a table and in the summary.

use std::fmt::Write;

use super::Report;
use super::answer::day_month_year;
use super::probability::{points, share_of_outcomes};
use super::table::{Table, Value, table};
use crate::study::Shortfall;

/// Every covenant at the end of every quarter up to its day; `None` without any.
pub(super) fn table(report: &Report<'_>) -> Option<Table> {
    let table = table!("covenants", short in report.shortfalls => {
        "agreement": report.scenario.contracts[short.agreement].agreement.name.as_str();
        "covenant_by": short.covenant.by;
        "covenant_paid": short.covenant.paid;
        "date": short.date;
        "short_probability", "std_error":
            Value::estimated(true, short.probability.mean, short.probability.std_error);
        "estimator": short.estimator.word();
    });
    (!report.shortfalls.is_empty()).then_some(table)
}

/// The shortfall on the day of each covenant: whether it is missed.
pub(super) fn missed<'r>(report: &Report<'r>) -> impl Iterator<Item = &'r Shortfall> + use<'r> {
    let all = report.shortfalls.iter();
    all.filter(|short| short.date == short.covenant.by)
}

/// `Less than $5 bn is paid by 31 December 2027 in 12 % of outcomes`, without its error.
pub(super) fn sentence(report: &Report<'_>, short: &Shortfall) -> String {
    let scenario = report.scenario;
    let of = match scenario.contracts.len() {
        1 => String::new(),
        _ => format!("{}: ", scenario.contracts[short.agreement].agreement.name),
    };
    format!(
        "{of}less than {} is paid by {} in {}",
        scenario.money.format_suited(short.covenant.paid),
        day_month_year(short.covenant.by),
        share_of_outcomes(short.probability.mean)
    )
}

/// A line for each covenant.
pub(super) fn text(out: &mut String, report: &Report<'_>) {
    for (i, short) in missed(report).enumerate() {
        let gap = if i == 0 { "\n" } else { "" };
        let error = points(short.probability.std_error);
        let _ = writeln!(
            out,
            "{gap}Covenant: {} (\u{b1}{error})",
            sentence(report, short)
        );
    }
}
