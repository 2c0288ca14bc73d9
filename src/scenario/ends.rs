//! What ends an agreement before its time: events, the payer's default.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;

use super::checked::{Bounds, Checked};
use super::file::{CapStep, Scalar, TomlDate};
use super::keys::{AMOUNT_OR_DISTRIBUTION, DATE, FRACTION, LONGEST_LAG, Rules, TEXT, rules};
use super::placed::Spanned;
use super::{amounts, file};
use crate::agreement::{
    self as agreed, Agreement, Claim, EndPayment, Tranche, Turn, When, WithRevenue,
};
use crate::units::{Date, Distribution, Parameter, Timeline};

const RATE: Bounds = Bounds::Closed(0.0, 1.0);
/// Events per year.
const HAZARD: Bounds = Bounds::Closed(0.0, 100.0);
const YEARS: Bounds = Bounds::Closed(0.0, 1e6);
/// How many times the hazard moves as revenue does.
const ELASTICITY: Bounds = Bounds::Closed(-10.0, 10.0);
/// The most payments that an event may wait for.
const MOST_PAYMENTS: i64 = 100_000;

/// `event = { name, and one of date, between, after_years, hazard, revenue_reaches,
/// payments }`, or `{ of }`, or one of several
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    pub of: Option<Spanned<String>>,
    pub name: Option<Spanned<String>>,
    pub date: Option<Spanned<TomlDate>>,
    pub between: Option<Spanned<Vec<Spanned<TomlDate>>>>,
    pub after_years: Option<Spanned<Scalar>>,
    pub hazard: Option<Spanned<Scalar>>,
    pub at_revenue: Option<Spanned<Scalar>>,
    pub elasticity: Option<Spanned<Scalar>>,
    pub revenue_reaches: Option<Spanned<Scalar>>,
    pub payments: Option<Spanned<i64>>,
    pub share_after: Option<Spanned<Scalar>>,
    #[serde(default)]
    pub pays: Vec<Spanned<CapStep>>,
    pub less_paid: Option<Spanned<bool>>,
}

impl Event {
    /// Whether any key is given beside `of`.
    pub fn says_more(&self) -> bool {
        self.name.is_some()
            || self.date.is_some()
            || self.between.is_some()
            || self.after_years.is_some()
            || self.hazard.is_some()
            || self.at_revenue.is_some()
            || self.elasticity.is_some()
            || self.revenue_reaches.is_some()
            || self.payments.is_some()
            || self.share_after.is_some()
            || !self.pays.is_empty()
            || self.less_paid.is_some()
    }
}

/// `default = { recovery, and one of date, between, after_years, hazard, of }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayerDefault {
    pub recovery: Spanned<Scalar>,
    pub lag_months: Option<Spanned<i64>>,
    pub claim: Option<Spanned<String>>,
    pub of: Option<Spanned<String>>,
    pub date: Option<Spanned<TomlDate>>,
    pub between: Option<Spanned<Vec<Spanned<TomlDate>>>>,
    pub after_years: Option<Spanned<Scalar>>,
    pub hazard: Option<Spanned<Scalar>>,
    pub at_revenue: Option<Spanned<Scalar>>,
    pub elasticity: Option<Spanned<Scalar>>,
}

