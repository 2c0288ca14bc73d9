//! How a number was estimated.

use serde::{Deserialize, Serialize};

use crate::units::worded;

worded! {
    /// How a number of a run was estimated.
    #[derive(Serialize, Deserialize)]
    pub enum Estimator {
        /// The first coordinate of every point integrated: see [`smooth`](crate::simulate::smooth()).
        Smooth = "smooth",
        /// The mean over paths.
        Counted = "counted",
    }
}

impl Estimator {
    /// Smooth where there is a counted estimate beside the one that is given.
    pub(in crate::simulate) fn of<T>(counted: Option<&T>) -> Self {
        match counted {
            Some(_) => Self::Smooth,
            None => Self::Counted,
        }
    }
}
