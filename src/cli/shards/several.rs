//! Several questions that are handed out together: the shards of one after those of the other.

use std::collections::BTreeSet;

use super::kept::Posed;
use super::{CliError, Keep, Merge, Parts, Work, all_names, answer};
use crate::cli::store::Store;
use crate::simulate::{Fingerprint, Observer};

/// Questions, each with its name and the number of its first shard.
pub struct Several(Vec<(String, usize, Box<dyn Work>)>);

impl Several {
    /// Those that are kept.
    ///
    /// # Errors
    /// Where one cannot be worked on, or two would write to one folder.
    pub fn new(
        posed: &[Posed],
        store: Option<&dyn Store>,
        observer: &dyn Observer,
    ) -> Result<Self, CliError> {
        let mut seen = BTreeSet::new();
        let mut first = 0;
        let mut all = Vec::with_capacity(posed.len());
        for one in posed {
            if !seen.insert(&one.name) {
                return Err(CliError::Argument {
                    message: format!(
                        "two scenarios are called {}, and so are their folders",
                        one.name
                    ),
                    hint: "rename one of them, or plan them one by one".to_owned(),
                });
            }
            let work = answer(one, store, observer)?;
            let shards = work.shards();
            all.push((one.name.clone(), first, work));
            first += shards;
        }
        Ok(Self(all))
    }

    /// Whose a shard is, and which of its own.
    fn of(&self, shard: usize) -> (&str, &dyn Work, usize) {
        let after = self.0.partition_point(|(_, first, _)| *first <= shard);
        let (name, first, work) = &self.0[after - 1];
        (name, work.as_ref(), shard - first)
    }
}

impl Work for Several {
    fn size(&self) -> u64 {
        self.0.iter().map(|(_, _, work)| work.size()).sum()
    }

    fn shards(&self) -> usize {
        self.0.iter().map(|(_, _, work)| work.shards()).sum()
    }

    fn what(&self, shard: usize) -> String {
        let (name, work, own) = self.of(shard);
        format!("{name}, {}", work.what(own))
    }

    fn names(&self, shard: usize) -> Result<Vec<Fingerprint>, CliError> {
        let (_, work, own) = self.of(shard);
        work.names(own)
    }

    fn compute(
        &self,
        shard: usize,
        asked: &BTreeSet<Fingerprint>,
        observer: &dyn Observer,
        keep: &mut Keep<'_>,
    ) -> Result<(), CliError> {
        let (_, work, own) = self.of(shard);
        work.compute(own, asked, observer, keep)
    }

    /// Each in a folder of its own, once all are finished.
    fn merge(&mut self, parts: &Parts<'_>, how: &Merge) -> Result<(), CliError> {
        parts.all_there(&all_names(self)?, |shard| self.what(shard))?;
        for (name, _, work) in &mut self.0 {
            let own = Merge {
                out: how.out.as_ref().map(|out| out.join(name)),
                ..how.clone()
            };
            work.merge(parts, &own)?;
        }
        Ok(())
    }
}
