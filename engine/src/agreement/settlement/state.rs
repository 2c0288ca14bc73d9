//! What is known of a row of paths from one piece to the next.

use super::super::Agreement;
use super::super::cap::CarryForward;
use super::super::clauses::When;
use super::super::rows::Row;
use super::super::rule::Cap;
use super::super::schedule::Schedule;
use super::super::share::Share;
use super::super::stop::{Stop, moments};
use crate::units::Date;

/// The state of a row of paths between two pieces. Amounts to be paid are in units of
/// `1 / scale`: in cents where the agreement rounds to them.
pub(in crate::agreement) struct Run<'a, const N: usize> {
    pub agreement: &'a Agreement,
    pub inputs: &'a [[f64; N]],
    pub scale: f64,
    /// When, and why, sharing stops.
    pub stop: Stop<N>,
    /// Days from the timeline's start that are history.
    pub past: f64,
    /// Days from the timeline's start at which the rate turns.
    pub turn: Row<N>,
    /// Payments made to date, where they are counted.
    pub payments: Row<N>,
    /// The last day of sharing, if nothing else ends it.
    pub expiry: Date,
    /// What the agreement asks to be known.
    pub asks: Asks,
    pub paid_before: Row<N>,
    /// The total cap in force; after the last day of sharing, what was in force on
    /// that day.
    pub cap: Caps<N>,
    /// Which step and age it is.
    pub in_force: Option<(usize, i32)>,
    /// What a payment of the piece counts for against it.
    pub weight: Row<N>,
    /// 1 where the total cap is reached.
    pub over: Row<N>,
    /// What counts against the cap so far.
    pub used: Row<N>,
    pub paid: Row<N>,
    /// Cut by the annual cap and carried forward.
    pub carried: Row<N>,
    /// Room of earlier years not used.
    pub room: Row<N>,
    /// Eligible revenue to date.
    pub revenue: Row<N>,
    /// For each rate that may rise, the paths on which it has.
    pub raised: Vec<u64>,
    /// The tests of what has been paid that are past, one bit each.
    pub tested: u64,
    /// Accrued in the period to date.
    pub period: Period<N>,
    /// Accrual days of the period to date.
    pub period_days: Row<N>,
    pub year: Year<N>,
    /// The last period that earned share, −1 for none, and its days that did.
    pub last: (Row<N>, Row<N>),
    /// What known payments are above the total cap.
    pub above_cap: Row<N>,
    pub part: PartRun<N>,
    pub advances: Advances<N>,
}

/// What has been advanced where revenue reached a level.
pub(in crate::agreement) struct Advances<const N: usize> {
    /// For each amount, the paths on which its level is reached, and those on which it
    /// is paid.
    pub met: Vec<u64>,
    pub paid: Vec<u64>,
    /// In all.
    pub total: Row<N>,
    /// What that is worth at the rate of a cap that is a return.
    pub worth: Row<N>,
    /// Whether the cap has moved by it since it was put in force.
    pub moves_cap: bool,
}

impl<const N: usize> Advances<N> {
    #[inline(always)]
    pub fn new(amounts: usize) -> Self {
        Self {
            met: vec![0; amounts],
            paid: vec![0; amounts],
            total: [0.0; N],
            worth: [0.0; N],
            moves_cap: false,
        }
    }
}

/// What has happened in a part of a year with a minimum of its own.
#[derive(Clone, Copy)]
pub(in crate::agreement) struct PartRun<const N: usize> {
    /// Paid in all before it.
    pub paid_before: Row<N>,
    /// Days of sharing.
    pub days: Row<N>,
}

/// What an agreement asks to be known from one piece to the next.
#[derive(Clone, Copy, Debug)]
pub(in crate::agreement) struct Asks {
    /// Revenue to date, and what has accrued in the year.
    pub sums: bool,
    /// Whether what accrues may build up otherwise than evenly with revenue.
    pub uneven: bool,
    /// On which day of which period sharing stopped.
    pub last: bool,
    /// Whether the total cap is in prices of a date.
    pub real: bool,
    /// Whether what the annual cap cuts is carried forward.
    pub carries: bool,
    /// The days of sharing of the year.
    pub days_of_year: bool,
    /// Whether an event waits for what the agreement counts, or pays.
    pub conditional: (bool, bool),
    /// Whether its pieces are settled in [one loop](Run::settle_plain).
    pub plain: bool,
}

