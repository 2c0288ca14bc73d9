//! How much is paid at most, and at least.

use capbind::agreement::{
    Agreement, Amounts, AnnualCap, CapStep, CarryForward, DatedAmount, DatedRate, Deflation,
    EndReason, Floor, Indexation, PaymentPeriod, PeriodMinimum, Settlement, TotalCap, YearlyRate,
};
use capbind::scenario::Scenario;
use capbind::simulate;
use capbind::units::{Date, Timeline};

use super::build::*;
use super::ends::{default_on, event_on};
use super::exact::{exact, percent, whole};

/// Accrues 10, 20, 30, 40 in the years 2026 to 2029.
const RISING: [f64; 4] = [100.0, 200.0, 300.0, 400.0];
/// Accrues 40, 30, 20, 10.
const FALLING: [f64; 4] = [400.0, 300.0, 200.0, 100.0];

fn example(revenue: &[f64], change: impl FnOnce(&mut Agreement)) -> Settlement {
    let timeline = years(revenue.len());
    let mut agreement = tenth(&timeline);
    change(&mut agreement);
    settled(&agreement, &timeline, revenue)
}

/// Steps of a cap; multiples of an upfront payment where there is one.
pub fn steps(steps: &[(Option<Date>, f64)], multiple_of: Option<f64>) -> Option<TotalCap> {
    let step = |&(until, amount): &(Option<Date>, f64)| CapStep {
        until,
        amount: fixed(amount),
        multiple_of,
    };
    Some(TotalCap {
        steps: steps.iter().map(step).collect(),
        indexation: Indexation::None,
    })
}

pub fn annual(amount: f64, carry: CarryForward) -> Option<AnnualCap> {
    Some(AnnualCap {
        amount: fixed(amount).into(),
        carry,
        prorated: false,
    })
}

#[test]
fn what_is_missing_from_a_floor_is_due_on_its_day() {
    let floor = |by, amount| Floor {
        by,
        amount: fixed(amount),
        multiple_of: None,
    };
    // 30 of 45 is paid by the end of 2027; the rest of 120 is due at the end.
    let path = example(&RISING, |a| {
        a.clauses.floors = vec![floor(Some(day(2027, 12, 31)), 45.0), floor(None, 120.0)];
    });
    assert_close(&payments(&path), &[10.0, 35.0, 30.0, 45.0]);
    assert_close(&[path.lines[1].added, path.lines[3].added], &[15.0, 5.0]);
    // Within a year: 10 and 181/365 of 20 are paid by 30 June 2027.
    let path = example(&RISING, |a| {
        a.clauses.floors = vec![floor(Some(day(2027, 6, 30)), 25.0)];
    });
    let added = (whole(15) - exact(20 * 181, 365)).value();
    assert_close(&[path.lines[1].added], &[added]);
    // The cap cuts it, paid before counts, and an end before that day leaves nothing due.
    let path = example(&RISING, |a| {
        a.cap = cap(50.0);
        a.paid_before = fixed(8.0);
        a.clauses.floors = vec![floor(Some(day(2027, 12, 31)), 60.0)];
    });
    assert_close(&payments(&path), &[10.0, 32.0, 0.0, 0.0]);
    assert_eq!(path.reached.unwrap().date, day(2027, 12, 31));
    let path = example(&RISING, |a| {
        a.clauses.events = event_on(&years(4), day(2027, 6, 30));
        a.clauses.floors = vec![floor(Some(day(2027, 12, 31)), 60.0)];
    });
    assert_close(&[path.lines[1].added], &[0.0]);
}

/// Amounts from dates on.
fn from(amounts: &[(Date, f64)]) -> Amounts {
    let dated = amounts.iter().map(|&(from, amount)| DatedAmount {
        from,
        amount: fixed(amount),
    });
    Amounts::ByDate(dated.collect())
}

