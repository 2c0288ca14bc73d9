//! Several segments whose revenues add up, with correlated shocks.

use serde::{Deserialize, Serialize};

use super::shocks::Shock;
use super::taught::{Taught, Way};
use super::{Model, Response, carry_refunds, given_in_words};
use crate::math::fma;
use crate::units::{Correlation, LANES, Lanes};

/// One part of a company's revenue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// Its model; not one of segments. Where one segment has a past, all have one
    /// of as many periods.
    pub model: Model,
}

/// Segments, each with a model of its own.
///
/// A correlation between two segments is one between their like shocks: those
/// that move revenue over the same period, those that move expected growth over
/// it, their persistent growth errors, their level errors, the errors of the same
/// year. Events are independent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segments {
    names: Vec<String>,
    models: Vec<Model>,
    /// For shocks that depend on others: the row, and weights of drawn rows.
    mixing: Vec<(usize, Vec<(usize, f64)>)>,
    shocks: usize,
    pub(super) taught: Option<Box<Taught>>,
}

impl Segments {
    /// Segments in the order of `correlation`'s members.
    pub fn new(segments: Vec<Segment>, correlation: &Correlation) -> Self {
        let mut kinds: Vec<(Shock, usize, usize)> = Vec::new();
        let mut shocks = 0;
        for (s, segment) in segments.iter().enumerate() {
            for kind in segment.model.shock_kinds() {
                kinds.push((kind, s, shocks));
                shocks += 1;
            }
        }
        kinds.sort();
        let mut mixing = Vec::new();
        for like in kinds.chunk_by(|a, b| a.0 == b.0) {
            let members: Vec<usize> = like.iter().map(|(_, segment, _)| *segment).collect();
            for (i, weights) in correlation.loadings(&members).into_iter().enumerate() {
                let weights = weights.iter().map(|(j, weight)| (like[*j].2, *weight));
                let weights: Vec<(usize, f64)> = weights.collect();
                if weights.len() > 1 {
                    mixing.push((like[i].2, weights));
                }
            }
        }
        let (names, models) = segments.into_iter().map(|s| (s.name, s.model)).unzip();
        Self {
            names,
            models,
            mixing,
            shocks,
            taught: None,
        }
    }

    /// How many there are, and what they have learned from.
    pub(super) fn in_words(&self) -> String {
        let own = format!("{} segments", self.names.len());
        match &self.taught {
            Some(taught) => given_in_words(&own, taught.reported.len(), taught.futures()),
            None => own,
        }
    }

    /// The segments' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The segments' models.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Whether shocks of one depend on those of others.
    pub(super) fn is_tied(&self) -> bool {
        !self.mixing.is_empty() || self.taught.is_some()
    }

    /// What they have learned from figures, if they have.
    pub(super) fn taught(&self) -> Option<&Taught> {
        self.taught.as_deref()
    }

    pub(super) fn shocks(&self) -> usize {
        self.shocks
    }

    pub(super) fn events(&self) -> usize {
        // One more says which of the futures.
        let choice = usize::from(self.taught().and_then(Taught::futures).is_some());
        self.models.iter().map(Model::events).sum::<usize>() + choice
    }

    /// Rows beside those of revenue that [`generate`](Self::generate) works in.
    pub(super) fn scratch(&self) -> usize {
        let events = self.events();
        let taught = self
            .taught()
            .map_or(0, |own| own.scratch(self.shocks, events));
        taught
            + if self.mixing.is_empty() {
                0
            } else {
                self.shocks
            }
    }

