//! Text and files in memory → results → named bytes, with whatever features there are.

use std::collections::BTreeMap;

use capbind::report::{Format, Manifest};
use capbind::{Artifacts, Error, RunOptions, run_text};

const TEXT: &str = r#"
title = "A royalty"
timeline = { start = 2026-01-01, end = 2027-12-31, step = "quarter" }
revenue.gbm = { initial = 10, growth = 0.20, volatility = 0.30 }
agreement = { share = 0.05, cap = 0.8 }
simulation.points = 64
actuals.file = "reported.csv"
"#;
const REPORTED: &str = "period_start,period_end,revenue\n2026-01-01,2026-03-31,2.6\n";
const TABLES_ALONE: RunOptions = RunOptions {
    interactive: false,
    paths: None,
    convergence: false,
    keep_paths: 0,
    charts: false,
    report: false,
    formats: Vec::new(),
};

fn reported(rows: &[u8]) -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([("reported.csv".to_owned(), rows.to_vec())])
}

fn run(rows: &[u8], options: &RunOptions) -> Result<Artifacts, Error> {
    run_text("royalty.toml", TEXT, &[], &reported(rows), options, &())
}

#[test]
fn what_is_made_can_be_made_again_from_its_manifest() {
    let made = run(REPORTED.as_bytes(), &TABLES_ALONE).unwrap();
    let (last, manifest) = made.files.last().unwrap();
    assert_eq!(last, "manifest.json");
    let manifest = Manifest::from_bytes(manifest).unwrap();
    let named: Vec<&str> = manifest
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    let made_names: Vec<&str> = made.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!([&named[..], &["manifest.json"]].concat(), made_names);
    let studied = &manifest.scenarios[0];
    let again = run_text(
        &format!("{}.toml", studied.stem),
        &studied.scenario,
        &studied.overrides,
        &studied.attached,
        &serde_json::from_value(manifest.asked).unwrap(),
        &(),
    );
    assert_eq!(again.unwrap().files, made.files);
}

#[test]
fn files_that_are_not_given_or_no_text_are_named() {
    let error = run_text("royalty.toml", TEXT, &[], &(), &TABLES_ALONE, &()).unwrap_err();
    assert_eq!((error.line(), error.column()), (Some(7), Some(16)));
    assert_eq!(error.key().as_deref(), Some("actuals.file"));
    let with = |files: BTreeMap<String, Vec<u8>>| {
        let run = run_text("royalty.toml", TEXT, &[], &files, &TABLES_ALONE, &());
        run.unwrap_err().to_string()
    };
    let other = BTreeMap::from([("other.csv".to_owned(), Vec::new())]);
    for (files, reason) in [
        (other, "it is not among the files given: \"other.csv\""),
        (reported(b"\n"), "it is empty"),
        (reported(b"\xff"), "it is not UTF-8 text"),
        (reported(&vec![b'x'; 5 << 20]), "it is larger than 4 MB"),
    ] {
        let shown = with(files);
        assert!(shown.contains(reason), "{shown}");
        assert!(shown.contains("royalty.toml:7:16"), "{shown}");
    }
}

#[test]
fn what_this_build_cannot_make_is_refused() {
    let asked = [
        (true, &[][..], cfg!(feature = "charts"), "charts"),
        (
            false,
            &[Format::Xlsx][..],
            cfg!(feature = "workbook"),
            "workbook",
        ),
    ];
    for (charts, formats, can, feature) in asked {
        let options = RunOptions {
            charts,
            formats: formats.to_vec(),
            ..TABLES_ALONE
        };
        match run(REPORTED.as_bytes(), &options) {
            Ok(made) => assert!(can && made.files.len() > 6),
            Err(error) => {
                assert!(!can);
                assert!(matches!(error, Error::NotBuilt { feature: f, .. } if f == feature));
            }
        }
    }
}

#[test]
fn what_is_not_permitted_is_refused_with_its_range() {
    for (paths, keep_paths) in [(Some(0), 0), (Some(1 << 41), 0), (None, 1_000_001)] {
        let options = RunOptions {
            paths,
            keep_paths,
            ..TABLES_ALONE
        };
        let error = run(REPORTED.as_bytes(), &options).unwrap_err();
        assert!(matches!(error, Error::Question(_)));
        assert!(
            error.hint().unwrap().starts_with("a number from"),
            "{error}"
        );
    }
}

#[test]
fn dates_off_the_timeline_are_errors() {
    use capbind::scenario::Scenario;
    use capbind::simulate::{FlatShare, RevenueBy, evaluate};
    use capbind::units::Date;

    let scenario = Scenario::read("a.toml", "a", TEXT, &[], &reported(REPORTED.as_bytes()));
    let scenario = scenario.unwrap();
    let day = Date::parse("2028-01-01").unwrap();
    let late = FlatShare {
        share: 0.05,
        cap: 1.0,
        paid_before: 0.0,
        expiry: day,
    };
    for error in [
        evaluate(&scenario.simulation(), &[late], &())
            .err()
            .unwrap(),
        RevenueBy::simulate(&scenario.simulation(), day, &())
            .err()
            .unwrap(),
    ] {
        let error = Error::from(error);
        assert!(matches!(error, Error::OffTimeline { date, .. } if date == day));
        assert_eq!(error.range().as_deref(), Some("2026-01-01 to 2027-12-31"));
    }
}
