//! The arguments.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::artifacts::{MOST_KEPT, MOST_PATHS};
use crate::report::Format;
use crate::request;
use crate::scenario;
use crate::scenario::{Size, Theme};
use crate::study::MOST_DEALS;
use crate::units::{Date, Worded, worded};

const RUN_EXAMPLES: &str = "\
Examples:
  capbind run deal.toml
  capbind run deal.toml --set agreement.cap=45 --format xlsx
  cat deal.toml | capbind run - --json";

/// Simulate scenarios: a summary, CSV files and charts
///
/// The first line printed is the answer. Each scenario's results go to their own
/// folder, complete or not at all: summary.csv, periods.csv, years.csv,
/// binding.csv, manifest.json and the charts. Memory does not grow with the
/// number of paths.
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub struct Run {
    #[command(flatten)]
    pub input: Input,

    /// Folder for the results [default: output/<scenario file stem>, with +<change>
    /// where an option changes the question or leaves something out; none with --json];
    /// with several scenarios, each gets a folder in it; - writes none
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace the results of another question in the folder
    #[arg(long)]
    pub force: bool,

    /// Number of paths in all; Sobol points are rounded up to replicates of a
    /// power of two [default: the scenario's, 262,144 where it says nothing]
    #[arg(long, value_name = "N", value_parser = paths)]
    pub paths: Option<u64>,

    /// Standard error wanted instead of a number of paths, such as 0.1%: relative
    /// for amounts, absolute for the binding probability
    #[arg(long, value_name = "P", value_parser = precision, conflicts_with = "paths")]
    pub precision: Option<f64>,

    /// Also write how the errors fall as points are doubled: convergence.csv
    /// and a chart
    #[arg(long)]
    pub convergence: bool,

    /// Master seed; the same seed gives the same bytes [default: the scenario's, else 0]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub seed: Option<u64>,

    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Also write the first N paths, period by period, to paths.csv
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_KEPT))]
    pub keep_paths: Option<u64>,

    /// Print the summary as one JSON object for each scenario; writes no files unless
    /// --out names a folder
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub looks: Looks,

    /// How likely is less than an amount paid by a day: 2027-12-31=5 (repeatable)
    #[arg(long = "covenant", value_name = "DATE=AMOUNT", value_parser = covenant)]
    pub covenants: Vec<String>,

    /// Also write the tables in another format: xlsx writes a workbook, with
    /// charts to edit
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    pub format: Vec<Format>,

    /// Write no charts, nor the page that shows them
    #[arg(long)]
    pub no_charts: bool,

    /// Write no report.html
    #[arg(long)]
    pub no_report: bool,

    /// Also write explore.html, a page that computes by itself when a term or an
    /// assumption is changed; report.html leads to it
    #[arg(long)]
    pub interactive: bool,

    #[command(flatten)]
    pub elsewhere: Elsewhere,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    pub quiet: bool,
}

/// Who computes it, where that is not this process.
#[derive(Clone, Debug, Default, Args)]
pub struct Elsewhere {
    /// Have an engine compute it in shards, through the Python package: ray, dask,
    /// processes, or a cluster's address, ray://HEAD:10001 or tcp://SCHEDULER:8786
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<String>,

    /// Where shards are kept, a folder that all workers see or s3://BUCKET/PREFIX [default:
    /// a temporary folder, where the engine is started on this machine]
    #[arg(long, value_name = "URL", requires = "engine")]
    pub store: Option<String>,
}

/// One of several words.
pub fn choice<T: Worded>() -> impl TypedValueParser<Value = T> {
    chosen(|value, _| value)
}

/// One of several words, each with what it is.
pub fn described<T: Worded>() -> impl TypedValueParser<Value = T> {
    chosen(|value, choice: T| value.help(choice.about()))
}

/// A format that this build writes; the others are refused by name.
pub fn format() -> impl TypedValueParser<Value = Format> {
    let all =
        chosen(|value, format: Format| value.help(format.about()).hide(format.built().is_err()));
    all.try_map(|format| format.built().map(|()| format))
}

fn chosen<T: Worded>(
    shown: fn(PossibleValue, T) -> PossibleValue,
) -> impl TypedValueParser<Value = T> {
    let values = T::ALL.iter();
    let values = values.map(|choice| shown(PossibleValue::new(choice.word()), *choice));
    let values = PossibleValuesParser::new(values);
    values.map(|word| T::of(&word).expect("only words of the list are taken"))
}

