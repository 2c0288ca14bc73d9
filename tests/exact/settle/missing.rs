//! What floors and events add with the last day of a piece, within the total cap.

use super::super::calendar::Day;
use super::super::number::*;
use super::{Piece, Reason, Walk};

impl Walk<'_> {
    pub(super) fn add_what_is_missing(&mut self, piece: Piece) {
        if self.reached.is_some() {
            return;
        }
        let terms = self.terms;
        let ends = piece.last == self.last_day;
        let before = terms.paid_before.map_or(zero(), Decimal::exact);
        let paid = before + &self.paid;
        let mut due = zero();
        for floor in &terms.floors {
            let by = floor.by.unwrap_or(terms.expiry()).min(terms.expiry());
            let lasts = !ends || self.last_part == whole(1);
            if by == piece.last && lasts {
                let day = floor.by.unwrap_or(Day::FAR);
                due = due.max(beyond(&terms.amount_on(floor.amount, day), &paid));
            }
        }
        if let (true, Reason::Event(i)) = (ends, self.planned)
            && let Some((steps, less_paid)) = &terms.pays[i]
        {
            let step = steps
                .iter()
                .find(|(until, _)| until.is_none_or(|day| piece.first <= day));
            let amount = terms.amount_on(step.unwrap().1, piece.first);
            let less = if *less_paid { paid } else { zero() };
            due = due.max(beyond(&amount, &less));
        }
        if terms.rounding {
            due = rounded(&due, terms.cents);
        }
        if due <= zero() {
            return;
        }
        self.lines[piece.period].added += &due;
        if let Some(headroom) = self.headroom(piece) {
            if due > headroom && self.binds.is_none() {
                self.binds = Some(piece.period);
            }
            if due >= headroom {
                due = headroom;
                self.reach(piece, &whole(1));
            }
        }
        self.count(piece, &due);
    }
}
