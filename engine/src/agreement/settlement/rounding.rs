//! Rounding of what accrues, a period as a whole.

use super::super::accrual::Accrual;
use super::super::rows::Row;
use super::super::rule::nearest_cent;
use super::Run;

impl<const N: usize> Run<'_, N> {
    /// The part of the period's accrual, rounded as a whole, that falls to a
    /// piece of it.
    #[inline(always)]
    pub(super) fn rounded(&mut self, exact: &Row<N>, accrual: &Accrual<N>) -> Row<N> {
        if self.agreement.clauses.cents_per_unit.is_none() {
            return *exact;
        }
        let among = self.among(accrual);
        let mut accrued = [0.0; N];
        for l in 0..N {
            let before = self.period.rounded[l];
            let exact = self.period.exact[l] + exact[l];
            let among = self.period.among[l].max(exact).max(among[l]);
            let rounded = nearest_cent(exact, among).max(before);
            self.period.exact[l] = exact;
            self.period.rounded[l] = rounded;
            self.period.among[l] = among;
            accrued[l] = rounded - before;
        }
        accrued
    }
}
