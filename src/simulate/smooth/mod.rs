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
//! limit, the cap is reached with probability Φ(−ξ), and a part θ of the period's
//! revenue is below it with mean `r·exp(a²/2)·Φ(ξ(θ) − a)`: its integral over θ is the
//! expected payment. Both are Hermite polynomials of degree 5 over steps short enough.

mod control;
mod kernel;

use std::sync::OnceLock;

use rayon::prelude::*;

use super::Simulation;
use super::date_quantile::DateQuantile;
use super::draws::Draws;
use super::kernels::kernel as compiled;
use super::observer::{Cancelled, Observer};
use super::quantity::Total;
use super::settings::Sampler;
use super::settle::{PeriodTerms, period_terms};
use super::sobol::MAX_DIMENSIONS;
use crate::agreement::rule::Cap;
use crate::math::{exp, ln};
use crate::revenue::Model;
use crate::stats::MeanEstimate;
use crate::units::{Date, LANES, Lanes, Parameter};
use control::{COORDINATES, Moments, around_centre};
use kernel::{GROUP, Group, Lines, Load, SUMS, Step, Sum, add_lines};

/// Why an agreement's paths can only be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Counting {
    /// Pseudo-random points have no leading coordinate.
    #[error("the sampler is pseudo-random")]
    PseudoRandom,
    /// The agreement has clauses beside share, cap and dates.
    #[error("the agreement is not a flat share of all revenue")]
    Clauses,
    /// Revenue moves with no normal shock, or with none that matters.
    #[error("revenue moves too little along the first coordinate")]
    NearlyCertain,
    /// Some revenue falls where the first coordinate rises, as under negative
    /// correlations.
    #[error("some revenue falls along the first coordinate")]
    NegativeLoading,
    /// How revenue moves along the first coordinate differs between paths, as under an
    /// uncertain volatility.
    #[error("revenue moves differently along the first coordinate on each path")]
    Varying,
    /// What is drawn beside the shocks, pseudo-randomly, limits what a line tells: many
    /// paths tell more.
    #[error("jumps, or years of other companies, are drawn pseudo-randomly")]
    Events,
    /// Risk has a price: revenue is that of a valuation.
    #[error("revenue is priced, not forecast")]
    Priced,
}

/// Smooth estimates of the primary agreement.
#[derive(Clone, Debug)]
pub struct Smooth {
    start: Date,
    steps: Vec<Step>,
    terms: Vec<PeriodTerms>,
    /// For each replicate, the means of the sums.
    means: Vec<Vec<f64>>,
}

/// Outermost nodes and roots that count: a standard normal lies beyond with probability
/// 2e-9.
const REACH: f64 = 6.0;
/// The most that a root may move along the line in a step; the error of a probability
/// is then about 2e-9.
const LONGEST_STEP: f64 = 0.15;
/// The most that the loadings may spread it between two nodes.
const SPREAD: f64 = 0.3;
/// The most steps of a period.
const MOST_STEPS: usize = 128;
/// Nearer to 0 or 1 a probability is no other.
const LEAST_APART: f64 = 1e-12;
/// Loadings that are rounding.
const ROUNDING: f64 = 1e-9;

/// Evaluates the primary agreement on the lines of a simulation's points, on the
/// current thread pool; the same seed gives the same bits at any number of threads.
///
/// ```
/// # use capbind::scenario::{Scenario, shipped};
/// # let text = shipped("scenarios/textbook-gbm.toml").unwrap().text;
/// # let changes = ["simulation.points=256".to_owned()];
/// # let scenario = Scenario::parse("textbook-gbm.toml", "textbook-gbm", text, &changes)?;
/// let smooth = capbind::simulate::smooth(&scenario.simulation())?;
/// assert!(smooth.reached_by(scenario.timeline.end()).std_error < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Why its paths can only be counted.
pub fn smooth(simulation: &Simulation<'_>) -> Result<Smooth, Counting> {
    let integration = Integration::new(simulation)?;
    let replicates = (0..simulation.settings.replicates).into_par_iter();
    let means = replicates.map(|replicate| integration.replicate(replicate, &()));
    let means: Result<_, Cancelled> = means.collect();
    Ok(integration.finish(means.expect("nobody stops it")))
}

/// A primary agreement laid out: its replicates can be integrated one by one.
pub(super) struct Integration<'a> {
    simulation: Simulation<'a>,
    draws: Draws,
    terms: Vec<PeriodTerms>,
    lines: Lines,
    /// What each line around the centre contributes, once it is asked for.
    central: OnceLock<Vec<Vec<f64>>>,
}

