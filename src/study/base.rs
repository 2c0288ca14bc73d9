//! A scenario's text, from which its cases are made.

use crate::Error;
use crate::scenario::{Attached, Scenario, assignment};

/// A scenario as written, with the overrides that hold for every case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// What errors call the file.
    pub origin: String,
    /// What stands in for a missing title.
    pub stem: String,
    /// The text.
    pub text: String,
    /// Overrides `key=value` of every case.
    pub overrides: Vec<String>,
    /// The files that it names, as they were read.
    pub attached: Vec<Attached>,
}

/// A name as a dotted key has it.
pub(super) fn part(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => format!("{name:?}"),
    }
}

/// The numbers below a key.
fn numbers(key: &str, value: &toml::Value, found: &mut Vec<(String, f64)>) {
    match value {
        toml::Value::Integer(value) => found.push((key.to_owned(), *value as f64)),
        toml::Value::Float(value) => found.push((key.to_owned(), *value)),
        toml::Value::Table(table) => {
            for (name, value) in table {
                numbers(&format!("{key}.{}", part(name)), value, found);
            }
        }
        toml::Value::Array(items) => {
            for (i, item) in items.iter().enumerate().filter(|(_, item)| item.is_table()) {
                let name = item.get("name").and_then(toml::Value::as_str);
                let address = match (items.len(), name) {
                    (1, _) => key.to_owned(),
                    (_, Some(name)) => format!("{key}.{}", part(name)),
                    (_, None) => format!("{key}.{i}"),
                };
                numbers(&address, item, found);
            }
        }
        _ => {}
    }
}

impl Base {
    /// The text of a scenario.
    pub fn new(origin: &str, stem: &str, text: &str, overrides: &[String]) -> Self {
        Self {
            origin: origin.to_owned(),
            stem: stem.to_owned(),
            text: text.to_owned(),
            overrides: overrides.to_vec(),
            attached: Vec::new(),
        }
    }

    /// A scenario as it was read, with the number of points it has now.
    pub fn of(origin: &str, scenario: &Scenario) -> Self {
        let mut base = Self::new(origin, &scenario.stem, &scenario.text, &scenario.overrides);
        let points = scenario.settings.points;
        base.overrides.push(format!("simulation.points={points}"));
        base.attached.clone_from(&scenario.attached);
        base
    }

    /// The scenario with more overrides.
    ///
    /// # Errors
    /// Where that is not a valid scenario.
    pub fn with(&self, assignments: &[String]) -> Result<Scenario, Error> {
        let overrides = [&self.overrides, assignments].concat();
        let (text, attached) = (&self.text, &self.attached);
        Scenario::read(&self.origin, &self.stem, text, &overrides, attached)
    }

    /// The keys that are numbers alone, with them, overrides included: those of the
    /// scenario's time, its output and the run itself left out. A table of a list of
    /// several is addressed by its name or position.
    pub(super) fn numbers(&self) -> Vec<(String, f64)> {
        let document: toml::Table = self.text.parse().unwrap_or_default();
        let mut found = Vec::new();
        for (key, value) in &document {
            if !["timeline", "simulation", "report", "correlation"].contains(&key.as_str()) {
                numbers(&part(key), value, &mut found);
            }
        }
        for given in &self.overrides {
            let Some((key, value)) = assignment(given) else {
                continue;
            };
            found.retain(|(own, _): &(String, f64)| {
                own != key && !own.starts_with(&format!("{key}."))
            });
            let first = key.split('.').next().unwrap_or_default();
            if let Some(number) = super::axis::number(value)
                && !["timeline", "simulation", "report", "correlation"].contains(&first)
            {
                found.push((key.to_owned(), number));
            }
        }
        found
    }

    /// The number at a dotted key as written, overrides included; `None` where
    /// there is none, or something else.
    pub fn number_at(&self, key: &str) -> Option<f64> {
        let overridden = self.overrides.iter().rev().find_map(|given| {
            let (name, value) = assignment(given)?;
            (name == key).then_some(value)
        });
        if let Some(value) = overridden {
            return super::axis::number(value);
        }
        let document: toml::Table = self.text.parse().ok()?;
        let mut names = key.split('.');
        let mut value = document.get(names.next()?)?;
        for name in names {
            value = match value {
                // Of several tables, the one of that name.
                toml::Value::Array(items) => items.iter().find(|item| {
                    let own = item.get("name").and_then(toml::Value::as_str);
                    own == Some(name)
                })?,
                other => other.get(name)?,
            };
        }
        match value {
            toml::Value::Integer(value) => Some(*value as f64),
            toml::Value::Float(value) => Some(*value),
            _ => None,
        }
    }
}
