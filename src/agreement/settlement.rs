//! One path settled under all clauses, in their stated order.
//!
//! The order, as `docs/contract.md` states it with an example for each:
//!
//! 1. revenue that counts, on the days within the agreement, up to an event or
//!    a default;
//! 2. the threshold above which sharing starts;
//! 3. the rate: flat, by date, by annual revenue, by what has been paid;
//! 4. what is paid on account, and the year's true-up;
//! 5. milestone payments;
//! 6. rounding to cents;
//! 7. the annual cap, and what it carries forward;
//! 8. the total cap: [`Cap::pay`];
//! 9. the minimum of the year, within both caps;
//! 10. payment dates, deferral, interest;
//! 11. what a default leaves.

use super::Agreement;
use super::cap::{AnnualCap, CarryForward};
use super::cash;
use super::clauses::{Claim, MilestoneOver};
use super::ledger::{EndReason, LedgerLine, Reached, Settlement};
use super::rule::{Cap, TIE, day_reached, whole_cents};
use super::schedule::{Piece, Schedule};
use super::share::{Share, TierBasis, by_paid, marginal, retroactive};
use super::stop::{Stop, day_within};

/// Settles one path into a buffer that is used again from path to path, so that
/// nothing is allocated once it has grown to the schedule's length.
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
    assert_eq!(schedule.periods().len(), revenue.len());
    settlement.clear(revenue.len(), schedule.cash_dates().len());
    let stop = Stop::drawn(agreement, schedule, inputs);
    let mut run = Run::new(agreement, inputs, stop.at);
    for piece in schedule.pieces() {
        let days = schedule.periods()[piece.period].days;
        run.settle(piece, days, revenue[piece.period], settlement);
    }
    run.lapse(settlement);
    settlement.end = stop.end(schedule, settlement.reached);
    let claim = run.claim(settlement);
    let default = stop.default(schedule);
    cash::pay(agreement, schedule, inputs, default, claim, settlement);
    settlement.unscale(run.scale);
}

/// The state of a path between two pieces. Amounts to be paid are in units of
/// `1 / scale`: in cents where the agreement rounds to them.
struct Run<'a> {
    agreement: &'a Agreement,
    inputs: &'a [f64],
    scale: f64,
    /// Days from the timeline's start at which sharing stops.
    stop: f64,
    paid_before: f64,
    /// The total cap in force, and which step and age it is.
    cap: Cap,
    in_force: Option<(usize, i32)>,
    /// What a payment of the piece counts for against it.
    weight: f64,
    /// Whether the total cap is reached.
    over: bool,
    /// What counts against the cap so far.
    used: f64,
    paid: f64,
    /// Cut by the annual cap and carried forward.
    carried: f64,
    /// Room of earlier years not used.
    room: f64,
    /// Eligible revenue to date.
    revenue: f64,
    /// Accrued in the period to date, before and after rounding.
    period: (f64, f64),
    /// Accrual days of the period to date.
    period_days: f64,
    year: Year,
    /// The last period that earned share.
    last: Option<usize>,
}

/// What has happened in a year.
#[derive(Clone, Copy, Debug, Default)]
struct Year {
    year: i16,
    /// Eligible revenue.
    revenue: f64,
    /// The part of it that is shared.
    shared: f64,
    /// Share earned by the rates.
    earned: f64,
    /// Share accrued, on account where that is agreed.
    accrued: f64,
    paid: f64,
    /// Days of sharing.
    days: f64,
}

/// The part of a piece that earns share.
#[derive(Clone, Copy, Debug)]
struct Active {
    days: f64,
    /// Those days over all days of the period.
    fraction: f64,
    /// Whether they are the year's last.
    closes_year: bool,
}

/// What the caps cut of an amount that is due.
#[derive(Clone, Copy, Debug)]
struct Paid {
    cut_by_annual: f64,
    cut_by_total: f64,
}

