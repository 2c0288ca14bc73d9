//! One thread's part of a run of agreements.

use super::super::Simulation;
use super::super::draws::Draws;
use super::super::eligible::Eligible;
use super::super::ends::position;
use super::super::kernels::kernel;
use super::super::plan::Source;
use super::super::quantity::{Quantity, Total};
use super::super::strip::Strip;
use super::super::tally::{Slot, Sums};
use super::super::worker::BlockId;
use super::flows::Worth;
use super::plan::{AgreementRows, PartyRows, Plan, ReturnRows};
use super::rows::{Counts, Recorder};
use crate::agreement::Settled;
use crate::math::fma;
use crate::stats::{Running, SPILL_AFTER};
use crate::units::{LANES, Lanes};

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
    /// The strip settled under each agreement.
    settled: Vec<Settled<LANES>>,
    /// What counts of the revenue for the agreement settled last.
    revenue: Vec<Lanes>,
    /// For each party and period of the strip, what it nets, and in all its value.
    net: Vec<Lanes>,
    net_values: Vec<Lanes>,
    year_ends: Vec<YearEnd>,
    counted: u64,
}

/// Levels at the end of the last year of one calendar.
#[derive(Clone, Copy, Debug)]
struct YearEnd {
    accrued: Lanes,
    paid: Lanes,
}

impl YearEnd {
    const START: Self = Self {
        accrued: [0.0; LANES],
        paid: [0.0; LANES],
    };
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
            worth: contracts
                .clone()
                .map(|c| Worth::new(simulation, c))
                .collect(),
            settled: contracts
                .map(|c| Settled::new(periods, c.schedule.cash_dates().len()))
                .collect(),
            revenue: vec![[0.0; LANES]; periods],
            net: vec![[0.0; LANES]; parties * periods],
            net_values: vec![[0.0; LANES]; parties],
            year_ends: vec![YearEnd::START; simulation.calendars.len()],
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
            settle(self, job, lanes, &mut sums);
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

    /// Settles every agreement on a strip and records what it says.
    #[inline(always)]
    fn settle(&mut self, job: &Job<'_>, lanes: usize, sums: &mut Sums) {
        let plan = &job.plan;
        self.net.fill([0.0; LANES]);
        self.net_values.fill([0.0; LANES]);
        let contracts = job.simulation.contracts.iter().zip(&plan.agreements);
        for (i, (contract, rows)) in contracts.enumerate() {
            let inputs = &self.strip.inputs;
            let of_model = self.strip.revenue();
            let revenue = self.eligible[i].rows(inputs, of_model, &mut self.revenue);
            contract.settle_row(inputs, revenue, &mut self.settled[i]);
            let worth = self.worth[i].as_ref();
            let value = worth.map(|worth| worth.present_values(&self.settled[i]));
            if let Some(returns) = &rows.returns {
                self.record_returns(job, i, returns, value.as_ref(), lanes, sums);
            }
            self.record(plan, i, rows, value.as_ref());
            let settled = &self.settled[i];
            for lane in 0..lanes {
                if let Some(reason) = position(settled.reasons[lane]) {
                    count(
                        &mut sums.counts[rows.counts[reason]],
                        settled.last_days[lane],
                    );
                }
            }
            self.add_to_net(plan, i, value.as_ref());
        }
        for (p, party) in plan.parties.iter().enumerate() {
            self.record_net(plan, p, party);
        }
    }

    /// Records an agreement's strip.
    #[inline(always)]
    fn record(&mut self, plan: &Plan, i: usize, rows: &AgreementRows, value: Option<&Lanes>) {
        let Self {
            recorder,
            settled,
            year_ends,
            ..
        } = self;
        let recorder = recorder.values();
        let settled = &settled[i];
        let layout = &plan.layout;
        let mut put = |cell: usize, values: &Lanes| {
            if let Some(row) = rows.row(cell) {
                for l in 0..LANES {
                    recorder[row][l] = values[l].max(0.0);
                }
            }
        };
        let nothing = [0.0; LANES];
        let (mut accrued, mut excess, mut added, mut loss) = (nothing, nothing, nothing, nothing);
        year_ends.fill(YearEnd::START);
        let keeps = |total: Total| rows.row(layout.total(total)).is_some();
        let (keeps_added, keeps_loss) = (keeps(Total::Added), keeps(Total::Loss));
        for (k, line) in settled.lines.iter().enumerate() {
            add(&mut accrued, &line.accrued);
            add(&mut excess, &line.excess);
            if keeps_added {
                add(&mut added, &line.added);
            }
            if keeps_loss {
                add(&mut loss, &line.loss);
            }
            if plan.revenue.is_empty() {
                continue;
            }
            let slot = Slot::Period(k);
            put(layout.cell(Quantity::AccruedShare, slot), &line.accrued);
            put(layout.cell(Quantity::Payment, slot), &line.payment);
            put(
                layout.cell(Quantity::CumulativePaid, slot),
                &line.cumulative_paid,
            );
            put(
                layout.cell(Quantity::CapHeadroom, slot),
                &line.headroom_after,
            );
            for year in layout.years_ending(k) {
                let rest = year.rest;
                let end = &mut year_ends[year.calendar];
                let (mut flows, mut levels) = ([nothing; 2], [nothing; 2]);
                for l in 0..LANES {
                    let now = fma(-rest, line.accrued[l], accrued[l]);
                    flows[0][l] = now - end.accrued[l];
                    end.accrued[l] = now;
                    let now = fma(-rest, line.payment[l], line.cumulative_paid[l]);
                    flows[1][l] = now - end.paid[l];
                    end.paid[l] = now;
                    levels[0][l] = now;
                    levels[1][l] = fma(rest, line.payment[l], line.headroom_after[l]);
                }
                let slot = Slot::Year {
                    calendar: year.calendar,
                    year: year.year,
                };
                put(layout.cell(Quantity::AccruedShare, slot), &flows[0]);
                put(layout.cell(Quantity::Payment, slot), &flows[1]);
                put(layout.cell(Quantity::CumulativePaid, slot), &levels[0]);
                put(layout.cell(Quantity::CapHeadroom, slot), &levels[1]);
            }
        }
        let last = settled.lines.last();
        for (total, values) in [
            (
                Total::Paid,
                last.map_or(&nothing, |line| &line.cumulative_paid),
            ),
            (Total::PresentValue, value.unwrap_or(&nothing)),
            (Total::Uncapped, &accrued),
            (Total::Excess, &excess),
            (
                Total::Headroom,
                last.map_or(&nothing, |line| &line.headroom_after),
            ),
            (Total::Added, &added),
            (Total::Loss, &loss),
            (Total::Interest, &settled.interest),
        ] {
            put(layout.total(total), values);
        }
        for (source, amounts) in rows.cash.iter().zip(&settled.cash) {
            if let Source::Row(row) = source {
                recorder[*row] = *amounts;
            }
        }
    }

