//! The clauses an agreement may have beside share, cap and dates.

use serde::{Deserialize, Serialize};

use super::amounts::{Amounts, PeriodMinimum};
use super::cap::{AnnualCap, CapStep};
use crate::units::{Date, Parameter, worded};

/// Clauses that most agreements do without. The default is none of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clauses {
    /// Segments of revenue that count, each with the fraction that does; empty
    /// where all revenue counts.
    pub eligible: Vec<(String, Parameter)>,
    /// Eligible revenue, in total, above which sharing starts.
    pub threshold: Option<Parameter>,
    /// The run rate per year below which revenue of a period earns no share.
    pub revenue_floor: Option<Parameter>,
    /// Rate paid on account during a year; what the share of the year is above
    /// it is settled with the year's last period.
    pub on_account: Option<Parameter>,
    /// Rates that rise where revenue or payments stay below a figure.
    pub step_ups: Vec<StepUp>,
    /// Revenue of the year before the timeline's first day. Where it is given, also as
    /// 0, tiers, milestones and tests of a year count its revenue from its first day.
    pub year_to_date: Option<Parameter>,
    /// Amounts due when revenue reaches a level.
    pub milestones: Vec<MilestonePayment>,
    /// The most for the accruals of one year.
    pub annual_cap: Option<AnnualCap>,
    /// The least for the accruals of one year; for a year that is only partly
    /// within the agreement, its part by days.
    pub minimum: Option<Amounts>,
    /// The least for the accruals of each month, quarter or half of a year.
    pub period_minimum: Option<PeriodMinimum>,
    /// The least that has been paid in total by a day.
    pub floors: Vec<Floor>,
    /// The last month, 1 to 12, of the years that annual clauses count by.
    pub year_ends: i8,
    /// Paid by the payee to the payer, dates ascending.
    pub upfront: Vec<Tranche>,
    /// Paid by the payee to the payer where revenue reaches a level.
    pub advances: Vec<Advance>,
    /// The agreement, by its position among those of a file, whose total cap is that of
    /// this one too: both its own position and that of others whose payments count against
    /// its cap; `None` for a cap of its own.
    pub cap_of: Option<usize>,
    /// No payment is made before this day; what falls due earlier is paid on it.
    pub first_payment: Option<Date>,
    /// The least that is paid on a payment date: less is carried to the next one, and
    /// paid with the last.
    pub least_payment: Option<Parameter>,
    /// A part of every payment that is made later.
    pub deferral: Option<Deferral>,
    /// Hundredths of the currency, or other smallest amounts that are paid, per unit of
    /// money: every period's payment is rounded to one of them. `None`: nothing is rounded.
    pub cents_per_unit: Option<f64>,
    /// Events that end sharing: the first to happen does.
    pub events: Vec<Event>,
    /// An event after which sharing goes on at another rate.
    pub turn: Option<Turn>,
    /// The payer's default.
    pub default: Option<PayerDefault>,
    /// Payments made for the first periods, which replace what the clauses say.
    pub paid_so_far: Vec<f64>,
    /// Periods, from the first, that are history: no event falls into them.
    pub past_periods: usize,
}

impl Clauses {
    /// When each event and the default happen.
    pub fn whens(&self) -> impl Iterator<Item = When> {
        let events = self.events.iter().map(|event| event.when);
        let others = [
            self.turn.as_ref().map(|turn| turn.when),
            self.default.map(|default| default.when),
        ];
        events.chain(others.into_iter().flatten())
    }

    /// The same, to be changed.
    pub fn whens_mut(&mut self) -> impl Iterator<Item = &mut When> {
        let events = self.events.iter_mut().map(|event| &mut event.when);
        let others = [
            self.turn.as_mut().map(|turn| &mut turn.when),
            self.default.as_mut().map(|default| &mut default.when),
        ];
        events.chain(others.into_iter().flatten())
    }
}

impl Clauses {
    /// Whether anything may be added to what accrues.
    pub fn adds(&self) -> bool {
        self.minimum.is_some()
            || self.period_minimum.is_some()
            || self.default.is_some()
            || !self.floors.is_empty()
            || self.events.iter().any(|event| event.pays.is_some())
    }
}