impl<'a> Run<'a> {
    fn new(agreement: &'a Agreement, inputs: &'a [f64], stop: f64) -> Self {
        Self {
            agreement,
            inputs,
            scale: agreement.clauses.cents_per_unit.unwrap_or(1.0),
            stop,
            paid_before: agreement.paid_before.at(inputs),
            cap: Cap::new(f64::INFINITY, 0.0),
            in_force: None,
            weight: 1.0,
            over: false,
            used: 0.0,
            paid: 0.0,
            carried: 0.0,
            room: 0.0,
            revenue: 0.0,
            period: (0.0, 0.0),
            period_days: 0.0,
            year: Year::default(),
            last: None,
        }
    }

    /// One piece: what it earns, and what of that is paid.
    fn settle(&mut self, piece: &Piece, accrual_days: i32, revenue: f64, out: &mut Settlement) {
        let clauses = &self.agreement.clauses;
        if piece.bounds.0 {
            self.period = (0.0, 0.0);
            self.period_days = 0.0;
        }
        if piece.year != self.year.year {
            self.begin_year(piece.year);
        }
        self.put_in_force(piece);
        let active = self.active(piece);
        self.year.days += active.days;
        let headroom = self.headroom();
        let history = clauses.paid_so_far.get(piece.period).copied();
        let share = self.share(piece, &active, revenue);
        let accrued = match history {
            Some(paid) if piece.bounds.1 => paid * self.scale,
            Some(_) => 0.0,
            None => share + self.milestones(piece, active.fraction * revenue),
        };
        self.revenue += active.fraction * revenue;
        self.year.revenue += active.fraction * revenue;
        let accrued = self.rounded(accrued);
        let due = accrued + self.carried;
        let line = &mut out.lines[piece.period];
        if piece.bounds.0 {
            line.headroom_before = headroom;
        }
        line.revenue = revenue;
        line.accrued += accrued;
        let annual = clauses.annual_cap.filter(|_| history.is_none());
        let paid = self.pay(due, annual, &active, line);
        let mut cut = paid.cut_by_total > 0.0;
        let carries = annual.is_some_and(|cap| cap.carry == CarryForward::Excess) && !self.over;
        self.carried = if carries { paid.cut_by_annual } else { 0.0 };
        line.excess += if carries { 0.0 } else { paid.cut_by_annual };
        let mut instant = headroom / (due * self.weight);
        if active.closes_year && history.is_none() && !self.over {
            let added = self.top_up(piece);
            line.added += added;
            let paid = self.pay(added, annual, &active, line);
            line.excess += paid.cut_by_annual;
            cut |= paid.cut_by_total > 0.0;
            // What the year's last day adds reaches the cap on that day.
            instant = if self.over { 1.0 } else { instant };
        }
        line.headroom_after = self.headroom();
        line.cumulative_paid = self.paid;
        if cut && out.binds.is_none() {
            out.binds = Some(piece.period);
        }
        if self.over && out.reached.is_none() {
            out.reached = Some(self.reached(piece, &active, accrual_days, instant));
        }
        self.period_days += active.days;
        if active.days > 0.0 {
            self.last = Some(piece.period);
        }
    }

    fn begin_year(&mut self, year: i16) {
        if let Some(cap) = self.agreement.clauses.annual_cap
            && cap.carry == CarryForward::Room
            && self.year.days > 0.0
        {
            let limit = cap.amount.at(self.inputs) * self.scale + self.room;
            self.room = (limit - self.year.paid).max(0.0);
        }
        self.year = Year {
            year,
            ..Year::default()
        };
    }

    /// The total cap of a piece. One that is reached stays, and one that falls
    /// below what is paid counts as reached.
    fn put_in_force(&mut self, piece: &Piece) {
        let Some(total) = self.agreement.cap.as_ref().filter(|_| !self.over) else {
            return;
        };
        if total.indexation.is_real() {
            self.weight = piece.growth.deflator(self.inputs);
        }
        let step = (piece.cap_step, piece.cap_years);
        if self.in_force == Some(step) {
            return;
        }
        self.in_force = Some(step);
        let mut amount = total.steps[step.0].at(self.inputs);
        if !total.indexation.is_real() {
            amount *= piece.growth.factor(self.inputs);
        }
        let whole_cents =
            self.agreement.clauses.cents_per_unit.is_some() && !total.indexation.is_real();
        self.cap = if whole_cents {
            Cap::in_cents((amount - self.paid_before) * self.scale)
        } else {
            Cap::new(amount * self.scale, self.paid_before * self.scale)
        };
        if self.used > self.cap.limit() {
            self.cap = Cap::used_up(self.used);
        }
    }

