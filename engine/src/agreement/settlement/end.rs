//! Where sharing ends on each path, and what that leaves.

use super::super::clauses::Claim;
use super::super::ledger::{Cut, EndReason};
use super::super::rows::{Row, Settled};
use super::super::rule::{day_reached, whole_cents};
use super::super::schedule::{Piece, Schedule};
use super::super::stop::day_within;
use super::Run;
use crate::math::fma;

impl<const N: usize> Run<'_, N> {
    /// Notes where the cap is reached on a path: `instant` of the way through the days of a
    /// piece that earn share.
    #[inline(always)]
    pub(super) fn reach(
        &self,
        l: usize,
        piece: &Piece,
        days: f64,
        accrual_days: i32,
        instant: f64,
        out: &mut Settled<N>,
    ) {
        let day = if days < f64::from(piece.days) {
            f64::from(day_within(instant * days))
        } else {
            day_reached(instant, 1.0, days)
        };
        // `max` also turns the 0/0 of a cap that leaves nothing to pay into 0.
        let into = instant.clamp(0.0, 1.0).max(0.0);
        let accrual_days = f64::from(accrual_days);
        out.reached |= 1 << l;
        out.reached_in[l] = piece.period;
        out.reached_at[l] = if days == accrual_days {
            into
        } else {
            fma(into, days, self.period_days[l]) / accrual_days
        };
        out.last_days[l] = piece.offset as i32 + day as i32;
    }

    /// What the annual cap still carries when sharing ends is not paid any more.
    #[inline(always)]
    pub(super) fn lapse(&mut self, out: &mut Settled<N>) {
        if !self.asks.carries {
            return;
        }
        for l in 0..N {
            if self.last.0[l] >= 0.0 {
                out.lines[self.last.0[l] as usize].excess[l] += self.carried[l];
            }
        }
        self.carried = [0.0; N];
    }

    /// The period of which an event or a default cuts accrual days off.
    #[inline(always)]
    pub(super) fn cut(&self, schedule: &Schedule, out: &mut Settled<N>) {
        if self.stop.first == f64::INFINITY {
            return;
        }
        for l in 0..N {
            let (last, days) = (self.last.0[l], self.last.1[l]);
            if last >= 0.0 {
                let period = last as usize;
                let is_cut = days < f64::from(schedule.periods()[period].days);
                out.cut[l] = is_cut.then_some(Cut { period, days });
            }
        }
    }

    /// What a default makes due beyond what has accrued: the period it is dated
    /// by, −1 where there is none, and the amount. `None` where no default does.
    #[inline(always)]
    pub(super) fn claim(&self, out: &Settled<N>) -> Option<(Row<N>, Row<N>)> {
        let default = self.agreement.clauses.default?;
        if default.claim != Claim::Cap {
            return None;
        }
        let (mut periods, mut amounts) = ([-1.0; N], [0.0; N]);
        for l in 0..N {
            let headroom = (self.cap.limit[l] - self.used[l]) / self.weight[l];
            if out.reasons[l] == EndReason::Default && headroom < f64::INFINITY {
                periods[l] = self.last.0[l];
                amounts[l] = match self.agreement.clauses.cents_per_unit {
                    Some(_) => whole_cents(headroom, self.cap.limit[l] / self.weight[l]),
                    None => headroom,
                };
            }
        }
        Some((periods, amounts))
    }
}
