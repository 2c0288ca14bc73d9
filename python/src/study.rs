//! Studies: each is asked for by the manifest that its folder would hold.

use std::path::PathBuf;

use capbind::Error;
use capbind::artifacts::StudyResults;
use capbind::report::figure;
use capbind::report::{InputTable, Manifest, StudiedScenario};
use capbind::request::{self, Swept, SweptCases, TakeCases};
use capbind::scenario::Style;
use capbind::simulate::{Observer as _, Unheard};
use capbind::study::replay_scenario;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;

use crate::figure::Figure;
use crate::run::save;
use crate::scenario::Scenario;
use crate::table::Table;
use crate::work::{Finish, Watch, Work, admitted, quick};

/// What a study comes to.
#[pyclass(frozen, module = "capbind._capbind")]
pub struct Study {
    text: String,
    json: String,
    toml: Option<String>,
    warnings: Vec<String>,
    tables: Vec<Table>,
    figures: Vec<(String, figure::Figure)>,
    style: Style,
    found: Found,
}

/// What the files of a study are made of.
enum Found {
    Study(Box<StudyResults>),
    Sweep(Box<SweptCases>),
}

#[pymethods]
impl Study {
    /// What the command prints.
    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    /// What the command prints with `--json`.
    #[getter]
    fn json(&self) -> &str {
        &self.json
    }