impl Asks {
    pub fn of(agreement: &Agreement) -> Self {
        let clauses = &agreement.clauses;
        let carry = clauses.annual_cap.as_ref().map(|cap| cap.carry);
        let is_tiered = !matches!(agreement.share, Share::Flat(_) | Share::ByDate(_));
        let uneven = is_tiered
            || clauses.threshold.is_some()
            || clauses.on_account.is_some()
            || clauses.turn.is_some()
            || !clauses.milestones.is_empty();
        let carries = carry == Some(CarryForward::Excess);
        let waits = |of: fn(&When) -> bool| clauses.events.iter().any(|event| of(&event.when));
        let conditional = (
            waits(|when| matches!(when, When::Revenue(_))),
            waits(|when| matches!(when, When::Payments(_))),
        );
        let asks = Self {
            plain: false,
            sums: uneven
                || !clauses.step_ups.is_empty()
                || !clauses.advances.is_empty()
                || conditional.0,
            uneven,
            last: carries || clauses.default.is_some() || !clauses.events.is_empty(),
            real: agreement
                .cap
                .as_ref()
                .is_some_and(|cap| cap.indexation.is_real()),
            carries,
            days_of_year: clauses.minimum.is_some() || carry == Some(CarryForward::Room),
            conditional,
        };
        Self {
            plain: asks.is_plain(agreement),
            ..asks
        }
    }
}

/// A cap on each path.
pub(in crate::agreement) struct Caps<const N: usize> {
    pub limit: Row<N>,
    pub reached_at: Row<N>,
    pub cut_above: Row<N>,
}

impl<const N: usize> Caps<N> {
    #[inline(always)]
    pub fn at(&self, l: usize) -> Cap {
        Cap::from_parts(self.limit[l], self.reached_at[l], self.cut_above[l])
    }

    #[inline(always)]
    pub fn put(&mut self, l: usize, cap: Cap) {
        (self.limit[l], self.reached_at[l], self.cut_above[l]) = cap.parts();
    }
}

/// What has accrued in a period, where amounts are rounded to cents.
pub(in crate::agreement) struct Period<const N: usize> {
    pub exact: Row<N>,
    pub rounded: Row<N>,
    /// The largest number that went into it.
    pub among: Row<N>,
}

/// What has happened in a year.
pub(in crate::agreement) struct Year<const N: usize> {
    pub year: i16,
    /// Eligible revenue.
    pub revenue: Row<N>,
    /// The part of it that is shared, and what was sold before the agreement.
    pub shared: Row<N>,
    /// Sold before the agreement, where the year counts it.
    pub earlier: Row<N>,
    /// The part of the year's days that lie between the agreement's dates.
    pub part: f64,
    /// The annual cap, without what earlier years leave; infinite where there is none.
    pub cap: Row<N>,
    /// Share earned by the rates.
    pub earned: Row<N>,
    /// Share accrued, on account where that is agreed.
    pub accrued: Row<N>,
    pub paid: Row<N>,
    /// Days of sharing.
    pub days: Row<N>,
}

impl<const N: usize> Year<N> {
    #[inline(always)]
    pub const fn new(year: i16, part: f64) -> Self {
        Self {
            year,
            revenue: [0.0; N],
            shared: [0.0; N],
            earlier: [0.0; N],
            part,
            cap: [f64::INFINITY; N],
            earned: [0.0; N],
            accrued: [0.0; N],
            paid: [0.0; N],
            days: [0.0; N],
        }
    }
}

/// The part of a piece that earns share.
pub(in crate::agreement) struct Active<const N: usize> {
    pub days: Row<N>,
    /// Those days over all days of the period.
    pub fraction: Row<N>,
    /// 1 where they are the year's last.
    pub closes_year: Row<N>,
    /// Whether they are all days of the piece on every path.
    pub is_uniform: bool,
    /// Whether they are the year's last on any.
    pub may_close: bool,
    /// Whether they are all there are of the piece: what a falling rate takes back
    /// within them is never due.
    pub is_whole: bool,
}

