//! CSV tables as figures are written in: columns by name, and errors that say where.

use csv::StringRecord;

use crate::scenario::{Dialect, head, nearest, trimmed};
use crate::study::StudyError;
use crate::text::{brief, quoted, stray};
use crate::units::Date;

/// The latest and the earliest year a figure may be of.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2300;

/// A column that may be asked for: its name and others it goes by.
pub struct Column {
    /// Its name in errors.
    pub name: &'static str,
    /// Names it goes by; one that ends in `_` stands for all that begin so.
    pub aliases: &'static [&'static str],
}

impl Column {
    /// Whether a column of a header is this one.
    fn is(&self, head: &str) -> bool {
        let mut aliases = self.aliases.iter();
        aliases.any(|alias| match alias.ends_with('_') {
            true => head.starts_with(*alias),
            false => head == *alias,
        })
    }
}

/// A table with a header.
pub struct Table<'a> {
    origin: &'a str,
    header: Vec<String>,
    rows: Vec<(u64, StringRecord)>,
    dialect: Dialect,
}

/// A row of it.
pub struct Row<'a> {
    origin: &'a str,
    /// Its line, counted from 1.
    pub line: u64,
    record: &'a StringRecord,
    dialect: Dialect,
}

impl<'a> Table<'a> {
    /// Reads a table of these columns; `origin` names it in errors. Others are left
    /// alone, unless their name is close to that of one of these which is not there.
    pub fn read(origin: &'a str, text: &str, columns: &[&Column]) -> Result<Self, StudyError> {
        if let Some((at, c)) = stray(text) {
            let line = 1 + text[..at].matches('\n').count();
            let what = match c {
                '\r' => "a carriage return that ends no line".to_owned(),
                c => format!("the character {}", c.escape_unicode()),
            };
            return Err(StudyError::new(
                format!("{origin}:{line}: this is no CSV table: it holds {what}"),
                "save it as UTF-8 text with a line feed at the end of each line",
            ));
        }
        let unreadable = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            StudyError::new(
                format!("{origin}:{line}: this is no CSV table: {error}"),
                "one line for each figure under a header, cells parted by commas; \
                 put cells that hold commas in double quotes",
            )
        };
        let text = text.trim_start_matches('\u{feff}');
        let dialect = Dialect::of(text);
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .flexible(true)
            .delimiter(dialect.delimiter)
            .from_reader(text.as_bytes());
        let header = reader.headers().map_err(unreadable)?;
        if header.iter().all(str::is_empty) {
            return Err(StudyError::new(
                format!("{origin}: the table is empty"),
                "write a header, then one line for each figure",
            ));
        }
        let header: Vec<String> = trimmed(header, 0).iter().map(head).collect();
        let mut rows = Vec::new();
        for (k, record) in reader.records().enumerate() {
            let record = record.map_err(unreadable)?;
            let line = record.position().map_or(k as u64 + 2, csv::Position::line);
            let record = trimmed(&record, header.len());
            if record.iter().all(str::is_empty) {
                continue;
            }
            if record.len() != header.len() {
                let (found, wanted) = (record.len(), header.len());
                return Err(StudyError::new(
                    format!(
                        "{origin}:{line}: this is no CSV table: {found} cells where the header \
                         has {wanted}"
                    ),
                    "one line for each figure under a header, cells parted by commas, semicolons \
                     or tabs; put cells that hold one in double quotes",
                ));
            }
            rows.push((line, record));
        }
        let table = Self {
            origin,
            header,
            rows,
            dialect,
        };
        table.check(columns)?;
        Ok(table)
    }

    /// Refuses a header that leaves open which column is which.
    fn check(&self, columns: &[&Column]) -> Result<(), StudyError> {
        let origin = self.origin;
        for column in columns {
            let own = self.header.iter().filter(|head| column.is(head));
            let own: Vec<&str> = own.map(String::as_str).collect();
            if let [first, second, ..] = own.as_slice() {
                let (first, second) = (brief(first), brief(second));
                return Err(StudyError::new(
                    format!(
                        "{origin}:1: two columns may be the {}: {first} and {second}",
                        column.name
                    ),
                    "leave one of them out, or give it a name of its own",
                ));
            }
        }
        let known = |head: &&String| columns.iter().any(|column| column.is(head));
        let missing = columns.iter().filter(|column| self.find(column).is_none());
        let missing: Vec<&str> = missing.map(|column| column.name).collect();
        for head in self.header.iter().filter(|head| !known(head)) {
            if let Some(near) = nearest(head, &missing) {
                return Err(StudyError::new(
                    format!("{origin}:1: there is no column {}", quoted(head)),
                    format!("did you mean {near}? Otherwise give the column a name less like it"),
                ));
            }
        }
        Ok(())
    }

    /// Where a column stands, if it is there.
    pub fn find(&self, column: &Column) -> Option<usize> {
        self.header.iter().position(|head| column.is(head))
    }

    /// Where a column stands that must be there.
    pub fn want(&self, column: &Column, hint: &str) -> Result<usize, StudyError> {
        self.find(column).ok_or_else(|| {
            let header = brief(&self.header.join(", "));
            let message = format!(
                "{}:1: there is no column {}; the columns are {header}",
                self.origin, column.name
            );
            StudyError::new(message, hint)
        })
    }

    /// The rows that are not empty.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row {
            origin: self.origin,
            line: *line,
            record,
            dialect: self.dialect,
        })
    }
}

impl Row<'_> {
    /// The text of a cell; empty where there is none.
    pub fn text(&self, at: Option<usize>) -> &str {
        at.and_then(|at| self.record.get(at)).unwrap_or_default()
    }

    /// An error about a cell.
    pub fn error(&self, column: &str, what: impl std::fmt::Display, hint: &str) -> StudyError {
        StudyError::new(
            format!("{}:{}:{column}: {what}", self.origin, self.line),
            hint,
        )
    }

    /// A number that is permitted, said in words too.
    pub fn number(
        &self,
        column: &str,
        at: usize,
        (is_permitted, permitted): (impl Fn(f64) -> bool, &str),
        hint: &str,
    ) -> Result<f64, StudyError> {
        let text = self.text(Some(at));
        let value = self.dialect.number(text);
        value.filter(|value| is_permitted(*value)).ok_or_else(|| {
            let what = format!("{} is not permitted: {permitted}", quoted(text));
            let advice = self.dialect.advice(text);
            self.error(column, what, advice.as_deref().unwrap_or(hint))
        })
    }

    /// A day; of a year or a month its first or, where `last`, its last.
    pub fn day(&self, column: &str, at: usize, last: bool) -> Result<Date, StudyError> {
        let text = self.text(Some(at));
        let day = self.dialect.day(text, last);
        day.filter(|day| YEARS.contains(&day.year()))
            .ok_or_else(|| {
                let what = format!(
                    "{} is not permitted: a date from 1900 to 2300",
                    quoted(text)
                );
                let usual = "write dates as 2025-06-30, months as 2025-06 or years as 2025";
                let advice = self.dialect.advice(text);
                self.error(column, what, advice.as_deref().unwrap_or(usual))
            })
    }
}
