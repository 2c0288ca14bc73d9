//! The day within a period on which the cap is reached: revenue is even within
//! a period, what accrues from it need not be.

use capbind::agreement::{Agreement, CarryForward, MilestoneOver, Settlement, Share, TierBasis};
use capbind::units::{Date, Timeline};
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::*;
use super::cap::annual;
use super::ends::event_on;
use super::share::{by_annual_revenue, milestone, tiers};

/// A tenth of 1,000 in 2026 up to a cap, with a change.
fn year(amount: f64, change: impl FnOnce(&mut Agreement, &Timeline)) -> Settlement {
    let timeline = years(1);
    let mut agreement = tenth(&timeline);
    agreement.cap = cap(amount);
    change(&mut agreement, &timeline);
    settled(&agreement, &timeline, &[1000.0])
}

/// Asserts where the cap is reached: a part of the year's revenue, and its day.
fn assert_reached(path: &Settlement, part: f64, date: Date) {
    let reached = path.reached.unwrap();
    assert!(close(reached.fraction, part), "{reached:?} {part}");
    assert_eq!(reached.date, date);
    assert_eq!(path.end.date, date);
}

#[test]
fn above_a_threshold() {
    // 25 is a tenth of the 250 above 500: 750 of 1,000, and 273.75 days.
    let path = year(25.0, |a, _| a.clauses.threshold = Some(fixed(500.0)));
    assert_reached(&path, 0.75, day(2026, 10, 1));
    assert_close(&payments(&path), &[25.0]);
    assert_close(&[path.lines[0].accrued], &[50.0]);
}

#[test]
fn within_the_tiers_of_a_year() {
    // 5 % of 500 and 15 % of another 200 are 55.
    let marginal = by_annual_revenue(TierBasis::Marginal, &[(0.0, 0.05), (500.0, 0.15)]);
    let path = year(55.0, |a, _| a.share = marginal);
    assert_reached(&path, 0.7, day(2026, 9, 13));
    // At 500 the rate of 10 % comes in for all of them: from 25 to 50 at once.
    let rates = [(0.0, 0.05), (500.0, 0.10)];
    let retroactive = by_annual_revenue(TierBasis::Retroactive, &rates);
    for (amount, part, date) in [
        (20.0, 0.4, day(2026, 5, 26)),
        (40.0, 0.5, day(2026, 7, 2)),
        (50.0, 0.5, day(2026, 7, 2)),
        (73.0, 0.73, day(2026, 9, 24)),
    ] {
        let path = year(amount, |a, _| a.share = retroactive.clone());
        assert_reached(&path, part, date);
    }
    // A lower rate gives nothing back that has reached the cap before.
    let falls = by_annual_revenue(TierBasis::Retroactive, &[(0.0, 0.10), (500.0, 0.05)]);
    let path = year(45.0, |a, _| a.share = falls);
    assert_reached(&path, 0.45, day(2026, 6, 14));
}

#[test]
fn at_rates_by_what_is_paid() {
    // 250 at 20 % make 50, another 200 at 5 % make 10.
    let path = year(60.0, |a, _| {
        a.share = Share::ByPaid(tiers(&[(0.0, 0.2), (50.0, 0.05)]));
    });
    assert_reached(&path, 0.45, day(2026, 6, 14));
}

#[test]
fn by_a_milestone() {
    let with = |amount: f64, share: f64| {
        year(amount, |a, _| {
            a.share = fixed(share).into();
            a.clauses.milestones = vec![milestone(300.0, 7.0, MilestoneOver::Total)];
        })
    };
    // It is due once 300 are reached, after 109.5 days; 30 have accrued by then.
    assert_reached(&with(7.0, 0.0), 0.3, day(2026, 4, 20));
    assert_reached(&with(35.0, 0.1), 0.3, day(2026, 4, 20));
    assert_reached(&with(25.0, 0.1), 0.25, day(2026, 4, 2));
    assert_reached(&with(47.0, 0.1), 0.4, day(2026, 5, 26));
}

