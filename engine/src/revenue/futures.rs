//! Drawn futures, each with the weight that reported figures give it.

use serde::{Deserialize, Serialize};

use super::conditioned::{ConditionError, Learned, News};
use crate::math::{dot, exp, inverse_normal_cdf_from_bits, ln};
use crate::units::{Input, Lanes, unit_interval};

/// Futures that are drawn.
pub const FUTURES: usize = 8192;
/// Figures that leave fewer, in effect, cannot be learned from.
pub const FEWEST_FUTURES: f64 = 100.0;
/// The most replicates that have futures of their own.
const MOST_APART: u32 = 64;

/// [`FUTURES`] independent draws of what is uncertain up to the last figure, each of which
/// a path takes in proportion to the density that it gives the figures (importance
/// sampling). The effective number of them is `(Σ p)²/Σ p²` (Kong 1992).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Futures {
    /// The positions of the inputs that a future says.
    pub(super) taken: Vec<usize>,
    /// Inputs up to the last of these.
    pub(super) inputs: usize,
    /// The events that a future says.
    pub(super) settled: Vec<usize>,
    /// The shocks that figures move.
    pub(super) support: Vec<usize>,
    /// Whether a future says these shocks, not only what is known of them.
    pub(super) says_shocks: bool,
    pub(super) futures: Vec<Future>,
    /// The sum of the weights through each future.
    pub(super) through: Vec<f64>,
    effective: f64,
    evidence: f64,
    beliefs: Vec<InputBelief>,
}

/// What may have been behind the figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Future {
    pub inputs: Vec<f64>,
    pub events: Vec<f64>,
    /// Of the shocks that figures move; its mean is these where it says them.
    pub learned: Learned,
    /// Revenue of the pinned periods.
    pub past: Vec<f64>,
}

/// What is known of an uncertain number before figures and given them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputBelief {
    /// The key of an input, or what is known of.
    pub name: String,
    /// Mean and standard deviation before.
    pub before: (f64, f64),
    /// Mean and standard deviation given the figures.
    pub now: (f64, f64),
    /// Standard error of that mean, of drawing futures.
    pub error: f64,
}

/// What is added up over all futures.
#[derive(Default)]
pub(super) struct Drawn {
    pub futures: Vec<Future>,
    /// Logarithms of their weights.
    pub logs: Vec<f64>,
    /// Of each, what figures would have said.
    pub news: Vec<Vec<News>>,
    /// Of each, the expected revenue of each period, and of each period of each segment.
    pub expected: Vec<Vec<f64>>,
    /// Of each, mean and variance of numbers beside the inputs before any figure, and the
    /// same given the future.
    pub known: Vec<Vec<[(f64, f64); 2]>>,
}

/// What is known over all futures.
pub(super) struct Weights {
    pub news: Vec<News>,
    pub expected: Vec<f64>,
}

/// The mean of a number of futures by weights.
fn mean(weights: &[f64], of: &dyn Fn(usize) -> f64) -> f64 {
    let some = weights.iter().enumerate().filter(|(_, w)| **w > 0.0);
    some.map(|(i, w)| w * of(i)).sum::<f64>() / weights.iter().sum::<f64>()
}

impl Futures {
    /// None yet, of so many events that a future says.
    pub(super) fn none(inputs: &[Input], settled: Vec<usize>, says_shocks: bool) -> Self {
        let taken = taken(inputs);
        Self {
            inputs: taken.last().map_or(0, |last| last + 1),
            taken,
            settled,
            support: Vec::new(),
            says_shocks,
            futures: Vec::new(),
            through: Vec::new(),
            effective: 0.0,
            evidence: 0.0,
            beliefs: Vec::new(),
        }
    }