impl Clauses {
    /// Whether a stretch of days earns its rate of all revenue that counts, up to the total
    /// cap, whatever was before and with nothing added.
    pub(super) fn are_plain(&self) -> bool {
        // By name, so that a clause that is added does not compile until it is said here.
        let Self {
            threshold,
            revenue_floor,
            on_account,
            step_ups,
            milestones,
            annual_cap,
            minimum,
            period_minimum,
            floors,
            advances,
            cap_of,
            cents_per_unit,
            events,
            turn,
            paid_so_far,
            // These say when, of which revenue, or what is left in the end.
            eligible: _,
            year_to_date: _,
            year_ends: _,
            upfront: _,
            first_payment: _,
            least_payment: _,
            deferral: _,
            default: _,
            past_periods: _,
        } = self;
        let earns = threshold.is_none()
            && revenue_floor.is_none()
            && on_account.is_none()
            && turn.is_none()
            && step_ups.is_empty()
            && milestones.is_empty();
        let pays = annual_cap.is_none()
            && cap_of.is_none()
            && cents_per_unit.is_none()
            && paid_so_far.is_empty()
            && advances.is_empty();
        let adds = minimum.is_some()
            || period_minimum.is_some()
            || !floors.is_empty()
            || events.iter().any(|event| event.pays.is_some());
        earns && pays && !adds
    }
}

/// An amount that the payee pays the payer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tranche {
    /// The day; `None`: when the agreement takes effect.
    pub date: Option<Date>,
    /// The amount, above 0.
    pub amount: f64,
}

/// An amount that the payee pays the payer where eligible revenue reaches a level: on the
/// first day of the accrual period after that, if there is sharing on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Advance {
    /// The amount, above 0.
    pub amount: f64,
    /// The level, above 0.
    pub reaches: Parameter,
    /// The one year over which revenue is added up, named after the calendar year in
    /// which it ends; `None`: from the first day of sharing.
    pub year: Option<i16>,
    /// Last day on which the level may be reached.
    pub by: Option<Date>,
}

/// The least that has been paid in total, amounts paid before included, by the close of
/// a day: what is missing is due on it, if sharing lasts until then.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// The day; `None`: the last day of sharing by date.
    pub by: Option<Date>,
    /// The amount, or the multiple of what was paid upfront by then.
    pub amount: Parameter,
    /// What was paid upfront by then, if it is a multiple of that.
    pub multiple_of: Option<f64>,
}

/// What an event makes due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndPayment {
    /// Amounts in the order of their dates; the last has no end.
    pub steps: Vec<CapStep>,
    /// Whether what has been paid, paid before included, counts towards it.
    pub less_paid: bool,
}

impl Default for Clauses {
    fn default() -> Self {
        Self {
            eligible: Vec::new(),
            threshold: None,
            revenue_floor: None,
            on_account: None,
            step_ups: Vec::new(),
            year_to_date: None,
            milestones: Vec::new(),
            annual_cap: None,
            minimum: None,
            period_minimum: None,
            floors: Vec::new(),
            year_ends: 12,
            upfront: Vec::new(),
            advances: Vec::new(),
            cap_of: None,
            first_payment: None,
            least_payment: None,
            deferral: None,
            cents_per_unit: None,
            events: Vec::new(),
            turn: None,
            default: None,
            paid_so_far: Vec::new(),
            past_periods: 0,
        }
    }
}

/// A rate that rises where revenue or payments stay below a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepUp {
    /// What is added to the rate, 0 or more.
    pub adds: Parameter,
    /// What is tested, and when.
    pub test: StepUpTest,
    /// How long the rate stays up.
    pub lasts: StepUpLasts,
}

/// What is tested, and when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum StepUpTest {
    /// Whether eligible revenue of a year is below a figure, when that year is over.
    Revenue {
        /// The year, named after the calendar year in which it ends; `None`: every year
        /// that is wholly within the agreement.
        year: Option<i16>,
        /// The figure.
        below: Parameter,
    },
    /// Whether what has been paid, paid before included, is below a figure.
    Paid {
        /// The day at whose close it is tested.
        on: Date,
        /// The figure.
        below: Parameter,
    },
}

