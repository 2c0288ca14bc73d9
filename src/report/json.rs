//! The summary for scripts.

use serde_json::{Map, Value, json};

use super::answer::answer;
use super::ending::Ending;
use super::party_tables::{net_rows, risk_neutral_rows, word};
use super::probability::LEVEL;
use super::tables::{Cell, SummaryRow, summary_rows};
use super::{Part, Report};
use crate::scenario::Scenario;
use crate::simulate::Estimator;

/// The summary as one JSON object: every row of `summary.csv` under its name,
/// undefined values `null`; `years` has the lines of `years.csv`. Where there are several agreements, `agreements`
/// holds all of them, and the keys beside it are those of the first.
pub fn summary_json(report: &Report<'_>) -> Value {
    let scenario = report.scenario;
    let warnings: Vec<String> = report.warnings.iter().map(ToString::to_string).collect();
    let mut summary = of_agreement(&report.primary());
    summary.extend([
        ("title".to_owned(), json!(scenario.title)),
        ("currency".to_owned(), json!(scenario.money.currency())),
        ("unit".to_owned(), json!(scenario.money.unit().word())),
        ("paths".to_owned(), json!(report.results.paths())),
        ("seed".to_owned(), json!(scenario.settings.seed)),
        ("warnings".to_owned(), json!(warnings)),
        ("years".to_owned(), super::tables::years(report).to_json()),
    ]);
    if !report.results.risk_neutral.is_empty() {
        let agreements = report.parts().enumerate().map(|(i, part)| {
            let rows = risk_neutral_rows(report, i).into_iter();
            let rows: Map<String, Value> = rows.map(|row| quantity(scenario, row)).collect();
            (part.contract.agreement.name.clone(), Value::Object(rows))
        });
        summary.insert(
            "risk_neutral".to_owned(),
            Value::Object(agreements.collect()),
        );
    }
    if !report.results.net.is_empty() {
        let nets = report.results.net.iter().enumerate().map(|(i, net)| {
            let rows = net_rows(report, i).into_iter();
            let rows: Map<String, Value> = rows.map(|row| quantity(scenario, row)).collect();
            (net.party.clone(), Value::Object(rows))
        });
        summary.insert("net".to_owned(), Value::Object(nets.collect()));
    }
    if let Some(covenants) = super::covenants::table(report) {
        summary.insert("covenants".to_owned(), covenants.to_json());
    }
    if let Some(cases) = super::cases::table(report) {
        summary.insert("cases".to_owned(), cases.to_json());
    }
    if scenario.contracts.len() > 1 {
        let all = report.parts().map(|part| of_agreement(&part).into());
        summary.insert("agreements".to_owned(), Value::Array(all.collect()));
    }
    summary.into()
}

fn of_agreement(part: &Part<'_>) -> Map<String, Value> {
    let agreement = &part.contract.agreement;
    let quantities = quantities(part);
    let object = [
        ("answer", json!(answer(part))),
        ("agreement", json!(agreement.name)),
        ("payer", json!(agreement.payer)),
        ("payee", json!(agreement.payee)),
        ("quantities", quantities.into()),
    ];
    let object = object.into_iter().chain(ends(part));
    object.map(|(key, value)| (key.to_owned(), value)).collect()
}

fn quantities(part: &Part<'_>) -> Map<String, Value> {
    let rows = summary_rows(part).into_iter();
    rows.map(|row| quantity(part.scenario, row)).collect()
}

/// One row of `summary.csv` under its name.
fn quantity(scenario: &Scenario, row: SummaryRow) -> (String, Value) {
    let names = scenario.report.percentiles.iter().map(|p| format!("p{p}"));
    let errors = row.percentiles.iter().map(|(_, error)| json!(error));
    let errors: Map<String, Value> = names.clone().zip(errors).collect();
    let percentiles: Map<String, Value> = names
        .zip(row.cells())
        .map(|(name, cell)| {
            let value = match cell {
                Cell::Number(value) => json!(value),
                Cell::Date(date) => json!(date.to_string()),
                Cell::Empty => Value::Null,
            };
            (name, value)
        })
        .collect();
    let interval = row.interval();
    let value = json!({
        "unit": row.unit,
        "mean": row.estimate.map(|e| e.mean),
        "std_error": row.estimate.map(|e| e.std_error),
        "std_dev": row.estimate.map(|e| e.std_dev),
        "estimator": row.estimator.map(Estimator::word),
        "counted": row.counted.map(|e| json!({ "mean": e.mean, "std_error": e.std_error })),
        "interval_95": interval,
        "percentiles": percentiles,
        "percentile_std_errors": errors,
    });
    (row.quantity.into_owned(), value)
}

/// The date by which sharing has ended in half of all outcomes, what ends it most
/// often, and each reason with its probability and the median date among the paths
/// that end so.
fn ends(part: &Part<'_>) -> [(&'static str, Value); 3] {
    let ends = part.outcomes.ends();
    let reasons = part.outcomes.reasons().iter().map(|&reason| {
        let probability = ends.of(reason);
        let median = ends.quantile(reason, 0.5, true);
        let value = json!({
            "probability": probability.mean,
            "std_error": probability.std_error,
            "interval_95": probability.probability_interval(LEVEL),
            "median_date": median.map(|date| date.to_string()),
        });
        (word(part, reason).into_owned(), value)
    });
    let ending = Ending::of(part);
    let likely = ending.reasons().first();
    [
        ("ends", Value::Object(reasons.collect())),
        (
            "ends_most_likely_by",
            json!(likely.map(|(reason, _)| word(part, *reason))),
        ),
        ("end_date_p50", json!(ending.median().to_string())),
    ]
}
