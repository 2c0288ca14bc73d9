//! The table of a portfolio's deals: a line for each, with its id, the keys that it changes
//! of its scenario, and its loadings.

use std::collections::{BTreeMap, BTreeSet};

use super::super::StudyError;
use super::super::pasted::Pasted;
use crate::scenario::{is_key, nearest};
use crate::text::{brief, is_hidden, quoted};

/// The most deals a portfolio may have.
pub const MOST_DEALS: u64 = 20_000;
/// The longest name of a deal, a payer or a factor, in characters.
const LONGEST_NAME: usize = 80;
/// What loadings' squares may add up to beyond 1 by the rounding of their decimals.
const ROUNDING: f64 = 1e-9;
/// Mistakes that are told in full.
const MOST_TOLD: usize = 8;

const WANTED: &str = "a header with id, then keys such as agreement.share, payer, and \
                      factor.NAME for loadings; a row for each deal";
/// Columns that are no keys of a scenario.
const OWN: [&str; 6] = ["id", "name", "payer", "scenario", "source", "note"];
/// What the names of columns with loadings begin with.
const FACTOR: &str = "factor.";

/// What a column of the table holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Name,
    Payer,
    Scenario,
    /// Words for readers of the table.
    Remark,
    /// A loading on the factor at this position.
    Factor(usize),
    /// A dotted key.
    Key(String),
}

/// A deal as its line has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its line in the table.
    pub line: u64,
    /// What no other deal is called.
    pub id: String,
    /// What it is, for readers; empty where nothing is said.
    pub name: String,
    /// The scenario that it changes, as the table names it; empty for the one of all.
    pub scenario: String,
    /// Its loading on each factor.
    pub loadings: Vec<f64>,
    /// `key=value` of what it changes, in the order of the columns.
    pub assignments: Vec<String>,
    /// The column that each stands in, as the header names it.
    columns: Vec<String>,
    /// All its cells, plain.
    cells: Vec<String>,
}

impl Listed {
    /// The column in which a key stands that is this one, or one above or below it.
    pub fn column_of(&self, key: &str) -> Option<(&str, &str)> {
        let under =
            |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|r| r.starts_with('.'));
        let mut changes = self.assignments.iter().zip(&self.columns);
        changes.find_map(|(assignment, column)| {
            let (own, value) = crate::scenario::assignment(assignment)?;
            (under(key, own) || under(own, key)).then_some((column.as_str(), value))
        })
    }
}

/// The deals of a table, ascending by id, whatever their order there.
#[derive(Clone, Debug, PartialEq)]
pub struct Deals {
    /// What the table is called.
    pub name: String,
    /// The factors that its columns name, in order.
    pub factors: Vec<String>,
    /// The deals.
    pub deals: Vec<Listed>,
    header: Vec<String>,
}

impl Deals {
    /// Reads the text of a table called `name`.
    ///
    /// ```
    /// use capbind::study::Deals;
    ///
    /// let text = "id,payer,agreement.share,factor.market\nB,Beta,0.05,0.6\nA,Alpha,4 %,\n";
    /// let error = Deals::from_csv("deals.csv", text.as_bytes()).err();
    /// assert_eq!(error, None);
    /// ```
    ///
    /// # Errors
    /// Where it is no such table: every mistake with its line and column.
    pub fn from_csv(name: &str, text: &[u8]) -> Result<Self, StudyError> {
        let within_limit = |deals: u64| match deals <= MOST_DEALS {
            true => Ok(()),
            false => Err(StudyError::new(
                format!("{name}: more than {MOST_DEALS} deals"),
                "cut the table in two portfolios",
            )),
        };
        let table = Pasted::read(name, text, (WANTED, "deal"), &within_limit)?;
        let (columns, factors) = columns(name, table.header.iter())?;
        let mut mistakes = Mistakes::new(name);
        let mut deals: Vec<Listed> = Vec::with_capacity(table.rows.len());
        for (line, record) in &table.rows {
            let mut deal = Listed {
                line: *line,
                id: String::new(),
                name: String::new(),
                scenario: String::new(),
                loadings: vec![0.0; factors.len()],
                assignments: Vec::new(),
                columns: Vec::new(),
                cells: Vec::new(),
            };
            for ((column, header), cell) in columns.iter().zip(&table.header).zip(record) {
                let mut wrong = |what: String| mistakes.add(*line, header, cell, &what);
                let mut plain = cell.to_owned();
                let mut change = |key: &str, value: String| {
                    deal.assignments.push(format!("{key}={value}"));
                    deal.columns.push(header.to_owned());
                };
                match column {
                    _ if cell.chars().any(is_hidden) => {
                        wrong("holds a character that no eye sees".to_owned());
                    }
                    Column::Id if cell.is_empty() => wrong("a deal needs an id".to_owned()),
                    Column::Id | Column::Name | Column::Payer
                        if cell.chars().count() > LONGEST_NAME =>
                    {
                        wrong(format!("at most {LONGEST_NAME} characters"));
                    }
                    Column::Id => deal.id = cell.to_owned(),
                    Column::Name => deal.name = cell.to_owned(),
                    Column::Scenario => deal.scenario = cell.to_owned(),
                    Column::Remark => {}
                    _ if cell.is_empty() => {}
                    Column::Payer => change("agreement.payer", quoted_in_toml(cell)),
                    Column::Factor(at) => match table.dialect.number(cell) {
                        Some(loading) if (-1.0..=1.0).contains(&loading) => {
                            deal.loadings[*at] = loading;
                            plain = loading.to_string();
                        }
                        _ => {
                            let advice = table.dialect.advice(cell);
                            let advice = advice.map_or_else(String::new, |a| format!("; {a}"));
                            wrong(format!("a loading from -1 to 1 is permitted{advice}"));
                        }
                    },
                    Column::Key(key) => {
                        match table.in_toml(cell) {
                            Ok(value) => plain = value,
                            Err(advice) => wrong(advice),
                        }
                        change(key, plain.clone());
                    }
                }
                deal.cells.push(plain);
            }
            let squares: f64 = deal.loadings.iter().map(|loading| loading * loading).sum();
            if squares > 1.0 + ROUNDING {
                let text = format!("their squares add up to {squares:.4}; at most 1 is permitted");
                mistakes.add_of_line(*line, "the loadings", &text);
            }
            deals.push(deal);
        }
        let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
        for deal in deals.iter().filter(|deal| !deal.id.is_empty()) {
            if let Some(first) = lines.insert(&deal.id, deal.line) {
                let what = format!("line {first} has this id, too; every deal needs its own");
                mistakes.add(deal.line, "id", &deal.id, &what);
            }
        }
        mistakes.none()?;
        deals.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Self {
            name: name.to_owned(),
            factors,
            deals,
            header: table.header.iter().map(str::to_owned).collect(),
        })
    }

    /// The scenarios that deals name, and whether some name none.
    pub fn scenarios(&self) -> (BTreeSet<&str>, bool) {
        let named = self.deals.iter().map(|deal| deal.scenario.as_str());
        let mut named: BTreeSet<&str> = named.collect();
        let without = named.remove("");
        (named, without)
    }

    /// The table as it is kept: by id, plainly written. It is the same in whatever order
    /// its lines came.
    pub fn to_csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let lines = std::iter::once(&self.header).chain(self.deals.iter().map(|deal| &deal.cells));
        for line in lines {
            out.write_record(line).expect("memory takes it");
        }
        let bytes = out.into_inner().expect("memory takes it");
        String::from_utf8(bytes).expect("texts are UTF-8")
    }
}

