//! `capbind backtest` as typed.

use super::{Place, golden};

const TABLE: &str = include_str!("../../docs/data/track_record_openai.csv");
const BASE: &str = include_str!("../../scenarios/openai-microsoft.toml");

#[test]
fn forecasts_are_scored_with_the_spread_of_a_scenario() {
    let place = Place::new();
    place.write("record.csv", TABLE);
    place.write("base.toml", BASE);
    let run = place.run(&["backtest", "record.csv", "--scenario", "base.toml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    golden("backtest.txt", &format!("{}{}", run.stdout, run.stderr));
    let folder = "output/record-backtest";
    assert_eq!(
        place.names(folder),
        [
            "backtest.csv",
            "charts",
            "forecasts.csv",
            "manifest.json",
            "outside_view.csv"
        ]
    );
    let charts = place.names(&format!("{folder}/charts"));
    assert_eq!(charts, ["calibration.png", "calibration.svg"]);
    golden(
        "backtest.csv",
        &place.read(&format!("{folder}/backtest.csv")),
    );
    golden(
        "outside_view.csv",
        &place.read(&format!("{folder}/outside_view.csv")),
    );
    let verified = place.run(&["verify", folder]);
    assert_eq!(verified.code, 0, "{}", verified.stdout);
}

#[test]
fn dates_and_probabilities_are_scored_too() {
    let place = Place::new();
    place.write(
        "dates.csv",
        include_str!("../../docs/data/track_record_severn.csv"),
    );
    place.write(
        "chances.csv",
        "name,probability,outcome\ncap by 2018,0.9,yes\ncap by 2017,0.4,no\ncap by 2016,0.2,no\n",
    );
    let mut said = String::new();
    for table in ["dates.csv", "chances.csv"] {
        let run = place.run(&["backtest", table, "--out", "-"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        said += &run.stdout;
    }
    golden("backtest_others.txt", &said);
    assert!(!place.path("output").exists());
}

#[test]
fn tables_that_cannot_be_scored_are_refused() {
    let place = Place::new();
    let mut said = String::new();
    for table in [
        "name,value\na,1\n",
        "value,outcome\n1,\n",
        "value,sd,outcome\n1,-2,1\n",
        "p5,p50,outcome\n2,1,1\n",
        "value,outcome\n1,yes\n",
        "name,outcome\na,3\n",
    ] {
        place.write("t.csv", table);
        let run = place.run(&["backtest", "t.csv"]);
        assert_ne!(run.code, 0, "{table}");
        said += &format!("{}\n", run.stderr);
    }
    golden("backtest_refused.txt", &said);
}
