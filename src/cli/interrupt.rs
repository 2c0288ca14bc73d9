//! Interruptions (Ctrl-C, a polite kill, a closed terminal): what is half written
//! goes, what is finished stays.

use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::workplace::Traces;

/// The exit code of a command ended by Ctrl-C, as shells have it.
const INTERRUPTED: i32 = 130;

/// What to say of an interruption that leaves something to continue with.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// From now on an interruption says this, or nothing.
pub fn keep(words: Option<String>) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

static ALL: Mutex<Vec<Traces>> = Mutex::new(Vec::new());

/// What is unfinished; while this is held, an interruption waits. Whoever makes a
/// file or folder that an interruption is to remove holds it meanwhile: once the
/// interruption has it, nothing new can appear.
pub fn unfinished() -> MutexGuard<'static, Vec<Traces>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on an interruption removes what is unfinished before it ends the
/// program; one that comes while finished files are moved in place waits for them.
pub fn watch() {
    // Where no handler can be set, an interruption ends the program as ever.
    let _ = ctrlc::set_handler(|| {
        // Held until the end: no thread makes anything any more.
        let all = unfinished();
        all.iter().for_each(Traces::remove);
        if let Some(words) = &*KEPT.lock().unwrap_or_else(PoisonError::into_inner) {
            super::eprint_line(words);
        }
        process::exit(INTERRUPTED);
    });
}
