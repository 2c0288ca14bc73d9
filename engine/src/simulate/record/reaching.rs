//! On which day thresholds of cumulative revenue are reached.
//!
//! A few thresholds are followed path by path to the day. Many are read off one
//! curve for each probability *q*: with *U(t)* the revenue that a part *q* of all
//! paths has earned by *t*, a threshold *X* is reached by then on a part *q* of
//! the paths exactly where *U(t) ≥ X*. The curve is known at the ends of periods
//! and taken as straight between them, as each path's revenue is; what that
//! neglects is a small part of a day.

use super::cumulative::Rows;
use super::thresholds::Bound;
use crate::agreement::Schedule;
use crate::agreement::rule::day_reached;
use crate::math::fma;
use crate::simulate::estimates::date_quantile::DateQuantile;
use crate::stats::{Axis, Counter, SPILL_AFTER, Sketch};
use crate::units::{Date, LANES, Timeline};

/// What the days of a grid are counted by.
#[derive(Debug)]
pub struct Calendar {
    start: Date,
    /// For each period, the first day of sharing and the number of such days.
    periods: Vec<(f64, f64)>,
    days: usize,
}

impl Calendar {
    /// The days of sharing of a schedule.
    pub fn new(timeline: &Timeline, schedule: &Schedule) -> Self {
        let start = timeline.start();
        let periods = schedule.periods().iter().map(|accrual| {
            let first = accrual.first_day.days_since(start);
            (f64::from(first), f64::from(accrual.days))
        });
        Self {
            start,
            periods: periods.collect(),
            days: timeline.days() as usize,
        }
    }

    /// The first day of sharing in period `k`, and the number of such days.
    pub fn sharing(&self, k: usize) -> (f64, f64) {
        self.periods[k]
    }

    /// Days of sharing in period `k` until a date in it, that included.
    pub fn days_until(&self, k: usize, date: Date) -> f64 {
        let (first, days) = self.periods[k];
        let passed = f64::from(date.days_since(self.start)) - first + 1.0;
        passed.clamp(0.0, days)
    }

    /// The first period with a day of sharing; the number of periods if none has.
    pub fn first_period(&self) -> usize {
        let shared = self.periods.iter().position(|(_, days)| *days > 0.0);
        shared.unwrap_or(self.periods.len())
    }

    /// The day on which `threshold` is reached in period `k` when `before` was
    /// earned before it and `after` with it.
    pub fn day(&self, k: usize, threshold: f64, (before, after): (f64, f64)) -> f64 {
        let (first, days) = self.periods[k];
        first + day_reached(threshold - before, after - before, days)
    }
}

/// What one replicate knows of when thresholds are reached.
#[derive(Debug)]
pub enum Reached {
    /// For each threshold, how many paths reach it on each day.
    Days(Vec<Vec<u64>>),
    /// For each period, the distribution of cumulative revenue at its end.
    Levels {
        /// One for each period.
        counters: Vec<Counter>,
        /// Counted since the counters were emptied last.
        counted: u64,
    },
}

impl Reached {
    /// Nothing known of a few thresholds.
    pub fn days(thresholds: usize, calendar: &Calendar) -> Self {
        Self::Days(vec![vec![0; calendar.days]; thresholds])
    }

    /// Nothing known of many.
    pub fn levels(calendar: &Calendar) -> Self {
        Self::Levels {
            counters: vec![Counter::new(); calendar.periods.len()],
            counted: 0,
        }
    }

    /// Takes note of a block of `count` paths.
    pub fn note(
        &mut self,
        calendar: &Calendar,
        bounds: impl Iterator<Item = Bound>,
        rows: &Rows,
        count: usize,
    ) {
        let periods = calendar.periods.len();
        match self {
            Self::Days(on) => {
                let first = calendar.first_period();
                for (bound, on) in bounds.zip(on) {
                    let mut reached_in = vec![first as u32; count];
                    for k in first..periods {
                        count_below(rows.row(k, count), bound.least, &mut reached_in);
                    }
                    for (path, k) in reached_in.into_iter().enumerate() {
                        let k = k as usize;
                        if k < periods {
                            let day = calendar.day(k, bound.threshold, rows.around(k, path));
                            on[day as usize] += 1;
                        }
                    }
                }
            }
            Self::Levels { counters, counted } => {
                if *counted + count as u64 > SPILL_AFTER {
                    counters.iter_mut().for_each(Counter::spill);
                    *counted = 0;
                }
                *counted += count as u64;
                for (k, counter) in counters.iter_mut().enumerate() {
                    count_levels(rows.row(k, count), counter);
                }
            }
        }
    }
}

fn count_below(row: &[f64], least: f64, below: &mut [u32]) {
    for (below, x) in below.iter_mut().zip(row) {
        *below += u32::from(*x < least);
    }
}