#[test]
fn an_annual_cap_changes_with_a_date() {
    let of = |amounts: &[(Date, f64)], carry| {
        example(&FALLING, |a| {
            a.clauses.annual_cap = Some(AnnualCap {
                amount: from(amounts),
                carry,
                prorated: false,
            });
        })
    };
    let falls = [(day(2026, 1, 1), 25.0), (day(2028, 1, 1), 12.0)];
    let path = of(&falls, CarryForward::None);
    assert_close(&payments(&path), &[25.0, 25.0, 12.0, 10.0]);
    // A date within a year counts from the next year on.
    let falls = [(day(2026, 1, 1), 25.0), (day(2027, 7, 1), 12.0)];
    assert_eq!(of(&falls, CarryForward::None), path);
    // Before the first there is no cap, and nothing is left of it.
    let late = [(day(2027, 1, 1), 25.0)];
    let path = of(&late, CarryForward::Room);
    assert_close(&payments(&path), &[40.0, 25.0, 20.0, 10.0]);
}

#[test]
fn a_minimum_changes_with_a_date() {
    let path = example(&RISING, |a| {
        let rises = [(day(2026, 1, 1), 15.0), (day(2028, 1, 1), 35.0)];
        a.clauses.minimum = Some(from(&rises));
    });
    assert_close(&payments(&path), &[15.0, 20.0, 35.0, 40.0]);
}

#[test]
fn each_quarter_is_topped_up_to_its_minimum() {
    let timeline = quarters(4);
    let mut agreement = tenth(&timeline);
    agreement.clauses.period_minimum = Some(PeriodMinimum {
        every: PaymentPeriod::Quarter,
        amount: fixed(5.0).into(),
    });
    let revenue = [10.0, 100.0, 30.0, 200.0];
    let path = settled(&agreement, &timeline, &revenue);
    assert_close(&payments(&path), &[5.0, 10.0, 5.0, 20.0]);
    // The year's minimum counts what the quarters were topped up to.
    agreement.clauses.minimum = Some(fixed(45.0).into());
    let path = settled(&agreement, &timeline, &revenue);
    assert_close(&payments(&path), &[5.0, 10.0, 5.0, 25.0]);
    agreement.clauses.minimum = None;
    // A quarter that an event cuts short has its part by days: 46 of 92 of the third.
    agreement.clauses.events = event_on(&timeline, day(2026, 8, 15));
    let path = settled(&agreement, &timeline, &revenue);
    let third = exact(5 * 46, 92).value();
    assert_close(&payments(&path), &[5.0, 10.0, third, 0.0]);
    // One period of a year, whose halves earn 10 · 181/365 and 10 · 184/365.
    let year = years(1);
    let mut agreement = tenth(&year);
    agreement.clauses.period_minimum = Some(PeriodMinimum {
        every: PaymentPeriod::HalfYear,
        amount: fixed(7.0).into(),
    });
    let path = settled(&agreement, &year, &[100.0]);
    let halves = [exact(10 * 181, 365), exact(10 * 184, 365)].map(|half| half.max(whole(7)));
    assert_close(&payments(&path), &[(halves[0] + halves[1]).value()]);
}

fn returning(rate: f64, amounts: &[(Option<Date>, f64)]) -> Option<TotalCap> {
    Some(TotalCap {
        steps: steps(amounts, None).unwrap().steps,
        indexation: Indexation::Return {
            rate: fixed(rate),
            from: day(2026, 1, 1),
        },
    })
}

#[test]
fn a_cap_is_reached_with_a_rate_of_return() {
    // 40 − 10/1.1 − 20/1.21 is left: times 1.331, at the end of 2028, 19.14.
    let path = example(&RISING, |a| a.cap = returning(0.10, &[(None, 40.0)]));
    let left = (whole(40) - exact(100, 11) - exact(2000, 121)) * exact(1331, 1000);
    assert_close(&payments(&path), &[10.0, 20.0, left.value(), 0.0]);
    assert_eq!(path.end.reason, EndReason::Cap);
    // Paid a year later, each payment is worth 1.1 times less.
    let path = example(&RISING, |a| {
        a.cap = returning(0.10, &[(None, 40.0)]);
        a.payment.lag_months = 12;
    });
    let left = whole(40) - exact(1000, 121) - exact(20_000, 1331);
    let left = left * exact(14_641, 10_000);
    assert_close(&payments(&path), &[10.0, 20.0, left.value(), 0.0]);
}

