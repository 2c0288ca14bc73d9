//! What a folder of results answers, so that the answer to another question never takes
//! its place unasked.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use super::CliError;
use super::owner::manifest;
use crate::report::sha256;

/// Parts of what is asked for that only add files to a folder: whether, or how many.
const ADDED: [&str; 6] = [
    "charts",
    "convergence",
    "formats",
    "keep_paths",
    "parquet",
    "report",
];
/// The longest name of a folder that a change gives it, in bytes.
const LONGEST_NAME: usize = 120;

/// A command, the names of its scenarios, their overrides and what was asked for beside
/// them. The texts are no part of it: a scenario that was edited asks the same again.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    asker: Value,
    asked: Value,
}

impl Question {
    /// What a command asks of scenarios, each a name and its overrides.
    pub fn new<'a>(
        command: &str,
        scenarios: impl IntoIterator<Item = (&'a str, &'a [String])>,
        asked: &impl Serialize,
    ) -> Self {
        let scenarios = scenarios.into_iter();
        let scenarios: Vec<Value> = scenarios.map(|(name, o)| json!([name, o])).collect();
        Self {
            asker: json!([command, scenarios]),
            asked: serde_json::to_value(asked).expect("texts and numbers are JSON"),
        }
    }

    /// What the results in a folder answer, where it holds any.
    fn of_folder(folder: &Path) -> Option<Self> {
        let manifest = manifest(folder);
        manifest["capbind"].as_str()?;
        let list = |key: &str| manifest[key].as_array().cloned().unwrap_or_default();
        let scenarios = list("scenarios").into_iter().chain(list("inputs"));
        let named = |of: &Value| match &of["overrides"] {
            Value::Null => json!([of["name"], []]),
            overrides => json!([of["name"], overrides]),
        };
        let scenarios: Vec<Value> = scenarios.map(|of| named(&of)).collect();
        Some(Self {
            asker: json!([manifest["command"], scenarios]),
            asked: manifest["asked"].clone(),
        })
    }

    /// Whether its answer has all that another's has.
    fn covers(&self, other: &Self) -> bool {
        let (Value::Object(now), Value::Object(before)) = (&self.asked, &other.asked) else {
            return self == other;
        };
        let adds = |key: &String| {
            let none = [Value::Bool(false), Value::Null, json!(0), json!([])];
            ADDED.contains(&key.as_str()) && none.contains(&before[key])
        };
        let is_kept = |key: &String| now.get(key) == before.get(key) || adds(key);
        self.asker == other.asker && before.keys().all(is_kept) && now.len() == before.len()
    }

    /// Whether a folder holds results that those of this question would not replace.
    fn is_another(&self, folder: &Path) -> bool {
        Self::of_folder(folder).is_some_and(|there| !self.covers(&there))
    }

    /// The folder for its answer: the one asked for, or the first of `default`,
    /// `default-2`, … that does not hold the answer to another question; by force even so.
    ///
    /// # Errors
    /// Where the folder asked for does.
    pub fn folder(
        &self,
        asked: Option<&Path>,
        default: &Path,
        force: bool,
    ) -> Result<PathBuf, CliError> {
        let numbered = |number: u32| {
            let mut name = default.file_name().unwrap_or_default().to_owned();
            name.push(format!("-{number}"));
            default.with_file_name(name)
        };
        match asked {
            Some(asked) if !force && self.is_another(asked) => Err(CliError::Argument {
                message: format!(
                    "{} holds the results of another question, which would be lost",
                    asked.display()
                ),
                hint: "another folder with --out, or --force to replace them".to_owned(),
            }),
            Some(asked) => Ok(asked.to_owned()),
            None if force || !self.is_another(default) => Ok(default.to_owned()),
            None => {
                let mut next = (2..).map(numbered);
                let free = next.find(|folder| !self.is_another(folder));
                Ok(free.expect("there are folders without end"))
            }
        }
    }
}

/// The name of a folder after a scenario and what is changed of it.
pub fn named(stem: &OsStr, changes: &[String]) -> OsString {
    let mut name = stem.to_owned();
    if changes.is_empty() {
        return name;
    }
    let mut change = String::new();
    for c in changes.join("+").chars() {
        match c {
            _ if c.is_ascii_alphanumeric() || ".=-+_".contains(c) => change.push(c),
            _ if change.ends_with('-') => {}
            _ => change.push('-'),
        }
    }
    let mut change = change
        .trim_end_matches(['-', '.'])
        .replace("=-", "=")
        .replace("-=", "=");
    // A minus sign that is dropped, or a name cut short, would let two changes share one.
    let digest = sha256(changes.join("\n").as_bytes());
    let is_plain = changes.iter().all(|text| change.contains(text.as_str()));
    if !is_plain || change.len() > LONGEST_NAME {
        change.truncate(LONGEST_NAME);
        change = format!("{change}-{}", &digest[..8]);
    }
    name.push("+");
    name.push(change);
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn asks(paths: u64, formats: &[&str]) -> Question {
        let asked = json!({ "paths": paths, "formats": formats });
        Question::new("run", [("a", [].as_slice())], &asked)
    }

    #[test]
    fn only_what_has_all_of_the_old_takes_its_place() {
        let place = tempfile::tempdir().unwrap();
        let default = place.path().join("a");
        fs::create_dir(&default).unwrap();
        let manifest = json!({
            "capbind": "1", "command": "run",
            "scenarios": [{ "name": "a", "overrides": [], "scenario": "as it was" }],
            "asked": { "paths": 10, "formats": [] },
        });
        fs::write(default.join("manifest.json"), manifest.to_string()).unwrap();
        let folder = |asks: &Question, out: Option<&Path>, force| asks.folder(out, &default, force);
        for same in [asks(10, &[]), asks(10, &["xlsx"])] {
            assert_eq!(folder(&same, None, false).unwrap(), default);
        }
        let other = asks(20, &[]);
        assert_eq!(
            folder(&other, None, false).unwrap(),
            place.path().join("a-2")
        );
        assert_eq!(folder(&other, None, true).unwrap(), default);
        let refused = folder(&other, Some(&default), false).unwrap_err();
        assert!(refused.to_string().contains("another question"));
        assert_eq!(folder(&other, Some(&default), true).unwrap(), default);
        let set = ["b=1".to_owned()];
        let changed = Question::new("run", [("a", set.as_slice())], &json!({}));
        assert!(changed.is_another(&default));
    }
}
