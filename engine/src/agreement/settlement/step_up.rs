//! Rates that rise where revenue or payments stay below a figure.

use super::super::clauses::{StepUpLasts, StepUpTest};
use super::super::rows::{Row, bits, mask};
use super::super::rule::TIE;
use super::super::schedule::Piece;
use super::Run;
use crate::units::Parameter;

impl<const N: usize> Run<'_, N> {
    /// Tests the revenue of a year that is over.
    #[inline(always)]
    pub(super) fn test_revenue(&mut self) {
        let step_ups = &self.agreement.clauses.step_ups;
        for (step_up, paths) in step_ups.iter().zip(&mut self.raised) {
            let StepUpTest::Revenue { year, below } = step_up.test else {
                continue;
            };
            let misses = misses(self.inputs, below, 1.0, &self.year.revenue);
            let is_tested = match year {
                Some(year) => year == self.year.year,
                None => self.year.part >= 1.0 && self.year.year != 0,
            };
            let found = if is_tested { misses } else { 0 };
            *paths = match step_up.lasts {
                StepUpLasts::End => *paths | found,
                StepUpLasts::Reached => (*paths | found) & misses,
                StepUpLasts::Year => found,
            };
        }
    }

    /// Tests what has been paid before a piece.
    #[inline(always)]
    pub(super) fn test_paid(&mut self, piece: &Piece) {
        let (is_period, _) = piece.bounds;
        let step_ups = self.agreement.clauses.step_ups.iter().enumerate();
        for (i, step_up) in step_ups {
            let StepUpTest::Paid { on, below } = step_up.test else {
                continue;
            };
            let mut paid = [0.0; N];
            for l in 0..N {
                paid[l] = self.paid_before[l] * self.scale + self.paid[l];
            }
            let misses = misses(self.inputs, below, self.scale, &paid);
            if piece.first_day > on && self.tested >> i & 1 == 0 {
                self.tested |= 1 << i;
                self.raised[i] = misses;
            } else if is_period && step_up.lasts == StepUpLasts::Reached {
                self.raised[i] &= misses;
            }
        }
    }
}

/// The paths on which an amount, in units of `1 / scale`, is below a figure.
#[inline(always)]
fn misses<const N: usize>(
    inputs: &[[f64; N]],
    below: Parameter,
    scale: f64,
    amount: &Row<N>,
) -> u64 {
    let below = below.lanes(inputs);
    bits::<N>(&mask(|l| amount[l] < below[l] * scale * (1.0 - TIE)))
}
