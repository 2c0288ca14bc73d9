//! Which share is earned: revenue that counts, threshold, rates, payments on
//! account, milestones.

use capbind::agreement::{
    Agreement, DatedRate, MilestoneOver, MilestonePayment, Share, StepUp, StepUpLasts, StepUpTest,
    Tier, TierBasis, TierSet,
};
use capbind::units::Date;

use super::build::*;
use super::exact::{Exact, exact, percent, whole};

/// Revenue of the years 2026 to 2029 in every example.
const REVENUE: [f64; 4] = [100.0, 200.0, 300.0, 400.0];

/// The agreement of every example: a tenth of revenue.
fn example(change: impl FnOnce(&mut Agreement)) -> Vec<f64> {
    let timeline = years(4);
    let mut agreement = tenth(&timeline);
    change(&mut agreement);
    accrued(&settled(&agreement, &timeline, &REVENUE))
}

fn assert_exact(found: &[f64], wanted: &[Exact]) {
    let wanted: Vec<f64> = wanted.iter().map(|value| value.value()).collect();
    assert_close(found, &wanted);
}

pub fn by_date(rates: &[(Date, f64)]) -> Share {
    let rates = rates.iter().map(|&(from, rate)| DatedRate {
        from,
        rate: fixed(rate),
    });
    Share::ByDate(rates.collect())
}

pub fn tiers(tiers: &[(f64, f64)]) -> Vec<Tier> {
    let tier = |&(above, rate): &(f64, f64)| Tier {
        above,
        rate: fixed(rate),
    };
    tiers.iter().map(tier).collect()
}

pub fn by_annual_revenue(basis: TierBasis, bounds: &[(f64, f64)]) -> Share {
    Share::ByAnnualRevenue {
        tiers: tiers(bounds),
        basis,
    }
}

pub fn milestone(reaches: f64, amount: f64, over: MilestoneOver) -> MilestonePayment {
    MilestonePayment {
        reaches: fixed(reaches),
        amount: fixed(amount),
        over,
        by: None,
    }
}

#[test]
fn a_rate_by_date_applies_by_days() {
    // 20 % to 30 June 2027 (181 of 365 days), 10 % from then on.
    let found = example(|a| a.share = by_date(&[(day(2026, 1, 1), 0.2), (day(2027, 7, 1), 0.1)]));
    let mixed = whole(200) * (percent(20) * exact(181, 365) + percent(10) * exact(184, 365));
    assert_exact(&found, &[whole(20), mixed, whole(30), whole(40)]);
}

#[test]
fn a_rate_falls_with_revenue_to_date() {
    // 10 % of the first 250, 4 % beyond: 150 of 2027 are still within it.
    let of_total = |a: &mut Agreement| {
        a.share = Share::ByTotalRevenue(tiers(&[(0.0, 0.1), (250.0, 0.04)]));
    };
    assert_exact(&example(of_total), &[10, 17, 12, 16].map(whole));
    // What a threshold leaves free is revenue to date all the same.
    let found = example(|a| {
        of_total(a);
        a.clauses.threshold = Some(fixed(150.0));
    });
    assert_exact(&found, &[0, 12, 12, 16].map(whole));
}

#[test]
fn tiers_change_with_a_date() {
    // 5 % to 150 and 10 % above; from 2028 on 8 % to 250 and 2 % above.
    let set = |from, bounds: &[(f64, f64)]| TierSet {
        from,
        tiers: tiers(bounds),
    };
    let found = example(|a| {
        a.share = Share::ByAnnualRevenueFrom {
            sets: vec![
                set(None, &[(0.0, 0.05), (150.0, 0.1)]),
                set(Some(day(2028, 1, 1)), &[(0.0, 0.08), (250.0, 0.02)]),
            ],
            basis: TierBasis::Marginal,
        };
    });
    assert_exact(&found, &[whole(5), exact(25, 2), whole(21), whole(23)]);
}

#[test]
fn a_tier_may_pay_more_than_its_revenue() {
    // Six times what is above 350 a year.
    let bounds = [(0.0, 0.0), (350.0, 6.0)];
    let found = example(|a| a.share = by_annual_revenue(TierBasis::Marginal, &bounds));
    assert_exact(&found, &[0, 0, 0, 300].map(whole));
}

