//! What settling a path gives: the ledger, the cash, and how it ended.

use serde::{Deserialize, Serialize};

use crate::units::Date;

/// One accrual period of a settled path. Amounts in the scenario's unit.
///
/// On every line accrued + added = payment + excess + loss, but for what an
/// annual cap carries from one year to a later one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LedgerLine {
    /// Revenue of the period that counts, on days of sharing or not.
    pub revenue: f64,
    /// What accrues by the share, on account and true-up included, and by
    /// milestones, before any cap.
    pub accrued: f64,
    /// What is added to it: the top-up to a year's minimum, and what a default
    /// makes due beyond what has accrued.
    pub added: f64,
    /// Headroom of the total cap before the payment; infinite without a cap.
    pub headroom_before: f64,
    /// What is paid for the period, whenever that is: accrued and added, as far
    /// as the caps allow and a default lets come in.
    pub payment: f64,
    /// What the caps cut.
    pub excess: f64,
    /// What a default costs the payee.
    pub loss: f64,
    /// Headroom after the payment.
    pub headroom_after: f64,
    /// Total paid, this payment included, what was paid before left out.
    pub cumulative_paid: f64,
}

/// Where a path reaches the total cap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached {
    /// The period, 0 for the first.
    pub period: usize,
    /// How far through the period's accrual days, 0 to 1; 0 where nothing was
    /// left to pay at its start.
    pub fraction: f64,
    /// The day.
    pub date: Date,
}

/// The period that an event or a default cuts short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// The period, 0 for the first.
    pub period: usize,
    /// Its accrual days up to then, the last of which may count in part.
    pub days: f64,
}

/// What ends an agreement on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EndReason {
    /// The total cap was reached first.
    Cap,
    /// The end date came first.
    Expiry,
    /// An event came first: its position among those of the agreement.
    Event(usize),
    /// The payer's default came first.
    Default,
}

impl EndReason {
    /// The word the results use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cap => "cap",
            Self::Expiry => "expiry",
            Self::Event(_) => "event",
            Self::Default => "default",
        }
    }
}

/// Why and when sharing ended. Every path has exactly one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Why.
    pub reason: EndReason,
    /// The last day of sharing.
    pub date: Date,
}

/// An amount on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cash {
    /// The day.
    pub date: Date,
    /// The amount.
    pub amount: f64,
}

/// All payments of one path.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// One line for each period.
    pub lines: Vec<LedgerLine>,
    /// Where headroom first is zero; `None` if it never is.
    pub reached: Option<Reached>,
    /// The first period in which the total cap cuts something; `None` if it cuts
    /// nothing.
    pub binds: Option<usize>,
    /// What known payments are above the total cap; they stand in the ledger all the
    /// same, and leave no headroom.
    pub above_cap: f64,
    /// Why and when sharing ended.
    pub end: End,
    /// The period in which sharing stopped before its last accrual day, if it did.
    pub cut: Option<Cut>,
    /// What is paid on each of the schedule's [cash dates](super::Schedule::cash_dates),
    /// interest included.
    pub cash: Vec<f64>,
    /// Interest on deferred parts; in `cash`, in no line and under no cap.
    pub interest: f64,
    /// What comes in after a default, where something was owed.
    pub recovered: Option<Cash>,
    /// What the payee advances where revenue reaches a level, in the order of the
    /// agreement.
    pub advanced: Vec<Cash>,
}

impl Default for Settlement {
    fn default() -> Self {
        let end = End {
            reason: EndReason::Expiry,
            date: Date::new(1900, 1, 1).expect("a day of the calendar"),
        };
        Self {
            lines: Vec::new(),
            reached: None,
            binds: None,
            above_cap: 0.0,
            end,
            cut: None,
            cash: Vec::new(),
            interest: 0.0,
            recovered: None,
            advanced: Vec::new(),
        }
    }
}

impl Settlement {
    /// What ended the agreement.
    pub fn end_reason(&self) -> EndReason {
        self.end.reason
    }

    /// Total paid over the path, what was paid before and interest left out.
    pub fn total_paid(&self) -> f64 {
        self.lines.last().map_or(0.0, |line| line.cumulative_paid)
    }
}
