//! What must hold on every path, clause by clause and for all of them at once.

use capbind::agreement::{
    Agreement, CapStep, CarryForward, Claim, Clauses, Deferral, DeferredTo, Deflation, EndReason,
    Event, Indexation, MilestoneOver, PayerDefault, PaymentPeriod, PeriodMinimum, Share, TierBasis,
    TotalCap, When,
};
use capbind::units::Timeline;
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;

use super::build::*;
use super::cap::annual;
use super::share::{by_annual_revenue, by_date, milestone, tiers};

pub const MONTHS: usize = 40;

fn rate() -> impl Strategy<Value = f64> + Clone {
    0.0..0.5_f64
}

fn amount() -> impl Strategy<Value = f64> + Clone {
    1.0..200.0_f64
}

/// Shares of every form; the higher tier has the higher rate.
fn share() -> impl Strategy<Value = Share> {
    let tiered = |(low, more, bound): (f64, f64, f64)| [(0.0, low), (bound, low + more)];
    let three = (rate(), rate(), amount());
    prop_oneof![
        rate().prop_map(|rate| fixed(rate).into()),
        (rate(), rate(), 20..900_i32).prop_map(|(a, b, days)| {
            let start = day(2026, 1, 1);
            by_date(&[(start, a), (start.add_days(days), b)])
        }),
        three
            .clone()
            .prop_map(move |t| by_annual_revenue(TierBasis::Marginal, &tiered(t))),
        three
            .clone()
            .prop_map(move |t| by_annual_revenue(TierBasis::Retroactive, &tiered(t))),
        three
            .clone()
            .prop_map(move |t| Share::ByTotalRevenue(tiers(&tiered(t)))),
        three.prop_map(move |t| Share::ByPaid(tiers(&tiered(t)))),
    ]
}

fn total_cap() -> impl Strategy<Value = TotalCap> {
    let one = |amount: f64| TotalCap::from(fixed(amount));
    let with = move |indexation: fn(f64) -> Indexation| {
        (amount(), 0.0..0.3_f64).prop_map(move |(amount, rate)| TotalCap {
            indexation: indexation(rate),
            ..one(amount)
        })
    };
    prop_oneof![
        amount().prop_map(one),
        (amount(), amount(), 20..900_i32).prop_map(|(first, more, days)| {
            let step = |until, amount| CapStep {
                until,
                amount: fixed(amount),
                multiple_of: None,
            };
            let until = Some(day(2026, 1, 1).add_days(days));
            TotalCap {
                steps: vec![step(until, first), step(None, first + more)],
                indexation: Indexation::None,
            }
        }),
        with(|rate| Indexation::Escalating {
            rate: fixed(rate).into(),
            from: day(2026, 3, 10)
        }),
        with(|rate| Indexation::Real {
            inflation: fixed(rate).into(),
            prices_of: day(2026, 1, 1),
            of: Deflation::Prices,
        }),
    ]
}

fn carry() -> impl Strategy<Value = CarryForward> {
    prop_oneof![
        Just(CarryForward::None),
        Just(CarryForward::Excess),
        Just(CarryForward::Room),
    ]
}

fn clauses() -> impl Strategy<Value = Clauses> {
    let over = prop_oneof![
        Just(MilestoneOver::Total),
        Just(MilestoneOver::EachYear),
        Just(MilestoneOver::Year(2027)),
    ];
    let money = (
        of(amount()),
        weighted(0.2, rate()),
        vec((amount(), amount(), over), 0..2),
        of((amount(), carry())),
        of(amount()),
        weighted(0.3, (amount(), 0..4_usize)),
        1..=12_i8,
    );
    let to = prop_oneof![
        (1..30_i32).prop_map(DeferredTo::Months),
        Just(DeferredTo::Date(day(2029, 12, 31))),
    ];
    let years = || 0.0..5.0_f64;
    let ends = (
        of((0.0..=1.0_f64, to, 0.0..0.2_f64)),
        weighted(0.4, years()),
        weighted(0.4, (years(), 0.0..=1.0_f64, any::<bool>())),
    );
    (money, ends).prop_map(|(money, ends)| {
        let (threshold, on_account, milestones, annual_cap, minimum, of_parts, year_ends) = money;
        let (deferral, event, default) = ends;
        let milestone = |(reaches, amount, over)| milestone(reaches, amount, over);
        Clauses {
            threshold: threshold.map(fixed),
            on_account: on_account.map(fixed),
            milestones: milestones.into_iter().map(milestone).collect(),
            annual_cap: annual_cap.and_then(|(amount, carry)| annual(amount, carry)),
            minimum: minimum.map(|amount| fixed(amount).into()),
            period_minimum: of_parts.map(|(amount, every)| PeriodMinimum {
                every: PaymentPeriod::ALL[every],
                amount: fixed(amount).into(),
            }),
            year_ends,
            deferral: deferral.map(|(fraction, to, interest)| Deferral {
                fraction: fixed(fraction),
                to,
                interest: fixed(interest),
            }),
            events: event
                .map(|years| Event {
                    name: "e".into(),
                    when: When::Years(fixed(years)),
                    pays: None,
                })
                .into_iter()
                .collect(),
            default: default.map(|(years, recovery, all)| PayerDefault {
                when: When::Years(fixed(years)),
                recovery: fixed(recovery),
                lag_months: 3,
                claim: if all { Claim::Cap } else { Claim::Accrued },
            }),
            ..Clauses::default()
        }
    })
}

