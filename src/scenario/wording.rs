//! The errors of the types that the document fills in the user's words.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Problem, ProblemKind};
use super::file::{DISTRIBUTION_HINT, Distribution};
use super::keys::{
    DATE_HINT, PAIR_HINT, RATES_HINT, STEPS_HINT, is_list, is_table, named, rules_for,
};
use super::source::{Link, names, path_to, value_at};
use crate::text::quoted;

/// A problem from an error of the types that the document fills.
pub fn problem(error: &toml::de::Error, document: &DeTable<'_>) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let path = path_to(document, &span);
    let found = Found {
        value: value_at(document, &path),
        key: names(&path),
        is_item: matches!(path.last(), Some(Link::Item(_))),
        span,
    };
    let text = first_line(error.message());
    found
        .unknown_key(text)
        .or_else(|| found.missing_key(text))
        .or_else(|| found.too_large(text))
        .unwrap_or_else(|| found.wrong_type(text))
}

/// A list where a table belongs: the types would take its items for the values
/// of the table's keys, one after the other.
pub fn list_for_table(document: &DeTable<'_>) -> Option<Problem> {
    let mut path = Vec::new();
    let (span, is_header) = misplaced_list(document, &mut path)?;
    let key = path.join(".");
    let header = format!("write its header with single brackets: [{key}]");
    Some(Problem {
        message: format!("`{key}` must be a table"),
        label: "this is a list".to_owned(),
        hint: if is_header {
            Some(header)
        } else {
            inner_hint(&path)
        },
        kind: ProblemKind::Other,
        span,
        key: path,
    })
}

/// The first list at a key that holds a table, and whether it is one of tables.
fn misplaced_list(table: &DeTable<'_>, path: &mut Vec<String>) -> Option<(Range<usize>, bool)> {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        let found = match value.get_ref() {
            DeValue::Table(inner) => misplaced_list(inner, path),
            DeValue::Array(items) if is_list(path) => items.iter().find_map(|item| {
                let span = item.span();
                match item.get_ref() {
                    DeValue::Array(_) => Some((span, false)),
                    DeValue::Table(inner) => misplaced_list(inner, path),
                    _ => None,
                }
            }),
            DeValue::Array(items) => {
                let is_inner = path.len() > 2 && Distribution::is_table(key.get_ref());
                let header = matches!(items.first().map(Spanned::get_ref), Some(DeValue::Table(_)));
                (is_table(path) || is_inner).then(|| (value.span(), header))
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        path.pop();
    }
    None
}

/// What an error is about.
struct Found<'d, 'i> {
    span: Range<usize>,
    key: Vec<String>,
    value: Option<&'d DeValue<'i>>,
    /// Whether it is one item of the list at the key.
    is_item: bool,
}

impl Found<'_, '_> {
    fn problem(&self, message: String, label: String, hint: Option<String>) -> Problem {
        Problem {
            span: self.span.clone(),
            key: self.key.clone(),
            message,
            label,
            hint,
            kind: ProblemKind::Other,
        }
    }

    fn dotted(&self) -> String {
        self.key.join(".")
    }

    fn unknown_key(&self, text: &str) -> Option<Problem> {
        let rest = text.strip_prefix("unknown field ")?;
        let names = in_backticks(rest);
        let (name, known) = names.split_first()?;
        // A date where a distribution may stand is taken for a table with a key
        // that no file can hold bare.
        if name.starts_with('$') && matches!(self.value, Some(DeValue::Datetime(_))) {
            return Some(self.wanted("a number or a distribution"));
        }
        let near = nearest(name, known);
        let hint = match near {
            Some(near) => format!("did you mean `{near}`? Known here: {}", known.join(", ")),
            None => {
                let elsewhere: Vec<String> =
                    named(name).iter().map(|key| format!("`{key}`")).collect();
                let meant = match elsewhere.as_slice() {
                    [] => "known here".to_owned(),
                    keys => format!("did you mean {}? Known here", keys.join(" or ")),
                };
                format!("{meant}: {}", known.join(", "))
            }
        };
        let is_model = matches!(self.key.as_slice(), [revenue, _] if revenue == "revenue");
        let (message, label) = if is_model {
            let label = match self.value {
                Some(DeValue::Table(_)) => "there is no such model",
                _ => "the keys of a model stand below its own header, [revenue.MODEL]",
            };
            (format!("`{name}` is not a revenue model"), label)
        } else {
            let message = format!("unknown key `{}`", self.dotted());
            (message, "there is no such key")
        };
        Some(Problem {
            // Unknown keys have no rules; those of the table around them would mislead.
            key: if is_model {
                vec!["revenue".to_owned()]
            } else {
                Vec::new()
            },
            kind: ProblemKind::UnknownKey {
                meant: near.map(str::to_owned),
            },
            ..self.problem(message, label.to_owned(), Some(hint))
        })
    }

    fn missing_key(&self, text: &str) -> Option<Problem> {
        let name = *in_backticks(text.strip_prefix("missing field ")?).first()?;
        let label = match self.key.as_slice() {
            [] => format!("the file has no [{name}]"),
            _ => format!("this table has no `{name}`"),
        };
        let mut key = self.key.clone();
        key.push(name.to_owned());
        let what = if key.len() == 1 { "table" } else { "key" };
        let message = format!("missing {what} `{}`", key.join("."));
        Some(Problem {
            key,
            ..self.problem(message, label, inner_hint(&self.key))
        })
    }

