//! What went in: every key as written, and where its author had it from.

use maud::{Markup, html};

use super::super::Report;
use super::{linked, scrolling};
use crate::scenario::WrittenKey;

/// Sources, keys with their remarks, defaults.
pub fn inputs(report: &Report<'_>) -> Markup {
    let scenario = report.scenario;
    // Title and sources stand elsewhere on the page.
    let elsewhere =
        |key: &&WrittenKey| key.table.is_empty() && ["title", "source"].contains(&key.key.as_str());
    let shown: Vec<&WrittenKey> = scenario
        .written
        .iter()
        .filter(|key| !elsewhere(key))
        .collect();
    html! {
        @if scenario.sources.is_empty() {
            p { "The scenario names no sources." }
        } @else {
            h3 { "Sources" }
            ul { @for source in &scenario.sources { li { (linked(source)) } } }
        }
        h3 { "The scenario" }
        p {
            "Values as written in the scenario, each with its author's remark. Amounts are in "
            (scenario.money.label()) "."
        }
        (scrolling("Inputs", html! {
            table.inputs {
                caption { "Inputs" }
                thead { tr {
                    th scope="col" { "Key" }
                    th scope="col" { "Value" }
                    th scope="col" { "Remark" }
                } }
                @for group in shown.chunk_by(|a, b| a.table == b.table) { (of_table(group)) }
                @if !scenario.defaults.is_empty() {
                    tbody {
                        tr { th.group scope="rowgroup" colspan="3" { "Left out, by default" } }
                        @for (key, value) in &scenario.defaults {
                            tr { th scope="row" { code { (key) } } td { code { (value) } } td {} }
                        }
                    }
                }
            }
        }))
    }
}

fn of_table(keys: &[&WrittenKey]) -> Markup {
    let name = &keys[0].table;
    html! {
        tbody {
            tr { th.group scope="rowgroup" colspan="3" {
                @if name.is_empty() { "The scenario" } @else { code { "[" (name) "]" } }
            } }
            @for key in keys {
                tr {
                    th scope="row" { code { (key.key) } }
                    td { code { (key.value) } }
                    td {
                        @if key.is_override { strong { "Changed on the command line. " } }
                        (linked(&key.remark))
                    }
                }
            }
        }
    }
}
