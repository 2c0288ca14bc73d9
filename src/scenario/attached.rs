//! Files that a scenario names beside itself. Their text becomes part of it, as an
//! override: what is read once depends on no other file, and a manifest holds all
//! that decides the results.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::Problem;

const OPENS: &str = "='''\n";
const CLOSES: &str = "''' # ";

/// A file that a scenario names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The key that names it.
    pub key: &'static str,
    /// The key its text goes to, as an override writes it.
    pub address: String,
    /// Its name as written, relative to the scenario's folder.
    pub name: String,
    /// Where it is written.
    pub span: Range<usize>,
}

impl Named {
    /// The problem of one that cannot be read, for a reason.
    pub fn unread(self, reason: String) -> Problem {
        Problem {
            span: self.span,
            key: self.key.split('.').map(str::to_owned).collect(),
            message: format!("`{}` names a file that cannot be read", self.key),
            label: reason,
            hint: Some("the name is relative to the scenario's own folder".to_owned()),
            meant: None,
        }
    }
}

/// The files that a document names.
pub fn named(document: &DeTable<'_>) -> Vec<Named> {
    let mut files = Vec::new();
    let actuals = table(document.get("actuals"));
    if let Some(file) = actuals.and_then(|actuals| actuals.get("file")) {
        push(&mut files, file, "actuals.file", "actuals.csv".to_owned());
    }
    const COMPANIES: &str = "revenue.bootstrap.companies";
    let companies = |revenue: Option<&DeTable<'_>>, address: String, files: &mut Vec<Named>| {
        let bootstrap = revenue.and_then(|revenue| table(revenue.get("bootstrap")));
        if let Some(file) = bootstrap.and_then(|bootstrap| bootstrap.get("companies")) {
            push(files, file, COMPANIES, address);
        }
    };
    match document.get("revenue").map(Spanned::get_ref) {
        Some(DeValue::Array(items)) => {
            for (i, item) in items.iter().enumerate() {
                let segment = table(Some(item));
                let name = segment.and_then(|segment| segment.get("name")?.get_ref().as_str());
                let which = name.map_or_else(|| i.to_string(), |name| format!("{name:?}"));
                let address = format!("revenue.{which}.bootstrap.companies");
                companies(segment, address, &mut files);
            }
        }
        _ => companies(
            table(document.get("revenue")),
            COMPANIES.to_owned(),
            &mut files,
        ),
    }
    files
}

fn table<'t, 'i>(value: Option<&'t Spanned<DeValue<'i>>>) -> Option<&'t DeTable<'i>> {
    match value?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// A text of one line is a name; one of several lines is the rows themselves.
fn push(files: &mut Vec<Named>, value: &Spanned<DeValue<'_>>, key: &'static str, address: String) {
    if let Some(name) = value.get_ref().as_str()
        && is_name(name)
    {
        files.push(Named {
            key,
            address,
            name: name.to_owned(),
            span: value.span(),
        });
    }
}

/// Whether a text that may be rows or the name of a file is a name.
pub fn is_name(text: &str) -> bool {
    !text.contains('\n')
}

/// The override that holds the text of a file.
pub fn assignment(address: &str, name: &str, text: &str) -> String {
    // A literal text of TOML cannot hold three quotes in a row.
    let rows = text.replace("\r\n", "\n").replace("'''", "''");
    format!("{address}{OPENS}{}\n{CLOSES}{name}", rows.trim_end())
}

/// The name of the file whose text an override holds, and where in it the text is.
pub fn text_of(assignment: &str) -> Option<(&str, Range<usize>)> {
    let (address, _) = assignment.split_once(OPENS)?;
    let (before, name) = assignment.rsplit_once(CLOSES)?;
    let rows = address.len() + OPENS.len()..before.len();
    (!name.is_empty() && is_name(name) && rows.start < rows.end).then_some((name, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_again_in_its_override() {
        let text = "company,year\r\n'''A''',2024\r\n";
        let assignment = assignment("actuals.csv", "a # b.csv", text);
        let document = DeTable::parse(&assignment).unwrap().into_inner();
        let (name, rows) = text_of(&assignment).unwrap();
        assert_eq!(name, "a # b.csv");
        let value = table(document.get("actuals")).unwrap()["csv"].get_ref();
        assert_eq!(value.as_str(), Some(&assignment[rows]));
        assert!(text_of("agreement.cap=4").is_none());
    }

    #[test]
    fn every_segment_may_name_a_file() {
        let text = "[[revenue]]\nname = \"a \\\"b\\\"\"\nbootstrap.companies = \"x.csv\"\n\
            [[revenue]]\nbootstrap.companies = \"y.csv\"\n";
        let document = DeTable::parse(text).unwrap().into_inner();
        let files = named(&document);
        let found: Vec<(&str, &str)> = files
            .iter()
            .map(|file| (file.address.as_str(), file.name.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("revenue.\"a \\\"b\\\"\".bootstrap.companies", "x.csv"),
                ("revenue.1.bootstrap.companies", "y.csv")
            ]
        );
    }
}
