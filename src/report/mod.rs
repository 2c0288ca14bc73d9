//! Results as data, then as text, CSV, JSON and charts. Renders to bytes; opens
//! no file and prints nothing.

mod answer;
mod backtest;
#[cfg(feature = "charts")]
mod backtest_charts;
mod calibrate;
#[cfg(feature = "charts")]
mod calibrate_charts;
mod calibrate_toml;
mod cases;
mod changed;
#[cfg(feature = "charts")]
mod charts;
mod clauses;
mod compare;
mod covenants;
mod csv_table;
mod ending;
mod estimators;
#[cfg(feature = "charts")]
pub mod figure;
mod format;
mod frontier;
#[cfg(feature = "charts")]
mod frontier_charts;
#[cfg(feature = "charts")]
mod html;
mod json;
mod key_figures;
mod key_name;
mod ledger;
mod local;
mod manifest;
#[cfg(feature = "parquet")]
mod parquet;
mod party_tables;
mod portfolio;
#[cfg(feature = "charts")]
mod portfolio_charts;
mod probability;
mod sensitivity;
mod solve;
#[cfg(feature = "charts")]
mod study_charts;
mod sweep;
#[cfg(feature = "charts")]
mod sweep_charts;
mod table;
mod tables;
mod text;
mod text_more;
mod update;
#[cfg(feature = "charts")]
mod update_charts;
mod warning;
#[cfg(feature = "workbook")]
mod workbook;

#[cfg(feature = "parquet")]
pub use self::parquet::{Kind, ParquetTable};
pub use answer::{answer, headline};
pub use backtest::{
    backtest_answer, backtest_json, backtest_tables, backtest_text, backtest_warnings,
};
#[cfg(feature = "charts")]
pub use backtest_charts::{BACKTEST_CHARTS, backtest_figures};
pub use calibrate::{
    calibration_json, calibration_table, calibration_text, changes_table, fit_table,
    forecast_errors_json, forecast_errors_text, structures_table,
};
#[cfg(feature = "charts")]
pub use calibrate_charts::{calibration_figure, forecast_errors_figure};
pub use calibrate_toml::{calibration_toml, forecast_errors_toml};
#[cfg(feature = "charts")]
pub use charts::{CHARTS, Chart, figures, figures_where, suffixes};
pub use clauses::{Clause, clauses};
pub use compare::{comparison_answer, comparison_json, comparison_tables, comparison_text};
pub use csv_table::{Csv, CsvError, CsvTable, csv_files, harmless, runs_in_a_spreadsheet};
pub use estimators::EstimatorEntry;
pub use format::{Format, TableFormat, Tabled};
pub use frontier::{frontier_json, frontier_table, frontier_text};
#[cfg(feature = "charts")]
pub use frontier_charts::frontier_figures;
#[cfg(feature = "charts")]
pub use html::{MOST_LINES, page, study_page};
pub use json::summary_json;
pub use key_figures::{KeyFigure, differences, key_figures};
pub use ledger::{ledger_table, ledger_text};
#[cfg(feature = "charts")]
pub use local::local_figures;
pub use local::{local_json, local_table, local_text};
pub use manifest::{
    EXPLORER_FILE, FileEntry, InputTable, Manifest, RunOptions, SimulatedWith, StudiedScenario,
    sha256,
};
pub use portfolio::FundReport;
#[cfg(feature = "charts")]
pub use portfolio_charts::portfolio_figures;
pub use sensitivity::{
    SensitivityRow, sensitivity_answer, sensitivity_json, sensitivity_rows, sensitivity_table,
    sensitivity_text,
};
pub use solve::{solve_json, solve_table, solve_text};
#[cfg(feature = "charts")]
pub use study_charts::{comparison_figures, sensitivity_charts, sensitivity_figures};
pub use sweep::{
    CaseGlance, CaseRows, failed_table, keep_rows, kept_rows, sweep_columns, sweep_json,
    sweep_rows, sweep_text,
};
#[cfg(feature = "charts")]
pub use sweep_charts::{sweep_charts, sweep_figures, sweep_findings};
pub use table::{Table, Value};
pub use tables::{Cell, SummaryRow, summary_rows};
pub use text::summary_text;
pub use update::{update_answer, update_json, update_tables, update_text};
#[cfg(feature = "charts")]
pub use update_charts::{update_charts, update_figures};
pub use warning::{Warning, not_precise, warnings};

use crate::agreement::Contract;
use crate::scenario::Scenario;
use crate::simulate::{ConvergenceStep, Outcomes, Path, Results};
use crate::study::Shortfall;

