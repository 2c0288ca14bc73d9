//! The parser's errors in the user's words.

use std::ops::Range;

use toml::de::DeTable;

use super::diagnostics::Problem;
use super::source::key_at;

/// A problem from an error of the parser or of the types it fills.
pub fn problem(error: &toml::de::Error, document: Option<&DeTable<'_>>) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let key = document.map_or_else(Vec::new, |document| key_at(document, &span));
    let text = error.message();
    if document.is_none() {
        return Problem {
            message: format!("this is not TOML: {}", first_line(text)),
            label: "here".to_owned(),
            hint: Some(
                "a line is `key = value` or `[table]`; texts stand in quotes, dates do not"
                    .to_owned(),
            ),
            span,
            key,
        };
    }
    unknown_key(text, &span, &key)
        .or_else(|| missing_key(text, &span, &key))
        .or_else(|| wrong_type(text, &span, &key))
        .unwrap_or_else(|| Problem {
            message: format!("{}{}", subject(&key), first_line(text)),
            label: "this value".to_owned(),
            hint: None,
            span,
            key,
        })
}

fn subject(key: &[String]) -> String {
    if key.is_empty() {
        String::new()
    } else {
        format!("`{}`: ", key.join("."))
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The words between backticks, in order.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn unknown_key(text: &str, span: &Range<usize>, key: &[String]) -> Option<Problem> {
    let rest = text.strip_prefix("unknown field ")?;
    let names = quoted(rest);
    let (name, known) = names.split_first()?;
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`? Known here: {}", known.join(", ")),
        None => format!("known here: {}", known.join(", ")),
    };
    Some(Problem {
        span: span.clone(),
        message: format!("unknown key `{}`", key.join(".")),
        label: "not a key of a scenario".to_owned(),
        hint: Some(hint),
        // Unknown keys have no rules; those of the table around them would mislead.
        key: Vec::new(),
    })
}

fn missing_key(text: &str, span: &Range<usize>, key: &[String]) -> Option<Problem> {
    let rest = text.strip_prefix("missing field ")?;
    let name = *quoted(rest).first()?;
    let mut path = key.to_vec();
    path.push(name.to_owned());
    let label = match key {
        [] => "the file has no such table or key".to_owned(),
        _ => format!("this table has no `{name}`"),
    };
    Some(Problem {
        span: span.clone(),
        message: format!("missing key `{}`", path.join(".")),
        label,
        hint: None,
        key: path,
    })
}

fn wrong_type(text: &str, span: &Range<usize>, key: &[String]) -> Option<Problem> {
    let rest = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
    let (found, expected) = first_line(rest).split_once(", expected ")?;
    let wanted = wanted(expected);
    Some(Problem {
        span: span.clone(),
        message: format!("`{}` must be {wanted}", key.join(".")),
        label: format!("this is {}", found_words(found)),
        hint: date_hint(found, expected),
        key: key.to_vec(),
    })
}

/// A date in quotes is the most common mistake at a date key.
fn date_hint(found: &str, expected: &str) -> Option<String> {
    let quoted_date = found.starts_with("string ") && expected.contains("datetime");
    quoted_date.then(|| "write dates without quotes: 2026-01-01".to_owned())
}

fn wanted(expected: &str) -> String {
    match expected {
        "f64" => "a number".to_owned(),
        "i64" => "a whole number".to_owned(),
        "a string" => "a text in quotes".to_owned(),
        "a map" => "a table".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a TOML datetime" => "a date".to_owned(),
        "an array of length 2" => "a list of 2 numbers".to_owned(),
        "an array of length 3" => "a list of 3 numbers".to_owned(),
        other if other.starts_with("struct ") => "a table".to_owned(),
        other => other.to_owned(),
    }
}

fn found_words(found: &str) -> String {
    let value = quoted(found).first().copied().unwrap_or_default();
    match found.split(' ').next().unwrap_or_default() {
        "string" => format!("the text {}", found.trim_start_matches("string ")),
        "integer" => format!("the whole number {value}"),
        "floating" => format!("the number {value}"),
        "boolean" => format!("the truth value {value}"),
        "map" => "a table or a date".to_owned(),
        "sequence" => "a list".to_owned(),
        count if count.parse::<usize>().is_ok() => format!("a list of {count}"),
        _ => found.to_owned(),
    }
}

/// The name a misspelt one most likely means.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let similarity = |candidate: &str| strsim::jaro_winkler(&name.to_lowercase(), candidate);
    known
        .iter()
        .copied()
        .map(|candidate| (similarity(candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
