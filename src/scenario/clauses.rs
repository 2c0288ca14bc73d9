//! The keys of `[agreement]`, and the clauses that they come to beside share, caps, dates and
//! what ends it: each key with its type, its rules and its reading.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::actuals::Actuals;
use super::agreement::Around;
use super::checked::{Bounds, Checked};
use super::ends::{Event, PayerDefault};
use super::file::{
    AnnualCap, Cap, DatedAmount, Form, Payment, Scalar, Share, Stepped, TomlDate, Upfront,
};
use super::keys::{
    AMOUNT_OR_DISTRIBUTION, DATE, FRACTION, LARGEST_RATE, LATER, LONGEST_LAG, Rules, TEXT, rules,
};
use super::placed::Spanned;
use super::wording::nearest;
use super::{amounts, caps, ends};
use crate::agreement::{
    self as agreed, Advance, Amounts, Clauses, DeferredTo, MilestoneOver, StepUpLasts, StepUpTest,
    Tranche,
};
use crate::revenue::Model;
use crate::units::{Month, Parameter, Rounding};

/// `[agreement]` or one of several `[[agreement]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    pub name: Option<Spanned<String>>,
    pub payer: Option<Spanned<String>>,
    pub payee: Option<Spanned<String>>,
    pub share: Spanned<Share>,
    pub cap: Option<Spanned<Cap>>,
    pub paid_before: Option<Spanned<Scalar>>,
    pub effective: Option<Spanned<TomlDate>>,
    pub expiry: Option<Spanned<TomlDate>>,
    pub payment: Option<Payment>,
    pub eligible: Option<Spanned<BTreeMap<Spanned<String>, Spanned<Scalar>>>>,
    pub threshold: Option<Spanned<Scalar>>,
    pub revenue_floor: Option<Spanned<Scalar>>,
    pub on_account: Option<Spanned<Scalar>>,
    pub year_to_date: Option<Spanned<Scalar>>,
    #[serde(default)]
    pub step_up: Vec<Spanned<StepUp>>,
    #[serde(default)]
    pub milestone: Vec<Spanned<MilestonePayment>>,
    pub annual_cap: Option<Spanned<AnnualCap>>,
    pub annual_minimum: Option<Spanned<Stepped<DatedAmount>>>,
    pub minimum: Option<Spanned<Minimum>>,
    pub year_ends: Option<Spanned<String>>,
    pub upfront: Option<Spanned<Upfront>>,
    #[serde(default)]
    pub floor: Vec<Spanned<Floor>>,
    pub deferral: Option<Spanned<Deferral>>,
    pub event: Option<Spanned<Vec<Spanned<Event>>>>,
    pub default: Option<Spanned<PayerDefault>>,
}

impl Agreement {
    /// Its events as written, its own and those of other agreements.
    pub fn events(&self) -> impl Iterator<Item = &Spanned<Event>> {
        let lists = self.event.iter();
        lists.flat_map(|list| list.get_ref())
    }

    /// The agreement whose cap this is too.
    pub fn cap_of(&self) -> Option<&Spanned<String>> {
        match self.cap.as_ref()?.get_ref() {
            Form::Table(table) => table.of.as_ref(),
            _ => None,
        }
    }

    /// Whether an event, the default or the cap of another agreement is this one's too.
    pub fn shares(&self) -> bool {
        let mut events = self.events();
        let default = self.default.as_ref();
        events.any(|event| event.get_ref().of.is_some())
            || default.is_some_and(|default| default.get_ref().of.is_some())
            || self.cap_of().is_some()
    }
}

/// `minimum = { every, amount }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Minimum {
    pub every: Spanned<String>,
    pub amount: Spanned<Stepped<DatedAmount>>,
}

/// `[[agreement.floor]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    pub by: Option<Spanned<TomlDate>>,
    pub amount: Option<Spanned<Scalar>>,
    pub multiple: Option<Spanned<Scalar>>,
}

/// `[[agreement.step_up]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    pub adds: Spanned<Scalar>,
    pub year: Option<Spanned<i64>>,
    pub revenue_below: Option<Spanned<Scalar>>,
    pub on: Option<Spanned<TomlDate>>,
    pub paid_below: Option<Spanned<Scalar>>,
    pub lasts: Option<Spanned<String>>,
}

