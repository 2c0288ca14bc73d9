//! The cases of a sweep: a grid over axes, a design over ranges, or rows of a
//! table. Numbered from 1; values are written out only when a case is asked for.

use std::collections::BTreeSet;

use csv::StringRecord;

use super::StudyError;
use super::axis::{Axis, Values};
use super::pasted::Pasted;
use crate::scenario::is_key;
use crate::simulate::Spread;
use crate::text::brief;

/// The most cases a sweep may have.
pub const MOST_CASES: u64 = 1_000_000;

/// Keys and, for each case, their values as TOML text.
#[derive(Clone, Debug, PartialEq)]
pub struct Cases {
    keys: Vec<String>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Every combination; the last key changes fastest.
    Grid(Vec<Vec<String>>),
    /// One row for each case; an empty value leaves the key as the file has it.
    Rows(Vec<StringRecord>),
}

impl Cases {
    /// Every combination of the axes' values, the last axis changing fastest.
    ///
    /// # Errors
    /// Where there is no axis, a key comes twice, an axis has no steps, or the
    /// combinations are more than [`MOST_CASES`].
    ///
    /// ```
    /// use capbind::study::{Axis, Cases};
    ///
    /// let axes = [Axis::parse("agreement.cap=30:40:5")?, Axis::parse("agreement.share=0.1,0.2")?];
    /// let cases = Cases::grid(&axes)?;
    /// assert_eq!(cases.len(), 6);
    /// assert_eq!(cases.values(2), ["30", "0.2"]);
    /// # Ok::<(), capbind::study::StudyError>(())
    /// ```
    pub fn grid(axes: &[Axis]) -> Result<Self, StudyError> {
        let keys = distinct(axes.iter().map(|axis| axis.key.clone()))?;
        let mut lists = Vec::new();
        let mut cases: u64 = 1;
        for axis in axes {
            let Values::Listed(values) = &axis.values else {
                return Err(StudyError::new(
                    format!("the range of `{}` has no steps", axis.key),
                    "add them, as in 20:80:5 or 20:80:lin7, or draw from it with a design",
                ));
            };
            cases = cases.saturating_mul(values.len() as u64);
            lists.push(values.clone());
        }
        within_limit(cases)?;
        Ok(Self {
            keys,
            kind: Kind::Grid(lists),
        })
    }

    /// `count` cases spread over the axes' ranges; an axis of listed values takes
    /// each of them about as often.
    ///
    /// # Errors
    /// Where there is no axis, a key comes twice, or there are too many cases.
    pub fn design(
        axes: &[Axis],
        design: Spread,
        count: u64,
        seed: u64,
    ) -> Result<Self, StudyError> {
        let keys = distinct(axes.iter().map(|axis| axis.key.clone()))?;
        within_limit(count)?;
        if axes.len() > Spread::MOST_DIMENSIONS {
            let most = Spread::MOST_DIMENSIONS;
            return Err(StudyError::new(
                format!("a design over {} keys", axes.len()),
                format!("at most {most} keys"),
            ));
        }
        let points = design.points(count as usize, axes.len(), seed);
        let value = |(axis, part): (&Axis, &f64)| match &axis.values {
            Values::Between(span) => span.at(*part),
            Values::Listed(values) => {
                let at = (part * values.len() as f64) as usize;
                values[at.min(values.len() - 1)].clone()
            }
        };
        let row = |point: &Vec<f64>| axes.iter().zip(point).map(value).collect();
        Ok(Self {
            keys,
            kind: Kind::Rows(points.iter().map(row).collect()),
        })
    }

    /// The cases of a CSV table: a header of dotted keys, a row for each case; an
    /// empty cell leaves the key as the scenario has it.
    ///
    /// # Errors
    /// Where it is no such table.
    pub fn from_csv(name: &str, text: &[u8]) -> Result<Self, StudyError> {
        let wanted = "a header of dotted keys such as agreement.cap, then a row for each case";
        let table = Pasted::read(name, text, (wanted, "case"), &within_limit)?;
        let keys = distinct(table.header.iter().map(str::to_owned))?;
        let rows = table.rows.iter().map(|(line, record)| {
            let cells = record.iter().map(|cell| table.in_toml(cell));
            let cells: Result<StringRecord, String> = cells.collect();
            let what = || format!("{name}: line {line} has a number that may be two");
            cells.map_err(|advice| StudyError::new(what(), advice))
        });
        let rows = rows.collect::<Result<_, _>>()?;
        Ok(Self {
            keys,
            kind: Kind::Rows(rows),
        })
    }

    /// The dotted keys.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// How many cases there are.
    pub fn len(&self) -> u64 {
        match &self.kind {
            Kind::Grid(lists) => lists.iter().map(|list| list.len() as u64).product(),
            Kind::Rows(rows) => rows.len() as u64,
        }
    }

    /// Whether there is none; never so for one that was made.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a case, 1 to [`len`](Self::len), in the order of the keys.
    ///
    /// # Panics
    /// Where there is no such case.
    pub fn values(&self, case: u64) -> Vec<&str> {
        assert!((1..=self.len()).contains(&case), "there is no case {case}");
        match &self.kind {
            Kind::Rows(rows) => rows[case as usize - 1].iter().collect(),
            Kind::Grid(lists) => {
                let mut rest = (case - 1) as usize;
                let mut values: Vec<&str> = Vec::with_capacity(lists.len());
                for list in lists.iter().rev() {
                    values.push(&list[rest % list.len()]);
                    rest /= list.len();
                }
                values.reverse();
                values
            }
        }
    }

