//! What must hold for every contract, path and plan.

use capbind::agreement::{
    Agreement, Clauses, Contract, PaymentPeriod, PaymentTerms, Schedule, Settlement,
};
use capbind::revenue::{Total, smooth_months};
use capbind::scenario::Scenario;
use capbind::simulate::{self, Quantity, Slot};
use capbind::units::{Date, Parameter, Step, Timeline};
use proptest::collection::vec;
use proptest::prelude::*;

fn day(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

fn timeline(periods: usize) -> Timeline {
    let end = day(2027, 1, 1).add_months(periods as i32).add_days(-1);
    Timeline::new(day(2027, 1, 1), end, Step::Month).unwrap()
}

fn agreement(timeline: &Timeline) -> Agreement {
    Agreement {
        name: "a".into(),
        payer: "p".into(),
        payee: "q".into(),
        share: Parameter::Fixed(0.1).into(),
        cap: None,
        paid_before: Parameter::Fixed(0.0),
        effective: timeline.start(),
        expiry: timeline.end(),
        payment: PaymentTerms {
            every: Some(PaymentPeriod::Quarter),
            lag_months: 3,
            ..PaymentTerms::default()
        },
        clauses: Clauses::default(),
    }
}

/// The numbers of a flat share; an infinite cap is none.
#[derive(Clone, Copy, Debug)]
struct Terms {
    share: f64,
    cap: f64,
    paid_before: f64,
}

fn settled(terms: Terms, revenue: &[f64]) -> Settlement {
    let timeline = timeline(revenue.len());
    let cap = (terms.cap < f64::INFINITY).then(|| Parameter::Fixed(terms.cap).into());
    let agreement = Agreement {
        share: Parameter::Fixed(terms.share).into(),
        cap,
        paid_before: Parameter::Fixed(terms.paid_before),
        ..agreement(&timeline)
    };
    let mut settlement = Settlement::default();
    Contract::new(agreement, &timeline).settle(&[], revenue, &mut settlement);
    settlement
}

fn terms() -> impl Strategy<Value = Terms> {
    (0.0..=1.0_f64, 0.0..500.0_f64, 0.0..100.0_f64).prop_map(|(share, cap, paid_before)| Terms {
        share,
        cap,
        paid_before,
    })
}

fn revenue() -> impl Strategy<Value = Vec<f64>> {
    let amount = prop_oneof![1 => Just(0.0), 9 => 0.0..100.0_f64];
    vec(amount, 1..60)
}

/// Equal up to the rounding of a few dozen additions.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #[test]
    fn never_more_than_the_cap_is_paid(terms in terms(), revenue in revenue()) {
        let path = settled(terms, &revenue);
        let limit = (terms.cap - terms.paid_before).max(0.0);
        prop_assert!(path.total_paid() <= limit);
        for line in &path.lines {
            prop_assert!(line.payment >= 0.0 && line.excess >= 0.0);
            prop_assert!(line.headroom_after >= 0.0);
            prop_assert!(close(line.payment + line.excess, line.accrued));
            prop_assert!(close(line.headroom_before - line.payment, line.headroom_after));
        }
        let sum: f64 = path.lines.iter().map(|line| line.payment).sum();
        prop_assert!(close(sum, path.total_paid()));
        prop_assert_eq!(path.reached.is_some(), path.total_paid() == limit);
    }

    #[test]
    fn the_payout_is_the_smaller_of_limit_and_accrual(terms in terms(), revenue in revenue()) {
        let accrued: f64 = revenue.iter().map(|r| terms.share * r).sum();
        let limit = (terms.cap - terms.paid_before).max(0.0);
        prop_assert!(close(settled(terms, &revenue).total_paid(), accrued.min(limit)));
    }

    #[test]
    fn the_payout_never_falls_as_cap_or_share_rises(
        terms in terms(),
        revenue in revenue(),
        more_cap in 0.0..100.0_f64,
        more_share in 0.0..1.0_f64,
    ) {
        let paid = settled(terms, &revenue).total_paid();
        let with_cap = Terms { cap: terms.cap + more_cap, ..terms };
        let with_share = Terms { share: (terms.share + more_share).min(1.0), ..terms };
        // Inside the tolerance of a tie the total is rounded to the cap.
        let slack = 1e-11 * (1.0 + terms.cap);
        prop_assert!(settled(with_cap, &revenue).total_paid() >= paid - slack);
        prop_assert!(settled(with_share, &revenue).total_paid() >= paid - slack);
    }

    #[test]
    fn without_a_cap_everything_accrued_is_paid(terms in terms(), revenue in revenue()) {
        let path = settled(Terms { cap: f64::INFINITY, ..terms }, &revenue);
        prop_assert!(path.lines.iter().all(|line| line.payment == line.accrued));
        prop_assert!(path.reached.is_none() && path.binds.is_none());
    }

    #[test]
    fn splitting_periods_changes_no_total(
        terms in terms(),
        revenue in revenue(),
        parts in 2_usize..5,
    ) {
        let split: Vec<f64> = revenue
            .iter()
            .flat_map(|r| std::iter::repeat_n(r / parts as f64, parts))
            .collect();
        let (whole, fine) = (settled(terms, &revenue), settled(terms, &split));
        prop_assert!(close(whole.total_paid(), fine.total_paid()));
    }

    #[test]
    fn scaling_money_scales_results(
        terms in terms(),
        revenue in revenue(),
        power in -20_i32..20,
    ) {
        // Powers of two change no digit, so the ledgers agree to the last bit.
        let scale = 2_f64.powi(power);
        let scaled_terms = Terms {
            cap: terms.cap * scale,
            paid_before: terms.paid_before * scale,
            ..terms
        };
        let scaled: Vec<f64> = revenue.iter().map(|r| r * scale).collect();
        let (path, other) = (settled(terms, &revenue), settled(scaled_terms, &scaled));
        prop_assert_eq!(path.total_paid() * scale, other.total_paid());
        prop_assert_eq!(path.reached, other.reached);
    }

    #[test]
    fn the_binding_date_lies_in_its_period(terms in terms(), revenue in revenue()) {
        if let Some(reached) = settled(terms, &revenue).reached {
            let period = timeline(revenue.len()).periods()[reached.period];
            prop_assert!(period.first_day <= reached.date && reached.date <= period.last_day);
            prop_assert!((0.0..=1.0).contains(&reached.fraction));
        }
    }

    #[test]
    fn a_payment_never_precedes_its_accrual(months in 1_usize..60, lag in 0..24) {
        let timeline = timeline(months);
        let mut agreement = agreement(&timeline);
        agreement.payment.lag_months = lag;
        let schedule = Schedule::new(&agreement, &timeline);
        for (period, accrual) in timeline.periods().iter().zip(schedule.periods()) {
            prop_assert!(accrual.payment_date >= period.last_day);
            prop_assert_eq!(accrual.payment_date, accrual.payment_date.last_of_month());
            prop_assert_eq!(accrual.eligible, 1.0);
        }
    }

    #[test]
    fn months_add_up_to_every_year(
        first in 0.01..1e6_f64,
        growth in vec(0.1..8.0_f64, 0..9),
        quarter in proptest::option::of(0.02..0.9_f64),
    ) {
        let mut sums = vec![first];
        for factor in growth {
            sums.push(sums[sums.len() - 1] * factor);
        }
        let mut totals: Vec<Total> = sums
            .iter()
            .enumerate()
            .map(|(i, &sum)| Total { months: i * 12..(i + 1) * 12, sum })
            .collect();
        totals.extend(quarter.map(|part| Total { months: 0..3, sum: part * first }));
        let months = smooth_months(sums.len() * 12, &totals).unwrap();
        prop_assert!(months.iter().all(|m| *m > 0.0));
        for (year, sum) in months.chunks(12).zip(&sums) {
            prop_assert_eq!(year.iter().sum::<f64>(), *sum);
        }
        if let Some(part) = quarter {
            prop_assert_eq!(months[..3].iter().sum::<f64>(), part * first);
        }
    }
}