/// What may stand at each of these keys.
pub const RULES: &[Rules] = rules! {
    "agreement.event": List => "one of date, between, after_years, hazard, revenue_reaches and payments; or a list of such tables, with a name each",
        "for example event = { name = \"AGI declared\", hazard = 0.10 }";
    "agreement.event.of" => "the name of another agreement that has an event, and no other key",
        "for example event = { of = \"OpenAI\" }: both agreements end at the same moment";
    "agreement.event.name" => TEXT, "what happens, in a few words";
    "agreement.event.date" => DATE, "the day it happens: sharing ends with it";
    "agreement.event.between" => "two dates that ascend, or three with the most likely one in the middle",
        "for example between = [2027-01-01, 2032-12-31]";
    "agreement.event.after_years" => "0 to 1000000, or a distribution within that",
        "years from timeline.start to the event";
    "agreement.event.hazard" => "0 to 100, or a distribution within that",
        "expected events per year: 0.10 happens within a year with probability 9.5 %";
    "agreement.event.at_revenue" => "1e-9 to 1e15, or a distribution within that, beside hazard and elasticity",
        "eligible revenue per year at which the hazard is as stated, in the file's unit";
    "agreement.event.elasticity" => "-10 to 10, or a distribution within that, beside hazard and at_revenue",
        "1 where the hazard rises as revenue does, -1 where it halves when revenue doubles";
    "agreement.event.revenue_reaches" => "more than 0, at most 1e15, or a distribution within that",
        "eligible revenue to date with which it happens, in the file's unit";
    "agreement.event.payments" => "a whole number from 1 to 100000",
        "it happens with the period that has this many payments above 0, from the first on";
    "agreement.event.share_after" => FRACTION,
        "sharing goes on after the event, at this rate: 5 % is 0.05";
    "agreement.event.pays": List => "a list of tables with amount or multiple, each but the last with until",
        "for example pays = [{ until = 2027-12-31, multiple = 1.2 }, { multiple = 1.75 }]: a buy-out";
    "agreement.event.pays.until" => "a date in the years 1900 to 2300, later than the one before; none for the last",
        "the last day of the event on which this is due";
    "agreement.event.pays.amount" => AMOUNT_OR_DISTRIBUTION,
        "what the event makes due, in the file's unit";
    "agreement.event.pays.multiple" => "0 to 1000, or a distribution within that",
        "of what was paid upfront by then: 1.75 for a put at 1.75 times the money";
    "agreement.event.less_paid" => "true or false, beside pays",
        "false: what has been paid does not count towards it; true if left out";
    "agreement.default": Table => "a table with recovery and one of date, between, after_years, hazard and of",
        "for example default = { hazard = 0.03, recovery = 0.40, lag_months = 12 }";
    "agreement.default.recovery" or "0" => FRACTION, "the part of what is owed that comes in after a default";
    "agreement.default.lag_months" => "a whole number from 0 to 120",
        "months from the default to what is recovered";
    "agreement.default.claim" => "\"accrued\", or \"cap\" where there is one",
        "cap: the default makes due all that the cap still allows";
    "agreement.default.of" => "the name of another agreement of the same payer that has a default, and no time",
        "for example default = { of = \"loan\", recovery = 0.40 }: the payer defaults on both at once";
    "agreement.default.date" => DATE, "the day of the default";
    "agreement.default.between" => "two dates that ascend, or three with the most likely one in the middle",
        "for example between = [2027-01-01, 2032-12-31]";
    "agreement.default.after_years" => "0 to 1000000, or a distribution within that",
        "years from timeline.start to the default";
    "agreement.default.hazard" => "0 to 100, or a distribution within that",
        "expected defaults per year: 0.03 happens within a year with probability 3 %";
    "agreement.default.at_revenue" => "1e-9 to 1e15, or a distribution within that, beside hazard and elasticity",
        "eligible revenue per year at which the hazard is as stated, in the file's unit";
    "agreement.default.elasticity" => "-10 to 10, or a distribution within that, beside hazard and at_revenue",
        "-1 where the hazard halves when revenue doubles: defaults come where revenue is low";
};

