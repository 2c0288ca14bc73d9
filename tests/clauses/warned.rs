//! What is said of clauses that change nothing, and of payments above a cap.

use capbind::report::warnings;
use capbind::scenario::Scenario;
use capbind::simulate;

/// The warnings of three years in months with an agreement's clauses.
fn said(clauses: &str) -> Vec<String> {
    let text = format!(
        r#"
        unit = "thousand"
        [timeline]
        start = 2026-01-01
        end = 2028-12-31
        step = "month"
        [revenue.gbm]
        initial = 600
        growth = 0
        volatility = 0
        [agreement]
        upfront = 100
        {clauses}
        [simulation]
        points = 64
        replicates = 4
        "#
    );
    let scenario = Scenario::parse("a.toml", "a", &text, &[]).unwrap();
    let results = simulate::run(&scenario.simulation(), &()).unwrap();
    let warnings = warnings(&scenario, &results);
    warnings.iter().map(ToString::to_string).collect()
}

/// What is said beside whether the cap binds.
fn no_effect(clauses: &str) -> Vec<String> {
    let mut said = said(clauses);
    said.retain(|warning| warning.contains("changes nothing"));
    said
}

#[test]
fn what_cannot_happen_is_said() {
    let share = "share = 0.05\n";
    let cap = "share = 0.05\ncap = { multiple = 1.20 }\n";
    for (clauses, key) in [
        (
            format!("{cap}default = {{ date = 2028-12-31, recovery = 1, claim = \"cap\" }}"),
            "agreement.default",
        ),
        (
            format!("{share}default = {{ hazard = 0, recovery = 1 }}"),
            "agreement.default",
        ),
        (
            format!("{share}event = {{ date = 2028-12-31 }}"),
            "agreement.event",
        ),
        (
            format!("{share}event = {{ date = 2029-06-30 }}"),
            "agreement.event",
        ),
        (
            format!("{share}event = {{ between = [2029-01-15, 2030-06-30] }}"),
            "agreement.event",
        ),
        (
            format!("{share}event = {{ after_years = 3 }}"),
            "agreement.event",
        ),
        (
            format!("{share}event = {{ hazard = 0 }}"),
            "agreement.event",
        ),
        (
            format!("{share}expiry = 2027-06-30\nevent = {{ date = 2027-06-30 }}"),
            "agreement.event",
        ),
        (
            format!(
                "{share}event = [{{ name = \"a\", hazard = 1 }}, {{ name = \"b\", date = 2029-01-01 }}]"
            ),
            "agreement.event.b",
        ),
        (
            // Due later, so that a default takes its part of it, but claims no cap.
            format!(
                "{cap}payment = {{ lag_months = 6 }}\ndefault = {{ date = 2028-12-31, recovery = 1, claim = \"cap\" }}"
            ),
            "agreement.default.claim",
        ),
        (
            "share = [{ from = 2026-01-01, rate = 0.05 }, { from = 2029-01-01, rate = 0.1 }]"
                .to_owned(),
            "agreement.share.from",
        ),
        (
            "share = [{ from = 2024-01-01, rate = 0.05 }, { from = 2025-01-01, rate = 0.1 }]"
                .to_owned(),
            "agreement.share.from",
        ),
        (
            format!("{share}cap = [{{ until = 2025-12-31, amount = 50 }}, {{ amount = 80 }}]"),
            "agreement.cap.until",
        ),
        (
            format!("{share}cap = [{{ until = 2028-12-31, amount = 50 }}, {{ amount = 80 }}]"),
            "agreement.cap.until",
        ),
        (
            format!("{share}milestone = [{{ reaches = 5, amount = 1, by = 2025-06-30 }}]"),
            "agreement.milestone.by",
        ),
    ] {
        let said = no_effect(&clauses);
        assert_eq!(said.len(), 1, "{clauses}: {said:?}");
        let starts = format!("`{key}` changes nothing: ");
        assert!(said[0].starts_with(&starts), "{clauses}: {said:?}");
    }
}

#[test]
fn what_can_happen_is_not_warned_of() {
    for clauses in [
        "share = 0.05\ncap = { multiple = 1.20 }\ndefault = { date = 2028-12-30, recovery = 1, claim = \"cap\" }",
        "share = 0.05\npayment = { lag_months = 6 }\ndefault = { date = 2029-03-01, recovery = 0.5 }",
        "share = 0.05\nevent = { between = [2028-12-01, 2030-06-30] }",
        "share = 0.05\nevent = { hazard = 0.01 }",
        "share = [{ from = 2024-01-01, rate = 0.05 }, { from = 2027-01-01, rate = 0.1 }]",
        "share = 0.05\ncap = [{ until = 2027-12-31, amount = 50 }, { amount = 80 }]",
        "share = 0.05\nmilestone = [{ reaches = 5, amount = 1, by = 2026-01-01 }]",
    ] {
        let said = no_effect(clauses);
        assert!(said.is_empty(), "{clauses}: {said:?}");
    }
}

#[test]
fn payments_above_the_cap_are_said() {
    let rows = "[actuals]\ncsv = '''\nperiod_start,period_end,revenue,payment\n2026-01-01,2026-01-31,50,20\n'''";
    let said = said(&format!("share = 0.05\ncap = 15\n{rows}"));
    let above = "the payments reported are $5\u{a0}k above the cap";
    assert!(
        said.iter().any(|warning| warning.starts_with(above)),
        "{said:?}"
    );
}