/// A scenario with everything that makes settling hard: a cap that differs from
/// path to path, dates inside periods, a last period cut short.
const AWKWARD: &str = r#"
    [timeline]
    start = 2027-01-15
    end = 2029-11-20
    step = "month"
    [revenue.gbm]
    initial = { lognormal = { p5 = 80, p95 = 120 } }
    growth = 0.3
    volatility = { uniform = [0.1, 0.5] }
    [agreement]
    share = 0.1
    cap = { triangular = [15, 25, 40] }
    paid_before = { discrete = { values = [0, 3], weights = [2, 1] } }
    effective = 2027-02-03
    expiry = 2029-10-10
    [simulation]
    points = 64
    replicates = 4
    sampler = "SAMPLER"
    "#;

/// A number of one line of a ledger.
type Column = fn(&Settlement, usize) -> f64;

#[test]
fn the_engine_settles_each_path_as_the_ledger_does() {
    for sampler in ["sobol", "random"] {
        let text = AWKWARD.replace("SAMPLER", sampler);
        let scenario = Scenario::parse("awkward.toml", "awkward", &text, &[]).unwrap();
        let simulation = scenario.simulation();
        let mut results = simulate::run(&simulation, &()).unwrap();
        let outcomes = results.agreements.remove(0);
        let paths = simulate::replay(&simulation, u64::MAX, &()).unwrap();
        assert_eq!(paths.len() as u64, outcomes.paths());
        let settlements: Vec<Settlement> = paths
            .iter()
            .map(|path| {
                let mut settlement = Settlement::default();
                scenario
                    .primary()
                    .settle(&path.inputs, &path.revenue, &mut settlement);
                settlement
            })
            .collect();
        let count = settlements.len() as f64;
        for k in 0..scenario.timeline.periods().len() {
            let columns: [(Quantity, Column); 5] = [
                (Quantity::Revenue, |s, k| s.lines[k].revenue),
                (Quantity::AccruedShare, |s, k| s.lines[k].accrued),
                (Quantity::Payment, |s, k| s.lines[k].payment),
                (Quantity::CumulativePaid, |s, k| s.lines[k].cumulative_paid),
                (Quantity::CapHeadroom, |s, k| s.lines[k].headroom_after),
            ];
            for (quantity, column) in columns {
                let mean = settlements.iter().map(|s| column(s, k)).sum::<f64>() / count;
                let measured = outcomes.quantity(quantity, Slot::Period(k)).unwrap();
                assert!(close(mean, measured.estimate.mean), "{quantity:?} {k}");
            }
        }
        for period in scenario.timeline.periods() {
            let by = |s: &&Settlement| s.reached.is_some_and(|r| r.date <= period.last_day);
            let hits = settlements.iter().filter(by).count() as f64;
            assert_eq!(outcomes.reached_by(period.last_day).mean, hits / count);
        }
        let cap = scenario.primary().agreement.cap.as_ref().unwrap();
        let caps: Vec<f64> = paths.iter().map(|path| cap.at(&path.inputs)).collect();
        assert!(caps.iter().all(|cap| (15.0..40.0).contains(cap)));
        assert!(caps.iter().any(|cap| *cap != caps[0]));
    }
}

