//! How a run samples.

use crate::simulate::sample::draws::TOGETHER;
use crate::units::worded;
use serde::{Deserialize, Serialize};

worded! {
    /// Where the random numbers of a run come from.
    #[derive(Serialize, Deserialize)]
    pub enum Sampler {
        /// Scrambled Sobol points: the default.
        Sobol = "sobol",
        /// Pseudo-random numbers: slower to converge, simpler to check against.
        Random = "random",
    }
}

/// How many paths a run simulates and from which random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Paths in each replicate, at least 1; a power of two for `Sobol`.
    pub points: u64,
    /// Independent replicates, at least 2; standard errors are taken from their spread.
    pub replicates: u32,
    /// The sampler.
    pub sampler: Sampler,
    /// The master seed.
    pub seed: u64,
}

impl Settings {
    /// Paths per replicate if a scenario does not say.
    pub const DEFAULT_POINTS: u64 = 16_384;
    /// The fewest paths per replicate: lines are worked on so many together.
    pub const LEAST_POINTS: u64 = TOGETHER as u64;
    /// Replicates if a scenario does not say.
    pub const DEFAULT_REPLICATES: u32 = 16;
    /// The least number of replicates a standard error can rest on.
    pub const LEAST_REPLICATES: u32 = 4;
    /// The most replicates.
    pub const MOST_REPLICATES: u32 = 1024;

    /// Paths in all.
    pub fn paths(&self) -> u64 {
        self.points * u64::from(self.replicates)
    }
}
