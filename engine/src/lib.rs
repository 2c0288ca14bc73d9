//! The numbers of [capbind](https://docs.rs/capbind), without its files, words and pictures:
//! revenue paths are simulated, contracts settled on them, and every estimate comes with
//! its standard error.
//!
//! Nothing here reads a file, a clock or the environment. The rooms are those of the crate
//! `capbind`, which gives them under the same names; start there.

pub mod agreement;
pub mod inference;
pub mod math;
pub mod revenue;
pub mod simulate;
pub mod stats;
pub mod units;
pub mod valuation;