    /// A number too large for its type.
    fn too_large(&self, text: &str) -> Option<Problem> {
        let overflows = text.contains("number overflowed");
        let wide =
            text.starts_with("invalid type: integer") || text.starts_with("invalid value: integer");
        let is_number = ["i64", "f64", "a number"]
            .iter()
            .any(|wanted| text.contains(&format!("expected {wanted}")));
        let is_integer = matches!(self.value, Some(DeValue::Integer(_)));
        (overflows || wide && is_number && is_integer).then(|| {
            let label = "this number is too large".to_owned();
            self.problem(outside(&self.dotted()), label, None)
        })
    }

    fn wrong_type(&self, text: &str) -> Problem {
        let expected = ["invalid type: ", "invalid value: ", "invalid length "]
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .and_then(|rest| rest.split_once(", expected "))
            .map(|(_, expected)| expected);
        match expected {
            Some("f64") => self.wanted("a number"),
            Some("i64") => self.wanted("a whole number"),
            Some("a boolean") => self.wanted("true or false"),
            Some("a string") => self.wanted("a text in quotes"),
            Some("a sequence") if self.is_lone() => self.wanted("a table"),
            Some("a sequence") => self.wanted("a list"),
            Some("a TOML datetime") => self.wanted("a date without a time"),
            Some("an array of length 2") => self.wanted("a list of 2 numbers"),
            Some("an array of length 3") => self.wanted("a list of 3 numbers"),
            Some("a tuple of size 3") => self.wanted("a list of two names and a number"),
            Some(other) if other == "a map" || other.starts_with("struct ") => {
                self.wanted("a table")
            }
            Some(other) => self.wanted(other),
            None => self.wanted(text),
        }
    }

    /// Whether a table may stand for the list at the key.
    fn is_lone(&self) -> bool {
        ["agreement", "agreement.event"].contains(&self.dotted().as_str())
    }

    fn wanted(&self, wanted: &str) -> Problem {
        let item = if self.is_item && !is_list(&self.key) {
            "each item of "
        } else {
            ""
        };
        let message = format!("{item}`{}` must be {wanted}", self.dotted());
        self.problem(message, self.is(), self.remedy(wanted))
    }

    /// What stands there instead.
    fn is(&self) -> String {
        match self.value {
            Some(DeValue::String(text)) => format!("this is the text {}", quoted(text)),
            Some(DeValue::Integer(_)) => "this is a whole number".to_owned(),
            Some(DeValue::Float(_)) => "this is a number with a fraction".to_owned(),
            Some(DeValue::Boolean(_)) => "this is true or false".to_owned(),
            Some(DeValue::Datetime(date)) if date.time.is_some() => "this has a time".to_owned(),
            Some(DeValue::Datetime(_)) => "this is a date".to_owned(),
            Some(DeValue::Array(items)) => format!("this is a list of {}", items.len()),
            Some(DeValue::Table(_)) => "this is a table".to_owned(),
            None => "this is something else".to_owned(),
        }
    }

    /// A remedy better than the key's usual one.
    fn remedy(&self, wanted: &str) -> Option<String> {
        let rules = rules_for(&self.key);
        let inside = rules.is_some_and(|rules| rules.key.split('.').count() < self.key.len());
        let is_model = matches!(self.key.as_slice(), [revenue, _] if revenue == "revenue");
        let hint = match self.value {
            _ if is_model && wanted == "a table" => {
                "the keys of a model stand below its own header, such as [revenue.gbm]"
            }
            _ if wanted.starts_with("a date") => DATE_HINT,
            Some(DeValue::String(text)) if wanted.contains("number") => {
                if text.trim().parse::<f64>().is_err() && !inside {
                    return None;
                }
                "write numbers without quotes"
            }
            _ if inside || WITH_PARTS.contains(&wanted) && self.value_is_compound() => {
                compound_hint(&self.dotted())
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }

    fn value_is_compound(&self) -> bool {
        matches!(self.value, Some(DeValue::Array(_) | DeValue::Table(_)))
    }
}

/// The remedy for a mistake inside a value of one piece: its key's usual one is
/// about the value as a whole.
fn inner_hint(path: &[String]) -> Option<String> {
    let rules = rules_for(path)?;
    let inside = rules.key.split('.').count() < path.len();
    inside.then(|| compound_hint(rules.key).to_owned())
}

/// What may stand where a value of several parts may.
const WITH_PARTS: [&str; 2] = [
    "a number or a distribution",
    "a number, a distribution or a list of values by date",
];

/// How the values of several parts that a key may have are written.
fn compound_hint(key: &str) -> &'static str {
    match key {
        _ if key.starts_with("correlation") => PAIR_HINT,
        _ if key.contains("volatility") && key.starts_with("revenue.") => STEPS_HINT,
        "agreement.cap.escalation" | "agreement.cap.inflation" => RATES_HINT,
        _ => DISTRIBUTION_HINT,
    }
}

/// What is said of a value beyond its key's bounds.
pub fn outside(key: &str) -> String {
    format!("`{key}` is outside its permitted range")
}

/// The first line of a message of the parser.
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The words between backticks, in order.
fn in_backticks(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The name a misspelt one most likely means.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let similarity = |candidate: &str| match strsim::osa_distance(&name, candidate) {
        // In a short name, one slip is a large part of it.
        0 | 1 if name.chars().count() > 2 => 1.0,
        _ => strsim::jaro_winkler(&name, candidate),
    };
    known
        .iter()
        .copied()
        .map(|candidate| (similarity(candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
