//! What a run counts, and what follows from what is counted.
//!
//! A *row* is one number on each path that gets moments and mostly counts of its
//! own. Counting is what a run spends most of its time on, so whatever is a fixed
//! multiple of a row, or what it lacks to a fixed limit, is read off that row:
//! with a fixed share the accrued share is revenue times a factor, with a fixed
//! cap headroom is the limit less what is paid, and at a year's end both are
//! those of its last period.

use super::tally::{Layout, Slot, YearEnd};
use crate::agreement::rule::Cap;
use crate::simulate::Simulation;
use crate::simulate::estimates::quantity::{Quantity, Total};
use crate::stats::Axis;

/// Which statistics a run keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Those of every period and reporting year, and the totals.
    All,
    /// The totals, and the moments of each period's payment.
    Totals,
    /// Of agreements under clauses, the moments of the totals and the days on which sharing
    /// ends: no distribution, and nothing of an investment.
    Means,
}

/// Where the statistics of a quantity come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// It is not kept, or not defined.
    Absent,
    /// It is the same number on every path.
    Constant(f64),
    /// It is a row.
    Row(usize),
    /// It is a row times a factor above 0.
    Scaled(usize, f64),
    /// It is what a row lacks to a limit, that of its axis.
    Lacking(usize, f64),
}

impl Source {
    /// The row it is read from, if it is one.
    pub fn row(self) -> Option<usize> {
        match self {
            Self::Row(row) | Self::Scaled(row, _) | Self::Lacking(row, _) => Some(row),
            Self::Absent | Self::Constant(_) => None,
        }
    }

    /// The same numbers once more: read, not recorded.
    pub fn again(self) -> Self {
        match self {
            Self::Row(row) => Self::Scaled(row, 1.0),
            other => other,
        }
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// How its values are counted; `None` where they are not, one by one.
    pub keys: Option<Keys>,
    /// How it follows from another row's counts.
    pub payment: Option<PaymentCount>,
}

/// How a row is counted.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// Its cells.
    pub axis: Axis,
    /// Position of its keys among all keys of a strip.
    pub position: usize,
}

/// How the payments of a period are counted: as its accrued shares, but for the
/// paths that have reached the cap.
#[derive(Clone, Copy, Debug)]
pub struct PaymentCount {
    /// The period.
    pub period: usize,
    /// The row whose keys stand for the accrued shares.
    pub base: usize,
    /// Accrued share for one unit of that row.
    pub unit: f64,
    /// Whether the counts are those of the base with the paths that have reached
    /// the cap taken out, rather than those of the other paths alone: the same
    /// counts in the end, and few steps while few paths have reached it.
    pub takes_out: bool,
}

/// The rows of one period, in the order in which they are recorded.
#[derive(Clone, Debug, Default)]
pub struct PeriodRows {
    /// Revenue.
    pub revenue: Option<usize>,
    /// Accrued share.
    pub accrued: Option<usize>,
    /// Payment.
    pub payment: Option<usize>,
    /// Cumulative paid.
    pub paid: Option<usize>,
    /// Headroom.
    pub headroom: Option<usize>,
    /// The reporting years that end in the period.
    pub years: Vec<YearRows>,
}

/// The rows of one reporting year.
#[derive(Clone, Debug)]
pub struct YearRows {
    /// Position of its calendar.
    pub calendar: usize,
    /// The part of the period after the year's end.
    pub rest: f64,
    /// Its rows.
    pub rows: PeriodRows,
}

/// The rows of the totals.
#[derive(Clone, Debug, Default)]
pub struct TotalRows {
    /// Paid in all.
    pub paid: Option<usize>,
    /// Present value.
    pub present_value: Option<usize>,
    /// Uncapped share.
    pub uncapped: Option<usize>,
    /// Excess over the cap.
    pub excess: Option<usize>,
    /// Headroom at the end.
    pub headroom: Option<usize>,
}

/// The plan of a run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which statistics it has.
    pub detail: Detail,
    /// Where its quantities stand.
    pub layout: Layout,
    /// All rows.
    pub rows: Vec<Row>,
    /// Rows of keys in each strip.
    pub key_rows: usize,
    /// The rows of each period.
    pub periods: Vec<PeriodRows>,
    /// The rows of the totals.
    pub totals: TotalRows,
    /// The rows from which the totals are read: the replicates' counts are told apart,
    /// so that their quantiles have errors.
    pub outlined: Vec<usize>,
    sources: Vec<Source>,
}

