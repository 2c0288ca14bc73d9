//! What a floor by a day, and an event that ends sharing, add to what accrues.

use super::super::cap::CapStep;
use super::super::ledger::EndReason;
use super::super::rows::{Row, row};
use super::super::rule::nearest_cent;
use super::super::schedule::Piece;
use super::{Active, Run};

impl<const N: usize> Run<'_, N> {
    /// What is due with the last day of a piece on each path beyond all that has been
    /// paid; `None` where nothing is on any.
    #[inline(always)]
    pub(super) fn due_by(&self, piece: &Piece, active: &Active<N>) -> Option<Row<N>> {
        let clauses = &self.agreement.clauses;
        if piece.days == 0 || (clauses.floors.is_empty() && active.is_uniform) {
            return None;
        }
        let (mut added, mut any): (Row<N>, bool) = ([0.0; N], false);
        let whole = f64::from(piece.days);
        let last_day = piece.first_day.add_days(piece.days - 1);
        for floor in &clauses.floors {
            if floor.by.unwrap_or(self.expiry).min(self.expiry) != last_day {
                continue;
            }
            any = true;
            let step = CapStep {
                until: None,
                amount: floor.amount,
                multiple_of: floor.multiple_of,
            };
            let missing = self.missing(&step.lanes(self.inputs, &self.advances.total), true);
            for l in 0..N {
                let lasts = (active.days[l] == whole) & (self.over[l] == 0.0);
                let missing = if lasts { missing[l] } else { 0.0 };
                added[l] = added[l].max(missing);
            }
        }
        if active.is_uniform {
            return any.then_some(added);
        }
        for (i, event) in clauses.events.iter().enumerate() {
            let Some(pays) = &event.pays else {
                continue;
            };
            any = true;
            let step = &pays.steps[CapStep::position(&pays.steps, piece.first_day)];
            let missing = self.missing(
                &step.lanes(self.inputs, &self.advances.total),
                pays.less_paid,
            );
            for l in 0..N {
                let stops = (self.stop.at[l] > piece.offset)
                    & (self.stop.at[l] <= piece.offset + whole)
                    & (self.stop.reasons[l] == EndReason::Event(i))
                    & (self.over[l] == 0.0);
                let missing = if stops { missing[l] } else { 0.0 };
                added[l] = added[l].max(missing);
            }
        }
        any.then_some(added)
    }

    /// What is missing from amounts, less what has been paid where that counts.
    #[inline(always)]
    fn missing(&self, amounts: &Row<N>, less_paid: bool) -> Row<N> {
        let rounds = self.agreement.clauses.cents_per_unit.is_some();
        row(|l| {
            let amount = amounts[l] * self.scale;
            let paid = self.paid_before[l] * self.scale + self.paid[l];
            let missing = (amount - if less_paid { paid } else { 0.0 }).max(0.0);
            if rounds {
                nearest_cent(missing, amount)
            } else {
                missing
            }
        })
    }
}
