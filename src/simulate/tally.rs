//! Where a run's statistics stand, and those whose order of merging matters.

use super::Simulation;
use super::quantity::{Quantity, Total};
use crate::stats::Moments;
use crate::units::ReportingYear;

/// Where in the timeline a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A period.
    Period(usize),
    /// A year of one of the simulation's calendars, both by position.
    Year {
        /// Position of the calendar.
        calendar: usize,
        /// Position of the year in it.
        year: usize,
    },
}

/// Which statistics a run keeps and where.
#[derive(Clone, Debug)]
pub struct Layout {
    periods: usize,
    /// Number of slots before each calendar's first year.
    calendar_starts: Vec<usize>,
    slots: usize,
    /// For each period, what it adds to which year, in order of time.
    year_steps: Vec<Vec<YearStep>>,
}

/// What one period adds to one reporting year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct YearStep {
    /// Position of the calendar.
    pub calendar: usize,
    /// Position of the year in it.
    pub year: usize,
    /// The part of the period that lies in the year.
    pub part: f64,
    /// Where this is the year's last period: the part of the period after it.
    pub closes_before: Option<f64>,
}

impl Layout {
    /// The layout of a simulation.
    pub fn new(simulation: &Simulation<'_>) -> Self {
        let periods = simulation.timeline.periods().len();
        let mut slots = periods;
        let mut calendar_starts = Vec::new();
        let mut year_steps = vec![Vec::new(); periods];
        for (calendar, years) in simulation.calendars.iter().enumerate() {
            calendar_starts.push(slots);
            slots += years.len();
            add_year_steps(calendar, years, &mut year_steps);
        }
        Self {
            periods,
            calendar_starts,
            slots,
            year_steps,
        }
    }

    /// What period `k` adds to the reporting years it touches.
    pub fn year_steps(&self, k: usize) -> &[YearStep] {
        &self.year_steps[k]
    }

    fn slot(&self, slot: Slot) -> usize {
        match slot {
            Slot::Period(k) => {
                debug_assert!(k < self.periods);
                k
            }
            Slot::Year { calendar, year } => self.calendar_starts[calendar] + year,
        }
    }

    /// The cell of a quantity.
    pub fn cell(&self, quantity: Quantity, slot: Slot) -> usize {
        quantity as usize * self.slots + self.slot(slot)
    }

    /// The cell of a total.
    pub fn total(&self, total: Total) -> usize {
        Quantity::ALL.len() * self.slots + total as usize
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        Quantity::ALL.len() * self.slots + Total::ALL.len()
    }
}

fn add_year_steps(calendar: usize, years: &[ReportingYear], steps: &mut [Vec<YearStep>]) {
    let mut covered = vec![0.0; steps.len()];
    for (year, reporting) in years.iter().enumerate() {
        let last = reporting.parts.len() - 1;
        for (i, &(k, part)) in reporting.parts.iter().enumerate() {
            covered[k] += part;
            // A year that ends with the period closes on the period's own rows.
            let rest: f64 = 1.0 - covered[k];
            let rest = if rest < 1e-9 { 0.0 } else { rest };
            steps[k].push(YearStep {
                calendar,
                year,
                part,
                closes_before: (i == last).then_some(rest),
            });
        }
    }
}

/// The order-dependent statistics of some paths of one replicate: moments of
/// each row and how many paths reach the cap on each day.
#[derive(Clone, Debug)]
pub struct Sums {
    /// One for each row.
    pub moments: Vec<Moments>,
    /// One for each day of the timeline.
    pub reached_on: Vec<u64>,
}

impl Sums {
    /// No paths yet.
    pub fn new(rows: usize, days: usize) -> Self {
        Self {
            moments: vec![Moments::default(); rows],
            reached_on: vec![0; days],
        }
    }

    /// Adds those of later paths.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.moments.iter_mut().zip(&other.moments) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.reached_on.iter_mut().zip(&other.reached_on) {
            *mine += theirs;
        }
    }
}
