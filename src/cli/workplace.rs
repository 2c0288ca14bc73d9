//! Where a folder of results is made: a hidden folder beside it, `.NAME.partial`,
//! that one process at a time holds. In it are `lock`, the results on their way,
//! and for a moment the folder they replace.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::CliError;
use super::interrupt::unfinished;

/// A workplace that this process holds; given up, it leaves no traces.
#[derive(Debug)]
pub struct Workplace {
    traces: Traces,
    /// Locked as long as it is open.
    _lock: Option<File>,
}

/// What a process leaves behind that is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traces {
    target: PathBuf,
    here: PathBuf,
    /// The outermost folder made on the way there, to be removed with the rest.
    made: Option<PathBuf>,
}

impl Workplace {
    /// Takes the workplace of `target`, with an empty folder in it for the results,
    /// and clears what a process has left there that was killed.
    ///
    /// # Errors
    /// Where another process holds it, or the disk refuses.
    pub fn take(target: &Path) -> Result<Self, CliError> {
        let traces = Traces::of(target);
        let mut all = unfinished();
        let taken = traces.lock().and_then(|lock| {
            traces.clear()?;
            fs::create_dir(traces.new_folder())?;
            Ok(lock)
        });
        match taken {
            Ok(lock) => {
                all.push(traces.clone());
                drop(all);
                Ok(Self {
                    traces,
                    _lock: lock,
                })
            }
            Err(error) => {
                traces.remove_empty();
                let reason = match error.kind() {
                    io::ErrorKind::WouldBlock => "another capbind is writing here; wait for it, \
                                                  or choose another folder with --out"
                        .to_owned(),
                    _ => super::folder::why(&error),
                };
                Err(CliError::Write {
                    path: target.to_owned(),
                    reason,
                })
            }
        }
    }

    /// The folder in it for the results.
    pub fn new_folder(&self) -> PathBuf {
        self.traces.new_folder()
    }

    /// Puts the new folder in the place of the target at one stroke, where the system
    /// can do that. Elsewhere the old one is moved away first; where the program is
    /// killed between the two, the next one moves it back.
    ///
    /// # Errors
    /// Where the system refuses; the old folder is then in its place.
    pub fn swap(&self) -> io::Result<()> {
        let (new, target) = (self.new_folder(), &self.traces.target);
        if fs::symlink_metadata(target).is_err() {
            return fs::rename(new, target);
        }
        exchange(&new, target).or_else(|_| self.swap_by_renames())
    }

    fn swap_by_renames(&self) -> io::Result<()> {
        fs::rename(&self.traces.target, self.traces.old_folder())?;
        let moved = fs::rename(self.new_folder(), &self.traces.target);
        // Either the old folder is removed, or it is put back.
        self.traces.clear_old().and(moved)
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        let mut all = unfinished();
        self.traces.remove();
        all.retain(|other| *other != self.traces);
    }
}

impl Traces {
    fn of(target: &Path) -> Self {
        let name = target.file_name().unwrap_or(target.as_os_str());
        let here = target.with_file_name(format!(".{}.partial", name.to_string_lossy()));
        let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let parents = target.ancestors().skip(1);
        let made = parents.take_while(missing).last().map(Path::to_owned);
        Self {
            target: target.to_owned(),
            here,
            made,
        }
    }

    fn new_folder(&self) -> PathBuf {
        self.here.join("new")
    }

    fn old_folder(&self) -> PathBuf {
        self.here.join("old")
    }

    fn lock_file(&self) -> PathBuf {
        self.here.join("lock")
    }

