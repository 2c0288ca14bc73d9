//! The texts of a scenario: the file, the overrides given beside it and the files it
//! names, in one run of positions, so that every value knows its place.

use std::ops::Range;

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::attached::{self, Attached, Named};
use super::cases;
use super::diagnostics::Problem;
use super::overrides;
use super::syntax;

/// One text a scenario is made of.
#[derive(Clone, Debug)]
struct Part {
    /// What an error calls it: the file's path or `--set`.
    origin: String,
    /// Where it begins among all positions.
    offset: usize,
    text: String,
    kind: Kind,
}

/// What a text is.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// The scenario file.
    Scenario,
    /// A change given beside it.
    Change,
    /// A file that it names, by this name.
    File(String),
}

/// The file, the overrides and the files it names.
#[derive(Clone, Debug)]
pub struct Source {
    parts: Vec<Part>,
}

/// A part's origin and text, and a span within that text.
#[derive(Clone, Debug, PartialEq)]
pub struct Place<'a> {
    pub origin: &'a str,
    pub text: &'a str,
    pub span: Range<usize>,
}

impl Source {
    /// Whether a span lies in a change given beside the scenario's files.
    pub fn is_override(&self, span: &Range<usize>) -> bool {
        self.part(span).kind == Kind::Change
    }

    /// The text of the file that a scenario calls by a name, with its place.
    pub fn file(&self, name: &str) -> Option<(&str, Range<usize>)> {
        let is_it = |part: &&Part| matches!(&part.kind, Kind::File(own) if own == name);
        let part = self.parts.iter().find(is_it)?;
        Some((&part.text, part.offset..part.offset + part.text.len()))
    }

    /// Where within a span a text stands just as it reads.
    pub fn position_of(&self, span: &Range<usize>, text: &str) -> Option<usize> {
        let part = self.part(span);
        let (start, end) = (
            span.start.checked_sub(part.offset)?,
            span.end.checked_sub(part.offset)?,
        );
        let at = part.text.get(start..end)?.find(text)?;
        Some(span.start + at)
    }

    /// The last part that a span begins in or after.
    fn part(&self, span: &Range<usize>) -> &Part {
        let mut parts = self.parts.iter().rev();
        let part = parts.find(|part| part.offset <= span.start);
        part.unwrap_or(&self.parts[0])
    }

    /// What stands at a span, as written.
    pub fn written(&self, span: &Range<usize>) -> &str {
        let place = self.place(span);
        &place.text[place.span]
    }

    /// The text of a file, called `origin`, with overrides and the files it names.
    pub fn new(origin: &str, text: &str, overrides: &[String], attached: &[Attached]) -> Self {
        let mut source = Self { parts: Vec::new() };
        source.push(origin.to_owned(), text.to_owned(), Kind::Scenario);
        for assignment in overrides {
            let text = overrides::in_toml(assignment).into_owned();
            source.push("--set".to_owned(), text, Kind::Change);
        }
        for Attached { name, text } in attached {
            let beside = Path::new(origin).with_file_name(name);
            let kind = Kind::File(name.clone());
            source.push(beside.display().to_string(), text.clone(), kind);
        }
        source
    }

    fn push(&mut self, origin: String, text: String, kind: Kind) {
        // One position between the parts belongs to neither.
        let end = |part: &Part| part.offset + part.text.len() + 1;
        self.parts.push(Part {
            origin,
            offset: self.parts.last().map_or(0, end),
            text,
            kind,
        });
    }

    /// The values of the file with those of the overrides put in.
    ///
    /// # Errors
    /// The first text that is no TOML, or change that leads nowhere.
    pub fn document(&self) -> Result<DeTable<'_>, Box<Problem>> {
        let mut document = DeTable::new();
        let mut taken = None;
        // What is given of cases comes before what one of them sets, and that before what
        // is given of anything else.
        let (mut of_cases, mut others) = (Vec::new(), Vec::new());
        for part in &self.parts {
            match part.kind {
                Kind::Scenario => {
                    let parsed = DeTable::parse(&part.text);
                    document = parsed
                        .map_err(|error| Box::new(syntax::problem(&error, &part.text)))?
                        .into_inner();
                }
                Kind::Change => {
                    let change = overrides::change(&part.text, part.offset)?;
                    match cases::taken(&change) {
                        Some(case) => taken = Some(case),
                        None if change.contains_key(cases::KEY) => of_cases.push(change),
                        None => others.push(change),
                    }
                }
                Kind::File(_) => {}
            }
        }
        for change in of_cases {
            overrides::merge(&mut document, change)?;
        }
        if let Some(case) = taken {
            cases::take(&mut document, case)?;
        }
        for change in others {
            overrides::merge(&mut document, change)?;
        }
        Ok(document)
    }

    /// The files named in it; none where it cannot be read.
    pub fn files(&self) -> Vec<Named> {
        self.document()
            .map_or_else(|_| Vec::new(), |document| attached::named(&document))
    }

    /// Where a span of the whole source lies; at the end of the last part it
    /// begins in or after.
    pub fn place(&self, span: &Range<usize>) -> Place<'_> {
        let part = self.part(span);
        let text = part.text.as_str();
        let within = |position: usize| {
            let mut at = position.saturating_sub(part.offset).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        Place {
            origin: &part.origin,
            text,
            span: within(span.start)..within(span.end.max(span.start)),
        }
    }
}

