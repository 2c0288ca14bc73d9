//! Studies on the command line: from what is asked into a folder, and again out of the
//! manifest there.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::ThreadPool;

use super::flags::{Also, Output};
use super::folder::{Folder, Place, check};
use super::interrupt::Interruptible;
use super::progress::Progress;
use super::question::Question;
use super::terminal::print_answer;
use super::{CliError, eprint_line, memory, print_json};
use crate::Error;
use crate::artifacts::StudyResults;
use crate::report::{Format, Manifest};
use crate::request::{Answer, Answers, PosedSweep, Request, Study, Sweep, posed};
use crate::simulate::Observer;
use crate::study::Entry;

impl<R: Request> Study<R> {
    /// The folder of the results, ready to be filled: the one asked for, or one named after
    /// the first file and the command; none where they are only printed.
    ///
    /// # Errors
    /// Where it holds the results of another question, or cannot be written.
    pub(super) fn folder(&self, output: &Output) -> Result<Option<Folder>, CliError> {
        match output.is_only_printed() {
            true => Ok(None),
            false => self.folder_of_any(output).map(Some),
        }
    }

    /// The same even where results are printed.
    ///
    /// # Errors
    /// As [`folder`](Self::folder).
    pub(super) fn folder_of_any(&self, output: &Output) -> Result<Folder, CliError> {
        let default = Path::new("output").join(R::folder(self));
        let scenarios = self.scenarios.iter();
        let scenarios =
            scenarios.map(|entry| (entry.name.as_str(), entry.scenario.overrides.as_slice()));
        let tables = self.inputs.iter();
        let tables = tables.map(|table| (table.name.as_str(), [].as_slice()));
        let question = Question::new(R::COMMAND, scenarios.chain(tables), &self.asked);
        let target = question.folder(output.out.as_deref(), &default, output.force)?;
        let more = R::more_charts(self)?;
        check(&target, || Ok(R::FILES.names(!output.no_charts, &more)))?;
        Folder::prepare(&target)
    }

    /// Makes results on the threads of a pool, writes and prints them.
    ///
    /// # Errors
    /// Those of `make`, and where a file cannot be written.
    pub(super) fn carry_out_by(
        &self,
        output: &Output,
        also: &Also,
        pool: &ThreadPool,
        make: impl FnOnce(&Progress) -> Result<Answer, Error> + Send,
    ) -> Result<(), CliError>
    where
        R: Send,
    {
        let folder = self.folder(output)?;
        let progress = match R::length(self) {
            Some(paths) => Progress::new(paths, output.quiet),
            None => Progress::open_ended(output.quiet),
        };
        let results = pool.install(|| self.found(make(&progress)?));
        progress.finish();
        pool.install(|| output.finish(also, folder, results?))
    }
}

impl<R: Answers + Send> Study<R> {
    /// Answers it, writes and prints what is found.
    ///
    /// # Errors
    /// Where there is no answer, or a file cannot be written.
    pub(super) fn carry_out(
        &self,
        output: &Output,
        also: &Also,
        pool: &ThreadPool,
    ) -> Result<(), CliError> {
        self.carry_out_by(output, also, pool, |progress| R::answer(self, progress))
    }
}

impl Output {
    /// Writes every file, the manifest last, and prints what there is to say.
    ///
    /// # Errors
    /// Where a file cannot be made or written.
    pub fn finish(
        &self,
        also: &Also,
        folder: Option<Folder>,
        mut results: StudyResults,
    ) -> Result<(), CliError> {
        results.manifest.report = also.report;
        results.manifest.formats = Format::once(&also.format);
        let mut target = None;
        if let Some(mut folder) = folder {
            for (name, bytes) in results.files(&Interruptible)? {
                folder.write(&name, &bytes)?;
            }
            target = Some(folder.target().display().to_string());
            folder.finish()?;
        }
        let json = || results.json;
        let target = target.as_deref();
        say(self, &results.text, json, target, &results.manifest)
    }
}

/// Every file of a study, made again from its manifest.
pub fn make_again(
    manifest: &Manifest,
    observer: &dyn Observer,
) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    match manifest.command.as_str() {
        Sweep::COMMAND => {
            let study = Study::again(manifest)?;
            admit(&study.scenarios)?;
            Ok(PosedSweep::of(study)?.files(observer)?)
        }
        _ => {
            let posed = posed(manifest)?;
            admit(posed.scenarios())?;
            let files = posed.results(observer)?.files(observer)?;
            Ok(files.into_iter().collect())
        }
    }
}

/// Refuses scenarios that do not fit into memory on the current thread pool.
pub fn admit(scenarios: &[Entry]) -> Result<(), CliError> {
    let threads = rayon::current_num_threads();
    let mut each = scenarios.iter();
    each.try_for_each(|own| memory::admit(&own.scenario, 0, threads, true))
}

/// Prints what there is to say of results that are written.
pub fn say(
    output: &Output,
    text: &str,
    json: impl FnOnce() -> serde_json::Value,
    target: Option<&str>,
    manifest: &Manifest,
) -> Result<(), CliError> {
    if output.quiet {
        return Ok(());
    }
    if output.json {
        print_json(&json())?;
    } else {
        let files = target.map_or_else(String::new, |target| {
            format!("\n{} files in {target}\n", manifest.files.len() + 1)
        });
        print_answer(&format!("{}\n{files}", text.trim_end()))?;
    }
    for warning in &manifest.warnings {
        eprint_line(&format!("warning: {warning}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Arguments;
    use super::*;
    use crate::request::STUDIES;

    #[test]
    fn every_study_can_be_made_again() {
        for command in Arguments::command().get_subcommands() {
            let name = command.get_name();
            let is_study = command.get_arguments().any(|own| own.get_id() == "report");
            let is_known = STUDIES.iter().any(|(own, _)| *own == name);
            // Shards may be of any of them.
            let others = [Sweep::COMMAND, "plan", "shard", "merge"];
            let is_known = is_known || others.contains(&name);
            assert!(is_known || !is_study, "{name} is not among the studies");
        }
    }
}
