//! When payments are made: first payment, deferral, interest, rounding, history.

use capbind::agreement::{
    Claim, Deferral, DeferredTo, PayerDefault, PaymentPeriod, PaymentTerms, Schedule, When,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::*;
use super::cap::annual;

fn quarterly(lag_months: i32) -> PaymentTerms {
    PaymentTerms {
        every: Some(PaymentPeriod::Quarter),
        lag_months,
        ..PaymentTerms::default()
    }
}

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
fn a_fiscal_half_year_is_paid_some_days_after_it_ends() {
    let timeline = quarters(4);
    let mut agreement = tenth(&timeline);
    agreement.payment = PaymentTerms {
        every: Some(PaymentPeriod::HalfYear),
        lag_days: 45,
        year_ends: 3,
        ..PaymentTerms::default()
    };
    let schedule = Schedule::new(&agreement, &timeline);
    let path = settled(&agreement, &timeline, &[100.0, 200.0, 300.0, 400.0]);
    let dates = [day(2026, 5, 15), day(2026, 11, 14), day(2027, 5, 15)];
    assert_eq!(schedule.cash_dates(), dates);
    assert_close(&path.cash, &[10.0, 50.0, 40.0]);
    assert!(agreement.is_flat());
}

#[test]
fn less_than_the_least_payment_is_carried_to_the_next() {
    // Quarters of 10, 20, 30, 40: 60 by September, the rest with the last.
    let timeline = quarters(4);
    let mut agreement = tenth(&timeline);
    agreement.clauses.least_payment = Some(fixed(45.0));
    let revenue = [100.0, 200.0, 300.0, 400.0];
    let path = settled(&agreement, &timeline, &revenue);
    assert_close(&path.cash, &[0.0, 0.0, 60.0, 40.0]);
    assert_close(&payments(&path), &[10.0, 20.0, 30.0, 40.0]);
    // A sum that is just enough is paid, and so is what is left when the cap ends sharing.
    agreement.clauses.least_payment = Some(fixed(30.0));
    agreement.cap = cap(35.0);
    let path = settled(&agreement, &timeline, &revenue);
    assert_close(&path.cash, &[0.0, 30.0, 5.0, 0.0]);
    // What is held back is owed in a default, by the quarters that earned it.
    agreement.cap = None;
    agreement.clauses.least_payment = Some(fixed(45.0));
    agreement.payment.lag_days = 30;
    agreement.clauses.default = Some(PayerDefault {
        when: When::Years(fixed(0.75)),
        recovery: fixed(0.5),
        lag_months: 0,
        claim: Claim::Accrued,
    });
    let path = settled(&agreement, &timeline, &revenue);
    assert_close(&path.cash, &[0.0; 4]);
    assert_close(&payments(&path), &[5.0, 10.0, 15.0, 0.0]);
    assert_close(&[path.recovered.unwrap().amount], &[30.0]);
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

/// Rates in hundredths of a percent and amounts in cents: whole numbers say what is a
/// half of a cent, and which way an amount rounds.
#[test]
fn halves_of_a_cent_round_away_from_zero_as_in_decimal() {
    for (unit, cents) in [(1.0, 100.0), (1e3, 1e5), (1e6, 1e8)] {
        let mut halves = 0;
        for rate in [1500_u32, 500, 625, 1250, 3500] {
            let amounts: Vec<u32> = (1..1200).chain([4_559_270, 10_010, 670, 190]).collect();
            let timeline = months(amounts.len().min(1200));
            let amounts = &amounts[amounts.len() - timeline.periods().len()..];
            let mut agreement = tenth(&timeline);
            agreement.share = fixed(f64::from(rate) / 1e4).into();
            agreement.clauses.cents_per_unit = Some(cents);
            // As a scenario says them: the decimal number nearest to the amount.
            let revenue: Vec<f64> = amounts
                .iter()
                .map(|amount| {
                    format!("{amount}e{}", -(cents.log10() as i32))
                        .parse()
                        .unwrap()
                })
                .collect();
            let path = settled(&agreement, &timeline, &revenue);
            for (line, amount) in path.lines.iter().zip(amounts) {
                let exact = u64::from(rate) * u64::from(*amount);
                let wanted = (exact + 5_000) / 10_000;
                halves += u32::from(exact % 10_000 == 5_000);
                assert_eq!(
                    line.payment,
                    wanted as f64 / cents,
                    "{rate} {amount} {unit}"
                );
            }
        }
        assert!(halves >= 240, "{halves}");
    }
}

#[test]
fn halves_are_halves_beside_every_clause() {
    let months_of = |revenue: &[f64], change: &dyn Fn(&mut capbind::agreement::Agreement)| {
        let timeline = months(revenue.len());
        let mut agreement = tenth(&timeline);
        agreement.share = fixed(0.15).into();
        agreement.clauses.cents_per_unit = Some(100.0);
        change(&mut agreement);
        settled(&agreement, &timeline, revenue)
    };
    for cents in (10..4000).step_by(20) {
        let amount = f64::from(cents) / 100.0;
        let half_up = f64::from((15 * cents + 50) / 100) / 100.0;
        // A threshold, and a tier, that the month before has just reached.
        let path = months_of(&[1000.0, amount], &|a| {
            a.clauses.threshold = Some(fixed(1000.0));
        });
        assert_eq!(path.lines[1].payment, half_up, "{amount}");
        let path = months_of(&[1000.0, amount], &|a| {
            let rates = [(0.0, 0.05), (1000.0, 0.15)];
            let marginal = capbind::agreement::TierBasis::Marginal;
            a.share = super::share::by_annual_revenue(marginal, &rates);
        });
        assert_eq!(path.lines[1].payment, half_up, "{amount}");
    }
    // Deferred: a quarter of two cents. Interest: a tenth of five. Recovered: a half of
    // one. A minimum of 12.5 cents a year.
    let cent = |change: &dyn Fn(&mut capbind::agreement::Agreement), revenue: f64| {
        let timeline = years(1);
        let mut agreement = tenth(&timeline);
        agreement.clauses.cents_per_unit = Some(100.0);
        change(&mut agreement);
        settled(&agreement, &timeline, &[revenue])
    };
    let to = DeferredTo::Months(12);
    let path = cent(&|a| a.clauses.deferral = deferral(0.25, to, 0.0), 0.2);
    assert_eq!(path.cash, [0.01, 0.01]);
    let path = cent(&|a| a.clauses.deferral = deferral(1.0, to, 0.1), 0.5);
    assert_eq!((path.cash[1], path.interest), (0.06, 0.01));
    let path = cent(&|a| a.clauses.minimum = Some(fixed(0.125).into()), 0.5);
    assert_eq!((path.lines[0].added, path.total_paid()), (0.08, 0.13));
    let timeline = years(1);
    let path = cent(
        &|a| {
            let on = day(2026, 12, 30);
            a.clauses.default = super::ends::default_on(&timeline, on, 0.5);
        },
        0.1 * 365.0 / 364.0,
    );
    assert_eq!((path.total_paid(), path.lines[0].loss), (0.01, 0.0));
    // What is really below a half is not rounded up, nor a cap that is below a cent.
    let path = cent(&|_| (), 0.049_999_999);
    assert_eq!(path.total_paid(), 0.0);
    let path = cent(&|a| a.cap = cap(0.009_999_995), 1.0);
    assert_eq!(path.total_paid(), 0.0);
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
        agreement.payment = quarterly(1);
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
