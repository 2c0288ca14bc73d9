//! What a build without the feature `charts` says of the charts of studies.

use crate::Error;
use crate::artifacts::Figure;
use crate::report::FundReport;
use crate::scenario::Scenario;
use crate::simulate::Measure;
use crate::study::{
    Calibration, Comparison, ForecastCalibration, Frontier, Local, Sensitivity, StructureFit,
    TrackRecord, Update,
};
use crate::units::Money;

/// A refusal.
pub fn built() -> Result<(), Error> {
    Err(Error::NotBuilt {
        what: "charts",
        feature: "charts",
    })
}

macro_rules! none {
    ($($name:ident($($of:ty),*) -> $made:ty;)*) => {
        $(
            /// None.
            pub fn $name($(_: $of),*) -> Vec<$made> {
                Vec::new()
            }
        )*
    };
}
none! {
    backtest_figures(&TrackRecord, &str) -> (String, Figure);
    calibration_figures(&Calibration, &str, Option<&Money>) -> (String, Figure);
    comparison_figures(&Comparison) -> (String, Figure);
    forecast_errors_figures(&ForecastCalibration, &StructureFit) -> (String, Figure);
    frontier_figures(&Scenario, &Frontier) -> (String, Figure);
    local_figures(&Scenario, &Local) -> (String, Figure);
    portfolio_figures(&FundReport<'_>) -> (String, Figure);
    sensitivity_charts(&Scenario, &[Measure]) -> String;
    sensitivity_figures(&Scenario, &Sensitivity) -> (String, Figure);
    update_charts(&Scenario) -> String;
    update_figures(&Update) -> (String, Figure);
}

/// None.
pub const BACKTEST_CHARTS: [&str; 0] = [];
