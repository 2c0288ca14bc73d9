//! A portfolio in parts that may be computed anywhere: ranges of blocks of its paths, with all
//! deals. The results are the same to the last bit however the blocks are cut. Which paths
//! are the worst is known when all parts are there: what each deal brings in on them is
//! drawn where they are put together.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::super::{Cancelled, Fingerprint, Observer, PartError, SealError, Shard};
use super::super::{seal, unseal};
use super::tail::Worst;
use super::{Portfolio, PortfolioResults};
use crate::simulate::parts::shards::{Counted, in_order};

const WHAT: &str = "part of a portfolio";

/// A portfolio laid out: its parts can be computed one by one, here or elsewhere.
#[derive(Debug)]
pub struct PortfolioPlan<'a> {
    portfolio: &'a Portfolio,
    fingerprint: OnceLock<Fingerprint>,
}

/// What a shard of a portfolio has counted. Its bytes depend on the portfolio and the shard
/// alone.
#[derive(Debug, Serialize, Deserialize)]
pub struct PortfolioPart {
    plan: Fingerprint,
    shard: Shard,
    counted: Counted,
    worst: Worst,
}

/// Why there are no results of parts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PortfolioError {
    /// They do not make the portfolio.
    #[error(transparent)]
    Parts(#[from] PartError),
    /// The observer said to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl<'a> PortfolioPlan<'a> {
    /// The plan of a portfolio.
    pub fn new(portfolio: &'a Portfolio) -> Self {
        Self {
            portfolio,
            fingerprint: OnceLock::new(),
        }
    }

    /// What tells this portfolio from every other: the SHA-256 of the version, all deals and
    /// what is asked.
    pub fn fingerprint(&self) -> Fingerprint {
        let of = || Fingerprint::of("portfolio", self.portfolio);
        *self.fingerprint.get_or_init(of)
    }

    /// The portfolio cut into `count` shards of about the same number of paths, fewer where
    /// there are not so many blocks.
    pub fn shards(&self, count: usize) -> Vec<Shard> {
        Shard::cut(self.portfolio.blocks().all().end, count)
    }

    /// The name of a shard's part: what tells it from every other part of this and of every
    /// other portfolio.
    pub fn name(&self, shard: &Shard) -> Fingerprint {
        Fingerprint::of(WHAT, &(self.fingerprint(), shard))
    }

    /// The paths of a shard.
    pub fn paths(&self, shard: &Shard) -> u64 {
        self.portfolio.blocks().paths(shard.blocks())
    }

    /// Computes a shard on the current thread pool. The observer is told the number of
    /// paths each time some are done.
    ///
    /// # Errors
    /// Where the observer says to stop.
    ///
    /// # Panics
    /// Where there is no deal.
    pub fn compute(
        &self,
        shard: &Shard,
        observer: &dyn Observer,
    ) -> Result<PortfolioPart, Cancelled> {
        let (counted, worst) = self.portfolio.fund().part(shard.blocks(), observer)?;
        Ok(PortfolioPart {
            plan: self.fingerprint(),
            shard: shard.clone(),
            counted,
            worst,
        })
    }

    /// The results of the portfolio from all its parts, in any order.
    ///
    /// # Errors
    /// Where one is of another portfolio, they are not all blocks once, or the observer says
    /// to stop.
    ///
    /// # Panics
    /// Where there is no deal.
    pub fn finish(
        &self,
        parts: impl IntoIterator<Item = PortfolioPart>,
        observer: &dyn Observer,
    ) -> Result<PortfolioResults, PortfolioError> {
        let mut parts: Vec<PortfolioPart> = parts.into_iter().collect();
        let blocks = self.portfolio.blocks();
        let of = |part: &PortfolioPart| (part.plan, part.shard.clone());
        in_order(&mut parts, self.fingerprint(), blocks, of)?;
        let fund = self.portfolio.fund();
        let mut counted = Counted::default();
        let mut worst = Worst::new(fund.tail, fund.settings);
        for part in parts {
            counted.append(blocks, part.counted);
            worst.merge(part.worst);
        }
        Ok(fund.whole(counted, worst, observer)?)
    }
}

impl PortfolioPart {
    /// Its name: see [`PortfolioPlan::name`].
    pub fn name(&self) -> Fingerprint {
        Fingerprint::of(WHAT, &(self.plan, &self.shard))
    }

    /// The part as bytes, with the version and a check sum.
    pub fn to_bytes(&self) -> Vec<u8> {
        seal(WHAT, self)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// Where it did not, or another version did, or the bytes have changed since.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        unseal(WHAT, bytes)
    }
}
