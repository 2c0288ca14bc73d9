//! One contract with any last day, from one pass over the paths.
//!
//! Revenue is even within a period, so a path that has earned *B* before a period
//! and *A* in it has earned *B + pA* once a part *p* of the period's days is over.
//! With the sums of *B* and *A* over the paths that have not reached the cap by
//! the period's start, and over those that reach it on each day, the expected
//! payments up to any day follow: the sums of the paths still below the cap on
//! that day, and the threshold for each of the others.

use rayon::prelude::*;

use super::cumulative::{BLOCK, Drawn, Horizon, Rows};
use super::reaching::Calendar;
use crate::agreement::{Agreement, Schedule};
use crate::math::fma;
use crate::simulate::Simulation;
use crate::simulate::contracts::{ContractQuantity, FlatShare, last_horizon, whole_periods};
use crate::simulate::observer::{Cancelled, ExpiryError, Observer};
use crate::simulate::sample::draws::Draws;
use crate::stats::MeanEstimate;
use crate::units::Date;

/// What a contract comes to for any last day.
#[derive(Debug)]
pub struct ByExpiry<'a> {
    simulation: Simulation<'a>,
    contract: FlatShare,
    calendar: Calendar,
    /// Discount factor of each whole period's payment; 0 without a valuation.
    factors: Vec<f64>,
    replicates: Vec<Table>,
}

/// Sums over some paths.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: f64,
    /// Of what was earned before a period.
    before: f64,
    /// Of what is earned in it.
    within: f64,
}

/// One replicate.
#[derive(Debug)]
struct Table {
    /// For each period, of all paths.
    all: Vec<Sums>,
    /// For each period, of those that have not reached the cap before it.
    open: Vec<Sums>,
    /// For each day, of those that reach the cap from its period's first day on,
    /// and until it.
    on: Vec<Sums>,
}

/// Up to a day, as means over one replicate.
#[derive(Clone, Copy, Debug, Default)]
struct Until {
    /// Of min(revenue, threshold).
    paid: f64,
    /// Of revenue.
    revenue: f64,
    /// The part of the paths at the cap.
    reached: f64,
}

impl<'a> ByExpiry<'a> {
    /// Simulates the paths once, on the current thread pool; the observer is
    /// told the number of paths each time some are done. The primary
    /// contract gives the first day of sharing and the payment dates, `contract`
    /// all else but its last day.
    ///
    /// Memory: 24 bytes for each day and replicate.
    ///
    /// # Errors
    /// Where the observer says to stop.
    pub fn simulate(
        simulation: &Simulation<'a>,
        contract: &FlatShare,
        observer: &dyn Observer,
    ) -> Result<Self, Cancelled> {
        let timeline = simulation.timeline;
        let whole = Agreement {
            expiry: timeline.end(),
            ..simulation.primary().agreement.clone()
        };
        let schedule = Schedule::new(&whole, timeline);
        let draws = Draws::of(simulation);
        let mut all = Self {
            simulation: *simulation,
            contract: *contract,
            calendar: Calendar::new(timeline, &schedule),
            factors: schedule
                .periods()
                .iter()
                .map(|p| simulation.discount_factor(p))
                .collect(),
            replicates: Vec::new(),
        };
        let horizons = whole_periods(simulation);
        let replicates = (0..simulation.settings.replicates).into_par_iter();
        all.replicates = replicates
            .map(|replicate| all.count(&draws, &horizons, replicate, observer))
            .collect::<Result<_, Cancelled>>()?;
        Ok(all)
    }