fn step_up(test: StepUpTest, lasts: StepUpLasts) -> StepUp {
    StepUp {
        adds: fixed(0.05),
        test,
        lasts,
    }
}

#[test]
fn a_rate_rises_when_a_year_misses_its_figure() {
    let with = |year, below, lasts| {
        example(|a| {
            let below = fixed(below);
            let test = StepUpTest::Revenue { year, below };
            a.clauses.step_ups = vec![step_up(test, lasts)];
        })
    };
    // 2027 misses 250: 15 % from 2028 on, or until the year that reaches it is over.
    let wanted = [whole(10), whole(20), whole(45), whole(60)];
    assert_exact(&with(Some(2027), 250.0, StepUpLasts::End), &wanted);
    let wanted = [whole(10), whole(20), whole(45), whole(40)];
    assert_exact(&with(Some(2027), 250.0, StepUpLasts::Reached), &wanted);
    assert_exact(&with(Some(2027), 350.0, StepUpLasts::Year), &wanted);
    // Any year: 100 and 200 miss it, 300 does not.
    let wanted = [whole(10), whole(30), whole(45), whole(40)];
    assert_exact(&with(None, 250.0, StepUpLasts::Year), &wanted);
    // A figure that is just met is met.
    let wanted = [10, 20, 30, 40].map(whole);
    assert_exact(&with(Some(2027), 200.0, StepUpLasts::End), &wanted);
}

#[test]
fn a_rate_is_reset_by_what_has_been_paid() {
    let with = |before: f64, lasts| {
        example(|a| {
            let test = StepUpTest::Paid {
                on: day(2027, 12, 31),
                below: fixed(40.0),
            };
            a.paid_before = fixed(before);
            a.clauses.step_ups = vec![step_up(test, lasts)];
        })
    };
    assert_exact(&with(0.0, StepUpLasts::End), &[10, 20, 45, 60].map(whole));
    // 75 is paid by the end of 2028.
    assert_exact(
        &with(0.0, StepUpLasts::Reached),
        &[10, 20, 45, 40].map(whole),
    );
    assert_exact(&with(10.0, StepUpLasts::End), &[10, 20, 30, 40].map(whole));
}

#[test]
fn tiers_count_a_year_from_its_first_day() {
    // A fourth quarter of 120 after 360: tiers of 2 % to 400 and 7.5 % above.
    let of = |basis, year_to_date: Option<f64>, from: usize, revenue: &[f64]| {
        let timeline = quarters(revenue.len());
        let mut agreement = tenth(&timeline);
        agreement.effective = timeline.periods()[from].first_day;
        agreement.share = by_annual_revenue(basis, &[(0.0, 0.02), (400.0, 0.075)]);
        agreement.clauses.year_to_date = year_to_date.map(fixed);
        accrued(&settled(&agreement, &timeline, revenue))
    };
    let late = [120.0; 4];
    let marginal = |earlier| of(TierBasis::Marginal, earlier, 3, &late)[3];
    assert_close(&[marginal(None)], &[2.4]);
    assert_close(&[marginal(Some(0.0))], &[0.8 + 6.0]);
    // 100 more before the timeline: above 400 from the first day.
    assert_close(&[marginal(Some(100.0))], &[9.0]);
    // The rate reached is for the revenue within the agreement alone.
    let all = of(TierBasis::Retroactive, Some(0.0), 3, &late)[3];
    assert_close(&[all], &[9.0]);
    // The next year begins anew.
    let found = of(TierBasis::Marginal, Some(300.0), 0, &[120.0; 8]);
    let wanted = [2.0 + 1.5, 9.0, 9.0, 9.0, 2.4, 2.4, 2.4, 0.8 + 6.0];
    assert_close(&found, &wanted);
}

#[test]
fn nothing_is_shared_before_the_first_date() {
    let timeline = months(6);
    let mut agreement = tenth(&timeline);
    agreement.share = by_date(&[(day(2026, 2, 1), 0.2), (day(2026, 4, 11), 0.1)]);
    let path = settled(&agreement, &timeline, &[300.0; 6]);
    assert_close(&accrued(&path), &[0.0, 60.0, 60.0, 40.0, 30.0, 30.0]);
}

