//! The contract: who pays which share of which periods' revenue to whom, until
//! when, and how much at most. Pure: it knows no randomness and no files.
//!
//! [`rule`] holds the one rule of the whole program; [`Contract::settle_row`] applies it
//! to rows of paths under all clauses, [`settle_path`] to a row of one, of which it keeps
//! the ledger; the engine applies the same [`rule::Cap::pay`] alone where a lone agreement
//! [is flat](Agreement::flat): it then counts payments by what accrues.

mod accrual;
mod amounts;
mod cap;
mod cash;
mod clauses;
mod indexation;
mod ledger;
mod passing;
mod payment;
mod rows;
pub mod rule;
mod schedule;
mod settlement;
mod share;
mod simplified;
mod stop;
mod sums;
mod together;

pub use amounts::{Amounts, DatedAmount, PeriodMinimum};
pub use cap::{AnnualCap, CapStep, CarryForward, TotalCap};
pub use clauses::{
    Advance, Claim, Clauses, Deferral, DeferredTo, EndPayment, Event, Floor, MilestoneOver,
    MilestonePayment, PayerDefault, StepUp, StepUpLasts, StepUpTest, Tranche, Turn, When,
    WithRevenue,
};
pub use indexation::{Deflation, Indexation, YearlyRate};
pub use ledger::{Cash, Cut, End, EndReason, LedgerLine, Reached, Settlement};
pub use passing::InPassing;
pub use payment::{PaymentPeriod, PaymentTerms};
pub use rows::{Keep, Line, Settled};
pub use schedule::{AccrualPeriod, Schedule};
pub use settlement::settle_path;
use settlement::settle_row;
pub use share::{DatedRate, Share, Tier, TierBasis, TierSet};
pub use sums::{NOTHING, Sum, Sums};
pub use together::settle_together;
pub(crate) use together::share_caps;

use serde::{Deserialize, Serialize};

use crate::math::kernel;
use crate::units::{Date, LANES, Lanes, Parameter, Timeline};

/// A revenue share as agreed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

    /// Settles one path under all clauses: [`settle_path`].
    ///
    /// ```
    /// use capbind_engine::agreement::{Agreement, Clauses, Contract, PaymentTerms, Settlement};
    /// use capbind_engine::units::{Date, Parameter, Step, Timeline};
    ///
    /// let day = |y, m, d| Date::new(y, m, d).unwrap();
    /// let timeline = Timeline::new(day(2026, 1, 1), day(2028, 12, 31), Step::Year).unwrap();
    /// let agreement = Agreement {
    ///     name: "royalty".into(),
    ///     payer: "company".into(),
    ///     payee: "investor".into(),
    ///     share: Parameter::Fixed(0.05).into(),
    ///     cap: Some(Parameter::Fixed(12.0).into()),
    ///     paid_before: Parameter::Fixed(0.0),
    ///     effective: timeline.start(),
    ///     expiry: timeline.end(),
    ///     payment: PaymentTerms::default(),
    ///     clauses: Clauses::default(),
    /// };
    /// let contract = Contract::new(agreement, &timeline);
    /// let mut path = Settlement::default();
    /// contract.settle(&[], &[100.0, 100.0, 80.0], &mut path);
    /// assert_eq!(path.total_paid(), 12.0);
    /// // 5 + 5 paid in two years; the third year's 4 reach the cap half-way through.
    /// assert_eq!(path.reached.unwrap().date, day(2028, 7, 1));
    /// assert_eq!(path.lines[2].excess, 2.0);
    /// ```
    pub fn settle(&self, inputs: &[f64], revenue: &[f64], settlement: &mut Settlement) {
        settle_path(&self.agreement, &self.schedule, inputs, revenue, settlement);
    }

    /// Settles a row of paths side by side: on each the same bits as alone. `inputs` and
    /// `revenue` hold a number for each path; `out` was made for as many periods and cash
    /// dates as the contract has.
    ///
    /// # Panics
    /// If it, `revenue` and the schedule differ in length.
    pub fn settle_row(&self, inputs: &[Lanes], revenue: &[Lanes], out: &mut Settled<LANES>) {
        self.settle_keeping(inputs, revenue, Keep::Lines, out);
    }

    /// The same, where of the periods no more is kept than is said; their sums are those of
    /// the lines to the last bit.
    pub fn settle_keeping(
        &self,
        inputs: &[Lanes],
        revenue: &[Lanes],
        keep: Keep<'_>,
        out: &mut Settled<LANES>,
    ) {
        settle_lanes(self, inputs, revenue, keep, out);
    }

    /// Whether what is paid for a period is what accrues for it on every path: nothing caps
    /// it, adds to it or says what has been paid.
    pub fn pays_what_accrues(&self) -> bool {
        let clauses = &self.agreement.clauses;
        let is_capped = self.agreement.cap.is_some()
            || clauses.annual_cap.is_some()
            || clauses.cap_of.is_some();
        !is_capped && !clauses.adds() && clauses.paid_so_far.is_empty()
    }

    /// Whether what accrues is added up period by period, so that sums of it are those of
    /// payments to the last digit where payments are what accrues.
    pub fn adds_up_by_period(&self) -> bool {
        let is_whole = self.schedule.pieces().len() == self.schedule.periods().len();
        is_whole && self.agreement.clauses.cents_per_unit.is_none()
    }

    /// For each cash date, the one period whose payment is all that is paid on it, where
    /// there is one on every path.
    pub fn periods_of_cash(&self) -> Vec<Option<usize>> {
        let clauses = &self.agreement.clauses;
        let moves = clauses.deferral.is_some()
            || clauses.least_payment.is_some()
            || clauses.default.is_some();
        let mut periods = vec![Vec::new(); self.schedule.cash_dates().len()];
        for (k, due) in self.schedule.due().iter().enumerate() {
            periods[due.at].push(k);
        }
        let alone = |periods: Vec<usize>| match periods.as_slice() {
            [one] if !moves => Some(*one),
            _ => None,
        };
        periods.into_iter().map(alone).collect()
    }
}

kernel! {
    fn settle_lanes(
        contract: &Contract,
        inputs: &[Lanes],
        revenue: &[Lanes],
        keep: Keep<'_>,
        out: &mut Settled<LANES>,
    ) {
        settle_row(&contract.agreement, &contract.schedule, inputs, revenue, keep, out);
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
            upfront: self.clauses.upfront.clone(),
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
    pub fn counts_by_year(&self) -> bool {
        let clauses = &self.clauses;
        let by_year = |milestone: &MilestonePayment| milestone.over != MilestoneOver::Total;
        let is_yearly = |step_up: &StepUp| matches!(step_up.test, StepUpTest::Revenue { .. });
        self.share.annual(None).is_some()
            || clauses.step_ups.iter().any(is_yearly)
            || clauses.on_account.is_some()
            || clauses.annual_cap.is_some()
            || clauses.minimum.is_some()
            || clauses.milestones.iter().any(by_year)
            || clauses
                .advances
                .iter()
                .any(|advance| advance.year.is_some())
    }
}
