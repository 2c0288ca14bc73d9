//! A scenario, read and checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use capbind::scenario;
use pyo3::prelude::*;

use crate::error::raised;

/// A scenario with everything filled in and checked.
#[pyclass(frozen, module = "capbind._capbind")]
pub struct Scenario {
    /// What errors call it.
    origin: String,
    /// The scenario.
    pub inner: scenario::Scenario,
}

#[pymethods]
impl Scenario {
    /// Reads a file, and those beside it that it names.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf, overrides: Vec<String>) -> PyResult<Self> {
        let origin = path.display().to_string();
        let read = py.detach(|| scenario::Scenario::load(&path, &overrides));
        let inner = read.map_err(|error| raised(py, &error))?;
        Ok(Self { origin, inner })
    }

    /// Reads a text; `files` has what it names.
    #[staticmethod]
    fn read(
        py: Python<'_>,
        origin: String,
        stem: &str,
        text: &str,
        overrides: Vec<String>,
        files: BTreeMap<String, Vec<u8>>,
    ) -> PyResult<Self> {
        let read = py.detach(|| scenario::Scenario::read(&origin, stem, text, &overrides, &files));
        let inner = read.map_err(|error| raised(py, &error))?;
        Ok(Self { origin, inner })
    }

    #[getter]
    fn origin(&self) -> &str {
        &self.origin
    }

    #[getter]
    fn stem(&self) -> &str {
        &self.inner.stem
    }

    #[getter]
    fn title(&self) -> &str {
        &self.inner.title
    }

    #[getter]
    fn text(&self) -> &str {
        &self.inner.text
    }

    #[getter]
    fn overrides(&self) -> Vec<String> {
        self.inner.overrides.clone()
    }

    /// The files that it names, by name.
    #[getter]
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let files = self.inner.attached.iter();
        files
            .map(|file| (file.name.clone(), file.text.clone().into_bytes()))
            .collect()
    }

    /// The names of its agreements.
    #[getter]
    fn agreements(&self) -> Vec<String> {
        let agreements = self.inner.agreements.iter();
        agreements
            .map(|agreement| agreement.name.to_string())
            .collect()
    }

    /// Currency and unit of every amount.
    #[getter]
    fn money(&self) -> String {
        self.inner.money.label().to_string()
    }

    /// Paths in all.
    #[getter]
    fn paths(&self) -> u64 {
        self.inner.settings.paths()
    }

    /// What was understood, as `capbind check` prints it.
    fn understood(&self) -> String {
        capbind::cli::understood(&self.inner)
    }
}

/// A scenario that comes with the program: its text.
#[pyfunction]
pub fn shipped(name: &str) -> Option<&'static str> {
    Some(scenario::shipped(name)?.text)
}

/// The scenarios that come with the program, as the project has them.
#[pyfunction]
pub fn shipped_names() -> Vec<&'static str> {
    scenario::SHIPPED.iter().map(|one| one.path).collect()
}
