//! A model that has learned from reported figures by weighing drawn futures: where inputs
//! or events are uncertain beside the normal shocks.

use serde::{Deserialize, Serialize};

use super::conditioned::{ConditionError, Learned, News, Reported, Sight};
use super::{Model, Response};
use crate::math::{dot, exp, inverse_normal_cdf_from_bits};
use crate::units::{Input, LANES, Lanes, unit_interval};

/// Futures that are drawn.
pub const FUTURES: usize = 8192;
/// Figures that leave fewer, in effect, cannot be learned from.
pub const FEWEST_FUTURES: f64 = 100.0;
/// The most replicates that have futures of their own.
const MOST_APART: u32 = 64;

/// A model given reported figures where its log revenue is linear in normal shocks only
/// once the uncertain inputs and the events are known.
///
/// Given inputs θ and events *e*, figures move the shocks as they do for
/// [`Conditioned`](super::Conditioned), exactly; and the density that they had, *p*(F | θ, *e*),
/// says how far they speak for θ and *e*. So of [`FUTURES`] independent draws of θ and of
/// the events up to the last figure each weighs *p*, and each path takes one of them in
/// proportion (importance sampling, the shocks integrated out; Doucet, de Freitas, Murphy
/// and Russell 2000, *Rao-Blackwellised particle filtering*), with new shocks given it and
/// new events after it. The effective number of futures is `(Σ p)²/Σ p²` (Kong 1992). It
/// changes nothing in which order figures come, or whether at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    model: Box<Model>,
    reported: Vec<Reported>,
    news: Vec<News>,
    /// The positions of the inputs that a future says.
    taken: Vec<usize>,
    /// Inputs up to the last of these.
    inputs: usize,
    /// The events that a future says: the first so many.
    settled: usize,
    /// The shocks that figures move.
    support: Vec<usize>,
    /// The periods whose revenue is as reported.
    pinned: Vec<usize>,
    futures: Vec<Future>,
    /// The sum of the weights through each future.
    through: Vec<f64>,
    effective: f64,
    expected: Vec<f64>,
    beliefs: Vec<InputBelief>,
}

/// What may have been behind the figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Future {
    inputs: Vec<f64>,
    events: Vec<f64>,
    /// Of the shocks that figures move.
    learned: Learned,
    /// Revenue of the pinned periods.
    past: Vec<f64>,
}

/// What is known of an uncertain input before figures and given them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputBelief {
    /// Its key.
    pub name: String,
    /// Mean and standard deviation before.
    pub before: (f64, f64),
    /// Mean and standard deviation given the figures.
    pub now: (f64, f64),
}

/// What is added up over all futures.
struct Drawn {
    futures: Vec<Future>,
    /// Logarithms of their weights.
    logs: Vec<f64>,
    /// Of each, what figures would have said.
    news: Vec<Vec<News>>,
    expected: Vec<Vec<f64>>,
}

impl Weighed {
    /// A model of undivided revenue on a timeline of so many periods, given figures of
    /// stretches that are apart; `inputs` are all that are drawn.
    ///
    /// # Errors
    /// See [`ConditionError`].
    pub fn new(
        model: Model,
        periods: usize,
        mut reported: Vec<Reported>,
        inputs: &[Input],
    ) -> Result<Self, ConditionError> {
        reported.sort_by_key(|figure| figure.periods.start);
        let end = reported.last().map_or(0, |figure| figure.periods.end);
        let exact = reported.iter().filter(|figure| figure.error == 0.0);
        let pinned: Vec<usize> = exact.flat_map(|figure| figure.periods.clone()).collect();
        let taken = taken(inputs);
        let mut weighed = Self {
            inputs: taken.last().map_or(0, |last| last + 1),
            taken,
            settled: model.events_through(end).0,
            model: Box::new(model),
            reported,
            pinned,
            news: Vec::new(),
            support: Vec::new(),
            futures: Vec::new(),
            through: Vec::new(),
            effective: 0.0,
            expected: Vec::new(),
            beliefs: Vec::new(),
        };
        let drawn = weighed.draw(periods, inputs)?;
        weighed.weigh(drawn, inputs)?;
        Ok(weighed)
    }

