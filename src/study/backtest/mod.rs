//! How past forecasts came out: whether their bands held what they said, and where a
//! scenario stands among what comparable companies have done.

mod outside;
mod scores;
mod table;

pub use outside::{OutsideView, outside_view};
pub use scores::{Clustered, Score, TrackRecord, binomial_band, track_record};
pub use table::{Outcome, PastForecast, PastForecasts, Predicted, horizon_spread};
