//! What comes out of a run, agreement by agreement.

use super::Outcomes;

/// The results of a run: all agreements on one set of paths.
#[derive(Clone, Debug)]
pub struct Results {
    /// The statistics of each agreement, in the simulation's order.
    pub agreements: Vec<Outcomes>,
}

impl Results {
    /// Those of the primary agreement, the first.
    ///
    /// # Panics
    /// If there is none.
    pub fn primary(&self) -> &Outcomes {
        &self.agreements[0]
    }

    /// Paths simulated.
    pub fn paths(&self) -> u64 {
        self.primary().paths()
    }
}
