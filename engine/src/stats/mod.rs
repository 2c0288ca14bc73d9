//! Estimates with their errors: moments, quantile sketches, means of replicates.
//! Knows no money and no model.

mod axis;
mod binomial;
mod cells;
mod counter;
mod estimate;
mod indices;
mod mixture;
mod moments;
mod outline;
mod rank;
mod rounding;
mod signed;
mod sketch;
mod student;

pub use axis::{Axis, Keyed, Offsets, ROW};
pub use counter::{Counter, PackedCounter, SPILL_AFTER};
pub use estimate::{Estimate, MeanEstimate};
pub use indices::{Decomposition, IndexSums, Indices, MixtureSums};
pub use mixture::{Distribution, Mixture};
pub use moments::{Moments, Running};
pub use outline::{LEAST_WINDOW, Outline, Quantile};
pub use rank::rank;
pub use rounding::beyond_rounding;
pub use signed::{PackedSigned, SignedCounter, SignedOutline, SignedSketch};
pub use sketch::Sketch;
