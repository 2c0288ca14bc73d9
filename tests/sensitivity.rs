//! What drives the outcome, against functions and scenarios whose indices are
//! known exactly: |error| ≤ 4 standard errors, and standard errors small.

use capbind::Error;
use capbind::math::exp;
use capbind::scenario::Scenario;
use capbind::simulate::{self, Measure, Sampler, Settings, Total};
use capbind::stats::{Decomposition, MeanEstimate};
use capbind::study::{
    QuantitySensitivity, Sensitivity, SensitivityOptions, sensitivity, variance_indices,
};
use capbind::{math::inverse_normal_cdf, study::Stress};
use serde_json::Value;

fn truth(id: &str) -> Value {
    let truths: Value = serde_json::from_str(include_str!("truths.json")).unwrap();
    let cases = truths["cases"].as_array().unwrap();
    let found = cases.iter().find(|case| case["id"] == id);
    found.unwrap_or_else(|| panic!("no case {id}")).clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap().iter();
    list.map(|number| number.as_f64().unwrap()).collect()
}

fn expected(case: &Value, metric: &str) -> Value {
    let all = case["expected"].as_array().unwrap();
    let found = all.iter().find(|e| e["metric"] == metric).unwrap();
    found["value"].clone()
}

#[track_caller]
fn close(estimate: &MeanEstimate, exact: f64, largest_error: f64) {
    let error = (estimate.mean - exact).abs();
    assert!(
        error <= 4.0 * estimate.std_error + 1e-12,
        "{estimate:?} against {exact}"
    );
    assert!(estimate.std_error <= largest_error, "{estimate:?}");
}

fn settings(points: u64) -> Settings {
    Settings {
        points,
        replicates: 16,
        sampler: Sampler::Sobol,
        seed: 5,
    }
}

/// Holds both indices of every group against a truth.
fn hold(case: &Value, found: &Decomposition, largest_error: f64) {
    for (metric, first) in [("S1", true), ("ST", false)] {
        for (group, exact) in found.groups.iter().zip(numbers(&expected(case, metric))) {
            let index = if first {
                group.first_order
            } else {
                group.total
            };
            close(&index, exact, largest_error);
        }
    }
}

#[test]
fn ishigami() {
    let case = truth("K-ISHIGAMI");
    let turn = std::f64::consts::TAU;
    let function = |u: &[f64]| {
        let [x, y, z] = [0, 1, 2].map(|i| turn * (u[i] - 0.5));
        x.sin() + 7.0 * y.sin().powi(2) + 0.1 * z.powi(4) * x.sin()
    };
    let found = variance_indices(settings(4096), 3, function, &())
        .unwrap()
        .unwrap();
    close(
        &found.variance,
        expected(&case, "variance").as_f64().unwrap(),
        0.02,
    );
    hold(&case, &found, 0.001);
    // First and third interact; the second does not.
    close(
        &found.interactions,
        1.0 - 0.313_905_191_147_811_46 - 0.442_411_144_790_040_9,
        0.002,
    );
}

#[test]
fn the_function_of_sobol() {
    let case = truth("K-SOBOLG");
    let a = numbers(&case["model"]["a"]);
    let function = |u: &[f64]| {
        let factors = u
            .iter()
            .zip(&a)
            .map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a));
        factors.product()
    };
    let found = variance_indices(settings(4096), a.len(), function, &())
        .unwrap()
        .unwrap();
    close(
        &found.variance,
        expected(&case, "variance").as_f64().unwrap(),
        0.001,
    );
    hold(&case, &found, 0.002);
}

#[test]
fn a_sum_of_log_normal_segments() {
    let case = truth("K-SEG");
    let (weights, deviations) = (
        numbers(&case["model"]["w"]),
        numbers(&case["model"]["log_sd"]),
    );
    let function = |u: &[f64]| {
        let parts = u.iter().zip(weights.iter().zip(&deviations));
        parts
            .map(|(u, (w, s))| w * exp(s * inverse_normal_cdf(*u) - 0.5 * s * s))
            .sum()
    };
    let found = variance_indices(settings(16_384), 3, function, &())
        .unwrap()
        .unwrap();
    let sd = expected(&case, "SD_total").as_f64().unwrap();
    close(&found.variance, sd * sd, 5.0);
    hold(&case, &found, 0.002);
    close(&found.interactions, 0.0, 0.002);
}

