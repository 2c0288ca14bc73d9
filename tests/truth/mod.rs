//! Reading the reference values and holding estimates against them.
#![allow(dead_code, reason = "each test binary uses a part")]

use capbind::scenario::Scenario;
use capbind::simulate::{self, Outcomes, Quantity, Slot};
use capbind::stats::Estimate;
use capbind::units::Date;
use serde_json::Value;

/// Relative standard error a total must reach.
pub const TOTAL_ERROR: f64 = 1e-4;
/// Standard error a probability must reach.
pub const PROBABILITY_ERROR: f64 = 5e-4;

pub fn case(id: &str) -> Value {
    let truths: Value = serde_json::from_str(include_str!("../truths.json")).unwrap();
    let cases = truths["cases"].as_array().unwrap();
    let found = cases.iter().find(|case| case["id"] == id);
    found.unwrap_or_else(|| panic!("no case {id}")).clone()
}

/// Every expected value of a metric with its tolerance.
pub fn expected(case: &Value, metric: &str) -> Vec<(Value, f64)> {
    let all = case["expected"].as_array().unwrap().iter();
    let of_metric = all.filter(|e| e["metric"] == metric);
    let tolerance = |e: &Value| match e["abs_tol"].as_array() {
        Some(each) => each.iter().map(f).fold(0.0, f64::max),
        None => f(&e["abs_tol"]),
    };
    let values: Vec<_> = of_metric
        .map(|e| (e["value"].clone(), tolerance(e)))
        .collect();
    assert!(!values.is_empty(), "{} has no {metric}", case["id"]);
    values
}

/// The scenario a geometric Brownian case says, in this program's words.
pub fn gbm_scenario(case: &Value) -> String {
    let years = case["grid"]["dt_years"].as_f64().unwrap();
    let periods = case["grid"]["n_periods"].as_i64().unwrap() as i32;
    let (step, months) = if years == 1.0 {
        ("year", 12)
    } else {
        ("month", 1)
    };
    let end = Date::new(2026, 1, 1)
        .unwrap()
        .add_months(periods * months)
        .add_days(-1);
    let observe = match case["first_period"].as_str().unwrap() {
        "random" => "end",
        _ => "start",
    };
    let contract = &case["contract"];
    let rate = contract["discount_rate_cont"].as_f64().unwrap_or(0.0);
    format!(
        r#"
        [timeline]
        start = 2026-01-01
        end = {end}
        step = "{step}"
        [revenue.gbm]
        initial = {}
        growth = {}
        volatility = {}
        observe = "{observe}"
        [agreement]
        share = {}
        cap = {}
        paid_before = {}
        [simulation]
        points = 16384
        replicates = 16
        seed = 1
        [valuation]
        date = 2026-01-01
        discount_rate = {}
        "#,
        f(&case["model"]["R0"]) / years,
        f(&case["model"]["mu_arith"]).exp_m1(),
        case["model"]["sigma"],
        contract["rate"],
        contract["cap"],
        contract["paid_to_date"],
        rate.exp_m1(),
    )
}

pub fn f(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

pub fn run(text: &str) -> (Scenario, Outcomes) {
    let scenario =
        Scenario::parse("case.toml", "case", text, &[]).unwrap_or_else(|e| panic!("{e}"));
    let mut results = simulate::run(&scenario.simulation(), &()).unwrap();
    let outcomes = results.agreements.remove(0);
    (scenario, outcomes)
}

pub fn check(what: &str, estimate: Estimate, truth: f64, tolerance: f64, largest_error: f64) {
    let Estimate {
        mean, std_error, ..
    } = estimate;
    // What is left of the integration of lines, and of the references.
    let rounding = 4e-9 * truth.abs();
    assert!(
        (mean - truth).abs() <= 4.0 * std_error + tolerance + rounding,
        "{what}: {mean} ± {std_error}, exactly {truth}"
    );
    assert!(
        std_error <= largest_error,
        "{what}: a standard error of {std_error} says too little"
    );
}

/// No path of n reaching the cap is compatible with a probability of 3/n.
pub fn unseen(outcomes: &Outcomes) -> f64 {
    3.0 / outcomes.paths() as f64
}

pub fn check_binding(scenario: &Scenario, outcomes: &Outcomes, case: &Value) {
    check_binding_to(PROBABILITY_ERROR, scenario, outcomes, case);
}

/// As [`check_binding`], to a standard error of its own.
pub fn check_binding_to(
    largest_error: f64,
    scenario: &Scenario,
    outcomes: &Outcomes,
    case: &Value,
) {
    let (truths, tolerance) = expected(case, "P_bind_by_period").remove(0);
    let periods = scenario.timeline.periods().iter();
    for (period, truth) in periods.zip(truths.as_array().unwrap()) {
        let what = format!("P(cap reached by {})", period.last_day);
        let estimate = outcomes.reached_by(period.last_day);
        let tolerance = tolerance + unseen(outcomes);
        check(&what, estimate, f(truth), tolerance, largest_error);
    }
}

pub fn check_cumulative(scenario: &Scenario, outcomes: &Outcomes, case: &Value) {
    check_cumulative_to(TOTAL_ERROR, scenario, outcomes, case);
}

/// As [`check_cumulative`], to a relative standard error of its own.
pub fn check_cumulative_to(
    largest_error: f64,
    scenario: &Scenario,
    outcomes: &Outcomes,
    case: &Value,
) {
    let (truths, tolerance) = expected(case, "E_cum_paid_by_period").remove(0);
    let count = scenario.timeline.periods().len();
    for (k, truth) in (0..count).zip(truths.as_array().unwrap()) {
        let measured = outcomes.quantity(Quantity::CumulativePaid, Slot::Period(k));
        let what = format!("cumulative paid in period {k}");
        // The additions of k payments in binary leave a few units in the last place.
        let tolerance = tolerance + 1e-12 * f(truth);
        check(
            &what,
            measured.unwrap().estimate,
            f(truth),
            tolerance,
            largest_error * f(truth),
        );
    }
}
