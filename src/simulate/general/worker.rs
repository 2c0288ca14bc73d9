//! One thread's part of a run of agreements.

use super::super::Simulation;
use super::super::draws::Draws;
use super::super::eligible::Eligible;
use super::super::ends::position;
use super::super::plan::Source;
use super::super::quantity::{Quantity, Total};
use super::super::strip::Strip;
use super::super::tally::{Slot, Sums};
use super::super::worker::BlockId;
use super::flows::Worth;
use super::plan::{AgreementRows, PartyRows, Plan, ReturnRows};
use super::rows::{Counts, Recorder};
use crate::agreement::Settlement;
use crate::math::fma;
use crate::stats::{Running, SPILL_AFTER};
use crate::units::{Date, LANES, Lanes};

/// What all workers of a run share.
pub struct Job<'a> {
    /// The run.
    pub simulation: &'a Simulation<'a>,
    /// Its random numbers.
    pub draws: Draws,
    /// What it keeps.
    pub plan: Plan,
    /// What the revenue of each period is multiplied by, if by anything.
    pub factors: Option<&'a [f64]>,
}

/// The memory of one worker.
pub struct Worker<'a> {
    strip: Strip,
    recorder: Recorder,
    eligible: Vec<Eligible>,
    worth: Vec<Option<Worth<'a>>>,
    settlement: Settlement,
    inputs: Vec<f64>,
    revenue: Vec<f64>,
    /// For each party and period of one path, what it nets, and in all its value.
    net: Vec<f64>,
    net_values: Vec<f64>,
    year_ends: Vec<YearEnd>,
    counted: u64,
}

/// Levels at the end of the last year of one calendar.
#[derive(Clone, Copy, Debug, Default)]
struct YearEnd {
    accrued: f64,
    paid: f64,
}

impl<'a> Worker<'a> {
    /// A worker for a job.
    pub fn new(job: &Job<'a>) -> Self {
        let simulation = job.simulation;
        let periods = simulation.timeline.periods().len();
        let parties = job.plan.parties.len();
        let contracts = simulation.contracts.iter();
        Self {
            strip: Strip::new(simulation),
            recorder: Recorder::of(&job.plan),
            eligible: contracts
                .clone()
                .map(|contract| Eligible::new(simulation.model, contract))
                .collect(),
            worth: contracts.map(|c| Worth::new(simulation, c)).collect(),
            settlement: Settlement::default(),
            inputs: vec![0.0; simulation.inputs.len()],
            revenue: vec![0.0; periods],
            net: vec![0.0; parties * periods],
            net_values: vec![0.0; parties],
            year_ends: vec![YearEnd::default(); simulation.calendars.len()],
            counted: 0,
        }
    }

    /// All that is counted.
    pub fn into_counts(self) -> Counts {
        self.recorder.into_counts()
    }

    /// Simulates one block and counts it.
    pub fn run(&mut self, job: &Job<'_>, id: BlockId) -> Sums {
        let mut sums = Sums::new(job.plan.rows.len(), job.plan.days.iter().copied());
        self.recorder.begin(id.replicate);
        for offset in (0..id.count).step_by(LANES) {
            let lanes = (id.count - offset).min(LANES);
            let first = id.first + offset as u64;
            let model = job.simulation.model;
            self.strip.generate(&job.draws, model, id.replicate, first);
            if let Some(factors) = job.factors {
                self.strip.multiply(factors);
            }
            self.record_revenue(job);
            for lane in 0..lanes {
                self.settle(job, lane, &mut sums);
            }
            self.recorder.take(lanes);
        }
        self.counted += id.count as u64;
        if self.counted + id.count as u64 > SPILL_AFTER {
            self.recorder.spill();
            self.counted = 0;
        }
        let running = self.recorder.end().map(Running::moments);
        for (moments, of_block) in sums.moments.iter_mut().zip(running) {
            *moments = of_block;
        }
        sums
    }

