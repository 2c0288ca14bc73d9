//! A run: begun, then asked for its tables, charts, paths and files.

use std::path::PathBuf;
use std::sync::Arc;

use capbind::Error;
use capbind::artifacts::{Simulated, simulated};
use capbind::cli::inside;
use capbind::report::{
    self, Format, RunOptions, answer, figures, page, summary_json, summary_text,
};
use capbind::simulate::{Observer, replay};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDate, PyDict};

use crate::arrow::{Batch, Column};
use crate::figure::Figure;
use crate::grid::Grid;
use crate::scenario::Scenario;
use crate::table::{Table, days, python_date, texts, with_missing};
use crate::work::{Finish, Work, admitted, quick};

/// Files by name, the manifest last.
type Files = Vec<(String, Vec<u8>)>;

/// Begins a run of a scenario; its result is a [`Run`].
#[pyfunction]
pub fn start_run(
    py: Python<'_>,
    scenario: &Scenario,
    paths: Option<u64>,
    convergence: bool,
    threads: usize,
) -> PyResult<Work> {
    let scenario = scenario.inner.clone();
    let options = RunOptions {
        paths,
        convergence,
        ..RunOptions::default()
    };
    // Under a precision nobody knows how many it takes.
    let total = match (scenario.precision.is_some(), paths) {
        (_, Some(paths)) => paths,
        (true, None) => 0,
        (false, None) => scenario.settings.paths(),
    };
    let warnings = admitted(py, [&scenario], 0, threads)?;
    let work = Work::start(py, threads, total, move |watch| {
        let simulated = simulated(scenario, &options, watch)?;
        let run = Run::new(Arc::new(simulated), options);
        let finish: Finish = Box::new(|py| Ok(Bound::new(py, run)?.into_any()));
        Ok(finish)
    });
    Ok(work?.warning(warnings))
}

/// A run.
#[pyclass(frozen, module = "capbind._capbind")]
pub struct Run {
    simulated: Arc<Simulated>,
    options: RunOptions,
}

#[pymethods]
impl Run {
    /// The answer of each agreement, a line each.
    #[getter]
    fn answer(&self) -> String {
        let report = self.simulated.report();
        let lines: Vec<String> = report
            .parts()
            .map(|part| format!("{}{}", part.prefix(), answer(&part)))
            .collect();
        lines.join("\n")
    }

    /// What `capbind run` prints.
    #[getter]
    fn text(&self) -> String {
        summary_text(&self.simulated.report())
    }

    /// What `capbind run --json` prints.
    #[getter]
    fn json(&self) -> String {
        summary_json(&self.simulated.report()).to_string()
    }

    /// What a reader should know before quoting it.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        let warnings = self.simulated.report().warnings;
        warnings.iter().map(ToString::to_string).collect()
    }

    /// Paths simulated.
    #[getter]
    fn paths_simulated(&self) -> u64 {
        self.simulated.scenario.settings.paths()
    }

    /// The tables, in the order of the command's files.
    fn tables(&self, py: Python<'_>) -> PyResult<Vec<Table>> {
        let tables = quick(py, |_| Ok(self.result_tables()))?;
        Ok(tables.iter().map(Table::new).collect())
    }

    /// The charts.
    fn figures(&self, py: Python<'_>) -> PyResult<Vec<Figure>> {
        let style = self.simulated.scenario.report.style;
        let all = quick(py, |_| {
            Ok(figures(&self.simulated.report(), self.options.convergence))
        })?;
        let all = all.into_iter();
        Ok(all
            .map(|(name, mut figure)| {
                figure.reword(&self.simulated.scenario.report.charts);
                Figure::new(&name, figure, style)
            })
            .collect())
    }

    /// `report.html`.
    fn report(&self, py: Python<'_>) -> PyResult<String> {
        quick(py, |_| {
            page(&self.simulated.report(), &self.options).map_err(|error| Error::Chart {
                name: "report.html".to_owned(),
                reason: error.to_string(),
            })
        })
    }

    /// The workbook.
    fn workbook<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let files = quick(py, |_| {
            let (report, tables) = (self.simulated.report(), self.result_tables());
            Format::Xlsx.writer().files(&report.tabled(&tables))
        })?;
        let (_, bytes) = &files[0];
        Ok(PyBytes::new(py, bytes))
    }

    /// Writes the folder that `capbind run` would write.
    fn save(
        &self,
        py: Python<'_>,
        folder: PathBuf,
        keep_paths: u64,
        charts: bool,
        report: bool,
        workbook: bool,
    ) -> PyResult<()> {
        let options = RunOptions {
            keep_paths,
            charts,
            report: charts && report,
            formats: workbook.then_some(Format::Xlsx).into_iter().collect(),
            ..self.options.clone()
        };
        self.admit(py, keep_paths)?;
        let files = quick(py, |observer| {
            let mut files: Files = Vec::new();
            self.simulated
                .files(&options, observer, &mut |name, bytes| {
                    files.push((name.to_owned(), bytes.to_vec()));
                    Ok::<(), Error>(())
                })?;
            Ok(files)
        })?;
        save(py, folder, files)
    }

    /// The first paths as a table: `paths.csv`.
    fn path_table(&self, py: Python<'_>, count: u64) -> PyResult<Table> {
        self.admit(py, count)?;
        let columns = quick(py, |observer| self.path_columns(count, observer))?;
        Ok(Table::from_fields("paths", columns))
    }

    /// The first paths: revenue of each period, the ends of periods, the inputs, and for
    /// each agreement payments and what is paid by then.
    fn paths<'py>(&self, py: Python<'py>, count: u64) -> PyResult<Bound<'py, PyDict>> {
        let scenario = &self.simulated.scenario;
        self.admit(py, count)?;
        let kept = quick(py, |observer| Paths::new(scenario, count, observer))?;
        let ends = scenario.timeline.periods().iter();
        let ends: Vec<Bound<'py, PyDate>> = ends
            .map(|period| python_date(py, days(period.last_day)))
            .collect::<PyResult<_>>()?;
        let inputs = scenario.inputs.iter().map(|input| input.name.to_string());
        let all = PyDict::new(py);
        let periods = ends.len();
        all.set_item("period_end", ends)?;
        all.set_item("inputs", inputs.collect::<Vec<String>>())?;
        all.set_item(
            "input_values",
            Grid::new(scenario.inputs.len(), kept.inputs),
        )?;
        all.set_item("revenue", Grid::new(periods, kept.revenue))?;
        let of = PyDict::new(py);
        for (contract, (payment, cumulative)) in scenario.contracts.iter().zip(kept.agreements) {
            let grids = (
                Bound::new(py, Grid::new(periods, payment))?,
                Bound::new(py, Grid::new(periods, cumulative))?,
            );
            of.set_item(&contract.agreement.name, grids)?;
        }
        all.set_item("agreements", of)?;
        Ok(all)
    }
}

