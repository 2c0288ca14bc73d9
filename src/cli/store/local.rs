//! A folder as a store: on one machine, or on a disk that all machines see.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{CliError, Store, refused};

/// A folder. What is on its way has a name with a dot in front.
#[derive(Debug)]
pub struct Local {
    root: PathBuf,
}

impl Local {
    /// The store in a folder, which is made when something is put into it.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn refused(&self, path: &Path, error: &io::Error) -> CliError {
        let remedy = match error.kind() {
            io::ErrorKind::PermissionDenied => "; choose a folder you may write to",
            io::ErrorKind::StorageFull
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::QuotaExceeded => {
                "; free some space, then ask again: what is finished is kept"
            }
            _ => "",
        };
        refused(&path.display().to_string(), format!("{error}{remedy}"))
    }
}

impl Store for Local {
    fn list(&self, folder: &str) -> Result<BTreeSet<String>, CliError> {
        let path = self.path(folder);
        let failed = |error: &io::Error| self.refused(&path, error);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(failed(&error)),
        };
        let mut names = BTreeSet::new();
        for entry in entries {
            let name = entry.map_err(|error| failed(&error))?.file_name();
            let name = name.to_string_lossy();
            if !name.starts_with('.') {
                names.insert(name.into_owned());
            }
        }
        Ok(names)
    }

    fn has(&self, name: &str) -> Result<bool, CliError> {
        let path = self.path(name);
        path.try_exists()
            .map_err(|error| self.refused(&path, &error))
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, CliError> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.refused(&path, &error)),
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<bool, CliError> {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&self.root);
        let put = || -> io::Result<bool> {
            fs::create_dir_all(folder)?;
            // On disk before it has its name: a machine that goes down leaves no part half
            // written under it.
            let mut new = tempfile::Builder::new();
            new.prefix(".");
            // Whoever may read the folder may read what is in it.
            #[cfg(unix)]
            new.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let mut file = new.tempfile_in(folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            let is_new = match file.persist_noclobber(&path) {
                Ok(_) => true,
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => false,
                Err(error) => return Err(error.error),
            };
            // Where a folder cannot be opened, as on Windows, its names are safe as they are.
            if let Ok(folder) = File::open(folder) {
                folder.sync_all()?;
            }
            Ok(is_new)
        };
        put().map_err(|error| self.refused(&path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_nothing_is_seen_before_it_is_whole() {
        let place = tempfile::tempdir().unwrap();
        let store = Local::new(place.path().join("deep/store"));
        assert_eq!(store.get("parts/a").unwrap(), None);
        assert!(store.list("parts").unwrap().is_empty());
        assert!(store.put("parts/a", b"first").unwrap());
        assert!(!store.put("parts/a", b"second").unwrap());
        assert_eq!(store.get("parts/a").unwrap().unwrap(), b"first");
        assert!(store.has("parts/a").unwrap() && !store.has("parts/b").unwrap());
        // What a worker that was killed has left on its way.
        fs::write(store.path("parts/.xyz"), b"ha").unwrap();
        assert_eq!(store.list("parts").unwrap().len(), 1);
        let names = fs::read_dir(store.path("parts")).unwrap();
        assert_eq!(names.count(), 2);
    }

    #[test]
    fn of_many_at_once_one_is_first() {
        let place = tempfile::tempdir().unwrap();
        let store = Local::new(place.path().to_owned());
        let first = std::thread::scope(|scope| {
            let put = |i: u8| {
                let store = &store;
                scope.spawn(move || store.put("parts/a", &[i; 9]).unwrap())
            };
            let all: Vec<_> = (0..8).map(put).collect();
            let all = all.into_iter().map(|one| one.join().unwrap());
            all.filter(|is_new| *is_new).count()
        });
        assert_eq!(first, 1);
        let bytes = store.get("parts/a").unwrap().unwrap();
        assert_eq!(bytes, [bytes[0]; 9]);
    }
}