/// The agreement's own events; `None` where one cannot be used.
pub fn events(
    checked: &mut Checked<'_>,
    written: &Spanned<Vec<Spanned<Event>>>,
    timeline: Option<&Timeline>,
    upfront: &[Tranche],
) -> Option<(Vec<agreed::Event>, Option<Turn>)> {
    let list = written.get_ref();
    if list.is_empty() {
        let key = "agreement.event";
        let label = "this is an empty list".to_owned();
        checked.refuse(
            written.span(),
            key,
            format!("`{key}` holds no event"),
            label,
        );
    }
    let own = list.iter().filter(|event| event.get_ref().of.is_none());
    let mut events: Vec<Option<Read>> = Vec::new();
    for written in own {
        let event = event(checked, written, list.len() > 1, timeline, upfront);
        let name = written.get_ref().name.as_ref();
        if let (Some((event, _)), Some(name)) = (&event, name)
            && events.iter().flatten().any(|(e, _)| e.name == event.name)
        {
            let key = "agreement.event.name";
            let label = "another one has this name".to_owned();
            checked.refuse(name.span(), key, format!("`{key}` is given twice"), label);
        }
        if let (Some((_, Some(_))), Some(second)) = (&event, &written.get_ref().share_after)
            && events.iter().flatten().any(|(_, after)| after.is_some())
        {
            let key = "agreement.event.share_after";
            let message = format!("two events have `{key}`");
            let label = "this is the second: which rate would hold after both?".to_owned();
            checked.refuse(second.span(), key, message, label);
        }
        events.push(event);
    }
    let events: Vec<Read> = events.into_iter().collect::<Option<_>>()?;
    let mut turn = None;
    let mut ends = Vec::new();
    for (event, after) in events {
        match after {
            None => ends.push(event),
            Some(rate) => {
                turn = Some(Turn {
                    name: event.name,
                    when: event.when,
                    rate,
                });
            }
        }
    }
    Some((ends, turn))
}

/// An event as read: the share that goes on after it, if it ends none.
type Read = (agreed::Event, Option<Parameter>);

fn event(
    checked: &mut Checked<'_>,
    written: &Spanned<Event>,
    is_one_of_several: bool,
    timeline: Option<&Timeline>,
    upfront: &[Tranche],
) -> Option<Read> {
    let key = "agreement.event.name";
    let file = written.get_ref();
    let name = match &file.name {
        Some(name) => checked.text(key, name),
        None if is_one_of_several => {
            let label = "this one has none".to_owned();
            let message = format!("missing key `{key}`: there are several events");
            checked.refuse(written.span(), key, message, label);
            return None;
        }
        None => checked.filled(key, "event", "event".to_owned()),
    };
    let moment = Moment {
        around: written.span(),
        key: KEY,
        called: match is_one_of_several {
            true => format!("{KEY}.{name}"),
            false => KEY.to_owned(),
        },
        date: file.date.as_ref(),
        between: file.between.as_ref(),
        after_years: file.after_years.as_ref(),
        hazard: file.hazard.as_ref(),
        with: (file.at_revenue.as_ref(), file.elasticity.as_ref()),
        condition: (file.revenue_reaches.as_ref(), file.payments.as_ref()),
    };
    let when = moment.when(checked, timeline)?;
    let pays = match file.pays.as_slice() {
        [] => None,
        list => Some(EndPayment {
            steps: amounts::steps(checked, "agreement.event.pays", list, upfront)?,
            less_paid: file.less_paid.as_ref().is_none_or(|less| *less.get_ref()),
        }),
    };
    if let (Some(less_paid), None) = (&file.less_paid, &pays) {
        let key = "agreement.event.less_paid";
        let message = format!("`{key}` without `pays`");
        let label = "nothing is due that it could be taken from".to_owned();
        checked.refuse(less_paid.span(), key, message, label);
    }
    let after = file.share_after.as_ref().map(|rate| {
        let key = "agreement.event.share_after";
        let called = match is_one_of_several {
            true => format!("{KEY}.{name}.share_after"),
            false => key.to_owned(),
        };
        if pays.is_some() || when.is_conditional() {
            let message = format!("`{key}` belongs to an event by a time that pays nothing");
            let label = "sharing goes on after it".to_owned();
            let hint = "leave out pays; date, between, after_years or hazard say when".to_owned();
            checked.refuse_with(rate.span(), key, message, label, hint);
        }
        checked.scalar_called(key, &called, rate, RATE)
    });
    Some((agreed::Event { name, when, pays }, after))
}

/// The keys of events.
const KEY: &str = "agreement.event";

