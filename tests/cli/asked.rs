//! What a command prints when all is well.

use serde_json::Value;

use super::{Place, golden};

#[test]
fn help_says_what_there_is() {
    let place = Place::new();
    for (name, arguments) in [
        ("help.txt", &["--help"][..]),
        ("help_run.txt", &["run", "--help"]),
        ("help_check.txt", &["check", "--help"]),
        ("help_explore.txt", &["explore", "--help"]),
        ("help_sweep.txt", &["sweep", "--help"]),
        ("help_solve.txt", &["solve", "--help"]),
        ("help_compare.txt", &["compare", "--help"]),
        ("help_calibrate.txt", &["calibrate", "--help"]),
        ("help_explain.txt", &["explain", "--help"]),
        ("help_sensitivity.txt", &["sensitivity", "--help"]),
        ("help_portfolio.txt", &["portfolio", "--help"]),
        ("help_backtest.txt", &["backtest", "--help"]),
        ("help_update.txt", &["update", "--help"]),
        ("help_plan.txt", &["plan", "--help"]),
        ("help_shard.txt", &["shard", "--help"]),
        ("help_merge.txt", &["merge", "--help"]),
        ("help_verify.txt", &["verify", "--help"]),
        ("help_new.txt", &["new", "--help"]),
    ] {
        let run = place.run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{name}");
        golden(name, &run.stdout);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let run = Place::new().run(&["--version"]);
    let version = format!("capbind {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((run.code, run.stdout), (0, version));
}

#[test]
fn check_prints_what_was_understood_and_writes_nothing() {
    let place = Place::new();
    let run = place.run(&["check", "a.toml"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("check.txt", &run.stdout);
    assert_eq!(place.names("."), ["a.toml"]);
}

#[test]
fn check_takes_overrides() {
    let place = Place::new();
    let run = place.run(&["check", "a.toml", "--set", "agreement.cap=4"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let before = place.run(&["check", "a.toml"]).stdout;
    let changed: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| !before.contains(line))
        .collect();
    assert!(
        changed[0].starts_with("  cap             $4"),
        "{changed:?}"
    );
}

#[test]
fn the_first_line_is_the_answer_and_the_last_says_where_the_files_are() {
    let run = Place::new().run_a(&[]);
    assert_eq!(run.stderr, "");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("The cap binds in "), "{}", run.stdout);
    assert_eq!(lines.last(), Some(&"6 files in output/a"));
}

#[test]
fn quiet_prints_nothing_and_writes_everything() {
    let place = Place::new();
    let run = place.run_a(&["--quiet", "--paths", "1000"]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    assert_eq!(place.names("output/a").len(), 6);
}

#[test]
fn json_is_one_object_with_the_rows_of_the_summary() {
    let place = Place::new();
    let run = place.run_a(&["--json"]);
    assert_eq!(run.stdout.lines().count(), 1);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    for (key, wanted) in [
        ("title", Value::from("A fifth of revenue")),
        ("payer", Value::from("Grower")),
        ("payee", Value::from("Lender")),
        ("currency", Value::from("USD")),
        ("unit", Value::from("million")),
        ("paths", Value::from(1024)),
        ("seed", Value::from(7)),
    ] {
        assert_eq!(summary[key], wanted, "{key}");
    }
    let probability = summary["quantities"]["binding_probability"]["mean"]
        .as_f64()
        .unwrap();
    assert!(0.0 < probability && probability < 1.0);
    let text = place.read("output/a/summary.csv");
    let mut rows = text.lines().skip(1);
    assert!(rows.all(|row| {
        let quantity = row.split(',').nth(1).unwrap();
        summary["quantities"][quantity].is_object()
    }));
}

#[test]
fn json_of_several_scenarios_is_one_line_each() {
    let place = Place::new();
    place.write("b.toml", super::SCENARIO.replace("fifth", "sixth"));
    let run = place.run(&["run", "a.toml", "b.toml", "--json", "--no-charts"]);
    let titles: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["title"].take())
        .collect();
    assert_eq!(titles, ["A fifth of revenue", "A sixth of revenue"]);
}

#[test]
fn overrides_and_flags_reach_the_manifest() {
    let place = Place::new();
    place.run_a(&[
        "--out",
        "output/a",
        "--set",
        "simulation.sampler=random",
        "--set",
        "agreement.cap = { uniform = [6, 9] }",
        "--set",
        "agreement.payer=Acme Inc.",
        "--seed",
        "99",
        "--json",
    ]);
    let manifest: Value = serde_json::from_str(&place.read("output/a/manifest.json")).unwrap();
    assert_eq!(manifest["sampler"], "random");
    assert_eq!(manifest["seed"], 99);
    let studied = &manifest["scenarios"][0];
    assert_eq!(studied["scenario"], super::SCENARIO);
    let overrides = studied["overrides"].as_array().unwrap();
    assert!(overrides.contains(&Value::from("simulation.seed=99")));
    assert_eq!(overrides.len(), 4);
}

#[test]
fn paths_are_rounded_up_for_sobol_and_the_user_is_told() {
    let place = Place::new();
    let run = place.run_a(&["--paths", "1500"]);
    assert_eq!(
        run.stderr,
        "warning: 2,048 paths instead of 1,500: replicates are of equal size, Sobol's a power of two\n"
    );
    let run = place.run_a(&["--paths", "2048"]);
    assert_eq!(run.stderr, "");
}

#[test]
fn paths_are_exact_for_random_numbers_in_equal_replicates() {
    let place = Place::new();
    let run = place.run_a(&[
        "--set",
        "simulation.sampler=random",
        "--paths",
        "1600",
        "--json",
    ]);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&summary["paths"], run.stderr.as_str()),
        (&Value::from(1600), "")
    );
}

#[test]
fn threads_do_not_change_a_byte_and_the_seed_does() {
    let place = Place::new();
    place.run_a(&["--paths", "8192", "--threads", "1", "--out", "one"]);
    place.run_a(&["--paths", "8192", "--threads", "3", "--out", "three"]);
    place.run_a(&["--paths", "8192", "--seed", "8", "--out", "other"]);
    for name in place.names("one") {
        let text = |folder: &str| place.read(&format!("{folder}/{name}"));
        assert_eq!(text("one"), text("three"), "{name}");
        assert_ne!(text("one"), text("other"), "{name}");
    }
}

#[test]
fn a_changed_run_leaves_the_folder_of_the_file_alone() {
    let place = Place::new();
    let base = ["run", "a.toml", "--no-charts", "--paths", "1e3"];
    assert_eq!(place.run(&base).code, 0);
    let manifest = place.read("output/a+paths=1000+no-charts/manifest.json");
    for (change, folder) in [
        (
            "agreement.cap=45",
            "output/a+agreement.cap=45+paths=1000+no-charts",
        ),
        (
            "agreement.cap=46",
            "output/a+agreement.cap=46+paths=1000+no-charts",
        ),
    ] {
        let run = place.run(&[&base[..], &["--set", change]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(
            place
                .read(&format!("{folder}/manifest.json"))
                .contains(change)
        );
    }
    assert_eq!(
        place.read("output/a+paths=1000+no-charts/manifest.json"),
        manifest
    );
}

#[test]
fn a_rate_that_is_probably_a_percentage_is_doubted() {
    let place = Place::new();
    let warning = "warning: `valuation.discount_rate` is 9, which is 900 % a year: \
                   9 % is written 0.09\n";
    let change = [
        "--set",
        "valuation={ date = 2026-01-01, discount_rate = 9 }",
    ];
    let run = place.run(&[&["check", "a.toml"][..], &change].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, warning));
    let out = ["--out", "doubted", "--no-charts"];
    let run = place.run(&[&["run", "a.toml"][..], &change, &out].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains(warning), "{}", run.stderr);
    assert_eq!(place.run(&["verify", "doubted"]).code, 0);
}

#[test]
fn a_key_without_its_table_is_told_where_it_belongs() {
    let place = Place::new();
    let run = place.run(&["check", "a.toml", "--set", "cap=45"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("did you mean `agreement.cap`?"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_only_printed_leaves_no_files() {
    let place = Place::new();
    let json = place.run(&["run", "a.toml", "--json"]);
    let summary: Value = serde_json::from_str(&json.stdout).unwrap();
    let years = summary["years"].as_array().unwrap();
    assert!(
        years
            .iter()
            .any(|year| year["year"] == 2027 && year["mean"].is_number())
    );
    assert!(!json.stdout.contains('\u{a0}'));
    let text = place.run(&["run", "a.toml", "--out", "-"]);
    assert!(
        text.stdout.starts_with("The cap binds in "),
        "{}",
        text.stdout
    );
    let command = &mut place.command();
    let piped = command
        .args(["run", "-", "--json"])
        .write_stdin(super::SCENARIO);
    let piped = piped.assert().success();
    let piped: Value = serde_json::from_slice(&piped.get_output().stdout).unwrap();
    assert_eq!(piped["quantities"], summary["quantities"]);
    let sweep = ["sweep", "a.toml", "--vary", "agreement.cap=6,8", "--json"];
    let sweep: Value = serde_json::from_str(&place.run(&sweep).stdout).unwrap();
    assert_eq!(sweep["cases"][0]["values"]["agreement.cap"], 8.0);
    let quantities = sweep["cases"][1]["quantities"].as_array().unwrap();
    assert!(
        quantities
            .iter()
            .any(|row| row["quantity"] == "total_paid_pv")
    );
    let check = place.run(&["check", "a.toml", "--json"]);
    let check: Value = serde_json::from_str(&check.stdout).unwrap();
    assert_eq!(check["valid"], true);
    let ledger = place.run(&["explain", "a.toml", "--path", "0", "--json"]);
    let ledger: Value = serde_json::from_str(&ledger.stdout).unwrap();
    assert_eq!(ledger[0]["period_start"], "2026-01-01");
    assert_eq!(place.names("."), ["a.toml"]);
}

#[test]
fn the_results_of_another_question_are_not_replaced() {
    let place = Place::new();
    let solve = |target: &str, more: &[&str]| {
        let asked = [
            "solve",
            "a.toml",
            "--for",
            "agreement.cap",
            "--so-that",
            target,
        ];
        place.run(&[&asked[..], more].concat())
    };
    for target in [
        "binding_probability=0.5",
        "binding_probability=0.4",
        "binding_probability=0.5",
    ] {
        assert_eq!(solve(target, &[]).code, 0);
    }
    assert_eq!(place.names("output"), ["a-solve", "a-solve-2"]);
    let before = place.read("output/a-solve/manifest.json");
    solve("binding_probability=0.3", &["--out", "output/a-solve"]).fails(
        2,
        "error: output/a-solve holds the results of another question, which would be lost\n  \
         try: another folder with --out, or --force to replace them\n",
    );
    assert_eq!(place.read("output/a-solve/manifest.json"), before);
    let forced = solve(
        "binding_probability=0.3",
        &["--out", "output/a-solve", "--force"],
    );
    assert_eq!(forced.code, 0);
    assert_ne!(place.read("output/a-solve/manifest.json"), before);
}
