//! A portfolio in parts that may be computed anywhere: ranges of blocks of its paths, with all
//! deals. The results are the same to the last bit however the blocks are cut. Which paths
//! are the worst is known when all parts are there: what each deal brings in on them is
//! drawn where they are put together.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::super::settings::Settings;
use super::super::{Cancelled, Fingerprint, Observer, PartError, Shard};
use super::tail::Worst;
use super::{Portfolio, PortfolioResults};
use crate::simulate::parts::shards::{Counted, Kept, Part, Parted, Planned};

/// A portfolio laid out: its parts can be computed one by one, here or elsewhere.
pub type PortfolioPlan<'a> = Planned<&'a Portfolio>;

/// A part of a portfolio.
pub type PortfolioPart = Part<FundPart>;

/// What a part of a portfolio keeps.
#[derive(Debug, Serialize, Deserialize)]
pub struct FundPart {
    counted: Counted,
    worst: Worst,
}

impl Kept for FundPart {
    const WHAT: &'static str = "part of a portfolio";
}

impl Parted for &Portfolio {
    type Kept = FundPart;

    fn settings(&self) -> Settings {
        Portfolio::settings(self)
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("portfolio", self)
    }
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
        Self::of(portfolio)
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
        let (counted, worst) = self.whole.fund().part(shard.blocks(), observer)?;
        Ok(self.part(shard, FundPart { counted, worst }))
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
        let parts = self.in_order(parts)?;
        let fund = self.whole.fund();
        let mut counted = Counted::default();
        let mut worst = Worst::new(fund.tail, fund.settings);
        for part in parts {
            counted.append(self.blocks(), part.counted);
            worst.merge(part.worst);
        }
        Ok(fund.whole(counted, worst, observer)?)
    }
}
