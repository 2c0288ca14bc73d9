//! What may stand at each key: the permitted range and a remedy, as errors say
//! them.

use std::ops::RangeInclusive;

use toml::de::DeValue;

use super::file;

/// A table of rules: each key with what is permitted and what to try; before these, what it
/// holds where that is no value of one piece (`: Table` or `: List`), and what stands in for
/// it (`or "…"`).
macro_rules! rules {
    ($($key:literal $(: $holds:ident)? $(or $stand_in:literal)? => $permitted:expr, $hint:expr;)*) => {
        &[$($crate::scenario::keys::Rules {
            key: $key,
            holds: [$($crate::scenario::keys::Holds::$holds,)? $crate::scenario::keys::Holds::Value][0],
            stand_in: [$(Some($stand_in),)? None][0],
            permitted: $permitted,
            hint: $hint,
        },)*]
    };
}

pub(super) use rules;

/// A key's rules in words, and its part in repairing a file.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The dotted key; `*` stands for any name.
    pub key: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// A value nobody objects to, in TOML, where a scenario must have the key.
    pub stand_in: Option<&'static str>,
    /// What is permitted.
    pub permitted: &'static str,
    /// What to try.
    pub hint: &'static str,
}

/// What stands at a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A value of one piece.
    Value,
    /// A table of other keys.
    Table,
    /// A list of tables of other keys.
    List,
}

/// The largest amount a scenario may hold, in its unit.
pub const LARGEST_AMOUNT: f64 = 1e15;
/// The smallest amount that others are divided by, in its unit.
pub const SMALLEST_DIVISOR: f64 = 1e-9;
/// The largest volatility or growth uncertainty, per (root) year.
pub const LARGEST_VOLATILITY: f64 = 5.0;
/// The longest half-life, in years.
pub const LONGEST_HALF_LIFE: f64 = 1e4;
/// The most jumps expected in a year.
pub const MOST_JUMPS: f64 = 50.0;
/// The largest growth, per year: a hundredfold.
pub const LARGEST_GROWTH: f64 = 100.0;
/// The largest discount rate, per year.
pub const LARGEST_RATE: f64 = 10.0;
/// The most points of a curve.
pub const LONGEST_CURVE: usize = 100;
/// The coarsest precision that can be asked for.
pub const LARGEST_PRECISION: f64 = 0.1;
/// The longest payment lag, in months.
pub const LONGEST_LAG: i64 = 120;
/// The same in days.
pub const LONGEST_LAG_DAYS: i64 = 3650;
/// The most cases of a scenario.
pub const MOST_CASES: usize = 64;
/// The most percentiles of a report.
pub const MOST_PERCENTILES: usize = 99;
/// The longest title, name or label, in characters.
pub const LONGEST_TEXT: usize = 200;

/// A date.
pub const DATE: &str = "a date in the years 1900 to 2300";
/// A date of a list of them.
pub const LATER: &str = "a date in the years 1900 to 2300, later than the one before";
/// What to try where something else stands than a date.
pub const DATE_HINT: &str = "write dates without quotes and without a time: 2026-01-31";
/// What to try where a volatility is neither a number nor values by date.
pub const STEPS_HINT: &str = "write a number, a distribution such as { uniform = [0.1, 0.3] }, or values by date: \
     [{ from = 2026-01-01, value = 0.3 }, { from = 2028-01-01, value = 0.2 }]";
/// What to try where a rate per year is neither a number nor rates by date.
pub const RATES_HINT: &str = "write a number, a distribution such as { uniform = [0.01, 0.03] }, or rates by date: \
     [{ from = 2024-01-01, rate = 0.03 }, { from = 2026-01-01, rate = 0.02 }]";
/// What to try where a correlation is not one.
pub const PAIR_HINT: &str = "write each pair as [\"one\", \"other\", 0.5]";
/// An amount, perhaps uncertain.
pub const AMOUNT_OR_DISTRIBUTION: &str = "0 to 1e15, or a distribution within that";
/// A part of a whole, perhaps uncertain.
pub const FRACTION: &str = "0 to 1, or a distribution within that";
/// A name or title.
pub const TEXT: &str = "one line of 1 to 200 characters in quotes";

/// Every rule: each stands with the type of its key, in `file`.
pub fn all() -> impl Iterator<Item = &'static Rules> {
    file::RULES.iter().flat_map(|rules| rules.iter())
}

/// The keys of other tables that have a name: `agreement.cap` for `cap`.
pub fn named(name: &str) -> Vec<&'static str> {
    let is_it = |key: &&str| key.rsplit_once('.').is_some_and(|(_, last)| last == name);
    let found: Vec<_> = all().map(|rules| rules.key).filter(is_it).collect();
    let depth = |key: &str| key.split('.').count();
    let least = found.iter().map(|key| depth(key)).min();
    let shortest = |key: &&str| Some(depth(key)) == least;
    found.into_iter().filter(shortest).collect()
}

/// What the key of a path holds.
fn holds(path: &[String]) -> Holds {
    rules_of(path).map_or(Holds::Value, |rules| rules.holds)
}

