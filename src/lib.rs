//! A company pays a share of its revenue until a total cap is reached or an end
//! date comes: which of the two ends it, when, and what is it worth?
//!
//! The program `capbind` answers from one scenario file; this library is the
//! whole of it. The way through: a [`scenario::Scenario`] is read and checked,
//! [`simulate::run`] simulates revenue paths and settles the agreement on each,
//! and the [`simulate::Outcomes`] are rendered by [`report`]. Every estimate
//! comes with its standard error, and the same seed gives the same bits at any
//! number of threads.
//!
//! ```
//! use capbind::scenario::Scenario;
//! use capbind::simulate::{self, Total};
//!
//! let text = r#"
//!     currency = "USD"
//!     unit = "million"
//!     [timeline]
//!     start = 2026-01-01
//!     end = 2030-12-31
//!     step = "quarter"
//!     [revenue.gbm]
//!     initial = 100
//!     growth = 0.20
//!     volatility = 0.30
//!     [agreement]
//!     share = 0.05
//!     cap = 30
//!     [simulation]
//!     points = 4096
//! "#;
//! let scenario = Scenario::parse("royalty.toml", "royalty", text, &[])?;
//! let results = simulate::run(&scenario.simulation(), &()).unwrap();
//! let outcomes = results.primary();
//! let probability = outcomes.reached();
//! assert!((probability.mean - 0.688).abs() < 0.002);
//! assert!(probability.std_error < 0.001);
//! let paid = outcomes.total(Total::Paid).unwrap().estimate;
//! assert!(paid.mean < 30.0);
//! # Ok::<(), capbind::scenario::ScenarioError>(())
//! ```

pub mod agreement;
pub mod cli;
#[cfg(test)]
mod instruction_sets;
pub mod math;
pub mod report;
pub mod revenue;
pub mod scenario;
pub mod simulate;
pub mod stats;
pub mod study;
pub mod units;
pub mod valuation;
