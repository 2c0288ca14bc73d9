//! `capbind verify`: what was written can be made again, and what has changed is
//! named.

use std::fs;

use super::{Place, Run};

fn verified(place: &Place, arguments: &[&str]) -> Run {
    place.run(&[&["verify", "output/a"], arguments].concat())
}

#[test]
fn every_file_is_made_again_byte_for_byte() {
    let place = Place::new();
    let run = place.run(&[
        "run",
        "a.toml",
        "--paths",
        "1500",
        "--keep-paths",
        "3",
        "--convergence",
        "--set",
        "agreement.cap=9",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let again = verified(&place, &["--threads", "1", "--scenario", "a.toml"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
    let files = run
        .stdout
        .lines()
        .last()
        .unwrap()
        .replace(" in output/a", "");
    assert_eq!(
        again.stdout,
        format!("output/a: {files} made again, all the same byte for byte\n")
    );
}

#[test]
fn a_precision_of_the_file_is_searched_for_again() {
    let place = Place::new();
    place.run_a(&["--precision", "1%"]);
    assert_eq!(verified(&place, &[]).code, 0);
    // A number of paths stands above a precision.
    place.run_a(&["--set", "simulation.precision=0.01", "--paths", "2048"]);
    assert_eq!(verified(&place, &[]).code, 0);
}

#[test]
fn what_has_changed_is_named() {
    let place = Place::new();
    place.run_a(&[]);
    let summary = place.read("output/a/summary.csv");
    place.write("output/a/summary.csv", summary.replacen('1', "2", 1));
    fs::remove_file(place.path("output/a/years.csv")).unwrap();
    place.write("a.toml", place.read("a.toml").replace("0.20", "0.21"));
    let run = verified(&place, &["--scenario", "a.toml"]);
    assert_eq!(
        run.stdout,
        "output/a: not the same\n  \
         scenario: a.toml has another text\n  \
         summary.csv: changed since it was written\n  \
         years.csv: No such file or directory (os error 2)\n"
    );
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (
            1,
            "error: 1 of 1 folders could not be made again byte for byte\n"
        )
    );
}

#[test]
fn a_manifest_that_was_edited_is_named() {
    let place = Place::new();
    place.run_a(&[]);
    let manifest = place.read("output/a/manifest.json");
    let edited = manifest
        .replace("\"capbind\": \"", "\"capbind\": \"0.0.")
        .replace("share = 0.20", "share = 0.25");
    place.write("output/a/manifest.json", edited);
    let run = verified(&place, &[]);
    assert_eq!(run.code, 1);
    for line in [
        "version: made by capbind 0.0.",
        "scenario: its text in the manifest does not have its hash",
        "summary.csv: as it was written, but made again it differs",
        "manifest.json: differs",
    ] {
        assert!(run.stdout.contains(line), "{line}\n{}", run.stdout);
    }
}

#[test]
fn a_folder_without_a_manifest_cannot_be_verified() {
    let place = Place::new();
    let run = verified(&place, &[]);
    run.fails(
        1,
        "error: cannot read output/a/manifest.json: No such file or directory (os error 2); \
         name a folder that `capbind run` has written\n",
    );
    place.write("output/a/manifest.json", "{}");
    let run = verified(&place, &[]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("it is no manifest of this program"));
}

#[test]
fn files_beside_the_scenario_are_part_of_the_manifest() {
    let place = Place::new();
    let text = place.read("a.toml");
    let start = text.find("[revenue").unwrap();
    let end = start + 1 + text[start + 1..].find("\n[").unwrap();
    let bootstrap = "[revenue.bootstrap]\ninitial = 10\ncompanies = \"companies.csv\"\n";
    let text = format!("{}{bootstrap}{}", &text[..start], &text[end..]);
    place.write("a.toml", text);
    place.write(
        "companies.csv",
        "company,year,revenue\nA,2020,1\nA,2021,2\nB,2020,3\nB,2021,4\n",
    );
    place.run_a(&[]);
    assert_eq!(verified(&place, &["--scenario", "a.toml"]).code, 0);
    place.write(
        "companies.csv",
        place.read("companies.csv").replace("B,2021,4", "B,2021,5"),
    );
    let run = verified(&place, &["--scenario", "a.toml"]);
    assert!(
        run.stdout
            .contains("scenario: companies.csv beside it has another text"),
        "{}",
        run.stdout
    );
    fs::remove_file(place.path("companies.csv")).unwrap();
    assert_eq!(verified(&place, &[]).code, 0);
}
