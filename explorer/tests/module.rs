//! The module against the same code on this machine: equal bytes.
//!
//! `cargo build -p capbind-explorer --target wasm32-unknown-unknown`, then
//! `cargo test -p capbind-explorer -- --ignored`, with Node at hand.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use capbind::scenario::SHIPPED;
use capbind_explorer::{Request, answer};

const MODULE: &str = "target/wasm32-unknown-unknown/debug/capbind_explorer.wasm";

/// What Node answers with the module.
fn in_node(request: &str) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let module = here.parent().unwrap().join(MODULE);
    assert!(module.is_file(), "build {MODULE} first");
    let mut node = Command::new("node")
        .arg(here.join("tests/run.mjs"))
        .arg(module)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is needed");
    let mut input = node.stdin.take().unwrap();
    input.write_all(request.as_bytes()).unwrap();
    drop(input);
    let done = node.wait_with_output().unwrap();
    assert!(done.status.success());
    String::from_utf8(done.stdout).unwrap()
}

fn request(path: &str, overrides: &[&str]) -> String {
    let shipped = SHIPPED.iter().find(|shipped| shipped.path == path).unwrap();
    let request = Request {
        name: path.to_owned(),
        text: shipped.text.to_owned(),
        overrides: overrides
            .iter()
            .map(|change| (*change).to_owned())
            .collect(),
        ..Request::default()
    };
    serde_json::to_string(&request).unwrap()
}

#[test]
fn mistakes_are_answered_with_their_place() {
    let changed = request("scenarios/openai-microsoft.toml", &["agreement.share=2"]);
    let answer: serde_json::Value = serde_json::from_str(&answer(&changed)).unwrap();
    let error = &answer["error"];
    assert_eq!(error["line"], 1);
    assert_eq!(error["column"], 17);
    assert_eq!(error["key"], "agreement.share");
    assert!(error["text"].as_str().unwrap().contains("^"));
}

#[test]
#[ignore = "needs Node and the module, which the gate builds"]
fn the_module_gives_the_bytes_of_this_machine() {
    for (path, overrides) in [
        (
            "scenarios/openai-microsoft.toml",
            &["simulation.points=256"][..],
        ),
        // Inputs, several agreements and clauses.
        (
            "scenarios/royalty-time-tiered-cap.toml",
            &["simulation.points=64"],
        ),
        ("scenarios/openai-microsoft.toml", &["agreement.share=2"]),
    ] {
        let request = request(path, overrides);
        let (module, here) = (in_node(&request), answer(&request));
        assert!(here.len() > 200, "{here}");
        let end = 200.min(here.len());
        assert!(module == here, "{path} {overrides:?}: {}", &here[..end]);
    }
}
