//! A scenario: the TOML as written, resolved into the domain, with errors that
//! say where, what and what to try.
//!
//! The way in is [`Scenario::load`]. The file as written and its resolution are
//! two forms: defaults are filled once, here, and nothing is validated later.

mod actuals;
mod agreement;
mod amounts;
mod attached;
mod checked;
mod clauses;
mod correlation;
mod diagnostics;
mod distributions;
mod ends;
mod file;
mod keys;
mod overrides;
mod placed;
mod reading;
mod reporting;
mod resolve;
mod revenue;
mod rows;
mod schema;
mod shipped;
mod source;
mod sweep;
mod syntax;
mod valuation;
mod wording;
mod written;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use toml::de::DeTable;

pub use correlation::Correlated;
pub use diagnostics::{Problem, Problems, ScenarioError};
pub use keys::permitted;
pub use schema::schema;
pub use shipped::{SHIPPED, Shipped, shipped};
pub use written::WrittenKey;

use crate::agreement::Contract;
use crate::revenue::Model;
use crate::simulate::{Question, Settings, Simulation, Spread};
use crate::units::{Date, Input, Money, ReportingYear, Style, Timeline};
use crate::valuation::Valuation;
use source::Source;

/// The largest scenario file, in bytes: a thousand times a long one.
pub const LARGEST_FILE: u64 = 4 << 20;

/// A scenario with everything filled in and checked.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// Where its figures come from.
    pub sources: Vec<String>,
    /// Currency and unit of every amount.
    pub money: Money,
    /// The grid.
    pub timeline: Timeline,
    /// Scalars drawn once per path.
    pub inputs: Vec<Input>,
    /// Pairs of inputs and of segments that move together.
    pub correlations: Vec<Correlated>,
    /// The revenue model on the grid.
    pub model: Model,
    /// The contracts on the grid, at least one; the first is the primary one.
    pub contracts: Vec<Contract>,
    /// Paths, sampler, seed.
    pub settings: Settings,
    /// The precision the number of points is to be chosen by, if any.
    pub precision: Option<Precision>,
    /// How present values are taken, if at all.
    pub valuation: Option<Valuation>,
    /// What to report.
    pub report: ReportSettings,
    /// The sweep the file asks for, if any.
    pub sweep: Option<SweepAsked>,
    /// Keys the file leaves out and the values taken for them.
    pub defaults: Vec<(String, String)>,
    /// Name of the file, without folder and extension.
    pub stem: String,
    /// Every key the file and the overrides give, as written, with its remark.
    pub written: Vec<WrittenKey>,
    /// The file's text.
    pub text: String,
    /// Overrides in the order given, as `key=value`.
    pub overrides: Vec<String>,
    years: Vec<Vec<ReportingYear>>,
}

/// `[sweep]`: the cases that `capbind sweep` evaluates where its command line names
/// none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepAsked {
    /// Keys with their values, as [`Axis`](crate::study::Axis) reads them.
    pub vary: Vec<String>,
    /// How cases are spread over ranges; a grid where there is none.
    pub design: Option<Spread>,
    /// How many cases a design has.
    pub cases: Option<u64>,
}

/// A precision wanted instead of a number of points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Largest standard error: relative for amounts, absolute for probabilities.
    pub wanted: f64,
    /// Points per replicate at which the search ends.
    pub most_points: u64,
}

/// What to report.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportSettings {
    /// Percentiles of every quantity, in percent, ascending.
    pub percentiles: Vec<f64>,
    /// The last month of the fiscal year, 1 to 12, if one is reported.
    pub fiscal_year_ends: Option<i8>,
    /// Dates to mark.
    pub milestones: Vec<Milestone>,
    /// How charts are to look.
    pub style: Style,
    /// Revenue reported before the timeline, for charts alone.
    pub history: Vec<Past>,
}

/// Revenue of a stretch of days before the timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Past {
    /// First day.
    pub first_day: Date,
    /// Last day.
    pub last_day: Date,
    /// Revenue of the stretch, 0 or more.
    pub revenue: f64,
}

/// A date to mark in charts and in the summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// The date.
    pub date: Date,
    /// What happens then.
    pub label: String,
}

impl Scenario {
    /// Reads and resolves a scenario file; each override is `key=value` with a
    /// dotted key and replaces what the file says.
    ///
    /// # Errors
    /// [`ScenarioError::Unreadable`] where there is no such text file,
    /// [`ScenarioError::Invalid`] where it says something not permitted.
    pub fn load(path: &Path, overrides: &[String]) -> Result<Self, ScenarioError> {
        let text = read(path, &SCENARIO).map_err(|reason| ScenarioError::Unreadable {
            path: path.to_owned(),
            reason,
        })?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let origin = path.display().to_string();
        let mut overrides = overrides.to_vec();
        let mut unread = Vec::new();
        for file in Source::with(&origin, &text, &overrides).files() {
            match read(&path.with_file_name(&file.name), &TABLE) {
                Ok(text) => {
                    overrides.push(attached::assignment(&file.address, &file.name, &text));
                }
                Err(reason) => unread.push(file.unread(reason)),
            }
        }
        Self::parse_on(&[], &origin, &stem, &text, &overrides, unread)
    }

    /// Resolves the text of a scenario file that errors call `origin`; `stem`
    /// stands in for a missing title.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] where it says something not permitted.
    pub fn parse(
        origin: &str,
        stem: &str,
        text: &str,
        overrides: &[String],
    ) -> Result<Self, ScenarioError> {
        Self::parse_on(&[], origin, stem, text, overrides, Vec::new())
    }

