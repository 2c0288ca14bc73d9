//! Tables of what agreements with clauses, and several agreements, add: how
//! sharing ends, cash by its date, what an investment returns, what parties net.

use std::borrow::Cow;

use super::table::{Table, Value};
use super::tables::{Cell, ESTIMATOR, SummaryRow, cells, name_of, of_rows};
use super::{Part, Report};
use crate::agreement::EndReason;
use crate::simulate::{Address, Estimator, Measure, Net, NetQuantity, Signed, Slot, Subject};
use crate::units::Date;

/// The word for a reason in result files; of several events, each with its name.
pub(super) fn word(part: &Part<'_>, reason: EndReason) -> Cow<'static, str> {
    let events = &part.contract.agreement.clauses.events;
    match (reason, events.as_slice()) {
        (EndReason::Event(i), [_, _, ..]) => format!("event.{}", events[i].name).into(),
        _ => reason.word().into(),
    }
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

/// What the `agreement` column of a party's net position says.
pub(super) fn net_name(net: &Net) -> String {
    format!("net position of {}", net.party)
}

/// The totals of the net position of the party at a position.
pub(super) fn net_rows(report: &Report<'_>, party: usize) -> Vec<SummaryRow> {
    let totals = NetQuantity::TOTALS.into_iter();
    let row = |quantity: NetQuantity| {
        let measure = Measure::Net(quantity);
        let found = report.results.get(Address {
            of: Subject::Party(party),
            measure,
            slot: None,
        })?;
        let name = quantity.name().into();
        Some(SummaryRow::new(
            report.scenario,
            measure,
            name,
            Some(&found),
        ))
    };
    totals.filter_map(row).collect()
}

/// Why sharing ends: probabilities, and dates among the paths that end so.
pub(super) fn ends(report: &Report<'_>) -> Table {
    let columns = ["agreement", "reason", "probability", "std_error"];
    let mut table = Table::new("ends", &columns, &report.scenario.report.percentiles);
    for part in report.parts() {
        for &reason in part.outcomes.reasons() {
            let mut line = vec![name_of(&part), word(&part, reason).as_ref().into()];
            line.extend(Value::probability(part.outcomes.ends().of(reason)));
            let measure = Measure::EndDate(reason);
            let found = part.outcomes.get(measure);
            let row = SummaryRow::new(part.scenario, measure, "".into(), found.as_ref());
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
    table.columns.push(ESTIMATOR.to_owned());
    for part in report.parts() {
        for (date, cash) in part.outcomes.cash() {
            let mut line = vec![name_of(&part), date.into()];
            line.extend(Value::amount(Some(cash.estimate)));
            finish(
                &mut table,
                line,
                cells(Some(cash), percentiles),
                cash.estimator(),
            );
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

/// Adds a line with its percentiles and how its mean was estimated.
fn finish(
    table: &mut Table,
    mut line: Vec<Value>,
    percentiles: Vec<Cell>,
    estimator: impl Into<Option<Estimator>>,
) {
    line.extend(percentiles.into_iter().map(Value::from));
    line.push(estimator.into().map(Estimator::word).into());
    table.push(line, &[]);
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
    table.columns.push(ESTIMATOR.to_owned());
    for (party, net) in report.results.net.iter().enumerate() {
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
                let estimator = signed.map(Signed::estimator);
                finish(
                    &mut table,
                    line,
                    signed_cells(signed, percentiles),
                    estimator,
                );
            }
        }
        for row in net_rows(report, party) {
            let (first, last) = (scenario.timeline.start(), scenario.timeline.end());
            let mut line = line_of(first, last, &row.quantity);
            line.extend(Value::amount(row.estimate));
            finish(&mut table, line, row.cells(), row.estimator);
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
    let measures = [
        ("risk_neutral_value", Measure::PRESENT_VALUE),
        ("risk_neutral_total_paid", Measure::PAID),
        ("risk_neutral_binding_probability", Measure::Binding),
    ];
    let row = |(name, measure): (&'static str, Measure)| {
        let found = outcomes.get(measure);
        SummaryRow::new(report.scenario, measure, name.into(), found.as_ref())
    };
    measures.into_iter().map(row).collect()
}

/// The valuation where risk has a price, in a table of its own; `None` where it is
/// not asked for.
pub(super) fn risk_neutral(report: &Report<'_>) -> Option<Table> {
    let parts = report.parts().enumerate();
    let groups = parts.map(|(i, part)| (name_of(&part), risk_neutral_rows(report, i)));
    let is_asked = !report.results.risk_neutral.is_empty();
    is_asked.then(|| of_rows("risk_neutral", report, groups))
}
