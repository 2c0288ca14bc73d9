//! What each chart finds, in a sentence: its title.

use super::fans::RevenueSlots;
use crate::agreement::TotalCap;
use crate::report::answer::{answer, day_month_year, error, estimated, month_and_year};
use crate::report::ending::Ending;
use crate::report::probability::{error_in_percent, is_all, is_none, share_of_outcomes};
use crate::report::text::capitalised;
use crate::report::{Part, Report};
use crate::simulate::{Measure, Measured, Net, NetQuantity, Quantity, Total};
use crate::stats::MeanEstimate;
use crate::units::{Date, Step};

/// `Median revenue per month grows to $10.1 bn in December 2030; 90 % of outcomes end
/// between $3.98 bn and $25.9 bn.`
pub fn revenue(part: &Part<'_>) -> String {
    let scenario = part.scenario;
    let shown = RevenueSlots::of(scenario);
    let slot = |k: usize| {
        let (slot, ..) = shown.slots.get(k)?;
        part.outcomes.quantity(Quantity::Revenue, *slot)
    };
    let last = shown.slots.len().saturating_sub(1);
    let (Some(first), Some(end)) = (slot(0), slot(last)) else {
        return answer(part);
    };
    let quantile = |measured: &Measured<'_>, q| measured.distribution.quantile(q).unwrap_or(0.0);
    let (from, to) = (quantile(&first, 0.5), quantile(&end, 0.5));
    let verb = if last == 0 {
        "is"
    } else if to > from {
        "grows to"
    } else if to < from {
        "falls to"
    } else {
        "stays at"
    };
    let range = spread(part, &end).map_or_else(String::new, |(share, low, high)| {
        let ends = if last == 0 { "lie" } else { "end" };
        format!("; {share}\u{a0}% of outcomes {ends} between {low} and {high}")
    });
    format!(
        "Median revenue per {} {verb} {} in {}{range}.",
        shown.step.word(),
        estimated(&scenario.money, to),
        match shown.step {
            Step::Year => shown.slots[last].2.year().to_string(),
            _ => month_and_year(shown.slots[last].2),
        },
    )
}

/// `Ten points more of “plan” add $1.2 bn to the expected total; ten of “bear” take $0.4 bn
/// from it.`
pub fn cases(report: &Report<'_>, slope: impl Fn(usize) -> MeanEstimate) -> String {
    let (money, cases) = (&report.scenario.money, &report.results.cases);
    let slopes = (0..cases.len()).map(|case| (0.1 * slope(case).mean, &cases[case].name));
    let mut slopes: Vec<(f64, &String)> = slopes.collect();
    slopes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (Some((most, up)), Some((least, down))) = (slopes.first(), slopes.last()) else {
        return String::new();
    };
    let amount = |value: f64| estimated(money, value.abs());
    match *most > 0.0 && *least < 0.0 {
        true => format!(
            "Ten points more of “{up}” add {} to the expected total; ten more of “{down}” take \
             {} from it.",
            amount(*most),
            amount(*least)
        ),
        false => "The expected total is the same in every case.".to_owned(),
    }
}

/// `Half of all outcomes have used up the cap of $38 bn by August 2029.` and the like.
pub fn cumulative(part: &Part<'_>) -> String {
    let scenario = part.scenario;
    let money = &scenario.money;
    let end = month_and_year(scenario.timeline.end());
    let cap = part.contract.agreement.cap.as_ref();
    let has_one = part
        .in_all_cases(|_, contract| contract.agreement.cap.clone())
        .is_some();
    let fixed = |cap: &TotalCap| cap.flat().and_then(|cap| cap.fixed()).filter(|_| has_one);
    let amount = cap.map(|cap| match fixed(cap) {
        Some(cap) => format!("the cap of {}", money.format_suited(cap)),
        None => "the cap".to_owned(),
    });
    let Some(paid) = part.outcomes.total(Total::Paid) else {
        return answer(part);
    };
    let Some(amount) = amount else {
        let median = paid.distribution.quantile(0.5).unwrap_or(0.0);
        let range = spread(part, &paid).map_or_else(String::new, |(share, low, high)| {
            format!("; {share}\u{a0}% of outcomes end between {low} and {high}")
        });
        return format!(
            "Without a cap, payments add up to {} by {end} in the median outcome{range}.",
            estimated(money, median)
        );
    };
    let mean = estimated(money, paid.estimate.mean);
    match part.outcomes.reached_quantile(0.5) {
        Some(date) => format!(
            "Half of all outcomes have used up {amount} by {}.",
            month_and_year(date)
        ),
        None if !is_none(part.outcomes.reached().mean) => {
            format!("Most outcomes never use up {amount}: {mean} is paid by {end} on average.")
        }
        None => {
            format!("No simulated outcome uses up {amount}: {mean} is paid by {end} on average.")
        }
    }
}