pub fn agreement() -> impl Strategy<Value = (Timeline, Agreement)> {
    let dates = (0..100_i32, 0..100_i32, 0..8_i32);
    (
        share(),
        of(total_cap()),
        of(0.0..50.0_f64),
        dates,
        clauses(),
    )
        .prop_map(|(share, cap, before, (late, early, lag), mut clauses)| {
            let timeline = months(MONTHS);
            let mut agreement = tenth(&timeline);
            if matches!(share, Share::ByPaid(_)) {
                clauses.on_account = None;
            }
            agreement.share = share;
            agreement.cap = cap;
            agreement.paid_before = fixed(before.unwrap_or(0.0));
            agreement.effective = timeline.start().add_days(late);
            agreement.expiry = timeline.end().add_days(-early);
            agreement.payment.lag_months = lag;
            agreement.clauses = clauses;
            (timeline, agreement)
        })
}

fn revenue() -> impl Strategy<Value = Vec<f64>> {
    vec(prop_oneof![1 => Just(0.0), 9 => 0.0..100.0_f64], MONTHS)
}

/// The first month in which something can differ is marked by its sum.
fn total(timeline: &Timeline, agreement: &Agreement, revenue: &[f64]) -> f64 {
    settled(agreement, timeline, revenue).total_paid()
}

/// An agreement with payments known for the first months, whatever its caps, and with
/// amounts rounded to cents or not.
fn with_history() -> impl Strategy<Value = (Timeline, Agreement)> {
    let paid = prop_oneof![1 => Just(0.0), 3 => 0.0..60.0_f64, 1 => amount()];
    let history = prop_oneof![1 => Just(Vec::new()), 3 => vec(paid, 1..20)];
    (agreement(), history, any::<bool>()).prop_map(|((timeline, mut agreement), paid, rounds)| {
        agreement.clauses.past_periods = paid.len();
        agreement.clauses.paid_so_far = paid;
        agreement.clauses.cents_per_unit = rounds.then_some(100.0);
        (timeline, agreement)
    })
}

