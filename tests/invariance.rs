//! Same seed, same bytes: at any number of threads, on whole folders.
#![cfg(feature = "cli")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use capbind::scenario::Scenario;
use capbind::simulate::{Path as Sample, replay};

/// Every file of a folder by its relative name.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let inner = contents(&path).into_iter();
            files.extend(inner.map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            files.insert(name, fs::read(path).unwrap());
        }
    }
    files
}

#[test]
fn threads_change_no_byte_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = common::project().join("scenarios/openai-microsoft-cap-range.toml");
    for sampler in ["sobol", "random"] {
        let run = |threads: &str| {
            let out = folder.path().join(format!("{sampler}-{threads}"));
            common::capbind(folder.path())
                .arg("run")
                .arg(&scenario)
                .args(["--paths", "100000", "--keep-paths", "70", "--quiet"])
                .args(["--threads", threads, "--set"])
                .arg(format!("simulation.sampler={sampler}"))
                .arg("--out")
                .arg(&out)
                .assert()
                .success();
            contents(&out)
        };
        let one = run("1");
        assert!(one.len() >= 18, "{} files", one.len());
        for threads in ["2", "7"] {
            let more = run(threads);
            for (name, bytes) in &one {
                assert!(more[name] == *bytes, "{name} with {threads} threads");
            }
            assert_eq!(one.len(), more.len());
        }
    }
}

const DRAWS: &str = r#"
    [timeline]
    start = 2026-01-01
    end = 2026-04-30
    step = "month"
    [revenue.gbm]
    initial = { uniform = [80, 120] }
    growth = 0.25
    volatility = 0.3
    [agreement]
    share = 0.2
    cap = 30
    [simulation]
    points = 64
    "#;

fn draws(extra: &str, overrides: &[&str]) -> Vec<Sample> {
    let text = format!("{DRAWS}\n{extra}");
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    let scenario = Scenario::parse("draws.toml", "draws", &text, &overrides).unwrap();
    replay(&scenario.simulation(), 256, &()).unwrap()
}

/// The first draws are part of the interface: a change of them is value-breaking.
#[test]
fn the_first_draws_are_frozen() {
    let mut text = String::new();
    for sampler in ["sobol", "random"] {
        let paths = draws("", &[&format!("simulation.sampler={sampler}")]);
        for (i, path) in paths.iter().enumerate().filter(|(i, _)| i % 67 < 2) {
            text.push_str(&format!("{sampler},{i}"));
            for revenue in &path.revenue {
                text.push_str(&format!(",{revenue}"));
            }
            text.push('\n');
        }
    }
    let golden = common::project().join("tests/golden/draws.csv");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(golden).unwrap());
}

#[test]
fn seeds_change_every_path_and_neighbours_share_none() {
    for sampler in ["sobol", "random"] {
        let sampler = format!("simulation.sampler={sampler}");
        let at = |seed: &str| draws("", &[&sampler, seed]);
        let (zero, one) = (at("simulation.seed=0"), at("simulation.seed=1"));
        for path in &zero {
            assert!(one.iter().all(|other| other.revenue != path.revenue));
        }
    }
}

#[test]
fn another_uncertain_input_changes_no_other_pseudo_random_draw() {
    let random = "simulation.sampler=random";
    let fixed = draws("", &[random]);
    let uncertain = draws("", &[random, "agreement.cap={ triangular = [25, 30, 35] }"]);
    for (a, b) in fixed.iter().zip(&uncertain) {
        assert_eq!(a.revenue, b.revenue);
    }
}

#[test]
fn a_contract_change_leaves_revenue_paths_alone() {
    let (one, other) = (draws("", &[]), draws("", &["agreement.cap=10"]));
    for (a, b) in one.iter().zip(&other) {
        assert_eq!(a.revenue, b.revenue);
    }
}