impl Run {
    /// A run and what it was simulated with.
    pub fn new(simulated: Arc<Simulated>, options: RunOptions) -> Self {
        Self { simulated, options }
    }

    /// Refuses so many paths that they do not fit into memory, and warns of ones that are many.
    fn admit(&self, py: Python<'_>, count: u64) -> PyResult<()> {
        let warnings = admitted(py, [&self.simulated.scenario], count, 0)?;
        let warn = py.import("capbind._work")?.getattr("warn")?;
        warn.call1((warnings,)).map(drop)
    }

    /// The columns of `paths.csv`.
    fn path_columns(&self, count: u64, observer: &dyn Observer) -> Result<Batch, Error> {
        let scenario = &self.simulated.scenario;
        let kept = Paths::new(scenario, count, observer)?;
        let periods = scenario.timeline.periods();
        let contracts = scenario.contracts.len();
        let (each, rows) = (periods.len() * contracts, kept.revenue.len() * contracts);
        // Path by path, agreement by agreement, period by period.
        let place = |row: usize| {
            let (path, agreement) = (row / each, row % each / periods.len());
            (path, agreement, row % periods.len())
        };
        let at = |row: usize| place(row).0 * periods.len() + place(row).2;
        let float = |of: &dyn Fn(usize) -> f64| Column::Float((0..rows).map(of).collect());
        let mut columns = vec![
            (
                "path",
                Column::Whole((0..rows).map(|row| place(row).0 as i64).collect()),
            ),
            (
                "period_end",
                Column::Date(
                    (0..rows)
                        .map(|row| days(periods[place(row).2].last_day))
                        .collect(),
                ),
            ),
            ("revenue", float(&|row| kept.revenue[at(row)])),
            (
                "payment",
                float(&|row| kept.agreements[place(row).1].0[at(row)]),
            ),
            (
                "cumulative_paid",
                float(&|row| kept.agreements[place(row).1].1[at(row)]),
            ),
        ];
        if contracts > 1 {
            let name = |row| scenario.contracts[place(row).1].agreement.name.to_string();
            columns.insert(1, ("agreement", texts((0..rows).map(name))));
        }
        let fields = columns.into_iter();
        let fields =
            fields.map(|(name, column)| with_missing(name, column, (0..rows).map(|_| true)));
        Ok(Batch {
            rows,
            fields: fields.collect(),
        })
    }

    fn result_tables(&self) -> Vec<report::Table> {
        self.simulated.report().tables(self.options.convergence)
    }
}

/// Writes files into a folder, complete or not at all.
///
/// # Errors
/// Where it cannot be written to.
pub fn save(py: Python<'_>, folder: PathBuf, files: Files) -> PyResult<()> {
    py.detach(|| inside::save(&folder, &files))
        .map_err(PyOSError::new_err)
}

/// Paths, one after the other.
struct Paths {
    revenue: Vec<f64>,
    inputs: Vec<f64>,
    /// Payments and what is paid by then, of each agreement.
    agreements: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Paths {
    fn new(
        scenario: &capbind::scenario::Scenario,
        count: u64,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let mut all = Self {
            revenue: Vec::new(),
            inputs: Vec::new(),
            agreements: vec![(Vec::new(), Vec::new()); scenario.contracts.len()],
        };
        for path in replay(&scenario.simulation(), count, observer)? {
            let settled = path.settle_all(&scenario.model, &scenario.contracts);
            for (settlement, (payment, cumulative)) in settled.iter().zip(&mut all.agreements) {
                payment.extend(settlement.lines.iter().map(|line| line.payment));
                cumulative.extend(settlement.lines.iter().map(|line| line.cumulative_paid));
            }
            all.revenue.extend(path.revenue);
            all.inputs.extend(path.inputs);
        }
        Ok(all)
    }
}
