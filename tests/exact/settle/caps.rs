//! What the caps allow: clauses 7 and 8.

use super::super::calendar::Day;
use super::super::number::*;
use super::super::terms::*;
use super::{Piece, Walk};

impl Walk<'_> {
    /// What the annual cap lets through, this year's payments taken off; `None`
    /// without one.
    pub(super) fn annual_room(&self) -> Option<Exact> {
        let (amount, _) = self.terms.annual_cap.as_ref()?;
        let amount = amount.on(self.first_of(12))?;
        let limit = self.whole_cents(amount * self.year_part()) + &self.room;
        Some(beyond(&limit, &self.year.paid))
    }

    /// The first day within the agreement of the year, or part of it, under way.
    pub(super) fn first_of(&self, months: i64) -> Day {
        let terms = self.terms;
        let day = self.last.map_or(terms.start, |piece| piece.last);
        let end = day.group_end(months, terms.year_ends);
        let first = end.plus(1).months_later(-months);
        first.max(terms.effective()).max(terms.start)
    }

    /// The part of the annual cap that the year has.
    fn year_part(&self) -> Exact {
        let Some(piece) = self.last.filter(|_| self.terms.prorated) else {
            return whole(1);
        };
        let (days, all) = self.days_of_year(piece.first);
        fraction(days, all)
    }

    pub(super) fn whole_cents(&self, amount: Exact) -> Exact {
        match self.terms.rounding {
            true => floored(&amount, self.terms.cents),
            false => amount,
        }
    }

    /// What the total cap allows in a piece; `None` without one.
    pub(super) fn headroom(&self, piece: Piece) -> Option<Exact> {
        let terms = self.terms;
        let cap = terms.cap.as_ref()?;
        let in_force = cap
            .amounts
            .iter()
            .find(|(until, _)| until.is_none_or(|day| piece.first <= day));
        let mut amount = in_force.unwrap().1.exact();
        if cap.multiples {
            amount *= terms.advanced(piece.first);
        }
        if let Some(rate) = cap.irr {
            let later = terms.paid_later().into_iter();
            let later = later.filter(|(date, _)| *date <= piece.first);
            let worth = later.map(|(date, amount)| {
                let years = date.years_since(self.first_upfront());
                amount.exact() / grown(&rate.exact(), &years)
            });
            amount = worth.fold(terms.upfront.unwrap().exact(), |sum, worth| sum + worth);
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
    pub(super) fn level(&self, piece: Piece) -> Option<Exact> {
        if let Some(rate) = self.terms.cap.as_ref()?.irr {
            let (_, last) = self.terms.periods()[piece.period];
            let (paid, ..) = self.dues(last, &zero()).remove(0);
            let years = paid.plus(1).years_since(self.first_upfront());
            return Some(grown(&rate.exact(), &years));
        }
        let (rates, of) = self.terms.cap.as_ref()?.inflation.as_ref()?;
        let of = of.unwrap_or(self.terms.effective());
        let [from, last, to] = [piece.first, piece.last, piece.last.plus(1)];
        let [from, last, to] = [from, last, to].map(|day| day.years_since(of));
        let part = self.days(piece) - whole(piece.last.since(piece.first));
        let middle = (from + &last + (to - &last) * part) / whole(2);
        Some(level(rates, of, &middle))
    }
}

impl Walk<'_> {
    /// When the first amount was paid upfront.
    fn first_upfront(&self) -> Day {
        let effective = self.terms.effective();
        let next = self.terms.tranches.first();
        next.map_or(effective, |(next, _)| effective.min(next.plus(-1)))
    }
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
