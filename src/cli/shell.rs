//! `capbind schema`, `capbind completions` and `capbind man`: scenario file and
//! arguments as editors, shells and manuals want them.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use super::Arguments;
use super::{CliError, print_bytes};
use crate::scenario;

/// What every command may end with.
const EXIT_STATUS: [(&str, &str); 4] = [
    ("0", "All is done, or what was asked for is printed."),
    (
        "1",
        "A run failed: a file cannot be read or written, a target cannot be met, cases of a \
         sweep are no valid scenarios, shards to be put together are missing, results made again differ. Nothing is left half written.",
    ),
    (
        "2",
        "An argument or a scenario is not valid; nothing was simulated.",
    ),
    (
        "130",
        "Interrupted; a sweep keeps the cases that are finished for --resume.",
    ),
];

/// What the commands write.
const FILES: [(&str, &str); 7] = [
    (
        "output/NAME/",
        "The results of run: summary.csv, periods.csv, years.csv, binding.csv, ends.csv, where \
         they apply cash.csv, net.csv and risk_neutral.csv, charts/, report.html, \
         explore.html on --interactive, SCENARIO.xlsx on --format xlsx, and manifest.json. NAME \
         is the scenario's, with what is changed of it.",
    ),
    (
        "explore.html",
        "The page of explore: scenarios and the engine in one file.",
    ),
    (
        "output/NAME-STUDY/",
        "The results of compare, sweep, solve, sensitivity, portfolio, update and backtest: their \
         tables, charts/, report.html on --report, a workbook on --format xlsx, and \
         manifest.json.",
    ),
    (
        "output/calibrate-NAME/",
        "calibration.csv, fit.csv, or with --forecasts structures.csv and changes.csv; \
         revenue.toml, charts/ and manifest.json.",
    ),
    (
        "STORE/",
        "What plan and shard keep, each by a name that says what it is: questions, and parts/.",
    ),
    (
        "NAME.toml, capbind.schema.json",
        "What new writes, into the folder of NAME; NAME.csv with --template portfolio.",
    ),
    (
        "manifest.json",
        "Version, scenarios, overrides, what was asked for, seed, and the SHA-256 of every file: \
         capbind verify makes them again.",
    ),
];

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
        ("EXIT STATUS", EXIT_STATUS.as_slice()),
        ("FILES", FILES.as_slice()),
    ] {
        page.extend_from_slice(format!(".SH {title}\n").as_bytes());
        for (what, says) in list {
            page.extend_from_slice(format!(".TP\n\\fB{what}\\fR\n{says}\n").as_bytes());
        }
    }
    whole.render_version_section(&mut page)?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::super::Arguments;

    /// The words of a line as a shell parts them; what is behind a pipe or `>` is left out.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                _ => words.last_mut().unwrap().push(c),
            }
        }
        let begin = words.iter().position(|word| word == "capbind").unwrap();
        let words = words.split_off(begin);
        let ours = words
            .into_iter()
            .take_while(|word| !["|", ">"].contains(&word.as_str()));
        ours.collect()
    }

    #[test]
    fn every_command_has_examples_that_it_understands() {
        let program = Arguments::command();
        for command in program.get_subcommands() {
            let name = command.get_name();
            let help = command.get_after_help().unwrap_or_else(|| panic!("{name}"));
            let help = help.to_string();
            let examples: Vec<&str> = help.lines().skip(1).collect();
            assert!((2..=4).contains(&examples.len()), "{name}");
            for example in examples {
                let words = words(example);
                assert_eq!(words[1], name, "{example}");
                Arguments::try_parse_from(words).unwrap_or_else(|e| panic!("{example}: {e}"));
            }
        }
    }
}
