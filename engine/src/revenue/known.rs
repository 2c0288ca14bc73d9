//! Revenue whose first periods have happened.

use serde::{Deserialize, Serialize};

use super::{Model, Response};
use crate::units::{LANES, Lanes};

/// Reported revenue of the first periods, then a model of the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    past: Vec<f64>,
    /// Refunded beyond what has been sold, and taken off the revenue that follows.
    refunds: f64,
    model: Box<Model>,
}

impl Known {
    /// A model, on the timeline that is left, after periods of reported revenue and the
    /// `refunds`, 0 or more, that they [leave](carry_refunds) to be taken off what follows.
    /// `None` for one that has segments, each of which has a past of its own, or a past
    /// already.
    pub fn new(past: Vec<f64>, refunds: f64, model: Model) -> Option<Self> {
        let is_plain = !matches!(model, Model::Segments(_) | Model::Known(_));
        is_plain.then(|| Self {
            past,
            refunds,
            model: Box::new(model),
        })
    }

    /// What has been refunded beyond what was sold, and is taken off the revenue that
    /// follows; 0 or more.
    pub fn refunds(&self) -> f64 {
        self.refunds
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

    /// Takes refunds off the periods that follow.
    #[inline(always)]
    pub(super) fn refund(&self, rest: &mut [Lanes]) {
        if self.refunds == 0.0 {
            return;
        }
        let mut left = [self.refunds; LANES];
        for row in rest {
            for l in 0..LANES {
                let net = row[l] - left[l];
                row[l] = net.max(0.0);
                left[l] = (-net).max(0.0);
            }
        }
    }

    /// Of what follows refunds, less than is expected by what they leave of a period on
    /// some paths and not on others.
    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        let mut rest = self.model.expected(inputs);
        carry_refunds(self.refunds, &mut rest);
        [self.past.clone(), rest].concat()
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        let mut rest = self.model.response(inputs);
        carry_refunds(self.refunds, &mut rest.revenue);
        let certain = vec![vec![0.0; self.model.shocks()]; self.past.len()];
        Response {
            revenue: [self.past.clone(), rest.revenue].concat(),
            by_shock: [certain, rest.by_shock].concat(),
        }
    }
}

/// Takes `left`, and refunds beyond a period's sales, off the periods after them: none has
/// less than nothing. What is left of refunds in the end.
pub fn carry_refunds(mut left: f64, amounts: &mut [f64]) -> f64 {
    for amount in amounts {
        let net = *amount - left;
        left = (-net).max(0.0);
        *amount = net.max(0.0);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::carry_refunds;

    #[test]
    fn refunds_are_taken_off_what_is_sold_afterwards() {
        let mut months = [10.0, -12.0, 5.0, 9.0, -1.0, 1.0];
        assert_eq!(carry_refunds(0.0, &mut months), 0.0);
        assert_eq!(months, [10.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
        let mut months = [3.0, -9.0, 2.0];
        assert_eq!(carry_refunds(0.0, &mut months), 7.0);
        assert_eq!(months, [3.0, 0.0, 0.0]);
        let mut months = [4.0, 5.0, 6.0];
        assert_eq!(carry_refunds(7.0, &mut months), 0.0);
        assert_eq!(months, [0.0, 2.0, 6.0]);
    }
}
