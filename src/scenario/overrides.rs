//! Overrides put into the document they change: a key and one value each, read apart
//! from each other, so that no value holds another key.
//!
//! A table in a list has the address `list.NAME.key`, where it has a `name`, or
//! `list.0.key` by its position; the only one of a list needs none.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::diagnostics::{Problem, ProblemKind};
use super::file::Distribution;
use super::syntax;

/// A key and a value as `key=value` writes them: what stands before the first equals
/// sign outside quotes, and what follows. `None` where there is no such sign.
pub fn assignment(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match quote {
            None if c == '=' => return Some((text[..i].trim(), text[i + 1..].trim())),
            None if c == '"' || c == '\'' => quote = Some(c),
            Some('"') if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

/// Whether a text is a dotted key and nothing else.
pub fn is_key(text: &str) -> bool {
    path(text).is_ok_and(|path| path.is_some())
}

/// The names of a dotted key; `None` where it is none.
pub fn names(key: &str) -> Option<Vec<String>> {
    let names = path(key).ok().flatten()?.into_iter();
    Some(names.map(|(name, _)| name).collect())
}

/// An assignment in TOML: a value that is not TOML but plain words is taken as a text,
/// `simulation.sampler=random`.
pub fn in_toml(text: &str) -> Cow<'_, str> {
    match assignment(text) {
        Some((key, value)) if is_plain_word(value) && DeValue::parse(value).is_err() => {
            Cow::Owned(format!("{key}=\"{value}\""))
        }
        _ => Cow::Borrowed(text),
    }
}

fn is_plain_word(value: &str) -> bool {
    value.starts_with(|c: char| c.is_alphabetic())
        && value
            .chars()
            .all(|c| c.is_alphanumeric() || " _-./".contains(c))
}

/// The names of a dotted key with their places in it.
type Names = Vec<(String, Range<usize>)>;

/// The names of a dotted key; `None` where it holds more than a key.
fn path(key: &str) -> Result<Option<Names>, toml::de::Error> {
    if key.contains(['\n', '\r']) {
        return Ok(None);
    }
    let text = format!("{key}=0");
    let mut table = DeTable::parse(&text)?.into_inner();
    let mut path = Vec::new();
    loop {
        let mut entries = table.into_iter();
        let (Some((name, value)), None) = (entries.next(), entries.next()) else {
            return Ok(None);
        };
        path.push((name.get_ref().to_string(), name.span()));
        let last = value.span();
        match value.into_inner() {
            DeValue::Table(inner) => table = inner,
            // Its own value is the last character: `a=1 #` has another, and a comment.
            _ => return Ok((last == (text.len() - 1..text.len())).then_some(path)),
        }
    }
}

/// The table that an assignment which begins at a position stands for: one key with
/// its one value.
///
/// # Errors
/// Where the key is none, or the value is not one of TOML.
pub fn change(text: &str, offset: usize) -> Result<DeTable<'_>, Box<Problem>> {
    let moved = |mut problem: Problem| {
        problem.span = problem.span.start + offset..problem.span.end + offset;
        Box::new(problem)
    };
    let no_key = || {
        moved(Problem {
            span: 0..text.len(),
            key: Vec::new(),
            message: "this is no change of a key".to_owned(),
            label: "a dotted key, an equals sign and one value are wanted".to_owned(),
            hint: Some("write it as key=value, such as agreement.cap=40".to_owned()),
            kind: ProblemKind::Other,
        })
    };
    let (key, value) = assignment(text).ok_or_else(no_key)?;
    let begin = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let key_begin = begin(key);
    let path = path(key)
        .map_err(|error| moved(syntax::problem_within(&error, text, key_begin)))?
        .ok_or_else(no_key)?;
    let begin = begin(value);
    let parsed = DeValue::parse(value)
        .map_err(|error| moved(syntax::problem_within(&error, text, begin)))?;
    let value = placed(parsed, offset + begin);
    Ok(nested(&path, offset + key_begin, value))
}

