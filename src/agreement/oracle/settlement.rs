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

use super::super::Agreement;
use super::super::cap::{AnnualCap, CarryForward};
use super::super::clauses::{Claim, MilestoneOver};
use super::super::ledger::{Cut, EndReason, LedgerLine, Reached, Settlement};
use super::super::rule::{Cap, Payment, TIE, day_reached, nearest_cent, whole_cents};
use super::super::schedule::{Piece, Schedule};
use super::super::share::{Share, TierBasis};
use super::cash;
use super::share::{by_paid, marginal, most_retroactive, retroactive};
use super::stop::{Stop, day_within};
use crate::math::fma;

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
    settlement.cut = run.cut(schedule);
    settlement.end = stop.end(schedule, settlement.reached);
    let claim = run.claim(settlement);
    let default = stop.default(schedule);
    cash::pay(agreement, schedule, inputs, default, claim, settlement);
    if let Some(scale) = agreement.clauses.cents_per_unit {
        settlement.unscale(scale);
    }
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
    /// The total cap in force, and which step and age it is; after the last day of
    /// sharing, what was in force on that day.
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
    /// Accrued in the period to date.
    period: Period,
    /// Accrual days of the period to date.
    period_days: f64,
    year: Year,
    /// The last period that earned share, and its days that did.
    last: Option<(usize, f64)>,
    /// What known payments are above the total cap.
    above_cap: f64,
}

/// What has accrued in a period, where amounts are rounded to cents.
#[derive(Clone, Copy, Debug, Default)]
struct Period {
    exact: f64,
    rounded: f64,
    /// The largest number that went into it.
    among: f64,
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
    /// Whether they are all there are of the piece: what a falling rate takes back
    /// within them is never due.
    is_whole: bool,
}

/// What a piece accrues by the clauses, before rounding.
#[derive(Clone, Copy, Debug)]
struct Accrual {
    /// Revenue that is shared.
    shared: f64,
    /// Share earned by the rates.
    earned: f64,
    /// Share accrued, on account where that is agreed.
    share: f64,
    /// Milestone payments.
    milestones: f64,
    /// Whether it builds up evenly with revenue.
    is_even: bool,
}

impl Accrual {
    fn total(&self) -> f64 {
        self.share + self.milestones
    }
}

/// What the caps cut of an amount that is due.
#[derive(Clone, Copy, Debug)]
struct Paid {
    cut_by_annual: f64,
    cut_by_total: f64,
}