#[test]
fn results_have_the_rate_that_a_cap_of_return_is() {
    let text = "timeline = { start = 2026-01-01, end = 2032-12-31, step = \"month\" }\n\
        simulation = { points = 64, replicates = 4 }\n\
        revenue.gbm = { initial = 100, growth = 0.1, volatility = 0 }\n[agreement]\nshare = 0.1\n\
        upfront = [{ date = 2026-01-01, amount = 30 }, { date = 2026-07-01, amount = 10 }]\n\
        cap = { irr = 0.16 }\npayment = { every = \"quarter\", lag_months = 2 }\n";
    let of_tranche = ", { date = 2026-07-01, amount = 10 }";
    let lone = text.replace(of_tranche, "");
    // Revenue of the first quarter is 25 or more: paid on 1 April.
    let on_revenue = text.replace(of_tranche, ", { revenue_reaches = 20, amount = 10 }");
    for text in [text, &lone, &on_revenue] {
        let scenario = Scenario::parse("a.toml", "a", text, &[]).unwrap();
        let results = simulate::run(&scenario.simulation(), &()).unwrap();
        let returns = results.primary().returns().unwrap();
        let irr = returns.internal_rate.as_ref().unwrap();
        let rate = irr.estimate.mean;
        assert!((rate - 0.16).abs() < 1e-9, "{rate}: {text}");
    }
    // By hand: cash at 16 % is worth what was paid.
    let scenario = Scenario::parse("a.toml", "a", text, &[]).unwrap();
    let contract = scenario.primary();
    let revenue = scenario.model.expected(&[]);
    let mut path = Settlement::default();
    contract.settle(&[], &revenue, &mut path);
    assert_eq!(path.end.reason, EndReason::Cap);
    let worth = |date: Date| 1.16_f64.powf(-date.years_since(day(2026, 1, 1)));
    let dates = contract.schedule.cash_dates().iter();
    let cash = dates.zip(&path.cash);
    let cash = cash.map(|(date, amount)| amount * worth(date.add_days(1)));
    assert!(close(cash.sum(), 30.0 + 10.0 * worth(day(2026, 7, 1))));
}

#[test]
fn an_annual_cap_has_its_part_of_a_year() {
    // 10 a year; from 1 July 2026, 184 of 365 days.
    let of = |prorated| {
        example(&FALLING, |a| {
            a.effective = day(2026, 7, 1);
            a.clauses.annual_cap = annual(10.0, CarryForward::None);
            a.clauses.annual_cap.as_mut().unwrap().prorated = prorated;
        })
    };
    assert_close(&payments(&of(false)), &[10.0; 4]);
    let part = exact(1840, 365).value();
    assert_close(&payments(&of(true)), &[part, 10.0, 10.0, 10.0]);
}

/// Case I-D7 of the published truths.
#[test]
fn an_annual_cap_together_with_a_total_cap() {
    let path = example(&[50e6, 120e6, 200e6, 250e6, 300e6, 100e6], |a| {
        a.share = fixed(0.15).into();
        a.cap = cap(100e6);
        a.clauses.annual_cap = annual(25e6, CarryForward::None);
    });
    assert_close(&payments(&path), &[7.5e6, 18e6, 25e6, 25e6, 24.5e6, 0.0]);
    assert_eq!(path.reached.unwrap().period, 4);
    assert_eq!(path.binds, Some(4));
    assert_eq!(path.total_paid(), 100e6);
}

#[test]
fn a_multiple_of_the_upfront_payment() {
    // 1.65 × 40 = 66: 10 + 20 + 30 leave 6 of 2029's 40.
    let path = example(&RISING, |a| a.cap = steps(&[(None, 1.65)], Some(40.0)));
    assert_close(&payments(&path), &[10.0, 20.0, 30.0, 6.0]);
    let flat = example(&RISING, |a| a.cap = cap(1.65 * 40.0));
    assert_eq!(path, flat);
    // 6 / 40 of 365 days are 54.75: the 55th day of 2029.
    assert_eq!(path.end.date, day(2029, 2, 24));
}

