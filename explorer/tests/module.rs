//! The module that is in the program against the same code on this machine: equal bytes.
//! Fails by name where `cargo xtask explorer` has to make it again.
//!
//! `cargo test -p capbind-explorer -- --include-ignored`, with Node at hand.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use capbind::scenario::SHIPPED;
use capbind_explorer::{Draw, Pin, Request, Session, answer};
use serde_json::Value;

/// The module as it is committed, compressed.
const MODULE: &str = "assets/explorer/engine.wasm.gz";

/// What Node answers to requests with the module, a line each; with multiply-adds in
/// software where the path of what puts them there is given.
fn in_node(requests: &[String], software: Option<&str>) -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = here.parent().unwrap();
    let relaxed = match software {
        // Newer ones have it without being asked.
        None => &["--experimental-wasm-relaxed-simd"][..],
        Some(_) => &[],
    };
    let mut node = Command::new("node")
        .args(relaxed)
        .arg(here.join("tests/run.mjs"))
        .arg(project.join(MODULE))
        .args(software.map(|path| project.join(path)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is needed");
    let mut input = node.stdin.take().unwrap();
    input.write_all(requests.join("\n").as_bytes()).unwrap();
    drop(input);
    let done = node.wait_with_output().unwrap();
    assert!(done.status.success());
    let text = String::from_utf8(done.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn here(requests: &[String]) -> Vec<String> {
    let mut session = Session::default();
    let requests = requests.iter();
    requests
        .map(|request| answer(&mut session, request.as_bytes()))
        .collect()
}

fn open(path: &str) -> Request {
    let shipped = SHIPPED.iter().find(|shipped| shipped.path == path).unwrap();
    Request::Open {
        name: path.to_owned(),
        text: shipped.text.to_owned(),
        files: BTreeMap::new(),
    }
}

fn changes(overrides: &[&str]) -> Vec<String> {
    overrides
        .iter()
        .map(|change| (*change).to_owned())
        .collect()
}

fn show(overrides: &[&str], points: u64, pins: Vec<Pin>) -> Request {
    Request::Show {
        overrides: changes(overrides),
        points,
        replicates: None,
        pins,
        draw: Draw {
            theme: "light".to_owned(),
            size: "page".to_owned(),
        },
        charts: None,
        full: true,
    }
}

/// What a page asks first.
fn frame() -> Request {
    Request::Show {
        overrides: Vec::new(),
        points: 16,
        replicates: Some(4),
        pins: Vec::new(),
        draw: Draw {
            theme: "dark".to_owned(),
            size: "column".to_owned(),
        },
        charts: Some(vec!["cumulative".to_owned()]),
        full: false,
    }
}

fn texts(requests: &[Request]) -> Vec<String> {
    let requests = requests.iter();
    requests
        .map(|request| serde_json::to_string(request).unwrap())
        .collect()
}

fn asked(requests: &[Request]) -> Vec<Value> {
    let answers = here(&texts(requests));
    let answers = answers.iter();
    answers
        .map(|answer| serde_json::from_str(answer).unwrap())
        .collect()
}

const BASE: &str = "scenarios/openai-microsoft.toml";

#[test]
fn mistakes_are_answered_with_their_place() {
    let answers = asked(&[open(BASE), show(&["agreement.share=2"], 64, Vec::new())]);
    let error = &answers[1]["error"];
    assert_eq!(error["line"], 1);
    assert_eq!(error["column"], 17);
    assert_eq!(error["key"], "agreement.share");
    assert!(error["text"].as_str().unwrap().contains("^"));
    let answers = here(&["nothing".to_owned()]);
    assert!(answers[0].contains("no request"), "{}", answers[0]);
}

/// What a page shows is what the program computes of the exported file at the same points.
#[test]
fn what_is_shown_is_what_the_exported_file_gives() {
    let change = ["agreement.cap=45", "revenue.forecast.volatility=0.2"];
    let answers = asked(&[
        open(BASE),
        show(&change, 256, Vec::new()),
        Request::Export {
            overrides: changes(&[&change[..], &["simulation.points=256"]].concat()),
        },
    ]);
    let (shown, exported) = (&answers[1], &answers[2]);
    assert_eq!(
        exported["command"],
        "capbind run scenarios/openai-microsoft.toml --set agreement.cap=45 \
         --set revenue.forecast.volatility=0.2 --set simulation.points=256"
    );
    let text = exported["toml"].as_str().unwrap();
    let options = capbind::RunOptions {
        charts: false,
        report: false,
        ..capbind::RunOptions::default()
    };
    let made = capbind::run_text(BASE, text, &[], &(), &options, &()).unwrap();
    let mut summary = shown["summary"].clone();
    // The file says it; the changes did.
    summary["warnings"] = made.said.json["warnings"].clone();
    // Read as the answer was: a reader may be off by a last digit.
    let wanted: Value = serde_json::from_str(&made.said.json.to_string()).unwrap();
    assert_eq!(summary, wanted);
    let exact = &shown["agreements"][0]["exact"]["binding_probability"][0];
    assert_eq!(*exact, summary["ends"]["cap"]["probability"]);
}

#[test]
fn differences_are_paired_and_cases_are_drawn_beside() {
    let pin = Pin {
        label: "A".to_owned(),
        overrides: changes(&["agreement.cap=45"]),
    };
    let same = Pin {
        label: "B".to_owned(),
        overrides: Vec::new(),
    };
    let answers = asked(&[open(BASE), show(&[], 64, vec![pin, same])]);
    let pins = &answers[1]["agreements"][0]["pins"];
    let reached = &pins[0]["rows"][0];
    assert_eq!(reached["name"], "The cap binds");
    assert!(
        reached["value"].as_str().unwrap().starts_with('+'),
        "{pins}"
    );
    assert_eq!(pins[1]["rows"][0]["value"], "0.00\u{a0}pts");
    let charts = answers[1]["charts"].as_array().unwrap();
    let of = |name: &str| charts.iter().find(|chart| chart["name"] == name).unwrap();
    let cumulative = of("cumulative");
    assert!(cumulative["svg"].as_str().unwrap().contains(">A</text>"));
    let plot = &cumulative["plots"][0];
    assert_eq!(plot["first_day"], "2026-01-01");
    assert_eq!(plot["across"][1], 1826.0);
}

#[test]
fn ranges_have_probabilities_that_add_up() {
    let dates = |from: &str, to: &str| Request::Dates {
        agreement: 0,
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let amounts = |from: f64, to: f64| Request::Amounts {
        agreement: 0,
        from,
        to,
    };
    let answers = asked(&[
        open(BASE),
        show(&[], 256, Vec::new()),
        dates("2026-01-01", "2028-12-31"),
        dates("2029-01-01", "2030-12-31"),
        amounts(0.0, 38.0),
        amounts(0.0, 37.0),
    ]);
    let p = |i: usize| answers[i]["probability"].as_f64().unwrap();
    let all = answers[1]["agreements"][0]["exact"]["binding_probability"][0].as_f64();
    assert!((p(2) + p(3) - all.unwrap()).abs() < 1e-9);
    assert_eq!((p(4), &answers[4]["std_error"]), (1.0, &0.0.into()));
    let error = answers[5]["std_error"].as_f64().unwrap();
    assert!(error > 0.0 && error < 0.01, "{error}");
    assert!((0.0..0.2).contains(&p(5)), "{}", p(5));
}

/// Proposals that a file does not permit are none: an annual cap below its minimum, an
/// event beside that of another agreement.
#[test]
fn clauses_are_switched_by_a_change_that_the_file_permits() {
    let mut proposed = 0;
    for shipped in SHIPPED {
        let answers = asked(&[open(shipped.path), Request::Switches]);
        let agreements = answers[1]["agreements"].as_array().unwrap();
        assert_eq!(
            agreements.len(),
            answers[0]["agreements"].as_array().unwrap().len()
        );
        for switch in agreements.iter().flat_map(|own| own.as_array().unwrap()) {
            let change = changes(&[switch["change"].as_str().unwrap()]);
            let asked = asked(&[open(shipped.path), Request::Controls { overrides: change }]);
            let error = &asked[1]["error"]["text"];
            assert!(error.is_null(), "{}: {switch}: {error}", shipped.path);
            proposed += 1;
        }
    }
    assert!(proposed > 5 * SHIPPED.len(), "{proposed}");
    let text = SHIPPED.iter().find(|shipped| shipped.path == BASE).unwrap();
    let minimum = text
        .text
        .replace("[agreement]", "[agreement]\nannual_minimum = 8");
    let answers = asked(&[
        Request::Open {
            name: "a.toml".to_owned(),
            text: minimum,
            files: BTreeMap::new(),
        },
        Request::Switches,
    ]);
    let own = answers[1]["agreements"][0].as_array().unwrap();
    let of = |key: &str| own.iter().find(|switch| switch["key"] == key);
    assert!(of("agreement.annual_cap").is_none(), "{own:?}");
    assert_eq!(of("agreement.annual_minimum").unwrap()["on"], true);
    assert_eq!(of("agreement.cap").unwrap()["change"], "agreement.cap=1e15");
}

/// As few points as a frame takes give the probability to a fiftieth of a point.
#[test]
fn a_frame_is_precise_enough() {
    let answers = asked(&[open(BASE), frame(), show(&[], 1024, Vec::new())]);
    let found = |i: usize| {
        let found = &answers[i]["agreements"][0]["exact"]["binding_probability"];
        [&found[0], &found[1]].map(|number| number.as_f64().unwrap())
    };
    let ([few, error], [many, _]) = (found(1), found(2));
    assert!(error <= 2e-4, "{error}");
    assert!((few - many).abs() <= 6.0 * error, "{few} ± {error}, {many}");
    assert_eq!(answers[1]["charts"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&answers[1]["points"], &answers[1]["paths"]),
        (&16.into(), &64.into())
    );
}

const MIXED: &str = r#"
title = "Two segments of two kinds"
currency = "USD"
unit = "million"
[timeline]
start = 2026-01-01
end = 2028-12-31
step = "month"
[agreement]
share = 0.1
cap = 50
[[revenue]]
name = "licences"
gbm = { initial = 100, growth = 0.1, volatility = 0.2 }
[[revenue]]
name = "services"
[revenue.forecast]
volatility = 0.2
annual = { 2026 = 100, 2027 = 120, 2028 = 130 }
"#;

#[test]
fn growth_is_that_of_every_segment() {
    let segments = Request::Open {
        name: "segments.toml".to_owned(),
        text: include_str!("../../scenarios/openai-segments.toml").to_owned(),
        files: BTreeMap::new(),
    };
    let mixed = Request::Open {
        name: "mixed.toml".to_owned(),
        text: MIXED.to_owned(),
        files: BTreeMap::new(),
    };
    let answers = asked(&[open(BASE), segments, mixed]);
    let base = answers[0]["growth"].as_array().unwrap();
    assert_eq!((base.len(), &base[0]["kind"]), (1, &"plan".into()));
    let segments = answers[1]["growth"].as_array().unwrap();
    assert_eq!(segments.len(), 4);
    let keys = &segments[1]["keys"];
    assert_eq!(keys[4], "revenue.enterprise-azure.forecast.annual.2030");
    // Of a plan and of a rate.
    let mixed = answers[2]["growth"].as_array();
    let mixed = mixed.unwrap_or_else(|| panic!("{}", answers[2]));
    let kinds: Vec<&str> = mixed
        .iter()
        .filter_map(|own| own["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["rate", "plan"]);
    assert_eq!(mixed[0]["keys"][0], "revenue.licences.gbm.growth");
}

#[test]
#[ignore = "needs Node"]
fn stale_module_run_cargo_xtask_explorer() {
    let requests = texts(&[
        open(BASE),
        show(&[], 64, Vec::new()),
        show(&["agreement.cap=45"], 256, Vec::new()),
        show(&["agreement.share=2"], 64, Vec::new()),
        frame(),
        // Inputs, several agreements and clauses.
        open("scenarios/royalty-time-tiered-cap.toml"),
        show(&[], 64, Vec::new()),
        open("scenarios/openai-microsoft-2025.toml"),
        Request::Run {
            overrides: changes(&["simulation.points=64"]),
        },
    ]);
    let native = here(&requests);
    equal(&requests, &in_node(&requests, None), &native);
    // Slow: the first few tell.
    let few = &requests[..2];
    let software = Some("assets/explorer/software.js");
    equal(few, &in_node(few, software), &native[..2]);
}

fn equal(requests: &[String], module: &[String], native: &[String]) {
    assert_eq!(module.len(), native.len());
    for ((request, module), native) in requests.iter().zip(module).zip(native) {
        assert!(native.len() > 200, "{native}");
        let place = module.bytes().zip(native.bytes()).position(|(a, b)| a != b);
        let at = place.unwrap_or(0).saturating_sub(60);
        let around = |text: &str| {
            String::from_utf8_lossy(&text.as_bytes()[at..(at + 160).min(text.len())]).into_owned()
        };
        assert!(
            module == native,
            "{MODULE} is not of this code: run `cargo xtask explorer`.\n{:.120}\n module: {}\n native: {}",
            request,
            around(module),
            around(native)
        );
    }
}
