//! `capbind new`

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::args::{New, Template};
use super::shell::schema_text;
use super::{CliError, print};
use crate::scenario::shipped;
use crate::study::synthetic_deals;
use crate::text::{is_hidden, quoted, shell_word};

/// Where the scenarios of the project find the schema.
const SCHEMA_OF_THE_PROJECT: &str = "../docs/scenario.schema.json";
/// Where a new one does: beside it.
const SCHEMA: &str = "capbind.schema.json";

/// What the deals of a portfolio have in common.
const PORTFOLIO: &str = include_str!("../../assets/portfolio.toml");
/// Where the table of a portfolio stands beside its template, and how that calls it.
const TABLE: &str = "scenarios/portfolio.csv";
const NAME_OF_TABLE: &str = "portfolio.csv";
/// Everyone's made-up deals are the same.
const SEED_OF_TABLE: u64 = 1;

/// Where the scenario of a template stands in the project.
fn original(template: Template) -> &'static str {
    match template {
        Template::Blank => "scenarios/blank.toml",
        Template::OpenaiMicrosoft => "scenarios/openai-microsoft.toml",
        Template::Royalty => "scenarios/royalty-time-tiered-cap.toml",
        Template::Rbf => "scenarios/revenue-based-financing.toml",
        Template::EarnOut => "scenarios/earn-out-contingent-consideration.toml",
        Template::Portfolio => "scenarios/portfolio.toml",
    }
}

/// Writes a new scenario; never over a file that is there.
pub fn new(arguments: &New) -> Result<(), CliError> {
    let name = name(&arguments.name)?;
    let path = Path::new(&name);
    let original = original(arguments.template);
    let is_portfolio = arguments.template == Template::Portfolio;
    let template = match is_portfolio {
        true => PORTFOLIO,
        false => shipped(original).expect("every template is shipped").text,
    };
    // The comments' own commands shall work on the new file. They stand in a line each,
    // as the name does.
    let word = shell_word(&name);
    let table = path.with_extension("csv");
    let of_table = table.file_name().unwrap_or_default().to_string_lossy();
    let table_word = shell_word(&table.to_string_lossy());
    let text = template
        .replace(original, &word)
        .replace(TABLE, &table_word)
        .replace(NAME_OF_TABLE, &of_table)
        .replace(SCHEMA_OF_THE_PROJECT, SCHEMA);
    if is_portfolio {
        let deals = synthetic_deals(arguments.deals as usize, SEED_OF_TABLE);
        write_new(&table, deals.as_bytes()).map_err(|error| refused(&table, &error))?;
    }
    write_new(path, text.as_bytes()).map_err(|error| {
        if is_portfolio {
            drop(fs::remove_file(&table));
        }
        refused(path, &error)
    })?;
    let schema = path.with_file_name(SCHEMA);
    let with = match write_schema(&schema) {
        Ok(()) => format!(", with {} for checks in an editor", schema.display()),
        // An editor without it completes nothing; the scenario is as good.
        Err(_) => String::new(),
    };
    let (also, next) = match is_portfolio {
        true => (
            format!(
                " and {} with {} made-up deals",
                table.display(),
                arguments.deals
            ),
            format!("portfolio {table_word}"),
        ),
        false => (String::new(), format!("run {word}")),
    };
    print(&format!(
        "{name}{also} written{with}; next:\n  capbind check {word}\n  capbind {next}\n"
    ))
}

/// Why a new file is not there.
fn refused(path: &Path, error: &io::Error) -> CliError {
    CliError::Write {
        path: path.to_owned(),
        reason: match error.kind() {
            io::ErrorKind::AlreadyExists => "the file is already there; choose another name".into(),
            io::ErrorKind::NotFound => "there is no such folder; make it first".into(),
            _ => error.to_string(),
        },
    }
}

/// Writes the schema that the first line of a new scenario names; one that is there
/// stays.
fn write_schema(path: &Path) -> io::Result<()> {
    match write_new(path, schema_text().as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// The name of the new file, its extension added where it is missing: one line of
/// text, since it is written into comments and commands.
fn name(given: &Path) -> Result<String, CliError> {
    let refuse = |what: &str| CliError::Argument {
        message: format!("{} {what}", quoted(&given.to_string_lossy())),
        hint: "give the new file a name, such as royalty or deals/royalty.toml".to_owned(),
    };
    let Some(name) = given.to_str() else {
        return Err(refuse("is not the name of a file in UTF-8"));
    };
    if name.chars().any(is_hidden) {
        return Err(refuse("holds a line break or another control character"));
    }
    let last = name.rsplit(std::path::is_separator).next();
    let stem = last.map(|last| last.strip_suffix(".toml").unwrap_or(last));
    if stem.is_none_or(|stem| stem.trim_matches(['.', ' ']).is_empty()) {
        return Err(refuse("is not the name of a file"));
    }
    Ok(match given.extension().is_some_and(|end| end == "toml") {
        true => name.to_owned(),
        false => format!("{name}.toml"),
    })
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    // Half of it is worse than nothing.
    file.write_all(bytes)
        .inspect_err(|_| drop(fs::remove_file(path)))
}
