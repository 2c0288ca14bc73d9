//! The library as a Python module: what the package in `python/capbind` is made of.

mod arrow;
mod error;
mod figure;
mod grid;
mod run;
mod scenario;
mod shards;
mod study;
mod table;
mod work;

use std::ffi::OsString;

use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;

/// The program with these arguments, the first of them its name; its exit code.
#[pyfunction]
fn cli(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| capbind::cli::main_from(&words))
}

/// Begins to make the results of a folder again; its result is what differs, a line each.
#[pyfunction]
fn start_verify(py: Python<'_>, folder: std::path::PathBuf) -> PyResult<work::Work> {
    work::Work::start(py, 0, 0, move |watch| {
        let found = capbind::cli::inside::differences(&folder, watch)?;
        let finish: work::Finish = Box::new(|py| found.into_bound_py_any(py));
        Ok(finish)
    })
}

#[pymodule]
fn _capbind(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add_class::<figure::Figure>()?;
    m.add_class::<grid::Grid>()?;
    m.add_class::<run::Run>()?;
    m.add_class::<scenario::Scenario>()?;
    m.add_class::<study::Study>()?;
    m.add_class::<table::Table>()?;
    m.add_class::<work::Work>()?;
    m.add_function(wrap_pyfunction!(cli, m)?)?;
    m.add_function(wrap_pyfunction!(run::start_run, m)?)?;
    m.add_function(wrap_pyfunction!(scenario::shipped, m)?)?;
    m.add_function(wrap_pyfunction!(scenario::shipped_names, m)?)?;
    m.add_function(wrap_pyfunction!(shards::start_shard, m)?)?;
    m.add_function(wrap_pyfunction!(shards::merge_into, m)?)?;
    m.add_function(wrap_pyfunction!(shards::start_plan_of, m)?)?;
    m.add_function(wrap_pyfunction!(shards::start_plan_run, m)?)?;
    m.add_function(wrap_pyfunction!(shards::start_plan_sweep, m)?)?;
    m.add_function(wrap_pyfunction!(shards::start_merged_run, m)?)?;
    m.add_function(wrap_pyfunction!(shards::start_merged_sweep, m)?)?;
    m.add_function(wrap_pyfunction!(study::explain, m)?)?;
    m.add_function(wrap_pyfunction!(study::start_calibration, m)?)?;
    m.add_function(wrap_pyfunction!(study::start_study, m)?)?;
    m.add_function(wrap_pyfunction!(study::start_sweep, m)?)?;
    m.add_function(wrap_pyfunction!(start_verify, m)?)
}