impl<'a> Integration<'a> {
    /// Lays out the primary agreement of a simulation.
    pub fn new(simulation: &Simulation<'a>) -> Result<Self, Counting> {
        if simulation.settings.sampler != Sampler::Sobol {
            return Err(Counting::PseudoRandom);
        }
        if !simulation.primary().agreement.is_flat() {
            return Err(Counting::Clauses);
        }
        if simulation.model.shocks() == 0 {
            return Err(Counting::NearlyCertain);
        }
        let draws = Draws::new(
            simulation.settings,
            simulation.inputs,
            simulation.model.shocks(),
            simulation.own_ordering().of_lines,
        );
        let terms = period_terms(simulation);
        let lines = lay_out(simulation, &draws, &terms)?;
        Ok(Self {
            simulation: *simulation,
            draws,
            terms,
            lines,
            central: OnceLock::new(),
        })
    }

    /// The means of the sums over the points of a replicate.
    pub fn replicate(
        &self,
        replicate: u32,
        observer: &dyn Observer,
    ) -> Result<Vec<f64>, Cancelled> {
        let (simulation, lines) = (&self.simulation, &self.lines);
        let points = simulation.settings.points;
        let mut paths = Paths::new(simulation);
        let mut moments = Moments::new(self.controlled());
        let (mut room, mut sums) = lines.memory();
        for first in (0..points).step_by(LANES) {
            if observer.cancelled() {
                return Err(Cancelled);
            }
            paths.generate(simulation, &self.draws, (replicate, first), 0.0);
            let used = (points - first).min(LANES as u64) as usize;
            let terms = paths.terms(simulation);
            add_lines(lines, &paths.revenue, &terms, used, &mut room, &mut sums);
            moments.add(&paths.leading, used);
        }
        let mean = |sum: &Group| sum.iter().sum::<f64>() / points as f64;
        let mut means: Vec<f64> = sums.iter().map(mean).collect();
        let central = self.central.get_or_init(|| self.central());
        for (line, weight) in central.iter().zip(moments.weights(points as f64)) {
            let finite = means
                .iter_mut()
                .zip(line)
                .filter(|(_, value)| value.is_finite());
            finite.for_each(|(mean, value)| *mean += weight * value);
        }
        Ok(means)
    }

    /// The coordinates, from the second, that control variates are functions of.
    fn controlled(&self) -> usize {
        let offset = self.simulation.inputs.len();
        let leading = self
            .simulation
            .model
            .shocks()
            .min(MAX_DIMENSIONS - offset.min(MAX_DIMENSIONS));
        leading.saturating_sub(1).min(COORDINATES)
    }

    /// What each line around the centre contributes.
    fn central(&self) -> Vec<Vec<f64>> {
        let (simulation, lines) = (&self.simulation, &self.lines);
        let around = around_centre(self.controlled());
        let mut all = Vec::with_capacity(around.len());
        for group in around.chunks(GROUP) {
            let mut paths = Paths::new(simulation);
            paths.generate_around_centre(simulation, &self.draws, group);
            let (mut room, mut sums) = lines.memory();
            let terms = paths.terms(simulation);
            add_lines(
                lines,
                &paths.revenue,
                &terms,
                group.len(),
                &mut room,
                &mut sums,
            );
            let of = |l: usize| sums.iter().map(|sum| sum[l]).collect();
            all.extend((0..group.len()).map(of));
        }
        all
    }

    /// The estimates from the means of every replicate, in order.
    pub fn finish(self, means: Vec<Vec<f64>>) -> Smooth {
        Smooth {
            start: self.simulation.timeline.start(),
            steps: self.lines.steps,
            terms: self.terms,
            means,
        }
    }
}

/// Paths at one coordinate of their lines.
struct Paths {
    inputs: Vec<Lanes>,
    drawn: Vec<Lanes>,
    revenue: Vec<Lanes>,
    /// Their coordinates from the second on.
    leading: Box<[Lanes; COORDINATES]>,
}

impl Paths {
    fn new(simulation: &Simulation<'_>) -> Self {
        let periods = simulation.timeline.periods().len();
        Self {
            inputs: vec![[0.0; LANES]; simulation.inputs.len()],
            drawn: vec![[0.0; LANES]; simulation.model.draws()],
            revenue: vec![[0.0; LANES]; simulation.model.rows(periods)],
            leading: Box::new([[0.0; LANES]; COORDINATES]),
        }
    }

    fn generate(
        &mut self,
        simulation: &Simulation<'_>,
        draws: &Draws,
        (replicate, first): (u32, u64),
        x: f64,
    ) {
        let start = (replicate, first, x);
        let (inputs, drawn) = (&mut self.inputs, &mut self.drawn);
        let model = simulation.model;
        draw_at(draws, start, inputs, drawn, &mut self.leading);
        generate(draws, model, inputs, drawn, &mut self.revenue);
    }