/// Whether a key holds other keys.
pub fn is_table(path: &[String]) -> bool {
    holds(path) != Holds::Value
}

/// Whether a key holds a list of tables of other keys.
pub fn is_list(path: &[String]) -> bool {
    holds(path) == Holds::List
}

/// A value nobody objects to for a key that a scenario must have.
pub fn stand_in(path: &[String]) -> Option<DeValue<'static>> {
    let value = DeValue::parse(rules_of(path)?.stand_in?).ok()?;
    Some(value.into_inner())
}

/// The numbers that may stand at a term of a flat share: its dotted key; `None`
/// for any other key.
pub fn permitted(key: &str) -> Option<RangeInclusive<f64>> {
    match key {
        "agreement.share" => Some(0.0..=1.0),
        "agreement.cap" | "agreement.paid_before" => Some(0.0..=LARGEST_AMOUNT),
        _ => None,
    }
}

/// The rules of a dotted key, or of the nearest key around it.
pub fn rules_for(path: &[String]) -> Option<&'static Rules> {
    let depths = (1..=path.len()).rev();
    depths
        .into_iter()
        .find_map(|depth| rules_of(&path[..depth]))
}

/// The rules of a dotted key itself.
pub fn rules_of(path: &[String]) -> Option<&'static Rules> {
    all().find(|rules| same(rules.key, path))
}

/// Whether a key, where `*` stands for any name, is the one of a path.
pub fn same(key: &str, path: &[String]) -> bool {
    let mut names = key.split('.');
    let mut is_next = |part: &String| names.next().is_some_and(|name| name == "*" || name == part);
    path.iter().all(&mut is_next) && names.next().is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Keys of values of one piece that may also be written as tables or lists:
    /// a mistake in one of these is a mistake in the value.
    const EITHER: [&str; 13] = [
        "agreement.share",
        "agreement.share.by_annual_revenue",
        "agreement.share.by_paid",
        "agreement.share.by_total_revenue",
        "agreement.upfront",
        "agreement.cap",
        "agreement.cap.escalation",
        "agreement.cap.inflation",
        "agreement.cap.discount_rate",
        "agreement.annual_cap",
        "agreement.annual_cap.amount",
        "agreement.annual_minimum",
        "agreement.minimum.amount",
    ];

    #[test]
    fn every_table_and_no_other_key_has_rules_below_it() {
        for rules in all() {
            let path: Vec<String> = rules.key.split('.').map(str::to_owned).collect();
            let below = format!("{}.", rules.key);
            let holds_keys = all().any(|other| other.key.starts_with(&below));
            assert_eq!(
                is_table(&path) || EITHER.contains(&rules.key),
                holds_keys,
                "{}",
                rules.key
            );
        }
    }

    /// What a value of a schema holds, as far as its type says it.
    fn of_type(schema: &Value) -> Holds {
        let is_table = |form: &Value| {
            form.get("properties").is_some() || form["additionalProperties"].is_object()
        };
        let holds_tables = |form: &Value| is_table(&form["items"]);
        match &schema["anyOf"] {
            // One table, or several of them.
            Value::Array(forms) if forms.len() == 2 && forms[1]["items"] == forms[0] => Holds::List,
            _ if is_table(schema) => Holds::Table,
            _ if holds_tables(schema) => Holds::List,
            _ => Holds::Value,
        }
    }

    /// Holds the keys of a table, and those below them, to what their types say.
    fn compare(table: &Value, path: &mut Vec<String>) {
        let required = table["required"].as_array();
        let is_required = |name| required.is_some_and(|all| all.contains(&Value::from(name)));
        let keys = table["properties"].as_object();
        for (name, schema) in keys.into_iter().flatten() {
            path.push(name.clone());
            let key = path.join(".");
            let rules = rules_of(path).unwrap_or_else(|| panic!("{key} has no rules"));
            // Companies may stand in a file of their own.
            if key != "revenue.bootstrap.companies" {
                assert_eq!(rules.holds, of_type(schema), "{key}");
            }
            let stands_in = rules.stand_in.is_some() || !is_required(name.as_str());
            assert!(stands_in, "{key} must be there: say what stands in for it");
            match rules.holds {
                Holds::Value => {}
                Holds::Table => compare(schema, path),
                Holds::List => {
                    let item = schema.pointer("/anyOf/0").unwrap_or(&schema["items"]);
                    compare(item, path);
                }
            }
            path.pop();
        }
    }

    #[test]
    fn rules_say_what_types_say() {
        compare(&super::super::schema::schema(), &mut Vec::new());
    }

    #[test]
    fn keys_find_their_rules_or_those_around_them() {
        let find = |key: &str| {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            rules_for(&path).map(|rules| rules.key)
        };
        assert_eq!(find("agreement.share"), Some("agreement.share"));
        assert_eq!(
            find("revenue.forecast.annual.2027"),
            Some("revenue.forecast.annual.*")
        );
        assert_eq!(find("agreement.cap.triangular"), Some("agreement.cap"));
        assert_eq!(find("agreement.capp"), Some("agreement"));
        assert_eq!(find("capp"), None);
    }
}
