//! Plans by period, and launches that move them.

use capbind::scenario::Scenario;
use capbind::simulate::{self, Quantity, Slot};

/// A plan without errors around it, on months from 2026 to 2028.
fn planned(plan: &str) -> Scenario {
    let text = format!(
        "[timeline]\nstart = 2026-01-01\nend = 2028-12-31\nstep = \"month\"\n\
         [revenue.forecast]\n{plan}\nvolatility = 0\n[agreement]\nshare = 0.1\n\
         [simulation]\npoints = 1024\nreplicates = 8\n"
    );
    Scenario::parse("case.toml", "case", &text, &[]).unwrap_or_else(|e| panic!("{e}"))
}

fn expected(scenario: &Scenario) -> Vec<f64> {
    scenario.model.expected(&[])
}

fn near(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs())
}

fn sum(months: &[f64]) -> f64 {
    months.iter().sum()
}

#[test]
fn a_plan_of_quarters_and_fiscal_years_is_met() {
    let months = expected(&planned(
        "annual = { 2028 = 90 }\nplan = [\
         { start = 2025-07-01, end = 2026-06-30, revenue = 40 },\
         { start = 2026-07-01, end = 2026-09-30, revenue = 12 },\
         { start = 2026-10-01, end = 2027-12-31, revenue = 80 }]",
    ));
    assert!(near(sum(&months[6..9]), 12.0, 1e-12));
    assert!(near(sum(&months[9..24]), 80.0, 1e-12));
    assert!(near(sum(&months[24..]), 90.0, 1e-12));
    // Half of a fiscal year that began before the timeline, and is rising.
    assert!((20.0..24.0).contains(&sum(&months[..6])));
}

#[test]
fn a_launch_moves_the_plan() {
    let plan = "annual = { 2026 = 0, 2027 = 24, 2028 = 60 }";
    let written = expected(&planned(plan));
    assert_eq!(sum(&written[..12]), 0.0);
    let late = expected(&planned(&format!(
        "{plan}\nlaunch = {{ date = 2027-07-01 }}"
    )));
    for (k, late) in late.iter().enumerate() {
        let planned = if k < 6 { 0.0 } else { written[k - 6] };
        assert!((late - planned).abs() < 1e-12, "month {k}");
    }
    let punctual = planned(&format!("{plan}\nlaunch = {{ date = 2027-01-01 }}"));
    for (found, wanted) in expected(&punctual).iter().zip(&written) {
        assert!((found - wanted).abs() < 1e-12);
    }
    // Uniform over 2027 and two a month once launched: of 24 half in 2027, all in 2028.
    let flat = "annual = { 2027 = 24, 2028 = 24 }\nlaunch = { between = [2027-01-01, 2028-01-01] }";
    let outcomes = simulate::run(&planned(flat).simulation(), &()).unwrap();
    let total = |slot| {
        outcomes
            .primary()
            .quantity(Quantity::Revenue, slot)
            .unwrap()
    };
    for (month, mean) in [(11, 0.0), (12, 1.0 / 12.0), (23, 23.0 / 12.0), (24, 2.0)] {
        let found = total(Slot::Period(month)).estimate;
        let error = (found.mean - mean).abs();
        assert!(
            error <= 5.0 * found.std_error + 1e-9,
            "month {month}: {found:?}"
        );
        assert!(found.std_error < 1e-3, "month {month}: {found:?}");
    }
}
