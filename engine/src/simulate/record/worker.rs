//! One thread's part of a run: draw and settle paths, strip by strip, then count.
//!
//! Everything up to the keys of the cells is done for a strip of [`LANES`] paths
//! while it is in the nearest cache, in code compiled for each instruction set.
//! Counting touches one table of counts for each row; it is done for a whole
//! block at a time, row by row, so that a table is fetched once for many paths.

use super::block::{BlockId, STRIPS};
use super::blocks::{DayCounts, Outlines};
use super::count::{KeyMemory, KeyRow, LastPayments, count};
use super::plan::{Detail, PeriodRows, Plan};
use super::strip::{Strip, Strips};
use crate::agreement::FlatTerms;
use crate::agreement::rule::day_reached;
use crate::math::{fma, kernel};
use crate::simulate::Simulation;
use crate::simulate::sample::draws::Draws;
use crate::simulate::settle::{Ledger, PeriodTerms};
use crate::stats::{Axis, Counter, Moments, Running, SPILL_AFTER, SignedOutline};
use crate::units::{LANES, Lanes};

/// What all workers of some runs share.
#[derive(Debug)]
pub struct Job<'a> {
    /// The random numbers.
    pub draws: Draws,
    /// The runs, at least one, each on the same numbers.
    pub runs: Vec<Run<'a>>,
}

/// What is the same for all paths of a run.
#[derive(Debug)]
pub struct Run<'a> {
    /// The run.
    pub simulation: &'a Simulation<'a>,
    /// What it counts.
    pub plan: Plan,
    /// Its contract's numbers.
    pub flat: FlatTerms,
    /// Its periods.
    pub terms: Vec<PeriodTerms>,
}

impl Job<'_> {
    /// The rows of all runs.
    pub fn rows(&self) -> usize {
        self.runs.iter().map(|run| run.plan.rows.len()).sum()
    }
}

/// The memory of one worker.
#[derive(Debug)]
pub struct Worker {
    strips: Strips,
    /// That of each keyed row, for all runs in turn.
    memory: Vec<KeyMemory>,
    tables: Vec<Table>,
    counted: u64,
}

/// The memory of a worker for one run.
#[derive(Debug)]
struct Table {
    years: Vec<YearEnd>,
    running: Vec<Running>,
    /// The rows that are keyed.
    keys: Vec<KeyRow>,
    /// For each period, and for the end, the lanes of each strip that have not
    /// reached the cap before it.
    unreached: Vec<[u64; STRIPS]>,
    last_payments: Vec<LastPayments>,
    counts: Counts,
}

/// What a worker has counted of a run.
#[derive(Debug)]
pub struct Counts {
    /// Of each row.
    pub rows: Vec<Counter>,
    /// Of each outlined row, replicate by replicate.
    pub outlines: Outlines,
    /// Paths by the day on which they reach the cap, replicate by replicate.
    pub days: DayCounts,
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
        let tables: Vec<Table> = job.runs.iter().map(Table::new).collect();
        let most = tables.iter().map(|table| table.keys.len()).max();
        Self {
            strips: Strips::new(job.runs[0].simulation, job.runs.len(), 1),
            memory: vec![KeyMemory::default(); most.unwrap_or(0)],
            tables,
            counted: 0,
        }
    }

    /// All that is counted, run by run.
    pub fn into_counts(self) -> impl Iterator<Item = Counts> {
        self.tables.into_iter().map(|table| table.counts)
    }

    /// Simulates one block and counts it: the moments of the rows of each run in turn.
    pub fn run(&mut self, job: &Job<'_>, id: BlockId) -> Vec<Moments> {
        let spills = self.counted + id.count as u64 > SPILL_AFTER;
        if spills {
            self.counted = 0;
        }
        self.counted += id.count as u64;
        self.strips.begin(&job.draws, id);
        let mut moments = Vec::with_capacity(job.rows());
        for (run, table) in job.runs.iter().zip(&mut self.tables) {
            table.exchange(&mut self.memory);
            table.running.fill(Running::default());
            let model = run.simulation.model;
            self.strips.each(&job.draws, id, model, |begin, strips| {
                let lanes = (id.count - begin).min(LANES);
                table.settle(run, &strips[0], (begin / LANES, lanes), id.replicate);
            });
            if spills {
                table.counts.rows.iter_mut().for_each(Counter::spill);
            }
            table.count(&run.plan, id);
            table.exchange(&mut self.memory);
            moments.extend(table.running.iter().map(Running::moments));
        }
        moments
    }
}

impl Table {
    fn new(run: &Run<'_>) -> Self {
        let rows = run.plan.rows.len();
        let keys = run.plan.rows.iter().filter_map(|row| row.keys);
        Self {
            years: vec![YearEnd::START; run.simulation.calendars.len()],
            running: vec![Running::default(); rows],
            keys: keys.map(|keys| KeyRow::new(keys.axis)).collect(),
            unreached: vec![[0; STRIPS]; run.terms.len() + 1],
            last_payments: vec![LastPayments::NONE; STRIPS],
            counts: Counts {
                rows: vec![Counter::new(); rows],
                outlines: Outlines::default(),
                days: DayCounts::default(),
            },
        }
    }

