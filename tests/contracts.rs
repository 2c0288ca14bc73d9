//! Many contracts on one set of paths agree with one run each.

use capbind::scenario::Scenario;
use capbind::simulate::{self, ContractQuantity, FlatShare, Total, evaluate};
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
    let all = evaluate(&scenario(&[]).simulation(), &cases());
    for (i, case) in cases().iter().enumerate() {
        let own = scenario(&[
            format!("agreement.share={}", case.share),
            format!("agreement.cap={}", case.cap),
            format!("agreement.paid_before={}", case.paid_before),
            format!("agreement.expiry={}", case.expiry),
        ]);
        let mut results = simulate::run(&own.simulation(), &|_| ());
        let outcomes = results.agreements.remove(0);
        for (quantity, total) in [
            (ContractQuantity::TotalPaid, Total::Paid),
            (ContractQuantity::PresentValue, Total::PresentValue),
            (ContractQuantity::Excess, Total::Excess),
        ] {
            let one = outcomes.total(total).unwrap().estimate;
            let many = all.estimate(i, quantity);
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
            assert!(
                close(many.mean, one.mean),
                "{case:?} {quantity:?}: {many:?} {one:?}"
            );
            assert!(
                close(many.std_error, one.std_error),
                "{case:?} {quantity:?}"
            );
        }
        // Quasi-random paths may lie so that equal counts are certain.
        let probability = all.estimate(i, ContractQuantity::Binds);
        assert!(
            (probability.mean - outcomes.reached().mean).abs() < 1e-12,
            "{case:?}"
        );
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
    let all = evaluate(&scenario.simulation(), &cases);
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
    let all = evaluate(&random.simulation(), &[contract(38.0), contract(38.38)]);
    let quantity = ContractQuantity::TotalPaid;
    let paired = all.difference(1, 0, quantity);
    let apart = |i| all.estimate(i, quantity).std_error.powi(2);
    let unpaired = (apart(0) + apart(1)).sqrt();
    assert!(paired.mean > 0.0);
    assert!(20.0 * paired.std_error < unpaired, "{paired:?} {unpaired}");
}
