//! Paths settled side by side under all clauses, in their stated order.
//!
//! Written once for rows of any number of paths: a row of one is a ledger, a row of
//! [`LANES`](crate::units::LANES) is what the engine runs. What the agreement says is
//! asked once for all of them; what happens on a path is chosen path by path, without a
//! branch, so that a row becomes vector code. Every path comes out to the same bits
//! however many it stands beside.
//!
//! The order, as `docs/contract.md` states it with an example for each:
//!
//! 1. revenue that counts, on the days within the agreement, up to an event or
//!    a default;
//! 2. the threshold above which sharing starts;
//! 3. the rate: flat, by date, by revenue of the year or to date, by what has been paid,
//!    and what a step-up adds to it;
//! 4. what is paid on account, and the year's true-up;
//! 5. milestone payments;
//! 6. rounding to cents;
//! 7. the annual cap, and what it carries forward;
//! 8. the total cap: [`Cap::pay`];
//! 9. the minimum of the year, within both caps; what is missing from a floor, and what an
//!    event makes due, within the total one;
//! 10. payment dates, deferral, interest;
//! 11. what a default leaves.

mod added;
mod advances;
mod caps;
mod conditions;
mod end;
mod plain;
mod rounding;
mod state;
mod step_up;

use super::accrual::Accrual;
use super::cap::CarryForward;
use super::cash;
use super::ledger::{Cash, LedgerLine, Reached, Settlement};
use super::rows::{Keep, Row, Settled, add, bits, each, mask, row};
use super::schedule::{Piece, Schedule};
use super::sums::Sum;
use super::{Agreement, Contract};
use caps::Due;
pub(super) use state::{Active, Asks, Run};
use state::{PartRun, Period, Year};

/// Settles one path: a row of one.
///
/// `revenue` is the revenue that counts, 0 or more, of each period; `inputs` are
/// the values of the scenario's uncertain inputs on the path.
///
/// # Panics
/// If `revenue` and `schedule` differ in length.
pub fn settle_path(
    agreement: &Agreement,
    schedule: &Schedule,
    inputs: &[f64],
    revenue: &[f64],
    settlement: &mut Settlement,
) {
    let path = settle_one(agreement, schedule, inputs.as_chunks().0, revenue);
    settlement.take(agreement, schedule, revenue, &path, 0);
}

/// A row of one; not part of what calls it, so that it is compiled once.
#[inline(never)]
pub(super) fn settle_one(
    agreement: &Agreement,
    schedule: &Schedule,
    inputs: &[[f64; 1]],
    revenue: &[f64],
) -> Settled<1> {
    let mut path = Settled::new(revenue.len(), schedule.cash_dates().len());
    let revenue = revenue.as_chunks().0;
    settle_row(agreement, schedule, inputs, revenue, Keep::Lines, &mut path);
    path
}

impl<const N: usize> Settled<N> {
    /// What is known of one path of the row, whose revenue that counts is given.
    pub fn path(&self, l: usize, contract: &Contract, revenue: &[f64]) -> Settlement {
        let mut settlement = Settlement::default();
        settlement.take(&contract.agreement, &contract.schedule, revenue, self, l);
        settlement
    }
}

impl Settlement {
    /// One path of a row, in the memory of the one before; `revenue` is what counts on
    /// it, or nothing where only payments are asked.
    fn take<const N: usize>(
        &mut self,
        agreement: &Agreement,
        schedule: &Schedule,
        revenue: &[f64],
        row: &Settled<N>,
        l: usize,
    ) {
        let date = |day: i32| schedule.start().add_days(day);
        self.lines.clear();
        let lines = row.lines.iter().enumerate();
        self.lines.extend(lines.map(|(k, line)| LedgerLine {
            revenue: revenue.get(k).copied().unwrap_or(0.0),
            accrued: line.accrued[l],
            added: line.added[l],
            headroom_before: line.headroom_before[l],
            payment: line.payment[l],
            excess: line.excess[l],
            loss: line.loss[l],
            headroom_after: line.headroom_after[l],
            cumulative_paid: line.cumulative_paid[l],
        }));
        self.reached = (row.reached >> l & 1 == 1).then(|| Reached {
            period: row.reached_in[l],
            fraction: row.reached_at[l],
            date: date(row.last_days[l]),
        });
        self.binds = (row.binds[l] < f64::INFINITY).then_some(row.binds[l] as usize);
        self.above_cap = row.above_cap[l];
        self.end.reason = row.reasons[l];
        self.end.date = date(row.last_days[l]);
        self.cut = row.cut[l];
        self.cash.clear();
        self.cash.extend(row.cash.iter().map(|row| row[l]));
        self.interest = row.interest[l];
        self.recovered = row.recovered[l];
        self.advanced.clear();
        let advances = agreement.clauses.advances.iter();
        let advances = advances
            .zip(&row.advanced)
            .filter(|(_, at)| at[l] < f64::INFINITY);
        self.advanced.extend(advances.map(|(advance, at)| Cash {
            date: schedule.periods()[at[l] as usize].first_day,
            amount: advance.amount,
        }));
    }
}

