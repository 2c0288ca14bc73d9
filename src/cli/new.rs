//! `capbind new`

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::args::{New, Template};
use super::{CliError, print};
use crate::scenario::shipped;

/// Where the scenarios of the project find the schema.
const SCHEMA_OF_THE_PROJECT: &str = "../docs/scenario.schema.json";
/// Where a new one does, once it is written there.
const SCHEMA: &str = "capbind.schema.json";

/// Where the scenario of a template stands in the project.
fn original(template: Template) -> &'static str {
    match template {
        Template::OpenaiMicrosoft => "scenarios/openai-microsoft.toml",
        Template::Royalty => "scenarios/royalty-time-tiered-cap.toml",
        Template::Rbf => "scenarios/revenue-based-financing.toml",
        Template::EarnOut => "scenarios/earn-out-contingent-consideration.toml",
    }
}

/// Writes a new scenario; never over a file that is there.
pub fn new(arguments: &New) -> Result<(), CliError> {
    let path = if arguments.name.extension().is_some_and(|e| e == "toml") {
        arguments.name.clone()
    } else {
        let mut name = arguments.name.clone().into_os_string();
        name.push(".toml");
        name.into()
    };
    let shown = path.display().to_string();
    let original = original(arguments.template);
    let template = shipped(original).expect("every template is shipped").text;
    // The comments' own commands shall work on the new file.
    let text = template
        .replace(original, &shown)
        .replace(SCHEMA_OF_THE_PROJECT, SCHEMA);
    write_new(&path, text.as_bytes()).map_err(|error| CliError::Write {
        path: path.clone(),
        reason: match error.kind() {
            io::ErrorKind::AlreadyExists => "the file is already there; choose another name".into(),
            io::ErrorKind::NotFound => "there is no such folder; make it first".into(),
            _ => error.to_string(),
        },
    })?;
    print(&format!(
        "{shown} written; next:\n  capbind check {shown}\n  capbind run {shown}\n\
         for checks and completion in an editor:\n  capbind schema > {SCHEMA}\n"
    ))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    // Half of it is worse than nothing.
    file.write_all(bytes)
        .inspect_err(|_| drop(fs::remove_file(path)))
}