fn count_levels(row: &[f64], counter: &mut Counter) {
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for strip in row.chunks(LANES) {
        counter.add_values(Axis::Log, strip);
        for &x in strip {
            min = if x < min { x } else { min };
            max = if x > max { x } else { max };
        }
    }
    counter.see(min, max);
}

/// When thresholds are reached, over all replicates.
#[derive(Debug)]
pub struct ReachedDates {
    calendar: Calendar,
    quantiles: Vec<f64>,
    known: Known,
}

#[derive(Debug)]
enum Known {
    /// For each replicate of so many paths and each threshold, how many reach it on
    /// each day.
    Days(Vec<Vec<Vec<u64>>>, u64),
    /// For each replicate and quantile, the levels at the ends of periods; the
    /// last entry is that of all replicates.
    Levels(Vec<Vec<Vec<f64>>>),
}

impl ReachedDates {
    /// What all replicates of `points` paths know together.
    pub fn new(
        calendar: Calendar,
        quantiles: &[f64],
        replicates: Vec<Reached>,
        points: u64,
    ) -> Self {
        let known = match replicates.first() {
            Some(Reached::Days(_)) => {
                let of_replicate = |replicate| match replicate {
                    Reached::Days(on) => Some(on),
                    Reached::Levels { .. } => None,
                };
                let on = replicates.into_iter().filter_map(of_replicate);
                Known::Days(on.collect(), points)
            }
            _ => Known::Levels(levels(&replicates, quantiles, calendar.periods.len())),
        };
        Self {
            calendar,
            quantiles: quantiles.to_vec(),
            known,
        }
    }

    /// For each quantile, the date on or before which that part of all paths has
    /// reached a threshold; `None` where it never does, or only after `expiry`.
    pub fn of(&self, rank: usize, bound: Bound, expiry: Date) -> Vec<Option<DateQuantile>> {
        let date = |i: usize| {
            let found = match &self.known {
                Known::Days(replicates, points) => {
                    let on: Vec<&[u64]> = replicates.iter().map(|on| &on[rank][..]).collect();
                    let among = vec![*points; on.len()];
                    DateQuantile::of_days(self.calendar.start, &on, &among, self.quantiles[i])
                }
                Known::Levels(levels) => self.on_levels(levels, i, bound),
            };
            found.filter(|found| found.date <= expiry)
        };
        (0..self.quantiles.len()).map(date).collect()
    }

    fn on_levels(
        &self,
        levels: &[Vec<Vec<f64>>],
        quantile: usize,
        Bound { least, threshold }: Bound,
    ) -> Option<DateQuantile> {
        let (all, replicates) = levels.split_last()?;
        let curve = &all[quantile];
        let first = self.calendar.first_period();
        let k = (first..curve.len()).find(|&k| curve[k] >= least)?;
        let around = |curve: &[f64]| {
            let before = k.checked_sub(1).map_or(0.0, |before| curve[before]);
            (before, curve[k])
        };
        let (before, after) = around(curve);
        let day = self.calendar.day(k, threshold, (before, after));
        let (first, days) = self.calendar.periods[k];
        // A threshold of nothing is reached at the first moment, without revenue.
        let part = match after > before {
            true => ((threshold - before) / (after - before)).clamp(0.0, 1.0),
            false => 0.0,
        };
        let moment = fma(part, days, first);
        let whole = fma(part, after - before, before);
        let of_replicate = |levels: &Vec<Vec<f64>>| {
            let (low, high) = around(&levels[quantile]);
            let missing = whole - fma(part, high - low, low);
            match missing == 0.0 {
                true => moment,
                false => moment + missing / (after - before) * days,
            }
        };
        Some(DateQuantile {
            date: self.calendar.start.add_days(day as i32),
            days: moment,
            replicates: replicates.iter().map(of_replicate).collect(),
        })
    }
}

/// The levels of each replicate, then of all.
fn levels(replicates: &[Reached], quantiles: &[f64], periods: usize) -> Vec<Vec<Vec<f64>>> {
    let counters: Vec<&[Counter]> = replicates
        .iter()
        .filter_map(|replicate| match replicate {
            Reached::Levels { counters, .. } => Some(counters.as_slice()),
            Reached::Days(_) => None,
        })
        .collect();
    let curves = |replicates: &[&[Counter]]| {
        let mut curves = vec![Vec::with_capacity(periods); quantiles.len()];
        for k in 0..periods {
            let of_period = replicates.iter().map(|counters| counters[k].clone());
            let sketch = Sketch::new(Axis::Log, of_period.collect(), &[]);
            for (curve, quantile) in curves.iter_mut().zip(quantiles) {
                curve.push(sketch.quantile(1.0 - quantile).unwrap_or(0.0));
            }
        }
        curves
    };
    let each = counters.iter().map(|one| curves(&[*one]));
    let mut all: Vec<_> = each.collect();
    all.push(curves(&counters));
    all
}