    /// Weighs futures, and adds up over them; `named` are the numbers known of beside the
    /// inputs.
    pub(super) fn weigh(
        &mut self,
        drawn: Drawn,
        inputs: &[Input],
        named: &[String],
    ) -> Result<Weights, ConditionError> {
        let most = drawn.logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = drawn.logs.iter().map(|log| exp(log - most)).collect();
        let sum: f64 = weights.iter().sum();
        let squares = dot(&weights, &weights);
        self.effective = if sum > 0.0 { sum * sum / squares } else { 0.0 };
        if self.effective < FEWEST_FUTURES {
            return Err(ConditionError::TooFew(self.effective));
        }
        let is_possible = |log: &f64| if log.is_finite() { 1.0 } else { 0.0 };
        let alike: Vec<f64> = drawn.logs.iter().map(is_possible).collect();
        let news = (0..drawn.news.first().map_or(0, Vec::len))
            .map(|figure| {
                let of = |i: usize| drawn.news[i][figure];
                let surprise = mean(&alike, &|i| of(i).surprise);
                let square = |x: f64| x * x;
                let variance = mean(&alike, &|i| {
                    square(of(i).deviation) + square(of(i).surprise - surprise)
                });
                News {
                    expected: mean(&alike, &|i| of(i).expected),
                    surprise,
                    deviation: variance.sqrt(),
                    noise: mean(&alike, &|i| square(of(i).noise)).sqrt(),
                }
            })
            .collect();
        let periods = drawn.expected.first().map_or(0, Vec::len);
        let expected = (0..periods)
            .map(|k| mean(&weights, &|i| drawn.expected[i][k]))
            .collect();
        let belief = |name: &str, of: &dyn Fn(usize) -> [(f64, f64); 2]| {
            let spread = |weights: &[f64], at: usize| {
                let centre = mean(weights, &|i| of(i)[at].0);
                let variance = mean(weights, &|i| {
                    let (value, own) = of(i)[at];
                    (value - centre) * (value - centre) + own
                });
                (centre, variance.sqrt())
            };
            let now = spread(&weights, 1);
            let off = |i: usize| weights[i] * (of(i)[1].0 - now.0);
            let possible = (0..weights.len()).filter(|i| weights[*i] > 0.0);
            let squares: f64 = possible.map(|i| off(i) * off(i)).sum();
            InputBelief {
                name: name.to_owned(),
                before: spread(&alike, 0),
                now,
                error: squares.sqrt() / sum,
            }
        };
        let of_inputs = self.taken.iter().enumerate().map(|(j, at)| {
            belief(&inputs[*at].name, &|i| {
                [(drawn.futures[i].inputs[j], 0.0); 2]
            })
        });
        let of_named = named.iter().enumerate();
        let of_named = of_named.map(|(j, name)| belief(name, &|i| drawn.known[i][j]));
        self.beliefs = of_inputs.chain(of_named).collect();
        self.evidence = most + ln(sum / FUTURES as f64);
        let mut through = 0.0;
        self.through = weights
            .iter()
            .map(|weight| {
                through += weight;
                through
            })
            .collect();
        self.futures = drawn.futures;
        Ok(Weights { news, expected })
    }

    /// The effective number of [`FUTURES`] that the figures leave.
    pub fn effective(&self) -> f64 {
        self.effective
    }

    /// What is known of the inputs that revenue takes, and of errors that figures move.
    pub fn beliefs(&self) -> &[InputBelief] {
        &self.beliefs
    }

    /// What the figures say of the model as a whole.
    pub fn evidence(&self) -> Evidence {
        let count = FUTURES as f64;
        Evidence {
            log_density: self.evidence,
            relative_error: (1.0 / self.effective - 1.0 / count).max(0.0).sqrt(),
        }
    }

    /// The inputs at their means given the figures.
    pub(super) fn central_inputs(&self) -> Vec<f64> {
        let mut at = vec![0.0; self.inputs];
        for (i, belief) in self.taken.iter().zip(&self.beliefs) {
            at[*i] = belief.now.0;
        }
        at
    }