#[test]
fn the_same_rate_at_every_date_is_a_flat_share() {
    let timeline = months(6);
    let mut agreement = tenth(&timeline);
    agreement.cap = cap(100.0);
    let revenue = [300.0, 200.0, 0.0, 400.0, 100.0, 300.0];
    let flat = settled(&agreement, &timeline, &revenue);
    agreement.share = by_date(&[
        (day(2026, 1, 1), 0.1),
        (day(2026, 2, 11), 0.1),
        (day(2026, 4, 11), 0.1),
    ]);
    let path = settled(&agreement, &timeline, &revenue);
    assert_close(&payments(&path), &payments(&flat));
    assert_eq!(path.end, flat.end);
    assert_eq!(path.reached.unwrap().date, day(2026, 5, 31));
}

#[test]
fn a_marginal_tier_applies_to_the_revenue_within_it() {
    // 5 % up to 150 a year, 10 % above.
    let bounds = [(0.0, 0.05), (150.0, 0.1)];
    let found = example(|a| a.share = by_annual_revenue(TierBasis::Marginal, &bounds));
    let of = |revenue: i128| {
        let revenue = whole(revenue);
        percent(5) * revenue.min(whole(150)) + percent(10) * (revenue - whole(150)).max(whole(0))
    };
    assert_exact(&found, &[of(100), of(200), of(300), of(400)]);
    assert_close(&found, &[5.0, 12.5, 22.5, 32.5]);
}

#[test]
fn a_retroactive_tier_applies_to_the_whole_year() {
    let bounds = [(0.0, 0.05), (150.0, 0.1)];
    let found = example(|a| a.share = by_annual_revenue(TierBasis::Retroactive, &bounds));
    assert_close(&found, &[5.0, 20.0, 30.0, 40.0]);
    // Within the year, what the tier adds for earlier quarters accrues when it is
    // reached: 50 a quarter make 2.5, 2.5, 15 − 5 (the tier is at 150) and 5.
    let timeline = quarters(4);
    let mut agreement = tenth(&timeline);
    agreement.share = by_annual_revenue(TierBasis::Retroactive, &bounds);
    let path = settled(&agreement, &timeline, &[50.0; 4]);
    assert_close(&accrued(&path), &[2.5, 2.5, 10.0, 5.0]);
}

#[test]
fn nothing_is_given_back_where_a_higher_tier_has_a_lower_rate() {
    // 10 % up to 150, 6 % of everything beyond that: 160 · 6 % is less than 15.
    let bounds = [(0.0, 0.1), (150.0, 0.06)];
    let timeline = quarters(4);
    let mut agreement = tenth(&timeline);
    agreement.share = by_annual_revenue(TierBasis::Retroactive, &bounds);
    let path = settled(&agreement, &timeline, &[140.0, 20.0, 90.0, 50.0]);
    // 14, then 9.6 is less, then 250 · 6 % = 15, then 18.
    assert_close(&accrued(&path), &[14.0, 0.0, 1.0, 3.0]);
}

#[test]
fn tiers_begin_anew_with_each_year_of_the_agreement() {
    // Years end in June: 50 a quarter make 100 to June 2026, then 200 a year.
    let bounds = [(0.0, 0.05), (150.0, 0.1)];
    let timeline = quarters(8);
    let mut agreement = tenth(&timeline);
    agreement.share = by_annual_revenue(TierBasis::Marginal, &bounds);
    agreement.clauses.year_ends = 6;
    let path = settled(&agreement, &timeline, &[50.0; 8]);
    let year = [2.5, 2.5, 2.5, 5.0];
    assert_close(&accrued(&path)[..2], &year[..2]);
    assert_close(&accrued(&path)[2..6], &year);
    assert_close(&accrued(&path)[6..], &year[..2]);
}

#[test]
fn a_rate_until_an_amount_is_paid() {
    // 10 % until 25 is paid, then 4 %: 2027 pays 15 on 150 and 4 % on the other 50.
    let found = example(|a| a.share = Share::ByPaid(tiers(&[(0.0, 0.1), (25.0, 0.04)])));
    let second = whole(15) + percent(4) * (whole(200) - whole(15) / percent(10));
    assert_exact(&found, &[whole(10), second, whole(12), whole(16)]);
}

