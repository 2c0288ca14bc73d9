//! Numbers by path and period that numpy reads where they are.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A matrix: one row for each path.
#[pyclass(frozen, module = "capbind._capbind")]
pub struct Grid {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Grid {
    /// A matrix of these values, row by row.
    pub fn new(columns: usize, values: Vec<f64>) -> Self {
        Self {
            rows: values.len() / columns.max(1),
            columns,
            values,
        }
    }
}

#[pymethods]
impl Grid {
    /// <https://numpy.org/doc/stable/reference/arrays.interface.html>, read-only: numpy
    /// keeps this object as long as it reads from it.
    #[getter(__array_interface__)]
    fn array_interface<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let interface = PyDict::new(py);
        let order = if cfg!(target_endian = "little") {
            "<f8"
        } else {
            ">f8"
        };
        interface.set_item("version", 3)?;
        interface.set_item("typestr", order)?;
        interface.set_item("shape", (self.rows, self.columns))?;
        interface.set_item("data", (self.values.as_ptr().addr(), true))?;
        Ok(interface)
    }
}
