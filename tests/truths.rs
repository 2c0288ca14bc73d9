//! Reference values made by others or by deterministic quadrature, replayed
//! through scenario files: |error| ≤ 4 standard errors + the reference's own
//! tolerance, and standard errors small enough to mean something.
#![cfg(feature = "cli")]

mod common;
mod truth;

use capbind::agreement::{Agreement, Clauses, Contract, PaymentTerms, Settlement};
use capbind::scenario::Scenario;
use capbind::simulate::{Outcomes, Quantity, Slot, Total};
use capbind::units::{Date, Parameter, Step, Timeline};
use serde_json::Value;
use truth::*;

fn check_total(what: &str, outcomes: &Outcomes, total: Total, case: &Value, metric: &str) {
    for (truth, tolerance) in expected(case, metric) {
        let estimate = outcomes.total(total).unwrap().estimate;
        let largest = TOTAL_ERROR * f(&truth);
        check(what, estimate, f(&truth), tolerance, largest);
    }
}

#[test]
fn levy_averages_are_capped_totals() {
    for id in ["A-LEVY-t0-n12", "A-LEVY-t1-n12"] {
        let case = case(id);
        let (_, outcomes) = run(&gbm_scenario(&case));
        check_total(id, &outcomes, Total::Paid, &case, "E_total_paid");
        check_total(id, &outcomes, Total::Uncapped, &case, "E_uncapped_total");
        for (truth, tolerance) in expected(&case, "P_bind_by_end") {
            check(
                id,
                outcomes.reached(),
                f(&truth),
                tolerance,
                PROBABILITY_ERROR,
            );
        }
    }
}

#[test]
fn a_seasoned_average_is_a_cap_partly_used_up() {
    let mut case = case("D-QL-SEASONED");
    // The reference gives the volatility of one year as `sigma`.
    assert_eq!(case["model"]["sigma"], 0.5);
    case["first_period"] = "random".into();
    let (_, outcomes) = run(&gbm_scenario(&case));
    check_total("seasoned", &outcomes, Total::Paid, &case, "E_new_payments");
    let (truth, tolerance) = expected(&case, "P_bind_by_end").remove(0);
    check(
        "seasoned",
        outcomes.reached(),
        f(&truth),
        tolerance,
        PROBABILITY_ERROR,
    );
    let (truth, _) = expected(&case, "SD_new_payments").remove(0);
    let deviation = outcomes.total(Total::Paid).unwrap().estimate.std_dev;
    assert!((deviation / f(&truth) - 1.0).abs() < 1e-3);
}

#[test]
fn textbook_cases_agree_in_every_period() {
    for id in ["E-BT1-ran", "E-BT3-det", "E-BT7-ran"] {
        let case = case(id);
        let (scenario, outcomes) = run(&gbm_scenario(&case));
        check_total(id, &outcomes, Total::Paid, &case, "E_total_paid_new");
        check_total(
            id,
            &outcomes,
            Total::PresentValue,
            &case,
            "PV_end_of_period",
        );
        check_binding(&scenario, &outcomes, &case);
        check_cumulative(&scenario, &outcomes, &case);
        let (truth, _) = expected(&case, "SD_total_paid").remove(0);
        let deviation = outcomes.total(Total::Paid).unwrap().estimate.std_dev;
        assert!(
            (deviation / f(&truth) - 1.0).abs() < 2e-3,
            "{id}: {deviation}"
        );
        let (sum, tolerance) = expected(&case, "E_sum_revenue").remove(0);
        let share = f(&case["contract"]["rate"]);
        let uncapped = outcomes.total(Total::Uncapped).unwrap().estimate;
        let truth = share * f(&sum);
        check(id, uncapped, truth, share * tolerance, TOTAL_ERROR * truth);
        check_quantiles(&scenario, &outcomes, &case);
    }
}

/// The period in which each quantile of the binding date lies, `null` for not
/// reached.
fn check_quantiles(scenario: &Scenario, outcomes: &Outcomes, case: &Value) {
    let (truths, _) = expected(case, "binding_period_quantiles").remove(0);
    for (name, truth) in truths.as_object().unwrap() {
        let percent: f64 = name.trim_start_matches('q').parse().unwrap();
        let date = outcomes.reached_quantile(percent / 100.0);
        let period = date.map(|date| {
            let mut periods = scenario.timeline.periods().iter();
            periods.position(|p| date <= p.last_day).unwrap() as i64 + 1
        });
        assert_eq!(period, truth.as_i64(), "{} {name}", case["id"]);
    }
}

#[test]
fn pseudo_random_paths_agree_too() {
    let case = case("E-BT3-det");
    let text = gbm_scenario(&case).replace("seed = 1", "sampler = \"random\"\nseed = 2");
    let (scenario, outcomes) = run(&text);
    let (truth, tolerance) = expected(&case, "E_total_paid_new").remove(0);
    let estimate = outcomes.total(Total::Paid).unwrap().estimate;
    check("random", estimate, f(&truth), tolerance, 2e-4 * f(&truth));
    let (truths, _) = expected(&case, "P_bind_by_period").remove(0);
    let periods = scenario.timeline.periods().iter();
    for (period, truth) in periods.zip(truths.as_array().unwrap()) {
        let estimate = outcomes.reached_by(period.last_day);
        check("random", estimate, f(truth), unseen(&outcomes), 1.3e-3);
    }
}

