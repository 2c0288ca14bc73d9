//! The few numbers of an agreement that a reader quotes, in words.

use serde::Serialize;

use super::Part;
use super::answer::{amount, day_month_year, error, estimated};
use super::ending::{self, Ending};
use super::probability::{known, known_if_it_shows, of_outcomes, points, share_of_outcomes};
use crate::simulate::Total;
use crate::stats::MeanEstimate;

/// A number worth a large type: what it is, itself, its error, what it spans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyFigure {
    /// What it is.
    pub name: &'static str,
    /// Its value, rounded to what a scenario's judgements are worth.
    pub value: String,
    /// Its standard error where that shows in the value; else nothing.
    pub error: String,
    /// Its standard error, or a bound where all outcomes agree; nothing of dates.
    pub known: String,
    /// What it spans.
    pub range: String,
}

/// The few numbers of an agreement that a reader quotes.
pub fn key_figures(part: &Part<'_>) -> Vec<KeyFigure> {
    let mut keys = Vec::new();
    let percentiles = &part.scenario.report.percentiles;
    let (low, high) = (percentiles[0], percentiles[percentiles.len() - 1]);
    let span = |from: String, to: String| match percentiles.len() {
        1 => format!("{low}\u{a0}% of outcomes: up to {from}"),
        _ => format!("{low}\u{a0}% to {high}\u{a0}% of outcomes: {from} to {to}"),
    };
    if part.contract.agreement.cap.is_some() {
        let reached = part.outcomes.reached();
        keys.push(KeyFigure {
            name: "The cap binds",
            value: in_outcomes(reached.mean),
            error: known_if_it_shows(&reached).map_or_else(String::new, spaced),
            known: spaced(known(&reached)),
            range: String::new(),
        });
        let date = |p: f64| {
            let date = part.outcomes.reached_quantile(p / 100.0);
            date.map_or_else(|| "not reached".to_owned(), day_month_year)
        };
        keys.push(KeyFigure {
            name: "Median date it binds",
            value: date(50.0),
            error: String::new(),
            known: String::new(),
            range: format!("{low}\u{a0}%: {}; {high}\u{a0}%: {}", date(low), date(high)),
        });
    }
    let ending = Ending::of(part);
    if ending.has_others() {
        let agreement = &part.contract.agreement;
        let reasons = ending.reasons().iter().map(|(reason, estimate)| {
            let name = ending::name(agreement, *reason);
            format!("{name} in {}", of_outcomes(estimate.mean))
        });
        let reasons: Vec<String> = reasons.collect();
        keys.push(KeyFigure {
            name: "Median date sharing ends",
            value: day_month_year(ending.median()),
            error: String::new(),
            known: String::new(),
            range: format!("by {}", reasons.join(", ")),
        });
    }
    let money = &part.scenario.money;
    for (total, name) in [
        (Total::Paid, "Expected total paid"),
        (Total::PresentValue, "Its present value"),
        (Total::Excess, "The cap saves the payer"),
    ] {
        let capped = part.contract.agreement.cap.is_some();
        let Some(measured) = part
            .outcomes
            .total(total)
            .filter(|_| capped || total != Total::Excess)
        else {
            continue;
        };
        let quantile = |p: f64| {
            let value = measured.distribution.quantile(p / 100.0);
            value.map_or_else(String::new, |value| money.format_suited(value))
        };
        let estimate = measured.estimate;
        keys.push(KeyFigure {
            name,
            value: amount(money, estimate.mean, estimate.std_error),
            error: String::new(),
            known: within(error(money, estimate.std_error)),
            range: span(quantile(low), quantile(high)),
        });
    }
    if let Some(worth) = part
        .risk_neutral
        .and_then(|priced| priced.total(Total::PresentValue))
    {
        keys.push(KeyFigure {
            name: "Risk-neutral value",
            value: amount(money, worth.estimate.mean, worth.estimate.std_error),
            error: String::new(),
            known: within(error(money, worth.estimate.std_error)),
            range: "where risk has a price: no forecast".to_owned(),
        });
    }
    keys.extend(returns(part));
    keys
}

