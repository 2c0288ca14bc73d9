//! Key figures and tables.

use maud::{Markup, html};

use super::super::charts::bar_spans;
use super::super::party_tables::net_rows;
use super::super::probability::{bound, of_outcomes_in_a_column, percent, points};
use super::super::tables::{Cell, SummaryRow, kept_cash_by_year, summary_rows};
use super::super::text::{error_text, significant};
use super::super::{Part, Report, key_figures};
use super::scrolling;
use crate::simulate::{Kind, Quantity, Slot};
use crate::stats::Estimate;
use crate::units::{Date, decimals_for, grouped_number};

/// The few numbers a reader quotes.
pub fn figures(report: &Report<'_>) -> Markup {
    html! {
        @for part in report.parts() {
            @if report.scenario.contracts.len() > 1 { h3 { (part.contract.agreement.name) } }
            dl.keys {
                @for key in key_figures::key_figures(&part) {
                    div {
                        dt { (key.name) }
                        dd.value { (key.value) }
                        @if !key.error.is_empty() { dd { (key.error) } }
                        @if !key.range.is_empty() { dd { (key.range) } }
                    }
                }
            }
        }
        p.note {
            "Rounded to what the scenario’s judgements are worth: sampling errors are smaller \
             unless they are named, and stand in the column ± of the tables. Percentiles are of the \
             simulated outcomes; where all of them agree, or none, what that leaves open holds with \
             95\u{a0}% confidence."
        }
    }
}

/// A rate as a percentage with two decimals.
fn rate_in_percent(rate: f64) -> String {
    format!("{:.2}\u{a0}%", 100.0 * rate)
}

/// Totals, years and binding dates of each agreement, and what parties net.
pub fn tables(report: &Report<'_>) -> Markup {
    html! {
        p { "Amounts are in " (report.scenario.money.label()) ". Every period of the timeline stands in the CSV files." }
        @for part in report.parts() {
            @if report.scenario.contracts.len() > 1 { h3 { (part.contract.agreement.name) } }
            (totals(report, "Totals over the timeline", &summary_rows(&part), Some(&part)))
            @for (calendar, _) in part.scenario.calendars().iter().enumerate() { (years(&part, calendar)) }
            @if part.contract.agreement.cap.is_some() { (binding(&part)) }
        }
        @if !report.results.net.is_empty() {
            h3 { "Net positions" }
            @for (i, net) in report.results.net.iter().enumerate() {
                (totals(report, &format!("What {} nets", net.party), &net_rows(report, i), None))
            }
        }
    }
}

fn totals(
    report: &Report<'_>,
    caption: &str,
    rows: &[SummaryRow],
    part: Option<&Part<'_>>,
) -> Markup {
    let is_defined = |row: &&SummaryRow| {
        row.estimate.is_some() || row.cells().iter().any(|cell| *cell != Cell::Empty)
    };
    // Regions of several agreements are told apart by their names.
    let prefix = part.map_or_else(String::new, Part::prefix);
    scrolling(
        &format!("{prefix}{caption}"),
        html! {
            table {
                caption { (caption) }
                thead { tr {
                    th scope="col" { "Quantity" }
                    th scope="col" { "Mean" }
                    th scope="col" { "±" }
                    th scope="col" { "Std. deviation" }
                    @for p in &report.scenario.report.percentiles { th scope="col" { (p) "\u{a0}%" } }
                } }
                tbody { @for row in rows.iter().filter(is_defined) { (total_row(row, part)) } }
            }
        },
    )
}

/// A row of an agreement, or of a party.
fn total_row(row: &SummaryRow, part: Option<&Part<'_>>) -> Markup {
    let kind = row.measure.kind();
    let number = |value: f64| match kind {
        Kind::Probability => percent(value),
        Kind::Rate => rate_in_percent(value),
        _ => significant(value),
    };
    let error = |e: &Estimate| match kind {
        Kind::Probability => bound(e.mean, e.count).unwrap_or_else(|| points(e.std_error)),
        Kind::Rate => points(e.std_error),
        _ => error_text(e.std_error),
    };
    let cell = |cell: &Cell| match cell {
        Cell::Number(value) => number(*value),
        Cell::Date(date) => date.to_string(),
        Cell::Empty if kind == Kind::Date => "not reached".to_owned(),
        Cell::Empty => "–".to_owned(),
    };
    let name = match part {
        Some(part) => row.measure.label_in(&part.contract.agreement),
        None => row.measure.definition().label.into(),
    };
    html! {
        tr {
            th scope="row" {
                (name)
                @if matches!(kind, Kind::Ratio | Kind::Years) { ", " (row.unit) }
            }
            td { (row.estimate.map_or_else(|| "–".to_owned(), |e| number(e.mean))) }
            td { (row.estimate.as_ref().map_or_else(|| "–".to_owned(), error)) }
            td { @match row.estimate {
                Some(e) if kind != Kind::Probability => (number(e.std_dev)),
                _ => "–",
            } }
            @for value in &row.cells() { td { (cell(value)) } }
        }
    }
}

/// The quantities of the table of years and how its columns call them. What is paid
/// for a year is its cash where nothing is deferred.
const YEARLY: [(Quantity, &str); 4] = [
    (Quantity::Revenue, "Revenue"),
    (Quantity::AccruedShare, "Accrued share"),
    (Quantity::Payment, "Paid for the year"),
    (Quantity::CumulativePaid, "Paid so far"),
];

