//! Small validated types: dates and the accrual grid, money as it is printed,
//! scalars that may be uncertain, correlations between them, texts fit to be shown,
//! and how charts are to look.

mod base64;
mod correlation;
mod date;
mod distribution;
mod money;
mod parameter;
mod style;
mod text;
mod timeline;
mod years;

pub use base64::base64;
pub use correlation::{Correlation, CorrelationError, normal_correlation, rank_correlation};
pub use date::Date;
pub use distribution::{Distribution, DistributionError, Percentile};
pub use money::{Money, Rounding, Unit, decimals_for, grouped_number, percent_digits};
pub use parameter::{Input, LANES, Lanes, Parameter};
pub use style::{ChartOptions, LEAST_DPI, MOST_DPI, PIXELS_PER_INCH, Size, Style, Theme};
pub use text::{brief, is_hidden, printable, quoted, shell_word, shown, stray};
pub use timeline::{Period, Step, Timeline, TimelineError};
pub use years::ReportingYear;

pub(crate) use distribution::unit_interval;
