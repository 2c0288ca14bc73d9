//! The README cannot drift: its commands run, its answer is the program's.
#![cfg(feature = "cli")]

mod common;

use std::fs;
use std::path::Path;

/// The contents of the fenced blocks of a language, in order.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    let after = text.split(opening.as_str()).skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

fn readme() -> String {
    fs::read_to_string(common::project().join("README.md")).unwrap()
}

/// The words of a command line, quoted ones in one piece.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// A folder with the project's scenarios and data in it, to run commands in.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = folder.path().join("scenarios");
    fs::create_dir(&scenarios).unwrap();
    for entry in fs::read_dir(common::project().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, scenarios.join(path.file_name().unwrap())).unwrap();
    }
    let data = folder.path().join("docs/data");
    fs::create_dir_all(&data).unwrap();
    for entry in fs::read_dir(common::project().join("docs/data")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, data.join(path.file_name().unwrap())).unwrap();
    }
    folder
}

fn run(folder: &Path, arguments: &[String]) -> String {
    let done = common::capbind(folder).args(arguments).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

#[test]
fn every_command_runs() {
    let folder = workplace();
    let commands: Vec<String> = blocks(&readme(), "sh")
        .iter()
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line != "cargo test")
        .collect();
    assert!(commands.len() >= 6);
    for command in commands {
        let line = command.replace("cargo run --release --", "capbind");
        let words = words(&line);
        assert_eq!(words[0], "capbind", "{command}");
        assert!(!run(folder.path(), &words[1..]).is_empty(), "{command}");
    }
    // Whatever was run after it, the base case is as its own run has left it.
    let base = folder.path().join("output/openai-microsoft");
    for file in ["report.html", "charts/cumulative.png", "manifest.json"] {
        assert!(base.join(file).exists(), "{file}");
    }
    let manifest = fs::read_to_string(base.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["scenarios"][0]["overrides"], serde_json::json!([]));
    assert_eq!(manifest["asked"]["charts"], true);
}

#[test]
fn the_answer_shown_is_the_answer_given() {
    let folder = workplace();
    let shown = blocks(&readme(), "text").remove(0);
    let arguments = ["run", "scenarios/openai-microsoft.toml"].map(str::to_owned);
    let given = run(folder.path(), &arguments);
    // The README wraps the sentence.
    let unwrapped = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first_line = given.lines().next().unwrap();
    assert_eq!(unwrapped(&shown), unwrapped(first_line));
}

#[test]
fn the_scenarios_shown_are_valid() {
    let folder = workplace();
    let blocks = blocks(&readme(), "toml");
    let full = &blocks[0];
    // The second block shows another model for the same scenario.
    let (head, rest) = full.split_once("[revenue.gbm]").unwrap();
    let (_, tail) = rest.split_once("[agreement]").unwrap();
    let head = head.replace("2032-12-31", "2028-12-31");
    let tail = tail.replace("2032-12-31", "2028-12-31");
    let planned = format!("{head}{}\n[agreement]{tail}", blocks[1]);
    for text in [full.clone(), planned] {
        fs::write(folder.path().join("shown.toml"), text).unwrap();
        run(folder.path(), &["check", "shown.toml"].map(str::to_owned));
    }
}

#[test]
fn every_file_linked_is_there() {
    for link in readme().split("](").skip(1) {
        let target = link.split([')', '#']).next().unwrap();
        if !target.starts_with("http") {
            assert!(common::project().join(target).exists(), "{target}");
        }
    }
}