/// `The cap binds in 86 % of simulated outcomes; median date July 2029.`: of the cap
/// alone, whatever else may end sharing.
pub fn binding(part: &Part<'_>) -> String {
    if !Ending::of(part).has_others() || is_none(part.outcomes.reached().mean) {
        return answer(part);
    }
    let outcomes = share_of_outcomes(part.outcomes.reached().mean);
    match part.outcomes.reached_quantile(0.5) {
        Some(date) => format!(
            "The cap binds in {outcomes}; median date {}.",
            month_and_year(date)
        ),
        None => format!("The cap binds in {outcomes}; in most, sharing ends otherwise."),
    }
}

/// What ends sharing, how likely, and when: `Sharing ends by date in 61 % of simulated
/// outcomes, by “AGI is verified” in 39 %; in the median outcome …`
pub fn ending(part: &Part<'_>) -> String {
    let ending = Ending::of(part);
    let statement = ending.statement(|_| None);
    format!("{statement}; {}.", ending.median_words())
}

/// `95.4 % of outcomes pay the cap of $38 bn in full; the expected total is $37.8 bn.`
pub fn total(part: &Part<'_>) -> String {
    let money = &part.scenario.money;
    let Some(paid) = part.outcomes.total(Total::Paid) else {
        return answer(part);
    };
    let expected = format!(
        "The expected total is {}",
        estimated(money, paid.estimate.mean)
    );
    let range = spread(part, &paid);
    let agreement = &part.contract.agreement;
    let reached = part.outcomes.reached().mean;
    if agreement.cap.is_some() && !is_none(reached) {
        let verb = if is_all(reached) { "pays" } else { "pay" };
        let outcomes = capitalised(&share_of_outcomes(reached));
        return format!(
            "{outcomes} {verb} the cap in full; {}.",
            expected.replacen('T', "t", 1)
        );
    }
    match range {
        Some((share, low, high)) if low != high => {
            format!("{expected}; {share}\u{a0}% of outcomes pay between {low} and {high}.")
        }
        _ => format!("{expected}."),
    }
}

/// `On balance Microsoft receives $30 bn by December 2030 in the median outcome; between
/// $20 bn and $34 bn in 90 % of outcomes.`
pub fn net(report: &Report<'_>, net: &Net) -> String {
    let scenario = report.scenario;
    let money = &scenario.money;
    let end = month_and_year(scenario.timeline.end());
    let Some(total) = net.total(NetQuantity::Total) else {
        return answer(&report.primary());
    };
    let quantile = |percent: f64| total.distribution.quantile(percent / 100.0);
    let median = quantile(50.0).unwrap_or(0.0);
    let verb = if median < 0.0 { "pays" } else { "receives" };
    let range = outermost(&scenario.report.percentiles).and_then(|low| {
        let (from, to) = (quantile(low)?, quantile(100.0 - low)?);
        let signed = |value: f64| estimated(money, if median < 0.0 { -value } else { value });
        let (from, to) = if median < 0.0 { (to, from) } else { (from, to) };
        let share = 100.0 - 2.0 * low;
        Some(format!(
            "; between {} and {} in {share}\u{a0}% of outcomes",
            signed(from),
            signed(to)
        ))
    });
    format!(
        "On balance {} {verb} {} by {end} in the median outcome{}.",
        net.party,
        estimated(money, median.abs()),
        range.unwrap_or_default()
    )
}