    /// Narrows uniform numbers that choose among all futures to those of a replicate.
    #[inline(always)]
    pub(super) fn narrow(&self, (replicate, of): (u32, u32), choice: &mut Lanes) {
        let parts = of.clamp(1, MOST_APART) as usize;
        let part = replicate as usize % parts;
        let until = |part: usize| match (part * FUTURES / parts).checked_sub(1) {
            Some(last) => self.through[last],
            None => 0.0,
        };
        let all = self.through[FUTURES - 1];
        let (low, high) = (until(part) / all, until(part + 1) / all);
        for u in choice {
            *u = low + (high - low) * *u;
        }
    }

    /// The future that a uniform number in (0, 1) chooses.
    #[inline(always)]
    pub(super) fn chosen(&self, u: f64) -> &Future {
        let target = u * self.through[FUTURES - 1];
        let at = self.through.partition_point(|through| *through < target);
        &self.futures[at.min(FUTURES - 1)]
    }

    /// Gives the inputs what the chosen futures say of them.
    #[inline(always)]
    pub(super) fn place_inputs(&self, choice: &Lanes, inputs: &mut [Lanes]) {
        for (l, u) in choice.iter().enumerate() {
            for (i, value) in self.taken.iter().zip(&self.chosen(*u).inputs) {
                inputs[*i][l] = *value;
            }
        }
    }

    /// Puts into the rows of each path what the future says that it chooses.
    #[inline(always)]
    pub(super) fn place(
        &self,
        choice: &Lanes,
        inputs: &mut [Lanes],
        shocks: &mut [Lanes],
        events: &mut [Lanes],
    ) {
        for (l, u) in choice.iter().enumerate() {
            let future = self.chosen(*u);
            for (i, value) in self.taken.iter().zip(&future.inputs) {
                inputs[*i][l] = *value;
            }
            for (i, value) in self.settled.iter().zip(&future.events) {
                events[*i][l] = *value;
            }
            if self.says_shocks {
                for (s, value) in self.support.iter().zip(&future.learned.mean) {
                    shocks[*s][l] = *value;
                }
                continue;
            }
            for (gone, direction) in future.learned.gone.iter().rev() {
                let moved = || self.support.iter().zip(direction);
                let along: f64 = moved().map(|(s, u)| u * shocks[*s][l]).sum();
                moved().for_each(|(s, u)| shocks[*s][l] -= gone * along * u);
            }
            for (s, mean) in self.support.iter().zip(&future.learned.mean) {
                shocks[*s][l] += mean;
            }
        }
    }
}

/// How well a model foresaw figures: what cases of a mixture are weighed by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Logarithm of the density of the figures' logarithms, without `½ ln 2π` for each.
    pub log_density: f64,
    /// Relative standard error of the density; 0 where it is exact.
    pub relative_error: f64,
}

/// The positions of the inputs that revenue takes, and of those tied to others.
pub(super) fn taken(inputs: &[Input]) -> Vec<usize> {
    let is_tied = |at: usize| inputs.iter().any(|i| i.loadings.iter().any(|l| l.0 == at));
    let is_taken = |at: &usize| {
        let input = &inputs[*at];
        input.name.starts_with("revenue") || !input.loadings.is_empty() || is_tied(*at)
    };
    (0..inputs.len()).filter(is_taken).collect()
}

/// SplitMix64 (Steele, Lea and Flood 2014, *Fast splittable pseudorandom number
/// generators*).
pub(super) struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A uniform number in (0, 1).
    pub fn next(&mut self) -> f64 {
        unit_interval(self.bits())
    }

    /// A value of each input, of those tied to others as they are tied.
    pub fn inputs(&mut self, inputs: &[Input], values: &mut [Lanes], lane: usize) {
        let normals: Vec<f64> = inputs
            .iter()
            .map(|_| inverse_normal_cdf_from_bits(self.bits()))
            .collect();
        for ((input, row), normal) in inputs.iter().zip(values).zip(&normals) {
            let terms = input.loadings.iter();
            let score = match input.loadings.is_empty() {
                true => *normal,
                false => terms.map(|(j, weight)| weight * normals[*j]).sum(),
            };
            row[lane] = input.distribution.at_normal(score);
        }
    }
}
