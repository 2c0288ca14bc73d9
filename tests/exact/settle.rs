//! The second settlement: docs/contract.md, clause by clause, in exact fractions. It
//! shares nothing with the program's.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Day;
use super::flow::Flow;
use super::number::*;
use super::terms::*;

#[derive(Clone, Debug)]
pub struct Line {
    /// Revenue that counts, on days of sharing or not.
    pub revenue: Exact,
    pub accrued: Exact,
    pub added: Exact,
    /// What is paid for the period, whenever that is.
    pub payment: Exact,
    pub loss: Exact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Cap,
    Expiry,
    Event(usize),
    Default,
}

#[derive(Clone, Debug)]
pub struct Reached {
    pub period: usize,
    pub day: Day,
    /// How far the moment is from the nearest midnight that it does not fall on, in
    /// days: the day cannot be told in binary where that is tiny.
    pub margin: f64,
}

#[derive(Clone, Debug)]
pub struct Ledger {
    pub lines: Vec<Line>,
    pub reached: Option<Reached>,
    /// The first period in which the total cap cuts.
    pub binds: Option<usize>,
    pub end: (Reason, Day),
    /// What is paid on each day, interest included.
    pub cash: BTreeMap<Day, Exact>,
    pub interest: Exact,
    pub recovered: Option<(Day, Exact)>,
}

/// A year of the annual clauses, as far as it has come.
#[derive(Clone, Debug)]
struct Year {
    /// Revenue above the threshold.
    counted: Exact,
    /// Eligible revenue.
    eligible: Exact,
    /// The share of it, before anything on account.
    share: Exact,
    on_account: Exact,
    paid: Exact,
    /// Days of sharing.
    days: Exact,
    milestones: Vec<bool>,
}

struct Walk<'a> {
    terms: &'a Terms,
    /// The last day of sharing, and how much of it.
    last_day: Day,
    last_part: Exact,
    eligible: Exact,
    year: Year,
    milestones: Vec<bool>,
    /// Cut by annual caps and not yet paid; what earlier years left unused.
    carried: Exact,
    room: Exact,
    paid: Exact,
    /// Paid in prices of the cap's day.
    used: Exact,
    /// Accrued in the period so far, as it is and rounded.
    raw: Exact,
    rounded: Exact,
    lines: Vec<Line>,
    reached: Option<Reached>,
    binds: Option<usize>,
}

/// Days of a period under the same terms.
#[derive(Clone, Copy, Debug)]
struct Piece {
    period: usize,
    first: Day,
    last: Day,
}

pub fn settle(terms: &Terms) -> Ledger {
    let planned = planned_end(terms);
    let (last_day, last_part) = (planned.1, planned.2.clone());
    let revenue = revenue(terms);
    let mut walk = Walk {
        terms,
        last_day,
        last_part,
        eligible: zero(),
        year: new_year(terms),
        milestones: vec![false; terms.milestones.len()],
        carried: zero(),
        room: zero(),
        paid: zero(),
        used: zero(),
        raw: zero(),
        rounded: zero(),
        lines: Vec::new(),
        reached: None,
        binds: None,
    };
    let cuts = cuts(terms, last_day);
    for (k, (first, last)) in terms.periods().into_iter().enumerate() {
        walk.lines.push(Line {
            revenue: revenue[k].clone(),
            accrued: zero(),
            added: zero(),
            payment: zero(),
            loss: zero(),
        });
        (walk.raw, walk.rounded) = (zero(), zero());
        let inner = cuts.range(first.plus(1)..=last).copied();
        let starts: Vec<Day> = std::iter::once(first).chain(inner).collect();
        let ends = starts.iter().skip(1).map(|day| day.plus(-1)).chain([last]);
        for (first_day, last_day) in starts.iter().zip(ends) {
            let inside = *first_day >= terms.effective() && last_day <= walk.last_day;
            if inside {
                let piece = Piece {
                    period: k,
                    first: *first_day,
                    last: last_day,
                };
                let part = walk.days(piece) / whole(last.since(first) + 1);
                walk.piece(piece, &revenue[k] * part);
            }
        }
    }
    walk.finish(planned)
}

