//! Small validated types: dates and the accrual grid, money as it is printed,
//! scalars that may be uncertain, and how charts are to look.

mod date;
mod distribution;
mod money;
mod parameter;
mod style;
mod timeline;
mod years;

pub use date::Date;
pub use distribution::{Distribution, DistributionError};
pub use money::{Money, Unit, decimals_for, percent_digits};
pub use parameter::{Input, LANES, Lanes, Parameter};
pub use style::{LEAST_DPI, MOST_DPI, PIXELS_PER_INCH, Size, Style, Theme};
pub use timeline::{Period, Step, Timeline, TimelineError};
pub use years::ReportingYear;
