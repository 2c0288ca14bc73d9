//! Many cases of one scenario. Their rows are streamed: a sweep has a door of its own.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Request, Study, StudyFiles};
use crate::Error;
use crate::artifacts::Figure;
use crate::report::{
    CaseGlance, CaseRows, Format, Manifest, Table, Value, failed_table, keep_rows, sweep_charts,
    sweep_columns, sweep_figures, sweep_findings, sweep_json, sweep_rows, sweep_text,
};
use crate::scenario::{Scenario, Style};
use crate::simulate::{Observer, Spread};
use crate::study::{self, Axis, BadCase, Base, CaseOutcome, Cases, StudyError, measures};
use crate::text::brief;
use crate::units::by_word;
pub use write::{CaseLines, Each, Finished, Lines, Place, WriteWith};

/// Problems shown before the rest is counted.
const MOST_SHOWN: usize = 10;

/// The numbers of each case that are shown and drawn.
pub type Glances = BTreeMap<u64, CaseGlance>;

/// Takes cases as they are evaluated.
pub type TakeOutcomes<'a, E> = dyn FnMut(Vec<CaseOutcome>) -> Result<(), E> + 'a;

/// Takes how many cases there are, the columns of their rows, and the rows of some of them,
/// case by case, as they are finished.
pub type TakeCases<'a> = dyn FnMut(u64, &[String], Vec<Vec<Vec<Value>>>) + 'a;

/// A grid, a design or a table of cases over any keys; where nothing of these is said, the
/// scenario's own `[sweep]`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sweep {
    /// Keys and their values, each `key=values`.
    pub vary: Vec<String>,
    /// How cases are spread over the ranges, instead of a grid.
    #[serde(default, with = "by_word::option")]
    pub design: Option<Spread>,
    /// Cases of a design.
    pub count: Option<u64>,
    /// The text of a table of cases.
    pub table: Option<String>,
    /// Measures of `summary.csv` that are reported besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<String>,
    /// Whether valid cases are evaluated where others are not.
    pub keep_going: bool,
    /// Formats of tables beside CSV, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<Format>,
    /// Whether there is a page.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report: bool,
    /// Whether charts are drawn.
    pub charts: bool,
    /// Paths, instead of the scenario's own.
    pub paths: Option<u64>,
}

impl Sweep {
    /// The formats of a table that is held whole: all but Parquet, to which cases are
    /// written as they are read.
    fn of_whole_tables(&self) -> impl Iterator<Item = Format> {
        let all = self.formats.iter().copied();
        all.filter(|format| *format != Format::Parquet)
    }

    /// Its cases: of a table, of a grid or a design, or of the scenario's own `[sweep]`.
    ///
    /// # Errors
    /// Where they cannot be read, or a design and its number of cases are not both said.
    pub fn cases(&self, scenario: &Scenario) -> Result<Cases, StudyError> {
        let refuse = |message: &str, hint: &str| Err(StudyError::new(message, hint));
        if let Some(text) = &self.table {
            return Cases::from_csv("the table of cases in it", text.as_bytes());
        }
        let file = scenario.sweep.clone().unwrap_or_default();
        let own = self.vary.is_empty() && self.count.is_none();
        let vary = if own { &file.vary } else { &self.vary };
        let count = if own { file.cases } else { self.count };
        let axes: Vec<Axis> = vary
            .iter()
            .map(|text| Axis::parse(text))
            .collect::<Result<_, _>>()?;
        let design = self.design.or(file.design.filter(|_| own));
        match (design, count) {
            (Some(design), Some(count)) => {
                let seed = scenario.settings.seed;
                Cases::design(&axes, design, count, seed)
            }
            (Some(_), None) => refuse("a design of how many cases?", "say it: --cases 200"),
            (None, Some(_)) => refuse(
                "a number of cases without a design",
                "add --design sobol or --design latin-hypercube; a grid has as many as its values make",
            ),
            (None, None) => Cases::grid(&axes),
        }
    }
}

impl Request for Sweep {
    const COMMAND: &'static str = "sweep";
    const FILES: StudyFiles = StudyFiles {
        tables: &["sweep.csv", "sweep.parquet", "failed.csv"],
        charts: &["median_date", "probability", "total"],
    };

