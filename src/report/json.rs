//! The summary for scripts.

use serde_json::{Map, Value, json};

use super::Report;
use super::answer::answer;
use super::tables::{Cell, summary_rows};

/// The summary as one JSON object: every row of `summary.csv` under its name,
/// undefined values `null`.
pub fn summary_json(report: &Report<'_>) -> Value {
    let scenario = report.scenario;
    let mut quantities = Map::new();
    for row in summary_rows(report) {
        let percentiles: Map<String, Value> = scenario
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
    let warnings: Vec<String> = report.warnings.iter().map(ToString::to_string).collect();
    json!({
        "title": scenario.title,
        "answer": answer(report),
        "agreement": scenario.agreement.name,
        "payer": scenario.agreement.payer,
        "payee": scenario.agreement.payee,
        "currency": scenario.money.currency(),
        "unit": scenario.money.unit().word(),
        "paths": report.outcomes.paths(),
        "seed": scenario.settings.seed,
        "quantities": quantities,
        "warnings": warnings,
    })
}