#[test]
fn on_account_until_the_year_s_last_day() {
    let with = |amount| year(amount, |a, _| a.clauses.on_account = Some(fixed(0.04)));
    // 40 come evenly, the other 60 with the last day.
    assert_reached(&with(20.0), 0.5, day(2026, 7, 2));
    assert_reached(&with(50.0), 1.0, day(2026, 12, 31));
}

#[test]
fn what_is_carried_uses_the_cap_first() {
    // 20 in 2026 and 10 in 2027, 15 a year: 5 are carried to the start of 2027.
    let timeline = years(2);
    let with = |amount: f64| {
        let mut agreement = tenth(&timeline);
        agreement.cap = cap(amount);
        agreement.clauses.annual_cap = annual(15.0, CarryForward::Excess);
        settled(&agreement, &timeline, &[200.0, 100.0])
    };
    assert_eq!(with(18.0).end.date, day(2027, 1, 1));
    assert_eq!(with(20.0).end.date, day(2027, 1, 1));
    assert_reached(&with(25.0), 0.5, day(2027, 7, 2));
}

#[test]
fn in_a_period_cut_by_an_event() {
    // Until the end of November revenue is as even as in the whole year.
    let path = year(25.0, |a, timeline| {
        a.clauses.threshold = Some(fixed(500.0));
        a.clauses.events = event_on(timeline, day(2026, 11, 30));
    });
    assert_reached(&path, 0.75, day(2026, 10, 1));
}

#[test]
fn by_what_was_paid_over_its_whole_period() {
    // Two rates cut the year in pieces; the 20 that were paid are all of it.
    let path = year(10.0, |a, _| {
        a.share = super::share::by_date(&[(day(2026, 1, 1), 0.1), (day(2026, 7, 2), 0.2)]);
        a.clauses.paid_so_far = vec![20.0];
        a.clauses.past_periods = 1;
    });
    assert_reached(&path, 0.5, day(2026, 7, 2));
    assert_close(&[path.total_paid(), path.above_cap], &[20.0, 10.0]);
}

proptest! {
    /// Revenue of a quarter is even over its days: so it is over months of their days.
    #[test]
    fn splitting_periods_moves_no_date(
        kind in 0..5_usize,
        rates in (0.01..0.5_f64, 0.01..0.5_f64),
        (bound, threshold, amount) in (1.0..200.0_f64, 1.0..200.0_f64, 1.0..100.0_f64),
        milestones in vec((1.0..300.0_f64, 0.0..20.0_f64), 0..2),
        revenue in vec(0.0..100.0_f64, 8),
    ) {
        let (coarse, fine) = (quarters(8), months(24));
        let mut agreement = tenth(&coarse);
        let bounds = [(0.0, rates.0), (bound, rates.0.max(rates.1))];
        agreement.share = match kind {
            0 => fixed(rates.0).into(),
            1 => by_annual_revenue(TierBasis::Marginal, &bounds),
            2 => by_annual_revenue(TierBasis::Retroactive, &bounds),
            _ => Share::ByPaid(tiers(&[(0.0, rates.0), (bound, rates.1)])),
        };
        agreement.cap = cap(amount);
        if kind == 4 {
            agreement.clauses.threshold = Some(fixed(threshold));
        }
        if kind < 3 {
            // A payment that is due at once leads to the next rate at once.
            let of = |(reaches, amount)| milestone(reaches, amount, MilestoneOver::Total);
            agreement.clauses.milestones = milestones.into_iter().map(of).collect();
        }
        let split: Vec<f64> = revenue
            .iter()
            .zip(coarse.periods())
            .enumerate()
            .flat_map(|(k, (revenue, quarter))| {
                let days = f64::from(quarter.days());
                let months = &fine.periods()[3 * k..3 * k + 3];
                months.iter().map(move |month| revenue * f64::from(month.days()) / days)
            })
            .collect();
        let whole = settled(&agreement, &coarse, &revenue);
        let parts = settled(&agreement, &fine, &split);
        prop_assert_eq!(whole.reached.map(|r| r.date), parts.reached.map(|r| r.date));
    }
}
