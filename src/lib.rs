//! A company pays a share of its revenue until a total cap is reached or an end
//! date comes: which of the two ends it, when, and what is it worth?
//!
//! The program `capbind` answers from one scenario file; this library is the
//! whole of it. The way through: a [`scenario::Scenario`] is read and checked,
//! [`simulate::run`] simulates revenue paths and settles the agreement on each,
//! and the [`simulate::Outcomes`] are rendered by [`report`]. Every estimate
//! comes with its standard error, and the same seed gives the same bits at any
//! number of threads. What cannot be done is an [`Error`], which knows its place, what is
//! permitted there and what to try.
//!
//! # Embed
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
//! let results = simulate::run(&scenario.simulation(), &())?;
//! let outcomes = results.primary();
//! let probability = outcomes.reached();
//! assert!((probability.mean - 0.688).abs() < 0.002);
//! assert!(probability.std_error < 0.001);
//! let paid = outcomes.total(Total::Paid).unwrap().estimate;
//! assert!(paid.mean < 30.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Text in, files out
//!
//! [`run_text`] goes the whole way: the text of a scenario, and the [`Files`](scenario::Files)
//! that it names from wherever they are, come out as the bytes that `capbind run` would
//! write. Nothing is read or written besides.
//!
//! ```
//! use capbind::{RunOptions, run_text};
//!
//! # let text = capbind::scenario::shipped("scenarios/textbook-gbm.toml").unwrap().text;
//! let options = RunOptions { charts: false, report: false, ..RunOptions::default() };
//! let changes = ["agreement.cap=40".to_owned(), "simulation.points=256".to_owned()];
//! let made = run_text("royalty.toml", text, &changes, &(), &options, &())?;
//! println!("{}", made.said.text);
//! for (name, bytes) in &made.files {
//!     println!("{name}: {} bytes", bytes.len());
//! }
//! # Ok::<(), capbind::Error>(())
//! ```
//!
//! A study goes the same way in two steps: what is asked, a [`request::Study`] or the manifest
//! of one, comes to [`artifacts::StudyResults`], and these to files.
//!
//! # Progress and cancellation
//!
//! An [`Observer`](simulate::Observer) is told how far a run is and may stop it.
//!
//! ```
//! # use capbind::scenario::{Scenario, shipped};
//! use std::sync::atomic::{AtomicU64, Ordering};
//! use capbind::simulate::{self, Cancelled, Observer};
//!
//! /// Stops a run after some paths.
//! struct After(AtomicU64);
//!
//! impl Observer for After {
//!     fn progress(&self, paths: u64) {
//!         self.0.fetch_add(paths, Ordering::Relaxed);
//!     }
//!     fn cancelled(&self) -> bool {
//!         self.0.load(Ordering::Relaxed) >= 10_000
//!     }
//! }
//!
//! # let text = shipped("scenarios/textbook-gbm.toml").unwrap().text;
//! # let scenario = Scenario::parse("textbook-gbm.toml", "textbook-gbm", text, &[])?;
//! let stopped = simulate::run(&scenario.simulation(), &After(AtomicU64::new(0)));
//! assert_eq!(stopped.unwrap_err(), Cancelled);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Shards
//!
//! A run is its [shards](simulate::Plan) merged. Whoever has the bytes of the
//! [question](simulate::Question) can compute one; the results of all of them are
//! those of one run to the last bit, however the run was cut.
//!
//! ```
//! # use capbind::scenario::{Scenario, shipped};
//! use capbind::simulate::{Partial, Plan, Question, Total, run};
//!
//! # let text = shipped("scenarios/textbook-gbm.toml").unwrap().text;
//! # let changes = ["simulation.points=8192".to_owned(), "simulation.replicates=4".to_owned()];
//! # let scenario = Scenario::parse("textbook-gbm.toml", "textbook-gbm", text, &changes)?;
//! let question: Vec<u8> = scenario.question().to_bytes();
//!
//! // Anywhere else:
//! let question = Question::from_bytes(&question)?;
//! let plan = Plan::new(question.simulation());
//! let parts: Vec<Vec<u8>> = plan
//!     .shards(3)
//!     .iter()
//!     .map(|shard| Ok(plan.compute(shard, &())?.to_bytes()))
//!     .collect::<Result<_, capbind::simulate::Cancelled>>()?;
//!
//! // Back at home, in any order:
//! let parts: Result<Vec<Partial>, _> = parts.iter().rev().map(|b| Partial::from_bytes(b)).collect();
//! let results = Plan::new(scenario.simulation()).finish(parts?)?;
//!
//! let one = run(&scenario.simulation(), &())?;
//! let mean = |results: &capbind::simulate::Results| {
//!     results.primary().total(Total::Paid).unwrap().estimate.mean
//! };
//! assert_eq!(mean(&results), mean(&one));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Output of one's own
//!
//! Results answer by quantity and [slot](simulate::Slot); each number comes with its
//! error and its distribution.
//!
//! ```
//! # use capbind::scenario::{Scenario, shipped};
//! use capbind::simulate::{Quantity, Slot, run};
//!
//! # let text = shipped("scenarios/textbook-gbm.toml").unwrap().text;
//! # let changes = ["simulation.points=1024".to_owned()];
//! # let scenario = Scenario::parse("textbook-gbm.toml", "textbook-gbm", text, &changes)?;
//! let results = run(&scenario.simulation(), &())?;
//! for (k, period) in scenario.timeline.periods().iter().enumerate() {
//!     let paid = results.primary().quantity(Quantity::CumulativePaid, Slot::Period(k)).unwrap();
//!     let p95 = paid.distribution.quantile(0.95).unwrap();
//!     println!("{}: {} ± {}, p95 {p95}", period.last_day, paid.estimate.mean, paid.estimate.std_error);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod artifacts;
#[cfg(feature = "cli")]
pub mod cli;
mod error;
#[cfg(test)]
mod instruction_sets;
pub mod report;
pub mod request;
pub mod scenario;
pub mod study;
pub mod text;

pub use capbind_engine::{agreement, inference, math, revenue, simulate, stats, units, valuation};

pub use artifacts::{Artifacts, run_scenario, run_text};
pub use error::Error;
pub use report::RunOptions;
