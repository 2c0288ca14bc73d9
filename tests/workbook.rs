//! The workbook, read back by another program's code.
#![cfg(feature = "cli")]

mod common;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, open_workbook};

const SHEETS: [&str; 11] = [
    "About",
    "Charts",
    "Summary",
    "By year",
    "Periods",
    "Years",
    "Binding",
    "Ends",
    "Inputs",
    "Checks",
    "Chart data",
];

fn run(scenario: &str, arguments: &[&str]) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    common::capbind(place.path())
        .arg("run")
        .arg(common::project().join(scenario))
        .args([
            "--paths",
            "2048",
            "--quiet",
            "--no-charts",
            "--format",
            "xlsx",
        ])
        .args(["--out", "results"])
        .args(arguments)
        .assert()
        .success();
    place
}

fn open(place: &tempfile::TempDir) -> Xlsx<BufReader<File>> {
    open_workbook(workbook_of(place)).unwrap()
}

/// The workbook, which is named after the scenario.
fn workbook_of(place: &tempfile::TempDir) -> PathBuf {
    let files = fs::read_dir(place.path().join("results")).unwrap();
    let mut files = files.map(|file| file.unwrap().path());
    let is_workbook = |path: &PathBuf| path.extension().is_some_and(|end| end == "xlsx");
    files.find(is_workbook).expect("a workbook")
}

/// The parts of a workbook, by name.
fn parts(path: &Path) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut parts = BTreeMap::new();
    for i in 0..archive.len() {
        let mut part = archive.by_index(i).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        parts.insert(part.name().unwrap().into_owned(), text);
    }
    parts
}

#[test]
fn sheets_hold_the_same_numbers_as_the_tables() {
    let place = run("scenarios/openai-microsoft.toml", &[]);
    let mut workbook = open(&place);
    assert_eq!(workbook.sheet_names(), SHEETS);
    for (sheet, file) in [
        ("Summary", "summary"),
        ("Periods", "periods"),
        ("Years", "years"),
        ("Binding", "binding"),
        ("Ends", "ends"),
    ] {
        let cells = workbook.worksheet_range(sheet).unwrap();
        let path = place.path().join(format!("results/{file}.csv"));
        let mut csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_path(path)
            .unwrap();
        let mut numbers = 0;
        let mut dates = 0;
        let mut rows = 0;
        for (i, record) in csv.records().enumerate() {
            // The names of the columns are words here.
            if i == 0 {
                rows += 1;
                continue;
            }
            for (j, field) in record.unwrap().iter().enumerate() {
                let told = format!("{sheet} {i} {j}: {field}");
                match cells.get((i, j)).unwrap_or(&Data::Empty) {
                    Data::Empty => assert_eq!(field, "", "{told}"),
                    Data::String(text) => assert_eq!(text, field, "{told}"),
                    Data::Float(number) => {
                        assert_eq!(*number, field.parse::<f64>().unwrap(), "{told}");
                        numbers += 1;
                    }
                    Data::DateTime(date) => {
                        let (year, month, day, ..) = date.to_ymd_hms_milli();
                        assert_eq!(format!("{year}-{month:02}-{day:02}"), field, "{told}");
                        dates += 1;
                    }
                    other => panic!("{told}: {other:?}"),
                }
            }
            rows += 1;
        }
        assert_eq!(cells.height(), rows, "{sheet}");
        assert!(numbers > 3, "{sheet} has {numbers} numbers");
        assert_eq!(dates > 0, sheet != "Years", "{sheet} has {dates} dates");
    }
    let inputs = workbook.worksheet_range("Inputs").unwrap();
    let cap = inputs.rows().find(|row| row[1] == "cap").unwrap();
    assert_eq!(
        (&cap[0], &cap[2], &cap[3]),
        (&"agreement".into(), &Data::Float(38.0), &"file".into())
    );
    let remark = cap[4].to_string();
    assert!(
        remark.starts_with("Reported: a total cap exists"),
        "{remark}"
    );
    let about = workbook.worksheet_range("About").unwrap();
    let answer = about.rows().find(|row| row[0] == "Answer").unwrap();
    assert!(answer[1].to_string().starts_with("The cap binds in "));
}

