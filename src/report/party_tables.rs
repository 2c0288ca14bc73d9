//! Tables of what agreements with clauses, and several agreements, add: how
//! sharing ends, cash by its date, what an investment returns, what parties net.

use std::borrow::Cow;

use super::ending::Ending;
use super::table::{Table, Value};
use super::tables::{
    Cell, PROBABILITY, PercentileCells, SummaryRow, cells, name_of, no_percentiles, of_rows,
    trusted,
};
use super::{Part, Report};
use crate::agreement::EndReason;
use crate::simulate::{DateQuantile, Net, NetQuantity, Signed, Slot, Total};
use crate::units::Date;

/// How a result file calls the probability of an end and its date.
fn end_names(part: &Part<'_>, reason: EndReason) -> [Cow<'static, str>; 2] {
    let word = word(part, reason);
    ["ended_by", "end_date_by"].map(|start| format!("{start}_{word}").into())
}

/// The word for a reason in result files; of several events, each with its name.
pub(super) fn word(part: &Part<'_>, reason: EndReason) -> Cow<'static, str> {
    let events = &part.contract.agreement.clauses.events;
    match (reason, events.as_slice()) {
        (EndReason::Event(i), [_, _, ..]) => format!("event.{}", events[i].name).into(),
        _ => reason.word().into(),
    }
}

/// For each percentile, the date by which sharing has ended among the paths on
/// which it ends for a reason.
pub(super) fn end_dates(part: &Part<'_>, reason: EndReason) -> Vec<Option<DateQuantile>> {
    let ends = part.outcomes.ends();
    let percentiles = part.scenario.report.percentiles.iter();
    percentiles
        .map(|p| ends.date_quantile(reason, p / 100.0, true))
        .collect()
}

/// Rows of `summary.csv` that only some agreements have.
pub(super) fn more_rows(part: &Part<'_>) -> Vec<SummaryRow> {
    let mut rows = Vec::new();
    if Ending::of(part).has_others() {
        for &reason in part.outcomes.reasons() {
            let [probability, date] = end_names(part, reason);
            rows.push(SummaryRow {
                quantity: probability,
                unit: PROBABILITY.to_owned(),
                estimate: Some(part.outcomes.ends().of(reason)),
                percentiles: no_percentiles(&part.scenario.report.percentiles),
            });
            rows.push(dates(date, end_dates(part, reason).into_iter()));
        }
    }
    rows.extend(return_rows(part));
    rows
}

/// The percentiles of a date.
pub(super) fn dates(
    quantity: impl Into<Cow<'static, str>>,
    dates: impl Iterator<Item = Option<DateQuantile>>,
) -> SummaryRow {
    let cell = |date: Option<DateQuantile>| match date {
        Some(found) => (Cell::Date(found.date), Some(found.estimate().std_error)),
        None => (Cell::Empty, None),
    };
    SummaryRow {
        quantity: quantity.into(),
        unit: "date".to_owned(),
        estimate: None,
        percentiles: dates.map(cell).collect(),
    }
}

/// What an investment returns; nothing where there is none.
fn return_rows(part: &Part<'_>) -> Vec<SummaryRow> {
    let Some(returns) = part.outcomes.returns() else {
        return Vec::new();
    };
    let percentiles = &part.scenario.report.percentiles;
    let money = part.scenario.money.label();
    let signed = |quantity: &'static str, unit: &str, of: Option<&Signed>| SummaryRow {
        quantity: quantity.into(),
        unit: unit.to_owned(),
        estimate: of.map(|signed| signed.estimate),
        percentiles: signed_trusted(of, percentiles),
    };
    let probability = |quantity: &'static str, estimate| SummaryRow {
        quantity: quantity.into(),
        unit: PROBABILITY.to_owned(),
        estimate: Some(estimate),
        percentiles: no_percentiles(percentiles),
    };
    let payback = returns.payback();
    let days = percentiles.iter().map(|p| payback.date_quantile(p / 100.0));
    let life = returns.life();
    let mut rows = vec![
        signed("irr", "per year", returns.internal_rate.as_ref()),
        probability("irr_exists", returns.rate_exists),
        SummaryRow {
            quantity: "money_multiple".into(),
            unit: "times".to_owned(),
            estimate: Some(returns.multiple().estimate),
            percentiles: trusted(Some(returns.multiple()), percentiles),
        },
        SummaryRow {
            quantity: "weighted_average_life".into(),
            unit: "years".to_owned(),
            estimate: life.map(|life| life.estimate),
            percentiles: trusted(life, percentiles),
        },
        probability("paid_back_probability", payback.probability()),
        dates("payback_date", days),
    ];
    if let Some(value) = &returns.net_present_value {
        rows.insert(0, signed("net_present_value", &money, Some(value)));
    }
    rows
}

pub(super) fn signed_cells(signed: Option<&Signed>, percentiles: &[f64]) -> Vec<Cell> {
    percentiles
        .iter()
        .map(|p| {
            let value = signed.and_then(|s| s.distribution.quantile(p / 100.0));
            value.map_or(Cell::Empty, Cell::Number)
        })
        .collect()
}

