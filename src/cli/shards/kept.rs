//! A question as a store keeps it: the resolved scenario with the texts of all files it
//! names, what is asked beside it, and into how many shards it is cut. It is what a manifest
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

/// A question and its cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The version that resolved it.
    capbind: String,
    /// The command that would answer it alone.
    pub command: String,
    /// The scenario.
    pub scenario: StudiedScenario,
    /// What is asked beside it.
    pub asked: Value,
    /// Shards asked for.
    pub shards: u64,
}

impl Kept {
    /// What a command asks of a scenario.
    pub fn new(command: &str, scenario: &Scenario, asked: &impl Serialize, shards: u64) -> Self {
        Self {
            capbind: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.to_owned(),
            scenario: StudiedScenario::new(&scenario.stem, scenario),
            asked: serde_json::to_value(asked).expect("texts and numbers are JSON"),
            shards,
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
                    let Self {
                        command,
                        scenario,
                        shards,
                        ..
                    } = Self::read(store, name)?;
                    let (short, stem) = (&name[..SHOWN], scenario.stem);
                    lines += &format!("\n  {short}  {command} of {stem} in {shards} shards");
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
        serde_json::from_slice(&bytes).map_err(|error| refuse(&error.to_string()))
    }
}
