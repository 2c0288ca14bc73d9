//! FutureTally futures, each with the weight that reported figures give it.

use serde::{Deserialize, Serialize};

use super::conditioned::{ConditionError, Learned, News, NewsErrors};
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
    /// Before.
    pub before: Spread,
    /// Given the figures.
    pub now: Spread,
}

/// Mean and standard deviation of a number, each with its standard error of drawing futures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// Its error.
    pub mean_error: f64,
    /// The standard deviation.
    pub deviation: f64,
    /// Its error.
    pub deviation_error: f64,
}

/// What is added up over all futures.
#[derive(Default)]
pub(super) struct FutureTally {
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

/// Futures by their weights. Errors are those of self-normalised importance sampling, to
/// first order in what each future moves a number by (Owen 2013, *Monte Carlo theory, methods
/// and examples*, 9.2).
struct ByWeight<'a>(&'a [f64]);

impl ByWeight<'_> {
    fn some(&self) -> impl Iterator<Item = (usize, f64)> {
        let all = self.0.iter().copied().enumerate();
        all.filter(|(_, weight)| *weight > 0.0)
    }

    fn mean(&self, of: &dyn Fn(usize) -> f64) -> f64 {
        self.some().map(|(i, w)| w * of(i)).sum::<f64>() / self.0.iter().sum::<f64>()
    }

    /// The error of a number that each future moves by so much.
    fn error(&self, off: &dyn Fn(usize) -> f64) -> f64 {
        let squares = self.some().map(|(i, w)| (w * off(i)) * (w * off(i)));
        squares.sum::<f64>().sqrt() / self.0.iter().sum::<f64>()
    }

    /// Of a number of which each future says a mean and a variance.
    fn spread(&self, of: &dyn Fn(usize) -> (f64, f64)) -> Spread {
        let mean = self.mean(&|i| of(i).0);
        let square = |i: usize| {
            let (value, own) = of(i);
            (value - mean) * (value - mean) + own
        };
        let variance = self.mean(&square);
        let deviation = variance.sqrt();
        let of_variance = self.error(&|i| square(i) - variance);
        Spread {
            mean,
            mean_error: self.error(&|i| of(i).0 - mean),
            deviation,
            deviation_error: match deviation > 0.0 {
                true => of_variance / (2.0 * deviation),
                false => 0.0,
            },
        }
    }

    /// What a figure said to each future, over all of them.
    fn news(&self, of: &dyn Fn(usize) -> News) -> News {
        let square = |x: f64| x * x;
        let expected = self.mean(&|i| of(i).expected);
        let Spread {
            mean: surprise,
            mean_error,
            deviation,
            deviation_error,
        } = self.spread(&|i| (of(i).surprise, square(of(i).deviation)));
        let in_deviations = |i: usize| {
            let off = of(i).surprise - surprise;
            let wider = square(of(i).deviation) + square(off) - square(deviation);
            (off - 0.5 * surprise * wider / square(deviation)) / deviation
        };
        News {
            expected,
            surprise,
            deviation,
            noise: self.mean(&|i| square(of(i).noise)).sqrt(),
            errors: NewsErrors {
                expected: self.error(&|i| of(i).expected - expected),
                surprise: mean_error,
                deviation: deviation_error,
                in_deviations: match deviation > 0.0 {
                    true => self.error(&in_deviations),
                    false => 0.0,
                },
            },
        }
    }
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
        drawn: FutureTally,
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
        let (alike, weighed) = (ByWeight(&alike), ByWeight(&weights));
        let news = (0..drawn.news.first().map_or(0, Vec::len))
            .map(|figure| alike.news(&|i| drawn.news[i][figure]))
            .collect();
        let periods = drawn.expected.first().map_or(0, Vec::len);
        let expected = (0..periods)
            .map(|k| weighed.mean(&|i| drawn.expected[i][k]))
            .collect();
        let belief = |name: &str, of: &dyn Fn(usize) -> [(f64, f64); 2]| InputBelief {
            name: name.to_owned(),
            before: alike.spread(&|i| of(i)[0]),
            now: weighed.spread(&|i| of(i)[1]),
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
            at[*i] = belief.now.mean;
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

#[cfg(test)]
pub(super) mod testing;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::normal_cdf;

    /// Of a normal number that a figure says with a normal error all is known in closed form.
    #[test]
    fn errors_of_weighed_futures_cover_the_closed_form() {
        let (figure, noise) = (0.6f64, 0.5f64);
        let variance = 1.0 + noise * noise;
        let whole = variance.sqrt();
        let mut within = [0; 9];
        let (mut below, runs) = (0.0, 200);
        for seed in 0..runs {
            let mut random = Random(1_000 + seed);
            let mut drawn = FutureTally::default();
            for _ in 0..FUTURES {
                let own = inverse_normal_cdf_from_bits(random.bits());
                let off = figure - own;
                drawn.logs.push(-0.5 * (off / noise).powi(2));
                drawn.news.push(vec![News {
                    expected: exp(own + 0.5 * noise * noise),
                    surprise: off,
                    deviation: noise,
                    noise,
                    errors: NewsErrors::default(),
                }]);
                drawn.known.push(vec![[(own, 0.0); 2]]);
                drawn.futures.push(Future {
                    inputs: Vec::new(),
                    events: Vec::new(),
                    learned: Learned::nothing(0),
                    past: Vec::new(),
                });
            }
            let mut futures = Futures::none(&[], Vec::new(), false);
            let weights = futures.weigh(drawn, &[], &["own".to_owned()]).unwrap();
            let (news, belief) = (weights.news[0], &futures.beliefs()[0]);
            let (before, now, errors) = (belief.before, belief.now, news.errors);
            let evidence = futures.evidence();
            let density = -0.5 * (figure * figure / variance + ln(variance)) + ln(noise);
            let all = [
                (news.expected, errors.expected, exp(0.5 * variance)),
                (news.surprise, errors.surprise, figure),
                (news.deviation, errors.deviation, whole),
                (
                    news.surprise / news.deviation,
                    errors.in_deviations,
                    figure / whole,
                ),
                (before.mean, before.mean_error, 0.0),
                (before.deviation, before.deviation_error, 1.0),
                (now.mean, now.mean_error, figure / variance),
                (now.deviation, now.deviation_error, noise / whole),
                (evidence.log_density, evidence.relative_error, density),
            ];
            for ((mean, error, truth), within) in all.into_iter().zip(&mut within) {
                assert!(error > 0.0 && error < 0.05, "{mean} {error} {truth}");
                *within += u32::from((mean - truth).abs() <= 1.96 * error);
            }
            below += normal_cdf((now.mean - figure / variance) / now.mean_error);
        }
        assert!(
            within.iter().all(|count| (180..=198).contains(count)),
            "{within:?}"
        );
        // Neither high nor low, within four errors of a mean of uniform numbers.
        let off = below / runs as f64 - 0.5;
        assert!(off.abs() < 4.0 / (12.0 * runs as f64).sqrt(), "{off}");
    }
}
