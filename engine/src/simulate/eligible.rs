//! Which revenue counts for an agreement.

use super::path::Path;
use crate::agreement::{Contract, Settlement, settle_together};
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

    /// What counts on a row of paths, in each period: all of it, or written to `counted`.
    /// `rows` are those of the model's revenue: the total of each period, then the
    /// periods of each segment.
    #[inline(always)]
    pub fn rows<'a, const N: usize>(
        &self,
        inputs: &[[f64; N]],
        rows: &'a [[f64; N]],
        counted: &'a mut [[f64; N]],
    ) -> &'a [[f64; N]] {
        let periods = counted.len();
        let Self::Segments(fractions) = self else {
            return &rows[..periods];
        };
        counted.fill([0.0; N]);
        for (fraction, own) in fractions.iter().zip(rows[periods..].chunks_exact(periods)) {
            let fraction = fraction.lanes(inputs);
            for (counted, row) in counted.iter_mut().zip(own) {
                for l in 0..N {
                    counted[l] = fma(fraction[l], row[l], counted[l]);
                }
            }
        }
        counted
    }

    /// The same on one path.
    fn of_path(&self, inputs: &[f64], rows: &[f64], periods: usize) -> Vec<f64> {
        let mut counted = vec![[0.0]; periods];
        let (inputs, rows) = (inputs.as_chunks().0, rows.as_chunks().0);
        self.rows::<1>(inputs, rows, &mut counted)
            .as_flattened()
            .to_vec()
    }
}

/// The expected revenue of each period that counts for a contract, where every input
/// takes the value given.
pub fn expected_counted(model: &Model, contract: &Contract, inputs: &[f64]) -> Vec<f64> {
    let total = model.expected(inputs);
    let periods = total.len();
    let rows = [total, model.expected_by_segment(inputs).concat()].concat();
    Eligible::new(model, contract).of_path(inputs, &rows, periods)
}

/// All agreements of a file, settled where revenue is as expected and every input takes
/// the value given.
pub fn settle_expected(model: &Model, contracts: &[Contract], inputs: &[f64]) -> Vec<Settlement> {
    let counted = contracts.iter();
    let counted = counted.map(|contract| expected_counted(model, contract, inputs));
    settle_together(contracts, inputs, &counted.collect::<Vec<_>>())
}

impl Path {
    /// The revenue of each period that counts for a contract.
    pub fn counted(&self, model: &Model, contract: &Contract) -> Vec<f64> {
        let rows = [&self.revenue[..], &self.segments[..]].concat();
        let eligible = Eligible::new(model, contract);
        eligible.of_path(&self.inputs, &rows, self.revenue.len())
    }

    /// Settles all agreements of a file on the path.
    pub fn settle_all(&self, model: &Model, contracts: &[Contract]) -> Vec<Settlement> {
        let counted = contracts.iter();
        let counted = counted.map(|contract| self.counted(model, contract));
        settle_together(contracts, &self.inputs, &counted.collect::<Vec<_>>())
    }

    /// Settles a contract on the path, whatever the others of its file pay.
    pub fn settle(&self, model: &Model, contract: &Contract, settlement: &mut Settlement) {
        contract.settle(&self.inputs, &self.counted(model, contract), settlement);
    }
}
