//! What comes out of a run: estimates with their errors, and quantiles.

use super::Simulation;
use super::plan::{Plan, Source};
use super::quantity::{Quantity, Total};
use super::tally::{Layout, Slot, Sums};
use crate::stats::{Estimate, Moments, Sampling, Sketch};
use crate::units::Date;

/// All statistics of a run.
#[derive(Clone, Debug)]
pub struct Outcomes {
    layout: Layout,
    start: Date,
    paths_per_replicate: u64,
    sampling: Sampling,
    replicates: Vec<Sums>,
    /// One for each cell; `None` for what is not kept.
    cells: Vec<Option<Cell>>,
}

/// The statistics of one quantity.
#[derive(Clone, Debug)]
struct Cell {
    estimate: Estimate,
    distribution: Sketch,
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
        plan: Plan,
        replicates: Vec<Sums>,
        rows: Vec<Sketch>,
    ) -> Self {
        let settings = simulation.settings;
        let sampling = settings.sampler.sampling();
        let cell = |moments: &dyn Fn(&Sums) -> Moments, distribution| Cell {
            estimate: Estimate::new(replicates.iter().map(moments), sampling),
            distribution,
        };
        let cells = (0..plan.layout.cells()).map(|i| {
            Some(match plan.source(i) {
                Source::Absent => return None,
                Source::Constant(value) => cell(
                    &|_| Moments::constant(value, settings.points),
                    Sketch::constant(value, settings.paths()),
                ),
                Source::Row(row) => cell(&|sums| sums.moments[row], rows[row].clone()),
                Source::Scaled(row, factor) => cell(
                    &|sums| sums.moments[row].scaled(factor),
                    rows[row].scaled(factor),
                ),
                Source::Lacking(row, limit) => cell(
                    &|sums| sums.moments[row].lacking(limit),
                    rows[row].lacking(),
                ),
            })
        });
        Self {
            cells: cells.collect(),
            layout: plan.layout,
            start: simulation.timeline.start(),
            paths_per_replicate: settings.points,
            sampling,
            replicates,
        }
    }

    /// Paths simulated.
    pub fn paths(&self) -> u64 {
        self.paths_per_replicate * self.replicates.len() as u64
    }

    /// A quantity in a period or year; `None` where it is undefined (headroom
    /// without a cap) or not kept (after a run for the totals alone).
    pub fn quantity(&self, quantity: Quantity, slot: Slot) -> Option<Measured<'_>> {
        self.measured(self.layout.cell(quantity, slot))
    }

    /// A total; `None` where it is undefined (headroom without a cap, present
    /// value without a valuation).
    pub fn total(&self, total: Total) -> Option<Measured<'_>> {
        self.measured(self.layout.total(total))
    }

    fn measured(&self, cell: usize) -> Option<Measured<'_>> {
        self.cells[cell].as_ref().map(|cell| Measured {
            estimate: cell.estimate,
            distribution: &cell.distribution,
        })
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
