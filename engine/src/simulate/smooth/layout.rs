//! Loadings, terms and steps of lines, from those of the first points.

use super::super::Simulation;
use super::Counting;
use super::kernel::{Lines, Load, Step, TERMS};
use super::paths::Paths;
use super::terms::{Piece, Terms};
use crate::math::{exp, ln};
use crate::simulate::sample::draws::{Draws, Point};
use crate::units::{LANES, Lanes};

/// How far out roots are looked for: a standard normal lies beyond on one side with
/// probability 4e-11, and where revenue weighs the outcomes it is one about the loading.
const REACH: f64 = 6.5;
/// Loadings that are rounding.
const ROUNDING: f64 = 1e-9;
/// Lines that steps are laid out by.
const SAMPLE: usize = 16;
/// The same for each of some limits, and the most of these.
const SAMPLE_OF_EACH: usize = 4;
const MOST_SAMPLED: usize = 16;
/// The most steps of a piece.
const MOST_STEPS: usize = 128;
/// The square of the distance from the centre at which steps are 2.8 times as long.
const FLAT: f64 = 40.0;

/// How fine steps and terms are.
#[derive(Clone, Copy, Debug)]
pub struct Fineness {
    /// The most that a root near the centre may move along the line in a step; the error
    /// of a probability within the step is then below 5e-9. Without bound all pieces are
    /// one step: nothing is told but the whole.
    pub step: f64,
    /// The most that what is left of the exponential series may change a density.
    pub rest: f64,
}

impl Fineness {
    /// What estimates are made with.
    pub const USUAL: Self = Self {
        step: 0.15,
        rest: 1e-9,
    };
    /// What totals alone are made with.
    pub const WHOLE: Self = Self {
        step: f64::INFINITY,
        ..Self::USUAL
    };
}

/// Lays out the lines of an agreement: for its own limits, or for others in order.
pub fn lay_out(
    simulation: &Simulation<'_>,
    draws: &Draws,
    terms: &Terms,
    limits: &[f64],
    fineness: Fineness,
) -> Result<Lines, Counting> {
    if simulation.model.refunds() > 0.0 {
        return Err(Counting::Varying);
    }
    // The first paths at their origins, then in turn one and two further.
    let places: Lanes = std::array::from_fn(|l| 1.0 + (l % 2) as f64);
    let at = |x: &Lanes| {
        let mut paths = Paths::new(simulation, terms);
        let first = Point {
            replicate: 0,
            number: 0,
        };
        paths.draw(simulation, draws, terms, &[first], x);
        paths
    };
    let (origin, further) = (at(&[0.0; LANES]), at(&places));
    let periods = simulation.timeline.periods().len();
    let segments = simulation.model.segments().len();
    let loading_of = |row: usize| {
        let (from, to) = (&origin.revenue[row], &further.revenue[row]);
        let first = loading(from[0], to[0]);
        if first < -ROUNDING {
            return Err(Counting::NegativeLoading);
        }
        let growth = [1.0, 2.0].map(|x| exp(first * x));
        let mut differs = false;
        for l in 0..LANES {
            let grown = from[l] * growth[l % 2];
            let is_off = (to[l] - grown).abs() > ROUNDING * grown;
            differs |= if grown > 0.0 {
                is_off
            } else {
                first.abs() > ROUNDING
            };
        }
        if differs {
            return Err(Counting::Varying);
        }
        Ok(first.max(0.0))
    };
    let mut loadings = Vec::with_capacity(terms.pieces.len());
    for piece in &terms.pieces {
        let rows = terms.rows(piece, periods, segments).into_iter();
        let own = rows.map(|(row, factor)| Ok((row, factor, loading_of(row)?)));
        loadings.push(own.collect::<Result<Vec<_>, Counting>>()?);
    }
    let each = || loadings.iter().flatten().map(|load| load.2);
    let steepest = each().fold(0.0, f64::max);
    let spread = 0.5 * (steepest - each().fold(steepest, f64::min));
    let middle = steepest - spread;
    let ends = [-REACH, REACH + steepest];
    let is_enough = |terms: &usize| rest(spread, ends, *terms) <= fineness.rest * middle.min(1.0);
    let count = TERMS.into_iter().find(is_enough).ok_or(Counting::Wild)?;
    let load = |&(row, factor, loading): &(usize, usize, f64), part| Load {
        row,
        factor,
        part,
        loading,
        mean: exp(0.5 * loading * loading),
        ends: ends.map(|end| exp(end * loading)),
        powers: powers(loading - middle).take(count).collect(),
    };
    let of = |(own, piece): (&Vec<_>, &Piece)| own.iter().map(|l| load(l, piece.part)).collect();
    let loads: Vec<Vec<Load>> = loadings.iter().zip(&terms.pieces).map(of).collect();
    let samples = samples(limits, &origin);
    let mut steps = steps(&terms.pieces, &loads, &origin, samples, fineness.step)?;
    if fineness.step.is_infinite()
        && let Some(last) = steps.pop()
    {
        steps = vec![Step {
            first: 0,
            parts: (0.0, 1.0),
            ..last
        }];
    }
    Ok(Lines {
        steps,
        loads,
        middle,
        ends,
        terms: count,
    })
}

/// `xⁿ / n!` from n = 0 on.
fn powers(x: f64) -> impl Iterator<Item = f64> {
    (1..).scan(1.0, move |power, n| {
        let own = *power;
        *power *= x / f64::from(n);
        Some(own)
    })
}