    /// What both caps still let be paid of the piece's accrual.
    fn room_to_pay(&self) -> f64 {
        let total = self.headroom() / self.weight;
        match self.agreement.clauses.annual_cap {
            Some(cap) => total.min(self.annual(cap).limit() - self.year.paid - self.carried),
            None => total,
        }
    }

    fn headroom(&self) -> f64 {
        self.cap.limit() - self.used
    }

    /// The days of a piece before sharing stops.
    fn active(&self, piece: &Piece) -> Active {
        let whole = f64::from(piece.days);
        let days = (self.stop - piece.offset).clamp(0.0, whole);
        let stops = days > 0.0 && self.stop <= piece.offset + whole;
        Active {
            days,
            fraction: if days < whole {
                days / piece.period_days
            } else {
                piece.fraction
            },
            closes_year: days > 0.0 && (piece.closes_year || stops),
        }
    }

    /// The share a piece accrues, before rounding.
    fn share(&mut self, piece: &Piece, active: &Active, revenue: f64) -> f64 {
        let clauses = &self.agreement.clauses;
        let (inputs, scale) = (self.inputs, self.scale);
        let eligible = active.fraction * revenue;
        let shared = match clauses.threshold {
            None => eligible,
            Some(threshold) => {
                let above = self.revenue + eligible - threshold.at(inputs);
                above.clamp(0.0, eligible)
            }
        };
        let flat = |rate: f64| match clauses.threshold {
            // The order of the factors is that of the rule.
            None => rate * active.fraction * revenue,
            Some(_) => rate * shared,
        };
        let year = self.year.shared;
        let earned = match &self.agreement.share {
            Share::Flat(rate) => flat(rate.at(inputs)) * scale,
            Share::ByDate(rates) => {
                let rate = piece.rate.map_or(0.0, |i| rates[i].rate.at(inputs));
                flat(rate) * scale
            }
            Share::ByAnnualRevenue {
                tiers,
                basis: TierBasis::Marginal,
            } => marginal(tiers, inputs, year, year + shared) * scale,
            Share::ByAnnualRevenue {
                tiers,
                basis: TierBasis::Retroactive,
            } if shared > 0.0 => {
                let to_date = retroactive(tiers, inputs, year + shared) * scale;
                // Nothing accrued is given back where a higher tier has a lower rate.
                (to_date - self.year.earned).max(0.0)
            }
            // Not even what rounding leaves between two sums of the same revenue.
            Share::ByAnnualRevenue { .. } => 0.0,
            Share::ByPaid(tiers) => {
                let paid = self.paid_before * scale + self.paid;
                by_paid(
                    tiers,
                    inputs,
                    (paid, paid + self.room_to_pay()),
                    shared,
                    scale,
                )
            }
        };
        self.year.shared += shared;
        self.year.earned += earned;
        let accrued = match clauses.on_account {
            None => earned,
            Some(rate) => {
                let on_account = rate.at(inputs) * shared * scale;
                let missing = self.year.earned - (self.year.accrued + on_account);
                let true_up = if active.closes_year {
                    missing.max(0.0)
                } else {
                    0.0
                };
                on_account + true_up
            }
        };
        self.year.accrued += accrued;
        accrued
    }

    /// The milestone payments that a piece's revenue makes due.
    fn milestones(&self, piece: &Piece, eligible: f64) -> f64 {
        let mut due = 0.0;
        for milestone in &self.agreement.clauses.milestones {
            let before = match milestone.over {
                MilestoneOver::Total => self.revenue,
                MilestoneOver::Year(year) if year != piece.year => continue,
                MilestoneOver::EachYear | MilestoneOver::Year(_) => self.year.revenue,
            };
            let level = milestone.reaches.at(self.inputs) * (1.0 - TIE);
            let in_time = milestone.by.is_none_or(|by| piece.first_day <= by);
            if in_time && before < level && before + eligible >= level {
                due += milestone.amount.at(self.inputs) * self.scale;
            }
        }
        due
    }

