//! Charts of studies.

use crate::Error;
use crate::report::figure::Figure;
pub use crate::report::{
    BACKTEST_CHARTS, backtest_figures, comparison_figures, frontier_figures, local_figures,
    portfolio_figures, sensitivity_charts, sensitivity_figures, update_charts, update_figures,
};
use crate::report::{calibration_figure, forecast_errors_figure};
use crate::study::{Calibration, ForecastCalibration, StructureFit};
use crate::units::Money;

/// This build draws them.
pub fn built() -> Result<(), Error> {
    Ok(())
}

/// The chart of estimated parameters.
pub fn calibration_figures(
    fit: &Calibration,
    name: &str,
    money: Option<&Money>,
) -> Vec<(String, Figure)> {
    let figure = calibration_figure(fit, name, money);
    vec![("calibration".to_owned(), figure)]
}

/// The chart of the errors of forecasts.
pub fn forecast_errors_figures(
    found: &ForecastCalibration,
    chosen: &StructureFit,
) -> Vec<(String, Figure)> {
    let figure = forecast_errors_figure(found, chosen);
    vec![("calibration".to_owned(), figure)]
}