#[test]
fn a_cap_by_the_date_it_is_reached_by() {
    let until = Some(day(2028, 12, 31));
    // 1.65 × 40 = 66 is not reached by the end of 2028 (60), so 2 × 40 = 80 holds.
    let late = example(&RISING, |a| {
        a.cap = steps(&[(until, 1.65), (None, 2.0)], Some(40.0));
    });
    assert_close(&payments(&late), &[10.0, 20.0, 30.0, 20.0]);
    assert_eq!(late.end.date, day(2029, 7, 2));
    // 1.65 × 30 = 49.5 is reached in 2028: the later 60 does not revive it.
    let early = example(&RISING, |a| {
        a.cap = steps(&[(until, 1.65), (None, 2.0)], Some(30.0));
    });
    assert_close(&payments(&early), &[10.0, 20.0, 19.5, 0.0]);
    assert_eq!(early.lines[3].headroom_before, 0.0);
    assert_eq!(early.end.reason, EndReason::Cap);
    // 19.5 / 30 of 366 days: 237.9.
    assert_eq!(early.end.date, day(2028, 8, 25));
}

#[test]
fn a_step_inside_a_period_divides_it() {
    // 25 until the end of June 2027, reached by 10 + 20 · 181/365 = 19.9? No: then 40.
    let path = example(&RISING, |a| {
        a.cap = steps(&[(Some(day(2027, 6, 30)), 25.0), (None, 40.0)], None);
    });
    assert_close(&payments(&path), &[10.0, 20.0, 10.0, 0.0]);
    // 19 until then is reached: 9 of the 20 · 181/365 that accrue to the end of June.
    let path = example(&RISING, |a| {
        a.cap = steps(&[(Some(day(2027, 6, 30)), 19.0), (None, 40.0)], None);
    });
    assert_close(&payments(&path), &[10.0, 9.0, 0.0, 0.0]);
    let reached = path.reached.unwrap();
    // 9 / 20 of the year: 164.25 days, the 165th.
    assert!(close(reached.fraction, 9.0 / 20.0));
    assert_eq!(reached.date, day(2027, 6, 14));
}

#[test]
fn a_cap_that_falls_below_what_is_paid_counts_as_reached() {
    let path = example(&RISING, |a| {
        a.cap = steps(&[(Some(day(2027, 12, 31)), 50.0), (None, 20.0)], None);
    });
    assert_close(&payments(&path), &[10.0, 20.0, 0.0, 0.0]);
    assert_eq!(path.end.date, day(2028, 1, 1));
    assert_eq!(path.reached.unwrap().fraction, 0.0);
}

#[test]
fn a_cap_that_grows_each_year() {
    // 50, 55, 60.5, 66.55: after 60 of 60.5, 2029 pays up to 66.55.
    let grows = |from| {
        example(&RISING, |a| {
            let indexation = Indexation::Escalating {
                rate: fixed(0.1).into(),
                from,
            };
            a.cap = Some(TotalCap {
                indexation,
                ..fixed(50.0).into()
            });
        })
    };
    let limit = whole(50) * exact(11, 10) * exact(11, 10) * exact(11, 10);
    let path = grows(day(2026, 1, 1));
    assert_close(
        &payments(&path),
        &[10.0, 20.0, 30.0, (limit - whole(60)).value()],
    );
    assert_close(&[path.lines[2].headroom_after], &[0.5]);
    // With anniversaries in July the cap is 55 in the first half of 2028 and grows
    // to 60.5 on 1 July, before 30 · 182/366 = 14.9 of the 25 left are used.
    let path = grows(day(2026, 7, 1));
    assert_close(&payments(&path), &[10.0, 20.0, 30.0, 0.5]);
}

