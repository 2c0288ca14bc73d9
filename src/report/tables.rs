//! The result tables, first as rows, then as CSV: header, comma, `.` decimal,
//! LF, UTF-8; an empty cell is undefined.

use super::csv_table::CsvTable;
use super::{Part, Report, party_tables};
use crate::agreement::Settlement;
use crate::scenario::Scenario;
use crate::simulate::{Measured, Path, Quantity, Slot, Total};
use crate::stats::{Estimate, Sketch};
use crate::units::{Date, Period};

/// One cell of a percentile column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// An amount in the scenario's unit.
    Number(f64),
    /// A date.
    Date(Date),
    /// Undefined, or a quantile that is not reached.
    Empty,
}

/// One line of `summary.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryRow {
    /// The quantity's name.
    pub quantity: &'static str,
    /// Its unit.
    pub unit: String,
    /// Mean with its errors; `None` where it is undefined.
    pub estimate: Option<Estimate>,
    /// One for each percentile asked for.
    pub percentiles: Vec<Cell>,
}

/// A quantity in one period or year.
struct QuantityRow {
    quantity: Quantity,
    estimate: Option<Estimate>,
    percentiles: Vec<Cell>,
}

/// The rows of `summary.csv` of one agreement.
pub fn summary_rows(part: &Part<'_>) -> Vec<SummaryRow> {
    let Part {
        scenario, outcomes, ..
    } = part;
    let percentiles = &scenario.report.percentiles;
    let is_reported = |total: &Total| !total.is_of_clauses() || outcomes.total(*total).is_some();
    let mut rows: Vec<SummaryRow> = Total::ALL
        .into_iter()
        .filter(is_reported)
        .map(|total| {
            let measured = outcomes.total(total);
            SummaryRow {
                quantity: total.name(),
                unit: scenario.money.label(),
                estimate: measured.map(|m| m.estimate),
                percentiles: cells(measured, percentiles),
            }
        })
        .collect();
    rows.push(SummaryRow {
        quantity: "binding_probability",
        unit: "probability".to_owned(),
        estimate: Some(outcomes.reached()),
        percentiles: vec![Cell::Empty; percentiles.len()],
    });
    let date = |p: &f64| outcomes.reached_quantile(p / 100.0);
    rows.push(SummaryRow {
        quantity: "binding_date",
        unit: "date".to_owned(),
        estimate: None,
        percentiles: percentiles
            .iter()
            .map(|p| date(p).map_or(Cell::Empty, Cell::Date))
            .collect(),
    });
    rows.extend(party_tables::more_rows(part));
    rows
}

fn quantities(part: &Part<'_>, slot: Slot) -> Vec<QuantityRow> {
    let row = |quantity| {
        let measured = part.outcomes.quantity(quantity, slot);
        QuantityRow {
            quantity,
            estimate: measured.map(|m| m.estimate),
            percentiles: cells(measured, &part.scenario.report.percentiles),
        }
    };
    Quantity::ALL.into_iter().map(row).collect()
}

pub(super) fn cells(measured: Option<Measured<'_>>, percentiles: &[f64]) -> Vec<Cell> {
    let quantile = |sketch: &Sketch, p: f64| sketch.quantile(p / 100.0);
    percentiles
        .iter()
        .map(|p| {
            let value = measured.and_then(|m| quantile(m.distribution, *p));
            value.map_or(Cell::Empty, Cell::Number)
        })
        .collect()
}

pub(super) fn summary_csv(report: &Report<'_>) -> Vec<u8> {
    let mut table = CsvTable::new(
        &[
            "agreement",
            "quantity",
            "unit",
            "mean",
            "std_error",
            "std_dev",
        ],
        &report.scenario.report.percentiles,
    );
    let agreements = report
        .parts()
        .map(|part| (name_of(&part), summary_rows(&part)));
    let parties = report.results.net.iter();
    let parties = parties.map(|net| {
        (
            party_tables::net_name(net),
            party_tables::net_rows(report, net),
        )
    });
    for (name, rows) in agreements.chain(parties) {
        for row in rows {
            let mut record = vec![name.clone(), row.quantity.to_owned(), row.unit];
            record.extend(mean_and_error(row.estimate));
            record.push(number(row.estimate.map(|e| e.std_dev)));
            table.push(record, &row.percentiles);
        }
    }
    table.finish()
}

