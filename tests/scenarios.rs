//! Every scenario shipped runs as it is.
#![cfg(feature = "cli")]

mod common;

use std::path::Path;

use capbind::scenario::Scenario;
use rayon::prelude::*;

#[test]
fn every_scenario_is_valid_runs_and_can_be_made_again() {
    let scenarios = common::scenarios();
    assert!(scenarios.len() >= 5);
    let folder = tempfile::tempdir().unwrap();
    scenarios
        .par_iter()
        .for_each(|path| is_whole(path, folder.path()));
}

fn is_whole(path: &Path, folder: &Path) {
    common::capbind(folder)
        .arg("check")
        .arg(path)
        .assert()
        .success();
    let results = folder.join("output").join(path.file_stem().unwrap());
    common::capbind(folder)
        .arg("run")
        .arg(path)
        .args(["--paths", "2048", "--out"])
        .arg(&results)
        .assert()
        .success();
    let charts = results.join("charts");
    assert!(std::fs::read_dir(charts).unwrap().count() >= 8);
    common::capbind(folder)
        .arg("verify")
        .arg(&results)
        .arg("--scenario")
        .arg(path)
        .assert()
        .success();
}

#[test]
fn every_scenario_says_where_its_figures_come_from() {
    for path in common::scenarios() {
        let scenario = Scenario::load(&path, &[]).unwrap();
        assert!(!scenario.sources.is_empty(), "{}", path.display());
        assert!(scenario.text.starts_with('#'), "{}", path.display());
    }
}