#[test]
fn pseudo_random_points_agree_with_larger_errors() {
    let case = truth("K-ISHIGAMI");
    let turn = std::f64::consts::TAU;
    let function = |u: &[f64]| {
        let [x, y, z] = [0, 1, 2].map(|i| turn * (u[i] - 0.5));
        x.sin() + 7.0 * y.sin().powi(2) + 0.1 * z.powi(4) * x.sin()
    };
    let random = Settings {
        sampler: Sampler::Random,
        ..settings(4096)
    };
    hold(
        &case,
        &variance_indices(random, 3, function, &()).unwrap().unwrap(),
        0.01,
    );
}

/// A payout that is a product of three log-normals, as the truth's: the initial
/// run rate, one year's path noise, the share.
fn product() -> String {
    let z95 = inverse_normal_cdf(0.95);
    let band = |median: f64, sd: f64| {
        let (low, high) = (median * exp(-z95 * sd), median * exp(z95 * sd));
        format!("{{ lognormal = {{ p5 = {low}, p95 = {high} }} }}")
    };
    format!(
        r#"
        [timeline]
        start = 2026-01-01
        end = 2026-12-31
        step = "year"
        [revenue.gbm]
        initial = {}
        growth = 0.1
        volatility = 0.3
        observe = "end"
        [agreement]
        share = {}
        [simulation]
        points = 4096
        seed = 11
        "#,
        band(100.0, 0.2),
        band(0.05, 0.1),
    )
}

fn study(text: &str, overrides: &[&str], options: &SensitivityOptions) -> Sensitivity {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    let scenario = Scenario::parse("a.toml", "a", text, &overrides).unwrap();
    sensitivity(&scenario, options, &()).unwrap()
}

fn of(study: &Sensitivity, quantity: Measure) -> &QuantitySensitivity {
    let found = study.quantities.iter().find(|q| q.quantity == quantity);
    found.unwrap()
}

#[test]
fn a_scenario_that_is_a_product_of_log_normals() {
    let case = truth("K-LNPROD");
    let found = study(&product(), &[], &SensitivityOptions::default());
    let names: Vec<&str> = found.drivers.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(
        names,
        ["revenue.gbm.initial", "agreement.share", "path_noise"]
    );
    // No cap and no valuation: the total is all there is.
    assert_eq!(found.quantities.len(), 1);
    let paid = of(&found, Measure::PAID);
    let indices = paid.decomposition.as_ref().unwrap();
    for (metric, first) in [("S1", true), ("ST", false)] {
        let exact = numbers(&expected(&case, metric));
        // The truth's order: initial, noise, share.
        for (group, exact) in [(0, exact[0]), (2, exact[1]), (1, exact[2])] {
            let group = indices.groups[group];
            close(
                if first {
                    &group.first_order
                } else {
                    &group.total
                },
                exact,
                0.003,
            );
        }
    }
    // E[paid | initial at p] = mean of the others times its quantile.
    let others = 0.05 * exp(0.5 * 0.1 * 0.1) * 1.1;
    let swing = paid.swings[0];
    for (estimate, z) in [(swing.low, -1.0), (swing.high, 1.0)] {
        let quantile = 100.0 * exp(z * 0.2 * inverse_normal_cdf(0.9));
        close(&estimate, others * quantile, 0.001);
    }
    assert!((swing.swing.mean - (swing.high.mean - swing.low.mean)).abs() < 1e-12);
}

#[test]
fn swings_and_stresses_stand_on_the_paths_of_the_run() {
    let text = product();
    let stress: Stress = "revenue.gbm.initial=0:100".parse().unwrap();
    let options = SensitivityOptions {
        stresses: vec![stress],
        ..SensitivityOptions::default()
    };
    let found = study(&text, &[], &options);
    let scenario = Scenario::parse("a.toml", "a", &text, &[]).unwrap();
    let run = simulate::run(&scenario.simulation(), &()).unwrap();
    let paid = of(&found, Measure::PAID);
    let total = run.primary().total(Total::Paid).unwrap();
    let total = total.counted.unwrap_or(total.estimate);
    assert!((paid.expected.mean / total.mean - 1.0).abs() < 1e-12);
    assert!((paid.expected.std_error / total.std_error - 1.0).abs() < 1e-6);
    // The whole range is no stress.
    assert!(paid.stresses[0].difference.mean.abs() < 1e-12);
}

