//! More of what lines tell.

use super::kernel::Sum;
use super::{Flow, Smooth, sum};
use crate::simulate::estimates::quantity::Total;
use crate::stats::MeanEstimate;
use crate::units::Date;

impl Smooth {
    /// The probability that the cap is reached from `first` to `last`, both inclusive: on
    /// a day, where they are the same.
    pub fn reached_within(&self, first: Date, last: Date) -> MeanEstimate {
        let before = self.reached_means(first.add_days(-1));
        let until = self.reached_means(last);
        MeanEstimate::of_difference(&until, &before)
    }

    /// The density, per day, of the moment at which the cap is reached, at the close of a
    /// day. It steps where a period ends.
    pub fn density(&self, date: Date) -> MeanEstimate {
        let days = f64::from(date.days_since(self.start) + 1);
        let of = self.means.iter().map(|means| self.reached(means, days).1);
        MeanEstimate::of(&of.collect::<Vec<f64>>())
    }

    /// The expected payment for parts of periods, each a position and a fraction: those of
    /// a reporting year.
    pub fn payment_of(&self, parts: &[(usize, f64)]) -> MeanEstimate {
        MeanEstimate::of(&payments_of(&self.flows(), parts))
    }

    /// What is expected to be paid on each day on which anything may be due, in order.
    pub fn cash(&self) -> Vec<(Date, MeanEstimate)> {
        let dates = self.cash_means().into_iter();
        dates
            .map(|(date, means)| (date, MeanEstimate::of(&means)))
            .collect()
    }

    /// The same in each replicate.
    pub fn cash_means(&self) -> Vec<(Date, Vec<f64>)> {
        let shares = self.terms.iter().map(|terms| terms.days > 0.0);
        let due = self.payment_dates.iter().zip(shares);
        let mut dates: Vec<Date> = due.filter(|(_, shares)| *shares).map(|d| *d.0).collect();
        dates.sort_unstable();
        dates.dedup();
        let flows = self.flows();
        let on = |date: Date| {
            let own = self.payment_dates.iter().enumerate();
            let own = own.filter(|(_, due)| **due == date);
            let parts: Vec<(usize, f64)> = own.map(|(period, _)| (period, 1.0)).collect();
            (date, payments_of(&flows, &parts))
        };
        dates.into_iter().map(on).collect()
    }

    /// What one more unit of cap adds to the expected total paid, to its present value, to
    /// the excess or to the headroom at the end; `None` of any other total. The cap of a
    /// path on which nothing is left to pay counts as out of reach.
    pub fn by_cap(&self, total: Total) -> Option<MeanEstimate> {
        Some(MeanEstimate::of(&self.by_cap_means(total)?))
    }

    /// The same in each replicate.
    pub fn by_cap_means(&self, total: Total) -> Option<Vec<f64>> {
        let of = |means: &Vec<f64>| {
            let mut before = means[0];
            let (mut reached, mut value) = (0.0, 0.0);
            for (i, step) in self.steps.iter().enumerate() {
                let until = sum(means, i, Sum::Reached);
                let part = until - before;
                reached += part;
                value += part * self.terms[step.period].discount_factor;
                before = until;
            }
            match total {
                Total::Paid => Some(reached),
                Total::PresentValue => Some(value),
                Total::Excess => Some(-reached),
                Total::Headroom => Some(1.0 - means[0] - reached),
                _ => None,
            }
        };
        self.means.iter().map(of).collect()
    }
}

/// Payments for parts of periods in each replicate.
fn payments_of(flows: &[Vec<Flow>], parts: &[(usize, f64)]) -> Vec<f64> {
    let of = |flows: &Vec<Flow>| {
        let part = |(period, part): &(usize, f64)| part * flows[*period].payment;
        parts.iter().map(part).sum::<f64>()
    };
    flows.iter().map(of).collect()
}
