//! The engine: random and quasi-random streams, paths, the parallel run, and
//! what comes out of it. Knows no TOML, no file and no terminal.
//!
//! Paths are cut into fixed blocks. Blocks may be computed by any thread in any
//! order; what depends on the order of adding (sums of numbers) is folded in the
//! order of the blocks, what does not (counts) is merged as it comes. So the
//! results are the same to the last bit at any number of threads.

mod contracts;
mod cumulative;
mod design;
mod draws;
mod events;
mod ordering;
mod outcomes;
mod philox;
mod plan;
mod precision;
mod quantity;
mod reaching;
mod results;
mod run;
mod settings;
mod settle;
mod sobol;
mod streams;
mod tally;
mod thresholds;
mod worker;
mod xoshiro;

pub use contracts::{ContractQuantity, Contracts, FlatShare, World, evaluate, evaluate_worlds};
pub use design::{Design, Group, Source, StripTotals, sample_pairs};
pub use ordering::Ordering;
pub use outcomes::{Measured, Outcomes};
pub use precision::{ConvergenceStep, DEFAULT_MOST_POINTS, FIRST_POINTS, Watched, search};
pub use quantity::{Quantity, Total};
pub use reaching::DateQuantile;
pub use results::Results;
pub use run::{Path, replay, run, run_totals};
pub use settings::{Sampler, Settings};
pub use sobol::MAX_POINTS;
pub use streams::Streams;
pub use tally::Slot;

use crate::agreement::{Contract, FlatTerms};
use crate::revenue::Model;
use crate::units::{Date, Input, ReportingYear, Timeline};

/// How present values are taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Valuation {
    /// Payments before this date are left out; later ones are discounted to it.
    pub date: Date,
    /// Effective annual rate, above −1.
    pub discount_rate: f64,
}

/// Everything a run needs.
#[derive(Clone, Copy, Debug)]
pub struct Simulation<'a> {
    /// The grid.
    pub timeline: &'a Timeline,
    /// The revenue model on that grid.
    pub model: &'a Model,
    /// Scalars drawn once per path.
    pub inputs: &'a [Input],
    /// The contracts, at least one; the first is the primary one.
    pub contracts: &'a [Contract],
    /// How present values are taken, if at all.
    pub valuation: Option<Valuation>,
    /// Reporting years: for each calendar, its years on the grid.
    pub calendars: &'a [Vec<ReportingYear>],
    /// Paths, sampler and seed.
    pub settings: Settings,
    /// The order of the shocks, where it is lent by another simulation so that
    /// both are drawn alike; taken if it is for as many shocks.
    pub ordering: Option<&'a Ordering>,
}

impl<'a> Simulation<'a> {
    /// The primary contract: the first.
    ///
    /// # Panics
    /// If there is none.
    pub fn primary(&self) -> &'a Contract {
        &self.contracts[0]
    }

    /// The same run for one of its contracts alone, by position.
    #[must_use]
    pub fn only(&self, contract: usize) -> Self {
        Self {
            contracts: &self.contracts[contract..=contract],
            ..*self
        }
    }

    /// The numbers of the primary contract by which rows of paths are settled.
    ///
    /// # Panics
    /// If it is not a flat share.
    pub(crate) fn flat_terms(&self) -> FlatTerms {
        let flat = self.primary().agreement.flat();
        flat.expect("rows of paths are settled for flat shares only")
    }
}
