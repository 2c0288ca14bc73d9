//! `capbind check`

use std::fmt::Write;

use serde_json::json;

use super::args::Check;
use super::terminal::print_wrapped;
use super::{CliError, eprint_line, memory, print_json};
use crate::agreement::{Agreement, EndReason, Settlement, When};
use crate::report::clauses;
use crate::revenue::Model;
use crate::scenario::Scenario;
use crate::simulate::settle_expected;
use crate::units::{Parameter, grouped_number};
use crate::valuation::Curve;

/// Validates each scenario and prints what was understood.
pub fn check(arguments: &Check) -> Result<(), CliError> {
    for path in &arguments.input.scenarios {
        let scenario = Scenario::load(path, &arguments.input.overrides)?;
        let lines = lines(&scenario);
        let doubts: Vec<String> = scenario.doubts.iter().map(ToString::to_string).collect();
        if arguments.json {
            let line = |(about, says): &(String, String)| json!({ "about": about, "says": says });
            print_json(&json!({
                "file": path.display().to_string(),
                "valid": true,
                "title": scenario.title,
                "understood": lines.iter().map(line).collect::<Vec<_>>(),
                "warnings": doubts,
            }))?;
            continue;
        }
        print_wrapped(&format!("{}: valid\n{}", path.display(), in_lines(&lines)))?;
        for doubt in &doubts {
            eprint_line(&format!("warning: {doubt}"));
        }
    }
    Ok(())
}

/// What was understood of a scenario, a line each: its name, then what it is.
pub fn understood(scenario: &Scenario) -> String {
    in_lines(&lines(scenario))
}

fn in_lines(lines: &[(String, String)]) -> String {
    let mut text = String::new();
    for (about, says) in lines {
        let _ = writeln!(text, "  {about:<16}{says}");
    }
    text
}

/// What each line is about, and what it says.
fn lines(scenario: &Scenario) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut line = |name: &str, text: String| out.push((name.to_owned(), text));
    let periods = scenario.timeline.periods();
    let medians: Vec<f64> = scenario
        .inputs
        .iter()
        .map(|input| input.distribution.median())
        .collect();
    line("title", scenario.title.clone());
    line(
        "periods",
        format!(
            "{} by {}, {} to {}",
            periods.len(),
            scenario.timeline.step().word(),
            scenario.timeline.start(),
            scenario.timeline.end()
        ),
    );
    if !scenario.cases.is_empty() {
        of_cases(&mut line, scenario);
    }
    for agreement in &scenario.agreements {
        for (label, text) in clauses(scenario, agreement) {
            let prefix = if label == "agreement" {
                prefix(scenario, agreement)
            } else {
                String::new()
            };
            line(label, format!("{prefix}{text}"));
        }
    }
    revenue(&mut line, scenario, &medians);
    expected_ends(&mut line, scenario, &medians);
    let waits = waits(scenario);
    for (i, input) in scenario.inputs.iter().enumerate() {
        let (low, high) = input.distribution.range();
        let median = input.distribution.median();
        // An event that waits at a hazard rate is drawn at a rate of one.
        let unit = match waits.contains(&i) {
            true => " times 1 / hazard",
            false => "",
        };
        line(
            "uncertain",
            format!(
                "{}: {low:.4} to {high:.4}, median {median:.4}{unit}",
                input.name
            ),
        );
    }
    for correlated in &scenario.correlations {
        line("correlated", correlated.to_string());
    }
    let settings = &scenario.settings;
    line(
        "simulation",
        format!(
            "{} paths: {} replicates of {} points ({}), seed {}",
            grouped_number(settings.paths() as f64, 0),
            settings.replicates,
            grouped_number(settings.points as f64, 0),
            settings.sampler.word(),
            settings.seed
        ),
    );
    line("memory", memory::said(scenario));
    if let Some(valuation) = &scenario.valuation {
        line(
            "valuation",
            format!(
                "at {}, {} a year effective",
                valuation.date,
                rates(&valuation.curve)
            ),
        );
    }
    for (key, value) in &scenario.defaults {
        line("by default", format!("{key} = {value}"));
    }
    out
}