/// Adds to each agreement what it shares with another: events and defaults that
/// happen to both at the same moment.
pub fn share(
    checked: &mut Checked<'_>,
    list: &[Spanned<file::Agreement>],
    agreements: &mut [Agreement],
) {
    let own: Vec<Agreement> = agreements.to_vec();
    for (i, written) in list.iter().enumerate() {
        let file = written.get_ref();
        // What is shared may not be shared on: its owner is the one to name.
        let owns_events = |agreement: &&Agreement| !agreement.clauses.events.is_empty();
        for event in file.events() {
            let Some(of) = &event.get_ref().of else {
                continue;
            };
            let key = "agreement.event.of";
            if event.get_ref().says_more() {
                let message = format!("`{key}` stands beside other keys");
                let label = "the event of another agreement has its name and time".to_owned();
                checked.refuse(event.span(), key, message, label);
            }
            let Some(other) = owner(checked, (key, "an event"), of, &own, owns_events) else {
                continue;
            };
            if let Some(shared) = other.clauses.events.iter().find(|e| is_its_own(e.when)) {
                let message =
                    format!("`{key}` names an event that its agreement's revenue decides");
                let label = format!("{:?} may happen here at another time", shared.name);
                let hint = "give this agreement an event of its own, with the same keys".to_owned();
                checked.refuse_with(of.span(), key, message, label, hint);
                continue;
            }
            let events = &mut agreements[i].clauses.events;
            for shared in &other.clauses.events {
                if events.iter().any(|event| event.name == shared.name) {
                    let message = "two events of an agreement have the same name".to_owned();
                    let label = format!("there is an event {:?} before this", shared.name);
                    let hint = "give each event a name of its own: results tell them apart by it";
                    checked.refuse_with(of.span(), key, message, label, hint.to_owned());
                }
                events.push(shared.clone());
            }
        }
        let Some(of) = file.default.as_ref().and_then(|d| d.get_ref().of.as_ref()) else {
            continue;
        };
        let owns_default = |agreement: &&Agreement| {
            let other = list
                .iter()
                .zip(&own)
                .find(|(_, own)| own.name == agreement.name);
            let default = other.and_then(|(file, _)| file.get_ref().default.as_ref());
            default.is_some_and(|default| default.get_ref().of.is_none())
        };
        let key = "agreement.default.of";
        let Some(other) = owner(checked, (key, "a default"), of, &own, owns_default) else {
            continue;
        };
        if other.payer != own[i].payer {
            let message = format!("`{key}` names an agreement of another payer");
            let label = format!("there {} pays, here {}", other.payer, own[i].payer);
            let hint = "give this agreement a default with a time of its own".to_owned();
            checked.refuse_with(of.span(), key, message, label, hint);
        }
        let when = other.clauses.default.map(|default| default.when);
        if when.is_some_and(is_its_own) && other.clauses.eligible != own[i].clauses.eligible {
            let message = format!("`{key}` names a default that its agreement's revenue decides");
            let label = "what is eligible there is not what is eligible here".to_owned();
            let hint = "leave out at_revenue and elasticity there, or make both eligible alike";
            checked.refuse_with(of.span(), key, message, label, hint.to_owned());
        }
        if let (Some(default), Some(when)) = (&mut agreements[i].clauses.default, when) {
            default.when = when;
        }
    }
}

/// Whether what an agreement counts decides when something happens.
fn is_its_own(when: When) -> bool {
    when.is_conditional() || matches!(when, When::Hazard { with: Some(_), .. })
}

