//! What an agreement says beside its share, its caps and its dates.

use super::checked::{Bounds, Checked};
use super::file;
use super::keys::{LARGEST_RATE, LONGEST_LAG};
use super::placed::Spanned;
use super::wording::nearest;
use crate::agreement::{
    Deferral, DeferredTo, MilestoneOver, MilestonePayment, Share, StepUp, StepUpLasts, StepUpTest,
};
use crate::revenue::Model;
use crate::units::Parameter;
use std::collections::BTreeMap;

/// The engine keeps one bit for each.
const MOST_STEP_UPS: usize = 64;
const RATE: Bounds = Bounds::Closed(0.0, 1.0);
/// No amount is negative, interest neither.
const INTEREST: Bounds = Bounds::Closed(0.0, LARGEST_RATE);

/// The fraction of each segment that counts; empty where all revenue does.
pub fn eligible(
    checked: &mut Checked<'_>,
    written: Option<&Spanned<BTreeMap<Spanned<String>, Spanned<file::Scalar>>>>,
    model: Option<&Model>,
) -> Vec<(String, Parameter)> {
    let key = "agreement.eligible";
    let Some(written) = written else {
        return Vec::new();
    };
    let mut eligible = Vec::new();
    for (name, fraction) in written.get_ref() {
        let key = format!("{key}.{}", name.get_ref());
        let fraction = checked.scalar(&key, fraction, RATE);
        eligible.push((name.get_ref().clone(), fraction));
    }
    let Some(model) = model else {
        return eligible;
    };
    let segments: Vec<&str> = model.segments().iter().map(String::as_str).collect();
    if segments.is_empty() {
        let message = format!("`{key}` names segments, but the revenue has none");
        let label = "there is one revenue for all".to_owned();
        let hint = "give revenue as [[revenue]] tables with a name each, or leave the key out";
        checked.refuse_with(written.span(), key, message, label, hint.to_owned());
        return eligible;
    }
    for name in written.get_ref().keys() {
        if !segments.contains(&name.get_ref().as_str()) {
            let message = format!("`{}` is not a segment of the revenue", name.get_ref());
            let label = "there is no such segment".to_owned();
            let known = format!("the segments are {}", segments.join(", "));
            let hint = match nearest(name.get_ref(), &segments) {
                Some(near) => format!("did you mean `{near}`? {known}"),
                None => known,
            };
            checked.refuse_with(name.span(), key, message, label, hint);
        }
    }
    if !eligible
        .iter()
        .all(|(name, _)| segments.contains(&name.as_str()))
    {
        // The one left out is most likely the one misspelt.
        return eligible;
    }
    let is_named = |segment: &&&str| eligible.iter().any(|(name, _)| name == **segment);
    let missing: Vec<&str> = segments
        .iter()
        .filter(|segment| !is_named(segment))
        .copied()
        .collect();
    if !missing.is_empty() {
        let message = format!("`{key}` leaves out a segment");
        let label = format!("nothing is said of {}", missing.join(", "));
        checked.refuse(written.span(), key, message, label);
    }
    eligible
}

/// The rate paid on account.
pub fn on_account(
    checked: &mut Checked<'_>,
    written: &Spanned<file::Scalar>,
    share: &Share,
) -> Parameter {
    let key = "agreement.on_account";
    if let Share::ByPaid(_) = share {
        let message = format!("`{key}` cannot go with a share by what has been paid");
        let label = "what is paid on account would change the rate it is on account of".to_owned();
        checked.refuse(written.span(), key, message, label);
    }
    checked.scalar(key, written, RATE)
}

