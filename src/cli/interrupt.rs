//! Interruptions (Ctrl-C, a polite kill, a closed terminal): what is half written
//! goes, what is finished stays.
//!
//! Whatever simulates asks its observer whether to stop, and ends by itself, as after
//! any other error. Work that does not ask in time, such as drawing, is ended from here.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::workplace::Traces;
use crate::simulate::Observer;

/// The exit code of a command ended by Ctrl-C, as shells have it.
pub const INTERRUPTED: u8 = 130;
/// So long work has to end by itself.
const PATIENCE: Duration = Duration::from_millis(150);

/// Whether an interruption has come.
static STOPPED: AtomicBool = AtomicBool::new(false);
/// What to say of an interruption that leaves something to continue with.
static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// Stops what it observes when an interruption has come.
pub struct Interruptible;

impl Observer for Interruptible {
    fn cancelled(&self) -> bool {
        STOPPED.load(Ordering::Relaxed)
    }
}

/// From now on an interruption says this, or nothing.
pub fn keep(words: Option<String>) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

/// Says, once, what an interruption has left.
pub fn say_what_is_kept() {
    let words = KEPT.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(words) = words {
        super::eprint_line(&words);
    }
}

static ALL: Mutex<Vec<Traces>> = Mutex::new(Vec::new());

/// What is unfinished; while this is held, an interruption waits. Whoever makes a
/// file or folder that an interruption is to remove holds it meanwhile: once the
/// interruption has it, nothing new can appear.
pub fn unfinished() -> MutexGuard<'static, Vec<Traces>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on an interruption stops the work, and where that does not end in time removes
/// what is unfinished before it ends the program; one that comes while finished files are
/// moved in place waits for them.
pub fn watch() {
    // Where no handler can be set, an interruption ends the program as ever.
    let _ = ctrlc::set_handler(|| {
        STOPPED.store(true, Ordering::Relaxed);
        thread::sleep(PATIENCE);
        // Held until the end: no thread makes anything any more.
        let all = unfinished();
        all.iter().for_each(Traces::remove);
        say_what_is_kept();
        process::exit(i32::from(INTERRUPTED));
    });
}