/// The cases of a scenario, each with what it is expected to come to.
fn of_cases(line: &mut impl FnMut(&str, String), scenario: &Scenario) {
    for case in &scenario.cases {
        let own = &case.scenario;
        let medians: Vec<f64> = own.inputs.iter().map(|i| i.distribution.median()).collect();
        let revenue: f64 = own.model.expected(&medians).iter().sum();
        let mut ends = Vec::new();
        expected_ends(&mut |_, text| ends.push(text), own, &medians);
        line(
            "case",
            format!(
                "{}, {}\u{a0}%: {} of revenue expected; on that path {}",
                case.name,
                crate::units::percent_digits(case.probability),
                own.money.format_suited(revenue),
                ends.join("; ")
            ),
        );
    }
    let first = &scenario.cases[0].name;
    line(
        "below",
        format!("agreements and revenue of the first case, {first}"),
    );
}

/// The inputs that are waiting times at a rate of one.
fn waits(scenario: &Scenario) -> Vec<usize> {
    let whens = scenario.agreements.iter().flat_map(|a| a.clauses.whens());
    let wait = |when: When| match when {
        When::Hazard {
            unit_wait: Parameter::Uncertain(at),
            ..
        } => Some(at),
        _ => None,
    };
    whens.filter_map(wait).collect()
}

/// The rates of a curve from the first to the last.
fn rates(curve: &Curve) -> String {
    let percent = |rate: f64| format!("{} %", crate::units::percent_digits(rate));
    match curve.points() {
        [(_, rate)] => percent(*rate),
        points => {
            let point =
                |(years, rate): &(f64, f64)| format!("{} in {years:.2} years", percent(*rate));
            points.iter().map(point).collect::<Vec<_>>().join(", ")
        }
    }
}

/// The revenue model, or that of each segment, with what it is expected to bring.
fn revenue(line: &mut impl FnMut(&str, String), scenario: &Scenario, medians: &[f64]) {
    let of = |model: &Model| {
        let expected: f64 = model.expected(medians).iter().sum();
        let expected = scenario.money.format_suited(expected);
        format!(
            "{}; {expected} expected over the timeline",
            model.in_words()
        )
    };
    if let Model::Segments(segments) = &scenario.model {
        let parts = segments.names().iter().zip(segments.models());
        for (name, model) in parts {
            line("segment", format!("{name}: {}", of(model)));
        }
    }
    line("revenue", of(&scenario.model));
}

/// `NAME: ` where there are several agreements to tell apart.
fn prefix(scenario: &Scenario, agreement: &Agreement) -> String {
    match scenario.contracts.len() {
        1 => String::new(),
        _ => format!("{}: ", agreement.name),
    }
}

/// How each agreement ends where revenue is as expected and every input at its
/// median.
fn expected_ends(line: &mut impl FnMut(&str, String), scenario: &Scenario, medians: &[f64]) {
    let settled = settle_expected(&scenario.model, &scenario.contracts, medians);
    for (contract, path) in scenario.contracts.iter().zip(&settled) {
        expected_end(line, scenario, &contract.agreement, path);
    }
}

fn expected_end(
    line: &mut impl FnMut(&str, String),
    scenario: &Scenario,
    agreement: &Agreement,
    path: &Settlement,
) {
    let total = scenario.money.format_suited(path.total_paid());
    let prefix = prefix(scenario, agreement);
    let date = path.end.date;
    let end = match path.end.reason {
        EndReason::Cap => format!("{prefix}the cap is reached on {date}, {total} paid"),
        EndReason::Expiry => format!("{prefix}sharing ends by date, {total} paid"),
        EndReason::Event(i) => match agreement.clauses.events.as_slice() {
            [_, _, ..] => {
                let name = &agreement.clauses.events[i].name;
                format!("{prefix}{name}: sharing ends on {date}, {total} paid")
            }
            _ => format!("{prefix}the event ends sharing on {date}, {total} paid"),
        },
        EndReason::Default => format!("{prefix}the payer defaults on {date}, {total} paid"),
    };
    line("expected path", end);
}
