//! The sheet of checks: what must hold between the numbers of the other sheets, as formulas
//! that say TRUE.

use rust_xlsxwriter::{Format, Formula, Worksheet, XlsxError};

use super::super::{Table, Value};
use super::sheets::{AMOUNT, header, sheet_name, text};

/// The part of a sum by which rounding may change it.
const TOLERANCE: f64 = 1e-6;

/// A cell, or cells one below the other, that a formula adds up.
#[derive(Clone, Debug)]
struct Sum {
    /// As a formula says it.
    reference: String,
    value: f64,
}

/// One thing that must hold.
struct Check {
    about: String,
    left: Vec<Sum>,
    right: Vec<Sum>,
}

/// Writes every check that the tables of a run allow.
pub fn checks(sheet: &mut Worksheet, tables: &[Table]) -> Result<(), XlsxError> {
    const COLUMNS: [&str; 5] = ["Check", "Left", "Right", "Difference", "Holds"];
    sheet.set_name("Checks")?;
    for (column, name) in COLUMNS.iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, *name, &header())?;
    }
    let checks = found(tables);
    let amount = Format::new().set_num_format(AMOUNT);
    let all = checks.iter().all(Check::holds);
    for (i, check) in checks.iter().enumerate() {
        let row = i as u32 + 1;
        let number = row + 1;
        text(sheet, (row, 0), &check.about, Format::new())?;
        let (left, right) = (total(&check.left), total(&check.right));
        let sums = [(1, &check.left, left), (2, &check.right, right)];
        for (column, sum, value) in sums {
            let parts: Vec<&str> = sum.iter().map(|part| part.reference.as_str()).collect();
            let formula = match parts.as_slice() {
                [] => "=1".to_owned(),
                parts => format!("={}", parts.join("+")),
            };
            let formula = Formula::new(formula).set_result(value.to_string());
            sheet.write_formula_with_format(row, column, formula, &amount)?;
        }
        let difference = Formula::new(format!("=B{number}-C{number}"));
        let difference = difference.set_result((left - right).to_string());
        sheet.write_formula_with_format(row, 3, difference, &amount)?;
        let holds = format!("=ABS(D{number})<={TOLERANCE}*MAX(1,ABS(B{number}))");
        sheet.write_formula(row, 4, Formula::new(holds).set_result(truth(check.holds())))?;
    }
    let last = checks.len() as u32 + 1;
    let bold = Format::new().set_bold();
    text(sheet, (last, 0), "All hold", bold.clone())?;
    let formula = Formula::new(format!("=AND(E2:E{last})")).set_result(truth(all));
    sheet.write_formula_with_format(last, 4, formula, &bold)?;
    sheet.set_freeze_panes(1, 0)?.autofit();
    Ok(())
}

fn truth(holds: bool) -> &'static str {
    if holds { "TRUE" } else { "FALSE" }
}

fn total(sums: &[Sum]) -> f64 {
    match sums {
        [] => 1.0,
        sums => sums.iter().map(|sum| sum.value).sum(),
    }
}

impl Check {
    fn holds(&self) -> bool {
        let (left, right) = (total(&self.left), total(&self.right));
        (left - right).abs() <= TOLERANCE * left.abs().max(1.0)
    }
}

fn found(tables: &[Table]) -> Vec<Check> {
    let table = |name: &str| tables.iter().find(|table| table.name == name);
    let mut checks = Vec::new();
    let (Some(summary), Some(years)) = (table("summary"), table("by_year")) else {
        return checks;
    };
    let mut agreements: Vec<&Value> = years.rows.iter().map(|row| &row[0]).collect();
    agreements.dedup();
    for agreement in agreements {
        let Value::Text(name) = agreement else {
            continue;
        };
        let own = |quantity: &str| {
            let row = summary
                .rows
                .iter()
                .position(|row| row[0] == *agreement && row[1] == Value::from(quantity))?;
            sum(summary, "mean", row..row + 1)
        };
        let of_years = |column: &str| {
            let first = years.rows.iter().position(|row| row[0] == *agreement)?;
            let count = years.rows.iter().filter(|row| row[0] == *agreement).count();
            sum(years, column, first..first + count)
        };
        let mut check = |about: &str, left: Vec<Option<Sum>>, right: Vec<Option<Sum>>| {
            let (left, right): (Vec<Sum>, Vec<Sum>) = (
                left.into_iter().flatten().collect(),
                right.into_iter().flatten().collect(),
            );
            if !left.is_empty() && !right.is_empty() {
                let about = format!("{name}: {about}");
                checks.push(Check { about, left, right });
            }
        };
        check(
            "share without the cap = paid + saved by the cap (with what clauses add and a default loses)",
            vec![own("uncapped_share"), own("added_to_share")],
            vec![
                own("total_paid"),
                own("excess_over_cap"),
                own("default_loss"),
            ],
        );
        check(
            "the years' accrued share = share without the cap",
            vec![of_years("accrued_share")],
            vec![own("uncapped_share")],
        );
        check(
            "the years' payments = total paid",
            vec![of_years("payment")],
            vec![own("total_paid")],
        );
        for (about, table, column) in [
            (
                "the ends of sharing have probabilities that add up to one",
                table("ends"),
                "probability",
            ),
            (
                "the periods' binding probabilities, and that of not reaching the cap, add up to one",
                table("binding"),
                "probability",
            ),
        ] {
            let Some(table) = table else {
                continue;
            };
            let own = |row: &Vec<Value>| row[0] == *agreement;
            let Some(first) = table.rows.iter().position(own) else {
                continue;
            };
            let count = table.rows.iter().filter(|row| own(row)).count();
            if let Some(left) = sum(table, column, first..first + count) {
                checks.push(Check {
                    about: format!("{name}: {about}"),
                    left: vec![left],
                    right: Vec::new(),
                });
            }
        }
    }
    checks
}

/// The sum of a column over rows of a table, on its sheet.
fn sum(table: &Table, column: &str, rows: std::ops::Range<usize>) -> Option<Sum> {
    let at = table.columns.iter().position(|name| name == column)?;
    let value = rows.clone().map(|row| table.rows[row][at].number());
    let value: Option<f64> = value.map(|value| Some(value.unwrap_or(0.0))).sum();
    let letter = rust_xlsxwriter::column_number_to_name(at as u16);
    // Below the header, counted from one.
    let (first, last) = (rows.start + 2, rows.end + 1);
    let sheet = sheet_name(table.name);
    Some(Sum {
        reference: format!("SUM('{sheet}'!${letter}${first}:${letter}${last})"),
        value: value?,
    })
}
