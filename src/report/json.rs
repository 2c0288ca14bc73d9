//! The summary for scripts.

use serde_json::{Map, Value, json};

use super::answer::answer;
use super::tables::{Cell, summary_rows};
use super::{Part, Report};

/// The summary as one JSON object: every row of `summary.csv` under its name,
/// undefined values `null`. Where there are several agreements, `agreements`
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
    ]);
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
    let object = object.into_iter();
    object.map(|(key, value)| (key.to_owned(), value)).collect()
}

fn quantities(part: &Part<'_>) -> Map<String, Value> {
    let mut quantities = Map::new();
    for row in summary_rows(part) {
        let percentiles: Map<String, Value> = part
            .scenario
            .report
            .percentiles
            .iter()
            .zip(&row.percentiles)
            .map(|(p, cell)| {
                let value = match cell {
                    Cell::Number(value) => json!(value),
                    Cell::Date(date) => json!(date.to_string()),
                    Cell::Empty => Value::Null,
                };
                (format!("p{p}"), value)
            })
            .collect();
        quantities.insert(
            row.quantity.to_owned(),
            json!({
                "unit": row.unit,
                "mean": row.estimate.map(|e| e.mean),
                "std_error": row.estimate.map(|e| e.std_error),
                "std_dev": row.estimate.map(|e| e.std_dev),
                "interval_95": row.estimate.map(|e| e.interval(0.95)),
                "percentiles": percentiles,
            }),
        );
    }
    quantities
}
