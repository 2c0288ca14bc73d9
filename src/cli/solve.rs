//! `capbind solve`

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::CliError;
use super::args::assignment;
use super::flags::{Also, Precisely, StudyFlags};
use super::interrupt::Interruptible;
use super::study::{self, Answer, Answers, Study, StudyFiles};
use crate::report::{
    frontier_figures, frontier_json, frontier_table, frontier_text, solve_json, solve_table,
    solve_text,
};
use crate::scenario::Scenario;
use crate::simulate::Observer;
use crate::study::{Base, StudyError, Target, as_written, frontier as trade, solve as find};
use crate::units::Date;

const EXAMPLES: &str = "\
Examples:
  capbind solve deal.toml --for agreement.cap --so-that binding_probability@2028-12-31=0.5
  capbind solve deal.toml --for agreement.share --so-that 'expected irr=0.12'
  capbind solve deal.toml --for agreement.cap --so-that 'p5 total_paid=20' --json
  capbind solve deal.toml --frontier agreement.cap=20:60:5 agreement.share";

/// Find the value of one key that meets a target
///
/// A flat share's own terms (share, cap, paid_before, expiry) are found from one
/// pass over the revenue paths; other keys by root search on common random numbers, which
/// looks inside the range too. The answer has a standard error and is checked by a run; a
/// target out of reach gets the reachable range, one that is stepped over the step.
/// Writes solve.csv and manifest.json; with --frontier frontier.csv and a chart.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SolveArguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// The key to find a value for, such as agreement.cap
    #[arg(long = "for", value_name = "KEY", required_unless_present = "frontier")]
    pub key: Option<String>,

    /// Instead, pairs of two keys that meet the target, and what each is worth to both
    /// sides: agreement.cap agreement.share; the first may have values,
    /// agreement.cap=20:60:5
    #[arg(
        long,
        num_args = 2,
        value_names = ["KEY[=VALUES]", "KEY"],
        conflicts_with_all = ["key", "between"]
    )]
    pub frontier: Option<Vec<String>>,

    /// The target: binding_probability@2028-12-31=0.5, "expected total_paid=30",
    /// "p5 total_paid=20", "median binding_date=2029-06-30", "expected irr=0.12"; any
    /// measure of summary.csv; of a frontier, what the scenario as written is worth if
    /// left out
    #[arg(
        long,
        value_name = "STATISTIC=VALUE",
        required_unless_present = "frontier"
    )]
    pub so_that: Option<String>,

    /// Where to look: two numbers, or two dates for agreement.expiry [default: what
    /// the key permits, or around its value]
    #[arg(long, value_name = "LOW:HIGH", value_parser = str::parse::<Ends>, allow_hyphen_values = true)]
    pub between: Option<Ends>,

    /// Override a key of the scenario: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub precisely: Precisely,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// What decides the results beside the scenario.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    #[serde(rename = "for", default, skip_serializing_if = "String::is_empty")]
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frontier: Option<Frontier>,
    /// The target by the names that the scenario's agreement has.
    so_that: String,
    between: Option<Ends>,
    paths: Option<u64>,
}

/// Two keys that are traded, the first with its values if it has any.
#[derive(Debug, Serialize, Deserialize)]
struct Frontier {
    keys: [String; 2],
    charts: bool,
}

/// Finds the value and writes it.
pub fn solve(arguments: &SolveArguments) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let (path, overrides) = (&arguments.scenario, &arguments.overrides);
    let loaded = flags.load_precisely(path, overrides, &arguments.precisely)?;
    let target = match &arguments.so_that {
        Some(written) => Target::of(written, &loaded.scenario.primary().agreement)?,
        // What both sides have as it is written.
        None => {
            let base = Base::of(&loaded.origin, &loaded.scenario);
            pool.install(|| as_written(&base, &Interruptible))?
        }
    };
    let keys = arguments.frontier.as_deref();
    let frontier = keys.and_then(|keys| Some([keys.first()?.clone(), keys.get(1)?.clone()]));
    let key = arguments.key.as_deref().unwrap_or_default();
    let asked = Asked {
        key: key.trim().to_owned(),
        frontier: frontier.map(|keys| Frontier {
            keys,
            charts: flags.output.charts(),
        }),
        so_that: target.written,
        between: arguments.between,
        paths: loaded.paths,
    };
    let study = Study::of_one(loaded.origin, loaded.scenario, asked, &loaded.warnings);
    study.carry_out(&flags.output, &arguments.also, &pool)
}

