//! The answer in a sentence.

use super::Part;
use crate::simulate::Total;
use crate::units::{Date, decimals_for};

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

/// Does the cap bind, how likely, and when: one sentence without errors, for
/// charts. `The cap binds in 86 % of futures; median date July 2029.`
pub fn answer(part: &Part<'_>) -> String {
    let Part {
        scenario,
        contract,
        outcomes,
    } = part;
    let agreement = &contract.agreement;
    if agreement.cap.is_none() {
        let paid = outcomes.total(Total::Paid);
        let mean = paid.map_or(0.0, |m| m.estimate.mean);
        return format!(
            "There is no cap; expected total {}.",
            scenario.money.format_short(mean)
        );
    }
    let probability = outcomes.reached().mean;
    let when = match outcomes.reached_quantile(0.5) {
        Some(date) => format!("median date {}", month_and_year(date)),
        None => format!(
            "in the median future sharing ends by date, on {}",
            day_month_year(agreement.expiry)
        ),
    };
    if probability == 0.0 {
        return format!(
            "The cap binds in no simulated future; sharing ends by date, on {}.",
            day_month_year(agreement.expiry)
        );
    }
    format!(
        "The cap binds in {}; {when}.",
        share_of_futures(probability)
    )
}

/// `86 % of futures`, with as many digits as keep it apart from none and all.
pub(super) fn share_of_futures(probability: f64) -> String {
    if probability >= 1.0 {
        return "every simulated future".to_owned();
    }
    format!("{} of futures", percent(probability))
}

/// A probability in percent: `86.0 %`, `0.31 %`, `99.98 %`.
pub(super) fn percent(probability: f64) -> String {
    let nearest_end = probability.min(1.0 - probability) * 100.0;
    let decimals = decimals_for(nearest_end, 2).clamp(1, 6);
    format!("{:.decimals$}\u{a0}%", probability * 100.0)
}

/// `July 2029`.
pub(super) fn month_and_year(date: Date) -> String {
    format!("{} {}", MONTHS[date.month() as usize - 1], date.year())
}

/// `31 December 2030`.
pub(super) fn day_month_year(date: Date) -> String {
    format!("{} {}", date.day(), month_and_year(date))
}