#[test]
fn a_stressed_log_normal_has_the_mean_of_its_tail() {
    // E[exp(sZ) | Z > z] = exp(s²/2) Φ(s − z) / Φ(−z).
    let stress: Stress = "revenue.gbm.initial=90:100".parse().unwrap();
    let options = SensitivityOptions {
        stresses: vec![stress],
        ..SensitivityOptions::default()
    };
    let found = study(&product(), &[], &options);
    let outcome = of(&found, Measure::PAID).stresses[0];
    let z = inverse_normal_cdf(0.9);
    let tail = exp(0.02) * capbind::math::normal_cdf(0.2 - z) / 0.1;
    let mean = exp(0.02);
    let others = 100.0 * 0.05 * exp(0.005) * 1.1;
    close(&outcome.stressed, others * tail, 0.001);
    close(&outcome.difference, others * (tail - mean), 0.001);
}

const FORECAST: &str = r#"
    [timeline]
    start = 2026-01-01
    end = 2030-12-31
    step = "quarter"
    [revenue.forecast]
    annual = { 2026 = 28, 2027 = 46, 2028 = 69, 2029 = 96, 2030 = 127 }
    volatility = 0.15
    growth_uncertainty = 0.10
    [agreement]
    share = 0.2
    cap = 38
    [valuation]
    discount_rate = 0.09
    [simulation]
    points = 1024
"#;

#[test]
fn the_growth_error_is_a_driver_of_its_own() {
    let found = study(FORECAST, &[], &SensitivityOptions::default());
    let names: Vec<&str> = found.drivers.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["growth_error", "path_noise"]);
    assert_eq!(found.quantities.len(), 3);
    for quantity in &found.quantities {
        let indices = quantity.decomposition.as_ref().unwrap();
        let [growth, noise] = [0, 1].map(|i| indices.groups[i]);
        // Over five years 10 % a year persistently outweighs 15 % of noise.
        assert!(growth.first_order.mean > noise.first_order.mean);
        // Two groups: what one explains with interactions is what the other leaves.
        for (one, other) in [(growth, noise), (noise, growth)] {
            let (one, other) = (one.total, other.first_order);
            let error = one.std_error + other.std_error;
            assert!(
                (one.mean + other.mean - 1.0).abs() < 4.0 * error,
                "{quantity:?}"
            );
            assert!(error < 0.06, "{error}");
        }
        assert!(quantity.swings[0].swing.mean > 0.0);
    }
    // Without the growth error there is nothing but noise.
    let overrides = ["revenue.forecast.growth_uncertainty=0".to_owned()];
    let scenario = Scenario::parse("a.toml", "a", FORECAST, &overrides).unwrap();
    let error = sensitivity(&scenario, &SensitivityOptions::default(), &()).unwrap_err();
    assert!(
        matches!(&error, Error::Question(error) if error.hint.contains("--vary agreement.cap=35:41")),
        "{error:?}"
    );
}

#[test]
fn a_quantity_that_never_differs_has_no_indices() {
    // The cap binds whatever happens: the total is the cap, the probability one.
    let found = study(
        FORECAST,
        &["agreement.cap=1"],
        &SensitivityOptions::default(),
    );
    assert_eq!(of(&found, Measure::PAID).decomposition, None);
    assert_eq!(of(&found, Measure::Binding).decomposition, None);
    assert_eq!(of(&found, Measure::PAID).expected.std_error, 0.0);
}

