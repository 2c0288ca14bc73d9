//! Questions as a store keeps them: the resolved scenarios with the texts of all files they
//! name, what is asked beside them, and into how many shards each is cut. It is what manifests
//! would say before there are results, named by the SHA-256 of its bytes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::{CliError, store::Store};
use crate::report::{RunOptions, StudiedScenario, sha256};
use crate::scenario::Scenario;

/// Where questions are in a store.
const FOLDER: &str = "plans";
/// The digits of a name that are shown.
pub const SHOWN: usize = 12;

/// Questions that are handed out together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The version that resolved them.
    capbind: String,
    /// The questions, at least one.
    pub questions: Vec<Posed>,
}

/// A question and its cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posed {
    /// The command that would answer it alone.
    pub command: String,
    /// What its folder is named after.
    pub name: String,
    /// The scenarios, the reference first.
    pub scenarios: Vec<StudiedScenario>,
    /// What is asked beside them.
    pub asked: Value,
    /// Shards asked for.
    pub shards: u64,
}

impl Posed {
    /// What a command asks of a scenario.
    pub fn new(command: &str, scenario: &Scenario, asked: &impl Serialize, shards: u64) -> Self {
        let studied = StudiedScenario::new(&scenario.stem, scenario);
        Self::of(command, &scenario.stem, vec![studied], asked, shards)
    }

    /// What a command asks of scenarios.
    pub fn of(
        command: &str,
        name: &str,
        scenarios: Vec<StudiedScenario>,
        asked: &impl Serialize,
        shards: u64,
    ) -> Self {
        Self {
            command: command.to_owned(),
            name: name.to_owned(),
            scenarios,
            asked: serde_json::to_value(asked).expect("texts and numbers are JSON"),
            shards,
        }
    }

    /// Its only scenario.
    ///
    /// # Errors
    /// Where it has several or none.
    pub fn scenario(&self) -> Result<&StudiedScenario, CliError> {
        match self.scenarios.as_slice() {
            [one] => Ok(one),
            _ => Err(CliError::Argument {
                message: format!(
                    "the plan of a {} has one scenario, not {}",
                    self.command,
                    self.scenarios.len()
                ),
                hint: "plan it anew".to_owned(),
            }),
        }
    }

    /// What is asked, as the command has it.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn asked<T: for<'a> Deserialize<'a>>(&self) -> Result<T, CliError> {
        T::deserialize(&self.asked).map_err(|error| CliError::Argument {
            message: format!("what the plan asks for cannot be read: {error}"),
            hint: "plan it anew".to_owned(),
        })
    }

    /// The options of a run.
    ///
    /// # Errors
    /// As [`asked`](Self::asked).
    pub fn options(&self) -> Result<RunOptions, CliError> {
        self.asked()
    }
}

impl Kept {
    /// Questions together.
    pub fn new(questions: Vec<Posed>) -> Self {
        Self {
            capbind: env!("CARGO_PKG_VERSION").to_owned(),
            questions,
        }
    }

    /// The only question.
    ///
    /// # Errors
    /// Where there are several.
    pub fn only(&self) -> Result<&Posed, CliError> {
        match self.questions.as_slice() {
            [one] => Ok(one),
            several => Err(CliError::Argument {
                message: format!("the plan is of {} questions", several.len()),
                hint: "capbind merge puts them together, each in a folder of its own".to_owned(),
            }),
        }
    }

    /// What it is, in a few words.
    pub fn what(&self) -> String {
        let names: Vec<&str> = self.questions.iter().map(|one| one.name.as_str()).collect();
        let command = self
            .questions
            .first()
            .map_or("", |one| one.command.as_str());
        format!("{command} of {}", names.join(", "))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("texts and numbers are JSON");
        bytes.push(b'\n');
        bytes
    }

    /// Its name.
    pub fn name(&self) -> String {
        sha256(&self.to_bytes())
    }

    /// Puts it into a store, where it may be already.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn put(&self, store: &dyn Store) -> Result<(), CliError> {
        let bytes = self.to_bytes();
        store.put(&format!("{FOLDER}/{}", sha256(&bytes)), &bytes)?;
        Ok(())
    }

    /// The question that a store holds; of several the one whose name begins so.
    ///
    /// # Errors
    /// Where there is none or more than one, it was resolved by another version, or is not
    /// as it was written.
    pub fn of_store(store: &dyn Store, wanted: Option<&str>) -> Result<Self, CliError> {
        let names = store.list(FOLDER)?;
        let begins = |name: &&String| wanted.is_none_or(|wanted| name.starts_with(wanted));
        let found: Vec<&String> = names.iter().filter(begins).collect();
        match found.as_slice() {
            [name] => Self::read(store, name),
            [] => Err(CliError::Argument {
                message: match wanted {
                    Some(wanted) => format!("the store holds no question {wanted}"),
                    None => "the store holds no question".to_owned(),
                },
                hint: "capbind plan SCENARIO.toml --store URL puts one there; or give the \
                       scenario's own arguments"
                    .to_owned(),
            }),
            several => {
                let mut lines = String::new();
                for name in several {
                    let kept = Self::read(store, name)?;
                    let shards: u64 = kept.questions.iter().map(|one| one.shards).sum();
                    let (short, what) = (&name[..SHOWN], kept.what());
                    lines += &format!("\n  {short}  {what} in {shards} shards");
                }
                Err(CliError::Argument {
                    message: format!("which of these questions?{lines}"),
                    hint: "--plan with the beginning of its name".to_owned(),
                })
            }
        }
    }

    fn read(store: &dyn Store, name: &str) -> Result<Self, CliError> {
        let place = format!("{FOLDER}/{name}");
        let refuse = |reason: &str| CliError::Store {
            place: place.clone(),
            reason: reason.to_owned(),
        };
        let bytes = store.get(&place)?;
        let bytes = bytes.ok_or_else(|| refuse("it has gone meanwhile"))?;
        if sha256(&bytes) != name {
            return Err(refuse(
                "it is not as it was written; remove it and plan anew",
            ));
        }
        let any: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        match any["capbind"].as_str() {
            Some(own) if own == version => {}
            Some(other) => {
                return Err(refuse(&format!(
                    "it was planned by capbind {other}, this is {version}: all workers need one \
                     version"
                )));
            }
            None => return Err(refuse("it is no question of capbind")),
        }
        let kept: Self =
            serde_json::from_slice(&bytes).map_err(|error| refuse(&error.to_string()))?;
        match kept.questions.is_empty() {
            true => Err(refuse("it asks nothing")),
            false => Ok(kept),
        }
    }
}
