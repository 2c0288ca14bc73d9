//! The answer in a sentence.

use super::Part;
use super::ending::Ending;
use super::probability::{is_none, known_if_it_shows, share_of_outcomes};
use crate::simulate::Total;
use crate::units::{Date, Money, Month};

/// What ends sharing, how likely, and when: one sentence without errors, for charts.
/// `The cap binds in 86 % of outcomes; median date July 2029.` Where events or a default
/// may end it too: `Sharing ends by default in 87.0 % of outcomes, by the cap in 10.2 %,
/// by date in 2.8 %; in the median outcome on 4 May 2028.`
pub fn answer(part: &Part<'_>) -> String {
    let Part {
        scenario,
        contract,
        outcomes,
        ..
    } = part;
    let ending = Ending::of(part);
    let cap = &contract.agreement.cap;
    let expected = || {
        let paid = outcomes.total(Total::Paid);
        let mean = paid.map_or(0.0, |m| m.estimate.mean);
        format!("expected total {}", scenario.money.format_suited(mean))
    };
    if ending.has_others() {
        let statement = ending.statement(|_| None);
        let median = ending.median_words();
        return match cap {
            Some(_) => format!("{statement}; {median}."),
            None => format!("{statement}; {median}. No cap; {}.", expected()),
        };
    }
    if cap.is_none() {
        return format!("There is no cap; {}.", expected());
    }
    let probability = outcomes.reached().mean;
    let when = match outcomes.reached_quantile(0.5) {
        Some(date) => format!("median date {}", month_and_year(date)),
        None if is_none(probability) => {
            let expiry = day_month_year(contract.agreement.expiry);
            format!("sharing ends by date, on {expiry}")
        }
        None => ended_by_date(part),
    };
    format!(
        "The cap binds in {}; {when}.",
        share_of_outcomes(probability)
    )
}

/// Where in the median outcome neither the cap nor anything else ends sharing first.
fn ended_by_date(part: &Part<'_>) -> String {
    let expiry = part.in_all_cases(|_, contract| contract.agreement.expiry);
    let on = expiry.map_or_else(String::new, |expiry| {
        format!(", on {}", day_month_year(expiry))
    });
    format!("in the median outcome sharing ends by date{on}")
}

/// How the answer's figures are written, in a line.
pub(super) const ROUNDED: &str =
    "the answer is rounded to what the scenario's judgements are worth";

/// An estimate to three significant digits, in every unit: `$142,000`.
pub(super) fn estimated(money: &Money, value: f64) -> String {
    let digit = match value == 0.0 {
        true => 1.0,
        false => 10_f64.powf(value.abs().log10().floor() - 2.0),
    };
    // Division by a power of ten is exact where multiplication is not.
    let rounded = match digit < 1.0 {
        true => (value * (1.0 / digit).round()).round() / (1.0 / digit).round(),
        false => (value / digit).round() * digit,
    };
    money.format_suited(rounded)
}

/// An amount to three significant digits, with its standard error in brackets where
/// that could change the last of them: `$37.8 bn`, `$37.8 bn (±$0.3 bn)`.
pub(super) fn amount(money: &Money, mean: f64, std_error: f64) -> String {
    // Of zero there is no digit that an error would leave standing.
    let last_digit = match mean == 0.0 {
        true => 0.0,
        false => 10_f64.powf(mean.abs().log10().floor() - 2.0),
    };
    let value = estimated(money, mean);
    match std_error > 0.0 && std_error >= 0.5 * last_digit {
        true => format!("{value} (\u{b1}{})", error(money, std_error)),
        false => value,
    }
}

/// An error to one significant digit, in the unit that suits it: `$80 k`.
pub(super) fn error(money: &Money, error: f64) -> String {
    let digit = 10_f64.powf(error.log10().floor());
    match error > 0.0 {
        true => money.format_suited((error / digit).round() * digit),
        false => money.format_suited(0.0),
    }
}

/// What ends sharing, how likely, when, how much is paid, what the cap saves: rounded,
/// with a standard error where it shows, or a bound where every path says the same.
pub fn headline(part: &Part<'_>) -> String {
    let Part {
        scenario,
        contract,
        outcomes,
        ..
    } = part;
    let agreement = &contract.agreement;
    let money = |total: Total| {
        let estimate = outcomes.total(total).map(|m| m.estimate);
        estimate.map_or_else(String::new, |e| {
            amount(&scenario.money, e.mean, e.std_error)
        })
    };
    let (payer, payee) = (&agreement.payer, &agreement.payee);
    // Whether a payer is one or many, the passive agrees.
    let pays = format!(
        "{} is paid by {payer} to {payee} on average",
        money(Total::Paid)
    );
    let reached = outcomes.reached();
    let saves = match agreement.cap {
        Some(_) if !is_none(reached.mean) => {
            format!("; the cap saves {payer} {}", money(Total::Excess))
        }
        _ => String::new(),
    };
    let priced = part
        .risk_neutral
        .and_then(|priced| priced.total(Total::PresentValue));
    let worth = priced.map_or_else(String::new, |worth| {
        let value = amount(
            &scenario.money,
            worth.estimate.mean,
            worth.estimate.std_error,
        );
        format!("; its risk-neutral value is {value}")
    });
    let ending = Ending::of(part);
    if ending.has_others() {
        let no_cap = if agreement.cap.is_none() {
            "There is no cap. "
        } else {
            ""
        };
        let statement = ending.statement(known_if_it_shows);
        let median = ending.median_words();
        return format!("{no_cap}{statement}; {median}; {pays}{saves}{worth}.");
    }
    if agreement.cap.is_none() {
        return format!("There is no cap: {pays}{worth}.");
    }
    let when = match outcomes.reached_quantile(0.5) {
        Some(date) => format!("median date {}", day_month_year(date)),
        None => ended_by_date(part),
    };
    let known = known_if_it_shows(&reached).map_or_else(String::new, |known| format!(" ({known})"));
    format!(
        "The cap binds in {}{known}, {when}; {pays}{saves}{worth}.",
        share_of_outcomes(reached.mean),
    )
}

/// `July 2029`.
pub(super) fn month_and_year(date: Date) -> String {
    format!("{} {}", Month::of_day(date).name(), date.year())
}

/// `31 December 2030`.
pub(super) fn day_month_year(date: Date) -> String {
    format!("{} {}", date.day(), month_and_year(date))
}
