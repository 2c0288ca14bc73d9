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
use super::text::{capitalised, grouped, lowercased};
use super::{Part, Report};
use crate::agreement::Contract;
use crate::scenario::Scenario;

/// A chart of a run.
pub struct Chart {
    /// Its file name without extension; of agreements, what it begins with.
    pub name: &'static str,
    /// What it shows, for a gallery.
    pub caption: &'static str,
    made: Made,
}

/// How a chart is made; `None` where there is nothing to show.
enum Made {
    /// One of the run.
    Run(fn(&Report<'_>) -> Option<Figure>),
    /// One of each agreement.
    Agreement(fn(&Part<'_>) -> Option<Figure>),
    /// One of how estimates settle, where that is asked for.
    Steps(fn(&Report<'_>) -> Option<Figure>),
}

/// The charts of a run, in order.
pub const CHARTS: [Chart; 10] = [
    Chart {
        name: "revenue",
        caption: "Revenue: a fan of percentiles, the plan, and before it what was reported.",
        made: Made::Run(|report| Some(fans::revenue(&report.primary()).into())),
    },
    Chart {
        name: "cumulative",
        caption: "What has been paid, against the cap.",
        made: Made::Agreement(|part| Some(fans::cumulative(part).into())),
    },
    Chart {
        name: "binding",
        caption: "When the cap binds: bars by quarter, the cumulative probability, and apart from \
                  them what is not reached.",
        // Without a cap there is nothing to bind; how sharing ends is told where more
        // than a date can end it.
        made: Made::Agreement(|part| {
            let capped = part.contract.agreement.cap.is_some();
            capped.then(|| binding::binding(part).into())
        }),
    },
    Chart {
        name: "ending",
        caption: "When sharing ends, and by what.",
        made: Made::Agreement(|part| binding::ending(part).map(Figure::from)),
    },
    Chart {
        name: "total",
        caption: "What is paid in all, and apart from it the share at the cap.",
        made: Made::Agreement(|part| Some(total::total(part).into())),
    },
    Chart {
        name: "timeline",
        caption: "What happens when: sharing, the dates between which the cap is reached, \
                  milestones, fiscal years.",
        made: Made::Run(|report| Some(strip::strip(report).into())),
    },
    Chart {
        name: "net",
        caption: "What a party receives on balance, with several agreements.",
        made: Made::Run(|report| net::net(report).map(Figure::from)),
    },
    Chart {
        name: "covenants",
        caption: "How likely less than an amount is paid by a day.",
        made: Made::Run(|report| covenants::covenants(report).map(Figure::from)),
    },
    Chart {
        name: "cases",
        caption: "How the answer moves with the weight of each case.",
        made: Made::Run(|report| cases::cases(report).map(Figure::from)),
    },
    Chart {
        name: "convergence",
        caption: "How the standard errors fall, by both estimators: with `--convergence`.",
        made: Made::Steps(|report| Some(convergence::convergence(report).into())),
    },
];

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
    let is_of_each = |chart: &Chart| matches!(chart.made, Made::Agreement(_));
    for charts in CHARTS.chunk_by(|a, b| is_of_each(a) && is_of_each(b)) {
        // All of one agreement, then all of the next.
        for (part, suffix) in report.parts().zip(suffixes(&report.scenario.contracts)) {
            for chart in charts {
                if let Made::Agreement(made) = chart.made {
                    add(format!("{}{suffix}", chart.name), &|| made(&part));
                }
            }
        }
        for chart in charts {
            match chart.made {
                Made::Run(made) => add(chart.name.to_owned(), &|| made(report)),
                Made::Steps(made) if convergence => {
                    add(chart.name.to_owned(), &|| made(report));
                }
                Made::Agreement(_) | Made::Steps(_) => {}
            }
        }
    }
    figures
}

/// What the file names of each agreement's charts end in: nothing for a lone
/// agreement, else its name in small letters, digits and hyphens.
pub fn suffixes(contracts: &[Contract]) -> Vec<String> {
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

pub(super) use findings::list;

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

fn milestones(part: &Part<'_>) -> Vec<Milestone> {
    let marked = part.scenario.report.milestones.iter();
    marked
        .map(|milestone| Milestone {
            date: milestone.date,
            label: milestone.label.clone(),
        })
        .collect()
}