/// A value below the names of a path that begins at a position.
fn nested<'t>(
    path: &[(String, Range<usize>)],
    begin: usize,
    value: Spanned<DeValue<'t>>,
) -> DeTable<'t> {
    let Some(((name, span), rest)) = path.split_first() else {
        return DeTable::new();
    };
    let span = span.start + begin..span.end + begin;
    let value = match rest {
        [] => value,
        rest => Spanned::new(span.clone(), DeValue::Table(nested(rest, begin, value))),
    };
    DeTable::from_iter([(Spanned::new(span, Cow::Owned(name.clone())), value)])
}

/// A value below the names of a dotted key that stands in quotes at a place; below the
/// text itself where it is no dotted key.
pub fn below<'t>(key: &str, span: Range<usize>, value: Spanned<DeValue<'t>>) -> DeTable<'t> {
    match path(key) {
        Ok(Some(names)) => {
            let here = names.into_iter().map(|(name, _)| (name, span.clone()));
            nested(&here.collect::<Vec<_>>(), 0, value)
        }
        _ => DeTable::from_iter([(Spanned::new(span, Cow::Owned(key.to_owned())), value)]),
    }
}

/// A value with its places moved on.
fn placed(value: Spanned<DeValue<'_>>, by: usize) -> Spanned<DeValue<'_>> {
    let moved = |span: Range<usize>| span.start + by..span.end + by;
    let span = moved(value.span());
    let value = match value.into_inner() {
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| {
                    let key = Spanned::new(moved(key.span()), key.into_inner());
                    (key, placed(value, by))
                })
                .collect(),
        ),
        DeValue::Array(items) => {
            DeValue::Array(items.into_iter().map(|item| placed(item, by)).collect())
        }
        other => other,
    };
    Spanned::new(span, value)
}

/// Puts the values of `changes` into `document`: tables are merged key by key,
/// any other value replaces what was there.
///
/// # Errors
/// A change that names none of several tables of a list.
pub fn merge<'i>(document: &mut DeTable<'i>, changes: DeTable<'i>) -> Result<(), Box<Problem>> {
    merge_below(&mut Vec::new(), document, changes)
}

fn merge_below<'i>(
    path: &mut Vec<String>,
    document: &mut DeTable<'i>,
    changes: DeTable<'i>,
) -> Result<(), Box<Problem>> {
    for (key, mut value) in changes {
        path.push(key.get_ref().to_string());
        match (document.get_mut(key.get_ref().as_ref()), value.get_mut()) {
            (Some(old), DeValue::Table(new)) if !is_distribution(new) => match old.get_mut() {
                DeValue::Table(old) => merge_below(path, old, std::mem::take(new))?,
                DeValue::Array(items) if holds_tables(items) => {
                    merge_into_items(path, items, std::mem::take(new))?;
                }
                _ => *old = value,
            },
            (Some(old), _) => *old = value,
            (None, _) => {
                document.insert(key, value);
            }
        }
        path.pop();
    }
    Ok(())
}

/// Merges changes into the tables of a list that they name, or into its only one.
fn merge_into_items<'i>(
    path: &mut Vec<String>,
    items: &mut DeArray<'i>,
    changes: DeTable<'i>,
) -> Result<(), Box<Problem>> {
    for (key, mut value) in changes {
        let address = key.get_ref().to_string();
        let addressed = position(items, &address);
        let only = (items.len() == 1).then_some(0);
        let Some(DeValue::Table(item)) = addressed
            .or(only)
            .and_then(|at| items.get_mut(at))
            .map(Spanned::get_mut)
        else {
            return Err(Box::new(unknown(path, items, &key)));
        };
        let change = match value.get_mut() {
            DeValue::Table(inner) if addressed.is_some() => std::mem::take(inner),
            _ => DeTable::from_iter([(key, value)]),
        };
        merge_below(path, item, change)?;
    }
    Ok(())
}

pub fn holds_tables(items: &DeArray<'_>) -> bool {
    let is_table = |item: &Spanned<DeValue<'_>>| matches!(item.get_ref(), DeValue::Table(_));
    !items.is_empty() && items.iter().all(is_table)
}

/// The address of a table of a list: its name, or else its position; none where it is the
/// only one.
pub fn address(items: &DeArray<'_>, at: usize) -> Option<String> {
    let item = items.get(at).filter(|_| items.len() > 1)?;
    let own = name(item).filter(|own| position(items, own) == Some(at));
    Some(own.map_or_else(|| at.to_string(), str::to_owned))
}

