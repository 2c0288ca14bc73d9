//! Where a run's statistics stand.

use crate::simulate::Simulation;
use crate::simulate::estimates::quantity::{Quantity, Total};
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
    /// The years that end in each period, in order of time.
    ends: Vec<Vec<YearEnd>>,
}

/// The end of a reporting year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct YearEnd {
    /// Position of the calendar.
    pub calendar: usize,
    /// Position of the year in it.
    pub year: usize,
    /// The part of its last period that lies after it.
    pub rest: f64,
}

impl Layout {
    /// The layout of a simulation.
    pub fn new(simulation: &Simulation<'_>) -> Self {
        let periods = simulation.timeline.periods().len();
        let mut slots = periods;
        let mut calendar_starts = Vec::new();
        let mut ends = vec![Vec::new(); periods];
        for (calendar, years) in simulation.calendars.iter().enumerate() {
            calendar_starts.push(slots);
            slots += years.len();
            add_ends(calendar, years, &mut ends);
        }
        Self {
            periods,
            calendar_starts,
            slots,
            ends,
        }
    }

    /// The reporting years that end in period `k`.
    pub fn years_ending(&self, k: usize) -> &[YearEnd] {
        &self.ends[k]
    }

    /// The period with which a year of a calendar ends, where it ends with one.
    pub fn period_of_end(&self, calendar: usize, year: usize) -> Option<usize> {
        let ends_with = |end: &YearEnd| (end.calendar, end.year, end.rest) == (calendar, year, 0.0);
        self.ends.iter().position(|ends| ends.iter().any(ends_with))
    }

    /// Of the first year of a calendar the period with which it ends, where it ends with one:
    /// it begins with the timeline.
    pub fn first_year_until(&self, slot: Slot) -> Option<usize> {
        match slot {
            Slot::Year { calendar, year: 0 } => self.period_of_end(calendar, 0),
            _ => None,
        }
    }

    /// Every slot, in the order of their positions.
    pub fn all_slots(&self) -> Vec<Slot> {
        let mut slots: Vec<Slot> = (0..self.periods).map(Slot::Period).collect();
        let starts = self.calendar_starts.iter().enumerate();
        for (calendar, &start) in starts {
            let next = self.calendar_starts.get(calendar + 1);
            let years = 0..next.unwrap_or(&self.slots) - start;
            slots.extend(years.map(|year| Slot::Year { calendar, year }));
        }
        slots
    }

    /// Number of slots: all periods and reporting years.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The position of a slot.
    pub fn slot(&self, slot: Slot) -> usize {
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

fn add_ends(calendar: usize, years: &[ReportingYear], ends: &mut [Vec<YearEnd>]) {
    let mut covered = vec![0.0; ends.len()];
    for (year, reporting) in years.iter().enumerate() {
        for &(k, part) in &reporting.parts {
            covered[k] += part;
        }
        if let Some(&(last, _)) = reporting.parts.last() {
            // A year that ends with the period closes on the period's own rows.
            let rest: f64 = 1.0 - covered[last];
            let rest = if rest < 1e-9 { 0.0 } else { rest };
            ends[last].push(YearEnd {
                calendar,
                year,
                rest,
            });
        }
    }
}
