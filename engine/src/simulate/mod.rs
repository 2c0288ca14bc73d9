//! The engine: random and quasi-random streams, paths, the parallel run, and
//! what comes out of it. Knows no TOML, no file and no terminal.
//!
//! Paths are cut into fixed blocks. Blocks may be computed by any thread in any
//! order; what depends on the order of adding (sums of numbers) is folded in the
//! order of the blocks, what does not (counts) is merged as it comes. So the
//! results are the same to the last bit at any number of threads.

mod contracts;
mod design;
mod eligible;
mod estimates;
mod observer;
mod parts;
mod path;
mod portfolio;
mod record;
mod run;
mod sample;
mod settings;
mod settle;
mod smooth;

#[cfg(feature = "force-instruction-set")]
pub use crate::math::forced;
pub use contracts::{ContractQuantity, Contracts, FlatShare, World, evaluate, evaluate_worlds};
pub use design::{Design, Group, Source, sample_pairs};
pub use eligible::{expected_counted, settle_expected};
pub use estimates::cells::{Cell, Measured, Signed};
pub use estimates::date_quantile::DateQuantile;
pub use estimates::ends::Ends;
pub use estimates::estimator::Estimator;
pub use estimates::estimators::{FAR_APART, Opinion, run_smooth, run_smooth_totals};
pub use estimates::finding::Finding;
pub use estimates::measure::{Address, Measure, Subject};
pub use estimates::mixing::mixed;
pub use estimates::outcomes::Outcomes;
pub use estimates::precision::{
    ConvergenceStep, DEFAULT_MOST_POINTS, FIRST_POINTS, Search, search,
};
pub use estimates::quantity::{Definition, Kind, NetQuantity, Quantity, Return, Total};
pub use estimates::results::{CaseResults, Net, Results};
pub use estimates::returns::Returns;
pub use estimates::revenue_by::RevenueBy;
pub use estimates::spread::Spread;
pub use observer::{Cancelled, ExpiryError, Observer, Unheard};
pub use parts::question::Question;
pub use parts::sealed::{Fingerprint, SealError, seal, unseal};
pub use parts::shards::{Part, PartError, Partial, Plan, Planned, Shard};
pub use path::Path;
pub use portfolio::{
    Concentration, Deal, DealResult, Group as DealGroup, GroupResult, Portfolio, PortfolioError,
    PortfolioPart, PortfolioPlan, PortfolioResults, Span as CashSpan, TailResult, YearResult,
    invested, run_portfolio,
};
pub use record::by_expiry::ByExpiry;
pub use record::memory::Memory;
pub use record::tally::Slot;
pub use run::{replay, replay_path, run, run_each, run_means, run_totals, run_totals_each};
pub use sample::ordering::Ordering;
pub use sample::sobol::MAX_POINTS;
pub use sample::streams::Streams;
pub use settings::{Sampler, Settings};
pub use smooth::{
    Counting, LogNormal, Smooth, SmoothContracts, SmoothTotals, revenue_fan, smooth, smooth_each,
    smooth_totals,
};

use crate::agreement::{AccrualPeriod, Contract, FlatTerms};
use crate::revenue::Model;
use crate::units::{Input, ReportingYear, Timeline};
use crate::valuation::{Investment, Valuation};

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
    pub valuation: Option<&'a Valuation>,
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

    /// Whether it is a run of one flat share of all revenue, whose paths are
    /// settled side by side.
    pub fn is_flat(&self) -> bool {
        let invests = self.valuation.is_some_and(|v| v.invested.is_some());
        match self.contracts {
            [one] => {
                one.agreement.is_flat() && one.agreement.clauses.upfront.is_empty() && !invests
            }
            _ => false,
        }
    }

    /// What the payee pays for an agreement, if it is known.
    pub fn investment(&self, contract: &Contract) -> Option<Investment> {
        record::clauses::flows::investment(self, contract)
    }

    /// What one unit of the share of a period is worth at the valuation date, by the
    /// valuation's convention; 0 without a valuation.
    pub(crate) fn discount_factor(&self, period: &AccrualPeriod) -> f64 {
        self.valuation.map_or(0.0, |valuation| {
            valuation.factor(period.first_day, period.last_day(), period.payment_date)
        })
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
