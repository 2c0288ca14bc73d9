//! A scenario: the TOML as written, resolved into the domain, with errors that
//! say where, what and what to try.
//!
//! The way in is [`Scenario::load`]. The file as written and its resolution are
//! two forms: defaults are filled once, here, and nothing is validated later.

mod actuals;
mod agreement;
mod amounts;
mod attached;
mod caps;
mod cases;
mod checked;
mod clauses;
mod controls;
mod correlation;
mod diagnostics;
mod dialect;
mod distributions;
mod doubt;
mod ends;
mod file;
pub mod input;
mod keys;
mod merged;
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
mod style;
mod sweep;
mod syntax;
mod upfront;
mod valuation;
mod wording;
mod written;

use std::path::Path;

pub use attached::Attached;
pub use cases::Case;
pub use controls::{Control, Form};
pub use correlation::Correlated;
pub use diagnostics::{Located, Problem, ProblemKind, Problems};
pub(crate) use dialect::{Dialect, head, trimmed};
pub use doubt::Doubt;
pub use input::{Disk, Files};
pub use keys::permitted;
pub use overrides::{assignment, is_key};
pub use reporting::CalendarKind;
pub use schema::schema;
pub use shipped::{SHIPPED, Shipped, shipped};
pub use style::{ChartOptions, LEAST_DPI, MOST_DPI, PIXELS_PER_INCH, Size, Style, Theme};
pub use wording::nearest;
pub use written::{Change, WrittenKey};

use crate::Error;
use crate::agreement::{Agreement, Contract};
use crate::revenue::Model;
use crate::simulate::{CaseResults, Question, Results, Settings, Simulation, Spread};
use crate::units::{Date, Input, Money, ReportingYear, Timeline};
use crate::valuation::Valuation;
use input::Wanted;
use source::Source;

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
    /// The agreements as written, at least one.
    pub agreements: Vec<Agreement>,
    /// The same on the grid, without what changes nothing in them; the first is the
    /// primary one.
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
    /// The cases whose mixture it is, with probabilities that add up to one; none of a
    /// scenario that is one alone. Agreements, revenue and valuation beside it are those of
    /// the first case.
    pub cases: Vec<Case>,
    /// Keys the file leaves out and the values taken for them.
    pub defaults: Vec<(String, String)>,
    /// Rates that were probably written as percentages.
    pub doubts: Vec<Doubt>,
    /// Name of the file, without folder and extension.
    pub stem: String,
    /// Every key the file and the overrides give, as written, with its remark.
    pub written: Vec<WrittenKey>,
    /// What the overrides change, with the values of the file.
    pub changes: Vec<Change>,
    /// The file's text.
    pub text: String,
    /// Overrides in the order given, as `key=value`.
    pub overrides: Vec<String>,
    /// The files that it names, as they were read.
    pub attached: Vec<Attached>,
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
    /// Amounts that are to have been paid by a day.
    pub covenants: Vec<Covenant>,
    /// How charts are to look.
    pub style: Style,
    /// Which charts are drawn, and with what words.
    pub charts: ChartOptions,
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

