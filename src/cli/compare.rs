//! `capbind compare`

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::args::assignment;
use super::flags::{Also, Precisely, StudyFlags};
use crate::request::{self, Study};
use crate::scenario::Scenario;
use crate::study::Entry;
use crate::text::{brief, shown};

const EXAMPLES: &str = "\
Examples:
  capbind compare before.toml after.toml
  capbind compare deal.toml --variant 'Higher cap: agreement.cap=45'
  capbind compare deal.toml --variant 'agreement.cap=45; agreement.share=0.1' --json";

/// Scenarios side by side on the same simulated paths: differences from the first
///
/// The first scenario is the reference. All are simulated on common random numbers,
/// and differences are paired, so that small ones stand out from the sampling.
/// Writes compare.csv, compare_periods.csv, compare_years.csv, charts and
/// manifest.json.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Compare {
    /// Scenario files, the reference first
    #[arg(required = true, value_name = "SCENARIO.toml")]
    pub scenarios: Vec<PathBuf>,

    /// Add the reference with other keys: agreement.cap=40; several keys with
    /// semicolons; with a name before a colon, "Higher cap: agreement.cap=45"
    /// (repeatable)
    #[arg(long, value_name = "[NAME:] KEY=VALUE", value_parser = variant)]
    pub variant: Vec<Variant>,

    /// Override a key of every scenario: agreement.cap=40 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub overrides: Vec<String>,

    #[command(flatten)]
    pub also: Also,

    #[command(flatten)]
    pub precisely: Precisely,

    #[command(flatten)]
    pub flags: StudyFlags,
}

/// The reference with other keys.
#[derive(Clone, Debug)]
pub struct Variant {
    name: String,
    overrides: Vec<String>,
}

/// Compares the scenarios and writes their differences.
pub fn compare(arguments: &Compare) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let mut study = Study {
        origin: arguments.scenarios[0].display().to_string(),
        scenarios: Vec::new(),
        inputs: Vec::new(),
        asked: request::Compare {
            paths: None,
            charts: flags.output.charts(),
        },
        warnings: Vec::new(),
    };
    let names = names(&arguments.scenarios).into_iter();
    let files = names.zip(&arguments.scenarios);
    let files = files.map(|(name, path)| (name, path, arguments.overrides.clone()));
    let variants = arguments.variant.iter().map(|variant| {
        let overrides = [arguments.overrides.as_slice(), &variant.overrides].concat();
        (variant.name.clone(), &arguments.scenarios[0], overrides)
    });
    for (name, path, overrides) in files.chain(variants) {
        let (scenario, warnings) = flags.load(path, &arguments.precisely.with(&overrides))?;
        study.warn_of(&warnings);
        study.scenarios.push(Entry { name, scenario });
    }
    let scenarios = study.scenarios.iter_mut();
    let mut scenarios: Vec<&mut Scenario> = scenarios.map(|entry| &mut entry.scenario).collect();
    let (paths, unmet) = arguments.precisely.paths(flags, &mut scenarios)?;
    study.asked.paths = paths;
    study.warn_of(unmet.as_slice());
    study.carry_out(&flags.output, &arguments.also, &pool)
}

/// What the results call each file: its stem, the whole path where stems are alike,
/// a number where even paths are.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let stem = |path: &PathBuf| {
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        shown(&stem.to_string_lossy()).into_owned()
    };
    let among = |name: &String, all: &[String]| all.iter().filter(|n| *n == name).count();
    let stems: Vec<String> = paths.iter().map(stem).collect();
    let whole: Vec<String> = paths
        .iter()
        .map(|p| shown(&p.display().to_string()).into_owned())
        .collect();
    (0..paths.len())
        .map(
            |i| match (among(&stems[i], &stems), among(&whole[i], &whole)) {
                (1, _) => stems[i].clone(),
                (_, 1) => whole[i].clone(),
                _ => format!("{} ({})", whole[i], i + 1),
            },
        )
        .collect()
}

/// `KEY=VALUE`, or several of them separated by semicolons, after a name and a colon if
/// wished.
fn variant(text: &str) -> Result<Variant, String> {
    // No key has a colon outside quotes, but a value may.
    let key_end = text.find(['=', '"', '\'']).unwrap_or(text.len());
    let (name, changes) = match text[..key_end].rfind(':') {
        Some(at) if !text[..at].trim().is_empty() => (&text[..at], &text[at + 1..]),
        _ => (text, text),
    };
    let assignments = changes.split(';').map(str::trim);
    let overrides: Result<Vec<String>, String> = assignments.map(assignment).collect();
    Ok(Variant {
        name: brief(name.trim()),
        overrides: overrides?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_may_have_a_name() {
        let read = |text: &str| {
            let Variant { name, overrides } = variant(text).unwrap();
            (name, overrides.join("|"))
        };
        let pair = |name: &str, changes: &str| (name.to_owned(), changes.to_owned());
        assert_eq!(read("a.cap=4;b=2"), pair("a.cap=4;b=2", "a.cap=4|b=2"));
        assert_eq!(
            read("Higher cap: a.cap=4; b=2"),
            pair("Higher cap", "a.cap=4|b=2")
        );
        assert_eq!(
            read("title=\"a: b\""),
            pair("title=\"a: b\"", "title=\"a: b\"")
        );
        assert!(variant("a: b").is_err());
    }
}
