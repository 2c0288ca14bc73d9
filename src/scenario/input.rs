//! Reading what users hand in: one reader with a limit for every file, whatever is
//! in its place.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

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
    let too_large = || {
        let most = wanted.largest >> 20;
        let content = wanted.content;
        format!("it is larger than {most} MB, far too large for {content}; is it the right file?")
    };
    if metadata.len() > wanted.largest {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The limit also holds for what has no length, such as a pipe.
    File::open(path)
        .and_then(|file| file.take(wanted.largest + 1).read_to_end(&mut bytes))
        .map_err(|error| reason(&error))?;
    match bytes.len() as u64 > wanted.largest {
        true => Err(too_large()),
        false => Ok(bytes),
    }
}

/// The text of a file, without the mark some editors begin it with.
///
/// # Errors
/// Why it cannot be read, and what to try.
pub fn text(path: &Path, wanted: &Wanted) -> Result<String, String> {
    let text = String::from_utf8(bytes(path, wanted)?).map_err(|error| {
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
