//! What an agreement says beside its share, its caps and its dates.

use super::checked::{Bounds, Checked};
use super::file;
use super::keys::{LARGEST_RATE, LONGEST_LAG};
use super::placed::Spanned;
use super::wording::nearest;
use crate::agreement::{Deferral, DeferredTo, MilestoneOver, MilestonePayment, Share};
use crate::revenue::Model;
use crate::units::Parameter;
use std::collections::BTreeMap;

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
