//! A strip of paths settled period by period, all side by side.

use super::Simulation;
use crate::agreement::rule::Cap;
use crate::agreement::{FlatTerms, Line, NOTHING, Sum, Sums};
use crate::units::{LANES, Lanes, Parameter};

/// What settling one period needs to know, the same for all paths.
#[derive(Clone, Copy, Debug)]
pub struct PeriodTerms {
    /// Part of the period's revenue that earns share.
    pub eligible: f64,
    /// Accrual days in the period.
    pub days: f64,
    /// The first of them, counted from the timeline's start.
    pub first_day: f64,
    /// Discount factor of the period's payment; 0 for one before the valuation.
    pub discount_factor: f64,
}

/// The terms of every period.
pub fn period_terms(simulation: &Simulation<'_>) -> Vec<PeriodTerms> {
    let start = simulation.timeline.start();
    let terms = simulation
        .primary()
        .schedule
        .periods()
        .iter()
        .map(|period| PeriodTerms {
            eligible: period.eligible,
            days: f64::from(period.days),
            first_day: f64::from(period.first_day.days_since(start)),
            discount_factor: simulation.discount_factor(period),
        });
    terms.collect()
}

/// The caps of a strip's paths.
#[derive(Clone, Debug)]
enum Caps {
    /// One cap on every path.
    One(Cap),
    /// Cap and paid before, drawn for each path.
    Each(Box<(Lanes, Lanes)>),
}

/// The settlement of a strip.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Ledger {
    /// Its rows.
    pub rows: LedgerRows,
    share: Lanes,
    caps: Caps,
}

/// Rows of the period settled last, and of the paths so far.
///
/// Aligned and in order, so that no vector lies across two lines of the cache: one
/// across two pages would cost as much as all the others.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct LedgerRows {
    /// Revenue up to the period, once it is kept.
    pub revenue: Lanes,
    /// Payment for the period.
    pub payment: Lanes,
    /// Paid up to the last period that has not reached the cap.
    pub paid_below_cap: Lanes,
    /// Sums up to the period; of headroom and excess, which follow from others, once they are
    /// [closed](Ledger::close).
    pub sums: Sums<LANES>,
}

impl Ledger {
    /// Nothing settled yet on the paths with these inputs.
    #[inline(always)]
    pub fn new(agreement: &FlatTerms, inputs: &[Lanes]) -> Self {
        let cap = agreement.cap.unwrap_or(Parameter::Fixed(f64::INFINITY));
        let before = agreement.paid_before;
        let caps = match (cap, before) {
            (Parameter::Fixed(cap), Parameter::Fixed(before)) => Caps::One(Cap::new(cap, before)),
            _ => Caps::Each(Box::new((cap.lanes(inputs), before.lanes(inputs)))),
        };
        let zero = [0.0; LANES];
        Self {
            caps,
            share: agreement.share.lanes(inputs),
            rows: LedgerRows {
                revenue: zero,
                payment: zero,
                paid_below_cap: zero,
                sums: Sums::NONE,
            },
        }
    }

    /// The cap on one path.
    #[inline(always)]
    fn cap(&self, lane: usize) -> Cap {
        match &self.caps {
            Caps::One(cap) => *cap,
            Caps::Each(each) => Cap::new(each.0[lane], each.1[lane]),
        }
    }

    /// Settles one period and returns the paths that stand at the cap after it,
    /// one bit each.
    #[inline(always)]
    pub fn settle(&mut self, revenue: &Lanes, terms: &PeriodTerms) -> u64 {
        let (share, rows) = (&self.share, &mut self.rows);
        let reached = match &self.caps {
            Caps::One(cap) => rows.settle(|_| *cap, share, revenue, terms),
            Caps::Each(each) => {
                rows.settle(|l| Cap::new(each.0[l], each.1[l]), share, revenue, terms)
            }
        };
        if terms.discount_factor != 0.0 {
            let worth = &mut rows.sums[Sum::Worth];
            for l in 0..LANES {
                worth[l] += terms.discount_factor * rows.payment[l];
            }
        }
        reached
    }

    /// Adds the period's revenue to what came before.
    #[inline(always)]
    pub fn keep_revenue(&mut self, revenue: &Lanes) {
        for (total, revenue) in self.rows.revenue.iter_mut().zip(revenue) {
            *total += revenue;
        }
    }

    /// The share of a period's revenue on one path before the cap.
    #[inline(always)]
    pub fn accrued(&self, revenue: &Lanes, terms: &PeriodTerms, lane: usize) -> f64 {
        self.share[lane] * terms.eligible * revenue[lane]
    }

    /// What was left to pay on one path before the period that reached the cap.
    #[inline(always)]
    pub fn left(&self, lane: usize) -> f64 {
        self.cap(lane).limit() - self.rows.paid_below_cap[lane]
    }

    /// Headroom after the period settled last.
    #[inline(always)]
    pub fn headroom(&self) -> Lanes {
        let mut headroom = [0.0; LANES];
        for (l, room) in headroom.iter_mut().enumerate() {
            *room = self.cap(l).limit() - self.rows.sums[Sum::Paid][l];
        }
        headroom
    }

    /// The sums, once all periods are settled.
    #[inline(always)]
    pub fn close(&mut self) -> &Sums<LANES> {
        self.rows.sums[Sum::Headroom] = self.headroom();
        for l in 0..LANES {
            let excess = self.cap(l).excess(self.rows.sums[Sum::Accrued][l]);
            self.rows.sums[Sum::Excess][l] = excess;
        }
        &self.rows.sums
    }
}

impl LedgerRows {
    #[inline(always)]
    fn settle(
        &mut self,
        cap: impl Fn(usize) -> Cap,
        share: &Lanes,
        revenue: &Lanes,
        terms: &PeriodTerms,
    ) -> u64 {
        let mut reached = 0;
        for l in 0..LANES {
            let accrued = share[l] * terms.eligible * revenue[l];
            let mut sums = self.sums.path(l);
            let payment = cap(l).pay(sums[Sum::Paid][0], accrued);
            let excess = [NOTHING];
            let line = Line::capped(&cap(l), accrued, &payment);
            sums.take(&Line { excess, ..line }, &Sum::ALL);
            sums[Sum::Paid] = line.cumulative_paid;
            self.sums.put(l, &sums);
            reached |= u64::from(payment.reached) << l;
            self.payment[l] = payment.amount;
            self.paid_below_cap[l] = if payment.reached {
                self.paid_below_cap[l]
            } else {
                payment.paid
            };
        }
        reached
    }
}
