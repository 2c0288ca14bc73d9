//! Smooth estimates: the first coordinate of every path integrated exactly.
//!
//! Where log revenue is linear in the shocks, the paths that differ in the first
//! coordinate alone form a line on which cumulative accrued share only rises, so that
//! the cap is reached beyond one point of it. What a path contributes by counting is a
//! step; what its line contributes is a normal probability, smooth in all the other
//! coordinates, and quasi-random points resolve it far better (conditional quasi-Monte
//! Carlo; Griewank, Kuo, Leövey and Sloan 2018, Gilbert, Kuo and Sloan 2023).
//!
//! With revenue `r·exp(a·x)` of a period on a line and the root ξ of cumulative share =
//! limit, the cap is reached with probability Φ(−ξ), and what has accrued is paid up to
//! the limit with mean `Σ r·exp(a²/2)·Φ(ξ − a) + limit·Φ(−ξ)`, whose growth is the
//! expected payment. Within a period the probability is a Hermite polynomial of degree 5
//! over steps short enough.

mod control;
mod estimates;
mod fan;
mod kernel;
mod layout;
mod many;
mod paths;
mod terms;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::slice;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::Simulation;
use super::observer::{Cancelled, Observer};
use super::settings::Sampler;
use super::settle::{PeriodTerms, period_terms};
use crate::simulate::estimates::date_quantile::DateQuantile;
use crate::simulate::estimates::mixing::{PartsBy, mixed_date};
use crate::simulate::estimates::quantity::Total;
use crate::simulate::sample::draws::{Draws, Point};
use crate::simulate::sample::sobol::MAX_DIMENSIONS;
use crate::stats::MeanEstimate;
use crate::units::{Date, LANES};
use control::{COORDINATES, Moments, add_finite, around_centre, lines_around};
pub use fan::{LogNormal, revenue_fan};
use kernel::{GROUP, Group, Lines, SUMS, Step, Sum, add_lines};
pub(super) use layout::Fineness;
use layout::lay_out;
pub use many::SmoothContracts;
pub(super) use paths::Paths;
use terms::{Piece, Terms};

/// Why an agreement's paths can only be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Counting {
    /// Pseudo-random points have no leading coordinate.
    #[error("the sampler is pseudo-random")]
    PseudoRandom,
    /// The agreement has clauses beside a share, flat or by date, of all revenue or of
    /// segments, one cap and dates.
    #[error("the agreement is more than a share of revenue up to a cap")]
    Clauses,
    /// Revenue moves with no normal shock, or with none that matters.
    #[error("revenue moves too little along the first coordinate")]
    NearlyCertain,
    /// Some revenue falls where the first coordinate rises, as under negative
    /// correlations.
    #[error("some revenue falls along the first coordinate")]
    NegativeLoading,
    /// Revenue of one period moves so much more along the first coordinate than that of
    /// another that what has accrued is no longer told by a series.
    #[error("revenue spreads too widely along the first coordinate")]
    Wild,
    /// How revenue moves along the first coordinate differs between paths, as under an
    /// uncertain volatility.
    #[error("revenue moves differently along the first coordinate on each path")]
    Varying,
    /// What is drawn beside the shocks, pseudo-randomly, limits what a line tells: many
    /// paths tell more.
    #[error(
        "years of other companies, jumps of many kinds or futures that figures weigh are drawn \
         pseudo-randomly"
    )]
    Events,
    /// Risk has a price: revenue is that of a valuation.
    #[error("revenue is priced, not forecast")]
    Priced,
    /// Each of several runs has lines of its own.
    #[error("it is a mixture of runs, each of which has lines of its own")]
    Mixture,
}

/// Smooth estimates of one agreement: of its total and present value, of each period's
/// payment, and of the day on which its cap is reached, each with a standard error from
/// the replicates.
#[derive(Clone, Debug)]
pub struct Smooth {
    start: Date,
    steps: Vec<Step>,
    pieces: Vec<Piece>,
    terms: Vec<PeriodTerms>,
    payment_dates: Vec<Date>,
    /// For each replicate, the means of the sums.
    means: Vec<Vec<f64>>,
}

/// What lines tell of all of an agreement: whether its cap is reached, and its totals.
#[derive(Clone, Debug)]
pub struct SmoothTotals(Smooth);