/// A minimum makes up what revenue does not bring: the total differs by the rounding
/// of its sum alone.
#[test]
fn a_constant_that_is_a_sum_has_no_indices_either() {
    let text = r#"
        [timeline]
        start = 2026-01-01
        end = 2028-12-31
        step = "month"
        [revenue.gbm]
        initial = 100
        growth = { uniform = [0.1, 0.2] }
        volatility = 0.1
        [agreement]
        share = 0.10
        annual_minimum = 64.17667
        [simulation]
        points = 1024
        replicates = 4
        "#;
    let found = study(text, &[], &SensitivityOptions::default());
    let paid = of(&found, Measure::PAID);
    assert_eq!(paid.decomposition, None);
    assert!((paid.expected.mean - 3.0 * 64.17667).abs() < 1e-9);
    for swing in &paid.swings {
        assert_eq!((swing.swing.mean, swing.swing.std_error), (0.0, 0.0));
        assert_eq!((swing.low.std_error, swing.high.std_error), (0.0, 0.0));
    }
}

#[test]
fn threads_change_nothing() {
    let study = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            study(
                FORECAST,
                &["agreement.cap={ uniform = [35, 41] }"],
                &SensitivityOptions::default(),
            )
        })
    };
    assert_eq!(study(1).quantities, study(3).quantities);
}

#[test]
fn agreements_with_clauses_are_settled_path_by_path() {
    let overrides = ["agreement.annual_cap=9", "simulation.points=256"];
    let found = study(FORECAST, &overrides, &SensitivityOptions::default());
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    let scenario = Scenario::parse("a.toml", "a", FORECAST, &overrides).unwrap();
    assert!(!scenario.simulation().is_flat());
    let run = simulate::run(&scenario.simulation(), &()).unwrap();
    let run = run.primary();
    for (quantity, total) in [
        (Measure::PAID, Total::Paid),
        (Measure::PRESENT_VALUE, Total::PresentValue),
    ] {
        let exact = run.total(total).unwrap().estimate;
        let expected = of(&found, quantity).expected;
        assert!(
            (expected.mean / exact.mean - 1.0).abs() < 1e-12,
            "{quantity:?}"
        );
        assert!((expected.std_error / exact.std_error - 1.0).abs() < 1e-6);
    }
    let reached = of(&found, Measure::Binding).expected.mean;
    assert!((reached - run.reached().mean).abs() < 1e-12);
}

#[test]
fn inputs_that_depend_on_each_other_are_one_driver() {
    let correlated = [
        "agreement.cap={ uniform = [35, 41] }",
        "agreement.share={ uniform = [0.18, 0.22] }",
        "correlation.inputs=[[\"agreement.cap\", \"agreement.share\", 0.8]]",
    ];
    let stress: Stress = "agreement.share=90:100".parse().unwrap();
    let options = SensitivityOptions {
        stresses: vec![stress],
        ..SensitivityOptions::default()
    };
    let found = study(FORECAST, &correlated, &options);
    let names: Vec<&str> = found.drivers.iter().map(|d| d.name.as_str()).collect();
    let together = "agreement.share + agreement.cap";
    let alone = ["agreement.share", "agreement.cap"];
    assert_eq!(
        names,
        [together, "growth_error", "path_noise", alone[0], alone[1]]
    );
    let paid = of(&found, Measure::PAID);
    // Three drivers have indices; four numbers swing, each moved alone.
    assert_eq!(paid.decomposition.as_ref().unwrap().groups.len(), 3);
    let swung: Vec<usize> = paid.swings.iter().map(|swing| swing.driver).collect();
    assert_eq!(swung, [1, 3, 4]);
    let share = paid.swings[1];
    let (low, high) = share.ends.unwrap();
    assert!((low - 0.184).abs() < 1e-9 && (high - 0.216).abs() < 1e-9);
    // The expected total is that of the run with its correlation.
    let overrides: Vec<String> = correlated.iter().map(|o| (*o).to_owned()).collect();
    let scenario = Scenario::parse("a.toml", "a", FORECAST, &overrides).unwrap();
    let run = simulate::run(&scenario.simulation(), &()).unwrap();
    let exact = run.primary().total(Total::Paid).unwrap();
    let exact = exact.counted.unwrap_or(exact.estimate);
    assert!((paid.expected.mean / exact.mean - 1.0).abs() < 1e-9);
    // A stress moves the share alone: about what its swing to the 95 % point would.
    assert!(paid.stresses[0].difference.mean > 0.0);
}
