//! A 95 % interval holds the exact value in 95 % of runs.

use capbind::scenario::Scenario;
use capbind::simulate::{self, Total};

/// Case E-BT1-ran of truths.json, whose expected total and binding probability
/// are known exactly.
const SCENARIO: &str = r#"
    [timeline]
    start = 2026-01-01
    end = 2035-12-31
    step = "year"
    [revenue.gbm]
    initial = 100
    growth = 0.10517091807564771
    volatility = 0.25
    observe = "end"
    [agreement]
    share = 0.05
    cap = 60
    [simulation]
    replicates = 16
    points = 256
    "#;
const TOTAL: f64 = 55.240_639_658_599_26;
const PROBABILITY: f64 = 0.683_952_048_402_063_8;

#[test]
fn intervals_cover_the_exact_value_as_often_as_they_say() {
    for sampler in ["sobol", "random"] {
        let overrides = [format!("simulation.sampler={sampler}")];
        let scenario = Scenario::parse("case.toml", "case", SCENARIO, &overrides).unwrap();
        let (mut total, mut probability) = (0, 0);
        for seed in 0..1000 {
            let mut simulation = scenario.simulation();
            simulation.settings.seed = seed;
            let mut results = simulate::run_totals(&simulation, &()).unwrap();
            let outcomes = results.agreements.remove(0);
            let holds = |(low, high): (f64, f64), exact: f64| low <= exact && exact <= high;
            let paid = outcomes.total(Total::Paid).unwrap().estimate;
            total += u32::from(holds(paid.interval(0.95), TOTAL));
            probability += u32::from(holds(outcomes.reached().interval(0.95), PROBABILITY));
        }
        assert!((930..=970).contains(&total), "{sampler}: total {total}");
        assert!(
            (930..=970).contains(&probability),
            "{sampler}: probability {probability}"
        );
    }
}