fn years(part: &Part<'_>, calendar: usize) -> Markup {
    let years = &part.scenario.calendars()[calendar];
    let name = if calendar == 0 { "calendar" } else { "fiscal" };
    let caption = format!("Expected by {name} year");
    let capped = part.contract.agreement.cap.is_some();
    let columns = YEARLY.map(|(quantity, _)| {
        let means = (0..years.len()).map(|year| {
            let slot = Slot::Year { calendar, year };
            let measured = part.outcomes.quantity(quantity, slot);
            measured.map(|measured| measured.estimate.mean)
        });
        in_a_column(&means.collect::<Vec<_>>())
    });
    let due = kept_cash_by_year(part, last_month(part, calendar));
    let later = due
        .keys()
        .filter(|year| years.iter().all(|other| other.year != **year));
    let later: Vec<i16> = later.copied().collect();
    let all = years
        .iter()
        .map(|year| year.year)
        .chain(later.iter().copied());
    let cash: Vec<Option<f64>> = all.map(|year| due.get(&year).copied()).collect();
    let cash = match due.is_empty() {
        // A flat share is paid with the period it accrues in.
        true => columns[2].clone(),
        false => in_a_column(&cash),
    };
    scrolling(
        &format!("{}{caption}", part.prefix()),
        html! {
            table {
                caption { (caption) }
                thead { tr {
                    th scope="col" { @if calendar == 0 { "Year" } @else { "Fiscal year" } }
                    @for (_, name) in YEARLY { th scope="col" { (name) } }
                    th scope="col" { "Cash in the year" }
                    @if capped { th scope="col" { "Cap binds in the year" } th scope="col" { "by its end" } }
                } }
                tbody {
                    @for (i, year) in years.iter().enumerate() {
                        tr {
                            th scope="row" { (year.year) }
                            @for column in &columns { td { (column[i]) } }
                            td { (cash[i]) }
                            @if capped {
                                @let (first, last) = days_of(part, calendar, i);
                                td { (of_outcomes_in_a_column(part.outcomes.reached_within(first, last).mean)) }
                                td { (of_outcomes_in_a_column(part.outcomes.reached_by(last).mean)) }
                            }
                        }
                    }
                    @for (i, year) in later.iter().enumerate() {
                        tr {
                            th scope="row" { (year) }
                            @for _ in YEARLY { td { "–" } }
                            td { (cash[years.len() + i]) }
                            @if capped { td { "–" } td { "–" } }
                        }
                    }
                }
            }
        },
    )
}

/// Numbers of one column: all with the decimals that give the largest three digits,
/// so that they align.
fn in_a_column(values: &[Option<f64>]) -> Vec<String> {
    let largest = values
        .iter()
        .flatten()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    let decimals = decimals_for(largest, 3);
    let written = |value: &Option<f64>| match value {
        Some(value) => grouped_number(*value, decimals),
        None => "–".to_owned(),
    };
    values.iter().map(written).collect()
}

fn probability(estimate: Estimate) -> Markup {
    let known = match bound(estimate.mean, estimate.count) {
        Some(bound) => bound,
        None => format!("± {}", points(estimate.std_error)),
    };
    html! { (percent(estimate.mean)) " " span.error { (known) } }
}

/// The month with which the years of a calendar end.
fn last_month(part: &Part<'_>, calendar: usize) -> i8 {
    match calendar {
        0 => 12,
        _ => part.scenario.report.fiscal_year_ends.unwrap_or(12),
    }
}

/// The first and the last day of a reporting year within the timeline.
fn days_of(part: &Part<'_>, calendar: usize, index: usize) -> (Date, Date) {
    let timeline = &part.scenario.timeline;
    let last_month = last_month(part, calendar);
    let end_of = |year| Date::new(year, last_month, 1).map(Date::last_of_month);
    let year = part.scenario.calendars()[calendar][index].year;
    let first = end_of(year - 1).map_or(timeline.start(), |end| end.add_days(1));
    let last = end_of(year).unwrap_or(timeline.end());
    (first.max(timeline.start()), last.min(timeline.end()))
}

/// When the cap binds: the chart's bars as numbers.
fn binding(part: &Part<'_>) -> Markup {
    let (_, spans) = bar_spans(&part.scenario.timeline);
    let reached = part.outcomes.reached();
    let not_reached = Estimate {
        mean: 1.0 - reached.mean,
        ..reached
    };
    scrolling(
        &format!("{}When the cap binds", part.prefix()),
        html! {
            table {
                caption { "When the cap binds, ± one standard error" }
                thead { tr {
                    th scope="col" { "From" }
                    th scope="col" { "To" }
                    th scope="col" { "Binds within" }
                    th scope="col" { "Binds by the end" }
                } }
                tbody {
                    @for (first, last) in spans {
                        tr {
                            th scope="row" { (first) }
                            td { (last) }
                            td { (probability(part.outcomes.reached_within(first, last))) }
                            td { (probability(part.outcomes.reached_by(last))) }
                        }
                    }
                    tr {
                        th scope="row" { "Not reached" }
                        td {}
                        td { (probability(not_reached)) }
                        td {}
                    }
                }
            }
        },
    )
}
