//! Studies as they are asked: scenarios, tables and what is asked of them, as a manifest holds
//! them, and what comes of it. Each study adds what it is asked ([`Request`]) and how it is
//! answered ([`Answers`]).

mod backtest;
mod calibrate;
#[cfg(feature = "charts")]
mod charts;
#[cfg(not(feature = "charts"))]
#[path = "without_charts.rs"]
mod charts;
mod compare;
mod looks;
mod portfolio;
mod sensitivity;
mod solve;
#[cfg(feature = "charts")]
mod sweep;
mod update;

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use backtest::Backtest;
pub use calibrate::{Calibrate, MOST_YEARS_AHEAD, Model};
pub use compare::Compare;
pub use looks::Looks;
pub use portfolio::{Portfolio, PosedFund};
pub use sensitivity::{Sensitivity, Swing};
pub use solve::{Ends, Solve, Trade};
#[cfg(feature = "charts")]
pub use sweep::{
    CaseLines, Each, Finished, Glances, Lines, Place, PosedSweep, Sweep, Swept, SweptCases,
    TakeCases, TakeOutcomes, WriteWith, sweep,
};
pub use update::{Reported, Update};

use crate::Error;
pub use crate::artifacts::Figure;
use crate::artifacts::{MANIFEST, StudyResults, prepare};
use crate::report::{InputTable, Manifest, StudiedScenario, Table, Warning};
use crate::scenario::Scenario;
use crate::simulate::{Observer, Settings};
use crate::study::{Entry, StudyError};

/// What is asked beside scenarios and tables: with those, it decides every byte of the
/// results. It stands in the manifest.
pub trait Request: Serialize + DeserializeOwned + Sync + Sized + 'static {
    /// The command that asks it.
    const COMMAND: &'static str;
    /// The files that it may come to.
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

    /// What the folder of its results is called, where nobody names one.
    fn folder(study: &Study<Self>) -> String {
        let first = study.scenarios.first();
        let stem = first.map_or("", |first| first.scenario.stem.as_str());
        format!("{stem}-{}", Self::COMMAND)
    }

    /// Charts that only these results have.
    ///
    /// # Errors
    /// Where something that is asked is not there.
    fn more_charts(_: &Study<Self>) -> Result<Vec<String>, Error> {
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
    fn settled(study: Study<Self>) -> Result<Study<Self>, Error> {
        Ok(study)
    }
}

/// A request whose results are made at once.
pub trait Answers: Request {
    /// What is found, on the current thread pool.
    ///
    /// # Errors
    /// Where what is asked for is not permitted, has no answer, or the observer says to stop.
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, Error>;
}

/// What a study found.
#[derive(Debug, Default)]
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
#[derive(Clone, Debug)]
pub struct Study<R> {
    /// What errors call the scenario.
    pub origin: String,
    /// The scenarios by their names, the reference first.
    pub scenarios: Vec<Entry>,
    /// The tables.
    pub inputs: Vec<InputTable>,
    /// What is asked.
    pub asked: R,
    /// What is to be warned of before anything is simulated, as printed.
    pub warnings: Vec<String>,
}

/// The files that a study may come to beside its manifest.
#[derive(Clone, Copy, Debug)]
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

