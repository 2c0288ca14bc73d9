//! `capbind portfolio`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::args::{assignment, is_only_printed};
use super::folder::Folder;
use super::progress::Progress;
use super::run::formats;
use super::study::{self, Also, StudyFiles, StudyFlags, StudyResults};
use super::{CliError, examples, memory};
use crate::report::{
    Format, FundReport, StudiedScenario, StudyManifest, Warning, portfolio_figures,
};
use crate::scenario::Scenario;
use crate::scenario::input::{self, Wanted};
use crate::simulate::{Observer, PortfolioResults, run_portfolio};
use crate::study::{
    Base, DEFAULT_MULTIPLES, DEFAULT_PATHS, DEFAULT_TAIL, Deals, Fund, FundOptions,
};

/// Many agreements at once: what a portfolio of deals brings in
///
/// A line of the table is a deal: an id, the keys that it changes of a scenario, and its
/// loadings on common factors (columns factor.NAME). Writes cash by year and quarter, the
/// probability of a multiple of what is invested, what each deal, payer and vintage adds to
/// the mean and to the worst outcomes, and how concentrated it is: CSV files, charts and
/// manifest.json. Results do not depend on the order of the lines.
#[derive(Debug, Args)]
#[command(after_help = examples::PORTFOLIO)]
pub struct PortfolioArguments {
    /// Table of deals
    #[arg(value_name = "DEALS.csv")]
    pub deals: PathBuf,

    /// Scenario of deals whose column scenario is empty [default: the .toml file of the
    /// table's name beside it]
    #[arg(long, value_name = "SCENARIO.toml")]
    pub scenario: Option<PathBuf>,

    /// Override a key of every scenario: agreement.share=0.04 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    /// The part of all simulated outcomes that is the tail: those that bring in least
    /// [default: 5%]
    #[arg(long, value_name = "PART", value_parser = part)]
    pub tail: Option<f64>,

    /// Multiples of what is invested to give the probabilities of
    /// [default: 1,1.25,1.5,2]
    #[arg(long, value_name = "M,…", value_parser = multiple, value_delimiter = ',')]
    pub multiples: Vec<f64>,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// What decides the results beside the scenarios.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The table's name, without folder and extension.
    table: String,
    /// Its text, by id.
    deals: String,
    tail: f64,
    multiples: Vec<f64>,
    pub paths: u64,
    pub charts: bool,
}

/// A scenario by the name that the table gives it, with the warnings of its reading.
type Named = (String, (Scenario, Vec<Warning>));

/// A portfolio with all that its results take.
pub struct Job {
    /// What is simulated.
    pub fund: Fund,
    /// What is asked.
    pub asked: Asked,
    scenarios: Vec<Named>,
}

/// Simulates the portfolio and writes what it brings in.
pub fn portfolio(arguments: &PortfolioArguments) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let (deals, scenarios, asked) = read(arguments)?;
    let job = pool.install(|| Job::new(&deals, scenarios, asked))?;
    let threads = memory::threads(flags.threads);
    let memory = job.fund.portfolio.memory();
    memory::admit_bytes(memory.on(threads), threads, flags.quiet)?;
    let folder = match is_only_printed(flags.out.as_deref(), flags.json) {
        true => None,
        false => Some(job.folder(flags)?),
    };
    let progress = Progress::new(job.fund.portfolio.settings.paths(), flags.quiet);
    flags.carry_out(&pool, &arguments.also, folder, progress, |progress| {
        job.made(progress)
    })
}

/// What the arguments ask: the table's name, the scenarios and what is asked of them.
pub fn question(
    arguments: &PortfolioArguments,
) -> Result<(String, Vec<StudiedScenario>, Kept), CliError> {
    let (deals, scenarios, asked) = read(arguments)?;
    let job = Job::new(&deals, scenarios, asked)?;
    let kept = Kept {
        asked: job.asked.clone(),
        report: arguments.also.report,
        formats: formats(&arguments.also.format),
    };
    Ok((job.asked.table.clone(), job.studied(), kept))
}

