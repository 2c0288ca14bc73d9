//! What the payee advances where revenue reaches a level.

use super::super::rows::{Row, Settled, bits, each, mask};
use super::super::rule::TIE;
use super::super::schedule::Piece;
use super::Run;

impl<const N: usize> Run<'_, N> {
    /// Notes the levels that revenue before a piece has reached, and pays what is due for
    /// them with the first day of a period, while there is sharing.
    #[inline(always)]
    pub(super) fn advance(&mut self, piece: &Piece, out: &mut Settled<N>) {
        let inputs = self.inputs;
        let shares: u64 = bits::<N>(&mask(|l| {
            self.over[l] == 0.0 && self.stop.at[l] > piece.offset
        }));
        for (i, advance) in self.agreement.clauses.advances.iter().enumerate() {
            let revenue = match advance.year {
                None => &self.revenue,
                Some(year) if year == self.year.year => &self.year.revenue,
                Some(_) => &[0.0; N],
            };
            let level = advance.reaches.lanes(inputs);
            let reached: Row<N> = mask(|l| revenue[l] >= level[l] * (1.0 - TIE));
            if advance
                .by
                .is_none_or(|by| piece.first_day.add_days(-1) <= by)
            {
                self.advances.met[i] |= bits(&reached);
            }
            if !piece.bounds.0 || piece.days == 0 {
                continue;
            }
            let now = self.advances.met[i] & !self.advances.paid[i] & shares;
            if now == 0 {
                continue;
            }
            self.advances.paid[i] |= now;
            self.advances.moves_cap = true;
            each(now, |l| {
                self.advances.total[l] += advance.amount;
                out.advanced[i][l] = piece.period as f64;
            });
            let cap = self.agreement.cap.as_ref();
            if let Some(growth) = cap.and_then(|cap| cap.indexation.of_advance(piece.first_day)) {
                let factor = growth.deflators(inputs);
                each(now, |l| {
                    self.advances.worth[l] += advance.amount * factor[l]
                });
            }
        }
    }
}
