//! Which revenue counts for an agreement.

use super::run::Path;
use crate::agreement::{Contract, Settlement};
use crate::math::fma;
use crate::revenue::Model;
use crate::units::Parameter;

/// The part of each segment that counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Eligible {
    /// All revenue.
    All,
    /// A fraction of each segment, in the model's order.
    Segments(Vec<Parameter>),
}

impl Eligible {
    /// What counts for a contract: all revenue if it names no segments; else the
    /// fractions of those it names, and nothing of the others.
    pub fn new(model: &Model, contract: &Contract) -> Self {
        let named = &contract.agreement.clauses.eligible;
        if named.is_empty() {
            return Self::All;
        }
        let fraction = |segment: &String| {
            let found = named.iter().find(|(name, _)| name == segment);
            found.map_or(Parameter::Fixed(0.0), |(_, fraction)| *fraction)
        };
        Self::Segments(model.segments().iter().map(fraction).collect())
    }

    /// Fills `counted` with the revenue of each period that counts on a path;
    /// `row` gives the path's value of a row of the model's revenue: the total of
    /// each period, then the periods of each segment.
    #[inline(always)]
    pub fn fill(&self, inputs: &[f64], row: impl Fn(usize) -> f64, counted: &mut [f64]) {
        let periods = counted.len();
        match self {
            Self::All => {
                for (k, value) in counted.iter_mut().enumerate() {
                    *value = row(k);
                }
            }
            Self::Segments(fractions) => {
                counted.fill(0.0);
                for (s, fraction) in fractions.iter().enumerate() {
                    let fraction = fraction.at(inputs);
                    for (k, value) in counted.iter_mut().enumerate() {
                        *value = fma(fraction, row((1 + s) * periods + k), *value);
                    }
                }
            }
        }
    }
}

/// The expected revenue of each period that counts for a contract, where every input
/// takes the value given.
pub fn expected_counted(model: &Model, contract: &Contract, inputs: &[f64]) -> Vec<f64> {
    let total = model.expected(inputs);
    let mut counted = vec![0.0; total.len()];
    let rows = [total, model.expected_by_segment(inputs).concat()].concat();
    Eligible::new(model, contract).fill(inputs, |row| rows[row], &mut counted);
    counted
}

impl Path {
    /// The revenue of each period that counts for a contract.
    pub fn counted(&self, model: &Model, contract: &Contract) -> Vec<f64> {
        let periods = self.revenue.len();
        let row = |row: usize| match row.checked_sub(periods) {
            None => self.revenue[row],
            Some(segment) => self.segments[segment],
        };
        let mut counted = vec![0.0; periods];
        Eligible::new(model, contract).fill(&self.inputs, row, &mut counted);
        counted
    }

    /// Settles a contract on the path.
    pub fn settle(&self, model: &Model, contract: &Contract, settlement: &mut Settlement) {
        contract.settle(&self.inputs, &self.counted(model, contract), settlement);
    }
}
