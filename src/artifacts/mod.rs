//! From a text to the bytes of every file: what `capbind run` puts into its folder, for
//! those who have no folder. Reads through [`Files`], writes nowhere.

#[cfg(feature = "charts")]
mod charts;
#[cfg(not(feature = "charts"))]
#[path = "without_charts.rs"]
mod charts;
#[cfg(feature = "charts")]
pub mod explorer;
#[cfg(feature = "cli")]
mod page;
#[cfg(not(feature = "cli"))]
#[path = "without_page.rs"]
mod page;
mod run;
mod study;

#[cfg(feature = "charts")]
pub use charts::drawn;
#[cfg(feature = "cli")]
pub use page::{EXPLORER_MARK, Preset, explorer_page};
pub use run::{
    LaidOut, MOST_KEPT, MOST_PATHS, Said, Simulated, Steps, Take, laid_out, make, names,
    points_taken, prepare, simulated,
};

#[cfg(feature = "charts")]
pub(crate) use study::StudyPage;
pub use study::{Figure, StudyResults};

use crate::Error;
use crate::report::RunOptions;
use crate::scenario::{Files, Scenario};
use crate::simulate::Observer;

/// What made the results of a folder: the last file of each.
pub const MANIFEST: &str = "manifest.json";

/// What a run comes to.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// The files by name (with `/`), in the order in which they are made: the manifest is
    /// the last.
    pub files: Vec<(String, Vec<u8>)>,
    /// What there is to say of them.
    pub said: Said,
}

impl Artifacts {
    /// The bytes of a file.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let found = self.files.iter().find(|(own, _)| own == name);
        found.map(|(_, bytes)| bytes.as_slice())
    }
}

/// Runs the text of a scenario file called `name` and makes every file that `capbind
/// run` would write, byte for byte. Overrides are `key=value`, as after `--set`;
/// `files` has what the scenario names beside itself.
///
/// ```
/// use capbind::RunOptions;
///
/// let text = r#"
///     title = "A royalty"
///     timeline = { start = 2026-01-01, end = 2027-12-31, step = "quarter" }
///     revenue.gbm = { initial = 100, growth = 0.20, volatility = 0.30 }
///     agreement = { share = 0.05, cap = 8 }
///     simulation.points = 256
/// "#;
/// let options = RunOptions { charts: false, report: false, ..RunOptions::default() };
/// let made = capbind::run_text("royalty.toml", text, &[], &(), &options, &())?;
/// let names: Vec<&str> = made.files.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names[..2], ["summary.csv", "periods.csv"]);
/// assert_eq!(names.last(), Some(&"manifest.json"));
/// assert!(made.get("summary.csv").unwrap().starts_with(b"agreement,"));
/// # Ok::<(), capbind::Error>(())
/// ```
///
/// # Errors
/// Where the scenario cannot be used, something asked for is not in this build or not
/// permitted, a number of a table is none, or the observer says to stop.
pub fn run_text(
    name: &str,
    text: &str,
    overrides: &[String],
    files: &dyn Files,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<Artifacts, Error> {
    let stem = std::path::Path::new(name).file_stem().unwrap_or_default();
    let scenario = Scenario::read(name, &stem.to_string_lossy(), text, overrides, files)?;
    run_scenario(scenario, options, observer)
}

/// As [`run_text`], of a scenario that is read already.
///
/// # Errors
/// As there.
pub fn run_scenario(
    scenario: Scenario,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<Artifacts, Error> {
    let mut files = Vec::new();
    let said = make(scenario, options, observer, &mut |name, bytes| {
        files.push((name.to_owned(), bytes.to_vec()));
        Ok::<(), Error>(())
    })?;
    Ok(Artifacts { files, said })
}