/// One run with everything a renderer needs.
#[derive(Debug)]
pub struct Report<'a> {
    /// What was asked.
    pub scenario: &'a Scenario,
    /// What came out.
    pub results: &'a Results,
    /// How the estimates settled on the way to these points, where that was asked.
    pub steps: &'a [ConvergenceStep],
    /// What a reader should know before quoting it.
    pub warnings: Vec<Warning>,
    /// How likely each covenant is missed; none where none is asked for.
    pub shortfalls: &'a [Shortfall],
}

/// One agreement of a run.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// What was asked.
    pub scenario: &'a Scenario,
    /// The agreement.
    pub contract: &'a Contract,
    /// What came out of it.
    pub outcomes: &'a Outcomes,
    /// What came out of it where risk has a price, if that is asked for.
    pub risk_neutral: Option<&'a Outcomes>,
}

impl Part<'_> {
    /// What is said of the agreement, where it is the same in all cases of the scenario;
    /// `None` where cases differ in it.
    pub fn in_all_cases<T: PartialEq>(&self, of: impl Fn(&Scenario, &Contract) -> T) -> Option<T> {
        let name = &self.contract.agreement.name;
        let mut contracts = self.scenario.contracts.iter();
        let at = contracts.position(|contract| contract.agreement.name == *name)?;
        self.scenario.in_all_cases(at, of)
    }

    /// `NAME: ` where there are several agreements to tell apart, else nothing.
    pub fn prefix(&self) -> String {
        match self.scenario.contracts.len() {
            1 => String::new(),
            _ => format!("{}: ", self.contract.agreement.name),
        }
    }
}

impl<'a> Report<'a> {
    /// The report of a run; `first` are warnings from before it.
    pub fn new(
        scenario: &'a Scenario,
        results: &'a Results,
        steps: &'a [ConvergenceStep],
        first: Vec<Warning>,
    ) -> Self {
        let mut warnings = first;
        warnings.extend(not_precise(scenario, steps));
        warnings.extend(warning::warnings(scenario, results));
        Self {
            scenario,
            results,
            steps,
            warnings,
            shortfalls: &[],
        }
    }

    /// The agreements in order.
    pub fn parts(&self) -> impl Iterator<Item = Part<'a>> + use<'a> {
        parts(self.scenario, self.results)
    }

    /// The primary agreement: the first.
    pub fn primary(&self) -> Part<'a> {
        Part {
            scenario: self.scenario,
            contract: self.scenario.primary(),
            outcomes: self.results.primary(),
            risk_neutral: self.results.risk_neutral.first(),
        }
    }

    /// The result tables, `convergence` among them where that was asked.
    pub fn tables(&self, convergence: bool) -> Vec<Table> {
        let mut tables = vec![
            tables::summary(self),
            tables::periods(self),
            tables::years(self),
            tables::binding(self),
            party_tables::ends(self),
        ];
        tables.extend(party_tables::cash(self));
        tables.extend(party_tables::net(self));
        tables.extend(party_tables::risk_neutral(self));
        tables.extend(cases::table(self));
        tables.extend(covenants::table(self));
        tables.extend(convergence.then(|| tables::convergence(self)));
        tables
    }

    /// Tables of the run on their way into files.
    pub fn tabled(&'a self, tables: &'a [Table]) -> Tabled<'a> {
        Tabled {
            stem: &self.scenario.stem,
            title: &self.scenario.title,
            text: "",
            tables,
            report: Some(self),
        }
    }

    /// The CSV files, by name; `paths.csv` where paths are given.
    ///
    /// # Errors
    /// Where a number is not finite.
    pub fn csv_files(
        &self,
        tables: &[Table],
        paths: &[Path],
    ) -> Result<Vec<(String, Vec<u8>)>, CsvError> {
        let mut files = csv_files(tables)?;
        if !paths.is_empty() {
            let bytes = tables::paths_csv(self.scenario, paths)?;
            files.push(("paths.csv".to_owned(), bytes));
        }
        Ok(files)
    }
}

/// The agreements of a run in order.
fn parts<'a>(
    scenario: &'a Scenario,
    results: &'a Results,
) -> impl Iterator<Item = Part<'a>> + use<'a> {
    let pairs = scenario.contracts.iter().zip(&results.agreements);
    pairs.enumerate().map(|(i, (contract, outcomes))| Part {
        scenario,
        contract,
        outcomes,
        risk_neutral: results.risk_neutral.get(i),
    })
}
