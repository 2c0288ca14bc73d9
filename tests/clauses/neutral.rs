//! A clause that changes nothing leaves the run as it is without it, byte for byte.

use capbind::scenario::Scenario;
use capbind::simulate::Plan;

const SEGMENTS: &str = r#"
[[revenue]]
name = "a"
gbm = { initial = 60, growth = 0.1, volatility = 0.2 }
[[revenue]]
name = "b"
gbm = { initial = 40, growth = 0.2, volatility = 0.3 }
"#;
const WHOLE: &str = "revenue.gbm = { initial = 100, growth = 0.1, volatility = 0.2 }";

/// Three years in months of an agreement, by its part of the file.
fn counted(revenue: &str, agreement: &str) -> (String, Vec<u8>) {
    let text = format!(
        "timeline = {{ start = 2026-01-01, end = 2028-12-31, step = \"month\" }}\n\
         simulation = {{ points = 128, replicates = 4, seed = 1 }}\n\
         valuation = {{ discount_rate = 0.1 }}\n\
         {revenue}\n[agreement]\npayment.every = \"quarter\"\npayment.lag_months = 2\n{agreement}\n"
    );
    let scenario = Scenario::parse("a.toml", "a", &text, &[]);
    let scenario = scenario.unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let plan = Plan::new(scenario.simulation());
    let part = plan.compute(&plan.whole(), &()).unwrap();
    (plan.fingerprint().to_string(), part.to_bytes())
}

#[test]
fn a_clause_without_effect_leaves_every_byte() {
    let plain = "share = 0.2\ncap = 40";
    let without = counted(WHOLE, plain);
    for clause in [
        "threshold = 0",
        "annual_minimum = 0",
        "annual_minimum = [{ from = 2026-01-01, amount = 0 }]",
        "minimum = { every = \"quarter\", amount = 0 }",
        "revenue_floor = 0",
        "event = { date = 2028-12-31, share_after = 0.1 }",
        "event = { hazard = 0, share_after = 0.1 }",
        "payment.least = 0",
        "payment.lag_days = 0",
        "on_account = 0.2",
        "step_up = [{ revenue_below = 50, adds = 0 }]",
        "year_to_date = 50",
        "floor = [{ by = 2027-12-31, amount = 0 }]",
        "floor = [{ by = 2025-12-31, amount = 9 }]",
        "milestone = [{ reaches = 50, amount = 0 }]",
        "milestone = [{ reaches = 50, amount = 3, by = 2025-06-30 }]",
        "deferral = { fraction = 0, months = 6, interest = 0.1 }",
        "deferral = { fraction = 0.5, until = 2025-12-31, interest = 0.1 }",
        "event = { hazard = 0 }",
        "event = { date = 2028-12-31 }",
        "event = { after_years = 9 }",
        "event = { between = [2029-02-01, 2031-01-01] }",
        "event = [{ name = \"a\", date = 2030-01-01 }, { name = \"b\", hazard = 0 }]",
        "default = { hazard = 0, recovery = 0.2 }",
        "default = { hazard = 0, recovery = 0.2, claim = \"cap\" }",
        "default = { date = 2029-02-28, recovery = 0.2 }",
    ] {
        assert!(
            counted(WHOLE, &format!("{plain}\n{clause}")) == without,
            "{clause}"
        );
    }
    for other in [
        "share = [{ from = 2024-01-01, rate = 0.2 }]\ncap = 40",
        "share = [{ from = 2024-01-01, rate = 0.1 }, { from = 2025-06-01, rate = 0.2 }]\ncap = 40",
        "share = [{ from = 2024-01-01, rate = 0.2 }, { from = 2029-01-01, rate = 0.4 }]\ncap = 40",
        "share = [{ from = 2024-01-01, rate = 0.2 }, { from = 2027-01-01, rate = 0.2 }]\ncap = 40",
        "share = 0.2\ncap = [{ until = 2025-12-31, amount = 5 }, { amount = 40 }]",
        "share = 0.2\ncap = [{ until = 2028-12-31, amount = 40 }, { amount = 60 }]",
        "share = 0.2\ncap = [{ until = 2027-06-30, amount = 40 }, { amount = 40 }]",
        "share = 0.2\ncap = { amount = 40, escalation = 0 }",
        "share = 0.2\ncap = { amount = 40, escalation = 0.1, from = 2028-01-01 }",
        "share = 0.2\ncap = { amount = 40, inflation = 0, prices_of = 2026-01-01 }",
        "share = { by_annual_revenue = [{ rate = 0.2 }, { above = 90, rate = 0.2 }] }\ncap = 40",
        "share = { by_total_revenue = [{ rate = 0.2 }, { above = 90, slope = 0.2 }] }\ncap = 40",
        "share = { by_paid = [{ rate = 0.2 }, { above = 9, rate = 0.2 }] }\ncap = 40",
    ] {
        assert!(counted(WHOLE, other) == without, "{other}");
    }
    let without = counted(WHOLE, "share = 0.2");
    assert!(counted(WHOLE, "share = 0.2\ncap = 1e15") == without);
    let without = counted(SEGMENTS, plain);
    let all = format!("{plain}\neligible = {{ a = 1, b = 1 }}");
    assert!(counted(SEGMENTS, &all) == without);
}

#[test]
fn a_clause_with_the_least_effect_is_kept() {
    let plain = "share = 0.2\ncap = 40";
    let without = counted(WHOLE, plain);
    for clause in [
        "threshold = 0.01",
        "annual_minimum = 0.01",
        "annual_minimum = [{ from = 2028-01-01, amount = 0.01 }]",
        "minimum = { every = \"quarter\", amount = 0.01 }",
        "revenue_floor = 50",
        "event = { date = 2028-12-30, share_after = 0.19 }",
        "event = { revenue_reaches = 250 }",
        "event = { payments = 30 }",
        "payment.least = 1",
        "payment.lag_days = 1",
        "on_account = 0.19",
        "step_up = [{ revenue_below = 0.01, adds = 0.1 }]",
        "annual_cap = { amount = 25, prorated = true }",
        "floor = [{ amount = 0.01 }]",
        "event = { date = 2028-12-30, pays = [{ amount = 1 }] }",
        "milestone = [{ reaches = 50, amount = 0.01, by = 2026-01-01 }]",
        "deferral = { fraction = 0.01, months = 1 }",
        "event = { hazard = 0.0001 }",
        "event = { date = 2028-12-30 }",
        "default = { date = 2029-02-27, recovery = 0.2 }",
    ] {
        assert!(
            counted(WHOLE, &format!("{plain}\n{clause}")) != without,
            "{clause}"
        );
    }
}