worded! {
    /// How long a rate that has risen stays up.
    #[derive(Serialize, Deserialize)]
    pub enum StepUpLasts {
        /// As long as there is sharing.
        End = "end",
        /// Until the figure is reached: to the end of the year, or the accrual period, in
        /// which it is.
        Reached = "reached",
        /// For the year after the one that missed the figure.
        Year = "year",
    }
}

/// An amount due when eligible revenue reaches a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MilestonePayment {
    /// The level, above 0.
    pub reaches: Parameter,
    /// The amount.
    pub amount: Parameter,
    /// Over which time revenue is added up.
    pub over: MilestoneOver,
    /// Last day on which the level may be reached.
    pub by: Option<Date>,
}

/// Over which time the revenue of a milestone is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MilestoneOver {
    /// From the first day of sharing: due once.
    Total,
    /// Over each year anew: due once in every year that reaches the level.
    EachYear,
    /// Over the one year that ends in this calendar year.
    Year(i16),
}

/// A part of every payment that is made later.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deferral {
    /// The part, 0 to 1.
    pub fraction: Parameter,
    /// When it is paid.
    pub to: DeferredTo,
    /// Interest on it per year, effective, 0 or more; outside every cap.
    pub interest: Parameter,
}

/// When a deferred part is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeferredTo {
    /// Months after the ordinary payment.
    Months(i32),
    /// On a day, or with the ordinary payment if that is later.
    Date(Date),
}

/// An event that ends sharing on the day it happens, that day included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What the results call it.
    pub name: String,
    /// When it happens.
    pub when: When,
    /// What it makes due, within the total cap.
    pub pays: Option<EndPayment>,
}

/// An event after which sharing goes on at another rate, which takes the place of every
/// other but what a step-up adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// What it is called.
    pub name: String,
    /// When it happens: by a time, drawn or not.
    pub when: When,
    /// The rate from then on, 0 to 1.
    pub rate: Parameter,
}

/// When something happens that may happen once, from the timeline's start or,
/// where there is history, from its end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum When {
    /// Years from the timeline's start, as [`Timeline::years_to`] counts them;
    /// not before the history's end.
    ///
    /// [`Timeline::years_to`]: crate::units::Timeline::years_to
    Years(Parameter),
    /// With a probability per time, constant or moving with revenue: where the hazard
    /// adds up to a waiting time at one per year, exponentially distributed.
    Hazard {
        /// Events per year, 0 or more.
        rate: Parameter,
        /// The waiting time at a rate of one per year.
        unit_wait: Parameter,
        /// How the rate moves with eligible revenue, if it does.
        with: Option<WithRevenue>,
    },
    /// When eligible revenue to date reaches a level, above 0; not before the history's
    /// end.
    Revenue(Parameter),
    /// With the last day of the accrual period that has the last of so many payments.
    Payments(u32),
}

impl When {
    /// Whether it depends on what the agreement itself counts and pays.
    pub fn is_conditional(self) -> bool {
        matches!(self, Self::Revenue(_) | Self::Payments(_))
    }
}

/// A hazard rate that moves with the eligible revenue of each period: times
/// (run rate per year / `at`)^`elasticity`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithRevenue {
    /// The run rate per year at which the hazard rate is as stated, above 0.
    pub at: Parameter,
    /// Below 0 where it falls as revenue rises.
    pub elasticity: Parameter,
}

/// The payer's default: sharing ends, and of what is owed only a part comes in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayerDefault {
    /// When it happens.
    pub when: When,
    /// The part of the claim that is recovered, 0 to 1.
    pub recovery: Parameter,
    /// Months from the default to the recovery.
    pub lag_months: i32,
    /// What is claimed.
    pub claim: Claim,
}

worded! {
    /// What the payee claims from a payer in default.
    #[derive(Serialize, Deserialize)]
    pub enum Claim {
        /// What has accrued and is not paid.
        Accrued = "accrued",
        /// That, and all that the cap still allows: the default makes it due.
        Cap = "cap",
    }
}
