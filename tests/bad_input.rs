//! Every mistake a scenario file can hold, and the full text that answers it.
//!
//! `bad/NAME.toml` holds the mistake, `bad/NAME.txt` the whole of standard
//! error. After a change of wording, `UPDATE_GOLDEN=1 cargo test --test bad_input`
//! writes the texts again: read them before they are committed.
#![cfg(feature = "cli")]

use capbind::Error;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use capbind::scenario::{Problem, Scenario};

/// A rule without a bad example is a rule nobody has seen at work.
const FEWEST: usize = 40;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The stems of the files in `bad/` that end in `.extension`.
fn stems(extension: &str) -> BTreeSet<String> {
    fs::read_dir(tests().join("bad"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// Standard error of a command that must refuse the file and do nothing else.
fn refused(command: &str, name: &str, out: &Path) -> String {
    let mut run = Command::cargo_bin("capbind").unwrap();
    run.current_dir(tests())
        .env_remove("NO_COLOR")
        .arg(command)
        .arg(format!("bad/{name}.toml"));
    if command == "run" {
        run.arg("--out").arg(out);
    }
    let output = run.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{command} {name}: {stderr}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "",
        "{command} {name} prints to standard output"
    );
    stderr
}

/// The problems of a text, without its closing line.
fn problems(text: &str) -> Vec<&str> {
    let all = text.rsplit_once("\n\n").unwrap().0;
    all.split("\n\n").collect()
}

/// Whether a line says `--> bad/NAME.toml:LINE:COLUMN`, or a place in a file of that
/// name that the scenario reads.
fn is_place(line: &str, name: &str) -> bool {
    let file = |extension: &str| {
        let start = format!("--> bad/{name}.{extension}:");
        line.trim_start().strip_prefix(&start)
    };
    let Some(rest) = file("toml").or_else(|| file("csv")) else {
        return false;
    };
    let numbers: Vec<&str> = rest.split(':').collect();
    numbers.len() == 2
        && numbers
            .iter()
            .all(|number| number.parse::<u32>().is_ok_and(|n| n > 0))
}

#[test]
fn every_bad_scenario_is_refused_with_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for name in stems("toml") {
        let found = refused("run", &name, &out);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            0,
            "{name} leaves something behind"
        );
        let golden = tests().join(format!("bad/{name}.txt"));
        if update {
            fs::write(&golden, &found).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != found {
            wrong.push(format!("{name} says now:\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!tests().join("output").exists());
}

#[test]
fn check_refuses_with_the_same_words_as_run() {
    let out = Path::new("unused");
    for name in ["several_problems", "syntax_bare_text", "unknown_table"] {
        assert_eq!(refused("check", name, out), refused("run", name, out));
    }
}

#[test]
fn every_mistake_has_its_text_and_every_text_its_mistake() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return;
    }
    assert_eq!(stems("toml"), stems("txt"));
    assert!(stems("toml").len() >= FEWEST);
}

#[test]
fn every_problem_says_where_what_is_permitted_and_what_to_try() {
    for name in stems("txt") {
        let text = fs::read_to_string(tests().join(format!("bad/{name}.txt"))).unwrap();
        for problem in problems(&text) {
            let lines: Vec<&str> = problem.lines().collect();
            let message = lines[0].strip_prefix("error: ").unwrap_or_default();
            assert!(message.len() > 10, "{name} has no message:\n{problem}");
            assert!(is_place(lines[1], &name), "{name} has no place:\n{problem}");
            assert!(problem.contains('^'), "{name} marks nothing:\n{problem}");
            let has = |word: &str| {
                problem.contains(&format!("\n  = {word}: "))
                    || problem.contains(&format!("= {word}: "))
            };
            assert!(has("try"), "{name} has no remedy:\n{problem}");
            // What is not TOML, or not a key, has no permitted range.
            let no_key = message.starts_with("this is not TOML") || message.starts_with("unknown");
            assert!(
                no_key || has("permitted"),
                "{name} does not say what is permitted:\n{problem}"
            );
        }
    }
}

/// Every key a scenario may have, each on a line of its own.
const EVERY_KEY: &str = r#"title = "A fifth of revenue"
source = ["a report"]
currency = "EUR"
unit = "million"
[timeline]
start = 2026-01-01
end = 2028-12-31
step = "month"
[revenue.MODEL]
[agreement]
name = "royalty"
payer = "Grower"
payee = "Lender"
share = 0.20
cap = { triangular = [7, 8, 9] }
paid_before = { discrete = { values = [0, 1], weights = [1, 1] } }
effective = 2026-02-01
expiry = 2028-06-30
[agreement.payment]
every = "quarter"
lag_months = 3
[simulation]
points = 64
replicates = 4
sampler = "sobol"
seed = 1
[valuation]
date = 2026-01-01
discount_rate = 0.09
convention = "payment-date"
invested = 5
[valuation.risk_neutral]
revenue_risk_premium = 0.05
risk_free_curve = [{ years = 1, rate = 0.03 }, { date = 2030-12-31, rate = 0.04 }]
credit_spread = 0.01
[report]
percentiles = [5, 50, 95]
fiscal_year_ends = "june"
[[report.milestone]]
date = 2027-06-30
label = "Option ends"
"#;
const MODELS: [&str; 8] = [
    "[revenue.gbm]
initial = { lognormal = { p5 = 8, p95 = 12 } }
growth = { normal = { mean = 0.25, sd = 0.02 } }
volatility = 0.3
observe = \"end\"
[correlation]
inputs = [[\"revenue.gbm.initial\", \"agreement.cap\", -0.5]]
",
    "[revenue.forecast]
annual = { 2026 = 10, 2027 = 14, 2028 = 18 }
observed = [{ start = 2026-01-01, end = 2026-03-31, revenue = 2 }]
volatility = 0.2
growth_uncertainty = { uniform = [0.05, 0.15] }
observe = \"mid\"
",
    "[revenue.forecast]
annual = { 2026 = 10, 2027 = 14, 2028 = 18 }
volatility = [{ from = 2026-01-01, value = 0.3 }, { from = 2027-01-01, value = 0.2 }]
persistence = 0.7
level_uncertainty = 0.1
annual_uncertainty = { uniform = [0.05, 0.15] }
preserve = \"median\"
",
    "[revenue.growth]
initial = 10
growth = { normal = { p10 = 0.2, p90 = 0.6 } }
long_run_growth = 0.05
half_life = { exponential = { mean = 2 } }
volatility = 0.2
long_run_volatility = 0.1
volatility_half_life = 3
growth_volatility = 0.2
growth_volatility_half_life = 2
shock_correlation = -0.3
revenue_risk_price = 0.1
growth_risk_price = 0
observe = \"end\"
",
    "[revenue.jump]
initial = 10
growth = 0.25
volatility = 0.2
jumps_per_year = { uniform = [0.2, 0.6] }
jump_mean = -0.2
jump_sd = 0.3
observe = \"start\"
",
    "[revenue.logistic]
capacity = { lognormal = { mean = 30, sd = 5 } }
steepness = 0.8
midpoint = 1.5
volatility = 0.1
persistence = { uniform = [0.5, 0.9] }
growth_uncertainty = 0.05
level_uncertainty = 0.1
annual_uncertainty = 0.05
preserve = \"mean\"
observe = \"end\"
",
    "[[revenue]]
name = \"old\"
[revenue.bass]
market = 100
innovation = 0.02
imitation = 0.4
launch = -3
volatility = 0.1
persistence = 0.9
growth_uncertainty = 0.05
level_uncertainty = 0.1
annual_uncertainty = 0.05
preserve = \"mean\"
observe = \"end\"
[[revenue]]
name = \"new\"
[revenue.gbm]
initial = 3
growth = 0.4
volatility = 0.3
[correlation]
segments = [[\"old\", \"new\", 0.5]]
",
    "[revenue.bootstrap]
initial = 10
companies = { Alpha = [24, 29, 38], Beta = [10, 12, 11, 16] }
consecutive_years = 2
observe = \"mid\"
",
];

/// The problems of a text, each with the text that shows it; `None` for a
/// scenario that can be used.
fn found(text: &str) -> Option<Vec<Problem>> {
    match Scenario::parse("a.toml", "a", text, &[]) {
        Ok(_) => None,
        Err(Error::Invalid(problems)) => {
            let shown = problems.render(false);
            // Those who show a problem in a way of their own find the same place.
            for at in problems.located().take(20) {
                let place = format!("--> {}:{}:{}", at.origin(), at.line(), at.column());
                assert!(shown.contains(&place), "{place} is not in {shown}");
                assert!(at.range().is_none_or(|range| shown.contains(range)));
            }
            Some(problems.problems)
        }
        Err(other) => panic!("{other}: {text}"),
    }
}

#[test]
fn one_mistake_makes_one_problem() {
    // No key takes all of these, and few take any.
    const VALUES: [&str; 12] = [
        "true",
        "[]",
        "{}",
        "\"\"",
        "\"x\"",
        "-7",
        "1e300",
        "nan",
        "9999-12-31",
        "[[1]]",
        "[{}]",
        "{ uniform = [1] }",
    ];
    let mut headers = Vec::new();
    for model in MODELS {
        let scenario = EVERY_KEY.replace("[revenue.MODEL]\n", model);
        assert_eq!(found(&scenario), None);
        let lines: Vec<&str> = scenario.lines().collect();
        let mut refused = 0;
        let mut follow_ups = Vec::new();
        for (i, line) in lines.iter().enumerate() {
            let with = |changed: &str| {
                let mut lines = lines.clone();
                lines[i] = changed;
                lines.join("\n")
            };
            let mut mistakes = vec![with("")];
            match line.split_once(" = ") {
                Some((key, _)) => {
                    mistakes.extend(VALUES.iter().map(|value| with(&format!("{key} = {value}"))));
                    mistakes.push(with(&line.replacen(key, &format!("{key}_"), 1)));
                    mistakes.push(with(&line.replacen(key, "zzz", 1)));
                }
                None => {
                    mistakes.push(with(&line.replace(']', "x]")));
                    mistakes.push(with("[zzz]"));
                }
            }
            for text in mistakes {
                let Some(problems) = found(&text) else {
                    continue;
                };
                refused += 1;
                if line.starts_with('[') {
                    // A header gone wrong gives its keys to another table.
                    let changed = text.lines().nth(i).unwrap_or_default();
                    let found = problems.len();
                    headers.push(format!(
                        "{}: {line} -> {changed}: {found}\n",
                        model_of(model)
                    ));
                    continue;
                }
                // A key unlike any other is unknown, and the right one is missing.
                let most = match () {
                    () if text.contains("zzz") => 2,
                    // An entry without any of its three keys.
                    () if text.contains("observed = [{}]") => 3,
                    // A point without a time and a rate.
                    () if text.contains("curve = [{}]") => 2,
                    () => 1,
                };
                let messages: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
                if problems.len() > most {
                    let line = text.lines().nth(i).unwrap_or_default();
                    follow_ups.push(format!("{line:?} in line {}: {messages:#?}", i + 1));
                }
            }
        }
        assert!(follow_ups.is_empty(), "{}", follow_ups.join("\n"));
        assert!(refused > 300, "only {refused} mistakes are refused");
    }
    let golden = tests().join("golden/mistaken_headers.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, headers.concat()).unwrap();
    }
    assert_eq!(headers.concat(), fs::read_to_string(golden).unwrap());
}

/// The header of a model's table.
fn model_of(text: &str) -> &str {
    let mut lines = text.lines();
    lines.find(|line| line.starts_with("[revenue.")).unwrap()
}