/// The position of the table of a list with an address.
fn position(items: &DeArray<'_>, address: &str) -> Option<usize> {
    let named = items.iter().position(|item| name(item) == Some(address));
    let by_number = || address.parse().ok().filter(|at| *at < items.len());
    named.or_else(by_number)
}

fn name<'t>(item: &'t Spanned<DeValue<'_>>) -> Option<&'t str> {
    match item.get_ref() {
        DeValue::Table(table) => table.get("name")?.get_ref().as_str(),
        _ => None,
    }
}

fn unknown(path: &[String], items: &DeArray<'_>, key: &Spanned<impl ToString>) -> Problem {
    let list = path.join(".");
    let addresses: Vec<String> = items
        .iter()
        .enumerate()
        .map(|(i, item)| match name(item) {
            Some(name) if is_bare(name) => format!("{list}.{name}"),
            Some(name) => format!("{list}.{name:?}"),
            None => format!("{list}.{i}"),
        })
        .collect();
    Problem {
        span: key.span(),
        key: path.to_vec(),
        message: format!("there are {} tables `{list}`", items.len()),
        label: "this names none of them".to_owned(),
        hint: Some(format!("say which: {}", addresses.join(", "))),
        kind: ProblemKind::Other,
    }
}

/// Whether a key can be written without quotes.
fn is_bare(key: &str) -> bool {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !key.is_empty() && key.chars().all(bare)
}

/// An inline table that stands for one value and replaces another as a whole.
fn is_distribution(table: &DeTable<'_>) -> bool {
    let mut keys = table.keys();
    keys.any(|key| Distribution::is_named(key.get_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(text: &str, change: &str) -> Result<String, Box<Problem>> {
        let mut document = DeTable::parse(text).unwrap().into_inner();
        merge(&mut document, super::change(change, 0)?)?;
        let DeValue::Array(items) = document["a"].get_ref() else {
            panic!("the list is gone");
        };
        let shares = items.iter().map(|item| match item.get_ref() {
            DeValue::Table(table) => table["x"].get_ref().as_integer().unwrap().to_string(),
            _ => panic!("no table"),
        });
        Ok(shares.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn tables_of_a_list_are_named_or_counted() {
        const TWO: &str = "[[a]]\nname = \"one\"\nx = 1\n[[a]]\nname = \"the other\"\nx = 2\n";
        assert_eq!(merged(TWO, "a.one.x=5").unwrap(), "5 2");
        assert_eq!(merged(TWO, "a.\"the other\".x=5").unwrap(), "1 5");
        assert_eq!(merged(TWO, "a.1.x=5").unwrap(), "1 5");
        let problem = merged(TWO, "a.x=5").unwrap_err();
        assert_eq!(problem.hint.unwrap(), "say which: a.one, a.\"the other\"");
        assert!(merged(TWO, "a.2.x=5").is_err());
        assert_eq!(merged("[[a]]\nx = 1\n", "a.x=5").unwrap(), "5");
        assert_eq!(merged("[[a]]\nx = 1\n", "a.0.x=5").unwrap(), "5");
    }
    #[test]
    fn a_change_is_one_key_and_one_value() {
        for text in [
            "a=1\nb=2",
            "a=1 # b\nb=2",
            "a=\"x\"\n[b]",
            "[a]\nb=1",
            "[a] b=1",
            "a\nb=1",
            "# a=1",
            "a=1 b=2",
            "a=",
            "=1",
            "a",
            "a b=1",
            "a={x=1} b=2",
        ] {
            assert!(change(text, 0).is_err(), "{text}");
        }
        let table = change("a.\"b = c\".'d'= {x = 1}", 0).unwrap();
        assert_eq!(table.len(), 1);
        assert!(is_key("a.\"b = c\".d") && is_key("a") && is_key(" a . b "));
        for text in [
            "", "a=1", "a\nb", "a.", "# a", "[a]", "a b", "a=1\nb", "a #",
        ] {
            assert!(!is_key(text), "{text}");
        }
    }
}
