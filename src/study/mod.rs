//! Questions that take many cases of one scenario, or one quantity of many:
//! which values of a key, which value meets a target. Standard errors are paired
//! wherever cases are compared. Prints nothing and opens no file.

mod axis;
mod error;

pub use axis::{Axis, Scale, Span, Values, position};
pub use error::StudyError;
