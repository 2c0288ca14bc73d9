//! Runs and sweeps in a store: planned, computed shard by shard, put together.

use std::path::PathBuf;
use std::sync::Arc;

use capbind::cli::{Planned, inside};
use capbind::report::RunOptions;
use capbind::simulate::Observer as _;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::run::Run;
use crate::scenario::Scenario;
use crate::study::swept;
use crate::work::{Finish, Watch, Work, quick};

/// Name of a question in a store, and for each shard whether it is done.
fn plan(planned: Planned) -> Finish {
    Box::new(|py| Ok((planned.plan, planned.done).into_pyobject(py)?.into_any()))
}

/// Begins to plan a run: where it has a precision, its points are searched for. Its result is
/// the name of the question in the store, and for each shard whether it is done.
#[pyfunction]
pub fn start_plan_run(
    py: Python<'_>,
    scenario: &Scenario,
    paths: Option<u64>,
    convergence: bool,
    shards: Option<u64>,
    store: String,
) -> PyResult<Work> {
    let options = RunOptions {
        paths,
        convergence,
        ..RunOptions::default()
    };
    let scenario = scenario.inner.clone();
    Work::start(py, 0, 0, move |watch: &Watch| {
        inside::plan_run(&scenario, &options, shards, &store, watch).map(plan)
    })
}

/// The same of a sweep: `asked` as in its manifest.
#[pyfunction]
pub fn start_plan_sweep(
    py: Python<'_>,
    scenario: &Scenario,
    asked: &str,
    shards: Option<u64>,
    store: String,
) -> PyResult<Work> {
    let asked: serde_json::Value =
        serde_json::from_str(asked).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let scenario = scenario.inner.clone();
    Work::start(py, 0, 0, move |watch: &Watch| {
        inside::plan_sweep(&scenario, &asked, shards, &store, watch).map(plan)
    })
}

/// The same of what a store holds under a name.
#[pyfunction]
pub fn start_plan_of(py: Python<'_>, store: String, name: String) -> PyResult<Work> {
    Work::start(py, 0, 0, move |watch: &Watch| {
        inside::plan_of(&store, &name, watch).map(plan)
    })
}

/// Begins to compute what a store does not have of a shard; its result is the numbers of
/// parts computed, and found.
#[pyfunction]
pub fn start_shard(
    py: Python<'_>,
    store: String,
    plan: String,
    index: u64,
    threads: usize,
) -> PyResult<Work> {
    Work::start(py, threads, 0, move |watch: &Watch| {
        let done = inside::compute_shard(&store, &plan, index, watch)?;
        let finish: Finish =
            Box::new(move |py| Ok((done.computed, done.found).into_pyobject(py)?.into_any()));
        Ok(finish)
    })
}

/// Begins to put a run together; its result is a [`Run`].
#[pyfunction]
pub fn start_merged_run(py: Python<'_>, store: String, plan: String) -> PyResult<Work> {
    Work::start(py, 0, 0, move |watch: &Watch| {
        let (simulated, options) = inside::merged_run(&store, &plan, watch)?;
        let run = Run::new(Arc::new(simulated), options);
        let finish: Finish = Box::new(|py| Ok(Bound::new(py, run)?.into_any()));
        Ok(finish)
    })
}

/// Begins to put a sweep together; its result is a [`Study`](crate::study::Study), whose
/// folder [`merge_into`] writes.
#[pyfunction]
pub fn start_merged_sweep(
    py: Python<'_>,
    scenario: PyRef<'_, Scenario>,
    asked: &str,
    store: String,
    plan: String,
) -> PyResult<Work> {
    let manifest = crate::study::manifest_of_sweep(scenario, asked)?;
    Work::start(py, 0, 0, move |watch: &Watch| {
        swept(manifest, |_, take| {
            inside::merged_sweep(&store, &plan, &mut |cases, columns, some| {
                watch.expect(cases);
                watch.progress(some.len() as u64);
                take(cases, columns, some);
            })
        })
    })
}

/// Writes the folder that the one command would write.
#[pyfunction]
pub fn merge_into(py: Python<'_>, store: &str, plan: &str, folder: PathBuf) -> PyResult<()> {
    quick(py, |_| inside::merge_into(store, plan, &folder))
}
