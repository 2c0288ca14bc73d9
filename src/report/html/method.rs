//! How the numbers came about, what they do not say, and how to make them again.

use maud::{Markup, html};

use super::super::manifest::sha256;
use super::super::text::{error_text, grouped, significant};
use super::super::{Part, Report, RunOptions, clauses};
use super::scrolling;
use crate::simulate::{Kind, Opinion, Sampler};
use crate::stats::MeanEstimate;
use crate::text::shell_word;
use crate::units::decimals_for;
use crate::valuation::Convention;

/// The rule, the sampling, the errors, and the limits of all three.
pub fn method(report: &Report<'_>) -> Markup {
    let scenario = report.scenario;
    let settings = &scenario.settings;
    html! {
        h3 { "What is agreed" }
        @for agreement in &scenario.agreements {
            @if scenario.agreements.len() > 1 { p { strong { (agreement.name) } } }
            dl.facts {
                @for (label, words) in clauses(scenario, agreement) {
                    dt { (label) } dd { (words) }
                }
            }
        }
        h3 { "The rule" }
        p {
            "In every period, payment = min(accrued share, headroom): the accrued share is the share rate \
             times eligible revenue, the headroom is the cap less what was paid before. Accruals use up the \
             cap in the order in which they are earned, whatever the payment dates. The cap binds on the day \
             on which the headroom is used up, revenue being earned evenly within its period; from then on, \
             or from the end date, an event that ends sharing or the payer’s default, whichever is first, \
             nothing more accrues."
        }
        h3 { "The simulation" }
        p {
            "Revenue paths are drawn from the revenue model whose parameters stand under “Inputs and \
             sources”; uncertain inputs are drawn once for each path. Each path is settled by the rule, and \
             the results are averages and percentiles over " (report.results.paths()) " paths. "
            @match settings.sampler {
                Sampler::Sobol => {
                    "The paths are " (settings.replicates) " independently scrambled sets of Sobol points, and \
                     standard errors come from the scatter of the sets’ means; 95\u{a0}% intervals use Student’s \
                     t with " (settings.replicates - 1) " degrees of freedom."
                },
                Sampler::Random => {
                    "The paths are independent pseudo-random ones, and standard errors are the standard \
                     deviation over the square root of their number."
                },
            }
        }
        (two_opinions(report))
        @if let Some(valuation) = &scenario.valuation {
            p {
                "Present values discount each payment from "
                @if valuation.convention == Convention::MidPeriod {
                    "the middle of the days it accrues on"
                } @else { "the day it is made on" }
                " to " (valuation.date) " at the rates under " code { "[valuation]" }
                ", effective and per year; payments due before that date are left out."
            }
        }
        h3 { "Limits" }
        ul {
            li {
                "The standard errors measure the sampling alone. They say nothing of whether the plan, its \
                 volatility, the cap or the terms are right: those are the scenario’s, and its author’s to \
                 defend."
            }
            li {
                "Percentiles are of simulated outcomes, given the scenario. They are not confidence limits for \
                 what will happen."
            }
            li {
                "The program does not read contracts. What a clause means was settled before it became a key."
            }
            li {
                "Amounts are before tax. Whether the payer is able to pay is simulated only where the scenario \
                 says how."
            }
        }
    }
}

