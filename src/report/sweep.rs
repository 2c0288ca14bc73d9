//! The cases of a sweep as rows, then as CSV, JSON and text.

use std::fmt::Write;

use serde_json::{Value, json};

use super::csv_table::harmless;
use super::text::{aligned, error_text, significant};
use crate::scenario::Scenario;
use crate::study::{BadCase, CaseOutcome, CaseQuantity, Cases};
use crate::units::Date;

/// More cases than this are not listed on a terminal.
const MOST_LISTED: usize = 60;
const IN_MEMORY: &str = "writing to memory succeeds";

/// The header of `sweep.csv`.
pub fn sweep_header(cases: &Cases) -> Vec<u8> {
    let mut fields = vec!["case".to_owned()];
    fields.extend(cases.keys().iter().cloned());
    let rest = [
        "agreement",
        "quantity",
        "unit",
        "mean",
        "std_error",
        "difference",
        "difference_std_error",
        "date",
    ];
    fields.extend(rest.map(str::to_owned));
    lines(&[fields])
}

/// The lines of one case in `sweep.csv`, without a header.
pub fn sweep_lines(reference: &Scenario, outcome: &CaseOutcome) -> Vec<u8> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let mut records = Vec::new();
    for agreement in &outcome.agreements {
        for row in &agreement.rows {
            let mut fields = vec![outcome.case.to_string()];
            fields.extend(outcome.values.iter().cloned());
            fields.extend([
                agreement.name.clone(),
                row.quantity.name(),
                unit(reference, row.quantity),
                number(row.estimate.map(|e| e.mean)),
                number(row.estimate.map(|e| e.std_error)),
                number(row.difference.map(|d| d.mean)),
                number(row.difference.map(|d| d.std_error)),
                row.date.map_or_else(String::new, |date| date.to_string()),
            ]);
            records.push(fields);
        }
    }
    lines(&records)
}

/// `failed.csv`: the cases that are no valid scenario, and why.
pub fn failed_csv(cases: &Cases, bad: &[BadCase]) -> Vec<u8> {
    let mut header = vec!["case".to_owned()];
    header.extend(cases.keys().iter().cloned());
    header.push("problem".to_owned());
    let mut records = vec![header];
    for bad in bad {
        let mut fields = vec![bad.case.to_string()];
        fields.extend(cases.values(bad.case).into_iter().map(str::to_owned));
        fields.push(bad.problem.clone());
        records.push(fields);
    }
    lines(&records)
}

fn lines(records: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    for record in records {
        let fields = record.iter().map(|field| harmless(field));
        let fields = fields.map(|field| field.as_bytes().to_vec());
        writer.write_record(fields).expect(IN_MEMORY);
    }
    writer.into_inner().expect(IN_MEMORY)
}

fn unit(reference: &Scenario, quantity: CaseQuantity) -> String {
    match quantity {
        CaseQuantity::Probability => "probability".to_owned(),
        CaseQuantity::ValueByCap => "per unit of cap".to_owned(),
        CaseQuantity::BindingDate(_) => format!("days after {}", reference.timeline.start()),
        _ => reference.money.label(),
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
        let median = CaseQuantity::BindingDate(50.0);
        Self {
            case: outcome.case,
            probability: numbers(CaseQuantity::Probability),
            median: numbers(median).and_then(|(days, error)| {
                let date = find(median)?.date?;
                Some((date, days, error))
            }),
            paid: numbers(CaseQuantity::TotalPaid),
        }
    }

    /// From the lines of a case in `sweep.csv`; `keys` is the number of keys.
    pub fn of_lines(keys: usize, lines: &[u8]) -> Option<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(lines);
        let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;
        let first = records.first()?;
        let find = |quantity: CaseQuantity| {
            let name = quantity.name();
            let mut same = records.iter().filter(|r| r[keys + 1] == first[keys + 1]);
            same.find(|record| record[keys + 2] == name)
        };
        let numbers = |record: &csv::StringRecord| {
            let number = |i: usize| record[keys + i].parse::<f64>().ok();
            Some((number(4)?, number(5)?))
        };
        let median = find(CaseQuantity::BindingDate(50.0)).and_then(|record| {
            let (days, error) = numbers(record)?;
            Some((Date::parse(&record[keys + 8])?, days, error))
        });
        Some(Self {
            case: first[0].parse().ok()?,
            probability: find(CaseQuantity::Probability).and_then(numbers),
            median,
            paid: find(CaseQuantity::TotalPaid).and_then(numbers),
        })
    }
}

/// What a terminal shows of a sweep: a line for each case where they are few, the
/// extremes where they are many.
pub fn sweep_text(reference: &Scenario, cases: &Cases, glances: &[CaseGlance]) -> String {
    let mut out = String::new();
    let swept = glances.iter().filter(|glance| glance.case > 0).count();
    let paths = reference.settings.paths();
    let _ = writeln!(
        out,
        "{}\n{swept} {}, {paths} paths each on common random numbers, seed {}",
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
    let mut header = vec!["case".to_owned()];
    header.extend(cases.keys().iter().map(|key| short(key)));
    header.extend(
        [
            "binds",
            "\u{b1}",
            "median date",
            "\u{b1}",
            "total paid",
            "\u{b1}",
        ]
        .map(str::to_owned),
    );
    let mut table = vec![header];
    for glance in shown {
        let mut line = match glance.case {
            0 => vec!["as written".to_owned()],
            case => vec![case.to_string()],
        };
        match glance.case {
            0 => line.extend(cases.keys().iter().map(|_| String::new())),
            case => line.extend(cases.values(case).into_iter().map(str::to_owned)),
        }
        let (binds, binds_error) = glance.probability.map_or_else(Default::default, |(p, e)| {
            (format!("{:.2} %", 100.0 * p), format!("{:.2}", 100.0 * e))
        });
        let (median, median_error) = glance.median.map_or_else(
            || ("not reached".to_owned(), String::new()),
            |(date, _, error)| (date.to_string(), format!("{error:.1}")),
        );
        let (paid, paid_error) = glance.paid.map_or_else(Default::default, |(paid, error)| {
            (significant(paid), error_text(error))
        });
        line.extend([binds, binds_error, median, median_error, paid, paid_error]);
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

/// The same for scripts: one object with the cases that are shown in full.
pub fn sweep_json(
    reference: &Scenario,
    cases: &Cases,
    glances: &[CaseGlance],
    bad: &[BadCase],
) -> Value {
    let estimate = |value: Option<(f64, f64)>| {
        value.map(|(mean, std_error)| json!({ "mean": mean, "std_error": std_error }))
    };
    let one = |glance: &CaseGlance| {
        let values = match glance.case {
            0 => Value::Null,
            case => cases
                .keys()
                .iter()
                .cloned()
                .zip(cases.values(case))
                .map(|(k, v)| (k, json!(v)))
                .collect(),
        };
        json!({
            "case": glance.case,
            "values": values,
            "binding_probability": estimate(glance.probability),
            "binding_date_p50": glance.median.map(|(date, _, error)| json!({
                "date": date.to_string(),
                "std_error_days": error,
            })),
            "total_paid": estimate(glance.paid),
        })
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
        "cases": glances.iter().map(one).collect::<Vec<_>>(),
        "failed": failed.collect::<Vec<_>>(),
    })
}