/// What an investment returns, where there is one.
fn returns(part: &Part<'_>) -> Vec<KeyFigure> {
    let Some(returns) = part.outcomes.returns() else {
        return Vec::new();
    };
    let rate = returns.internal_rate.as_ref().map(|rate| KeyFigure {
        name: "Internal rate of return a year",
        value: format!("{:.1}\u{a0}%", 100.0 * rate.estimate.mean),
        error: String::new(),
        known: within(points(rate.estimate.std_error)),
        range: format!(
            "there is one in {}",
            share_of_outcomes(returns.rate_exists.mean)
        ),
    });
    let multiple = returns.multiple().estimate;
    let multiple = KeyFigure {
        name: "Money multiple",
        value: format!("{:.2}\u{a0}×", multiple.mean),
        error: String::new(),
        known: within(format!("{:.4}\u{a0}×", multiple.std_error)),
        range: format!(
            "paid back in {}",
            share_of_outcomes(returns.payback().probability().mean)
        ),
    };
    rate.into_iter().chain([multiple]).collect()
}

/// An error behind its sign.
fn within(error: String) -> String {
    format!("\u{b1} {error}")
}

/// A probability in large type: `86 %`, `every simulated outcome`.
fn in_outcomes(probability: f64) -> String {
    match of_outcomes(probability).as_str() {
        "none" | "all" => share_of_outcomes(probability),
        percent => percent.to_owned(),
    }
}

/// A sign and its error with a space between them, as the page writes them.
fn spaced(known: String) -> String {
    known.replacen('\u{b1}', "\u{b1} ", 1)
}

/// How an agreement differs from another case of it on the same random numbers: each
/// difference with its standard error, the difference of what both have.
pub fn differences(now: &Part<'_>, other: &Part<'_>) -> Vec<KeyFigure> {
    let money = &now.scenario.money;
    let row = |name, value: String, known: String| KeyFigure {
        name,
        value,
        error: String::new(),
        known,
        range: String::new(),
    };
    let signed = |value: f64, text: String| match value {
        v if v > 0.0 => format!("+{text}"),
        v if v < 0.0 => format!("\u{2212}{text}"),
        _ => text,
    };
    let mut rows = Vec::new();
    let capped = |part: &Part<'_>| part.contract.agreement.cap.is_some();
    if capped(now) && capped(other) {
        let reached = [now, other].map(|part| part.outcomes.replicates_reached());
        let by = MeanEstimate::of_difference(&reached[0], &reached[1]);
        let text = format!("{:.2}\u{a0}pts", 100.0 * by.mean.abs());
        let known = within(points(by.std_error));
        rows.push(row("The cap binds", signed(by.mean, text), known));
        let medians = [now, other].map(|part| part.outcomes.date_quantile(0.5));
        if let [Some(a), Some(b)] = medians
            && now.scenario.timeline.start() == other.scenario.timeline.start()
        {
            let by = MeanEstimate::of_difference(&a.replicates, &b.replicates);
            let days = (a.days - b.days).round();
            let unit = if days.abs() == 1.0 { "day" } else { "days" };
            let text = format!("{:.0}\u{a0}{unit}", days.abs());
            let known = within(format!("{:.1}\u{a0}days", by.std_error));
            rows.push(row("Median date it binds", signed(days, text), known));
        }
    }
    for (total, name) in [
        (Total::Paid, "Expected total paid"),
        (Total::PresentValue, "Its present value"),
        (Total::Excess, "The cap saves the payer"),
    ] {
        let means = [now, other].map(|part| part.outcomes.replicates(total));
        let is_defined = total != Total::Excess || capped(now) || capped(other);
        if let ([Some(a), Some(b)], true) = (means, is_defined)
            && now.scenario.money == other.scenario.money
        {
            let by = MeanEstimate::of_difference(a, b);
            let text = estimated(money, by.mean.abs());
            rows.push(row(
                name,
                signed(by.mean, text),
                within(error(money, by.std_error)),
            ));
        }
    }
    rows
}
