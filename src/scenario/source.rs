//! The text of a scenario: the file and the overrides given beside it, in one
//! run of positions, so that every value of the merged document knows its place.

use std::ops::Range;

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::attached::{self, Named};
use super::overrides;

/// One text a scenario is made of.
#[derive(Clone, Debug)]
struct Part {
    /// What an error calls it: the file's path or `--set`.
    origin: String,
    /// Where it begins among all positions.
    offset: usize,
    text: String,
    /// The part of it that is the text of a file of its own.
    file: Option<Range<usize>>,
}

/// The file and the overrides.
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
        let part = self.part(span);
        part.offset > 0 && part.file.is_none()
    }

    /// The name of the file whose text holds a span, if it is not the scenario's own.
    pub fn attached(&self, span: &Range<usize>) -> Option<&str> {
        let part = self.part(span);
        part.file.as_ref()?;
        attached::text_of(&part.text).map(|(name, _)| name)
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

    /// The text of a file, called `origin`.
    pub fn new(origin: &str, text: &str) -> Self {
        Self {
            parts: vec![Part {
                origin: origin.to_owned(),
                offset: 0,
                text: text.to_owned(),
                file: None,
            }],
        }
    }

    /// The text of a file with overrides.
    pub fn with(origin: &str, text: &str, overrides: &[String]) -> Self {
        let mut source = Self::new(origin, text);
        for assignment in overrides {
            source.push_override(assignment);
        }
        source
    }

    /// The files named in it; none where it cannot be read.
    pub fn files(&self) -> Vec<Named> {
        let texts = self.padded();
        let mut document = DeTable::new();
        for text in &texts {
            let Ok(parsed) = DeTable::parse(text) else {
                return Vec::new();
            };
            if overrides::merge(&mut document, parsed.into_inner()).is_err() {
                return Vec::new();
            }
        }
        attached::named(&document)
    }

    /// Adds an override `key=value`. A value that is not TOML but plain words is
    /// taken as a text: `simulation.sampler=random`.
    pub fn push_override(&mut self, assignment: &str) {
        let quoted = assignment
            .split_once('=')
            .filter(|(_, value)| is_plain_word(value.trim()))
            .map(|(key, value)| format!("{key}=\"{}\"", value.trim()));
        let text = match quoted {
            Some(quoted) if DeTable::parse(assignment).is_err() => quoted,
            _ => assignment.to_owned(),
        };
        let last = &self.parts[self.parts.len() - 1];
        // One position between the parts belongs to neither.
        let offset = last.offset + last.text.len() + 1;
        let (origin, file) = match attached::text_of(&text) {
            Some((name, rows)) => {
                let beside = Path::new(&self.parts[0].origin).with_file_name(name);
                (beside.display().to_string(), Some(rows))
            }
            None => ("--set".to_owned(), None),
        };
        self.parts.push(Part {
            origin,
            offset,
            text,
            file,
        });
    }

    /// Parts padded with blanks to their offset, so that a parser's positions
    /// are positions of the whole source; to be parsed and merged in order.
    pub fn padded(&self) -> Vec<String> {
        self.parts
            .iter()
            .map(|part| " ".repeat(part.offset) + &part.text)
            .collect()
    }

    /// Where a span of the whole source lies; at the end of the last part it
    /// begins in or after.
    pub fn place(&self, span: &Range<usize>) -> Place<'_> {
        let part = self.part(span);
        let shown = part.file.clone().unwrap_or(0..part.text.len());
        let text = &part.text[shown.clone()];
        let within = |position: usize| {
            let start = part.offset + shown.start;
            let mut at = position.saturating_sub(start).min(text.len());
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

fn is_plain_word(value: &str) -> bool {
    value.starts_with(|c: char| c.is_alphabetic())
        && value
            .chars()
            .all(|c| c.is_alphanumeric() || " _-./".contains(c))
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
    use super::super::overrides::merge;
    use super::*;

    #[test]
    fn overrides_replace_values_and_keep_their_place() {
        let mut source = Source::new("a.toml", "[agreement]\nshare = 0.2\ncap = 38\n");
        source.push_override("agreement.cap=40");
        source.push_override("simulation.sampler=random");
        let padded = source.padded();
        let mut document = DeTable::parse(&padded[0]).unwrap().into_inner();
        for text in &padded[1..] {
            merge(&mut document, DeTable::parse(text).unwrap().into_inner()).unwrap();
        }
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
    }

    #[test]
    fn a_distribution_replaces_a_distribution() {
        let mut source = Source::new("a.toml", "cap = { uniform = [1, 2] }\n");
        source.push_override("cap={ triangular = [1, 2, 3] }");
        let padded = source.padded();
        let mut document = DeTable::parse(&padded[0]).unwrap().into_inner();
        merge(
            &mut document,
            DeTable::parse(&padded[1]).unwrap().into_inner(),
        )
        .unwrap();
        let cap = document["cap"].get_ref().as_table().unwrap();
        assert_eq!(cap.len(), 1);
        assert!(cap.contains_key("triangular"));
    }
}
