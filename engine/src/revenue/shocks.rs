//! What each shock of a model moves, so that like shocks of several segments can
//! be correlated.

use serde::{Deserialize, Serialize};

/// The kind of a standard normal shock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Shock {
    /// Revenue from the observation before a period's to that period's.
    Path(usize),
    /// Expected growth, over the same stretch.
    Growth(usize),
    /// A persistent error in growth.
    GrowthError,
    /// An error in the level of all periods.
    Level,
    /// An error of one calendar year alone.
    Year(i16),
}

impl Shock {
    /// The same after so many periods that have happened.
    pub(super) fn after(self, past: usize) -> Self {
        match self {
            Self::Path(k) => Self::Path(k + past),
            Self::Growth(k) => Self::Growth(k + past),
            other => other,
        }
    }

    /// One for each increment that is not zero.
    pub(super) fn path(deviations: &[f64]) -> Vec<Self> {
        (0..deviations.len())
            .filter(|&k| deviations[k] > 0.0)
            .map(Self::Path)
            .collect()
    }
}