    /// Paths at the medians of inputs and given leading coordinates, the first and all
    /// others 0.
    fn generate_around_centre(
        &mut self,
        simulation: &Simulation<'_>,
        draws: &Draws,
        lines: &[[f64; COORDINATES]],
    ) {
        for (row, median) in self.inputs.iter_mut().zip(simulation.medians()) {
            row.fill(median);
        }
        let (shocks, events) = self.drawn.split_at_mut(simulation.model.shocks());
        events.fill([0.5; LANES]);
        for (i, row) in shocks.iter_mut().skip(1).take(COORDINATES).enumerate() {
            for (value, line) in row.iter_mut().zip(lines) {
                *value = line[i];
            }
        }
        let (inputs, drawn) = (&self.inputs, &mut self.drawn);
        generate(draws, simulation.model, inputs, drawn, &mut self.revenue);
    }

    /// Share and limit of each path.
    fn terms(&self, simulation: &Simulation<'_>) -> (Lanes, Lanes) {
        let flat = simulation.flat_terms();
        let cap = flat.cap.unwrap_or(Parameter::Fixed(f64::INFINITY));
        let (cap, before) = (
            cap.lanes(&self.inputs),
            flat.paid_before.lanes(&self.inputs),
        );
        let limit = std::array::from_fn(|l| Cap::new(cap[l], before[l]).limit());
        (flat.share.lanes(&self.inputs), limit)
    }
}

compiled! {
    /// Draws what shocks are made of, the first coordinate at a value.
    fn draw_at(
        draws: &Draws,
        start: (u32, u64, f64),
        inputs: &mut [Lanes],
        drawn: &mut [Lanes],
        leading: &mut [Lanes; COORDINATES],
    ) {
        let (replicate, first, x) = start;
        draws.fill_unrotated(replicate, first, inputs, drawn);
        drawn[0].fill(x);
        for (kept, row) in leading.iter_mut().zip(&drawn[1..]) {
            *kept = *row;
        }
    }
}

compiled! {
    /// Revenue, from what shocks are made of.
    fn generate(
        draws: &Draws,
        model: &Model,
        inputs: &[Lanes],
        drawn: &mut [Lanes],
        revenue: &mut [Lanes],
    ) {
        draws.rotate(&mut drawn[..model.shocks()]);
        model.generate(inputs, drawn, revenue);
    }
}

/// Nodes, loadings and steps, from the lines of the first points.
fn lay_out(
    simulation: &Simulation<'_>,
    draws: &Draws,
    terms: &[PeriodTerms],
) -> Result<Lines, Counting> {
    let at = |x: f64| {
        let mut paths = Paths::new(simulation);
        paths.generate(simulation, draws, (0, 0), x);
        paths
    };
    let (origin, one, two) = (at(0.0), at(1.0), at(2.0));
    let periods = terms.len();
    let rows = |k: usize| match simulation.model.segments().len() {
        0 => k..k + 1,
        n => periods + k..(1 + n) * periods,
    };
    let mut loadings: Vec<Vec<(usize, f64)>> = Vec::new();
    for (k, terms) in terms.iter().enumerate() {
        let mut own = Vec::new();
        for row in rows(k).step_by(periods).filter(|_| terms.days > 0.0) {
            let (first, second) = (loading(&origin, &one, row, 0), loading(&one, &two, row, 0));
            if first < -ROUNDING {
                return Err(Counting::NegativeLoading);
            }
            let varies =
                (0..LANES).any(|l| (loading(&origin, &one, row, l) - first).abs() > ROUNDING);
            if varies || (second - first).abs() > ROUNDING {
                return Err(Counting::Varying);
            }
            own.push((row, first.max(0.0)));
        }
        loadings.push(own);
    }
    let all = || loadings.iter().flatten().map(|(_, a)| *a);
    let most = all().fold(0.0, f64::max);
    let spread = most - all().fold(most, f64::min);
    let nodes = (2.0 * REACH / (SPREAD / spread.max(1e-9)).min(0.75))
        .ceil()
        .min(128.0);
    let spacing = 2.0 * REACH / nodes;
    let load = |&(row, loading): &(usize, f64)| Load {
        row,
        loading,
        first: exp(-REACH * loading),
        ratio: exp(spacing * loading),
        mean: exp(0.5 * loading * loading),
    };
    let loads = loadings.iter().map(|own| own.iter().map(load).collect());
    Ok(Lines {
        steps: steps(terms, &loadings, &origin, &origin.terms(simulation))?,
        loads: loads.collect(),
        low: -REACH,
        spacing,
        nodes: nodes as usize + 1,
    })
}

