//! Agreements settled under all clauses, strip by strip.
//!
//! All agreements of a file are settled on a strip before any is recorded: they may share a
//! cap, and parties net what all of them pay. So rows are filled first and then recorded
//! together, other than those of a lone [flat share](super::super::flat::pass).

use super::flows::Worth;
use crate::agreement::{Contract, InPassing, Keep, Settled, Sum, Sums, share_caps};
use crate::math::{fma, kernel};
use crate::simulate::eligible::Eligible;
use crate::simulate::estimates::ends::position;
use crate::simulate::estimates::quantity::{Quantity, Total};
use crate::simulate::record::recorder::Recorder;
use crate::simulate::record::recording::{AgreementRows, PartyRows, Recording, ReturnRows};
use crate::simulate::record::rows::Source;
use crate::simulate::record::strip::Strip;
use crate::simulate::record::tally::Slot;
use crate::simulate::record::worker::Reading;
use crate::units::{LANES, Lanes};

/// Where a strip is settled, one reading after the other.
pub struct Room {
    /// The strip settled under each agreement.
    settled: Vec<Settled<LANES>>,
    /// What counts of the revenue for the agreement settled last.
    revenue: Vec<Lanes>,
    /// Paths to be counted: for each which count of the reading, and the day. In their turn
    /// after some strips, so that each table of days is fetched once for all of them.
    noted: Vec<(usize, i32)>,
}

impl Room {
    /// Room for each of some readings.
    pub fn new(readings: &[Reading<'_>]) -> Self {
        let periods = readings[0].simulation.timeline.periods().len();
        let under_clauses = readings.iter().filter(|r| r.recording.flat.is_none());
        let most = under_clauses.map(|r| r.simulation.contracts.len()).max();
        Self {
            settled: vec![Settled::new(periods, 0); most.unwrap_or(0)],
            revenue: vec![[0.0; LANES]; periods],
            noted: Vec::new(),
        }
    }

    /// Counts the paths noted.
    pub fn count_days(&mut self, recorder: &mut Recorder) {
        if self.noted.is_empty() {
            return;
        }
        let days = recorder.days();
        for (at, day) in self.noted.drain(..) {
            count(&mut days[at], day);
        }
    }
}

/// What one worker needs to settle strips of a reading.
pub struct ClausePass<'a> {
    eligible: Vec<Eligible>,
    worth: Vec<Option<Worth<'a>>>,
    /// For each agreement of which sums are taken in passing, what its payments count for.
    in_passing: Vec<Option<InPassing>>,
    /// For each agreement what is added up.
    sums: Vec<Vec<Sum>>,
    /// For each party and period of the strip, what it nets, and in all its value.
    net: Vec<Lanes>,
    net_values: Vec<Lanes>,
    year_ends: Vec<YearEnd>,
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

impl<'a> ClausePass<'a> {
    /// Of the agreements of a reading.
    pub fn new(reading: &Reading<'a>) -> Self {
        let (simulation, recording) = (&reading.simulation, &reading.recording);
        let periods = simulation.timeline.periods().len();
        let parties = recording.parties.len();
        let contracts = simulation.contracts.iter();
        let worth: Vec<_> = contracts
            .clone()
            .map(|c| Worth::new(simulation, c))
            .collect();
        let own = contracts.clone().zip(&worth).zip(&recording.agreements);
        Self {
            in_passing: own
                .map(|((contract, worth), rows)| {
                    let is_alone = recording.parties.is_empty() && rows.returns.is_none();
                    let asks_sums = recording.revenue.is_empty() && is_alone;
                    asks_sums.then(|| in_passing(contract, worth.as_ref()))?
                })
                .collect(),
            sums: contracts.clone().map(|c| Sum::of(&c.agreement)).collect(),
            eligible: contracts
                .map(|contract| Eligible::new(simulation.model, contract))
                .collect(),
            worth,
            net: vec![[0.0; LANES]; parties * periods],
            net_values: vec![[0.0; LANES]; parties],
            year_ends: vec![YearEnd::START; simulation.calendars.len()],
        }
    }

    /// Settles the first `lanes` paths of a strip and records their rows.
    pub fn settle(
        &mut self,
        reading: &Reading<'_>,
        strip: &Strip,
        lanes: usize,
        room: &mut Room,
        recorder: &mut Recorder,
    ) {
        let values = recorder.values();
        self.record_revenue(&reading.recording, strip, values);
        settle(self, reading, strip, room, lanes, values);
        recorder.take(lanes);
    }