    /// The assignments `key=value` of a case.
    pub fn assignments(&self, case: u64) -> Vec<String> {
        let values = self.values(case);
        let pairs = self.keys.iter().zip(values);
        pairs
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("{key}={value}"))
            .collect()
    }

    /// For a grid, the values along each key.
    pub fn axes(&self) -> Option<&[Vec<String>]> {
        match &self.kind {
            Kind::Grid(lists) => Some(lists),
            Kind::Rows(_) => None,
        }
    }
}

fn distinct(keys: impl Iterator<Item = String>) -> Result<Vec<String>, StudyError> {
    let keys: Vec<String> = keys.collect();
    if keys.is_empty() {
        return Err(StudyError::new(
            "nothing to vary",
            "name a key and its values: --vary agreement.cap=20:80:5",
        ));
    }
    if let Some(other) = keys.iter().find(|key| !is_key(key)) {
        return Err(StudyError::new(
            format!("`{}` is not a key", brief(other)),
            "write the dotted key of one value, such as agreement.cap",
        ));
    }
    let mut seen = BTreeSet::new();
    match keys.iter().find(|key| !seen.insert(key.as_str())) {
        Some(twice) => Err(StudyError::new(
            format!("`{}` is varied twice", brief(twice)),
            "give all its values in one list",
        )),
        None => Ok(keys),
    }
}

fn within_limit(cases: u64) -> Result<(), StudyError> {
    if (1..=MOST_CASES).contains(&cases) {
        return Ok(());
    }
    Err(StudyError::new(
        format!("a sweep of {cases} cases"),
        format!("1 to {MOST_CASES} cases; take wider steps, or a design with --cases"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(text: &str) -> Axis {
        Axis::parse(text).unwrap()
    }

    #[test]
    fn the_last_key_changes_fastest() {
        let cases = Cases::grid(&[axis("a=1,2"), axis("b=x,y,z")]).unwrap();
        let all: Vec<String> = (1..=6).map(|i| cases.values(i).join("")).collect();
        assert_eq!(all, ["1x", "1y", "1z", "2x", "2y", "2z"]);
        assert_eq!(cases.assignments(4), ["a=2", "b=x"]);
    }

    #[test]
    fn designs_fill_ranges_and_share_out_lists() {
        let axes = [axis("a=10:20"), axis("b=x,y")];
        let cases = Cases::design(&axes, Spread::LatinHypercube, 10, 1).unwrap();
        let mut tenths: Vec<i64> = (1..=10)
            .map(|i| cases.values(i)[0].parse::<f64>().unwrap().floor() as i64)
            .collect();
        tenths.sort_unstable();
        assert_eq!(tenths, (10..20).collect::<Vec<_>>());
        let xs = (1..=10).filter(|i| cases.values(*i)[1] == "x").count();
        assert_eq!(xs, 5);
    }

    #[test]
    fn tables_have_keys_above_and_leave_empty_cells_alone() {
        let text = b"agreement.cap, agreement.share\n30,\n40,0.1\n";
        let cases = Cases::from_csv("c.csv", text).unwrap();
        assert_eq!(cases.assignments(1), ["agreement.cap=30"]);
        let all = ["agreement.cap=40", "agreement.share=0.1"];
        assert_eq!(cases.assignments(2), all);
    }

    #[test]
    fn tables_of_spreadsheets_are_read_as_they_are() {
        let text = "agreement.cap;agreement.share;agreement.expiry;;\n\
                    1.000,5;0,15;31.12.2029;;\n40;0,1;;;\n;;;;\n";
        let cases = Cases::from_csv("c.csv", text.as_bytes()).unwrap();
        assert_eq!(cases.values(1), ["1000.5", "0.15", "2029-12-31"]);
        assert_eq!(cases.values(2), ["40", "0.1", ""]);
        assert_eq!(cases.len(), 2);
        let tabs = b"agreement.cap\tagreement.share\n$1,000\t0.15\n";
        assert_eq!(
            Cases::from_csv("c.csv", tabs).unwrap().values(1),
            ["1000", "0.15"]
        );
    }

    #[test]
    fn mistakes_are_named() {
        let grid = |axes: &[&str]| {
            let axes: Vec<Axis> = axes.iter().map(|text| axis(text)).collect();
            Cases::grid(&axes).unwrap_err().message
        };
        assert_eq!(grid(&[]), "nothing to vary");
        assert_eq!(grid(&["a=1", "a=2"]), "`a` is varied twice");
        assert_eq!(grid(&["a=1:2"]), "the range of `a` has no steps");
        let many = grid(&["a=1:2000:1", "b=1:2000:1"]);
        assert_eq!(many, "a sweep of 4000000 cases");
        let csv = |text: &[u8]| Cases::from_csv("c.csv", text).unwrap_err().message;
        assert_eq!(csv(b"a\n"), "c.csv: there is no case below the first line");
        assert!(csv(b",a\n1,2\n").contains("a column has no key"));
        let long = "c.csv: line 2 has 2 cells where the first line has 1";
        assert_eq!(csv(b"a,\n1,2\n"), long);
        let short = "c.csv: line 2 has 1 cell where the first line has 2";
        assert_eq!(csv(b"a,b\n1\n"), short);
        assert_eq!(csv(b""), "c.csv: the table is empty");
        assert_eq!(csv(b"a\n\xff\n"), "c.csv: line 2 is not UTF-8 text");
        let stray = "c.csv: line 2 holds the character \\u{c}";
        assert_eq!(csv(b"a\n1\x0c\n"), stray);
        let old = "c.csv: line 1 holds a carriage return that ends no line";
        assert_eq!(csv(b"a\r1\r"), old);
        assert_eq!(csv(b"a=1 #\n1\n"), "`a=1 #` is not a key");
        assert_eq!(csv(b"\"a\nb\"\n1\n"), "`a b` is not a key");
    }
}
