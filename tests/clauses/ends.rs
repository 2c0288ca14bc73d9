//! What ends sharing, and what a default leaves.

use capbind::agreement::{
    Agreement, CapStep, Claim, Deflation, EndPayment, EndReason, Event, Indexation, PayerDefault,
    PaymentPeriod, PaymentTerms, Settlement, TotalCap, Turn, When, WithRevenue,
};
use capbind::units::{Date, Parameter, Timeline};

use super::build::*;
use super::exact::{exact, percent, whole};

/// Years from the timeline's start to the close of a day.
fn close_of(timeline: &Timeline, day: Date) -> Parameter {
    fixed(timeline.years_to(day.add_days(1)))
}

pub fn event_on(timeline: &Timeline, day: Date) -> Vec<Event> {
    vec![Event {
        name: "the event".into(),
        when: When::Years(close_of(timeline, day)),
        pays: None,
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
fn an_event_makes_an_amount_due_less_what_has_been_paid() {
    // A put: 1.2 times 40 until the end of 2027, 1.75 times after it.
    let step = |until, multiple| CapStep {
        until,
        amount: fixed(multiple),
        multiple_of: Some(40.0),
    };
    let on = |last: Date, less_paid, most: f64| {
        let timeline = years(4);
        let mut agreement = tenth(&timeline);
        agreement.cap = cap(most);
        agreement.clauses.events = event_on(&timeline, last);
        agreement.clauses.events[0].pays = Some(EndPayment {
            steps: vec![step(Some(day(2027, 12, 31)), 1.2), step(None, 1.75)],
            less_paid,
        });
        settled(&agreement, &timeline, &[100.0, 200.0, 300.0, 400.0])
    };
    let path = on(day(2027, 12, 31), true, 100.0);
    assert_close(&payments(&path), &[10.0, 38.0, 0.0, 0.0]);
    assert_close(&[path.lines[1].added], &[18.0]);
    assert_eq!(path.end.reason, EndReason::Event(0));
    // Later the higher multiple, within the cap, and with what has been paid on top.
    let path = on(day(2028, 12, 31), true, 100.0);
    assert_close(&payments(&path), &[10.0, 20.0, 40.0, 0.0]);
    let path = on(day(2028, 12, 31), false, 100.0);
    assert_close(&payments(&path), &[10.0, 20.0, 70.0, 0.0]);
    assert_eq!(path.end.reason, EndReason::Cap);
    // Nothing after the cap, nothing where more has been paid already.
    let path = on(day(2029, 12, 31), true, 30.0);
    assert_close(&payments(&path), &[10.0, 20.0, 0.0, 0.0]);
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
            a.clauses.minimum = Some(fixed(25.0).into());
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
        a.clauses.minimum = Some(fixed(25.0).into());
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

fn when(when: When) -> Vec<Event> {
    vec![Event {
        name: "condition".into(),
        when,
        pays: None,
    }]
}

/// Accrues 10, 20, 30, 40 in the years 2026 to 2029.
const ACCRUING: [f64; 4] = [100.0, 200.0, 300.0, 400.0];

#[test]
fn an_event_waits_for_revenue_to_reach_a_level() {
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    // 200 is reached half-way through 2027, after 182.5 days.
    agreement.clauses.events = when(When::Revenue(fixed(200.0)));
    let path = settled(&agreement, &timeline, &ACCRUING);
    assert_close(&payments(&path), &[10.0, 10.0, 0.0, 0.0]);
    assert_eq!(path.end.reason, EndReason::Event(0));
    assert_eq!(path.end.date, day(2027, 7, 2));
    agreement.clauses.events[0].pays = Some(EndPayment {
        steps: vec![CapStep {
            until: None,
            amount: fixed(50.0),
            multiple_of: None,
        }],
        less_paid: true,
    });
    let path = settled(&agreement, &timeline, &ACCRUING);
    assert_close(&payments(&path), &[10.0, 40.0, 0.0, 0.0]);
    // At the end of a year exactly, and never.
    for (level, paid) in [(100.0, 50.0), (5000.0, 100.0)] {
        agreement.clauses.events[0].when = When::Revenue(fixed(level));
        let path = settled(&agreement, &timeline, &ACCRUING);
        assert_close(&[path.total_paid()], &[paid]);
    }
    // What history has reached ends sharing with it.
    agreement.clauses.events = when(When::Revenue(fixed(20.0)));
    agreement.clauses.past_periods = 2;
    let path = settled(&agreement, &timeline, &ACCRUING);
    assert_close(&payments(&path), &[10.0, 20.0, 0.0, 0.0]);
    assert_eq!(path.end.date, day(2027, 12, 31));
}

#[test]
fn sharing_ends_with_so_many_payments() {
    let timeline = quarters(4);
    let mut agreement = tenth(&timeline);
    agreement.clauses.events = when(When::Payments(2));
    let path = settled(&agreement, &timeline, &[0.0, 100.0, 100.0, 100.0]);
    assert_close(&payments(&path), &[0.0, 10.0, 10.0, 0.0]);
    assert_eq!(path.end.reason, EndReason::Event(0));
    assert_eq!(path.end.date, day(2026, 9, 30));
    // It closes the year: 273 of 365 days of the minimum.
    agreement.clauses.minimum = Some(fixed(36.5).into());
    let path = settled(&agreement, &timeline, &[0.0, 100.0, 100.0, 100.0]);
    assert_close(&payments(&path), &[0.0, 10.0, 17.3, 0.0]);
}

#[test]
fn another_rate_holds_after_an_event() {
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    agreement.clauses.turn = Some(Turn {
        name: "change of control".into(),
        when: When::Years(close_of(&timeline, day(2027, 6, 30))),
        rate: fixed(0.05),
    });
    let path = settled(&agreement, &timeline, &ACCRUING);
    let second = exact(20 * 181, 365) + exact(10 * 184, 365);
    assert_close(&payments(&path), &[10.0, second.value(), 15.0, 20.0]);
    assert_eq!(path.end.reason, EndReason::Expiry);
    // Above a threshold of 150: 2027 has 150 above it, of which 200 · 184/365 come after.
    agreement.clauses.threshold = Some(fixed(150.0));
    let path = settled(&agreement, &timeline, &ACCRUING);
    let later = exact(200 * 184, 365);
    let second = (whole(150) - later) * percent(10) + later * percent(5);
    assert_close(&payments(&path), &[0.0, second.value(), 15.0, 20.0]);
}

#[test]
fn a_hazard_rate_moves_with_revenue() {
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    // 10 % a year at 200, twice that at half the revenue: 0.2 in 2026, 0.1 in 2027. What
    // waits for 0.25 comes half-way through 2027.
    let hazard = |wait| When::Hazard {
        rate: fixed(0.1),
        unit_wait: fixed(wait),
        with: Some(WithRevenue {
            at: fixed(200.0),
            elasticity: fixed(-1.0),
        }),
    };
    agreement.clauses.default = Some(PayerDefault {
        when: hazard(0.25),
        recovery: fixed(0.0),
        lag_months: 0,
        claim: Claim::Accrued,
    });
    let path = settled(&agreement, &timeline, &ACCRUING);
    assert_eq!(path.end.reason, EndReason::Default);
    assert_eq!(path.end.date, day(2027, 6, 30));
    // 0.2 + 0.1 + 0.2/3 + 0.05 is the hazard of all four years.
    agreement.clauses.default.as_mut().unwrap().when = hazard(0.42);
    let path = settled(&agreement, &timeline, &ACCRUING);
    assert_eq!(path.end.reason, EndReason::Expiry);
    // Without elasticity it is the plain one.
    let plain = When::Hazard {
        rate: fixed(0.1),
        unit_wait: fixed(0.13),
        with: None,
    };
    let When::Hazard { with, .. } = &mut hazard(0.0) else {
        panic!("no hazard");
    };
    with.as_mut().unwrap().elasticity = fixed(0.0);
    let level = When::Hazard {
        rate: fixed(0.1),
        unit_wait: fixed(0.13),
        with: *with,
    };
    for when in [plain, level] {
        agreement.clauses.default.as_mut().unwrap().when = when;
        let path = settled(&agreement, &timeline, &ACCRUING);
        // 1.3 years end with 18 April: six tenths of the month.
        assert_eq!(path.end.date, day(2027, 4, 18));
    }
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
            with: None,
        },
        pays: None,
    }];
    let ends = |wait: f64| drawn(&agreement, &timeline, &[wait], &[100.0; 4]).end;
    assert_eq!(ends(0.3).date, day(2027, 6, 30));
    assert_eq!(ends(0.3).reason, EndReason::Event(0));
    assert_eq!(ends(1e9).reason, EndReason::Expiry);
    let never = When::Hazard {
        rate: fixed(0.0),
        unit_wait: Parameter::Uncertain(0),
        with: None,
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
        every: Some(PaymentPeriod::Quarter),
        lag_months: 3,
        ..PaymentTerms::default()
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

/// Five years of 100, a default on a day that makes the rest of a cap due.
fn claimed(on: Date, cap: TotalCap) -> Settlement {
    let timeline = years(5);
    let mut agreement = tenth(&timeline);
    agreement.cap = Some(cap);
    agreement.clauses.default = default_on(&timeline, on, 1.0);
    agreement.clauses.default.as_mut().unwrap().claim = Claim::Cap;
    settled(&agreement, &timeline, &[100.0; 5])
}

fn moving(indexation: Indexation) -> TotalCap {
    TotalCap {
        indexation,
        ..fixed(100.0).into()
    }
}

#[test]
fn the_cap_claimed_is_the_one_in_force_on_the_day() {
    let grows = || {
        moving(Indexation::Escalating {
            rate: fixed(0.1).into(),
            from: day(2026, 1, 1),
        })
    };
    for (on, amount) in [
        (day(2026, 6, 30), 100.0),
        (day(2026, 12, 31), 100.0),
        (day(2027, 1, 1), 110.0),
        (day(2028, 3, 15), 121.0),
    ] {
        let path = claimed(on, grows());
        assert_close(&[path.total_paid()], &[amount]);
        assert_eq!(path.end.reason, EndReason::Default);
        assert!(path.lines.iter().all(|line| line.payment >= 0.0));
    }
    let steps = super::cap::steps(&[(Some(day(2027, 12, 31)), 100.0), (None, 200.0)], None);
    for (on, amount) in [(day(2027, 12, 31), 100.0), (day(2028, 1, 1), 200.0)] {
        let path = claimed(on, steps.clone().unwrap());
        assert_close(&[path.total_paid()], &[amount]);
    }
    // In prices of 2026, 10 of the first year use up 10 / 1.1; the rest is claimed at
    // the prices of that year.
    let real = moving(Indexation::Real {
        inflation: fixed(0.21).into(),
        prices_of: day(2026, 1, 1),
        of: Deflation::Prices,
    });
    let path = claimed(day(2026, 12, 31), real);
    assert_close(&[path.total_paid(), path.lines[0].added], &[110.0, 100.0]);
}

#[test]
fn a_cap_stands_still_when_sharing_has_ended() {
    let timeline = years(5);
    let grows = moving(Indexation::Escalating {
        rate: fixed(0.1).into(),
        from: day(2026, 1, 1),
    });
    let ended = |change: &dyn Fn(&mut Agreement)| {
        let mut agreement = tenth(&timeline);
        agreement.cap = Some(grows.clone());
        change(&mut agreement);
        settled(&agreement, &timeline, &[100.0; 5])
    };
    let on = day(2026, 12, 31);
    for path in [
        ended(&|a| a.expiry = on),
        ended(&|a| a.clauses.events = event_on(&timeline, on)),
        ended(&|a| a.clauses.default = default_on(&timeline, on, 1.0)),
    ] {
        let after: Vec<f64> = path.lines.iter().map(|line| line.headroom_after).collect();
        assert_close(&after, &[90.0; 5]);
    }
}

#[test]
fn prices_of_a_period_cut_short_are_those_of_its_days() {
    // 18 in prices of 2026, at 21 %: an event pays what an expiry on its day pays.
    let timeline = years(3);
    let mut agreement = tenth(&timeline);
    let real = Indexation::Real {
        inflation: fixed(0.21).into(),
        prices_of: day(2026, 1, 1),
        of: Deflation::Prices,
    };
    agreement.cap = Some(TotalCap {
        indexation: real,
        ..fixed(18.0).into()
    });
    let last = day(2028, 6, 30);
    let mut expires = agreement.clone();
    expires.expiry = last;
    agreement.clauses.events = event_on(&timeline, last);
    let [event, expiry] =
        [agreement, expires].map(|a| settled(&a, &timeline, &[100.0; 3]).total_paid());
    assert_close(&[event], &[expiry]);
    // Prices of a quarter into 2028 are 1.21² · 1.21^¼ times those of the start.
    let level = |years: f64| 1.21_f64.powf(years);
    let left = 18.0 - 10.0 / level(0.5) - 10.0 / level(1.5);
    assert_close(&[event], &[20.0 + left * level(2.25)]);
    assert!((event - 22.144).abs() < 5e-4, "{event}");
}

#[test]
fn what_a_default_leaves_is_never_below_zero() {
    // Sums of tenths cancel to less than nothing where they are taken off each other.
    for claim in [Claim::Cap, Claim::Accrued] {
        for recovery in [0.0, 0.3, 1.0] {
            let timeline = months(36);
            let mut agreement = tenth(&timeline);
            agreement.cap = super::build::cap(7.3);
            agreement.payment.lag_months = 40;
            agreement.clauses.default = default_on(&timeline, day(2027, 5, 17), recovery);
            agreement.clauses.default.as_mut().unwrap().claim = claim;
            let path = settled(&agreement, &timeline, &[3.1; 36]);
            let all = match claim {
                Claim::Cap => 7.3,
                Claim::Accrued => 0.31 * (16.0 + 17.0 / 31.0),
            };
            let mut before = 0.0;
            for line in &path.lines {
                assert!(line.payment >= 0.0 && line.loss >= 0.0, "{line:?}");
                assert!(line.cumulative_paid >= before, "{line:?}");
                before = line.cumulative_paid;
            }
            assert_close(&[path.total_paid()], &[recovery * all]);
        }
    }
}
