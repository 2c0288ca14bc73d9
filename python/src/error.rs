//! Errors as Python has them.

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A failure of the library as the exception of `capbind._errors` that it is.
pub fn raised(py: Python<'_>, error: &capbind::Error) -> PyErr {
    if matches!(error, capbind::Error::Cancelled(_)) {
        return PyKeyboardInterrupt::new_err(error.to_string());
    }
    let name = match error {
        capbind::Error::Invalid(_) | capbind::Error::Unreadable { .. } => "ScenarioError",
        _ => "StudyError",
    };
    let exception = || -> PyResult<PyErr> {
        let problems = error.problems();
        let first = problems.map(|problem| problem.origin().to_owned()).next();
        let details = PyDict::new(py);
        details.set_item("line", error.line())?;
        details.set_item("column", error.column())?;
        details.set_item("key", error.key())?;
        details.set_item("range", error.range())?;
        details.set_item("hint", error.hint())?;
        details.set_item("origin", first)?;
        let class = py.import("capbind._errors")?.getattr(name)?;
        Ok(PyErr::from_value(
            class.call((error.to_string(),), Some(&details))?,
        ))
    };
    exception().unwrap_or_else(|error| error)
}