    fn paths(&self) -> Option<u64> {
        self.paths
    }

    fn charts(&self) -> bool {
        self.charts
    }

    fn more_charts(study: &Study<Self>) -> Result<Vec<String>, Error> {
        let scenario = study.one()?;
        let measured = measures(&study.asked.measures, scenario)?;
        Ok(sweep_charts(scenario, &measured))
    }

    fn settled(study: Study<Self>) -> Result<Study<Self>, Error> {
        study.asked.formats.iter().try_for_each(|f| f.built())?;
        Ok(study)
    }
}

/// A sweep with all that decides its results.
#[derive(Debug)]
pub struct PosedSweep {
    /// What is evaluated.
    pub sweep: study::Sweep,
    /// Cases that are no valid scenarios.
    pub bad: Vec<BadCase>,
    /// What is asked.
    pub study: Study<Sweep>,
}

impl PosedSweep {
    /// The sweep of a scenario over these cases; refused where some are no valid scenarios,
    /// unless it is to keep going.
    ///
    /// # Errors
    /// Where something in it is not permitted.
    pub fn new(study: Study<Sweep>, cases: Cases) -> Result<Self, Error> {
        let mut posed = Self::unchecked(study, cases)?;
        posed.know(posed.sweep.check())?;
        Ok(posed)
    }

