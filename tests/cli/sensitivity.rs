//! `capbind sensitivity`

use serde_json::Value;

use super::{Place, golden};

const UNCERTAIN: [&str; 6] = [
    "sensitivity",
    "a.toml",
    "--vary",
    "agreement.cap=6:10",
    "--vary",
    "revenue.gbm.growth=0.1:0.4",
];

#[test]
fn it_prints_what_drives_the_outcome_and_writes_a_complete_folder() {
    let place = Place::new();
    let run = place.run(
        &[
            &UNCERTAIN[..],
            &["--no-charts", "--stress", "agreement.cap=90:100"],
        ]
        .concat(),
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("sensitivity.txt", &run.stdout);
    assert!(
        run.stdout
            .lines()
            .skip(1)
            .all(|line| line.chars().count() <= 80)
    );
    assert_eq!(
        place.names("output/a-sensitivity"),
        ["manifest.json", "sensitivity.csv"]
    );
    golden(
        "sensitivity.csv",
        &place.read("output/a-sensitivity/sensitivity.csv"),
    );
    let manifest: Value =
        serde_json::from_str(&place.read("output/a-sensitivity/manifest.json")).unwrap();
    assert_eq!(manifest["command"], "sensitivity");
    assert_eq!(manifest["asked"]["stress"][0], "agreement.cap=90:100");
    let overrides = manifest["scenarios"][0]["overrides"].as_array().unwrap();
    assert_eq!(overrides[0], "agreement.cap={ uniform = [6, 10] }");
}

#[test]
fn threads_do_not_change_a_byte() {
    let place = Place::new();
    for (threads, folder) in [("1", "one"), ("3", "three")] {
        let run = place.run(
            &[
                &UNCERTAIN[..],
                &["--quiet", "--threads", threads, "--out", folder],
            ]
            .concat(),
        );
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (0, "", "")
        );
    }
    for name in place.names("one").iter().filter(|name| name.contains('.')) {
        let text = |folder: &str| place.read(&format!("{folder}/{name}"));
        assert_eq!(text("one"), text("three"), "{name}");
    }
    let charts = [
        "indices-probability",
        "indices",
        "tornado-probability",
        "tornado",
    ];
    let files = charts
        .iter()
        .flat_map(|name| [format!("{name}.png"), format!("{name}.svg")]);
    let mut files: Vec<String> = files.collect();
    files.sort();
    assert_eq!(place.names("one/charts"), files);
}

#[test]
fn json_holds_the_rows_of_the_table() {
    let place = Place::new();
    let run = place.run(
        &[
            &UNCERTAIN[..],
            &["--json", "--no-charts", "--out", "output/a-sensitivity"],
        ]
        .concat(),
    );
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    let rows = found["rows"].as_array().unwrap();
    let text = place.read("output/a-sensitivity/sensitivity.csv");
    assert_eq!(rows.len() + 1, text.lines().count());
    let is_index = |row: &&Value| row["input"] == "agreement.cap" && row["method"] == "total";
    let index = rows.iter().find(is_index).unwrap();
    let value = index["value"].as_f64().unwrap();
    assert!(0.0 < value && value < 1.0);
}

#[test]
fn what_cannot_be_studied_is_refused_and_nothing_is_written() {
    let place = Place::new();
    place.run(&["sensitivity", "a.toml"]).fails(
        2,
        "error: no key of this scenario is uncertain: there is nothing to compare\n  \
         try: make one a distribution, as in cap = { triangular = [35, 38, 41] }, or say on the \
         command line --vary agreement.cap=35:41\n",
    );
    place
        .run(&[&UNCERTAIN[..], &["--stress", "cap=0:10"]].concat())
        .fails(
            2,
            "error: `cap` is not uncertain in this scenario\n  \
             try: what can be stressed here: revenue.gbm.growth, agreement.cap\n",
        );
    place
        .run(&[&UNCERTAIN[..], &["--stress", "path_noise=0:10"]].concat())
        .fails(
            2,
            "error: path_noise is many numbers on each path and has no percentiles\n  \
             try: stress growth_error, or an input\n",
        );
    for (arguments, wanted) in [
        (
            ["--stress", "agreement.cap=10:5"],
            "the first percentile must be less",
        ),
        (["--stress", "agreement.cap"], "no band of percentiles"),
        (["--stress", "agreement.cap=0:101"], "numbers from 0 to 100"),
        (
            ["--stress", "agreement.cap=0:1,agreement.cap=0:2"],
            "stressed twice",
        ),
        (["--vary", "agreement.cap=6"], "write KEY=LOW:HIGH"),
        (["--swing", "90:10"], "the lower first"),
        (["--swing", "0:90"], "between 0 and 100"),
    ] {
        let run = place.run(&[&["sensitivity", "a.toml"], &arguments[..]].concat());
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.contains(wanted), "{}", run.stderr);
    }
    // A range that the key does not permit points into the command line.
    let run = place.run(&["sensitivity", "a.toml", "--vary", "agreement.share=0.5:1.5"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("leaves its permitted range"),
        "{}",
        run.stderr
    );
    assert_eq!(place.names("."), ["a.toml"]);
}
