//! The keys that are terms of a flat share: they leave revenue alone.

use std::ops::RangeInclusive;

use super::axis::{number, position};
use crate::scenario::{Scenario, permitted};
use crate::simulate::FlatShare;
use crate::units::{Date, worded};

worded! {
    /// A term of a flat share with a key of its own, which is its word.
    pub enum ContractKey {
        /// The share.
        Share = "agreement.share",
        /// The cap.
        Cap = "agreement.cap",
        /// What was paid before.
        PaidBefore = "agreement.paid_before",
        /// The last day.
        Expiry = "agreement.expiry",
    }
}

impl ContractKey {
    /// Whether a value is a plain number or date, as opposed to a distribution, or
    /// nothing.
    pub fn reads(self, value: &str) -> bool {
        match self {
            Self::Expiry => Date::parse(value).is_some(),
            _ => position(value).is_some(),
        }
    }

    /// Whether a value is within what its key permits, dates apart.
    pub fn permits(self, value: &str) -> bool {
        match self {
            Self::Expiry => true,
            _ => number(value).is_none_or(|value| self.permits_number(value)),
        }
    }

    /// The least and the greatest number it permits; of a date, no number at all.
    pub fn limits(self) -> (f64, f64) {
        permitted(self.word()).map_or((f64::NAN, f64::NAN), RangeInclusive::into_inner)
    }

    fn permits_number(self, value: f64) -> bool {
        permitted(self.word()).is_some_and(|range| range.contains(&value))
    }

    /// Puts a value into a contract of a scenario; false where it is not
    /// permitted there. A value that is none of a flat share's is left to the
    /// scenario, which has it already.
    pub fn put(self, contract: &mut FlatShare, value: &str, scenario: &Scenario) -> bool {
        if !self.reads(value) {
            return true;
        }
        let number = number(value).unwrap_or(f64::NAN);
        match self {
            Self::Share => contract.share = number,
            Self::Cap => contract.cap = number,
            Self::PaidBefore => contract.paid_before = number,
            Self::Expiry => {
                let Some(date) = Date::parse(value) else {
                    return false;
                };
                contract.expiry = date;
                let first = scenario.primary().agreement.effective;
                let first = first.max(scenario.timeline.start());
                return first <= date && date <= scenario.timeline.end();
            }
        }
        self.permits_number(number)
    }
}
