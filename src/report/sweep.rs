//! The cases of a sweep as rows, then as CSV, JSON and text.

use std::fmt::Write;

use serde_json::json;

use super::probability::{LEVEL, digits, error_in_percent, percent};
use super::table::{Table, Value, object};
use super::text::{Entry, aligned, error_text, two_digits};
use crate::scenario::Scenario;
use crate::simulate::{Estimator, Measure};
use crate::stats::MeanEstimate;
use crate::study::{BadCase, CaseOutcome, CaseQuantity, Cases, lines_of_a_case, own_values};
use crate::units::Date;

/// More cases than this are not listed on a terminal.
const MOST_LISTED: usize = 60;
/// What is shown and drawn of each case.
const BINDS: CaseQuantity = CaseQuantity::Expected(Measure::Binding);
const MEDIAN: CaseQuantity = CaseQuantity::Percentile(Measure::BindingDate, 50.0);
const PAID: CaseQuantity = CaseQuantity::Expected(Measure::PAID);
const IN_MEMORY: &str = "writing to memory succeeds";

/// The columns of a sweep's table: the case, its keys, then what comes out.
pub fn sweep_columns(cases: &Cases) -> Vec<String> {
    let rest = [
        "agreement",
        "quantity",
        "unit",
        "mean",
        "std_error",
        "difference",
        "difference_std_error",
        "date",
        "estimator",
    ];
    let keys = cases.keys().iter().map(String::as_str);
    let columns = std::iter::once("case").chain(keys).chain(rest);
    columns.map(str::to_owned).collect()
}

/// The lines of one case in a sweep's table.
pub fn sweep_rows(reference: &Scenario, outcome: &CaseOutcome) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    let contracts = reference.contracts.iter();
    for (agreement, contract) in outcome.agreements.iter().zip(contracts) {
        for row in &agreement.rows {
            let mut line = vec![Value::Count(outcome.case)];
            line.extend(outcome.values.iter().map(|value| key_value(value)));
            line.extend([
                agreement.name.as_str().into(),
                row.quantity.name(&contract.agreement).into(),
                unit(reference, row.quantity).into(),
                row.estimate.map(|e| e.mean).into(),
                row.estimate.map(|e| e.std_error).into(),
                row.difference.map(|d| d.mean).into(),
                row.difference.map(|d| d.std_error).into(),
                row.date.into(),
                row.estimator.map(Estimator::word).into(),
            ]);
            rows.push(line);
        }
    }
    rows
}

/// A key's value as written, nothing where the case is the scenario itself.
fn key_value(text: &str) -> Value {
    Value::from(Some(text).filter(|text| !text.is_empty()))
}

/// Lines of a sweep's table as bytes that [`kept_rows`] reads back as the same lines.
pub fn keep_rows(rows: &[Vec<Value>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let fields = row.iter().map(Value::to_field);
        writer.write_record(fields).expect(IN_MEMORY);
    }
    writer.into_inner().expect(IN_MEMORY)
}

/// The lines that [`keep_rows`] has kept; `keys` is the number of keys. `None` where
/// the bytes are no such lines.
pub fn kept_rows(keys: usize, bytes: &[u8]) -> Option<Vec<Vec<Value>>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes);
    let row = |record: csv::StringRecord| {
        let number = |text: &str| match text {
            "" => Some(Value::Empty),
            text => text.parse().ok().map(Value::Number),
        };
        let mut fields = record.iter();
        let mut row = vec![Value::Count(fields.next()?.parse().ok()?)];
        row.extend(fields.by_ref().take(keys).map(key_value));
        row.extend(fields.by_ref().take(3).map(Value::from));
        for text in fields.by_ref().take(4) {
            row.push(number(text)?);
        }
        row.push(match fields.next()? {
            "" => Value::Empty,
            text => Value::Date(Date::parse(text)?),
        });
        row.push(key_value(fields.next()?));
        Some(row)
    };
    reader.records().map(|record| row(record.ok()?)).collect()
}

/// The cases that are no valid scenario, and why.
pub fn failed_table(cases: &Cases, bad: &[BadCase]) -> Table {
    let keys = cases.keys().iter().map(String::as_str);
    let columns: Vec<&str> = std::iter::once("case")
        .chain(keys)
        .chain(["problem"])
        .collect();
    let mut table = Table::new("failed", &columns, &[]);
    for bad in bad {
        let mut row = vec![Value::Count(bad.case)];
        row.extend(cases.values(bad.case).into_iter().map(Value::from));
        row.push(bad.problem.as_str().into());
        table.push(row, &[]);
    }
    table
}

fn unit(reference: &Scenario, quantity: CaseQuantity) -> String {
    match quantity {
        CaseQuantity::Expected(measure) => measure.kind().unit(reference.money.label()),
        CaseQuantity::ValueByCap => "per unit of cap".to_owned(),
        CaseQuantity::Percentile(..) => format!("days after {}", reference.timeline.start()),
    }
}