    /// Records the revenue of the strip in every slot.
    fn record_revenue(&self, recording: &Recording, strip: &Strip, values: &mut [Lanes]) {
        if recording.revenue.is_empty() {
            return;
        }
        let mut total = [0.0; LANES];
        let mut ends = vec![[0.0; LANES]; self.year_ends.len()];
        for (k, revenue) in strip.total().iter().enumerate() {
            add(&mut total, revenue);
            values[recording.revenue[k]] = *revenue;
            for year in recording.layout.years_ending(k) {
                let slot = Slot::Year {
                    calendar: year.calendar,
                    year: year.year,
                };
                let row = recording.revenue[recording.layout.slot(slot)];
                let row = &mut values[row];
                for l in 0..LANES {
                    let now = fma(-year.rest, revenue[l], total[l]);
                    row[l] = (now - ends[year.calendar][l]).max(0.0);
                    ends[year.calendar][l] = now;
                }
            }
        }
    }

    /// Settles every agreement on a strip and fills in what it says.
    #[inline(always)]
    fn settle_all(
        &mut self,
        reading: &Reading<'_>,
        strip: &Strip,
        room: &mut Room,
        lanes: usize,
        values: &mut [Lanes],
    ) {
        let (simulation, recording) = (&reading.simulation, &reading.recording);
        self.net.fill([0.0; LANES]);
        self.net_values.fill([0.0; LANES]);
        for (i, contract) in simulation.contracts.iter().enumerate() {
            let settled = &mut room.settled[i];
            let of_model = strip.revenue();
            let revenue = self.eligible[i].rows(&strip.inputs, of_model, &mut room.revenue);
            settled.fit(contract.schedule.cash_dates().len());
            let keep = match &self.in_passing[i] {
                Some(passing) => Keep::Sums(passing),
                None => Keep::Lines,
            };
            contract.settle_keeping(&strip.inputs, revenue, keep, settled);
        }
        share_caps(simulation.contracts, &strip.inputs, &mut room.settled);
        let Room { settled, noted, .. } = room;
        for (i, rows) in recording.agreements.iter().enumerate() {
            let settled = &mut settled[i];
            if self.in_passing[i].is_none() {
                self.record(recording, rows, i, settled, values);
                if let Some(worth) = &self.worth[i] {
                    settled.sums[Sum::Worth] = worth.present_values(settled);
                }
            }
            for total in Total::ALL {
                let sum = &settled.sums[total.sum()];
                put(values, rows, recording.layout.total(total), sum);
            }
            if let Some(returns) = &rows.returns {
                let back = self.record_returns(i, returns, settled, values);
                let start = simulation.timeline.start();
                for (lane, position) in back.iter().enumerate().take(lanes) {
                    if let Some(date) = returns.returning.date(*position, lane, settled) {
                        noted.push((returns.payback, date.days_since(start)));
                    }
                }
            }
            for lane in 0..lanes {
                let count = position(settled.reasons[lane]).and_then(|at| rows.counts[at]);
                if let Some(count) = count {
                    noted.push((count, settled.last_days[lane]));
                }
            }
            self.add_to_net(recording, i, settled);
        }
        let recorded = |(_, party): &(usize, &PartyRows)| !party.is_mirrored;
        for (p, party) in recording.parties.iter().enumerate().filter(recorded) {
            self.record_net(recording, p, party, values);
        }
    }