/// A text as TOML writes it.
fn quoted_in_toml(text: &str) -> String {
    // Other characters that would need it are refused before.
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What the columns hold, and the factors that they name.
fn columns<'a>(
    name: &str,
    header: impl Iterator<Item = &'a str>,
) -> Result<(Vec<Column>, Vec<String>), StudyError> {
    let refuse = |what: String, hint: String| StudyError::new(format!("{name}: {what}"), hint);
    let mut factors: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut columns = Vec::new();
    for text in header {
        if !seen.insert(text) {
            let what = format!("two columns are called {}", quoted(text));
            return Err(refuse(
                what,
                "give each column a name of its own".to_owned(),
            ));
        }
        columns.push(match text {
            "id" => Column::Id,
            "name" => Column::Name,
            "payer" => Column::Payer,
            "scenario" => Column::Scenario,
            "source" | "note" => Column::Remark,
            _ => match text.strip_prefix(FACTOR) {
                Some("") => {
                    let what = "the column `factor.` names no factor".to_owned();
                    return Err(refuse(what, "call it factor.market, or so".to_owned()));
                }
                Some(factor) => {
                    factors.push(factor.to_owned());
                    Column::Factor(factors.len() - 1)
                }
                None if text.contains('.') && is_key(text) => Column::Key(text.to_owned()),
                None => {
                    let hint = match nearest(text, &OWN) {
                        Some(meant) => format!("did you mean {meant}?"),
                        None => WANTED.to_owned(),
                    };
                    let what = format!(
                        "the column {} is neither a key nor one of {}",
                        quoted(&brief(text)),
                        OWN.join(", ")
                    );
                    return Err(refuse(what, hint));
                }
            },
        });
    }
    if !columns.contains(&Column::Id) {
        return Err(refuse(
            "no column is called id".to_owned(),
            WANTED.to_owned(),
        ));
    }
    if let Some(key) = ["simulation.", "report."].iter().find_map(|table| {
        let mut keys = seen.iter();
        keys.find(|text| text.starts_with(table))
    }) {
        let what = format!("the column {key} is of the whole portfolio, not of a deal");
        return Err(refuse(
            what,
            "give it with --set, --paths or --seed".to_owned(),
        ));
    }
    Ok((columns, factors))
}

/// What is wrong with the lines of a table, gathered so that all of it is told at once.
#[derive(Debug)]
pub(super) struct Mistakes<'a> {
    name: &'a str,
    told: Vec<(u64, String)>,
    count: usize,
}

impl<'a> Mistakes<'a> {
    /// None yet, of a table.
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            told: Vec::new(),
            count: 0,
        }
    }

    /// Adds what is wrong with a cell.
    pub fn add(&mut self, line: u64, column: &str, value: &str, what: &str) {
        let column = match value {
            "" => format!("column {column} is empty"),
            value => format!("column {column} is {}", quoted(&brief(value))),
        };
        self.add_of_line(line, &column, what);
    }

    /// Adds what is wrong with a line.
    pub fn add_of_line(&mut self, line: u64, of: &str, what: &str) {
        self.count += 1;
        self.told.push((line, format!("line {line}, {of}: {what}")));
    }

    /// That there are none.
    pub fn none(mut self) -> Result<(), StudyError> {
        if self.count == 0 {
            return Ok(());
        }
        self.told.sort();
        let shown = self.told.iter().take(MOST_TOLD);
        let mut lines: Vec<String> = shown.map(|(_, text)| text.clone()).collect();
        if self.count > MOST_TOLD {
            lines.push(format!("and {} more", self.count - MOST_TOLD));
        }
        let lines = lines.join("\n");
        Err(StudyError::new(
            match self.count {
                1 => format!("{}: {lines}", self.name),
                _ => format!("{}:\n{lines}", self.name),
            },
            "mend these cells; an empty one leaves the key as the scenario has it",
        ))
    }
}
