//! What an agreement says beside its share, its caps and its dates.

use std::collections::BTreeMap;
use std::ops::Range;

use super::checked::{Bounds, Checked};
use super::file;
use super::keys::{LARGEST_RATE, LONGEST_LAG};
use super::placed::Spanned;
use super::wording::nearest;
use crate::agreement::{
    Agreement, Claim, Deferral, DeferredTo, Event, MilestoneOver, MilestonePayment, PayerDefault,
    Share, When,
};
use crate::revenue::Model;
use crate::units::{Date, Distribution, Parameter, Timeline};

const RATE: Bounds = Bounds::Closed(0.0, 1.0);
const PER_YEAR: Bounds = Bounds::Above(-1.0, LARGEST_RATE);
/// Events per year.
const HAZARD: Bounds = Bounds::Closed(0.0, 100.0);
const YEARS: Bounds = Bounds::Closed(0.0, 1e6);

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
        Some(rate) => checked.scalar(key, rate, PER_YEAR),
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

/// The event that ends sharing.
pub fn event(
    checked: &mut Checked<'_>,
    written: &Spanned<file::Event>,
    timeline: Option<&Timeline>,
) -> Option<Event> {
    let file = written.get_ref();
    let name = match &file.name {
        Some(name) => checked.text("agreement.event.name", name),
        None => checked.filled("agreement.event.name", "event", "event".to_owned()),
    };
    let moment = Moment {
        around: written.span(),
        key: "agreement.event",
        date: file.date.as_ref(),
        between: file.between.as_ref(),
        after_years: file.after_years.as_ref(),
        hazard: file.hazard.as_ref(),
    };
    let when = moment.when(checked, timeline)?;
    Some(Event { name, when })
}

/// The event of another agreement, which ends this one at the same moment.
pub fn event_of(
    checked: &mut Checked<'_>,
    written: &Spanned<String>,
    agreements: &[Agreement],
) -> Option<Event> {
    let key = "agreement.event.of";
    let named = |agreement: &&Agreement| agreement.name == written.get_ref().trim();
    let found = agreements.iter().find(named);
    let event = found.and_then(|agreement| agreement.clauses.event.clone());
    if event.is_none() {
        let with = agreements.iter().filter(|a| a.clauses.event.is_some());
        let with: Vec<&str> = with.map(|a| a.name.as_str()).collect();
        let message = format!("`{key}` names no agreement with an event of its own");
        let label = "this is none of them".to_owned();
        let hint = match with.as_slice() {
            [] => "give one of the agreements an event with a time".to_owned(),
            names => format!("the agreements with one are {}", names.join(", ")),
        };
        checked.refuse_with(written.span(), key, message, label, hint);
    }
    event
}

/// The payer's default.
pub fn default(
    checked: &mut Checked<'_>,
    written: &Spanned<file::PayerDefault>,
    timeline: Option<&Timeline>,
    capped: bool,
) -> Option<PayerDefault> {
    let file = written.get_ref();
    let recovery = checked.scalar("agreement.default.recovery", &file.recovery, RATE);
    let key = "agreement.default.lag_months";
    let lag_months = match &file.lag_months {
        Some(months) => checked.whole(key, months, 0, LONGEST_LAG) as i32,
        None => checked.filled(key, 0, 0),
    };
    let key = "agreement.default.claim";
    let claim = match &file.claim {
        Some(word) => {
            let claim = checked.choice(key, word, &Claim::ALL);
            if claim == Claim::Cap && !capped {
                let message = format!("`{key}` is the cap, but there is none");
                let label = "this claims what the cap still allows".to_owned();
                checked.refuse(word.span(), key, message, label);
            }
            claim
        }
        None => checked.filled(key, "accrued", Claim::Accrued),
    };
    let moment = Moment {
        around: written.span(),
        key: "agreement.default",
        date: file.date.as_ref(),
        between: file.between.as_ref(),
        after_years: file.after_years.as_ref(),
        hazard: file.hazard.as_ref(),
    };
    Some(PayerDefault {
        when: moment.when(checked, timeline)?,
        recovery,
        lag_months,
        claim,
    })
}