    /// Records the periods and the cash of a strip of agreement `i`, and adds them up.
    #[inline(always)]
    fn record(
        &mut self,
        recording: &Recording,
        rows: &AgreementRows,
        i: usize,
        settled: &mut Settled<LANES>,
        values: &mut [Lanes],
    ) {
        let year_ends = &mut self.year_ends;
        let layout = &recording.layout;
        let mut put = |cell: usize, row: &Lanes| put(values, rows, cell, row);
        let nothing = [0.0; LANES];
        year_ends.fill(YearEnd::START);
        settled.sums = Sums::NONE;
        let Settled { lines, sums, .. } = &mut *settled;
        for (k, line) in lines.iter().enumerate() {
            sums.take(line, &self.sums[i]);
            if recording.revenue.is_empty() {
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
                    let now = fma(-rest, line.accrued[l], sums[Sum::Accrued][l]);
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
        settled.close();
        for (source, amounts) in rows.cash.iter().zip(&settled.cash) {
            if let Source::Row(row) = source {
                values[*row] = *amounts;
            }
        }
    }

    /// Records what an investment brings in on the strip. The position of the flow that
    /// pays it back on each path: see [`Flows::payback`](crate::valuation::Flows::payback).
    #[inline(always)]
    fn record_returns(
        &mut self,
        i: usize,
        rows: &ReturnRows,
        settled: &Settled<LANES>,
        values: &mut [Lanes],
    ) -> Lanes {
        let returning = &rows.returning;
        let investment = returning.investment();
        let recovered = returning.recovered(settled);
        let more = returning.more(settled);
        let flows = returning.flows(settled, recovered.as_ref(), &more);
        values[rows.rate] = flows.internal_rates(investment.amount);
        if let (Some(row), Some(worth)) = (rows.net_present_value, &self.worth[i]) {
            let invested = worth.of_investment(returning, settled);
            for l in 0..LANES {
                values[row][l] = settled.sums[Sum::Worth][l] - invested[l];
            }
        }
        let (cash, weighted) = flows.sums();
        if let Source::Row(row) = rows.multiple {
            let invested = flows.invested(investment.amount);
            for l in 0..LANES {
                values[row][l] = cash[l] / invested[l];
            }
        }
        if let Source::Row(row) = rows.life {
            for l in 0..LANES {
                let life = weighted[l] / cash[l];
                values[row][l] = if cash[l] > 0.0 { life } else { f64::NAN };
            }
        }
        flows.payback(investment.amount)
    }

    /// Adds the payments of the strip settled last, of agreement `i`, to what each
    /// party nets.
    #[inline(always)]
    fn add_to_net(&mut self, recording: &Recording, i: usize, settled: &Settled<LANES>) {
        let periods = settled.lines.len();
        for (p, party) in recording.parties.iter().enumerate() {
            let sign = party.signs[i];
            if sign == 0.0 || party.is_mirrored {
                continue;
            }
            let net = &mut self.net[p * periods..][..periods];
            for (net, line) in net.iter_mut().zip(&settled.lines) {
                for l in 0..LANES {
                    net[l] += sign * line.payment[l];
                }
            }
            for l in 0..LANES {
                self.net_values[p][l] += sign * settled.sums[Sum::Worth][l];
            }
        }
    }

    /// Records what a party nets on the strip.
    #[inline(always)]
    fn record_net(
        &mut self,
        recording: &Recording,
        p: usize,
        party: &PartyRows,
        values: &mut [Lanes],
    ) {
        let periods = self.net.len() / recording.parties.len();
        let slots = recording.layout.slots();
        let mut total = [0.0; LANES];
        let mut put = |quantity: usize, slot: Slot, row: &Lanes| {
            let at = party
                .cells
                .get(quantity * slots + recording.layout.slot(slot));
            if let Some(at) = at {
                values[*at] = *row;
            }
        };
        self.year_ends.fill(YearEnd::START);
        for (k, flow) in self.net[p * periods..][..periods].iter().enumerate() {
            add(&mut total, flow);
            put(0, Slot::Period(k), flow);
            put(1, Slot::Period(k), &total);
            for year in recording.layout.years_ending(k) {
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
    fn settle(
        pass: &mut ClausePass<'_>,
        reading: &Reading<'_>,
        strip: &Strip,
        room: &mut Room,
        lanes: usize,
        values: &mut [Lanes],
    ) {
        pass.settle_all(reading, strip, room, lanes, values);
    }
}

/// What the payments of a contract count for where sums are taken in passing; none where they
/// cannot be.
fn in_passing(contract: &Contract, worth: Option<&Worth<'_>>) -> Option<InPassing> {
    let is_certain = worth.is_none_or(|worth| worth.is_certain(contract));
    (contract.adds_up_in_passing() && is_certain).then(|| {
        contract.in_passing(match worth {
            Some(worth) => worth.in_passing(contract),
            None => vec![Some(0.0); contract.schedule.periods().len()],
        })
    })
}

/// Puts numbers in the row of a cell, where it has one of its own.
#[inline(always)]
fn put(values: &mut [Lanes], rows: &AgreementRows, cell: usize, row: &Lanes) {
    if let Some(at) = rows.row(cell) {
        for l in 0..LANES {
            values[at][l] = row[l].max(0.0);
        }
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
