//! The command line: the arguments, then one file for each subcommand. The only
//! room that prints or writes files.

mod args;
mod backtest;
mod calibrate;
mod check;
mod compare;
mod explain;
mod explore;
mod flags;
mod folder;
pub mod inside;
mod interrupt;
mod journal;
mod memory;
mod new;
mod owner;
mod portfolio;
mod progress;
mod question;
mod run;
mod sensitivity;
mod shards;
mod shell;
mod solve;
mod store;
mod study;
mod sweep;
mod terminal;
mod update;
mod verify;
mod workplace;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use thiserror::Error;

use crate::report::CsvError;
use crate::simulate::Cancelled;
use crate::study::StudyError;
use crate::text::{is_hidden, printable};
pub use check::understood;
pub use shards::{Computed, Planned};

/// When does a revenue share stop: at its cap or at its end date?
///
/// A company pays a share of its revenue until a total cap is reached or an end
/// date comes. capbind simulates revenue from a scenario file and answers which
/// of the two ends it, when, and what it is worth, with standard errors.
#[derive(Debug, Parser)]
#[command(
    name = "capbind",
    version,
    propagate_version = true,
    max_term_width = 90
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const SCHEMA_EXAMPLES: &str = "\
Examples:
  capbind schema > capbind.schema.json
  capbind schema | less";

const MAN_EXAMPLES: &str = "\
Examples:
  capbind man > capbind.1
  capbind man | man -l -";

#[derive(Debug, Subcommand)]
enum Command {
    Run(args::Run),
    Check(args::Check),
    Explore(explore::Explore),
    Compare(compare::Compare),
    Sweep(sweep::SweepArguments),
    Solve(solve::SolveArguments),
    Calibrate(calibrate::Calibrate),
    Explain(args::Explain),
    Sensitivity(sensitivity::Sensitivity),
    Portfolio(portfolio::PortfolioArguments),
    Update(update::UpdateArguments),
    Backtest(backtest::BacktestArguments),
    Plan(shards::PlanArguments),
    Shard(shards::ShardArguments),
    Merge(shards::MergeArguments),
    Verify(args::Verify),
    New(args::New),
    /// Print the JSON Schema of the scenario file, for editors
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema,
    Completions(args::Completions),
    /// Print the manual page
    #[command(after_help = MAN_EXAMPLES)]
    Man,
}

impl Command {
    fn carry_out(self) -> Result<(), CliError> {
        match self {
            Self::Run(run) => run::run(&run),
            Self::Check(check) => check::check(&check),
            Self::Explore(explore) => explore::explore(&explore),
            Self::Compare(study) => compare::compare(&study),
            Self::Sweep(arguments) => sweep::sweep(&arguments),
            Self::Solve(arguments) => solve::solve(&arguments),
            Self::Calibrate(arguments) => calibrate::calibrate(&arguments),
            Self::Explain(explain) => explain::explain(&explain),
            Self::Sensitivity(study) => sensitivity::sensitivity(&study),
            Self::Portfolio(study) => portfolio::portfolio(&study),
            Self::Update(arguments) => update::update(&arguments),
            Self::Backtest(arguments) => backtest::backtest(&arguments),
            Self::Plan(plan) => shards::plan(&plan),
            Self::Shard(shard) => shards::shard(&shard),
            Self::Merge(merge) => shards::merge(&merge),
            Self::Verify(verify) => verify::verify(&verify),
            Self::New(new) => new::new(&new),
            Self::Schema => shell::schema(),
            Self::Completions(completions) => shell::completions(completions.shell),
            Self::Man => shell::man(),
        }
    }
}

/// Why a command failed.
#[derive(Debug, Error)]
enum CliError {
    /// What was asked of the library has no result.
    #[error(transparent)]
    Library(#[from] crate::Error),
    /// An argument cannot be used.
    #[error("{message}\n  try: {hint}")]
    Argument { message: String, hint: String },
    /// A file or folder cannot be written.
    #[error("cannot write {}: {reason}", path.display())]
    Write { path: PathBuf, reason: String },
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read { path: PathBuf, reason: String },
    /// A store does not do what it is asked.
    #[error("store: {place}: {reason}")]
    Store { place: String, reason: String },
    /// An engine has not done its work.
    #[error(
        "the engine {engine} failed: {reason}\n  try: the same again: what is finished is kept where --store says"
    )]
    Engine { engine: String, reason: String },
    /// Shards are not computed yet.
    #[error(
        "{count} of {all} shards are not finished, their parts are missing:\n{list}\n  try: \
         capbind shard --index K for each of them, with the same --store"
    )]
    Unfinished {
        count: usize,
        all: usize,
        list: String,
    },
    /// Results made again are not the same.
    #[error("{count} of {folders} folders could not be made again byte for byte")]
    Different { count: usize, folders: usize },
    /// Cases of a finished sweep are no valid scenarios.
    #[error(
        "the sweep is finished without {cases} of its cases, which are no valid scenarios\n{list}"
    )]
    BadCases { cases: usize, list: String },
    /// Standard output is full.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// The threads asked for cannot be started.
    #[error("cannot start the threads asked for: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl CliError {
    fn is_interruption(&self) -> bool {
        matches!(self, Self::Library(crate::Error::Cancelled(_)))
    }
}

