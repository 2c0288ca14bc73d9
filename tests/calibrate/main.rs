//! Parameters from reported revenue: checked by simulation from the priors, on cases
//! with known answers, and through the scenario reader.

mod coverage;
mod forecasts;
mod known;
mod pasted;
mod simulated;
