//! One thread's part of a run: draw and settle paths, strip by strip, then count.
//!
//! Everything up to the keys of the cells is done for a strip of [`LANES`] paths
//! while it is in the nearest cache, in code compiled for each instruction set.
//! Counting touches one table of counts for each row; it is done for a whole
//! block at a time, row by row, so that a table is fetched once for many paths.

use multiversion::multiversion;

use super::Simulation;
use super::draws::Draws;
use super::plan::{Gone, Keys, Members, PaymentCount, PeriodRows, Plan};
use super::settle::{Ledger, PeriodTerms};
use super::strip::Strip;
use super::tally::Sums;
use crate::agreement::FlatTerms;
use crate::agreement::rule::day_reached;
use crate::stats::{Axis, Counter, Running, SPILL_AFTER};
use crate::units::{LANES, Lanes};

/// Paths in a block: enough that a table of counts is worth fetching, few enough
/// that a block's keys stay in the cache.
pub const BLOCK: usize = 1024;

/// Which paths a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId {
    /// The replicate.
    pub replicate: u32,
    /// Its first point, a multiple of [`BLOCK`].
    pub first: u64,
    /// Paths in use, at most [`BLOCK`].
    pub count: usize,
}

/// What all workers of a run share.
#[derive(Debug)]
pub struct Job<'a> {
    /// The run.
    pub simulation: &'a Simulation<'a>,
    /// Its random numbers.
    pub draws: Draws,
    /// What it counts.
    pub plan: Plan,
    /// Its contract's numbers.
    pub flat: FlatTerms,
    /// Its periods.
    pub terms: Vec<PeriodTerms>,
}

/// Strips in a block.
const STRIPS: usize = BLOCK / LANES;
/// Where one row's keys end and the next one's begin: a strip more than a block,
/// for at a power of two all rows of a strip would compete for one part of the cache.
const KEY_STRIDE: usize = STRIPS + 1;

/// Keys of one row of a strip.
type LaneKeys = [u32; LANES];

/// The memory of one worker.
#[derive(Debug)]
pub struct Worker {
    paths: Strip,
    years: Vec<YearEnd>,
    running: Vec<Running>,
    /// Keys, row by row.
    keys: Vec<LaneKeys>,
    /// For each period, and for the end, the lanes of each strip that have not
    /// reached the cap before it.
    unreached: Vec<[u64; STRIPS]>,
    /// The key of each path's last payment, in units of its period's payments.
    last_payments: Vec<LaneKeys>,
    /// Counts of each row.
    counters: Vec<Counter>,
    counted: u64,
}

/// Sums from the start up to the last year's end of one calendar.
#[derive(Clone, Debug)]
struct YearEnd {
    revenue: Lanes,
    accrued: Lanes,
    paid: Lanes,
}

impl YearEnd {
    const START: Self = Self {
        revenue: [0.0; LANES],
        accrued: [0.0; LANES],
        paid: [0.0; LANES],
    };
}

impl Worker {
    /// A worker for a job.
    pub fn new(job: &Job<'_>) -> Self {
        let periods = job.terms.len();
        Self {
            paths: Strip::new(job.simulation),
            years: vec![YearEnd::START; job.simulation.calendars.len()],
            running: vec![Running::default(); job.plan.rows.len()],
            keys: vec![[0; LANES]; KEY_STRIDE * job.plan.key_rows],
            unreached: vec![[0; STRIPS]; periods + 1],
            last_payments: vec![[0; LANES]; STRIPS],
            counters: vec![Counter::new(); job.plan.rows.len()],
            counted: 0,
        }
    }

    /// The counts of each row.
    pub fn counters(&self) -> &[Counter] {
        &self.counters
    }

    /// Simulates one block and counts it.
    pub fn run(&mut self, job: &Job<'_>, id: BlockId) -> Sums {
        let days = job.simulation.timeline.days() as usize;
        let mut sums = Sums::new(job.plan.rows.len(), std::iter::once(days));
        self.running.fill(Running::default());
        for (strip, offset) in (0..id.count).step_by(LANES).enumerate() {
            let lanes = (id.count - offset).min(LANES);
            let first = id.first + offset as u64;
            let model = job.simulation.model;
            self.paths.generate(&job.draws, model, id.replicate, first);
            self.settle(job, strip, lanes, &mut sums.counts[0]);
        }
        if self.counted + id.count as u64 > SPILL_AFTER {
            self.counters.iter_mut().for_each(Counter::spill);
            self.counted = 0;
        }
        self.counted += id.count as u64;
        self.count(&job.plan, id.count);
        for (running, counter) in self.running.iter().zip(&mut self.counters) {
            let (min, max) = running.range();
            counter.see(min, max);
        }
        for (moments, running) in sums.moments.iter_mut().zip(&self.running) {
            *moments = running.moments();
        }
        sums
    }