    /// Fills the total of each period, then the periods of each segment.
    #[inline(always)]
    pub(super) fn generate(&self, inputs: &[Lanes], draws: &[Lanes], rows: &mut [Lanes]) {
        let (drawn, events) = draws.split_at(self.shocks);
        let (revenue, scratch) = rows.split_at_mut(rows.len() - self.scratch());
        let mixes = if self.mixing.is_empty() {
            0
        } else {
            self.shocks
        };
        let (mixed, placed) = scratch.split_at_mut(mixes);
        let (inputs, drawn, mut events) = match self.taught() {
            Some(taught) => taught.place(inputs, (drawn, events), placed),
            None => (inputs, drawn, events),
        };
        let mut shocks = drawn;
        if !self.mixing.is_empty() {
            mixed.copy_from_slice(drawn);
            for (row, weights) in &self.mixing {
                let mut sum = [0.0; LANES];
                for (other, weight) in weights {
                    for l in 0..LANES {
                        sum[l] = fma(*weight, drawn[*other][l], sum[l]);
                    }
                }
                mixed[*row] = sum;
            }
            shocks = mixed;
        }
        let periods = revenue.len() / (1 + self.models.len());
        let (total, parts) = revenue.split_at_mut(periods);
        for (s, part) in parts.chunks_exact_mut(periods).enumerate() {
            let model = &self.models[s];
            let (own, rest) = shocks.split_at(model.shocks());
            let (own_events, rest_events) = events.split_at(model.events());
            (shocks, events) = (rest, rest_events);
            let (rest, part) = model.after_past(part);
            rest.generate_alone(inputs, own, own_events, part);
            if let Some(Way::Exact { past, .. }) = self.taught().map(|taught| &taught.way) {
                let of_it = past.iter().filter(|(segment, ..)| *segment == s);
                of_it.for_each(|(_, k, revenue)| part[*k].fill(*revenue));
            }
            model.refund(part);
        }
        for (k, row) in total.iter_mut().enumerate() {
            *row = parts[k];
            for part in parts.chunks_exact(periods).skip(1) {
                for l in 0..LANES {
                    row[l] += part[k][l];
                }
            }
        }
    }

    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        sum(self.expected_of_each(inputs).into_iter())
    }

    /// The expected revenue of each period of each segment.
    pub(super) fn expected_of_each(&self, inputs: &[f64]) -> Vec<Vec<f64>> {
        let alone = self.models.iter().map(|model| model.expected(inputs));
        let Some(taught) = self.taught() else {
            return alone.collect();
        };
        let mut offset = 0;
        let given = self.models.iter().zip(alone).enumerate();
        let given = given.map(|(s, (model, mut expected))| {
            let refunds = model.refunds();
            let past = expected.len() - model.rest().expected(inputs).len();
            let mut rest = match &taught.way {
                Way::Weighed { expected, .. } => expected[s].clone(),
                Way::Exact { learned, past, .. } => {
                    let rows = model.rest().response(inputs).by_shock;
                    let mut rest = model.rest().expected(inputs);
                    for (expected, row) in rest.iter_mut().zip(rows) {
                        let row = self.drawn(&row, offset);
                        *expected *= learned.growth(&row);
                    }
                    let of_it = past.iter().filter(|(segment, ..)| *segment == s);
                    of_it.for_each(|(_, k, revenue)| rest[*k] = *revenue);
                    rest
                }
            };
            offset += model.shocks();
            carry_refunds(refunds, &mut rest);
            expected.truncate(past);
            expected.append(&mut rest);
            expected
        });
        given.collect()
    }

    /// Revenue of each period of each segment after the past where nothing drawn moves it
    /// but inputs and events.
    pub(super) fn medians(&self, inputs: &[Lanes], mut events: &[Lanes], rows: &mut [Lanes]) {
        let none = vec![[0.0; LANES]; self.shocks];
        let periods = rows.len() / self.models.len();
        for (model, part) in self.models.iter().zip(rows.chunks_exact_mut(periods)) {
            let (own, rest) = events.split_at(model.events());
            events = rest;
            model
                .rest()
                .generate_alone(inputs, &none[..model.shocks()], own, part);
        }
    }

    /// A sum of the shocks of segments as one of those drawn.
    pub(super) fn unmixed(&self, by_mixed: &[f64]) -> Vec<f64> {
        let mut row = by_mixed.to_vec();
        for (mixed, _) in &self.mixing {
            row[*mixed] = 0.0;
        }
        for (mixed, weights) in &self.mixing {
            for (other, weight) in weights {
                row[*other] += weight * by_mixed[*mixed];
            }
        }
        row
    }

    /// The response of segments; given figures, at what is then expected.
    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        let central;
        let inputs = match self.taught().and_then(Taught::futures) {
            Some(futures) => {
                central = futures.central_inputs();
                central.as_slice()
            }
            None => inputs,
        };
        let mut parts: Vec<Response> = self.models.iter().map(|m| m.response(inputs)).collect();
        if self.taught.is_some() {
            let expected = self.expected_of_each(inputs).into_iter();
            parts
                .iter_mut()
                .zip(expected)
                .for_each(|(part, own)| part.revenue = own);
        }
        let revenue = sum(parts.iter().map(|part| part.revenue.clone()));
        let by_shock = (0..revenue.len())
            .map(|k| {
                let total = revenue[k];
                let weighted = parts.iter().flat_map(|part| {
                    let weight = if total > 0.0 {
                        part.revenue[k] / total
                    } else {
                        0.0
                    };
                    part.by_shock[k].iter().map(move |x| weight * x)
                });
                let row = self.unmixed(&weighted.collect::<Vec<f64>>());
                match self.taught() {
                    Some(taught) => taught.moved_by(row),
                    None => row,
                }
            })
            .collect();
        Response { revenue, by_shock }
    }
}

/// The sum of lists of equal length.
fn sum(lists: impl Iterator<Item = Vec<f64>>) -> Vec<f64> {
    let add = |mut sum: Vec<f64>, list: Vec<f64>| {
        sum.iter_mut().zip(list).for_each(|(s, x)| *s += x);
        sum
    };
    lists.reduce(add).unwrap_or_default()
}
