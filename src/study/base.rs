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
