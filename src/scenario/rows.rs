//! A CSV table that is part of a scenario, with the place of every cell.

use std::ops::Range;

use super::checked::Checked;
use super::dialect::{Dialect, head, trimmed};
use crate::text::{brief, quoted, stray};

/// What to try where a table holds a character that none should hold.
pub const STRAY_HINT: &str = "save it as UTF-8 text with a line feed at the end of each line, and without \
     control characters";

/// A table: its header and its lines, each as long as the header.
#[derive(Debug)]
pub struct Rows {
    /// The names of its columns.
    pub header: Vec<Cell>,
    /// What follows.
    pub lines: Vec<Line>,
    /// Where it stands as a whole.
    pub span: Range<usize>,
    /// How it is written.
    pub dialect: Dialect,
}

/// One line.
#[derive(Debug)]
pub struct Line {
    /// Its number in the table, the header being 1.
    pub number: usize,
    /// Its cells.
    pub cells: Vec<Cell>,
    dialect: Dialect,
}

/// One cell, without blanks and quotes around it.
#[derive(Debug)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Where.
    pub span: Range<usize>,
}

/// Why a table cannot be used.
#[derive(Debug)]
pub struct Refusal {
    /// What is wrong with it, after "it": "it has no rows".
    pub what: String,
    /// What the marked text is.
    pub label: String,
    /// Where.
    pub span: Range<usize>,
    /// A remedy better than that of the key.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal with the remedy of the key.
    pub fn new(span: &Range<usize>, what: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            label: label.into(),
            span: span.clone(),
            hint: None,
        }
    }

    /// Notes it as a problem of a key.
    pub fn note(self, checked: &mut Checked<'_>, key: &str) {
        let message = format!("`{key}` cannot be used: {}", self.what);
        match self.hint {
            Some(hint) => checked.refuse_with(self.span, key, message, self.label, hint),
            None => checked.refuse(self.span, key, message, self.label),
        }
    }
}

impl Rows {
    /// The table in the text that stands at a place.
    pub fn read(checked: &Checked<'_>, text: &str, whole: Range<usize>) -> Result<Self, Refusal> {
        // Where the text is not written as it reads, only the whole has a place.
        let offset = checked.position_of(&whole, text);
        let place = |part: Range<usize>| match offset {
            Some(offset) => offset + part.start..offset + part.end,
            None => whole.clone(),
        };
        if let Some((at, c)) = stray(text) {
            let label = match c {
                '\r' => "here is a carriage return that ends no line".to_owned(),
                c => format!("here is the character {}", c.escape_unicode()),
            };
            let mut refusal =
                Refusal::new(&place(at..at + c.len_utf8()), "it is no CSV table", label);
            refusal.hint = Some(STRAY_HINT.to_owned());
            return Err(refusal);
        }
        let dialect = Dialect::of(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .trim(csv::Trim::All)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .from_reader(text.as_bytes());
        let mut lines: Vec<Line> = Vec::new();
        let (mut seen, mut number) = (0, 1);
        for record in reader.records() {
            let record = record.map_err(|error| {
                let at = error.position().map_or(0, |at| at.byte() as usize);
                let start = first_of_line(text, at);
                let end = text[start..].find('\n').map_or(text.len(), |i| start + i);
                Refusal::new(&place(start..end), "it is no CSV table", error.to_string())
            })?;
            let at = record.position().map_or(0, |at| at.byte() as usize);
            let start = first_of_line(text, at);
            number += text[seen..start].matches('\n').count();
            seen = start;
            let columns = lines.first().map_or(0, |header| header.cells.len());
            let record = trimmed(&record, columns);
            // Spreadsheets leave empty rows where something stood once.
            if record.iter().all(str::is_empty) {
                continue;
            }
            if !lines.is_empty() && record.len() != columns {
                let end = text[start..].find('\n').map_or(text.len(), |i| start + i);
                let label = unequal(record.len(), columns);
                let mut refusal = Refusal::new(&place(start..end), "it is no CSV table", label);
                refusal.hint = Some(parted(dialect));
                return Err(refusal);
            }
            let spans = cells(&text[start..], record.len(), char::from(dialect.delimiter));
            let cells = record.iter().zip(spans).map(|(text, span)| Cell {
                text: text.to_owned(),
                span: place(start + span.start..start + span.end),
            });
            lines.push(Line {
                number,
                cells: cells.collect(),
                dialect,
            });
        }
        let mut lines = lines.into_iter();
        Ok(Self {
            header: lines.next().map_or_else(Vec::new, |line| line.cells),
            lines: lines.collect(),
            span: whole,
            dialect,
        })
    }

    /// The position of a column; capitals and blanks make no other name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|cell| head(&cell.text) == name)
    }