    /// Settles the strip generated last and records its rows.
    fn settle(&mut self, job: &Job<'_>, strip: usize, lanes: usize, reached_on: &mut [u64]) {
        let plan = &job.plan;
        let mut recorder = Recorder {
            plan,
            strip,
            lanes,
            running: &mut self.running,
            keys: &mut self.keys,
        };
        let mut reached = Reached {
            terms: &job.terms,
            plan,
            last_payments: &mut self.last_payments[strip],
            on: reached_on,
        };
        self.unreached[0][strip] = u64::MAX >> (LANES - lanes);
        let mut ledger = Ledger::new(&job.flat, &self.paths.inputs);
        self.years.fill(YearEnd::START);
        settle(
            &job.terms,
            &self.paths.revenue,
            &mut ledger,
            &mut self.years,
            &mut self.unreached,
            &mut recorder,
            &mut reached,
        );
    }

    /// Counts the keys of a block.
    fn count(&mut self, plan: &Plan, count: usize) {
        let strips = count.div_ceil(LANES);
        let keys = |position: usize| &self.keys[position * KEY_STRIDE..][..strips];
        for (row, counter) in plan.rows.iter().zip(&mut self.counters) {
            if let Some(row) = row.keys {
                count_row(row, keys(row.position), &self.unreached, counter);
            }
            if let Some(payment) = row.payment
                && let Some(base) = plan.rows[payment.base].keys
            {
                let last = &self.last_payments;
                count_payments(payment, keys(base.position), last, &self.unreached, counter);
            }
        }
    }
}

fn count_row(row: Keys, keys: &[LaneKeys], unreached: &[[u64; STRIPS]], counter: &mut Counter) {
    for (strip, keys) in keys.iter().enumerate() {
        let all = unreached[0][strip];
        let members = match row.members {
            Members::All => all,
            Members::Unreached { before, gone } => {
                let members = unreached[before][strip];
                let others = u64::from((all ^ members).count_ones());
                match gone {
                    Gone::Zero => counter.add_zeros(others),
                    Gone::Limit => counter.add_at_limit(others),
                }
                members
            }
        };
        if members == u64::MAX {
            counter.add_all(keys);
        } else {
            counter.add_some(keys, members, 1);
        }
    }
}

fn count_payments(
    payment: PaymentCount,
    keys: &[LaneKeys],
    last: &[LaneKeys],
    unreached: &[[u64; STRIPS]],
    counter: &mut Counter,
) {
    for (strip, keys) in keys.iter().enumerate() {
        let [all, before, after] =
            [0, payment.period, payment.period + 1].map(|k| unreached[k][strip]);
        counter.add_zeros(u64::from((all ^ before).count_ones()));
        if payment.takes_out {
            counter.add_some(keys, all ^ after, -1);
        } else {
            counter.add_some(keys, after, 1);
        }
        counter.add_some(&last[strip], before ^ after, 1);
    }
}

/// Takes the rows of a strip as they come: their moments and their keys.
struct Recorder<'a> {
    plan: &'a Plan,
    strip: usize,
    lanes: usize,
    running: &'a mut [Running],
    keys: &'a mut [LaneKeys],
}

impl Recorder<'_> {
    #[inline(always)]
    fn record(&mut self, row: Option<usize>, values: &Lanes) {
        let Some(row) = row else {
            return;
        };
        if self.lanes == LANES {
            self.running[row].add(values);
        } else {
            self.running[row].add(&values[..self.lanes]);
        }
        if let Some(Keys { axis, position, .. }) = self.plan.rows[row].keys {
            let at = position * KEY_STRIDE + self.strip;
            match axis {
                Axis::Log => Axis::Log.keys(values, &mut self.keys[at]),
                Axis::TwoSided { .. } => axis.keys(values, &mut self.keys[at]),
            }
        }
    }
}

/// Takes note of paths as they reach the cap.
struct Reached<'a> {
    terms: &'a [PeriodTerms],
    plan: &'a Plan,
    last_payments: &'a mut LaneKeys,
    on: &'a mut [u64],
}

