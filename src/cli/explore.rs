//! `capbind explore`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::Input;
use super::{CliError, print, print_bytes};
use crate::artifacts::{EXPLORER_MARK, Preset, explorer_page};
use crate::report::EXPLORER_FILE;
use crate::scenario::Scenario;

const EXAMPLES: &str = "\
Examples:
  capbind explore deal.toml
  capbind explore deal.toml amended.toml --out deal.html
  capbind explore deal.toml --set agreement.cap=45";

/// Write a page that answers while a slider moves
///
/// One HTML file with the scenarios, those that come with the program, and the engine
/// itself: it opens by double click, asks no server for anything and can be mailed. Terms
/// and assumptions are changed by sliders, fields and on the charts; the answer, its
/// figures and its charts move with them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Explore {
    #[command(flatten)]
    pub input: Input,

    /// File to write; - prints the page
    #[arg(long, value_name = "FILE", default_value = EXPLORER_FILE)]
    pub out: PathBuf,

    /// Replace a file that is no such page
    #[arg(long)]
    pub force: bool,

    /// Print nothing but errors
    #[arg(long, short)]
    pub quiet: bool,
}

/// Writes the page of the scenarios; each is checked before.
pub fn explore(arguments: &Explore) -> Result<(), CliError> {
    let Input {
        scenarios,
        overrides,
    } = &arguments.input;
    let mut presets = Vec::new();
    for path in scenarios {
        let scenario = Scenario::load(path, overrides)?;
        presets.push(Preset::of(&scenario, name(path)));
    }
    let given: Vec<String> = presets.iter().map(|preset| preset.text.clone()).collect();
    presets.extend(Preset::shipped().filter(|preset| !given.contains(&preset.text)));
    let page = explorer_page(&presets);
    if arguments.out == Path::new("-") {
        return print_bytes(page.as_bytes());
    }
    write(&arguments.out, page.as_bytes(), arguments.force)?;
    if arguments.quiet {
        return Ok(());
    }
    print(&format!(
        "{} written: open it in a browser\n",
        arguments.out.display()
    ))
}

/// What a page calls a scenario's file: as it was given, but nothing of this machine's
/// folders.
fn name(path: &Path) -> String {
    let last = || path.file_name().unwrap_or_default().to_string_lossy();
    match path {
        path if path == Path::new("-") => "scenario.toml".to_owned(),
        path if path.is_absolute() => last().into_owned(),
        path => path.to_string_lossy().into_owned(),
    }
}

/// Writes the page whole or not at all; over another page of the kind, and over nothing
/// else unless that is asked for.
fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), CliError> {
    let refuse = |reason: String| CliError::Write {
        path: path.to_owned(),
        reason,
    };
    let why = |error: io::Error| refuse(super::folder::why(&error));
    match fs::read(path) {
        Ok(before) if !force && !before.starts_with(EXPLORER_MARK.as_bytes()) => {
            return Err(refuse(
                "the file is there already and no such page; choose another name with --out, \
                 or replace it with --force"
                    .to_owned(),
            ));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(why(error)),
        _ => {}
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    fs::write(&partial, bytes)
        .and_then(|()| fs::rename(&partial, path))
        .map_err(|error| {
            // Nothing half written stays.
            drop(fs::remove_file(&partial));
            why(error)
        })
}
