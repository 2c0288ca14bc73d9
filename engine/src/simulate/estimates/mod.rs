//! What a run comes to: estimates with their errors, by measure, period and year.

pub mod cells;
pub mod date_quantile;
pub mod ends;
pub mod estimator;
pub mod estimators;
pub mod finding;
pub mod measure;
pub mod mixing;
pub mod outcomes;
pub mod precision;
pub mod quantity;
pub mod results;
pub mod returns;
pub mod revenue_by;
pub mod run_ends;
pub mod spread;
