//! The files of a study from what it found: the same for its command, for `verify`, and for
//! whoever wants their bytes.

use super::MANIFEST;
use super::charts::{drawn, study_page};
use crate::Error;
use crate::report::{FileEntry, Manifest, Table, Tabled, csv_files};
use crate::scenario::{ChartOptions, Style};
use crate::simulate::{Cancelled, Observer};

pub use super::charts::Figure;

/// What a study found, on its way into files.
///
/// ```
/// use capbind::artifacts::StudyResults;
/// use capbind::report::{
///     Manifest, StudiedScenario, sensitivity_json, sensitivity_table, sensitivity_text,
/// };
/// use capbind::scenario::Scenario;
/// use capbind::study::{SensitivityOptions, sensitivity};
///
/// let text = r#"
///     timeline = { start = 2026-01-01, end = 2026-12-31, step = "year" }
///     revenue.gbm = { initial = 100, growth = { uniform = [0, 0.2] }, volatility = 0.3 }
///     agreement = { share = 0.2, cap = 18 }
///     simulation.points = 64
/// "#;
/// let scenario = Scenario::parse("royalty.toml", "royalty", text, &[])?;
/// let found = sensitivity(&scenario, &SensitivityOptions::default(), &())?;
/// let of = vec![StudiedScenario::new("royalty", &scenario)];
/// let settings = Some(&scenario.settings);
/// let mut results = StudyResults {
///     text: sensitivity_text(&scenario, &found),
///     json: sensitivity_json(&scenario, &found),
///     tables: vec![sensitivity_table(&scenario, &found)],
///     ..StudyResults::of(Manifest::new("sensitivity", of, &(), settings, Vec::new()))
/// };
/// let files = results.files(&())?;
/// let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names, ["sensitivity.csv", "manifest.json"]);
/// # Ok::<(), capbind::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StudyResults {
    /// For a terminal.
    pub text: String,
    /// For scripts.
    pub json: serde_json::Value,
    /// Files of text, by name.
    pub texts: Vec<(String, Vec<u8>)>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Charts, by name; none where none are wanted.
    pub figures: Vec<(String, Figure)>,
    /// How charts look.
    pub style: Style,
    /// Which charts are drawn, and with what words.
    pub options: ChartOptions,
    /// What made them, no file yet; whether there is a page, and which formats beside CSV.
    pub manifest: Manifest,
}

impl StudyResults {
    /// Nothing found yet by what a manifest says.
    pub fn of(manifest: Manifest) -> Self {
        Self {
            text: String::new(),
            json: serde_json::Value::Null,
            texts: Vec::new(),
            tables: Vec::new(),
            figures: Vec::new(),
            style: Style::default(),
            options: ChartOptions::default(),
            manifest,
        }
    }

    /// Every file by name, with `/`, the manifest last, which has the names of all others
    /// from then on. Texts and charts are used up.
    ///
    /// # Errors
    /// Where a chart, a page or a workbook cannot be made or is not in this build, a number
    /// of a table is none, or the observer says to stop.
    pub fn files(&mut self, observer: &dyn Observer) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let mut files = std::mem::take(&mut self.texts);
        files.extend(csv_files(&self.tables)?);
        let title = ["/title", "/scenarios/0/title"].map(|place| self.json.pointer(place));
        let title = title.into_iter().flatten().next();
        let title = title.and_then(|title| title.as_str());
        let page = StudyPage {
            title: title.unwrap_or_else(|| self.manifest.stem()),
            text: &self.text,
            figures: &self.figures,
            options: &self.options,
            tables: &self.tables,
        };
        files.extend(page.files(&self.manifest, observer)?);
        let figures = std::mem::take(&mut self.figures);
        files.extend(drawn(figures, self.style, &self.options, observer)?);
        let entries = files
            .iter()
            .map(|(name, bytes)| FileEntry::new(name, bytes));
        self.manifest.files.extend(entries);
        files.push((MANIFEST.to_owned(), self.manifest.to_bytes()));
        Ok(files)
    }
}

/// What a study's page and workbook show.
pub(crate) struct StudyPage<'a> {
    pub title: &'a str,
    /// For a terminal.
    pub text: &'a str,
    pub figures: &'a [(String, Figure)],
    pub options: &'a ChartOptions,
    pub tables: &'a [Table],
}

impl StudyPage<'_> {
    /// The page and the other formats of the tables, as far as a manifest has them.
    pub fn files(
        &self,
        manifest: &Manifest,
        observer: &dyn Observer,
    ) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let mut files = Vec::new();
        if manifest.report {
            let figures = (self.figures, self.options);
            let page = study_page(self.title, self.text, figures, self.tables, manifest)?;
            files.push(("report.html".to_owned(), page.into_bytes()));
        }
        let tabled = Tabled {
            stem: manifest.stem(),
            title: self.title,
            text: self.text,
            tables: self.tables,
            report: None,
        };
        for format in &manifest.formats {
            if observer.cancelled() {
                return Err(Cancelled.into());
            }
            files.extend(format.writer().files(&tabled)?);
        }
        Ok(files)
    }
}