/// What ends the agreement and when: `In the median outcome the cap ends the share in
/// August 2029, 16 months before it expires.`
pub fn strip(report: &Report<'_>) -> String {
    let part = report.primary();
    let agreement = &part.contract.agreement;
    let ending = Ending::of(&part);
    let (median, expiry) = (ending.median(), agreement.expiry);
    let by_what = match ending.has_others() {
        true => format!("; most often {}", ending.most_often()),
        false => String::new(),
    };
    let date = match ending.has_others() {
        true => Some(median).filter(|date| *date < expiry),
        false => part.outcomes.reached_quantile(0.5),
    };
    let Some(date) = date else {
        let expiry = day_month_year(expiry);
        return format!("In the median outcome the share ends by date, on {expiry}{by_what}.");
    };
    let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
    let before = match months(expiry) - months(date) {
        0 => ", the month in which it expires".to_owned(),
        early => format!(", {} before it expires", stretch(early)),
    };
    let ends = match ending.has_others() {
        true => "the share ends",
        false => "the cap ends the share",
    };
    format!(
        "In the median outcome {ends} in {}{before}{by_what}.",
        month_and_year(date)
    )
}

/// `a month`, `16 months`, `8 years and 3 months`.
fn stretch(months: i32) -> String {
    let of = |count: i32, word: &str| match count {
        1 => format!("a {word}"),
        _ => format!("{count} {word}s"),
    };
    match (months / 12, months % 12) {
        (0 | 1, _) => of(months, "month"),
        (years, 0) => of(years, "year"),
        (years, rest) => format!("{} and {}", of(years, "year"), of(rest, "month")),
    }
}

/// `65,536 paths give the expected total to ± $0.0002 bn.`
pub fn convergence(report: &Report<'_>) -> String {
    let Some(last) = report.steps.last() else {
        return answer(&report.primary());
    };
    let money = &report.scenario.money;
    let known: Vec<String> = last
        .estimates
        .iter()
        .map(|(measure, estimate)| {
            let amount = || error(money, estimate.std_error);
            match *measure {
                Measure::Binding => {
                    let error =
                        error_in_percent(estimate.mean, estimate.std_error, last.paths as f64);
                    match error.strip_prefix('<') {
                        Some(most) => format!("the probability to less than {most}\u{a0}points"),
                        None => format!("the probability to ±\u{a0}{error}\u{a0}points"),
                    }
                }
                Measure::PRESENT_VALUE => format!("its present value to ±\u{a0}{}", amount()),
                _ => format!("the expected total to ±\u{a0}{}", amount()),
            }
        })
        .collect();
    format!(
        "{} paths give {}.",
        super::grouped(last.paths),
        list(&known)
    )
}

/// The share in percent of the outermost pair of percentiles that lie symmetric about
/// the median, and the amounts at its ends.
fn spread(part: &Part<'_>, measured: &Measured<'_>) -> Option<(f64, String, String)> {
    let low = outermost(&part.scenario.report.percentiles)?;
    let amount = |percent: f64| {
        let value = measured.distribution.quantile(percent / 100.0)?;
        Some(estimated(&part.scenario.money, value))
    };
    Some((100.0 - 2.0 * low, amount(low)?, amount(100.0 - low)?))
}

/// The lowest percentile that has an opposite one.
fn outermost(percentiles: &[f64]) -> Option<f64> {
    const SAME: f64 = 1e-9;
    percentiles.iter().copied().find(|low| {
        let opposite = 100.0 - low;
        let has_opposite = percentiles.iter().any(|p| (p - opposite).abs() < SAME);
        *low < 50.0 && has_opposite
    })
}

/// `a`, `a and b`, `a, b and c`.
pub(in super::super) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
