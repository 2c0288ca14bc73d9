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
use super::{CliError, eprint_error, memory, print, study};
use crate::Error;
use crate::artifacts::{make, prepare};
use crate::report::{FileEntry, Manifest, RunOptions, sha256};
use crate::request;
use crate::scenario::input::{self, Wanted};
use crate::scenario::{Attached, changed_files};
use crate::simulate::Observer;
use crate::study::StudyError;

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
        let findings = match pool.install(|| findings(folder, beside.as_ref(), &Interruptible)) {
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
pub fn differences(folder: &Path, observer: &dyn Observer) -> Result<Vec<String>, CliError> {
    Ok(findings(folder, None, observer)?.differences)
}

struct Findings {
    /// Files compared, the manifest included.
    files: usize,
    /// What differs, a line each.
    differences: Vec<String>,
}

fn findings(
    folder: &Path,
    beside: Option<&Beside<'_>>,
    observer: &dyn Observer,
) -> Result<Findings, CliError> {
    let unreadable = |reason: String| CliError::Read {
        path: folder.join(MANIFEST),
        reason,
    };
    let bytes = input::bytes(&folder.join(MANIFEST), &Wanted::MANIFEST).map_err(|reason| {
        unreadable(format!("{reason}; name a folder that capbind has written"))
    })?;
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
    let scenarios = claimed(&manifest);
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
    let made = match manifest.command.as_str() {
        "run" => made(&manifest, observer),
        _ => study::make_again(&manifest, observer),
    };
    let made = made.map_err(|error| match error {
        CliError::Argument { message, hint }
        | CliError::Library(Error::Question(StudyError { message, hint })) => CliError::Argument {
            message: format!("{}: {message}", folder.display()),
            hint,
        },
        other => other,
    })?;
    for name in manifest.files.iter().map(|entry| entry.name.as_str()) {
        if !made.contains_key(name) {
            differences.push(format!(
                "{name}: in the manifest, but this {} does not make it",
                manifest.command
            ));
        }
    }
    for (name, again) in &made {
        let path = folder.join(name);
        match hash_of(&path) {
            Ok(found) if found == sha256(again) => {}
            Ok(found) => differences.push(changed(&manifest.files, name, &found)),
            Err(error) => differences.push(format!("{name}: {error}")),
        }
    }
    Ok(Findings {
        files: made.len(),
        differences,
    })
}

/// A scenario, or a table, as a manifest has it.
struct Claimed<'a> {
    text: &'a str,
    sha256: &'a str,
    attached: &'a [Attached],
}

/// What a manifest says that its results were made of.
fn claimed(manifest: &Manifest) -> Vec<Claimed<'_>> {
    let scenarios = manifest.scenarios.iter().map(|studied| Claimed {
        text: &studied.scenario,
        sha256: &studied.scenario_sha256,
        attached: &studied.attached,
    });
    let tables = manifest.inputs.iter().map(|input| Claimed {
        text: &input.text,
        sha256: &input.sha256,
        attached: &[],
    });
    scenarios.chain(tables).collect()
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
fn made(
    manifest: &Manifest,
    observer: &dyn Observer,
) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let asked: RunOptions = request::asked(manifest)?;
    let mut scenario = request::read_again(request::lone(&manifest.scenarios)?)?;
    prepare(&mut scenario, asked.paths)?;
    let threads = rayon::current_num_threads();
    memory::admit(&scenario, asked.keep_paths, threads, true)?;
    let mut files = BTreeMap::new();
    make(scenario, &asked, observer, &mut |name, bytes| {
        files.insert(name.to_owned(), bytes.to_vec());
        Ok::<(), CliError>(())
    })?;
    Ok(files)
}