    /// Records the revenue of the strip in every slot.
    fn record_revenue(&mut self, job: &Job<'_>) {
        let plan = &job.plan;
        if plan.revenue.is_empty() {
            return;
        }
        let mut total = [0.0; LANES];
        let mut ends = vec![[0.0; LANES]; self.year_ends.len()];
        for (k, revenue) in self.strip.total().iter().enumerate() {
            add(&mut total, revenue);
            self.recorder.values()[plan.revenue[k]] = *revenue;
            for year in plan.layout.years_ending(k) {
                let slot = Slot::Year {
                    calendar: year.calendar,
                    year: year.year,
                };
                let row = plan.revenue[plan.layout.slot(slot)];
                let row = &mut self.recorder.values()[row];
                for l in 0..LANES {
                    let now = fma(-year.rest, revenue[l], total[l]);
                    row[l] = (now - ends[year.calendar][l]).max(0.0);
                    ends[year.calendar][l] = now;
                }
            }
        }
    }

    /// Settles every agreement on one path and records what it says.
    fn settle(&mut self, job: &Job<'_>, lane: usize, sums: &mut Sums) {
        let plan = &job.plan;
        let start = job.simulation.timeline.start();
        for (value, row) in self.inputs.iter_mut().zip(&self.strip.inputs) {
            *value = row[lane];
        }
        self.net.fill(0.0);
        self.net_values.fill(0.0);
        for (i, (contract, rows)) in job
            .simulation
            .contracts
            .iter()
            .zip(&plan.agreements)
            .enumerate()
        {
            let strip = self.strip.revenue();
            let row = |row: usize| strip[row][lane];
            self.eligible[i].fill(&self.inputs, row, &mut self.revenue);
            contract.settle(&self.inputs, &self.revenue, &mut self.settlement);
            let worth = self.worth[i].as_ref();
            let value = worth.map(|worth| worth.present_value(&self.settlement));
            self.record(plan, rows, value, lane);
            let end = self.settlement.end;
            if let Some(reason) = position(end.reason) {
                count(&mut sums.counts[rows.counts[reason]], start, end.date);
            }
            if let Some(returns) = &rows.returns {
                let invested = self.worth[i]
                    .as_ref()
                    .map(|w| w.of_investment(returns.investment));
                let net = value
                    .zip(invested)
                    .map(|(value, invested)| value - invested);
                if let Some(date) = self.record_returns(returns, net, lane) {
                    count(&mut sums.counts[returns.payback], start, date);
                }
            }
            self.add_to_net(plan, i, value);
        }
        for (p, party) in plan.parties.iter().enumerate() {
            self.record_net(plan, p, party, lane);
        }
    }

    /// Records the path settled last.
    fn record(&mut self, plan: &Plan, rows: &AgreementRows, value: Option<f64>, lane: usize) {
        let Self {
            recorder,
            settlement,
            year_ends,
            ..
        } = self;
        let recorder = recorder.values();
        let layout = &plan.layout;
        let mut put = |cell: usize, value: f64| {
            if let Some(row) = rows.row(cell) {
                recorder[row][lane] = value.max(0.0);
            }
        };
        let (mut accrued, mut excess, mut added, mut loss) = (0.0, 0.0, 0.0, 0.0);
        year_ends.fill(YearEnd::default());
        for (k, line) in settlement.lines.iter().enumerate() {
            accrued += line.accrued;
            excess += line.excess;
            added += line.added;
            loss += line.loss;
            if plan.revenue.is_empty() {
                continue;
            }
            let slot = Slot::Period(k);
            put(layout.cell(Quantity::AccruedShare, slot), line.accrued);
            put(layout.cell(Quantity::Payment, slot), line.payment);
            put(
                layout.cell(Quantity::CumulativePaid, slot),
                line.cumulative_paid,
            );
            put(
                layout.cell(Quantity::CapHeadroom, slot),
                line.headroom_after,
            );
            for year in layout.years_ending(k) {
                let rest = year.rest;
                let end = &mut year_ends[year.calendar];
                let now = YearEnd {
                    accrued: fma(-rest, line.accrued, accrued),
                    paid: fma(-rest, line.payment, line.cumulative_paid),
                };
                let slot = Slot::Year {
                    calendar: year.calendar,
                    year: year.year,
                };
                put(
                    layout.cell(Quantity::AccruedShare, slot),
                    now.accrued - end.accrued,
                );
                put(layout.cell(Quantity::Payment, slot), now.paid - end.paid);
                put(layout.cell(Quantity::CumulativePaid, slot), now.paid);
                let headroom = fma(rest, line.payment, line.headroom_after);
                put(layout.cell(Quantity::CapHeadroom, slot), headroom);
                *end = now;
            }
        }
        let headroom = settlement
            .lines
            .last()
            .map_or(0.0, |line| line.headroom_after);
        for (total, value) in [
            (Total::Paid, settlement.total_paid()),
            (Total::PresentValue, value.unwrap_or(0.0)),
            (Total::Uncapped, accrued),
            (Total::Excess, excess),
            (Total::Headroom, headroom),
            (Total::Added, added),
            (Total::Loss, loss),
            (Total::Interest, settlement.interest),
        ] {
            put(layout.total(total), value);
        }
        for (source, amount) in rows.cash.iter().zip(&settlement.cash) {
            if let Source::Row(row) = source {
                recorder[*row][lane] = *amount;
            }
        }
    }