/// `[[agreement.milestone]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestonePayment {
    pub reaches: Spanned<Scalar>,
    pub amount: Spanned<Scalar>,
    pub year: Option<Spanned<i64>>,
    pub each_year: Option<Spanned<bool>>,
    pub by: Option<Spanned<TomlDate>>,
}

/// `deferral = { fraction, months or until, interest }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deferral {
    pub fraction: Spanned<Scalar>,
    pub months: Option<Spanned<i64>>,
    pub until: Option<Spanned<TomlDate>>,
    pub interest: Option<Spanned<Scalar>>,
}

/// What may stand at each of these keys.
pub const RULES: &[Rules] = rules! {
    "agreement": List or "{ share = 0 }" => "a table with share and, where there is one, cap; or several, with a name each",
        "for example [agreement] and below it share = 0.20 and cap = 38, a line each; [[agreement]] for each of several";
    "agreement.name" => TEXT,
        "what the results call the agreement; each of several has one of its own";
    "agreement.payer" => TEXT, "who pays";
    "agreement.payee" => TEXT, "who receives";
    "agreement.floor": List => "tables with amount or multiple, and, before the last day of sharing, by",
        "for example floor = [{ by = 2029-12-31, multiple = 1.0 }]";
    "agreement.floor.by" => DATE,
        "the day by which so much has been paid, or the difference is due; the last day of sharing if left out";
    "agreement.floor.amount" => AMOUNT_OR_DISTRIBUTION,
        "the least that has been paid by then, paid before included, in the file's unit";
    "agreement.floor.multiple" => "0 to 1000, or a distribution within that",
        "of what was paid upfront by then: 1.0 for the money back";
    "agreement.annual_minimum.from" => LATER,
        "for example annual_minimum = [{ from = 2026-01-01, amount = 5 }, { from = 2028-01-01, amount = 8 }]";
    "agreement.annual_minimum.amount" => AMOUNT_OR_DISTRIBUTION,
        "the least that is paid for each year from that one on, in the file's unit";
    "agreement.minimum": Table => "a table with every and amount",
        "for example minimum = { every = \"quarter\", amount = 5 }; for a year, annual_minimum = 20";
    "agreement.minimum.every" or "'month'" => "\"month\", \"quarter\", \"half-year\" or \"year\"",
        "what the amount is the least for; quarters and half-years are those of agreement.year_ends";
    "agreement.minimum.amount" or "0" => "0 to 1e15, a distribution within that, or amounts by date",
        "the least for each of them, in the file's unit; topped up on its last day";
    "agreement.minimum.amount.from" => LATER,
        "for example amount = [{ from = 2026-01-01, amount = 5 }, { from = 2028-01-01, amount = 8 }]";
    "agreement.minimum.amount.amount" => AMOUNT_OR_DISTRIBUTION,
        "the least for each from that one on, in the file's unit";
    "agreement.annual_minimum" => "0 to 1e15, at most agreement.annual_cap, a distribution within that, or amounts by date",
        "the least that is paid for one year; its part by days for a part of a year";
    "agreement.year_ends" => "the name of a month",
        "the last month of the years that annual clauses count by; december if left out";
    "agreement.eligible": Table => "a fraction for every segment of the revenue",
        "for example eligible = { azure = 1.0, devices = 0.0 }";
    "agreement.eligible.*" => FRACTION, "1 where all revenue of the segment counts, 0 where none does";
    "agreement.threshold" => AMOUNT_OR_DISTRIBUTION,
        "revenue, in total, that is free of sharing; for a threshold a year, a first tier at rate 0";
    "agreement.revenue_floor" => AMOUNT_OR_DISTRIBUTION,
        "revenue per year: a period whose revenue is less, as a year's, earns no share";
    "agreement.on_account" => FRACTION,
        "the rate paid during the year; what the year earns beyond it is paid with its last period";
    "agreement.year_to_date" => AMOUNT_OR_DISTRIBUTION,
        "revenue of the year before timeline.start, 0 for none: given, tiers, milestones and tests of a year count it from its first day";
    "agreement.step_up": List => "tables with adds and revenue_below, or on and paid_below; at most 64",
        "for example step_up = [{ year = 2027, revenue_below = 100, adds = 0.015 }]";
    "agreement.step_up.adds" or "0" => FRACTION,
        "what is added to the rate where the figure is missed: 1.5 % is 0.015";
    "agreement.step_up.year" => "a whole number from 1900 to 2300",
        "the year whose revenue is tested; leave it out to test every year wholly within the agreement";
    "agreement.step_up.revenue_below" => "more than 0, at most 1e15, or a distribution within that",
        "the eligible revenue of a year that keeps the rate down, in the file's unit";
    "agreement.step_up.on" => DATE, "the day at whose close it is tested what has been paid";
    "agreement.step_up.paid_below" => "more than 0, at most 1e15, or a distribution within that",
        "what, paid before included, keeps the rate down, in the file's unit";
    "agreement.step_up.lasts" => "\"end\", \"reached\" or, for revenue of a year, \"year\"",
        "end: as long as sharing; reached: until the figure is reached; year: for the next year";
    "agreement.milestone": List => "[[agreement.milestone]] tables with reaches and amount",
        "for example milestone = [{ reaches = 2000, amount = 100 }]";
    "agreement.milestone.reaches" or "1" => "more than 0, at most 1e15, or a distribution within that",
        "the revenue that makes the amount due, in the file's unit";
    "agreement.milestone.amount" or "0" => AMOUNT_OR_DISTRIBUTION, "what is due, in the file's unit";
    "agreement.milestone.year" => "a whole number from 1900 to 2300",
        "the year whose revenue counts; leave it out to add up revenue from the first day";
    "agreement.milestone.each_year" => "true or false, not beside year",
        "true: due in every year that reaches the level";
    "agreement.milestone.by" => DATE, "the last day on which the level may be reached";
    "agreement.deferral": Table => "a table with fraction, months or until, and, where there is any, interest",
        "for example deferral = { fraction = 0.35, months = 24 }";
    "agreement.deferral.fraction" or "0" => FRACTION, "the part of every payment that is made later";
    "agreement.deferral.months" => "a whole number from 1 to 120",
        "months from the ordinary payment to the deferred one";
    "agreement.deferral.until" => DATE, "the day on which everything deferred is paid";
    "agreement.deferral.interest" => "a number from 0 to 10, or a distribution within that",
        "per year, effective: 5 % is 0.05; leave it out for none";
    "agreement.paid_before" => AMOUNT_OR_DISTRIBUTION,
        "what was paid before timeline.start and counts against the cap";
    "agreement.effective" => "a date in the years 1900 to 2300, not after timeline.end",
        "the first day whose revenue is shared; leave it out to share from timeline.start";
    "agreement.expiry" => "a date within the timeline, not before agreement.effective",
        "the last day whose revenue is shared; leave it out to share until timeline.end";
};

