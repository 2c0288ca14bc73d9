//! The contract: who pays which share of which periods' revenue to whom, until
//! when, and how much at most. Pure: it knows no randomness and no files.
//!
//! [`rule`] holds the one rule of the whole program; [`settle_path`] applies it
//! to one path under all clauses and keeps the ledger; the engine applies the
//! same [`rule::Cap::pay`] to rows of paths where an agreement
//! [is flat](Agreement::flat).

mod cap;
mod cash;
mod clauses;
mod ledger;
pub mod rule;
mod schedule;
mod settlement;
mod share;
mod stop;

pub use cap::{AnnualCap, CapStep, CarryForward, Indexation, TotalCap};
pub use clauses::{
    Claim, Clauses, Deferral, DeferredTo, Event, MilestoneOver, MilestonePayment, PayerDefault,
    When,
};
pub use ledger::{Cash, End, EndReason, LedgerLine, Reached, Settlement, settle};
pub use schedule::{AccrualPeriod, PaymentTerms, Schedule};
pub use settlement::settle_path;
pub use share::{DatedRate, Share, Tier, TierBasis};

use crate::units::{Date, Parameter, Timeline};

/// A revenue share as agreed.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// What the results call it.
    pub name: String,
    /// Who pays.
    pub payer: String,
    /// Who receives.
    pub payee: String,
    /// The share of eligible revenue.
    pub share: Share,
    /// The most that is paid in total, amounts already paid included; `None` for
    /// no cap.
    pub cap: Option<TotalCap>,
    /// Paid before the timeline starts and counted against the cap.
    pub paid_before: Parameter,
    /// First day on which revenue earns share.
    pub effective: Date,
    /// Last day on which revenue earns share, whatever has been paid.
    pub expiry: Date,
    /// When accrued share turns into cash.
    pub payment: PaymentTerms,
    /// What else is agreed.
    pub clauses: Clauses,
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

/// The numbers of a flat share, at most one total cap and nothing else: what the
/// engine settles for rows of paths side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlatTerms {
    /// Share rate, 0 to 1.
    pub share: Parameter,
    /// Total cap, if there is one.
    pub cap: Option<Parameter>,
    /// Paid before, counted against the cap.
    pub paid_before: Parameter,
}

impl Agreement {
    /// Its numbers, where it is a flat share of all revenue with at most one
    /// total cap and fixed dates; `None` where any other clause bears on what is
    /// paid or when.
    pub fn flat(&self) -> Option<FlatTerms> {
        let neutral = Clauses {
            // These say nothing about the payments themselves.
            year_ends: self.clauses.year_ends,
            upfront: self.clauses.upfront,
            past_periods: self.clauses.past_periods,
            // A first payment only moves dates, which the schedule holds.
            first_payment: self.clauses.first_payment,
            ..Clauses::default()
        };
        if self.clauses != neutral {
            return None;
        }
        let cap = match &self.cap {
            Some(cap) => Some(cap.flat()?),
            None => None,
        };
        Some(FlatTerms {
            share: self.share.flat()?,
            cap,
            paid_before: self.paid_before,
        })
    }

    /// Whether it is a [flat](Self::flat) share.
    pub fn is_flat(&self) -> bool {
        self.flat().is_some()
    }

    /// Whether a clause counts by years.
    pub(crate) fn counts_by_year(&self) -> bool {
        let clauses = &self.clauses;
        let by_year = |milestone: &MilestonePayment| milestone.over != MilestoneOver::Total;
        matches!(self.share, Share::ByAnnualRevenue { .. })
            || clauses.on_account.is_some()
            || clauses.annual_cap.is_some()
            || clauses.minimum.is_some()
            || clauses.milestones.iter().any(by_year)
    }

    /// A flat share with the numbers of one path.
    fn with_terms(terms: &Terms, schedule: &Schedule) -> Self {
        let cap = (terms.cap < f64::INFINITY).then(|| Parameter::Fixed(terms.cap).into());
        Self {
            name: String::new(),
            payer: String::new(),
            payee: String::new(),
            share: Parameter::Fixed(terms.share).into(),
            cap,
            paid_before: Parameter::Fixed(terms.paid_before),
            effective: schedule.start(),
            expiry: schedule.expiry(),
            payment: PaymentTerms {
                every: None,
                lag_months: 0,
            },
            clauses: Clauses::default(),
        }
    }
}

/// The numbers of a flat share on one path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Share rate, 0 to 1.
    pub share: f64,
    /// Total cap; infinite for none.
    pub cap: f64,
    /// Paid before, counted against the cap.
    pub paid_before: f64,
}