/// The keys that say when something happens: exactly one of four.
struct Moment<'f> {
    around: Range<usize>,
    key: &'static str,
    date: Option<&'f Spanned<file::TomlDate>>,
    between: Option<&'f Spanned<Vec<Spanned<file::TomlDate>>>>,
    after_years: Option<&'f Spanned<file::Scalar>>,
    hazard: Option<&'f Spanned<file::Scalar>>,
}

impl Moment<'_> {
    fn when(&self, checked: &mut Checked<'_>, timeline: Option<&Timeline>) -> Option<When> {
        let key = |name: &str| format!("{}.{name}", self.key);
        // A day counts whole: the moment is its close.
        let years = |day: Date| timeline.map(|timeline| timeline.years_to(day.add_days(1)));
        match (self.date, self.between, self.after_years, self.hazard) {
            (Some(written), None, None, None) => {
                let date = checked.date(&key("date"), written);
                self.not_before(checked, "date", written, timeline);
                Some(When::Years(Parameter::Fixed(years(date)?)))
            }
            (None, Some(between), None, None) => {
                if let Some(first) = between.get_ref().first() {
                    self.not_before(checked, "between", first, timeline);
                }
                let distribution = self.between(checked, between, years)?;
                Some(When::Years(checked.input(&key("between"), distribution)))
            }
            (None, None, Some(scalar), None) => Some(When::Years(checked.scalar(
                &key("after_years"),
                scalar,
                YEARS,
            ))),
            (None, None, None, Some(hazard)) => {
                let rate = checked.scalar(&key("hazard"), hazard, HAZARD);
                let unit = Distribution::exponential(1.0).expect("1 is a hazard rate");
                Some(When::Hazard {
                    rate,
                    unit_wait: checked.input(&key("wait"), unit),
                })
            }
            _ => {
                let message = format!("`{}` does not say when, or says it twice", self.key);
                let label = "one of date, between, after_years and hazard is wanted".to_owned();
                checked.refuse(self.around.clone(), self.key, message, label);
                None
            }
        }
    }

    /// Refuses a day before the timeline.
    fn not_before(
        &self,
        checked: &mut Checked<'_>,
        name: &str,
        written: &Spanned<file::TomlDate>,
        timeline: Option<&Timeline>,
    ) {
        let start = timeline.map(Timeline::start);
        if let Some(start) = start.filter(|start| written.get_ref().0 < *start) {
            let key = format!("{}.{name}", self.key);
            let message = format!("`{key}` lies before the timeline");
            checked.refuse(
                written.span(),
                &key,
                message,
                format!("the timeline starts on {start}"),
            );
        }
    }

    /// Two dates: any moment between them alike; three: the middle one most likely.
    fn between(
        &self,
        checked: &mut Checked<'_>,
        written: &Spanned<Vec<Spanned<file::TomlDate>>>,
        years: impl Fn(Date) -> Option<f64>,
    ) -> Option<Distribution> {
        let key = format!("{}.between", self.key);
        let list = written.get_ref().iter();
        let dates: Vec<Date> = list.map(|date| checked.date(&key, date)).collect();
        if !(2..=3).contains(&dates.len()) {
            let message = format!("`{key}` needs two dates, or three");
            let label = format!("this is a list of {}", dates.len());
            checked.refuse(written.span(), &key, message, label);
            return None;
        }
        if !dates.windows(2).all(|pair| pair[0] < pair[1]) {
            let message = format!("the dates of `{key}` must ascend");
            let label = "each is to come after the one before".to_owned();
            checked.refuse(written.span(), &key, message, label);
            return None;
        }
        let moments: Option<Vec<f64>> = dates.into_iter().map(years).collect();
        match moments?.as_slice() {
            [first, last] => Distribution::uniform(*first, *last).ok(),
            [first, likely, last] => Distribution::triangular(*first, *likely, *last).ok(),
            _ => None,
        }
    }
}
