//! A folder of results that is complete or not there at all.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::CliError;
use super::interrupt::{Unfinished, unfinished};
use crate::report::sha256;

/// What made a folder of results.
pub const MANIFEST: &str = "manifest.json";

/// Where files go: a folder, or memory.
pub trait Place {
    /// Writes one file, its name given with `/`.
    ///
    /// # Errors
    /// Where it cannot be written in full.
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), CliError>;

    /// Writes one file piece by piece, its name given with `/`, and gives the
    /// SHA-256 of its bytes.
    ///
    /// # Errors
    /// Where it cannot be written in full.
    fn write_with(&mut self, name: &str, write: &mut Write<'_>) -> Result<String, CliError>;
}

/// Writes a file piece by piece.
pub type Write<'a> = dyn FnMut(&mut (dyn io::Write + Send)) -> io::Result<()> + 'a;

/// Files on their way into a folder: written beside it, moved in at the end,
/// removed if anything fails before.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    /// Where the files are until all are there.
    here: Unfinished,
    names: Vec<String>,
    finished: bool,
}

impl Folder {
    /// Prepares to fill `target`, which may not exist yet, be empty, or hold the
    /// results of an earlier run.
    ///
    /// # Errors
    /// Where it cannot be written to, or holds something else.
    pub fn prepare(target: &Path) -> Result<Self, CliError> {
        refuse_foreign(target)?;
        let name = target.file_name().ok_or_else(|| CliError::Write {
            path: target.to_owned(),
            reason: "this is not the name of a folder".to_owned(),
        })?;
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let made = parent
            .ancestors()
            .take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists())
            .last()
            .map(Path::to_owned);
        let staging = parent.join(format!(
            ".{}.{}.partial",
            name.to_string_lossy(),
            std::process::id()
        ));
        let folder = Self {
            target: target.to_owned(),
            here: Unfinished { staging, made },
            names: Vec::new(),
            finished: false,
        };
        unfinished().push(folder.here.clone());
        // A run that was killed may have left files behind under the same number.
        let left = match fs::remove_dir_all(&folder.here.staging) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
        left.and_then(|()| fs::create_dir_all(&folder.here.staging))
            .map_err(|error| refused(target, &error))?;
        Ok(folder)
    }

    /// Where the files go.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Moves all files in place. Files of the earlier run that this one does not
    /// have are removed; the manifest comes last.
    ///
    /// # Errors
    /// Where a file cannot be moved.
    pub fn finish(mut self) -> Result<(), CliError> {
        let mut all = unfinished();
        let moved = if self.target.exists() {
            self.replace()
        } else {
            fs::rename(&self.here.staging, &self.target)
        };
        if moved.is_ok() {
            self.finished = true;
            let _ = fs::remove_dir_all(&self.here.staging);
            all.retain(|other| *other != self.here);
        }
        drop(all);
        moved.map_err(|error| refused(&self.target, &error))
    }

    fn replace(&self) -> io::Result<()> {
        for stale in earlier_files(&self.target) {
            if !self.names.contains(&stale) {
                // A file the user has removed meanwhile is as good as removed.
                let _ = fs::remove_file(self.target.join(stale));
            }
        }
        let (manifest, others): (Vec<&String>, Vec<&String>) =
            self.names.iter().partition(|name| *name == MANIFEST);
        for name in others.into_iter().chain(manifest) {
            let to = self.target.join(name);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(self.here.staging.join(name), to)?;
        }
        // Goes only if the run without charts has left it empty.
        let _ = fs::remove_dir(self.target.join("charts"));
        Ok(())
    }
}

impl Place for Folder {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        let path = self.here.staging.join(name);
        let shown = self.target.join(name);
        let written = match path.parent() {
            Some(parent) => fs::create_dir_all(parent),
            None => Ok(()),
        }
        .and_then(|()| write_through(&path, bytes));
        written.map_err(|error| refused(&shown, &error))?;
        self.names.push(name.to_owned());
        Ok(())
    }

    fn write_with(&mut self, name: &str, write: &mut Write<'_>) -> Result<String, CliError> {
        let shown = self.target.join(name);
        let written = fs::File::create(self.here.staging.join(name)).and_then(|file| {
            let mut out = Hashing {
                out: io::BufWriter::new(file),
                hash: Sha256::new(),
            };
            write(&mut out)?;
            io::Write::flush(&mut out)?;
            Ok(out.hash.finalize())
        });
        let hash = written.map_err(|error| refused(&shown, &error))?;
        self.names.push(name.to_owned());
        Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Place for BTreeMap<String, Vec<u8>> {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        self.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn write_with(&mut self, name: &str, write: &mut Write<'_>) -> Result<String, CliError> {
        let mut bytes = Vec::new();
        write(&mut bytes).map_err(|error| refused(Path::new(name), &error))?;
        let hash = sha256(&bytes);
        self.insert(name.to_owned(), bytes);
        Ok(hash)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            let mut all = unfinished();
            self.here.remove();
            all.retain(|other| *other != self.here);
        }
    }
}

/// Hashes what it writes.
struct Hashing {
    out: io::BufWriter<fs::File>,
    hash: Sha256,
}

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write;
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.flush()
}

/// A folder that holds something, but no results, is not ours to fill.
pub fn refuse_foreign(target: &Path) -> Result<(), CliError> {
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(CliError::Write {
                path: target.to_owned(),
                reason: "it is not a folder; choose another with --out".to_owned(),
            });
        }
        Err(error) => return Err(refused(target, &error)),
    };
    if entries.count() > 0 && manifest(target)["capbind"].as_str().is_none() {
        return Err(CliError::Write {
            path: target.to_owned(),
            reason: "the folder holds files that are not results of a run; \
                     choose another with --out"
                .to_owned(),
        });
    }
    Ok(())
}

/// The manifest in a folder; null where there is none that can be read.
fn manifest(target: &Path) -> serde_json::Value {
    let bytes = fs::read(target.join(MANIFEST)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The files an earlier run's manifest names, as far as it can be read.
fn earlier_files(target: &Path) -> Vec<String> {
    let files = manifest(target)["files"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    files
        .iter()
        .filter_map(|file| file["name"].as_str())
        .filter(|name| is_inside(name))
        .map(str::to_owned)
        .collect()
}

/// Whether a name from a manifest stays inside its folder.
fn is_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    parts.all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn refused(path: &Path, error: &io::Error) -> CliError {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied => "; choose a folder you may write to with --out",
        io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge => {
            "; free some space or choose another disk with --out"
        }
        io::ErrorKind::NotADirectory => "; a part of the path is a file",
        _ => "",
    };
    CliError::Write {
        path: path.to_owned(),
        reason: format!("{error}{remedy}; nothing was left behind"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_run_that_was_killed_are_not_results() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("results");
        let mut killed = Folder::prepare(&target).unwrap();
        killed.write("charts/old.png", b"old").unwrap();
        // Nothing of a killed process is dropped.
        std::mem::forget(killed);
        let mut folder = Folder::prepare(&target).unwrap();
        folder.write("new.csv", b"new").unwrap();
        folder.finish().unwrap();
        assert!(target.join("new.csv").is_file());
        assert!(!target.join("charts").exists());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn folders_made_on_the_way_go_with_the_run() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("deep/er/results");
        let mut folder = Folder::prepare(&target).unwrap();
        folder.write("a.csv", b"a").unwrap();
        drop(folder);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }
}
