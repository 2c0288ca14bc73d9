//! What ends sharing, and what a default leaves.

use capbind::agreement::{
    Agreement, Claim, EndReason, Event, PayerDefault, PaymentTerms, Settlement, When,
};
use capbind::units::{Date, Parameter, Step, Timeline};

use super::build::*;
use super::exact::{exact, whole};

/// Years from the timeline's start to the close of a day.
fn close_of(timeline: &Timeline, day: Date) -> Parameter {
    fixed(timeline.years_to(day.add_days(1)))
}

pub fn event_on(timeline: &Timeline, day: Date) -> Vec<Event> {
    vec![Event {
        name: "the event".into(),
        when: When::Years(close_of(timeline, day)),
    }]
}

pub fn default_on(timeline: &Timeline, day: Date, recovery: f64) -> Option<PayerDefault> {
    Some(PayerDefault {
        when: When::Years(close_of(timeline, day)),
        recovery: fixed(recovery),
        lag_months: 6,
        claim: Claim::Accrued,
    })
}

fn yearly(change: impl FnOnce(&mut Agreement, &Timeline)) -> Settlement {
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    change(&mut agreement, &timeline);
    settled(&agreement, &timeline, &[100.0, 200.0, 300.0, 400.0])
}

#[test]
fn an_event_ends_sharing_with_its_day() {
    // 30 June 2027 is day 181 of 365.
    let path = yearly(|a, timeline| a.clauses.events = event_on(timeline, day(2027, 6, 30)));
    let second = whole(20) * exact(181, 365);
    assert_close(&payments(&path), &[10.0, second.value(), 0.0, 0.0]);
    assert_eq!(path.end.reason, EndReason::Event(0));
    assert_eq!(path.end.date, day(2027, 6, 30));
    assert!(path.reached.is_none());
}

#[test]
fn an_event_at_the_end_of_a_period_or_a_year_takes_nothing() {
    for date in [day(2027, 12, 31), day(2028, 12, 31)] {
        let path = yearly(|a, timeline| {
            a.clauses.events = event_on(timeline, date);
            a.clauses.minimum = Some(fixed(25.0));
        });
        let until = usize::try_from(date.year() - 2025).unwrap();
        let all = [25.0, 25.0, 30.0, 40.0];
        let wanted: Vec<f64> = (0..4)
            .map(|k| if k < until { all[k] } else { 0.0 })
            .collect();
        assert_close(&payments(&path), &wanted);
        assert_eq!(path.end.date, date);
    }
}

#[test]
fn an_event_closes_the_year_for_the_minimum() {
    // 25 a year: 25 · 181/365 to the end of June 2027, of which 20 · 181/365 accrue.
    let path = yearly(|a, timeline| {
        a.clauses.events = event_on(timeline, day(2027, 6, 30));
        a.clauses.minimum = Some(fixed(25.0));
    });
    assert_close(
        &payments(&path),
        &[25.0, (whole(25) * exact(181, 365)).value(), 0.0, 0.0],
    );
}

#[test]
fn an_event_before_the_first_day_leaves_nothing() {
    let path = yearly(|a, timeline| {
        a.clauses.events = event_on(timeline, day(2026, 3, 31));
        a.effective = day(2027, 1, 1);
    });
    assert_eq!(path.total_paid(), 0.0);
    assert_eq!(path.end.reason, EndReason::Event(0));
}

#[test]
fn whichever_comes_first_is_the_one_reason() {
    // The cap of 25 is reached three quarters through 2027: on 1 October.
    let with = |event: Option<Date>, default: Option<Date>| {
        yearly(|a, timeline| {
            a.cap = cap(25.0);
            a.clauses.events = event.map_or(Vec::new(), |date| event_on(timeline, date));
            a.clauses.default = default.and_then(|date| default_on(timeline, date, 0.5));
        })
    };
    let (early, late) = (day(2027, 9, 30), day(2027, 10, 2));
    assert_eq!(with(None, None).end.reason, EndReason::Cap);
    assert_eq!(with(Some(late), None).end.reason, EndReason::Cap);
    assert_eq!(with(Some(early), None).end.reason, EndReason::Event(0));
    assert_eq!(
        with(Some(early), Some(early)).end.reason,
        EndReason::Event(0)
    );
    assert_eq!(with(Some(late), Some(early)).end.reason, EndReason::Default);
    assert_eq!(with(Some(late), Some(late)).end.reason, EndReason::Cap);
    let never = yearly(|a, timeline| {
        a.clauses.events = event_on(timeline, day(2031, 1, 1));
        a.expiry = day(2029, 6, 30);
    });
    assert_eq!(never.end.reason, EndReason::Expiry);
    assert_eq!(never.end.date, day(2029, 6, 30));
}