impl From<Smooth> for SmoothTotals {
    fn from(all: Smooth) -> Self {
        Self(all)
    }
}

impl SmoothTotals {
    /// The probability that the cap is reached.
    pub fn reached(&self) -> MeanEstimate {
        MeanEstimate::of(&self.reached_means())
    }

    /// The same in each replicate.
    pub fn reached_means(&self) -> Vec<f64> {
        self.0.parts_by(f64::INFINITY)
    }

    /// A total: all payments, all accrued share, the excess over the cap or what is left of
    /// it; `None` for any other, and for what depends on when it is paid.
    pub fn total(&self, total: Total) -> Option<MeanEstimate> {
        Some(MeanEstimate::of(&self.total_means(total)?))
    }

    /// The same in each replicate.
    pub fn total_means(&self, total: Total) -> Option<Vec<f64>> {
        (total != Total::PresentValue).then(|| self.0.total_means(total))?
    }
}

/// Nearer to 0 or 1 a probability is no other.
const LEAST_APART: f64 = 1e-12;

/// Evaluates the primary agreement on the lines of a simulation's points, on the
/// current thread pool; the same seed gives the same bits at any number of threads. Of a
/// primary agreement whose paths can only be counted, why. The observer is asked before each
/// strip of lines, and told the number of lines.
///
/// # Errors
/// Where the observer says to stop.
pub fn smooth(
    simulation: &Simulation<'_>,
    observer: &dyn Observer,
) -> Result<Result<Smooth, Counting>, Cancelled> {
    all_lines(simulation, Fineness::USUAL, observer)
}

/// What the lines of the primary agreement tell of the whole alone, in a fraction of the
/// time of [`smooth`].
///
/// # Errors
/// Where the observer says to stop.
pub fn smooth_totals(
    simulation: &Simulation<'_>,
    observer: &dyn Observer,
) -> Result<Result<SmoothTotals, Counting>, Cancelled> {
    let all = all_lines(simulation, Fineness::WHOLE, observer)?;
    Ok(all.map(SmoothTotals::from))
}

fn all_lines(
    simulation: &Simulation<'_>,
    fineness: Fineness,
    observer: &dyn Observer,
) -> Result<Result<Smooth, Counting>, Cancelled> {
    match Layout::new(simulation, fineness) {
        Ok(layout) => Integration::new(simulation, Arc::new(layout))
            .all(observer)
            .map(Ok),
        Err(counting) => Ok(Err(counting)),
    }
}

/// The smooth estimates of every agreement, each as [`smooth`] would have it alone, from
/// the same points.
///
/// # Errors
/// Where the observer says to stop.
pub fn smooth_each(
    simulation: &Simulation<'_>,
    observer: &dyn Observer,
) -> Result<Vec<Result<Smooth, Counting>>, Cancelled> {
    let ordering = simulation.own_ordering();
    let alone = |contract| {
        let alone = Simulation {
            contracts: slice::from_ref(contract),
            ordering: Some(&ordering),
            ..*simulation
        };
        smooth(&alone, observer)
    };
    simulation.contracts.iter().map(alone).collect()
}

/// A primary agreement laid out: what is the same for all its replicates.
#[derive(Debug)]
pub(super) struct Layout {
    draws: Draws,
    terms: Terms,
    lines: Lines,
    /// What may be paid at most, in order, each in its turn on the same lines; none where
    /// the agreement says it.
    limits: Vec<f64>,
    /// For each of these, what each line around the centre contributes, once it is asked
    /// for.
    central: OnceLock<Vec<Vec<Vec<f64>>>>,
}

impl Layout {
    /// Lays out the primary agreement of a simulation.
    pub fn new(simulation: &Simulation<'_>, fineness: Fineness) -> Result<Self, Counting> {
        Self::for_limits(simulation, Vec::new(), &[], fineness)
    }

