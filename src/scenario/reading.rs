//! Filling the types of the file from the document with every mistake of form
//! noted, not only the first: what is wrong is taken out, something neutral put
//! in where a value is needed, and the reading begun again.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer};

use super::diagnostics::{MOST_PROBLEMS, Problem, ProblemKind};
use super::file::ScenarioFile;
use super::keys::{is_list, is_table, stand_in};
use super::source::{Link, names, path_to};
use super::wording;

/// Where a value stands that is in no text.
const NOWHERE: usize = usize::MAX;

/// Whether a span is that of a value put in for one that is missing or wrong:
/// what follows from it is no problem of the file.
pub fn stands_in(span: &Range<usize>) -> bool {
    span.start == NOWHERE
}

/// The file, unless it is beyond repair, and what is wrong with its form.
pub fn read(mut document: DeTable<'_>) -> (Option<ScenarioFile>, Vec<Problem>) {
    let mut problems = Vec::new();
    while problems.len() < MOST_PROBLEMS {
        list_lone_tables(&mut document);
        let problem = match wording::list_for_table(&document) {
            Some(problem) => problem,
            None => {
                // The empty span is that of the document as a whole.
                let table = Spanned::new(0..0, document.clone());
                match ScenarioFile::deserialize(Deserializer::from(table)) {
                    Ok(file) => return (Some(file), problems),
                    Err(error) => wording::problem(&error, &document),
                }
            }
        };
        let repaired = repair(&mut document, &problem);
        problems.push(problem);
        if !repaired {
            break;
        }
    }
    (None, problems)
}

/// Puts a lone `[agreement]`, a lone `[revenue]` and a lone event of an agreement
/// into a list of one.
fn list_lone_tables(document: &mut DeTable<'_>) {
    list_lone(document, &["agreement", "revenue", "case"]);
    if let Some(DeValue::Array(agreements)) = document.get_mut("agreement").map(Spanned::get_mut) {
        for agreement in agreements.iter_mut() {
            if let DeValue::Table(agreement) = agreement.get_mut() {
                list_lone(agreement, &["event"]);
            }
        }
    }
}

fn list_lone(document: &mut DeTable<'_>, keys: &[&str]) {
    for key in keys {
        if let Some(value) = document.get_mut(*key)
            && matches!(value.get_ref(), DeValue::Table(_))
        {
            let span = value.span();
            let table = std::mem::replace(value.get_mut(), DeValue::Boolean(false));
            *value.get_mut() = DeValue::Array([Spanned::new(span, table)].into_iter().collect());
        }
    }
}

/// Takes out what a problem is about, or gives it the name it was meant to have;
/// false where that cannot be done.
fn repair(document: &mut DeTable<'_>, problem: &Problem) -> bool {
    let mut path = path_to(document, &problem.span);
    if problem.key.len() > names(&path).len() {
        // A key that is missing: its table is marked.
        path.extend(problem.key.last().cloned().map(Link::Key));
    }
    let meant = match &problem.kind {
        ProblemKind::UnknownKey { meant } => meant.as_ref(),
        ProblemKind::Other => None,
    };
    let depth = match meant {
        Some(_) => path.len(),
        None => piece(&path),
    };
    let Some((last, around)) = path[..depth].split_last() else {
        return false;
    };
    let key = names(&path[..depth]);
    match (last, around.split_last()) {
        (Link::Key(name), _) => {
            let Some(table) = table_at(document, around) else {
                return false;
            };
            let removed = table.remove_entry(name.as_str());
            if let (Some(meant), Some((_, value))) = (meant, &removed)
                && !table.contains_key(meant.as_str())
            {
                let meant = Spanned::new(NOWHERE..NOWHERE, meant.clone().into());
                table.insert(meant, value.clone());
                return true;
            }
            let Some(value) = stand_in(&key) else {
                return removed.is_some();
            };
            let name = Spanned::new(NOWHERE..NOWHERE, name.clone().into());
            table.insert(name, nowhere(value));
            true
        }
        (Link::Item(index), Some((Link::Key(list), around))) => {
            let list = table_at(document, around).and_then(|table| table.get_mut(list.as_str()));
            let Some(DeValue::Array(items)) = list.map(Spanned::get_mut) else {
                return false;
            };
            let all = std::mem::replace(items, DeArray::new())
                .into_iter()
                .enumerate();
            let rest = all.filter(|(i, _)| i != index);
            *items = rest.map(|(_, item)| item).collect();
            true
        }
        (Link::Item(_), _) => false,
    }
}

/// How much of a path leads to what goes as a whole: a value of one piece, such
/// as a distribution, or the revenue model where its name is the mistake.
fn piece(path: &[Link]) -> usize {
    if let [Link::Key(revenue), Link::Item(_), Link::Key(model)] = path
        && revenue == "revenue"
        && model != "name"
    {
        return 1;
    }
    let whole = |depth: &usize| {
        let key = names(&path[..*depth]);
        let in_list = matches!(path[*depth], Link::Item(_));
        !is_table(&key) || in_list && !is_list(&key)
    };
    (1..path.len()).find(whole).unwrap_or(path.len())
}

/// The table a path leads to.
fn table_at<'t, 'i>(document: &'t mut DeTable<'i>, path: &[Link]) -> Option<&'t mut DeTable<'i>> {
    let Some((first, rest)) = path.split_first() else {
        return Some(document);
    };
    let Link::Key(name) = first else {
        return None;
    };
    match (document.get_mut(name.as_str())?.get_mut(), rest) {
        (DeValue::Table(table), rest) => table_at(table, rest),
        (DeValue::Array(items), [Link::Item(index), rest @ ..]) => {
            match items.get_mut(*index)?.get_mut() {
                DeValue::Table(table) => table_at(table, rest),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A value with all its places moved to nowhere.
fn nowhere(value: DeValue<'_>) -> Spanned<DeValue<'_>> {
    let value = match value {
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| {
                    let key = Spanned::new(NOWHERE..NOWHERE, key.into_inner());
                    (key, nowhere(value.into_inner()))
                })
                .collect(),
        ),
        other => other,
    };
    Spanned::new(NOWHERE..NOWHERE, value)
}
