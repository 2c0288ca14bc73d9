//! `capbind schema`, `capbind completions` and `capbind man`: scenario file and
//! arguments as editors, shells and manuals want them.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Arguments;
use super::{CliError, examples, print_bytes};
use crate::scenario;

/// Prints the JSON Schema of the scenario file.
pub fn schema() -> Result<(), CliError> {
    print_bytes(schema_text().as_bytes())
}

/// The JSON Schema of the scenario file, as it is written.
pub fn schema_text() -> String {
    let text = serde_json::to_string_pretty(&scenario::schema()).expect("a schema is JSON");
    format!("{text}\n")
}

/// Prints the completion script for a shell.
pub fn completions(shell: Shell) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "capbind", &mut script);
    print_bytes(&script)
}

/// Prints the manual page: the program's, then each command's.
pub fn man() -> Result<(), CliError> {
    let page = render(Arguments::command()).map_err(CliError::Output)?;
    print_bytes(&page)
}

/// A line of a manual page that shows a text as it is.
fn as_typed(line: &str) -> String {
    let escaped = line.replace('\\', "\\e").replace('-', "\\-");
    format!("\\&{}", escaped.replace('\'', "\\(aq"))
}

fn render(mut program: clap::Command) -> io::Result<Vec<u8>> {
    program.build();
    let mut page = Vec::new();
    let whole = clap_mangen::Man::new(program.clone());
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    whole.render_options_section(&mut page)?;
    for command in program.get_subcommands() {
        if command.is_hide_set() || command.get_name() == "help" {
            continue;
        }
        let mut sections = Vec::new();
        let manual = clap_mangen::Man::new(command.clone());
        manual.render_synopsis_section(&mut sections)?;
        manual.render_description_section(&mut sections)?;
        manual.render_options_section(&mut sections)?;
        // One page for all: a command's sections stand below its own heading.
        let sections = String::from_utf8_lossy(&sections).replace(".SH ", ".SS ");
        let name = command.get_name().to_uppercase();
        page.extend_from_slice(format!(".SH {name}\n{sections}").as_bytes());
        if let Some(examples) = command.get_after_help() {
            let examples = examples.to_string();
            let lines: Vec<String> = examples.lines().skip(1).map(as_typed).collect();
            let lines = lines.join("\n");
            page.extend_from_slice(format!(".SS EXAMPLES\n.nf\n{lines}\n.fi\n").as_bytes());
        }
    }
    for (title, list) in [
        ("EXIT STATUS", examples::EXIT_STATUS.as_slice()),
        ("FILES", examples::FILES.as_slice()),
    ] {
        page.extend_from_slice(format!(".SH {title}\n").as_bytes());
        for (what, says) in list {
            page.extend_from_slice(format!(".TP\n\\fB{what}\\fR\n{says}\n").as_bytes());
        }
    }
    whole.render_version_section(&mut page)?;
    Ok(page)
}