    /// The same for other limits than its own, with steps that end on each of some days.
    fn for_limits(
        simulation: &Simulation<'_>,
        limits: Vec<f64>,
        ends: &[Date],
        fineness: Fineness,
    ) -> Result<Self, Counting> {
        if simulation.settings.sampler != Sampler::Sobol {
            return Err(Counting::PseudoRandom);
        }
        let terms = Terms::new(simulation, ends).ok_or(Counting::Clauses)?;
        if simulation.model.shocks() == 0 {
            return Err(Counting::NearlyCertain);
        }
        let model = simulation.model;
        let draws = Draws::with_ahead(
            simulation.settings,
            simulation.inputs,
            (model.event_coordinates(), model.shocks()),
            simulation.own_ordering().of_lines,
        );
        let lines = lay_out(simulation, &draws, &terms, &limits, fineness)?;
        Ok(Self {
            draws,
            terms,
            lines,
            limits,
            central: OnceLock::new(),
        })
    }
}

impl Layout {
    /// Adds up what some lanes contribute under the limit at a position, if there are any.
    fn add(&self, limit: usize, paths: &mut Paths, lanes: (usize, usize), sums: &mut [Group]) {
        if let Some(limit) = self.limits.get(limit) {
            paths.limit.fill(*limit);
        }
        let (revenue, factors, limit) = (&paths.revenue, &paths.factors, &paths.limit);
        add_lines(&self.lines, revenue, factors, limit, lanes, sums);
    }
}

/// The sums over lines of a replicate.
#[derive(Clone)]
struct Summed {
    moments: Moments,
    /// Under each limit.
    of_limits: Vec<Vec<Group>>,
}

/// How many groups of lines so many points make.
fn groups(points: u64) -> u64 {
    points.div_ceil(GROUP as u64)
}

/// The replicates of a primary agreement, to be integrated.
pub(super) struct Integration<'a> {
    simulation: Simulation<'a>,
    layout: Arc<Layout>,
}

impl<'a> Integration<'a> {
    /// Of the simulation that was laid out.
    pub fn new(simulation: &Simulation<'a>, layout: Arc<Layout>) -> Self {
        Self {
            simulation: *simulation,
            layout,
        }
    }

    /// The estimates from all replicates, on the current thread pool.
    pub fn all(&self, observer: &dyn Observer) -> Result<Smooth, Cancelled> {
        let means = self.of_all(observer)?.into_iter();
        Ok(self.finish(
            means
                .map(|mut of_limits| of_limits.swap_remove(0))
                .collect(),
        ))
    }

    /// The means of the sums over the points of each replicate, for each of the layout's
    /// limits, on the current thread pool.
    fn of_all(&self, observer: &dyn Observer) -> Result<Vec<Vec<Vec<f64>>>, Cancelled> {
        let settings = &self.simulation.settings;
        // So many replicates as fill a strip.
        let together = ((LANES / GROUP) as u64 / groups(settings.points)).max(1) as u32;
        let of = |paths: &mut Paths, strip: u32| {
            let first = strip * together;
            let replicates = first..settings.replicates.min(first + together);
            let count = replicates.len() as u64;
            let means = self.each(replicates, paths, observer)?;
            observer.progress(count * settings.points);
            Ok(means)
        };
        let strips = (0..settings.replicates.div_ceil(together)).into_par_iter();
        let means = strips.map_init(|| self.paths(), of);
        let means: Vec<Vec<Vec<Vec<f64>>>> = means.collect::<Result<_, Cancelled>>()?;
        Ok(means.into_iter().flatten().collect())
    }

    /// Memory for one replicate after the other.
    pub fn paths(&self) -> Paths {
        Paths::new(&self.simulation, &self.layout.terms)
    }

    /// The means of the sums over the points of a replicate.
    pub fn replicate(
        &self,
        replicate: u32,
        paths: &mut Paths,
        observer: &dyn Observer,
    ) -> Result<Vec<f64>, Cancelled> {
        let mut means = self.each(replicate..replicate + 1, paths, observer)?;
        Ok(means.swap_remove(0).swap_remove(0))
    }