#[test]
fn a_cap_in_prices_of_a_date() {
    // At 21 % inflation, prices are 1.1 times those of the start in mid 2026 and
    // 1.21 times that a year later.
    let path = example(&RISING, |a| {
        let indexation = Indexation::Real {
            inflation: fixed(0.21).into(),
            prices_of: day(2026, 1, 1),
            of: Deflation::Prices,
        };
        a.cap = Some(TotalCap {
            indexation,
            ..fixed(40.0).into()
        });
    });
    let level = |year: i128| (0..year).fold(exact(11, 10), |level, _| level * exact(121, 100));
    let used = whole(10) / level(0) + whole(20) / level(1);
    let third = (whole(40) - used).min(whole(30) / level(2)) * level(2);
    assert_close(&payments(&path)[..3], &[10.0, 20.0, third.value()]);
    let left = whole(40) - used - third / level(2);
    let fourth = (left * level(3)).min(whole(40));
    assert_close(
        &payments(&path),
        &[10.0, 20.0, third.value(), fourth.value()],
    );
    assert_eq!(path.end.reason, EndReason::Cap);
}

fn by_date(rates: &[(Date, f64)]) -> YearlyRate {
    let rate = |(from, rate): &(Date, f64)| DatedRate {
        from: *from,
        rate: fixed(*rate),
    };
    YearlyRate::ByDate(rates.iter().map(rate).collect())
}

fn moving(amount: f64, indexation: Indexation) -> Option<TotalCap> {
    Some(TotalCap {
        indexation,
        ..fixed(amount).into()
    })
}

#[test]
fn prices_rise_at_the_rate_of_their_time() {
    // 21 % in 2026, 44 % from 2027 on: in the middle of the years prices are 1.1,
    // 1.21 · 1.2, 1.21 · 1.44 · 1.2 and 1.21 · 1.44² · 1.2 times those of the start.
    let inflation = by_date(&[(day(2020, 1, 1), 0.21), (day(2027, 1, 1), 0.44)]);
    let path = |prices_of: Date, amount: f64| {
        example(&RISING, |a| {
            let inflation = inflation.clone();
            let real = Indexation::Real {
                inflation,
                prices_of,
                of: Deflation::Prices,
            };
            a.cap = moving(amount, real);
        })
    };
    let year = exact(144, 100);
    let second = exact(121, 100) * exact(12, 10);
    let levels = [exact(11, 10), second, second * year, second * year * year];
    let used = whole(10) / levels[0] + whole(20) / levels[1] + whole(30) / levels[2];
    let fourth = (whole(40) - used) * levels[3];
    let paid = payments(&path(day(2026, 1, 1), 40.0));
    assert_close(&paid, &[10.0, 20.0, 30.0, fourth.value()]);
    // In prices of 2027 everything is 1.21 times as much, 2026 included.
    assert_close(&payments(&path(day(2027, 1, 1), 48.4)), &paid);
}

#[test]
fn a_cap_grows_by_the_rate_in_force_on_its_anniversary() {
    // 50, 55 from 2027, 66 from 2028, 79.2 from 2029: 60 is paid by then.
    let path = example(&RISING, |a| {
        let rate = by_date(&[(day(2026, 5, 1), 0.1), (day(2027, 7, 1), 0.2)]);
        let from = day(2026, 1, 1);
        a.cap = moving(50.0, Indexation::Escalating { rate, from });
    });
    assert_close(&payments(&path), &[10.0, 20.0, 30.0, 19.2]);
}

#[test]
fn one_rate_by_date_is_a_constant_rate() {
    for (first, rate) in [(day(2026, 1, 1), 0.07), (day(2019, 3, 5), -0.02)] {
        let settled = |rate: YearlyRate, real: bool| {
            example(&RISING, |a| {
                let day = day(2026, 1, 1);
                let indexation = match real {
                    true => Indexation::Real {
                        inflation: rate,
                        prices_of: day,
                        of: Deflation::Prices,
                    },
                    false => Indexation::Escalating { rate, from: day },
                };
                a.cap = moving(45.0, indexation);
            })
        };
        for real in [true, false] {
            let dated = settled(by_date(&[(first, rate)]), real);
            let constant = settled(fixed(rate).into(), real);
            assert_close(&payments(&dated), &payments(&constant));
        }
    }
}

#[test]
fn an_annual_cap_cuts_what_is_above_it() {
    let path = example(&FALLING, |a| {
        a.clauses.annual_cap = annual(25.0, CarryForward::None);
    });
    assert_close(&payments(&path), &[25.0, 25.0, 20.0, 10.0]);
    let excess: Vec<f64> = path.lines.iter().map(|line| line.excess).collect();
    assert_close(&excess, &[15.0, 5.0, 0.0, 0.0]);
    assert_eq!((path.end.reason, path.binds), (EndReason::Expiry, None));
}

