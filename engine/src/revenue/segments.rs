//! Several segments whose revenues add up, with correlated shocks.

use serde::{Deserialize, Serialize};

use super::shocks::Shock;
use super::{Model, Response};
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
    pub(super) fn is_correlated(&self) -> bool {
        !self.mixing.is_empty()
    }

    pub(super) fn shocks(&self) -> usize {
        self.shocks
    }

    pub(super) fn events(&self) -> usize {
        self.models.iter().map(Model::events).sum()
    }

    /// Rows beside those of revenue that [`generate`](Self::generate) works in.
    pub(super) fn scratch(&self) -> usize {
        if self.mixing.is_empty() {
            0
        } else {
            self.shocks
        }
    }

    /// Fills the total of each period, then the periods of each segment.
    #[inline(always)]
    pub(super) fn generate(&self, inputs: &[Lanes], draws: &[Lanes], rows: &mut [Lanes]) {
        let (drawn, mut events) = draws.split_at(self.shocks);
        let (revenue, mixed) = rows.split_at_mut(rows.len() - self.scratch());
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
        for (model, part) in self.models.iter().zip(parts.chunks_exact_mut(periods)) {
            let (own, rest) = shocks.split_at(model.shocks());
            let (own_events, rest_events) = events.split_at(model.events());
            (shocks, events) = (rest, rest_events);
            let (rest, part) = model.after_past(part);
            rest.generate_alone(inputs, own, own_events, part);
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
        sum(self.models.iter().map(|model| model.expected(inputs)))
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        let parts: Vec<Response> = self.models.iter().map(|m| m.response(inputs)).collect();
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
                let by_mixed: Vec<f64> = weighted.collect();
                let mut row = by_mixed.clone();
                for (mixed, _) in &self.mixing {
                    row[*mixed] = 0.0;
                }
                for (mixed, weights) in &self.mixing {
                    for (other, weight) in weights {
                        row[*other] += weight * by_mixed[*mixed];
                    }
                }
                row
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