    fn count(
        &self,
        draws: &Draws,
        horizons: &[Horizon],
        replicate: u32,
        observer: &dyn Observer,
    ) -> Result<Table, Cancelled> {
        let simulation = &self.simulation;
        let (model, points) = (simulation.model, simulation.settings.points);
        let threshold = self.contract.threshold();
        let least = self.contract.least();
        let periods = horizons.len();
        let mut drawn = Drawn::new(simulation);
        let mut rows = Rows::new(model.rows(periods), periods);
        let mut table = Table {
            all: vec![Sums::default(); periods],
            open: vec![Sums::default(); periods],
            on: vec![Sums::default(); simulation.timeline.days() as usize],
        };
        for first in (0..points).step_by(BLOCK) {
            if observer.cancelled() {
                return Err(Cancelled);
            }
            let paths = (points - first).min(BLOCK as u64) as usize;
            drawn.draw(draws, replicate, first, paths);
            rows.fill(model, model.rows(periods), &drawn, horizons, paths);
            for k in 0..periods {
                for path in 0..paths {
                    let around = rows.around(k, path);
                    table.all[k].note(around);
                    if around.0 < least {
                        table.open[k].note(around);
                        if around.1 >= least {
                            let day = self.calendar.day(k, threshold, around);
                            table.on[day as usize].note(around);
                        }
                    }
                }
            }
            observer.progress(paths as u64);
        }
        for k in 0..periods {
            let (first, days) = self.calendar.sharing(k);
            let mut until = Sums::default();
            for on in &mut table.on[first as usize..][..days as usize] {
                until.add(*on);
                *on = until;
            }
        }
        Ok(table)
    }

    /// A quantity of the contract if `expiry` is its last day.
    ///
    /// # Errors
    /// [`ExpiryError::OffTimeline`] where that lies outside the timeline.
    pub fn estimate(
        &self,
        expiry: Date,
        quantity: ContractQuantity,
    ) -> Result<MeanEstimate, ExpiryError> {
        let (last, accrual) = last_horizon(&self.simulation, expiry)?;
        let factor = self.simulation.discount_factor(&accrual);
        let days = self.calendar.days_until(last.period, expiry);
        let of = |table: &Table| self.quantity(table, quantity, (last.period, days, factor));
        let replicates: Vec<f64> = self.replicates.iter().map(of).collect();
        Ok(MeanEstimate::of(&replicates))
    }

    /// In one replicate, if the contract ends after so many days of sharing in a
    /// period, whose share has a discount factor.
    fn quantity(
        &self,
        table: &Table,
        quantity: ContractQuantity,
        (period, days, factor): (usize, f64, f64),
    ) -> f64 {
        let share = self.contract.share;
        let end = self.until(table, period, days);
        // Each payment with its discount factor.
        let discounted = |of: &dyn Fn(Until) -> f64| {
            let whole = (0..period).map(|k| (self.until(table, k, f64::INFINITY), self.factors[k]));
            let (mut value, mut before) = (0.0, 0.0);
            for (until, factor) in whole.chain([(end, factor)]) {
                let now = of(until);
                value += factor * (now - before);
                before = now;
            }
            value
        };
        match quantity {
            ContractQuantity::TotalPaid => share * end.paid,
            ContractQuantity::PresentValue => share * discounted(&|until| until.paid),
            ContractQuantity::Excess => share * (end.revenue - end.paid),
            ContractQuantity::Binds => end.reached,
            ContractQuantity::ValueByCap => discounted(&|until| until.reached),
        }
    }

    /// Up to so many days of sharing in a period, or to its end.
    fn until(&self, table: &Table, period: usize, days: f64) -> Until {
        let (first, all_days) = self.calendar.sharing(period);
        let days = days.min(all_days);
        if period < self.calendar.first_period()
            || period == self.calendar.first_period() && days <= 0.0
        {
            return Until::default();
        }
        let part = if days > 0.0 { days / all_days } else { 0.0 };
        let mut open = table.open[period];
        if days > 0.0 {
            let reached = table.on[(first + days) as usize - 1];
            open.count -= reached.count;
            open.before -= reached.before;
            open.within -= reached.within;
        }
        let all = table.all[period];
        let reached = (all.count - open.count) / all.count;
        // No path reaches an infinite threshold.
        let at_cap = match reached > 0.0 {
            true => reached * self.contract.threshold(),
            false => 0.0,
        };
        Until {
            paid: fma(part, open.within, open.before) / all.count + at_cap,
            revenue: fma(part, all.within, all.before) / all.count,
            reached,
        }
    }
}

impl Sums {
    fn note(&mut self, (before, after): (f64, f64)) {
        self.count += 1.0;
        self.before += before;
        self.within += after - before;
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.before += other.before;
        self.within += other.within;
    }
}
