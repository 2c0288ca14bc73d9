//! `manifest.json`: what made a folder of results, so that it can be made again
//! and compared.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::estimators::EstimatorEntry;
use super::{Format, Report};
use crate::scenario::Attached;

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

/// What made a folder of results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program.
    pub capbind: String,
    /// Name of the scenario file, without folder and extension.
    pub name: String,
    /// SHA-256 of the scenario's text, lower-case hexadecimal.
    pub scenario_sha256: String,
    /// The scenario's text.
    pub scenario: String,
    /// Overrides in the order given, as `key=value`.
    pub overrides: Vec<String>,
    /// The files that the scenario names, with their texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Attached>,
    /// What the command asked for beside them.
    pub asked: RunOptions,
    /// Master seed.
    pub seed: u64,
    /// Sampler, in the scenario's word.
    pub sampler: String,
    /// Points in each replicate.
    pub points: u64,
    /// Replicates.
    pub replicates: u32,
    /// How each agreement's numbers were estimated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub estimators: Vec<EstimatorEntry>,
    /// Warnings, as printed.
    pub warnings: Vec<String>,
    /// Every other file of the folder.
    pub files: Vec<FileEntry>,
}

impl Manifest {
    /// The manifest of a run that wrote `files`. It holds no time and nothing of
    /// the machine: the same run gives the same bytes.
    pub fn new(report: &Report<'_>, options: &RunOptions, files: Vec<FileEntry>) -> Self {
        let scenario = report.scenario;
        Self {
            capbind: env!("CARGO_PKG_VERSION").to_owned(),
            name: scenario.stem.clone(),
            scenario_sha256: sha256(scenario.text.as_bytes()),
            scenario: scenario.text.clone(),
            overrides: scenario.overrides.clone(),
            attached: scenario.attached.clone(),
            asked: options.clone(),
            seed: scenario.settings.seed,
            sampler: scenario.settings.sampler.word().to_owned(),
            points: scenario.settings.points,
            replicates: scenario.settings.replicates,
            estimators: report
                .parts()
                .map(|part| EstimatorEntry::of(&part))
                .collect(),
            warnings: report.warnings.iter().map(ToString::to_string).collect(),
            files,
        }
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
