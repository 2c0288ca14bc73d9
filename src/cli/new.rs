//! `capbind new`

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::args::{New, Template};
use super::{CliError, print};

/// The text of a template and the file it is taken from.
fn text(template: Template) -> (&'static str, &'static str) {
    macro_rules! shipped {
        ($path:literal) => {
            ($path, include_str!(concat!("../../", $path)))
        };
    }
    match template {
        Template::OpenaiMicrosoft => shipped!("scenarios/openai-microsoft.toml"),
        Template::Textbook => shipped!("scenarios/textbook-gbm.toml"),
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
    let (original, text) = text(arguments.template);
    // The comments' own commands shall work on the new file.
    let text = text.replace(original, &shown);
    write_new(&path, text.as_bytes()).map_err(|error| CliError::Write {
        path: path.clone(),
        reason: match error.kind() {
            io::ErrorKind::AlreadyExists => "the file is already there; choose another name".into(),
            io::ErrorKind::NotFound => "there is no such folder; make it first".into(),
            _ => error.to_string(),
        },
    })?;
    print(&format!(
        "{shown} written; next:\n  capbind check {shown}\n  capbind run {shown}\n"
    ))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)
}