/// The engine keeps one bit for each.
const MOST_STEP_UPS: usize = 64;
const RATE: Bounds = Bounds::Closed(0.0, 1.0);
/// No amount is negative, interest neither.
const INTEREST: Bounds = Bounds::Closed(0.0, LARGEST_RATE);

/// Everything an agreement says beside share, cap and dates.
pub fn clauses(
    checked: &mut Checked<'_>,
    file: &Agreement,
    around: Around<'_>,
    (upfront, advances): (Vec<Tranche>, Vec<Advance>),
    share: &agreed::Share,
) -> Option<Clauses> {
    let timeline = around.timeline;
    let mut complete = true;
    let eligible = eligible(checked, file.eligible.as_ref(), around.model);
    let amount = |checked: &mut Checked<'_>, key: &str, written: &Option<Spanned<Scalar>>| {
        written
            .as_ref()
            .map(|scalar| checked.scalar(key, scalar, Bounds::AMOUNT))
    };
    let threshold = amount(checked, "agreement.threshold", &file.threshold);
    let revenue_floor = amount(checked, "agreement.revenue_floor", &file.revenue_floor);
    let on_account = file
        .on_account
        .as_ref()
        .map(|rate| on_account(checked, rate, share));
    let year_to_date = amount(checked, "agreement.year_to_date", &file.year_to_date);
    let step_ups = step_ups(checked, &file.step_up, share);
    complete &= step_ups.len() == file.step_up.len();
    let milestones = milestones(checked, &file.milestone);
    let annual_cap = file.annual_cap.as_ref().and_then(|cap| {
        let cap = caps::annual_cap(checked, cap);
        complete &= cap.is_some();
        cap
    });
    let key = "agreement.annual_minimum";
    let minimum = file.annual_minimum.as_ref();
    let minimum = minimum.map(|minimum| caps::by_date(checked, key, minimum));
    let period_minimum = file.minimum.as_ref();
    let period_minimum =
        period_minimum.map(|minimum| caps::minimum(checked, minimum, annual_cap.as_ref()));
    if let (Some(written), Some(least), Some(cap)) = (
        &file.annual_minimum,
        minimum.as_ref().and_then(Amounts::fixed),
        annual_cap.as_ref().and_then(|cap| cap.amount.fixed()),
    ) && least > cap
    {
        let message = format!("`{key}` is more than agreement.annual_cap");
        let label = format!("no year pays more than {cap}");
        checked.refuse(written.span(), key, message, label);
    }
    let floors = amounts::floors(checked, &file.floor, &upfront);
    complete &= floors.len() == file.floor.len();
    let year_ends = match &file.year_ends {
        Some(month) => checked
            .choice::<Month>("agreement.year_ends", month)
            .number(),
        None => 12,
    };
    let payment = file.payment.as_ref();
    let first_payment = payment
        .and_then(|payment| payment.first.as_ref())
        .map(|first| checked.date("agreement.payment.first", first));
    let least_payment = payment
        .and_then(|payment| payment.least.as_ref())
        .map(|least| checked.scalar("agreement.payment.least", least, Bounds::AMOUNT));
    let rounding = payment
        .and_then(|payment| payment.rounding.as_ref())
        .map(|word| checked.choice("agreement.payment.rounding", word));
    let deferral = file.deferral.as_ref().and_then(|written| {
        let deferral = deferral(checked, written);
        complete &= deferral.is_some();
        deferral
    });
    let events = file.event.as_ref().and_then(|list| {
        let events = ends::events(checked, list, timeline, &upfront);
        complete &= events.is_some();
        events
    });
    let (events, turn) = events.unwrap_or_default();
    let default = file.default.as_ref().and_then(|default| {
        let default = ends::default(checked, default, timeline, file.cap.is_some());
        complete &= default.is_some();
        default
    });
    complete.then_some(Clauses {
        eligible,
        threshold,
        revenue_floor,
        on_account,
        step_ups,
        year_to_date,
        milestones,
        annual_cap,
        minimum,
        period_minimum,
        floors,
        year_ends,
        upfront,
        advances,
        cap_of: None,
        first_payment,
        least_payment,
        deferral,
        cents_per_unit: rounding.and_then(|rounding: Rounding| around.money.parts(rounding)),
        events,
        turn,
        default,
        paid_so_far: around
            .actuals
            .and_then(|actuals| paid(actuals, file))
            .unwrap_or_default(),
        past_periods: around.actuals.map_or(0, |actuals| actuals.periods),
    })
}

