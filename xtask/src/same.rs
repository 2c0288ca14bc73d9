//! Whether two programs give the same bytes: builds of two profiles, or of two compilers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use super::{Done, root};

/// Points of a run: few, for bytes differ at any number or at none.
const POINTS: &str = "simulation.points=256";
/// The scenario whose charts are drawn too: drawing takes longer than the paths.
const DRAWN: &str = "openai-microsoft.toml";
/// Studies, each of the first scenario that is shipped for it.
const STUDIES: [&[&str]; 4] = [
    &[
        "sweep",
        "scenarios/openai-microsoft.toml",
        "--vary",
        "agreement.cap=20:50:10",
    ],
    &[
        "solve",
        "scenarios/openai-microsoft.toml",
        "--for",
        "agreement.cap",
        "--so-that",
        "expected total_paid=30",
    ],
    &[
        "compare",
        "scenarios/openai-microsoft.toml",
        "--variant",
        "agreement.cap=45",
    ],
    &["sensitivity", "scenarios/openai-microsoft.toml", "--local"],
];

/// Runs every shipped scenario and some studies with both programs and compares their
/// manifests, which hold the hash of every other file.
pub fn same(programs: [&Path; 2]) -> Done {
    let programs = programs.map(|program| {
        let found = fs::canonicalize(program);
        found.map_err(|error| format!("{}: {error}", program.display()))
    });
    let [first, second] = programs;
    let programs = [first?, second?];
    let place = std::env::temp_dir().join(format!("capbind-same-{}", std::process::id()));
    let compared = compared(&programs, &place);
    // What is left there does no harm.
    let _ = fs::remove_dir_all(&place);
    let (folders, different) = compared?;
    match different.as_slice() {
        [] => {
            println!("{folders} folders, the same bytes from both");
            Ok(())
        }
        some => Err(format!("other bytes: {}", some.join("; "))),
    }
}

fn compared(programs: &[PathBuf; 2], place: &Path) -> Result<(usize, Vec<String>), String> {
    let scenarios = fs::read_dir(root().join("scenarios")).map_err(|error| error.to_string())?;
    let mut scenarios: Vec<PathBuf> = scenarios
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    scenarios.sort();
    let runs = scenarios.iter().map(|path| {
        let mut words = vec!["run".to_owned(), path.display().to_string()];
        if !path.ends_with(DRAWN) {
            words.push("--no-charts".to_owned());
        }
        words
    });
    let studies = STUDIES
        .iter()
        .map(|words| words.iter().map(|word| (*word).to_owned()).collect());
    let all: Vec<Vec<String>> = runs.chain(studies).collect();
    let mut different = Vec::new();
    for (i, words) in all.iter().enumerate() {
        let of = |which: usize| {
            let folder = place.join(format!("{which}-{i}"));
            made(&programs[which], words, &folder)
        };
        let (first, second) = thread::scope(|scope| {
            let second = scope.spawn(|| of(1));
            (of(0), second.join().expect("it does not panic"))
        });
        if first? != second? {
            different.push(words.join(" "));
        }
    }
    Ok((all.len(), different))
}

/// The manifest of what a program makes in a folder.
fn made(program: &Path, words: &[String], folder: &Path) -> Result<Vec<u8>, String> {
    let mut command = Command::new(program);
    command
        .args(words)
        .args(["--set", POINTS, "--quiet", "--out"])
        .arg(folder);
    let said = |what: String| format!("{} {}: {what}", program.display(), words.join(" "));
    let status = command
        .current_dir(root())
        .status()
        .map_err(|error| said(error.to_string()))?;
    match status.success() {
        true => fs::read(folder.join("manifest.json")).map_err(|error| said(error.to_string())),
        false => Err(said(status.to_string())),
    }
}
