//! The order in which clauses apply: each test fails if two of them change places.

use capbind::agreement::{
    Agreement, CarryForward, Deferral, DeferredTo, MilestoneOver, Settlement, Share, TierBasis,
};

use super::build::*;
use super::cap::annual;
use super::ends::{default_on, event_on};
use super::share::{by_annual_revenue, milestone, tiers};

/// Accrues 10, 20, 30, 40 in the years 2026 to 2029.
fn example(change: impl FnOnce(&mut Agreement)) -> Settlement {
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    change(&mut agreement);
    settled(&agreement, &timeline, &[100.0, 200.0, 300.0, 400.0])
}

#[test]
fn days_come_before_the_threshold() {
    // From July 2026, 50 of the year's 100 count: 150 in total is reached in 2027 by
    // another 100, not by 50.
    let path = example(|a| {
        a.effective = day(2026, 7, 1);
        a.clauses.threshold = Some(fixed(150.0));
    });
    let first = 100.0 * 184.0 / 365.0;
    assert_close(&accrued(&path)[..2], &[0.0, 0.1 * (first + 200.0 - 150.0)]);
}

#[test]
fn the_threshold_comes_before_the_tiers() {
    // Tiers count shared revenue alone: 150 of 2027's 200, and 300 of 2028.
    let path = example(|a| {
        a.clauses.threshold = Some(fixed(150.0));
        a.share = by_annual_revenue(TierBasis::Marginal, &[(0.0, 0.1), (160.0, 0.2)]);
    });
    assert_close(&accrued(&path)[..3], &[0.0, 15.0, 16.0 + 28.0]);
}

#[test]
fn the_threshold_leaves_milestones_alone() {
    // A milestone counts all eligible revenue: 300 in total by the end of 2027.
    let path = example(|a| {
        a.clauses.threshold = Some(fixed(150.0));
        a.clauses.milestones = vec![milestone(300.0, 7.0, MilestoneOver::Total)];
    });
    assert_close(&accrued(&path), &[0.0, 15.0 + 7.0, 30.0, 40.0]);
}

#[test]
fn milestones_are_no_part_of_the_true_up() {
    // 8 % on account: the true-up of 2026 is 2 whatever else is due.
    let path = example(|a| {
        a.clauses.on_account = Some(fixed(0.08));
        a.clauses.milestones = vec![milestone(90.0, 7.0, MilestoneOver::Total)];
    });
    assert_close(&accrued(&path), &[17.0, 20.0, 30.0, 40.0]);
}

#[test]
fn milestones_count_against_both_caps() {
    let path = example(|a| {
        a.clauses.milestones = vec![milestone(90.0, 7.0, MilestoneOver::Total)];
        a.clauses.annual_cap = annual(12.0, CarryForward::None);
        a.cap = cap(30.0);
    });
    assert_close(&payments(&path), &[12.0, 12.0, 6.0, 0.0]);
}

#[test]
fn rounding_comes_before_the_caps() {
    // 3.333… cents are 3 before the cap of 3.2 cents leaves 3 of them.
    let timeline = months(2);
    let mut agreement = tenth(&timeline);
    agreement.share = fixed(1.0 / 3.0).into();
    agreement.clauses.cents_per_unit = Some(100.0);
    agreement.cap = cap(0.062);
    let path = settled(&agreement, &timeline, &[0.1, 0.11]);
    assert_eq!(accrued(&path), [0.03, 0.04]);
    assert_eq!(payments(&path), [0.03, 0.03]);
}

#[test]
fn the_annual_cap_comes_before_the_total_cap() {
    // What the annual cap carries forward has not used up the total cap: 25, 25 and
    // then 10 of what is due. The other way round 40, 20 of it carried, would.
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    agreement.cap = cap(60.0);
    agreement.clauses.annual_cap = annual(25.0, CarryForward::Excess);
    let path = settled(&agreement, &timeline, &[400.0, 300.0, 200.0, 100.0]);
    assert_close(&payments(&path), &[25.0, 25.0, 10.0, 0.0]);
    assert_eq!(path.binds, Some(2));
    // 35 due in 2028, 10 paid, 5 left over by the annual cap before: all is excess now.
    let excess: f64 = path.lines.iter().map(|line| line.excess).sum();
    assert_close(&[excess], &[100.0 - 60.0]);
}

#[test]
fn a_rate_by_what_is_paid_knows_what_the_caps_cut() {
    // 25 a year are paid, so 60 is paid in the third year, not in the second.
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    agreement.share = Share::ByPaid(tiers(&[(0.0, 0.1), (60.0, 0.05)]));
    agreement.clauses.annual_cap = annual(25.0, CarryForward::None);
    let path = settled(&agreement, &timeline, &[400.0; 4]);
    assert_close(&payments(&path), &[25.0, 25.0, 25.0, 20.0]);
    // Of the third year's 400, 100 earn the 10 that lead to 60.
    assert_close(&accrued(&path), &[40.0, 40.0, 10.0 + 15.0, 20.0]);
}