/// Settles a row of up to 64 paths; `revenue` is the revenue that counts of each
/// period, `inputs` the values of each uncertain input, and `out` was made for this
/// agreement.
///
/// # Panics
/// If `revenue`, `out` and `schedule` differ in length.
#[inline(always)]
pub(super) fn settle_row<const N: usize>(
    agreement: &Agreement,
    schedule: &Schedule,
    inputs: &[[f64; N]],
    revenue: &[[f64; N]],
    keep: Keep<'_>,
    out: &mut Settled<N>,
) {
    assert_eq!(schedule.periods().len(), revenue.len());
    assert_eq!(out.lines.len(), revenue.len());
    out.clear(keep);
    let advances = agreement.clauses.advances.len();
    out.advanced.resize(advances, [f64::INFINITY; N]);
    let mut run = Run::new(agreement, schedule, inputs, revenue);
    // In its place: what a function gives back is moved there, row by row.
    run.stop.draw(agreement, schedule, inputs, revenue);
    let pieces = schedule.pieces();
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        // One line serves all periods that are not kept.
        let (line, passing) = match keep {
            Keep::Lines => (piece.period, None),
            Keep::Sums(passing) => (0, Some(passing)),
        };
        if let Some(passing) = passing
            && !out.open.1
            && passing.alike[at] > 0
        {
            let alike = &pieces[at..][..passing.alike[at]];
            run.sum_plain(alike, revenue, &passing.weights, out);
            at += alike.len();
            continue;
        }
        at += 1;
        let days = schedule.periods()[piece.period].days;
        let revenue = &revenue[piece.period];
        match run.asks.plain {
            true => run.settle_plain(piece, days, revenue, line, out),
            false => run.settle(piece, days, revenue, line, out),
        }
        if let Some(passing) = passing
            && piece.bounds.1
        {
            out.pass(line, &passing.sums, passing.weights[piece.period]);
        }
    }
    if let Keep::Sums(_) = keep {
        out.sums[Sum::Paid] = if run.asks.plain { run.used } else { run.paid };
        out.sums[Sum::Headroom] = run.headroom();
    }
    run.lapse(out);
    run.cut(schedule, out);
    run.stop.end(schedule, out);
    if let Keep::Sums(_) = keep {
        return;
    }
    let claim = run.claim(out);
    cash::pay(agreement, schedule, inputs, &run.stop.default, claim, out);
    if let Some(scale) = agreement.clauses.cents_per_unit {
        out.unscale(scale);
    }
}