const CHECK_EXAMPLES: &str = "\
Examples:
  capbind check deal.toml
  capbind check deal.toml --set revenue.gbm.growth=0.1
  capbind check deal.toml --json";

/// Validate scenarios and print what was understood; nothing is simulated
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub struct Check {
    #[command(flatten)]
    pub input: Input,

    /// Print it as one JSON object for each scenario
    #[arg(long)]
    pub json: bool,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  capbind explain deal.toml --path 0
  capbind explain deal.toml --path 17 --set agreement.cap=45
  capbind explain deal.toml --path 17 --csv";

/// Print the ledger of one path, period by period
///
/// Revenue, accrual, headroom before and after, payment, dates and the end, for
/// every agreement: the numbers of that path in paths.csv, and why they are so.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct Explain {
    /// Scenario file
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// Path to explain, counted from 0 as in paths.csv
    #[arg(long, value_name = "K")]
    pub path: u64,

    /// Override a key of the scenario: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    /// Print it as CSV, with every digit
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,

    /// Print it as JSON, with every digit: a list of lines
    #[arg(long)]
    pub json: bool,
}

/// How charts look.
#[derive(Clone, Debug, Default, Args)]
pub struct Looks {
    /// Ground of the charts: light, dark [default: light]
    #[arg(long, value_name = "THEME", value_parser = choice::<Theme>(), hide_possible_values = true)]
    pub theme: Option<Theme>,

    /// What the charts are for, which decides their width and type: slide, page,
    /// column [default: page]
    #[arg(long, value_name = "SIZE", value_parser = choice::<Size>(), hide_possible_values = true)]
    pub size: Option<Size>,

    /// Pixels of PNG charts per inch, 48 to 600 [default: 192]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(48..=600))]
    pub dpi: Option<u32>,

    /// Draw this chart alone, by its file name without extension (repeatable)
    #[arg(long = "chart", value_name = "NAME")]
    pub chart_names: Vec<String>,

    /// A title in the place of the chart's own
    #[arg(long, value_name = "TEXT", requires = "chart_names")]
    pub title: Option<String>,

    /// A subtitle in the place of the chart's own
    #[arg(long, value_name = "TEXT", requires = "chart_names")]
    pub subtitle: Option<String>,

    /// Also write the numbers behind each chart, as CSV beside it
    #[arg(long)]
    pub chart_data: bool,
}

impl Looks {
    /// As overrides of the scenario's own keys.
    pub fn overrides(&self) -> impl Iterator<Item = String> {
        // A JSON string is a TOML string.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let word = |key: &str, word: Option<&str>| {
            word.map(|word| format!("report.{key}={}", quoted(word)))
        };
        let names: Vec<String> = self.chart_names.iter().map(|name| quoted(name)).collect();
        [
            word("theme", self.theme.map(Theme::word)),
            word("size", self.size.map(Size::word)),
            self.dpi.map(|dpi| format!("report.dpi={dpi}")),
            (!names.is_empty()).then(|| format!("report.charts=[{}]", names.join(", "))),
            word("chart_title", self.title.as_deref()),
            word("chart_subtitle", self.subtitle.as_deref()),
            self.chart_data.then(|| "report.chart_data=true".to_owned()),
        ]
        .into_iter()
        .flatten()
    }

    /// The same without a scenario.
    pub fn asked(&self) -> request::Looks {
        request::Looks {
            theme: self.theme,
            size: self.size,
            dpi: self.dpi,
            chart_names: self.chart_names.clone(),
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            chart_data: self.chart_data,
        }
    }
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  capbind verify output/deal
  capbind verify output/deal output/deal-sweep --threads 4
  capbind verify output/deal --scenario deal.toml";

/// Make results again from their manifest and compare every file byte for byte
///
/// The manifest holds the scenario's text, the overrides and what was asked for.
/// A changed scenario, version or file is named; then the exit code is 1. Of several
/// folders one that cannot be checked is named too, and the others are still checked.
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub struct Verify {
    /// Folders that capbind has written: of runs and of studies
    #[arg(required = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,

    /// Also compare this scenario file with the text in the manifest
    #[arg(long, value_name = "SCENARIO.toml")]
    pub scenario: Option<PathBuf>,

    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

const NEW_EXAMPLES: &str = "\
Examples:
  capbind new deal
  capbind new deal --template royalty
  capbind new fund --template portfolio";

/// Write a commented scenario to start from
#[derive(Debug, Args)]
#[command(after_help = NEW_EXAMPLES)]
pub struct New {
    /// Name of the new file; .toml is added where it is missing
    #[arg(value_name = "NAME")]
    pub name: PathBuf,

    /// What it describes
    #[arg(long, value_parser = described::<Template>(), default_value = Template::Blank.word())]
    pub template: Template,

    /// Deals that the table of --template portfolio has
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(1..=MOST_DEALS as i64))]
    pub deals: u32,
}