proptest! {
    #[test]
    fn the_ledger_adds_up((timeline, agreement) in with_history(), revenue in revenue()) {
        let path = settled(&agreement, &timeline, &revenue);
        let sum = |part: fn(&capbind::agreement::LedgerLine) -> f64| -> f64 {
            path.lines.iter().map(part).sum()
        };
        // No amount is negative, not by a rounding error either.
        let mut before = 0.0;
        for line in &path.lines {
            prop_assert!(line.accrued >= 0.0
                && line.added >= 0.0
                && line.payment >= 0.0
                && line.excess >= 0.0
                && line.loss >= 0.0
                && line.headroom_before >= 0.0
                && line.headroom_after >= 0.0
                && line.cumulative_paid >= before, "{:?}", line);
            before = line.cumulative_paid;
        }
        prop_assert!(path.cash.iter().all(|amount| *amount >= 0.0));
        prop_assert!(path.interest >= 0.0 && path.above_cap >= 0.0);
        prop_assert!(path.recovered.is_none_or(|cash| cash.amount >= 0.0));
        // What was paid stands in the ledger as it was.
        let after_default = path.end.reason == EndReason::Default || path.recovered.is_some();
        for (line, paid) in path.lines.iter().zip(&agreement.clauses.paid_so_far) {
            let by = if agreement.clauses.cents_per_unit.is_some() { 0.005 } else { 0.0 };
            prop_assert!(after_default || (line.payment - paid).abs() <= by + 1e-9);
        }
        prop_assert!(close(
            sum(|line| line.accrued) + sum(|line| line.added),
            sum(|line| line.payment) + sum(|line| line.excess) + sum(|line| line.loss)
        ));
        prop_assert!(close(sum(|line| line.payment), path.total_paid()));
        let cash: f64 = path.cash.iter().sum();
        let recovered = path.recovered.map_or(0.0, |cash| cash.amount);
        prop_assert!(close(cash + recovered, path.total_paid() + path.interest));
    }

    #[test]
    fn every_path_has_one_end((timeline, agreement) in agreement(), revenue in revenue()) {
        let path = settled(&agreement, &timeline, &revenue);
        prop_assert_eq!(path.end.reason == EndReason::Cap, path.reached.is_some());
        prop_assert!(path.end.date <= agreement.expiry);
        if path.end.reason == EndReason::Expiry {
            prop_assert_eq!(path.end.date, agreement.expiry);
        }
        // Nothing is paid after its last day, whatever has ended it; nor does anything
        // accrue, but for what a cap that is reached cuts.
        for (line, period) in path.lines.iter().zip(timeline.periods()) {
            let later = period.first_day > path.end.date;
            prop_assert!(!later || line.payment == 0.0);
            let accrues = path.end.reason == EndReason::Cap || line.accrued + line.added == 0.0;
            prop_assert!(!later || accrues);
        }
    }

    #[test]
    fn the_total_cap_holds((timeline, mut agreement) in agreement(), revenue in revenue()) {
        let capped = agreement.cap.clone();
        if let Some(capped) = capped.filter(|cap| cap.indexation == Indexation::None) {
            let most = capped.at(&[]) - agreement.paid_before.at(&[]);
            let paid = total(&timeline, &agreement, &revenue);
            prop_assert!(paid <= most.max(0.0) * (1.0 + 1e-12));
        }
        // Without one, no path is cut by it.
        agreement.cap = None;
        let path = settled(&agreement, &timeline, &revenue);
        prop_assert!(path.reached.is_none() && path.binds.is_none());
    }

    #[test]
    fn the_annual_cap_holds(
        (timeline, mut agreement) in agreement(),
        revenue in revenue(),
        amount in amount(),
        carry in carry(),
    ) {
        agreement.clauses.annual_cap = annual(amount, carry);
        agreement.clauses.default = None;
        agreement.clauses.year_ends = 12;
        let path = settled(&agreement, &timeline, &revenue);
        let mut most = 0.0;
        let mut paid = 0.0;
        for year in path.lines.chunks(12) {
            let year: f64 = year.iter().map(|line| line.payment).sum();
            most += amount;
            paid += year;
            prop_assert!(carry == CarryForward::Room || year <= amount * (1.0 + 1e-9));
            prop_assert!(paid <= most * (1.0 + 1e-9));
        }
    }

    #[test]
    fn the_payout_never_falls_as_a_cap_rises(
        (timeline, agreement) in agreement(),
        revenue in revenue(),
        more in amount(),
    ) {
        let mut higher = agreement.clone();
        for step in higher.cap.iter_mut().flat_map(|cap| &mut cap.steps) {
            step.amount = fixed(step.amount.at(&[]) + more);
        }
        // A default of the higher cap's longer life costs what the lower cap has paid.
        higher.clauses.default = None;
        let mut lower = agreement;
        lower.clauses.default = None;
        let (low, high) = (total(&timeline, &lower, &revenue), total(&timeline, &higher, &revenue));
        prop_assert!(high >= low - 1e-9 * (1.0 + low));
        // A step of the cap parts a period in two: a milestone in its first part then moves
        // the second to a higher rate by what has been paid, which without a cap waits for
        // the next period.
        prop_assume!(!matches!(lower.share, Share::ByPaid(_)) || lower.clauses.milestones.is_empty());
        let mut uncapped = lower.clone();
        uncapped.cap = None;
        prop_assert!(total(&timeline, &uncapped, &revenue) >= high - 1e-9 * (1.0 + high));
    }

    #[test]
    fn a_cap_beyond_reach_is_none((timeline, mut agreement) in agreement(), revenue in revenue()) {
        agreement.clauses.default = None;
        agreement.cap = cap(1e12);
        let far = settled(&agreement, &timeline, &revenue);
        agreement.cap = None;
        let none = settled(&agreement, &timeline, &revenue);
        prop_assert_eq!(payments(&far), payments(&none));
        prop_assert_eq!(far.end, none.end);
    }

    #[test]
    fn the_payout_never_falls_as_the_share_rises(
        (timeline, agreement) in agreement(),
        revenue in revenue(),
        factor in 1.0..2.0_f64,
    ) {
        // What is paid earlier at a higher rate can meet a lower cap, so caps that rise
        // with time, and years that carry room, are left out; and so are tiers by what
        // is paid, whose higher rates come sooner, and rates for a default to take.
        let mut lower = agreement;
        lower.clauses.default = None;
        lower.clauses.annual_cap = lower.clauses.annual_cap.filter(|c| c.carry == CarryForward::None);
        let at = lower.cap.as_ref().map(|total| total.at(&[]));
        lower.cap = at.and_then(cap);
        let mut higher = lower.clone();
        higher.share = match lower.share.clone() {
            Share::Flat(rate) => fixed(rate.at(&[]) * factor).into(),
            Share::ByDate(mut rates) => {
                for rate in &mut rates {
                    rate.rate = fixed(rate.rate.at(&[]) * factor);
                }
                Share::ByDate(rates)
            }
            Share::ByAnnualRevenue { tiers: mut all, basis } => {
                for tier in &mut all {
                    tier.rate = fixed(tier.rate.at(&[]) * factor);
                }
                Share::ByAnnualRevenue { tiers: all, basis }
            }
            Share::ByTotalRevenue(mut all) => {
                for tier in &mut all {
                    tier.rate = fixed(tier.rate.at(&[]) * factor);
                }
                Share::ByTotalRevenue(all)
            }
            Share::ByPaid(_) | Share::ByAnnualRevenueFrom { .. } => lower.share.clone(),
        };
        let (low, high) = (total(&timeline, &lower, &revenue), total(&timeline, &higher, &revenue));
        prop_assert!(high >= low - 1e-9 * (1.0 + low), "{low} {high}");
    }

    #[test]
    fn scaling_money_scales_results(
        (timeline, agreement) in agreement(),
        revenue in revenue(),
        power in -20..20_i32,
    ) {
        // Powers of two change no digit, so the ledgers agree to the last bit.
        let scale = 2_f64.powi(power);
        let mut scaled = agreement.clone();
        let times = |parameter: capbind::units::Parameter| fixed(parameter.at(&[]) * scale);
        scaled.share = match scaled.share {
            Share::ByAnnualRevenue { mut tiers, basis } => {
                tiers.iter_mut().for_each(|tier| tier.above *= scale);
                Share::ByAnnualRevenue { tiers, basis }
            }
            Share::ByTotalRevenue(mut tiers) => {
                tiers.iter_mut().for_each(|tier| tier.above *= scale);
                Share::ByTotalRevenue(tiers)
            }
            Share::ByPaid(mut tiers) => {
                tiers.iter_mut().for_each(|tier| tier.above *= scale);
                Share::ByPaid(tiers)
            }
            other => other,
        };
        for step in scaled.cap.iter_mut().flat_map(|cap| &mut cap.steps) {
            step.amount = times(step.amount);
        }
        scaled.paid_before = times(scaled.paid_before);
        let clauses = &mut scaled.clauses;
        clauses.threshold = clauses.threshold.map(times);
        let minimums = clauses.minimum.iter_mut();
        let parts = clauses.period_minimum.iter_mut();
        let parts = parts.map(|minimum| &mut minimum.amount);
        for amount in minimums.chain(parts).map(lone) {
            *amount = times(*amount);
        }
        for milestone in &mut clauses.milestones {
            milestone.reaches = times(milestone.reaches);
            milestone.amount = times(milestone.amount);
        }
        if let Some(cap) = &mut clauses.annual_cap {
            let amount = lone(&mut cap.amount);
            *amount = times(*amount);
        }
        let more: Vec<f64> = revenue.iter().map(|r| r * scale).collect();
        let path = settled(&agreement, &timeline, &revenue);
        let other = settled(&scaled, &timeline, &more);
        prop_assert_eq!(path.total_paid() * scale, other.total_paid());
        prop_assert_eq!(path.end, other.end);
        let cash: Vec<f64> = path.cash.iter().map(|amount| amount * scale).collect();
        prop_assert_eq!(cash, other.cash);
    }

    #[test]
    fn splitting_periods_changes_no_total(
        (_, agreement) in agreement(),
        revenue in vec(0.0..100.0_f64, 12),
    ) {
        // Quarters cut into months of their days: revenue is even within a quarter.
        let (coarse, fine) = (quarters(12), months(36));
        let mut agreement = agreement;
        agreement.expiry = coarse.end();
        // These depend on when something is due, not only on how much.
        agreement.clauses.default = None;
        if let Share::ByPaid(_) = agreement.share {
            agreement.clauses.milestones.clear();
            agreement.clauses.minimum = None;
            agreement.clauses.annual_cap = None;
        }
        if let Some(total) = &agreement.cap
            && total.indexation != Indexation::None
        {
            agreement.cap = cap(total.at(&[]));
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
        let (whole, parts) = (total(&coarse, &agreement, &revenue), total(&fine, &agreement, &split));
        prop_assert!(close(whole, parts), "{whole} {parts}");
    }

    #[test]
    fn a_buffer_used_again_is_as_good_as_new(
        (timeline, one) in agreement(),
        (_, other) in agreement(),
        revenue in revenue(),
    ) {
        let mut used = capbind::agreement::Settlement::default();
        for agreement in [&one, &other] {
            let contract = capbind::agreement::Contract::new(agreement.clone(), &timeline);
            contract.settle(&[], &revenue, &mut used);
            prop_assert_eq!(&used, &settled(agreement, &timeline, &revenue));
        }
    }
}
