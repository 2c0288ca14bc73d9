//! `capbind solve` as typed.

use serde_json::Value;

use super::{Place, golden};

fn solve(place: &Place, arguments: &[&str]) -> super::Run {
    place.run(&[&["solve", "a.toml"][..], arguments].concat())
}

#[test]
fn the_answer_comes_first_and_is_written() {
    let place = Place::new();
    let asked = [
        "--for",
        "agreement.cap",
        "--so-that",
        "binding_probability=0.5",
    ];
    let run = solve(&place, &asked);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("solve.txt", &run.stdout);
    assert_eq!(
        place.names("output/a-solve"),
        ["manifest.json", "solve.csv"]
    );
    golden("solve.csv", &place.read("output/a-solve/solve.csv"));
    let json = solve(&place, &[&asked[..], &["--json"]].concat());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let value = json["value"].as_f64().unwrap();
    assert!(run.stdout.starts_with("agreement.cap = "), "{}", run.stdout);
    assert!(6.0 < value && value < 10.0);
    assert!(json["std_error"].as_f64().unwrap() > 0.0);
}

#[test]
fn mistakes_and_targets_out_of_reach_are_explained() {
    let place = Place::new();
    let mut said = String::new();
    for (code, key, target) in [
        (2, "agreement.cap", "total=5"),
        (2, "agreement.cap", "binding_probability@2031-01-01=0.5"),
        (2, "agreement.cap", "total_paid_pv=5"),
        (2, "agreement.cpa", "total_paid=5"),
        (2, "revenue.gbm", "total_paid=5"),
        (1, "agreement.cap", "total_paid=50"),
        (1, "agreement.expiry", "total_paid=9"),
        (1, "revenue.gbm.volatility", "total_paid=20"),
    ] {
        let run = solve(&place, &["--for", key, "--so-that", target]);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (code, ""),
            "{key} {target} {}",
            run.stderr
        );
        said.push_str(&format!(
            "$ capbind solve a.toml --for {key} --so-that {target}\n"
        ));
        said.push_str(&run.stderr);
        said.push('\n');
    }
    golden("solve_refused.txt", &said);
    assert_eq!(place.names("."), ["a.toml"]);
}
