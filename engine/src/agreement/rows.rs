//! What settling a row of paths side by side gives.

use super::ledger::{Cash, Cut, EndReason};
use super::passing::InPassing;
use super::sums::{Sum, Sums};

/// One number for each path of a row.
pub(super) type Row<const N: usize> = [f64; N];

/// A row by a function of the path.
#[inline(always)]
pub(super) fn row<const N: usize>(of: impl Fn(usize) -> f64) -> Row<N> {
    let mut row = [0.0; N];
    for (l, value) in row.iter_mut().enumerate() {
        *value = of(l);
    }
    row
}

/// A number for each path for which something holds: 1, and 0 for the others.
#[inline(always)]
pub(super) fn mask<const N: usize>(of: impl Fn(usize) -> bool) -> Row<N> {
    row(|l| if of(l) { 1.0 } else { 0.0 })
}

/// The paths of which a row is above zero, one bit each.
#[inline(always)]
pub(super) fn bits<const N: usize>(row: &Row<N>) -> u64 {
    let mut bits = 0;
    for (l, value) in row.iter().enumerate() {
        bits |= u64::from(*value > 0.0) << l;
    }
    bits
}

/// Calls a function with each path of which the bit is set.
#[inline(always)]
pub(super) fn each(mut paths: u64, mut call: impl FnMut(usize)) {
    while paths != 0 {
        call(paths.trailing_zeros() as usize);
        paths &= paths - 1;
    }
}

/// One accrual period of a row of paths: see [`LedgerLine`](super::LedgerLine), field
/// by field.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Line<const N: usize> {
    /// What accrues before any cap.
    pub accrued: Row<N>,
    /// What is paid for the period.
    pub payment: Row<N>,
    /// What the caps cut.
    pub excess: Row<N>,
    /// Headroom after the payment.
    pub headroom_after: Row<N>,
    /// Total paid.
    pub cumulative_paid: Row<N>,
    /// What is added: only under a minimum or a default.
    pub added: Row<N>,
    /// What a default costs: only under one.
    pub loss: Row<N>,
    /// Headroom before the payment, where a single path is settled; not known of rows.
    pub headroom_before: Row<N>,
}

/// All payments of a row of up to 64 paths under one agreement; days are counted from
/// the timeline's start.
#[derive(Clone, Debug)]
pub struct Settled<const N: usize> {
    /// One line for each period.
    pub lines: Vec<Line<N>>,
    /// The paths on which the total cap is reached, one bit each.
    pub reached: u64,
    /// The period in which it is.
    pub reached_in: [usize; N],
    /// How far through that period's accrual days, 0 to 1.
    pub reached_at: Row<N>,
    /// The first period in which the total cap cuts something; infinite for none.
    pub binds: Row<N>,
    /// What known payments are above the total cap.
    pub above_cap: Row<N>,
    /// Why sharing ended.
    pub reasons: [EndReason; N],
    /// The last day of sharing.
    pub last_days: [i32; N],
    /// The period in which it stopped before its last accrual day, if it did.
    pub cut: [Option<Cut>; N],
    /// What is paid on each of the schedule's cash dates.
    pub cash: Vec<Row<N>>,
    /// Interest on deferred parts.
    pub interest: Row<N>,
    /// What comes in after a default, where something was owed.
    pub recovered: [Option<Cash>; N],
    /// For each amount that is advanced where revenue reaches a level, the period with whose
    /// first day it is; infinite for none.
    pub advanced: Vec<Row<N>>,
    /// Sums over the periods, where these are [not kept](Keep::Sums) or
    /// [added up](Self::add_up).
    pub sums: Sums<N>,
    /// Where sums are taken, payments of the date that is not complete, and whether there is
    /// such a date.
    pub(super) open: (Row<N>, bool),
}

/// What is kept of the periods of a row of paths.
#[derive(Clone, Copy, Debug)]
pub enum Keep<'a> {
    /// A line of each, and the cash of each date.
    Lines,
    /// Nothing but their [sums](Settled::sums), taken while each is at hand: the lines would
    /// not fit the memory nearest to the processor. Beside them, and how and when sharing ends,
    /// a settled row then holds nothing of use.
    Sums(&'a InPassing),
}

