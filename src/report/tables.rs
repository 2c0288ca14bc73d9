//! The result tables of a run.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::csv_table::{CsvError, CsvTable};
use super::probability::LEVEL;
use super::table::{Table, Value, table};
use super::{Part, Report, party_tables};
use crate::scenario::{CalendarKind, Scenario};
use crate::simulate::{Estimator, Finding, Kind, Measure, Measured, Path, Quantity, Slot};
use crate::stats::Estimate;
use crate::units::{Date, Period};

/// The column that says how a mean was estimated.
pub(super) const ESTIMATOR: &str = "estimator";

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

/// What a row says of percentiles: each with its standard error, in days for a date;
/// `None` where there is none.
pub type PercentileCells = Vec<(Cell, Option<f64>)>;

/// One line of `summary.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryRow {
    /// What is measured.
    pub measure: Measure,
    /// The quantity's name.
    pub quantity: Cow<'static, str>,
    /// Its unit.
    pub unit: String,
    /// Mean with its errors; `None` where it is undefined.
    pub estimate: Option<Estimate>,
    /// The same by counting, where the estimate is a smooth one.
    pub counted: Option<Estimate>,
    /// How the mean, or the dates, were estimated; `None` where there are none.
    pub estimator: Option<Estimator>,
    /// One for each percentile asked for.
    pub percentiles: PercentileCells,
}

impl SummaryRow {
    /// What was found of a measure under a name, of a run whose amounts are in the money
    /// of `scenario`.
    pub(super) fn new(
        scenario: &Scenario,
        measure: Measure,
        quantity: Cow<'static, str>,
        found: Option<&Finding<'_>>,
    ) -> Self {
        let kind = measure.kind();
        let percentile = |p: &f64| {
            let q = p / 100.0;
            let number = || Some((Cell::Number(found?.quantile(q)?), found?.quantile_error(q)));
            let date = || {
                let found = found?.date(q)?;
                Some((Cell::Date(found.date), Some(found.estimate().std_error)))
            };
            let cell = match kind {
                Kind::Date => date(),
                _ => number(),
            };
            cell.unwrap_or((Cell::Empty, None))
        };
        Self {
            measure,
            quantity,
            unit: kind.unit(scenario.money.label()),
            estimate: found.and_then(|found| found.estimate),
            counted: found.and_then(|found| found.counted),
            estimator: found.map(Finding::estimator),
            percentiles: scenario.report.percentiles.iter().map(percentile).collect(),
        }
    }

    /// Whether it is of a probability.
    pub fn is_probability(&self) -> bool {
        self.measure.kind() == Kind::Probability
    }

    /// The percentiles alone.
    pub fn cells(&self) -> Vec<Cell> {
        self.percentiles.iter().map(|(cell, _)| *cell).collect()
    }

    /// The percentiles, then their errors: see [`percentile_errors`].
    pub(super) fn with_errors(&self) -> impl Iterator<Item = Value> {
        let cells = self.cells().into_iter().map(Value::from);
        let errors = self.percentiles.iter();
        cells.chain(errors.map(|(_, error)| Value::error(*error)))
    }

    /// The 95 % interval of the mean.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.estimate.map(|e| match self.is_probability() {
            true => e.probability_interval(LEVEL),
            false => e.interval(LEVEL),
        })
    }
}

/// A quantity in one period or year.
struct QuantityRow {
    quantity: Quantity,
    estimate: Option<Estimate>,
    estimator: Option<Estimator>,
    percentiles: Vec<Cell>,
}

impl QuantityRow {
    /// Its line, after what it is of.
    fn finish(self, mut line: Vec<Value>, table: &mut Table) {
        line.extend(Value::amount(self.estimate));
        line.extend(self.percentiles.into_iter().map(Value::from));
        line.push(self.estimator.map(Estimator::word).into());
        table.push(line, &[]);
    }
}

/// The columns of the errors of percentiles, which stand after all of these.
pub(super) fn percentile_errors(percentiles: &[f64]) -> impl Iterator<Item = String> {
    percentiles.iter().map(|p| format!("p{p}_std_error"))
}

/// The rows of `summary.csv` of one agreement.
pub fn summary_rows(part: &Part<'_>) -> Vec<SummaryRow> {
    let agreement = &part.contract.agreement;
    let row = |measure: Measure| {
        let found = part.outcomes.get(measure);
        SummaryRow::new(
            part.scenario,
            measure,
            measure.name_in(agreement),
            found.as_ref(),
        )
    };
    part.outcomes.measures().into_iter().map(row).collect()
}

fn quantities(part: &Part<'_>, slot: Slot) -> Vec<QuantityRow> {
    let row = |quantity| {
        let measured = part.outcomes.quantity(quantity, slot);
        QuantityRow {
            quantity,
            estimate: measured.map(|m| m.estimate),
            estimator: measured.map(|m| m.estimator()),
            percentiles: cells(measured, &part.scenario.report.percentiles),
        }
    };
    Quantity::ALL.into_iter().map(row).collect()
}