#[test]
fn expected_revenue_is_the_plan() {
    let text = r#"
        [timeline]
        start = 2026-01-01
        end = 2030-12-31
        step = "month"
        [revenue.forecast]
        annual = { 2026 = 28, 2027 = 46, 2028 = 69, 2029 = 96, 2030 = 127 }
        observed = [{ start = 2026-01-01, end = 2026-03-31, revenue = 5.7 }]
        volatility = 0.3
        growth_uncertainty = 0.1
        [agreement]
        share = 0.2
        [simulation]
        points = 8192
        "#;
    let scenario = Scenario::parse("plan.toml", "plan", text, &[]).unwrap();
    let mut results = simulate::run(&scenario.simulation(), &()).unwrap();
    let outcomes = results.agreements.remove(0);
    for (year, figure) in [28.0, 46.0, 69.0, 96.0, 127.0].into_iter().enumerate() {
        let slot = Slot::Year { calendar: 0, year };
        let estimate = outcomes.quantity(Quantity::Revenue, slot).unwrap().estimate;
        assert!((estimate.mean - figure).abs() <= 4.0 * estimate.std_error);
        assert!(estimate.std_error <= 1e-3 * figure);
    }
    // What has been observed is certain.
    for k in 0..3 {
        let measured = outcomes
            .quantity(Quantity::Revenue, Slot::Period(k))
            .unwrap();
        assert_eq!(measured.estimate.std_dev, 0.0);
    }
}
