//! Events that wait for what the agreement counts and pays.

use super::super::clauses::When;
use super::super::ledger::EndReason;
use super::super::rows::{Row, row};
use super::super::rule::TIE;
use super::super::schedule::Piece;
use super::Run;

impl<const N: usize> Run<'_, N> {
    /// Stops sharing where a piece's revenue reaches the level of an event: revenue is
    /// even within it.
    #[inline(always)]
    pub(super) fn meet(&mut self, piece: &Piece, revenue: &Row<N>) {
        for (i, event) in self.agreement.clauses.events.iter().enumerate() {
            let When::Revenue(level) = event.when else {
                continue;
            };
            let level = level.lanes(self.inputs);
            let at: Row<N> = row(|l| {
                let eligible = piece.fraction * revenue[l];
                let missing = level[l] - self.revenue[l];
                let is_met = missing <= eligible + TIE * level[l];
                let part = (missing.max(0.0) / eligible).min(1.0);
                // Nothing over nothing: it has been met before.
                let into = if missing > 0.0 { part } else { 0.0 };
                let at = (piece.offset + into * f64::from(piece.days)).max(self.past);
                if is_met { at } else { f64::INFINITY }
            });
            self.stop.put(EndReason::Event(i), &at);
        }
    }

    /// Stops sharing with the period that has the last of so many payments.
    #[inline(always)]
    pub(super) fn count_payments(&mut self, piece: &Piece, paid: &Row<N>) {
        for l in 0..N {
            self.payments[l] += if paid[l] > 0.0 { 1.0 } else { 0.0 };
        }
        let end = (piece.offset + f64::from(piece.days)).max(self.past);
        for (i, event) in self.agreement.clauses.events.iter().enumerate() {
            let When::Payments(count) = event.when else {
                continue;
            };
            let count = f64::from(count);
            let at = row(|l| match self.payments[l] >= count {
                true => end,
                false => f64::INFINITY,
            });
            self.stop.put(EndReason::Event(i), &at);
        }
    }
}