    /// The same for some replicates and each of the layout's limits.
    fn each(
        &self,
        replicates: Range<u32>,
        paths: &mut Paths,
        observer: &dyn Observer,
    ) -> Result<Vec<Vec<Vec<f64>>>, Cancelled> {
        let (simulation, layout) = (&self.simulation, &*self.layout);
        let points = simulation.settings.points;
        let nothing = Summed {
            moments: Moments::new(self.controlled()),
            of_limits: vec![layout.lines.sums(); layout.limits.len().max(1)],
        };
        let mut summed = vec![nothing; replicates.len()];
        let of_replicate = groups(points);
        let all = of_replicate * replicates.len() as u64;
        for strip in (0..all).step_by(LANES / GROUP) {
            if observer.cancelled() {
                return Err(Cancelled);
            }
            let first = |group: u64| Point {
                replicate: replicates.start + (group / of_replicate) as u32,
                number: group % of_replicate * GROUP as u64,
            };
            let from: Vec<Point> = (strip..all).take(LANES / GROUP).map(first).collect();
            let of_one = || from.chunk_by(|a, b| a.replicate == b.replicate);
            let drawn = if of_one().count() == 1 {
                &from[..1]
            } else {
                &from
            };
            paths.draw(
                simulation,
                &layout.draws,
                &layout.terms,
                drawn,
                &[0.0; LANES],
            );
            let mut lane = 0;
            for own in of_one() {
                let room = own.len() * GROUP;
                let lanes = (
                    lane,
                    lane + (points - own[0].number).min(room as u64) as usize,
                );
                let summed = &mut summed[(own[0].replicate - replicates.start) as usize];
                for (i, sums) in summed.of_limits.iter_mut().enumerate() {
                    layout.add(i, paths, lanes, sums);
                }
                summed.moments.add(&paths.leading, lanes.0..lanes.1);
                lane += room;
            }
        }
        let central = layout.central.get_or_init(|| self.central(paths));
        let means = summed.into_iter().map(|summed| {
            let weights = summed.moments.weights(points as f64);
            let mean = |sum: &Group| sum.iter().sum::<f64>() / points as f64;
            let of_limit = |(sums, central): (Vec<Group>, &Vec<Vec<f64>>)| {
                let mut means: Vec<f64> = sums.iter().map(mean).collect();
                add_finite(central, &weights, &mut means);
                means
            };
            summed
                .of_limits
                .into_iter()
                .zip(central)
                .map(of_limit)
                .collect()
        });
        Ok(means.collect())
    }

    /// The coordinates, from the second, that control variates are functions of: so many
    /// that the lines around the centre are at most a third of all.
    fn controlled(&self) -> usize {
        let simulation = &self.simulation;
        let offset = simulation.inputs.len() + simulation.model.event_coordinates();
        let leading = simulation
            .model
            .shocks()
            .min(MAX_DIMENSIONS - offset.min(MAX_DIMENSIONS));
        let most = leading.saturating_sub(1).min(COORDINATES);
        let lines = simulation.settings.paths();
        let fits = |count: &usize| 3 * lines_around(*count) as u64 <= lines;
        (0..=most).rev().find(fits).unwrap_or(0)
    }

    /// What each line around the centre contributes, for each limit.
    fn central(&self, paths: &mut Paths) -> Vec<Vec<Vec<f64>>> {
        let (simulation, layout) = (&self.simulation, &*self.layout);
        let around = around_centre(self.controlled());
        let limits = layout.limits.len().max(1);
        let mut all = vec![Vec::with_capacity(around.len()); limits];
        let none = layout.lines.sums();
        for strip in around.chunks(LANES) {
            paths.place(simulation, &layout.draws, &layout.terms, strip);
            for (i, all) in all.iter_mut().enumerate() {
                for lane in (0..strip.len()).step_by(GROUP) {
                    let lanes = (lane, strip.len().min(lane + GROUP));
                    let mut sums = none.clone();
                    layout.add(i, paths, lanes, &mut sums);
                    let of = |l: usize| sums.iter().map(|sum| sum[l]).collect();
                    all.extend((0..lanes.1 - lane).map(of));
                }
            }
        }
        all
    }

    /// The estimates from the means of every replicate, in order.
    pub fn finish(&self, means: Vec<Vec<f64>>) -> Smooth {
        let periods = self.simulation.primary().schedule.periods().iter();
        Smooth {
            start: self.simulation.timeline.start(),
            steps: self.layout.lines.steps.clone(),
            pieces: self.layout.terms.pieces.clone(),
            terms: period_terms(&self.simulation),
            payment_dates: periods.map(|period| period.payment_date).collect(),
            means,
        }
    }
}