    /// The estimates of a calibration as a part of a scenario; of an update the scenario to
    /// go on with.
    #[getter]
    fn toml(&self) -> Option<&str> {
        self.toml.as_deref()
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn tables(&self) -> Vec<Table> {
        self.tables.clone()
    }

    fn figures(&self) -> Vec<Figure> {
        let figures = self.figures.iter();
        figures
            .map(|(name, figure)| Figure::new(name, figure.clone(), self.style))
            .collect()
    }

    /// Writes the folder that the command would write.
    fn save(&self, py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        let files = quick(py, |observer| match &self.found {
            Found::Study(results) => StudyResults::clone(results).files(observer),
            Found::Sweep(cases) => Ok(cases.files(observer)?.into_iter().collect()),
        })?;
        save(py, folder, files)
    }
}

/// The manifest of a study of these scenarios, each under its name.
fn manifest(
    study: &str,
    scenarios: &[(String, PyRef<'_, Scenario>)],
    asked: &str,
) -> PyResult<Manifest> {
    let asked: serde_json::Value =
        serde_json::from_str(asked).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let studied = scenarios.iter();
    let studied = studied.map(|(name, scenario)| StudiedScenario::new(name, &scenario.inner));
    let settings = scenarios.first().map(|(_, first)| &first.inner.settings);
    Ok(Manifest::new(
        study,
        studied.collect(),
        &asked,
        settings,
        Vec::new(),
    ))
}

/// Begins a study of scenarios: `asked` is what its manifest says was asked for, as JSON.
/// Its result is a [`Study`].
#[pyfunction]
pub fn start_study(
    py: Python<'_>,
    study: &str,
    scenarios: Vec<(String, PyRef<'_, Scenario>)>,
    asked: &str,
    threads: usize,
) -> PyResult<Work> {
    let manifest = manifest(study, &scenarios, asked)?;
    let paths: u64 = scenarios
        .iter()
        .map(|(_, s)| s.inner.settings.paths())
        .sum();
    let total = match study {
        "compare" => paths,
        "sensitivity" => 2 * paths,
        _ => 0,
    };
    let own = scenarios.iter().map(|(_, own)| &own.inner);
    let warnings = admitted(py, own, 0, threads)?;
    Ok(begun(py, threads, total, manifest)?.warning(warnings))
}

/// Begins the study that a manifest asks for.
fn begun(py: Python<'_>, threads: usize, total: u64, manifest: Manifest) -> PyResult<Work> {
    Work::start(py, threads, total, move |watch| {
        let found = request::results(&manifest, watch)?;
        let mut texts = found.texts.iter();
        let toml = texts.find(|(name, _)| name.ends_with(".toml"));
        let study = Study {
            text: found.text.clone(),
            json: found.json.to_string(),
            toml: toml.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()),
            warnings: found.manifest.warnings.clone(),
            tables: found.tables.iter().map(Table::new).collect(),
            figures: found.figures.clone(),
            style: found.style,
            found: Found::Study(Box::new(found)),
        };
        Ok(object(study))
    })
}

/// Begins a sweep: `asked` as in its manifest. Its pieces are tables of cases, its result
/// is a [`Study`].
#[pyfunction]
pub fn start_sweep(
    py: Python<'_>,
    scenario: PyRef<'_, Scenario>,
    asked: &str,
    threads: usize,
) -> PyResult<Work> {
    let warnings = admitted(py, [&scenario.inner], 0, threads)?;
    let manifest = manifest_of_sweep(scenario, asked)?;
    let work = Work::start(py, threads, 0, move |watch: &Watch| {
        swept(manifest, |manifest, take| {
            request::sweep(manifest, &Unheard(watch), &mut |cases, columns, some| {
                watch.expect(cases);
                watch.progress(some.len() as u64);
                for rows in &some {
                    watch.piece(object(Table::of("sweep", columns, rows)));
                }
                take(cases, columns, some);
            })
        })
    });
    Ok(work?.warning(warnings))
}

/// The manifest of a sweep: `asked` as it has it.
pub fn manifest_of_sweep(scenario: PyRef<'_, Scenario>, asked: &str) -> PyResult<Manifest> {
    let name = scenario.inner.stem.clone();
    manifest("sweep", &[(name, scenario)], asked)
}

/// The [`Study`] of a sweep whose cases `evaluate` gives.
pub fn swept(
    manifest: Manifest,
    evaluate: impl FnOnce(&Manifest, &mut TakeCases<'_>) -> Result<Swept, Error>,
) -> Result<Finish, Error> {
    let mut all = Vec::new();
    let swept = evaluate(&manifest, &mut |_, _, some| {
        all.extend(some.into_iter().flatten())
    })?;
    // Cases are finished in an order of their own.
    all.sort_by_key(|row| match row.first() {
        Some(capbind::report::Value::Count(case)) => *case,
        _ => 0,
    });
    let mut tables = vec![Table::of("sweep", &swept.columns, &all)];
    tables.extend(swept.failed.iter().map(Table::new));
    let study = Study {
        text: swept.text,
        json: swept.json.to_string(),
        toml: None,
        warnings: swept.warnings,
        tables,
        figures: swept.figures,
        style: swept.style,
        found: Found::Sweep(Box::new(swept.cases)),
    };
    Ok(object(study))
}

/// Begins a calibration from tables by name: `asked` as in its manifest. Its result is a
/// [`Study`].
#[pyfunction]
pub fn start_calibration(
    py: Python<'_>,
    inputs: Vec<(String, String)>,
    asked: &str,
) -> PyResult<Work> {
    let inputs = inputs.iter();
    let manifest = Manifest {
        inputs: inputs
            .map(|(name, text)| InputTable::new(name, text))
            .collect(),
        ..manifest("calibrate", &[], asked)?
    };
    begun(py, 0, 0, manifest)
}

/// The ledger of a path as text and as CSV.
#[pyfunction]
pub fn explain(py: Python<'_>, scenario: &Scenario, path: u64) -> PyResult<(String, String)> {
    let scenario = &scenario.inner;
    let found = quick(py, |_| {
        let Some(found) = replay_scenario(scenario, path) else {
            return Ok(None);
        };
        let text = capbind::report::ledger_text(scenario, path, &found);
        let csv = capbind::report::ledger_table(scenario, path, &found).to_csv()?;
        Ok(Some((text, String::from_utf8_lossy(&csv).into_owned())))
    })?;
    found.ok_or_else(|| {
        let paths = scenario.settings.paths();
        PyIndexError::new_err(format!(
            "there is no path {path}: this scenario has {paths} paths\n  try: count from 0 to {}",
            paths - 1
        ))
    })
}

/// Makes an object of Python of what was found.
fn object<T>(found: T) -> Finish
where
    T: Send + 'static + for<'py> pyo3::IntoPyObject<'py>,
    for<'py> <T as pyo3::IntoPyObject<'py>>::Error: Into<PyErr>,
    for<'py> <T as pyo3::IntoPyObject<'py>>::Output:
        pyo3::BoundObject<'py, <T as pyo3::IntoPyObject<'py>>::Target>,
{
    use pyo3::BoundObject as _;
    Box::new(|py| {
        let object = found.into_pyobject(py).map_err(Into::into)?;
        Ok(object.into_any().into_bound())
    })
}
