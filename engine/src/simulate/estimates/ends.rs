//! How sharing ends: why, how likely, and when; on the paths of a run, or of several with
//! weights.

use std::sync::Arc;

use super::date_quantile::DateQuantile;
use super::estimator::Estimator;
use super::mixing::{PartsBy, mixed, mixed_date, mixed_probability};
use super::run_ends::RunEnds;
use crate::agreement::{Agreement, EndReason};
use crate::simulate::settings::Settings;
use crate::simulate::smooth::Smooth;
use crate::stats::Estimate;
use crate::units::Date;

/// The reasons for which an agreement may end, in the order of the result files.
pub fn by_reason(agreement: &Agreement) -> Vec<EndReason> {
    let clauses = &agreement.clauses;
    let cap = agreement.cap.iter().map(|_| EndReason::Cap);
    let events = (0..clauses.events.len()).map(EndReason::Event);
    let default = clauses.default.iter().map(|_| EndReason::Default);
    cap.chain([EndReason::Expiry])
        .chain(events)
        .chain(default)
        .collect()
}

/// The ends of all paths of a run, or of several runs each of which has a weight.
#[derive(Clone, Debug)]
pub struct Ends {
    start: Date,
    runs: Vec<(f64, RunEnds)>,
}

impl Ends {
    /// From how often sharing has ended on each day, by replicate and reason.
    pub fn new(dates: (Date, Date), settings: Settings, on: Vec<Vec<Vec<u64>>>) -> Self {
        Self {
            start: dates.0,
            runs: vec![(1.0, RunEnds::new(dates, settings, on))],
        }
    }

    /// Those of runs with weights that add up to one, from the same day on.
    pub(in crate::simulate) fn mix(parts: &[(f64, &Self)]) -> Self {
        let weighed = |(weight, own): &(f64, &Self)| {
            let weight = *weight;
            let runs = own.runs.iter();
            let runs = runs.map(move |(within, run)| (weight * within, run.clone()));
            runs.collect::<Vec<_>>()
        };
        Self {
            start: parts[0].1.start,
            runs: parts.iter().flat_map(weighed).collect(),
        }
    }

    /// Takes smooth estimates in the place of counted ones.
    pub(in crate::simulate) fn set_smooth(&mut self, smooth: &Arc<Smooth>) {
        for (_, run) in &mut self.runs {
            run.set_smooth(Arc::clone(smooth));
        }
    }

    /// The same by counting.
    pub fn counted(&self) -> Self {
        let counted = self
            .runs
            .iter()
            .map(|(weight, run)| (*weight, run.counted()));
        Self {
            start: self.start,
            runs: counted.collect(),
        }
    }

    /// How they were estimated: counted, where those of any run are.
    pub fn estimator(&self) -> Estimator {
        let mut all = self.runs.iter().map(|(_, run)| run.estimator());
        let counted = all.find(|estimator| *estimator == Estimator::Counted);
        counted.unwrap_or(Estimator::Smooth)
    }

    /// The one run that there is, if there is but one.
    fn alone(&self) -> Option<&RunEnds> {
        match self.runs.as_slice() {
            [(_, run)] => Some(run),
            _ => None,
        }
    }

    /// The weighted sums of numbers of each replicate.
    fn sums(&self, of: impl Fn(&RunEnds) -> Vec<f64>) -> Vec<f64> {
        mixed(self.runs.iter().map(|(weight, run)| (*weight, of(run))))
    }

    /// The probability that sharing ends for a reason from `first` to `last`, both
    /// inclusive.
    pub fn within(&self, reason: EndReason, first: Date, last: Date) -> Estimate {
        if let Some(run) = self.alone() {
            return run.within(reason, first, last);
        }
        mixed_probability(self.runs.iter().map(|(weight, run)| {
            let means = run.means_within(reason, first, last);
            (*weight, run.within(reason, first, last), means)
        }))
    }