impl Smooth {
    /// The probability that the cap is reached on or before a date.
    pub fn reached_by(&self, date: Date) -> MeanEstimate {
        MeanEstimate::of(&self.reached_means(date))
    }

    /// The same in each replicate.
    pub fn reached_means(&self, date: Date) -> Vec<f64> {
        self.parts_by(f64::from(date.days_since(self.start) + 1))
    }

    /// The probability in each replicate that the cap is reached within so many days from
    /// the timeline's start, fractions included.
    pub(super) fn parts_by(&self, days: f64) -> Vec<f64> {
        let of = self.means.iter();
        of.map(|means| told_apart(self.reached(means, days).0))
            .collect()
    }

    /// A total: all payments, their present value (0 without a valuation), all accrued
    /// share, the excess over the cap or what is left of it; `None` for any other.
    pub fn total(&self, total: Total) -> Option<MeanEstimate> {
        Some(MeanEstimate::of(&self.total_means(total)?))
    }

    /// The same in each replicate.
    pub fn total_means(&self, total: Total) -> Option<Vec<f64>> {
        let of = |means: &Vec<f64>| {
            let steps = self.steps.iter().enumerate();
            let each = |(i, step): (usize, &Step)| {
                let [payment, accrued] = [Sum::Payment, Sum::Accrued].map(|s| sum(means, i, s));
                match total {
                    Total::Paid => Some(payment),
                    Total::PresentValue => Some(payment * self.terms[step.period].discount_factor),
                    Total::Uncapped => Some(accrued),
                    Total::Excess => Some(accrued - payment),
                    Total::Headroom => Some(-payment),
                    _ => None,
                }
            };
            let limit = match total {
                Total::Headroom => means[1],
                _ => 0.0,
            };
            let sum = steps.map(each).sum::<Option<f64>>()?;
            Some(limit + sum)
        };
        self.means.iter().map(of).collect()
    }

    /// The expected payment for a period.
    pub fn payment(&self, period: usize) -> MeanEstimate {
        MeanEstimate::of(&self.payment_means(period))
    }

    /// The same in each replicate.
    pub fn payment_means(&self, period: usize) -> Vec<f64> {
        let payments = self.flows().into_iter();
        let of = |flows: Vec<Flow>| flows.get(period).map_or(0.0, |flow| flow.payment);
        payments.map(of).collect()
    }

    /// The means of each period in each replicate.
    pub(super) fn flows(&self) -> Vec<Vec<Flow>> {
        let of = |means: &Vec<f64>| {
            let mut flows = vec![Flow::default(); self.terms.len()];
            for (i, step) in self.steps.iter().enumerate() {
                flows[step.period].payment += sum(means, i, Sum::Payment);
                flows[step.period].accrued += sum(means, i, Sum::Accrued);
            }
            flows
        };
        self.means.iter().map(of).collect()
    }

    /// The mean of what may be paid at most, in each replicate; infinite without a cap.
    pub fn limits(&self) -> impl Iterator<Item = f64> {
        self.means.iter().map(|means| means[1])
    }

    /// The moment by which the cap is reached with probability `q`, above 0 and below
    /// 1; `None` where it is reached with a lower one. The error is that of the
    /// probability over the density there.
    pub fn date_quantile(&self, q: f64) -> Option<DateQuantile> {
        self.quantile_among(q, &vec![1.0; self.means.len()])
    }

