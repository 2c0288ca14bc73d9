//! Many contracts on one set of paths agree with one run each.

use capbind::agreement::EndReason;
use capbind::scenario::Scenario;
use capbind::simulate::{
    self, ByExpiry, ContractQuantity, FlatShare, Ordering, RevenueBy, Total, World, evaluate,
    evaluate_worlds,
};
use capbind::stats::{MeanEstimate, Moments};
use capbind::units::Date;

const SCENARIO: &str = r#"
    [timeline]
    start = 2026-01-01
    end = 2030-12-31
    step = "month"
    [revenue.gbm]
    initial = 20
    growth = 0.4
    volatility = 0.3
    [agreement]
    share = 0.2
    effective = 2026-02-10
    payment = { every = "quarter", lag_months = 3 }
    [simulation]
    points = 2048
    replicates = 8
    [valuation]
    date = 2027-03-01
    discount_rate = 0.09
    "#;

fn scenario(overrides: &[String]) -> Scenario {
    Scenario::parse("case.toml", "case", SCENARIO, overrides).unwrap()
}

fn day(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

fn cases() -> Vec<FlatShare> {
    let mut cases = Vec::new();
    for share in [0.05, 0.2, 1.0] {
        for cap in [0.0, 5.0, 38.0, 200.0] {
            for paid_before in [0.0, 3.35] {
                for expiry in [day(2030, 12, 31), day(2029, 3, 17), day(2026, 2, 20)] {
                    cases.push(FlatShare {
                        share,
                        cap,
                        paid_before,
                        expiry,
                    });
                }
            }
        }
    }
    cases
}

#[test]
fn each_contract_agrees_with_a_run_of_its_own() {
    // A tie, but for rounding that is small beside the cap alone.
    let tie = FlatShare {
        share: 0.2,
        cap: 38e9,
        paid_before: 38e9 - 0.1,
        expiry: day(2030, 12, 31),
    };
    let cases: Vec<FlatShare> = cases().into_iter().chain([tie]).collect();
    each_agrees(&cases, &[]);
    let some: Vec<FlatShare> = cases.iter().step_by(7).copied().collect();
    for overrides in [
        vec!["valuation.convention=mid-period"],
        vec![
            "valuation.convention=mid-period",
            "valuation.date=2026-01-01",
            "timeline.step=year",
            "agreement.payment={ every = \"year\", lag_months = 3 }",
        ],
        vec!["valuation.date=2029-05-05"],
        vec!["valuation.invested=3"],
        vec!["agreement.payment.first=2027-11-30"],
        vec!["agreement.payment={ every = \"year\", lag_months = 2 }"],
        vec!["agreement.effective=2026-01-01", "agreement.upfront=4"],
    ] {
        let overrides: Vec<String> = overrides.into_iter().map(str::to_owned).collect();
        each_agrees(&some, &overrides);
    }
}

fn each_agrees(cases: &[FlatShare], overrides: &[String]) {
    let all = evaluate(&scenario(overrides).simulation(), cases, &()).unwrap();
    for (i, case) in cases.iter().enumerate() {
        let terms = [
            format!("agreement.share={}", case.share),
            format!("agreement.cap={}", case.cap),
            format!("agreement.paid_before={}", case.paid_before),
            format!("agreement.expiry={}", case.expiry),
        ];
        let own = scenario(&[overrides, &terms].concat());
        let mut results = simulate::run(&own.simulation(), &()).unwrap();
        let outcomes = results.agreements.remove(0);
        for (quantity, total) in [
            (ContractQuantity::TotalPaid, Total::Paid),
            (ContractQuantity::PresentValue, Total::PresentValue),
            (ContractQuantity::Excess, Total::Excess),
        ] {
            let one = outcomes.total(total).unwrap();
            let one = one.counted.unwrap_or(one.estimate);
            let many = all.estimate(i, quantity);
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
            assert!(
                close(many.mean, one.mean),
                "{case:?} {overrides:?} {quantity:?}: {many:?} {one:?}"
            );
            assert!(
                close(many.std_error, one.std_error),
                "{case:?} {overrides:?} {quantity:?}"
            );
        }
        // Quasi-random paths may lie so that equal counts are certain.
        let probability = all.estimate(i, ContractQuantity::Binds);
        assert!(
            (probability.mean - outcomes.ends().counted().of(EndReason::Cap).mean).abs() < 1e-12,
            "{case:?}"
        );
    }
}

#[test]
fn any_last_day_is_answered_by_the_pass_that_answers_all() {
    let own = scenario(&[]);
    let quantities = [
        ContractQuantity::TotalPaid,
        ContractQuantity::PresentValue,
        ContractQuantity::Excess,
        ContractQuantity::Binds,
        ContractQuantity::ValueByCap,
    ];
    for contract in cases().into_iter().step_by(5) {
        let days = [
            day(2026, 1, 31),
            day(2026, 2, 9),
            day(2026, 2, 10),
            day(2028, 2, 29),
            day(2029, 6, 15),
            day(2029, 6, 30),
            day(2030, 12, 31),
        ];
        let ending = days.map(|expiry| FlatShare { expiry, ..contract });
        let simulation = own.simulation();
        let many = evaluate(&simulation, &ending, &()).unwrap();
        let all = ByExpiry::simulate(&simulation, &contract, &()).unwrap();
        for (i, ending) in ending.iter().enumerate() {
            let by_date = RevenueBy::simulate(&simulation, ending.expiry, &()).unwrap();
            for quantity in quantities {
                let wanted = many.estimate(i, quantity);
                let close = |found: MeanEstimate| {
                    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
                    assert!(
                        close(found.mean, wanted.mean) && close(found.std_error, wanted.std_error),
                        "{ending:?} {quantity:?}: {found:?} {wanted:?}"
                    );
                };
                close(all.estimate(ending.expiry, quantity).unwrap());
                if let Some(found) = by_date.estimate(ending, quantity) {
                    close(found);
                }
            }
        }
    }
}

#[test]
fn the_derivative_by_cap_is_the_expected_discount_factor_at_the_binding_date() {
    let scenario = scenario(&[]);
    let contract = |cap: f64| FlatShare {
        share: 0.2,
        cap,
        paid_before: 0.0,
        expiry: day(2030, 12, 31),
    };
    let step = 0.05;
    let cases = [contract(20.0), contract(20.0 - step), contract(20.0 + step)];
    let all = evaluate(&scenario.simulation(), &cases, &()).unwrap();
    let derivative = all.estimate(0, ContractQuantity::ValueByCap);
    let difference = all.difference(2, 1, ContractQuantity::PresentValue);
    let slope = difference.mean / (2.0 * step);
    let error = difference.std_error / (2.0 * step) + derivative.std_error;
    assert!(
        (derivative.mean - slope).abs() <= 4.0 * error,
        "{derivative:?} {slope}"
    );
    assert!(derivative.std_error < 2e-3 && error < 4e-3);
    let probability = all.estimate(0, ContractQuantity::Binds).mean;
    assert!(derivative.mean < probability);
}

#[test]
fn paired_differences_are_far_sharper_than_unpaired_ones() {
    let contract = |cap: f64| FlatShare {
        share: 0.2,
        cap,
        paid_before: 0.0,
        expiry: day(2030, 12, 31),
    };
    let random = scenario(&["simulation.sampler=random".to_owned()]);
    let all = evaluate(
        &random.simulation(),
        &[contract(38.0), contract(38.38)],
        &(),
    )
    .unwrap();
    let quantity = ContractQuantity::TotalPaid;
    let paired = all.difference(1, 0, quantity);
    let apart = |i| all.estimate(i, quantity).std_error.powi(2);
    let unpaired = (apart(0) + apart(1)).sqrt();
    assert!(paired.mean > 0.0);
    assert!(20.0 * paired.std_error < unpaired, "{paired:?} {unpaired}");
}

/// Every percentile that runs report, as a part of all paths.
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

#[test]
fn binding_dates_are_those_of_a_run() {
    // So few that paths are followed to the day, and so many that they are not.
    for extra in [0, 200] {
        let mut contracts: Vec<FlatShare> = [18.0, 30.0, 38.0, 70.0]
            .map(|cap| FlatShare {
                share: 0.2,
                cap,
                paid_before: 1.0,
                expiry: day(2030, 3, 10),
            })
            .to_vec();
        let asked = contracts.clone();
        contracts.extend((0..extra).map(|i| FlatShare {
            cap: 20.0 + f64::from(i) / 7.0,
            ..asked[0]
        }));
        let base = scenario(&["simulation.points=8192".to_owned()]);
        let world = World {
            simulation: base.simulation(),
            contracts: &contracts,
        };
        let all = evaluate_worlds(&[world], &QUANTILES, &())
            .unwrap()
            .remove(0);
        for (i, contract) in asked.iter().enumerate() {
            let own = scenario(&[
                format!("agreement.cap={}", contract.cap),
                "agreement.paid_before=1".to_owned(),
                "agreement.expiry=2030-03-10".to_owned(),
                "simulation.points=8192".to_owned(),
            ]);
            let results = simulate::run_totals(&own.simulation(), &()).unwrap();
            let outcomes = results.primary().ends().counted();
            for (q, found) in QUANTILES.iter().zip(all.binding_dates(i)) {
                let wanted = outcomes.quantile(EndReason::Cap, *q, false);
                match (found, wanted) {
                    (Some(found), Some(wanted)) => {
                        let off = found.date.days_since(wanted).abs();
                        assert!(off <= i32::from(extra > 0), "{contract:?} {q} {found:?}");
                        // The day that holds the moment; the same moment as a run's.
                        let into = found.days - f64::from(found.date.days_since(day(2026, 1, 1)));
                        assert!(0.0 < into && into <= 1.0 + 1e-9, "{found:?}");
                        let run = outcomes.date_quantile(EndReason::Cap, *q, false).unwrap();
                        let most = if extra > 0 { 1.0 } else { 1e-9 };
                        assert!((run.days - found.days).abs() <= most, "{run:?} {found:?}");
                    }
                    (None, None) => {}
                    other => panic!("{contract:?} {q}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn the_error_of_a_date_is_its_scatter_over_seeds() {
    for extra in [0, 50] {
        let contract = |cap| FlatShare {
            share: 0.2,
            cap,
            paid_before: 0.0,
            expiry: day(2030, 12, 31),
        };
        let mut contracts = vec![contract(30.0)];
        contracts.extend((0..extra).map(|i| contract(40.0 + f64::from(i))));
        let mut dates = Vec::new();
        let mut errors = Vec::new();
        for seed in 0..24 {
            let own = scenario(&[
                "simulation.sampler=random".to_owned(),
                format!("simulation.seed={seed}"),
            ]);
            let world = World {
                simulation: own.simulation(),
                contracts: &contracts,
            };
            let all = evaluate_worlds(&[world], &[0.5], &()).unwrap().remove(0);
            let median = all.binding_dates(0)[0].clone().unwrap();
            errors.push(MeanEstimate::of(&median.replicates).std_error);
            dates.push(median.days);
        }
        let scatter = Moments::of(&dates).variance().sqrt();
        let error = Moments::of(&errors).mean();
        // 24 seeds know their scatter to about 15 %.
        assert!((0.6..1.5).contains(&(scatter / error)), "{scatter} {error}");
    }
}

#[test]
fn a_certain_future_has_a_date_without_error() {
    let certain = scenario(&["revenue.gbm.volatility=0".to_owned()]);
    let contracts = (0..20).map(|i| FlatShare {
        share: 0.2,
        cap: 10.0 + f64::from(i),
        paid_before: 0.0,
        expiry: day(2030, 12, 31),
    });
    let contracts: Vec<FlatShare> = contracts.collect();
    for few in [3, 20] {
        let world = World {
            simulation: certain.simulation(),
            contracts: &contracts[..few],
        };
        let all = evaluate_worlds(&[world], &[0.5], &()).unwrap().remove(0);
        let own = scenario(&[
            "revenue.gbm.volatility=0".to_owned(),
            "agreement.cap=12".to_owned(),
        ]);
        let results = simulate::run_totals(&own.simulation(), &()).unwrap();
        let outcomes = results.primary();
        let median = all.binding_dates(2)[0].clone().unwrap();
        assert_eq!(Some(median.date), outcomes.reached_quantile(0.5));
        assert_eq!(MeanEstimate::of(&median.replicates).std_error, 0.0);
    }
}

#[test]
fn worlds_evaluated_together_are_those_evaluated_alone() {
    let contracts = cases();
    let worlds: Vec<Scenario> = ["0.1", "0.2", "0.3"]
        .map(|v| scenario(&[format!("revenue.gbm.volatility={v}")]))
        .to_vec();
    let ordering = Ordering::of(&worlds[1].simulation());
    let world = |scenario| -> World<'_> {
        let scenario: &Scenario = scenario;
        let mut simulation = scenario.simulation();
        simulation.ordering = Some(&ordering);
        World {
            simulation,
            contracts: &contracts[..7],
        }
    };
    let worlds: Vec<World<'_>> = worlds.iter().map(world).collect();
    let together = evaluate_worlds(&worlds, &QUANTILES, &()).unwrap();
    for (i, world) in worlds.iter().enumerate() {
        let alone = evaluate_worlds(&[*world], &QUANTILES, &())
            .unwrap()
            .remove(0);
        for case in 0..7 {
            for quantity in [ContractQuantity::TotalPaid, ContractQuantity::Binds] {
                let pair = [&together[i], &alone].map(|all| all.replicates(case, quantity));
                assert_eq!(pair[0], pair[1]);
            }
            assert_eq!(together[i].binding_dates(case), alone.binding_dates(case));
        }
    }
    // The world whose order is lent is what it is without.
    let own = evaluate(
        &scenario(&["revenue.gbm.volatility=0.2".to_owned()]).simulation(),
        &contracts[..7],
        &(),
    )
    .unwrap();
    let quantity = ContractQuantity::PresentValue;
    assert_eq!(
        own.replicates(3, quantity),
        together[1].replicates(3, quantity)
    );
}
