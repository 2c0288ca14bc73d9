//! What a scenario says, key by key, with the remarks its author wrote beside
//! them: where a figure comes from usually stands in a comment.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::attached::{Named, named};
use super::source::{Place, Source};

/// One key of a scenario as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenKey {
    /// The table it stands in, dotted; empty at the top of the file.
    pub table: String,
    /// Its name within the table.
    pub key: String,
    /// Its value as written, in TOML.
    pub value: String,
    /// The comment above it and behind it, as running text; empty where there is none.
    pub remark: String,
    /// Whether it was given beside the file.
    pub is_override: bool,
}

/// A key that is given beside the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key, dotted.
    pub key: String,
    /// Its value as given, in TOML.
    pub value: String,
    /// Its value in the file, where the file has it.
    pub file: Option<String>,
}

/// What is given beside the file and differs from it, in the order of the document;
/// `own` are the keys of the file alone.
pub fn changes(merged: &[WrittenKey], own: &[WrittenKey]) -> Vec<Change> {
    let given = merged.iter().filter(|key| key.is_override);
    let changes = given.map(|given| {
        let same = |key: &&WrittenKey| key.table == given.table && key.key == given.key;
        Change {
            key: match given.table.as_str() {
                "" => given.key.clone(),
                table => format!("{table}.{}", given.key),
            },
            value: given.value.clone(),
            file: own.iter().find(same).map(|key| key.value.clone()),
        }
    });
    changes
        .filter(|change| change.file.as_ref() != Some(&change.value))
        .collect()
}

/// A key with its position among all texts.
struct Found {
    position: usize,
    written: WrittenKey,
}

/// Every key of a document in the order of the file, tables kept together; what
/// is given beside the file stands at the end of its table.
pub fn keys(document: &DeTable<'_>, source: &Source) -> Vec<WrittenKey> {
    let mut found = Vec::new();
    table(document, "", (source, &named(document)), &mut found);
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for f in &found {
        let of_table = first.entry(&f.written.table).or_insert(f.position);
        *of_table = f.position.min(*of_table);
    }
    let mut order: Vec<(usize, usize, usize)> = found
        .iter()
        .enumerate()
        .map(|(i, f)| (first[f.written.table.as_str()], f.position, i))
        .collect();
    order.sort_unstable();
    let mut found: Vec<Option<WrittenKey>> = found.into_iter().map(|f| Some(f.written)).collect();
    order
        .into_iter()
        .filter_map(|(_, _, i)| found[i].take())
        .collect()
}

/// The keys of a table; `named` are the places of the document that name files.
fn table(
    document: &DeTable<'_>,
    name: &str,
    (source, named): (&Source, &[Named]),
    found: &mut Vec<Found>,
) {
    for (key, value) in document {
        let path = |part: &str| match name {
            "" => part.to_owned(),
            _ => format!("{name}.{part}"),
        };
        let key_name = key.get_ref().to_string();
        match value.get_ref() {
            DeValue::Table(inner) if !in_line(value, source) => {
                table(inner, &path(&key_name), (source, named), found);
            }
            DeValue::Array(items)
                if !items.is_empty() && items.iter().all(|i| own_table(i, source)) =>
            {
                for (i, item) in items.iter().enumerate() {
                    let DeValue::Table(inner) = item.get_ref() else {
                        continue;
                    };
                    let item_name = match items.len() {
                        1 => path(&key_name),
                        _ => path(&format!("{key_name}.{i}")),
                    };
                    table(inner, &item_name, (source, named), found);
                }
            }
            _ => {
                let place = source.place(&value.span());
                let own = remark_of(key, value, source);
                let file = named.iter().find(|file| file.span == value.span());
                let rows = file.and_then(|file| Some((&file.name, source.file(&file.name)?.0)));
                let (value_text, remark) = match rows {
                    Some((file, rows)) => {
                        let from = format!("Read from {file}");
                        let parts = [own, from];
                        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                        (
                            rows.trim_end().to_owned(),
                            parts.join(" ").trim().to_owned(),
                        )
                    }
                    None => (one_line(&place.text[place.span.clone()]), own),
                };
                found.push(Found {
                    position: value.span().start,
                    written: WrittenKey {
                        table: name.to_owned(),
                        key: key_name,
                        value: value_text,
                        remark,
                        is_override: source.is_override(&value.span()),
                    },
                });
            }
        }
    }
}

/// The comment above a key and behind its value, as running text.
pub fn remark_of<K>(key: &Spanned<K>, value: &Spanned<DeValue<'_>>, source: &Source) -> String {
    let key_start = source.place(&key.span()).span.start;
    remark(&source.place(&value.span()), key_start)
}

/// Whether a table stands in braces, as one value.
pub fn in_line(value: &Spanned<DeValue<'_>>, source: &Source) -> bool {
    source.written(&value.span()).starts_with('{')
}

/// Whether an item of a list is a table with a header of its own.
fn own_table(item: &Spanned<DeValue<'_>>, source: &Source) -> bool {
    matches!(item.get_ref(), DeValue::Table(_)) && !in_line(item, source)
}