impl Reached<'_> {
    /// The paths of `newly`, one bit each, reach the cap in period `k`.
    #[inline(always)]
    fn note(&mut self, k: usize, mut newly: u64, ledger: &Ledger) {
        let terms = &self.terms[k];
        let row = self.plan.periods[k].payment;
        let payment = row.and_then(|row| self.plan.rows[row].payment);
        while newly != 0 {
            let lane = newly.trailing_zeros() as usize;
            newly &= newly - 1;
            // The last payment is all that was left.
            let left = ledger.rows.payment[lane];
            let day = terms.first_day + day_reached(left, ledger.rows.accrued[lane], terms.days);
            self.on[day as usize] += 1;
            if let Some(payment) = payment {
                let key = &mut self.last_payments[lane..=lane];
                Axis::Log.keys(&[left / payment.unit], key);
            }
        }
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma+bmi2",
    "x86_64+avx2+fma+bmi2"
))]
fn settle(
    terms: &[PeriodTerms],
    revenue: &[Lanes],
    ledger: &mut Ledger,
    years: &mut [YearEnd],
    unreached: &mut [[u64; STRIPS]],
    recorder: &mut Recorder<'_>,
    reached: &mut Reached<'_>,
) {
    let (plan, strip) = (recorder.plan, recorder.strip);
    for (k, (terms, revenue)) in terms.iter().zip(revenue).enumerate() {
        let at_cap = ledger.settle(revenue, terms);
        // Outside the agreement's dates nothing accrues and no cap is reached.
        let newly = if terms.days > 0.0 {
            unreached[k][strip] & at_cap
        } else {
            0
        };
        unreached[k + 1][strip] = unreached[k][strip] & !newly;
        reached.note(k, newly, ledger);
        let rows = &plan.periods[k];
        recorder.record(rows.revenue, revenue);
        recorder.record(rows.accrued, &ledger.rows.accrued);
        recorder.record(rows.payment, &ledger.rows.payment);
        recorder.record(rows.paid, &ledger.rows.paid);
        if rows.headroom.is_some() {
            recorder.record(rows.headroom, &ledger.headroom());
        }
        for year in &rows.years {
            years[year.calendar].close(year.rest, &year.rows, revenue, ledger, recorder);
        }
    }
    let totals = &plan.totals;
    recorder.record(totals.paid, &ledger.rows.paid);
    recorder.record(totals.present_value, &ledger.rows.present_value);
    recorder.record(totals.uncapped, &ledger.rows.uncapped);
    if totals.excess.is_some() {
        recorder.record(totals.excess, &ledger.excess());
    }
    if totals.headroom.is_some() {
        recorder.record(totals.headroom, &ledger.headroom());
    }
}

impl YearEnd {
    /// Records the year that ends `rest` of the current period before its end: its
    /// flows, and its levels where they are not those of the period.
    #[inline(always)]
    fn close(
        &mut self,
        rest: f64,
        rows: &PeriodRows,
        revenue: &Lanes,
        ledger: &Ledger,
        recorder: &mut Recorder<'_>,
    ) {
        let period = &ledger.rows;
        let mut flow = since(&mut self.revenue, &period.revenue, revenue, rest);
        recorder.record(rows.revenue, &flow);
        flow = since(&mut self.accrued, &period.uncapped, &period.accrued, rest);
        recorder.record(rows.accrued, &flow);
        flow = since(&mut self.paid, &period.paid, &period.payment, rest);
        recorder.record(rows.payment, &flow);
        recorder.record(rows.paid, &self.paid);
        if rows.headroom.is_some() {
            let mut headroom = ledger.headroom();
            for (room, payment) in headroom.iter_mut().zip(&period.payment) {
                *room = rest.mul_add(*payment, *room);
            }
            recorder.record(rows.headroom, &headroom);
        }
    }
}

/// The sum since the last year's end, where `total` includes a `rest` of the flow
/// `last` that comes after this one's; puts this year's end in its place.
#[inline(always)]
fn since(end: &mut Lanes, total: &Lanes, last: &Lanes, rest: f64) -> Lanes {
    let mut flow = [0.0; LANES];
    for l in 0..LANES {
        let now = (-rest).mul_add(last[l], total[l]);
        let since = now - end[l];
        // Rounding must not turn a year without flows negative.
        flow[l] = if since > 0.0 { since } else { 0.0 };
        end[l] = now;
    }
    flow
}