#[test]
fn a_hazard_rate_waits_for_its_draw() {
    // A unit waiting time of 0.3 at 0.2 a year is 1.5 years: 30 June 2027.
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    agreement.clauses.events = vec![Event {
        name: "e".into(),
        when: When::Hazard {
            rate: fixed(0.2),
            unit_wait: Parameter::Uncertain(0),
        },
    }];
    let ends = |wait: f64| drawn(&agreement, &timeline, &[wait], &[100.0; 4]).end;
    assert_eq!(ends(0.3).date, day(2027, 6, 30));
    assert_eq!(ends(0.3).reason, EndReason::Event(0));
    assert_eq!(ends(1e9).reason, EndReason::Expiry);
    let never = When::Hazard {
        rate: fixed(0.0),
        unit_wait: Parameter::Uncertain(0),
    };
    agreement.clauses.events[0].when = never;
    let path = drawn(&agreement, &timeline, &[1.0], &[100.0; 4]);
    assert_eq!(path.end.reason, EndReason::Expiry);
}

#[test]
fn the_first_of_several_events_ends_sharing() {
    let both = |first: Date, second: Date| {
        yearly(|a, timeline| {
            let events = [event_on(timeline, first), event_on(timeline, second)];
            a.clauses.events = events.concat();
        })
    };
    // 30 June 2027 is day 181 of 365, whichever of the two it is.
    let (early, late) = (day(2027, 6, 30), day(2029, 3, 1));
    let second = whole(20) * exact(181, 365);
    for (path, position) in [(both(early, late), 0), (both(late, early), 1)] {
        assert_close(&payments(&path), &[10.0, second.value(), 0.0, 0.0]);
        assert_eq!(path.end.reason, EndReason::Event(position));
        assert_eq!(path.end.date, early);
    }
    // On one day, the one named first.
    assert_eq!(both(early, early).end.reason, EndReason::Event(0));
}

/// Quarters of 100, paid three months after their end.
fn lagged(change: impl FnOnce(&mut Agreement, &Timeline)) -> Settlement {
    let timeline = quarters(8);
    let mut agreement = tenth(&timeline);
    agreement.payment = PaymentTerms {
        every: Some(Step::Quarter),
        lag_months: 3,
    };
    change(&mut agreement, &timeline);
    settled(&agreement, &timeline, &[100.0; 8])
}

#[test]
fn a_default_leaves_a_part_of_what_is_owed() {
    // On 15 May 2027 the quarter to March (10, due on 30 June) is owed, and 45 of
    // the 91 days to June have accrued.
    let path = lagged(|a, timeline| {
        a.clauses.default = default_on(timeline, day(2027, 5, 15), 0.4);
    });
    let partial = whole(10) * exact(45, 91);
    let recovered = exact(4, 10) * (whole(10) + partial);
    let wanted = [
        10.0,
        10.0,
        10.0,
        10.0,
        4.0,
        (exact(4, 10) * partial).value(),
        0.0,
        0.0,
    ];
    assert_close(&payments(&path), &wanted);
    assert_close(&[path.lines[4].loss], &[6.0]);
    assert_close(&[path.total_paid()], &[(whole(40) + recovered).value()]);
    assert_eq!(path.end.reason, EndReason::Default);
    assert_eq!(path.end.date, day(2027, 5, 15));
    let cash = path.recovered.unwrap();
    assert_close(&[cash.amount], &[recovered.value()]);
    assert_eq!(cash.date, day(2027, 11, 15));
    assert_close(&[path.cash.iter().sum::<f64>()], &[40.0]);
}

#[test]
fn what_is_due_on_the_day_of_the_default_is_paid() {
    let path = lagged(|a, timeline| {
        a.clauses.default = default_on(timeline, day(2027, 6, 30), 0.0);
    });
    assert_close(
        &payments(&path),
        &[10.0, 10.0, 10.0, 10.0, 10.0, 0.0, 0.0, 0.0],
    );
    assert_close(&[path.lines[5].loss], &[10.0]);
}

#[test]
fn a_default_after_the_cap_is_reached_costs_what_is_still_owed() {
    // 25 are reached in August 2026; the quarter to September is due in December.
    let path = lagged(|a, timeline| {
        a.cap = cap(25.0);
        a.clauses.default = default_on(timeline, day(2026, 11, 30), 0.4);
    });
    assert_eq!(path.end.reason, EndReason::Cap);
    assert_close(&payments(&path)[..3], &[10.0, 10.0, 2.0]);
    assert_close(&[path.total_paid()], &[22.0]);
    let path = lagged(|a, timeline| {
        a.cap = cap(25.0);
        a.clauses.default = default_on(timeline, day(2026, 12, 31), 0.4);
    });
    assert_close(&[path.total_paid()], &[25.0]);
    assert!(path.recovered.is_none());
}

#[test]
fn a_default_can_make_the_rest_of_the_cap_due() {
    // At the close of 2026, 40 have accrued, 10 of them are owed, and 60 are left.
    let path = lagged(|a, timeline| {
        a.cap = cap(100.0);
        a.clauses.default = default_on(timeline, day(2026, 12, 31), 0.5);
        a.clauses.default.as_mut().unwrap().claim = Claim::Cap;
    });
    let last = path.lines[3];
    assert_close(&payments(&path)[..4], &[10.0, 10.0, 10.0, 35.0]);
    assert_close(
        &[last.added, last.loss, last.headroom_after],
        &[60.0, 35.0, 0.0],
    );
    assert_close(
        &[path.total_paid(), path.recovered.unwrap().amount],
        &[65.0, 35.0],
    );
    assert_eq!(path.end.reason, EndReason::Default);
}
