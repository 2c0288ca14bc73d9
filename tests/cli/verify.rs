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
        "--out",
        "output/a",
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
    let out = ["--out", "output/a", "--paths", "2048"];
    place.run_a(&[&["--set", "simulation.precision=0.01"][..], &out].concat());
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
fn a_manifest_asks_for_no_more_than_the_command_line_may() {
    let place = Place::new();
    place.run_a(&["--keep-paths", "2", "--paths", "1024"]);
    let manifest = place.read("output/a/manifest.json");
    for (written, edited, said) in [
        (
            "\"keep_paths\": 2",
            "\"keep_paths\": 1000001",
            "--keep-paths 1000001 is not permitted\n  try: a number from 0 to 1000000\n",
        ),
        (
            "\"paths\": 1024",
            "\"paths\": 0",
            "--paths 0 is not permitted\n  try: a number from 1 to 1099511627776\n",
        ),
    ] {
        assert!(manifest.contains(written), "{manifest}");
        place.write(
            "output/a/manifest.json",
            manifest.replacen(written, edited, 1),
        );
        let run = place.run(&["verify", "output/a"]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.ends_with(said), "{run:?}");
    }
}

#[test]
fn a_folder_without_a_manifest_cannot_be_verified() {
    let place = Place::new();
    let run = verified(&place, &[]);
    run.fails(
        1,
        "error: cannot read output/a/manifest.json: there is no such file; check \
         the path; name a folder that capbind has written\n",
    );
    place.write("output/a/manifest.json", "{}");
    let run = verified(&place, &[]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("it is no manifest of this program"));
}

#[test]
fn a_folder_that_cannot_be_checked_does_not_keep_the_others_from_it() {
    let place = Place::new();
    place.run_a(&[]);
    let text = place.read("output/a/manifest.json");
    place.write("torn/manifest.json", &text[..text.len() / 2]);
    place.write(
        "wrong/manifest.json",
        text.replace("share = 0.20", "share = 20"),
    );
    let run = place.run(&["verify", "absent", "torn", "wrong", "output/a"]);
    assert_eq!(run.code, 1, "{run:?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "absent: not checked",
            "torn: not checked",
            "wrong: not checked"
        ]
    );
    assert!(lines[3].starts_with("output/a: ") && lines[3].ends_with("all the same byte for byte"));
    for part in [
        "error: cannot read absent/manifest.json: there is no such file",
        "error: cannot read torn/manifest.json: it is no manifest of this program",
        "agreement.share",
        "error: 3 of 4 folders could not be made again byte for byte\n",
    ] {
        assert!(run.stderr.contains(part), "{part}\n{}", run.stderr);
    }
    // A scenario file to compare with concerns every folder.
    place
        .run(&[
            "verify",
            "output/a",
            "output/a",
            "--scenario",
            "absent.toml",
        ])
        .fails(
            1,
            "error: cannot read absent.toml: there is no such file; check the path\n",
        );
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

