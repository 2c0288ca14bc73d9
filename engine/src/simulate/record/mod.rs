//! From strips of paths to what is counted and added up of them, block by block.

pub mod block;
pub mod blocks;
pub mod by_expiry;
pub mod clauses;
pub mod count;
pub mod cumulative;
pub mod flat;
pub mod memory;
pub mod priced;
pub mod reaching;
pub mod recorder;
pub mod recording;
pub mod rows;
pub mod strip;
pub mod tally;
pub mod thresholds;
pub mod totals;
pub mod whole;
pub mod worker;
