//! `capbind compare`

use serde_json::Value;

use super::{Place, SCENARIO, golden};

#[test]
fn it_prints_the_differences_and_writes_a_complete_folder() {
    let place = Place::new();
    place.write(
        "b.toml",
        SCENARIO
            .replace("A fifth", "A quarter")
            .replace("0.20", "0.25"),
    );
    let run = place.run(&[
        "compare",
        "a.toml",
        "b.toml",
        "--variant",
        "agreement.cap=9; agreement.share=0.3",
        "--no-charts",
    ]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("compare.txt", &run.stdout);
    assert!(
        run.stdout
            .lines()
            .skip(1)
            .all(|line| line.chars().count() <= 80)
    );
    let names = [
        "compare.csv",
        "compare_periods.csv",
        "compare_years.csv",
        "manifest.json",
    ];
    assert_eq!(place.names("output/a-compare"), names);
    golden("compare.csv", &place.read("output/a-compare/compare.csv"));
    let periods = place.read("output/a-compare/compare_periods.csv");
    assert_eq!(periods.lines().count(), 1 + 3 * 12 * 6);
    let manifest: Value =
        serde_json::from_str(&place.read("output/a-compare/manifest.json")).unwrap();
    assert_eq!(manifest["command"], "compare");
    let scenarios = manifest["scenarios"].as_array().unwrap();
    let names: Vec<&Value> = scenarios.iter().map(|scenario| &scenario["name"]).collect();
    assert_eq!(names, ["a", "b", "agreement.cap=9; agreement.share=0.3"]);
    assert_eq!(scenarios[2]["overrides"].as_array().unwrap().len(), 2);
}

#[test]
fn a_page_and_a_workbook_can_be_had_and_are_made_again() {
    let place = Place::new();
    let studies: [&[&str]; 4] = [
        &["sweep", "a.toml", "--vary", "agreement.cap=6,9"],
        &["compare", "a.toml", "--variant", "agreement.cap=9"],
        &["sensitivity", "a.toml", "--local", "--no-charts"],
        &[
            "solve",
            "a.toml",
            "--for",
            "agreement.cap",
            "--so-that",
            "binding_probability=0.4",
        ],
    ];
    for study in studies {
        let run = place.run(&[study, &["--report", "--format", "xlsx"]].concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let folder = format!("output/a-{}", study[0]);
        let names = place.names(&folder);
        assert!(names.contains(&"a.xlsx".to_owned()), "{names:?}");
        let page = place.read(&format!("{folder}/report.html"));
        assert!(page.contains("A fifth of revenue") && page.contains("default-src 'none'"));
        // The answer stands in it as the terminal has it.
        let answer = run.stdout.lines().next().unwrap().replace('&', "&amp;");
        assert!(page.contains(&answer), "{answer}");
        let drawn = ["compare", "sweep"].contains(&study[0]);
        assert_eq!(page.contains("<svg"), drawn);
        let again = place.run(&["verify", &folder]);
        assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    }
}

#[test]
fn a_precision_is_a_number_of_paths() {
    let place = Place::new();
    let studies: [&[&str]; 2] = [
        &["sweep", "a.toml", "--vary", "agreement.cap=6,9"],
        &["compare", "a.toml", "--variant", "agreement.cap=9"],
    ];
    for study in studies {
        let run = place.run(&[study, &["--precision", "1%", "--no-charts"]].concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let folder = format!("output/a-{}", study[0]);
        let manifest = place.read(&format!("{folder}/manifest.json"));
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let number = |key: &str| manifest[key].as_u64().unwrap();
        let paths = number("points") * number("replicates");
        assert_eq!(manifest["asked"]["paths"], paths);
        let again = place.run(&["verify", &folder]);
        assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
        let both = place.run(&[study, &["--precision", "1%", "--paths", "4096"]].concat());
        assert_eq!(both.code, 2, "{}", both.stdout);
    }
}

#[test]
fn threads_do_not_change_a_byte() {
    let place = Place::new();
    for (threads, folder) in [("1", "one"), ("3", "three")] {
        let run = place.run(&[
            "compare",
            "a.toml",
            "--variant",
            "agreement.cap=9",
            "--quiet",
            "--threads",
            threads,
            "--out",
            folder,
        ]);
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (0, "", "")
        );
    }
    for name in place.names("one").iter().filter(|name| name.contains('.')) {
        let text = |folder: &str| place.read(&format!("{folder}/{name}"));
        assert_eq!(text("one"), text("three"), "{name}");
    }
    assert_eq!(place.names("one/charts"), ["compare.png", "compare.svg"]);
}

#[test]
fn json_is_one_object() {
    let place = Place::new();
    let run = place.run(&[
        "compare",
        "a.toml",
        "a.toml",
        "--variant",
        "agreement.cap=9",
        "--json",
        "--no-charts",
    ]);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    let names: Vec<&Value> = found["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["scenario"])
        .collect();
    assert_eq!(names, ["a.toml (1)", "a.toml (2)", "agreement.cap=9"]);
    let paid = |i: usize| &found["scenarios"][i]["parts"][0]["quantities"]["total_paid"];
    assert_eq!(paid(0)["difference"], Value::Null);
    assert_eq!(paid(1)["difference"]["mean"], 0.0);
    assert!(paid(2)["difference"]["mean"].as_f64().unwrap() > 0.0);
}

#[test]
fn what_cannot_be_compared_is_refused_and_nothing_is_written() {
    let place = Place::new();
    place.run(&["compare", "a.toml"]).fails(
        2,
        "error: a comparison takes two scenarios or more\n  \
         try: name another file, or vary the first: --variant agreement.cap=40\n",
    );
    place.write("euro.toml", format!("currency = \"EUR\"\n{SCENARIO}"));
    place.run(&["compare", "a.toml", "euro.toml"]).fails(
        2,
        "error: `a` is in USD, `euro` in EUR: amounts of two currencies cannot be compared\n  \
         try: state both in one currency, at a rate of your choice\n",
    );
    let run = place.run(&["compare", "a.toml", "--variant", "agreement.cup=9"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("unknown key `agreement.cup`"),
        "{}",
        run.stderr
    );
    let run = place.run(&["compare", "a.toml", "--variant", "agreement.cap"]);
    assert!(
        run.stderr.contains("write it as key=value"),
        "{}",
        run.stderr
    );
    assert_eq!(place.names("."), ["a.toml", "euro.toml"]);
}