#[test]
fn what_was_paid_before_counts_towards_the_next_rate() {
    // 20 paid before: 5 more at 10 % take 50 of revenue, the rest is at 4 %.
    let found = example(|a| {
        a.share = Share::ByPaid(tiers(&[(0.0, 0.1), (25.0, 0.04)]));
        a.paid_before = fixed(20.0);
    });
    assert_close(&found, &[7.0, 8.0, 12.0, 16.0]);
}

#[test]
fn a_period_below_the_revenue_floor_earns_nothing() {
    let timeline = months(3);
    let mut agreement = tenth(&timeline);
    // 180 a year is 15 a month; a period at the floor earns share of all its revenue.
    agreement.clauses.revenue_floor = Some(fixed(180.0));
    let path = settled(&agreement, &timeline, &[14.9, 15.0, 20.0]);
    assert_close(&payments(&path), &[0.0, 1.5, 2.0]);
}

#[test]
fn sharing_starts_above_the_threshold() {
    // 150 of revenue in total are free: 100 of 2026 and 50 of 2027.
    let found = example(|a| a.clauses.threshold = Some(fixed(150.0)));
    assert_close(&found, &[0.0, 15.0, 30.0, 40.0]);
}

#[test]
fn a_threshold_a_year_is_a_tier_without_a_rate() {
    // Three tenths of revenue above 250 a year, as in contingent consideration.
    let bounds = [(0.0, 0.0), (250.0, 0.3)];
    let found = example(|a| a.share = by_annual_revenue(TierBasis::Marginal, &bounds));
    assert_close(&found, &[0.0, 0.0, 15.0, 45.0]);
}

#[test]
fn a_milestone_is_due_when_revenue_reaches_its_level() {
    // 250 in total is reached in 2027.
    let due = |over| {
        example(|a| {
            a.share = fixed(0.0).into();
            a.clauses.milestones = vec![milestone(250.0, 7.0, over)];
        })
    };
    assert_close(&due(MilestoneOver::Total), &[0.0, 7.0, 0.0, 0.0]);
    assert_close(&due(MilestoneOver::EachYear), &[0.0, 0.0, 7.0, 7.0]);
    assert_close(&due(MilestoneOver::Year(2028)), &[0.0, 0.0, 7.0, 0.0]);
    assert_close(&due(MilestoneOver::Year(2027)), &[0.0; 4]);
}

#[test]
fn a_level_reached_too_late_is_not_paid() {
    // Revenue to date is 300 at the end of 2027 and 600 at the end of 2028.
    let due = |level: f64, by| {
        example(|a| {
            a.share = fixed(0.0).into();
            let milestone = milestone(level, 7.0, MilestoneOver::Total);
            a.clauses.milestones = vec![MilestonePayment {
                by: Some(by),
                ..milestone
            }];
        })
    };
    assert_close(&due(300.0, day(2027, 12, 31)), &[0.0, 7.0, 0.0, 0.0]);
    assert_close(&due(300.0, day(2027, 12, 30)), &[0.0; 4]);
    // Half-way through 2028 revenue to date is 450.
    assert_close(&due(440.0, day(2028, 6, 30)), &[0.0, 0.0, 7.0, 0.0]);
    assert_close(&due(460.0, day(2028, 6, 30)), &[0.0; 4]);
}

#[test]
fn the_year_is_trued_up_with_its_last_period() {
    // 4 % on account; the year earns 5 %, or 10 % of all of it above 150.
    let bounds = [(0.0, 0.05), (150.0, 0.1)];
    let timeline = quarters(8);
    let mut agreement = tenth(&timeline);
    agreement.share = by_annual_revenue(TierBasis::Retroactive, &bounds);
    agreement.clauses.on_account = Some(fixed(0.04));
    let path = settled(
        &agreement,
        &timeline,
        &[30.0, 30.0, 30.0, 30.0, 60.0, 60.0, 60.0, 60.0],
    );
    // 120 · 5 % = 6 and 240 · 10 % = 24.
    let wanted = [1.2, 1.2, 1.2, 2.4, 2.4, 2.4, 2.4, 16.8];
    assert_close(&accrued(&path), &wanted);
}

#[test]
fn nothing_paid_on_account_is_given_back() {
    let timeline = quarters(4);
    let mut agreement = tenth(&timeline);
    agreement.clauses.on_account = Some(fixed(0.2));
    let path = settled(&agreement, &timeline, &[10.0; 4]);
    assert_close(&accrued(&path), &[2.0; 4]);
}
