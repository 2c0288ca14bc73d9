//! The ledger of one path: as a table to read, and as CSV with every digit.

use std::fmt::Write;

use super::clauses::clauses;
use super::probability::percent;
use super::table::{Table, Value};
use super::text::grouped;
use crate::agreement::{Cash, Contract, EndReason, LedgerLine, Settlement};
use crate::scenario::{Case, Scenario};
use crate::simulate::Path;
use crate::units::{decimals_for, grouped_number};

/// A column of the ledger's amounts.
struct Column {
    /// Its header, in one word or two on top of each other.
    head: (&'static str, &'static str),
    value: fn(&LedgerLine) -> f64,
    /// Whether it is left out where it is zero on every line.
    optional: bool,
    /// Whether its sum over the periods means anything.
    adds_up: bool,
}

/// Columns of a terminal.
const WIDEST: usize = 80;
const HEADROOM_AFTER: (&str, &str) = ("headroom", "after");

const COLUMNS: [Column; 9] = [
    column("revenue", "", |line| line.revenue, false, true),
    column("accrued", "", |line| line.accrued, false, true),
    column("added", "", |line| line.added, true, true),
    column(
        "headroom",
        "before",
        |line| line.headroom_before,
        false,
        false,
    ),
    column("payment", "", |line| line.payment, false, true),
    column("excess", "", |line| line.excess, false, true),
    column("loss", "", |line| line.loss, true, true),
    column(
        HEADROOM_AFTER.0,
        HEADROOM_AFTER.1,
        |line| line.headroom_after,
        false,
        false,
    ),
    column("paid", "to date", |line| line.cumulative_paid, false, false),
];

const fn column(
    head: &'static str,
    below: &'static str,
    value: fn(&LedgerLine) -> f64,
    optional: bool,
    adds_up: bool,
) -> Column {
    Column {
        head: (head, below),
        value,
        optional,
        adds_up,
    }
}

/// The scenario that each of its paths is of, with the words that tell it from others: its
/// cases or, without any, itself.
fn each<'a>(
    scenario: &'a Scenario,
    paths: &'a [Path],
) -> impl Iterator<Item = (Option<&'a Case>, &'a Scenario, &'a Path)> {
    let of = move |(i, path): (usize, &'a Path)| match scenario.cases.get(i) {
        Some(case) => (Some(case), &case.scenario, path),
        None => (None, scenario, path),
    };
    paths.iter().enumerate().map(of)
}

/// The ledger of every agreement on a path, to be read: of a scenario with cases, on that
/// path of each of them.
pub fn ledger_text(whole: &Scenario, number: u64, paths: &[Path]) -> String {
    let mut out = String::new();
    for (case, scenario, path) in each(whole, paths) {
        let settled = path.settle_all(&scenario.model, &scenario.contracts);
        let is_alone = scenario.contracts.len() == 1;
        for (contract, settlement) in scenario.contracts.iter().zip(&settled) {
            let own = Some(&contract.agreement.name).filter(|_| !is_alone);
            let names = case.map(|case| &case.name).into_iter().chain(own);
            let names: String = names.map(|name| format!("{name}: ")).collect();
            let _ = writeln!(out, "{names}{}", ending(scenario, contract, settlement));
        }
    }
    let _ = writeln!(
        out,
        "\nPath {} of {}; amounts in {}",
        grouped(number),
        grouped(whole.settings.paths()),
        whole.money.label()
    );
    for (case, scenario, path) in each(whole, paths) {
        if let Some(case) = case {
            let chance = percent(case.probability);
            let _ = writeln!(out, "\nCase {}, probability {chance}", case.name);
        }
        for (input, value) in scenario.inputs.iter().zip(&path.inputs) {
            let value = in_decimal(*value, decimals_for(*value, 6).min(9));
            let _ = writeln!(out, "  {} = {value}", input.name);
        }
        let settled = path.settle_all(&scenario.model, &scenario.contracts);
        let agreements = scenario.contracts.iter().zip(&scenario.agreements);
        for ((contract, written), settlement) in agreements.zip(&settled) {
            let _ = writeln!(out, "\n{}", contract.agreement.name);
            for (label, text) in clauses(scenario, written) {
                let _ = writeln!(out, "  {label:<16}{text}");
            }
            out.push('\n');
            table(&mut out, scenario, contract, settlement);
            cash(&mut out, scenario, contract, settlement);
        }
    }
    out
}

