//! The agreements a file describes.

use super::actuals::Actuals;
use super::checked::{Bounds, Checked};
use super::keys::{LARGEST_AMOUNT, LONGEST_LAG, LONGEST_LAG_DAYS};
use super::placed::Spanned;
use super::{amounts, caps, clauses, ends, file, upfront};
use crate::agreement::{
    Advance, Agreement, Amounts, Clauses, Indexation, PaymentPeriod, PaymentTerms, Share, Tranche,
};
use crate::revenue::Model;
use crate::units::{Date, Money, Month, Parameter, Rounding, Step, Timeline};

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
    let clauses = self::clauses(checked, file, around, (upfront, advances), &share);
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

/// What has been paid under an agreement, if the history says.
fn paid(actuals: &Actuals, file: &file::Agreement) -> Option<Vec<f64>> {
    let name = file.name.as_ref().map(|name| name.get_ref().trim());
    let named = name.and_then(|name| actuals.payments.get(name));
    named.or_else(|| actuals.payments.get("")).cloned()
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
    file: Option<&file::Payment>,
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

/// Everything an agreement says beside share, cap and dates.
fn clauses(
    checked: &mut Checked<'_>,
    file: &file::Agreement,
    around: Around<'_>,
    (upfront, advances): (Vec<Tranche>, Vec<Advance>),
    share: &Share,
) -> Option<Clauses> {
    let timeline = around.timeline;
    let mut complete = true;
    let eligible = clauses::eligible(checked, file.eligible.as_ref(), around.model);
    let amount = |checked: &mut Checked<'_>, key: &str, written: &Option<Spanned<file::Scalar>>| {
        written
            .as_ref()
            .map(|scalar| checked.scalar(key, scalar, Bounds::AMOUNT))
    };
    let threshold = amount(checked, "agreement.threshold", &file.threshold);
    let revenue_floor = amount(checked, "agreement.revenue_floor", &file.revenue_floor);
    let on_account = file
        .on_account
        .as_ref()
        .map(|rate| clauses::on_account(checked, rate, share));
    let year_to_date = amount(checked, "agreement.year_to_date", &file.year_to_date);
    let step_ups = clauses::step_ups(checked, &file.step_up, share);
    complete &= step_ups.len() == file.step_up.len();
    let milestones = clauses::milestones(checked, &file.milestone);
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
    let deferral = file.deferral.as_ref().and_then(|deferral| {
        let deferral = clauses::deferral(checked, deferral);
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
