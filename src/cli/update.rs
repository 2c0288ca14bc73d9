//! `capbind update`

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::args::assignment;
use super::flags::{Also, StudyFlags};
use crate::request::{Reported, Study, Update};
use crate::scenario::input::{self, Wanted};
use crate::study::{Figure, FigureKind, History, PlannedYear};
use crate::units::Date;

const EXAMPLES: &str = "\
Examples:
  capbind update deal.toml --observed 2026-04-01..2026-06-30=6.4
  capbind update deal.toml --observed reported.csv --as-of 2027-02-01 --plan 2027=50,2028=75
  capbind update deal.toml --observed 2026-04-01..2026-06-30=6.4+-2% --set agreement.cap=40";

/// What reported figures, a new plan or new terms do to the answer, and why it moves
///
/// The model learns from what is reported: its errors (level, persistent growth error,
/// random walk) are conditioned on the figures exactly, so that a surprise moves the
/// years ahead as far as it speaks for them; where parameters are uncertain, or revenue
/// jumps, drawn futures are weighed by the figures; of cases each learns, and their
/// probabilities move by Bayes' rule. The change of every measure is divided into
/// passing time, payments made, news in the figures, weights of cases, a changed plan and
/// changed terms, which add up, each with its paired error. Writes scenario.toml, the
/// scenario to go on with, update.csv, roll_forward.csv, figures.csv, learned.csv, of cases
/// cases.csv, charts and manifest.json.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct UpdateArguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// Revenue reported of whole periods: 2026-04-01..2026-06-30=6.4, with its relative
    /// standard deviation where it has an error, 6.4+-2%; or a CSV file with start, end
    /// and value; of one segment with its name before it, ads:2026-04-01..2026-06-30=0.3
    /// (repeatable)
    #[arg(long, value_name = "[SEGMENT:]FROM..TO=REVENUE | FILE.csv", value_parser = observed)]
    pub observed: Vec<Observed>,

    /// The valuation date from now on [default: the day after the figures, or the
    /// scenario's where that is later]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: Option<Date>,

    /// A new plan, made with the figures known: 2026=29,2027=50; its errors begin at the
    /// last figure
    #[arg(long, value_name = "YEAR=REVENUE", value_delimiter = ',', value_parser = planned)]
    pub plan: Vec<PlannedYear>,

    /// A key that is another now: agreement.cap=40, valuation.discount_rate=0.08
    /// (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub changes: Vec<String>,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// What is reported, and of which segment.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The segment; `None` for all revenue.
    pub segment: Option<String>,
    /// The figures.
    pub figures: Figures,
}

/// A figure as typed, or a table of them.
#[derive(Clone, Debug)]
pub enum Figures {
    /// One figure.
    Figure(Figure),
    /// A CSV file.
    Table(PathBuf),
}

/// Updates the scenario and writes why its answer moves.
pub fn update(arguments: &UpdateArguments) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let (scenario, warnings) = flags.load(&arguments.scenario, &[])?;
    let mut figures = Vec::new();
    for observed in &arguments.observed {
        let own = match &observed.figures {
            Figures::Figure(figure) => vec![*figure],
            Figures::Table(path) => table(path)?,
        };
        figures.extend(own.into_iter().map(|figure| (&observed.segment, figure)));
    }
    let is_pace = |f: &&Figure| f.kind == FigureKind::RunRate;
    if let Some(pace) = figures.iter().map(|(_, figure)| figure).find(is_pace) {
        return Err(CliError::Argument {
            message: format!("the run rate of {} is not revenue", pace.first_day),
            hint: "give the revenue of the days: an annualised pace is no payment's base"
                .to_owned(),
        });
    }
    let figures = figures.iter().map(|(segment, figure)| Reported {
        segment: (*segment).clone(),
        start: figure.first_day,
        end: figure.last_day,
        revenue: figure.value,
        error: figure.error,
    });
    let asked = Update {
        figures: figures.collect(),
        as_of: arguments.as_of,
        plan: arguments.plan.clone(),
        changes: arguments.changes.clone(),
        paths: flags.paths,
        charts: flags.output.charts(),
    };
    let origin = arguments.scenario.display().to_string();
    let study = Study::of_one(origin, scenario, asked, &warnings);
    study.carry_out(&flags.output, &arguments.also, &pool)
}

/// The figures of a CSV table.
fn table(path: &Path) -> Result<Vec<Figure>, CliError> {
    let text = input::text(path, &Wanted::TABLE).map_err(|reason| CliError::Read {
        path: path.to_owned(),
        reason,
    })?;
    Ok(History::parse(&path.display().to_string(), &text)?.figures)
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write a date such as 2026-07-01".to_owned())
}

/// A figure or the name of a file, with the name of its segment before it if it is of one.
fn observed(text: &str) -> Result<Observed, String> {
    // One letter before a colon is a drive.
    let named = text
        .rsplit_once(':')
        .filter(|(name, _)| name.trim().len() > 1);
    let (segment, text) = match named {
        Some((name, rest)) => (Some(name.trim().to_owned()), rest),
        None => (None, text),
    };
    Ok(Observed {
        segment,
        figures: reported(text)?,
    })
}

/// `2026-04-01..2026-06-30=6.4`, `2026-04-01..2026-06-30=6.4+-2%`, or the name of a file.
fn reported(text: &str) -> Result<Figures, String> {
    const WANTED: &str = "write it as 2026-04-01..2026-06-30=6.4, or name a CSV file";
    let Some((days, value)) = text.split_once('=') else {
        return match text.contains("..") && !text.contains('/') {
            true => Err(WANTED.to_owned()),
            false => Ok(Figures::Table(PathBuf::from(text))),
        };
    };
    let ends = days
        .split_once("..")
        .and_then(|(from, to)| Some((Date::parse(from.trim())?, Date::parse(to.trim())?)));
    let (first_day, last_day) = ends.ok_or(WANTED)?;
    let (value, error) = match value.split_once("+-").or_else(|| value.split_once('±')) {
        Some((value, error)) => (value, Some(share(error)?)),
        None => (value, None),
    };
    let value: Option<f64> = value.trim().parse().ok();
    let permitted = value.filter(|value| *value > 0.0 && *value <= 1e15);
    Ok(Figures::Figure(Figure {
        first_day,
        last_day,
        kind: FigureKind::Period,
        value: permitted.ok_or("a revenue above 0 and at most 1e15 is permitted, such as 6.4")?,
        error: error.filter(|error| *error > 0.0),
        line: 0,
    }))
}

/// `2%` or `0.02`.
fn share(text: &str) -> Result<f64, String> {
    let (digits, unit) = match text.trim().strip_suffix('%') {
        Some(digits) => (digits.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    let value: Option<f64> = digits.parse().ok();
    let value = value.map(|value| value / unit);
    let value = value.filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "an error of 0 to 100 % is permitted, such as 6.4+-2%".to_owned())
}

/// `2027=50`
fn planned(text: &str) -> Result<PlannedYear, String> {
    let parts = text.split_once('=');
    let parts = parts.and_then(|(year, revenue)| {
        let revenue: f64 = revenue.trim().parse().ok()?;
        let is_permitted = revenue > 0.0 && revenue <= 1e15;
        Some((year.trim().parse().ok()?, is_permitted.then_some(revenue)?))
    });
    let (year, revenue) = parts.ok_or("write it as year=revenue, such as 2027=50")?;
    Ok(PlannedYear { year, revenue })
}