/// Decimal places of a ledger: cents where the contract knows them, else enough
/// for six digits of the largest amount.
fn decimals(contract: &Contract, settlement: &Settlement) -> usize {
    match contract.agreement.clauses.cents_per_unit {
        Some(parts) => parts.log10().round() as usize,
        None => {
            let lines = settlement.lines.iter();
            let largest = lines.fold(0.0_f64, |most, line| {
                most.max(line.revenue).max(line.cumulative_paid)
            });
            decimals_for(largest, 6)
        }
    }
}

/// A number with so many places, halves away from zero in the digits that it is
/// written with: 1.005 is 1.01 to two, where its binary form lies below the half.
fn in_decimal(value: f64, decimals: usize) -> String {
    let digits = value.to_string();
    let is_half = digits
        .split_once('.')
        .is_some_and(|(_, part)| part.len() == decimals + 1 && part.ends_with('5'));
    let nudge = if is_half { 4.0 * f64::EPSILON } else { 0.0 };
    grouped_number(value * (1.0 + nudge), decimals)
}

fn table(out: &mut String, scenario: &Scenario, contract: &Contract, settlement: &Settlement) {
    let lines = &settlement.lines;
    let mut columns: Vec<&Column> = COLUMNS
        .iter()
        .filter(|column| {
            // Without a cap there is no headroom to show.
            let said = |value: f64| value.is_finite() && (!column.optional || value != 0.0);
            lines.iter().any(|line| said((column.value)(line)))
        })
        .collect();
    let mut rows = rows(scenario, contract, settlement, &columns);
    if width(&rows) > WIDEST {
        // It is what the next line begins with.
        columns.retain(|column| column.head != HEADROOM_AFTER);
        rows = self::rows(scenario, contract, settlement, &columns);
    }
    write_aligned(out, &rows);
}

/// The lines of a ledger as text: two of headers, the periods, the total.
fn rows(
    scenario: &Scenario,
    contract: &Contract,
    settlement: &Settlement,
    columns: &[&Column],
) -> Vec<Vec<String>> {
    let decimals = decimals(contract, settlement);
    let amount = |value: f64| {
        if value.is_finite() {
            in_decimal(value, decimals)
        } else {
            String::new()
        }
    };
    let lines = &settlement.lines;
    let mut rows: Vec<Vec<String>> = vec![
        head(columns, "period end", |column| column.head.0, "due on"),
        head(columns, "", |column| column.head.1, ""),
    ];
    let periods = scenario.timeline.periods().iter();
    for ((line, period), accrual) in lines.iter().zip(periods).zip(contract.schedule.periods()) {
        let mut row = vec![period.last_day.to_string()];
        row.extend(columns.iter().map(|column| amount((column.value)(line))));
        row.push(match line.payment {
            0.0 => String::new(),
            _ => accrual.payment_date.to_string(),
        });
        rows.push(row);
    }
    let mut total = vec!["total".to_owned()];
    total.extend(columns.iter().map(|column| match column.adds_up {
        true => amount(lines.iter().map(column.value).sum()),
        false => String::new(),
    }));
    total.push(String::new());
    rows.push(total);
    rows
}

fn head(
    columns: &[&Column],
    first: &str,
    text: fn(&Column) -> &'static str,
    last: &str,
) -> Vec<String> {
    let mut row = vec![first.to_owned()];
    row.extend(columns.iter().map(|column| text(column).to_owned()));
    row.push(last.to_owned());
    row
}

/// The width of each column.
fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let width = |i: usize| rows.iter().map(|row| row[i].chars().count()).max();
    (0..rows[0].len()).filter_map(width).collect()
}

/// How wide rows are written.
fn width(rows: &[Vec<String>]) -> usize {
    widths(rows).iter().map(|width| width + 2).sum()
}