worded! {
    /// The scenarios one can start from.
    pub enum Template {
        /// The usual terms with placeholders for your own figures
        Blank = "blank",
        /// A share of all revenue until a total cap or a date, on an annual plan
        OpenaiMicrosoft = "openai-microsoft",
        /// A synthetic royalty: a multiple of the price paid, higher if it takes longer
        Royalty = "royalty",
        /// Revenue-based financing: a share of revenue until a multiple of the advance
        Rbf = "rbf",
        /// An earn-out: contingent consideration, valued risk-neutrally too
        EarnOut = "earn-out",
        /// A portfolio: a table of made-up deals, and what they have in common
        Portfolio = "portfolio",
    }
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  capbind completions bash > ~/.local/share/bash-completion/completions/capbind
  capbind completions zsh > ~/.zfunc/_capbind";

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub struct Input {
    /// Scenario files; - reads one from standard input
    #[arg(required = true, value_name = "SCENARIO.toml")]
    pub scenarios: Vec<PathBuf>,

    /// Override a key of the scenario: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,
}

/// Whether results are only printed: where they are asked for as JSON or go to `-`.
pub fn is_only_printed(out: Option<&Path>, json: bool) -> bool {
    match out {
        Some(out) => out == Path::new("-"),
        None => json,
    }
}

/// Paths in all that may be asked for.
pub const PATHS: RangeInclusive<u64> = 1..=MOST_PATHS;

/// `1000000`, `1e6`, `1,000,000` or `1_000_000`.
pub fn paths(text: &str) -> Result<u64, String> {
    let wanted = || format!("a whole number from {} to {}", PATHS.start(), PATHS.end());
    let digits = text.replace([',', '_'], "");
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit());
    let whole = || {
        let number: f64 = digits.parse().ok()?;
        // Whole numbers up to the most permitted are exact.
        (number.fract() == 0.0 && number <= *PATHS.end() as f64).then_some(number as u64)
    };
    digits
        .parse()
        .ok()
        .or_else(whole)
        .filter(|number| is_number && PATHS.contains(number))
        .ok_or_else(wanted)
}

/// `0.1%` or `0.001`; the range is checked with the scenario's own key.
pub fn precision(text: &str) -> Result<f64, String> {
    let (digits, unit) = match text.trim().strip_suffix('%') {
        Some(digits) => (digits.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    let number: f64 = digits
        .parse()
        .map_err(|_| "write a percentage or a fraction: 0.1% or 0.001".to_owned())?;
    let value = number / unit;
    if value > 0.0 && value <= 0.1 {
        Ok(value)
    } else {
        Err("more than 0 and at most 10% is permitted".to_owned())
    }
}

pub fn assignment(text: &str) -> Result<String, String> {
    match scenario::assignment(text) {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok(text.to_owned()),
        _ => Err("write it as key=value with a dotted key, such as agreement.cap=40".to_owned()),
    }
}

/// `DATE=AMOUNT` as an inline table of a covenant.
fn covenant(text: &str) -> Result<String, String> {
    let read = text.split_once('=').and_then(|(date, amount)| {
        let date = Date::parse(date.trim())?;
        let amount: f64 = amount.trim().parse().ok()?;
        amount
            .is_finite()
            .then(|| format!("{{ by = {date}, paid = {amount:?} }}"))
    });
    read.ok_or_else(|| "write a day and an amount: 2027-12-31=5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_paths_are_written_as_people_write_them() {
        for text in ["1000000", "1e6", "1E6", "1_000_000", "1,000,000", "1.0e6"] {
            assert_eq!(paths(text), Ok(1_000_000), "{text}");
        }
        for text in ["0", "-1", "1.5", "1e-3", "1e13", "many", "inf", "nan", ""] {
            assert!(paths(text).is_err(), "{text}");
        }
    }
}