/// The parts of an agreement that are the same on every path.
struct Flat {
    share: Option<f64>,
    /// The limit; infinite for no cap, `None` for one that differs between paths.
    limit: Option<f64>,
    capped: bool,
    eligible: Vec<f64>,
    /// The first period that reaches the cap where everything is as expected.
    expected_end: usize,
}

impl Plan {
    /// The plan of a simulation.
    pub fn new(simulation: &Simulation<'_>, detail: Detail) -> Self {
        let layout = Layout::new(simulation);
        let flat = Flat::new(simulation);
        let mut plan = Self {
            detail,
            sources: vec![Source::Absent; layout.cells()],
            layout,
            rows: Vec::new(),
            key_rows: 0,
            periods: vec![PeriodRows::default(); flat.eligible.len()],
            totals: TotalRows::default(),
            outlined: Vec::new(),
        };
        for k in 0..flat.eligible.len() {
            if detail == Detail::Totals {
                let payment = plan.layout.cell(Quantity::Payment, Slot::Period(k));
                plan.periods[k].payment = plan.push(payment, None, None);
                continue;
            }
            plan.plan_period(&flat, k);
            for step in plan.layout.years_ending(k).to_vec() {
                let rows = plan.plan_year(simulation, &flat, k, &step);
                plan.periods[k].years.push(rows);
            }
        }
        plan.plan_totals(simulation, &flat, detail);
        let totals = Total::ALL.map(|total| plan.source(plan.layout.total(total)));
        plan.outlined = totals.into_iter().filter_map(Source::row).collect();
        plan.outlined.sort_unstable();
        plan.outlined.dedup();
        plan
    }

    /// Where the statistics of each cell come from.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    fn source(&self, cell: usize) -> Source {
        self.sources[cell]
    }

    /// Makes a cell a row of its own.
    fn row(&mut self, cell: usize, axis: Axis) -> Option<usize> {
        let position = self.key_rows;
        self.key_rows += 1;
        self.push(cell, Some(Keys { axis, position }), None)
    }

    fn push(
        &mut self,
        cell: usize,
        keys: Option<Keys>,
        payment: Option<PaymentCount>,
    ) -> Option<usize> {
        let row = self.rows.len();
        self.rows.push(Row { keys, payment });
        self.sources[cell] = Source::Row(row);
        Some(row)
    }

    fn plan_period(&mut self, flat: &Flat, k: usize) {
        let cell = |layout: &Layout, quantity| layout.cell(quantity, Slot::Period(k));
        let [revenue, accrued, payment, paid, headroom] =
            Quantity::ALL.map(|quantity| cell(&self.layout, quantity));
        let mut rows = PeriodRows {
            revenue: self.row(revenue, Axis::Log),
            ..PeriodRows::default()
        };
        let mut base = rows
            .revenue
            .zip(flat.share.map(|share| share * flat.eligible[k]));
        match base {
            Some((_, 0.0)) => {
                self.sources[accrued] = Source::Constant(0.0);
                self.sources[payment] = Source::Constant(0.0);
                base = None;
            }
            Some((row, factor)) => self.sources[accrued] = Source::Scaled(row, factor),
            None => {
                rows.accrued = self.row(accrued, Axis::Log);
                base = rows.accrued.map(|row| (row, 1.0));
            }
        }
        if let Some((base, unit)) = base {
            let count = PaymentCount {
                period: k,
                base,
                unit,
                takes_out: k < flat.expected_end,
            };
            rows.payment = self.push(payment, None, Some(count));
        }
        if rows.payment.is_none() && flat.limit.is_some() {
            // Nothing is paid: levels stay where they were.
            for (cell, quantity, at_start) in [
                (paid, Quantity::CumulativePaid, Source::Constant(0.0)),
                (headroom, Quantity::CapHeadroom, flat.whole_limit()),
            ] {
                self.sources[cell] = match k.checked_sub(1) {
                    Some(before) => self.source(self.layout.cell(quantity, Slot::Period(before))),
                    None => at_start,
                };
            }
        } else {
            (rows.paid, rows.headroom) = self.plan_levels(flat, paid, headroom);
        }
        self.periods[k] = rows;
    }

    /// Rows of paid and headroom at one time.
    fn plan_levels(
        &mut self,
        flat: &Flat,
        paid: usize,
        headroom: usize,
    ) -> (Option<usize>, Option<usize>) {
        let Some(limit) = flat.limit else {
            let row = self.row(paid, Axis::Log);
            return (row, self.row(headroom, Axis::Log));
        };
        let axis = if flat.capped {
            Axis::TwoSided { limit }
        } else {
            Axis::Log
        };
        let row = self.row(paid, axis);
        if let (true, Some(row)) = (flat.capped, row) {
            self.sources[headroom] = Source::Lacking(row, limit);
        }
        (row, None)
    }

    /// The rows of a year that ends in period `k`.
    fn plan_year(
        &mut self,
        simulation: &Simulation<'_>,
        flat: &Flat,
        k: usize,
        end: &YearEnd,
    ) -> YearRows {
        let &YearEnd {
            calendar,
            year,
            rest,
        } = end;
        let slot = Slot::Year { calendar, year };
        let [revenue, accrued, payment, paid, headroom] =
            Quantity::ALL.map(|quantity| self.layout.cell(quantity, slot));
        let parts = &simulation.calendars[calendar][year].parts;
        let eligible = flat.eligible[parts[0].0];
        let uniform = parts.iter().all(|part| flat.eligible[part.0] == eligible);
        let mut rows = PeriodRows {
            revenue: self.row(revenue, Axis::Log),
            ..PeriodRows::default()
        };
        let factor = flat.share.filter(|_| uniform).map(|share| share * eligible);
        match rows.revenue.zip(factor) {
            Some((_, 0.0)) => {
                self.sources[accrued] = Source::Constant(0.0);
                self.sources[payment] = Source::Constant(0.0);
            }
            other => {
                match other {
                    Some((row, factor)) => self.sources[accrued] = Source::Scaled(row, factor),
                    None => {
                        rows.accrued = self.row(accrued, Axis::Log);
                    }
                }
                rows.payment = self.row(payment, Axis::Log);
            }
        }
        if rest == 0.0 {
            let level =
                |plan: &Self, quantity| plan.source(plan.layout.cell(quantity, Slot::Period(k)));
            self.sources[paid] = level(self, Quantity::CumulativePaid);
            self.sources[headroom] = level(self, Quantity::CapHeadroom);
        } else {
            (rows.paid, rows.headroom) = self.plan_levels(flat, paid, headroom);
        }
        YearRows {
            calendar,
            rest,
            rows,
        }
    }

    fn plan_totals(&mut self, simulation: &Simulation<'_>, flat: &Flat, detail: Detail) {
        let [paid, value, uncapped, excess, headroom, ..] =
            Total::ALL.map(|total| self.layout.total(total));
        let periods = flat.eligible.len();
        if detail == Detail::All {
            let last = Slot::Period(periods - 1);
            for (total, quantity) in [
                (paid, Quantity::CumulativePaid),
                (headroom, Quantity::CapHeadroom),
            ] {
                self.sources[total] = self.source(self.layout.cell(quantity, last));
            }
        } else {
            (self.totals.paid, self.totals.headroom) = self.plan_levels(flat, paid, headroom);
        }
        if simulation.valuation.is_some() {
            self.totals.present_value = self.row(value, Axis::Log);
        }
        self.totals.uncapped = self.row(uncapped, Axis::Log);
        if flat.capped {
            self.totals.excess = self.row(excess, Axis::Log);
        } else {
            self.sources[excess] = Source::Constant(0.0);
            self.sources[headroom] = Source::Absent;
        }
    }
}

