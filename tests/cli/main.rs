//! The command line as a user types it, each test in a folder of its own.

mod asked;
mod calibrate;
mod compare;
mod explain;
mod refused;
mod sensitivity;
mod solve;
mod start;
#[cfg(unix)]
mod sweep;
#[cfg(unix)]
mod system;
mod verify;
mod written;

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

    /// `capbind run a.toml --no-charts` and more, which must succeed.
    fn run_a(&self, arguments: &[&str]) -> Run {
        let run = self.run(&[&["run", "a.toml", "--no-charts"], arguments].concat());
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
