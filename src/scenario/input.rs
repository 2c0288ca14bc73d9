//! Reading what users hand in: one reader with a limit for every file, whatever is
//! in its place, and wherever files come from.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::Attached;
use crate::text::quoted;

/// Where the files come from that a scenario names: a disk, memory, a page.
///
/// `()` has none, a [`Disk`] those of a folder; a map from names to bytes and the
/// [`Attached`] texts of a scenario that was read have those in memory.
pub trait Files {
    /// The bytes of the file of a name, as the scenario writes it. Of a file with more
    /// than `wanted.largest` bytes that many and one more will do: it is refused.
    ///
    /// # Errors
    /// Why it cannot be read and what to try, in a sentence.
    fn read(&self, name: &str, wanted: &Wanted) -> Result<Vec<u8>, String>;
}

/// The files of a folder.
#[derive(Clone, Debug)]
pub struct Disk(PathBuf);

impl Disk {
    /// Those in a folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Those beside a file.
    pub fn beside(file: &Path) -> Self {
        Self::at(file.parent().unwrap_or(Path::new("")))
    }
}

impl Files for Disk {
    fn read(&self, name: &str, wanted: &Wanted) -> Result<Vec<u8>, String> {
        bytes(&self.0.join(name), wanted)
    }
}

impl Files for () {
    fn read(&self, _: &str, _: &Wanted) -> Result<Vec<u8>, String> {
        Err("a file is read where the scenario itself is one".to_owned())
    }
}

impl Files for BTreeMap<String, Vec<u8>> {
    fn read(&self, name: &str, _: &Wanted) -> Result<Vec<u8>, String> {
        let known = || match self.is_empty() {
            true => "no file was given beside the scenario".to_owned(),
            false => {
                let names: Vec<String> = self.keys().map(|name| quoted(name)).collect();
                format!("it is not among the files given: {}", names.join(", "))
            }
        };
        self.get(name).cloned().ok_or_else(known)
    }
}

impl Files for Vec<Attached> {
    fn read(&self, name: &str, _: &Wanted) -> Result<Vec<u8>, String> {
        let found = self.iter().find(|file| file.name == name);
        found
            .map(|file| file.text.clone().into_bytes())
            .ok_or_else(|| "it is not among the files kept with the scenario".to_owned())
    }
}

/// What a file is to hold, as the reasons why it cannot be read call it.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// What it holds.
    pub content: &'static str,
    /// The file itself.
    pub file: &'static str,
    /// The most bytes it may have.
    pub largest: u64,
}

impl Wanted {
    /// A scenario: the limit is a thousand times a long one.
    pub const SCENARIO: Self = Self {
        content: "a scenario",
        file: "a scenario file",
        largest: 4 << 20,
    };
    /// A table of figures.
    pub const TABLE: Self = Self {
        content: "a table",
        file: "a CSV file",
        largest: 4 << 20,
    };
    /// A table of the cases of a sweep: up to a million lines.
    pub const CASES: Self = Self {
        content: "a table of cases",
        file: "a CSV file",
        largest: 32 << 20,
    };
    /// A manifest, which holds scenarios and tables.
    pub const MANIFEST: Self = Self {
        content: "a manifest",
        file: "a manifest",
        largest: 128 << 20,
    };

    /// Refuses a file of too many bytes.
    fn admit(&self, bytes: u64) -> Result<(), String> {
        if bytes <= self.largest {
            return Ok(());
        }
        let (most, content) = (self.largest >> 20, self.content);
        Err(format!(
            "it is larger than {most} MB, far too large for {content}; is it the right file?"
        ))
    }
}

/// The bytes of a file.
///
/// A device, or a pipe that stands in the file system under a name of its own, is
/// refused: such a pipe without a writer would never say that it is empty. Pipes of
/// the process itself, as shells give them (`/dev/stdin`, `<(command)`), are read to
/// their end or the limit.
///
/// # Errors
/// Why it cannot be read, and what to try.
pub fn bytes(path: &Path, wanted: &Wanted) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if metadata.is_dir() {
        return Err(format!("it is a folder; name {} in it", wanted.file));
    }
    if !is_finite(path, &metadata) {
        return Err(format!(
            "it is a device or a pipe; name {}, or give a pipe as /dev/stdin",
            wanted.file
        ));
    }
    wanted.admit(metadata.len())?;
    let mut bytes = Vec::new();
    // The limit also holds for what has no length, such as a pipe.
    File::open(path)
        .and_then(|file| file.take(wanted.largest + 1).read_to_end(&mut bytes))
        .map_err(|error| reason(&error))?;
    wanted.admit(bytes.len() as u64)?;
    Ok(bytes)
}

/// The text of a file on a disk, without the mark some editors begin it with.
///
/// # Errors
/// Why it cannot be read, and what to try.
pub fn text(path: &Path, wanted: &Wanted) -> Result<String, String> {
    decoded(bytes(path, wanted)?)
}

/// The text of a file of these bytes, which is not to be empty; `holds` is what such a
/// one would need.
///
/// # Errors
/// Why it cannot be used, and what to try.
pub(super) fn full_text(bytes: Vec<u8>, wanted: &Wanted, holds: &str) -> Result<String, String> {
    wanted.admit(bytes.len() as u64)?;
    let text = decoded(bytes)?;
    match text.trim().is_empty() {
        true => Err(format!("it is empty; {} needs {holds}", wanted.content)),
        false => Ok(text),
    }
}

fn decoded(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("it is not UTF-8 text (byte {at}); save it as UTF-8")
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    })
}

/// Whether what is read comes to an end by itself: a file, or a pipe or terminal that
/// this process was started with.
fn is_finite(path: &Path, metadata: &Metadata) -> bool {
    let given = ["/dev/stdin", "/dev/fd", "/proc/self/fd"];
    metadata.is_file() || given.iter().any(|own| path.starts_with(own))
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file; check the path".to_owned(),
        ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        _ => error.to_string(),
    }
}