/// What ends sharing if the cap does not, its last day and how much of that day.
fn planned_end(terms: &Terms) -> (Reason, Day, Exact) {
    let mut end = (Reason::Expiry, terms.expiry(), whole(1));
    for (i, event) in terms.events.iter().enumerate() {
        let (day, part) = terms.moment_of(*event);
        if (day, &part) < (end.1, &end.2) {
            end = (Reason::Event(i), day, part);
        }
    }
    if let Some(default) = &terms.default {
        let (day, part) = terms.moment_of(default.when);
        if (day, &part) < (end.1, &end.2) {
            end = (Reason::Default, day, part);
        }
    }
    end
}

/// Revenue that counts, period by period.
fn revenue(terms: &Terms) -> Vec<Exact> {
    let of_period = |k: usize| {
        let counts = |segment: &Segment| segment.eligible.exact() * &segment.revenue[k];
        terms.segments.iter().map(counts).fold(zero(), |a, b| a + b)
    };
    (0..terms.periods().len()).map(of_period).collect()
}

fn new_year(terms: &Terms) -> Year {
    Year {
        counted: zero(),
        eligible: zero(),
        share: zero(),
        on_account: zero(),
        paid: zero(),
        days: zero(),
        milestones: vec![false; terms.milestones.len()],
    }
}

/// The first days of other terms.
fn cuts(terms: &Terms, last_day: Day) -> BTreeSet<Day> {
    let mut cuts = BTreeSet::from([terms.effective(), last_day.plus(1)]);
    if let Share::ByDate(rates) = &terms.share {
        cuts.extend(rates.iter().map(|(from, _)| *from));
    }
    let by = terms.milestones.iter().filter_map(|milestone| milestone.by);
    cuts.extend(by.map(|day| day.plus(1)));
    let mut year_end = terms.start.year_end(terms.year_ends);
    while counts_by_year(terms) && year_end < terms.end {
        cuts.insert(year_end.plus(1));
        year_end = year_end.plus(1).year_end(terms.year_ends);
    }
    if let Some(cap) = &terms.cap {
        let until = cap.amounts.iter().filter_map(|(until, _)| *until);
        cuts.extend(until.map(|day| day.plus(1)));
        if let Some((_, from)) = &cap.escalation {
            let from = from.unwrap_or(terms.effective());
            let anniversaries = (1..).map(|n| from.months_later(12 * n));
            cuts.extend(anniversaries.take_while(|day| *day <= terms.end));
        }
    }
    cuts
}

fn counts_by_year(terms: &Terms) -> bool {
    matches!(terms.share, Share::Annual(..))
        || terms.on_account.is_some()
        || terms.annual_cap.is_some()
        || terms.minimum.is_some()
        || terms
            .milestones
            .iter()
            .any(|milestone| milestone.over != Over::All)
}

