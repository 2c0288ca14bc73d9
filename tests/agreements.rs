//! Several agreements on one set of paths.

use capbind::report::{Report, figures, summary_json, summary_text, warnings};
use capbind::scenario::{Scenario, ScenarioError};
use capbind::simulate::{self, Quantity, Slot, Total};

const REVENUE: &str = r#"
    [timeline]
    start = 2026-01-01
    end = 2028-12-31
    step = "month"
    [revenue.gbm]
    initial = 20
    growth = 0.4
    volatility = 0.3
    [simulation]
    points = 256
    replicates = 4
    [valuation]
    discount_rate = 0.09
    "#;
const SHARE: &str = "payer = \"A\"\npayee = \"B\"\nshare = 0.2\ncap = 10\n";
const REFUND: &str = "payer = \"B\"\npayee = \"A\"\nshare = 0.05\nexpiry = 2027-06-15\n";

fn parse(text: &str, overrides: &[&str]) -> Result<Scenario, ScenarioError> {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    Scenario::parse("case.toml", "case", text, &overrides)
}

fn both(overrides: &[&str]) -> Scenario {
    let text = format!(
        "{REVENUE}\n[[agreement]]\nname = \"share\"\n{SHARE}\n[[agreement]]\nname = \"the refund\"\n{REFUND}"
    );
    parse(&text, overrides).unwrap()
}

#[test]
fn each_agreement_is_settled_as_if_it_were_alone() {
    let scenario = both(&[]);
    let results = simulate::run(&scenario.simulation(), &|_| ());
    for (outcomes, alone) in results.agreements.iter().zip([SHARE, REFUND]) {
        let scenario = parse(&format!("{REVENUE}\n[agreement]\n{alone}"), &[]).unwrap();
        let own = simulate::run(&scenario.simulation(), &|_| ());
        let own = own.primary();
        for total in Total::ALL {
            let mean = |o: &simulate::Outcomes| o.total(total).map(|m| m.estimate);
            assert_eq!(mean(outcomes), mean(own), "{total:?}");
        }
        for (k, period) in scenario.timeline.periods().iter().enumerate() {
            for quantity in Quantity::ALL {
                let slot = Slot::Period(k);
                let median = |o: &simulate::Outcomes| {
                    let measured = o.quantity(quantity, slot)?;
                    Some((measured.estimate, measured.distribution.quantile(0.5)))
                };
                assert_eq!(median(outcomes), median(own), "{quantity:?} in {k}");
            }
            let day = period.last_day;
            assert_eq!(outcomes.reached_by(day), own.reached_by(day));
        }
    }
}

#[test]
fn overrides_name_one_of_several() {
    let caps = |overrides: &[&str]| -> Vec<Option<f64>> {
        let scenario = both(overrides);
        let cap =
            |contract: &capbind::agreement::Contract| contract.agreement.cap.as_ref()?.fixed();
        scenario.contracts.iter().map(cap).collect()
    };
    assert_eq!(caps(&[]), [Some(10.0), None]);
    assert_eq!(caps(&["agreement.share.cap=12"]), [Some(12.0), None]);
    assert_eq!(caps(&["agreement.1.cap=3"]), [Some(10.0), Some(3.0)]);
    let quoted = "agreement.\"the refund\".cap=4";
    assert_eq!(caps(&[quoted]), [Some(10.0), Some(4.0)]);
    let one = format!("{REVENUE}\n[[agreement]]\n{SHARE}");
    let one = parse(&one, &["agreement.cap=7"]).unwrap();
    assert_eq!(one.primary().agreement.name, "agreement");
    assert_eq!(
        one.primary().agreement.cap.as_ref().unwrap().fixed(),
        Some(7.0)
    );
}

#[test]
fn uncertain_terms_are_known_by_the_agreement_s_name() {
    let scenario = both(&["agreement.share.cap={ uniform = [5, 10] }"]);
    assert_eq!(scenario.inputs[0].name, "agreement.share.cap");
    let defaults: Vec<&str> = scenario.defaults.iter().map(|(k, _)| k.as_str()).collect();
    assert!(defaults.contains(&"agreement.the refund.effective"));
    assert!(!defaults.contains(&"agreement.the refund.expiry"));
}

#[test]
fn every_report_holds_every_agreement() {
    let scenario = both(&["agreement.share.cap=1e6"]);
    let results = simulate::run(&scenario.simulation(), &|_| ());
    let report = Report::new(&scenario, &results, &[], Vec::new());
    let paths = simulate::replay(&scenario.simulation(), 2);
    for (name, bytes) in report.csv_files(&paths, false) {
        let text = String::from_utf8(bytes).unwrap();
        for agreement in ["share", "the refund"] {
            let named = |line: &str| line.split(',').any(|cell| cell == agreement);
            let lines = text.lines().filter(|line| named(line)).count();
            assert!(lines >= 7, "{name} has {lines} lines of {agreement}");
        }
    }
    let text = summary_text(&report);
    assert!(text.contains("\nthe refund: There is no cap: B pays A "));
    assert!(text.contains("\nthe refund: B pays A\n"));
    let json = summary_json(&report);
    assert_eq!(json["agreements"][1]["payer"], "B");
    assert_eq!(json["payer"], "A");
    let names: Vec<String> = figures(&report, false).into_iter().map(|f| f.0).collect();
    assert_eq!(
        names,
        [
            "revenue",
            "cumulative-share",
            "binding-share",
            "total-share",
            "cumulative-the-refund",
            "binding-the-refund",
            "total-the-refund"
        ]
    );
    let said: Vec<String> = warnings(&scenario, &results)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(said[0].starts_with("share: the cap binds on none"));
    assert_eq!(said.len(), 1);
}
