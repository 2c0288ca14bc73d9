//! Contracts of which sums are taken while each period is at hand.

use super::Contract;
use super::cap::CarryForward;
use super::schedule::Piece;
use super::settlement::Asks;
use super::sums::Sum;

/// What is asked of a contract whose sums are taken in passing.
#[derive(Clone, Debug)]
pub struct InPassing {
    /// What is added up.
    pub(super) sums: Vec<Sum>,
    /// For each period what the payments of one date count for in a
    /// [sum](Sum::Worth) that is taken when that of this period completes them; none
    /// where a later one does.
    pub(super) weights: Vec<Option<f64>>,
    /// For each piece how many from it on are alike: each a whole period whose payments have a
    /// date of their own, and nothing stops sharing within them.
    pub(super) alike: Vec<usize>,
}

impl Contract {
    /// Whether a period, once settled, stays as it is, so that sums can be taken in passing:
    /// nothing is deferred, held back, carried forward, left unpaid in a default, rounded or
    /// shared among agreements.
    pub fn adds_up_in_passing(&self) -> bool {
        let clauses = &self.agreement.clauses;
        let annual = clauses.annual_cap.as_ref();
        clauses.deferral.is_none()
            && clauses.least_payment.is_none()
            && clauses.default.is_none()
            && clauses.cents_per_unit.is_none()
            && clauses.cap_of.is_none()
            && annual.is_none_or(|cap| cap.carry != CarryForward::Excess)
    }

    /// For each period the cash date whose payments it completes, if it does.
    pub fn dates_completed(&self) -> Vec<Option<usize>> {
        let dates: Vec<usize> = self.schedule.due().iter().map(|due| due.at).collect();
        let of_next = dates.iter().skip(1).map(Some).chain([None]);
        let own = dates.iter().zip(of_next);
        own.map(|(at, next)| (next != Some(at)).then_some(*at))
            .collect()
    }

    /// What is asked in passing, by what payments count for, period by period; of a contract
    /// that [adds up so](Self::adds_up_in_passing).
    pub fn in_passing(&self, weights: Vec<Option<f64>>) -> InPassing {
        let asks = Asks::of(&self.agreement);
        let is_whole = |piece: &Piece| {
            let stays = asks.plain && !asks.last;
            let has_date = weights[piece.period].is_some();
            stays && has_date && piece.bounds == (true, true) && piece.days > 0
        };
        let terms = |piece: &Piece| (piece.rate, piece.cap_step, piece.cap_years);
        let mut alike: Vec<usize> = Vec::new();
        let mut of_next = None;
        for piece in self.schedule.pieces().iter().rev() {
            let of_piece = Some(terms(piece));
            let following = alike.last().filter(|_| of_piece == of_next);
            let count = 1 + following.unwrap_or(&0);
            alike.push(if is_whole(piece) { count } else { 0 });
            of_next = of_piece;
        }
        alike.reverse();
        InPassing {
            sums: Sum::of(&self.agreement),
            weights,
            alike,
        }
    }
}
