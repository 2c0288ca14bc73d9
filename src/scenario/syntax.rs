//! The parser's errors in the user's words.

use super::diagnostics::{Problem, ProblemKind};
use super::wording::first_line;
use crate::text::printable;
use crate::units::Date;

/// A text that is no TOML.
pub fn problem(error: &toml::de::Error, text: &str) -> Problem {
    problem_within(error, text, 0)
}

/// A text that is no TOML from a position on, where the parser began.
pub fn problem_within(error: &toml::de::Error, text: &str, begin: usize) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let end = text.len();
    let span = (span.start + begin).min(end)..(span.end + begin).min(end);
    let marked = text.get(span.clone()).unwrap_or_default().trim();
    let said = first_line(error.message());
    let before = text.get(..span.start).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default();
    let usual = "a line is `key = value` or `[table]`; texts stand in quotes, dates do not";
    let value = value_around(text, span.start);
    let (message, label, hint) = match said {
        _ if let Some(hint) = date_meant(value) => (
            "a date in another order",
            "dates begin with the year".to_owned(),
            hint,
        ),
        _ if let Some(amount) = amount_meant(value) => (
            "a currency sign is no part of a number",
            "this is neither a number nor a text in quotes".to_owned(),
            format!("write the amount alone: {amount}; the file's currency and unit hold for all"),
        ),
        _ if said.starts_with("duplicate key") => (
            "a key or a table is given twice",
            format!("`{marked}` for the second time"),
            "keep one of the two; everything in a table stands below one header".to_owned(),
        ),
        _ if said.starts_with("string values must be quoted") => match marked {
            "" => (
                "a value is missing",
                "nothing follows the equals sign".to_owned(),
                "write the value, or leave the key out".to_owned(),
            ),
            _ if marked.ends_with('%') => (
                "a percent sign is no part of a number",
                "this is neither a number nor a text in quotes".to_owned(),
                "write a percentage as a fraction: 20 % is 0.20".to_owned(),
            ),
            _ => (
                "a text without quotes",
                "this is neither a number nor a date".to_owned(),
                format!(
                    "put quotes around a text: \"{}\"",
                    printable(&marked.replace('\t', " "))
                ),
            ),
        },
        _ if after.starts_with(',') && before.ends_with(|c: char| c.is_ascii_digit())
            || marked.starts_with(',') =>
        {
            (
                "a comma in a number",
                "the line should end here".to_owned(),
                "write numbers with a decimal point and without separators: 0.20, 10000".to_owned(),
            )
        }
        _ if said.starts_with("invalid basic string") => (
            "a text is not closed",
            "a quotation mark is missing".to_owned(),
            "close the text with \" on the line it began on".to_owned(),
        ),
        _ if said.starts_with("invalid date") => (
            said,
            "the calendar has no such day".to_owned(),
            "write dates as year-month-day: 2026-01-31".to_owned(),
        ),
        _ if said.starts_with("key with no value") => (
            "a key without a value",
            "an equals sign is missing".to_owned(),
            usual.to_owned(),
        ),
        _ if said.starts_with("unclosed table") => (
            "a table's header is not closed",
            "a bracket is missing".to_owned(),
            "close it with ]".to_owned(),
        ),
        _ if said.starts_with("missing comma between array elements") => (
            "a list is not closed, or lacks a comma",
            "a comma or a bracket is missing".to_owned(),
            "separate the values of a list by commas and close it with ]".to_owned(),
        ),
        _ => (said, "here".to_owned(), usual.to_owned()),
    };
    Problem {
        span,
        key: Vec::new(),
        message: format!("this is not TOML: {message}"),
        label,
        hint: Some(hint),
        kind: ProblemKind::Other,
    }
}

/// The value on the line of a position, without a remark.
fn value_around(text: &str, at: usize) -> &str {
    let begin = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let line = text[begin..].lines().next().unwrap_or_default();
    let value = line.split_once('=').map_or("", |(_, value)| value);
    value.split('#').next().unwrap_or_default().trim()
}

/// What to write for a date such as `31/01/2026`; both readings where it has two.
fn date_meant(value: &str) -> Option<String> {
    let parts: Vec<&str> = value.split(['/', '.', '-']).collect();
    let [first, second, year] = parts.as_slice() else {
        return None;
    };
    let number = |part: &str| -> Option<i8> {
        let is_digits = part.chars().all(|c| c.is_ascii_digit());
        is_digits.then(|| part.parse().ok()).flatten()
    };
    if year.len() != 4 {
        return None;
    }
    let (first, second, year) = (number(first)?, number(second)?, year.parse().ok()?);
    let day_first = Date::new(year, second, first);
    let month_first = Date::new(year, first, second);
    match (day_first, month_first) {
        (Some(one), Some(other)) if one != other => Some(format!(
            "write dates as year-month-day: {one} if the day stands first, {other} if the month does"
        )),
        (Some(date), _) | (None, Some(date)) => {
            Some(format!("write dates as year-month-day: {date}"))
        }
        (None, None) => None,
    }
}

/// The number of an amount with a currency sign, such as `$40`.
fn amount_meant(value: &str) -> Option<&str> {
    let is_sign = |c: char| "$€£¥₹".contains(c);
    let amount = value.trim_matches(is_sign).trim();
    (amount != value && amount.parse::<f64>().is_ok()).then_some(amount)
}
