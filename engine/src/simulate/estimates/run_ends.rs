//! How sharing ends on the paths of one run: why, how likely, and when.

use std::sync::Arc;

use super::date_quantile::{DateQuantile, Days};
use super::ends::position;
use super::estimator::Estimator;
use super::mixing::{PartsBy, parts_by_day};
use crate::agreement::EndReason;
use crate::simulate::settings::Settings;
use crate::simulate::smooth::Smooth;
use crate::stats::{Estimate, rank};
use crate::units::Date;

/// The ends of all paths: for each reason, how many paths end for it on each day.
#[derive(Clone, Debug)]
pub struct RunEnds {
    start: Date,
    expiry: Date,
    settings: Settings,
    /// For each reason with dates ([`position`]) and each replicate, the paths of
    /// each day.
    on: Vec<Vec<Vec<u64>>>,
    /// When the cap is reached, where that is not counted; nothing but it and the expiry
    /// then ends sharing.
    smooth: Option<Arc<Smooth>>,
}

impl RunEnds {
    /// The ends of paths from counts by reason (`position`), replicate and day
    /// from `start`; the first are of the cap.
    pub fn new((start, expiry): (Date, Date), settings: Settings, on: Vec<Vec<Vec<u64>>>) -> Self {
        Self {
            start,
            expiry,
            settings,
            on,
            smooth: None,
        }
    }

    /// Takes smooth estimates in the place of counted ones.
    pub(in crate::simulate) fn set_smooth(&mut self, smooth: Arc<Smooth>) {
        self.smooth = Some(smooth);
    }

    /// The same by counting.
    pub fn counted(&self) -> Self {
        Self {
            smooth: None,
            ..self.clone()
        }
    }

    /// How they were estimated.
    pub fn estimator(&self) -> Estimator {
        Estimator::of(self.smooth.as_ref())
    }

    /// The estimate of a probability from each replicate's paths.
    fn probability(&self, hits: impl Iterator<Item = u64>) -> Estimate {
        Estimate::of_probability(hits, self.settings.points)
    }

    /// Days from the start, cut to those there are.
    fn days(&self, first: Date, last: Date) -> std::ops::Range<usize> {
        let days = self.on[0].first().map_or(0, Vec::len) as i32;
        let begin = first.days_since(self.start).clamp(0, days);
        let end = (last.days_since(self.start) + 1).clamp(begin, days);
        begin as usize..end as usize
    }

    /// The probability that sharing ends for a reason from `first` to `last`, both
    /// inclusive.
    pub fn within(&self, reason: EndReason, first: Date, last: Date) -> Estimate {
        if let (Some(smooth), EndReason::Cap) = (&self.smooth, reason) {
            let mut means = smooth.reached_means(last);
            if first > self.start {
                let before = smooth.reached_means(first.add_days(-1));
                let less = |(by, before): (&mut f64, f64)| *by = (*by - before).max(0.0);
                means.iter_mut().zip(before).for_each(less);
            }
            return Estimate::of_probable_lines(&means);
        }
        let range = self.days(first, last);
        match position(reason) {
            Some(i) => {
                let hits = |days: &Vec<u64>| days[range.clone()].iter().sum();
                let none = std::iter::repeat_n(0, self.on[0].len());
                match self.counts(i) {
                    [] => self.probability(none),
                    on => self.probability(on.iter().map(hits)),
                }
            }
            None if first <= self.expiry && self.expiry <= last => self.of(reason),
            None => self.probability(self.on[0].iter().map(|_| 0)),
        }
    }

    /// The probability that sharing ends for a reason.
    pub fn of(&self, reason: EndReason) -> Estimate {
        match self.smooth {
            Some(_) => Estimate::of_probable_lines(&self.replicates(reason)),
            None => self.probability(self.paths_by_replicate(reason).into_iter()),
        }
    }

    /// The part of each replicate's paths on which sharing ends for a reason.
    pub fn replicates(&self, reason: EndReason) -> Vec<f64> {
        if let Some(smooth) = &self.smooth {
            let by_cap = smooth.reached_means(self.expiry);
            return match reason {
                EndReason::Cap => by_cap,
                EndReason::Expiry => by_cap.iter().map(|p| 1.0 - p).collect(),
                _ => vec![0.0; by_cap.len()],
            };
        }
        let points = self.settings.points as f64;
        let paths = self.paths_by_replicate(reason).into_iter();
        paths.map(|paths| paths as f64 / points).collect()
    }