/// Percentiles of a quantity of either sign with their errors.
fn signed_trusted(signed: Option<&Signed>, percentiles: &[f64]) -> PercentileCells {
    let errors = percentiles.iter().map(|p| {
        let found = signed?.distribution.estimate(p / 100.0)?;
        Some(found.std_error)
    });
    let cells = signed_cells(signed, percentiles);
    cells.into_iter().zip(errors).collect()
}

/// What the `agreement` column of a party's net position says.
pub(super) fn net_name(net: &Net) -> String {
    format!("net position of {}", net.party)
}

/// The totals of a party's net position.
pub(super) fn net_rows(report: &Report<'_>, net: &Net) -> Vec<SummaryRow> {
    let percentiles = &report.scenario.report.percentiles;
    let totals = NetQuantity::TOTALS.into_iter();
    totals
        .filter_map(|quantity| {
            let signed = net.total(quantity)?;
            Some(SummaryRow {
                quantity: quantity.name().into(),
                unit: report.scenario.money.label(),
                estimate: Some(signed.estimate),
                percentiles: signed_trusted(Some(signed), percentiles),
            })
        })
        .collect()
}

/// Why sharing ends: probabilities, and dates among the paths that end so.
pub(super) fn ends(report: &Report<'_>) -> Table {
    let columns = ["agreement", "reason", "probability", "std_error"];
    let mut table = Table::new("ends", &columns, &report.scenario.report.percentiles);
    for part in report.parts() {
        for &reason in part.outcomes.reasons() {
            let mut line = vec![name_of(&part), word(&part, reason).as_ref().into()];
            line.extend(Value::probability(part.outcomes.ends().of(reason)));
            let row = dates("", end_dates(&part, reason).into_iter());
            table.push(line, &row.cells());
        }
    }
    table
}

/// Cash by the day it is paid; `None` where none is kept.
pub(super) fn cash(report: &Report<'_>) -> Option<Table> {
    let percentiles = &report.scenario.report.percentiles;
    let columns = ["agreement", "payment_date", "mean", "std_error"];
    let mut table = Table::new("cash", &columns, percentiles);
    for part in report.parts() {
        for (date, cash) in part.outcomes.cash() {
            let mut line = vec![name_of(&part), date.into()];
            line.extend(Value::amount(Some(cash.estimate)));
            table.push(line, &cells(Some(cash), percentiles));
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

/// What each party nets in every period and calendar year; `None` for a lone
/// agreement.
pub(super) fn net(report: &Report<'_>) -> Option<Table> {
    let scenario = report.scenario;
    let percentiles = &scenario.report.percentiles;
    let columns = [
        "party",
        "period_start",
        "period_end",
        "quantity",
        "mean",
        "std_error",
    ];
    let mut table = Table::new("net", &columns, percentiles);
    for net in &report.results.net {
        let line_of = |first: Date, last: Date, quantity: &str| {
            vec![
                net.party.as_str().into(),
                first.into(),
                last.into(),
                quantity.into(),
            ]
        };
        for (k, period) in scenario.timeline.periods().iter().enumerate() {
            for quantity in NetQuantity::FLOWS {
                let signed = net.quantity(quantity, Slot::Period(k));
                let mut line = line_of(period.first_day, period.last_day, quantity.name());
                line.extend(Value::amount(signed.map(|s| s.estimate)));
                table.push(line, &signed_cells(signed, percentiles));
            }
        }
        for row in net_rows(report, net) {
            let (first, last) = (scenario.timeline.start(), scenario.timeline.end());
            let mut line = line_of(first, last, &row.quantity);
            line.extend(Value::amount(row.estimate));
            table.push(line, &row.cells());
        }
    }
    (!report.results.net.is_empty()).then_some(table)
}

/// What the agreement at a position is worth where risk has a price; nothing where
/// that is not asked for. The names keep it apart from every forecast.
pub(super) fn risk_neutral_rows(report: &Report<'_>, agreement: usize) -> Vec<SummaryRow> {
    let Some(outcomes) = report.results.risk_neutral.get(agreement) else {
        return Vec::new();
    };
    let scenario = report.scenario;
    let percentiles = &scenario.report.percentiles;
    let totals = [
        ("risk_neutral_value", Total::PresentValue),
        ("risk_neutral_total_paid", Total::Paid),
    ];
    let amounts = totals.into_iter().map(|(quantity, total)| {
        let measured = outcomes.total(total);
        SummaryRow {
            quantity: quantity.into(),
            unit: scenario.money.label(),
            estimate: measured.map(|m| m.estimate),
            percentiles: trusted(measured, percentiles),
        }
    });
    let probability = SummaryRow {
        quantity: "risk_neutral_binding_probability".into(),
        unit: PROBABILITY.to_owned(),
        estimate: Some(outcomes.reached()),
        percentiles: no_percentiles(percentiles),
    };
    amounts.chain([probability]).collect()
}

/// The valuation where risk has a price, in a table of its own; `None` where it is
/// not asked for.
pub(super) fn risk_neutral(report: &Report<'_>) -> Option<Table> {
    let parts = report.parts().enumerate();
    let groups = parts.map(|(i, part)| (name_of(&part), risk_neutral_rows(report, i)));
    let is_asked = !report.results.risk_neutral.is_empty();
    is_asked.then(|| of_rows("risk_neutral", report, groups))
}