    /// The position of a column that must be there.
    pub fn wanted(&self, name: &str) -> Result<usize, Refusal> {
        self.column(name).ok_or_else(|| {
            let header: Vec<&str> = self.header.iter().map(|cell| cell.text.as_str()).collect();
            let label = format!("its columns are {}", brief(&header.join(", ")));
            let first = self.header.first();
            let span = first.map_or(&self.span, |cell| &cell.span);
            Refusal::new(span, format!("it has no column {name}"), label)
        })
    }
}

impl Line {
    /// A number that a test permits, or what was wanted: "an amount is no number
    /// from 0 to 1e15".
    pub fn number_at(
        &self,
        at: usize,
        permits: impl Fn(f64) -> bool,
        otherwise: &str,
    ) -> Result<f64, Refusal> {
        let cell = &self.cells[at];
        let value = self.dialect.number(&cell.text);
        value.filter(|value| permits(*value)).ok_or_else(|| {
            let label = format!("line {} says {}", self.number, quoted(&cell.text));
            let mut refusal = Refusal::new(&cell.span, otherwise, label);
            refusal.hint = self.dialect.advice(&cell.text);
            refusal
        })
    }
}

/// Blank lines before a record are no part of it.
fn first_of_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let blank = rest.len() - rest.trim_start_matches(['\n', '\r']).len();
    (at + blank).min(text.len())
}

/// That a line has another number of cells than the header.
fn unequal(found: usize, wanted: usize) -> String {
    let cells = match found {
        1 => "1 cell".to_owned(),
        count => format!("{count} cells"),
    };
    match wanted {
        1 => format!("this has {cells}, the header 1 cell"),
        _ => format!("this has {cells}, the header {wanted} cells"),
    }
}

/// What to try where the cells of a line are not those of the header.
fn parted(dialect: Dialect) -> String {
    let by = match dialect.delimiter {
        b';' => "semicolons",
        b'\t' => "tabs",
        _ => "commas",
    };
    format!(
        "the header's cells are parted by {by}: part those of this line alike, and put a cell that holds one in double quotes"
    )
}

/// Where the first `count` cells of a text stand, without blanks around them.
fn cells(text: &str, count: usize, delimiter: char) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let (mut start, mut quoted) = (0, false);
    let ends = text.char_indices().chain([(text.len(), '\n')]);
    for (i, c) in ends {
        match c {
            '"' => quoted = !quoted,
            c if (c == delimiter || c == '\n') && (!quoted || i == text.len()) => {
                let cell = &text[start..i];
                let blank = cell.len() - cell.trim_start().len();
                spans.push(start + blank..start + blank + cell.trim().len());
                start = i + 1;
                if c == '\n' {
                    break;
                }
            }
            _ => {}
        }
    }
    spans.resize(count, 0..text.trim_end().len().min(1));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_their_places() {
        let text = "a, \"b, \"\"c\"\"\" ,\nnext";
        let found: Vec<&str> = cells(text, 3, ',')
            .into_iter()
            .map(|span| &text[span])
            .collect();
        assert_eq!(found, ["a", "\"b, \"\"c\"\"\"", ""]);
        assert_eq!(cells("x,\"open", 2, ','), [0..1, 2..7]);
    }
}