    /// The part of the period's accrual, rounded as a whole, that falls to a
    /// piece of it.
    fn rounded(&mut self, accrued: f64) -> f64 {
        if self.agreement.clauses.cents_per_unit.is_none() {
            return accrued;
        }
        let (exact, before) = self.period;
        let exact = exact + accrued;
        self.period = (exact, exact.round());
        self.period.1 - before
    }

    /// Pays what is due as far as both caps allow. What the total cap cuts is
    /// excess; what the annual one cuts may be carried forward.
    fn pay(
        &mut self,
        due: f64,
        annual: Option<AnnualCap>,
        active: &Active,
        line: &mut LedgerLine,
    ) -> Paid {
        let (allowed, cut, year_paid) = match annual {
            None => (due, 0.0, None),
            Some(cap) => {
                let payment = self.annual(cap).pay(self.year.paid, due);
                (payment.amount, payment.excess, Some(payment.paid))
            }
        };
        let total = self.cap.pay(self.used, allowed * self.weight);
        let mut amount = allowed;
        let mut excess = total.excess / self.weight;
        if total.reached {
            amount = total.amount / self.weight;
            if self.agreement.clauses.cents_per_unit.is_some() {
                amount = whole_cents(amount);
                excess = allowed - amount;
            }
        }
        self.over |= total.reached && active.days > 0.0;
        self.used = total.paid;
        self.paid = if self.weight == 1.0 {
            total.paid
        } else {
            self.paid + amount
        };
        self.year.paid = match year_paid {
            Some(paid) if !total.reached => paid,
            _ => self.year.paid + amount,
        };
        line.payment += amount;
        line.excess += excess;
        Paid {
            cut_by_annual: cut,
            cut_by_total: excess,
        }
    }

    /// The annual cap of the year, with the room it has from earlier ones.
    fn annual(&self, cap: AnnualCap) -> Cap {
        let limit = cap.amount.at(self.inputs) * self.scale + self.room;
        match self.agreement.clauses.cents_per_unit {
            Some(_) => Cap::in_cents(limit),
            None => Cap::new(limit, 0.0),
        }
    }

    /// What is missing from the minimum of the year that closes.
    fn top_up(&self, piece: &Piece) -> f64 {
        let Some(minimum) = self.agreement.clauses.minimum else {
            return 0.0;
        };
        let part = self.year.days / piece.year_days;
        let minimum = minimum.at(self.inputs) * part * self.scale;
        let minimum = match self.agreement.clauses.cents_per_unit {
            Some(_) => minimum.round(),
            None => minimum,
        };
        (minimum - self.year.paid).max(0.0)
    }

    /// Where the cap is reached: `instant` of the way through a piece.
    fn reached(&self, piece: &Piece, active: &Active, accrual_days: i32, instant: f64) -> Reached {
        let day = if active.days < f64::from(piece.days) {
            f64::from(day_within(instant * active.days))
        } else {
            day_reached(instant, 1.0, active.days)
        };
        // `max` also turns the 0/0 of a cap that leaves nothing to pay into 0.
        let into = instant.clamp(0.0, 1.0).max(0.0);
        let accrual_days = f64::from(accrual_days);
        Reached {
            period: piece.period,
            fraction: if active.days == accrual_days {
                into
            } else {
                into.mul_add(active.days, self.period_days) / accrual_days
            },
            date: piece.first_day.add_days(day as i32),
        }
    }

    /// What the annual cap still carries when sharing ends is not paid any more.
    fn lapse(&mut self, out: &mut Settlement) {
        if let Some(last) = self.last {
            out.lines[last].excess += self.carried;
        }
        self.carried = 0.0;
    }

    /// What a default makes due beyond what has accrued: the period it is dated
    /// by, and the amount.
    fn claim(&self, out: &Settlement) -> Option<(usize, f64)> {
        let default = self.agreement.clauses.default?;
        let due = out.end.reason == EndReason::Default && default.claim == Claim::Cap;
        let headroom = self.headroom() / self.weight;
        self.last
            .filter(|_| due && headroom < f64::INFINITY)
            .map(|last| (last, headroom))
    }
}
