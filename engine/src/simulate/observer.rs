//! Who watches a long piece of work: is told how far it is, and may stop it.

use thiserror::Error;

use crate::units::Date;

/// Watches a run or a study. Both are called often, from any thread, and must
/// return at once. `()` watches nothing and stops nothing.
pub trait Observer: Sync {
    /// So many more are done: paths of a run, or what a study says it counts.
    fn progress(&self, more: u64) {
        let _ = more;
    }

    /// Whether to stop. Asked before each block of paths, so that work ends within
    /// a few milliseconds for a flat share and within a tenth of a second for the
    /// longest contracts.
    fn cancelled(&self) -> bool {
        false
    }
}

impl Observer for () {}

/// An observer that passes on whether to stop, and no progress: for work that repeats
/// or prepares what is counted elsewhere.
pub struct Unheard<'a>(pub &'a dyn Observer);

impl Observer for Unheard<'_> {
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// An observer of work that is done for so many at once: progress is that of each.
pub struct OfEach<'a>(pub &'a dyn Observer, pub u64);

impl Observer for OfEach<'_> {
    fn progress(&self, more: u64) {
        self.0.progress(self.1 * more);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// The work was stopped by its [`Observer`] before it was done; nothing of it is
/// left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("stopped before it was done")]
pub struct Cancelled;

/// Why contracts that end on other dates have no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExpiryError {
    /// A date is not on the timeline.
    #[error("{date} lies outside the timeline, {first} to {last}")]
    OffTimeline {
        /// That date.
        date: Date,
        /// The first day of the timeline.
        first: Date,
        /// The last.
        last: Date,
    },
    /// The observer stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