#[test]
fn an_annual_cap_that_carries_what_it_cuts() {
    let carried = |revenue: &[f64]| {
        example(revenue, |a| {
            a.clauses.annual_cap = annual(25.0, CarryForward::Excess);
        })
    };
    let path = carried(&FALLING);
    assert_close(&payments(&path), &[25.0; 4]);
    assert!(path.lines.iter().all(|line| line.excess == 0.0));
    // What is still carried when sharing ends is not paid: 5 of 2028 and 15 of 2029.
    let path = carried(&RISING);
    assert_close(&payments(&path), &[10.0, 20.0, 25.0, 25.0]);
    assert_close(&[path.lines[3].excess], &[20.0]);
}

#[test]
fn what_is_carried_lapses_with_the_last_day_of_sharing() {
    // 100 in 2026 and ten a year, 15 a year at most: 15 of 2026 and 15 of 2027 are
    // paid; the rest lapses, whatever ends sharing.
    let ended = |change: &dyn Fn(&mut Agreement, &Timeline)| {
        let timeline = years(5);
        let mut agreement = tenth(&timeline);
        agreement.clauses.annual_cap = annual(15.0, CarryForward::Excess);
        change(&mut agreement, &timeline);
        settled(&agreement, &timeline, &[1000.0, 100.0, 100.0, 100.0, 100.0])
    };
    let (inside, year_end) = (day(2027, 6, 30), day(2027, 12, 31));
    for last in [inside, year_end] {
        let own = if last == inside {
            10.0 * 181.0 / 365.0
        } else {
            10.0
        };
        for path in [
            ended(&|a, _| a.expiry = last),
            ended(&|a, timeline| a.clauses.events = event_on(timeline, last)),
            ended(&|a, timeline| a.clauses.default = default_on(timeline, last, 1.0)),
        ] {
            assert_close(&payments(&path), &[15.0, 15.0, 0.0, 0.0, 0.0]);
            let excess: Vec<f64> = path.lines.iter().map(|line| line.excess).collect();
            assert_close(&excess, &[0.0, 100.0 + own - 30.0, 0.0, 0.0, 0.0]);
            assert_eq!(path.end.date, last);
        }
    }
    // One that falls into the year in which it was carried pays no more either.
    let path = ended(&|a, _| a.expiry = day(2026, 12, 31));
    assert_close(&[path.total_paid(), path.lines[0].excess], &[15.0, 85.0]);
}

#[test]
fn payments_above_the_annual_cap_are_not_given_back() {
    // 5 a quarter, 12.5 a year at most; 20 were paid for the first quarter.
    let timeline = quarters(8);
    let mut agreement = tenth(&timeline);
    agreement.share = fixed(0.05).into();
    agreement.clauses.paid_so_far = vec![20.0];
    agreement.clauses.past_periods = 1;
    for carry in [CarryForward::None, CarryForward::Room] {
        agreement.clauses.annual_cap = annual(12.5, carry);
        let path = settled(&agreement, &timeline, &[100.0; 8]);
        let wanted = [20.0, 0.0, 0.0, 0.0, 5.0, 5.0, 2.5, 0.0];
        assert_close(&payments(&path), &wanted);
        assert_close(&[path.total_paid()], &[32.5]);
    }
    // 15 that the first year cuts are paid as far as the second has room.
    agreement.clauses.annual_cap = annual(12.5, CarryForward::Excess);
    let path = settled(&agreement, &timeline, &[100.0; 8]);
    let wanted = [20.0, 0.0, 0.0, 0.0, 12.5, 0.0, 0.0, 0.0];
    assert_close(&payments(&path), &wanted);
}

