//! `capbind sweep` as typed.

use serde_json::Value;

use super::{Place, golden};

const CAPS: [&str; 5] = [
    "sweep",
    "a.toml",
    "--no-charts",
    "--vary",
    "agreement.cap=6:10:2",
];

#[test]
fn a_grid_gives_one_tidy_table_and_a_summary() {
    let place = Place::new();
    let run = place.run(&[&CAPS[..], &["--vary", "agreement.share=0.1,0.2"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("sweep.txt", &run.stdout);
    assert_eq!(place.names("output"), ["a-sweep"]);
    assert_eq!(
        place.names("output/a-sweep"),
        ["manifest.json", "sweep.csv"]
    );
    golden("sweep.csv", &place.read("output/a-sweep/sweep.csv"));
    let manifest: Value =
        serde_json::from_str(&place.read("output/a-sweep/manifest.json")).unwrap();
    assert_eq!(manifest["command"], "sweep");
    assert_eq!(manifest["asked"]["vary"].as_array().unwrap().len(), 2);
}

#[test]
fn json_lists_the_cases() {
    let run = Place::new().run(&[&CAPS[..], &["--json"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let cases = json["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    assert_eq!(cases[0]["values"]["agreement.cap"], 8.0);
    assert_eq!(cases[3]["values"]["agreement.cap"], 10.0);
    let answer = json["answer"].as_str().unwrap();
    assert!(
        answer.starts_with("As the cap goes from $6 m to $10 m, the probability"),
        "{answer}"
    );
    let mut quantities = cases[3]["quantities"].as_array().unwrap().iter();
    let paid = quantities
        .find(|row| row["quantity"] == "total_paid")
        .unwrap();
    assert!(paid["std_error"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_measure_that_is_asked_for_is_shown_drawn_and_kept() {
    let place = Place::new();
    let asked = [
        "sweep",
        "a.toml",
        "--set=valuation.discount_rate=0.1",
        "--set=agreement.upfront=4",
        "--vary=agreement.cap=6,8",
        "--measure=irr",
        "--measure=payback_date",
        "--out=s",
    ];
    let run = place.run(&asked);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let line = |what: &str| {
        let found = run.stdout.lines().find(|line| line.starts_with(what));
        found.unwrap_or_else(|| panic!("{what}: {}", run.stdout))
    };
    let head = line("case ");
    assert!(
        head.contains("irr") && head.contains("payback date, median"),
        "{head}"
    );
    let case = line("1 ");
    assert!(
        case.matches(" %").count() == 2 && case.contains("202"),
        "{case}"
    );
    assert!(line("As the cap goes").contains("the probability that the cap binds"));
    assert!(
        run.stdout.contains("the expected internal rate of return"),
        "{}",
        run.stdout
    );
    let charts = place.names("s/charts");
    for chart in ["irr.svg", "payback_date.svg", "probability.svg"] {
        assert!(charts.contains(&chart.to_owned()), "{charts:?}");
    }
    let drawn = place.read("s/charts/irr.svg");
    assert!(drawn.contains("%</text>"), "a rate is in percent");
    let verified = place.run(&["verify", "s"]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn the_median_is_known_whatever_percentiles_are_reported() {
    let place = Place::new();
    let asked = [&CAPS[..], &["--set=report.percentiles=[10, 90]", "--out=-"]].concat();
    let run = place.run(&asked);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let first = run
        .stdout
        .lines()
        .find(|line| line.starts_with("1 "))
        .unwrap();
    assert!(
        first.contains("202") && !first.contains("not reached"),
        "{first}"
    );
}

#[test]
fn numbers_of_a_table_that_may_be_two_are_refused() {
    let place = Place::new();
    place.write("cases.csv", "agreement.cap;agreement.share\n1.234;0,2\n");
    let fine = place.run(&["sweep", "a.toml", "--cases=cases.csv", "--out=-"]);
    assert_eq!(fine.code, 0, "{}", fine.stderr);
    assert!(fine.stdout.contains(" 1234 "), "{}", fine.stdout);
    place.write(
        "cases.csv",
        "agreement.cap;agreement.expiry\n1.234;2027-12-31\n",
    );
    let run = place.run(&["sweep", "a.toml", "--cases=cases.csv", "--out=-"]);
    assert_eq!(run.code, 2);
    for said in ["line 2", "1.234 may be 1234 or 1.234"] {
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

#[test]
fn cases_come_from_a_table_a_design_or_the_file_itself() {
    let place = Place::new();
    place.write(
        "cases.csv",
        "agreement.cap,agreement.expiry\n6,2027-12-31\n9,\n",
    );
    let run = place.run(&["sweep", "a.toml", "--cases", "cases.csv", "--no-charts"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout.contains("\n\nA fifth of revenue\n2 cases, "),
        "{}",
        run.stdout
    );
    for design in ["sobol", "latin-hypercube"] {
        let ranges = [
            "--vary",
            "agreement.cap=4:12",
            "--vary",
            "revenue.gbm.growth=0.1:0.4",
        ];
        let asked = [
            "sweep",
            "a.toml",
            "--no-charts",
            "--design",
            design,
            "--cases",
            "16",
        ];
        let run = place.run(&[&asked[..], &ranges].concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.contains("\n16 cases, "), "{}", run.stdout);
    }
    let grid = "[sweep]\nvary = [\"agreement.cap=6:10:2\", \"agreement.share=0.1,0.2\"]\n";
    place.write("b.toml", format!("{}\n{grid}", super::SCENARIO));
    let run = place.run(&["sweep", "b.toml", "--no-charts"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let table = place.read("output/b-sweep/sweep.csv");
    assert_eq!(
        table,
        std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/golden/sweep.csv"
        ))
        .unwrap()
    );
    let design = "[sweep]\nvary = [\"agreement.cap=6:10\"]\ndesign = \"sobol\"\ncases = 8\n";
    place.write("c.toml", format!("{}\n{design}", super::SCENARIO));
    let run = place.run(&["sweep", "c.toml", "--no-charts"]);
    assert!(
        run.stdout.contains("\n8 cases, "),
        "{}{}",
        run.stdout,
        run.stderr
    );
}

#[test]
fn mistakes_are_explained() {
    let place = Place::new();
    place.write("bad.csv", "agreement.cap,\n6,7\n");
    let mut said = String::new();
    for arguments in [
        &["--vary", "agreement.cap"][..],
        &["--vary", "agreement.cap=80:20:5"],
        &["--vary", "agreement.cap=20:80"],
        &["--vary", "agreement.cap=1,2", "--vary", "agreement.cap=3"],
        &["--vary", "agreement.cpa=1,2"],
        &["--vary", "agreement.share=0.2,1.2,-1"],
        &["--vary", "agreement.cap=1:5", "--cases", "7"],
        &["--vary", "agreement.cap=1:5", "--design", "sobol"],
        &["--vary", "agreement.cap=1:5", "--cases", "cases.csv"],
        &["--cases", "bad.csv"],
        &["--cases", "none.csv"],
        &[
            "--vary",
            "agreement.cap=1:5000:1",
            "--vary",
            "agreement.share=0:1:0.001",
        ],
        &["--vary", "agreement.cap=6,7", "--format", "parquet"],
        &[],
    ] {
        let run = place.run(&[&["sweep", "a.toml"][..], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        said.push_str(&format!("$ capbind sweep a.toml {}\n", arguments.join(" ")));
        said.push_str(&run.stderr);
        said.push('\n');
    }
    golden("sweep_refused.txt", &said);
    assert_eq!(place.names("."), ["a.toml", "bad.csv"]);
}

#[test]
fn bad_cases_do_not_lose_the_others() {
    let place = Place::new();
    let keep = ["--keep-going", "--vary", "agreement.share=0.1,1.2,0.2"];
    let run = place.run(&[&["sweep", "a.toml", "--no-charts"][..], &keep].concat());
    assert_eq!(run.code, 1);
    assert_eq!(
        run.stderr,
        "warning: 1 case is no valid scenario; see failed.csv\n\
         error: the sweep is finished without 1 of its cases, which are no valid scenarios\n\
         case 2 (agreement.share=1.2): `agreement.share` is outside its permitted range: \
         1.2 is more than 1\n"
    );
    let names = ["failed.csv", "manifest.json", "sweep.csv"];
    assert_eq!(place.names("output/a-sweep"), names);
    assert_eq!(
        place.read("output/a-sweep/failed.csv"),
        "case,agreement.share,problem\n\
         2,1.2,`agreement.share` is outside its permitted range: 1.2 is more than 1\n"
    );
    let cases: Vec<String> = place
        .read("output/a-sweep/sweep.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect();
    assert!(cases.contains(&"3".to_owned()) && !cases.contains(&"2".to_owned()));
}

#[test]
fn grids_over_one_to_three_keys_have_charts() {
    let place = Place::new();
    let axes = [
        "--vary",
        "revenue.gbm.growth=0.1,0.2",
        "--vary",
        "agreement.expiry=2027-12-31:2028-12-31:6m",
        "--vary",
        "agreement.cap=6:9:1",
    ];
    for keys in 1..=3 {
        let asked = [
            &["sweep", "a.toml", "--quiet", "--force", "--out", "out"][..],
            &axes[..2 * keys],
        ];
        let run = place.run(&asked.concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let names = place.names("out/charts");
        let all = ["median_date", "probability", "total"];
        let all = all
            .map(|name| [format!("{name}.png"), format!("{name}.svg")])
            .concat();
        assert_eq!(names, all, "{keys} keys");
        let svg = place.read("out/charts/probability.svg");
        assert!(
            svg.to_lowercase()
                .contains("the probability that the cap binds")
        );
        assert!(svg.contains("growth"), "{keys} keys");
    }
}

#[test]
fn threads_change_no_byte() {
    let place = Place::new();
    let axes = [
        "--vary",
        "revenue.gbm.volatility=0.1:0.4:0.1",
        "--vary",
        "agreement.cap=6,8",
    ];
    for threads in ["1", "3"] {
        let out = ["--threads", threads, "--out", threads];
        let run = place.run(&[&["sweep", "a.toml"][..], &axes, &out].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let files = |folder| contents_of_tables(&place, folder);
    assert_eq!(files("1"), files("3"));
}

fn contents_of_tables(place: &Place, folder: &str) -> Vec<String> {
    ["sweep.csv", "manifest.json"]
        .map(|name| place.read(&format!("{folder}/{name}")))
        .to_vec()
}

#[test]
fn another_sweep_is_not_continued() {
    let place = Place::new();
    place.write("output/.a-sweep.sweep", "capbind sweep 0123\n");
    let run = place.run(&[&CAPS[..], &["--resume"]].concat());
    run.fails(
        2,
        "error: output/.a-sweep.sweep was left by another sweep, or its first line is damaged\n  \
         try: continue it with the scenario, keys, flags and version it was begun with, \
         or leave --resume out to begin anew\n",
    );
    assert_eq!(place.run(&CAPS).code, 0);
    assert_eq!(place.names("output"), ["a-sweep"]);
}
