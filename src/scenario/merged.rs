//! A scenario's text with changes written into it: each where its key stands, or at the
//! end of its table. Comments, order and spacing of everything else stay.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Scenario;
use super::overrides::{address, assignment, holds_tables, in_toml, names};
use crate::Error;

impl Scenario {
    /// The text of its file with its overrides in it: what asks the same without them.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a change cannot be written into the file so that the file
    /// says it.
    pub fn merged_text(&self) -> Result<String, Error> {
        let mut text = self.text.clone();
        for change in &self.overrides {
            text = with(&text, change);
        }
        // What was written is read: it says the same, or it is no file.
        Self::parse_on(
            &[],
            &self.stem,
            &self.stem,
            &text,
            (&[], &self.attached),
            Vec::new(),
        )?;
        Ok(text)
    }
}

/// A text with one change in it.
fn with(text: &str, asked: &str) -> String {
    let asked = in_toml(asked);
    let Some((key, value)) = assignment(&asked) else {
        return text.to_owned();
    };
    let (Ok(document), Some(names)) = (DeTable::parse(text), names(key)) else {
        return text.to_owned();
    };
    let document = document.into_inner();
    match find(&document, &names, text) {
        Found::Value(span) => replaced(text, span, value),
        Found::Nothing { place, rest } => place.with(text, rest, value),
    }
}

/// Where a key stands, or where it would.
enum Found<'n> {
    Value(Range<usize>),
    Nothing { place: Room, rest: &'n [String] },
}

/// Where a new key goes.
enum Room {
    /// Before the closing brace at a position; whether others stand before it.
    Braces(usize, bool),
    /// After the line in which a position lies.
    After(usize),
    /// Before everything else.
    Top,
    /// Into a table of its own at the end: the names that lead to it.
    End(Vec<String>),
}

fn find<'n>(document: &DeTable<'_>, names: &'n [String], text: &str) -> Found<'n> {
    let mut table = document;
    let mut braces: Option<Range<usize>> = None;
    let mut path: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(name) = names.get(at) {
        let Some(value) = table.get(name.as_str()) else {
            break;
        };
        at += 1;
        path.push(name.clone());
        match value.get_ref() {
            DeValue::Table(inner) if at < names.len() => {
                table = inner;
                braces = in_braces(value, text);
            }
            DeValue::Array(items) if at < names.len() && holds_tables(items) => {
                let by_name = (0..items.len())
                    .find(|i| address(items, *i).as_deref() == Some(names[at].as_str()));
                let item = by_name.or_else(|| (items.len() == 1).then_some(0));
                let by_position = || names[at].parse().ok();
                let Some(item) = item.or_else(by_position).and_then(|i| items.get(i)) else {
                    return Found::Value(value.span());
                };
                at += usize::from(items.len() > 1 || names[at].parse::<usize>() == Ok(0));
                let DeValue::Table(inner) = item.get_ref() else {
                    return Found::Value(value.span());
                };
                table = inner;
                braces = in_braces(item, text);
            }
            _ => return Found::Value(value.span()),
        }
    }
    let rest = &names[at..];
    let last = direct_end(table, text);
    let place = match (braces, last) {
        (Some(span), _) => Room::Braces(span.end - 1, !table.is_empty()),
        (None, Some(end)) => Room::After(end),
        (None, None) if path.is_empty() => Room::Top,
        (None, None) => Room::End(path),
    };
    Found::Nothing { place, rest }
}

fn in_braces(value: &Spanned<DeValue<'_>>, text: &str) -> Option<Range<usize>> {
    let span = value.span();
    text.get(span.clone())
        .is_some_and(|written| written.starts_with('{'))
        .then_some(span)
}

/// The end of the last value that stands in a table itself rather than under a header of
/// its own.
fn direct_end(table: &DeTable<'_>, text: &str) -> Option<usize> {
    let is_header = |span: &Range<usize>| text[span.clone()].starts_with('[');
    let own = table.values().filter(|value| match value.get_ref() {
        DeValue::Table(_) => in_braces(value, text).is_some(),
        DeValue::Array(items) => {
            let tables = holds_tables(items);
            !tables || items.iter().all(|item| in_braces(item, text).is_some())
        }
        _ => true,
    });
    let ends = own.map(Spanned::span);
    ends.filter(|span| !is_header(span) || text[span.clone()].ends_with(']'))
        .map(|span| span.end)
        .max()
}

fn replaced(text: &str, span: Range<usize>, value: &str) -> String {
    format!("{}{value}{}", &text[..span.start], &text[span.end..])
}

