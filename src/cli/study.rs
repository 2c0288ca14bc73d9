//! A study: scenarios, what is asked of them and what comes of it, on its way into a folder
//! and again out of the manifest there. A command adds what it asks ([`Asked`]) and the
//! answer ([`Answers`]).

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use rayon::ThreadPool;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::args::Looks;
use super::flags::{Also, Output};
use super::folder::{Folder, MANIFEST, Place, check};
use super::interrupt::Interruptible;
use super::progress::Progress;
use super::question::Question;
use super::terminal::print_answer;
use super::{
    CliError, backtest, calibrate, compare, eprint_line, memory, portfolio, print_json,
    sensitivity, solve, sweep, update,
};
use crate::artifacts::{StudyResults, prepare};
use crate::report::figure::Figure;
use crate::report::{Format, InputTable, Manifest, StudiedScenario, Table, Warning};
use crate::scenario::Scenario;
use crate::simulate::{Observer, Settings};
use crate::study::Entry;

/// What a command is asked beside its scenarios and tables: with those, it decides every
/// byte of the results. It stands in the manifest.
pub trait Asked: Serialize + DeserializeOwned + Sync + Sized {
    /// The command.
    const COMMAND: &'static str;
    /// The files that it may write.
    const FILES: StudyFiles;

    /// Paths of every scenario, instead of its own.
    fn paths(&self) -> Option<u64> {
        None
    }

    /// Whether charts are drawn.
    fn charts(&self) -> bool;

    /// How they look where there is no scenario that says it.
    fn looks(&self) -> Looks {
        Looks::default()
    }

    /// The folder of its results, where none is named.
    fn folder(study: &Study<Self>) -> String {
        let first = study.scenarios.first();
        let stem = first.map_or("", |first| first.scenario.stem.as_str());
        format!("{stem}-{}", Self::COMMAND)
    }

    /// Charts that only these results have.
    ///
    /// # Errors
    /// Where something that is asked is not there.
    fn more_charts(_: &Study<Self>) -> Result<Vec<String>, CliError> {
        Ok(Vec::new())
    }

    /// Paths simulated in all, where that is known before.
    fn length(_: &Study<Self>) -> Option<u64> {
        None
    }

    /// The study that a manifest asks for as the command line would ask for it.
    ///
    /// # Errors
    /// Where it asks for what the command line may not.
    fn settled(study: Study<Self>) -> Result<Study<Self>, CliError> {
        Ok(study)
    }
}

/// A command whose results are made at once.
pub trait Answers: Asked {
    /// What is found, on the current thread pool.
    ///
    /// # Errors
    /// Where what is asked for is not permitted, has no answer, or the observer says to stop.
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, CliError>;
}

/// What a study found.
#[derive(Default)]
pub struct Answer {
    /// For a terminal.
    pub text: String,
    /// For scripts.
    pub json: serde_json::Value,
    /// Files of text, by name.
    pub texts: Vec<(String, Vec<u8>)>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Charts, by name.
    pub figures: Vec<(String, Figure)>,
    /// What is to be warned of, as printed.
    pub warnings: Vec<String>,
}

/// A question with all that decides its answer.
pub struct Study<A> {
    /// What errors call the scenario.
    pub origin: String,
    /// The scenarios by their names, the reference first.
    pub scenarios: Vec<Entry>,
    /// The tables.
    pub inputs: Vec<InputTable>,
    /// What is asked.
    pub asked: A,
    /// What is to be warned of before anything is simulated, as printed.
    pub warnings: Vec<String>,
}

/// The files that a study may write beside its manifest.
pub struct StudyFiles {
    /// Tables, by name.
    pub tables: &'static [&'static str],
    /// Charts, by name without extension.
    pub charts: &'static [&'static str],
}

impl StudyFiles {
    /// Their names.
    pub fn names(&self, charts: bool, more: &[String]) -> Vec<String> {
        let tables = self.tables.iter().map(|&name| name.to_owned());
        let more = more.iter().map(String::as_str);
        let charts = self.charts.iter().copied().chain(more).filter(|_| charts);
        let charts =
            charts.flat_map(|name| ["png", "svg", "csv"].map(|end| format!("charts/{name}.{end}")));
        tables.chain(charts).collect()
    }
}

impl<A: Asked> Study<A> {
    /// What is asked of one scenario.
    pub fn of_one(origin: String, scenario: Scenario, asked: A, warnings: &[Warning]) -> Self {
        let name = scenario.stem.clone();
        Self {
            origin,
            scenarios: vec![Entry { name, scenario }],
            inputs: Vec::new(),
            asked,
            warnings: warnings.iter().map(ToString::to_string).collect(),
        }
    }

