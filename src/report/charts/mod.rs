//! The charts of a run, as data.

mod binding;
mod cases;
mod convergence;
mod covenants;
mod fans;
mod findings;
mod net;
mod strip;
mod total;

pub(super) use binding::bar_spans;

use std::borrow::Borrow;
use std::collections::BTreeSet;

use super::answer::month_and_year;
use super::changed::{changed_here, has_other_terms};
use super::clauses::terms;
use super::figure::{Figure, Frame, Milestone};
use super::text::{capitalised, lowercased};
use super::{Part, Report};
use crate::agreement::Contract;
use crate::scenario::Scenario;
use crate::units::grouped_number;

/// The charts by file name without extension; where there are several
/// agreements, those of each carry its name.
pub fn figures(report: &Report<'_>, convergence: bool) -> Vec<(String, Figure)> {
    figures_where(report, convergence, |_| true)
}

/// Those whose names are wanted; the others are not made.
pub fn figures_where(
    report: &Report<'_>,
    convergence: bool,
    wanted: impl Fn(&str) -> bool,
) -> Vec<(String, Figure)> {
    let mut figures = Vec::new();
    let mut add = |name: String, figure: &dyn Fn() -> Option<Figure>| {
        if wanted(&name) {
            figures.extend(figure().map(|figure| (name, figure)));
        }
    };
    let primary = report.primary();
    add("revenue".to_owned(), &|| {
        Some(Figure::Fan(fans::revenue(&primary)))
    });
    for (part, suffix) in report.parts().zip(suffixes(&report.scenario.contracts)) {
        // Without a cap there is nothing to bind; how sharing ends is told where more
        // than a date can end it.
        let capped = part.contract.agreement.cap.is_some();
        add(format!("cumulative{suffix}"), &|| {
            Some(Figure::Fan(fans::cumulative(&part)))
        });
        add(format!("binding{suffix}"), &|| {
            capped.then(|| Figure::Binding(binding::binding(&part)))
        });
        add(format!("ending{suffix}"), &|| {
            binding::ending(&part).map(Figure::Binding)
        });
        add(format!("total{suffix}"), &|| {
            Some(Figure::Total(total::total(&part)))
        });
    }
    add("timeline".to_owned(), &|| {
        Some(Figure::Strip(strip::strip(report)))
    });
    add("net".to_owned(), &|| net::net(report).map(Figure::Lines));
    add("covenants".to_owned(), &|| {
        covenants::covenants(report).map(Figure::Lines)
    });
    add("cases".to_owned(), &|| {
        cases::cases(report).map(Figure::Lines)
    });
    if convergence {
        add("convergence".to_owned(), &|| {
            Some(Figure::Convergence(self::convergence::convergence(report)))
        });
    }
    figures
}

/// What the file names of each agreement's charts end in: nothing for a lone
/// agreement, else its name in small letters, digits and hyphens.
pub(super) fn suffixes(contracts: &[Contract]) -> Vec<String> {
    if contracts.len() == 1 {
        return vec![String::new()];
    }
    let suffix = |contract: &Contract| {
        let name = contract.agreement.name.to_lowercase();
        let words = name.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        format!("-{}", words.join("-"))
    };
    let suffixes: Vec<String> = contracts.iter().map(suffix).collect();
    let distinct: BTreeSet<&String> = suffixes.iter().collect();
    if distinct.len() == suffixes.len() && suffixes.iter().all(|suffix| suffix.len() > 1) {
        return suffixes;
    }
    // Names that differ in other characters alone are told apart by number.
    let numbered = suffixes.iter().enumerate();
    numbered
        .map(|(i, suffix)| format!("-{}{suffix}", i + 1))
        .collect()
}

/// The words around a chart of one agreement.
fn frame(part: &Part<'_>, finding: String) -> Frame {
    let prefix = part.prefix();
    let finding = match prefix.is_empty() {
        true => finding,
        // Findings begin with no name.
        false => lowercased(&finding),
    };
    words(part, capitalised(&format!("{prefix}{finding}")))
}

/// The words around a chart: what it finds, of what, from what and how.
fn words(part: &Part<'_>, title: String) -> Frame {
    words_of(part.scenario, part.outcomes.paths(), title)
}

/// The same of any number of paths.
pub(super) fn words_of(scenario: &Scenario, paths: u64, title: String) -> Frame {
    let settings = &scenario.settings;
    Frame {
        title,
        subtitle: scope(scenario),
        sources: credits(scenario, &scenario.sources),
        run: format!(
            "capbind {}, {} paths ({}, seed {}).",
            env!("CARGO_PKG_VERSION"),
            grouped(paths),
            settings.sampler.word(),
            settings.seed,
        ),
    }
}

/// What was changed beside the file, and where its figures come from: its sources are not
/// those of what was changed.
pub(super) fn credits<S: Borrow<str>>(scenario: &Scenario, sources: &[S]) -> String {
    let changed = changed_here(scenario);
    let sources = match (sources, &changed) {
        ([], _) => String::new(),
        (all, Some(_)) => format!("Sources of the rest: {}.", all.join("; ")),
        ([one], None) => format!("Source: {}.", one.borrow()),
        (many, None) => format!("Sources: {}.", many.join("; ")),
    };
    match changed {
        Some(changed) => format!("{} {sources}", sentence(changed))
            .trim_end()
            .to_owned(),
        None => sources,
    }
}

/// What is shown: the scenario by its title or, where that was written of other terms,
/// by the terms in force; and the dates simulated.
fn scope(scenario: &Scenario) -> String {
    let timeline = &scenario.timeline;
    let (start, end) = (timeline.start(), timeline.end());
    format!(
        "{} {} to {}.",
        sentence(subject(scenario)),
        month_and_year(start),
        month_and_year(end)
    )
}

/// The scenario by its title or, where that was written of other terms, by the terms in
/// force.
pub(super) fn subject(scenario: &Scenario) -> String {
    if !has_other_terms(scenario) {
        return scenario.title.clone();
    }
    let agreements = scenario.agreements.iter();
    let terms: Vec<String> = agreements
        .map(|agreement| terms(scenario, agreement))
        .collect();
    capitalised(&terms.join("; "))
}

/// A text with its full stop, unless it is empty or has its end.
pub(super) fn sentence(text: String) -> String {
    match text.chars().last() {
        None | Some('.' | '!' | '?') => text,
        Some(_) => format!("{text}."),
    }
}

/// A count with grouped thousands.
pub(super) fn grouped(count: u64) -> String {
    grouped_number(count as f64, 0)
}

fn milestones(part: &Part<'_>) -> Vec<Milestone> {
    let marked = part.scenario.report.milestones.iter();
    marked
        .map(|milestone| Milestone {
            date: milestone.date,
            label: milestone.label.clone(),
        })
        .collect()
}
