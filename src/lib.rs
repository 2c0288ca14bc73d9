//! Under a revenue share with a cap and an end date, which of the two ends it,
//! when, and what is it worth?
pub mod agreement;
pub mod cli;
pub mod math;
pub mod report;
pub mod revenue;
pub mod scenario;
pub mod simulate;
pub mod stats;
pub mod units;
