//! `capbind compare`

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::args::assignment;
use super::progress::Progress;
use super::study::{self, Also, Precisely, StudyFiles, StudyFlags, StudyResults};
use super::{CliError, examples};
use crate::report::{
    StudiedScenario, StudyManifest, comparison_figures, comparison_json, comparison_tables,
    comparison_text,
};
use crate::scenario::Scenario;
use crate::simulate::Observer;
use crate::study::{Entry, compare as compare_all};
use crate::text::{brief, shown};

/// Scenarios side by side on the same simulated paths: differences from the first
///
/// The first scenario is the reference. All are simulated on common random numbers,
/// and differences are paired, so that small ones stand out from the sampling.
/// Writes compare.csv, compare_periods.csv, compare_years.csv, charts and
/// manifest.json.
#[derive(Debug, Args)]
#[command(after_help = examples::COMPARE)]
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

/// What decides the results beside the scenarios.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    paths: Option<u64>,
    charts: bool,
}

/// Compares the scenarios and writes their differences.
pub fn compare(arguments: &Compare) -> Result<(), CliError> {
    let flags = &arguments.flags;
    let pool = flags.pool()?;
    let names = names(&arguments.scenarios);
    let mut warnings = Vec::new();
    let mut entries = Vec::new();
    let mut load = |name: String, path: &Path, overrides: &[String]| -> Result<(), CliError> {
        let (scenario, notes) = flags.load(path, &arguments.precisely.with(overrides))?;
        if warnings.is_empty() {
            warnings.extend(notes.iter().map(ToString::to_string));
        }
        entries.push(Entry { name, scenario });
        Ok(())
    };
    for (name, path) in names.into_iter().zip(&arguments.scenarios) {
        load(name, path, &arguments.overrides)?;
    }
    let reference = &arguments.scenarios[0];
    for variant in &arguments.variant {
        let overrides = [arguments.overrides.as_slice(), &variant.overrides].concat();
        load(variant.name.clone(), reference, &overrides)?;
    }
    let mut scenarios: Vec<&mut Scenario> = Vec::new();
    scenarios.extend(entries.iter_mut().map(|entry| &mut entry.scenario));
    let (paths_asked, unmet) = arguments.precisely.paths(flags, &mut scenarios)?;
    warnings.extend(unmet.iter().map(ToString::to_string));
    let asked = Asked {
        paths: paths_asked,
        charts: flags.charts(),
    };
    let asking = entries.iter();
    let asking = asking.map(|entry| (entry.name.as_str(), &entry.scenario));
    let folder = flags.folder("compare", asking, &asked, &FILES, &[])?;
    let progress = Progress::new(paths(&entries), flags.quiet);
    flags.carry_out(&pool, &arguments.also, folder, progress, |progress| {
        make(entries, &asked, warnings, progress)
    })
}

/// The results that a manifest says were made.
pub fn make_again(
    manifest: &StudyManifest,
    observer: &dyn Observer,
) -> Result<StudyResults, CliError> {
    let asked: Asked = study::asked(manifest)?;
    let mut entries = Vec::new();
    let mut warnings = Vec::new();
    for studied in &manifest.scenarios {
        let (scenario, notes) = study::again(studied, asked.paths)?;
        if warnings.is_empty() {
            warnings.extend(notes.iter().map(ToString::to_string));
        }
        let name = studied.name.clone();
        entries.push(Entry { name, scenario });
    }
    make(entries, &asked, warnings, observer)
}

/// Paths of all of them.
fn paths(entries: &[Entry]) -> u64 {
    let first = entries.first();
    let each = first.map_or(0, |first| first.scenario.settings.paths());
    each * entries.len() as u64
}

const FILES: StudyFiles = StudyFiles {
    tables: &["compare.csv", "compare_periods.csv", "compare_years.csv"],
    charts: &["compare"],
};

fn make(
    entries: Vec<Entry>,
    asked: &Asked,
    mut warnings: Vec<String>,
    observer: &dyn Observer,
) -> Result<StudyResults, CliError> {
    let found = compare_all(entries, observer)?;
    warnings.extend(found.warnings.iter().cloned());
    let scenarios = found.entries.iter();
    Ok(StudyResults {
        text: comparison_text(&found),
        json: comparison_json(&found),
        texts: Vec::new(),
        tables: comparison_tables(&found),
        figures: match asked.charts {
            true => comparison_figures(&found),
            false => Vec::new(),
        },
        style: found.entries[0].scenario.report.style,
        options: found.entries[0].scenario.report.charts.clone(),
        manifest: StudyManifest::new(
            "compare",
            scenarios
                .map(|entry| StudiedScenario::new(&entry.name, &entry.scenario))
                .collect(),
            asked,
            &found.entries[0].scenario.settings,
            warnings,
        ),
    })
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
