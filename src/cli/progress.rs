//! A bar on standard error while a command works.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};

use super::interrupt::Interruptible;
use crate::simulate::Observer;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

impl Observer for Progress {
    fn progress(&self, more: u64) {
        self.add(more);
    }

    fn cancelled(&self) -> bool {
        Interruptible.cancelled()
    }
}

/// A bar on standard error where that is a terminal; silent otherwise.
pub struct Progress {
    bar: ProgressBar,
    done: AtomicU64,
}

impl Progress {
    /// A bar for a number of paths.
    pub fn new(paths: u64, quiet: bool) -> Self {
        Self::of("paths", paths, 0, quiet)
    }

    /// A count of paths, where nobody knows how many it takes.
    pub fn open_ended(quiet: bool) -> Self {
        Self::with_template("{spinner} {human_pos} paths, {rate}/s", None, 0, quiet)
    }

    /// A bar for a number of cases, some of which are done already.
    pub fn of_cases(cases: u64, done: u64, quiet: bool) -> Self {
        Self::of("cases", cases, done, quiet)
    }

    fn of(what: &str, all: u64, done: u64, quiet: bool) -> Self {
        let template =
            format!("{{bar:30}} {{human_pos}} of {{human_len}} {what}, {{rate}}/s, {{eta}} left",);
        Self::with_template(&template, Some(all), done, quiet)
    }

    fn with_template(template: &str, all: Option<u64>, done: u64, quiet: bool) -> Self {
        let visible = !quiet && io::stderr().is_terminal();
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(all, target).with_position(done);
        bar.reset_eta();
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, out: &mut dyn Write| {
                // A bar that cannot be drawn stops no run.
                let _ = write!(out, "{}", HumanCount(state.per_sec().round() as u64));
            };
            bar.set_style(style.with_key("rate", rate));
        }
        Self {
            bar,
            done: AtomicU64::new(done),
        }
    }

    /// So many more are done.
    pub fn add(&self, more: u64) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        self.bar.set_position(done);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