pub(super) fn periods_csv(report: &Report<'_>) -> Vec<u8> {
    let mut table = CsvTable::new(
        &[
            "agreement",
            "period_start",
            "period_end",
            "quantity",
            "mean",
            "std_error",
        ],
        &report.scenario.report.percentiles,
    );
    for part in report.parts() {
        for (k, period) in part.scenario.timeline.periods().iter().enumerate() {
            for row in quantities(&part, Slot::Period(k)) {
                let mut record = period_of(&part, period);
                record.push(row.quantity.name().to_owned());
                record.extend(mean_and_error(row.estimate));
                table.push(record, &row.percentiles);
            }
        }
    }
    table.finish()
}

pub(super) fn years_csv(report: &Report<'_>) -> Vec<u8> {
    let mut table = CsvTable::new(
        &[
            "agreement",
            "calendar",
            "year",
            "quantity",
            "mean",
            "std_error",
        ],
        &report.scenario.report.percentiles,
    );
    for part in report.parts() {
        for (calendar, years) in part.scenario.calendars().iter().enumerate() {
            let name = if calendar == 0 { "calendar" } else { "fiscal" };
            for (year, reporting) in years.iter().enumerate() {
                for row in quantities(&part, Slot::Year { calendar, year }) {
                    let mut record = vec![
                        name_of(&part),
                        name.to_owned(),
                        reporting.year.to_string(),
                        row.quantity.name().to_owned(),
                    ];
                    record.extend(mean_and_error(row.estimate));
                    table.push(record, &row.percentiles);
                }
            }
        }
    }
    table.finish()
}

pub(super) fn binding_csv(report: &Report<'_>) -> Vec<u8> {
    let header = [
        "agreement",
        "period_start",
        "period_end",
        "probability",
        "std_error",
        "cumulative_probability",
        "cumulative_std_error",
    ];
    let mut table = CsvTable::new(&header, &[]);
    for part in report.parts() {
        binding(&mut table, &part);
    }
    table.finish()
}

fn binding(table: &mut CsvTable, part: &Part<'_>) {
    let outcomes = part.outcomes;
    for period in part.scenario.timeline.periods() {
        let within = outcomes.reached_within(period.first_day, period.last_day);
        let by = outcomes.reached_by(period.last_day);
        let mut record = period_of(part, period);
        record.extend(mean_and_error(Some(within)));
        record.extend(mean_and_error(Some(by)));
        table.push(record, &[]);
    }
    // The last row: not reached by the end of the timeline.
    let reached = outcomes.reached();
    table.push(
        vec![
            name_of(part),
            "not reached".to_owned(),
            String::new(),
            format!("{}", 1.0 - reached.mean),
            format!("{}", reached.std_error),
            String::new(),
            String::new(),
        ],
        &[],
    );
}

pub(super) fn convergence_csv(report: &Report<'_>) -> Vec<u8> {
    let header = ["points", "paths", "quantity", "mean", "std_error"];
    let mut table = CsvTable::new(&header, &[]);
    for step in report.steps {
        for (watched, estimate) in &step.estimates {
            let mut record = vec![
                step.points.to_string(),
                step.paths.to_string(),
                watched.name().to_owned(),
            ];
            record.extend(mean_and_error(Some(*estimate)));
            table.push(record, &[]);
        }
    }
    table.finish()
}

pub(super) fn paths_csv(scenario: &Scenario, paths: &[Path]) -> Vec<u8> {
    let several = scenario.contracts.len() > 1;
    let mut header = vec![
        "path",
        "period_end",
        "revenue",
        "payment",
        "cumulative_paid",
    ];
    if several {
        header.insert(1, "agreement");
    }
    let mut table = CsvTable::new(&header, &[]);
    let mut settlement = Settlement::default();
    for (i, path) in paths.iter().enumerate() {
        for contract in &scenario.contracts {
            path.settle(&scenario.model, contract, &mut settlement);
            let periods = scenario.timeline.periods();
            for (k, (period, line)) in periods.iter().zip(&settlement.lines).enumerate() {
                let mut record = vec![
                    i.to_string(),
                    period.last_day.to_string(),
                    format!("{}", path.revenue[k]),
                    format!("{}", line.payment),
                    format!("{}", line.cumulative_paid),
                ];
                if several {
                    record.insert(1, contract.agreement.name.clone());
                }
                table.push(record, &[]);
            }
        }
    }
    table.finish()
}

pub(super) fn name_of(part: &Part<'_>) -> String {
    part.contract.agreement.name.clone()
}

fn period_of(part: &Part<'_>, period: &Period) -> Vec<String> {
    vec![
        name_of(part),
        period.first_day.to_string(),
        period.last_day.to_string(),
    ]
}

pub(super) fn mean_and_error(estimate: Option<Estimate>) -> [String; 2] {
    [
        number(estimate.map(|e| e.mean)),
        number(estimate.map(|e| e.std_error)),
    ]
}

/// The shortest decimal that reads back as the same number.
fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value}"))
}
