//! The command line as a user types it, each test in a folder of its own.
#![cfg(feature = "cli")]

#[cfg(unix)]
mod artifacts;
mod asked;
mod backtest;
mod calibrate;
mod charts;
mod compare;
#[cfg(unix)]
mod damaged;
mod explain;
mod explore;
#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod input;
#[cfg(unix)]
mod killed;
#[cfg(unix)]
mod recipes;
mod refused;
mod sensitivity;
#[cfg(unix)]
mod shards;
mod solve;
mod start;
#[cfg(unix)]
mod sweep;
#[cfg(unix)]
mod system;
mod update;
mod verify;
mod written;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

const SCENARIO: &str = r#"title = "A fifth of revenue"
unit = "million"

[timeline]
start = 2026-01-01
end = 2028-12-31
step = "quarter"

[revenue.gbm]
initial = 10
growth = 0.25
volatility = 0.30

[agreement]
payer = "Grower"
payee = "Lender"
share = 0.20
cap = 8

[simulation]
points = 64
seed = 7
"#;

/// A folder with one scenario, `a.toml`.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.toml"), SCENARIO).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Everything in a folder and the folders in it, by name.
    fn contents(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        for name in self.names(folder) {
            let path = format!("{folder}/{name}");
            match self.path(&path).is_dir() {
                true => all.extend(
                    self.contents(&path)
                        .into_iter()
                        .map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
                ),
                false => drop(all.insert(name, fs::read(self.path(&path)).unwrap())),
            }
        }
        all
    }

    /// The names in a folder, sorted; hidden ones too.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn command(&self) -> Command {
        let mut command = Command::cargo_bin("capbind").unwrap();
        command
            .current_dir(self.folder.path())
            .env_remove("NO_COLOR")
            .env_remove("COLUMNS");
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::from(self.command().args(arguments).output().unwrap())
    }

    /// `capbind run a.toml --no-charts` and more into `output/a`, which must succeed.
    fn run_a(&self, arguments: &[&str]) -> Run {
        let out: &[&str] = match arguments.contains(&"--out") {
            true => &["--force"],
            false => &["--out", "output/a", "--force"],
        };
        let run = self.run(&[&["run", "a.toml", "--no-charts"], out, arguments].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        run
    }
}

/// How a command ended.
#[derive(Debug)]
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// A command that said one thing on standard error and nothing else.
    #[track_caller]
    fn fails(&self, code: i32, stderr: &str) {
        assert_eq!(self.stderr, stderr);
        assert_eq!((self.code, self.stdout.as_str()), (code, ""));
    }
}

/// How often what is done at random is done; `CAPBIND_FUZZ=20` does it twenty times
/// as often.
fn tries(number: usize) -> usize {
    let times = std::env::var("CAPBIND_FUZZ").ok();
    number * times.map_or(1, |times| times.parse().expect("a whole number"))
}

/// Numbers at random, the same ones every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    /// Damages a text in one of the ways that disks, editors and people have.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        let end = (at + 1 + self.below(40)).min(bytes.len());
        match self.below(7) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = b"0123456789 \n"[self.below(12)],
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => bytes[at..end].fill(0),
            5 => {
                let twice = bytes[at..end].to_vec();
                bytes.splice(at..at, twice);
            }
            _ => bytes[at..end].reverse(),
        }
    }
}

/// Compares with a text in `golden/`; `UPDATE_GOLDEN=1` writes it.
#[track_caller]
fn golden(name: &str, found: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let path = folder.join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(folder).unwrap();
        fs::write(path, found).unwrap();
    } else {
        let wanted = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, wanted, "{} differs", path.display());
    }
}
