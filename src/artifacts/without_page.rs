//! What a build without the program says when it is asked for the explorer: the page of
//! the explorer has the engine in it, and the engine none of itself.

use crate::Error;
use crate::scenario::Scenario;

/// A refusal.
pub fn of_run(_: &Scenario) -> Result<String, Error> {
    Err(Error::NotBuilt {
        what: "explore.html",
        feature: "cli",
    })
}