    /// The sweep of a scenario over the cases that it asks for.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(study: Study<Sweep>) -> Result<Self, Error> {
        let cases = study.asked.cases(study.one()?)?;
        Self::new(study, cases)
    }

    /// The same, its cases not looked at.
    ///
    /// # Errors
    /// Where something else in it is not permitted.
    pub fn kept(study: Study<Sweep>) -> Result<Self, Error> {
        let cases = study.asked.cases(study.one()?)?;
        Self::unchecked(study, cases)
    }

    fn unchecked(study: Study<Sweep>, cases: Cases) -> Result<Self, Error> {
        let (scenario, asked) = (study.one()?, &study.asked);
        for format in asked.of_whole_tables() {
            write::refuse_more_than_a_table(cases.len() + 1, format)?;
        }
        let base = Base::of(&study.origin, scenario);
        let measures = measures(&asked.measures, scenario)?;
        Ok(Self {
            sweep: study::Sweep::new(base, cases)?.with_measures(&measures)?,
            bad: Vec::new(),
            study,
        })
    }

    /// Refuses cases that are no valid scenarios, unless it is to keep going.
    ///
    /// # Errors
    /// Where there are such.
    pub fn permit(&self, bad: &[BadCase]) -> Result<(), StudyError> {
        match self.study.asked.keep_going || bad.is_empty() {
            true => Ok(()),
            false => Err(refused(&self.sweep, bad)),
        }
    }

    /// Leaves out all cases that are no valid scenarios, where that is permitted.
    ///
    /// # Errors
    /// As [`permit`](Self::permit).
    pub fn know(&mut self, mut bad: Vec<BadCase>) -> Result<(), StudyError> {
        bad.sort_by_key(|bad| bad.case);
        self.permit(&bad)?;
        if !bad.is_empty() {
            let count = count(bad.len());
            self.study.warnings.push(format!("{count}; see failed.csv"));
        }
        self.bad = bad;
        Ok(())
    }

    /// What is kept of cases: their lines, and what is shown and drawn.
    pub fn lines(&self, outcomes: &[CaseOutcome]) -> (CaseLines, Vec<(u64, CaseGlance)>) {
        let lines = outcomes.iter().map(|outcome| {
            let rows = sweep_rows(self.sweep.reference(), outcome);
            (outcome.case, keep_rows(&rows))
        });
        let glances = outcomes
            .iter()
            .map(|outcome| CaseGlance::of(&self.sweep, outcome));
        let glances = glances.map(|glance| (glance.case, glance));
        (lines.collect(), glances.collect())
    }

    /// Evaluates the cases that are not done yet.
    ///
    /// # Errors
    /// Those of `finished`, and where the observer says to stop.
    pub fn evaluate<E: From<Error>>(
        &self,
        done: &BTreeSet<u64>,
        observer: &dyn Observer,
        finished: &mut Finished<'_, E>,
    ) -> Result<(), E> {
        let mut done = done.clone();
        done.extend(self.bad.iter().map(|bad| bad.case));
        self.sweep.run(&done, observer, |outcomes| {
            let (lines, glances) = self.lines(&outcomes);
            finished(lines, glances)
        })
    }

    /// What is printed: what it finds, and its cases.
    pub fn text(&self, glances: &[CaseGlance]) -> String {
        let findings = sweep_findings(&self.sweep, glances).join("\n");
        format!("{findings}\n\n{}", sweep_text(&self.sweep, glances))
    }

    /// The same for scripts.
    pub fn json(&self, glances: &[CaseGlance], rows: &[CaseRows]) -> serde_json::Value {
        let findings = sweep_findings(&self.sweep, glances);
        sweep_json(&self.sweep, &findings, rows, &self.bad)
    }

    /// Its cases that are no valid scenarios, a line each, the first of them.
    pub fn refused(&self) -> String {
        list(&self.bad)
    }

    /// What it comes to where `each` gives its cases.
    ///
    /// # Errors
    /// Those of `each`.
    pub fn swept<E>(
        &self,
        take: &mut TakeCases<'_>,
        each: &mut dyn FnMut(&mut TakeOutcomes<'_, E>) -> Result<(), E>,
    ) -> Result<Swept, E> {
        let (sweep, bad) = (&self.sweep, &self.bad);
        let (reference, cases) = (sweep.reference(), sweep.cases());
        let all = cases.len() + 1 - bad.len() as u64;
        let columns = sweep_columns(cases);
        let mut glances = Glances::new();
        let mut lines = BTreeMap::new();
        let mut rows: Vec<CaseRows> = Vec::new();
        each(&mut |outcomes| {
            let seen = outcomes
                .iter()
                .map(|outcome| CaseGlance::of(sweep, outcome));
            glances.extend(seen.map(|glance| (glance.case, glance)));
            let some: Vec<_> = outcomes
                .iter()
                .map(|case| sweep_rows(reference, case))
                .collect();
            let numbers = outcomes.iter().map(|case| case.case);
            lines.extend(numbers.clone().zip(some.iter().map(|rows| keep_rows(rows))));
            rows.extend(numbers.zip(some.iter().cloned()));
            take(all, &columns, some);
            Ok(())
        })?;
        let seen: Vec<CaseGlance> = glances.values().cloned().collect();
        Ok(Swept {
            text: self.text(&seen),
            json: self.json(&seen, &rows),
            columns,
            failed: (!bad.is_empty()).then(|| failed_table(cases, bad)),
            figures: sweep_figures(sweep, &seen),
            style: reference.report.style,
            warnings: self.study.warnings.clone(),
            cases: SweptCases {
                manifest: self.manifest(),
                lines,
                glances,
            },
        })
    }

    /// Every file by name, the manifest among them, on the current thread pool.
    ///
    /// # Errors
    /// Where a chart, a page or a workbook cannot be made, or the observer says to stop.
    pub fn files(&self, observer: &dyn Observer) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let mut lines = BTreeMap::new();
        let mut glances = Glances::new();
        self.evaluate(&BTreeSet::new(), observer, &mut |cases, seen| {
            lines.extend(cases);
            glances.extend(seen);
            Ok::<(), Error>(())
        })?;
        self.files_of(&lines, glances, observer)
    }

    /// Every file from the lines of its cases.
    fn files_of(
        &self,
        lines: &BTreeMap<u64, Vec<u8>>,
        mut glances: Glances,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let each = |take: &mut Lines<'_, Error>| {
            let mut lines = lines.iter();
            lines.try_for_each(|(case, lines)| take(*case, lines))
        };
        let mut files = BTreeMap::new();
        self.write(&each, &mut glances, &mut files, observer)?;
        Ok(files)
    }
}

