//! `capbind backtest`

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::args::{Looks, assignment};
use super::study::{self, Also, StudyFiles, StudyFlags, StudyResults};
use super::{CliError, examples};
use crate::report::{
    BACKTEST_CHARTS, StudiedScenario, StudyManifest, backtest_figures, backtest_json,
    backtest_tables, backtest_text, backtest_warnings,
};
use crate::scenario::Scenario;
use crate::scenario::input::{self, Wanted};
use crate::simulate::{Sampler, Settings};
use crate::study::{
    Outcome, PastForecast, PastForecasts, horizon_spread, outside_view, track_record,
};
use crate::units::Date;

/// How past forecasts came out, and where a scenario stands among comparable companies
///
/// Of a table of forecasts with their outcomes: how many lay within their 50, 80 and 90 %
/// bands, the probability integral transform, the continuous ranked probability score, and
/// of probabilities the Brier score. With a scenario, forecasts that are single figures
/// take the spread that it has as far ahead, and its growth and spread are compared with
/// the reference class. Nothing is simulated. Writes backtest.csv, forecasts.csv,
/// outside_view.csv, charts of what was stated against what was seen, and manifest.json.
#[derive(Debug, Args)]
#[command(
    after_help = examples::BACKTEST,
    mut_arg("paths", |flag| flag.hide(true)),
    mut_arg("seed", |flag| flag.hide(true)),
    mut_arg("threads", |flag| flag.hide(true))
)]
pub struct BacktestArguments {
    /// CSV file with the columns outcome and, of the forecast, value with sd, percentiles
    /// p5 to p95, or probability; and where they are known name, made and year
    #[arg(value_name = "TABLE.csv")]
    pub table: PathBuf,

    /// A scenario whose spread and growth are judged
    #[arg(long, value_name = "SCENARIO.toml")]
    pub scenario: Option<PathBuf>,

    /// Override a key of the scenario: revenue.forecast.volatility=0.2 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment, requires = "scenario")]
    pub overrides: Vec<String>,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// What decides the results beside the scenario.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    /// The table's name and text.
    table: (String, String),
    #[serde(default)]
    charts: bool,
    /// How charts look where there is no scenario to say it.
    #[serde(default)]
    looks: Looks,
}

/// What a manifest has where nothing is simulated and no scenario is given.
const UNUSED: Settings = Settings {
    points: Settings::DEFAULT_POINTS,
    replicates: Settings::DEFAULT_REPLICATES,
    sampler: Sampler::Sobol,
    seed: 0,
};

const FILES: StudyFiles = StudyFiles {
    tables: &["backtest.csv", "forecasts.csv", "outside_view.csv"],
    charts: &BACKTEST_CHARTS,
};

/// Scores a table of forecasts and writes what comes of it.
pub fn backtest(arguments: &BacktestArguments) -> Result<(), CliError> {
    let path = &arguments.table;
    let text = input::text(path, &Wanted::TABLE).map_err(|reason| CliError::Read {
        path: path.clone(),
        reason,
    })?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    let asked = Asked {
        table: (name.to_string_lossy().into_owned(), text),
        charts: arguments.flags.charts(),
        looks: arguments.flags.looks.clone(),
    };
    let load = |path: &PathBuf| arguments.flags.load(path, &arguments.overrides);
    let loaded = arguments.scenario.as_ref().map(load).transpose()?;
    let scenario = loaded.as_ref().map(|(scenario, _)| scenario);
    let results = make(scenario, &asked)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let asking = scenario.map(|own| (own.stem.as_str(), own));
    let flags = &arguments.flags;
    let folder = flags.folder_of("backtest", &stem, asking, &asked, &FILES, &[])?;
    flags.finish_with(&arguments.also, folder, results)
}

/// The results that a manifest says were made.
pub fn make_again(manifest: &StudyManifest) -> Result<StudyResults, CliError> {
    let asked: Asked = study::asked(manifest)?;
    match manifest.scenarios.is_empty() {
        true => make(None, &asked),
        false => make(Some(&study::one_again(manifest, None)?.0), &asked),
    }
}

fn make(scenario: Option<&Scenario>, asked: &Asked) -> Result<StudyResults, CliError> {
    let (name, text) = &asked.table;
    let found = PastForecasts::parse(name, text)?;
    let record = track_record(&found.forecasts, &|own| spread(scenario?, own));
    let outside = scenario.and_then(outside_view);
    let warnings = backtest_warnings(outside.as_ref());
    let settings = scenario.map_or(UNUSED, |own| own.settings);
    Ok(StudyResults {
        text: backtest_text(&record, found.open, outside.as_ref()),
        json: backtest_json(&record, found.open, outside.as_ref()),
        texts: Vec::new(),
        tables: backtest_tables(&record, outside.as_ref()),
        figures: match asked.charts {
            true => backtest_figures(&record, name),
            false => Vec::new(),
        },
        style: match scenario {
            Some(own) => own.report.style,
            None => asked.looks.style()?,
        },
        options: match scenario {
            Some(own) => own.report.charts.clone(),
            None => asked.looks.chart_options(),
        },
        manifest: StudyManifest::new(
            "backtest",
            scenario
                .map(|own| StudiedScenario::new(&own.stem, own))
                .into_iter()
                .collect(),
            asked,
            &settings,
            warnings,
        ),
    })
}

/// The spread that a scenario has from the day of a forecast to the middle of its year.
fn spread(scenario: &Scenario, own: &PastForecast) -> Option<f64> {
    let (Outcome::Amount(_), Some(made), Some(year)) = (own.outcome, own.made, own.year) else {
        return None;
    };
    let middle = Date::new(year, 7, 1)?;
    horizon_spread(scenario, middle.years_since(made))
}
