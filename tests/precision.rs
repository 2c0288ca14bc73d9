//! A precision instead of a number of paths.
#![cfg(feature = "cli")]

mod common;

use std::fs;

use capbind::scenario::Scenario;
use capbind::simulate;

const SCENARIO: &str = r#"
    title = "A royalty"
    source = "term sheet"
    [timeline]
    start = 2026-01-01
    end = 2030-12-31
    step = "quarter"
    [revenue.gbm]
    initial = 100
    growth = 0.2
    volatility = 0.3
    [agreement]
    share = 0.05
    cap = 30
    [valuation]
    discount_rate = 0.09
    "#;

#[test]
fn the_points_found_reach_the_precision_and_half_of_them_do_not() {
    let scenario = Scenario::parse("a.toml", "a", SCENARIO, &[]).unwrap();
    let simulation = scenario.simulation();
    let steps = simulate::search(&simulation, 2e-6, 1 << 20, true, &()).unwrap();
    let (last, earlier) = steps.split_last().unwrap();
    assert!(last.error() <= 2e-6);
    assert!(!earlier.is_empty() && earlier.iter().all(|step| step.error() > 2e-6));
    assert!(
        steps
            .windows(2)
            .all(|pair| pair[1].points == 2 * pair[0].points)
    );
    // A step is the run of its points, to the last bit.
    let mut again = scenario.clone();
    again.settings.points = last.points;
    let mut results = simulate::run(&again.simulation(), &()).unwrap();
    let outcomes = results.agreements.remove(0);
    for (watched, estimate) in &last.estimates {
        let own = outcomes.get(*watched).unwrap().estimate.unwrap();
        assert_eq!(own.of_mean(), *estimate, "{watched:?}");
    }
    // Without paths the same lines give the same bits.
    let alone = simulate::search(&simulation, 2e-6, 1 << 20, false, &()).unwrap();
    let found = |steps: &[simulate::ConvergenceStep]| steps.last().unwrap().estimates.clone();
    assert_eq!(found(&alone), found(&steps));
    assert!(alone[0].counted.is_empty() && !steps[0].counted.is_empty());
}

#[test]
fn more_points_keep_the_paths_there_were() {
    for sampler in ["sobol", "random"] {
        let paths = |points: u64| {
            let overrides = [
                format!("simulation.sampler={sampler}"),
                format!("simulation.points={points}"),
            ];
            let scenario = Scenario::parse("a.toml", "a", SCENARIO, &overrides).unwrap();
            simulate::replay(&scenario.simulation(), u64::MAX, &()).unwrap()
        };
        let (few, many) = (paths(64), paths(128));
        for replicate in 0..16 {
            assert_eq!(few[replicate * 64..][..64], many[replicate * 128..][..64]);
        }
    }
}

#[test]
fn the_command_says_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), SCENARIO).unwrap();
    let done = common::capbind(folder.path())
        .args(["run", "a.toml", "--precision", "0.02%", "--convergence"])
        .args(["--out", "output/a"])
        .assert()
        .success();
    let text = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    assert!(
        text.contains("precision wanted 0.02\u{a0}%: took ")
            || text.contains("precision wanted 0.02 %: took "),
        "{text}"
    );
    let results = folder.path().join("output/a");
    let summary = common::table(&fs::read(results.join("summary.csv")).unwrap());
    let total = common::line(&summary, "quantity", "total_paid");
    let error = common::number(total, "std_error") / common::number(total, "mean");
    assert!(error <= 2e-4);
    let probability = common::line(&summary, "quantity", "binding_probability");
    assert!(common::number(probability, "std_error") <= 2e-4);
    let steps = common::table(&fs::read(results.join("convergence.csv")).unwrap());
    assert_eq!(steps[0]["points"], "256");
    assert_eq!(steps[0]["paths"], "4096");
    // The points found are few, so the run takes the usual number, and its lines.
    let last = steps.last().unwrap();
    let off = common::number(last, "mean") - common::number(probability, "mean");
    assert!(off.abs() < 5.0 * common::number(last, "std_error"));
    assert_eq!(last["estimator"], "smooth");
    assert_eq!(probability["estimator"], "smooth");
    assert!(results.join("charts/convergence.png").is_file());
}

#[test]
fn a_ceiling_hit_first_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), SCENARIO).unwrap();
    let done = common::capbind(folder.path())
        .args(["run", "a.toml", "--precision", "0.000001", "--no-charts"])
        .args(["--set", "simulation.max_points=2048"])
        .assert()
        .success();
    let warning = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(
        warning.starts_with("warning: a precision of 0.0001 % was wanted, "),
        "{warning}"
    );
    assert!(
        warning.contains("with 2,048 points; raise simulation.max_points"),
        "{warning}"
    );
}

#[test]
fn a_precision_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), SCENARIO).unwrap();
    for precision in ["0", "20%", "-0.1%", "fine", "nan"] {
        common::capbind(folder.path())
            .args(["run", "a.toml"])
            .arg(format!("--precision={precision}"))
            .assert()
            .code(2);
    }
    common::capbind(folder.path())
        .args(["check", "a.toml", "--set", "simulation.precision=0.2"])
        .assert()
        .code(2);
}
