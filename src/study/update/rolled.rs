//! The roll-forward of a present value, as accounts want it.

use super::{Moved, Why};
use crate::stats::MeanEstimate;
use crate::units::Date;

/// From an opening to a closing present value: opening, less payments made, plus the
/// unwinding of the discount, plus what changed inputs did, is closing.
#[derive(Clone, Debug, PartialEq)]
pub struct RollForward {
    /// The valuation date of the opening value.
    pub opened: Date,
    /// That of the closing value.
    pub closed: Date,
    /// The value before.
    pub opening: MeanEstimate,
    /// Payments made in between, 0 or more.
    pub payments: MeanEstimate,
    /// What the value grew by because payments came nearer.
    pub unwinding: MeanEstimate,
    /// What reported figures and changed keys did, each.
    pub inputs: Vec<(Why, MeanEstimate)>,
    /// The value after.
    pub closing: MeanEstimate,
}

impl RollForward {
    /// That of a present value that moved.
    pub fn of(moved: &Moved, (opened, closed): (Date, Date)) -> Self {
        let none = moved.change.scaled(0.0);
        let of = |why: Why| {
            let found = moved.why.iter().find(|(own, _)| *own == why);
            found.map_or(none, |(_, change)| *change)
        };
        let is_input = |why: &Why| !matches!(why, Why::Time | Why::Payments);
        let inputs = moved.why.iter().filter(|(why, _)| is_input(why));
        Self {
            opened,
            closed,
            opening: moved.before,
            payments: of(Why::Payments).scaled(-1.0),
            unwinding: of(Why::Time),
            inputs: inputs.copied().collect(),
            closing: moved.after,
        }
    }
}
