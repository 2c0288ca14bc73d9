//! The answer in a sentence.

use super::Part;
use super::ending::Ending;
use super::probability::{is_none, known, share_of_futures};
use super::text::{error_text, money_decimals};
use crate::simulate::Total;
use crate::units::Date;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What ends sharing, how likely, and when: one sentence without errors, for charts.
/// `The cap binds in 86 % of futures; median date July 2029.` Where events or a default
/// may end it too: `Sharing ends by default in 87.0 % of futures, by the cap in 10.2 %,
/// by date in 2.8 %; in the median future on 4 May 2028.`
pub fn answer(part: &Part<'_>) -> String {
    let Part {
        scenario,
        contract,
        outcomes,
    } = part;
    let ending = Ending::of(part);
    let cap = &contract.agreement.cap;
    let expected = || {
        let paid = outcomes.total(Total::Paid);
        let mean = paid.map_or(0.0, |m| m.estimate.mean);
        format!("expected total {}", scenario.money.format_short(mean))
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
        share_of_futures(probability)
    )
}

/// Where in the median future neither the cap nor anything else ends sharing first.
fn ended_by_date(part: &Part<'_>) -> String {
    let expiry = day_month_year(part.contract.agreement.expiry);
    format!("in the median future sharing ends by date, on {expiry}")
}

/// What ends sharing, how likely, when, how much is paid, what the cap saves; each
/// with its standard error, or a bound where every path says the same.
pub(super) fn headline(part: &Part<'_>) -> String {
    let Part {
        scenario,
        contract,
        outcomes,
    } = part;
    let agreement = &contract.agreement;
    let money = |total: Total| {
        let estimate = outcomes.total(total).map(|m| m.estimate);
        estimate.map_or_else(String::new, |e| {
            let value = scenario.money.format(e.mean, money_decimals(&e));
            format!("{value} (\u{b1}{})", error_text(e.std_error))
        })
    };
    let (payer, payee) = (&agreement.payer, &agreement.payee);
    let pays = format!("{payer} pays {payee} {} on average", money(Total::Paid));
    let reached = outcomes.reached();
    let saves = match agreement.cap {
        Some(_) if !is_none(reached.mean) => {
            format!("; the cap saves {payer} {}", money(Total::Excess))
        }
        _ => String::new(),
    };
    let ending = Ending::of(part);
    if ending.has_others() {
        let no_cap = if agreement.cap.is_none() {
            "There is no cap. "
        } else {
            ""
        };
        let statement = ending.statement(|estimate| Some(known(estimate)));
        let median = ending.median_words();
        return format!("{no_cap}{statement}; {median}; {pays}{saves}.");
    }
    if agreement.cap.is_none() {
        return format!("There is no cap: {pays}.");
    }
    let when = match outcomes.reached_quantile(0.5) {
        Some(date) => format!("median date {}", day_month_year(date)),
        None => ended_by_date(part),
    };
    format!(
        "The cap binds in {} ({}), {when}; {pays}{saves}.",
        share_of_futures(reached.mean),
        known(&reached),
    )
}

/// `July 2029`.
pub(super) fn month_and_year(date: Date) -> String {
    format!("{} {}", MONTHS[date.month() as usize - 1], date.year())
}

/// `31 December 2030`.
pub(super) fn day_month_year(date: Date) -> String {
    format!("{} {}", date.day(), month_and_year(date))
}