    /// Draws futures and conditions the shocks of each.
    fn draw(&mut self, periods: usize, inputs: &[Input]) -> Result<Drawn, ConditionError> {
        let mut random = Random(0x0f1b_a11e_d5ca_1e5d);
        let mut drawn = Drawn {
            futures: Vec::with_capacity(FUTURES),
            logs: Vec::with_capacity(FUTURES),
            news: Vec::with_capacity(FUTURES),
            expected: Vec::with_capacity(FUTURES),
        };
        let mut events = vec![[0.5; LANES]; self.model.events()];
        let mut values = vec![[0.0; LANES]; inputs.len()];
        let mut central = vec![[0.0; LANES]; periods];
        let shocks = vec![[0.0; LANES]; self.model.shocks()];
        let mut common = None;
        for _ in 0..FUTURES / LANES {
            for lane in 0..LANES {
                random.inputs(inputs, &mut values, lane);
                for row in &mut events[..self.settled] {
                    row[lane] = random.next();
                }
            }
            self.model
                .generate_alone(&values, &shocks, &events, &mut central);
            let at = |lane: usize| values.iter().map(|row| row[lane]).collect::<Vec<f64>>();
            let given = |lane: usize| Given::of(&self.model, &at(lane));
            if self.support.is_empty() {
                let some: Vec<Given> = (0..LANES).map(given).collect();
                self.support = self.moved(&some);
            }
            for lane in 0..LANES {
                let own;
                let given = match self.taken.is_empty() {
                    true => common.get_or_insert_with(|| given(lane)),
                    false => {
                        own = given(lane);
                        &own
                    }
                };
                let medians: Vec<f64> = central.iter().map(|row| row[lane]).collect();
                let future = Future {
                    inputs: self.taken.iter().map(|i| values[*i][lane]).collect(),
                    events: events[..self.settled].iter().map(|row| row[lane]).collect(),
                    learned: Learned::nothing(self.support.len()),
                    past: Vec::with_capacity(self.pinned.len()),
                };
                self.condition(future, given, &medians, &mut drawn)?;
            }
        }
        Ok(drawn)
    }

    /// The shocks that any figure moves.
    fn moved(&self, some: &[Given]) -> Vec<usize> {
        let moves = |shock: &usize| {
            let mut periods = self.reported.iter().flat_map(|f| f.periods.clone());
            periods.any(|k| some.iter().any(|given| given.loadings[k][*shock] != 0.0))
        };
        (0..self.model.shocks()).filter(moves).collect()
    }

    /// Conditions the shocks of a future on the figures and takes it among those drawn.
    fn condition(
        &self,
        mut future: Future,
        given: &Given,
        medians: &[f64],
        drawn: &mut Drawn,
    ) -> Result<(), ConditionError> {
        let part = |row: &Vec<f64>| self.support.iter().map(|s| row[*s]).collect::<Vec<f64>>();
        let loadings: Vec<Vec<f64>> = given.loadings.iter().map(part).collect();
        let half = |k: usize| 0.5 * dot(&given.loadings[k], &given.loadings[k]);
        let end = self.reported.last().map_or(0, |f| f.periods.end);
        // Up to where events are settled a period's median is known; beyond, revenue is
        // expected to grow as it is before anything is known.
        let (_, known) = self.model.events_through(end);
        let known = known.min(medians.len());
        let mut expected: Vec<f64> = (0..known).map(|k| medians[k] * exp(half(k))).collect();
        let beyond = known..medians.len();
        let last = expected[known - 1] / given.expected[known - 1];
        expected.extend(beyond.map(|k| last * given.expected[k]));
        let (mut log, mut news) = (0.0, Vec::with_capacity(self.reported.len()));
        for (i, figure) in self.reported.iter().enumerate() {
            let sight = Sight::of(figure, &expected, &loadings);
            if figure.error == 0.0 {
                if sight.row.iter().all(|h| *h == 0.0) {
                    return Err(match self.settled + self.taken.len() {
                        0 => ConditionError::Certain(i),
                        _ => ConditionError::Exact(i),
                    });
                }
                future
                    .past
                    .extend(sight.weights.iter().map(|w| w * figure.revenue));
            }
            log += future.learned.learn(&sight);
            news.push(sight.news);
        }
        for (expected, row) in expected.iter_mut().zip(&loadings) {
            let seen = future.learned.seen(row);
            let narrower = 0.5 * (dot(&seen, &seen) - dot(row, row));
            *expected *= exp(dot(row, &future.learned.mean) + narrower);
        }
        for (k, past) in self.pinned.iter().zip(&future.past) {
            expected[*k] = *past;
        }
        drawn.futures.push(future);
        // Where there is no revenue, as before a launch, there is no figure.
        drawn
            .logs
            .push(if log.is_nan() { f64::NEG_INFINITY } else { log });
        drawn.news.push(news);
        drawn.expected.push(expected);
        Ok(())
    }

    /// Weighs futures, and adds up over them.
    fn weigh(&mut self, drawn: Drawn, inputs: &[Input]) -> Result<(), ConditionError> {
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
        let mean = |weights: &[f64], of: &dyn Fn(usize) -> f64| {
            let some = weights.iter().enumerate().filter(|(_, w)| **w > 0.0);
            some.map(|(i, w)| w * of(i)).sum::<f64>() / weights.iter().sum::<f64>()
        };
        self.news = (0..self.reported.len())
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
        self.expected = (0..periods)
            .map(|k| mean(&weights, &|i| drawn.expected[i][k]))
            .collect();
        self.beliefs = (0..self.taken.len())
            .map(|j| {
                let of = |i: usize| drawn.futures[i].inputs[j];
                let spread = |weights: &[f64]| {
                    let centre = mean(weights, &of);
                    let variance = mean(weights, &|i| (of(i) - centre) * (of(i) - centre));
                    (centre, variance.sqrt())
                };
                InputBelief {
                    name: inputs[self.taken[j]].name.clone(),
                    before: spread(&alike),
                    now: spread(&weights),
                }
            })
            .collect();
        let mut through = 0.0;
        self.through = weights
            .iter()
            .map(|weight| {
                through += weight;
                through
            })
            .collect();
        self.futures = drawn.futures;
        Ok(())
    }

