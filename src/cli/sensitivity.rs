//! `capbind sensitivity`

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::args::assignment;
use super::progress::Progress;
use super::study::{self, Also, Besides, Precisely, StudyFiles, StudyFlags, StudyResults};
use super::{CliError, examples};
use crate::report::{
    StudiedScenario, StudyManifest, Warning, local_figures, local_json, local_table, local_text,
    sensitivity_charts, sensitivity_figures, sensitivity_json, sensitivity_table, sensitivity_text,
};
use crate::scenario::Scenario;
use crate::simulate::Observer;
use crate::study::{SensitivityOptions, Stress, local, measures, sensitivity as find};

/// What drives the outcome: swings, variance-based indices, stresses
///
/// For each uncertain key: the expected total paid, present value and binding
/// probability with that key at a low and a high percentile, and the share of
/// their variance it explains alone (first order) and with interactions (total).
/// The forecast's persistent growth error and all other path noise count as one
/// input each. Writes sensitivity.csv, charts and manifest.json. With --local: the
/// slope and elasticity of the same numbers and the median date in every number of
/// the scenario, to local.csv.
#[derive(Debug, Args)]
#[command(after_help = examples::SENSITIVITY)]
pub struct Sensitivity {
    /// Scenario file
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// Override a key of the scenario: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    /// Make a key uncertain, even between two values: agreement.cap=35:41
    /// (repeatable)
    #[arg(long, value_name = "KEY=LOW:HIGH", value_parser = range)]
    pub vary: Vec<String>,

    /// Force an input into a band of percentiles and compare: agreement.cap=90:100;
    /// several at once with commas (repeatable)
    #[arg(long, value_name = "KEY=FROM:TO", value_parser = stress)]
    pub stress: Vec<Stress>,

    /// Slopes instead: how much each number of the scenario moves the outcome where it
    /// stands
    #[arg(long, conflicts_with_all = ["stress", "measures"])]
    pub local: bool,

    /// Percentiles between which inputs swing
    #[arg(long, value_name = "LOW:HIGH", default_value = "10:90", value_parser = percentiles)]
    pub swing: (f64, f64),

    #[command(flatten)]
    pub besides: Besides,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub precisely: Precisely,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// What decides the results beside the scenario.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    paths: Option<u64>,
    swing: [f64; 2],
    stress: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    measures: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    local: bool,
    charts: bool,
}

/// Studies the scenario and writes what drives it.
pub fn sensitivity(arguments: &Sensitivity) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let overrides = [arguments.overrides.as_slice(), &arguments.vary].concat();
    let precisely = &arguments.precisely;
    let (mut scenario, mut warnings) =
        flags.load(&arguments.scenario, &precisely.with(&overrides))?;
    let (paths, unmet) = precisely.paths(flags, &mut [&mut scenario])?;
    warnings.extend(unmet);
    let measured = measures(&arguments.besides.measures, &scenario)?;
    let more = sensitivity_charts(&scenario, &measured);
    let asked = Asked {
        paths,
        swing: [arguments.swing.0, arguments.swing.1],
        stress: arguments.stress.iter().map(Stress::to_string).collect(),
        measures: arguments.besides.measures.clone(),
        local: arguments.local,
        charts: flags.charts(),
    };
    let asking = [(scenario.stem.as_str(), &scenario)];
    let folder = flags.folder("sensitivity", asking, &asked, &FILES, &more)?;
    let progress = match asked.local {
        true => Progress::open_ended(flags.quiet),
        false => Progress::new(
            2 * scenario.settings.paths() * scenario.cases.len().max(1) as u64,
            flags.quiet,
        ),
    };
    flags.carry_out(&pool, &arguments.also, folder, progress, |progress| {
        make(&scenario, &asked, &warnings, progress)
    })
}

/// The results that a manifest says were made.
pub fn make_again(
    manifest: &StudyManifest,
    observer: &dyn Observer,
) -> Result<StudyResults, CliError> {
    let asked: Asked = study::asked(manifest)?;
    let (scenario, warnings) = study::one_again(manifest, asked.paths)?;
    make(&scenario, &asked, &warnings, observer)
}

const FILES: StudyFiles = StudyFiles {
    tables: &["sensitivity.csv", "local.csv"],
    // And those of its measures: `sensitivity_charts`.
    charts: &[
        "local",
        "local-present-value",
        "local-probability",
        "local-date",
    ],
};

fn make(
    scenario: &Scenario,
    asked: &Asked,
    warnings: &[Warning],
    observer: &dyn Observer,
) -> Result<StudyResults, CliError> {
    let manifest = || {
        StudyManifest::new(
            "sensitivity",
            vec![StudiedScenario::new(&scenario.stem, scenario)],
            asked,
            &scenario.settings,
            warnings.iter().map(ToString::to_string).collect(),
        )
    };
    if asked.local {
        let found = local(scenario, observer)?;
        return Ok(StudyResults {
            text: local_text(scenario, &found),
            json: local_json(scenario, &found),
            texts: Vec::new(),
            tables: vec![local_table(scenario, &found)],
            figures: match asked.charts {
                true => local_figures(scenario, &found),
                false => Vec::new(),
            },
            style: scenario.report.style,
            options: scenario.report.charts.clone(),
            manifest: manifest(),
        });
    }
    let stresses = asked.stress.iter().map(|text| text.parse::<Stress>());
    let [low, high] = asked.swing;
    let (low, high) = percentiles(&format!("{low}:{high}")).map_err(|hint| CliError::Argument {
        message: format!("--swing {low}:{high} is not permitted"),
        hint,
    })?;
    let options = SensitivityOptions {
        low,
        high,
        stresses: stresses.collect::<Result<_, _>>()?,
        measures: measures(&asked.measures, scenario)?,
    };
    let found = find(scenario, &options, observer)?;
    Ok(StudyResults {
        text: sensitivity_text(scenario, &found),
        json: sensitivity_json(scenario, &found),
        texts: Vec::new(),
        tables: vec![sensitivity_table(scenario, &found)],
        figures: match asked.charts {
            true => sensitivity_figures(scenario, &found),
            false => Vec::new(),
        },
        style: scenario.report.style,
        options: scenario.report.charts.clone(),
        manifest: manifest(),
    })
}

/// `KEY=LOW:HIGH` as the override that makes the key uniform between the two.
fn range(text: &str) -> Result<String, String> {
    let wanted = || "write KEY=LOW:HIGH with two numbers, such as agreement.cap=35:41".to_owned();
    let (key, ends) = text.split_once('=').ok_or_else(wanted)?;
    let (low, high) = ends.split_once(':').ok_or_else(wanted)?;
    let (low, high) = (low.trim(), high.trim());
    if key.trim().is_empty() || [low, high].iter().any(|end| end.parse::<f64>().is_err()) {
        return Err(wanted());
    }
    Ok(format!("{key}={{ uniform = [{low}, {high}] }}"))
}

fn stress(text: &str) -> Result<Stress, String> {
    text.parse::<Stress>()
        .map_err(|error| format!("{error}; {}", error.hint))
}

/// `10:90`: both inside 0 to 100, in order.
fn percentiles(text: &str) -> Result<(f64, f64), String> {
    let number = |text: &str| {
        let number = text.trim().parse::<f64>().ok();
        number.filter(|p| 0.0 < *p && *p < 100.0)
    };
    let ends = text.split_once(':');
    let ends = ends.and_then(|(low, high)| Some((number(low)?, number(high)?)));
    ends.filter(|(low, high)| low < high).ok_or_else(|| {
        "write two percentiles between 0 and 100, the lower first, such as 10:90".to_owned()
    })
}