impl Walk<'_> {
    fn piece(&mut self, piece: Piece, revenue: Exact) {
        let year_end = piece.last.year_end(self.terms.year_ends);
        let closes = piece.last == year_end || piece.last == self.last_day;
        let headroom = self.headroom(piece);
        if self.reached.is_none() && headroom.as_ref().is_some_and(|left| *left <= zero()) {
            self.reach(piece, &zero());
        }
        self.year.days += self.days(piece);
        let known = self
            .terms
            .payments
            .as_ref()
            .filter(|known| piece.period < known.len());
        let flow = match known {
            Some(known) => {
                let days = self.sharing_days(piece.period);
                let payment = known[piece.period].exact() * self.days(piece) / days;
                self.accrue(piece, &revenue, closes);
                let mut flow = Flow::default();
                flow.even(zero(), whole(1), payment);
                flow
            }
            None => {
                let mut flow = self.accrue(piece, &revenue, closes);
                self.round(&mut flow);
                flow
            }
        };
        self.lines[piece.period].accrued += flow.total();
        self.pay(piece, flow, headroom, known.is_some());
        if closes {
            self.close_year(piece, year_end, known.is_some());
        }
    }

    /// Days of a period on which revenue earns share.
    fn sharing_days(&self, period: usize) -> Exact {
        let (first, last) = self.terms.periods()[period];
        let (first, last) = (first.max(self.terms.effective()), last.min(self.last_day));
        self.days(Piece {
            period,
            first,
            last,
        })
    }

    fn days(&self, piece: Piece) -> Exact {
        let days = whole(piece.last.since(piece.first) + 1);
        match piece.last == self.last_day {
            true => days - whole(1) + &self.last_part,
            false => days,
        }
    }

    /// What accrues by clauses 2 to 5.
    fn accrue(&mut self, piece: Piece, revenue: &Exact, closes: bool) -> Flow {
        let terms = self.terms;
        let threshold = terms.threshold.map_or(zero(), Decimal::exact);
        let before = beyond(&self.eligible, &threshold);
        let counted = beyond(&(&self.eligible + revenue), &threshold) - before;
        let free = revenue - &counted;
        let moment = |of_counted: &Exact| (&free + of_counted) / revenue;
        let mut flow = Flow::default();
        let mut share = zero();
        if counted > zero() {
            for (from, to, amount) in self.share(piece, &counted) {
                share += &amount;
                if terms.on_account.is_none() {
                    flow.even(moment(&from), moment(&to), amount);
                }
            }
        }
        self.year.share += share;
        if let Some(rate) = terms.on_account {
            let amount = rate.exact() * &counted;
            if counted > zero() {
                flow.even(moment(&zero()), whole(1), amount.clone());
            }
            self.year.on_account += amount;
            if closes {
                flow.at(whole(1), beyond(&self.year.share, &self.year.on_account));
            }
        }
        self.year.counted += counted;
        self.milestones(piece, revenue, &mut flow);
        self.eligible += revenue;
        self.year.eligible += revenue;
        flow
    }

    /// The share of revenue above the threshold: from and to which part of it, how
    /// much.
    fn share(&mut self, piece: Piece, counted: &Exact) -> Vec<(Exact, Exact, Exact)> {
        let so_far = self.year.counted.clone();
        match &self.terms.share {
            Share::Flat(rate) => vec![(zero(), counted.clone(), rate.exact() * counted)],
            Share::ByDate(rates) => {
                let rate = rates.iter().rev().find(|(from, _)| *from <= piece.first);
                let rate = rate.map_or(zero(), |(_, rate)| rate.exact());
                vec![(zero(), counted.clone(), rate * counted)]
            }
            Share::Annual(tiers, Basis::Marginal) => {
                let part = |(from, to, rate): (Exact, Exact, Exact)| {
                    let amount = rate * (&to - &from);
                    (from, to, amount)
                };
                within(tiers, &so_far, counted)
                    .into_iter()
                    .map(part)
                    .collect()
            }
            Share::Annual(tiers, Basis::Retroactive) => {
                let mut best = self.year.share.clone();
                let mut legs = Vec::new();
                for (from, to, rate) in within(tiers, &so_far, counted) {
                    let (low, high) = (&rate * (&so_far + &from), &rate * (&so_far + &to));
                    let jump = beyond(&low, &best);
                    best += &jump;
                    legs.push((from.clone(), from.clone(), jump));
                    let rise = beyond(&high, &best);
                    if rise > zero() {
                        let start = &best / &rate - &so_far;
                        legs.push((start, to, rise.clone()));
                    }
                    best += rise;
                }
                // The rate reached at the end is that of the piece, a bound included: a
                // lower one takes back what would have accrued on the way.
                let all = &so_far + counted;
                let reached = tiers.iter().rfind(|(above, _)| above.exact() <= all);
                let high = reached.unwrap().1.exact() * all;
                legs.push((counted.clone(), counted.clone(), beyond(&high, &best)));
                let total = beyond(&high, &self.year.share);
                cut(legs, &total)
            }
            Share::ByPaid(tiers) => self.share_by_paid(tiers, piece, counted),
        }
    }

    fn share_by_paid(
        &self,
        tiers: &[(Decimal, Decimal)],
        piece: Piece,
        counted: &Exact,
    ) -> Vec<(Exact, Exact, Exact)> {
        let before = self.terms.paid_before.map_or(zero(), Decimal::exact);
        let room = self.annual_room();
        let carried = match &room {
            Some(room) => self.carried.clone().min(room.clone()),
            None => zero(),
        };
        let mut paid = before + &self.paid + &carried;
        let mut left = match (room.map(|room| room - &carried), self.headroom(piece)) {
            (Some(room), Some(headroom)) => Some(room.min(beyond(&headroom, &carried))),
            (room, headroom) => room.or(headroom.map(|headroom| beyond(&headroom, &carried))),
        };
        if self.reached.is_some() {
            left = Some(zero());
        }
        let mut at = zero();
        let mut legs = Vec::new();
        while at < *counted {
            let tier = tiers
                .iter()
                .rposition(|(above, _)| above.exact() <= paid)
                .unwrap();
            let rate = tiers[tier].1.exact();
            let mut most = counted - &at;
            let pays = rate > zero() && left.as_ref().is_none_or(|left| *left > zero());
            if pays {
                if let Some((bound, _)) = tiers.get(tier + 1) {
                    most = most.min((bound.exact() - &paid) / &rate);
                }
                if let Some(left) = &left {
                    most = most.min(left / &rate);
                }
            }
            let amount = &rate * &most;
            if pays {
                paid += &amount;
                left = left.map(|left| left - &amount);
            }
            legs.push((at.clone(), &at + &most, amount));
            at += most;
        }
        legs
    }

    fn milestones(&mut self, piece: Piece, revenue: &Exact, flow: &mut Flow) {
        let year = piece.last.year_end(self.terms.year_ends).parts().0;
        let days = self.days(piece);
        for (i, milestone) in self.terms.milestones.iter().enumerate() {
            let (before, due) = match milestone.over {
                Over::All => (&self.eligible, &mut self.milestones[i]),
                Over::EachYear => (&self.year.eligible, &mut self.year.milestones[i]),
                Over::Year(of) if of == year => (&self.year.eligible, &mut self.year.milestones[i]),
                Over::Year(_) => continue,
            };
            let missing = milestone.reaches.exact() - before;
            if *due || missing > *revenue || *revenue <= zero() {
                continue;
            }
            *due = true;
            let moment = missing / revenue;
            let until = milestone
                .by
                .map_or(whole(1), |by| whole(by.since(piece.first) + 1) / &days);
            if moment <= until {
                flow.at(moment, milestone.amount.exact());
            }
        }
    }

    /// What accrues in the period, rounded as a whole.
    fn round(&mut self, flow: &mut Flow) {
        if !self.terms.rounding {
            return;
        }
        let amount = flow.total();
        self.raw += &amount;
        let due = rounded(&self.raw, self.terms.cents) - &self.rounded;
        self.rounded += &due;
        if amount > zero() {
            flow.scale(&(due / amount));
        } else {
            flow.at(whole(1), due);
        }
    }

    /// What the annual cap lets through, this year's payments taken off; `None`
    /// without one.
    fn annual_room(&self) -> Option<Exact> {
        let (amount, _) = self.terms.annual_cap?;
        let limit = self.whole_cents(amount.exact()) + &self.room;
        Some(beyond(&limit, &self.year.paid))
    }

    fn whole_cents(&self, amount: Exact) -> Exact {
        match self.terms.rounding {
            true => floored(&amount, self.terms.cents),
            false => amount,
        }
    }

    /// What the total cap allows in a piece; `None` without one.
    fn headroom(&self, piece: Piece) -> Option<Exact> {
        let terms = self.terms;
        let cap = terms.cap.as_ref()?;
        let in_force = cap
            .amounts
            .iter()
            .find(|(until, _)| until.is_none_or(|day| piece.first <= day));
        let mut amount = in_force.unwrap().1.exact();
        if cap.multiples {
            amount *= terms.upfront.unwrap().exact();
        }
        if let Some((rates, from)) = &cap.escalation {
            let from = from.unwrap_or(terms.effective());
            let anniversaries = (1..).map(|n| from.months_later(12 * n));
            for day in anniversaries.take_while(|day| *day <= piece.first) {
                amount *= rates.on(day) + whole(1);
            }
        }
        let before = terms.paid_before.map_or(zero(), Decimal::exact);
        let left = match self.level(piece) {
            None => amount - before - &self.paid,
            Some(level) => {
                let left = &amount - before - &self.used;
                // What is left over from powers that are not whole is nothing.
                let dust = amount / whole(10).pow(12);
                if left <= dust { zero() } else { left * level }
            }
        };
        Some(self.whole_cents(left.max(zero())))
    }

    /// The price level of the middle of a piece, 1 on the cap's day.
    fn level(&self, piece: Piece) -> Option<Exact> {
        let (rates, of) = self.terms.cap.as_ref()?.inflation.as_ref()?;
        let of = of.unwrap_or(self.terms.effective());
        let [from, last, to] = [piece.first, piece.last, piece.last.plus(1)];
        let [from, last, to] = [from, last, to].map(|day| day.years_since(of));
        let part = self.days(piece) - whole(piece.last.since(piece.first));
        let middle = (from + &last + (to - &last) * part) / whole(2);
        Some(level(rates, of, &middle))
    }

    /// Clauses 7 and 8 on what accrues; what is known to be paid is paid.
    fn pay(&mut self, piece: Piece, accrued: Flow, headroom: Option<Exact>, known: bool) {
        let mut flow = accrued;
        let mut through = flow.total();
        if let (Some(room), false) = (self.annual_room(), known) {
            let carried = self.carried.clone().min(room.clone());
            let due = &through + &self.carried;
            through = due.clone().min(room);
            if matches!(self.terms.annual_cap, Some((_, Carry::Excess))) {
                self.carried = due - &through;
                flow.at(zero(), carried);
            }
        }
        if let Some(headroom) = headroom {
            let headroom = match self.reached {
                Some(_) => zero(),
                None => headroom,
            };
            if self.binds.is_none() && through > headroom {
                self.binds = Some(piece.period);
            }
            if self.reached.is_none() && through >= headroom {
                let moment = flow.reaches(&headroom).unwrap_or(whole(1));
                self.reach(piece, &moment);
            }
            through = through.min(headroom);
        }
        self.count(piece, &through);
    }

    fn count(&mut self, piece: Piece, payment: &Exact) {
        self.lines[piece.period].payment += payment;
        self.paid += payment;
        self.year.paid += payment;
        if let Some(level) = self.level(piece) {
            self.used = kept(&(&self.used + payment / level));
        }
    }

    fn reach(&mut self, piece: Piece, moment: &Exact) {
        let days = moment * self.days(piece);
        let whole_days = Exact::from(days.ceil());
        let margin = match days.is_int() {
            true => 1.0,
            false => {
                let part = float(&days.fract());
                part.min(1.0 - part)
            }
        };
        let passed = count(&whole_days).max(1);
        self.reached = Some(Reached {
            period: piece.period,
            day: piece.first.plus(passed - 1),
            margin,
        });
    }

    /// Clause 9, and what the year leaves to the next.
    fn close_year(&mut self, piece: Piece, year_end: Day, known: bool) {
        if let (Some(minimum), None, false) = (self.terms.minimum, &self.reached, known) {
            let before = year_end.plus(1).months_later(-12);
            let days = year_end.plus(1).since(before);
            let least = minimum.exact() * &self.year.days / whole(days);
            let mut top_up = beyond(&least, &self.year.paid);
            if self.terms.rounding {
                top_up = rounded(&top_up, self.terms.cents);
            }
            if let Some(room) = self.annual_room() {
                top_up = top_up.min(room);
            }
            self.lines[piece.period].added += &top_up;
            if let Some(headroom) = self.headroom(piece) {
                if top_up > headroom && self.binds.is_none() {
                    self.binds = Some(piece.period);
                }
                if top_up >= headroom {
                    top_up = headroom;
                    self.reach(piece, &whole(1));
                }
            }
            self.count(piece, &top_up);
        }
        if let (Some((_, Carry::Room)), Some(room)) = (self.terms.annual_cap, self.annual_room()) {
            self.room = room;
        }
        self.year = new_year(self.terms);
    }

    /// Clauses 10 and 11.
    fn finish(mut self, planned: (Reason, Day, Exact)) -> Ledger {
        let terms = self.terms;
        let end = match &self.reached {
            Some(reached) if reached.day <= planned.1 => (Reason::Cap, reached.day),
            _ => (planned.0, planned.1),
        };
        let default = terms.default.as_ref();
        let default = default.map(|default| (default, terms.day_of(default.when)));
        let mut cash: BTreeMap<Day, Exact> = BTreeMap::new();
        let mut interest = zero();
        let mut owed = vec![zero(); self.lines.len()];
        for (k, (_, last)) in terms.periods().into_iter().enumerate() {
            for (day, amount, earned) in self.dues(last, &self.lines[k].payment) {
                if default.is_some_and(|(_, default)| day > default) {
                    owed[k] += amount;
                } else {
                    *cash.entry(day).or_insert_with(zero) += amount + &earned;
                    interest += earned;
                }
            }
        }
        let mut recovered = None;
        if let Some((default, day)) = default {
            let claims = default.claims_cap && self.reached.is_none() && day >= terms.effective();
            if planned.0 == Reason::Default && claims {
                self.claim_cap(day, &mut owed);
            }
            let mut sum = zero();
            for (line, owed) in self.lines.iter_mut().zip(&owed) {
                let mut part = owed * default.recovery.exact();
                if terms.rounding {
                    part = rounded(&part, terms.cents);
                }
                let loss = owed - &part;
                line.payment -= &loss;
                line.loss += loss;
                sum += part;
            }
            recovered = Some((day.closing_months_later(default.lag), sum));
        }
        Ledger {
            lines: self.lines,
            reached: self.reached,
            binds: self.binds,
            end,
            cash,
            interest,
            recovered,
        }
    }

    /// When the payment for a period that ends on a day is due: days, amounts, and
    /// the interest on each.
    fn dues(&self, last: Day, payment: &Exact) -> Vec<(Day, Exact, Exact)> {
        let terms = self.terms;
        let ends = last.min(terms.expiry());
        let group_end = terms.every.map_or(ends, |months| ends.group_end(months));
        let due = group_end.closing_months_later(terms.lag);
        let due = terms.first.map_or(due, |first| due.max(first));
        let Some(deferral) = &terms.deferral else {
            return vec![(due, payment.clone(), zero())];
        };
        let to_cents = |amount: Exact| match terms.rounding {
            true => rounded(&amount, terms.cents),
            false => amount,
        };
        let part = to_cents(deferral.fraction.exact() * payment);
        let (later, years) = match deferral.to {
            DeferredTo::Months(months) => (due.closing_months_later(months), fraction(months, 12)),
            DeferredTo::Day(day) => {
                let later = day.max(due);
                (later, later.plus(1).years_since(due.plus(1)))
            }
        };
        let rate = deferral.interest.map_or(zero(), Decimal::exact);
        let earned = to_cents(&part * (grown(&rate, &years) - whole(1)));
        vec![(due, payment - &part, zero()), (later, part, earned)]
    }

    /// All that the cap still allows on the day of the default becomes due.
    fn claim_cap(&mut self, day: Day, owed: &mut [Exact]) {
        let periods = self.terms.periods();
        let period = periods.iter().position(|(_, last)| *last >= day).unwrap();
        let piece = Piece {
            period,
            first: day,
            last: day,
        };
        let claim = self.headroom(piece).unwrap_or(zero());
        self.lines[period].added += &claim;
        self.lines[period].payment += &claim;
        owed[period] += claim;
    }
}