    /// The model before any figure.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The figures, by the periods they are of.
    pub fn reported(&self) -> &[Reported] {
        &self.reported
    }

    /// What each figure said, over all futures alike.
    pub fn news(&self) -> &[News] {
        &self.news
    }

    /// The effective number of [`FUTURES`] that the figures leave.
    pub fn effective(&self) -> f64 {
        self.effective
    }

    /// What is known of the inputs that revenue takes.
    pub fn beliefs(&self) -> &[InputBelief] {
        &self.beliefs
    }

    /// The expected revenue of each period given the figures.
    pub(super) fn expected(&self) -> &[f64] {
        &self.expected
    }

    /// The response of the model before any figure, at the inputs' means given them.
    pub(super) fn response(&self) -> Response {
        let mut at = vec![0.0; self.inputs];
        for (i, belief) in self.taken.iter().zip(&self.beliefs) {
            at[*i] = belief.now.0;
        }
        let mut response = self.model.response(&at);
        response.revenue.clone_from(&self.expected);
        for k in &self.pinned {
            response.by_shock[*k].fill(0.0);
        }
        response
    }

    /// Rows that [`generate`](Self::generate) works in.
    pub(super) fn scratch(&self) -> usize {
        self.inputs + self.model.shocks() + self.model.events()
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
    fn chosen(&self, u: f64) -> &Future {
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

    /// Revenue of each path given one of the futures, which the last event chooses.
    #[inline(always)]
    pub(super) fn generate(
        &self,
        inputs: &[Lanes],
        (shocks, events): (&[Lanes], &[Lanes]),
        revenue: &mut [Lanes],
        scratch: &mut [Lanes],
    ) {
        let (events, choice) = events.split_at(self.model.events());
        let (own_inputs, rest) = scratch.split_at_mut(self.inputs);
        let (own_shocks, own_events) = rest.split_at_mut(self.model.shocks());
        own_inputs.copy_from_slice(&inputs[..self.inputs]);
        own_shocks.copy_from_slice(shocks);
        own_events.copy_from_slice(events);
        for (l, u) in choice[0].iter().enumerate() {
            let future = self.chosen(*u);
            for (i, value) in self.taken.iter().zip(&future.inputs) {
                own_inputs[*i][l] = *value;
            }
            for (row, value) in own_events.iter_mut().zip(&future.events) {
                row[l] = *value;
            }
            for (gone, direction) in future.learned.gone.iter().rev() {
                let moved = || self.support.iter().zip(direction);
                let along: f64 = moved().map(|(s, u)| u * own_shocks[*s][l]).sum();
                moved().for_each(|(s, u)| own_shocks[*s][l] -= gone * along * u);
            }
            for (s, mean) in self.support.iter().zip(&future.learned.mean) {
                own_shocks[*s][l] += mean;
            }
        }
        self.model
            .generate_alone(own_inputs, own_shocks, own_events, revenue);
        for (l, u) in choice[0].iter().enumerate() {
            for (k, past) in self.pinned.iter().zip(&self.chosen(*u).past) {
                revenue[*k][l] = *past;
            }
        }
    }
}

/// How a model moves by its shocks at values of its inputs, and what it expects.
struct Given {
    loadings: Vec<Vec<f64>>,
    expected: Vec<f64>,
}

impl Given {
    fn of(model: &Model, inputs: &[f64]) -> Self {
        Self {
            loadings: model.response(inputs).by_shock,
            expected: model.expected(inputs),
        }
    }
}

/// The positions of the inputs that revenue takes, and of those tied to others.
fn taken(inputs: &[Input]) -> Vec<usize> {
    let is_tied = |at: usize| inputs.iter().any(|i| i.loadings.iter().any(|l| l.0 == at));
    let is_taken = |at: &usize| {
        let input = &inputs[*at];
        input.name.starts_with("revenue") || !input.loadings.is_empty() || is_tied(*at)
    };
    (0..inputs.len()).filter(is_taken).collect()
}

/// SplitMix64 (Steele, Lea and Flood 2014, *Fast splittable pseudorandom number
/// generators*).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A uniform number in (0, 1).
    fn next(&mut self) -> f64 {
        unit_interval(self.bits())
    }

    /// A value of each input, of those tied to others as they are tied.
    fn inputs(&mut self, inputs: &[Input], values: &mut [Lanes], lane: usize) {
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
mod tests;