#[test]
fn a_rate_by_what_is_paid_never_goes_back() {
    // 12.5 a year are paid, most of it carried from 2026: 15 is passed in 2027, and
    // the rate is the lower one from then on.
    let timeline = years(9);
    let mut agreement = tenth(&timeline);
    agreement.share = Share::ByPaid(tiers(&[(0.0, 0.2), (15.0, 0.05)]));
    agreement.clauses.annual_cap = annual(12.5, CarryForward::Excess);
    let revenue = [300.0, 100.0, 100.0, 100.0, 10.0, 10.0, 10.0, 10.0, 10.0];
    let path = settled(&agreement, &timeline, &revenue);
    let wanted = [60.0, 20.0, 5.0, 5.0, 0.5, 0.5, 0.5, 0.5, 0.5];
    assert_close(&accrued(&path), &wanted);
    let wanted = [12.5, 12.5, 12.5, 12.5, 12.5, 12.5, 12.5, 4.5, 0.5];
    assert_close(&payments(&path), &wanted);
}

#[test]
fn a_bound_reached_with_the_annual_cap_is_reached() {
    // 250 of revenue pay the year's 25 and lead to the lower rate with them.
    let timeline = years(2);
    let mut agreement = tenth(&timeline);
    agreement.share = Share::ByPaid(tiers(&[(0.0, 0.1), (25.0, 0.05)]));
    agreement.clauses.annual_cap = annual(25.0, CarryForward::None);
    let path = settled(&agreement, &timeline, &[400.0; 2]);
    assert_close(&accrued(&path), &[32.5, 20.0]);
    // Where the year is used up below the bound, the rate stays.
    agreement.clauses.annual_cap = annual(24.0, CarryForward::None);
    let path = settled(&agreement, &timeline, &[400.0; 2]);
    assert_close(&accrued(&path), &[40.0, 1.0 + 19.5]);
}

#[test]
fn the_minimum_comes_after_the_annual_cap_and_within_both() {
    // 15 a year at least, 16 a year and 50 in total at most.
    let path = example(|a| {
        a.clauses.minimum = Some(fixed(15.0).into());
        a.clauses.annual_cap = annual(16.0, CarryForward::None);
        a.cap = cap(50.0);
    });
    assert_close(&payments(&path), &[15.0, 16.0, 16.0, 3.0]);
    // A year that the total cap ends is not topped up.
    let path = example(|a| {
        a.clauses.minimum = Some(fixed(15.0).into());
        a.cap = cap(12.0);
    });
    assert_close(&payments(&path), &[12.0, 0.0, 0.0, 0.0]);
    assert_close(&[path.lines[0].added, path.lines[1].added], &[5.0, 0.0]);
}

#[test]
fn what_is_carried_forward_counts_towards_the_minimum() {
    let timeline = years(2);
    let mut agreement = tenth(&timeline);
    agreement.clauses.annual_cap = annual(25.0, CarryForward::Excess);
    agreement.clauses.minimum = Some(fixed(20.0).into());
    let path = settled(&agreement, &timeline, &[400.0, 100.0]);
    assert_close(&payments(&path), &[25.0, 25.0]);
    assert_eq!(path.lines[1].added, 0.0);
}

#[test]
fn deferral_comes_after_the_caps() {
    // A half of what is paid is deferred, not a half of what accrues.
    let path = example(|a| {
        a.cap = cap(45.0);
        a.clauses.deferral = Some(Deferral {
            fraction: fixed(0.5),
            to: DeferredTo::Date(day(2032, 12, 31)),
            interest: fixed(0.0),
        });
    });
    assert_close(&path.cash, &[5.0, 10.0, 7.5, 0.0, 22.5]);
    assert_eq!(path.end.date.year(), 2028);
}

#[test]
fn an_event_closes_the_year_before_the_caps() {
    // The true-up of 2027 falls to the event's day, within the annual cap.
    let timeline = quarters(8);
    let mut agreement = tenth(&timeline);
    agreement.clauses.on_account = Some(fixed(0.05));
    agreement.clauses.annual_cap = annual(18.0, CarryForward::None);
    agreement.clauses.events = event_on(&timeline, day(2027, 6, 30));
    let path = settled(&agreement, &timeline, &[100.0; 8]);
    // 2026 earns 40 and pays 15 on account, then 3; 2027 earns 20 by then, pays 5 and 13.
    let wanted = [5.0, 5.0, 5.0, 3.0, 5.0, 13.0, 0.0, 0.0];
    assert_close(&payments(&path), &wanted);
    assert_close(&accrued(&path)[..6], &[5.0, 5.0, 5.0, 25.0, 5.0, 15.0]);
}

#[test]
fn the_default_comes_last() {
    // It takes from what is paid, deferred parts included, after the caps; what it
    // takes leaves no room.
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    agreement.cap = cap(45.0);
    agreement.clauses.deferral = Some(Deferral {
        fraction: fixed(0.5),
        to: DeferredTo::Date(day(2032, 12, 31)),
        interest: fixed(0.1),
    });
    agreement.clauses.default = default_on(&timeline, day(2027, 12, 31), 0.2);
    let path = settled(&agreement, &timeline, &[100.0, 200.0, 300.0, 400.0]);
    // 5 and 10 were paid; 5 and 10 were deferred: a fifth of them comes in.
    assert_close(&payments(&path), &[6.0, 12.0, 0.0, 0.0]);
    assert_close(&[path.lines[1].headroom_after], &[15.0]);
    assert_close(
        &[path.recovered.unwrap().amount, path.interest],
        &[3.0, 0.0],
    );
}