    /// Records what an investment brings in on the strip; counts the days on which it is
    /// paid back.
    #[inline(always)]
    fn record_returns(
        &mut self,
        job: &Job<'_>,
        i: usize,
        rows: &ReturnRows,
        value: Option<&Lanes>,
        lanes: usize,
        sums: &mut Sums,
    ) {
        let settled = &self.settled[i];
        let returning = &rows.returning;
        let investment = returning.investment();
        let recovered = returning.recovered(settled);
        let flows = returning.flows(settled, recovered.as_ref());
        let values = self.recorder.values();
        values[rows.rate] = flows.internal_rates(investment.amount);
        if let (Some(row), Some(worth), Some(value)) =
            (rows.net_present_value, &self.worth[i], value)
        {
            let invested = worth.of_investment(investment);
            for l in 0..LANES {
                values[row][l] = value[l] - invested;
            }
        }
        let (cash, weighted) = flows.sums();
        if let Source::Row(row) = rows.multiple {
            for l in 0..LANES {
                values[row][l] = cash[l] / investment.amount;
            }
        }
        if let Source::Row(row) = rows.life {
            for l in 0..LANES {
                let life = weighted[l] / cash[l];
                values[row][l] = if cash[l] > 0.0 { life } else { f64::NAN };
            }
        }
        let start = job.simulation.timeline.start();
        let payback = flows.payback(investment.amount);
        for lane in 0..lanes {
            if let Some(date) = returning.date(payback[lane], lane, settled) {
                count(&mut sums.counts[rows.payback], date.days_since(start));
            }
        }
    }

    /// Adds the payments of the strip settled last, of agreement `i`, to what each
    /// party nets.
    #[inline(always)]
    fn add_to_net(&mut self, plan: &Plan, i: usize, value: Option<&Lanes>) {
        let periods = self.revenue.len();
        for (p, party) in plan.parties.iter().enumerate() {
            let sign = party.signs[i];
            if sign == 0.0 {
                continue;
            }
            let net = &mut self.net[p * periods..][..periods];
            for (net, line) in net.iter_mut().zip(&self.settled[i].lines) {
                for l in 0..LANES {
                    net[l] += sign * line.payment[l];
                }
            }
            for l in 0..LANES {
                self.net_values[p][l] += sign * value.map_or(0.0, |value| value[l]);
            }
        }
    }

    /// Records what a party nets on the strip.
    #[inline(always)]
    fn record_net(&mut self, plan: &Plan, p: usize, party: &PartyRows) {
        let periods = self.revenue.len();
        let slots = plan.layout.slots();
        let mut total = [0.0; LANES];
        let values = self.recorder.values();
        let mut put = |quantity: usize, slot: Slot, row: &Lanes| {
            let at = party.cells.get(quantity * slots + plan.layout.slot(slot));
            if let Some(at) = at {
                values[*at] = *row;
            }
        };
        self.year_ends.fill(YearEnd::START);
        for (k, flow) in self.net[p * periods..][..periods].iter().enumerate() {
            add(&mut total, flow);
            put(0, Slot::Period(k), flow);
            put(1, Slot::Period(k), &total);
            for year in plan.layout.years_ending(k) {
                let slot = Slot::Year {
                    calendar: year.calendar,
                    year: year.year,
                };
                let before = &mut self.year_ends[year.calendar].paid;
                let mut within = [0.0; LANES];
                for l in 0..LANES {
                    let now = fma(-year.rest, flow[l], total[l]);
                    within[l] = now - before[l];
                    before[l] = now;
                }
                put(0, slot, &within);
                put(1, slot, before);
            }
        }
        for (row, row_values) in party.totals.iter().zip([&total, &self.net_values[p]]) {
            if let Some(row) = row {
                values[*row] = *row_values;
            }
        }
    }
}

kernel! {
    fn settle(worker: &mut Worker<'_>, job: &Job<'_>, lanes: usize, sums: &mut Sums) {
        worker.settle(job, lanes, sums);
    }
}

/// Counts a path on a day; one outside the days counted goes to the nearest.
fn count(days: &mut [u64], day: i32) {
    let last = days.len() as i32 - 1;
    days[day.clamp(0, last) as usize] += 1;
}

#[inline(always)]
fn add(total: &mut Lanes, row: &Lanes) {
    for (total, value) in total.iter_mut().zip(row) {
        *total += value;
    }
}
