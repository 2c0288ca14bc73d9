//! Single futures under every scenario: how differences are distributed.

use rayon::prelude::*;

use super::{Entry, FutureDifferences, Span, conversion};
use crate::simulate::{Cancelled, Observer, Ordering, Path, replay};
use crate::stats::{beyond_rounding, rank};
use crate::units::Date;

/// The futures of which differences are told one by one, at most.
pub const FUTURES: u64 = 16_384;

/// Cumulative payments of the first agreement of every scenario in the same
/// futures.
pub struct Futures {
    scenarios: Vec<Cumulative>,
    percentiles: Vec<f64>,
}

/// One scenario's payments.
struct Cumulative {
    ends: Vec<Date>,
    /// For each future, cumulative payments by the end of each period.
    paid: Vec<Vec<f64>>,
}

/// Draws the first futures again for every scenario.
pub fn paths(
    entries: &[Entry],
    ordering: &Ordering,
    observer: &dyn Observer,
) -> Result<Futures, Cancelled> {
    let reference = &entries[0].scenario;
    // A path of a mixture is one of a case: there is no counterpart to tell it from.
    let is_told = entries.iter().all(|entry| entry.scenario.cases.is_empty());
    let paths = match is_told {
        true => FUTURES.min(reference.settings.paths()),
        false => 0,
    };
    let scenarios = entries.iter().map(|entry| {
        let scenario = &entry.scenario;
        let mut simulation = scenario.simulation();
        simulation.ordering = Some(ordering);
        let factor = conversion(scenario.money.unit(), reference.money.unit());
        let paid = replay(&simulation, paths, observer)?
            .into_par_iter()
            .map(|path: Path| {
                let settled = path.settle_all(&scenario.model, &scenario.contracts);
                let lines = settled[0].lines.iter();
                lines.map(|line| factor * line.cumulative_paid).collect()
            })
            .collect();
        let periods = scenario.timeline.periods().iter();
        Ok(Cumulative {
            ends: periods.map(|period| period.last_day).collect(),
            paid,
        })
    });
    Ok(Futures {
        scenarios: scenarios.collect::<Result<_, _>>()?,
        percentiles: reference.report.percentiles.clone(),
    })
}

impl Futures {
    /// How much more has been paid in scenario `i` than in the first by the end of
    /// each span; `None` where nothing differs in any future.
    pub fn differences(&self, i: usize, spans: &[Span]) -> Option<FutureDifferences> {
        let (own, reference) = (&self.scenarios[i], &self.scenarios[0]);
        let futures = own.paid.len().min(reference.paid.len());
        if futures == 0 {
            return None;
        }
        let mut percentiles: Vec<(f64, Vec<f64>)> = self
            .percentiles
            .iter()
            .map(|percentile| (*percentile, Vec::with_capacity(spans.len())))
            .collect();
        let by_span: Vec<Vec<f64>> = spans
            .par_iter()
            .map(|span| {
                let by_end = |of: &Cumulative, future: usize| {
                    let ended = of.ends.partition_point(|end| *end <= span.last_day);
                    let last = ended.checked_sub(1);
                    last.map_or(0.0, |last| of.paid[future][last])
                };
                let of_future = |future| {
                    let (own, reference) = (by_end(own, future), by_end(reference, future));
                    beyond_rounding(own - reference, own.max(reference))
                };
                let mut sorted: Vec<f64> = (0..futures).map(of_future).collect();
                sorted.sort_by(f64::total_cmp);
                sorted
            })
            .collect();
        if by_span
            .iter()
            .flatten()
            .all(|difference| *difference == 0.0)
        {
            return None;
        }
        for sorted in &by_span {
            for (percentile, values) in &mut percentiles {
                // The least value that is not exceeded in so many of the futures.
                let rank = rank(*percentile / 100.0, futures as u64);
                values.push(sorted[rank as usize - 1]);
            }
        }
        Some(FutureDifferences {
            futures,
            percentiles,
        })
    }
}