    /// The lock; none where the file system knows none.
    fn lock(&self) -> io::Result<Option<File>> {
        let held = || io::Error::from(io::ErrorKind::WouldBlock);
        for _ in 0..100 {
            fs::create_dir_all(&self.here)?;
            if fs::symlink_metadata(&self.here)?.is_symlink() {
                return Err(io::Error::other(format!(
                    "{} is a link; remove it",
                    self.here.display()
                )));
            }
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false);
            let file = match file.open(self.lock_file()) {
                // Whoever held it has just tidied up.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            match file.try_lock() {
                Ok(()) if is_at(&file, &self.lock_file()) => return Ok(Some(file)),
                // It was removed meanwhile: another process may hold a new one.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(held()),
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(None);
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(held())
    }

    /// Removes the results on their way and the folder they have replaced; where they
    /// have not, it goes back.
    fn clear(&self) -> io::Result<()> {
        self.clear_old()?;
        remove_folder(&self.new_folder())
    }

    fn clear_old(&self) -> io::Result<()> {
        let old = self.old_folder();
        let there = |path: &Path| fs::symlink_metadata(path).is_ok();
        if there(&old) && !there(&self.target) {
            return fs::rename(old, &self.target);
        }
        remove_folder(&old)
    }

    /// Removes all of it.
    pub fn remove(&self) {
        // What cannot be removed now the next one clears.
        let _ = self.clear();
        let _ = fs::remove_file(self.lock_file());
        self.remove_empty();
    }

    /// Removes empty folders only: whatever else is in them is not ours.
    fn remove_empty(&self) {
        let _ = fs::remove_dir(&self.here);
        if let Some(made) = &self.made {
            let mut folder = self.here.parent();
            while let Some(path) = folder.filter(|path| path.starts_with(made)) {
                let _ = fs::remove_dir(path);
                folder = path.parent();
            }
        }
    }
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(|error| {
            let named = format!("{} cannot be removed: {error}", path.display());
            io::Error::new(error.kind(), named)
        }),
    }
}

/// Whether an open file is the one at a path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let (open, there) = (file.metadata().map(id), fs::symlink_metadata(path).map(id));
    matches!((open, there), (Ok(open), Ok(there)) if open == there)
}

/// Whether an open file is the one at a path, as far as can be told.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Two folders change places at one stroke.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Here they cannot.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether a folder is where another file system is attached, which cannot be
/// replaced as a folder can.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn is_mount_point(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let found = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty());
    found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// Elsewhere that is found out when the folder is to be replaced.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn is_mount_point(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(folder: &Path, name: &str) -> bool {
        folder.join(name).is_file()
    }

    /// A target that holds `old`, and its workplace with `new` in it.
    fn begun(place: &Path) -> (PathBuf, Workplace) {
        let target = place.join("results");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("old"), "old").unwrap();
        let workplace = Workplace::take(&target).unwrap();
        fs::write(workplace.new_folder().join("new"), "new").unwrap();
        (target, workplace)
    }

    #[test]
    fn one_process_at_a_time_and_no_traces() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("deep/results");
        let workplace = Workplace::take(&target).unwrap();
        let second = Workplace::take(&target).unwrap_err().to_string();
        assert!(
            second.contains("another capbind is writing here"),
            "{second}"
        );
        assert!(workplace.new_folder().is_dir());
        drop(workplace);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn folders_change_places_with_and_without_the_system() {
        for swap in [Workplace::swap, Workplace::swap_by_renames] {
            let place = tempfile::tempdir().unwrap();
            let (target, workplace) = begun(place.path());
            swap(&workplace).unwrap();
            assert!(holds(&target, "new") && !holds(&target, "old"));
            drop(workplace);
            assert!(holds(&target, "new"));
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_swap_that_was_killed_half_way_is_undone() {
        let place = tempfile::tempdir().unwrap();
        let (target, workplace) = begun(place.path());
        let here = workplace.traces.here.clone();
        fs::rename(&target, workplace.traces.old_folder()).unwrap();
        // Nothing of a killed process is dropped but its locks.
        std::mem::forget(workplace.traces.clone());
        let Workplace { _lock: lock, .. } = &workplace;
        lock.as_ref().unwrap().unlock().unwrap();
        let next = Workplace::take(&target).unwrap();
        assert!(holds(&target, "old"));
        assert!(!holds(&next.new_folder(), "new"));
        drop(next);
        assert!(!here.exists());
        std::mem::forget(workplace);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_its_place_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let precious = place.path().join("precious");
        fs::create_dir(&precious).unwrap();
        std::os::unix::fs::symlink(&precious, place.path().join(".results.partial")).unwrap();
        let refused = Workplace::take(&place.path().join("results")).unwrap_err();
        assert!(refused.to_string().contains("is a link; remove it"));
        assert_eq!(fs::read_dir(&precious).unwrap().count(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn mount_points_are_known() {
        assert!(is_mount_point(Path::new("/proc")));
        assert!(!is_mount_point(Path::new("/proc/self")));
    }
}
