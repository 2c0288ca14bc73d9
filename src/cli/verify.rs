//! `capbind verify`

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use super::args::Verify;
use super::folder::MANIFEST;
use super::interrupt::Interruptible;
use super::owner::hash;
use super::{CliError, calibrate, eprint_error, memory, print, study};
use crate::artifacts::{make, prepare};
use crate::report::{CalibrationManifest, FileEntry, Manifest, StudyManifest, sha256};
use crate::scenario::input::{self, Wanted};
use crate::scenario::{Attached, Scenario, changed_files};

/// Makes each folder's results again from its manifest, compares every file byte
/// for byte and names what differs. A folder that cannot be checked is named and does
/// not keep the others from it.
pub fn verify(arguments: &Verify) -> Result<(), CliError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads.map_or(0, usize::from))
        .build()?;
    let beside = arguments
        .scenario
        .as_deref()
        .map(Beside::read)
        .transpose()?;
    let mut different = 0;
    for folder in &arguments.folders {
        let findings = match pool.install(|| findings(folder, beside.as_ref())) {
            Ok(findings) => findings,
            Err(error) if arguments.folders.len() == 1 || error.is_interruption() => {
                return Err(error);
            }
            Err(error) => {
                different += 1;
                print(&format!("{}: not checked\n", folder.display()))?;
                eprint_error(&error);
                continue;
            }
        };
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

/// A scenario file to compare with the text in the manifests.
struct Beside<'a> {
    path: &'a Path,
    text: String,
}

impl<'a> Beside<'a> {
    fn read(path: &'a Path) -> Result<Self, CliError> {
        let text = input::text(path, &Wanted::SCENARIO).map_err(|reason| CliError::Read {
            path: path.to_owned(),
            reason,
        })?;
        Ok(Self { path, text })
    }
}

/// What differs where a folder's results are made again on the current thread pool.
pub fn differences(folder: &Path) -> Result<Vec<String>, CliError> {
    Ok(findings(folder, None)?.differences)
}

struct Findings {
    /// Files compared, the manifest included.
    files: usize,
    /// What differs, a line each.
    differences: Vec<String>,
}

fn findings(folder: &Path, beside: Option<&Beside<'_>>) -> Result<Findings, CliError> {
    let unreadable = |reason: String| CliError::Read {
        path: folder.join(MANIFEST),
        reason,
    };
    let bytes = input::bytes(&folder.join(MANIFEST), &Wanted::MANIFEST).map_err(|reason| {
        unreadable(format!("{reason}; name a folder that capbind has written"))
    })?;
    let claims = Claims::read(&bytes)
        .map_err(|error| unreadable(format!("it is no manifest of this program: {error}")))?;
    let mut differences = Vec::new();
    let version = env!("CARGO_PKG_VERSION");
    if claims.version() != version {
        differences.push(format!(
            "version: made by capbind {}, this is {version}",
            claims.version()
        ));
    }
    let scenarios = claims.scenarios();
    for (i, claimed) in scenarios.iter().enumerate() {
        if sha256(claimed.text.as_bytes()) != claimed.sha256 {
            let which = match scenarios.len() {
                1 => String::new(),
                _ => format!(" {}", i + 1),
            };
            differences.push(format!(
                "scenario{which}: its text in the manifest does not have its hash"
            ));
        }
    }
    if let Some(Beside { path, text }) = beside {
        match scenarios.iter().find(|claimed| claimed.text == text) {
            None => differences.push(format!("scenario: {} has another text", path.display())),
            Some(claimed) => {
                for name in changed_files(path, claimed.attached) {
                    differences.push(format!("scenario: {name} beside it has another text"));
                }
            }
        }
    }
    let made = claims.make_again().map_err(|error| match error {
        CliError::Argument { message, hint } => CliError::Argument {
            message: format!("{}: {message}", folder.display()),
            hint,
        },
        other => other,
    })?;
    for name in claims.files().iter().map(|entry| entry.name.as_str()) {
        if !made.contains_key(name) {
            differences.push(format!(
                "{name}: in the manifest, but this {} does not make it",
                claims.command()
            ));
        }
    }
    for (name, again) in &made {
        let path = folder.join(name);
        match hash_of(&path) {
            Ok(found) if found == sha256(again) => {}
            Ok(found) => differences.push(changed(claims.files(), name, &found)),
            Err(error) => differences.push(format!("{name}: {error}")),
        }
    }
    Ok(Findings {
        files: made.len(),
        differences,
    })
}