impl<const N: usize> Settled<N> {
    /// Room for an agreement's periods and cash dates, to be used again for any number
    /// of rows under that agreement.
    pub fn new(periods: usize, cash_dates: usize) -> Self {
        let nothing = [0.0; N];
        let line = Line {
            accrued: nothing,
            payment: nothing,
            excess: nothing,
            headroom_after: nothing,
            cumulative_paid: nothing,
            added: nothing,
            loss: nothing,
            headroom_before: nothing,
        };
        Self {
            lines: vec![line; periods],
            reached: 0,
            reached_in: [0; N],
            reached_at: nothing,
            binds: [f64::INFINITY; N],
            above_cap: nothing,
            reasons: [EndReason::Expiry; N],
            last_days: [0; N],
            cut: [None; N],
            cash: vec![nothing; cash_dates],
            interest: nothing,
            recovered: [None; N],
            advanced: Vec::new(),
            sums: Sums::NONE,
            open: (nothing, false),
        }
    }

    /// Makes room for an agreement over so many periods.
    #[inline(always)]
    pub fn fit_periods(&mut self, periods: usize) {
        if self.lines.len() != periods {
            let one = Self::new(1, 0);
            self.lines.resize(periods, one.lines[0]);
        }
    }

    /// Makes room for an agreement with so many cash dates over the same periods.
    #[inline(always)]
    pub fn fit(&mut self, cash_dates: usize) {
        self.cash.resize(cash_dates, [0.0; N]);
    }

    /// Makes ready for the next row. What is written of every line needs no clearing.
    #[inline(always)]
    pub(super) fn clear(&mut self, keep: Keep<'_>) {
        self.reached = 0;
        self.advanced.clear();
        if let Keep::Sums(_) = keep {
            (self.sums, self.open) = (Sums::NONE, ([0.0; N], false));
            return;
        }
        self.binds = [f64::INFINITY; N];
        self.above_cap = [0.0; N];
        self.cut = [None; N];
        self.cash.fill([0.0; N]);
        self.interest = [0.0; N];
        self.recovered = [None; N];
    }

    /// Adds up what is asked of the lines; what payments are worth is for others to say.
    #[inline(always)]
    pub fn add_up(&mut self, asked: &[Sum]) {
        self.sums = Sums::NONE;
        for line in &self.lines {
            self.sums.take(line, asked);
        }
        self.close();
    }

    /// Puts what is known at the end beside the sums of all lines.
    #[inline(always)]
    pub fn close(&mut self) {
        let sums = &mut self.sums;
        if let Some(last) = self.lines.last() {
            sums[Sum::Paid] = last.cumulative_paid;
            sums[Sum::Headroom] = last.headroom_after;
        }
        sums[Sum::Interest] = self.interest;
    }

    /// Adds a period that is not kept, of which the payments of its date may be complete and
    /// count for so much.
    #[inline(always)]
    pub(super) fn pass(&mut self, line: usize, asked: &[Sum], complete: Option<f64>) {
        let (line, open) = (&self.lines[line], &mut self.open.0);
        self.sums.take(line, asked);
        add(open, &line.payment);
        self.open.1 = complete.is_none();
        if let Some(weight) = complete {
            let worth = &mut self.sums[Sum::Worth];
            for l in 0..N {
                worth[l] += weight * open[l];
                open[l] = 0.0;
            }
        }
    }

    /// Amounts of which `scale` make a unit to units.
    #[inline(always)]
    pub(super) fn unscale(&mut self, scale: f64) {
        for line in &mut self.lines {
            for row in [
                &mut line.accrued,
                &mut line.added,
                &mut line.headroom_before,
                &mut line.payment,
                &mut line.excess,
                &mut line.loss,
                &mut line.headroom_after,
                &mut line.cumulative_paid,
            ] {
                unscale(row, scale);
            }
        }
        self.cash.iter_mut().for_each(|row| unscale(row, scale));
        unscale(&mut self.interest, scale);
        unscale(&mut self.above_cap, scale);
        for recovered in self.recovered.iter_mut().flatten() {
            recovered.amount /= scale;
        }
    }
}

#[inline(always)]
fn unscale<const N: usize>(row: &mut Row<N>, scale: f64) {
    // Most rows of what caps cut, minimums add and defaults cost: divisions take long.
    if row.iter().fold(0, |any, value| any | value.to_bits()) == 0 {
        return;
    }
    for value in row {
        *value /= scale;
    }
}

/// Adds one row to another.
#[inline(always)]
pub(super) fn add<const N: usize>(to: &mut Row<N>, row: &Row<N>) {
    for (to, value) in to.iter_mut().zip(row) {
        *to += value;
    }
}