/// What is asked in shards: what a manifest would say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// What decides the results.
    pub asked: Asked,
    /// Whether there is a page.
    pub report: bool,
    /// Formats of the tables beside CSV.
    pub formats: Vec<Format>,
}

/// Table and scenarios as the arguments have them.
fn read(arguments: &PortfolioArguments) -> Result<(Deals, Vec<Named>, Asked), CliError> {
    let flags = &arguments.flags;
    let path = &arguments.deals;
    let text = input::text(path, &Wanted::CASES).map_err(|reason| CliError::Argument {
        message: format!("cannot read {}: {reason}", path.display()),
        hint: "name a CSV file with a line for each deal".to_owned(),
    })?;
    let deals = Deals::from_csv(&path.display().to_string(), text.as_bytes())?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let scenarios = scenarios(arguments, &deals)?;
    let mut multiples = match arguments.multiples.as_slice() {
        [] => DEFAULT_MULTIPLES.to_vec(),
        given => given.to_vec(),
    };
    multiples.sort_by(f64::total_cmp);
    multiples.dedup();
    let asked = Asked {
        table: stem.into_owned(),
        deals: deals.to_csv(),
        tail: arguments.tail.unwrap_or(DEFAULT_TAIL),
        multiples,
        paths: flags.paths.unwrap_or(DEFAULT_PATHS),
        charts: flags.charts(),
    };
    Ok((deals, scenarios, asked))
}

/// The results that a manifest says were made.
pub fn make_again(
    manifest: &StudyManifest,
    observer: &dyn Observer,
) -> Result<StudyResults, CliError> {
    Job::again(&manifest.scenarios, study::asked(manifest)?)?.made(observer)
}

const FILES: StudyFiles = StudyFiles {
    tables: &[
        "summary.csv",
        "years.csv",
        "quarters.csv",
        "multiples.csv",
        "deals.csv",
        "deal_years.csv",
        "payers.csv",
        "vintages.csv",
        "concentration.csv",
    ],
    charts: &["cash", "multiple", "contributions", "tail"],
};

/// The scenarios that the deals change, by the name that the table gives them: none for
/// that of all others.
fn scenarios(arguments: &PortfolioArguments, deals: &Deals) -> Result<Vec<Named>, CliError> {
    let flags = &arguments.flags;
    // Own noise of thousands of deals is more than even points have dimensions.
    let mut overrides = arguments.overrides.clone();
    overrides.push("simulation.sampler=\"random\"".to_owned());
    let load = |path: &Path| {
        let (mut scenario, warnings) = flags.load(path, &overrides)?;
        let paths = flags.paths.unwrap_or(DEFAULT_PATHS);
        crate::artifacts::prepare(&mut scenario, Some(paths))?;
        Ok::<_, CliError>((scenario, warnings))
    };
    let (named, without) = deals.scenarios();
    let mut all = Vec::new();
    if without {
        let beside = arguments.deals.with_extension("toml");
        let path = arguments.scenario.as_ref().unwrap_or(&beside);
        if arguments.scenario.is_none() && !path.exists() {
            return Err(CliError::Argument {
                message: format!(
                    "{} names no scenario, and there is no {}",
                    arguments.deals.display(),
                    path.display()
                ),
                hint: "name the scenario that the deals change: --scenario deal.toml".to_owned(),
            });
        }
        all.push((String::new(), load(path)?));
    }
    for name in named {
        all.push((
            name.to_owned(),
            load(&arguments.deals.with_file_name(name))?,
        ));
    }
    Ok(all)
}

impl Job {
    fn new(deals: &Deals, scenarios: Vec<Named>, asked: Asked) -> Result<Self, CliError> {
        let bases = scenarios.iter();
        let bases: BTreeMap<String, Base> = bases
            .map(|(name, (scenario, _))| {
                let origin = format!("{}.toml", scenario.stem);
                (name.clone(), Base::of(&origin, scenario))
            })
            .collect();
        let options = FundOptions {
            tail: asked.tail,
            multiples: asked.multiples.clone(),
        };
        Ok(Self {
            fund: Fund::new(deals, &bases, options)?,
            asked,
            scenarios,
        })
    }