pub(super) fn cells(measured: Option<Measured<'_>>, percentiles: &[f64]) -> Vec<Cell> {
    percentiles
        .iter()
        .map(|p| {
            let value = measured.and_then(|m| m.distribution.quantile(p / 100.0));
            value.map_or(Cell::Empty, Cell::Number)
        })
        .collect()
}

/// The summary.
pub(super) fn summary(report: &Report<'_>) -> Table {
    let agreements = report
        .parts()
        .map(|part| (name_of(&part), summary_rows(&part)));
    let parties = report.results.net.iter().enumerate().map(|(i, net)| {
        let name = party_tables::net_name(net);
        (Value::Text(name), party_tables::net_rows(report, i))
    });
    of_rows("summary", report, agreements.chain(parties))
}

/// A table of rows under the names of agreements or of other groups.
pub(super) fn of_rows(
    name: &'static str,
    report: &Report<'_>,
    groups: impl Iterator<Item = (Value, Vec<SummaryRow>)>,
) -> Table {
    let columns = [
        "agreement",
        "quantity",
        "unit",
        "mean",
        "std_error",
        "std_dev",
    ];
    let percentiles = &report.scenario.report.percentiles;
    let mut table = Table::new(name, &columns, percentiles);
    let limits = ["mean_95_low", "mean_95_high", ESTIMATOR].map(str::to_owned);
    table
        .columns
        .extend(percentile_errors(percentiles).chain(limits));
    for (name, rows) in groups {
        for row in rows {
            let mut line = vec![
                name.clone(),
                row.quantity.as_ref().into(),
                row.unit.as_str().into(),
            ];
            match row.estimate {
                Some(estimate) if row.is_probability() => {
                    line.extend(Value::probability(estimate));
                }
                estimate => line.extend(Value::amount(estimate)),
            }
            line.push(row.estimate.map(|e| e.std_dev).into());
            line.extend(row.with_errors());
            line.extend(match row.interval() {
                Some((low, high)) if row.is_probability() => [low, high].map(Value::Probability),
                Some((low, high)) => [low, high].map(Value::Number),
                None => [Value::Empty, Value::Empty],
            });
            line.push(row.estimator.map(Estimator::word).into());
            table.push(line, &[]);
        }
    }
    table
}

/// Every quantity in every period.
pub(super) fn periods(report: &Report<'_>) -> Table {
    let columns = [
        "agreement",
        "period_start",
        "period_end",
        "quantity",
        "mean",
        "std_error",
    ];
    let mut table = Table::new("periods", &columns, &report.scenario.report.percentiles);
    table.columns.push(ESTIMATOR.to_owned());
    for part in report.parts() {
        for (k, period) in part.scenario.timeline.periods().iter().enumerate() {
            for row in quantities(&part, Slot::Period(k)) {
                let mut line = period_of(&part, period);
                line.push(row.quantity.name().into());
                row.finish(line, &mut table);
            }
        }
    }
    table
}

/// Expected cash of an agreement by the calendar year in which it is due: what is shared
/// for a year is paid later where the contract says so.
pub(super) fn cash_by_year(part: &Part<'_>) -> BTreeMap<i16, f64> {
    let kept = kept_cash_by_year(part, 12);
    if !kept.is_empty() {
        return kept;
    }
    let mut years = BTreeMap::new();
    for (k, accrual) in part.contract.schedule.periods().iter().enumerate() {
        let paid = part.outcomes.quantity(Quantity::Payment, Slot::Period(k));
        let cash = years.entry(accrual.payment_date.year()).or_insert(0.0);
        *cash += paid.map_or(0.0, |paid| paid.estimate.mean);
    }
    years
}

/// The same by years that end with a month; nothing where no dates are kept, as of a flat
/// share.
pub(super) fn kept_cash_by_year(part: &Part<'_>, last_month: i8) -> BTreeMap<i16, f64> {
    let mut years = BTreeMap::new();
    for (date, cash) in part.outcomes.cash() {
        let year = date.year() + i16::from(date.month() > last_month);
        *years.entry(year).or_insert(0.0) += cash.estimate.mean;
    }
    years
}

/// Expected amounts by calendar year, a line for each: ready to be pasted.
#[cfg(feature = "workbook")]
pub(super) fn by_year(report: &Report<'_>) -> Table {
    const QUANTITIES: [Quantity; 4] = [
        Quantity::Revenue,
        Quantity::AccruedShare,
        Quantity::Payment,
        Quantity::CumulativePaid,
    ];
    let names = QUANTITIES.map(Quantity::name);
    let columns = [
        &["agreement", "year"],
        &names[..],
        &["cash", "ended_by_then"],
    ]
    .concat();
    let mut table = Table::new("by_year", &columns, &[]);
    for part in report.parts() {
        let timeline = &part.scenario.timeline;
        let cash = cash_by_year(&part);
        for (year, reporting) in part.scenario.calendars()[0].iter().enumerate() {
            let slot = Slot::Year { calendar: 0, year };
            let mut line = vec![name_of(&part), Value::Year(reporting.year)];
            line.extend(QUANTITIES.map(|quantity| {
                let found = part.outcomes.quantity(quantity, slot);
                Value::from(found.map(|found| found.estimate.mean))
            }));
            line.push(Value::Number(
                cash.get(&reporting.year).copied().unwrap_or(0.0),
            ));
            let last = Date::new(reporting.year, 12, 31);
            let last = last.map_or(timeline.end(), |last| last.min(timeline.end()));
            let ends = part.outcomes.ends();
            let reasons = part.outcomes.reasons().iter();
            let ended = reasons.map(|reason| ends.within(*reason, timeline.start(), last).mean);
            line.push(Value::Probability(ended.sum()));
            table.push(line, &[]);
        }
    }
    table
}