#[test]
fn no_text_becomes_a_formula_or_a_reference() {
    let place = run("tests/hostile/page.toml", &[]);
    let mut workbook = open(&place);
    for sheet in SHEETS {
        if sheet == "Checks" {
            continue;
        }
        if let Ok(formulas) = workbook.worksheet_formula(sheet) {
            assert!(formulas.used_cells().next().is_none(), "{sheet}");
        }
    }
    let summary = workbook.worksheet_range("Summary").unwrap();
    let name = "=HYPERLINK(\"http://example.invalid/\",\"click\")";
    assert_eq!(summary.get((1, 0)), Some(&name.into()));
    let parts = parts(&workbook_of(&place));
    for (part, text) in &parts {
        // Those of the checks refer to places, by the names of our own sheets.
        for formula in text.split("<f>").skip(1) {
            let ours = ["SUM('", "B", "ABS(D", "AND(E2:E", "1<"];
            let is_ours = ours.iter().any(|start| formula.starts_with(start));
            assert!(is_ours, "{part} has the formula {formula:.40}");
        }
        assert!(
            !text.contains("Target=\"http://example"),
            "{part} has a link"
        );
        assert!(
            !text.contains("TargetMode=\"External\""),
            "{part} reaches out"
        );
        if part.starts_with("xl/charts/chart") {
            for reference in text.split("<c:f>").skip(1) {
                let reference = reference.split("</c:f>").next().unwrap();
                assert!(
                    reference.starts_with("'Chart data'!$"),
                    "{part}: {reference}"
                );
            }
        }
    }
    // Edited, the cell stays a text.
    assert!(parts["xl/styles.xml"].contains("quotePrefix=\"1\""));
}

#[test]
fn sheets_are_frozen_filtered_dated_and_charted() {
    let place = run("scenarios/openai-microsoft.toml", &["--convergence"]);
    let parts = parts(&workbook_of(&place));
    let sheets: Vec<&String> = parts
        .iter()
        .filter(|(name, _)| name.starts_with("xl/worksheets/sheet"))
        .map(|(_, text)| text)
        .collect();
    // One more: convergence.
    assert_eq!(sheets.len(), SHEETS.len() + 1);
    let frozen = sheets
        .iter()
        .filter(|text| text.contains("state=\"frozen\""))
        .count();
    assert_eq!(frozen, 10);
    let filtered = sheets
        .iter()
        .filter(|text| text.contains("<autoFilter"))
        .count();
    // The inputs; the tables have filters of their own.
    assert_eq!(filtered, 1);
    let tables = parts
        .keys()
        .filter(|name| name.starts_with("xl/tables/table"));
    assert_eq!(tables.count(), 7);
    assert!(
        parts["xl/styles.xml"].contains("yyyy\\-mm\\-dd")
            || parts["xl/styles.xml"].contains("yyyy-mm-dd")
    );
    assert!(parts["docProps/core.xml"].contains("2000-01-01T00:00:00Z"));
    let charts: Vec<&String> = parts
        .iter()
        .filter(|(name, _)| name.starts_with("xl/charts/chart"))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(charts.len(), 3);
    // The colours of the pictures: the cap's, the median's, a bar's, the innermost band's.
    for colour in ["B23E08", "0B4682", "4382BB", "86B2D8"] {
        let fill = format!("<a:srgbClr val=\"{colour}\"/>");
        assert!(charts.iter().any(|text| text.contains(&fill)), "{colour}");
    }
    for kind in [
        "<c:areaChart>",
        "<c:lineChart>",
        "<c:barChart>",
        "<c:dateAx>",
    ] {
        assert!(charts.iter().any(|text| text.contains(kind)), "{kind}");
    }
}

