//! A run in shards: ranges of blocks of its paths, of each of its cases.

use std::collections::BTreeSet;
use std::path::Path;

use super::kept::Posed;
use super::{CliError, Keep, Merge, Parts, Work, place, said_blocks, unusable};
use crate::artifacts::{LaidOut, Simulated, laid_out, names};
use crate::cli::folder::{Folder, Place as _, check};
use crate::cli::interrupt::Interruptible;
use crate::cli::memory;
use crate::cli::question::Question;
use crate::cli::run::say;
use crate::cli::store::Store;
use crate::report::RunOptions;
use crate::request;
use crate::simulate::{
    ConvergenceStep, Fingerprint, Observer, Ordering, Partial, Plan, Search, Shard, Simulation,
    Unheard,
};
use crate::study::{common_ordering, runs};

/// A run laid out, with its points known.
pub struct Run {
    laid_out: LaidOut,
    options: RunOptions,
    /// The order of shocks that cases share.
    ordering: Option<Ordering>,
    shards: Vec<Cut>,
}

/// Blocks of a case; of the only one where there are none.
struct Cut {
    case: usize,
    shard: Shard,
    name: Fingerprint,
}

impl Run {
    /// The run that is kept; the steps that a precision takes are in the store, or go there.
    pub fn new(
        kept: &Posed,
        store: Option<&dyn Store>,
        observer: &dyn Observer,
    ) -> Result<Self, CliError> {
        let options = kept.options()?;
        let scenario = request::read_again(kept.scenario()?)?;
        let threads = rayon::current_num_threads();
        memory::admit(&scenario, options.keep_paths, threads, true)?;
        let laid_out: LaidOut = laid_out(scenario, &options, &mut |search, simulation| {
            steps(search, simulation, store, observer)
        })?;
        let mut run = Self {
            ordering: common_ordering(&laid_out.scenario),
            laid_out,
            options,
            shards: Vec::new(),
        };
        run.shards = run.cut(kept.shards);
        Ok(run)
    }

    /// All cases in about so many shards.
    fn cut(&self, count: u64) -> Vec<Cut> {
        let plans = self.plans();
        let each = count.div_ceil(plans.len() as u64);
        let each = usize::try_from(each).unwrap_or(usize::MAX);
        let mut all = Vec::new();
        for (case, plan) in plans.iter().enumerate() {
            let shards = plan.shards(each).into_iter();
            all.extend(shards.map(|shard| Cut {
                case,
                name: plan.name(&shard),
                shard,
            }));
        }
        all
    }

    /// The runs of the cases.
    fn plans(&self) -> Vec<Plan<'_>> {
        let runs = runs(&self.laid_out.scenario, self.ordering.as_ref());
        runs.into_iter().map(Plan::new).collect()
    }

    /// What decides the files beside the scenario.
    pub fn options(&self) -> &RunOptions {
        &self.options
    }

    /// Refuses what is not finished.
    fn all_there(&self, parts: &Parts<'_>) -> Result<(), CliError> {
        let names = self.shards.iter().map(|cut| vec![cut.name]);
        parts.all_there(&names.collect::<Vec<_>>(), |shard| self.what(shard))
    }

    /// The run from its parts.
    ///
    /// # Errors
    /// Where one is missing, or is not what its name says, or the observer says to stop.
    pub fn simulated(
        &self,
        parts: &Parts<'_>,
        observer: &dyn Observer,
    ) -> Result<Simulated, CliError> {
        self.all_there(parts)?;
        let mut results = Vec::new();
        for (case, plan) in self.plans().iter().enumerate() {
            let own = self.shards.iter().filter(|cut| cut.case == case);
            let read = own.map(|cut| read(parts, cut.name));
            let finished = plan.finish(read.collect::<Result<Vec<_>, _>>()?);
            results.push(finished.map_err(crate::Error::from)?);
        }
        let results = self.laid_out.scenario.mixed(results);
        Ok(self.laid_out.clone().with(results, observer)?)
    }
}

/// A part, which is what its name says.
fn read(parts: &Parts<'_>, name: Fingerprint) -> Result<Partial, CliError> {
    let part = Partial::from_bytes(&parts.read(&name)?);
    let part = part.map_err(|error| unusable(&name, &error.to_string()))?;
    if part.name() == name {
        return Ok(part);
    }
    let (blocks, run) = (part.blocks(), part.fingerprint());
    let what = format!(
        "it holds blocks {}\u{2013}{} of the run {run}",
        blocks.start,
        blocks.end - 1
    );
    Err(unusable(&name, &what))
}

/// The steps of a search, from the store where they are there.
fn steps(
    search: &Search,
    simulation: &Simulation<'_>,
    store: Option<&dyn Store>,
    observer: &dyn Observer,
) -> Result<Vec<ConvergenceStep>, CliError> {
    let name = search.fingerprint(simulation);
    let found = store.map(|store| store.get(&place(&name))).transpose()?;
    if let Some(bytes) = found.flatten() {
        let steps = search.steps_of(simulation, &bytes);
        return steps.map_err(|error| unusable(&name, &error.to_string()));
    }
    let steps = search.of(simulation, &Unheard(observer))?;
    if let Some(store) = store {
        store.put(&place(&name), &search.to_bytes(simulation, &steps))?;
    }
    Ok(steps)
}

impl Work for Run {
    fn size(&self) -> u64 {
        let scenario = &self.laid_out.scenario;
        scenario.settings.paths() * scenario.cases.len().max(1) as u64
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn what(&self, shard: usize) -> String {
        let Cut { case, shard, .. } = &self.shards[shard];
        let blocks = said_blocks(shard, self.plans()[*case].paths(shard));
        match self.laid_out.scenario.cases.get(*case) {
            Some(case) => format!("case {}, {blocks}", case.name),
            None => blocks,
        }
    }

    fn names(&self, shard: usize) -> Result<Vec<Fingerprint>, CliError> {
        Ok(vec![self.shards[shard].name])
    }

    fn compute(
        &self,
        shard: usize,
        _: &BTreeSet<Fingerprint>,
        observer: &dyn Observer,
        keep: &mut Keep<'_>,
    ) -> Result<(), CliError> {
        let Cut { case, shard, name } = &self.shards[shard];
        let part = self.plans()[*case].compute(shard, observer)?;
        keep(*name, part.to_bytes())
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
        let simulated = self.simulated(parts, &Interruptible)?;
        let said = simulated.files(&self.options, &Interruptible, &mut |name, bytes| {
            folder.write(name, bytes)
        })?;
        folder.finish()?;
        say(&said, Some(&target), how.json, how.quiet)
    }
}