impl study::Asked for Asked {
    const COMMAND: &'static str = "solve";
    const FILES: StudyFiles = StudyFiles {
        tables: &["solve.csv", "frontier.csv"],
        charts: &["frontier"],
    };

    fn paths(&self) -> Option<u64> {
        self.paths
    }

    fn charts(&self) -> bool {
        self.frontier.as_ref().is_some_and(|asked| asked.charts)
    }

    fn settled(mut study: Study<Self>) -> Result<Study<Self>, CliError> {
        let target = study.target()?;
        study.asked.so_that = target.written;
        Ok(study)
    }
}

impl Study<Asked> {
    fn target(&self) -> Result<Target, CliError> {
        let agreement = &self.one()?.primary().agreement;
        Ok(Target::of(&self.asked.so_that, agreement)?)
    }
}

impl Answers for Asked {
    fn answer(study: &Study<Self>, observer: &dyn Observer) -> Result<Answer, CliError> {
        let (scenario, asked) = (study.one()?, &study.asked);
        let base = Base::of(&study.origin, scenario);
        let target = study.target()?;
        if let Some(Frontier { keys, .. }) = &asked.frontier {
            let [first, second] = keys;
            let found = trade(&base, first, second.trim(), &target, observer)?;
            return Ok(Answer {
                text: frontier_text(scenario, &found),
                json: frontier_json(scenario, &found),
                tables: vec![frontier_table(scenario, &found)],
                figures: study.drawn(|| frontier_figures(scenario, &found)),
                ..Answer::default()
            });
        }
        let key = asked.key.as_str();
        let between = asked
            .between
            .map(|ends| ends.of(key, scenario))
            .transpose()?;
        let solution = find(&base, key, &target, between, observer)?;
        Ok(Answer {
            text: solve_text(scenario, &solution),
            json: solve_json(scenario, &solution),
            tables: vec![solve_table(&solution)],
            ..Answer::default()
        })
    }
}

/// Two ends as written, the lower first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Ends {
    /// `20:80`
    Numbers(f64, f64),
    /// `2028-01-01:2029-12-31`
    Dates(Date, Date),
}

impl Ends {
    /// As numbers for a key; dates as days from the start of a scenario's timeline.
    fn of(self, key: &str, scenario: &Scenario) -> Result<(f64, f64), StudyError> {
        let start = scenario.timeline.start();
        let day = |date: Date| f64::from(date.days_since(start));
        match (self, key == "agreement.expiry") {
            (Self::Numbers(low, high), false) => Ok((low, high)),
            (Self::Dates(low, high), true) => Ok((day(low), day(high))),
            (Self::Numbers(..), true) => Err(StudyError::new(
                format!("`{key}` lies between dates, not numbers"),
                "for example --between 2028-01-01:2029-12-31",
            )),
            (Self::Dates(..), false) => Err(StudyError::new(
                format!("`{key}` is not looked for between dates"),
                "write two numbers, the lower first, such as --between 20:80",
            )),
        }
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(low, high) => write!(f, "{low}:{high}"),
            Self::Dates(low, high) => write!(f, "{low}:{high}"),
        }
    }
}

impl From<Ends> for String {
    fn from(ends: Ends) -> Self {
        ends.to_string()
    }
}

impl TryFrom<String> for Ends {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Ends {
    type Err = String;

    /// Reads `20:80` or two dates, the lower first.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number: Option<f64> = text.trim().parse().ok();
            number.filter(|number| number.is_finite())
        };
        let read = text
            .split_once(':')
            .and_then(|(low, high)| match (number(low), number(high)) {
                (Some(low), Some(high)) => (low < high).then_some(Self::Numbers(low, high)),
                _ => {
                    let (low, high) = (Date::parse(low.trim())?, Date::parse(high.trim())?);
                    (low < high).then_some(Self::Dates(low, high))
                }
            });
        read.ok_or_else(|| {
            "write two numbers or two dates, the lower first, such as 20:80".to_owned()
        })
    }
}