/// Every quantity in every reporting year of every calendar.
pub(super) fn years(report: &Report<'_>) -> Table {
    let columns = [
        "agreement",
        "calendar",
        "year",
        "quantity",
        "mean",
        "std_error",
    ];
    let mut table = Table::new("years", &columns, &report.scenario.report.percentiles);
    table.columns.push(ESTIMATOR.to_owned());
    for part in report.parts() {
        for (calendar, years) in part.scenario.calendars().iter().enumerate() {
            for (year, reporting) in years.iter().enumerate() {
                for row in quantities(&part, Slot::Year { calendar, year }) {
                    let line = vec![
                        name_of(&part),
                        CalendarKind::ALL[calendar].word().into(),
                        Value::Year(reporting.year),
                        row.quantity.name().into(),
                    ];
                    row.finish(line, &mut table);
                }
            }
        }
    }
    table
}

/// When the cap binds; the last line of an agreement: not reached by the end of
/// the timeline.
pub(super) fn binding(report: &Report<'_>) -> Table {
    let columns = [
        "agreement",
        "period_start",
        "period_end",
        "probability",
        "std_error",
        "cumulative_probability",
        "cumulative_std_error",
        ESTIMATOR,
    ];
    let mut table = Table::new("binding", &columns, &[]);
    for part in report.parts() {
        let outcomes = part.outcomes;
        for period in part.scenario.timeline.periods() {
            let within = outcomes.reached_within(period.first_day, period.last_day);
            let mut line = period_of(&part, period);
            line.extend(Value::probability(within));
            line.extend(Value::probability(outcomes.reached_by(period.last_day)));
            line.push(outcomes.ends().estimator().word().into());
            table.push(line, &[]);
        }
        let reached = outcomes.reached();
        let mut line = vec![name_of(&part), "not reached".into(), Value::Empty];
        line.push(Value::Probability(1.0 - reached.mean));
        line.push(Value::ProbabilityError(reached.std_error));
        line.extend([Value::Empty, Value::Empty]);
        line.push(outcomes.ends().estimator().word().into());
        table.push(line, &[]);
    }
    table
}

/// How the estimates settle as points are doubled.
pub(super) fn convergence(report: &Report<'_>) -> Table {
    let all = report.steps.iter().flat_map(|step| {
        let counted = step.counted.iter().map(|own| (own, Estimator::Counted));
        let best = step.estimates.iter().map(|own| (own, step.estimator));
        counted.chain(best).map(move |own| (step, own))
    });
    table!("convergence", (step, ((measure, estimate), estimator)) in all => {
        let is_probability = measure.kind() == Kind::Probability;
        "points": step.points;
        "paths": step.paths;
        "quantity": measure.name();
        "mean", "std_error": Value::estimated(is_probability, estimate.mean, estimate.std_error);
        "estimator": estimator.word();
    })
}

/// The paths kept, period by period: as many lines as are asked for, so not
/// gathered in a [`Table`] first.
pub(super) fn paths_csv(scenario: &Scenario, paths: &[Path]) -> Result<Vec<u8>, CsvError> {
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
    let mut table = CsvTable::new("paths.csv", &header);
    for (i, path) in paths.iter().enumerate() {
        let settled = path.settle_all(&scenario.model, &scenario.contracts);
        for (contract, settlement) in scenario.contracts.iter().zip(&settled) {
            let periods = scenario.timeline.periods();
            for (k, (period, line)) in periods.iter().zip(&settlement.lines).enumerate() {
                let mut record: Vec<Value> = vec![
                    Value::Count(i as u64),
                    period.last_day.into(),
                    path.revenue[k].into(),
                    line.payment.into(),
                    line.cumulative_paid.into(),
                ];
                if several {
                    record.insert(1, contract.agreement.name.as_str().into());
                }
                table.push(&record);
            }
        }
    }
    table.finish()
}

pub(super) fn name_of(part: &Part<'_>) -> Value {
    part.contract.agreement.name.as_str().into()
}

fn period_of(part: &Part<'_>, period: &Period) -> Vec<Value> {
    vec![
        name_of(part),
        period.first_day.into(),
        period.last_day.into(),
    ]
}
