//! Many agreements on one set of paths: what a portfolio of them brings in.
//!
//! Every deal has a revenue model and an agreement of its own. Common factors tie them: a
//! standard normal shock of a deal is *Σ loading · factor + √(1 − Σ loading²) · own*, where
//! *factor* is that factor's shock of the same kind and time
//! ([`Moment`](factors::Moment)). Factors are drawn once for a strip of paths and shared by
//! all deals; a deal's own numbers are those of its id, so no deal's revenue depends on
//! which others there are or in which order they stand.
//!
//! Deals are settled one after the other into the fund's cash of the strip. What is kept of
//! single paths is the fund's total on the worst of them: these are drawn again to see what
//! each deal brings in there.

mod deal;
mod factors;
mod parts;
mod pass;
mod results;
mod tail;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde::Serialize;

use super::observer::{Cancelled, Observer, Unheard};
use super::settings::{Sampler, Settings};
use crate::simulate::parts::question::Question;
use crate::simulate::parts::shards::Counted;
use crate::simulate::record::blocks::{Blocks, in_blocks, wave};
use crate::simulate::record::memory::Memory;
use crate::stats::Moments;
use crate::units::{Date, Lanes};
use deal::Ready;
pub use deal::invested;
use factors::Factors;
pub use parts::{PortfolioError, PortfolioPart, PortfolioPlan};
use pass::{Fund, FundPass};
pub use results::{
    Concentration, DealResult, GroupResult, PortfolioResults, Span, TailResult, YearResult,
};
use tail::Worst;

/// A deal of a portfolio.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deal {
    /// Its name, unlike that of any other: its random numbers are drawn by it.
    pub id: String,
    /// Model and agreement; settings and orders of shocks play no part.
    pub question: Question,
    /// The loading on each factor; their squares add up to 1 at most.
    pub loadings: Vec<f64>,
}

/// Deals that belong together, such as those of a payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What they have in common: `payer`, `vintage`.
    pub by: &'static str,
    /// Which of these: the payer's name, the year.
    pub name: String,
    /// Positions of its deals, ascending.
    pub deals: Vec<usize>,
}

/// A portfolio and what is asked of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Portfolio {
    /// Names of the factors.
    pub factors: Vec<String>,
    /// The deals, ascending by id.
    pub deals: Vec<Deal>,
    /// Deals that belong together.
    pub groups: Vec<Group>,
    /// Paths and seed; paths are pseudo-random.
    pub settings: Settings,
    /// The part of all paths that is its tail: those on which least comes in.
    pub tail: f64,
    /// Multiples of what is invested to give the probabilities of.
    pub multiples: Vec<f64>,
}

impl Portfolio {
    /// What is paid for all deals, by day; `None` where it is not known of one of them.
    pub fn invested(&self) -> Option<Vec<(Date, f64)>> {
        let each = self.deals.iter().map(|deal| invested(&deal.question));
        Some(each.collect::<Option<Vec<_>>>()?.concat())
    }

    /// The memory of its run: about as much as it will take, rather more than less.
    pub fn memory(&self) -> Memory {
        /// The program and what it draws.
        const PROGRAM: usize = 40_000_000;
        /// A row's keys and counts, of amounts that spread over a factor of a thousand.
        const COUNTED: usize = 50_000;
        /// A deal's model and schedule, for each of its periods.
        const PERIOD: usize = 1_500;
        /// Where a strip of a deal is settled, for each of its periods.
        const SETTLED: usize = 12 * size_of::<Lanes>();
        let timelines = self.deals.iter().map(|deal| &deal.question.timeline);
        let periods = timelines.clone().map(|timeline| timeline.periods().len());
        let first = timelines
            .clone()
            .map(|t| t.start().year())
            .min()
            .unwrap_or(0);
        let last = timelines.map(|t| t.end().year()).max().unwrap_or(0);
        let years = usize::from(last.abs_diff(first)) + 2;
        let (deals, all_periods) = (self.deals.len(), periods.clone().sum::<usize>());
        let rows = deals + self.groups.len() + 6 * years;
        let rows_of_block = rows + deals * (3 + years);
        let sums = size_of::<Moments>() * rows_of_block;
        let factors = 24 * years * self.factors.len() * size_of::<Lanes>();
        let blocks = Blocks::of(self.settings);
        let in_flight = wave(rows_of_block, 1).min(blocks.all().end) as usize;
        let replicates = self.settings.replicates as usize;
        let worst = self.tail * self.settings.paths() as f64 * 16.0;
        let shared = PROGRAM + all_periods * PERIOD + (in_flight + replicates) * sums;
        let per_thread = rows * COUNTED + factors + periods.max().unwrap_or(0) * SETTLED + sums;
        Memory {
            shared: shared as u64 + worst as u64,
            per_thread: per_thread as u64 + worst as u64,
            most_threads: blocks.all().end,
        }
    }
}

/// Simulates a portfolio on the current thread pool; the observer is told the number of
/// paths each time some are done.
///
/// # Errors
/// Where the observer says to stop.
///
/// # Panics
/// Where there is no deal.
pub fn run_portfolio(
    portfolio: &Portfolio,
    observer: &dyn Observer,
) -> Result<PortfolioResults, Cancelled> {
    let fund = portfolio.fund();
    let (counted, worst) = fund.part(portfolio.blocks().all(), observer)?;
    fund.whole(counted, worst, observer)
}

impl Portfolio {
    fn settings(&self) -> Settings {
        Settings {
            sampler: Sampler::Random,
            ..self.settings
        }
    }

    fn blocks(&self) -> Blocks {
        Blocks::of(self.settings())
    }

    fn fund(&self) -> Fund<'_> {
        let settings = self.settings();
        let deals = self.deals.iter();
        let ready: Vec<Ready<'_>> = deals.map(|deal| Ready::new(deal, settings.seed)).collect();
        let factors = Factors::new(settings.seed, &self.factors, &ready);
        Fund::new(self, settings, ready, factors)
    }
}

impl Fund<'_> {
    /// What some blocks count, and their worst paths.
    fn part(
        &self,
        range: Range<u64>,
        observer: &dyn Observer,
    ) -> Result<(Counted, Worst), Cancelled> {
        let stopped = AtomicBool::new(false);
        let (stretches, workers) = in_blocks(
            Blocks::of(self.settings),
            range,
            self.places.rows() + self.places.means(),
            &|| FundPass::new(self),
            &|worker: &mut FundPass, id| {
                worker.run(self, id, &mut |lanes| {
                    observer.progress(lanes);
                    // Once is enough: what is counted of the block is thrown away.
                    let stop = observer.cancelled() || stopped.load(Relaxed);
                    stopped.fetch_or(stop, Relaxed);
                    !stop
                })
            },
            &Unheard(observer),
        )?;
        if stopped.load(Relaxed) {
            return Err(Cancelled);
        }
        let mut worst = Worst::new(self.tail, self.settings);
        let workers = workers.into_iter().map(|worker| {
            let (counts, of_worker) = worker.into_counts();
            worst.merge(of_worker);
            counts
        });
        Ok((Counted::new(stretches, workers), worst))
    }

    /// The results from what all blocks have counted: draws the worst paths again.
    fn whole(
        &self,
        counted: Counted,
        worst: Worst,
        observer: &dyn Observer,
    ) -> Result<PortfolioResults, Cancelled> {
        let tail = tail::contributions(self, worst, observer)?;
        Ok(results::of(self, self.settings, counted, tail))
    }
}
