//! Small validated types: dates and the accrual grid, money as it is printed,
//! and scalars that may be uncertain.

mod date;
mod distribution;
mod money;
mod parameter;
mod timeline;
mod years;

pub use date::Date;
pub use distribution::{Distribution, DistributionError};
pub use money::{Money, Unit, decimals_for, percent_digits};
pub use parameter::{Input, LANES, Lanes, Parameter};
pub use timeline::{Period, Step, Timeline, TimelineError};
pub use years::ReportingYear;