/// A value as written, without its line breaks and the comments within.
fn one_line(value: &str) -> String {
    if !value.contains('\n') || value.starts_with("\"\"\"") || value.starts_with("'''") {
        return value.to_owned();
    }
    let lines = value.lines().map(|line| without_comment(line).trim());
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// The part of a line before its comment; a `#` in quotes begins none.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (i, c) in line.char_indices() {
        match quote {
            None if c == '#' => return &line[..i],
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ => {}
        }
    }
    line
}

/// The comment lines right above a key and the comment behind its value.
fn remark(place: &Place<'_>, key_start: usize) -> String {
    let (before, after) = (
        &place.text[..key_start.min(place.span.start)],
        &place.text[place.span.end..],
    );
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let above = before[..line_start].lines().rev();
    let mut parts: Vec<&str> = above.map_while(comment).collect();
    parts.reverse();
    let behind = after.lines().next().unwrap_or_default();
    parts.extend(comment(
        behind.trim_start_matches([',', ' ', '\t', ']', '}']),
    ));
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

/// The text of a line that is a comment.
fn comment(line: &str) -> Option<&str> {
    line.trim().strip_prefix('#').map(|text| text.trim())
}

#[cfg(test)]
mod tests {
    use super::super::Scenario;
    use super::*;

    const SCENARIO: &str = r##"# About this file.

title = "A \"#1\" plan" # ours
[timeline]   # the years
start = 2026-01-01
# Where the end comes from,
# in two lines.
end = 2027-12-31   # and behind
step = "year"

# Far away.

[revenue.gbm]
initial = 10
growth = { uniform = [
    0.1, # low
    0.2, # high
] } # judged
volatility = 0.3
[agreement]
share = 0.1
cap = 5
[[report.milestone]]
date = 2026-06-30 # the first
label = "a"
[[report.milestone]]
date = 2026-07-31
label = "b"
"##;

    fn keys(overrides: &[&str]) -> Vec<WrittenKey> {
        let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
        Scenario::parse("a.toml", "a", SCENARIO, &overrides)
            .unwrap()
            .written
    }

    fn of<'a>(keys: &'a [WrittenKey], table: &str, key: &str) -> &'a WrittenKey {
        let mut found = keys.iter().filter(|k| k.table == table && k.key == key);
        found
            .next()
            .unwrap_or_else(|| panic!("{table}.{key} in {keys:?}"))
    }

    #[test]
    fn every_key_comes_with_the_remarks_beside_it() {
        let keys = keys(&[]);
        let tables: Vec<&str> = keys.iter().map(|k| k.table.as_str()).collect();
        let mut order = tables.clone();
        order.dedup();
        assert_eq!(
            order,
            [
                "",
                "timeline",
                "revenue.gbm",
                "agreement",
                "report.milestone.0",
                "report.milestone.1"
            ]
        );
        let title = of(&keys, "", "title");
        assert_eq!(
            (title.value.as_str(), title.remark.as_str()),
            (r##""A \"#1\" plan""##, "ours")
        );
        assert_eq!(of(&keys, "timeline", "start").remark, "");
        assert_eq!(
            of(&keys, "timeline", "end").remark,
            "Where the end comes from, in two lines. and behind"
        );
        let growth = of(&keys, "revenue.gbm", "growth");
        assert_eq!(growth.value, "{ uniform = [ 0.1, 0.2, ] }");
        assert_eq!(growth.remark, "judged");
        assert_eq!(of(&keys, "report.milestone.0", "date").remark, "the first");
        assert!(keys.iter().all(|key| !key.is_override));
    }

    #[test]
    fn changes_name_the_value_of_the_file() {
        let given = [
            "agreement.cap=6",
            "agreement.payer=Acme",
            "agreement.share=0.1",
        ];
        let scenario = Scenario::parse("a.toml", "a", SCENARIO, &given.map(str::to_owned));
        let change = |key: &str, value: &str, file: Option<&str>| Change {
            key: key.to_owned(),
            value: value.to_owned(),
            file: file.map(str::to_owned),
        };
        let wanted = [
            change("agreement.cap", "6", Some("5")),
            change("agreement.payer", "\"Acme\"", None),
        ];
        assert_eq!(scenario.unwrap().changes, wanted);
    }

    #[test]
    fn overrides_stand_in_the_place_of_what_they_change() {
        let keys = keys(&["agreement.cap={ uniform = [4, 6] }", "agreement.payer=Acme"]);
        let cap = of(&keys, "agreement", "cap");
        assert_eq!(
            (cap.value.as_str(), cap.is_override),
            ("{ uniform = [4, 6] }", true)
        );
        let payer = of(&keys, "agreement", "payer");
        assert_eq!(
            (payer.value.as_str(), payer.is_override),
            ("\"Acme\"", true)
        );
        assert!(!of(&keys, "agreement", "share").is_override);
        assert_eq!(payer.remark, "");
    }
}