    /// Records what an investment brings in; the day on which it is paid back.
    fn record_returns(&mut self, rows: &ReturnRows, net: Option<f64>, lane: usize) -> Option<Date> {
        let returning = &rows.returning;
        let (cash, weighted) = returning.cash(&self.settlement);
        let life = if cash > 0.0 {
            weighted / cash
        } else {
            f64::NAN
        };
        let rate = returning.rate(&self.settlement);
        self.recorder.values()[rows.rate][lane] = rate;
        if let (Some(row), Some(net)) = (rows.net_present_value, net) {
            self.recorder.values()[row][lane] = net;
        }
        for (source, value) in [
            (rows.multiple, cash / rows.investment.amount),
            (rows.life, life),
        ] {
            if let Source::Row(row) = source {
                self.recorder.values()[row][lane] = value;
            }
        }
        returning.payback(&self.settlement)
    }

    /// Adds the payments of the path settled last, of agreement `i`, to what each
    /// party nets.
    fn add_to_net(&mut self, plan: &Plan, i: usize, value: Option<f64>) {
        let periods = self.revenue.len();
        for (p, party) in plan.parties.iter().enumerate() {
            let sign = party.signs[i];
            if sign == 0.0 {
                continue;
            }
            let net = &mut self.net[p * periods..][..periods];
            for (net, line) in net.iter_mut().zip(&self.settlement.lines) {
                *net += sign * line.payment;
            }
            self.net_values[p] += sign * value.unwrap_or(0.0);
        }
    }

    /// Records what a party nets on the path.
    fn record_net(&mut self, plan: &Plan, p: usize, party: &PartyRows, lane: usize) {
        let periods = self.revenue.len();
        let slots = plan.layout.slots();
        let mut total = 0.0;
        let mut put = |quantity: usize, slot: Slot, value: f64| {
            let row = party.cells.get(quantity * slots + plan.layout.slot(slot));
            if let Some(row) = row {
                self.recorder.values()[*row][lane] = value;
            }
        };
        self.year_ends.fill(YearEnd::default());
        for (k, &flow) in self.net[p * periods..][..periods].iter().enumerate() {
            total += flow;
            put(0, Slot::Period(k), flow);
            put(1, Slot::Period(k), total);
            for year in plan.layout.years_ending(k) {
                let now = fma(-year.rest, flow, total);
                let slot = Slot::Year {
                    calendar: year.calendar,
                    year: year.year,
                };
                let before = &mut self.year_ends[year.calendar].paid;
                put(0, slot, now - *before);
                put(1, slot, now);
                *before = now;
            }
        }
        for (row, value) in party.totals.iter().zip([total, self.net_values[p]]) {
            if let Some(row) = row {
                self.recorder.values()[*row][lane] = value;
            }
        }
    }
}

/// Counts a path on a day; one outside the days counted goes to the nearest.
fn count(days: &mut [u64], start: Date, date: Date) {
    let last = days.len() as i32 - 1;
    days[date.days_since(start).clamp(0, last) as usize] += 1;
}

fn add(total: &mut Lanes, row: &Lanes) {
    for (total, value) in total.iter_mut().zip(row) {
        *total += value;
    }
}
