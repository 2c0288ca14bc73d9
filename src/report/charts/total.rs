//! How the total paid is distributed, as a chart.

use super::{findings, frame};
use crate::agreement::rule::Cap;
use crate::report::Part;
use crate::report::figure::{Bin, CapMass, Total as TotalFigure};
use crate::simulate::Total;
use crate::stats::{Mixture, Sketch};

/// Bins of the chart.
const BINS: usize = 40;
/// What the chart leaves out on each side, where there is no cap.
const TAIL: f64 = 0.001;

/// How the total paid is distributed.
pub fn total(part: &Part<'_>) -> TotalFigure {
    let scenario = part.scenario;
    let outcomes = part.outcomes;
    let paid = outcomes.total(Total::Paid);
    let distribution = |total| outcomes.total(total).map(|m| m.distribution);
    let reached = outcomes.reached().mean;
    let is_flat = part.in_all_cases(|_, contract| contract.agreement.is_flat()) == Some(true);
    let limit = limit(part).filter(|limit| is_flat || pays_it(part, *limit));
    let at_cap = limit.map(|value| CapMass {
        value,
        probability: reached,
        in_part: part.in_all_cases(|_, contract| contract.agreement.paid_before.fixed())
            != Some(Some(0.0)),
    });
    // A cap that no outcome reaches would stretch the axis for nothing.
    let edge = limit.filter(|_| reached > 0.0);
    let bins = match edge {
        // Below a fixed cap a flat total is the uncapped share, whose distribution has no
        // mass points.
        Some(limit) if is_flat => distribution(Total::Uncapped)
            .map(|uncapped| bins(uncapped, uncapped.min().unwrap_or(0.0), limit, false)),
        Some(limit) => distribution(Total::Paid).map(|paid| below(paid, limit, reached)),
        None => distribution(Total::Paid).map(|paid| {
            let low = paid.quantile(TAIL).unwrap_or(0.0);
            let high = paid.quantile(1.0 - TAIL).unwrap_or(0.0);
            // An upper edge above the quantile keeps what stands exactly on it.
            bins(paid, low, high * (1.0 + 1.0 / BINS as f64), true)
        }),
    };
    let percentiles = scenario.report.percentiles.iter();
    TotalFigure {
        frame: frame(part, findings::total(part)),
        quantity: "Total paid".to_owned(),
        money: scenario.money.clone(),
        bins: bins.unwrap_or_default(),
        at_cap,
        mean: paid.map_or(0.0, |m| m.estimate.mean),
        percentiles: percentiles
            .filter_map(|&p| Some((p, paid?.distribution.quantile(p / 100.0)?)))
            .collect(),
    }
}

/// What is left to pay of a cap that is the same on every path.
fn limit(part: &Part<'_>) -> Option<f64> {
    part.in_all_cases(|_, contract| {
        let agreement = &contract.agreement;
        let clauses = &agreement.clauses;
        if clauses.cap_of.is_some() || !clauses.advances.is_empty() {
            return None;
        }
        let cap = agreement.cap.as_ref()?.flat()?.fixed()?;
        Some(Cap::new(cap, agreement.paid_before.fixed()?).limit())
    })?
}

/// Whether those that reach the cap are those that pay it in full, under whatever clauses.
fn pays_it(part: &Part<'_>, limit: f64) -> bool {
    /// How far from the cap the sketch may have what is paid at it.
    const NEAR: f64 = 0.005;
    const SAME: f64 = 0.02;
    let paid = part.outcomes.total(Total::Paid);
    paid.is_some_and(|paid| {
        let at = 1.0 - paid.distribution.part_below(limit * (1.0 - NEAR));
        (at - part.outcomes.reached().mean).abs() <= SAME
    })
}

/// Bins below a cap that is paid with a probability, which is not among them.
fn below(paid: &Mixture<Sketch>, limit: f64, reached: f64) -> Vec<Bin> {
    let mut bins = bins(paid, paid.min().unwrap_or(0.0), limit, false);
    if let Some((last, others)) = bins.split_last_mut() {
        let others: f64 = others.iter().map(|bin| bin.probability).sum();
        last.probability = (1.0 - reached - others).max(0.0);
    }
    bins
}

/// Bins of one round width that end at `high`, or, where its multiples are their edges,
/// at the next of these, and reach down to `low`; none where nothing lies below `high`.
fn bins(sketch: &Mixture<Sketch>, low: f64, high: f64, at_multiples: bool) -> Vec<Bin> {
    if low >= high {
        return Vec::new();
    }
    let width = round_up((high - low) / BINS as f64);
    let high = match at_multiples {
        true => (high / width).ceil() * width,
        false => high,
    };
    let count = ((high - low) / width).ceil() as usize;
    let below = |x: f64| sketch.part_below(x);
    (0..count)
        .rev()
        .map(|i| {
            let upper = high - i as f64 * width;
            let lower = (upper - width).max(0.0);
            Bin {
                low: lower,
                high: upper,
                probability: (below(upper) - below(lower)).max(0.0),
            }
        })
        .collect()
}

/// The least of 1, 2, 2.5, 5 times a power of ten that is not less than `x` > 0.
fn round_up(x: f64) -> f64 {
    let power = 10f64.powi(x.log10().floor() as i32);
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .iter()
        .map(|step| step * power)
        .find(|step| *step >= x)
        .unwrap_or(10.0 * power)
}
