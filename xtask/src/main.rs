//! `cargo xtask`: what is made again by hand, each by one command.

mod dist;
mod explorer;
mod same;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
cargo xtask TASK

golden          Makes again what the tests compare with: messages, help texts, the schema,
                output/reference and the gallery. Read the difference before it is committed.
pictures DIR    Draws every kind of chart in every theme and size into DIR, to look at.
tables          Computes the reference tables of engine/src/math again, from their first columns
                (needs python3 with mpmath).
explorer        Builds the engine of explore.html again: assets/explorer/engine.wasm.gz (needs the
                target wasm32-unknown-unknown). Commit it after changes of src/ that
                alter what the page shows; the gate names it when it is stale.
dist [PYTHON …] Builds what is shipped into target/shipped: an archive with the program, and the
                wheel (needs maturin; on Linux, for every one since 2014, cargo-zigbuild and
                ziglang besides), or one for each of these interpreters.
releasable VERSION
                Refuses a version that cannot be published: another one in a Cargo.toml, no
                section in CHANGELOG.md, no public address. Prints its notes otherwise.
same A B        Runs every scenario and some studies with two programs, such as those of two
                profiles, and names what does not come out the same to the byte.
notes VERSION   Prints the release notes of a version from CHANGELOG.md; Unreleased for the next.
deny            Licences, bans and sources of all dependencies (needs cargo-deny).
";

/// The tests that write their golden files where `UPDATE_GOLDEN` is set.
const GOLDEN: [&str; 6] = [
    "bad_input",
    "cli",
    "schema",
    "invariance",
    "reference",
    "gallery",
];

type Done = Result<(), String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["golden"] => golden(),
        ["pictures", folder] => pictures(Path::new(folder)),
        ["tables"] => run("python3", &["xtask/tables.py"], &[]),
        ["explorer"] => explorer::explorer(),
        ["dist", ref interpreters @ ..] => dist::dist(interpreters),
        ["releasable", version] => dist::releasable(version),
        ["same", one, other] => same::same([one, other].map(Path::new)),
        ["notes", version] => notes(version),
        ["deny"] => cargo(&["deny", "check", "bans", "licenses", "sources"]),
        _ => {
            print!("{HELP}");
            return match words[..] {
                [] | ["help" | "--help" | "-h"] => ExitCode::SUCCESS,
                _ => ExitCode::from(2),
            };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The project's folder.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent()
        .expect("xtask stands in the project")
        .to_owned()
}

/// Runs a program in the project's folder with some variables set.
fn run(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command.envs(variables.iter().copied());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} {}: {status}", arguments.join(" "))),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

fn cargo(arguments: &[&str]) -> Done {
    run("cargo", arguments, &[])
}

fn golden() -> Done {
    let mut arguments = vec!["test", "--quiet", "--no-fail-fast"];
    arguments.extend(GOLDEN.iter().flat_map(|test| ["--test", test]));
    run("cargo", &arguments, &[("UPDATE_GOLDEN", "1")])
}

fn pictures(folder: &Path) -> Done {
    let here = env::current_dir().map_err(|error| error.to_string())?;
    let folder = here.join(folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let folder = folder.to_str().ok_or("the folder's name is not UTF-8")?;
    let arguments = ["test", "--quiet", "--lib", "every_sample"];
    run("cargo", &arguments, &[("FIGURES", folder)])
}

/// The section of a version.
fn notes(version: &str) -> Done {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).map_err(|e| e.to_string())?;
    let heading = |line: &str| line.strip_prefix("## ").map(str::to_owned);
    let is_asked = |line: &&str| {
        let found = heading(line).unwrap_or_default();
        found.split([' ', '[', ']']).any(|word| word == version)
    };
    let mut lines = text.lines().skip_while(|line| !is_asked(line));
    let Some(first) = lines.next() else {
        let known: Vec<String> = text.lines().filter_map(heading).collect();
        return Err(format!(
            "no version {version} in CHANGELOG.md, which has {}",
            known.join(", ")
        ));
    };
    println!("{}", first.trim_start_matches("## "));
    for line in lines.take_while(|line| heading(line).is_none()) {
        println!("{line}");
    }
    Ok(())
}
