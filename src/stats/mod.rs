//! Estimates with their errors: moments, quantile sketches, replicated means.
//! Knows no money and no model.

mod axis;
mod binomial;
mod cells;
mod counter;
mod estimate;
mod indices;
mod moments;
mod replicated;
mod rounding;
mod signed;
mod sketch;
mod student;

pub use axis::{Axis, Keyed, Offsets, ROW};
pub use counter::{Counter, PackedCounter, SPILL_AFTER};
pub use estimate::{Estimate, Sampling};
pub use indices::{Decomposition, IndexSums, Indices};
pub use moments::{Moments, Running};
pub use replicated::MeanEstimate;
pub use rounding::beyond_rounding;
pub use signed::{PackedSigned, SignedCounter, SignedSketch};
pub use sketch::Sketch;
