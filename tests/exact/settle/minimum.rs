//! Clause 9: what a part of a year, and the year, are topped up to.

use super::super::calendar::Day;
use super::super::number::*;
use super::{Piece, Walk};

impl Walk<'_> {
    /// With the last day of a part of the year that has a minimum of its own.
    pub(super) fn close_part(&mut self, piece: Piece, known: bool) {
        let terms = self.terms;
        let Some((months, minimum)) = &terms.part_minimum else {
            return;
        };
        let end = piece.last.group_end(*months, terms.year_ends);
        let closes = piece.last == end || piece.last == self.last_day;
        let Some(minimum) = minimum.on(self.first_of(*months)) else {
            return;
        };
        if closes && !known {
            let all = end.plus(1).since(end.plus(1).months_later(-months));
            let least = minimum * &self.part.1 / whole(all);
            let paid = self.part.0.clone();
            self.top_up(piece, least, &paid);
        }
    }

    /// The next part begins.
    pub(super) fn end_part(&mut self, piece: Piece) {
        let Some((months, _)) = &self.terms.part_minimum else {
            return;
        };
        if piece.last == piece.last.group_end(*months, self.terms.year_ends) {
            self.part = (zero(), zero());
        }
    }

    /// With the last day of a year.
    pub(super) fn close_year(&mut self, piece: Piece, year_end: Day, known: bool) {
        let minimum = self.terms.minimum.as_ref();
        let Some(minimum) = minimum.and_then(|minimum| minimum.on(self.first_of(12))) else {
            return;
        };
        if !known {
            let days = year_end.plus(1).since(year_end.plus(1).months_later(-12));
            let least = minimum * &self.year.days / whole(days);
            let paid = self.year.paid.clone();
            self.top_up(piece, least, &paid);
        }
    }

    /// Adds what is missing, within both caps.
    fn top_up(&mut self, piece: Piece, least: Exact, paid: &Exact) {
        if self.reached.is_some() {
            return;
        }
        let least = match self.terms.rounding {
            true => rounded(&least, self.terms.cents),
            false => least,
        };
        let mut top_up = beyond(&least, paid);
        self.lines[piece.period].added += &top_up;
        if let Some(room) = self.annual_room() {
            top_up = top_up.min(room);
        }
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
}