/// The three numbers of a case that are shown and drawn, of its primary agreement,
/// each with its standard error where it is defined.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseGlance {
    /// Its number.
    pub case: u64,
    /// Binding probability.
    pub probability: Option<(f64, f64)>,
    /// Median binding date: the date, days from the timeline's start, their error.
    pub median: Option<(Date, f64, f64)>,
    /// Expected total paid.
    pub paid: Option<(f64, f64)>,
    /// Whether they are smooth estimates.
    pub is_smooth: bool,
}

impl CaseGlance {
    /// From what a case comes to.
    pub fn of(outcome: &CaseOutcome) -> Self {
        let rows = outcome.agreements.first().map_or(&[][..], |own| &own.rows);
        let find = |quantity| rows.iter().find(|row| row.quantity == quantity);
        let numbers = |quantity| {
            let estimate = find(quantity)?.estimate?;
            Some((estimate.mean, estimate.std_error))
        };
        let median = MEDIAN;
        Self {
            case: outcome.case,
            probability: numbers(BINDS),
            median: numbers(median).and_then(|(days, error)| {
                let date = find(median)?.date?;
                Some((date, days, error))
            }),
            paid: numbers(PAID),
            is_smooth: find(PAID).is_some_and(|row| row.estimator == Some(Estimator::Smooth)),
        }
    }

    /// From the lines of a case; `keys` is the number of keys.
    pub fn of_rows(keys: usize, rows: &[Vec<Value>]) -> Option<Self> {
        let first = rows.first()?;
        let find = |name: &str| {
            let name = Value::from(name);
            let mut same = rows.iter().filter(|row| row[keys + 1] == first[keys + 1]);
            same.find(|row| row[keys + 2] == name)
        };
        let numbers = |row: &Vec<Value>| Some((row[keys + 4].number()?, row[keys + 5].number()?));
        let median = find("binding_date_p50").and_then(|row| {
            let (days, error) = numbers(row)?;
            match row[keys + 8] {
                Value::Date(date) => Some((date, days, error)),
                _ => None,
            }
        });
        let Value::Count(case) = first[0] else {
            return None;
        };
        Some(Self {
            case,
            probability: find(Measure::Binding.name()).and_then(numbers),
            median,
            paid: find(Measure::PAID.name()).and_then(numbers),
            is_smooth: find(Measure::PAID.name())
                .is_some_and(|row| row[keys + 9] == Value::from(Estimator::Smooth.word())),
        })
    }
}

/// What a terminal shows of a sweep: a line for each case where they are few, the
/// extremes where they are many.
pub fn sweep_text(reference: &Scenario, cases: &Cases, glances: &[CaseGlance]) -> String {
    let mut out = String::new();
    let swept = glances.iter().filter(|glance| glance.case > 0).count();
    let paths = reference.settings.paths();
    let each = match glances.iter().all(|glance| glance.is_smooth) {
        true => {
            let lines = lines_of_a_case(reference.settings.points);
            let lines = lines * u64::from(reference.settings.replicates);
            format!("smooth estimates from {lines} points each")
        }
        false => format!("{paths} paths each"),
    };
    let _ = writeln!(
        out,
        "{}\n{swept} {}, {each} on common random numbers, seed {}",
        reference.title,
        if swept == 1 { "case" } else { "cases" },
        reference.settings.seed
    );
    let money = reference.money.label();
    let _ = writeln!(
        out,
        "amounts in {money}; \u{b1} is one standard error, of dates in days\n"
    );
    let shown: Vec<&CaseGlance> = match glances.len() {
        0..=MOST_LISTED => glances.iter().collect(),
        _ => extremes(glances),
    };
    let mut header: Vec<Entry> = vec!["case".into()];
    header.extend(cases.keys().iter().map(|key| short(key).into()));
    header.extend(
        [
            "binds",
            "\u{b1}",
            "median date",
            "\u{b1}",
            "total paid",
            "\u{b1}",
        ]
        .map(Entry::from),
    );
    let mut table = vec![header];
    for glance in shown {
        let mut line: Vec<Entry> = match glance.case {
            0 => vec!["as written".into()],
            case => vec![case.to_string().into()],
        };
        match glance.case {
            0 => line.extend(own_values(reference, cases).into_iter().map(Entry::from)),
            case => line.extend(cases.values(case).into_iter().map(Entry::from)),
        }
        let (binds, binds_error) =
            glance
                .probability
                .map_or_else(Default::default, |(p, e)| match digits(p, 2) {
                    Some(digits) => (format!("{digits} %"), two_digits(100.0 * e)),
                    None => (percent(p), error_in_percent(p, e, paths as f64)),
                });
        let (median, median_error) = glance.median.map_or_else(
            || ("not reached".to_owned(), String::new()),
            |(date, _, error)| (date.to_string(), format!("{error:.1}")),
        );
        let (paid, paid_error) = glance.paid.map_or_else(
            || ("".into(), String::new()),
            |(paid, error)| (Entry::Number(paid), error_text(error)),
        );
        line.extend([binds, binds_error, median, median_error].map(Entry::from));
        line.extend([paid, paid_error.into()]);
        table.push(line);
    }
    aligned(&mut out, &table);
    if glances.len() > MOST_LISTED {
        let _ = writeln!(
            out,
            "\nlisted: the scenario as written and the cases with the least and the greatest\n\
             binding probability and total; all are in sweep.csv"
        );
    }
    out.truncate(out.trim_end().len());
    out
}

