//! A sweep in shards: cases, each kept by what determines it.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::kept::Posed;
use super::{CliError, Keep, Merge, Parts, Work, unusable};
use crate::Error;
use crate::cli::study::admit;
use crate::cli::sweep::finished_elsewhere;
use crate::request::{PosedSweep, Study, Swept, TakeCases, TakeOutcomes};
use crate::simulate::{Fingerprint, Observer};
use crate::study::{BadCase, CasePart, CaseShard};
use crate::units::grouped_number;

/// A sweep, cut.
pub struct Sweep {
    job: PosedSweep,
    shards: Vec<CaseShard>,
}

impl Sweep {
    /// The sweep that is kept. Its cases are looked at where they are asked for.
    pub fn new(kept: &Posed) -> Result<Self, CliError> {
        kept.scenario()?;
        let study = Study::of_studied(&kept.scenarios, Vec::new(), kept.asked()?)?;
        admit(&study.scenarios)?;
        let job = PosedSweep::kept(study)?;
        let shards = job.sweep.shards(kept.shards);
        Ok(Self { job, shards })
    }

    /// The parts of a shard.
    ///
    /// # Errors
    /// Where cases are no valid scenarios, unless the sweep is to keep going.
    fn parts(&self, shard: usize) -> Result<Vec<CasePart>, CliError> {
        let (parts, bad) = self.job.sweep.parts(&self.shards[shard]);
        self.job.permit(&bad)?;
        Ok(parts)
    }

    /// All parts; refuses what is not finished.
    fn all_there(&mut self, there: &Parts<'_>) -> Result<Vec<CasePart>, CliError> {
        let sweep = &self.job.sweep;
        let shards = self.shards.par_iter();
        let looked_at: Vec<(Vec<CasePart>, Vec<BadCase>)> =
            shards.map(|shard| sweep.parts(shard)).collect();
        let (parts, bad): (Vec<_>, Vec<_>) = looked_at.into_iter().unzip();
        self.job.know(bad.into_iter().flatten().collect())?;
        let names = |parts: &Vec<CasePart>| parts.iter().map(|part| part.name).collect();
        let names: Vec<Vec<Fingerprint>> = parts.iter().map(names).collect();
        there.all_there(&names, |shard| self.what(shard))?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// Gives every case from its parts.
    fn each(
        &self,
        parts: &[CasePart],
        there: &Parts<'_>,
        take: &mut TakeOutcomes<'_, CliError>,
    ) -> Result<(), CliError> {
        let mut last = None;
        let read = |part: &CasePart| {
            last = Some(part.name);
            there.read(&part.name)
        };
        let done = self.job.sweep.finish(parts, read, take);
        done.map_err(|error| match (error, last) {
            (CliError::Library(Error::Sealed(error)), Some(part)) => {
                unusable(&part, &error.to_string())
            }
            (error, _) => error,
        })
    }

    /// The sweep from its parts.
    ///
    /// # Errors
    /// Where one is missing, or is not what its name says.
    pub fn swept(
        &mut self,
        there: &Parts<'_>,
        take: &mut TakeCases<'_>,
    ) -> Result<Swept, CliError> {
        let parts = self.all_there(there)?;
        let each = &mut |take: &mut TakeOutcomes<'_, CliError>| self.each(&parts, there, take);
        self.job.swept(take, each)
    }
}

impl Work for Sweep {
    fn size(&self) -> u64 {
        self.job.sweep.cases().len()
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn what(&self, shard: usize) -> String {
        said(&self.job.sweep.cases_of(&self.shards[shard]))
    }

    fn names(&self, shard: usize) -> Result<Vec<Fingerprint>, CliError> {
        let parts = self.parts(shard)?;
        Ok(parts.iter().map(|part| part.name).collect())
    }

    fn compute(
        &self,
        shard: usize,
        asked: &BTreeSet<Fingerprint>,
        observer: &dyn Observer,
        keep: &mut Keep<'_>,
    ) -> Result<(), CliError> {
        let mut parts = self.parts(shard)?;
        let mut seen = BTreeSet::new();
        // Two cases may ask the same, and are then one part.
        parts.retain(|part| asked.contains(&part.name) && seen.insert(part.name));
        let sweep = &self.job.sweep;
        sweep.compute(&parts, observer, |part, bytes| keep(part.name, bytes))
    }

    fn merge(&mut self, there: &Parts<'_>, how: &Merge) -> Result<(), CliError> {
        let parts = self.all_there(there)?;
        let each = &mut |take: &mut TakeOutcomes<'_, CliError>| self.each(&parts, there, take);
        finished_elsewhere(&self.job, how, each)
    }
}

/// Numbers of cases in words, neighbours together.
fn said(cases: &[u64]) -> String {
    let runs: Vec<&[u64]> = cases.chunk_by(|a, b| a + 1 == *b).collect();
    let first = cases.first().copied().unwrap_or_default();
    match runs.as_slice() {
        [[one]] => format!("case {one}"),
        [run] => format!("cases {first}\u{2013}{}", first + run.len() as u64 - 1),
        _ => {
            let count = grouped_number(cases.len() as f64, 0);
            format!("{count} cases from {first} to {}", cases[cases.len() - 1])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn cases_are_said_briefly() {
        assert_eq!(said(&[7]), "case 7");
        assert_eq!(said(&[7, 8, 9]), "cases 7\u{2013}9");
        assert_eq!(said(&[1, 2, 9]), "3 cases from 1 to 9");
    }
}