    /// What a manifest says was asked.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn again(manifest: &Manifest) -> Result<Self, CliError> {
        let inputs = manifest.inputs.clone();
        Self::of_studied(&manifest.scenarios, inputs, asked(manifest)?)
    }

    /// The same by its parts.
    ///
    /// # Errors
    /// Where a scenario cannot be read.
    pub fn of_studied(
        studied: &[StudiedScenario],
        inputs: Vec<InputTable>,
        asked: A,
    ) -> Result<Self, CliError> {
        let mut study = Self {
            origin: MANIFEST.to_owned(),
            scenarios: Vec::new(),
            inputs,
            asked,
            warnings: Vec::new(),
        };
        for own in studied {
            let mut scenario = read_again(own)?;
            study.warn_of(&prepare(&mut scenario, study.asked.paths())?);
            memory::admit(&scenario, 0, rayon::current_num_threads(), true)?;
            study.scenarios.push(Entry {
                name: own.name.clone(),
                scenario,
            });
        }
        A::settled(study)
    }

    /// Adds warnings, each once.
    pub fn warn_of(&mut self, warnings: &[Warning]) {
        for warning in warnings.iter().map(ToString::to_string) {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    /// Its only scenario.
    ///
    /// # Errors
    /// Where it has another number of them.
    pub fn one(&self) -> Result<&Scenario, CliError> {
        lone(&self.scenarios).map(|one| &one.scenario)
    }

    /// Charts, where they are wanted.
    pub fn drawn(&self, figures: impl FnOnce() -> Vec<(String, Figure)>) -> Vec<(String, Figure)> {
        match self.asked.charts() {
            true => figures(),
            false => Vec::new(),
        }
    }

    /// The scenarios as a manifest has them.
    pub fn studied(&self) -> Vec<StudiedScenario> {
        let all = self.scenarios.iter();
        all.map(|entry| StudiedScenario::new(&entry.name, &entry.scenario))
            .collect()
    }

    /// What makes the results, no file yet.
    pub fn manifest(&self, more: Vec<String>) -> Manifest {
        let warnings = self.warnings.iter().cloned().chain(more).collect();
        let settings: Option<&Settings> =
            self.scenarios.first().map(|first| &first.scenario.settings);
        Manifest {
            inputs: self.inputs.clone(),
            ..Manifest::new(A::COMMAND, self.studied(), &self.asked, settings, warnings)
        }
    }

    /// The folder of the results, ready to be filled: the one asked for, or one named after
    /// the first file and the command; none where they are only printed.
    ///
    /// # Errors
    /// Where it holds the results of another question, or cannot be written.
    pub fn folder(&self, output: &Output) -> Result<Option<Folder>, CliError> {
        match output.is_only_printed() {
            true => Ok(None),
            false => self.folder_of_any(output).map(Some),
        }
    }

    /// The same even where results are printed.
    ///
    /// # Errors
    /// As [`folder`](Self::folder).
    pub fn folder_of_any(&self, output: &Output) -> Result<Folder, CliError> {
        let default = Path::new("output").join(A::folder(self));
        let scenarios = self.scenarios.iter();
        let scenarios =
            scenarios.map(|entry| (entry.name.as_str(), entry.scenario.overrides.as_slice()));
        let tables = self.inputs.iter();
        let tables = tables.map(|table| (table.name.as_str(), [].as_slice()));
        let question = Question::new(A::COMMAND, scenarios.chain(tables), &self.asked);
        let target = question.folder(output.out.as_deref(), &default, output.force)?;
        let more = A::more_charts(self)?;
        check(&target, || Ok(A::FILES.names(!output.no_charts, &more)))?;
        Folder::prepare(&target)
    }

    /// An answer with what made it.
    ///
    /// # Errors
    /// Where an edited manifest asks for looks that are not permitted.
    pub fn results(&self, answer: Answer) -> Result<StudyResults, CliError> {
        let (style, options) = match self.scenarios.first() {
            Some(Entry { scenario, .. }) => (scenario.report.style, scenario.report.charts.clone()),
            None => (
                self.asked.looks().style()?,
                self.asked.looks().chart_options(),
            ),
        };
        Ok(StudyResults {
            text: answer.text,
            json: answer.json,
            texts: answer.texts,
            tables: answer.tables,
            figures: answer.figures,
            style,
            options,
            manifest: self.manifest(answer.warnings),
        })
    }

    /// Makes results on the threads of a pool, writes and prints them.
    ///
    /// # Errors
    /// Those of `make`, and where a file cannot be written.
    pub fn carry_out_by(
        &self,
        output: &Output,
        also: &Also,
        pool: &ThreadPool,
        make: impl FnOnce(&Progress) -> Result<Answer, CliError> + Send,
    ) -> Result<(), CliError>
    where
        A: Send,
    {
        let folder = self.folder(output)?;
        let progress = match A::length(self) {
            Some(paths) => Progress::new(paths, output.quiet),
            None => Progress::open_ended(output.quiet),
        };
        let results = pool.install(|| self.results(make(&progress)?));
        progress.finish();
        pool.install(|| output.finish(also, folder, results?))
    }
}

impl<A: Answers + Send> Study<A> {
    /// Answers it, writes and prints what is found.
    ///
    /// # Errors
    /// Where there is no answer, or a file cannot be written.
    pub fn carry_out(
        &self,
        output: &Output,
        also: &Also,
        pool: &ThreadPool,
    ) -> Result<(), CliError> {
        let make = |progress: &Progress| A::answer(self, progress);
        self.carry_out_by(output, also, pool, make)
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

/// A scenario of a manifest.
pub fn read_again(studied: &StudiedScenario) -> Result<Scenario, CliError> {
    let origin = format!("{MANIFEST} (the scenario {}.toml in it)", studied.stem);
    Ok(Scenario::read(
        &origin,
        &studied.stem,
        &studied.scenario,
        &studied.overrides,
        &studied.attached,
    )?)
}

/// What a manifest says was asked for.
pub fn asked<T: DeserializeOwned>(manifest: &Manifest) -> Result<T, CliError> {
    T::deserialize(&manifest.asked).map_err(|error| unreadable(&error))
}

/// The one scenario of a manifest.
pub fn lone<T>(scenarios: &[T]) -> Result<&T, CliError> {
    match scenarios {
        [one] => Ok(one),
        _ => Err(unusable("the manifest does not hold one scenario")),
    }
}

/// The refusal of what a manifest says was asked for, and why.
pub fn unreadable(reason: &dyn Display) -> CliError {
    unusable(format!("what was asked for cannot be read: {reason}"))
}

/// The refusal of a manifest that no program of this version has written.
pub fn unusable(message: impl Into<String>) -> CliError {
    CliError::Argument {
        message: message.into(),
        hint: "it is the manifest of another version, or was edited".to_owned(),
    }
}

/// What a manifest asks for comes to.
type Again = fn(&Manifest, &dyn Observer) -> Result<StudyResults, CliError>;

/// The studies whose results are made at once, by their commands.
const STUDIES: [(&str, Again); 7] = [
    study::<backtest::Asked>(),
    study::<calibrate::Asked>(),
    study::<compare::Asked>(),
    study::<portfolio::Asked>(),
    study::<sensitivity::Asked>(),
    study::<solve::Asked>(),
    study::<update::Asked>(),
];

const fn study<A: Answers>() -> (&'static str, Again) {
    (A::COMMAND, |manifest, observer| {
        let study = Study::<A>::again(manifest)?;
        study.results(A::answer(&study, observer)?)
    })
}

/// Every file of a study, made again from its manifest.
pub fn make_again(
    manifest: &Manifest,
    observer: &dyn Observer,
) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    match manifest.command.as_str() {
        sweep::Asked::COMMAND => sweep::make_again(manifest, observer),
        _ => Ok(results(manifest, observer)?
            .files(observer)?
            .into_iter()
            .collect()),
    }
}

/// What a manifest of a study other than a sweep asks for.
pub fn results(manifest: &Manifest, observer: &dyn Observer) -> Result<StudyResults, CliError> {
    let known = STUDIES
        .iter()
        .find(|(command, _)| *command == manifest.command);
    let Some((_, again)) = known else {
        let other = &manifest.command;
        return Err(unusable(format!("there is no study `{other}`")));
    };
    let mut results = again(manifest, observer)?;
    results.manifest.report = manifest.report;
    results.manifest.formats.clone_from(&manifest.formats);
    Ok(results)
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

    use super::super::args::Arguments;
    use super::*;

    #[test]
    fn every_study_can_be_made_again() {
        for command in Arguments::command().get_subcommands() {
            let name = command.get_name();
            let is_study = command.get_arguments().any(|own| own.get_id() == "report");
            let is_known = STUDIES.iter().any(|(own, _)| *own == name);
            // Shards may be of any of them.
            let others = [sweep::Asked::COMMAND, "plan", "shard", "merge"];
            let is_known = is_known || others.contains(&name);
            assert!(is_known || !is_study, "{name} is not among the studies");
        }
    }
}