/// How much a density may lack of itself where the exponential series of what differs by
/// `spread` at most ends after so many terms; without bound where the series is no longer
/// of use at one of the ends.
fn rest(spread: f64, [low, high]: [f64; 2], terms: usize) -> f64 {
    // Relative to what has accrued, which falls by `spread` for each unit at most.
    let lacks = |x: f64| {
        let power = powers(spread * x.abs()).nth(terms).expect("it has no end");
        power * exp(2.0 * spread * x.abs())
    };
    if lacks(low.abs().max(high)) > 1.0 {
        return f64::INFINITY;
    }
    // Of outcomes, and of those as revenue weighs them.
    let weight = |x: f64| {
        let nearest = x - x.clamp(0.0, high - REACH);
        exp(-0.5 * nearest * nearest)
    };
    let each = (0..=64).map(|i| low + (high - low) * f64::from(i) / 64.0);
    each.map(|x| weight(x) * lacks(x)).fold(0.0, f64::max)
}

/// d ln revenue / dx from revenue at one x to that at the next; 0 without revenue.
fn loading(from: f64, to: f64) -> f64 {
    if from > 0.0 { ln(to / from) } else { 0.0 }
}

/// A line that steps are laid out by.
#[derive(Clone, Copy, Default)]
struct Sample {
    lane: usize,
    /// Accrued share at the origin before a piece.
    before: f64,
    /// d ln of that / dx, times it.
    slope: f64,
    /// Accrued share of the piece.
    accrued: f64,
    /// d ln of both / dx.
    steep: f64,
    limit: f64,
}

impl Sample {
    /// Where the root is after a part of the piece, within reach.
    fn root(&self, part: f64) -> f64 {
        let sum = self.before + part * self.accrued;
        let x = ln(self.limit / sum) / self.steep.max(1e-12);
        x.clamp(-REACH, REACH)
    }

    /// The part of the piece, from one on, over which the root moves by so much at most on
    /// a scale on which steps far from the centre, where little happens, may be longer.
    fn until(&self, part: f64, longest: f64) -> f64 {
        let to = scaled(self.root(part)) - longest;
        if scaled(self.root(1.0)) >= to {
            return 1.0;
        }
        let x = to / (1.0 - to * to / FLAT).sqrt();
        (self.limit * exp(-x * self.steep) - self.before) / self.accrued
    }
}

/// Near the centre the distance itself.
fn scaled(x: f64) -> f64 {
    x / (1.0 + x * x / FLAT).sqrt()
}

/// The first lines with their own limits, or a few with each of some limits.
fn samples(limits: &[f64], origin: &Paths) -> Vec<Sample> {
    let sample = |(lane, limit): (usize, f64)| Sample {
        lane,
        limit,
        ..Sample::default()
    };
    if limits.is_empty() {
        let own = origin.limit.iter().copied().enumerate();
        return own.take(SAMPLE).map(sample).collect();
    }
    let count = limits.len().min(MOST_SAMPLED);
    let spread = (0..count).map(|i| limits[i * (limits.len() - 1) / (count - 1).max(1)]);
    let each = spread.flat_map(|limit| (0..SAMPLE_OF_EACH).map(move |lane| (lane, limit)));
    each.map(sample).collect()
}

/// Cuts pieces into steps over which the roots of some lines move little.
fn steps(
    pieces: &[Piece],
    loads: &[Vec<Load>],
    origin: &Paths,
    mut samples: Vec<Sample>,
    longest: f64,
) -> Result<Vec<Step>, Counting> {
    let mut steps = Vec::new();
    for (i, (piece, own)) in pieces.iter().zip(loads).enumerate() {
        for sample in &mut samples {
            let l = sample.lane;
            sample.before += sample.accrued;
            sample.accrued = 0.0;
            for load in own {
                let accrued =
                    piece.part * origin.factors[load.factor][l] * origin.revenue[load.row][l];
                sample.accrued += accrued;
                sample.slope += load.loading * accrued;
            }
            sample.steep = sample.slope / (sample.before + sample.accrued).max(1e-300);
        }
        let has_root = |s: &&Sample| s.limit.is_finite() && s.limit > 0.0 && s.accrued > 0.0;
        let moving: Vec<Sample> = samples.iter().filter(has_root).copied().collect();
        if moving
            .iter()
            .any(|s| s.steep < 1e-3 && s.root(1.0) < s.root(0.0))
        {
            return Err(Counting::NearlyCertain);
        }
        for parts in cuts(&moving, longest) {
            steps.push(Step {
                first: i,
                piece: i,
                period: piece.period,
                parts,
            });
        }
    }
    Ok(steps)
}

/// The parts of a piece over which no root moves further than it may.
fn cuts(moving: &[Sample], longest: f64) -> Vec<(f64, f64)> {
    if longest.is_infinite() {
        return vec![(0.0, 1.0)];
    }
    let mut cuts = Vec::new();
    let mut from = 0.0;
    while from < 1.0 && cuts.len() + 1 < MOST_STEPS {
        let until = moving.iter().map(|sample| sample.until(from, longest));
        let to = until.fold(1.0, f64::min);
        cuts.push((from, to));
        from = to;
    }
    if from < 1.0 {
        cuts.push((from, 1.0));
    }
    cuts
}
