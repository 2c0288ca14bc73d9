//! What payments are worth: published values of contingent consideration, and
//! discounting by hand.

mod common;

use capbind::report::{Report, summary_json};
use capbind::scenario::Scenario;
use capbind::simulate::{self, Total};
use capbind::stats::Estimate;
use serde_json::Value;

fn expected(id: &str, metric: &str) -> Vec<(f64, f64)> {
    let truths: Value = serde_json::from_str(include_str!("truths.json")).unwrap();
    let cases = truths["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == id).unwrap();
    let all = case["expected"].as_array().unwrap().iter();
    let of_metric = all.filter(|e| e["metric"] == metric);
    let number = |value: &Value| value.as_f64().unwrap();
    of_metric
        .map(|e| (number(&e["value"]), number(&e["abs_tol"])))
        .collect()
}

fn assert_near(what: &str, estimate: Estimate, exact: &[(f64, f64)], error: f64) {
    assert!(!exact.is_empty(), "{what}");
    assert!(estimate.std_error <= error, "{what}: {estimate:?}");
    for (value, tolerance) in exact {
        // Without an error, but for rounding.
        let allowed = 4.0 * estimate.std_error + tolerance + 1e-12 * value.abs();
        let off = (estimate.mean - value).abs();
        assert!(off <= allowed, "{what}: {estimate:?} {value}");
    }
}

#[test]
fn contingent_consideration_has_its_published_values() {
    let path = common::project().join("scenarios/earn-out-contingent-consideration.toml");
    let scenario = Scenario::load(&path, &["simulation.points=4096".to_owned()]).unwrap();
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    assert_eq!(results.risk_neutral.len(), 3);
    let ids = ["J-linear", "J-digital", "J-capped_call"];
    for (id, outcomes) in ids.into_iter().zip(&results.risk_neutral) {
        let total = |total| outcomes.total(total).unwrap().estimate;
        let paid = expected(id, "mean_payment");
        assert_near(id, total(Total::Paid), &paid, 0.02);
        assert_near(id, total(Total::PresentValue), &expected(id, "PV"), 0.02);
        let binds = expected(id, "P_cap_binds");
        if !binds.is_empty() {
            assert_near(id, outcomes.reached(), &binds, 1e-4);
        }
    }
    // The forecast beside it keeps its growth and its own rate.
    let linear = &results.agreements[0];
    let total = |total| linear.total(total).unwrap().estimate;
    assert_near("forecast", total(Total::Paid), &[(600.0, 0.0)], 0.02);
    let value = 600.0 * 1.12f64.powf(-1.25);
    assert_near("value", total(Total::PresentValue), &[(value, 0.0)], 0.02);
}

#[test]
fn the_two_values_stand_apart_in_every_report() {
    let path = common::project().join("scenarios/earn-out-contingent-consideration.toml");
    let scenario = Scenario::load(&path, &["simulation.points=64".to_owned()]).unwrap();
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    let report = Report::new(&scenario, &results, &[], Vec::new());
    for (name, bytes) in report.csv_files(&report.tables(false), &[]).unwrap() {
        let text = String::from_utf8(bytes).unwrap();
        let labelled = text.contains("risk_neutral");
        assert_eq!(labelled, name.as_str() == "risk_neutral.csv", "{name}");
        assert!(name != "risk_neutral.csv" || !text.contains(",total_paid"));
    }
    let json = summary_json(&report);
    let value = &json["risk_neutral"]["linear"]["risk_neutral_value"];
    assert!(value["mean"].as_f64().unwrap() > 500.0);
    let text = capbind::report::summary_text(&report);
    assert!(text.contains("Risk-neutral valuation at 2026-01-01, not a forecast"));
}

/// Revenue without any spread: 100 in each of three years, a tenth of it shared.
const CERTAIN: &str = r#"
    [timeline]
    start = 2026-01-01
    end = 2028-12-31
    step = "year"
    [revenue.gbm]
    initial = 100
    growth = 0
    volatility = 0
    [agreement]
    share = 0.1
    payment = { every = "year", lag_months = 6 }
    [simulation]
    points = 64
    replicates = 4
    "#;

fn certain(valuation: &str) -> simulate::Results {
    let text = format!("{CERTAIN}\n[valuation]\n{valuation}");
    let scenario = Scenario::parse("case.toml", "case", &text, &[]).unwrap();
    simulate::run(&scenario.simulation(), &()).unwrap()
}

#[test]
fn certain_payments_are_discounted_as_by_hand() {
    let value = |valuation: &str| {
        let results = certain(valuation);
        results
            .primary()
            .total(Total::PresentValue)
            .unwrap()
            .estimate
            .mean
    };
    let by_hand = |times: [f64; 3], rates: [f64; 3]| -> f64 {
        let terms = times.iter().zip(rates);
        terms.map(|(t, r)| 10.0 * (1.0 + r).powf(-t)).sum()
    };
    let close = |found: f64, exact: f64| assert!((found - exact).abs() < 1e-12, "{found} {exact}");
    let paid = [1.5, 2.5, 3.5];
    close(value("discount_rate = 0.09"), by_hand(paid, [0.09; 3]));
    let mid = "discount_rate = 0.09\nconvention = \"mid-period\"";
    close(value(mid), by_hand([0.5, 1.5, 2.5], [0.09; 3]));
    // Linear from 2 % in one year to 6 % in three.
    let curve = "curve = [{ years = 1, rate = 0.02 }, { date = 2029-01-01, rate = 0.06 }]";
    close(value(curve), by_hand(paid, [0.03, 0.05, 0.06]));
    // The same with clauses, path by path.
    let invested = format!("{curve}\ninvested = 20");
    close(value(&invested), by_hand(paid, [0.03, 0.05, 0.06]));
    close(
        value(&format!("{mid}\ninvested = 20")),
        by_hand([0.5, 1.5, 2.5], [0.09; 3]),
    );
}

#[test]
fn a_certain_investment_returns_what_it_returns() {
    let results = certain("discount_rate = 0.09\ninvested = 20");
    let returns = results.primary().returns().unwrap();
    assert_eq!(returns.multiple().estimate.mean, 1.5);
    assert!((returns.life().unwrap().estimate.mean - 2.5).abs() < 1e-12);
    let rate = returns.internal_rate.as_ref().unwrap().estimate;
    let value: f64 = [1.5, 2.5, 3.5]
        .iter()
        .map(|t| 10.0 * (1.0 + rate.mean).powf(-t))
        .sum();
    assert!((value - 20.0).abs() < 1e-10);
    assert_eq!((rate.std_error, rate.std_dev), (0.0, 0.0));
    let back = returns.payback();
    assert_eq!(back.probability().mean, 1.0);
    assert_eq!(back.quantile(0.5).unwrap().to_string(), "2028-06-30");
    // More than ever comes in is never paid back, and still has a rate.
    let results = certain("discount_rate = 0.09\ninvested = 40");
    let returns = results.primary().returns().unwrap();
    assert_eq!(returns.payback().probability().mean, 0.0);
    assert_eq!(returns.payback().quantile(0.5), None);
    assert_eq!(returns.rate_exists.mean, 1.0);
    assert!(returns.internal_rate.as_ref().unwrap().estimate.mean < 0.0);
}

#[test]
fn a_flat_price_of_risk_leaves_the_forecast_alone() {
    let plain = certain("discount_rate = 0.09");
    assert!(plain.risk_neutral.is_empty());
    let priced = certain(
        "discount_rate = 0.09\nrisk_neutral = { revenue_risk_premium = 0.1, risk_free = 0.03, credit_spread = 0.01 }",
    );
    let total = |o: &simulate::Outcomes, t| o.total(t).unwrap().estimate;
    for t in [Total::Paid, Total::PresentValue] {
        assert_eq!(total(priced.primary(), t), total(plain.primary(), t));
    }
    let exact: f64 = [0.5, 1.5, 2.5]
        .iter()
        .map(|t| 10.0 * (-0.1f64 * t).exp() * 1.04f64.powf(-(t + 1.0)))
        .sum();
    let found = total(&priced.risk_neutral[0], Total::PresentValue).mean;
    assert!((found - exact).abs() < 1e-12, "{found} {exact}");
}

/// A payment counts by the day on which it is due, not by the middle of its period;
/// what is due after the valuation while that middle has passed counts in full.
#[test]
fn the_middle_of_a_period_before_the_valuation_leaves_nothing_out() {
    let of = |agreement: &str, valuation: &str| {
        let text = CERTAIN.replace("share = 0.1", &format!("share = 0.1\n{agreement}"));
        let text = format!("{text}\n[valuation]\ndiscount_rate = 0.21\n{valuation}");
        let scenario = Scenario::parse("case.toml", "case", &text, &[]).unwrap();
        let results = simulate::run(&scenario.simulation(), &()).unwrap();
        let value = results.primary().total(Total::PresentValue).unwrap();
        let value = value.estimate.mean;
        let warnings = capbind::report::warnings(&scenario, &results);
        let said = warnings.iter().map(ToString::to_string).collect::<String>();
        (value, said)
    };
    let mid = |date: &str| format!("date = {date}\nconvention = \"mid-period\"");
    let close = |found: f64, exact: f64| assert!((found - exact).abs() < 1e-12, "{found} {exact}");
    // With a minimum of nothing the same is settled path by path.
    for clause in ["", "annual_minimum = 0"] {
        // 2026 is due on 30 June 2027: until then it counts, and in full from its middle on.
        for (date, first, counted) in [
            ("2026-01-01", 10.0 / 1.1, false),
            ("2027-01-01", 10.0, true),
        ] {
            let years = if date == "2026-01-01" { 1.0 } else { 0.0 };
            let later = 10.0 * 1.21_f64.powf(-years) * (1.0 / 1.1 + 1.0 / (1.1 * 1.21));
            let (value, said) = of(clause, &mid(date));
            close(value, first + later);
            assert_eq!(
                said.contains("count 10 of expected payments in full")
                    || said.contains("count USD\u{a0}10 of expected payments in full")
                    || said.contains("count $10 of expected payments in full"),
                counted,
                "{said}"
            );
            assert!(!said.contains("leave out"), "{said}");
        }
        let (value, said) = of(clause, &mid("2027-07-01"));
        close(value, 10.0 + 10.0 / 1.21);
        assert!(said.contains("leave out $10 of"), "{said}");
    }
    // An event on 30 June 2026 leaves the days to the end of March before the middle.
    let event = "event = { date = 2026-06-30 }";
    let (value, _) = of(event, &mid("2026-01-01"));
    let middle = 1.21_f64.powf(-0.25);
    close(value, 10.0 * 181.0 / 365.0 * middle);
}