/// d ln revenue / dx of a row on one of the paths; 0 without revenue.
fn loading(from: &Paths, to: &Paths, row: usize, lane: usize) -> f64 {
    let (from, to) = (from.revenue[row][lane], to.revenue[row][lane]);
    if from > 0.0 { ln(to / from) } else { 0.0 }
}

/// Cuts periods into steps over which the roots of the first points move little.
fn steps(
    terms: &[PeriodTerms],
    loadings: &[Vec<(usize, f64)>],
    origin: &Paths,
    (share, limit): &(Lanes, Lanes),
) -> Result<Vec<Step>, Counting> {
    let mut steps = Vec::new();
    let mut before = vec![(0.0, 0.0); LANES];
    for (period, (terms, own)) in terms.iter().zip(loadings).enumerate() {
        if terms.days <= 0.0 {
            continue;
        }
        let (mut count, mut least, mut central) = (1.0_f64, 1.0_f64, (0.0, 0.0));
        for (l, (sum, slope)) in before.iter_mut().enumerate() {
            let start = *sum;
            for &(row, loading) in own {
                let accrued = share[l] * terms.eligible * origin.revenue[row][l];
                *sum += accrued;
                *slope += loading * accrued;
            }
            if l == 0 {
                central = (start, *sum);
            }
            if *sum <= 0.0 || !limit[l].is_finite() || limit[l] <= 0.0 {
                continue;
            }
            let steep = *slope / *sum;
            let root = |sum: f64| ln(limit[l] / sum) / steep.max(1e-12);
            let near = REACH + 3.0;
            let from = if start > 0.0 {
                root(start).min(near)
            } else {
                near
            };
            let to = root(*sum).max(-near);
            if to < from {
                if steep < 1e-3 {
                    return Err(Counting::NearlyCertain);
                }
                count = count.max((from - to) / LONGEST_STEP);
                // Where nothing has accrued before, nearer the start no root counts.
                least = least.min(limit[l] * exp(-near * steep) / *sum);
            }
        }
        let count = (count.ceil() as usize).min(MOST_STEPS);
        let (start, end) = central;
        let from = if start > 0.0 { start } else { least * end };
        let part = |i: usize| match i {
            0 => 0.0,
            i if i == count => 1.0,
            i => {
                let level = from * exp(ln(end / from) * i as f64 / count as f64);
                ((level - start) / (end - start)).clamp(0.0, 1.0)
            }
        };
        for i in 0..count {
            let parts = (part(i), part(i + 1));
            steps.push(Step {
                period,
                parts,
                weight: terms.eligible * (parts.1 - parts.0),
            });
        }
    }
    Ok(steps)
}

impl Smooth {
    /// The probability that the cap is reached on or before a date.
    pub fn reached_by(&self, date: Date) -> MeanEstimate {
        MeanEstimate::of(&self.reached_means(date))
    }

    /// The same in each replicate.
    pub fn reached_means(&self, date: Date) -> Vec<f64> {
        let days = f64::from(date.days_since(self.start) + 1);
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
        let payments = self.flows().into_iter();
        let of = |flows: Vec<Flow>| flows.get(period).map_or(0.0, |flow| flow.payment);
        MeanEstimate::of(&payments.map(of).collect::<Vec<f64>>())
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
        let mut before = means[0];
        for (i, step) in self.steps.iter().enumerate() {
            let terms = &self.terms[step.period];
            let [begin, end] =
                [step.parts.0, step.parts.1].map(|part| terms.first_day + part * terms.days);
            if days <= begin {
                // Nothing is reached before the first day of sharing.
                return (if i == 0 { 0.0 } else { before }, 0.0);
            }
            let at_end = sum(means, i, Sum::Reached);
            if days <= end {
                let t = (days - begin) / (end - begin);
                let of = |s| sum(means, i, s);
                let [m0, c0, m1, c1] = [
                    of(Sum::Slope0),
                    of(Sum::Bend0),
                    of(Sum::Slope1),
                    of(Sum::Bend1),
                ];
                let d = at_end - before;
                let a3 = 10.0 * d - 6.0 * m0 - 4.0 * m1 - 1.5 * c0 + 0.5 * c1;
                let a4 = -15.0 * d + 8.0 * m0 + 7.0 * m1 + 1.5 * c0 - c1;
                let a5 = 6.0 * d - 3.0 * m0 - 3.0 * m1 - 0.5 * c0 + 0.5 * c1;
                let rise = t * (m0 + t * (0.5 * c0 + t * (a3 + t * (a4 + t * a5))));
                let slope = m0 + t * (c0 + t * (3.0 * a3 + t * (4.0 * a4 + t * 5.0 * a5)));
                return (before + rise, slope / (end - begin));
            }
            before = at_end;
        }
        (before, 0.0)
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