/// Both estimates of the headline numbers, or why there is one.
fn two_opinions(report: &Report<'_>) -> Markup {
    let parts = || {
        report
            .parts()
            .filter(|part| part.outcomes.counting().is_none())
    };
    html! {
        @for part in report.parts() {
            @if let Some(why) = part.outcomes.counting() {
                p { (part.prefix()) "All estimates are counted over paths: " (why.to_string()) "." }
            }
        }
        @if parts().next().is_some() {
            p {
                "Means, probabilities and binding dates are smooth estimates: the direction in which \
                 total revenue moves most is integrated exactly for each of the first points of every \
                 set, which removes the step at the cap. Percentiles of amounts are counted over the \
                 paths. Counting the same paths is an independent check of the smooth estimates:"
            }
            (scrolling("Two estimates of the same numbers", html! {
                table {
                    caption { "Two estimates of the same numbers" }
                    thead { tr {
                        th scope="col" { "Number" }
                        th scope="col" { "Smooth" }
                        th scope="col" { "Counted" }
                        th scope="col" { "Standard errors apart" }
                    } }
                    @for part in parts() {
                        tbody {
                            @for opinion in part.outcomes.opinions() {
                                @let [label, smooth, counted, apart] = row(&part, &opinion);
                                tr {
                                    th scope="row" { (part.prefix()) (label) }
                                    td { (smooth) } td { (counted) } td { (apart) }
                                }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// Seed and paths, in words.
pub fn run_in_words(report: &Report<'_>) -> String {
    let settings = &report.scenario.settings;
    format!(
        "{} paths ({}, seed {})",
        grouped(report.results.paths()),
        settings.sampler.word(),
        settings.seed
    )
}

/// Version, hash, command and the scenario itself.
pub fn reproduce(report: &Report<'_>, options: &RunOptions) -> Markup {
    let scenario = report.scenario;
    let file = format!("{}.toml", scenario.stem);
    html! {
        p {
            "The same version, scenario and seed give the same bytes on any number of threads. From the \
             scenario below, saved as " code { (file) } ":"
        }
        pre { code { (command(report, options, &file)) } }
        p { "Or, with the folder this page came in, which compares every file with its hash:" }
        pre { code { "capbind verify FOLDER" } }
        dl.facts {
            dt { "Program" } dd { (super::program()) }
            dt { "Scenario, SHA-256" } dd { code { (sha256(scenario.text.as_bytes())) } }
            dt { "Paths" } dd { (run_in_words(report)) }
            @if !scenario.overrides.is_empty() {
                dt { "Changed on the command line" }
                dd { @for change in &scenario.overrides { code { (change) } " " } }
            }
            @if !scenario.attached.is_empty() {
                dt { "Read beside the scenario" }
                dd { @for file in &scenario.attached { code { (file.name) } " " } }
            }
        }
        details {
            summary { "The scenario, " (file) }
            pre { code { (scenario.text) } }
        }
    }
}

/// The command that makes this page again, as typed in a shell.
fn command(report: &Report<'_>, options: &RunOptions, file: &str) -> String {
    let mut command = format!("capbind run {}", shell_word(file));
    for change in &report.scenario.overrides {
        command.push_str(&format!(" --set {}", shell_word(change)));
    }
    if let Some(paths) = options.paths {
        command.push_str(&format!(" --paths {paths}"));
    }
    if options.convergence {
        command.push_str(" --convergence");
    }
    command
}

/// A headline number as both estimators have it: what it is, smooth, counted, and how
/// many standard errors they lie apart.
fn row(part: &Part<'_>, opinion: &Opinion) -> [String; 4] {
    let label = opinion.measure.label_in(&part.contract.agreement);
    let label = match opinion.percentile {
        Some(percentile) => format!("{label}, {percentile}\u{a0}% of outcomes"),
        None => label.into_owned(),
    };
    let number = |estimate: MeanEstimate| {
        let value = match opinion.measure.kind() {
            Kind::Probability => format!("{:.6}", estimate.mean),
            Kind::Date => format!("day {:.2}", estimate.mean),
            _ => significant_to(estimate.mean, 8),
        };
        format!("{value} (\u{b1}{})", error_text(estimate.std_error))
    };
    [
        label,
        number(opinion.smooth),
        number(opinion.counted),
        significant(opinion.apart()),
    ]
}

fn significant_to(value: f64, digits: i32) -> String {
    let decimals = decimals_for(value, digits).min(8);
    format!("{value:.decimals$}")
}