    /// The paths of each replicate on which sharing ends for a reason.
    fn paths_by_replicate(&self, reason: EndReason) -> Vec<u64> {
        let all =
            |on: &[Vec<u64>], r: usize| -> u64 { on.get(r).map_or(0, |days| days.iter().sum()) };
        let of_replicate = |r: usize| match position(reason) {
            Some(i) => all(self.counts(i), r),
            None => self.settings.points - self.on.iter().map(|on| all(on, r)).sum::<u64>(),
        };
        (0..self.on[0].len()).map(of_replicate).collect()
    }

    /// A quantile of the moment at which sharing ends for a reason, among all paths, or
    /// only among those on which it `ends_so`; `None` where it never does on so many.
    pub fn date_quantile(&self, reason: EndReason, q: f64, ends_so: bool) -> Option<DateQuantile> {
        if let (Some(smooth), EndReason::Cap) = (&self.smooth, reason) {
            return match ends_so {
                true => smooth.quantile_of_reached(q),
                false => smooth.date_quantile(q),
            };
        }
        let ended = self.paths_by_replicate(reason);
        let among = match ends_so {
            true => ended,
            false => vec![self.settings.points; ended.len()],
        };
        let Some(i) = position(reason) else {
            let certain = self.quantile(reason, q, ends_so)?;
            return Some(DateQuantile::certain(self.start, certain, among.len()));
        };
        let on: Vec<&[u64]> = self.counts(i).iter().map(Vec::as_slice).collect();
        DateQuantile::of_days(self.start, &on, &among, q)
    }

    /// The day on or before which sharing has ended for a reason on at least `q` of all
    /// paths, or only of those on which it `ends_so`; `None` where it never has on so
    /// many.
    pub fn quantile(&self, reason: EndReason, q: f64, ends_so: bool) -> Option<Date> {
        if self.smooth.is_some() {
            if reason == EndReason::Cap {
                return Some(self.date_quantile(reason, q, ends_so)?.date);
            }
            let part = self.of(reason).mean;
            let enough = part > 0.0 && (ends_so || part >= q);
            return enough.then_some(self.expiry);
        }
        let among = match ends_so {
            true => self.paths(reason),
            false => self.settings.paths(),
        };
        let target = rank(q, among);
        let Some(i) = position(reason) else {
            return (self.paths(reason) >= target).then_some(self.expiry);
        };
        let day = Days::new(self.counts(i)).day_of(target)?;
        Some(self.start.add_days(day as i32))
    }

    /// The day on or before which sharing has ended, for whatever reason, on at least
    /// `q` of all paths; `q` above 0 and below 1.
    pub fn end_quantile(&self, q: f64) -> Date {
        if let Some(smooth) = &self.smooth {
            let by_cap = smooth.date_quantile(q).map(|found| found.date);
            return by_cap.map_or(self.expiry, |date| date.min(self.expiry));
        }
        let on: Vec<&[u64]> = self.on.iter().flatten().map(Vec::as_slice).collect();
        let day = Days::new(&on).day_of(rank(q, self.settings.paths()));
        // All that no other reason has ended the expiry ends.
        day.map_or(self.expiry, |day| {
            self.start.add_days(day as i32).min(self.expiry)
        })
    }

    /// The probability in each replicate that sharing ends on or before a date for
    /// a reason that has dates of its own; 0 for one that cannot be.
    pub fn means_by(&self, reason: EndReason, last: Date) -> Vec<f64> {
        if let (Some(smooth), EndReason::Cap) = (&self.smooth, reason) {
            return smooth.reached_means(last);
        }
        let days = self.days(self.start, last);
        let points = self.settings.points as f64;
        let share = |on: &Vec<u64>| on[days.clone()].iter().sum::<u64>() as f64 / points;
        match self.by_day(reason) {
            [] => vec![0.0; self.settings.replicates as usize],
            on => on.iter().map(share).collect(),
        }
    }

    /// The reasons for which there are counts, and the expiry.
    pub fn reasons(&self) -> Vec<EndReason> {
        let dated = (0..self.on.len()).map(|at| match at {
            0 => EndReason::Cap,
            1 => EndReason::Default,
            at => EndReason::Event(at - 2),
        });
        let all = dated.filter(|reason| !self.by_day(*reason).is_empty());
        all.chain([EndReason::Expiry]).collect()
    }