impl Room {
    fn with(self, text: &str, rest: &[String], value: &str) -> String {
        let dotted = |names: &[String]| {
            let words: Vec<String> = names
                .iter()
                .map(|name| super::controls::word(name))
                .collect();
            words.join(".")
        };
        let line = format!("{} = {value}", dotted(rest));
        let insert = |at: usize, new: &str| format!("{}{new}{}", &text[..at], &text[at..]);
        match self {
            Self::Braces(at, has_others) => {
                let before = text[..at].trim_end();
                let comma = match has_others && !before.ends_with(',') {
                    true => ", ",
                    false => " ",
                };
                format!("{before}{comma}{line} {}", &text[at..])
            }
            Self::After(end) => {
                let at = text[end..].find('\n').map(|i| end + i);
                match at {
                    Some(at) => insert(at + 1, &format!("{line}\n")),
                    None => format!("{text}\n{line}\n"),
                }
            }
            Self::Top => insert(0, &format!("{line}\n")),
            Self::End(path) => {
                let gap = if text.ends_with('\n') { "\n" } else { "\n\n" };
                format!("{text}{gap}[{}]\n{line}\n", dotted(&path))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Form, SHIPPED};
    use super::*;

    fn merged(text: &str, overrides: &[&str]) -> String {
        let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
        let scenario = Scenario::parse("a.toml", "a", text, &overrides).unwrap();
        let merged = scenario.merged_text().unwrap();
        let alone = Scenario::parse("a.toml", "a", &merged, &[]);
        let alone = alone.unwrap_or_else(|error| panic!("{error}\n{merged}"));
        assert_eq!(
            alone.question().to_bytes(),
            scenario.question().to_bytes(),
            "{overrides:?}\n{merged}"
        );
        merged
    }

    const BASE: &str = "scenarios/openai-microsoft.toml";

    fn base() -> &'static str {
        super::super::shipped(BASE).unwrap().text
    }

    #[test]
    fn a_change_stands_where_its_key_does_and_all_else_stays() {
        let text = merged(base(), &["agreement.cap=45"]);
        assert_eq!(text, base().replace("\ncap = 38\n", "\ncap = 45\n"));
        let text = merged(
            base(),
            &[
                "agreement.payment.lag_months=0",
                "timeline.end=2029-12-31",
                "agreement.expiry=2029-12-31",
                "revenue.forecast.annual.2028=80",
            ],
        );
        assert!(text.contains("payment = { every = \"quarter\", lag_months = 0 }"));
        assert!(text.contains("end   = 2029-12-31   # the share's last day"));
        assert!(text.contains("2028 = 80,"));
    }

    #[test]
    fn a_new_key_stands_at_the_end_of_its_table() {
        let text = merged(
            base(),
            &[
                "agreement.annual_minimum=1",
                "agreement.payment.lag_days=10",
                "revenue.forecast.persistence=0.7",
                "valuation.convention=mid-period",
                "agreement.event={ hazard = 0.02 }",
                "agreement.cap={ uniform = [35, 41] }",
            ],
        );
        assert!(
            text.contains("lag_months = 3, lag_days = 10 }\nannual_minimum = 1\n"),
            "{text}"
        );
        assert!(text.contains("discount_rate = 0.09\nconvention = \"mid-period\"\n"));
        let bare = merged(
            "timeline = { start = 2026-01-01, end = 2027-12-31, step = \"year\" }\n\
             revenue.gbm = { initial = 1, growth = 0, volatility = 0.1 }\n\
             agreement = { share = 0.1, cap = 1 }\n",
            &[
                "valuation.discount_rate=0.1",
                "simulation.points=64",
                "title=\"a\"",
            ],
        );
        assert!(bare.contains("title = \"a\""));
    }

    #[test]
    fn tables_of_lists_are_found_by_name_and_number() {
        let text = super::super::shipped("scenarios/openai-microsoft-2025.toml");
        let text = text.unwrap().text;
        let scenario = Scenario::parse("a.toml", "a", text, &[]).unwrap();
        for control in scenario.controls() {
            if control.form == Form::Number && !control.is_default {
                let value: f64 = control.value.parse().unwrap();
                let change = format!("{}={}", control.key, value * 0.99);
                merged(text, &[&change]);
            }
        }
        merged(base(), &["report.milestone.1.date=2029-01-01"]);
    }

    #[test]
    fn every_control_of_every_scenario_can_be_written_back() {
        for shipped in SHIPPED {
            let scenario = Scenario::parse("a.toml", "a", shipped.text, &[]).unwrap();
            for control in scenario.controls() {
                let value = match control.form {
                    Form::Word | Form::Text => format!("{:?}", control.value),
                    _ => control.value.clone(),
                };
                let change = format!("{}={value}", control.key);
                let text = merged(shipped.text, &[&change]);
                if !control.is_default {
                    assert_eq!(text, shipped.text, "{change}");
                }
            }
        }
    }
}
