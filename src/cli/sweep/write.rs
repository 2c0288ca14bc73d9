//! What a sweep comes to, and its files.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Asked, Glances, Job, cases, refused, text};
use crate::artifacts::{StudyPage, drawn};
use crate::cli::CliError;
use crate::cli::folder::{MANIFEST, Place};
use crate::report::{
    CaseGlance, CsvTable, FileEntry, Format, MOST_LINES, Manifest, Table, Value, csv_files,
    failed_table, keep_rows, kept_rows, sha256, sweep_columns, sweep_figures, sweep_rows,
};
use crate::request::Study;
use crate::simulate::Observer;
use crate::study::{BadCase, Base, CaseOutcome, Cases, Sweep, measures};

/// Takes the lines of a case.
pub type Lines<'a> = dyn FnMut(u64, &[u8]) -> Result<(), CliError> + 'a;
/// Gives the lines of every case in the order of their numbers.
pub type Each<'a> = dyn Fn(&mut Lines<'_>) -> Result<(), CliError> + 'a;
/// The lines of cases, by number.
pub type CaseLines = Vec<(u64, Vec<u8>)>;
/// Takes cases as they are finished: their lines, and what is shown and drawn.
type Finished<'a> = dyn FnMut(CaseLines, Vec<(u64, CaseGlance)>) -> Result<(), CliError> + 'a;

impl Job {
    /// The sweep of a scenario; refused where cases are no valid scenarios, unless
    /// it is to keep going.
    pub fn new(study: Study<Asked>, cases: Cases) -> Result<Self, CliError> {
        let mut job = Self::unchecked(study, cases)?;
        job.know(job.sweep.check())?;
        Ok(job)
    }

    /// The sweep that a manifest or a plan asks for, its cases not looked at.
    pub fn kept(study: Study<Asked>) -> Result<Self, CliError> {
        let cases = match &study.asked.table {
            Some(text) => Cases::from_csv("the table of cases in it", text.as_bytes())?,
            None => cases(&study.asked, study.one()?)?,
        };
        Self::unchecked(study, cases)
    }

    fn unchecked(study: Study<Asked>, cases: Cases) -> Result<Self, CliError> {
        let (scenario, asked) = (study.one()?, &study.asked);
        for format in asked.of_whole_tables() {
            refuse_more_than_a_table(cases.len() + 1, format)?;
        }
        let base = Base::of(&study.origin, scenario);
        let measures = measures(&asked.measures, scenario)?;
        Ok(Self {
            sweep: Sweep::new(base, cases)?.with_measures(&measures)?,
            bad: Vec::new(),
            study,
        })
    }

    /// Refuses cases that are no valid scenarios, unless it is to keep going.
    ///
    /// # Errors
    /// Where there are such.
    pub fn permit(&self, bad: &[BadCase]) -> Result<(), CliError> {
        match self.study.asked.keep_going || bad.is_empty() {
            true => Ok(()),
            false => Err(refused(&self.sweep, bad)),
        }
    }