/// The agreement of a name that owns what is shared.
fn owner<'a>(
    checked: &mut Checked<'_>,
    (key, what): (&str, &str),
    of: &Spanned<String>,
    agreements: &'a [Agreement],
    owns: impl Fn(&&'a Agreement) -> bool,
) -> Option<&'a Agreement> {
    let owners: Vec<&Agreement> = agreements.iter().filter(owns).collect();
    let named = |agreement: &&&Agreement| agreement.name == of.get_ref().trim();
    let found = owners.iter().find(named).copied();
    if found.is_none() {
        let message = format!("`{key}` names no agreement with {what} of its own");
        let label = "this is none of them".to_owned();
        let names: Vec<&str> = owners.iter().map(|a| a.name.as_str()).collect();
        let hint = match names.as_slice() {
            [] => format!("give one of the agreements {what} with a time"),
            names => format!("the agreements with one are {}", names.join(", ")),
        };
        checked.refuse_with(of.span(), key, message, label, hint);
    }
    found
}

/// The payer's default.
pub fn default(
    checked: &mut Checked<'_>,
    written: &Spanned<PayerDefault>,
    timeline: Option<&Timeline>,
    capped: bool,
) -> Option<agreed::PayerDefault> {
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
            let claim = checked.choice::<Claim>(key, word);
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
        called: "agreement.default".to_owned(),
        date: file.date.as_ref(),
        between: file.between.as_ref(),
        after_years: file.after_years.as_ref(),
        hazard: file.hazard.as_ref(),
        with: (file.at_revenue.as_ref(), file.elasticity.as_ref()),
        condition: (None, None),
    };
    let when = match &file.of {
        // Until all agreements are known.
        Some(_) if moment.is_open() => When::Years(Parameter::Fixed(f64::INFINITY)),
        Some(of) => {
            let key = "agreement.default.of";
            let message = format!("`{key}` stands beside a time");
            let label = "the default of another agreement has its time".to_owned();
            checked.refuse(of.span(), key, message, label);
            return None;
        }
        None => moment.when(checked, timeline)?,
    };
    Some(agreed::PayerDefault {
        when,
        recovery,
        lag_months,
        claim,
    })
}

/// The keys that say when something happens: exactly one of them, and how a hazard moves.
struct Moment<'f> {
    around: Range<usize>,
    key: &'static str,
    /// What its inputs are called, before the name of the key.
    called: String,
    date: Option<&'f Spanned<file::TomlDate>>,
    between: Option<&'f Spanned<Vec<Spanned<file::TomlDate>>>>,
    after_years: Option<&'f Spanned<file::Scalar>>,
    hazard: Option<&'f Spanned<file::Scalar>>,
    /// At which revenue the hazard is as stated, and its elasticity.
    with: (
        Option<&'f Spanned<file::Scalar>>,
        Option<&'f Spanned<file::Scalar>>,
    ),
    /// The level of revenue, or the number of payments, that it waits for.
    condition: (Option<&'f Spanned<file::Scalar>>, Option<&'f Spanned<i64>>),
}