/// What an amount to be paid is.
#[derive(Clone, Copy, Debug)]
enum Due {
    /// Due by the clauses, within the caps.
    Within(Option<AnnualCap>),
    /// Paid already, whatever the caps say.
    Known,
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
            period: Period::default(),
            period_days: 0.0,
            year: Year::default(),
            last: None,
            above_cap: 0.0,
        }
    }

    /// One piece: what it earns, and what of that is paid.
    fn settle(&mut self, piece: &Piece, accrual_days: i32, revenue: f64, out: &mut Settlement) {
        let clauses = &self.agreement.clauses;
        if piece.bounds.0 {
            self.period = Period::default();
            self.period_days = 0.0;
        }
        if piece.year != self.year.year {
            self.begin_year(piece.year);
        }
        let active = self.active(piece);
        self.put_in_force(piece, &active);
        self.year.days += active.days;
        let headroom = self.headroom();
        let known = clauses.paid_so_far.get(piece.period).copied();
        let accrual = self.accrual(piece, &active, revenue);
        let exact = match known {
            // Even over the days of its period, as what accrues is.
            Some(paid) if accrual_days > 0 => {
                paid * self.scale * (active.days / f64::from(accrual_days))
            }
            Some(paid) if piece.bounds.1 => paid * self.scale,
            Some(_) => 0.0,
            None => accrual.total(),
        };
        let accrued = self.rounded(exact, &accrual);
        // What is carried forward is paid while sharing lasts, not after its last day.
        let carried = if active.days > 0.0 { self.carried } else { 0.0 };
        let due = accrued + carried;
        // Before anything is noted: it asks what a part of the piece would accrue.
        let wanted = headroom / self.weight - carried;
        let mut instant = match known {
            None if !accrual.is_even && wanted > 0.0 && self.would_reach(due) => {
                self.inverted(piece, &active, revenue, wanted * (exact / accrued))
            }
            _ => wanted / accrued,
        };
        self.note(&accrual, active.fraction * revenue);
        let line = &mut out.lines[piece.period];
        if piece.bounds.0 {
            line.headroom_before = headroom;
        }
        line.revenue = revenue;
        line.accrued += accrued;
        let terms = match known {
            Some(_) => Due::Known,
            None => Due::Within(clauses.annual_cap),
        };
        let paid = self.pay(due, terms, &active, line);
        let mut cut = paid.cut_by_total > 0.0;
        let carries = clauses
            .annual_cap
            .is_some_and(|cap| cap.carry == CarryForward::Excess);
        if active.days > 0.0 && carries && !self.over {
            self.carried = paid.cut_by_annual;
        } else {
            self.carried -= carried;
            line.excess += paid.cut_by_annual;
        }
        if active.closes_year && known.is_none() && !self.over {
            let added = self.top_up(piece);
            line.added += added;
            let paid = self.pay(added, terms, &active, line);
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
            self.last = Some((piece.period, self.period_days));
        }
        out.above_cap = self.above_cap;
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

    /// The total cap of a piece. One that is reached stays, one that falls below
    /// what is paid counts as reached, and none moves when sharing has ended.
    fn put_in_force(&mut self, piece: &Piece, active: &Active) {
        let Some(total) = self.agreement.cap.as_ref().filter(|_| !self.over) else {
            return;
        };
        if active.days <= 0.0 && self.in_force.is_some() {
            return;
        }
        let is_real = total.indexation.is_real();
        if is_real {
            // Days that are cut off have no part in the middle of the others.
            let is_cut = 0.0 < active.days && active.days < f64::from(piece.days);
            let of_days = || total.indexation.of_prices(piece.first_day, active.days);
            let of_part = if is_cut { of_days() } else { None };
            let growth = of_part.as_ref().unwrap_or(&piece.growth);
            self.weight = growth.deflator(self.inputs.as_chunks::<1>().0, 0);
        }
        let step = (piece.cap_step, piece.cap_years);
        if self.in_force == Some(step) {
            return;
        }
        self.in_force = Some(step);
        let mut amount = total.steps[step.0].at(self.inputs);
        if !is_real {
            {
                let mut a = [amount];
                piece.growth.grow(self.inputs.as_chunks::<1>().0, &mut a);
                amount = a[0];
            }
        }
        let rounds = self.agreement.clauses.cents_per_unit.is_some();
        self.cap = if rounds && !is_real {
            let limit = (amount - self.paid_before) * self.scale;
            Cap::in_cents(limit, amount * self.scale)
        } else {
            Cap::new(amount * self.scale, self.paid_before * self.scale)
        };
        if self.used > self.cap.limit() {
            self.cap = Cap::used_up(self.used);
        }
    }

    /// What both caps still let be paid of the piece's accrual; what is carried
    /// forward has its room first.
    fn room_to_pay(&self) -> f64 {
        let total = self.headroom() / self.weight;
        let annual = self.agreement.clauses.annual_cap;
        let most = annual.map_or(total, |cap| {
            total.min(self.annual(cap).limit() - self.year.paid)
        });
        (most - self.carried).max(0.0)
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
            is_whole: true,
        }
    }

    /// What a piece accrues, before rounding.
    fn accrual(&self, piece: &Piece, active: &Active, revenue: f64) -> Accrual {
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
        let mut is_even = clauses.threshold.is_none();
        let earned = match &self.agreement.share {
            Share::Flat(rate) => flat(rate.at(inputs)) * scale,
            Share::ByDate(rates) => {
                let rate = piece.rate.map_or(0.0, |i| rates[i].rate.at(inputs));
                flat(rate) * scale
            }
            Share::ByAnnualRevenue { tiers, basis } => {
                is_even = false;
                let to = year + shared;
                let to_date = |share: f64| (share * scale - self.year.earned).max(0.0);
                match basis {
                    // Not even what rounding leaves between two sums of the same revenue.
                    _ if shared <= 0.0 => 0.0,
                    TierBasis::Marginal => marginal(tiers, inputs, year, to) * scale,
                    // Nothing accrued is given back where a higher tier has a lower rate.
                    TierBasis::Retroactive if active.is_whole => {
                        to_date(retroactive(tiers, inputs, to))
                    }
                    TierBasis::Retroactive => to_date(most_retroactive(tiers, inputs, year, to)),
                }
            }
            Share::ByPaid(tiers) => {
                is_even = false;
                let paid = self.paid_before * scale + self.paid;
                let most = paid + self.room_to_pay();
                by_paid(tiers, inputs, (paid, most), shared, scale)
            }
        };
        let mut true_up = 0.0;
        let share = match clauses.on_account {
            None => earned,
            Some(rate) => {
                let on_account = rate.at(inputs) * shared * scale;
                if active.closes_year {
                    let missing = self.year.earned + earned - (self.year.accrued + on_account);
                    true_up = missing.max(0.0);
                }
                is_even = clauses.threshold.is_none();
                on_account + true_up
            }
        };
        let milestones = self.milestones(piece, eligible);
        Accrual {
            shared,
            earned,
            share,
            milestones,
            is_even: is_even && true_up + milestones <= 0.0,
        }
    }

    /// Adds what a piece accrues, of so much eligible revenue, to what came before.
    fn note(&mut self, accrual: &Accrual, eligible: f64) {
        self.revenue += eligible;
        self.year.revenue += eligible;
        self.year.shared += accrual.shared;
        self.year.earned += accrual.earned;
        self.year.accrued += accrual.share;
    }

    /// Whether what is due can reach the total cap.
    fn would_reach(&self, due: f64) -> bool {
        !self.over && self.cap.pay(self.used, due * self.weight).reached
    }

    /// The part of a piece's revenue that makes it accrue an amount. Revenue is even
    /// within a piece; what accrues need not be, but never falls.
    fn inverted(&self, piece: &Piece, active: &Active, revenue: f64, amount: f64) -> f64 {
        let (mut below, mut enough) = (0.0, 1.0);
        // Every digit of a number below 1.
        for _ in 0..f64::MANTISSA_DIGITS {
            let middle = 0.5 * (below + enough);
            let part = Active {
                fraction: middle * active.fraction,
                closes_year: false,
                is_whole: false,
                ..*active
            };
            if self.accrual(piece, &part, revenue).total() >= amount * (1.0 - TIE) {
                enough = middle;
            } else {
                below = middle;
            }
        }
        enough
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
    fn rounded(&mut self, exact: f64, accrual: &Accrual) -> f64 {
        if self.agreement.clauses.cents_per_unit.is_none() {
            return exact;
        }
        let before = self.period;
        let exact = before.exact + exact;
        let among = before.among.max(exact).max(self.among(accrual));
        let rounded = nearest_cent(exact, among).max(before.rounded);
        self.period = Period {
            exact,
            rounded,
            among,
        };
        rounded - before.rounded
    }

    /// The largest number that goes into what a piece accrues: what is a difference
    /// of sums to date knows no more digits than they do.
    fn among(&self, accrual: &Accrual) -> f64 {
        let clauses = &self.agreement.clauses;
        let part_of = |sum: f64| match accrual.shared > 0.0 {
            true => accrual.earned * (sum / accrual.shared),
            false => 0.0,
        };
        let mut among = 0.0_f64;
        if clauses.threshold.is_some() {
            among = among.max(part_of(self.revenue + accrual.shared));
        }
        match self.agreement.share {
            Share::Flat(_) | Share::ByDate(_) => {}
            Share::ByAnnualRevenue { .. } => {
                among = among.max(part_of(self.year.shared + accrual.shared));
            }
            Share::ByPaid(_) => among = among.max(self.paid_before * self.scale + self.paid),
        }
        if clauses.on_account.is_some() {
            among = among.max(self.year.earned + accrual.earned);
        }
        among
    }

    /// Pays what is due as far as the caps allow. What the total cap cuts is
    /// excess; what the annual one cuts may be carried forward.
    fn pay(&mut self, due: f64, terms: Due, active: &Active, line: &mut LedgerLine) -> Paid {
        let (allowed, cut, year_paid) = match terms {
            Due::Within(Some(cap)) => {
                let payment = self.annual(cap).pay(self.year.paid, due);
                (payment.amount, payment.excess, Some(payment.paid))
            }
            Due::Within(None) | Due::Known => (due, 0.0, None),
        };
        let counts = allowed * self.weight;
        let total = match terms {
            Due::Within(_) => self.cap.pay(self.used, counts),
            Due::Known => self.cap.note(self.used, counts),
        };
        let (amount, excess) = self.of_allowed(allowed, &total);
        self.over |= total.reached && active.days > 0.0;
        self.used = total.paid;
        if self.used > self.cap.limit() {
            self.above_cap += (self.used - self.cap.limit()) / self.weight;
            self.cap = Cap::used_up(self.used);
        }
        self.paid = match &self.agreement.cap {
            Some(cap) if cap.indexation.is_real() => self.paid + amount,
            // The sum stands at the cap to the last digit.
            _ => total.paid,
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

    /// What is paid of an amount that the annual cap allows, and what the total cap
    /// cuts of it; `total` counts in its prices.
    fn of_allowed(&self, allowed: f64, total: &Payment) -> (f64, f64) {
        let rounds = self.agreement.clauses.cents_per_unit.is_some();
        if !total.reached || rounds && total.excess <= 0.0 {
            return (allowed, total.excess / self.weight);
        }
        let amount = total.amount / self.weight;
        if !rounds {
            return (amount, total.excess / self.weight);
        }
        let amount = whole_cents(amount, self.cap.limit() / self.weight).min(allowed);
        (amount, allowed - amount)
    }

    /// The annual cap of the year, with the room it has from earlier ones; used up
    /// where known payments are above it.
    fn annual(&self, cap: AnnualCap) -> Cap {
        let limit = cap.amount.at(self.inputs) * self.scale + self.room;
        let cap = match self.agreement.clauses.cents_per_unit {
            Some(_) => Cap::in_cents(limit, limit),
            None => Cap::new(limit, 0.0),
        };
        if self.year.paid > cap.limit() {
            Cap::used_up(self.year.paid)
        } else {
            cap
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
            Some(_) => nearest_cent(minimum, minimum),
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
                fma(into, active.days, self.period_days) / accrual_days
            },
            date: piece.first_day.add_days(day as i32),
        }
    }

    /// What the annual cap still carries when sharing ends is not paid any more.
    fn lapse(&mut self, out: &mut Settlement) {
        if let Some((last, _)) = self.last {
            out.lines[last].excess += self.carried;
        }
        self.carried = 0.0;
    }

    /// The period of which an event or a default cuts accrual days off.
    fn cut(&self, schedule: &Schedule) -> Option<Cut> {
        let (period, days) = self.last?;
        let is_cut = days < f64::from(schedule.periods()[period].days);
        is_cut.then_some(Cut { period, days })
    }

    /// What a default makes due beyond what has accrued: the period it is dated
    /// by, and the amount.
    fn claim(&self, out: &Settlement) -> Option<(usize, f64)> {
        let default = self.agreement.clauses.default?;
        let due = out.end.reason == EndReason::Default && default.claim == Claim::Cap;
        let headroom = self.headroom() / self.weight;
        let (last, _) = self.last.filter(|_| due && headroom < f64::INFINITY)?;
        let claim = match self.agreement.clauses.cents_per_unit {
            Some(_) => whole_cents(headroom, self.cap.limit() / self.weight),
            None => headroom,
        };
        Some((last, claim))
    }
}
