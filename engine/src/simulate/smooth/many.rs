//! Many flat shares on the lines of one simulation.
//!
//! Of a flat share only the threshold *X = (cap − paid before) / share* matters, so each
//! distinct one is a limit of its own on lines of all revenue. What the lines of one
//! replicate give is an analytic function of ln *X*. Where thresholds are many it is taken
//! at Chebyshev's points and interpolated between them: with so many points that half of
//! them give the others.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;
use std::sync::Arc;

use super::super::Simulation;
use super::super::contracts::FlatShare;
use super::super::observer::{Cancelled, ExpiryError, Observer, Unheard};
use super::super::settle::{PeriodTerms, period_terms};
use super::kernel::{SUMS, Step, Sum};
use super::layout::Fineness;
use super::{Integration, Layout, Smooth};
use crate::agreement::{Agreement, Contract};
use crate::math::{exp, ln};
use crate::units::{Date, Parameter};

/// So many distinct thresholds are each integrated.
const FEW: usize = 64;
/// Intervals between Chebyshev's points: at first, and at most.
const FIRST_INTERVALS: usize = 32;
const MOST_INTERVALS: usize = 512;
/// How far half of the points may be off at the others: a probability, and an amount
/// relative to the greatest threshold.
const CLOSE: f64 = 1e-8;

/// Smooth estimates of many flat shares on the same lines.
#[derive(Debug)]
pub struct SmoothContracts<'a> {
    simulation: Simulation<'a>,
    contracts: Vec<FlatShare>,
    /// All that is shared until the last of all expiries, laid out for limits.
    layout: Arc<Layout>,
    /// How many limits, from the first, are Chebyshev's points; the others are thresholds.
    points: usize,
    /// For each replicate and limit, the means of the sums.
    means: Vec<Vec<Vec<f64>>>,
    ends: BTreeMap<Date, End>,
}

/// What the last day of sharing decides.
#[derive(Debug)]
struct End {
    /// Steps up to it.
    steps: usize,
    terms: Vec<PeriodTerms>,
    payment_dates: Vec<Date>,
}

impl<'a> SmoothContracts<'a> {
    /// Evaluates contracts in the place of a simulation's primary one, which gives the
    /// first day of sharing and the payment dates, on the current thread pool; `None` where
    /// they can only be counted.
    ///
    /// # Errors
    /// [`ExpiryError::OffTimeline`] where an expiry lies outside the timeline,
    /// [`ExpiryError::Cancelled`] where the observer says to stop.
    pub fn new(
        simulation: &Simulation<'a>,
        contracts: &[FlatShare],
        observer: &dyn Observer,
    ) -> Result<Option<Self>, ExpiryError> {
        let timeline = simulation.timeline;
        let (first, last) = (timeline.start(), timeline.end());
        let dates: BTreeSet<Date> = contracts.iter().map(|contract| contract.expiry).collect();
        if let Some(date) = dates.iter().find(|date| !(first..=last).contains(*date)) {
            let date = *date;
            return Err(ExpiryError::OffTimeline { date, first, last });
        }
        if !simulation.model.draws_by_coordinates() {
            return Ok(None);
        }
        let dates: Vec<Date> = dates.into_iter().collect();
        let longest = sharing_all(simulation, dates.last().copied().unwrap_or(last));
        let ordering = simulation.own_ordering();
        let alone = Simulation {
            contracts: slice::from_ref(&longest),
            ordering: Some(&ordering),
            ..*simulation
        };
        let lay_out = |limits| Layout::for_limits(&alone, limits, &dates, Fineness::USUAL).ok();
        let Some((layout, points)) = layout_of(contracts, &alone, &lay_out, observer)? else {
            return Ok(None);
        };
        let integration = Integration::new(&alone, Arc::clone(&layout));
        let means = integration.of_all(&Unheard(observer))?;
        let end = |date: &Date| (*date, End::new(simulation, *date, &layout));
        Ok(Some(Self {
            ends: dates.iter().map(end).collect(),
            simulation: *simulation,
            contracts: contracts.to_vec(),
            layout,
            points,
            means,
        }))
    }