impl Moment<'_> {
    /// Whether nothing says when.
    fn is_open(&self) -> bool {
        self.date.is_none()
            && self.between.is_none()
            && self.after_years.is_none()
            && self.hazard.is_none()
    }

    /// What it waits for, if it does, and nothing else says when.
    fn conditional(&self, checked: &mut Checked<'_>) -> Option<When> {
        let key = |name: &str| format!("{}.{name}", self.key);
        let called = format!("{}.revenue_reaches", self.called);
        match (self.is_open(), self.condition) {
            (true, (Some(level), None)) => {
                let key = key("revenue_reaches");
                let level = checked.scalar_called(&key, &called, level, Bounds::POSITIVE);
                Some(When::Revenue(level))
            }
            (true, (None, Some(count))) => {
                let count = checked.whole(&key("payments"), count, 1, MOST_PAYMENTS);
                Some(When::Payments(count as u32))
            }
            _ => None,
        }
    }

    /// How the hazard moves with revenue, if it does.
    fn with_revenue(&self, checked: &mut Checked<'_>) -> Option<WithRevenue> {
        let (at, elasticity) = match self.with {
            (None, None) => return None,
            (Some(at), Some(elasticity)) if self.hazard.is_some() => (at, elasticity),
            (at, elasticity) => {
                let place = at.or(elasticity).map_or(self.around.clone(), Spanned::span);
                let message = format!(
                    "`{}.hazard`, at_revenue and elasticity go together",
                    self.key
                );
                let label = "one of the three is missing".to_owned();
                checked.refuse(place, &format!("{}.at_revenue", self.key), message, label);
                return None;
            }
        };
        let mut scalar = |name: &str, written, bounds| {
            let (key, called) = (
                format!("{}.{name}", self.key),
                format!("{}.{name}", self.called),
            );
            checked.scalar_called(&key, &called, written, bounds)
        };
        Some(WithRevenue {
            at: scalar("at_revenue", at, Bounds::DIVISOR),
            elasticity: scalar("elasticity", elasticity, ELASTICITY),
        })
    }

    fn when(&self, checked: &mut Checked<'_>, timeline: Option<&Timeline>) -> Option<When> {
        let with = self.with_revenue(checked);
        if let Some(when) = self.conditional(checked) {
            return Some(when);
        }
        let key = |name: &str| format!("{}.{name}", self.key);
        let called = |name: &str| format!("{}.{name}", self.called);
        // A day counts whole: the moment is its close.
        let years = |day: Date| timeline.map(|timeline| timeline.years_to(day.add_days(1)));
        let (date, between, after_years, hazard) = match self.condition {
            (None, None) => (self.date, self.between, self.after_years, self.hazard),
            // Beside a condition no time may stand.
            _ => (None, None, None, None),
        };
        match (date, between, after_years, hazard) {
            (Some(written), None, None, None) => {
                let date = checked.date(&key("date"), written);
                self.not_before(checked, "date", written, timeline);
                Some(When::Years(Parameter::Fixed(years(date)?)))
            }
            (None, Some(between), None, None) => {
                if let Some(first) = between.get_ref().first() {
                    self.not_before(checked, "between", first, timeline);
                }
                let distribution = self::between(checked, &key("between"), between, years)?;
                Some(When::Years(checked.input(&called("between"), distribution)))
            }
            (None, None, Some(scalar), None) => {
                let name = "after_years";
                let years = checked.scalar_called(&key(name), &called(name), scalar, YEARS);
                Some(When::Years(years))
            }
            (None, None, None, Some(hazard)) => {
                let rate = checked.scalar_called(&key("hazard"), &called("hazard"), hazard, HAZARD);
                let unit = Distribution::exponential(1.0).expect("1 is a hazard rate");
                Some(When::Hazard {
                    rate,
                    unit_wait: checked.input(&called("wait"), unit),
                    with,
                })
            }
            _ => {
                let message = format!("`{}` does not say when, or says it twice", self.key);
                let wanted = match self.key {
                    KEY => "date, between, after_years, hazard, revenue_reaches and payments",
                    _ => "date, between, after_years and hazard",
                };
                let label = format!("one of {wanted} is wanted");
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
}

/// Two dates: any moment between them alike; three: the middle one most likely.
pub fn between(
    checked: &mut Checked<'_>,
    key: &str,
    written: &Spanned<Vec<Spanned<file::TomlDate>>>,
    years: impl Fn(Date) -> Option<f64>,
) -> Option<Distribution> {
    let list = written.get_ref().iter();
    let dates: Vec<Date> = list.map(|date| checked.date(key, date)).collect();
    if !(2..=3).contains(&dates.len()) {
        let message = format!("`{key}` needs two dates, or three");
        let label = format!("this is a list of {}", dates.len());
        checked.refuse(written.span(), key, message, label);
        return None;
    }
    if !dates.windows(2).all(|pair| pair[0] < pair[1]) {
        let message = format!("the dates of `{key}` must ascend");
        let label = "each is to come after the one before".to_owned();
        checked.refuse(written.span(), key, message, label);
        return None;
    }
    let moments: Option<Vec<f64>> = dates.into_iter().map(years).collect();
    match moments?.as_slice() {
        [first, last] => Distribution::uniform(*first, *last).ok(),
        [first, likely, last] => Distribution::triangular(*first, *likely, *last).ok(),
        _ => None,
    }
}