    /// The portfolio of which a manifest or a plan has the scenarios.
    ///
    /// # Errors
    /// Where something in it is not permitted.
    pub fn again(studied: &[StudiedScenario], mut asked: Asked) -> Result<Self, CliError> {
        let again = studied.iter().map(|studied| {
            let again = study::again(studied, Some(asked.paths))?;
            Ok((studied.name.clone(), again))
        });
        let scenarios: Vec<Named> = again.collect::<Result<_, CliError>>()?;
        let is_part = 0.0 < asked.tail && asked.tail < 1.0;
        let is_multiple = |multiple: &f64| *multiple > 0.0 && multiple.is_finite();
        if !is_part || !asked.multiples.iter().all(is_multiple) {
            return Err(study::unusable(
                "the tail or a multiple that was asked for is not permitted",
            ));
        }
        let deals = Deals::from_csv("the table of deals in it", asked.deals.as_bytes())?;
        // As this program writes it, however it was written.
        asked.deals = deals.to_csv();
        let known = |name: &str| scenarios.iter().any(|(own, _)| own == name);
        if deals.deals.iter().any(|deal| !known(&deal.scenario)) {
            return Err(study::unusable(
                "a deal names a scenario that is not in the manifest",
            ));
        }
        Self::new(&deals, scenarios, asked)
    }

    fn studied(&self) -> Vec<StudiedScenario> {
        let studied = self.scenarios.iter();
        let studied = studied.map(|(name, (scenario, _))| StudiedScenario::new(name, scenario));
        studied.collect()
    }

    /// The folder of the results.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn folder(&self, flags: &StudyFlags) -> Result<Folder, CliError> {
        let asking = self.scenarios.iter();
        let asking = asking.map(|(name, (scenario, _))| (name.as_str(), scenario));
        flags.folder_of_any(
            "portfolio",
            &self.asked.table,
            asking,
            &self.asked,
            &FILES,
            &[],
        )
    }

    fn made(&self, observer: &dyn Observer) -> Result<StudyResults, CliError> {
        let results = run_portfolio(&self.fund.portfolio, observer).map_err(crate::Error::from)?;
        Ok(self.results(&results))
    }

    /// What there is to say of the results.
    pub fn results(&self, results: &PortfolioResults) -> StudyResults {
        let (_, (reference, _)) = &self.scenarios[0];
        let report = FundReport {
            fund: &self.fund,
            results,
            reference,
        };
        let mut warnings: Vec<String> = Vec::new();
        for (_, (_, own)) in &self.scenarios {
            warnings.extend(own.iter().map(ToString::to_string));
        }
        warnings.extend(report.warnings());
        let settings = &self.fund.portfolio.settings;
        StudyResults {
            text: report.text(),
            json: report.json(),
            texts: Vec::new(),
            tables: report.tables(),
            figures: match self.asked.charts {
                true => portfolio_figures(&report),
                false => Vec::new(),
            },
            style: reference.report.style,
            options: reference.report.charts.clone(),
            manifest: StudyManifest::new(
                "portfolio",
                self.studied(),
                &self.asked,
                settings,
                warnings,
            ),
        }
    }
}

/// `5%` or `0.05`.
pub fn part(text: &str) -> Result<f64, String> {
    let wanted = || "write a part between 0 and 100%, such as 5% or 0.05".to_owned();
    let (digits, unit) = match text.trim().strip_suffix('%') {
        Some(digits) => (digits.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    let part = digits.parse::<f64>().map_err(|_| wanted())? / unit;
    if 0.0 < part && part < 1.0 {
        return Ok(part);
    }
    Err(wanted())
}

/// A multiple above 0.
pub fn multiple(text: &str) -> Result<f64, String> {
    let multiple = text.trim().trim_end_matches(['x', '×']).parse::<f64>().ok();
    let multiple = multiple.filter(|multiple| *multiple > 0.0 && multiple.is_finite());
    multiple.ok_or_else(|| "write multiples above 0 with commas between them: 1,1.5,2".to_owned())
}
