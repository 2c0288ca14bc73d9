//! Quantiles of dates, from how many paths of each replicate fall on each day.
//!
//! A path is counted on the day that holds its moment. The paths of a day are taken
//! as spread evenly over it, so a quantile is a moment: a real number of days. Only
//! where it is written does it become the day that holds it.

use crate::math::fma;
use crate::stats::{LEAST_WINDOW, MeanEstimate, rank};
use crate::units::Date;

/// A quantile of a date.
#[derive(Clone, Debug, PartialEq)]
pub struct DateQuantile {
    /// The day that holds it.
    pub date: Date,
    /// Days from the start of the timeline's first day to it, fractions included.
    pub days: f64,
    /// The same for each replicate, as far as linear in its deviation from all:
    /// their spread gives the standard error of `days`.
    pub replicates: Vec<f64>,
}

impl DateQuantile {
    /// A date that is the same on every path.
    pub(in crate::simulate) fn certain(start: Date, date: Date, replicates: usize) -> Self {
        let days = f64::from(date.days_since(start) + 1);
        Self {
            date,
            days,
            replicates: vec![days; replicates],
        }
    }

    /// The quantile at `q`, above 0 and below 1, of the paths of each replicate that
    /// fall on each day from `start`, where there are `among` paths in each replicate,
    /// whether they fall on a day or not; `None` where fewer than a part `q` do.
    pub(in crate::simulate) fn of_days(
        start: Date,
        on: &[&[u64]],
        among: &[u64],
        q: f64,
    ) -> Option<Self> {
        let days = Days::new(on);
        let paths: u64 = among.iter().sum();
        let day = days.day_of(rank(q, paths))?;
        let moment = days.moment(day, q * paths as f64);
        // By the delta method: how far each replicate's part of its paths up to the
        // moment lies from `q`, times the days that such a part takes.
        let whole = moment.ceil() as usize - 1;
        let part = moment - whole as f64;
        let each = paths as f64 / among.len() as f64;
        let beyond = on.iter().zip(among).map(|(on, among)| {
            let before: u64 = on[..whole].iter().sum();
            let until = fma(part, on[whole] as f64, before as f64);
            (until - q * *among as f64) / each
        });
        let beyond: Vec<f64> = beyond.collect();
        let window = (2.0 * MeanEstimate::of(&beyond).std_error).max(LEAST_WINDOW);
        let slope = days.days_for(q, window, paths as f64);
        Some(Self {
            date: start.add_days(day as i32),
            days: moment,
            replicates: beyond.iter().map(|b| moment - slope * b).collect(),
        })
    }

    /// The days with their standard error.
    pub fn estimate(&self) -> MeanEstimate {
        MeanEstimate {
            mean: self.days,
            ..MeanEstimate::of(&self.replicates)
        }
    }
}

/// The paths of all replicates by day.
pub(in crate::simulate) struct Days {
    /// How many fall on a day or before it.
    until: Vec<u64>,
}

impl Days {
    /// The paths of each replicate that fall on each day, together.
    pub fn new<D: AsRef<[u64]>>(replicates: &[D]) -> Self {
        let days = replicates.first().map_or(0, |on| on.as_ref().len());
        let mut until = vec![0; days];
        for on in replicates {
            until
                .iter_mut()
                .zip(on.as_ref())
                .for_each(|(all, on)| *all += on);
        }
        let mut sum = 0;
        for day in &mut until {
            sum += *day;
            *day = sum;
        }
        Self { until }
    }

    /// The day of the path of a rank, 1 for the first; `None` where there are fewer.
    pub fn day_of(&self, rank: u64) -> Option<usize> {
        let day = self.until.partition_point(|until| *until < rank);
        (day < self.until.len()).then_some(day)
    }

    /// The moment of a day by which so many paths have fallen, where it is that day
    /// on which they have.
    fn moment(&self, day: usize, paths: f64) -> f64 {
        let before = day.checked_sub(1).map_or(0, |before| self.until[before]);
        let here = (self.until[day] - before) as f64;
        // Not quite 0: the moment between two days belongs to the one that ends.
        let part = ((paths - before as f64) / here).clamp(1e-9, 1.0);
        day as f64 + part
    }

    /// How many days the quantile moves for each part of all `paths`, over a window of
    /// parts around it, cut to those that fall on any day.
    fn days_for(&self, q: f64, window: f64, paths: f64) -> f64 {
        let last = self.until.last().map_or(0, |all| *all) as f64;
        let [low, high] = [q - window, q + window].map(|q| (q * paths).clamp(1.0, last));
        let at = |paths: f64| {
            let day = self.day_of(paths.ceil() as u64)?;
            Some(self.moment(day, paths))
        };
        match at(low).zip(at(high)) {
            Some((from, to)) if high > low => (to - from) / (high - low) * paths,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Date {
        Date::new(2026, 1, 1).unwrap()
    }

    #[test]
    fn a_quantile_is_a_moment_of_its_day() {
        // Ten paths of two replicates: 4 on the second day, 4 on the third.
        let on: [&[u64]; 2] = [&[0, 3, 1, 0], &[0, 1, 3, 0]];
        let of = |q| DateQuantile::of_days(start(), &on, &[5, 5], q);
        for (q, day, moment) in [(0.1, 1, 1.25), (0.4, 1, 2.0), (0.5, 2, 2.25), (0.8, 2, 3.0)] {
            let found = of(q).unwrap();
            assert_eq!(found.date, start().add_days(day), "{q}");
            assert!((found.days - moment).abs() < 1e-12, "{q}: {found:?}");
            let mean = found.estimate().mean;
            assert!((mean - found.replicates.iter().sum::<f64>() / 2.0).abs() < 1e-12);
        }
        assert_eq!(of(0.81), None);
        // At the end of the second day 3 and 1 of 5 instead of 4 of 10; a tenth of the
        // paths takes a quarter of a day.
        let replicates = of(0.4).unwrap().replicates;
        assert!((replicates[0] - 1.5).abs() < 0.05, "{replicates:?}");
        assert!((replicates[1] - 2.5).abs() < 0.05, "{replicates:?}");
    }

    #[test]
    fn among_the_paths_that_fall_on_a_day_their_number_varies_too() {
        // As early in both replicates, though twice as many in one.
        let on: [&[u64]; 2] = [&[2, 2, 0], &[4, 4, 0]];
        let found = DateQuantile::of_days(start(), &on, &[4, 8], 0.5).unwrap();
        assert!((found.days - 1.0).abs() < 1e-12);
        assert_eq!(found.estimate().std_error, 0.0);
    }

    #[test]
    fn what_is_certain_has_no_error() {
        let on: [&[u64]; 2] = [&[0, 8, 0], &[0, 8, 0]];
        let found = DateQuantile::of_days(start(), &on, &[8, 8], 0.25).unwrap();
        assert_eq!((found.days, found.estimate().std_error), (1.25, 0.0));
        let certain = DateQuantile::certain(start(), start(), 4);
        assert_eq!((certain.days, certain.estimate().std_error), (1.0, 0.0));
    }
}
