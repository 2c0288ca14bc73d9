//! Which paths are worked on together.

use crate::units::LANES;

/// Paths in a block: enough that a table of counts is worth fetching, few enough
/// that a block's keys stay in the cache.
pub const BLOCK: usize = 4096;

/// Which paths a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId {
    /// The replicate.
    pub replicate: u32,
    /// Its first point, a multiple of [`BLOCK`].
    pub first: u64,
    /// Paths in use, at most [`BLOCK`].
    pub count: usize,
}

/// Strips in a block.
pub const STRIPS: usize = BLOCK / LANES;
