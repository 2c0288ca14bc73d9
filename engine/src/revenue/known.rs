//! Revenue whose first periods have happened.

use serde::{Deserialize, Serialize};

use super::{Model, Response};
use crate::units::Lanes;

/// Reported revenue of the first periods, then a model of the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    past: Vec<f64>,
    model: Box<Model>,
}

impl Known {
    /// A model, on the timeline that is left, after periods of reported revenue; `None`
    /// for one that has segments, each of which has a past of its own, or a past already.
    pub fn new(past: Vec<f64>, model: Model) -> Option<Self> {
        let is_plain = !matches!(model, Model::Segments(_) | Model::Known(_));
        is_plain.then(|| Self {
            past,
            model: Box::new(model),
        })
    }

    /// Reported revenue of each period that has happened.
    pub fn past(&self) -> &[f64] {
        &self.past
    }

    /// The model of what follows.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Fills the periods that have happened and returns the rows of the others.
    #[inline(always)]
    pub(super) fn fill<'r>(&self, revenue: &'r mut [Lanes]) -> &'r mut [Lanes] {
        let (past, rest) = revenue.split_at_mut(self.past.len());
        for (row, value) in past.iter_mut().zip(&self.past) {
            row.fill(*value);
        }
        rest
    }

    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        [self.past.clone(), self.model.expected(inputs)].concat()
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        let rest = self.model.response(inputs);
        let certain = vec![vec![0.0; self.model.shocks()]; self.past.len()];
        Response {
            revenue: [self.past.clone(), rest.revenue].concat(),
            by_shock: [certain, rest.by_shock].concat(),
        }
    }
}