/// The rates that rise where revenue or payments stay below a figure.
pub fn step_ups(
    checked: &mut Checked<'_>,
    list: &[Spanned<file::StepUp>],
    share: &Share,
) -> Vec<StepUp> {
    const KEY: &str = "agreement.step_up";
    if let (Share::ByPaid(_), [first, ..]) = (share, list) {
        let message = format!("`{KEY}` cannot go with a share by what has been paid");
        let label = "what it adds would change the rate it is added to".to_owned();
        checked.refuse(first.span(), KEY, message, label);
    }
    if let Some(more) = list.get(MOST_STEP_UPS) {
        let message = format!("`{KEY}` has too many tables");
        let label = format!("there may be {MOST_STEP_UPS}");
        checked.refuse(more.span(), KEY, message, label);
    }
    let mut step_ups = Vec::new();
    for (i, item) in list.iter().enumerate() {
        let file = item.get_ref();
        let adds = checked.item(KEY, i, "adds", &file.adds, RATE);
        let mut lasts = file.lasts.as_ref().map_or(StepUpLasts::End, |word| {
            checked.choice::<StepUpLasts>("agreement.step_up.lasts", word)
        });
        let test = match (&file.revenue_below, &file.on, &file.paid_below) {
            (Some(below), None, None) => {
                let year = file
                    .year
                    .as_ref()
                    .map(|year| checked.whole("agreement.step_up.year", year, 1900, 2300) as i16);
                let below = checked.item(KEY, i, "revenue_below", below, Bounds::POSITIVE);
                StepUpTest::Revenue { year, below }
            }
            (None, Some(on), Some(below)) if file.year.is_none() => {
                if let Some(word) = file.lasts.as_ref().filter(|_| lasts == StepUpLasts::Year) {
                    let key = "agreement.step_up.lasts";
                    let message = format!("`{key}` is a year, but what has been paid is tested");
                    let label = "this can be \"end\" or \"reached\"".to_owned();
                    checked.refuse(word.span(), key, message, label);
                    lasts = StepUpLasts::End;
                }
                StepUpTest::Paid {
                    on: checked.date("agreement.step_up.on", on),
                    below: checked.item(KEY, i, "paid_below", below, Bounds::POSITIVE),
                }
            }
            _ => {
                let message = format!("`{KEY}` does not say what is tested, or says it twice");
                let label = "revenue_below, or on and paid_below, are wanted".to_owned();
                checked.refuse(item.span(), KEY, message, label);
                continue;
            }
        };
        step_ups.push(StepUp { adds, test, lasts });
    }
    step_ups
}

/// The milestone payments.
pub fn milestones(
    checked: &mut Checked<'_>,
    list: &[Spanned<file::MilestonePayment>],
) -> Vec<MilestonePayment> {
    const KEY: &str = "agreement.milestone";
    let mut milestones = Vec::new();
    for (i, item) in list.iter().enumerate() {
        let file = item.get_ref();
        let each_year = file.each_year.as_ref().filter(|each| *each.get_ref());
        let over = match (&file.year, each_year) {
            (None, None) => MilestoneOver::Total,
            (None, Some(_)) => MilestoneOver::EachYear,
            (Some(year), None) => {
                let key = "agreement.milestone.year";
                MilestoneOver::Year(checked.whole(key, year, 1900, 2300) as i16)
            }
            (Some(_), Some(each)) => {
                let key = "agreement.milestone.each_year";
                let message = "a milestone of one year and of each year".to_owned();
                let label = "it has a year already".to_owned();
                checked.refuse(each.span(), key, message, label);
                MilestoneOver::EachYear
            }
        };
        milestones.push(MilestonePayment {
            reaches: checked.item(KEY, i, "reaches", &file.reaches, Bounds::POSITIVE),
            amount: checked.item(KEY, i, "amount", &file.amount, Bounds::AMOUNT),
            over,
            by: file
                .by
                .as_ref()
                .map(|by| checked.date("agreement.milestone.by", by)),
        });
    }
    milestones
}

/// The part of payments that is made later.
pub fn deferral(checked: &mut Checked<'_>, written: &Spanned<file::Deferral>) -> Option<Deferral> {
    let file = written.get_ref();
    let fraction = checked.scalar("agreement.deferral.fraction", &file.fraction, RATE);
    let key = "agreement.deferral.interest";
    let interest = match &file.interest {
        Some(rate) => checked.scalar(key, rate, INTEREST),
        None => checked.filled(key, 0, Parameter::Fixed(0.0)),
    };
    let to = match (&file.months, &file.until) {
        (Some(months), None) => {
            let key = "agreement.deferral.months";
            DeferredTo::Months(checked.whole(key, months, 1, LONGEST_LAG) as i32)
        }
        (None, Some(until)) => DeferredTo::Date(checked.date("agreement.deferral.until", until)),
        (months, _) => {
            let key = "agreement.deferral";
            let message = format!("`{key}` needs months or until");
            let label = match months {
                Some(_) => "this has both",
                None => "this has neither",
            };
            checked.refuse(written.span(), key, message, label.to_owned());
            return None;
        }
    };
    Some(Deferral {
        fraction,
        to,
        interest,
    })
}