/// The reference and the cases with the least and greatest numbers.
fn extremes(glances: &[CaseGlance]) -> Vec<&CaseGlance> {
    let paid = |glance: &CaseGlance| glance.paid.map_or(0.0, |(paid, _)| paid);
    let binds = |glance: &CaseGlance| glance.probability.map_or(0.0, |(p, _)| p);
    let swept = || glances.iter().filter(|glance| glance.case > 0);
    let mut shown: Vec<&CaseGlance> = glances.iter().filter(|glance| glance.case == 0).collect();
    for value in [&binds as &dyn Fn(&CaseGlance) -> f64, &paid] {
        let order = |a: &&CaseGlance, b: &&CaseGlance| value(a).total_cmp(&value(b));
        shown.extend(swept().min_by(order));
        shown.extend(swept().max_by(order));
    }
    shown.sort_by_key(|glance| glance.case);
    shown.dedup_by_key(|glance| glance.case);
    shown
}

/// The last part of a dotted key.
fn short(key: &str) -> String {
    key.rsplit('.').next().unwrap_or(key).to_owned()
}

/// The lines of a case, its number first.
pub type CaseRows = (u64, Vec<Vec<Value>>);

/// The same for scripts: one object with the lines of every case, as the table of a sweep
/// has them.
pub fn sweep_json(
    reference: &Scenario,
    cases: &Cases,
    rows: &[CaseRows],
    bad: &[BadCase],
) -> serde_json::Value {
    let keys = cases.keys();
    let settings = &reference.settings;
    let paths = settings.paths() as f64;
    let columns = sweep_columns(cases);
    // After the case, its keys and the agreement.
    let of_quantity = keys.len() + 2;
    let interval = |row: &[Value]| {
        let mean = row[of_quantity + 2].number()?;
        let estimate = MeanEstimate {
            mean,
            std_error: row[of_quantity + 3].number()?,
            skewness: 0.0,
            degrees: f64::from(settings.replicates) - 1.0,
        };
        let is_binding = row[of_quantity] == Measure::Binding.name().into();
        Some(match is_binding {
            true => estimate.probability_interval(paths, LEVEL),
            false => estimate.interval(LEVEL),
        })
    };
    let one = |(case, rows): &CaseRows| {
        let values: serde_json::Map<String, serde_json::Value> = match rows.first() {
            Some(row) => keys
                .iter()
                .cloned()
                .zip(row[1..].iter().map(Value::to_json))
                .collect(),
            None => serde_json::Map::new(),
        };
        let quantities: Vec<serde_json::Value> = rows
            .iter()
            .map(|row| {
                let mut object = object(&columns[keys.len() + 1..], &row[keys.len() + 1..]);
                object["interval_95"] = json!(interval(row));
                object
            })
            .collect();
        json!({ "case": case, "values": values, "quantities": quantities })
    };
    let failed = bad
        .iter()
        .map(|bad| json!({ "case": bad.case, "problem": bad.problem }));
    json!({
        "title": reference.title,
        "currency": reference.money.currency(),
        "unit": reference.money.unit().word(),
        "paths": reference.settings.paths(),
        "seed": reference.settings.seed,
        "cases": rows.iter().map(one).collect::<Vec<_>>(),
        "failed": failed.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_kept_come_back_as_they_were() {
        let names = ["=x", "'=x", "a,b", "say \"no\"", "two\nlines", "+1", "NaN"];
        let date = Date::new(2026, 1, 11);
        let rows: Vec<Vec<Value>> = names
            .iter()
            .map(|name| {
                vec![
                    Value::Count(3),
                    Value::Empty,
                    "=1+1".into(),
                    (*name).into(),
                    "total_paid".into(),
                    "USD".into(),
                    Value::Number(0.1 + 0.2),
                    Value::Number(-1e-300),
                    Value::Empty,
                    Value::Empty,
                    date.into(),
                    "smooth".into(),
                ]
            })
            .collect();
        assert_eq!(kept_rows(2, &keep_rows(&rows)), Some(rows));
        assert_eq!(kept_rows(2, b"1,2\n"), None);
        assert_eq!(kept_rows(0, b""), Some(Vec::new()));
    }
}