impl Active<1> {
    /// A part of some days of a piece, with that of its period: not the last.
    pub fn part(days: f64, fraction: f64) -> Self {
        Self {
            days: [days],
            fraction: [fraction],
            closes_year: [0.0],
            is_uniform: false,
            may_close: false,
            is_whole: false,
        }
    }
}

impl<'a, const N: usize> Run<'a, N> {
    #[inline(always)]
    pub fn new(
        agreement: &'a Agreement,
        schedule: &Schedule,
        inputs: &'a [[f64; N]],
        revenue: &[[f64; N]],
    ) -> Self {
        let nothing = [0.0; N];
        Self {
            agreement,
            inputs,
            scale: agreement.clauses.cents_per_unit.unwrap_or(1.0),
            stop: Stop::none(),
            past: schedule.past_days(),
            turn: match &agreement.clauses.turn {
                Some(turn) => moments(turn.when, schedule, inputs, revenue),
                None => [f64::INFINITY; N],
            },
            payments: nothing,
            expiry: schedule.expiry(),
            asks: Asks::of(agreement),
            paid_before: agreement.paid_before.lanes(inputs),
            cap: Caps {
                limit: [f64::INFINITY; N],
                reached_at: [f64::INFINITY; N],
                cut_above: [f64::INFINITY; N],
            },
            in_force: None,
            weight: [1.0; N],
            over: nothing,
            used: nothing,
            paid: nothing,
            carried: nothing,
            room: nothing,
            revenue: nothing,
            raised: vec![0; agreement.clauses.step_ups.len()],
            tested: 0,
            period: Period {
                exact: nothing,
                rounded: nothing,
                among: nothing,
            },
            period_days: nothing,
            year: Year::new(0, 1.0),
            last: ([-1.0; N], nothing),
            above_cap: nothing,
            part: PartRun {
                paid_before: nothing,
                days: nothing,
            },
            advances: Advances::new(agreement.clauses.advances.len()),
        }
    }

    /// One path of the row, to ask what a part of a piece would accrue on it.
    pub fn one<'b>(&self, l: usize, inputs: &'b [[f64; 1]]) -> Run<'b, 1>
    where
        'a: 'b,
    {
        let one = |row: &Row<N>| [row[l]];
        Run {
            agreement: self.agreement,
            inputs,
            scale: self.scale,
            stop: self.stop.one(l),
            past: self.past,
            turn: one(&self.turn),
            payments: one(&self.payments),
            expiry: self.expiry,
            asks: self.asks,
            paid_before: one(&self.paid_before),
            cap: Caps {
                limit: one(&self.cap.limit),
                reached_at: one(&self.cap.reached_at),
                cut_above: one(&self.cap.cut_above),
            },
            in_force: self.in_force,
            weight: one(&self.weight),
            over: one(&self.over),
            used: one(&self.used),
            paid: one(&self.paid),
            carried: one(&self.carried),
            room: one(&self.room),
            revenue: one(&self.revenue),
            raised: self.raised.iter().map(|paths| paths >> l & 1).collect(),
            tested: self.tested,
            period: Period {
                exact: one(&self.period.exact),
                rounded: one(&self.period.rounded),
                among: one(&self.period.among),
            },
            period_days: one(&self.period_days),
            year: Year {
                year: self.year.year,
                revenue: one(&self.year.revenue),
                shared: one(&self.year.shared),
                earlier: one(&self.year.earlier),
                part: self.year.part,
                cap: one(&self.year.cap),
                earned: one(&self.year.earned),
                accrued: one(&self.year.accrued),
                paid: one(&self.year.paid),
                days: one(&self.year.days),
            },
            last: (one(&self.last.0), one(&self.last.1)),
            above_cap: one(&self.above_cap),
            part: PartRun {
                paid_before: one(&self.part.paid_before),
                days: one(&self.part.days),
            },
            // A part of a piece advances nothing.
            advances: Advances::new(0),
        }
    }
}
