//! What several tests need: running the program, reading its tables.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The project's folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program, started in `folder`.
#[cfg(feature = "cli")]
pub fn capbind(folder: &Path) -> assert_cmd::Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("capbind");
    command.current_dir(folder).env("NO_COLOR", "1");
    command
}

/// The scenarios shipped with the project, in order of their names.
pub fn scenarios() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(project().join("scenarios")).unwrap();
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    paths
}

/// The lines of a CSV text, each by column name.
pub fn table(text: &[u8]) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text);
    reader.deserialize().map(Result::unwrap).collect()
}

/// A number of a table's line.
pub fn number(line: &HashMap<String, String>, column: &str) -> f64 {
    line[column]
        .parse()
        .unwrap_or_else(|_| panic!("{column}: {:?}", line[column]))
}

/// The line of a table whose column holds a value.
pub fn line<'a>(
    table: &'a [HashMap<String, String>],
    column: &str,
    value: &str,
) -> &'a HashMap<String, String> {
    let found = table.iter().find(|line| line[column] == value);
    found.unwrap_or_else(|| panic!("no line with {column} = {value}"))
}
