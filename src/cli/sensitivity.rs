//! `capbind sensitivity`

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::args::assignment;
use super::flags::{Also, Besides, Precisely, StudyFlags};
use crate::request::{self, Study, Swing};
use crate::study::Stress;

const EXAMPLES: &str = "\
Examples:
  capbind sensitivity deal.toml
  capbind sensitivity deal.toml --vary agreement.cap=35:41 --measure irr
  capbind sensitivity deal.toml --stress growth_error=0:10";

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
#[command(after_help = EXAMPLES)]
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
    #[arg(long, value_name = "LOW:HIGH", default_value = "10:90", value_parser = swing)]
    pub swing: Swing,

    #[command(flatten)]
    pub besides: Besides,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub precisely: Precisely,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// Studies the scenario and writes what drives it.
pub fn sensitivity(arguments: &Sensitivity) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let overrides = [arguments.overrides.as_slice(), &arguments.vary].concat();
    let loaded = flags.load_precisely(&arguments.scenario, &overrides, &arguments.precisely)?;
    let asked = request::Sensitivity {
        paths: loaded.paths,
        swing: arguments.swing,
        stress: arguments.stress.clone(),
        measures: arguments.besides.measures.clone(),
        local: arguments.local,
        charts: flags.output.charts(),
    };
    let study = Study::of_one(loaded.origin, loaded.scenario, asked, &loaded.warnings);
    study.carry_out(&flags.output, &arguments.also, &pool)
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

/// `10:90`
fn swing(text: &str) -> Result<Swing, String> {
    let ends = text.split_once(':');
    let ends = ends
        .and_then(|(low, high)| Some([low.trim().parse::<f64>().ok()?, high.trim().parse().ok()?]));
    ends.unwrap_or([f64::NAN; 2]).try_into()
}
