//! The agreements a file describes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::actuals::Actuals;
use super::checked::{Bounds, Checked};
use super::file::{Scalar, TomlDate};
use super::keys::{
    AMOUNT_OR_DISTRIBUTION, DATE, LARGEST_AMOUNT, LONGEST_LAG, LONGEST_LAG_DAYS, Rules, rules,
};
use super::placed::Spanned;
use super::{amounts, caps, clauses, ends, file, upfront};
use crate::agreement::{Agreement, Indexation, PaymentPeriod, PaymentTerms};
use crate::revenue::Model;
use crate::units::{Date, Money, Month, Parameter, Step, Timeline};

/// `payment = { every, lag_months, lag_days, year_ends, first, least, rounding }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    pub every: Option<Spanned<String>>,
    pub lag_months: Option<Spanned<i64>>,
    pub lag_days: Option<Spanned<i64>>,
    pub year_ends: Option<Spanned<String>>,
    pub least: Option<Spanned<Scalar>>,
    pub first: Option<Spanned<TomlDate>>,
    pub rounding: Option<Spanned<String>>,
}

/// What may stand at each key of it.
pub const RULES: &[Rules] = rules! {
    "agreement.payment": Table => "a table with every, lag_months, lag_days, year_ends, first, least and rounding, or some of them",
        "for example payment = { every = \"quarter\", lag_months = 3 }";
    "agreement.payment.every" => "\"month\", \"quarter\", \"half-year\" or \"year\", not shorter than timeline.step",
        "leave it out to pay after every period";
    "agreement.payment.lag_months" => "a whole number from 0 to 120",
        "months from the end of the payment period to the payment";
    "agreement.payment.lag_days" => "a whole number from 0 to 3650",
        "days from the end of the payment period, and of agreement.payment.lag_months, to the payment";
    "agreement.payment.year_ends" => "the name of a month",
        "the last month of the years whose quarters, half-years or whole are paid; that of agreement.year_ends if left out";
    "agreement.payment.least" => AMOUNT_OR_DISTRIBUTION,
        "less than this is not paid but carried to the next payment, and paid with the last; in the file's unit";
    "agreement.payment.first" => DATE,
        "no payment is made before this day; what falls due earlier is paid on it";
    "agreement.payment.rounding" => "\"cent\", \"minor-unit\", \"unit\" or \"none\"",
        "what each period's payment is rounded to: a hundredth of the currency, its own smallest unit (yen has no other), or one whole";
};

/// What the rest of a file says that an agreement depends on.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The grid, if it is known.
    pub timeline: Option<&'a Timeline>,
    /// The revenue model, if it is known.
    pub model: Option<&'a Model>,
    /// Currency and unit.
    pub money: &'a Money,
    /// What has happened, if anything has.
    pub actuals: Option<&'a Actuals>,
}

/// Every agreement; `None` without a timeline. Each of several has a name of its
/// own, by which its keys are known.
pub fn agreements(
    checked: &mut Checked<'_>,
    file: &Spanned<Vec<Spanned<file::Agreement>>>,
    around: Around<'_>,
) -> Option<Vec<Agreement>> {
    let list = file.get_ref();
    let key = "agreement";
    if list.is_empty() && checked.problems.iter().all(|p| p.key != [key]) {
        let label = "this is an empty list".to_owned();
        checked.refuse(file.span(), key, "there is no agreement".to_owned(), label);
    }
    if let [only] = list.as_slice()
        && !only.get_ref().shares()
    {
        return Some(vec![agreement(checked, only.get_ref(), around)?]);
    }
    let mut names: Vec<&str> = Vec::new();
    let mut agreements = Vec::new();
    for written in list {
        let key = "agreement.name";
        match &written.get_ref().name {
            None => {
                let label = "this one has none".to_owned();
                let message = format!("missing key `{key}`: there are several agreements");
                checked.refuse(written.span(), key, message, label);
            }
            Some(name) if names.contains(&name.get_ref().trim()) => {
                let label = "another one has this name".to_owned();
                let message = format!("`{key}` is given twice");
                checked.refuse(name.span(), key, message, label);
            }
            Some(name) => names.push(name.get_ref().trim()),
        }
        let name = written.get_ref().name.as_ref();
        checked.enter("agreement", name.map_or("", |name| name.get_ref().trim()));
        agreements.push(agreement(checked, written.get_ref(), around));
        checked.leave();
    }
    let mut agreements: Vec<Agreement> = agreements.into_iter().collect::<Option<_>>()?;
    ends::share(checked, list, &mut agreements);
    caps::share(checked, list, &mut agreements);
    Some(agreements)
}

