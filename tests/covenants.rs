//! How likely a covenant is missed, against closed forms.

mod common;

use capbind::RunOptions;
use capbind::artifacts::run_scenario;
use capbind::math::{ln, normal_cdf};
use capbind::scenario::Scenario;
use common::{number, table};

const YEARS: &str = r#"
timeline = { start = 2026-01-01, end = 2027-12-31, step = "quarter" }
revenue.forecast = { annual = { 2026 = 100, 2027 = 150 }, level_uncertainty = 0.3, volatility = 0 }
agreement = { share = 0.2, cap = 60 }
simulation.points = 512
report.covenant = [{ by = 2026-12-31, paid = 18 }, { by = 2027-09-30, paid = 40 }]
"#;

fn covenants(text: &str, changes: &[&str]) -> Vec<std::collections::HashMap<String, String>> {
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    let scenario = Scenario::parse("a.toml", "a", text, &changes).unwrap();
    let options = RunOptions {
        charts: false,
        report: false,
        ..RunOptions::default()
    };
    let made = run_scenario(scenario, &options, &()).unwrap();
    assert!(made.said.text.contains("Covenant: "), "{}", made.said.text);
    table(made.get("covenants.csv").unwrap())
}

#[test]
fn shortfalls_are_those_of_the_closed_form() {
    // All revenue is one log-normal factor of mean 1 times the plan.
    let sd = 0.3;
    let short = |paid: f64, plan: f64| normal_cdf((ln(paid / (0.2 * plan)) + 0.5 * sd * sd) / sd);
    for (changes, estimator) in [
        (&[][..], "smooth"),
        (
            &["simulation.sampler=random", "simulation.points=2048"][..],
            "counted",
        ),
    ] {
        let lines = covenants(YEARS, changes);
        assert_eq!(lines.len(), 4 + 7);
        let missed = |by: &str| {
            let own = lines
                .iter()
                .find(|l| l["covenant_by"] == by && l["date"] == by);
            own.unwrap()
        };
        // The plan of a year is spread over its quarters; whole years are exact.
        let first = missed("2026-12-31");
        let (found, error) = (
            number(first, "short_probability"),
            number(first, "std_error"),
        );
        assert_eq!(first["estimator"], estimator);
        let exact = short(18.0, 100.0);
        assert!(
            (found - exact).abs() <= 4.0 * error + 1e-4,
            "{found} {exact}"
        );
        assert!(error < 5e-3);
        // What is not paid yet only falls.
        let own: Vec<f64> = lines[4..]
            .iter()
            .map(|l| number(l, "short_probability"))
            .collect();
        assert!(own.windows(2).all(|pair| pair[0] >= pair[1]));
    }
}

#[test]
fn payments_count_on_the_day_they_are_due() {
    let lagged = ["agreement.payment.lag_months=3"];
    let due = covenants(YEARS, &[]);
    let later = covenants(YEARS, &lagged);
    // A quarter later the same has been paid.
    let at = |lines: &[std::collections::HashMap<String, String>], i: usize| {
        number(&lines[4 + i], "short_probability")
    };
    for i in 0..6 {
        assert!((at(&due, i) - at(&later, i + 1)).abs() < 1e-12);
    }
    assert_eq!(at(&later, 0), 1.0);
}

#[test]
fn more_than_the_cap_is_never_paid() {
    let lines = covenants(YEARS, &["agreement.cap=30"]);
    let last = lines.last().unwrap();
    assert_eq!(number(last, "short_probability"), 1.0);
    assert_eq!(number(last, "std_error"), 0.0);
}

#[test]
fn a_mixture_falls_short_as_its_cases_do() {
    let cases = "\n[[case]]\nname = \"low\"\nprobability = 0.4\nset = { agreement.share = 0.15 }\n\
                 [[case]]\nname = \"high\"\n";
    let text = format!("{YEARS}{cases}");
    let lines = |changes: &[&str]| covenants(&text, changes);
    let (all, low, high) = (lines(&[]), lines(&["case=low"]), lines(&["case=high"]));
    for ((all, low), high) in all.iter().zip(&low).zip(&high) {
        let of = |line| number(line, "short_probability");
        assert!((of(all) - 0.4 * of(low) - 0.6 * of(high)).abs() < 1e-12);
    }
}
