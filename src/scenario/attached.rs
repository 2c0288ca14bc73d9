//! Files that a scenario names beside itself. Their text stays a text of its own: it
//! is looked up by its name where the name stands, and never becomes TOML. Whoever
//! holds the scenario's text, the changes and these texts has all that decides the
//! results.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Problem, ProblemKind};

/// A file that a scenario names, as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attached {
    /// Its name as the scenario writes it, relative to the scenario's folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Where a scenario names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The key that names it.
    pub key: &'static str,
    /// Its name as written.
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
            kind: ProblemKind::Other,
        }
    }
}

/// The places of a document that name files.
pub fn named(document: &DeTable<'_>) -> Vec<Named> {
    let mut files = Vec::new();
    let actuals = table(document.get("actuals"));
    if let Some(file) = actuals.and_then(|actuals| actuals.get("file")) {
        push(&mut files, file, "actuals.file");
    }
    let mut companies = |revenue: Option<&DeTable<'_>>| {
        let bootstrap = revenue.and_then(|revenue| table(revenue.get("bootstrap")));
        if let Some(file) = bootstrap.and_then(|bootstrap| bootstrap.get("companies")) {
            push(&mut files, file, "revenue.bootstrap.companies");
        }
    };
    match document.get("revenue").map(Spanned::get_ref) {
        Some(DeValue::Array(items)) => items.iter().for_each(|item| companies(table(Some(item)))),
        _ => companies(table(document.get("revenue"))),
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
fn push(files: &mut Vec<Named>, value: &Spanned<DeValue<'_>>, key: &'static str) {
    if let Some(name) = value.get_ref().as_str()
        && is_name(name)
    {
        files.push(Named {
            key,
            name: name.to_owned(),
            span: value.span(),
        });
    }
}

/// Whether a text that may be rows or the name of a file is a name.
pub fn is_name(text: &str) -> bool {
    !text.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_segment_may_name_a_file() {
        let text = "[[revenue]]\nname = \"a \\\"b\\\"\"\nbootstrap.companies = \"x.csv\"\n\
            [[revenue]]\nbootstrap.companies = \"y.csv\"\n[actuals]\nfile = \"z.csv\"\n";
        let document = DeTable::parse(text).unwrap().into_inner();
        let files = named(&document);
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["z.csv", "x.csv", "y.csv"]);
        assert!(
            files
                .iter()
                .all(|file| text[file.span.clone()] == format!("{:?}", file.name))
        );
    }
}
