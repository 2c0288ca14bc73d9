//! The cases of a sweep as rows, then as CSV, JSON and text.

use std::fmt::Write;

use serde_json::json;

use super::probability::{LEVEL, digits, error_in_percent, percent};
use super::table::{Table, Value, object};
use super::text::{Entry, aligned, error_text, grouped, two_digits};
use crate::scenario::Scenario;
use crate::simulate::{Estimator, Kind, Measure};
use crate::stats::MeanEstimate;
use crate::study::{BadCase, CaseOutcome, CaseQuantity, Cases, Sweep, lines_of_a_case, own_values};
use crate::units::Date;

/// More cases than this are not listed on a terminal.
const MOST_LISTED: usize = 60;
const BINDS: CaseQuantity = CaseQuantity::Expected(Measure::Binding);
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
                Value::error(row.estimate.map(|e| e.std_error)),
                row.difference.map(|d| d.mean).into(),
                Value::error(row.difference.map(|d| d.std_error)),
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
        let number = |text: &str, of: fn(f64) -> Value| match text {
            "" => Some(Value::Empty),
            text => text.parse().ok().map(of),
        };
        let mut fields = record.iter();
        let mut row = vec![Value::Count(fields.next()?.parse().ok()?)];
        row.extend(fields.by_ref().take(keys).map(key_value));
        row.extend(fields.by_ref().take(3).map(Value::from));
        for of in [Value::Number, Value::Error, Value::Number, Value::Error] {
            row.push(number(fields.next()?, of)?);
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

/// What is shown and drawn of a case, of its primary agreement.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseGlance {
    /// Its number.
    pub case: u64,
    /// Each of [`Sweep::shown`] where it is defined.
    values: Vec<Option<Glanced>>,
    /// Whether they are smooth estimates.
    is_smooth: bool,
}

/// A number with its standard error; of a date, days from the timeline's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glanced {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
    /// The date, where it is one.
    pub date: Option<Date>,
}

impl CaseGlance {
    /// From what a case comes to.
    pub fn of(sweep: &Sweep, outcome: &CaseOutcome) -> Self {
        let rows = outcome.agreements.first().map_or(&[][..], |own| &own.rows);
        let find = |quantity| rows.iter().find(|row| row.quantity == quantity);
        let glanced = |quantity| {
            let row = find(quantity)?;
            let estimate = row.estimate?;
            Some(Glanced {
                value: estimate.mean,
                std_error: estimate.std_error,
                date: row.date,
            })
        };
        Self {
            case: outcome.case,
            values: sweep.shown().into_iter().map(glanced).collect(),
            is_smooth: find(PAID).is_some_and(|row| row.estimator == Some(Estimator::Smooth)),
        }
    }

    /// From the lines of a case.
    pub fn of_rows(sweep: &Sweep, rows: &[Vec<Value>]) -> Option<Self> {
        let keys = sweep.cases().keys().len();
        let agreement = &sweep.reference().primary().agreement;
        let first = rows.first()?;
        let find = |quantity: CaseQuantity| {
            let name = Value::from(quantity.name(agreement));
            let mut same = rows.iter().filter(|row| row[keys + 1] == first[keys + 1]);
            same.find(|row| row[keys + 2] == name)
        };
        let glanced = |quantity| {
            let row = find(quantity)?;
            Some(Glanced {
                value: row[keys + 4].number()?,
                std_error: row[keys + 5].number()?,
                date: match row[keys + 8] {
                    Value::Date(date) => Some(date),
                    _ => None,
                },
            })
        };
        let Value::Count(case) = first[0] else {
            return None;
        };
        Some(Self {
            case,
            values: sweep.shown().into_iter().map(glanced).collect(),
            is_smooth: find(PAID)
                .is_some_and(|row| row[keys + 9] == Value::from(Estimator::Smooth.word())),
        })
    }

    /// One of the numbers, by its place in [`Sweep::shown`].
    pub(super) fn get(&self, at: usize) -> Option<Glanced> {
        *self.values.get(at)?
    }
}