impl Flat {
    fn new(simulation: &Simulation<'_>) -> Self {
        let agreement = simulation.flat_terms();
        let schedule = &simulation.primary().schedule;
        let medians: Vec<f64> = simulation
            .inputs
            .iter()
            .map(|input| input.distribution.median())
            .collect();
        let periods = schedule.periods();
        let eligible: Vec<f64> = periods.iter().map(|period| period.eligible).collect();
        let cap = |cap, before| Cap::new(cap, before);
        let limit = match agreement.cap {
            None => Some(f64::INFINITY),
            Some(total) => total
                .fixed()
                .zip(agreement.paid_before.fixed())
                .map(|(total, before)| cap(total, before).limit()),
        };
        let central = cap(
            agreement.cap.map_or(f64::INFINITY, |cap| cap.at(&medians)),
            agreement.paid_before.at(&medians),
        );
        let share = agreement.share.at(&medians);
        let mut paid = 0.0;
        let expected = simulation.model.expected(&medians);
        let reached = expected.iter().zip(&eligible).position(|(revenue, part)| {
            let payment = central.pay(paid, share * part * revenue);
            paid = payment.paid;
            payment.reached
        });
        Self {
            share: agreement.share.fixed(),
            limit,
            capped: agreement.cap.is_some(),
            expected_end: reached.unwrap_or(eligible.len()),
            eligible,
        }
    }

    /// Headroom before anything is paid.
    fn whole_limit(&self) -> Source {
        match self.limit {
            Some(limit) if self.capped => Source::Constant(limit),
            _ => Source::Absent,
        }
    }
}
