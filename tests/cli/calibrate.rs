//! `capbind calibrate` as typed.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Place, golden};

/// A folder with the project's tables.
fn place() -> Place {
    let place = Place::new();
    for name in [
        "openai_history_for_calibration.csv",
        "openai_forecasts_for_calibration.csv",
    ] {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/data");
        place.write(name, fs::read(data.join(name)).unwrap());
    }
    place
}

const HISTORY: [&str; 4] = [
    "calibrate",
    "openai_history_for_calibration.csv",
    "--from",
    "2023-08-01",
];

#[test]
fn parameters_come_with_errors_and_toml_to_paste() {
    let place = place();
    let run = place.run(&[&HISTORY[..], &["--out", "gbm", "--unit", "USD billion"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("calibrate.txt", &run.stdout);
    assert_eq!(
        place.names("gbm"),
        [
            "calibration.csv",
            "charts",
            "fit.csv",
            "manifest.json",
            "revenue.toml"
        ]
    );
    assert_eq!(
        place.names("gbm/charts"),
        ["calibration.png", "calibration.svg"]
    );
    golden("calibrate.csv", &place.read("gbm/calibration.csv"));
    golden("calibrate_fit.csv", &place.read("gbm/fit.csv"));
    assert!(run.stdout.contains(&place.read("gbm/revenue.toml")));
    let manifest: Value = serde_json::from_str(&place.read("gbm/manifest.json")).unwrap();
    assert_eq!(manifest["asked"]["from"], "2023-08-01");
    assert_eq!(manifest["inputs"][0]["name"], HISTORY[1]);
    let run = place.run(&["verify", "gbm"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "gbm: 6 files made again, all the same byte for byte\n")
    );
    // Again into the same folder, with other files.
    let more = [
        "--model",
        "growth",
        "--uncertain",
        "--no-charts",
        "--force",
        "--out",
        "gbm",
    ];
    let run = place.run(&[&HISTORY[..], &more].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("calibrate_growth.txt", &run.stdout);
    assert!(!place.names("gbm").contains(&"charts".to_owned()));
    assert_eq!(place.run(&["verify", "gbm"]).code, 0);
    place.write("gbm/revenue.toml", "volatility = 0");
    let run = place.run(&["verify", "gbm"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout
            .contains("revenue.toml: changed since it was written"),
        "{run:?}"
    );
}

#[test]
fn charts_look_as_asked_and_are_made_again_so() {
    let place = place();
    let ground = |folder: &str| {
        let png = fs::read(place.path(&format!("{folder}/charts/calibration.png"))).unwrap();
        let picture = tiny_skia::Pixmap::decode_png(&png).unwrap();
        (picture.width(), picture.pixel(0, 0).unwrap().red())
    };
    let run = place.run(&[&HISTORY[..], &["--out", "plain", "--quiet"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let looks = ["--theme", "dark", "--size", "column", "--dpi", "96"];
    let run = place.run(&[&HISTORY[..], &["--out", "dark", "--quiet"], &looks].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let (plain, dark) = (ground("plain"), ground("dark"));
    assert!(plain.1 > 200 && dark.1 < 60, "{plain:?} {dark:?}");
    assert!(dark.0 < plain.0 / 2, "{plain:?} {dark:?}");
    let manifest: Value = serde_json::from_str(&place.read("dark/manifest.json")).unwrap();
    let asked = &manifest["asked"];
    assert_eq!(
        (&asked["theme"], &asked["size"], &asked["dpi"]),
        (&"dark".into(), &"column".into(), &96.into())
    );
    let run = place.run(&["verify", "plain", "dark"]);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (
            0,
            "plain: 6 files made again, all the same byte for byte\n\
             dark: 6 files made again, all the same byte for byte\n",
            ""
        )
    );
    for (written, edited) in [
        ("\"dark\"", "\"grey\""),
        ("\"dpi\": 96", "\"dpi\": 9"),
        ("\"years_ahead\": 5", "\"years_ahead\": 4294967295"),
        ("\"long_run_growth\": 0.05", "\"long_run_growth\": 101"),
        ("\"period_error\": 0.01", "\"period_error\": 2"),
    ] {
        let manifest = place.read("dark/manifest.json");
        let path = "plain/manifest.json";
        assert!(manifest.contains(written), "{manifest}");
        place.write(path, manifest.replace(written, edited));
        let run = place.run(&["verify", "plain"]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("permitted"), "{run:?}");
    }
}

#[test]
fn forecasts_say_how_far_they_err() {
    let place = place();
    let asked = [
        "calibrate",
        "openai_history_for_calibration.csv",
        "--forecasts",
        "openai_forecasts_for_calibration.csv",
    ];
    let run = place.run(&asked);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    golden("calibrate_forecasts.txt", &run.stdout);
    let folder = "output/calibrate-openai_history_for_calibration";
    assert_eq!(
        place.names(folder),
        [
            "calibration.csv",
            "changes.csv",
            "charts",
            "manifest.json",
            "revenue.toml",
            "structures.csv"
        ]
    );
    assert_eq!(place.run(&["verify", folder]).code, 0);
    let run = place.run(&[&asked[..], &["--structure", "fading", "--json"]].concat());
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["structure"], "fading");
    assert!(json["toml"].as_str().unwrap().contains("persistence = "));
    assert!(json["structures"]["growth"]["parameters"]["growth_uncertainty"]["std_error"].is_f64());
}

#[test]
fn json_is_one_object_and_quiet_says_nothing() {
    let place = place();
    let run = place.run(&[&HISTORY[..], &["--json", "--no-charts"]].concat());
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&json["model"], &json["start"]),
        (&"gbm".into(), &"2026-05-01".into())
    );
    assert!(
        json["parameters"]["volatility"]["std_error"]
            .as_f64()
            .unwrap()
            > 0.0
    );
    let run = place.run(&[&HISTORY[..], &["--quiet", "--no-charts"]].concat());
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "")
    );
}

#[test]
fn mistakes_say_where_what_and_what_to_try() {
    let place = place();
    let head = "start,end,kind,value,error\n";
    let good = "2023-01-01,2023-12-31,period,10,\n2024-01-01,2024-06-30,period,7,\n";
    let mut said = String::new();
    for (table, arguments) in [
        ("", &[][..]),
        ("from,value\n2024,1\n", &[]),
        ("start,end,revenues\n2024,2024,1\n", &[]),
        ("start,end,value\n2024-01-01,2024-13-01,1\n", &[]),
        ("start,end,value\n2024-06-30,2024-01-01,1\n", &[]),
        ("start,end,value\n2024-06-30,2024-06-30,1\n", &[]),
        ("start,end,value\n2024,2024,\"1,5\"\n", &[]),
        ("start,end,value\n2024,2024,0\n", &[]),
        ("start,end,value\n2024,2024,NaN\n", &[]),
        ("start,end,value\n2024,2024,1,5\n", &[]),
        (
            "start,end,value\n2020,2020,1e-9\n2021,2021,1\n2022,2022,1e15\n",
            &[],
        ),
        (
            "start,end,value\n2020,2020,1\n2020,2020,1000\n2021,2021,3\n2022,2022,5\n",
            &[],
        ),
        ("start,end,value,error\n2024,2024,1,5 %\n", &[]),
        (&format!("{head}{good}"), &[]),
        (&format!("{head}{good}"), &["--from", "2025-01-01"]),
        (&format!("{head}{good}"), &["--from", "January"]),
        (&format!("{head}{good}"), &["--model", "forecast-error"]),
        (
            &format!("{head}{good}"),
            &["--model", "growth", "--forecasts", "few.csv"],
        ),
        (
            &format!("{head}{good}"),
            &["--model", "gbm", "--forecasts", "few.csv"],
        ),
        (&format!("{head}{good}"), &["--theme", "grey"]),
        (&format!("{head}{good}"), &["--forecasts", "none.csv"]),
        (&format!("{head}{good}"), &["--forecasts", "bad.csv"]),
        (&format!("{head}{good}"), &["--forecasts", "twice.csv"]),
        (&format!("{head}{good}"), &["--forecasts", "few.csv"]),
        (&format!("{head}{good}"), &["--prior", "volatility=0.5:0.1"]),
        (&format!("{head}{good}"), &["--prior", "drift=0:1"]),
        (&format!("{head}{good}"), &["--prior", "volatility"]),
        (&format!("{head}{good}"), &["--unit", "dollars"]),
        (&format!("{head}{good}"), &["--structure", "linear"]),
    ] {
        place.write("h.csv", table);
        place.write("bad.csv", "made,year,value\n2024-01-01,2025.5,3\n");
        place.write(
            "twice.csv",
            "made,year,value\n2024,2025,3\n2024-01-01,2025,4\n",
        );
        place.write("few.csv", "made,year,value\n2024,2025,3\n");
        let run = place.run(&[&["calibrate", "h.csv"], arguments].concat());
        assert!(
            run.code == 2 || run.code == 1,
            "{table} {arguments:?}: {run:?}"
        );
        assert_eq!(run.stdout, "", "{table} {arguments:?}");
        said.push_str(&format!(
            "{table:?} {}\n{}\n",
            arguments.join(" "),
            run.stderr
        ));
    }
    let run = place.run(&["calibrate", "absent.csv"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    said.push_str(&run.stderr);
    golden("calibrate_refused.txt", &said);
    assert!(!place.names(".").contains(&"output".to_owned()));
}