    fn exchange(&mut self, memory: &mut [KeyMemory]) {
        let keys = self.keys.iter_mut().zip(memory);
        keys.for_each(|(keys, memory)| keys.exchange(memory));
    }

    /// Counts a block whose strips are settled.
    fn count(&mut self, plan: &Plan, id: BlockId) {
        let strips = id.count.div_ceil(LANES);
        count(
            plan,
            &self.keys,
            &self.unreached,
            &self.last_payments[..strips],
            &mut self.counts.rows,
        );
        let outlined = &plan.outlined;
        let nothing = || vec![SignedOutline::default(); outlined.len()];
        let outlines = self.counts.outlines.of(id.replicate, nothing);
        for (row, outline) in outlined.iter().zip(outlines) {
            if let Some(keys) = plan.rows[*row].keys {
                self.keys[keys.position].outline(strips, &self.unreached[0], outline.amounts());
            }
        }
        self.keys.iter_mut().for_each(KeyRow::clear);
        for (running, counter) in self.running.iter().zip(&mut self.counts.rows) {
            let (min, max) = running.range();
            counter.see(min, max);
        }
    }

    /// Settles the strip generated last and records its rows.
    fn settle(
        &mut self,
        run: &Run<'_>,
        paths: &Strip,
        (strip, lanes): (usize, usize),
        replicate: u32,
    ) {
        let days = run.simulation.timeline.days() as usize;
        let reached_on = self.counts.days.of(replicate, || vec![vec![0; days]]);
        let mut recorder = Recorder {
            plan: &run.plan,
            strip,
            lanes,
            running: &mut self.running,
            keys: &mut self.keys,
        };
        self.unreached[0][strip] = u64::MAX >> (LANES - lanes);
        let mut ledger = Ledger::new(&run.flat, &paths.inputs);
        self.years.fill(YearEnd::START);
        settle(
            &run.terms,
            paths.revenue(),
            &mut ledger,
            &mut self.years,
            &mut self.unreached,
            &mut recorder,
            &mut self.last_payments[strip],
            &mut reached_on[0],
        );
    }
}

/// Takes the rows of a strip as they come: their moments and their keys.
struct Recorder<'a> {
    plan: &'a Plan,
    strip: usize,
    lanes: usize,
    running: &'a mut [Running],
    keys: &'a mut [KeyRow],
}

impl Recorder<'_> {
    #[inline(always)]
    fn record<const N: usize>(&mut self, rows: [(Option<usize>, &Lanes); N]) {
        for (row, values) in rows {
            let Some(row) = row else {
                continue;
            };
            if self.lanes == LANES {
                self.running[row].add(values);
            } else {
                self.running[row].add(&values[..self.lanes]);
            }
            if let Some(keys) = self.plan.rows[row].keys {
                self.keys[keys.position].record(self.strip, values);
            }
        }
    }
}

/// The paths that reach the cap: what is known of it for each, to be worked out
/// for all side by side.
struct Reached {
    left: Lanes,
    accrued: Lanes,
    days: Lanes,
    first_day: Lanes,
    unit: Lanes,
}

impl Reached {
    /// Nobody yet.
    const NONE: Self = Self {
        left: [1.0; LANES],
        accrued: [1.0; LANES],
        days: [1.0; LANES],
        first_day: [0.0; LANES],
        unit: [1.0; LANES],
    };

    /// The paths of `newly`, one bit each, reach the cap in a period.
    #[inline(always)]
    fn note(
        &mut self,
        mut newly: u64,
        revenue: &Lanes,
        terms: &PeriodTerms,
        unit: f64,
        ledger: &Ledger,
    ) {
        while newly != 0 {
            let lane = newly.trailing_zeros() as usize;
            newly &= newly - 1;
            // The last payment is all that was left.
            self.left[lane] = ledger.left(lane);
            self.accrued[lane] = ledger.accrued(revenue, terms, lane);
            self.days[lane] = terms.days;
            self.first_day[lane] = terms.first_day;
            self.unit[lane] = unit;
        }
    }

    /// Counts the days of the paths of `reached` and keys their last payments.
    #[inline(always)]
    fn close(&self, mut reached: u64, last: &mut LastPayments, reached_on: &mut [u64]) {
        let mut days = [0.0; LANES];
        for l in 0..LANES {
            let day = day_reached(self.left[l], self.accrued[l], self.days[l]);
            days[l] = self.first_day[l] + day;
            last.keys[l] = Axis::log_key(self.left[l] / self.unit[l]);
        }
        while reached != 0 {
            let lane = reached.trailing_zeros() as usize;
            reached &= reached - 1;
            reached_on[days[lane] as usize] += 1;
        }
    }
}

