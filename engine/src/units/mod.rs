//! Small validated types: dates and the accrual grid, money as it is printed,
//! scalars that may be uncertain, correlations between them.

mod correlation;
mod date;
mod distribution;
mod money;
mod month;
mod parameter;
mod timeline;
mod word;
mod years;

pub use correlation::{Correlation, CorrelationError, normal_correlation, rank_correlation};
pub use date::Date;
pub use distribution::{Distribution, DistributionError, Percentile};
pub use money::{Money, Rounding, Unit, decimals_for, grouped_number, percent_digits};
pub use month::Month;
pub use parameter::{Input, LANES, Lanes, Parameter};
pub use timeline::{Period, Step, Timeline, TimelineError};
pub use word::{Worded, by_word, worded};
pub use years::ReportingYear;
pub(crate) use years::year_of;

pub(crate) use distribution::unit_interval;