/// What has been paid under an agreement, if the history says.
fn paid(actuals: &Actuals, file: &Agreement) -> Option<Vec<f64>> {
    let name = file.name.as_ref().map(|name| name.get_ref().trim());
    let named = name.and_then(|name| actuals.payments.get(name));
    named.or_else(|| actuals.payments.get("")).cloned()
}

/// The fraction of each segment that counts; empty where all revenue does.
fn eligible(
    checked: &mut Checked<'_>,
    written: Option<&Spanned<BTreeMap<Spanned<String>, Spanned<Scalar>>>>,
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
fn on_account(
    checked: &mut Checked<'_>,
    written: &Spanned<Scalar>,
    share: &agreed::Share,
) -> Parameter {
    let key = "agreement.on_account";
    if let agreed::Share::ByPaid(_) = share {
        let message = format!("`{key}` cannot go with a share by what has been paid");
        let label = "what is paid on account would change the rate it is on account of".to_owned();
        checked.refuse(written.span(), key, message, label);
    }
    checked.scalar(key, written, RATE)
}

/// The rates that rise where revenue or payments stay below a figure.
fn step_ups(
    checked: &mut Checked<'_>,
    list: &[Spanned<StepUp>],
    share: &agreed::Share,
) -> Vec<agreed::StepUp> {
    const KEY: &str = "agreement.step_up";
    if let (agreed::Share::ByPaid(_), [first, ..]) = (share, list) {
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
        step_ups.push(agreed::StepUp { adds, test, lasts });
    }
    step_ups
}

/// The milestone payments.
fn milestones(
    checked: &mut Checked<'_>,
    list: &[Spanned<MilestonePayment>],
) -> Vec<agreed::MilestonePayment> {
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
        milestones.push(agreed::MilestonePayment {
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
fn deferral(checked: &mut Checked<'_>, written: &Spanned<Deferral>) -> Option<agreed::Deferral> {
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
    Some(agreed::Deferral {
        fraction,
        to,
        interest,
    })
}
