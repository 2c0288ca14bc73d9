//! `capbind update` as typed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Place, golden};

const PLANNED: &str = r#"# What we lent against.
title = "A fifth of revenue"
unit = "million"

[timeline]
start = 2026-01-01
end = 2028-12-31
step = "quarter"

[revenue.forecast]
annual = { 2026 = 10, 2027 = 14, 2028 = 18 } # the budget
volatility = 0.15
growth_uncertainty = 0.10

[agreement]
payer = "Grower"
payee = "Lender"
share = 0.20
cap = 8

[simulation]
points = 64
seed = 7

[valuation]
date = 2026-01-01
discount_rate = 0.10
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("plan.toml", PLANNED);
    place
}

#[test]
fn the_answer_comes_with_its_reasons_and_a_scenario_to_keep() {
    let place = place();
    let typed = [
        "update",
        "plan.toml",
        "--observed",
        "2026-01-01..2026-06-30=4.2",
    ];
    let run = place.run(&[&typed[..], &["--set", "agreement.cap=9"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("update.txt", &run.stdout);
    let folder = "output/plan-update";
    for name in [
        "update.csv",
        "roll_forward.csv",
        "figures.csv",
        "learned.csv",
    ] {
        golden(
            &name.replace("update.csv", "update_why.csv"),
            &place.read(&format!("{folder}/{name}")),
        );
    }
    let kept = place.read(&format!("{folder}/scenario.toml"));
    golden("update_scenario.toml", &kept);
    assert!(kept.starts_with("# What we lent against.\n"));
    let verified = place.run(&["verify", folder]);
    assert_eq!(verified.code, 0, "{}", verified.stdout);

    // What is kept has the answer that was given.
    let json = |arguments: &[&str]| -> Value {
        serde_json::from_str(&place.run(arguments).stdout).unwrap()
    };
    let told = json(&[&typed[..], &["--set", "agreement.cap=9", "--json"]].concat());
    let after: BTreeMap<String, f64> = told["update"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["step"] == "after")
        .map(|row| {
            (
                row["quantity"].as_str().unwrap().to_owned(),
                row["value"].as_f64().unwrap(),
            )
        })
        .collect();
    let kept = place.path(folder).join("scenario.toml");
    let again = json(&["run", kept.to_str().unwrap(), "--json"]);
    let text = again.to_string();
    for quantity in ["total_paid", "binding_probability"] {
        // As JSON writes the number.
        let number = Value::from(after[quantity]).to_string();
        let short = &number[..number.len().min(12)];
        assert!(text.contains(short), "{quantity} {short} in {text}");
    }
}

#[test]
fn figures_come_from_a_table_too() {
    let place = place();
    place.write(
        "seen.csv",
        "start;end;revenue\n2026-01;2026-03;2,1\n2026-04;2026-06;2,1\n",
    );
    let table = place.run(&["update", "plan.toml", "--observed", "seen.csv", "--json"]);
    assert_eq!(table.code, 0, "{}", table.stderr);
    let typed = place.run(&[
        "update",
        "plan.toml",
        "--observed",
        "2026-04-01..2026-06-30=2.1",
        "--observed",
        "2026-01-01..2026-03-31=2.1",
        "--json",
    ]);
    assert_eq!(table.stdout, typed.stdout);
}

#[test]
fn mistakes_are_explained() {
    let place = place();
    let mut said = String::new();
    for arguments in [
        &["--observed", "2026-Q2=6"][..],
        &["--observed", "2026-01-01..2026-03-31=-6"],
        &["--observed", "2026-01-01..2026-02-28=1.4"],
        &[
            "--observed",
            "2026-01-01..2026-03-31=2",
            "--observed",
            "2026-01-01..2026-06-30=4",
        ],
        &["--observed", "missing.csv"],
        &["--plan", "2027"],
        &["--plan", "2040=5"],
        &["--as-of", "2025-01-01"],
        &["--set", "agreement.capp=6"],
        &[],
    ] {
        let run = place.run(&[&["update", "plan.toml"], arguments].concat());
        assert_ne!(run.code, 0, "{arguments:?}");
        said += &format!(
            "$ capbind update plan.toml {}\n{}\n",
            arguments.join(" "),
            run.stderr
        );
        assert!(!place.path("output").exists());
    }
    golden("update_refused.txt", &said);
}

#[test]
fn what_is_kept_of_cases_and_of_segments_has_the_answer_given() {
    let place = place();
    let cases = format!(
        "{PLANNED}\n[[case]]\nname = \"plan\"\nprobability = 0.6 # judged\n\n[[case]]\n\
         name = \"half of it\"\n[case.set.revenue.forecast]\n\
         annual = {{ 2026 = 6, 2027 = 7, 2028 = 8 }}\n"
    );
    place.write("cases.toml", &cases);
    let segments = PLANNED.replace(
        "[revenue.forecast]",
        "[[revenue]]\nname = \"ads\"\n[revenue.gbm]\ninitial = 2\ngrowth = 0.4\n\
         volatility = 0.5\n\n[[revenue]]\nname = \"rest\"\n[revenue.forecast]",
    );
    place.write("segments.toml", &segments);
    for (file, figures) in [
        ("cases", &["2026-01-01..2026-06-30=4.2"][..]),
        ("segments", &["2026-01-01..2026-06-30=5"]),
        ("segments", &["ads:2026-01-01..2026-06-30=0.7+-5%"]),
    ] {
        let name = format!("{file}.toml");
        let mut typed = vec!["update", &name, "--out=kept", "--force"];
        typed.extend(figures.iter().flat_map(|figure| ["--observed", figure]));
        let run = place.run(&typed);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let said: Value =
            serde_json::from_str(&place.run(&[&typed[..], &["--json"]].concat()).stdout).unwrap();
        let rows = said["update"].as_array().unwrap().iter();
        let mut after =
            rows.filter(|row| row["step"] == "after" && row["quantity"] == "total_paid");
        let after = after.next().unwrap()["value"].to_string();
        let kept = place.path("kept/scenario.toml");
        let again = place.run(&["run", kept.to_str().unwrap(), "--json"]).stdout;
        assert!(again.contains(&after[..11]), "{after} in {again}");
        if file == "cases" {
            golden("update_cases.txt", &run.stdout);
            let table = place.read("kept/cases.csv");
            golden("update_cases.csv", &table);
            assert!(run.stdout.contains("Probability of each case"));
        } else if figures[0].starts_with("ads") {
            assert!(run.stdout.contains("Ads: deviation so far") || run.stdout.contains("ads:"));
        } else {
            assert!(run.stdout.contains("drawn futures the figures leave"));
            golden("update_segments.txt", &run.stdout);
        }
    }
}
