//! The files of a sweep, written case by case.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;

use serde_json::json;

use super::{Glances, PosedSweep};
use crate::Error;
use crate::artifacts::{MANIFEST, StudyPage, drawn};
use crate::report::{
    CaseGlance, CsvError, CsvTable, FileEntry, Format, MOST_LINES, Manifest, Table, Value,
    csv_files, failed_table, kept_rows, sha256, sweep_columns, sweep_figures,
};
use crate::simulate::Observer;
use crate::study::{Cases, StudyError};

/// Where files go: a folder, or memory. `E` says why one cannot be written.
pub trait Place<E> {
    /// Writes one file, its name given with `/`.
    ///
    /// # Errors
    /// Where it cannot be written in full.
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), E>;

    /// Writes one file piece by piece, its name given with `/`, and gives the
    /// SHA-256 of its bytes.
    ///
    /// # Errors
    /// Where it cannot be written in full.
    fn write_with(&mut self, name: &str, write: &mut WriteWith<'_>) -> Result<String, E>;
}

/// Writes a file piece by piece.
pub type WriteWith<'a> = dyn FnMut(&mut (dyn io::Write + Send)) -> io::Result<()> + 'a;

impl Place<Error> for BTreeMap<String, Vec<u8>> {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn write_with(&mut self, name: &str, write: &mut WriteWith<'_>) -> Result<String, Error> {
        let mut bytes = Vec::new();
        let refused = |error| CsvError::from(csv::Error::from(io::Error::other(error)));
        write(&mut bytes).map_err(|error| refused(format!("{name}: {error}")))?;
        let hash = sha256(&bytes);
        self.insert(name.to_owned(), bytes);
        Ok(hash)
    }
}

/// Takes the lines of a case.
pub type Lines<'a, E> = dyn FnMut(u64, &[u8]) -> Result<(), E> + 'a;
/// Gives the lines of every case in the order of their numbers.
pub type Each<'a, E> = dyn Fn(&mut Lines<'_, E>) -> Result<(), E> + 'a;
/// The lines of cases, by number.
pub type CaseLines = Vec<(u64, Vec<u8>)>;
/// Takes cases as they are finished: their lines, and what is shown and drawn.
pub type Finished<'a, E> = dyn FnMut(CaseLines, Vec<(u64, CaseGlance)>) -> Result<(), E> + 'a;

impl PosedSweep {
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

    /// Writes every file, the manifest last, from the lines of its cases.
    ///
    /// # Errors
    /// Where a file cannot be made or written, or the observer says to stop.
    pub fn write<E: From<Error> + Display>(
        &self,
        each: &Each<'_, E>,
        glances: &mut Glances,
        place: &mut dyn Place<E>,
        observer: &dyn Observer,
    ) -> Result<Manifest, E> {
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
            read.map_err(|error| io::Error::other(error.to_string()))?;
            table.finish().map(|_| ()).map_err(io::Error::other)
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
        let mut files = csv_files(&tables).map_err(Error::from)?;
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
                text: &self.text(&glances),
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
    fn table<E: From<Error>>(&self, each: &Each<'_, E>, is_whole: bool) -> Result<Table, E> {
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
    ///
    /// # Errors
    /// Where they are none.
    pub fn rows(&self, kept: &[u8]) -> Result<Vec<Vec<Value>>, Error> {
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
pub fn refuse_more_than_a_table(cases: u64, format: Format) -> Result<(), StudyError> {
    /// A sheet has about a million rows, a case a dozen and more with several agreements.
    const MOST_CASES: u64 = 20_000;
    if cases <= MOST_CASES {
        return Ok(());
    }
    Err(StudyError::new(
        format!(
            "{cases} cases are more than --format {} takes",
            format.word()
        ),
        format!("at most {MOST_CASES}; sweep.csv has them all"),
    ))
}

/// The lines of a case as they were kept.
fn read_back(keys: usize, kept: &[u8]) -> Result<Vec<Vec<Value>>, Error> {
    kept_rows(keys, kept).ok_or_else(|| {
        let message = "the cases kept by an earlier sweep cannot be read";
        StudyError::new(message, "leave --resume out to begin anew").into()
    })
}

/// `sweep.parquet` beside `sweep.csv`.
#[cfg(feature = "parquet")]
fn write_parquet<E: From<Error> + Display>(
    cases: &Cases,
    each: &Each<'_, E>,
    place: &mut dyn Place<E>,
) -> Result<Option<FileEntry>, E> {
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
        let failed = |error: parquet::errors::ParquetError| io::Error::other(error);
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
        read.map_err(|error| io::Error::other(error.to_string()))?;
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
fn write_parquet<E>(
    _: &Cases,
    _: &Each<'_, E>,
    _: &mut dyn Place<E>,
) -> Result<Option<FileEntry>, E> {
    Ok(None)
}
