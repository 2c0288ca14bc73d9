//! The contract: who pays which share of which periods' revenue to whom, until
//! when, and how much at most. Pure: it knows no randomness and no files.
//!
//! [`rule`] holds the one rule of the whole program; [`settle`] applies it to
//! one path and keeps the ledger; the engine applies the same [`rule::Cap::pay`]
//! to rows of paths.

mod ledger;
pub mod rule;
mod schedule;

pub use ledger::{EndReason, LedgerLine, Reached, Settlement, settle};
pub use schedule::{AccrualPeriod, PaymentTerms, Schedule};

use crate::units::{Date, Parameter, Timeline};

/// A revenue share as agreed: flat share, at most one total cap, fixed dates.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// What the results call it.
    pub name: String,
    /// Who pays.
    pub payer: String,
    /// Who receives.
    pub payee: String,
    /// Share rate, 0 to 1, of eligible revenue.
    pub share: Parameter,
    /// The most that is paid in total, amounts already paid included; `None` for
    /// no cap.
    pub cap: Option<Parameter>,
    /// Paid before the timeline starts and counted against the cap.
    pub paid_before: Parameter,
    /// First day on which revenue earns share.
    pub effective: Date,
    /// Last day on which revenue earns share, whatever has been paid.
    pub expiry: Date,
    /// When accrued share turns into cash.
    pub payment: PaymentTerms,
}

/// An agreement with its schedule on a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// What is agreed.
    pub agreement: Agreement,
    /// Its accrual periods, one for each period of the timeline.
    pub schedule: Schedule,
}

impl Contract {
    /// An agreement laid out on a timeline.
    pub fn new(agreement: Agreement, timeline: &Timeline) -> Self {
        Self {
            schedule: Schedule::new(&agreement, timeline),
            agreement,
        }
    }
}

/// The numbers of an agreement on one path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Share rate, 0 to 1.
    pub share: f64,
    /// Total cap; infinite for none.
    pub cap: f64,
    /// Paid before, counted against the cap.
    pub paid_before: f64,
}
