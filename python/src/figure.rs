//! A chart.

use capbind::report::figure::{self, Rendered, render};
use capbind::scenario::Style;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::work::quick;

/// A chart, drawn when it is asked for.
#[pyclass(frozen, module = "capbind._capbind")]
pub struct Figure {
    name: String,
    figure: figure::Figure,
    style: Style,
}

impl Figure {
    /// A chart of this name.
    pub fn new(name: &str, figure: figure::Figure, style: Style) -> Self {
        Self {
            name: name.to_owned(),
            figure,
            style,
        }
    }

    fn drawn(&self, py: Python<'_>) -> PyResult<Rendered> {
        quick(py, |_| {
            render(&self.figure, self.style).map_err(|error| capbind::Error::Chart {
                name: self.name.clone(),
                reason: error.to_string(),
            })
        })
    }
}

#[pymethods]
impl Figure {
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    fn svg(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.drawn(py)?.svg)
    }

    fn png<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.drawn(py)?.png))
    }
}
