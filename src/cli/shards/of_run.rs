//! A run in shards: ranges of blocks of its paths.

use std::collections::BTreeSet;
use std::path::Path;

use super::kept::Posed;
use super::{CliError, Keep, Merge, Parts, Work, place, said_blocks, unusable};
use crate::artifacts::{LaidOut, Simulated, laid_out, names};
use crate::cli::folder::{Folder, Place as _, check};
use crate::cli::interrupt::Interruptible;
use crate::cli::question::Question;
use crate::cli::run::say;
use crate::cli::store::Store;
use crate::cli::{memory, study};
use crate::report::RunOptions;
use crate::simulate::{ConvergenceStep, Fingerprint, Partial, Plan, Search, Shard, Simulation};
use crate::study::of_one_case;

/// A run laid out, with its points known.
pub struct Run {
    laid_out: LaidOut,
    options: RunOptions,
    shards: Vec<Shard>,
}

impl Run {
    /// The run that is kept; the steps that a precision takes are in the store, or go there.
    pub fn new(kept: &Posed, store: Option<&dyn Store>) -> Result<Self, CliError> {
        let options = kept.options()?;
        let scenario = study::read_again(kept.scenario()?)?;
        let threads = rayon::current_num_threads();
        memory::admit(&scenario, options.keep_paths, threads, true)?;
        of_one_case(
            &scenario,
            "a run in shards",
            "each case is a run of its own",
        )?;
        let laid_out: LaidOut = laid_out(scenario, &options, &mut |search, simulation| {
            steps(search, simulation, store)
        })?;
        let shards = usize::try_from(kept.shards).unwrap_or(usize::MAX);
        let shards = Plan::new(laid_out.scenario.simulation()).shards(shards);
        Ok(Self {
            laid_out,
            options,
            shards,
        })
    }

    fn plan(&self) -> Plan<'_> {
        Plan::new(self.laid_out.scenario.simulation())
    }

    /// What decides the files beside the scenario.
    pub fn options(&self) -> &RunOptions {
        &self.options
    }

    /// Refuses what is not finished.
    fn all_there(&self, parts: &Parts<'_>) -> Result<(), CliError> {
        let plan = self.plan();
        let names = self.shards.iter().map(|shard| vec![plan.name(shard)]);
        parts.all_there(&names.collect::<Vec<_>>(), |shard| self.what(shard))
    }

    /// The run from its parts.
    ///
    /// # Errors
    /// Where one is missing, or is not what its name says.
    pub fn simulated(&self, parts: &Parts<'_>) -> Result<Simulated, CliError> {
        self.all_there(parts)?;
        let plan = self.plan();
        let mut all = Vec::with_capacity(self.shards.len());
        for name in self.shards.iter().map(|shard| plan.name(shard)) {
            let part = Partial::from_bytes(&parts.read(&name)?);
            let part = part.map_err(|error| unusable(&name, &error.to_string()))?;
            if part.name() != name {
                let (blocks, run) = (part.blocks(), part.fingerprint());
                let what = format!(
                    "it holds blocks {}\u{2013}{} of the run {run}",
                    blocks.start,
                    blocks.end - 1
                );
                return Err(unusable(&name, &what));
            }
            all.push(part);
        }
        let results = plan.finish(all).map_err(crate::Error::from)?;
        Ok(self.laid_out.clone().with(results, &())?)
    }
}

/// The steps of a search, from the store where they are there.
fn steps(
    search: &Search,
    simulation: &Simulation<'_>,
    store: Option<&dyn Store>,
) -> Result<Vec<ConvergenceStep>, CliError> {
    let name = search.fingerprint(simulation);
    let found = store.map(|store| store.get(&place(&name))).transpose()?;
    if let Some(bytes) = found.flatten() {
        let steps = search.steps_of(simulation, &bytes);
        return steps.map_err(|error| unusable(&name, &error.to_string()));
    }
    let steps = search.of(simulation, &Interruptible)?;
    if let Some(store) = store {
        store.put(&place(&name), &search.to_bytes(simulation, &steps))?;
    }
    Ok(steps)
}

impl Work for Run {
    fn size(&self) -> u64 {
        self.laid_out.scenario.settings.paths()
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn what(&self, shard: usize) -> String {
        let shard = &self.shards[shard];
        said_blocks(shard, self.plan().paths(shard))
    }

    fn names(&self, shard: usize) -> Result<Vec<Fingerprint>, CliError> {
        Ok(vec![self.plan().name(&self.shards[shard])])
    }

    fn compute(
        &self,
        shard: usize,
        _: &BTreeSet<Fingerprint>,
        keep: &mut Keep<'_>,
    ) -> Result<(), CliError> {
        let (plan, shard) = (self.plan(), &self.shards[shard]);
        let part = plan.compute(shard, &Interruptible)?;
        keep(plan.name(shard), part.to_bytes())
    }

    fn merge(&mut self, parts: &Parts<'_>, how: &Merge) -> Result<(), CliError> {
        let scenario = &self.laid_out.scenario;
        let asker = [(scenario.stem.as_str(), scenario.overrides.as_slice())];
        let question = Question::new("run", asker, &self.options);
        let default = Path::new("output").join(&scenario.stem);
        let target = question.folder(how.out.as_deref(), &default, how.force)?;
        self.all_there(parts)?;
        check(&target, || Ok(names(scenario, &self.options)?))?;
        let mut folder = Folder::prepare(&target)?;
        let simulated = self.simulated(parts)?;
        let said = simulated.files(&self.options, &Interruptible, &mut |name, bytes| {
            folder.write(name, bytes)
        })?;
        folder.finish()?;
        say(&said, Some(&target), how.json, how.quiet)
    }
}
