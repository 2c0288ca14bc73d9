//! When payments are made: first payment, deferral, interest, rounding, history.

use capbind::agreement::{Deferral, DeferredTo, PaymentTerms, Schedule};
use capbind::units::Step;
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::*;
use super::cap::annual;

fn deferral(fraction: f64, to: DeferredTo, interest: f64) -> Option<Deferral> {
    Some(Deferral {
        fraction: fixed(fraction),
        to,
        interest: fixed(interest),
    })
}

#[test]
fn nothing_is_paid_before_the_first_payment() {
    let timeline = quarters(4);
    let mut agreement = tenth(&timeline);
    agreement.clauses.first_payment = Some(day(2026, 9, 30));
    let schedule = Schedule::new(&agreement, &timeline);
    let path = settled(&agreement, &timeline, &[100.0; 4]);
    assert_eq!(schedule.cash_dates(), [day(2026, 9, 30), day(2026, 12, 31)]);
    assert_close(&path.cash, &[30.0, 10.0]);
    assert_close(&payments(&path), &[10.0; 4]);
    assert!(agreement.is_flat());
}

#[test]
fn a_part_is_paid_later_with_interest() {
    // A quarter of each payment comes two years later with 10 % a year: 1.21 times.
    let timeline = years(2);
    let mut agreement = tenth(&timeline);
    agreement.cap = cap(25.0);
    agreement.clauses.deferral = deferral(0.25, DeferredTo::Months(24), 0.1);
    let schedule = Schedule::new(&agreement, &timeline);
    let path = settled(&agreement, &timeline, &[100.0, 200.0]);
    let dates = [2026, 2027, 2028, 2029].map(|year| day(year, 12, 31));
    assert_eq!(schedule.cash_dates(), dates);
    let wanted = [7.5, 11.25, 2.5 * 1.21, 3.75 * 1.21];
    assert_close(&path.cash, &wanted);
    // Interest is outside the cap and the totals.
    assert_close(&[path.interest, path.total_paid()], &[6.25 * 0.21, 25.0]);
}

#[test]
fn a_part_is_paid_on_a_day() {
    let timeline = years(3);
    let mut agreement = tenth(&timeline);
    agreement.clauses.deferral = deferral(0.5, DeferredTo::Date(day(2028, 6, 30)), 0.0);
    let schedule = Schedule::new(&agreement, &timeline);
    let path = settled(&agreement, &timeline, &[100.0, 200.0, 300.0]);
    let dates = [
        day(2026, 12, 31),
        day(2027, 12, 31),
        day(2028, 6, 30),
        day(2028, 12, 31),
    ];
    assert_eq!(schedule.cash_dates(), dates);
    // What falls due after that day is not deferred.
    assert_close(&path.cash, &[5.0, 10.0, 15.0, 30.0]);
    assert_eq!(path.interest, 0.0);
}

#[test]
fn payments_are_rounded_to_cents_and_add_up() {
    // A third of a tenth of 1.00 is 3.33 cents.
    let timeline = months(3);
    let mut agreement = tenth(&timeline);
    agreement.share = fixed(1.0 / 3.0).into();
    agreement.clauses.cents_per_unit = Some(100.0);
    let path = settled(&agreement, &timeline, &[0.1, 0.1, 0.1]);
    assert_eq!(payments(&path), [0.03, 0.03, 0.03]);
    assert_eq!(path.total_paid(), 0.09);
    // The cap is kept to the cent: of 0.085 half a cent is never paid.
    agreement.cap = cap(0.085);
    let path = settled(&agreement, &timeline, &[0.1, 0.1, 0.1]);
    assert_eq!(payments(&path), [0.03, 0.03, 0.02]);
    assert_eq!(path.lines[2].headroom_after, 0.0);
    assert_eq!(path.lines[2].excess, 0.01);
}

#[test]
fn a_period_is_rounded_as_a_whole() {
    // Two halves of a period of 1.5 cents each make 3 cents, not 4.
    let timeline = months(1);
    let mut agreement = tenth(&timeline);
    agreement.clauses.cents_per_unit = Some(100.0);
    agreement.share = super::share::by_date(&[(day(2026, 1, 1), 0.1), (day(2026, 1, 16), 0.1)]);
    let path = settled(&agreement, &timeline, &[0.3]);
    assert_eq!(payments(&path), [0.03]);
}

#[test]
fn what_was_paid_so_far_replaces_what_the_clauses_say() {
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    agreement.cap = cap(50.0);
    agreement.clauses.annual_cap = annual(25.0, capbind::agreement::CarryForward::None);
    agreement.clauses.paid_so_far = vec![9.0, 26.0];
    agreement.clauses.past_periods = 2;
    let path = settled(&agreement, &timeline, &[100.0, 200.0, 300.0, 400.0]);
    assert_close(&payments(&path), &[9.0, 26.0, 15.0, 0.0]);
    assert_close(&accrued(&path), &[9.0, 26.0, 30.0, 40.0]);
}

/// Cents of an amount that is a whole number of them.
fn cents(amount: f64) -> i64 {
    let cents = (amount * 100.0).round();
    assert_eq!(cents / 100.0, amount, "{amount} is not whole cents");
    cents as i64
}

proptest! {
    #[test]
    fn rounded_sums_match_to_the_cent(
        share in 0.0..=1.0_f64,
        limit in 0.0..300.0_f64,
        fraction in 0.0..=1.0_f64,
        revenue in vec(0.0..100.0_f64, 1..30),
    ) {
        let timeline = months(revenue.len());
        let mut agreement = tenth(&timeline);
        agreement.share = fixed(share).into();
        agreement.cap = cap(limit);
        agreement.payment = PaymentTerms { every: Some(Step::Quarter), lag_months: 1 };
        agreement.clauses.deferral = deferral(fraction, DeferredTo::Months(6), 0.0);
        agreement.clauses.cents_per_unit = Some(100.0);
        let path = settled(&agreement, &timeline, &revenue);
        let paid: i64 = path.lines.iter().map(|line| cents(line.payment)).sum();
        prop_assert_eq!(paid, cents(path.total_paid()));
        let cash: i64 = path.cash.iter().map(|amount| cents(*amount)).sum();
        prop_assert_eq!(paid, cash);
        prop_assert!(path.total_paid() <= limit + 1e-7);
        for line in &path.lines {
            prop_assert_eq!(cents(line.accrued), cents(line.payment) + cents(line.excess));
        }
    }
}
