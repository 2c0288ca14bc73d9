//! Rates that rise, and what a year counts of revenue before the agreement.

use super::super::calendar::Day;
use super::super::number::*;
use super::super::terms::*;
use super::{Piece, Walk};

impl Walk<'_> {
    pub(super) fn earlier(&mut self, revenue: Exact) {
        self.year.counted += &revenue;
        self.year.eligible += &revenue;
        self.year.earlier += revenue;
    }

    /// The days of a year that the dates of the agreement leave, and all of them.
    pub(super) fn days_of_year(&self, day: Day) -> (i64, i64) {
        let terms = self.terms;
        let end = day.year_end(terms.year_ends);
        let start = end.plus(1).months_later(-12);
        let first = start.max(terms.effective()).max(terms.start);
        let last = end.min(terms.expiry()).min(terms.end);
        ((last.since(first) + 1).max(0), end.since(start) + 1)
    }

    /// When a year is over.
    pub(super) fn test_revenue(&mut self, year_end: Day) {
        let (days, all) = self.days_of_year(year_end);
        for (i, step_up) in self.terms.step_ups.iter().enumerate() {
            let Test::Revenue(year, below) = step_up.test else {
                continue;
            };
            let misses = self.year.eligible < below.exact();
            let is_tested = match year {
                Some(year) => year == year_end.parts().0,
                None => days == all,
            };
            let found = is_tested && misses;
            self.raised[i] = match step_up.lasts {
                Lasts::End => self.raised[i] || found,
                Lasts::Reached => (self.raised[i] || found) && misses,
                Lasts::Year => found,
            };
        }
    }

    fn is_paid(&self, figure: Decimal) -> bool {
        let before = self.terms.paid_before.map_or(zero(), Decimal::exact);
        before + &self.paid >= figure.exact()
    }

    /// When a piece begins after the day of a test.
    pub(super) fn test_paid(&mut self, piece: Piece) {
        for (i, step_up) in self.terms.step_ups.iter().enumerate() {
            if let Test::Paid(on, below) = step_up.test
                && piece.first > on
                && !self.tested[i]
            {
                self.tested[i] = true;
                self.raised[i] = !self.is_paid(below);
            }
        }
    }

    /// When a period begins, of rates that are up until something is paid.
    pub(super) fn lower(&mut self) {
        for (i, step_up) in self.terms.step_ups.iter().enumerate() {
            if let (Test::Paid(_, below), Lasts::Reached) = (step_up.test, step_up.lasts)
                && self.is_paid(below)
            {
                self.raised[i] = false;
            }
        }
    }
}
