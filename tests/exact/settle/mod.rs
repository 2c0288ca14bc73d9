//! The second settlement: docs/contract.md, clause by clause, in exact fractions. It
//! shares nothing with the program's.

mod caps;
mod cash;
mod minimum;
mod missing;
mod share;
mod step_up;

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
    /// Sold before the agreement, in both.
    earlier: Exact,
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
    /// For each rate that may rise, whether it has, and whether that is settled.
    raised: Vec<bool>,
    tested: Vec<bool>,
    planned: Reason,
    year: Year,
    milestones: Vec<bool>,
    /// Paid in a part of the year that has a minimum of its own, and days of sharing.
    part: (Exact, Exact),
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
    last: Option<Piece>,
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
        raised: vec![false; terms.step_ups.len()],
        tested: vec![false; terms.step_ups.len()],
        planned: planned.0,
        year: new_year(terms),
        milestones: vec![false; terms.milestones.len()],
        part: (zero(), zero()),
        carried: zero(),
        room: zero(),
        paid: zero(),
        used: zero(),
        raw: zero(),
        rounded: zero(),
        lines: Vec::new(),
        last: None,
        reached: None,
        binds: None,
    };
    walk.earlier(terms.year_to_date.map_or(zero(), Decimal::exact));
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
        walk.lower();
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
            } else if terms.year_to_date.is_some() && last_day < terms.effective() {
                let days = last_day.since(*first_day) + 1;
                let all = last.since(first) + 1;
                walk.earlier(&revenue[k] * fraction(days, all));
                if last_day == last_day.year_end(terms.year_ends) {
                    walk.test_revenue(last_day);
                    walk.year = new_year(terms);
                }
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
        earlier: zero(),
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
    if let Share::AnnualFrom(sets, _) = &terms.share {
        cuts.extend(sets.iter().filter_map(|(from, _)| *from));
    }
    cuts.extend(
        terms
            .step_ups
            .iter()
            .filter_map(|step_up| match step_up.test {
                Test::Paid(on, _) => Some(on.plus(1)),
                Test::Revenue(..) => None,
            }),
    );
    let by = terms.milestones.iter().filter_map(|milestone| milestone.by);
    cuts.extend(by.map(|day| day.plus(1)));
    let mut year_end = terms.start.year_end(terms.year_ends);
    while counts_by_year(terms) && year_end < terms.end {
        cuts.insert(year_end.plus(1));
        year_end = year_end.plus(1).year_end(terms.year_ends);
    }
    cuts.extend(
        terms
            .advances
            .iter()
            .filter_map(|advance| Some(advance.by?.plus(1))),
    );
    if let Some((months, minimum)) = &terms.part_minimum {
        let mut end = terms.start.group_end(*months, terms.year_ends);
        while !minimum.is_nothing() && end < terms.end {
            cuts.insert(end.plus(1));
            end = end.plus(1).group_end(*months, terms.year_ends);
        }
    }
    cuts.extend(
        terms
            .floors
            .iter()
            .filter_map(|floor| Some(floor.by?.plus(1))),
    );
    for (steps, _) in terms.pays.iter().flatten() {
        cuts.extend(
            steps
                .iter()
                .filter_map(|(until, _)| Some(until.as_ref()?.plus(1))),
        );
        let multiple = |(_, amount): &(_, Amount)| matches!(amount, Amount::Multiple(_));
        if steps.iter().any(multiple) {
            cuts.extend(terms.tranches.iter().map(|(date, _)| *date));
        }
    }
    if terms
        .cap
        .as_ref()
        .is_some_and(|cap| cap.multiples || cap.irr.is_some())
    {
        cuts.extend(terms.tranches.iter().map(|(date, _)| *date));
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
    // Tiers of one rate are one rate.
    let is_tiered = match &terms.share {
        Share::Annual(tiers, _) => tiers
            .iter()
            .any(|tier| tier.1.exact() != tiers[0].1.exact()),
        Share::AnnualFrom(..) => true,
        _ => false,
    };
    is_tiered
        || terms.on_account.is_some()
        || terms.annual_cap.is_some()
        || terms
            .step_ups
            .iter()
            .any(|step_up| matches!(step_up.test, Test::Revenue(..)))
        // A minimum of nothing changes nothing, not even the days whose prices count.
        || terms.minimum.as_ref().is_some_and(|minimum| !minimum.is_nothing())
        || terms
            .milestones
            .iter()
            .any(|milestone| milestone.over != Over::All)
        || terms.advances.iter().any(|advance| advance.year.is_some())
}

impl Walk<'_> {
    fn piece(&mut self, piece: Piece, revenue: Exact) {
        let year_end = piece.last.year_end(self.terms.year_ends);
        let closes = piece.last == year_end || piece.last == self.last_day;
        let headroom = self.headroom(piece);
        if self.reached.is_none() && headroom.as_ref().is_some_and(|left| *left <= zero()) {
            self.reach(piece, &zero());
        }
        self.test_paid(piece);
        self.last = Some(piece);
        self.year.days += self.days(piece);
        self.part.1 += self.days(piece);
        let known = self
            .terms
            .payments
            .as_ref()
            .filter(|known| piece.period < known.len());
        let mut flow = self.accrue(piece, &revenue, closes);
        if let Some(known) = known {
            // Even over the days of its period, as what accrues is.
            let part = self.days(piece) / self.sharing_days(piece.period);
            flow = Flow::default();
            flow.even(zero(), whole(1), known[piece.period].exact() * part);
        }
        self.round(&mut flow);
        self.lines[piece.period].accrued += flow.total();
        self.pay(piece, flow, headroom, known.is_some());
        self.close_part(piece, known.is_some());
        if closes {
            self.close_year(piece, year_end, known.is_some());
        }
        if known.is_none() {
            self.add_what_is_missing(piece);
        }
        self.end_part(piece);
        if closes {
            self.end_year(piece, year_end);
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
        let mut counted = beyond(&(&self.eligible + revenue), &threshold) - before;
        let free = revenue - &counted;
        if let Some(floor) = terms.revenue_floor {
            let least = floor.exact() * &terms.lengths()[piece.period];
            if self.lines[piece.period].revenue < least {
                counted = zero();
            }
        }
        let later = self.later(piece, revenue).min(counted.clone());
        let earlier = &counted - &later;
        let moment = |of_counted: &Exact| (&free + of_counted) / revenue;
        let mut flow = Flow::default();
        let mut share = zero();
        if counted > zero() {
            let mut legs = match earlier > zero() {
                true => self.share(piece, &earlier),
                false => Vec::new(),
            };
            if let (Some((_, rate)), true) = (terms.turn, later > zero()) {
                legs.push((earlier, counted.clone(), rate.exact() * later));
            }
            for (from, to, amount) in legs {
                share += &amount;
                if terms.on_account.is_none() {
                    flow.even(moment(&from), moment(&to), amount);
                }
            }
        }
        self.year.share += share;
        for (step_up, _) in terms
            .step_ups
            .iter()
            .zip(&self.raised)
            .filter(|(_, is)| **is)
        {
            if counted > zero() {
                flow.even(moment(&zero()), whole(1), step_up.adds.exact() * &counted);
            }
        }
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

    /// What of a piece's revenue comes after the event from which another rate holds.
    fn later(&self, piece: Piece, revenue: &Exact) -> Exact {
        let Some((when, _)) = self.terms.turn else {
            return zero();
        };
        let (day, part) = self.terms.moment_of(when);
        let all = self.days(piece);
        let before = (whole(day.since(piece.first)) + part).max(zero());
        beyond(&all, &before) / all * revenue
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
            // What was reached before the agreement is not due under it.
            *due |= missing <= zero();
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
            // What is known to be paid is paid, whatever the cap says.
            if self.binds.is_none() && !known && through > headroom {
                self.binds = Some(piece.period);
            }
            if self.reached.is_none() && through >= headroom {
                let moment = flow.reaches(&headroom).unwrap_or(whole(1));
                self.reach(piece, &moment);
            }
            if !known {
                through = through.min(headroom);
            }
        }
        self.count(piece, &through);
    }

    fn count(&mut self, piece: Piece, payment: &Exact) {
        self.lines[piece.period].payment += payment;
        self.paid += payment;
        self.year.paid += payment;
        self.part.0 += payment;
        if let Some(level) = self.level(piece) {
            self.used = kept(&(&self.used + payment / level));
        }
    }

    fn reach(&mut self, piece: Piece, moment: &Exact) {
        let days = moment * self.days(piece);
        let whole_days = Exact::from(days.ceil());
        let margin = match days.is_int() {
            // The last whole cent of a cap in prices is paid before the cap is used up:
            // it is not said which of the two moments counts.
            _ if self.terms.rounding && self.level(piece).is_some() => 0.0,
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

    /// What the year leaves to the next.
    fn end_year(&mut self, piece: Piece, year_end: Day) {
        if let (Some((_, Carry::Room)), Some(room)) = (&self.terms.annual_cap, self.annual_room()) {
            self.room = room;
        }
        if piece.last == year_end {
            self.test_revenue(year_end);
        }
        self.year = new_year(self.terms);
    }
}
