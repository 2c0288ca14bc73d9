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

mod kernel;

use rayon::prelude::*;

use super::Simulation;
use super::date_quantile::DateQuantile;
use super::draws::Draws;
use super::kernels::kernel as compiled;
use super::quantity::Total;
use super::run::draws;
use super::settings::Sampler;
use super::settle::{PeriodTerms, period_terms};
use crate::agreement::rule::Cap;
use crate::math::{exp, ln};
use crate::revenue::Model;
use crate::stats::MeanEstimate;
use crate::units::{Date, LANES, Lanes, Parameter};
use kernel::{GROUP, Group, Lines, Load, Node, SUMS, Step, Sum, add_lines};

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
    if simulation.settings.sampler != Sampler::Sobol {
        return Err(Counting::PseudoRandom);
    }
    if !simulation.primary().agreement.is_flat() {
        return Err(Counting::Clauses);
    }
    if simulation.model.shocks() == 0 {
        return Err(Counting::NearlyCertain);
    }
    let draws = draws(simulation);
    let terms = period_terms(simulation);
    let lines = lay_out(simulation, &draws, &terms)?;
    let replicates = (0..simulation.settings.replicates).into_par_iter();
    let means = replicates.map(|replicate| one_replicate(simulation, &draws, &lines, replicate));
    Ok(Smooth {
        start: simulation.timeline.start(),
        means: means.collect(),
        steps: lines.steps,
        terms,
    })
}

fn one_replicate(
    simulation: &Simulation<'_>,
    draws: &Draws,
    lines: &Lines,
    replicate: u32,
) -> Vec<f64> {
    let points = simulation.settings.points;
    let mut paths = Paths::new(simulation);
    let mut room: Vec<Node> = vec![[[0.0; GROUP]; 3]; lines.nodes];
    let mut sums: Vec<Group> = vec![[0.0; GROUP]; 2 + SUMS * lines.steps.len()];
    for first in (0..points).step_by(LANES) {
        paths.generate(simulation, draws, (replicate, first), 0.0);
        let used = (points - first).min(LANES as u64) as usize;
        let terms = paths.terms(simulation);
        add_lines(lines, &paths.revenue, &terms, used, &mut room, &mut sums);
    }
    let mean = |sum: &Group| sum.iter().sum::<f64>() / points as f64;
    sums.iter().map(mean).collect()
}

/// Paths at one coordinate of their lines.
struct Paths {
    inputs: Vec<Lanes>,
    drawn: Vec<Lanes>,
    revenue: Vec<Lanes>,
}

impl Paths {
    fn new(simulation: &Simulation<'_>) -> Self {
        let periods = simulation.timeline.periods().len();
        Self {
            inputs: vec![[0.0; LANES]; simulation.inputs.len()],
            drawn: vec![[0.0; LANES]; simulation.model.draws()],
            revenue: vec![[0.0; LANES]; simulation.model.rows(periods)],
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
        generate_at(
            draws,
            simulation.model,
            start,
            inputs,
            drawn,
            &mut self.revenue,
        );
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
    fn generate_at(
        draws: &Draws,
        model: &Model,
        start: (u32, u64, f64),
        inputs: &mut [Lanes],
        drawn: &mut [Lanes],
        revenue: &mut [Lanes],
    ) {
        let (replicate, first, x) = start;
        draws.fill_at((replicate, first), Some(x), inputs, drawn);
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
        let of = self.means.iter().map(|means| self.reached(means, days).0);
        of.collect()
    }

    /// A total: all payments, their present value (0 without a valuation), all accrued
    /// share, or the excess over the cap; `None` for any other.
    pub fn total(&self, total: Total) -> Option<MeanEstimate> {
        let of = |means: &Vec<f64>| {
            let steps = self.steps.iter().enumerate();
            let each = |(i, step): (usize, &Step)| {
                let [payment, accrued] = [Sum::Payment, Sum::Accrued].map(|s| sum(means, i, s));
                match total {
                    Total::Paid => Some(payment),
                    Total::PresentValue => Some(payment * self.terms[step.period].discount_factor),
                    Total::Uncapped => Some(accrued),
                    Total::Excess => Some(accrued - payment),
                    _ => None,
                }
            };
            steps.map(each).sum::<Option<f64>>()
        };
        let means: Option<Vec<f64>> = self.means.iter().map(of).collect();
        Some(MeanEstimate::of(&means?))
    }

    /// The expected payment for a period.
    pub fn payment(&self, period: usize) -> MeanEstimate {
        let of = |means: &Vec<f64>| {
            let steps = self.steps.iter().enumerate();
            let own = steps.filter(|(_, step)| step.period == period);
            own.map(|(i, _)| sum(means, i, Sum::Payment)).sum()
        };
        MeanEstimate::of(&self.means.iter().map(of).collect::<Vec<f64>>())
    }

    /// The moment by which the cap is reached with probability `q`, above 0 and below
    /// 1; `None` where it is reached with a lower one. The error is that of the
    /// probability over the density there.
    pub fn date_quantile(&self, q: f64) -> Option<DateQuantile> {
        let count = self.means.len() as f64;
        let sums = (0..self.means[0].len()).map(|i| self.means.iter().map(|m| m[i]).sum::<f64>());
        let mean: Vec<f64> = sums.map(|sum| sum / count).collect();
        let last = self.terms.iter().rev().find(|terms| terms.days > 0.0)?;
        let (mut low, mut high) = (0.0, last.first_day + last.days);
        if self.reached(&mean, high).0 < q {
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
        let of = |means: &Vec<f64>| high - (self.reached(means, high).0 - q) / density;
        Some(DateQuantile {
            date: self.start.add_days((high.ceil() as i32 - 1).max(0)),
            days: high,
            replicates: self.means.iter().map(of).collect(),
        })
    }

    /// The probability that the cap is reached within so many days from the timeline's
    /// start, and its density by day there.
    fn reached(&self, means: &[f64], days: f64) -> (f64, f64) {
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

fn sum(means: &[f64], step: usize, of: Sum) -> f64 {
    means[2 + step * SUMS + of as usize]
}