/// Writes rows with every cell right-aligned to its column but the first.
fn write_aligned(out: &mut String, rows: &[Vec<String>]) {
    let widths = widths(rows);
    for row in rows {
        let mut line = format!("  {:<width$}", row[0], width = widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            let _ = write!(line, "  {cell:>width$}");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// `The cap is reached on 2028-02-13; $70 m is paid in all.`
fn ending(scenario: &Scenario, contract: &Contract, settlement: &Settlement) -> String {
    let date = settlement.end.date;
    let paid = scenario.money.format_suited(settlement.total_paid());
    let reason = match settlement.end.reason {
        EndReason::Cap => format!("The cap is reached on {date}"),
        EndReason::Expiry => format!("Sharing expires on {date}"),
        EndReason::Event(i) => match contract.agreement.clauses.events.as_slice() {
            [_, _, ..] => {
                let name = &contract.agreement.clauses.events[i].name;
                format!("{name}: sharing ends on {date}")
            }
            _ => format!("The event ends sharing on {date}"),
        },
        EndReason::Default => format!("The payer defaults on {date}"),
    };
    format!("{reason}; {paid} is paid in all.")
}

fn cash(out: &mut String, scenario: &Scenario, contract: &Contract, settlement: &Settlement) {
    let decimals = decimals(contract, settlement);
    let mut rows: Vec<(String, f64)> = contract
        .schedule
        .cash_dates()
        .iter()
        .zip(&settlement.cash)
        .filter(|(_, amount)| **amount != 0.0)
        .map(|(date, amount)| (date.to_string(), *amount))
        .collect();
    if let Some(recovered) = settlement.recovered {
        rows.push((format!("{} recovered", recovered.date), recovered.amount));
    }
    let money = |amount: f64| scenario.money.format(amount, decimals);
    for Cash { date, amount } in &settlement.advanced {
        let amount = money(*amount);
        let _ = writeln!(out, "  advanced on {date}: {amount}");
    }
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n  cash");
    for (date, amount) in rows {
        let _ = writeln!(out, "  {date}  {}", money(amount));
    }
    if settlement.interest != 0.0 {
        let interest = money(settlement.interest);
        let _ = writeln!(out, "  {interest} of it is interest on what was deferred");
    }
}

/// The ledger of every agreement on a path as a table, with every digit; of a scenario
/// with cases, of each of them, with its name in a column `case`.
pub fn ledger_table(whole: &Scenario, number: u64, paths: &[Path]) -> Table {
    let mut columns = vec![
        "path",
        "agreement",
        "period_start",
        "period_end",
        "revenue",
        "eligible_revenue",
        "accrued_share",
        "added",
        "headroom_before",
        "payment",
        "excess_over_cap",
        "loss",
        "headroom_after",
        "cumulative_paid",
        "payment_date",
        "end_reason",
        "end_date",
    ];
    if !whole.cases.is_empty() {
        columns.insert(1, "case");
    }
    let mut table = Table::new("ledger", &columns, &[]);
    let agreements = each(whole, paths).flat_map(|(case, scenario, path)| {
        let settled = path.settle_all(&scenario.model, &scenario.contracts);
        let settled = scenario.contracts.iter().zip(settled);
        settled.map(move |(contract, settlement)| (case, scenario, path, contract, settlement))
    });
    for (case, scenario, path, contract, settlement) in agreements {
        let periods = scenario.timeline.periods().iter();
        let lines = settlement.lines.iter().zip(contract.schedule.periods());
        for (k, (period, (line, accrual))) in periods.zip(lines).enumerate() {
            // Without a cap there is no headroom.
            let headroom = |value: f64| Value::from(Some(value).filter(|v| v.is_finite()));
            let mut cells = vec![
                number.into(),
                contract.agreement.name.as_str().into(),
                period.first_day.into(),
                period.last_day.into(),
                path.revenue[k].into(),
                line.revenue.into(),
                line.accrued.into(),
                line.added.into(),
                headroom(line.headroom_before),
                line.payment.into(),
                line.excess.into(),
                line.loss.into(),
                headroom(line.headroom_after),
                line.cumulative_paid.into(),
                accrual.payment_date.into(),
                settlement.end.reason.word().into(),
                settlement.end.date.into(),
            ];
            if let Some(case) = case {
                cells.insert(1, case.name.as_str().into());
            }
            table.push(cells, &[]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::in_decimal;

    #[test]
    fn halves_are_those_of_the_digits_written() {
        for (value, decimals, text) in [
            (1.005, 2, "1.01"),
            (1.0049, 2, "1.00"),
            (100.255, 2, "100.26"),
            (0.5, 0, "1"),
            (2.5, 0, "3"),
            (1.25, 1, "1.3"),
            (7.0, 2, "7.00"),
        ] {
            assert_eq!(in_decimal(value, decimals), text);
        }
    }
}
