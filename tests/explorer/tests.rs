//! The explorer's page in a real browser: what users do there, by `page.mjs` in Node.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{AXE, axe, common};

const BASE: &str = "scenarios/openai-microsoft.toml";

/// The page of the scenario with few paths, so that it rests soon.
fn page(folder: &Path) {
    let text = fs::read_to_string(common::project().join(BASE)).unwrap();
    let text = text.replace("points     = 65536", "points     = 256");
    assert!(text.contains("= 256"));
    fs::write(folder.join("deal.toml"), text).unwrap();
    common::capbind(folder)
        .args(["explore", "deal.toml", "--quiet"])
        .assert()
        .success();
}

/// What is found by some parts of the visit.
fn visit(folder: &Path, parts: &[&str], more: Value) -> Value {
    let mut given = json!({
        "page": folder.join("explore.html"),
        "preset": "deal.toml",
        "parts": parts,
        "folder": folder,
    });
    let more = more.as_object().unwrap().clone();
    given.as_object_mut().unwrap().extend(more);
    let done = Command::new("node")
        .arg(common::project().join("tests/explorer/page.mjs"))
        .arg(given.to_string())
        .output()
        .expect("node is installed");
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}");
    serde_json::from_slice(&done.stdout).unwrap()
}

#[test]
#[ignore = "needs Chromium and Node"]
fn the_answer_is_there_before_the_engine_and_what_is_dragged_until_then_is_held() {
    let place = tempfile::tempdir().unwrap();
    page(place.path());
    let other = json!({ "other": "scenarios/textbook-gbm.toml" });
    visit(place.path(), &["opening"], other);
}

#[test]
#[ignore = "needs Chromium and Node"]
fn controls_and_handles_move_the_answer() {
    let place = tempfile::tempdir().unwrap();
    page(place.path());
    let found = visit(place.path(), &["moving", "printed"], json!({}));
    assert_eq!(found["requests"], json!([]));
    let pages = found["pages"].as_u64().unwrap();
    assert!((2..=12).contains(&pages), "{pages} pages");
}

#[test]
#[ignore = "needs Chromium and Node"]
fn the_exported_file_and_the_command_give_every_digit_shown() {
    let place = tempfile::tempdir().unwrap();
    page(place.path());
    let found = visit(place.path(), &["exporting"], json!({}));
    assert_eq!(
        found["command"],
        "capbind run deal.toml --set agreement.cap=45 --set revenue.forecast.volatility=0.2 \
         --set simulation.points=256"
    );
    let words: Vec<&str> = found["command"]
        .as_str()
        .unwrap()
        .split(' ')
        .skip(1)
        .collect();
    let exported = found["toml"].as_str().unwrap();
    for words in [&words[..], &["run", exported]] {
        let done = common::capbind(place.path())
            .args(words)
            .arg("--json")
            .output()
            .unwrap();
        let program: Value = serde_json::from_slice(&done.stdout).unwrap();
        let digits = found["digits"].as_array().unwrap();
        assert!(digits.len() > 40, "{} figures", digits.len());
        for row in digits {
            let (name, shown) = (row[0].as_str().unwrap(), row[1].as_str().unwrap());
            let path = name.split(" › ").map(|part| part.replace(' ', "_"));
            let own = path.fold(&program, |value, name| &value[&name]);
            let Some(own) = own.as_f64() else {
                continue;
            };
            let shown: f64 = shown.parse().unwrap();
            // The reader of JSON here is exact to the last bit but one.
            let apart = (shown - own).abs();
            assert!(
                apart <= 4e-16 * own.abs(),
                "{name} of {words:?}: {shown}, not {own}"
            );
        }
    }
}

#[test]
#[ignore = "needs Chromium and Node"]
fn what_is_no_scenario_is_refused_in_the_words_of_the_program_and_hostile_text_stays_text() {
    let place = tempfile::tempdir().unwrap();
    page(place.path());
    let bad = "title = \"a\"\n[agreement]\nshare = 2\ncapp = 3\n";
    fs::write(place.path().join("pasted.toml"), bad).unwrap();
    let program = common::capbind(place.path())
        .args(["check", "pasted.toml"])
        .output()
        .unwrap();
    let hostile = fs::read_to_string(common::project().join("tests/hostile/page.toml")).unwrap();
    let found = visit(
        place.path(),
        &["importing"],
        json!({ "bad": { "text": bad }, "hostile": hostile }),
    );
    let said = String::from_utf8(program.stderr).unwrap();
    assert_eq!(found["refused"].as_str().unwrap().trim(), said.trim());
    let title = found["title"].as_str().unwrap();
    assert!(title.contains("<script>"), "{title}");
}

#[test]
#[ignore = "needs Chromium and Node"]
fn axe_finds_nothing_on_the_explorer() {
    let place = tempfile::tempdir().unwrap();
    page(place.path());
    let script = place.path().join(format!("axe-{AXE}.js"));
    fs::write(&script, axe()).unwrap();
    visit(place.path(), &["accessible"], json!({ "axe": script }));
}