macro_rules! of_the_library {
    ($($error:ty),*) => {
        $(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::Library(error.into())
            }
        })*
    };
}
of_the_library!(Cancelled, CsvError, StudyError);

/// Parses the arguments, does what they say and returns the exit code: 0 done, 1
/// a run failed, 2 bad arguments or a bad scenario.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    ExitCode::from(main_from(&arguments))
}

/// The same with these arguments, the first of them the program's name: for whoever has
/// the program inside.
pub fn main_from(words: &[OsString]) -> u8 {
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            return match printed(print_usage(&error, words)) {
                Ok(()) => code,
                Err(error) => finish(Err(error)),
            };
        }
    };
    interrupt::watch();
    finish(arguments.command.carry_out())
}

fn finish(done: Result<(), CliError>) -> u8 {
    match done {
        Ok(()) => 0,
        // Who interrupts a command knows why it ends.
        Err(error) if error.is_interruption() => {
            interrupt::say_what_is_kept();
            interrupt::INTERRUPTED
        }
        Err(error) => {
            eprint_error(&error);
            exit_code(&error)
        }
    }
}

fn exit_code(error: &CliError) -> u8 {
    match error {
        CliError::Library(crate::Error::Invalid(_) | crate::Error::Question(_))
        | CliError::Argument { .. } => 2,
        _ => 1,
    }
}

fn has_colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// An error as printed: whatever it repeats of a file or an argument is fit for a
/// terminal.
fn describe(error: &CliError) -> String {
    let text = match error {
        // The only text with colours in it takes care of itself.
        CliError::Library(crate::Error::Invalid(problems)) => {
            return problems.render(has_colour());
        }
        other => format!("error: {other}"),
    };
    printable(&text).into_owned()
}

/// An error on standard error.
fn eprint_error(error: &CliError) {
    // Where standard error is gone too there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{}", describe(error));
}

/// What the reader of the arguments says, with its colours unless an argument could
/// bring others.
fn print_usage(error: &clap::Error, words: &[OsString]) -> io::Result<()> {
    let is_plain = |word: &OsString| {
        let word = word.to_string_lossy();
        matches!(printable(&word), std::borrow::Cow::Borrowed(_))
    };
    match words.iter().all(is_plain) {
        true => error.print(),
        false => {
            let text = error.render().to_string();
            writeln!(io::stderr(), "{}", printable(&text).trim_end())
        }
    }
}

/// Prints to standard output, where a full disk is an error like any other. Where the
/// reader of a pipe has seen enough only the printing stops: the work goes on, and the
/// exit code is the work's. What the text repeats of others is made fit for a
/// terminal.
fn print(text: &str) -> Result<(), CliError> {
    print_bytes(printable(text).as_bytes())
}

/// Prints an object of JSON in a line; hidden characters, which only its texts can
/// hold, are written as JSON writes them.
fn print_json(json: &serde_json::Value) -> Result<(), CliError> {
    let mut line = String::new();
    for c in json.to_string().chars() {
        match c {
            // What keeps a number and its unit together on a page is in a script's way.
            '\u{a0}' | '\u{202f}' => line.push(' '),
            _ if !is_hidden(c) => line.push(c),
            _ => {
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                line.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    line.push('\n');
    print_bytes(line.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    printed(out.write_all(bytes).and_then(|()| out.flush()))
}

fn printed(done: io::Result<()>) -> Result<(), CliError> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(CliError::Output),
    }
}

/// A line on standard error.
fn eprint_line(text: &str) {
    // A warning nobody can see is no reason to fail a finished run.
    let _ = writeln!(io::stderr(), "{}", printable(text));
}
