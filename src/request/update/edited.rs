//! Changes written into the text of a scenario, with all that its author wrote around
//! them.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

use crate::scenario::assignment;
use crate::study::StudyError;

/// The text with keys changed, each `key=value` with a dotted key.
pub fn edited(text: &str, changes: &[String]) -> Result<String, StudyError> {
    let unusable = |what: String| {
        let message = format!("the changes cannot be written into the scenario: {what}");
        StudyError::new(message, "make them in its file")
    };
    let mut document: DocumentMut = text
        .parse()
        .map_err(|e: toml_edit::TomlError| unusable(e.message().to_owned()))?;
    for change in changes {
        let (key, value) = assignment(change).ok_or_else(|| unusable(change.clone()))?;
        let path = toml_edit::Key::parse(key).map_err(|e| unusable(e.message().to_owned()))?;
        let value = match value.parse::<Value>() {
            Ok(value) => value,
            // What is no TOML is plain words, as everywhere.
            Err(_) => Value::from(value),
        };
        let names: Vec<&str> = path.iter().map(toml_edit::Key::get).collect();
        put(document.as_table_mut(), &names, value).ok_or_else(|| unusable(change.clone()))?;
    }
    Ok(document.to_string())
}

/// Puts a value where names lead; `None` where they lead to no table.
fn put(table: &mut dyn TableLike, names: &[&str], value: Value) -> Option<()> {
    let (first, rest) = names.split_first()?;
    if rest.is_empty() {
        match table.get_mut(first) {
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            Some(other) => *other = Item::Value(value),
            None => {
                table.insert(first, Item::Value(value));
            }
        }
        return Some(());
    }
    if !table.contains_key(first) {
        let mut new = Table::new();
        new.set_implicit(true);
        table.insert(first, Item::Table(new));
    }
    match table.get_mut(first)? {
        Item::ArrayOfTables(list) => {
            let (at, rest) = among(list, rest)?;
            put(list.get_mut(at)?, rest, value)
        }
        item => put(item.as_table_like_mut()?, rest, value),
    }
}

/// Which table of a list is meant, and the names that are left: by its name, its
/// position, or the only one.
fn among<'n>(list: &ArrayOfTables, names: &'n [&'n str]) -> Option<(usize, &'n [&'n str])> {
    let (first, rest) = names.split_first()?;
    let named = list
        .iter()
        .position(|table| table.get("name").and_then(Item::as_str) == Some(*first));
    let at = named.or_else(|| first.parse().ok().filter(|at| *at < list.len()));
    match at {
        Some(at) if !rest.is_empty() => Some((at, rest)),
        _ if list.len() == 1 => Some((0, names)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::edited;

    const TEXT: &str = "# Ours.\ntitle = \"A\" # so\n\n[revenue.forecast] # a plan\n\
                        annual = { 2026 = 28, 2027 = 46 }\nvolatility = 0.1 # judged\n\n\
                        [[agreement]]\nname = \"one\"\ncap = 5\n[[agreement]]\nname = \"two\"\ncap = 6\n";

    #[test]
    fn changes_stand_in_their_place_and_all_else_stays() {
        let changes = [
            "revenue.forecast.annual.2027=50",
            "revenue.forecast.volatility={ uniform = [0.1, 0.2] }",
            "revenue.reported=[{ start = 2026-04-01, end = 2026-06-30, revenue = 6.4 }]",
            "agreement.two.cap=7",
            "valuation.date=2026-07-01",
        ];
        let text = edited(TEXT, &changes.map(str::to_owned)).unwrap();
        for line in [
            "# Ours.",
            "title = \"A\" # so",
            "[revenue.forecast] # a plan",
            "annual = { 2026 = 28, 2027 = 50 }",
            "volatility = { uniform = [0.1, 0.2] } # judged",
            "reported = [{ start = 2026-04-01, end = 2026-06-30, revenue = 6.4 }]",
            "cap = 5",
            "cap = 7",
            "date = 2026-07-01",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} in\n{text}");
        }
        // Written twice, the same.
        assert_eq!(edited(&text, &changes.map(str::to_owned)).unwrap(), text);
        let value: toml::Table = text.parse().unwrap();
        assert!(value["revenue"]["reported"].is_array());
        assert!(edited(TEXT, &["agreement.cap=7".to_owned()]).is_err());
    }
}
