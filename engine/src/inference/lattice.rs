//! Integrals over a posterior of few parameters, on a lattice of points that covers
//! where it is not negligible: no random numbers, so the same bytes each time.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};

use crate::math::{exp, ln};
use crate::simulate::{Cancelled, Observer};

/// Points further than this below the highest, in log density, are left out.
const DROP: f64 = 8.5;
/// A lattice does not outgrow this; its spacing widens instead.
const MOST_NODES: usize = 12_000;
/// Between points of a lattice the density is drawn at so many places.
const FINER: usize = 16;

/// A normal prior of a coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, above 0.
    pub sd: f64,
}

impl Normal {
    fn log_density(self, at: f64) -> f64 {
        const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;
        let z = (at - self.mean) / self.sd;
        -0.5 * z * z - ln(self.sd) - HALF_LN_TWO_PI
    }
}

/// A point of the lattice.
#[derive(Clone, Debug)]
pub struct Node<T> {
    /// Its position along each axis.
    pub index: Vec<i32>,
    /// Its coordinates.
    pub at: Vec<f64>,
    /// Its share of the posterior.
    pub weight: f64,
    /// What was found there.
    pub found: T,
}

/// A posterior on a lattice.
#[derive(Clone, Debug)]
pub struct Lattice<T> {
    /// The points, in the order they were found.
    pub nodes: Vec<Node<T>>,
    /// ln of the integral of likelihood times prior.
    pub log_evidence: f64,
    /// The mode, where all indices are 0, and the spacing along each axis.
    axes: Vec<(f64, f64)>,
}

/// What a likelihood gives at a point: its logarithm and anything found on the way.
/// The second argument is what was found at a point nearby.
pub type Likelihood<'a, T> = dyn Fn(&[f64], Option<&T>) -> Option<(f64, T)> + 'a;

/// Explores the posterior of coordinates with independent normal priors: from the
/// mode outwards along the axes, as far as the density is not negligible, `spacing`
/// conditional standard deviations apart. For a normal density the sum over such a
/// lattice is off by 2·exp(−2π² / spacing²). `None` where the likelihood is nowhere
/// defined. The observer is told each point, and asked before it.
///
/// # Errors
/// Where the observer says to stop.
pub fn explore<T: Clone>(
    priors: &[Normal],
    spacing: f64,
    likelihood: &Likelihood<'_, T>,
    observer: &dyn Observer,
) -> Result<Option<Lattice<T>>, Cancelled> {
    let stopped = Cell::new(false);
    let density = |at: &[f64], near: Option<&T>| {
        if stopped.get() || observer.cancelled() {
            // With nothing more to be seen the walk ends by itself.
            stopped.set(true);
            return None;
        }
        observer.progress(1);
        let (log, found) = likelihood(at, near)?;
        let prior: f64 = priors.iter().zip(at).map(|(p, x)| p.log_density(*x)).sum();
        Some((log + prior, found))
    };
    let lattice = around_the_mode(priors, spacing, &density);
    match stopped.get() {
        true => Err(Cancelled),
        false => Ok(lattice),
    }
}

fn around_the_mode<T: Clone>(
    priors: &[Normal],
    spacing: f64,
    density: &Likelihood<'_, T>,
) -> Option<Lattice<T>> {
    let (mode, top) = climb(priors, density)?;
    let mut axes = Vec::new();
    for (i, prior) in priors.iter().enumerate() {
        let reach = 0.25 * prior.sd;
        let beside = |step: f64| {
            let mut at = mode.clone();
            at[i] += step;
            density(&at, Some(&top.1)).map_or(top.0 - DROP, |(log, _)| log)
        };
        let curvature = (2.0 * top.0 - beside(reach) - beside(-reach)) / (reach * reach);
        let sd = if curvature > 0.0 {
            1.0 / curvature.sqrt()
        } else {
            prior.sd
        };
        axes.push((mode[i], spacing * sd.clamp(0.05 * prior.sd, prior.sd)));
    }
    loop {
        if let Some(lattice) = flood(&axes, &top, density) {
            return Some(lattice);
        }
        for axis in &mut axes {
            axis.1 *= 1.25;
        }
    }
}

