//! Whose the files in a folder of results are: ours only where they are as the
//! manifest says they were written, the user's all others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::folder::MANIFEST;
use crate::scenario::input::{self, Wanted};

/// What in a folder is the user's.
#[derive(Debug)]
pub struct Theirs {
    folder: PathBuf,
    /// Files, links and the like, and folders that are empty, relative to the folder.
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    is_folder: bool,
}

impl Theirs {
    /// Looks through a folder; nothing in one that is not there.
    ///
    /// # Errors
    /// Where something in it cannot be read.
    pub fn find(folder: &Path) -> io::Result<Self> {
        let written = written(folder);
        let mut entries = Vec::new();
        let mut left = vec![PathBuf::new()];
        while let Some(inside) = left.pop() {
            let there = match fs::read_dir(folder.join(&inside)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            let mut is_empty = true;
            for entry in there {
                let entry = entry?;
                is_empty = false;
                let path = inside.join(entry.file_name());
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    left.push(path);
                    continue;
                }
                let ours = kind.is_file()
                    && match written.get(&path) {
                        Some(sha256) => hash(&entry.path())? == *sha256,
                        None => path == Path::new(MANIFEST),
                    };
                if !ours {
                    entries.push(Entry {
                        path,
                        is_folder: false,
                    });
                }
            }
            if is_empty && inside != Path::new("") {
                entries.push(Entry {
                    path: inside,
                    is_folder: true,
                });
            }
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        let folder = folder.to_owned();
        Ok(Self { folder, entries })
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first that stands where a file is to be written: of its name, in the place
    /// of its folder, or a folder in its own place.
    pub fn in_the_way<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Option<PathBuf> {
        let names: BTreeSet<&Path> = names.into_iter().map(Path::new).collect();
        let meets = |entry: &&Entry| {
            names.iter().any(|name| {
                entry.path.starts_with(name) || (!entry.is_folder && name.starts_with(&entry.path))
            })
        };
        let entry = self.entries.iter().find(meets)?;
        Some(self.folder.join(&entry.path))
    }

    /// Gives another folder all of it too, and the permissions of the folders: links to
    /// the same files where the file system has such, else copies. Nothing is written
    /// over.
    ///
    /// # Errors
    /// Where something can be neither linked nor copied.
    pub fn carry(&self, to: &Path) -> io::Result<()> {
        let mut folders = BTreeSet::from([Path::new("")]);
        for entry in &self.entries {
            let (old, new) = (self.folder.join(&entry.path), to.join(&entry.path));
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("{}: {error}", old.display()))
            };
            folders.extend(entry.path.ancestors().skip(usize::from(!entry.is_folder)));
            if entry.is_folder {
                fs::create_dir_all(&new).map_err(named)?;
            } else {
                fs::create_dir_all(new.parent().unwrap_or(to)).map_err(named)?;
                fs::hard_link(&old, &new)
                    .or_else(|error| copy(&old, &new, error))
                    .map_err(named)?;
            }
        }
        // From the inside out: one that may not be written to is filled by then.
        for folder in folders.into_iter().rev() {
            if let Ok(found) = fs::metadata(self.folder.join(folder)) {
                fs::set_permissions(to.join(folder), found.permissions())?;
            }
        }
        Ok(())
    }
}

/// A copy of a file or link that cannot be linked to, with its times.
fn copy(old: &Path, new: &Path, error: io::Error) -> io::Result<()> {
    let metadata = fs::symlink_metadata(old)?;
    if error.kind() == io::ErrorKind::AlreadyExists || fs::symlink_metadata(new).is_ok() {
        return Err(error);
    }
    #[cfg(unix)]
    if metadata.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(old)?, new);
    }
    if !metadata.is_file() {
        return Err(error);
    }
    fs::copy(old, new)?;
    if let (Ok(modified), Ok(file)) = (metadata.modified(), fs::File::open(new)) {
        // A copy with another time is a copy nevertheless.
        let _ = file.set_modified(modified);
    }
    Ok(())
}

/// The manifest in a folder; null where there is none that can be read.
pub fn manifest(folder: &Path) -> serde_json::Value {
    let path = folder.join(MANIFEST);
    let is_file = fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
    let bytes = match is_file {
        true => input::bytes(&path, &Wanted::MANIFEST).unwrap_or_default(),
        false => Vec::new(),
    };
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The files a folder's manifest names with their hashes, as far as it can be read.
fn written(folder: &Path) -> BTreeMap<PathBuf, String> {
    let manifest = manifest(folder);
    let files = manifest["files"].as_array().into_iter().flatten();
    let files = files.filter_map(|file| Some((file["name"].as_str()?, file["sha256"].as_str()?)));
    let files = files.map(|(name, sha256)| (PathBuf::from(name), sha256.to_owned()));
    files.collect()
}

/// The SHA-256 of a file.
pub fn hash(path: &Path) -> io::Result<String> {
    let mut hashing = Hashing::new(io::sink());
    io::copy(&mut fs::File::open(path)?, &mut hashing)?;
    Ok(hashing.digits())
}

/// Hashes what it writes.
#[derive(Debug)]
pub struct Hashing<W> {
    out: W,
    hash: Sha256,
}

impl<W: io::Write> Hashing<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        let hash = Sha256::new();
        Self { out, hash }
    }

    /// The SHA-256 of all that was written.
    pub fn digits(self) -> String {
        let hash = self.hash.finalize();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<W: io::Write> io::Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
