//! From strips of paths to what is counted and added up of them, block by block.

pub mod block;
pub mod blocks;
pub mod by_expiry;
pub mod count;
pub mod cumulative;
pub mod memory;
pub mod plan;
pub mod reaching;
pub mod strip;
pub mod tally;
pub mod thresholds;
pub mod totals;
pub mod worker;
