//! Questions that take many cases of one scenario, or one quantity of many:
//! which values of a key, which value meets a target, what drives the outcome.
//! Standard errors are paired wherever cases are compared. Prints nothing and
//! opens no file.

mod axis;
mod error;
mod sensitivity;

pub use axis::{Axis, Scale, Span, Values, position};
pub use error::StudyError;
pub use sensitivity::{
    Band, Driver, DriverKind, QuantitySensitivity, Sensitivity, SensitivityOptions, Stress,
    StressOutcome, Swing, sensitivity, variance_indices,
};