/// What a sweep comes to, beside the rows of its cases.
#[derive(Debug)]
pub struct Swept {
    /// For a terminal.
    pub text: String,
    /// For scripts.
    pub json: serde_json::Value,
    /// The columns of its rows.
    pub columns: Vec<String>,
    /// The cases that are no valid scenarios, where there are any.
    pub failed: Option<Table>,
    /// Charts, by name.
    pub figures: Vec<(String, Figure)>,
    /// How they look.
    pub style: Style,
    /// Warnings, as printed.
    pub warnings: Vec<String>,
    /// What its files are made of.
    pub cases: SweptCases,
}

/// The cases of a sweep as they are kept, and what made them.
#[derive(Debug)]
pub struct SweptCases {
    manifest: Manifest,
    lines: BTreeMap<u64, Vec<u8>>,
    glances: Glances,
}

impl SweptCases {
    /// Every file of the sweep, the manifest among them; no case is evaluated again.
    ///
    /// # Errors
    /// As [`PosedSweep::files`].
    pub fn files(&self, observer: &dyn Observer) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let posed = PosedSweep::of(Study::again(&self.manifest)?)?;
        posed.files_of(&self.lines, self.glances.clone(), observer)
    }
}

/// What the sweep that a manifest asks for comes to, on the current thread pool; `take` is
/// given its cases as they are finished.
///
/// ```
/// use capbind::request::{Study, Sweep, sweep};
/// use capbind::scenario::Scenario;
///
/// let text = r#"
///     timeline = { start = 2026-01-01, end = 2027-12-31, step = "quarter" }
///     revenue.gbm = { initial = 100, growth = 0.20, volatility = 0.30 }
///     agreement = { share = 0.05, cap = 8 }
///     simulation.points = 256
/// "#;
/// let scenario = Scenario::parse("royalty.toml", "royalty", text, &[])?;
/// let asked = Sweep { vary: vec!["agreement.cap=6,7".to_owned()], ..Sweep::default() };
/// let manifest = Study::of_one("royalty.toml".to_owned(), scenario, asked, &[]).manifest(Vec::new());
///
/// let mut cases = 0;
/// let swept = sweep(&manifest, &(), &mut |_, _, some| cases += some.len())?;
/// assert_eq!(cases, 3);
/// let files = swept.cases.files(&())?;
/// assert!(files["sweep.csv"].starts_with(b"case,agreement.cap,"));
/// # Ok::<(), capbind::Error>(())
/// ```
///
/// # Errors
/// Where the manifest cannot be used, or the observer says to stop.
pub fn sweep(
    manifest: &Manifest,
    observer: &dyn Observer,
    take: &mut TakeCases<'_>,
) -> Result<Swept, Error> {
    let posed = PosedSweep::of(Study::again(manifest)?)?;
    let left_out: BTreeSet<u64> = posed.bad.iter().map(|bad| bad.case).collect();
    posed.swept(take, &mut |outcomes: &mut TakeOutcomes<'_, Error>| {
        posed.sweep.run(&left_out, observer, outcomes)
    })
}

/// What is said where cases are no valid scenarios: the first in full, the others
/// by their keys.
fn refused(sweep: &study::Sweep, bad: &[BadCase]) -> StudyError {
    let first = sweep.scenario(bad[0].case).err();
    let full = match first {
        Some(Error::Invalid(problems)) => problems.render(false),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    StudyError {
        message: format!(
            "{}{}\n\n{}\n\n{}",
            count(bad.len()),
            if bad.len() == 1 { ":" } else { "; the first:" },
            full.trim_end(),
            list(bad)
        ),
        hint: "leave these values out, or evaluate the other cases with --keep-going".to_owned(),
    }
}

fn count(bad: usize) -> String {
    match bad {
        1 => "1 case is no valid scenario".to_owned(),
        bad => format!("{bad} cases are no valid scenarios"),
    }
}

fn list(bad: &[BadCase]) -> String {
    let shown = bad.iter().take(MOST_SHOWN).map(|bad| {
        let assignments: Vec<String> = bad.assignments.iter().map(|a| brief(a)).collect();
        let assignments = assignments.join(" ");
        format!("case {} ({assignments}): {}", bad.case, bad.problem)
    });
    let mut lines: Vec<String> = shown.collect();
    if bad.len() > MOST_SHOWN {
        lines.push(format!("and {} more", bad.len() - MOST_SHOWN));
    }
    lines.join("\n")
}
