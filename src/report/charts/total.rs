//! How the total paid is distributed, as a chart.

use super::{findings, frame};
use crate::report::Part;
use crate::report::figure::{Bin, CapMass, Total as TotalFigure};
use crate::simulate::Total;
use crate::stats::Sketch;

/// Bins of the chart.
const BINS: usize = 40;
/// What the chart leaves out on each side, where there is no cap.
const TAIL: f64 = 0.001;

/// How the total paid is distributed.
pub fn total(part: &Part<'_>) -> TotalFigure {
    let scenario = part.scenario;
    let agreement = &part.contract.agreement;
    let outcomes = part.outcomes;
    let paid = outcomes.total(Total::Paid);
    let distribution = |total| outcomes.total(total).map(|m| m.distribution);
    // Only of a flat share is what is paid at most known, and below it all accrued.
    let limit = agreement.flat().and_then(|flat| {
        let cap = flat.cap?.fixed()?;
        Some((cap - flat.paid_before.fixed()?).max(0.0))
    });
    let at_cap = limit.map(|value| CapMass {
        value,
        probability: outcomes.reached().mean,
        in_part: agreement.paid_before.fixed() != Some(0.0),
    });
    // A cap that no outcome reaches would stretch the axis for nothing.
    let edge = limit.filter(|_| outcomes.reached().mean > 0.0);
    let bins = match edge {
        // Below a fixed cap the total is the uncapped share, whose distribution has no mass points.
        Some(limit) => distribution(Total::Uncapped)
            .map(|uncapped| bins(uncapped, uncapped.min().unwrap_or(0.0), limit, false)),
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

/// Bins of one round width that end at `high`, or, where its multiples are their edges,
/// at the next of these, and reach down to `low`; none where nothing lies below `high`.
fn bins(sketch: &Sketch, low: f64, high: f64, at_multiples: bool) -> Vec<Bin> {
    if low >= high {
        return Vec::new();
    }
    let width = round_up((high - low) / BINS as f64);
    let high = match at_multiples {
        true => (high / width).ceil() * width,
        false => high,
    };
    let count = ((high - low) / width).ceil() as usize;
    let paths = sketch.count() as f64;
    let below = |x: f64| sketch.count_below(x) / paths;
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