/// What a manifest says of the results beside it.
enum Claims {
    Run(Box<Manifest>),
    Study(Box<StudyManifest>),
    Calibration(Box<CalibrationManifest>),
}

/// A scenario, or the table that parameters were estimated from, as a manifest has it.
struct ClaimedScenario<'a> {
    text: &'a str,
    sha256: &'a str,
    attached: &'a [Attached],
}

impl Claims {
    fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let any: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
        match any["study"].as_str() {
            Some("calibrate") => Ok(Self::Calibration(Box::new(serde_json::from_slice(bytes)?))),
            Some(_) => Ok(Self::Study(Box::new(serde_json::from_slice(bytes)?))),
            None => Ok(Self::Run(Box::new(Manifest::from_bytes(bytes)?))),
        }
    }

    fn command(&self) -> &str {
        match self {
            Self::Run(_) => "run",
            Self::Study(manifest) => &manifest.study,
            Self::Calibration(manifest) => &manifest.study,
        }
    }

    fn version(&self) -> &str {
        match self {
            Self::Run(manifest) => &manifest.capbind,
            Self::Study(manifest) => &manifest.capbind,
            Self::Calibration(manifest) => &manifest.capbind,
        }
    }

    fn files(&self) -> &[FileEntry] {
        match self {
            Self::Run(manifest) => &manifest.files,
            Self::Study(manifest) => &manifest.files,
            Self::Calibration(manifest) => &manifest.files,
        }
    }

    fn scenarios(&self) -> Vec<ClaimedScenario<'_>> {
        match self {
            Self::Run(manifest) => vec![ClaimedScenario {
                text: &manifest.scenario,
                sha256: &manifest.scenario_sha256,
                attached: &manifest.attached,
            }],
            Self::Study(manifest) => {
                let scenarios = manifest.scenarios.iter();
                let claimed = scenarios.map(|studied| ClaimedScenario {
                    text: &studied.scenario,
                    sha256: &studied.scenario_sha256,
                    attached: &studied.attached,
                });
                claimed.collect()
            }
            Self::Calibration(manifest) => {
                let inputs = manifest.inputs.iter();
                let claimed = inputs.map(|input| ClaimedScenario {
                    text: &input.text,
                    sha256: &input.sha256,
                    attached: &[],
                });
                claimed.collect()
            }
        }
    }

    fn make_again(&self) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
        match self {
            Self::Run(manifest) => made(manifest),
            Self::Study(manifest) => study::make_again(manifest),
            Self::Calibration(manifest) => calibrate::make_again(manifest),
        }
    }
}

/// The hash of a file, of any length, without holding it; of nothing but a file, since
/// what a link leads to may have no end.
fn hash_of(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    hash(path)
}

/// Which side of a comparison has changed since the manifest was written.
fn changed(files: &[FileEntry], name: &str, found: &str) -> String {
    let entry = files.iter().find(|entry| entry.name == name);
    match entry {
        Some(entry) if entry.sha256 == found => {
            format!("{name}: as it was written, but made again it differs")
        }
        Some(_) => format!("{name}: changed since it was written"),
        None => format!("{name}: differs"),
    }
}

/// Every file of the manifest's run, made again.
fn made(manifest: &Manifest) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let origin = format!("{MANIFEST} (the scenario {}.toml in it)", manifest.name);
    let mut scenario = Scenario::read(
        &origin,
        &manifest.name,
        &manifest.scenario,
        &manifest.overrides,
        &manifest.attached,
    )?;
    prepare(&mut scenario, manifest.asked.paths)?;
    let threads = rayon::current_num_threads();
    memory::admit(&scenario, manifest.asked.keep_paths, threads, false)?;
    let mut files = BTreeMap::new();
    make(
        scenario,
        &manifest.asked,
        &Interruptible,
        &mut |name, bytes| {
            files.insert(name.to_owned(), bytes.to_vec());
            Ok::<(), CliError>(())
        },
    )?;
    Ok(files)
}