    /// The same of a mixture of runs by their weights, which add up to 1.
    ///
    /// # Panics
    /// Where there is no run.
    pub fn mixed_date_quantile(runs: &[(f64, &Self)], q: f64) -> Option<DateQuantile> {
        let (_, first) = runs[0];
        let last = |own: &Self| {
            let shares = own.terms.iter().rev().find(|terms| terms.days > 0.0);
            shares.map_or(0.0, |terms| terms.first_day + terms.days)
        };
        let end = runs.iter().map(|(_, own)| last(own)).fold(0.0, f64::max);
        let parts: Vec<(f64, PartsBy<'_>)> = runs
            .iter()
            .map(|(weight, own)| -> (f64, PartsBy<'_>) {
                (*weight, Box::new(|days| own.parts_by(days)))
            })
            .collect();
        mixed_date(first.start, &parts, &vec![1.0; first.means.len()], q, end)
    }

    /// The same for a part `q` of the paths on which the cap is reached.
    pub fn quantile_of_reached(&self, q: f64) -> Option<DateQuantile> {
        let end = |terms: &PeriodTerms| terms.first_day + terms.days;
        let end = self.terms.iter().map(end).fold(0.0, f64::max);
        let ever = self.means.iter().map(|means| self.reached(means, end).0);
        self.quantile_among(q, &ever.collect::<Vec<f64>>())
    }

    /// The same for a part `q` of the paths of each replicate that make up such parts.
    fn quantile_among(&self, part: f64, among: &[f64]) -> Option<DateQuantile> {
        let q = part * among.iter().sum::<f64>() / among.len() as f64;
        let count = self.means.len() as f64;
        let sums = (0..self.means[0].len()).map(|i| self.means.iter().map(|m| m[i]).sum::<f64>());
        let mean: Vec<f64> = sums.map(|sum| sum / count).collect();
        let last = self.terms.iter().rev().find(|terms| terms.days > 0.0)?;
        let (mut low, mut high) = (0.0, last.first_day + last.days);
        if q <= 0.0 || self.reached(&mean, high).0 < q {
            return None;
        }
        // To the spacing of floating-point numbers.
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            match self.reached(&mean, middle).0 < q {
                true => low = middle,
                false => high = middle,
            }
        }
        let density = self.reached(&mean, high).1;
        // Where all of a mass falls at once it has no error.
        let slope = if density > 0.0 { 1.0 / density } else { 0.0 };
        let of = |(means, among): (&Vec<f64>, &f64)| {
            high - (self.reached(means, high).0 - part * among) * slope
        };
        Some(DateQuantile {
            date: self.start.add_days((high.ceil() as i32 - 1).max(0)),
            days: high,
            replicates: self.means.iter().zip(among).map(of).collect(),
        })
    }

    /// The probability that the cap is reached within so many days from the timeline's
    /// start, and its density by day there.
    fn reached(&self, means: &[f64], days: f64) -> (f64, f64) {
        if self.steps.is_empty() {
            return (0.0, 0.0);
        }
        let span = |step: &Step| {
            let piece = &self.pieces[step.piece];
            [step.parts.0, step.parts.1].map(|part| piece.first_day + part * piece.days)
        };
        let i = self.steps.partition_point(|step| span(step)[1] < days);
        let before = match i {
            0 => means[0],
            i => sum(means, i - 1, Sum::Reached),
        };
        let Some([begin, end]) = self.steps.get(i).map(span) else {
            return (before, 0.0);
        };
        if days <= begin {
            // Nothing is reached before the first day of sharing.
            return (if i == 0 { 0.0 } else { before }, 0.0);
        }
        let t = (days - begin) / (end - begin);
        let of = |s| sum(means, i, s);
        let [m0, c0, m1, c1] = [
            of(Sum::Slope0),
            of(Sum::Bend0),
            of(Sum::Slope1),
            of(Sum::Bend1),
        ];
        let d = of(Sum::Reached) - before;
        let a3 = 10.0 * d - 6.0 * m0 - 4.0 * m1 - 1.5 * c0 + 0.5 * c1;
        let a4 = -15.0 * d + 8.0 * m0 + 7.0 * m1 + 1.5 * c0 - c1;
        let a5 = 6.0 * d - 3.0 * m0 - 3.0 * m1 - 0.5 * c0 + 0.5 * c1;
        let rise = t * (m0 + t * (0.5 * c0 + t * (a3 + t * (a4 + t * a5))));
        let slope = m0 + t * (c0 + t * (3.0 * a3 + t * (4.0 * a4 + t * 5.0 * a5)));
        (before + rise, slope / (end - begin))
    }
}

/// A probability, 0 or 1 where it is no further from it than rounding.
fn told_apart(probability: f64) -> f64 {
    match probability {
        p if p < LEAST_APART => 0.0,
        p if p > 1.0 - LEAST_APART => 1.0,
        p => p,
    }
}

/// Means of a period.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    /// Payment.
    pub payment: f64,
    /// Accrued share.
    pub accrued: f64,
}

fn sum(means: &[f64], step: usize, of: Sum) -> f64 {
    means[2 + step * SUMS + of as usize]
}
