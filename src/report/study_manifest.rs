//! `manifest.json` of a study: what made a folder of results from one or several
//! scenarios.

use serde::{Deserialize, Serialize};

use super::format::Format;
use super::manifest::{FileEntry, sha256};
use crate::scenario::{Attached, Scenario};
use crate::simulate::Settings;

/// A scenario of a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudiedScenario {
    /// What the results call it.
    pub name: String,
    /// Name of its file, without folder and extension.
    pub stem: String,
    /// SHA-256 of its text, lower-case hexadecimal.
    pub scenario_sha256: String,
    /// Its text.
    pub scenario: String,
    /// Overrides in the order given, as `key=value`.
    pub overrides: Vec<String>,
    /// The files that it names, with their texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Attached>,
}

/// What made a folder of results of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyManifest {
    /// Version of the program.
    pub capbind: String,
    /// The command: `compare`, `portfolio`, `sensitivity`, `solve` or `sweep`.
    pub study: String,
    /// The scenarios, the reference first.
    pub scenarios: Vec<StudiedScenario>,
    /// What the command asked for beside them.
    pub asked: serde_json::Value,
    /// Master seed.
    pub seed: u64,
    /// Sampler, in the scenario's word.
    pub sampler: String,
    /// Points in each replicate.
    pub points: u64,
    /// Replicates.
    pub replicates: u32,
    /// Warnings, as printed.
    pub warnings: Vec<String>,
    /// Whether there is a page, `report.html`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report: bool,
    /// Formats of the tables beside CSV.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<Format>,
    /// Every other file of the folder.
    pub files: Vec<FileEntry>,
}

impl StudiedScenario {
    /// A scenario under the name that the results give it.
    pub fn new(name: &str, scenario: &Scenario) -> Self {
        Self {
            name: name.to_owned(),
            stem: scenario.stem.clone(),
            scenario_sha256: sha256(scenario.text.as_bytes()),
            scenario: scenario.text.clone(),
            overrides: scenario.overrides.clone(),
            attached: scenario.attached.clone(),
        }
    }
}

impl StudyManifest {
    /// The manifest of a study that has written no file yet. It holds no time and
    /// nothing of the machine.
    pub fn new(
        study: &str,
        scenarios: Vec<StudiedScenario>,
        asked: &impl Serialize,
        settings: &Settings,
        warnings: Vec<String>,
    ) -> Self {
        Self {
            capbind: env!("CARGO_PKG_VERSION").to_owned(),
            study: study.to_owned(),
            scenarios,
            asked: serde_json::to_value(asked).expect("texts and numbers are JSON"),
            seed: settings.seed,
            sampler: settings.sampler.word().to_owned(),
            points: settings.points,
            replicates: settings.replicates,
            warnings,
            report: false,
            formats: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The bytes of `manifest.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("texts and numbers are JSON");
        bytes.push(b'\n');
        bytes
    }
}
