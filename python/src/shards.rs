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
type Plan = (String, Vec<bool>);

fn plan(planned: Planned) -> Plan {
    (planned.plan, planned.done)
}

/// Plans a run.
#[pyfunction]
pub fn plan_run(
    py: Python<'_>,
    scenario: &Scenario,
    paths: Option<u64>,
    convergence: bool,
    shards: Option<u64>,
    store: &str,
) -> PyResult<Plan> {
    let options = RunOptions {
        paths,
        convergence,
        ..RunOptions::default()
    };
    quick(py, || {
        inside::plan_run(&scenario.inner, &options, shards, store)
    })
    .map(plan)
}

/// Plans a sweep: `asked` as in its manifest.
#[pyfunction]
pub fn plan_sweep(
    py: Python<'_>,
    scenario: &Scenario,
    asked: &str,
    shards: Option<u64>,
    store: &str,
) -> PyResult<Plan> {
    let asked: serde_json::Value =
        serde_json::from_str(asked).map_err(|error| PyValueError::new_err(error.to_string()))?;
    quick(py, || {
        inside::plan_sweep(&scenario.inner, &asked, shards, store)
    })
    .map(plan)
}

/// What a store holds under a name.
#[pyfunction]
pub fn plan_of(py: Python<'_>, store: &str, name: &str) -> PyResult<Plan> {
    quick(py, || inside::plan_of(store, name)).map(plan)
}

/// Computes what a store does not have of a shard: parts computed, and found.
#[pyfunction]
pub fn compute_shard(
    py: Python<'_>,
    store: &str,
    plan: &str,
    index: u64,
    threads: usize,
) -> PyResult<(usize, usize)> {
    let pool = crate::work::pool(py, threads)?;
    let done = py.detach(|| pool.install(|| inside::compute_shard(store, plan, index)));
    let done = done.map_err(|error| crate::error::raised(py, &error))?;
    Ok((done.computed, done.found))
}

/// Begins to put a run together; its result is a [`Run`].
#[pyfunction]
pub fn start_merged_run(py: Python<'_>, store: String, plan: String) -> PyResult<Work> {
    Work::start(py, 0, 0, move |_: &Watch| {
        let (simulated, options) = inside::merged_run(&store, &plan)?;
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
    quick(py, || inside::merge_into(store, plan, &folder))
}
