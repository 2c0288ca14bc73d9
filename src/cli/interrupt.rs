//! Interruptions (Ctrl-C, a polite kill, a closed terminal): what is half written
//! goes, what is finished stays.

use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The exit code of a command ended by Ctrl-C, as shells have it.
const INTERRUPTED: i32 = 130;

/// What a folder of results leaves behind where it is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The folder its files are written to.
    pub staging: PathBuf,
    /// The outermost folder made on the way there, to be removed with the rest.
    pub made: Option<PathBuf>,
}

/// What to say of an interruption that leaves something to continue with.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// From now on an interruption says this, or nothing.
pub fn keep(words: Option<String>) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

static ALL: Mutex<Vec<Unfinished>> = Mutex::new(Vec::new());

/// What is unfinished; while this is held, an interruption waits.
pub fn unfinished() -> MutexGuard<'static, Vec<Unfinished>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Unfinished {
    /// Removes it.
    pub fn remove(&self) {
        let _ = fs::remove_dir_all(&self.staging);
        if let Some(made) = &self.made {
            // Empty folders only: whatever else is in them is not ours.
            let mut folder = self.staging.parent();
            while let Some(path) = folder.filter(|path| path.starts_with(made)) {
                let _ = fs::remove_dir(path);
                folder = path.parent();
            }
        }
    }
}

/// From now on an interruption removes what is unfinished before it ends the
/// program; one that comes while finished files are moved in place waits for them.
pub fn watch() {
    // Where no handler can be set, an interruption ends the program as ever.
    let _ = ctrlc::set_handler(|| {
        let all = unfinished();
        all.iter().for_each(Unfinished::remove);
        if let Some(words) = &*KEPT.lock().unwrap_or_else(PoisonError::into_inner) {
            super::eprint_line(words);
        }
        process::exit(INTERRUPTED);
    });
}