impl<R: Request> Study<R> {
    /// What is asked of one scenario.
    pub fn of_one(origin: String, scenario: Scenario, asked: R, warnings: &[Warning]) -> Self {
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
    /// Where it cannot be read, or asks for what is not permitted.
    pub fn again(manifest: &Manifest) -> Result<Self, Error> {
        let inputs = manifest.inputs.clone();
        Self::of_studied(&manifest.scenarios, inputs, asked(manifest)?)
    }

    /// The same by its parts.
    ///
    /// # Errors
    /// As [`again`](Self::again).
    pub fn of_studied(
        studied: &[StudiedScenario],
        inputs: Vec<InputTable>,
        asked: R,
    ) -> Result<Self, Error> {
        if asked.charts() {
            charts::built()?;
        }
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
            study.scenarios.push(Entry {
                name: own.name.clone(),
                scenario,
            });
        }
        R::settled(study)
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
    pub fn one(&self) -> Result<&Scenario, Error> {
        lone(&self.scenarios).map(|one| &one.scenario)
    }

    /// Charts, where they are wanted.
    fn drawn(&self, figures: impl FnOnce() -> Vec<(String, Figure)>) -> Vec<(String, Figure)> {
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

    /// What makes the results, no file yet; `more` warnings come of the answer.
    pub fn manifest(&self, more: Vec<String>) -> Manifest {
        let warnings = self.warnings.iter().cloned().chain(more).collect();
        let settings: Option<&Settings> =
            self.scenarios.first().map(|first| &first.scenario.settings);
        Manifest {
            inputs: self.inputs.clone(),
            ..Manifest::new(R::COMMAND, self.studied(), &self.asked, settings, warnings)
        }
    }

    /// An answer with what made it.
    ///
    /// # Errors
    /// Where looks are asked for that are not permitted.
    pub fn found(&self, answer: Answer) -> Result<StudyResults, Error> {
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
}

impl<R: Answers> Study<R> {
    /// What comes of it, on the current thread pool.
    ///
    /// # Errors
    /// As [`Answers::answer`].
    pub fn results(&self, observer: &dyn Observer) -> Result<StudyResults, Error> {
        self.found(R::answer(self, observer)?)
    }
}

/// A study of whichever kind that a manifest asks for.
pub trait Posed {
    /// Its scenarios, the reference first.
    fn scenarios(&self) -> &[Entry];

    /// What comes of it, on the current thread pool.
    ///
    /// # Errors
    /// As [`Answers::answer`].
    fn results(&self, observer: &dyn Observer) -> Result<StudyResults, Error>;
}

struct Again<'m, R> {
    manifest: &'m Manifest,
    study: Study<R>,
}

impl<R: Answers> Posed for Again<'_, R> {
    fn scenarios(&self) -> &[Entry] {
        &self.study.scenarios
    }

    fn results(&self, observer: &dyn Observer) -> Result<StudyResults, Error> {
        let mut results = self.study.results(observer)?;
        results.manifest.report = self.manifest.report;
        results.manifest.formats.clone_from(&self.manifest.formats);
        Ok(results)
    }
}

type Pose = fn(&Manifest) -> Result<Box<dyn Posed + '_>, Error>;

/// The studies whose results are made at once, by their commands.
pub(crate) const STUDIES: [(&str, Pose); 7] = [
    study::<Backtest>(),
    study::<Calibrate>(),
    study::<Compare>(),
    study::<Portfolio>(),
    study::<Sensitivity>(),
    study::<Solve>(),
    study::<Update>(),
];

const fn study<R: Answers>() -> (&'static str, Pose) {
    (R::COMMAND, |manifest| {
        let study = Study::<R>::again(manifest)?;
        Ok(Box::new(Again { manifest, study }))
    })
}

/// The study that a manifest asks for, one other than a sweep.
///
/// # Errors
/// Where it cannot be read, or asks for what is not permitted.
pub fn posed(manifest: &Manifest) -> Result<Box<dyn Posed + '_>, Error> {
    let known = STUDIES
        .iter()
        .find(|(command, _)| *command == manifest.command);
    match known {
        Some((_, pose)) => pose(manifest),
        None => Err(unusable(format!(
            "there is no study `{}`",
            manifest.command
        ))),
    }
}

/// What the study that a manifest asks for comes to, one other than a sweep, on the current
/// thread pool.
///
/// ```
/// use capbind::request::{Solve, Study, results};
/// use capbind::scenario::Scenario;
///
/// let text = r#"
///     timeline = { start = 2026-01-01, end = 2027-12-31, step = "quarter" }
///     revenue.gbm = { initial = 100, growth = 0.20, volatility = 0.30 }
///     agreement = { share = 0.05, cap = 8 }
///     simulation.points = 256
/// "#;
/// let scenario = Scenario::parse("royalty.toml", "royalty", text, &[])?;
/// let asked = Solve {
///     key: "agreement.cap".to_owned(),
///     so_that: "expected total_paid=7".to_owned(),
///     ..Solve::default()
/// };
/// let study = Study::of_one("royalty.toml".to_owned(), scenario, asked, &[]);
/// let manifest = study.manifest(Vec::new());
///
/// // Anywhere else, from nothing but the manifest:
/// let files = results(&manifest, &())?.files(&())?;
/// let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names, ["solve.csv", "manifest.json"]);
/// # Ok::<(), capbind::Error>(())
/// ```
///
/// # Errors
/// Where the manifest cannot be used, or as [`Answers::answer`].
pub fn results(manifest: &Manifest, observer: &dyn Observer) -> Result<StudyResults, Error> {
    posed(manifest)?.results(observer)
}

/// A scenario of a manifest.
pub(crate) fn read_again(studied: &StudiedScenario) -> Result<Scenario, Error> {
    let origin = format!("{MANIFEST} (the scenario {}.toml in it)", studied.stem);
    Scenario::read(
        &origin,
        &studied.stem,
        &studied.scenario,
        &studied.overrides,
        &studied.attached,
    )
}

/// What a manifest says was asked for.
pub(crate) fn asked<T: DeserializeOwned>(manifest: &Manifest) -> Result<T, Error> {
    T::deserialize(&manifest.asked).map_err(|error| unreadable(&error))
}

/// The one scenario of a manifest.
pub(crate) fn lone<T>(scenarios: &[T]) -> Result<&T, Error> {
    match scenarios {
        [one] => Ok(one),
        _ => Err(unusable("the manifest does not hold one scenario")),
    }
}

/// What is asked for under a name, where it is permitted: a manifest may have been edited.
fn within<T: PartialOrd + Display>(
    name: &str,
    asked: T,
    permitted: &RangeInclusive<T>,
) -> Result<T, StudyError> {
    match permitted.contains(&asked) {
        true => Ok(asked),
        false => Err(StudyError::new(
            format!("{name} {asked} is not permitted"),
            format!("a number from {} to {}", permitted.start(), permitted.end()),
        )),
    }
}

/// The refusal of what a manifest says was asked for, and why.
fn unreadable(reason: &dyn Display) -> Error {
    unusable(format!("what was asked for cannot be read: {reason}"))
}

/// The refusal of a manifest that no program of this version has written.
fn unusable(message: impl Into<String>) -> Error {
    StudyError::new(
        message,
        "it is the manifest of another version, or was edited",
    )
    .into()
}