    /// The estimates of the contract at a position.
    pub fn contract(&self, position: usize) -> Smooth {
        let contract = &self.contracts[position];
        let threshold = contract.threshold();
        let end = &self.ends[&contract.expiry];
        let limits = &self.layout.limits;
        let (points, whole) = limits.split_at(self.points);
        let own = whole.iter().position(|limit| *limit == threshold);
        let weights = match own {
            Some(own) => vec![(self.points + own, 1.0)],
            None => weights(points, threshold).into_iter().enumerate().collect(),
        };
        let means = self.means.iter().map(|of_limits| {
            let none = &of_limits[weights[0].0];
            let mut means = vec![0.0; 2 + SUMS * end.steps];
            for (limit, weight) in &weights {
                for (i, (mean, value)) in means.iter_mut().zip(&of_limits[*limit]).enumerate() {
                    *mean += weight * relative(i, *value, limits[*limit], threshold);
                }
            }
            means[0] = f64::from(u8::from(threshold <= 0.0));
            means[1] = contract.limit();
            for (step, own) in means[2..].chunks_exact_mut(SUMS).enumerate() {
                let accrued = Sum::Accrued as usize;
                own[Sum::Payment as usize] *= contract.share;
                own[accrued] = contract.share * none[2 + step * SUMS + accrued];
            }
            means
        });
        Smooth {
            start: self.simulation.timeline.start(),
            steps: self.layout.lines.steps[..end.steps].to_vec(),
            pieces: self.layout.terms.pieces.clone(),
            terms: end.terms.clone(),
            payment_dates: end.payment_dates.clone(),
            means: means.collect(),
        }
    }
}

impl End {
    fn new(simulation: &Simulation<'_>, expiry: Date, layout: &Layout) -> Self {
        let contract = sharing_all(simulation, expiry);
        let alone = Simulation {
            contracts: slice::from_ref(&contract),
            ..*simulation
        };
        let days = f64::from(expiry.days_since(simulation.timeline.start()) + 1);
        let is_within = |step: &Step| {
            let piece = &layout.terms.pieces[step.piece];
            piece.first_day + piece.days <= days
        };
        let periods = contract.schedule.periods().iter();
        Self {
            steps: layout
                .lines
                .steps
                .iter()
                .take_while(|s| is_within(s))
                .count(),
            terms: period_terms(&alone),
            payment_dates: periods.map(|period| period.payment_date).collect(),
        }
    }
}

/// A simulation's primary contract with all revenue shared, without a cap, until a day.
fn sharing_all(simulation: &Simulation<'_>, expiry: Date) -> Contract {
    let agreement = Agreement {
        share: Parameter::Fixed(1.0).into(),
        cap: None,
        paid_before: Parameter::Fixed(0.0),
        expiry,
        ..simulation.primary().agreement.clone()
    };
    Contract::new(agreement, simulation.timeline)
}

/// The layout for the thresholds of contracts, or for Chebyshev's points among them and
/// so many of these; `None` where there is none, or no points are enough.
fn layout_of(
    contracts: &[FlatShare],
    alone: &Simulation<'_>,
    lay_out: &dyn Fn(Vec<f64>) -> Option<Layout>,
    observer: &dyn Observer,
) -> Result<Option<(Arc<Layout>, usize)>, Cancelled> {
    let mut thresholds: Vec<f64> = contracts.iter().map(FlatShare::threshold).collect();
    thresholds.sort_unstable_by(f64::total_cmp);
    thresholds.dedup();
    let all = thresholds.iter().copied();
    let (inner, beside): (Vec<f64>, Vec<f64>) = all.partition(|x| *x > 0.0 && x.is_finite());
    let mut intervals = FIRST_INTERVALS;
    while intervals <= MOST_INTERVALS {
        if inner.len() <= FEW.max(intervals) {
            return Ok(lay_out(thresholds).map(|layout| (Arc::new(layout), 0)));
        }
        let mut limits = chebyshev(inner[0], inner[inner.len() - 1], intervals);
        limits.extend(&beside);
        let Some(layout) = lay_out(limits).map(Arc::new) else {
            return Ok(None);
        };
        let integration = Integration::new(alone, Arc::clone(&layout));
        let points = intervals + 1;
        let means = integration.each(0..1, &mut integration.paths(), &Unheard(observer))?;
        if are_enough(&layout.limits[..points], &means[0][..points]) {
            return Ok(Some((layout, points)));
        }
        intervals *= 2;
    }
    Ok(None)
}

