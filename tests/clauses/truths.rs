//! Reference values made by others, through scenario files.

use capbind::scenario::Scenario;
use capbind::simulate::{self, Outcomes, Total};
use serde_json::Value;

use super::truth::{case, expected, f};

/// One year of log-normal revenue, paid three months after it: observation and
/// payment of the contingent-consideration cases, whose own half-year is in their
/// mean and deviation. Payment is 1.25 years from the valuation.
fn outcomes(case: &Value, agreement: &str) -> Outcomes {
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
        {agreement}
        payment = {{ lag_months = 3 }}
        [simulation]
        points = 16384
        seed = 1
        [valuation]
        discount_rate = {}
        "#,
        case["model"]["mean"],
        case["model"]["log_sd"],
        case["grid"]["discount_rate_cont"]
            .as_f64()
            .unwrap()
            .exp_m1(),
    );
    let scenario = Scenario::parse("j.toml", "j", &text, &[]).unwrap_or_else(|e| panic!("{e}"));
    simulate::run(&scenario.simulation(), &())
        .unwrap()
        .agreements
        .remove(0)
}

fn check(case: &Value, outcomes: &Outcomes) {
    for (total, metric) in [(Total::Paid, "mean_payment"), (Total::PresentValue, "PV")] {
        let estimate = outcomes.total(total).unwrap().estimate;
        for (truth, tolerance) in expected(case, metric) {
            let truth = f(&truth);
            let error = (estimate.mean - truth).abs();
            assert!(
                error <= 4.0 * estimate.std_error + tolerance,
                "{} {metric}: {} ± {}, exactly {truth}",
                case["id"],
                estimate.mean,
                estimate.std_error
            );
            assert!(estimate.std_error <= 1e-3 * truth);
        }
    }
}

#[test]
fn an_earn_out_of_a_share_above_a_threshold_with_a_cap() {
    let case = case("J-capped_call");
    let as_tiers = "share = { by_annual_revenue = [{ rate = 0 }, { above = 2000, rate = 0.3 }] }";
    let as_threshold = "share = 0.3\nthreshold = 2000";
    for share in [as_tiers, as_threshold] {
        let outcomes = outcomes(&case, &format!("{share}\ncap = 300"));
        check(&case, &outcomes);
        let binds = outcomes.reached();
        let (truth, tolerance) = &expected(&case, "P_cap_binds")[0];
        assert!((binds.mean - f(truth)).abs() <= 4.0 * binds.std_error + tolerance);
        assert!(binds.std_error <= 5e-4);
    }
}

#[test]
fn an_earn_out_that_is_all_or_nothing() {
    let case = case("J-digital");
    let milestone = "share = 0\nmilestone = [{ reaches = 2000, amount = 100 }]";
    check(&case, &outcomes(&case, milestone));
    let of_the_year = "share = 0\nmilestone = [{ reaches = 2000, amount = 100, year = 2026 }]";
    check(&case, &outcomes(&case, of_the_year));
}

#[test]
fn an_annual_cap_and_a_total_cap() {
    let case = case("I-D7");
    let numbers = |value: &Value| -> Vec<f64> {
        let list = value.as_array().unwrap().iter();
        list.map(|number| number.as_f64().unwrap()).collect()
    };
    let contract = &case["contract"];
    let timeline = super::build::years(6);
    let mut agreement = super::build::tenth(&timeline);
    let fixed = |key: &str| super::build::fixed(contract[key].as_f64().unwrap());
    agreement.share = fixed("rate").into();
    agreement.cap = Some(fixed("cap").into());
    agreement.clauses.annual_cap = Some(capbind::agreement::AnnualCap {
        amount: fixed("per_period_cap").into(),
        carry: capbind::agreement::CarryForward::None,
        prorated: false,
    });
    let revenue = numbers(&case["model"]["revenue"]);
    let path = super::build::settled(&agreement, &timeline, &revenue);
    let payments = case["expected"][0]["value"].clone();
    super::build::assert_close(&super::build::payments(&path), &numbers(&payments));
    let period = case["expected"][1]["value"].as_u64().unwrap();
    assert_eq!(path.binds.unwrap() as u64 + 1, period);
}