/// One step of the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Into a table.
    Key(String),
    /// Into a list.
    Item(usize),
}

/// The keys of a path, which dotted make the name of a value.
pub fn names(path: &[Link]) -> Vec<String> {
    path.iter()
        .filter_map(|link| match link {
            Link::Key(name) => Some(name.clone()),
            Link::Item(_) => None,
        })
        .collect()
}

/// The way to the value (or the key) that holds a span of the document; an empty
/// span is that of the document as a whole.
pub fn path_to(document: &DeTable<'_>, span: &Range<usize>) -> Vec<Link> {
    let mut path = Vec::new();
    if !span.is_empty() {
        into_table(document, span, &mut path);
    }
    path
}

fn into_table(table: &DeTable<'_>, span: &Range<usize>, path: &mut Vec<Link>) {
    let held = table
        .iter()
        .find(|(key, value)| key.span() == *span || holds(value, span));
    if let Some((key, value)) = held {
        path.push(Link::Key(key.get_ref().to_string()));
        if key.span() != *span {
            into_value(value, span, path);
        }
    }
}

fn into_value(value: &Spanned<DeValue<'_>>, span: &Range<usize>, path: &mut Vec<Link>) {
    match value.get_ref() {
        DeValue::Table(table) => into_table(table, span, path),
        DeValue::Array(items) => {
            if let Some(index) = items.iter().position(|item| holds(item, span)) {
                path.push(Link::Item(index));
                into_value(&items[index], span, path);
            }
        }
        _ => {}
    }
}

/// The value a path leads to.
pub fn value_at<'d, 'i>(document: &'d DeTable<'i>, path: &[Link]) -> Option<&'d DeValue<'i>> {
    let (first, rest) = path.split_first()?;
    let Link::Key(name) = first else {
        return None;
    };
    let mut value = document.get(name.as_str())?.get_ref();
    for link in rest {
        value = match (link, value) {
            (Link::Key(name), DeValue::Table(table)) => table.get(name.as_str())?.get_ref(),
            (Link::Item(index), DeValue::Array(items)) => items.get(*index)?.get_ref(),
            _ => return None,
        };
    }
    Some(value)
}

/// Whether a value or anything in it covers the span: a table's own span is only
/// that of its header.
fn holds(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    let own = value.span();
    if own.start <= span.start && span.end <= own.end {
        return true;
    }
    match value.get_ref() {
        DeValue::Table(table) => table
            .iter()
            .any(|(key, value)| key.span() == *span || holds(value, span)),
        DeValue::Array(items) => items.iter().any(|item| holds(item, span)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str, overrides: &[&str]) -> Source {
        let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
        Source::new("a.toml", text, &overrides, &[])
    }

    #[test]
    fn overrides_replace_values_and_keep_their_place() {
        let text = "[agreement]\nshare = 0.2\ncap = 38\n";
        let source = source(text, &["agreement.cap = 40", "simulation.sampler=random"]);
        let document = source.document().unwrap();
        let agreement = document["agreement"].get_ref().as_table().unwrap();
        assert_eq!(
            agreement["cap"].get_ref().as_integer().unwrap().as_str(),
            "40"
        );
        let place = source.place(&agreement["cap"].span());
        assert_eq!((place.origin, &place.text[place.span]), ("--set", "40"));
        let place = source.place(&agreement["share"].span());
        assert_eq!((place.origin, &place.text[place.span]), ("a.toml", "0.2"));
        assert_eq!(
            names(&path_to(&document, &agreement["cap"].span())),
            ["agreement", "cap"]
        );
        let simulation = document["simulation"].get_ref().as_table().unwrap();
        assert_eq!(simulation["sampler"].get_ref().as_str(), Some("random"));
        let place = source.place(&simulation["sampler"].span());
        assert_eq!(&place.text[place.span], "\"random\"");
    }

    #[test]
    fn a_distribution_replaces_a_distribution() {
        let source = source(
            "cap = { uniform = [1, 2] }\n",
            &["cap={ triangular = [1, 2, 3] }"],
        );
        let document = source.document().unwrap();
        let cap = document["cap"].get_ref().as_table().unwrap();
        assert_eq!(cap.len(), 1);
        let triangular = &cap["triangular"];
        assert_eq!(source.written(&triangular.span()), "[1, 2, 3]");
        let items = triangular.get_ref().as_array().unwrap();
        assert_eq!(source.written(&items[2].span()), "3");
    }

    #[test]
    fn files_stay_texts_of_their_own() {
        let attached = Attached {
            name: "x.csv".to_owned(),
            text: "a = 1\nb = 2\n".to_owned(),
        };
        let source = Source::new("in/a.toml", "c = \"x.csv\"", &[], &[attached]);
        assert_eq!(source.document().unwrap().len(), 1);
        let (text, span) = source.file("x.csv").unwrap();
        assert_eq!(text, "a = 1\nb = 2\n");
        let place = source.place(&(span.start + 6..span.start + 7));
        assert_eq!(place.origin, "in/x.csv");
        assert_eq!(&place.text[place.span], "b");
        assert!(source.file("y.csv").is_none());
    }
}
