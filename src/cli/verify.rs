//! `capbind verify`

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::args::Verify;
use super::made::{make, take_paths};
use super::{CliError, print};
use crate::report::{Manifest, sha256};
use crate::scenario::{Scenario, changed_files};

const MANIFEST: &str = "manifest.json";

/// Makes each folder's results again from its manifest, compares every file byte
/// for byte and names what differs.
pub fn verify(arguments: &Verify) -> Result<(), CliError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads.map_or(0, usize::from))
        .build()?;
    let mut different = 0;
    for folder in &arguments.folders {
        let findings = pool.install(|| findings(folder, arguments.scenario.as_deref()))?;
        let mut text = String::new();
        if findings.differences.is_empty() {
            let files = findings.files;
            let _ = writeln!(
                text,
                "{}: {files} files made again, all the same byte for byte",
                folder.display()
            );
        } else {
            different += 1;
            let _ = writeln!(text, "{}: not the same", folder.display());
            for line in &findings.differences {
                let _ = writeln!(text, "  {line}");
            }
        }
        print(&text)?;
    }
    match different {
        0 => Ok(()),
        count => Err(CliError::Different {
            count,
            folders: arguments.folders.len(),
        }),
    }
}

struct Findings {
    /// Files compared, the manifest included.
    files: usize,
    /// What differs, a line each.
    differences: Vec<String>,
}

fn findings(folder: &Path, scenario: Option<&Path>) -> Result<Findings, CliError> {
    let unreadable = |reason: String| CliError::Read {
        path: folder.join(MANIFEST),
        reason,
    };
    let bytes = fs::read(folder.join(MANIFEST)).map_err(|error| {
        unreadable(format!(
            "{error}; name a folder that `capbind run` has written"
        ))
    })?;
    let any: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if let Some(study) = any["study"].as_str() {
        return Err(unreadable(format!(
            "it is one of `capbind {study}`; only runs are made again, repeat that command \
             with --out and compare"
        )));
    }
    let manifest = Manifest::from_bytes(&bytes)
        .map_err(|error| unreadable(format!("it is no manifest of this program: {error}")))?;
    let mut differences = Vec::new();
    let version = env!("CARGO_PKG_VERSION");
    if manifest.capbind != version {
        differences.push(format!(
            "version: made by capbind {}, this is {version}",
            manifest.capbind
        ));
    }
    if sha256(manifest.scenario.as_bytes()) != manifest.scenario_sha256 {
        differences.push("scenario: its text in the manifest does not have its hash".to_owned());
    }
    if let Some(path) = scenario {
        let text = fs::read_to_string(path).map_err(|error| CliError::Read {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        if text != manifest.scenario {
            differences.push(format!("scenario: {} has another text", path.display()));
        }
        for name in changed_files(path, &manifest.overrides) {
            differences.push(format!("scenario: {name} beside it has another text"));
        }
    }
    let made = made(&manifest)?;
    for name in manifest.files.iter().map(|entry| entry.name.as_str()) {
        if !made.contains_key(name) {
            differences.push(format!(
                "{name}: in the manifest, but this run does not make it"
            ));
        }
    }
    for (name, again) in &made {
        match fs::read(folder.join(name)) {
            Ok(found) if found == *again => {}
            Ok(found) => differences.push(changed(&manifest, name, &found)),
            Err(error) => differences.push(format!("{name}: {error}")),
        }
    }
    Ok(Findings {
        files: made.len(),
        differences,
    })
}

/// Which side of a comparison has changed since the manifest was written.
fn changed(manifest: &Manifest, name: &str, found: &[u8]) -> String {
    let entry = manifest.files.iter().find(|entry| entry.name == name);
    match entry {
        Some(entry) if entry.sha256 == sha256(found) => {
            format!("{name}: as it was written, but made again it differs")
        }
        Some(_) => format!("{name}: changed since it was written"),
        None => format!("{name}: differs"),
    }
}

/// Every file of the manifest's run, made again.
fn made(manifest: &Manifest) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let origin = format!("{MANIFEST} (the scenario {}.toml in it)", manifest.name);
    let mut scenario = Scenario::parse(
        &origin,
        &manifest.name,
        &manifest.scenario,
        &manifest.overrides,
    )?;
    let rounded = take_paths(&mut scenario, manifest.asked.paths)?;
    let mut files = BTreeMap::new();
    make(
        scenario,
        rounded.into_iter().collect(),
        &manifest.asked,
        &|_| (),
        &mut |name, bytes| {
            files.insert(name.to_owned(), bytes.to_vec());
            Ok(())
        },
    )?;
    Ok(files)
}
