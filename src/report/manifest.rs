//! `manifest.json`: what made a folder of results, so that it can be made again
//! and compared.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Report;

/// A result file and the SHA-256 of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
            sha256: hexadecimal_hash(bytes),
        }
    }
}

#[derive(Serialize)]
struct Manifest<'a> {
    capbind: &'static str,
    scenario_sha256: String,
    scenario: &'a str,
    overrides: &'a [String],
    seed: u64,
    sampler: &'static str,
    points: u64,
    replicates: u32,
    warnings: Vec<String>,
    files: &'a [FileEntry],
}

/// The bytes of `manifest.json` for a run that wrote `files`. It holds no time
/// and nothing of the machine: the same run gives the same bytes.
pub fn manifest(report: &Report<'_>, files: &[FileEntry]) -> Vec<u8> {
    let scenario = report.scenario;
    let manifest = Manifest {
        capbind: env!("CARGO_PKG_VERSION"),
        scenario_sha256: hexadecimal_hash(scenario.text.as_bytes()),
        scenario: &scenario.text,
        overrides: &scenario.overrides,
        seed: scenario.settings.seed,
        sampler: scenario.settings.sampler.word(),
        points: scenario.settings.points,
        replicates: scenario.settings.replicates,
        warnings: report.warnings.iter().map(ToString::to_string).collect(),
        files,
    };
    let mut bytes = serde_json::to_vec_pretty(&manifest).expect("texts and numbers are JSON");
    bytes.push(b'\n');
    bytes
}

fn hexadecimal_hash(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
