//! A folder of results that is complete or not there at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::CliError;
use super::interrupt::unfinished;
use super::owner::{Hashing, Theirs, manifest};
use super::workplace::{Workplace, is_mount_point};
use crate::request::WriteWith;

pub use crate::artifacts::MANIFEST;
pub use crate::request::Place;

/// Files on their way into a folder: written beside it, put in its place at the end,
/// removed if anything fails before.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    /// Where the files are until all are there.
    here: Workplace,
    names: Vec<String>,
}

impl Folder {
    /// Prepares to fill `target`, which may not exist yet, be empty, or hold the
    /// results of an earlier run. Nobody else can do so until it is finished.
    ///
    /// # Errors
    /// Where it cannot be written to, another process is writing to it, or it holds
    /// something else.
    pub fn prepare(target: &Path) -> Result<Self, CliError> {
        let target = place(target)?;
        Ok(Self {
            here: Workplace::take(&target)?,
            target,
            names: Vec::new(),
        })
    }

    /// Where the files go.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the folder in place, with all that is the user's in the earlier one; the
    /// rest of that is removed. Nobody else can write there until what is returned is
    /// dropped.
    ///
    /// # Errors
    /// Where a file of the user's is in the way or something cannot be moved; all is
    /// then as it was.
    pub fn finish(self) -> Result<Workplace, CliError> {
        // Looked for again: the user has had the whole run's time to change something.
        let theirs = theirs(&self.target)?;
        refuse_if_in_the_way(&self.target, &theirs, &self.names)?;
        let all = unfinished();
        let swapped = theirs
            .carry(&self.here.new_folder())
            .and_then(|()| self.here.swap());
        drop(all);
        swapped.map_err(|error| refused(&self.target, &error))?;
        Ok(self.here)
    }

    /// A new file on its way, for a name with `/`.
    fn create(&self, name: &str) -> io::Result<fs::File> {
        let path = self.here.new_folder().join(name);
        // An interruption waits, so that it finds the file.
        let _all = unfinished();
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::File::create(path)
    }
}

impl Place<CliError> for Folder {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        let written = self.create(name).and_then(|mut file| file.write_all(bytes));
        written.map_err(|error| refused(&self.target.join(name), &error))?;
        self.names.push(name.to_owned());
        Ok(())
    }

    fn write_with(&mut self, name: &str, write: &mut WriteWith<'_>) -> Result<String, CliError> {
        let written = self.create(name).and_then(|file| {
            let mut out = Hashing::new(io::BufWriter::new(file));
            write(&mut out)?;
            out.flush()?;
            Ok(out.digits())
        });
        let digits = written.map_err(|error| refused(&self.target.join(name), &error))?;
        self.names.push(name.to_owned());
        Ok(digits)
    }
}

/// Refuses a folder that cannot be filled before anything is simulated; `names` are
/// the files that will be written, asked for only where the user has files there.
///
/// # Errors
/// Where it holds no results, is no folder or a link to one, or a file of the user's
/// is in the way.
pub fn check<N: AsRef<str>>(
    target: &Path,
    names: impl FnOnce() -> Result<Vec<N>, CliError>,
) -> Result<(), CliError> {
    let target = place(target)?;
    let theirs = theirs(&target)?;
    if theirs.is_empty() {
        return Ok(());
    }
    refuse_if_in_the_way(&target, &theirs, &names()?)
}

/// A folder by its plain name, that is not there, is empty or holds results.
fn place(target: &Path) -> Result<PathBuf, CliError> {
    let not_here = |reason: &str| CliError::Write {
        path: target.to_owned(),
        reason: reason.to_owned(),
    };
    let name = target.file_name();
    let name = name.ok_or_else(|| not_here("this is not the name of a folder"))?;
    let place = target.with_file_name(name);
    match fs::symlink_metadata(&place) {
        Ok(found) if found.is_symlink() => Err(not_here(
            "it is a symbolic link, which is neither followed nor replaced; name the folder \
             itself with --out",
        )),
        Ok(found) if !found.is_dir() => {
            Err(not_here("it is not a folder; choose another with --out"))
        }
        // Elsewhere it says nothing of what is in a folder.
        Ok(found) if cfg!(unix) && found.permissions().readonly() => Err(not_here(
            "the folder may not be written to; choose another with --out",
        )),
        Ok(_) if is_mount_point(&place) => Err(not_here(
            "another file system is attached here; choose a folder in it with --out",
        )),
        Ok(_) => {
            let mut entries = fs::read_dir(&place).map_err(|error| refused(target, &error))?;
            if entries.next().is_some() && manifest(&place)["capbind"].as_str().is_none() {
                return Err(not_here(
                    "the folder holds files that are not results of a run; choose another with \
                     --out",
                ));
            }
            Ok(place)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(place),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(not_here("it is not a folder; choose another with --out"))
        }
        Err(error) => Err(refused(target, &error)),
    }
}

fn theirs(target: &Path) -> Result<Theirs, CliError> {
    Theirs::find(target).map_err(|error| refused(target, &error))
}

fn refuse_if_in_the_way<N: AsRef<str>>(
    target: &Path,
    theirs: &Theirs,
    names: &[N],
) -> Result<(), CliError> {
    match theirs.in_the_way(names.iter().map(AsRef::as_ref)) {
        None => Ok(()),
        Some(path) => Err(CliError::Write {
            path: target.to_owned(),
            reason: format!(
                "{} is not as capbind has written it, and would be replaced; move it away, or \
                 choose another folder with --out",
                path.display()
            ),
        }),
    }
}

fn refused(path: &Path, error: &io::Error) -> CliError {
    CliError::Write {
        path: path.to_owned(),
        reason: why(error),
    }
}

/// Why a folder is not filled, and what to try.
pub fn why(error: &io::Error) -> String {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied => "; choose a folder you may write to with --out",
        io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge => {
            "; free some space or choose another disk with --out"
        }
        io::ErrorKind::NotADirectory => "; a part of the path is a file",
        _ => "",
    };
    format!("{error}{remedy}; nothing was left behind")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_run_that_was_killed_are_not_results() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("results");
        let killed = place.path().join(".results.partial/new/charts");
        fs::create_dir_all(&killed).unwrap();
        fs::write(killed.join("old.png"), b"old").unwrap();
        fs::write(place.path().join(".results.partial/lock"), b"").unwrap();
        let mut folder = Folder::prepare(&target).unwrap();
        folder.write("new.csv", b"new").unwrap();
        drop(folder.finish().unwrap());
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