impl<const N: usize> Run<'_, N> {
    /// One piece: what it earns, and what of that is paid.
    #[inline(always)]
    fn settle(
        &mut self,
        piece: &Piece,
        accrual_days: i32,
        revenue: &Row<N>,
        line: usize,
        out: &mut Settled<N>,
    ) {
        let clauses = &self.agreement.clauses;
        let (is_first, is_last) = piece.bounds;
        if !clauses.advances.is_empty() {
            self.advance(piece, out);
        }
        if is_first {
            self.begin_period();
        }
        if piece.year != self.year.year {
            self.begin_year(piece);
        }
        if piece.part.begins {
            self.part = PartRun {
                paid_before: self.paid,
                days: [0.0; N],
            };
        }
        if piece.earlier > 0.0 {
            let earlier = row(|l| piece.earlier * revenue[l]);
            self.begin_with(&earlier);
        }
        if !clauses.step_ups.is_empty() {
            self.test_paid(piece);
        }
        if self.asks.conditional.0 {
            self.meet(piece, revenue);
        }
        let mut active = self.active(piece);
        self.put_in_force(piece, &active);
        if self.asks.days_of_year {
            add(&mut self.year.days, &active.days);
        }
        if clauses.period_minimum.is_some() {
            add(&mut self.part.days, &active.days);
        }
        let headroom = self.headroom();
        let known = clauses.paid_so_far.get(piece.period).copied();
        let accrual = self.accrual(piece, &active, revenue);
        let exact = match known {
            // Even over the days of its period, as what accrues is.
            Some(paid) if accrual_days > 0 => {
                let of_all = f64::from(accrual_days);
                row(|l| paid * self.scale * (active.days[l] / of_all))
            }
            Some(paid) if is_last => [paid * self.scale; N],
            Some(_) => [0.0; N],
            None => accrual.total(),
        };
        let accrued = self.rounded(&exact, &accrual);
        // What is carried forward is paid while sharing lasts, not after its last day.
        let carried: Row<N> = match self.asks.carries {
            true => row(|l| {
                if active.days[l] > 0.0 {
                    self.carried[l]
                } else {
                    0.0
                }
            }),
            false => [0.0; N],
        };
        let due: Row<N> = row(|l| accrued[l] + carried[l]);
        let room: Row<N> = match self.asks.real {
            true => row(|l| headroom[l] / self.weight[l] - carried[l]),
            false => row(|l| headroom[l] - carried[l]),
        };
        // Before anything is noted: it asks what a part of the piece would accrue.
        let mut instants = [f64::NAN; N];
        if self.asks.uneven && known.is_none() {
            let would: Row<N> =
                mask(|l| (accrual.even[l] == 0.0) & (room[l] > 0.0) & self.would_reach(l, due[l]));
            each(bits(&would), |l| {
                let amount = room[l] * (exact[l] / accrued[l]);
                instants[l] = self.inverted(l, piece, &active, revenue[l], amount);
            });
        }
        if self.asks.sums {
            self.note(&accrual, &active, revenue);
        }
        let line = &mut out.lines[line];
        if is_first {
            line.accrued = accrued;
            line.payment = [0.0; N];
            line.excess = [0.0; N];
            if clauses.adds() {
                line.added = [0.0; N];
                line.loss = [0.0; N];
            }
            // Only a ledger that is read shows it.
            if N == 1 {
                line.headroom_before = headroom;
            }
        } else {
            add(&mut line.accrued, &accrued);
        }
        let terms = match known {
            Some(_) => Due::Known,
            None => Due::Within {
                annual: clauses.annual_cap.is_some(),
            },
        };
        let was_over = self.over;
        let mut cuts = self.pay(&due, terms, &active, line);
        if self.asks.conditional.1 && is_last {
            self.count_payments(piece, &line.payment);
            active = self.active(piece);
        }
        let by_accrual = bits::<N>(&row(|l| self.over[l] - was_over[l]));
        if self.asks.carries {
            for l in 0..N {
                let is_kept = active.days[l] > 0.0 && self.over[l] == 0.0;
                let lost = line.excess[l] + cuts.by_annual[l];
                line.excess[l] = if is_kept { line.excess[l] } else { lost };
                let left = self.carried[l] - carried[l];
                self.carried[l] = if is_kept { cuts.by_annual[l] } else { left };
            }
        } else if clauses.annual_cap.is_some() {
            add(&mut line.excess, &cuts.by_annual);
        }
        if known.is_none() && clauses.period_minimum.is_some() {
            let added = self.top_up_part(piece, &active);
            add(&mut line.added, &added);
            let more = self.pay(&added, terms, &active, line);
            add(&mut line.excess, &more.by_annual);
            add(&mut cuts.by_total, &more.by_total);
        }
        if active.may_close && known.is_none() && clauses.minimum.is_some() {
            let added = self.top_up(piece, &active);
            add(&mut line.added, &added);
            let more = self.pay(&added, terms, &active, line);
            add(&mut line.excess, &more.by_annual);
            add(&mut cuts.by_total, &more.by_total);
        }
        if known.is_none()
            && let Some(added) = self.due_by(piece, &active)
        {
            add(&mut line.added, &added);
            let more = self.pay(&added, Due::Within { annual: false }, &active, line);
            add(&mut cuts.by_total, &more.by_total);
        }
        let newly = bits::<N>(&row(|l| self.over[l] - was_over[l]));
        line.headroom_after = self.headroom();
        line.cumulative_paid = self.paid;
        if self.agreement.cap.is_some() {
            let period = piece.period as f64;
            for l in 0..N {
                let binds = if cuts.by_total[l] > 0.0 {
                    period
                } else {
                    f64::INFINITY
                };
                out.binds[l] = out.binds[l].min(binds);
            }
        }
        each(newly, |l| {
            // What the year's last day adds reaches the cap on that day.
            let instant = match instants[l] {
                _ if by_accrual >> l & 1 == 0 => 1.0,
                instant if instant.is_nan() => room[l] / accrued[l],
                instant => instant,
            };
            self.reach(l, piece, active.days[l], accrual_days, instant, out);
        });
        self.note_days(piece, &active);
        if !clauses.paid_so_far.is_empty() {
            out.above_cap = self.above_cap;
        }
    }

    /// Notes the days of sharing that a piece has had.
    #[inline(always)]
    fn note_days(&mut self, piece: &Piece, active: &Active<N>) {
        if !self.asks.last && N > 1 {
            return;
        }
        let period = piece.period as f64;
        for l in 0..N {
            let days = self.period_days[l] + active.days[l];
            self.period_days[l] = days;
            let is_active = active.days[l] > 0.0;
            self.last.0[l] = if is_active { period } else { self.last.0[l] };
            self.last.1[l] = if is_active { days } else { self.last.1[l] };
        }
    }

    #[inline(always)]
    fn begin_period(&mut self) {
        if self.agreement.clauses.cents_per_unit.is_some() {
            let Period {
                exact,
                rounded,
                among,
            } = &mut self.period;
            for row in [exact, rounded, among] {
                row.fill(0.0);
            }
        }
        self.period_days = [0.0; N];
    }

    #[inline(always)]
    fn begin_year(&mut self, piece: &Piece) {
        self.test_revenue();
        if let Some(cap) = &self.agreement.clauses.annual_cap
            && cap.carry == CarryForward::Room
        {
            for l in 0..N {
                let room = (self.annual(l).limit() - self.year.paid[l]).max(0.0);
                // A year without a cap leaves none.
                let had_room = self.year.days[l] > 0.0 && room < f64::INFINITY;
                self.room[l] = if had_room { room } else { self.room[l] };
            }
        }
        let is_first = self.year.year == 0;
        self.year = Year::new(piece.year, piece.year_part);
        self.begin_annual(piece);
        if let Some(earlier) = self.agreement.clauses.year_to_date.filter(|_| is_first) {
            self.begin_with(&earlier.lanes(self.inputs));
        }
    }

    /// What the year counts of revenue before the agreement.
    #[inline(always)]
    fn begin_with(&mut self, earlier: &Row<N>) {
        add(&mut self.year.revenue, earlier);
        add(&mut self.year.shared, earlier);
        add(&mut self.year.earlier, earlier);
    }

    /// The days of a piece before sharing stops.
    #[inline(always)]
    fn active(&self, piece: &Piece) -> Active<N> {
        let whole = f64::from(piece.days);
        if piece.days == 0 || self.stop.first > piece.offset + whole {
            let closes = piece.days > 0 && piece.closes_year;
            return Active {
                days: [whole; N],
                fraction: [piece.fraction; N],
                closes_year: [if closes { 1.0 } else { 0.0 }; N],
                is_uniform: true,
                may_close: closes,
                is_whole: true,
            };
        }
        let days: Row<N> = row(|l| (self.stop.at[l] - piece.offset).max(0.0).min(whole));
        // All asked of every path: what follows from one alone would be a branch.
        let end = piece.offset + whole;
        let closes_year =
            mask(|l| (days[l] > 0.0) & (piece.closes_year | (self.stop.at[l] <= end)));
        let fraction = |days: f64| {
            let part = days / piece.period_days;
            if days < whole { part } else { piece.fraction }
        };
        Active {
            fraction: row(|l| fraction(days[l])),
            may_close: bits(&closes_year) != 0,
            days,
            closes_year,
            is_uniform: false,
            is_whole: true,
        }
    }

    /// Adds what a piece accrues, of so much eligible revenue, to what came before.
    #[inline(always)]
    fn note(&mut self, accrual: &Accrual<N>, active: &Active<N>, revenue: &Row<N>) {
        let eligible: Row<N> = row(|l| active.fraction[l] * revenue[l]);
        add(&mut self.revenue, &eligible);
        add(&mut self.year.revenue, &eligible);
        add(&mut self.year.shared, &accrual.shared);
        add(&mut self.year.earned, &accrual.earned);
        add(&mut self.year.accrued, &accrual.share);
    }

    /// Whether what is due can reach the total cap on a path.
    #[inline(always)]
    fn would_reach(&self, l: usize, due: f64) -> bool {
        let payment = self.cap.at(l).pay(self.used[l], due * self.weight[l]);
        self.over[l] == 0.0 && payment.reached
    }

    /// The part of a piece's revenue that makes it accrue an amount on one path.
    #[cold]
    #[inline(never)]
    fn inverted(
        &self,
        l: usize,
        piece: &Piece,
        active: &Active<N>,
        revenue: f64,
        amount: f64,
    ) -> f64 {
        let inputs: Vec<[f64; 1]> = self.inputs.iter().map(|input| [input[l]]).collect();
        let run = self.one(l, &inputs);
        run.part_that_accrues(piece, active.days[l], active.fraction[l], revenue, amount)
    }
}
