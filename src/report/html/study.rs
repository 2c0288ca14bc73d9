//! The page of a study: its answer, its charts, its tables, how to make them again.

use maud::{Markup, html};

use super::super::figure::{Figure, FigureError};
use super::super::table::{Table, Value, human};
use super::super::text::{error_text, grouped, plain};
use super::super::{Manifest, SimulatedWith};
use super::{chart, contents, document, program, scrolling, section, warnings};
use crate::scenario::ChartOptions;
use crate::units::{decimals_for, grouped_number};

/// Lines of a table on the page of a study: longer ones are cut, their file holds them whole.
pub const MOST_LINES: usize = 200;
/// Digits of a number: the files have all of them.
const DIGITS: i32 = 6;

/// What a study found, on one page that needs nothing else: the text of a terminal,
/// whose first paragraph is the answer, charts and tables. Equal studies give equal bytes.
///
/// # Errors
/// Where a chart cannot be drawn, for want of memory or in a broken build.
pub fn study_page(
    title: &str,
    text: &str,
    (figures, options): (Vec<(String, Figure)>, &ChartOptions),
    tables: &[Table],
    manifest: &Manifest,
) -> Result<String, FigureError> {
    let charts = chart::drawn(figures, options)?;
    let (answer, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut parts = Vec::new();
    if !charts.is_empty() {
        let drawn = html! { @for chart in &charts { (chart.figure()) } };
        parts.push(("charts", "Charts", drawn));
    }
    parts.push(("answer", "The answer in numbers", answered(rest)));
    parts.push(("tables", "Tables", all(tables)));
    parts.push(("reproduce", "Reproduce", reproduce(manifest)));
    let names: Vec<_> = parts.iter().map(|(id, name, _)| (*id, *name)).collect();
    let first = format!("#{}", names[0].0);
    let body = html! {
        a.skip href=(first) { "Skip to the answer" }
        header {
            p.kind { "capbind " (manifest.command) }
            h1 { (title) }
            @for line in answer.lines() { p.answer { (line) } }
            @if !manifest.warnings.is_empty() { (warnings(&manifest.warnings)) }
        }
        (contents(&names))
        main { @for (id, name, content) in parts { (section((id, name), content)) } }
        footer { p { (program()) @if let Some(run) = run_in_words(manifest) { ", " (run) } "." } }
    };
    Ok(document(title, &charts, body))
}

/// What the terminal shows below the answer.
fn answered(rest: &str) -> Markup {
    html! { pre.scroll tabindex="0" role="region" aria-label="As the program prints it" { (rest.trim_end()) } }
}

fn all(tables: &[Table]) -> Markup {
    html! { @for table in tables { (scrolling(&human(table.name), lines(table))) } }
}

fn lines(table: &Table) -> Markup {
    let cut = table.rows.len().saturating_sub(MOST_LINES);
    html! {
        table.file {
            caption {
                (human(table.name))
                @if cut > 0 { ": the first " (MOST_LINES) " lines; all are in " code { (table.file()) } }
            }
            thead { tr { @for column in &table.columns { th scope="col" { (human(column)) } } } }
            tbody {
                @for row in table.rows.iter().take(MOST_LINES) {
                    tr {
                        @for (i, value) in row.iter().enumerate() {
                            @let text = cell(value);
                            @let words = matches!(value, Value::Text(_)).then_some("text");
                            @if i == 0 { th scope="row" class=[words] { (text) } } @else { td class=[words] { (text) } }
                        }
                    }
                }
            }
        }
    }
}

/// A cell as a reader wants it.
fn cell(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Error(error) | Value::ProbabilityError(error) => error_text(*error),
        Value::Number(value) | Value::Probability(value) => {
            let decimals = decimals_for(*value, DIGITS).min(6);
            grouped_number(*value, decimals)
        }
        Value::Year(year) => year.to_string(),
        Value::Count(count) => plain(*count as f64),
        Value::Date(date) => date.to_string(),
        Value::Empty => String::new(),
    }
}

fn run_in_words(manifest: &Manifest) -> Option<String> {
    let SimulatedWith {
        seed,
        sampler,
        points,
        replicates,
    } = manifest.simulated.as_ref()?;
    let paths = grouped(points * u64::from(*replicates));
    Some(format!("{paths} paths ({sampler}, seed {seed})"))
}

fn reproduce(manifest: &Manifest) -> Markup {
    html! {
        p {
            "The same version, scenario and seed give the same bytes on any number of threads. With the \
             folder this page came in, this makes every file again and compares it:"
        }
        pre { code { "capbind verify FOLDER" } }
        dl.facts {
            dt { "Program" } dd { (program()) }
            @if let Some(run) = run_in_words(manifest) { dt { "Paths" } dd { (run) } }
            @for scenario in &manifest.scenarios {
                dt { (scenario.name) ", SHA-256" } dd { code { (scenario.scenario_sha256) } }
                @if !scenario.overrides.is_empty() {
                    dt { "Changed on the command line" }
                    dd { @for change in &scenario.overrides { code { (change) } " " } }
                }
            }
            @for table in &manifest.inputs {
                dt { (table.name) ", SHA-256" } dd { code { (table.sha256) } }
            }
        }
        @for scenario in &manifest.scenarios {
            details {
                summary { "The scenario " (scenario.name) }
                pre { code { (scenario.scenario) } }
            }
        }
    }
}
