//! `manifest.json`: what made a folder of results, so that it can be made again
//! and compared.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::estimators::EstimatorEntry;
use super::{Format, Report};
use crate::scenario::{Attached, Scenario};
use crate::simulate::Settings;

/// What is asked of a run beside the scenario and its overrides: with those, it decides
/// every byte of the results. The default is what `capbind run` makes without flags, as
/// far as this build can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunOptions {
    /// Paths in all, instead of the scenario's points or precision: 1 to 2⁴⁰.
    pub paths: Option<u64>,
    /// Whether the course of the estimates is written.
    pub convergence: bool,
    /// Paths written one by one, at most 1,000,000.
    pub keep_paths: u64,
    /// Whether charts are drawn.
    pub charts: bool,
    /// Whether `report.html` is written.
    pub report: bool,
    /// Formats of the tables beside CSV.
    #[serde(default)]
    pub formats: Vec<Format>,
    /// Whether `explore.html` is written, the page that computes when something is changed,
    /// and `report.html` leads to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interactive: bool,
}

/// The name of the page that computes.
pub const EXPLORER_FILE: &str = "explore.html";

/// Whether this build draws charts.
const CHARTS: bool = cfg!(feature = "charts");

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            paths: None,
            convergence: false,
            keep_paths: 0,
            charts: CHARTS,
            report: CHARTS,
            formats: Vec::new(),
            interactive: false,
        }
    }
}

/// A result file and the SHA-256 of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Path inside the folder, with `/`.
    pub name: String,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

impl FileEntry {
    /// The entry of a file with these bytes.
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            sha256: sha256(bytes),
        }
    }
}

/// A scenario that results were made of.
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

/// A table that results were made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputTable {
    /// Its name.
    pub name: String,
    /// SHA-256 of its text, lower-case hexadecimal.
    pub sha256: String,
    /// Its text.
    pub text: String,
}

impl InputTable {
    /// A table by its name and text.
    pub fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            sha256: sha256(text.as_bytes()),
            text: text.to_owned(),
        }
    }
}

/// How paths were simulated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulatedWith {
    /// Master seed.
    pub seed: u64,
    /// Sampler, in the scenario's word.
    pub sampler: String,
    /// Points in each replicate.
    pub points: u64,
    /// Replicates.
    pub replicates: u32,
}

impl From<&Settings> for SimulatedWith {
    fn from(settings: &Settings) -> Self {
        Self {
            seed: settings.seed,
            sampler: settings.sampler.word().to_owned(),
            points: settings.points,
            replicates: settings.replicates,
        }
    }
}

/// What made a folder of results, of a run or a study. It holds no time and nothing of the
/// machine: the same question gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program.
    pub capbind: String,
    /// The command: `run`, `compare`, `calibrate`.
    pub command: String,
    /// The scenarios, the reference first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<StudiedScenario>,
    /// The tables, where results are made of such.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputTable>,
    /// What the command asked for beside them.
    pub asked: Value,
    /// How paths were simulated, where any were.
    #[serde(flatten)]
    pub simulated: Option<SimulatedWith>,
    /// How each agreement's numbers were estimated, of a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub estimators: Vec<EstimatorEntry>,
    /// Warnings, as printed.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Whether a study has a page, `report.html`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report: bool,
    /// Formats of a study's tables beside CSV.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<Format>,
    /// Every other file of the folder.
    pub files: Vec<FileEntry>,
}

impl Manifest {
    /// The manifest of a command that has written no file yet.
    pub fn new(
        command: &str,
        scenarios: Vec<StudiedScenario>,
        asked: &impl Serialize,
        settings: Option<&Settings>,
        warnings: Vec<String>,
    ) -> Self {
        Self {
            capbind: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.to_owned(),
            scenarios,
            inputs: Vec::new(),
            asked: serde_json::to_value(asked).expect("texts and numbers are JSON"),
            simulated: settings.map(SimulatedWith::from),
            estimators: Vec::new(),
            warnings,
            report: false,
            formats: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The manifest of a run that wrote `files`.
    pub fn of_run(report: &Report<'_>, options: &RunOptions, files: Vec<FileEntry>) -> Self {
        let scenario = report.scenario;
        let studied = StudiedScenario::new(&scenario.stem, scenario);
        let warnings = report.warnings.iter().map(ToString::to_string);
        let settings = Some(&scenario.settings);
        Self {
            estimators: report
                .parts()
                .map(|part| EstimatorEntry::of(&part))
                .collect(),
            files,
            ..Self::new("run", vec![studied], options, settings, warnings.collect())
        }
    }

    /// What its files are named after: the first scenario, or table.
    pub fn stem(&self) -> &str {
        let scenario = self.scenarios.first().map(|first| first.stem.as_str());
        let table = || self.inputs.first().map(|first| first.name.as_str());
        scenario.or_else(table).unwrap_or_default()
    }

    /// The bytes of `manifest.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("texts and numbers are JSON");
        bytes.push(b'\n');
        bytes
    }

    /// The manifest in the bytes of a `manifest.json`.
    ///
    /// # Errors
    /// Where they are no manifest of this program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