/// The highest point, found along the axes with ever shorter steps.
fn climb<T>(priors: &[Normal], density: &Likelihood<'_, T>) -> Option<(Vec<f64>, (f64, T))> {
    let mut at: Vec<f64> = priors.iter().map(|prior| prior.mean).collect();
    let mut best = density(&at, None)?;
    let mut reach = 0.8;
    // The lattice begins there and covers all around it: no more is needed.
    while reach > 0.08 {
        let mut improved = false;
        for (i, prior) in priors.iter().enumerate() {
            for sign in [1.0, -1.0] {
                loop {
                    let mut next = at.clone();
                    next[i] += sign * reach * prior.sd;
                    match density(&next, Some(&best.1)) {
                        Some(found) if found.0 > best.0 + 1e-9 => {
                            (at, best) = (next, found);
                            improved = true;
                        }
                        _ => break,
                    }
                }
            }
        }
        if !improved {
            reach *= 0.5;
        }
    }
    Some((at, best))
}

/// All points of a lattice where the density is not negligible; `None` if they are
/// too many.
fn flood<T: Clone>(
    axes: &[(f64, f64)],
    top: &(f64, T),
    density: &Likelihood<'_, T>,
) -> Option<Lattice<T>> {
    let origin = vec![0_i32; axes.len()];
    let mut seen: BTreeMap<Vec<i32>, ()> = BTreeMap::from([(origin.clone(), ())]);
    let mut nodes = vec![(origin, top.0, top.1.clone())];
    let mut highest = top.0;
    let mut queue = VecDeque::from([0_usize]);
    while let Some(from) = queue.pop_front() {
        if nodes[from].1 < highest - DROP {
            continue;
        }
        for axis in 0..axes.len() {
            for step in [1, -1] {
                let mut index = nodes[from].0.clone();
                index[axis] += step;
                if seen.insert(index.clone(), ()).is_some() {
                    continue;
                }
                let at = coordinates(axes, &index);
                let Some((log, found)) = density(&at, Some(&nodes[from].2)) else {
                    continue;
                };
                highest = highest.max(log);
                nodes.push((index, log, found));
                queue.push_back(nodes.len() - 1);
                if nodes.len() > MOST_NODES {
                    return None;
                }
            }
        }
    }
    let total: f64 = nodes.iter().map(|(_, log, _)| exp(log - highest)).sum();
    let cell: f64 = axes.iter().map(|(_, step)| ln(*step)).sum();
    let nodes = nodes.into_iter().map(|(index, log, found)| Node {
        at: coordinates(axes, &index),
        weight: exp(log - highest) / total,
        index,
        found,
    });
    Some(Lattice {
        nodes: nodes.collect(),
        log_evidence: highest + ln(total) + cell,
        axes: axes.to_vec(),
    })
}

fn coordinates(axes: &[(f64, f64)], index: &[i32]) -> Vec<f64> {
    let pairs = axes.iter().zip(index);
    pairs
        .map(|((mode, step), i)| mode + step * f64::from(*i))
        .collect()
}

impl<T> Lattice<T> {
    /// The posterior of one coordinate.
    pub fn marginal(&self, axis: usize) -> Marginal {
        let indices = || self.nodes.iter().map(|node| node.index[axis]);
        let (low, high) = indices().fold((0, 0), |(l, h), i| (l.min(i), h.max(i)));
        let mut mass = vec![0.0; (high - low) as usize + 1];
        for node in &self.nodes {
            mass[(node.index[axis] - low) as usize] += node.weight;
        }
        let (mode, step) = self.axes[axis];
        Marginal::new(mode + step * f64::from(low), step, &mass)
    }
}

/// The posterior of one coordinate: points closely side by side with the probability
/// at or below each.
#[derive(Clone, Debug, PartialEq)]
pub struct Marginal {
    low: f64,
    step: f64,
    below: Vec<f64>,
}

