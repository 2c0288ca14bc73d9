//! Estimates with their errors: moments, quantile sketches, replicated means.
//! Knows no money and no model.

mod estimate;
mod moments;
mod replicated;
mod sketch;

pub use estimate::{Estimate, Sampling};
pub use moments::Moments;
pub use replicated::MeanEstimate;
pub use sketch::Sketch;
