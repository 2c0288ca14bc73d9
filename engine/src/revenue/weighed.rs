//! A model that has learned from reported figures by weighing drawn futures: where inputs
//! or events are uncertain beside the normal shocks.

use serde::{Deserialize, Serialize};

use super::conditioned::{ConditionError, Learned, News, Reported, Sight};
use super::futures::{FUTURES, Future, FutureTally, Futures, Random};
use super::{Model, Response};
use crate::math::{dot, exp};
use crate::units::{Input, LANES, Lanes};

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
    /// The periods whose revenue is as reported.
    pinned: Vec<usize>,
    futures: Futures,
    expected: Vec<f64>,
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
        let settled = (0..model.events_through(end).0).collect();
        let mut weighed = Self {
            futures: Futures::none(inputs, settled, false),
            model: Box::new(model),
            reported,
            pinned,
            news: Vec::new(),
            expected: Vec::new(),
        };
        let drawn = weighed.draw(periods, inputs)?;
        let weights = weighed.futures.weigh(drawn, inputs, &[])?;
        (weighed.news, weighed.expected) = (weights.news, weights.expected);
        Ok(weighed)
    }

    /// Draws futures and conditions the shocks of each.
    fn draw(&mut self, periods: usize, inputs: &[Input]) -> Result<FutureTally, ConditionError> {
        let mut random = Random(0x0f1b_a11e_d5ca_1e5d);
        let mut drawn = FutureTally::default();
        let settled = self.futures.settled.len();
        let mut events = vec![[0.5; LANES]; self.model.events()];
        let mut values = vec![[0.0; LANES]; inputs.len()];
        let mut central = vec![[0.0; LANES]; periods];
        let shocks = vec![[0.0; LANES]; self.model.shocks()];
        let mut common = None;
        for _ in 0..FUTURES / LANES {
            for lane in 0..LANES {
                random.inputs(inputs, &mut values, lane);
                for row in &mut events[..settled] {
                    row[lane] = random.next();
                }
            }
            self.model
                .generate_alone(&values, &shocks, &events, &mut central);
            let at = |lane: usize| values.iter().map(|row| row[lane]).collect::<Vec<f64>>();
            let given = |lane: usize| Given::of(&self.model, &at(lane));
            if self.futures.support.is_empty() {
                let some: Vec<Given> = (0..LANES).map(given).collect();
                self.futures.support = self.moved(&some);
            }
            for lane in 0..LANES {
                let own;
                let given = match self.futures.taken.is_empty() {
                    true => common.get_or_insert_with(|| given(lane)),
                    false => {
                        own = given(lane);
                        &own
                    }
                };
                let medians: Vec<f64> = central.iter().map(|row| row[lane]).collect();
                let future = Future {
                    inputs: self
                        .futures
                        .taken
                        .iter()
                        .map(|i| values[*i][lane])
                        .collect(),
                    events: events[..settled].iter().map(|row| row[lane]).collect(),
                    learned: Learned::nothing(self.futures.support.len()),
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
        drawn: &mut FutureTally,
    ) -> Result<(), ConditionError> {
        let part = |row: &Vec<f64>| {
            self.futures
                .support
                .iter()
                .map(|s| row[*s])
                .collect::<Vec<f64>>()
        };
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
            let periods = figure.periods.clone();
            let sight = Sight::of(figure, &expected[periods.clone()], &loadings[periods]);
            if figure.error == 0.0 {
                if sight.row.iter().all(|h| *h == 0.0) {
                    return Err(
                        match self.futures.settled.len() + self.futures.taken.len() {
                            0 => ConditionError::Certain(i),
                            _ => ConditionError::Exact(i),
                        },
                    );
                }
                future
                    .past
                    .extend(sight.weights.iter().map(|w| w * figure.revenue));
            }
            log += future.learned.learn(&sight);
            news.push(sight.news);
        }
        for (expected, row) in expected.iter_mut().zip(&loadings) {
            *expected *= future.learned.growth(row);
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

    /// The futures.
    pub fn futures(&self) -> &Futures {
        &self.futures
    }

    /// The expected revenue of each period given the figures.
    pub(super) fn expected(&self) -> &[f64] {
        &self.expected
    }

    /// The response of the model before any figure, at the inputs' means given them.
    pub(super) fn response(&self) -> Response {
        let mut response = self.model.response(&self.futures.central_inputs());
        response.revenue.clone_from(&self.expected);
        for k in &self.pinned {
            response.by_shock[*k].fill(0.0);
        }
        response
    }

    /// Rows that [`generate`](Self::generate) works in.
    pub(super) fn scratch(&self) -> usize {
        self.futures.inputs + self.model.shocks() + self.model.events()
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
        let (own_inputs, rest) = scratch.split_at_mut(self.futures.inputs);
        let (own_shocks, own_events) = rest.split_at_mut(self.model.shocks());
        own_inputs.copy_from_slice(&inputs[..self.futures.inputs]);
        own_shocks.copy_from_slice(shocks);
        own_events.copy_from_slice(events);
        self.futures
            .place(&choice[0], own_inputs, own_shocks, own_events);
        self.model
            .generate_alone(own_inputs, own_shocks, own_events, revenue);
        for (l, u) in choice[0].iter().enumerate() {
            for (k, past) in self.pinned.iter().zip(&self.futures.chosen(*u).past) {
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

#[cfg(test)]
mod tests;