/// What a terminal shows of a sweep: a line for each case where they are few, the
/// extremes where they are many.
pub fn sweep_text(sweep: &Sweep, glances: &[CaseGlance]) -> String {
    let (reference, cases) = (sweep.reference(), sweep.cases());
    let mut out = String::new();
    let swept = glances.iter().filter(|glance| glance.case > 0).count();
    let paths = reference.settings.paths();
    let each = match glances.iter().all(|glance| glance.is_smooth) {
        true => {
            let lines = lines_of_a_case(reference.settings.points);
            let lines = lines * u64::from(reference.settings.replicates);
            format!("smooth estimates from {} points each", grouped(lines))
        }
        false => format!("{} paths each", grouped(paths)),
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
    let listed: Vec<&CaseGlance> = match glances.len() {
        0..=MOST_LISTED => glances.iter().collect(),
        _ => extremes(glances),
    };
    let shown = sweep.shown();
    let mut header: Vec<Entry> = vec!["case".into()];
    header.extend(cases.keys().iter().map(|key| short(key).into()));
    for quantity in &shown {
        header.extend([heading(reference, *quantity).into(), "\u{b1}".into()]);
    }
    let mut table = vec![header];
    for glance in listed {
        let mut line: Vec<Entry> = match glance.case {
            0 => vec!["as written".into()],
            case => vec![case.to_string().into()],
        };
        match glance.case {
            0 => line.extend(own_values(reference, cases).into_iter().map(Entry::from)),
            case => line.extend(cases.values(case).into_iter().map(Entry::from)),
        }
        for (at, quantity) in shown.iter().enumerate() {
            line.extend(shown_as(*quantity, glance.get(at), paths as f64));
        }
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

/// What a column of the terminal's table is called.
fn heading(reference: &Scenario, quantity: CaseQuantity) -> String {
    match quantity {
        BINDS => "binds".to_owned(),
        CaseQuantity::Percentile(Measure::BindingDate, _) => "median date".to_owned(),
        PAID => "total paid".to_owned(),
        CaseQuantity::ValueByCap => "value by cap".to_owned(),
        CaseQuantity::Expected(measure) => measure
            .name_in(&reference.primary().agreement)
            .replace('_', " "),
        CaseQuantity::Percentile(measure, _) => format!(
            "{}, median",
            measure
                .name_in(&reference.primary().agreement)
                .replace('_', " ")
        ),
    }
}

/// A number of a case and its error as a terminal shows them.
fn shown_as(quantity: CaseQuantity, glanced: Option<Glanced>, paths: f64) -> [Entry; 2] {
    let Some(Glanced {
        value,
        std_error,
        date,
    }) = glanced
    else {
        let nothing = match quantity {
            CaseQuantity::Percentile(..) => "not reached",
            _ => "",
        };
        return [nothing.into(), "".into()];
    };
    let kind = match quantity {
        CaseQuantity::Expected(measure) => measure.kind(),
        CaseQuantity::Percentile(..) => Kind::Date,
        CaseQuantity::ValueByCap => Kind::Ratio,
    };
    match (kind, date) {
        (_, Some(date)) => [date.to_string().into(), two_digits(std_error).into()],
        (Kind::Probability, _) => match digits(value, 2) {
            Some(digits) => [
                format!("{digits} %").into(),
                two_digits(100.0 * std_error).into(),
            ],
            None => [
                percent(value).into(),
                error_in_percent(value, std_error, paths).into(),
            ],
        },
        (Kind::Rate, _) => [
            format!("{:.2} %", 100.0 * value).into(),
            error_text(100.0 * std_error).into(),
        ],
        _ => [Entry::Number(value), error_text(std_error).into()],
    }
}

/// The reference and the cases with the least and greatest numbers.
fn extremes(glances: &[CaseGlance]) -> Vec<&CaseGlance> {
    let of = |glance: &CaseGlance, at| glance.get(at).map_or(0.0, |glanced| glanced.value);
    let [binds, paid] = [0, 2].map(|at| move |glance: &CaseGlance| of(glance, at));
    let swept = || glances.iter().filter(|glance| glance.case > 0);
    let mut shown: Vec<&CaseGlance> = glances.iter().filter(|glance| glance.case == 0).collect();
    for value in [binds, paid] {
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

/// The value of a key: a number where it is one.
fn as_typed(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => json!(number),
            _ => json!(text),
        },
        other => other.to_json(),
    }
}

/// The lines of a case, its number first.
pub type CaseRows = (u64, Vec<Vec<Value>>);

/// The same for scripts: one object with the lines of every case, as the table of a sweep
/// has them.
pub fn sweep_json(
    sweep: &Sweep,
    findings: &[String],
    rows: &[CaseRows],
    bad: &[BadCase],
) -> serde_json::Value {
    let (reference, cases) = (sweep.reference(), sweep.cases());
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
                .zip(row[1..].iter().map(as_typed))
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
        "answer": findings.join(" "),
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
                    Value::Error(-1e-300),
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