kernel! {
    #[expect(
        clippy::too_many_arguments,
        reason = "one call, from the worker whose parts they are"
    )]
    fn settle(
        terms: &[PeriodTerms],
        revenue: &[Lanes],
        ledger: &mut Ledger,
        years: &mut [YearEnd],
        unreached: &mut [[u64; STRIPS]],
        recorder: &mut Recorder<'_>,
        last: &mut LastPayments,
        reached_on: &mut [u64],
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
            match plan.detail {
                Detail::All => record_period(k, revenue, terms, ledger, years, recorder),
                Detail::Totals | Detail::Means => recorder.record([(plan.periods[k].payment, &ledger.rows.payment)]),
            }
        }
        // Apart from the loop above: which paths reach the cap in a period is anyone's
        // guess, and a processor that guesses wrong throws away what it has begun.
        let mut reached = Reached::NONE;
        for (k, (terms, revenue)) in terms.iter().zip(revenue).enumerate() {
            let newly = unreached[k][strip] & !unreached[k + 1][strip];
            let payment = plan.periods[k]
                .payment
                .and_then(|row| plan.rows[row].payment);
            let unit = payment.map_or(1.0, |payment| payment.unit);
            reached.note(newly, revenue, terms, unit, ledger);
        }
        let ever = unreached[0][strip] & !unreached[terms.len()][strip];
        reached.close(ever, last, reached_on);
        let totals = &plan.totals;
        recorder.record([
            (totals.paid, &ledger.rows.paid),
            (totals.present_value, &ledger.rows.present_value),
            (totals.uncapped, &ledger.rows.uncapped),
        ]);
        if totals.excess.is_some() {
            recorder.record([(totals.excess, &ledger.excess())]);
        }
        if totals.headroom.is_some() {
            recorder.record([(totals.headroom, &ledger.headroom())]);
        }
    }
}

/// Records period `k`, and the years that end in it.
#[inline(always)]
fn record_period(
    k: usize,
    revenue: &Lanes,
    terms: &PeriodTerms,
    ledger: &mut Ledger,
    years: &mut [YearEnd],
    recorder: &mut Recorder<'_>,
) {
    let rows = &recorder.plan.periods[k];
    if !years.is_empty() {
        ledger.keep_revenue(revenue);
    }
    recorder.record([
        (rows.revenue, revenue),
        (rows.payment, &ledger.rows.payment),
        (rows.paid, &ledger.rows.paid),
    ]);
    if rows.accrued.is_some() {
        recorder.record([(rows.accrued, &accrued(ledger, revenue, terms))]);
    }
    if rows.headroom.is_some() {
        recorder.record([(rows.headroom, &ledger.headroom())]);
    }
    for year in &rows.years {
        let accrued = accrued(ledger, revenue, terms);
        let flows = (revenue, &accrued);
        years[year.calendar].close(year.rest, &year.rows, flows, ledger, recorder);
    }
}

#[inline(always)]
fn accrued(ledger: &Ledger, revenue: &Lanes, terms: &PeriodTerms) -> Lanes {
    let mut accrued = [0.0; LANES];
    for (l, accrued) in accrued.iter_mut().enumerate() {
        *accrued = ledger.accrued(revenue, terms, l);
    }
    accrued
}

impl YearEnd {
    /// Records the year that ends `rest` of the current period before its end: its
    /// flows, and its levels where they are not those of the period.
    #[inline(always)]
    fn close(
        &mut self,
        rest: f64,
        rows: &PeriodRows,
        (revenue, accrued): (&Lanes, &Lanes),
        ledger: &Ledger,
        recorder: &mut Recorder<'_>,
    ) {
        let period = &ledger.rows;
        let revenue = since(&mut self.revenue, &period.revenue, revenue, rest);
        let accrued = since(&mut self.accrued, &period.uncapped, accrued, rest);
        let paid = since(&mut self.paid, &period.paid, &period.payment, rest);
        recorder.record([
            (rows.revenue, &revenue),
            (rows.accrued, &accrued),
            (rows.payment, &paid),
            (rows.paid, &self.paid),
        ]);
        if rows.headroom.is_some() {
            let mut headroom = ledger.headroom();
            for (room, payment) in headroom.iter_mut().zip(&period.payment) {
                *room = fma(rest, *payment, *room);
            }
            recorder.record([(rows.headroom, &headroom)]);
        }
    }
}

/// The sum since the last year's end, where `total` includes a `rest` of the flow
/// `last` that comes after this one's; puts this year's end in its place.
#[inline(always)]
fn since(end: &mut Lanes, total: &Lanes, last: &Lanes, rest: f64) -> Lanes {
    let mut flow = [0.0; LANES];
    for l in 0..LANES {
        let now = fma(-rest, last[l], total[l]);
        let since = now - end[l];
        // Rounding must not turn a year without flows negative.
        flow[l] = if since > 0.0 { since } else { 0.0 };
        end[l] = now;
    }
    flow
}