    /// The same scenario with its first inputs those of these names, used or not:
    /// scenarios that are given the same names draw them alike.
    ///
    /// # Panics
    /// If fields were changed so that its text no longer reads as a scenario.
    #[must_use]
    pub fn on_inputs(&self, names: &[String]) -> Self {
        let stem = &self.stem;
        let again = Self::parse_on(names, stem, stem, &self.text, &self.overrides, Vec::new());
        let again = again.expect("what was read once can be read again");
        Self {
            settings: self.settings,
            precision: self.precision,
            ..again
        }
    }

    fn parse_on(
        reserved: &[String],
        origin: &str,
        stem: &str,
        text: &str,
        overrides: &[String],
        unread: Vec<Problem>,
    ) -> Result<Self, ScenarioError> {
        let source = Source::with(origin, text, overrides);
        let refuse = |mut problems: Vec<Problem>| {
            problems.sort_by_key(|problem| problem.span.start);
            ScenarioError::Invalid(Box::new(Problems {
                problems,
                source: source.clone(),
            }))
        };
        let texts = source.padded();
        let mut document = DeTable::new();
        for text in &texts {
            let parsed = DeTable::parse(text)
                .map_err(|error| refuse(vec![syntax::problem(&error, text)]))?;
            overrides::merge(&mut document, parsed.into_inner())
                .map_err(|problem| refuse(vec![*problem]))?;
        }
        let written = written::keys(&document, &source);
        let (file, problems) = reading::read(document);
        let problems = [problems, unread].concat();
        let Some(file) = file else {
            return Err(refuse(problems));
        };
        let mut scenario =
            resolve::resolve(file, stem, &source, problems, reserved).map_err(refuse)?;
        scenario.stem = stem.to_owned();
        scenario.written = written;
        scenario.text = text.to_owned();
        scenario.overrides = overrides.to_vec();
        Ok(scenario)
    }

    /// The overrides that are changes, without the text of files read beside it.
    pub fn changes(&self) -> impl Iterator<Item = &str> {
        let changes = self.overrides.iter().map(String::as_str);
        changes.filter(|change| attached::text_of(change).is_none())
    }

    /// The names of the files read beside it, as it names them.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let overrides = self.overrides.iter();
        overrides.filter_map(|change| attached::text_of(change).map(|(name, _)| name))
    }

    /// The primary contract: the first.
    pub fn primary(&self) -> &Contract {
        &self.contracts[0]
    }

    /// The reporting years of each calendar: calendar years, then fiscal years
    /// where they are asked for.
    pub fn calendars(&self) -> &[Vec<ReportingYear>] {
        &self.years
    }

    /// What this scenario asks, without its text: for workers elsewhere.
    pub fn question(&self) -> Question {
        self.simulation().question()
    }

    /// The run this scenario asks for.
    pub fn simulation(&self) -> Simulation<'_> {
        Simulation {
            timeline: &self.timeline,
            model: &self.model,
            inputs: &self.inputs,
            contracts: &self.contracts,
            valuation: self.valuation.as_ref(),
            calendars: &self.years,
            settings: self.settings,
            ordering: None,
        }
    }
}

/// The names of the files beside a scenario whose text overrides hold and that have
/// another text now, or none.
pub fn changed_files(scenario: &Path, overrides: &[String]) -> Vec<String> {
    let changed = overrides.iter().filter_map(|held| {
        let (name, _) = attached::text_of(held)?;
        let now = read(&scenario.with_file_name(name), &TABLE).ok();
        let (address, _) = held.split_once('=')?;
        let same = now.is_some_and(|now| attached::assignment(address, name, &now) == *held);
        (!same).then(|| name.to_owned())
    });
    changed.collect()
}

/// How the reasons why a file cannot be read call it.
struct Wanted {
    folder: &'static str,
    large: &'static str,
    empty: &'static str,
}

const SCENARIO: Wanted = Wanted {
    folder: "it is a folder; name a scenario file in it",
    large: "far too large for a scenario; is it the right file?",
    empty: "it is empty; a scenario needs at least [timeline], [revenue.…] and [agreement]",
};
const TABLE: Wanted = Wanted {
    folder: "it is a folder; name a CSV file in it",
    large: "far too large for a table; is it the right file?",
    empty: "it is empty; a table needs a header and rows",
};

/// The text of a file, or why it cannot be had and what to try.
fn read(path: &Path, wanted: &Wanted) -> Result<String, String> {
    let reason = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file; check the path".to_owned(),
        std::io::ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        _ => error.to_string(),
    };
    let metadata = std::fs::metadata(path).map_err(reason)?;
    if metadata.is_dir() {
        return Err(wanted.folder.to_owned());
    }
    let too_large = format!(
        "it is larger than {} MB, {}",
        LARGEST_FILE >> 20,
        wanted.large
    );
    if metadata.len() > LARGEST_FILE {
        return Err(too_large);
    }
    let mut bytes = Vec::new();
    // The limit also holds for what has no length, such as a pipe.
    let file = File::open(path).map_err(reason)?;
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(reason)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(too_large);
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("it is not UTF-8 text (byte {at}); save it as UTF-8")
    })?;
    // Some editors begin a file with a mark that is no part of its text.
    let text = match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    };
    if text.trim().is_empty() {
        return Err(wanted.empty.to_owned());
    }
    Ok(text)
}