/// The parts of more revenue after so much that lie in each tier, with its rate.
fn within(
    tiers: &[(Decimal, Decimal)],
    so_far: &Exact,
    more: &Exact,
) -> Vec<(Exact, Exact, Exact)> {
    let mut parts = Vec::new();
    for (i, (above, rate)) in tiers.iter().enumerate() {
        let from = beyond(&above.exact(), so_far);
        let to = match tiers.get(i + 1) {
            Some((bound, _)) => beyond(&bound.exact(), so_far).min(more.clone()),
            None => more.clone(),
        };
        if to > from {
            parts.push((from, to, rate.exact()));
        }
    }
    parts
}

/// Legs as far as they add up to a total.
fn cut(legs: Vec<(Exact, Exact, Exact)>, total: &Exact) -> Vec<(Exact, Exact, Exact)> {
    let mut left = total.clone();
    let mut kept = Vec::new();
    for (from, to, amount) in legs {
        if left <= zero() {
            break;
        }
        let to = match amount > left {
            true => &from + (&to - &from) * &left / &amount,
            false => to,
        };
        let amount = amount.min(left.clone());
        left -= &amount;
        kept.push((from, to, amount));
    }
    kept
}

/// The price level so many years from the day on which it is 1.
fn level(rates: &Rates, of: Day, years: &Exact) -> Exact {
    let rates = match rates {
        Rates::One(rate) => return grown(&rate.exact(), years),
        Rates::From(rates) => rates,
    };
    let mut level = whole(1);
    for (i, (from, rate)) in rates.iter().enumerate() {
        let starts = (i > 0).then(|| from.years_since(of));
        let ends = rates.get(i + 1).map(|(next, _)| next.years_since(of));
        let clip = |at: Exact| {
            let at = starts.clone().map_or(at.clone(), |starts| at.max(starts));
            ends.clone().map_or(at.clone(), |ends| at.min(ends))
        };
        level *= grown(&rate.exact(), &(clip(years.clone()) - clip(zero())));
    }
    kept(&level)
}