/// Chebyshev's points from one threshold to another, both included, on a logarithmic
/// scale: every second of them are those of half as many intervals.
fn chebyshev(low: f64, high: f64, intervals: usize) -> Vec<f64> {
    let (from, to) = (ln(low), ln(high));
    let point = |place: f64| exp(0.5 * (from + to) - 0.5 * (to - from) * place);
    cosines(intervals).into_iter().map(point).collect()
}

/// cos(πi/n) for i from 0 to n, a power of two from 2 on: by halving angles, in the same
/// bits everywhere.
fn cosines(intervals: usize) -> Vec<f64> {
    let mut all = vec![1.0, 0.0, -1.0];
    let mut half = 0.5_f64.sqrt();
    while all.len() <= intervals {
        let between = |pair: &[f64]| [pair[0], (pair[0] + pair[1]) / (2.0 * half)];
        let mut finer: Vec<f64> = all.windows(2).flat_map(between).collect();
        finer.push(-1.0);
        all = finer;
        half = (0.5 + 0.5 * half).sqrt();
    }
    all
}

/// The weights of what Chebyshev's points have in what a threshold has: the barycentric
/// formula (Berrut and Trefethen 2004).
fn weights(points: &[f64], threshold: f64) -> Vec<f64> {
    let last = points.len() - 1;
    if let Some(own) = points.iter().position(|point| *point == threshold) {
        return (0..=last).map(|i| f64::from(u8::from(i == own))).collect();
    }
    let weight = |(i, point): (usize, &f64)| {
        let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
        let part = if i == 0 || i == last { 0.5 } else { 1.0 };
        sign * part / ln(threshold / point)
    };
    let all: Vec<f64> = points.iter().enumerate().map(weight).collect();
    let sum: f64 = all.iter().sum();
    all.into_iter().map(|weight| weight / sum).collect()
}

/// A sum at one threshold as it is interpolated to another: payments in proportion.
fn relative(position: usize, value: f64, from: f64, to: f64) -> f64 {
    let is_payment = position >= 2 && (position - 2) % SUMS == Sum::Payment as usize;
    match is_payment && from != to {
        true => value / from * to,
        false => value,
    }
}

/// Whether every second point gives what the others have.
fn are_enough(points: &[f64], means: &[Vec<f64>]) -> bool {
    let half: Vec<f64> = points.iter().copied().step_by(2).collect();
    let accrued = |i: usize| (i - 2) % SUMS == Sum::Accrued as usize;
    (1..points.len()).step_by(2).all(|other| {
        let weights = weights(&half, points[other]);
        (2..means[other].len()).filter(|i| !accrued(*i)).all(|i| {
            let own =
                |(j, weight): (usize, &f64)| weight * relative(i, means[2 * j][i], half[j], 1.0);
            let found: f64 = weights.iter().enumerate().map(own).sum();
            (found - relative(i, means[other][i], points[other], 1.0)).abs() <= CLOSE
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_halved() {
        for (i, cosine) in cosines(64).into_iter().enumerate() {
            let off = cosine - (std::f64::consts::PI * i as f64 / 64.0).cos();
            assert!(off.abs() < 1e-15, "{i}: {off:e}");
        }
    }

    #[test]
    fn a_smooth_function_is_interpolated_between_its_points() {
        let points = chebyshev(2.0, 50.0, 64);
        assert!((points[0] - 2.0).abs() < 1e-14 && (points[64] - 50.0).abs() < 1e-12);
        let function = |x: f64| crate::math::normal_cdf((ln(x) - 2.5) / 0.2);
        for x in [2.0, 3.3, 10.0, 12.18, 49.0, points[7]] {
            let weights = weights(&points, x);
            let terms = weights.iter().zip(&points).map(|(w, x)| w * function(*x));
            let off = terms.sum::<f64>() - function(x);
            assert!(off.abs() < 1e-10, "{x}: {off:e}");
        }
    }
}
