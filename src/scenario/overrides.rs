//! Overrides put into the document they change.
//!
//! A table in a list has the address `list.NAME.key`, where it has a `name`, or
//! `list.0.key` by its position; the only one of a list needs none.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::diagnostics::Problem;

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

fn holds_tables(items: &DeArray<'_>) -> bool {
    let is_table = |item: &Spanned<DeValue<'_>>| matches!(item.get_ref(), DeValue::Table(_));
    !items.is_empty() && items.iter().all(is_table)
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
        meant: None,
    }
}

/// Whether a key can be written without quotes.
fn is_bare(key: &str) -> bool {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !key.is_empty() && key.chars().all(bare)
}

/// An inline table that stands for one value and replaces another as a whole.
fn is_distribution(table: &DeTable<'_>) -> bool {
    const NAMES: [&str; 6] = [
        "uniform",
        "triangular",
        "normal",
        "lognormal",
        "exponential",
        "discrete",
    ];
    table
        .keys()
        .any(|key| NAMES.contains(&key.get_ref().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(text: &str, change: &str) -> Result<String, Box<Problem>> {
        let mut document = DeTable::parse(text).unwrap().into_inner();
        merge(&mut document, DeTable::parse(change).unwrap().into_inner())?;
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
}