fn agreement(
    checked: &mut Checked<'_>,
    file: &file::Agreement,
    around: Around<'_>,
) -> Option<Agreement> {
    let timeline = around.timeline;
    let mut text = |key: &str, written: &Option<Spanned<String>>, default: &str| match written {
        Some(written) => checked.text(key, written),
        None => checked.filled(key, default, default.to_owned()),
    };
    let payer = text("agreement.payer", &file.payer, "payer");
    let payee = text("agreement.payee", &file.payee, "payee");
    let name = text("agreement.name", &file.name, "agreement");
    let share = amounts::share(checked, &file.share);
    let effective = effective(checked, file, timeline);
    let expiry = expiry(checked, file, effective, timeline);
    let first_day = effective.or(timeline.map(Timeline::start));
    let upfront = file.upfront.as_ref();
    let (upfront, advances) = upfront
        .map(|written| upfront::upfront(checked, written))
        .unwrap_or_default();
    let cap = file
        .cap
        .as_ref()
        .map(|cap| caps::cap(checked, cap, &upfront, first_day));
    let key = "agreement.paid_before";
    let paid_before = match &file.paid_before {
        Some(written) => checked.scalar(key, written, Bounds::AMOUNT),
        None => checked.filled(key, 0, Parameter::Fixed(0.0)),
    };
    let clauses = clauses::clauses(checked, file, around, (upfront, advances), &share);
    let year_ends = clauses.as_ref().map_or(12, |clauses| clauses.year_ends);
    let payment = payment(checked, file.payment.as_ref(), timeline, year_ends);
    let cap = match cap {
        // The largest amount there is caps nothing.
        Some(cap) => Some(cap?).filter(|cap| {
            let amount = cap.flat().and_then(Parameter::fixed);
            amount.is_none_or(|amount| amount < LARGEST_AMOUNT)
        }),
        None => None,
    };
    if let (Some(cap), Some(clauses), Some(written)) = (&cap, &clauses, &file.cap)
        && let Indexation::Return { .. } = cap.indexation
        && (clauses.deferral.is_some() || clauses.least_payment.is_some())
    {
        let key = "agreement.cap.irr";
        let message = format!("`{key}` cannot go with payments that are put off");
        let label = "it counts each payment by the date on which it falls due".to_owned();
        let hint = "leave out agreement.deferral and agreement.payment.least".to_owned();
        checked.refuse_with(written.span(), key, message, label, hint);
    }
    let (start, end) = timeline.map(|timeline| (timeline.start(), timeline.end()))?;
    Some(Agreement {
        name,
        payer,
        payee,
        share,
        cap,
        paid_before,
        effective: effective.unwrap_or_else(|| checked.filled("agreement.effective", start, start)),
        expiry: expiry.unwrap_or_else(|| checked.filled("agreement.expiry", end, end)),
        payment,
        clauses: clauses?,
    })
}

fn effective(
    checked: &mut Checked<'_>,
    file: &file::Agreement,
    timeline: Option<&Timeline>,
) -> Option<Date> {
    let key = "agreement.effective";
    let written = file.effective.as_ref()?;
    let before = checked.problems.len();
    let date = checked.date(key, written);
    if checked.problems.len() > before {
        return None;
    }
    if let Some(end) = timeline.map(Timeline::end).filter(|end| date > *end) {
        let message = format!("`{key}` lies after the timeline's end");
        let label = format!("the timeline ends on {end}");
        checked.refuse(written.span(), key, message, label);
    }
    Some(date)
}

fn expiry(
    checked: &mut Checked<'_>,
    file: &file::Agreement,
    effective: Option<Date>,
    timeline: Option<&Timeline>,
) -> Option<Date> {
    let key = "agreement.expiry";
    let written = file.expiry.as_ref()?;
    let before = checked.problems.len();
    let date = checked.date(key, written);
    if checked.problems.len() > before {
        return None;
    }
    let first = effective.max(timeline.map(Timeline::start));
    if let Some(end) = timeline.map(Timeline::end).filter(|end| date > *end) {
        let message = format!("`{key}` lies after the timeline's end");
        let label = format!("the timeline ends on {end}");
        let hint = "move timeline.end, or leave the key out to share until then".to_owned();
        checked.refuse_with(written.span(), key, message, label, hint);
    } else if let Some(first) = first.filter(|first| date < *first) {
        let message = format!("`{key}` lies before the first day of sharing");
        let label = format!("sharing starts on {first}");
        checked.refuse(written.span(), key, message, label);
    }
    Some(date)
}

fn payment(
    checked: &mut Checked<'_>,
    file: Option<&Payment>,
    timeline: Option<&Timeline>,
    year_ends: i8,
) -> PaymentTerms {
    let key = "agreement.payment.every";
    let every = match file.and_then(|payment| payment.every.as_ref()) {
        Some(written) => {
            let every = checked.choice::<PaymentPeriod>(key, written);
            let longer = |step: &Step| every.months() < step.months();
            if let Some(step) = timeline.map(Timeline::step).filter(longer) {
                let message = format!("`{key}` is shorter than a period");
                let label = format!("periods of one {} cannot be paid in parts", step.word());
                let hint = "make timeline.step shorter, or pay less often".to_owned();
                checked.refuse_with(written.span(), key, message, label, hint);
            }
            Some(every)
        }
        None => checked.filled(key, "after each period", None),
    };
    let key = "agreement.payment.lag_months";
    let lag_months = match file.and_then(|payment| payment.lag_months.as_ref()) {
        Some(written) => checked.whole(key, written, 0, LONGEST_LAG) as i32,
        None => checked.filled(key, 0, 0),
    };
    let lag_days = file.and_then(|payment| payment.lag_days.as_ref());
    let lag_days = lag_days.map_or(0, |written| {
        let key = "agreement.payment.lag_days";
        checked.whole(key, written, 0, LONGEST_LAG_DAYS) as i32
    });
    let own = file.and_then(|payment| payment.year_ends.as_ref());
    let year_ends = own.map_or(year_ends, |month| {
        checked
            .choice::<Month>("agreement.payment.year_ends", month)
            .number()
    });
    PaymentTerms {
        every,
        lag_months,
        lag_days,
        year_ends,
    }
}