#[test]
fn studies_are_made_again_byte_for_byte() {
    let place = Place::new();
    place.write("cases.csv", "agreement.cap,agreement.share\n6,\n7,0.25\n");
    let own = "[sweep]\nvary = [\"agreement.cap=6:9\"]\ndesign = \"sobol\"\ncases = 4\n";
    place.write("own.toml", place.read("a.toml") + own);
    place.write(
        "b/a.toml",
        place.read("a.toml").replace("cap = 8", "cap = 9"),
    );
    let studies: [&[&str]; 9] = [
        &[
            "sweep",
            "a.toml",
            "--vary",
            "agreement.cap=6:9:1",
            "--paths",
            "1500",
        ],
        &[
            "sweep",
            "a.toml",
            "--cases",
            "cases.csv",
            "--seed",
            "3",
            "--no-charts",
        ],
        &["sweep", "own.toml"],
        &[
            "sweep",
            "a.toml",
            "--design",
            "latin-hypercube",
            "--cases",
            "5",
            "--vary",
            "revenue.gbm.volatility=0.1:0.4",
            "--vary",
            "agreement.cap=6:9",
        ],
        &[
            "solve",
            "a.toml",
            "--for",
            "agreement.cap",
            "--so-that",
            "p5 total_paid=2",
        ],
        &[
            "solve",
            "a.toml",
            "--for",
            "agreement.expiry",
            "--so-that",
            "total_paid=4",
            "--between",
            "2026-06-01:2028-06-30",
            "--set",
            "agreement.cap=9",
        ],
        &[
            "solve",
            "a.toml",
            "--for",
            "revenue.gbm.growth",
            "--so-that",
            "total_paid=7",
            "--paths",
            "1000",
        ],
        &[
            "compare",
            "a.toml",
            "b/a.toml",
            "--variant",
            "agreement.cap=7;agreement.share=0.3",
        ],
        &[
            "sensitivity",
            "a.toml",
            "--vary",
            "agreement.cap=6:9",
            "--stress",
            "agreement.cap=90:100",
            "--swing",
            "5:95",
        ],
    ];
    for study in studies {
        let run = place.run(&[study, &["--out", "out", "--force"]].concat());
        assert_eq!(run.code, 0, "{study:?}: {}", run.stderr);
        let again = place.run(&["verify", "out", "--scenario", study[1], "--threads", "1"]);
        assert_eq!(
            (again.code, again.stderr.as_str()),
            (0, ""),
            "{study:?}: {}",
            again.stdout
        );
        let files = run.stdout.lines().last().unwrap().replace(" in out", "");
        assert_eq!(
            again.stdout,
            format!("out: {files} made again, all the same byte for byte\n")
        );
    }
}

#[test]
fn studies_draw_as_they_are_asked_to() {
    let place = Place::new();
    let asked = ["compare", "a.toml", "--variant", "agreement.cap=7", "--out"];
    let looks = ["--theme", "dark", "--size", "column", "--dpi", "96"];
    assert_eq!(place.run(&[&asked[..], &["light"]].concat()).code, 0);
    assert_eq!(
        place
            .run(&[&asked[..], &["dark"], &looks[..]].concat())
            .code,
        0
    );
    assert_eq!(
        place.read("light/compare.csv"),
        place.read("dark/compare.csv")
    );
    let chart = "charts/compare.svg";
    assert_ne!(
        place.read(&format!("light/{chart}")),
        place.read(&format!("dark/{chart}"))
    );
    assert_eq!(place.run(&["verify", "dark"]).code, 0);
}

#[test]
fn cases_that_are_no_scenarios_are_made_again_too() {
    let place = Place::new();
    let run = place.run(&[
        "sweep",
        "a.toml",
        "--vary",
        "agreement.share=0.2,2",
        "--keep-going",
        "--out",
        "out",
    ]);
    assert_eq!(run.code, 1);
    let again = place.run(&["verify", "out"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
}

#[test]
fn what_has_changed_in_a_study_is_named() {
    let place = Place::new();
    place.write("cases.csv", "agreement.cap\n6\n7\n");
    let run = place.run(&["sweep", "a.toml", "--cases", "cases.csv", "--no-charts"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let table = place.read("output/a-sweep/sweep.csv");
    place.write("output/a-sweep/sweep.csv", table.replacen("7,", "8,", 1));
    place.write("a.toml", place.read("a.toml").replace("0.20", "0.21"));
    // The table of cases is in the manifest.
    fs::remove_file(place.path("cases.csv")).unwrap();
    let run = place.run(&["verify", "output/a-sweep", "--scenario", "a.toml"]);
    assert_eq!(
        run.stdout,
        "output/a-sweep: not the same\n  \
         scenario: a.toml has another text\n  \
         sweep.csv: changed since it was written\n"
    );
    let manifest = place.read("output/a-sweep/manifest.json");
    let edited = manifest.replace("\"keep_going\"", "\"kept_going\"");
    place.write("output/a-sweep/manifest.json", edited);
    let run = place.run(&["verify", "output/a-sweep"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("missing field `keep_going`"),
        "{}",
        run.stderr
    );
}
