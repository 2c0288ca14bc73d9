//! The import table of docs/architecture.md, held by reading the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may use.
const ROOMS: [(&str, &[&str]); 12] = [
    ("math", &[]),
    ("stats", &["math"]),
    ("units", &["math"]),
    ("agreement", &["math", "units"]),
    ("revenue", &["math", "units"]),
    ("valuation", &["math", "units"]),
    (
        "simulate",
        &[
            "agreement",
            "math",
            "revenue",
            "stats",
            "units",
            "valuation",
        ],
    ),
    (
        "scenario",
        &["agreement", "revenue", "simulate", "units", "valuation"],
    ),
    (
        "study",
        &[
            "agreement",
            "math",
            "revenue",
            "scenario",
            "simulate",
            "stats",
            "units",
        ],
    ),
    (
        "report",
        &[
            "agreement",
            "revenue",
            "scenario",
            "simulate",
            "stats",
            "study",
            "units",
        ],
    ),
    (
        "artifacts",
        &["report", "scenario", "simulate", "study", "units"],
    ),
    (
        "cli",
        &[
            "agreement",
            "artifacts",
            "report",
            "revenue",
            "scenario",
            "simulate",
            "study",
            "units",
            "valuation",
        ],
    ),
];
/// Beyond this many lines a file no longer holds one idea.
const LONGEST_FILE: usize = 700;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms a text names after `crate::`.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn rooms_use_only_what_the_table_permits() {
    let mut seen = BTreeSet::new();
    for (room, permitted) in ROOMS {
        // What a file of tests reads is not what its room stands on.
        let is_test = |file: &PathBuf| file.file_name().is_some_and(|name| name == "tests.rs");
        for file in sources(&src().join(room))
            .into_iter()
            .filter(|file| !is_test(file))
        {
            for used in rooms_used(&fs::read_to_string(&file).unwrap()) {
                let allowed = used == room || permitted.contains(&used.as_str());
                assert!(allowed, "{} uses {used}", file.display());
                seen.insert((room, used));
            }
        }
    }
    // Every permission is needed: the table does not widen unnoticed.
    for (room, permitted) in ROOMS {
        for used in permitted {
            assert!(
                seen.contains(&(room, (*used).to_owned())),
                "{room} no longer uses {used}"
            );
        }
    }
}

#[test]
fn every_room_is_in_the_table() {
    let folders = fs::read_dir(src())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    for folder in folders.filter(|path| path.is_dir()) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(ROOMS.iter().any(|(room, _)| *room == name), "{name}");
    }
}

/// Names of files that are compiled for tests only.
fn test_files() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in sources(&src()) {
        let text = fs::read_to_string(file).unwrap();
        let after_attribute = text.split("#[cfg(test)]\n").skip(1);
        for rest in after_attribute {
            let line = rest.lines().next().unwrap_or_default();
            let module = line.strip_prefix("mod ").and_then(|l| l.strip_suffix(';'));
            let path = line
                .strip_prefix("#[path = \"")
                .and_then(|l| l.strip_suffix("\"]"));
            names.extend(module.map(|name| format!("{name}.rs")));
            names.extend(path.map(str::to_owned));
        }
    }
    names
}

#[test]
fn only_the_command_line_prints_and_opens_files() {
    let test_files = test_files();
    for file in sources(&src()) {
        let name = file.file_name().unwrap().to_str().unwrap();
        if file.starts_with(src().join("cli")) || test_files.contains(name) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for word in ["println!", "eprintln!", "print!(", "dbg!"] {
            let prints = code.iter().any(|line| line.contains(word));
            assert!(!prints, "{} prints", file.display());
        }
        // The scenario room has the one reader of all input, and that is all.
        let reads = file.ends_with("scenario/input.rs");
        let files = code.iter().any(|line| line.contains("std::fs"));
        assert!(reads || !files, "{} opens files", file.display());
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for file in sources(&src()) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines",
            file.display()
        );
    }
}

#[test]
fn files_that_the_guide_names_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let named = guide.split('`').skip(1).step_by(2);
    let paths: Vec<&str> = named
        .filter(|word| {
            ["src/", "tests/", "docs/", "examples/", "benches/"]
                .iter()
                .any(|f| word.starts_with(f))
        })
        .filter(|word| !word.contains("NAME") && !word.contains('*'))
        .collect();
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        assert!(root.join(path).exists(), "CONTRIBUTING.md names {path}");
    }
}