#[test]
fn equal_runs_give_equal_workbooks() {
    let read = |place: &tempfile::TempDir| fs::read(workbook_of(place)).unwrap();
    let first = run("tests/hostile/page.toml", &["--threads", "1"]);
    let second = run("tests/hostile/page.toml", &["--threads", "3"]);
    assert!(read(&first) == read(&second));
}

#[test]
fn a_workbook_is_written_where_it_is_asked_for() {
    let place = tempfile::tempdir().unwrap();
    common::capbind(place.path())
        .arg("run")
        .arg(common::project().join("tests/hostile/page.toml"))
        .args(["--quiet", "--no-charts", "--out", "results"])
        .assert()
        .success();
    assert!(!place.path().join("results/page.xlsx").exists());
    assert!(place.path().join("results/summary.csv").exists());
}

/// Charts hold what the pictures do: their titles, what was paid before, the cap as it is
/// drawn, the plan.
#[test]
fn charts_draw_what_the_pictures_draw() {
    let paid = ["--set", "agreement.paid_before=3"];
    let place = run("scenarios/openai-microsoft.toml", &paid);
    let mut workbook = open(&place);
    let data = workbook.worksheet_range("Chart data").unwrap();
    let names: Vec<String> = data
        .rows()
        .nth(1)
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    let at = names
        .iter()
        .position(|name| name.starts_with("Cap $"))
        .unwrap();
    assert_eq!(data.get((2, at)), Some(&Data::Float(38.0)), "{names:?}");
    // The cumulative curves begin at what was paid before.
    let mean = names[..at].iter().rposition(|name| name == "mean").unwrap();
    let Some(Data::Float(first)) = data.get((2, mean)) else {
        panic!("{names:?}");
    };
    assert_eq!(*first, 3.0);
    assert!(
        names.iter().any(|name| name.starts_with("plan")),
        "{names:?}"
    );
    let titles = data.rows().next().unwrap().iter().map(ToString::to_string);
    let titles: Vec<String> = titles.filter(|title| !title.is_empty()).collect();
    for title in [
        "Median revenue per ",
        "Half of all outcomes have used up",
        "The cap binds in ",
    ] {
        assert!(
            titles.iter().any(|t| t.starts_with(title)),
            "{title}: {titles:?}"
        );
    }
}

#[test]
fn every_check_holds_and_cells_have_names() {
    for scenario in common::scenarios() {
        let scenario = format!(
            "scenarios/{}",
            scenario.file_name().unwrap().to_string_lossy()
        );
        let place = run(&scenario, &[]);
        let mut workbook = open(&place);
        let checks = workbook.worksheet_range("Checks").unwrap();
        assert!(checks.height() >= 4, "{scenario}");
        for row in checks.rows().skip(1) {
            assert_eq!(row[4], Data::Bool(true), "{scenario}: {row:?}");
        }
        let names = workbook.defined_names();
        let has = |name: &str| names.iter().any(|(own, _)| own.starts_with(name));
        assert!(has("expected_total_paid"), "{scenario}: {names:?}");
        assert!(has("share") || has("agreement_"), "{scenario}: {names:?}");
    }
    let place = run("scenarios/openai-microsoft.toml", &[]);
    let mut workbook = open(&place);
    let names = workbook.defined_names().to_vec();
    let cell = |name: &str| {
        names
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, cell)| cell)
    };
    for name in [
        "cap",
        "share",
        "annual_2026",
        "expected_total_paid",
        "median_binding_date",
    ] {
        assert!(cell(name).is_some(), "{name} in {names:?}");
    }
    let years = workbook.worksheet_range("By year").unwrap();
    assert_eq!(
        (years.get((0, 0)), years.get((1, 1))),
        (Some(&"Agreement".into()), Some(&Data::Float(2026.0)))
    );
}