#[test]
fn a_projection_with_random_walk_errors() {
    let case = case("G-randomwalk");
    let text = r#"
        [timeline]
        start = 2026-01-01
        end = 2030-12-31
        step = "year"
        [revenue.forecast]
        annual = { 2026 = 100, 2027 = 130, 2028 = 165, 2029 = 200, 2030 = 230 }
        volatility = 0.15
        observe = "end"
        [agreement]
        share = 0.08
        cap = 50
        [simulation]
        points = 16384
        "#;
    let (scenario, outcomes) = run(text);
    check_binding(&scenario, &outcomes, &case);
    check_cumulative(&scenario, &outcomes, &case);
    let revenue: f64 = (0..5)
        .map(|k| {
            let measured = outcomes.quantity(Quantity::Revenue, Slot::Period(k));
            measured.unwrap().estimate.mean
        })
        .sum();
    assert!((revenue - 825.0).abs() < 0.1);
}

#[test]
fn a_payment_in_the_future_is_discounted_to_its_date() {
    let case = case("J-linear");
    let model = &case["model"];
    let grid = &case["grid"];
    let text = format!(
        r#"
        [timeline]
        start = 2026-01-01
        end = 2026-12-31
        step = "year"
        [revenue.gbm]
        initial = {}
        growth = 0
        volatility = {}
        observe = "end"
        [agreement]
        share = 0.3
        payment = {{ lag_months = 3 }}
        [valuation]
        discount_rate = {}
        "#,
        model["mean"],
        model["log_sd"],
        f(&grid["discount_rate_cont"]).exp_m1(),
    );
    assert_eq!(grid["payment_years"], 1.25);
    let (_, outcomes) = run(&text);
    check_total("J-linear", &outcomes, Total::Paid, &case, "mean_payment");
    check_total("J-linear", &outcomes, Total::PresentValue, &case, "PV");
}

fn day(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

/// A deterministic case settled by the rule itself.
fn settled(case: &Value) -> Settlement {
    let revenue: Vec<f64> = case["model"]["revenue"]
        .as_array()
        .unwrap()
        .iter()
        .map(f)
        .collect();
    let end = day(2026, 1, 1)
        .add_months(12 * revenue.len() as i32)
        .add_days(-1);
    let timeline = Timeline::new(day(2026, 1, 1), end, Step::Year).unwrap();
    let contract = &case["contract"];
    let agreement = Agreement {
        name: "case".into(),
        payer: "a".into(),
        payee: "b".into(),
        share: Parameter::Fixed(f(&contract["rate"])).into(),
        cap: Some(Parameter::Fixed(f(&contract["cap"])).into()),
        paid_before: Parameter::Fixed(f(&contract["paid_to_date"])),
        effective: timeline.start(),
        expiry: timeline.end(),
        payment: PaymentTerms::default(),
        clauses: Clauses::default(),
    };
    let mut settlement = Settlement::default();
    Contract::new(agreement, &timeline).settle(&[], &revenue, &mut settlement);
    settlement
}

#[test]
fn deterministic_ledgers_are_exact() {
    for id in ["I-D1", "I-D2", "I-D5"] {
        let case = case(id);
        let path = settled(&case);
        let reached = path.reached.unwrap();
        let (period, _) = expected(&case, "binding_period").remove(0);
        assert_eq!(reached.period as i64 + 1, period.as_i64().unwrap(), "{id}");
        let (time, tolerance) = expected(&case, "fractional_binding_time").remove(0);
        let fractional = reached.period as f64 + reached.fraction;
        assert!(
            (fractional - f(&time)).abs() <= tolerance,
            "{id}: {fractional}"
        );
    }
    for id in ["I-D2", "I-D5"] {
        let case = case(id);
        let path = settled(&case);
        let (payments, tolerance) = expected(&case, "payments").remove(0);
        for (line, payment) in path.lines.iter().zip(payments.as_array().unwrap()) {
            assert!((line.payment - f(payment)).abs() <= tolerance, "{id}");
        }
    }
    for id in ["I-D1", "I-D2", "I-D4"] {
        let case = case(id);
        let (total, tolerance) = expected(&case, "E_total_paid").remove(0);
        assert!(
            (settled(&case).total_paid() - f(&total)).abs() <= tolerance,
            "{id}"
        );
    }
    assert_eq!(settled(&case("I-D1")).binds, None);
    assert_eq!(settled(&case("I-D2")).binds, Some(6));
    assert_eq!(settled(&case("I-D4")).reached, None);
    let used_up = settled(&case("I-D3"));
    assert_eq!(used_up.total_paid(), 0.0);
    let reached = used_up.reached.unwrap();
    assert_eq!((reached.period, reached.fraction), (0, 0.0));
    assert_eq!(reached.date, day(2026, 1, 1));
}

#[test]
fn the_tie_reaches_the_cap_through_the_whole_program() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"
        [timeline]
        start = 2026-01-01
        end = 2026-10-31
        step = "month"
        [revenue.gbm]
        initial = 1.2
        growth = 0
        volatility = 0
        [agreement]
        share = 1
        cap = 1
        [simulation]
        points = 64
        "#;
    std::fs::write(folder.path().join("tie.toml"), text).unwrap();
    common::capbind(folder.path())
        .args(["run", "tie.toml", "--no-charts", "--quiet"])
        .args(["--out", "output/tie"])
        .assert()
        .success();
    let results = folder.path().join("output/tie");
    let binding = common::table(&std::fs::read(results.join("binding.csv")).unwrap());
    assert_eq!(common::number(&binding[9], "probability"), 1.0);
    assert_eq!(common::number(&binding[10], "probability"), 0.0);
    let summary = common::table(&std::fs::read(results.join("summary.csv")).unwrap());
    let total = common::line(&summary, "quantity", "total_paid");
    assert_eq!(common::number(total, "mean"), 1.0);
    let excess = common::line(&summary, "quantity", "excess_over_cap");
    assert_eq!(common::number(excess, "mean"), 0.0);
    let date = common::line(&summary, "quantity", "binding_date");
    assert_eq!(date["p50"], "2026-10-31");
}