    /// The probability that sharing ends for a reason.
    pub fn of(&self, reason: EndReason) -> Estimate {
        if let Some(run) = self.alone() {
            return run.of(reason);
        }
        let runs = self.runs.iter();
        mixed_probability(runs.map(|(w, run)| (*w, run.of(reason), run.replicates(reason))))
    }

    /// The part of each replicate's paths on which sharing ends for a reason.
    pub fn replicates(&self, reason: EndReason) -> Vec<f64> {
        self.sums(|run| run.replicates(reason))
    }

    /// A quantile of the moment at which sharing ends for a reason, among all paths, or
    /// only among those on which it `ends_so`; `None` where it never does on so many.
    pub fn date_quantile(&self, reason: EndReason, q: f64, ends_so: bool) -> Option<DateQuantile> {
        if let Some(run) = self.alone() {
            return run.date_quantile(reason, q, ends_so);
        }
        let among = match ends_so {
            true => self.replicates(reason),
            false => self.sums(|run| vec![1.0; run.replicates(reason).len()]),
        };
        let parts: Vec<(f64, PartsBy<'_>)> = self
            .runs
            .iter()
            .map(|(weight, run)| (*weight, run.parts_by(reason)))
            .collect();
        mixed_date(self.start, &parts, &among, q, self.days())
    }

    /// Days from the start to the end of the last day of sharing of any run.
    fn days(&self) -> f64 {
        let days = |(_, run): &(f64, RunEnds)| f64::from(run.expiry().days_since(self.start) + 1);
        self.runs.iter().map(days).fold(1.0, f64::max)
    }

    /// The day on or before which sharing has ended for a reason on at least `q` of all
    /// paths, or only of those on which it `ends_so`; `None` where it never has on so
    /// many.
    pub fn quantile(&self, reason: EndReason, q: f64, ends_so: bool) -> Option<Date> {
        match self.alone() {
            Some(run) => run.quantile(reason, q, ends_so),
            None => Some(self.date_quantile(reason, q, ends_so)?.date),
        }
    }

    /// The day on or before which sharing has ended, for whatever reason, on at least
    /// `q` of all paths; `q` above 0 and below 1.
    pub fn end_quantile(&self, q: f64) -> Date {
        if let Some(run) = self.alone() {
            return run.end_quantile(q);
        }
        let mut parts: Vec<(f64, PartsBy<'_>)> = Vec::new();
        for (weight, run) in &self.runs {
            for reason in run.reasons() {
                parts.push((*weight, run.parts_by(reason)));
            }
        }
        let among = self.sums(|run| vec![1.0; run.replicates(EndReason::Expiry).len()]);
        let last = self.days();
        let found = mixed_date(self.start, &parts, &among, q, last);
        let end = self.start.add_days(last as i32 - 1);
        found.map_or(end, |found| found.date)
    }

    /// The probability in each replicate that sharing ends on or before a date for
    /// a reason that has dates of its own; 0 for one that cannot be.
    pub fn means_by(&self, reason: EndReason, last: Date) -> Vec<f64> {
        self.sums(|run| run.means_by(reason, last))
    }

    /// The paths counted on which sharing ends for a reason, of all runs.
    pub fn paths(&self, reason: EndReason) -> u64 {
        self.runs.iter().map(|(_, run)| run.paths(reason)).sum()
    }
}

/// Where the counts of a reason stand: the cap's, the default's, those of the
/// events; none for an expiry, which has one date.
pub fn position(reason: EndReason) -> Option<usize> {
    match reason {
        EndReason::Cap => Some(0),
        EndReason::Default => Some(1),
        EndReason::Event(i) => Some(2 + i),
        EndReason::Expiry => None,
    }
}

/// For each position, whether there are counts of an agreement: always of the cap, which
/// tell the replicates and days there are.
pub fn dated(agreement: &Agreement) -> Vec<bool> {
    let mut dated = vec![true; 2 + agreement.clauses.events.len()];
    dated[1] = agreement.clauses.default.is_some();
    dated
}