    /// Leaves out all cases that are no valid scenarios, where that is permitted.
    ///
    /// # Errors
    /// As [`permit`](Self::permit).
    pub fn know(&mut self, mut bad: Vec<BadCase>) -> Result<(), CliError> {
        bad.sort_by_key(|bad| bad.case);
        self.permit(&bad)?;
        if !bad.is_empty() {
            let count = super::count(bad.len());
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

    /// A hash of all that the cases' lines depend on.
    pub fn hash(&self) -> String {
        let reference = self.sweep.reference();
        let cases = self.sweep.cases();
        let mut text = json!([
            env!("CARGO_PKG_VERSION"),
            reference.text,
            reference.overrides,
            reference.attached,
            cases.keys(),
            self.study.asked.measures,
        ])
        .to_string();
        for case in 1..=cases.len() {
            text.push_str(&json!(cases.values(case)).to_string());
        }
        sha256(text.as_bytes())
    }

    /// Evaluates the cases that are not done yet.
    pub fn evaluate(
        &self,
        done: &BTreeSet<u64>,
        observer: &dyn Observer,
        finished: &mut Finished<'_>,
    ) -> Result<(), CliError> {
        let mut done = done.clone();
        done.extend(self.bad.iter().map(|bad| bad.case));
        self.sweep.run(&done, observer, |outcomes| {
            let (lines, glances) = self.lines(&outcomes);
            finished(lines, glances)
        })
    }

    /// Writes every file, the manifest last, unless the observer says to stop.
    pub fn write(
        &self,
        each: &Each<'_>,
        glances: &mut Glances,
        place: &mut dyn Place,
        observer: &dyn Observer,
    ) -> Result<Manifest, CliError> {
        let cases = self.sweep.cases();
        let mut manifest = self.manifest();
        let keys = cases.keys().len();
        let sha256 = place.write_with("sweep.csv", &mut |out| {
            let mut table = CsvTable::to(out, "sweep.csv", sweep_columns(cases));
            let read = each(&mut |case, kept| {
                let rows = read_back(keys, kept)?;
                rows.iter().for_each(|row| table.push(row));
                // What an earlier part of the sweep has finished is read again.
                if !glances.contains_key(&case) {
                    glances.extend(
                        CaseGlance::of_rows(&self.sweep, &rows).map(|glance| (case, glance)),
                    );
                }
                Ok(())
            });
            read.map_err(|error| std::io::Error::other(error.to_string()))?;
            table.finish().map(|_| ()).map_err(std::io::Error::other)
        })?;
        manifest.files.push(FileEntry {
            name: "sweep.csv".to_owned(),
            sha256,
        });
        if self.study.asked.formats.contains(&Format::Parquet) {
            manifest.files.extend(write_parquet(cases, each, place)?);
        }
        let mut tables = Vec::new();
        if !self.bad.is_empty() {
            tables.push(failed_table(cases, &self.bad));
        }
        let mut files = csv_files(&tables)?;
        let reference = self.sweep.reference();
        let glances: Vec<CaseGlance> = glances.values().cloned().collect();
        let figures = match self.study.asked.charts {
            true => sweep_figures(&self.sweep, &glances),
            false => Vec::new(),
        };
        let looks = &reference.report;
        let is_whole = self.study.asked.of_whole_tables().next().is_some();
        if self.study.asked.report || is_whole {
            tables.insert(0, self.table(each, is_whole)?);
            let page = StudyPage {
                title: &reference.title,
                text: &text(&self.sweep, &glances),
                figures: &figures,
                options: &looks.charts,
                tables: &tables,
            };
            files.extend(page.files(&manifest, observer)?);
        }
        files.extend(drawn(figures, looks.style, &looks.charts, observer)?);
        for (name, bytes) in &files {
            place.write(name, bytes)?;
            manifest.files.push(FileEntry::new(name, bytes));
        }
        place.write(MANIFEST, &manifest.to_bytes())?;
        Ok(manifest)
    }

    /// The table of cases, whole or the part of it that a page shows.
    fn table(&self, each: &Each<'_>, is_whole: bool) -> Result<Table, CliError> {
        let columns = sweep_columns(self.sweep.cases());
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new("sweep", &columns, &[]);
        each(&mut |_, kept| {
            // One more than a page shows, so that it says that there are more.
            if is_whole || table.rows.len() <= MOST_LINES {
                table.rows.extend(self.rows(kept)?);
            }
            Ok(())
        })?;
        Ok(table)
    }

    /// The lines of a case as they were kept.
    pub fn rows(&self, kept: &[u8]) -> Result<Vec<Vec<Value>>, CliError> {
        read_back(self.sweep.cases().keys().len(), kept)
    }

    /// What made the sweep, no file yet.
    pub fn manifest(&self) -> Manifest {
        let asked = &self.study.asked;
        Manifest {
            report: asked.report,
            formats: asked.of_whole_tables().collect(),
            ..self.study.manifest(Vec::new())
        }
    }
}

/// Refuses more cases than a sheet takes, before any is evaluated.
fn refuse_more_than_a_table(cases: u64, format: Format) -> Result<(), CliError> {
    /// A sheet has about a million rows, a case a dozen and more with several agreements.
    const MOST_CASES: u64 = 20_000;
    if cases <= MOST_CASES {
        return Ok(());
    }
    Err(CliError::Argument {
        message: format!(
            "{cases} cases are more than --format {} takes",
            format.word()
        ),
        hint: format!("at most {MOST_CASES}; sweep.csv has them all"),
    })
}

/// The lines of a case as they were kept.
fn read_back(keys: usize, kept: &[u8]) -> Result<Vec<Vec<Value>>, CliError> {
    kept_rows(keys, kept).ok_or_else(|| CliError::Argument {
        message: "the cases kept by an earlier sweep cannot be read".to_owned(),
        hint: "leave --resume out to begin anew".to_owned(),
    })
}

/// `sweep.parquet` beside `sweep.csv`.
#[cfg(feature = "parquet")]
fn write_parquet(
    cases: &Cases,
    each: &Each<'_>,
    place: &mut dyn Place,
) -> Result<Option<FileEntry>, CliError> {
    use crate::report::{Kind, ParquetTable};
    let keys: Vec<Kind> = (0..cases.keys().len())
        .map(|key| kind_of(cases, key))
        .collect();
    let kind = |(at, name): (usize, String)| {
        let kind = match name.as_str() {
            _ if (1..=keys.len()).contains(&at) => keys[at - 1],
            "case" => Kind::Whole,
            "agreement" | "quantity" | "unit" | "estimator" => Kind::Text,
            "date" => Kind::Date,
            _ => Kind::Number,
        };
        (name, kind)
    };
    let columns: Vec<(String, Kind)> = sweep_columns(cases)
        .into_iter()
        .enumerate()
        .map(kind)
        .collect();
    let name = "sweep.parquet".to_owned();
    let sha256 = place.write_with(&name, &mut |out| {
        let failed = |error: parquet::errors::ParquetError| std::io::Error::other(error);
        let mut table = ParquetTable::new(out, "sweep", columns.clone()).map_err(failed)?;
        let mut wrong = Ok(());
        let read = each(&mut |_, kept| {
            let mut rows = read_back(cases.keys().len(), kept)?;
            for row in &mut rows {
                for (value, kind) in row[1..].iter_mut().zip(&keys) {
                    *value = typed(value, *kind);
                }
            }
            if wrong.is_ok() {
                wrong = table.push(rows).map_err(failed);
            }
            Ok(())
        });
        read.map_err(|error| std::io::Error::other(error.to_string()))?;
        wrong?;
        table.finish().map_err(failed)
    })?;
    Ok(Some(FileEntry { name, sha256 }))
}

/// A key's value as what its column holds.
#[cfg(feature = "parquet")]
fn typed(value: &Value, kind: crate::report::Kind) -> Value {
    match (value, kind) {
        (Value::Text(text), crate::report::Kind::Number) => {
            crate::study::position(text).map_or(Value::Empty, Value::Number)
        }
        (Value::Text(text), crate::report::Kind::Date) => {
            crate::units::Date::parse(text).map_or(Value::Empty, Value::Date)
        }
        (value, _) => value.clone(),
    }
}

/// A key's column: numbers or dates where all its values are, else texts.
#[cfg(feature = "parquet")]
fn kind_of(cases: &Cases, key: usize) -> crate::report::Kind {
    use crate::report::Kind;
    use crate::study::position;
    use crate::units::Date;
    let values = || (1..=cases.len()).map(|case| cases.values(case)[key]);
    let filled = || values().filter(|value| !value.is_empty());
    if filled().all(|value| Date::parse(value).is_some()) {
        Kind::Date
    } else if filled().all(|value| Date::parse(value).is_none() && position(value).is_some()) {
        Kind::Number
    } else {
        Kind::Text
    }
}

#[cfg(not(feature = "parquet"))]
fn write_parquet(
    _: &Cases,
    _: &Each<'_>,
    _: &mut dyn Place,
) -> Result<Option<FileEntry>, CliError> {
    Ok(None)
}