#[test]
fn payments_above_the_total_cap_stand_as_they_were_made() {
    for (amount, reached) in [(5.0, 0), (8.5, 1), (8.0, 0)] {
        let timeline = years(4);
        let mut agreement = tenth(&timeline);
        agreement.cap = cap(amount);
        agreement.clauses.paid_so_far = vec![8.0, 1.0];
        agreement.clauses.past_periods = 2;
        let path = settled(&agreement, &timeline, &RISING);
        assert_close(&payments(&path), &[8.0, 1.0, 0.0, 0.0]);
        assert_close(&[path.total_paid(), path.above_cap], &[9.0, 9.0 - amount]);
        let headroom: Vec<f64> = path.lines.iter().map(|line| line.headroom_after).collect();
        assert_close(&headroom, &[(amount - 8.0).max(0.0), 0.0, 0.0, 0.0]);
        assert_close(&[path.lines[0].excess, path.lines[1].excess], &[0.0, 0.0]);
        assert_eq!(path.reached.unwrap().period, reached);
        // The cap cuts what accrues after them, not what was paid.
        assert_eq!(path.binds, Some(2));
    }
}

#[test]
fn a_cap_in_prices_of_a_day_on_which_they_are_one() {
    // In prices of the middle of 2027 one payment counts as it is; the others do not.
    let path = example(&[10.0, 10.0, 10.0], |a| {
        let real = Indexation::Real {
            inflation: fixed(0.5).into(),
            prices_of: day(2027, 7, 2),
            of: Deflation::Prices,
        };
        a.cap = moving(25.0, real);
    });
    assert_close(&payments(&path), &[1.0; 3]);
    assert_close(&[path.total_paid()], &[3.0]);
    let paid: Vec<f64> = path.lines.iter().map(|line| line.cumulative_paid).collect();
    assert_close(&paid, &[1.0, 2.0, 3.0]);
}

#[test]
fn an_annual_cap_that_carries_unused_room() {
    let path = example(&RISING, |a| {
        a.clauses.annual_cap = annual(24.0, CarryForward::Room);
    });
    // Room left: 14, then 18, then 12; 2029 may pay 24 + 12.
    assert_close(&payments(&path), &[10.0, 20.0, 30.0, 36.0]);
}

#[test]
fn an_annual_cap_works_within_the_year() {
    let timeline = quarters(4);
    let mut agreement = tenth(&timeline);
    agreement.clauses.annual_cap = annual(7.0, CarryForward::None);
    let path = settled(&agreement, &timeline, &[30.0; 4]);
    assert_close(&payments(&path), &[3.0, 3.0, 1.0, 0.0]);
}

#[test]
fn the_year_is_topped_up_to_its_minimum() {
    let path = example(&RISING, |a| a.clauses.minimum = Some(fixed(15.0).into()));
    assert_close(&payments(&path), &[15.0, 20.0, 30.0, 40.0]);
    assert_close(&accrued(&path), &[10.0, 20.0, 30.0, 40.0]);
    assert_eq!(path.lines[0].added, 5.0);
}

#[test]
fn the_minimum_of_a_part_of_a_year_counts_by_days() {
    // From 1 July 2026: 184 of 365 days; to 31 March 2027: 90 of 365.
    let timeline = quarters(8);
    let mut agreement = tenth(&timeline);
    agreement.clauses.minimum = Some(fixed(36.5).into());
    agreement.effective = day(2026, 7, 1);
    agreement.expiry = day(2027, 3, 31);
    let path = settled(&agreement, &timeline, &[10.0; 8]);
    let wanted = [0.0, 0.0, 1.0, 17.4, 9.0, 0.0, 0.0, 0.0];
    assert_close(&payments(&path), &wanted);
    let minimum = percent(3650) * exact(184, 365);
    assert_close(&[path.lines[3].added], &[(minimum - whole(2)).value()]);
}

#[test]
fn a_cap_reached_by_the_minimum_is_reached_on_the_year_s_last_day() {
    let path = example(&RISING, |a| {
        a.clauses.minimum = Some(fixed(15.0).into());
        a.cap = cap(15.0);
    });
    assert_close(&payments(&path), &[15.0, 0.0, 0.0, 0.0]);
    assert_eq!(path.end.date, day(2026, 12, 31));
    assert_eq!(path.reached.unwrap().fraction, 1.0);
}
