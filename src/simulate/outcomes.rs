//! What comes out of a run: estimates with their errors, and quantiles.

use super::Simulation;
use super::quantity::{Quantity, Total};
use super::tally::{Layout, Slot, Sums};
use crate::stats::{Estimate, Sampling, Sketch};
use crate::units::Date;

/// All statistics of a run.
#[derive(Clone, Debug)]
pub struct Outcomes {
    layout: Layout,
    capped: bool,
    valued: bool,
    start: Date,
    paths_per_replicate: u64,
    sampling: Sampling,
    replicates: Vec<Sums>,
    sketches: Vec<Sketch>,
}

/// One quantity as a run measured it.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// Mean, standard error, standard deviation.
    pub estimate: Estimate,
    /// Its distribution over all paths.
    pub distribution: &'a Sketch,
}

impl Outcomes {
    pub(super) fn new(
        simulation: &Simulation<'_>,
        layout: Layout,
        replicates: Vec<Sums>,
        sketches: Vec<Sketch>,
    ) -> Self {
        Self {
            layout,
            capped: simulation.agreement.cap.is_some(),
            valued: simulation.valuation.is_some(),
            start: simulation.timeline.start(),
            paths_per_replicate: simulation.settings.points,
            sampling: simulation.settings.sampler.sampling(),
            replicates,
            sketches,
        }
    }

    /// Paths simulated.
    pub fn paths(&self) -> u64 {
        self.paths_per_replicate * self.replicates.len() as u64
    }

    /// A quantity in a period or year; `None` where it is undefined (headroom
    /// without a cap).
    pub fn quantity(&self, quantity: Quantity, slot: Slot) -> Option<Measured<'_>> {
        let defined = self.capped || quantity != Quantity::CapHeadroom;
        defined.then(|| self.measured(self.layout.cell(quantity, slot)))
    }

    /// A total; `None` where it is undefined (headroom without a cap, present
    /// value without a valuation).
    pub fn total(&self, total: Total) -> Option<Measured<'_>> {
        let defined = match total {
            Total::Headroom => self.capped,
            Total::PresentValue => self.valued,
            Total::Paid | Total::Uncapped | Total::Excess => true,
        };
        defined.then(|| self.measured(self.layout.total(total)))
    }

    fn measured(&self, cell: usize) -> Measured<'_> {
        let moments = self.replicates.iter().map(|sums| sums.moments[cell]);
        Measured {
            estimate: Estimate::new(moments, self.sampling),
            distribution: &self.sketches[cell],
        }
    }

    /// The probability that the cap is reached from `first` to `last`, both
    /// inclusive.
    pub fn reached_within(&self, first: Date, last: Date) -> Estimate {
        let days = self.replicates[0].reached_on.len() as i32;
        let begin = first.days_since(self.start).clamp(0, days);
        let end = (last.days_since(self.start) + 1).clamp(begin, days);
        let range = begin as usize..end as usize;
        let hits = self
            .replicates
            .iter()
            .map(|sums| sums.reached_on[range.clone()].iter().sum());
        Estimate::of_probability(hits, self.paths_per_replicate, self.sampling)
    }

    /// The probability that the cap is reached on or before a date.
    pub fn reached_by(&self, date: Date) -> Estimate {
        self.reached_within(self.start, date)
    }

    /// The probability that the cap is reached at all.
    pub fn reached(&self) -> Estimate {
        let days = self.replicates[0].reached_on.len() as i32;
        self.reached_by(self.start.add_days(days - 1))
    }

    /// The date on or before which at least `q` of all paths have reached the
    /// cap; `None` where they never do.
    pub fn reached_quantile(&self, q: f64) -> Option<Date> {
        let target = (q * self.paths() as f64 * (1.0 - 1e-15)).ceil().max(1.0) as u64;
        let days = self.replicates[0].reached_on.len();
        let mut reached = 0;
        for day in 0..days {
            let on_day = self.replicates.iter().map(|sums| sums.reached_on[day]);
            reached += on_day.sum::<u64>();
            if reached >= target {
                return Some(self.start.add_days(day as i32));
            }
        }
        None
    }
}