    /// The last day of sharing.
    pub fn expiry(&self) -> Date {
        self.expiry
    }

    /// The part of each replicate's paths on which sharing ends for a reason within so
    /// many days from the start.
    pub fn parts_by(&self, reason: EndReason) -> PartsBy<'_> {
        match (&self.smooth, position(reason)) {
            (Some(smooth), Some(0)) => Box::new(|days| smooth.parts_by(days)),
            (_, Some(i)) => match self.counts(i) {
                [] => Box::new(|_| vec![0.0; self.settings.replicates as usize]),
                on => parts_by_day(on, self.settings.points),
            },
            (_, None) => {
                let parts = self.replicates(reason);
                let at = f64::from(self.expiry.days_since(self.start) + 1);
                Box::new(move |days| match days >= at {
                    true => parts.clone(),
                    false => vec![0.0; parts.len()],
                })
            }
        }
    }

    /// The probability in each replicate that sharing ends for a reason from `first` to
    /// `last`, both inclusive.
    pub fn means_within(&self, reason: EndReason, first: Date, last: Date) -> Vec<f64> {
        if position(reason).is_none() {
            let is_then = first <= self.expiry && self.expiry <= last;
            let none = vec![0.0; self.settings.replicates as usize];
            return if is_then {
                self.replicates(reason)
            } else {
                none
            };
        }
        let mut means = self.means_by(reason, last);
        if first > self.start {
            let before = self.means_by(reason, first.add_days(-1));
            let less = |(by, before): (&mut f64, f64)| *by = (*by - before).max(0.0);
            means.iter_mut().zip(before).for_each(less);
        }
        means
    }

    /// The paths of each day in each replicate; empty for a reason that cannot be or
    /// has no dates of its own.
    fn by_day(&self, reason: EndReason) -> &[Vec<u64>] {
        position(reason).map_or(&[], |i| self.counts(i))
    }

    /// The counts at a position; none for a reason that cannot be.
    fn counts(&self, position: usize) -> &[Vec<u64>] {
        self.on.get(position).map_or(&[], Vec::as_slice)
    }

    /// The paths counted on which sharing ends for a reason.
    pub fn paths(&self, reason: EndReason) -> u64 {
        self.paths_by_replicate(reason).iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::settings::Sampler;

    #[test]
    fn every_path_ends_once() {
        let day = |d| Date::new(2026, 1, d).unwrap();
        let of = |days: [u64; 3]| days.to_vec();
        let on = vec![
            vec![of([0, 2, 0]), of([1, 2, 1])],
            vec![],
            vec![of([1, 0, 0]), of([0, 0, 0])],
        ];
        const EVENT: EndReason = EndReason::Event(0);
        let all = [EndReason::Cap, EndReason::Expiry, EVENT, EndReason::Default];
        let settings = Settings {
            points: 10,
            replicates: 2,
            sampler: Sampler::Sobol,
            seed: 0,
        };
        let ends = RunEnds::new((day(1), day(3)), settings, on);
        let reasons = all.map(|reason| ends.of(reason).mean);
        assert!((reasons.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        let paths = all.map(|reason| ends.paths(reason));
        assert_eq!(paths, [6, 13, 1, 0]);
        let cap = |first, last| ends.within(EndReason::Cap, day(first), day(last)).mean;
        assert!((cap(2, 2) - 0.2).abs() < 1e-15);
        assert!((cap(1, 9) - 0.3).abs() < 1e-15);
        assert_eq!(ends.within(EndReason::Default, day(1), day(3)).mean, 0.0);
        assert_eq!(ends.within(EndReason::Expiry, day(1), day(2)).mean, 0.0);
        assert!((ends.within(EndReason::Expiry, day(1), day(3)).mean - 0.65).abs() < 1e-15);
        assert_eq!(ends.quantile(EndReason::Cap, 0.5, true), Some(day(2)));
        assert_eq!(ends.quantile(EndReason::Cap, 0.5, false), None);
        assert_eq!(ends.quantile(EVENT, 0.5, true), Some(day(1)));
        assert_eq!(ends.quantile(EndReason::Default, 0.5, true), None);
        assert_eq!(ends.quantile(EndReason::Expiry, 0.65, false), Some(day(3)));
        let of_all = [0.1, 0.3, 0.35, 0.36, 0.9].map(|q| ends.end_quantile(q));
        assert_eq!(of_all, [1, 2, 3, 3, 3].map(day));
    }
}