impl Marginal {
    /// From masses at even distances: the log density between them is the cubic
    /// through the four nearest, which is exact for a normal one.
    fn new(low: f64, step: f64, mass: &[f64]) -> Self {
        const FLOOR: f64 = 1e-12;
        let logs: Vec<f64> = mass.iter().map(|m| ln(m.max(FLOOR))).collect();
        let at = |i: i64| {
            let n = logs.len() as i64;
            match (i, n) {
                (i, n) if (0..n).contains(&i) => logs[i as usize],
                // A normal density goes on with an even curvature, at least this.
                (i, n) => {
                    let (end, out) = if i < 0 { (0, -i) } else { (n - 1, i - n + 1) };
                    let out = out as f64;
                    logs[end as usize] - 3.0 * out - 0.5 * out * out
                }
            }
        };
        let cells = logs.len() as i64 + 1;
        let mut densities = Vec::new();
        for cell in -1..cells - 1 {
            let [a, b, c, d] = [at(cell - 1), at(cell), at(cell + 1), at(cell + 2)];
            for part in 0..FINER {
                let t = (part as f64 + 0.5) / FINER as f64;
                let (u, v, w) = (t + 1.0, t - 1.0, t - 2.0);
                let cubic = -a * t * v * w / 6.0 + b * u * v * w / 2.0 - c * u * t * w / 2.0
                    + d * u * t * v / 6.0;
                // Between far-off points a cubic may overshoot.
                densities.push(exp(cubic.min(b.max(c) + 1.0)));
            }
        }
        let total: f64 = densities.iter().sum();
        let mut sum = 0.0;
        let mut below = vec![0.0];
        for density in densities {
            sum += density / total;
            below.push(sum);
        }
        Self {
            low: low - step,
            step: step / FINER as f64,
            below,
        }
    }

    /// The probability at or below a value.
    pub fn below(&self, value: f64) -> f64 {
        let place = (value - self.low) / self.step;
        if place.is_nan() || place <= 0.0 {
            return 0.0;
        }
        let (cell, part) = (place.floor() as usize, place.fract());
        match self.below.get(cell..cell + 2) {
            Some(ends) => ends[0] + part * (ends[1] - ends[0]),
            None => 1.0,
        }
    }

    /// The value not exceeded with a probability, above 0 and below 1.
    pub fn quantile(&self, probability: f64) -> f64 {
        let after = self.below.partition_point(|below| *below < probability);
        let after = after.clamp(1, self.below.len() - 1);
        let (a, b) = (self.below[after - 1], self.below[after]);
        let part = if b > a {
            (probability - a) / (b - a)
        } else {
            0.0
        };
        self.low + self.step * (after as f64 - 1.0 + part.clamp(0.0, 1.0))
    }

    /// Mean and standard deviation of a function of the coordinate.
    pub fn moments(&self, value: impl Fn(f64) -> f64) -> (f64, f64) {
        let (mut mean, mut square) = (0.0, 0.0);
        for (i, ends) in self.below.windows(2).enumerate() {
            let found = value(self.low + self.step * (i as f64 + 0.5));
            let weight = ends[1] - ends[0];
            mean += weight * found;
            square += weight * found * found;
        }
        (mean, (square - mean * mean).max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::normal_cdf;

    #[test]
    fn a_normal_posterior_is_found_exactly() {
        // Prior N(1, 2²), one observation 3 with error 1 of the sum of both
        // coordinates, prior of the second N(0, 1).
        let priors = [Normal { mean: 1.0, sd: 2.0 }, Normal { mean: 0.0, sd: 1.0 }];
        let seen = |at: &[f64], _: Option<&()>| {
            let z = 3.0 - at[0] - at[1];
            Some((-0.5 * z * z, ()))
        };
        let lattice = explore(&priors, 1.0, &seen, &()).unwrap().unwrap();
        // Gain of the first: 4 / (4 + 1 + 1) of the 2 by which the sum is off.
        let marginal = lattice.marginal(0);
        let (mean, sd) = marginal.moments(|x| x);
        let wanted = (1.0 + 4.0 / 6.0 * 2.0, (4.0_f64 - 16.0 / 6.0).sqrt());
        assert!((mean - wanted.0).abs() < 2e-3, "{mean}");
        assert!((sd - wanted.1).abs() < 3e-3, "{sd}");
        for p in [0.05, 0.5, 0.95] {
            let z = (marginal.quantile(p) - wanted.0) / wanted.1;
            assert!((normal_cdf(z) - p).abs() < 1e-3, "{p}");
            assert!((marginal.below(marginal.quantile(p)) - p).abs() < 1e-12);
        }
        // The likelihood's constant is missing: evidence N(3; 1, 6) times √2π.
        let evidence = -0.5 * (4.0 / 6.0) - 0.5 * ln(6.0);
        assert!((lattice.log_evidence - evidence).abs() < 2e-3);
        assert_eq!((marginal.below(-1e9), marginal.below(1e9)), (0.0, 1.0));
    }

    #[test]
    fn what_is_nowhere_defined_is_no_posterior() {
        let priors = [Normal { mean: 0.0, sd: 1.0 }];
        let found = explore::<()>(&priors, 1.0, &|_, _| None, &());
        assert!(found.unwrap().is_none());
    }
}
