//! The import table of docs/architecture.md, held by reading the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may use.
const ROOMS: [(&str, &[&str]); 15] = [
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
    ("inference", &["math", "simulate", "units"]),
    ("text", &[]),
    (
        "scenario",
        &[
            "agreement",
            "revenue",
            "simulate",
            "text",
            "units",
            "valuation",
        ],
    ),
    (
        "study",
        &[
            "agreement",
            "inference",
            "math",
            "revenue",
            "scenario",
            "simulate",
            "stats",
            "text",
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
            "text",
            "units",
            "valuation",
        ],
    ),
    (
        "artifacts",
        &["report", "scenario", "simulate", "study", "text", "units"],
    ),
    (
        "request",
        &[
            "artifacts",
            "report",
            "scenario",
            "simulate",
            "study",
            "text",
            "units",
        ],
    ),
    (
        "cli",
        &[
            "agreement",
            "artifacts",
            "report",
            "request",
            "revenue",
            "scenario",
            "simulate",
            "study",
            "text",
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

/// Where the rooms are: those of the engine, which is a crate of its own and so cannot use
/// the others, and the rest.
fn homes() -> [PathBuf; 2] {
    ["engine/src", "src"].map(|home| Path::new(env!("CARGO_MANIFEST_DIR")).join(home))
}

/// Every source file.
fn all_sources() -> Vec<PathBuf> {
    homes().iter().flat_map(|home| sources(home)).collect()
}

/// The source files of a room.
fn room_sources(room: &str) -> Vec<PathBuf> {
    let folders = homes().map(|home| home.join(room));
    let of = |folder: &PathBuf| match folder.is_dir() {
        true => sources(folder),
        false => Vec::new(),
    };
    folders.iter().flat_map(of).collect()
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
        for file in room_sources(room).into_iter().filter(|file| !is_test(file)) {
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
    let entries = homes().map(|home| fs::read_dir(home).unwrap());
    let folders = entries.into_iter().flatten().map(|e| e.unwrap().path());
    for folder in folders.filter(|path| path.is_dir()) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(ROOMS.iter().any(|(room, _)| *room == name), "{name}");
    }
}

/// Names of files that are compiled for tests only.
fn test_files() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in all_sources() {
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
    for file in all_sources() {
        let name = file.file_name().unwrap().to_str().unwrap();
        if room_sources("cli").contains(&file) || test_files.contains(name) {
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
fn every_file_is_part_of_the_program() {
    for file in all_sources() {
        let folder = file.parent().unwrap();
        let (folder, name) = match file.file_stem().unwrap().to_str().unwrap() {
            "lib" | "main" => continue,
            "mod" => (folder.parent().unwrap(), folder.file_name().unwrap()),
            _ => (folder, file.file_stem().unwrap()),
        };
        let name = name.to_str().unwrap();
        let beside = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
        let around = beside.chain([folder.with_extension("rs")]);
        let declared = around
            .filter_map(|file| fs::read_to_string(file).ok())
            .any(|text| {
                let is_it = |line: &str| line.ends_with(&format!("mod {name};"));
                text.lines().any(is_it) || text.contains(&format!("#[path = \"{name}.rs\"]"))
            });
        assert!(declared, "{} is no module of anything", file.display());
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for file in all_sources() {
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
            [
                "src/",
                "engine/",
                "tests/",
                "docs/",
                "examples/",
                "benches/",
            ]
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