/// An amount that is to have been paid by a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Covenant {
    /// The day.
    pub by: Date,
    /// What is to have been paid since the timeline's start, more than 0.
    pub paid: f64,
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
    /// Reads and resolves a scenario file, `-` for standard input, and the files beside it
    /// that it names; each override is `key=value` with a dotted key and replaces what the
    /// file says.
    ///
    /// # Errors
    /// [`Error::Unreadable`] where there is no such text file, [`Error::Invalid`] where
    /// it says something not permitted.
    pub fn load(path: &Path, overrides: &[String]) -> Result<Self, Error> {
        let given = path == Path::new("-");
        // What standard input names stands in the working folder.
        let beside = if given { Path::new("stdin") } else { path };
        let stem = beside.file_stem().unwrap_or_default().to_string_lossy();
        let path = if given { Path::new("/dev/stdin") } else { path };
        const TABLES: &str = "at least [timeline], [revenue.…] and [agreement]";
        let text = input::bytes(path, &Wanted::SCENARIO)
            .and_then(|bytes| input::full_text(bytes, &Wanted::SCENARIO, TABLES))
            .map_err(|reason| Error::Unreadable {
                path: path.to_owned(),
                reason,
            })?;
        let origin = path.display().to_string();
        Self::read(&origin, &stem, &text, overrides, &Disk::beside(beside))
    }

    /// Resolves the text of a scenario file that errors call `origin`; `stem`
    /// stands in for a missing title. No file is read beside it.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it says something not permitted.
    pub fn parse(
        origin: &str,
        stem: &str,
        text: &str,
        overrides: &[String],
    ) -> Result<Self, Error> {
        Self::read(origin, stem, text, overrides, &())
    }

    /// As [`parse`](Self::parse), with the [`Files`] that it may name.
    ///
    /// ```
    /// # use capbind::scenario::{Scenario, shipped};
    /// # use std::collections::BTreeMap;
    /// # let text = shipped("scenarios/textbook-gbm.toml").unwrap().text;
    /// let rows = "period_start,period_end,revenue\n2026-01-01,2026-03-31,24.5\n";
    /// let files = BTreeMap::from([("reported.csv".to_owned(), rows.as_bytes().to_vec())]);
    /// let changes = [r#"actuals.file="reported.csv""#.to_owned()];
    /// let scenario = Scenario::read("royalty.toml", "royalty", text, &changes, &files);
    /// # let _ = scenario;
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`] where it or one of them says something not permitted.
    pub fn read(
        origin: &str,
        stem: &str,
        text: &str,
        overrides: &[String],
        files: &dyn Files,
    ) -> Result<Self, Error> {
        let mut attached: Vec<Attached> = Vec::new();
        let mut unread = Vec::new();
        for file in named_files(origin, text, overrides) {
            let name = file.name.clone();
            if attached.iter().any(|other| other.name == name) {
                continue;
            }
            match read_table(files, &name) {
                Ok(text) => attached.push(Attached { name, text }),
                Err(reason) => unread.push(file.unread(reason)),
            }
        }
        Self::parse_on(&[], origin, stem, text, (overrides, &attached), unread)
    }

    /// The same scenario with its first inputs those of these names, used or not:
    /// scenarios that are given the same names draw them alike.
    ///
    /// # Errors
    /// [`Error::Invalid`] where fields were changed so that its text no longer reads as
    /// a scenario.
    pub fn on_inputs(&self, names: &[String]) -> Result<Self, Error> {
        let stem = &self.stem;
        let given = (self.overrides.as_slice(), self.attached.as_slice());
        Ok(Self {
            settings: self.settings,
            precision: self.precision,
            ..Self::parse_on(names, stem, stem, &self.text, given, Vec::new())?
        })
    }

    fn parse_on(
        reserved: &[String],
        origin: &str,
        stem: &str,
        text: &str,
        (overrides, attached): (&[String], &[Attached]),
        unread: Vec<Problem>,
    ) -> Result<Self, Error> {
        let source = Source::new(origin, text, overrides, attached);
        let refuse = |mut problems: Vec<Problem>| {
            problems.sort_by_key(|problem| problem.span.start);
            Error::Invalid(Box::new(Problems {
                problems,
                source: source.clone(),
            }))
        };
        let document = source
            .document()
            .map_err(|problem| refuse(vec![*problem]))?;
        let written = written::keys(&document, &source);
        let (file, problems) = reading::read(document);
        let problems = [problems, unread].concat();
        let Some(file) = file else {
            return Err(refuse(problems));
        };
        let (mut scenario, named) =
            resolve::resolve(file, stem, &source, problems, reserved).map_err(refuse)?;
        let within = |names: &[String], problem_of: &dyn Fn(&str, String) -> Error| {
            let case = |own: &cases::Named| {
                let overrides = [overrides, &[cases::taking(&own.name)]].concat();
                let given = (overrides.as_slice(), attached);
                let scenario = Self::parse_on(names, origin, stem, text, given, Vec::new())
                    .map_err(|error| of_case(error, &own.name))?;
                Ok(Case {
                    name: own.name.clone(),
                    probability: own.probability,
                    scenario,
                })
            };
            let cases: Result<Vec<Case>, Error> = named.iter().map(case).collect();
            let cases = cases?;
            let unlike = cases
                .iter()
                .find_map(|case| Some((&case.name, cases::unlike(&scenario, &case.scenario)?)));
            match unlike {
                Some((name, why)) => Err(problem_of(name, why)),
                None => Ok(cases),
            }
        };
        let unlike = |name: &str, why: String| {
            let own = named.iter().find(|own| own.name == name);
            refuse(vec![Problem {
                span: own.map_or(0..0, |own| own.span.clone()),
                key: vec![cases::KEY.to_owned(), "set".to_owned()],
                message: format!("the case {name:?} is another agreement"),
                label: why,
                hint: Some("make a scenario of its own of it, and compare the two".to_owned()),
                kind: ProblemKind::Other,
            }])
        };
        let mut members = within(reserved, &unlike)?;
        // Path by path, cases are drawn alike: an input that one of them adds moves no
        // draw of the others.
        let mut names: Vec<String> = reserved.to_vec();
        for input in members.iter().flat_map(|case| &case.scenario.inputs) {
            if !names.contains(&input.name) {
                names.push(input.name.clone());
            }
        }
        let has_all = |case: &Case| case.scenario.inputs.len() == names.len();
        if !members.iter().all(has_all) {
            members = within(&names, &unlike)?;
        }
        if let Some(Case {
            scenario: first, ..
        }) = members.first()
        {
            scenario.inputs.clone_from(&first.inputs);
            scenario.correlations.clone_from(&first.correlations);
            scenario.model.clone_from(&first.model);
            scenario.agreements.clone_from(&first.agreements);
            scenario.contracts.clone_from(&first.contracts);
            scenario.valuation.clone_from(&first.valuation);
        }
        scenario.cases = members;
        scenario.stem = stem.to_owned();
        scenario.changes = changes(origin, text, overrides, &written);
        scenario.written = written;
        scenario.text = text.to_owned();
        scenario.overrides = overrides.to_vec();
        scenario.attached = attached.to_vec();
        Ok(scenario)
    }

    /// The primary contract: the first.
    pub fn primary(&self) -> &Contract {
        &self.contracts[0]
    }

    /// What is said of the agreement at a position, where it is the same in all cases;
    /// `None` where cases differ in it.
    pub fn in_all_cases<T: PartialEq>(
        &self,
        agreement: usize,
        of: impl Fn(&Self, &Contract) -> T,
    ) -> Option<T> {
        let own = of(self, &self.contracts[agreement]);
        let mut cases = self.cases.iter().map(|case| &case.scenario);
        let is_same = cases.all(|case| of(case, &case.contracts[agreement]) == own);
        is_same.then_some(own)
    }

    /// The reporting years of each calendar: calendar years, then fiscal years
    /// where they are asked for.
    pub fn calendars(&self) -> &[Vec<ReportingYear>] {
        &self.years
    }

    /// The value of a dotted key as written, in TOML, where the scenario has one.
    pub fn written_value(&self, key: &str) -> Option<&str> {
        let (table, key) = key.rsplit_once('.').unwrap_or(("", key));
        let mut written = self.written.iter();
        let found = written.find(|own| own.table == table && own.key == key);
        found.map(|own| own.value.as_str())
    }

    /// What this scenario asks, without its text: for workers elsewhere. Of one with
    /// cases, what the first asks: each of [`simulations`](Self::simulations) is a run of
    /// its own, and [`mixed`](Self::mixed) makes one of their results.
    pub fn question(&self) -> Question {
        self.simulation().question()
    }

    /// The runs that this scenario asks for: one, or one for each of its cases, all with
    /// its own number of points.
    pub fn simulations(&self) -> Vec<Simulation<'_>> {
        if self.cases.is_empty() {
            return vec![self.simulation()];
        }
        let cases = self.cases.iter().map(|case| Simulation {
            settings: self.settings,
            ..case.scenario.simulation()
        });
        cases.collect()
    }

    /// The results of these runs, in their order, as those of the scenario.
    ///
    /// # Panics
    /// Where there are not as many.
    pub fn mixed(&self, mut results: Vec<Results>) -> Results {
        assert_eq!(
            results.len(),
            self.cases.len().max(1),
            "a result for each run"
        );
        match self.cases.as_slice() {
            [] => results.remove(0),
            cases => Results::mix(
                cases
                    .iter()
                    .zip(results)
                    .map(|(case, results)| CaseResults {
                        name: case.name.clone(),
                        probability: case.probability,
                        results,
                    })
                    .collect(),
            ),
        }
    }

    /// The run this scenario asks for; of one with cases, that of the first.
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

/// The problems of a case, which say whose they are.
fn of_case(error: Error, name: &str) -> Error {
    match error {
        Error::Invalid(mut problems) => {
            for problem in &mut problems.problems {
                problem.message = format!("{}, in the case {name:?}", problem.message);
            }
            Error::Invalid(problems)
        }
        other => other,
    }
}

/// The files that a scenario names, in its cases too.
fn named_files(origin: &str, text: &str, overrides: &[String]) -> Vec<attached::Named> {
    let whole = Source::new(origin, text, overrides, &[]);
    let names = whole
        .document()
        .map_or_else(|_| Vec::new(), |document| cases::names(&document));
    let of_case = |name: &String| {
        let overrides = [overrides, &[cases::taking(name)]].concat();
        Source::new(origin, text, &overrides, &[]).files()
    };
    let mut files = whole.files();
    files.extend(names.iter().flat_map(of_case));
    files
}

/// What overrides change of a file.
fn changes(origin: &str, text: &str, overrides: &[String], written: &[WrittenKey]) -> Vec<Change> {
    if overrides.is_empty() {
        return Vec::new();
    }
    let alone = Source::new(origin, text, &[], &[]);
    let own = alone.document().map(|file| written::keys(&file, &alone));
    let taken = overrides
        .iter()
        .rev()
        .find_map(|given| cases::taken_by(given));
    let taken = taken.map(|name| Change {
        key: cases::KEY.to_owned(),
        value: name,
        file: Some("all cases by their probabilities".to_owned()),
    });
    let others = written::changes(written, &own.unwrap_or_default());
    taken.into_iter().chain(others).collect()
}

/// The names of the files beside a scenario that have another text now, or none.
pub fn changed_files<'a>(scenario: &Path, attached: &'a [Attached]) -> Vec<&'a str> {
    let beside = Disk::beside(scenario);
    let changed = attached.iter().filter(|held| {
        let now = read_table(&beside, &held.name);
        now.as_ref() != Ok(&held.text)
    });
    changed.map(|held| held.name.as_str()).collect()
}

/// The text of a table that a scenario names.
fn read_table(files: &dyn Files, name: &str) -> Result<String, String> {
    let bytes = files.read(name, &Wanted::TABLE)?;
    input::full_text(bytes, &Wanted::TABLE, "a header and rows")
}
