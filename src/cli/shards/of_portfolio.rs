//! A portfolio in shards: ranges of blocks of its paths, with all deals.

use std::collections::BTreeSet;

use super::kept::Posed;
use super::{CliError, Keep, Merge, Parts, Work, said_blocks, unusable};
use crate::Error;
use crate::cli::flags::Also;
use crate::cli::interrupt::Interruptible;
use crate::cli::portfolio::Kept;
use crate::cli::study::admit;
use crate::request::PosedFund;
use crate::simulate::{
    Fingerprint, Observer, PortfolioPart, PortfolioPlan, PortfolioResults, Shard,
};

/// A portfolio, cut.
pub struct OfPortfolio {
    posed: PosedFund,
    also: Also,
    shards: Vec<Shard>,
    names: Vec<Fingerprint>,
}

impl OfPortfolio {
    /// The portfolio that is kept.
    pub fn new(posed: &Posed) -> Result<Self, CliError> {
        let Kept {
            asked,
            report,
            formats,
        } = posed.asked()?;
        let fund = PosedFund::again(&posed.scenarios, asked)?;
        admit(&fund.study.scenarios)?;
        let shards = usize::try_from(posed.shards).unwrap_or(usize::MAX);
        let plan = PortfolioPlan::new(&fund.fund.portfolio);
        let shards = plan.shards(shards);
        Ok(Self {
            names: shards.iter().map(|shard| plan.name(shard)).collect(),
            shards,
            posed: fund,
            also: Also {
                report,
                format: formats,
            },
        })
    }

    fn plan(&self) -> PortfolioPlan<'_> {
        PortfolioPlan::new(&self.posed.fund.portfolio)
    }

    /// The portfolio from its parts.
    fn results(&self, there: &Parts<'_>) -> Result<PortfolioResults, CliError> {
        let names: Vec<_> = self.names.iter().map(|name| vec![*name]).collect();
        there.all_there(&names, |shard| self.what(shard))?;
        let mut parts = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let part = PortfolioPart::from_bytes(&there.read(name)?);
            let part = part.map_err(|error| unusable(name, &error.to_string()))?;
            if part.name() != *name {
                return Err(unusable(
                    name,
                    "it is the part of other paths or of other deals",
                ));
            }
            parts.push(part);
        }
        let results = self.plan().finish(parts, &Interruptible);
        Ok(results.map_err(Error::from)?)
    }
}

impl Work for OfPortfolio {
    fn size(&self) -> u64 {
        self.posed.fund.portfolio.settings.paths()
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn what(&self, shard: usize) -> String {
        let shard = &self.shards[shard];
        said_blocks(shard, self.plan().paths(shard))
    }

    fn names(&self, shard: usize) -> Result<Vec<Fingerprint>, CliError> {
        Ok(vec![self.names[shard]])
    }

    fn compute(
        &self,
        shard: usize,
        _: &BTreeSet<Fingerprint>,
        observer: &dyn Observer,
        keep: &mut Keep<'_>,
    ) -> Result<(), CliError> {
        let part = self.plan().compute(&self.shards[shard], observer);
        keep(self.names[shard], part.map_err(Error::from)?.to_bytes())
    }

    fn merge(&mut self, there: &Parts<'_>, how: &Merge) -> Result<(), CliError> {
        let study = &self.posed.study;
        let output = how.output(study.asked.charts);
        let folder = study.folder_of_any(&output)?;
        let results = self.posed.found(&self.results(there)?)?;
        output.finish(&self.also, Some(folder), results)
    }
}
