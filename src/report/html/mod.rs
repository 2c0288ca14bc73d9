//! `report.html`: one run as one page that needs nothing else. It has no script,
//! asks no server for anything and says so to the browser; every text of the
//! scenario is escaped where it is set in.

mod chart;
mod inputs;
mod method;
mod results;
mod study;

use std::borrow::Cow;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::answer::headline;
use super::changed::changed_here;
use super::charts::subject;
use super::figure::{Drawing, FigureError};
use super::text::scope;
use super::{EXPLORER_FILE, Report, RunOptions};
use crate::text::shown;
pub use study::{MOST_LINES, study_page};

const STYLE: &str = include_str!("style.css");

/// What the page may load: its own styles and the fonts in them. Whatever slipped
/// in beside them would not run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; \
                      img-src data:; base-uri 'none'; form-action 'none'";

/// The sections, by their anchors.
const SECTIONS: [(&str, &str); 6] = [
    ("figures", "Key figures"),
    ("charts", "Charts"),
    ("tables", "Tables"),
    ("inputs", "Inputs and sources"),
    ("method", "Method and limits"),
    ("reproduce", "Reproduce"),
];

/// The page of a run. Equal runs give equal bytes.
///
/// # Errors
/// Where a chart cannot be drawn, for want of memory or in a broken build.
pub fn page(report: &Report<'_>, options: &RunOptions) -> Result<String, FigureError> {
    let charts = chart::all(report, options.convergence)?;
    let scenario = report.scenario;
    let body = html! {
        a.skip href="#figures" { "Skip to the key figures" }
        header {
            p.kind { "When does the revenue share stop, and what stops it?" }
            h1 { (subject(scenario)) }
            @for part in report.parts() {
                p.answer { (part.prefix()) (headline(&part)) }
            }
            @if let Some(changed) = changed_here(scenario) { p.changed { (changed) "." } }
            p.scope { (scope(report)) }
            @if !report.warnings.is_empty() { (warnings(&report.warnings)) }
        }
        @if options.interactive {
            p.screen { a href=(EXPLORER_FILE) { "Explore: change the terms and the assumptions, and see the answer move" } }
        }
        (contents(&SECTIONS))
        main {
            (section(SECTIONS[0], html! {
                (chart::lead(&charts))
                (results::figures(report))
            }))
            (section(SECTIONS[1], chart::section(&charts)))
            (section(SECTIONS[2], results::tables(report)))
            (section(SECTIONS[3], inputs::inputs(report)))
            (section(SECTIONS[4], method::method(report)))
            (section(SECTIONS[5], method::reproduce(report, options)))
        }
        footer {
            p { (program()) ", " (method::run_in_words(report)) "." }
        }
    };
    Ok(document(&subject(scenario), &charts, body))
}

/// A whole page: what may be loaded, styles, and a body.
fn document(title: &str, charts: &[chart::Chart], body: Markup) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(program());
                title { (title) }
                // Without it a browser asks the server of the page for an icon.
                link rel="icon" href="data:,";
                style { (PreEscaped(Drawing::page_css())) (PreEscaped(STYLE)) (PreEscaped(chart::dark_rules(charts))) }
            }
            body { (body) }
        }
    };
    // The program's own words hold nothing that is hidden: what is, is written out.
    let page = markup.into_string();
    match shown(&page) {
        Cow::Borrowed(_) => page,
        Cow::Owned(page) => page,
    }
}

/// Links to the sections.
fn contents(sections: &[(&str, &str)]) -> Markup {
    html! {
        nav aria-label="Sections" {
            ul { @for (id, name) in sections { li { a href={ "#" (id) } { (name) } } } }
        }
    }
}

fn program() -> String {
    format!("capbind {}", env!("CARGO_PKG_VERSION"))
}

fn section((id, name): (&str, &str), content: Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby={ (id) "-heading" } {
            h2 id={ (id) "-heading" } { (name) }
            (content)
        }
    }
}

fn warnings(warnings: &[impl ToString]) -> Markup {
    html! {
        div.warnings role="note" aria-label="Before quoting" {
            p { strong { "Before quoting" } }
            ul { @for warning in warnings { li { (warning.to_string()) } } }
        }
    }
}

/// A table that scrolls sideways by itself where it is wider than the screen;
/// the keyboard reaches it.
fn scrolling(label: &str, table: Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (table) } }
}

/// The words of a text with web addresses as links. Any other scheme stays text.
fn linked(text: &str) -> Markup {
    html! {
        @for (i, word) in text.split(' ').enumerate() {
            @if i > 0 { " " }
            @if let Some((before, address, after)) = web_address(word) {
                (before) a href=(address) rel="noreferrer" { (address) } (after)
            } @else { (word) }
        }
    }
}

/// A web address in a word, what stands before it and the punctuation after it.
fn web_address(word: &str) -> Option<(&str, &str, &str)> {
    let start = word.find("https://").or_else(|| word.find("http://"))?;
    let (before, rest) = word.split_at(start);
    let opening = before.chars().all(|c| "([<\"'".contains(c));
    let address = rest.trim_end_matches(['.', ',', ';', ':', ')', ']', '>', '"', '\'']);
    let (address, after) = rest.split_at(address.len());
    let named = address
        .split("//")
        .nth(1)
        .is_some_and(|host| !host.is_empty());
    (opening && named).then_some((before, address, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_become_links_and_nothing_else_does() {
        let text = "see https://example.org/a?b=1&c=2), javascript:alert(1) data:text/html,x";
        assert_eq!(
            linked(text).into_string(),
            "see <a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"noreferrer\">\
             https://example.org/a?b=1&amp;c=2</a>), javascript:alert(1) data:text/html,x"
        );
        for word in [
            "javascript:https://x",
            "https://",
            "x=https://a",
            "httpx://a",
        ] {
            assert_eq!(web_address(word), None, "{word}");
        }
        let hostile = "https://\"onmouseover=\"alert(1)";
        assert!(!linked(hostile).into_string().contains("\"onmouseover"));
    }
}
