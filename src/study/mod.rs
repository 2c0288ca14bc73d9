//! Questions that take many cases of one scenario, or one quantity of many:
//! which values of a key, which value meets a target, what drives the outcome; and
//! which parameters reported revenue speaks for.
//! Standard errors are paired wherever cases are compared. Prints nothing and
//! opens no file.

mod axis;
mod backtest;
mod base;
mod calibrate;
mod cases;
mod compare;
mod contract_key;
mod covenant;
mod error;
mod frontier;
mod local;
mod measures;
mod mixture;
mod pasted;
mod portfolio;
mod root;
mod sensitivity;
mod solve;
mod statistic;
mod sweep;
mod target;
mod update;

pub use axis::{Axis, Scale, Span, Values, position};
pub use backtest::{
    Clustered, Outcome, OutsideView, PastForecast, PastForecasts, Predicted, Score, TrackRecord,
    binomial_band, horizon_spread, outside_view, track_record,
};
pub use base::Base;
pub use calibrate::{
    CalibrateOptions, Calibration, Correlations, Estimated, Figure, FigureKind, FittedFigure,
    FittedModel, Forecast, ForecastCalibration, ForecastChange, Forecasts, History, MOST_FIGURES,
    MOST_MONTHS, PRIORS, PathPoint, Prior, Structure, StructureFit, calibrate, calibrate_forecasts,
};
pub use cases::{Cases, MOST_CASES};
pub use compare::{
    Compared, ComparedDate, ComparedPart, ComparedValue, ComparedYear, Comparison, CumulativeFan,
    Entry, FUTURES, FutureDifferences, Span as CommonSpan, compare,
};
pub use covenant::{Shortfall, shortfalls};
pub use error::StudyError;
pub use frontier::{Frontier, Pair, Worth, as_written, frontier};
pub use local::{Local, LocalKey, Slope, local};
pub use measures::{CaseQuantity, Measured, Measures, measures};
pub use mixture::{common_ordering, of_one_case, replay_scenario, run_scenario, runs};
pub use portfolio::{
    DEFAULT_MULTIPLES, DEFAULT_PATHS, DEFAULT_TAIL, DealNames, Deals, Fund, FundOptions, Listed,
    MOST_DEALS, synthetic_deals,
};
pub use sensitivity::{
    Band, Driver, DriverKind, QuantitySensitivity, Sensitivity, SensitivityOptions, Stress,
    StressOutcome, Swing, sensitivity, variance_indices,
};
pub use solve::{OutOfReach, Solution, Step, solve};
pub use statistic::Point;
pub use sweep::{
    AgreementOutcome, BadCase, CaseOutcome, CasePart, CaseRow, CaseShard, Sweep, lines_of_a_case,
    own_values,
};
pub use target::{Statistic, Target};
pub use update::{
    CaseUpdate, Learned, Moved, PlannedYear, Posterior, ReportedFigure, RollForward, Update,
    UpdateAsked, Updated, Why, update,
};
