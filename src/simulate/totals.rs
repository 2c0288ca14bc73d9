//! Measures of the primary agreement on each path of a strip.

use super::Simulation;
use super::eligible::Eligible;
use super::general::{Returning, Worth};
use super::kernels::kernel;
use super::measure::Measure;
use super::quantity::{Return, Total};
use super::settle::{Ledger, PeriodTerms, period_terms};
use crate::agreement::{EndReason, FlatTerms, LedgerLine, Settlement};
use crate::units::{LANES, Lanes};

/// How strips are settled, and for which measures.
#[derive(Debug)]
pub struct Settling<'a> {
    measures: Vec<Measure>,
    way: Way<'a>,
}

#[derive(Debug)]
enum Way<'a> {
    /// Path beside path, for a flat share.
    Flat(FlatTerms, Vec<PeriodTerms>),
    /// Path by path, for any other agreement and what a flat share's rows do not have.
    ByPath {
        eligible: Eligible,
        worth: Option<Worth<'a>>,
        returning: Option<Returning>,
    },
}

/// Memory to settle single paths in.
#[derive(Debug)]
pub struct OnePath {
    inputs: Vec<f64>,
    revenue: Vec<f64>,
    settlement: Settlement,
}

impl OnePath {
    /// Room for a simulation's paths.
    pub fn new(simulation: &Simulation<'_>) -> Self {
        Self {
            inputs: vec![0.0; simulation.inputs.len()],
            revenue: vec![0.0; simulation.timeline.periods().len()],
            settlement: Settlement::default(),
        }
    }
}

impl<'a> Settling<'a> {
    /// The way of a simulation's primary agreement to find measures of the whole.
    pub fn new(simulation: &Simulation<'a>, measures: &[Measure]) -> Self {
        let contract = simulation.primary();
        let in_rows = measures.iter().all(|measure| row_of(*measure).is_some());
        let way = match contract.agreement.flat().filter(|_| in_rows) {
            Some(flat) => Way::Flat(flat, period_terms(simulation)),
            None => Way::ByPath {
                eligible: Eligible::new(simulation.model, contract),
                worth: Worth::new(simulation, contract),
                returning: simulation
                    .investment(contract)
                    .map(|investment| Returning::new(contract, investment)),
            },
        };
        Self {
            measures: measures.to_vec(),
            way,
        }
    }

    /// Settles a strip whose revenue stands in the rows of the model; one row of `out` for
    /// each measure. Of a probability, 1 on a path on which it happens and 0 elsewhere; not
    /// a number where a path has no value.
    pub fn settle(
        &self,
        simulation: &Simulation<'_>,
        inputs: &[Lanes],
        revenue: &[Lanes],
        path: &mut OnePath,
        out: &mut [Lanes],
    ) {
        match &self.way {
            Way::Flat(flat, terms) => {
                let rows = side_by_side(flat, terms, inputs, revenue);
                for (out, measure) in out.iter_mut().zip(&self.measures) {
                    *out = row_of(*measure).map_or([f64::NAN; LANES], |row| rows[row]);
                }
            }
            Way::ByPath { eligible, .. } => {
                for lane in 0..LANES {
                    for (value, row) in path.inputs.iter_mut().zip(inputs) {
                        *value = row[lane];
                    }
                    let row = |row: usize| revenue[row][lane];
                    eligible.fill(&path.inputs, row, &mut path.revenue);
                    let contract = simulation.primary();
                    contract.settle(&path.inputs, &path.revenue, &mut path.settlement);
                    for (out, measure) in out.iter_mut().zip(&self.measures) {
                        out[lane] = self.value(*measure, &path.settlement);
                    }
                }
            }
        }
    }

    /// A measure of a settled path.
    fn value(&self, measure: Measure, settlement: &Settlement) -> f64 {
        let Way::ByPath {
            worth, returning, ..
        } = &self.way
        else {
            return f64::NAN;
        };
        let sum = |of: fn(&LedgerLine) -> f64| settlement.lines.iter().map(of).sum();
        let chance = |happens: bool| f64::from(u8::from(happens));
        let value = || worth.as_ref().map(|worth| worth.present_value(settlement));
        match measure {
            Measure::Total(total) => match total {
                Total::Paid => settlement.total_paid(),
                Total::PresentValue => value().unwrap_or(0.0),
                Total::Uncapped => sum(|line| line.accrued),
                Total::Excess => sum(|line| line.excess),
                Total::Headroom => {
                    let last = settlement.lines.last();
                    last.map_or(0.0, |line| line.headroom_after)
                }
                Total::Added => sum(|line| line.added),
                Total::Loss => sum(|line| line.loss),
                Total::Interest => settlement.interest,
            },
            Measure::Binding => chance(settlement.end_reason() == EndReason::Cap),
            Measure::Ended(reason) => chance(settlement.end_reason() == reason),
            Measure::Return(own) => {
                let Some(returning) = returning else {
                    return f64::NAN;
                };
                let (cash, weighted) = returning.cash(settlement);
                let invested = returning.investment();
                match own {
                    Return::NetPresentValue => {
                        let cost = worth.as_ref().map(|worth| worth.of_investment(invested));
                        value()
                            .zip(cost)
                            .map_or(f64::NAN, |(value, cost)| value - cost)
                    }
                    Return::InternalRate => returning.rate(settlement),
                    Return::RateExists => chance(returning.rate(settlement).is_finite()),
                    Return::Multiple => cash / invested.amount,
                    Return::Life if cash > 0.0 => weighted / cash,
                    Return::PaidBack => chance(returning.payback(settlement).is_some()),
                    Return::Life | Return::PaybackDate => f64::NAN,
                }
            }
            Measure::Quantity(_) | Measure::BindingDate | Measure::EndDate(_) | Measure::Net(_) => {
                f64::NAN
            }
        }
    }
}

/// Where a measure stands among the rows of a flat share, if it does.
fn row_of(measure: Measure) -> Option<usize> {
    let rows = [Measure::PAID, Measure::PRESENT_VALUE, Measure::Binding];
    rows.iter().position(|row| *row == measure)
}

kernel! {
    fn side_by_side(
        flat: &FlatTerms,
        terms: &[PeriodTerms],
        inputs: &[Lanes],
        revenue: &[Lanes],
    ) -> [Lanes; 3] {
        let mut ledger = Ledger::new(flat, inputs);
        let mut reached = 0;
        for (terms, revenue) in terms.iter().zip(revenue) {
            let at_cap = ledger.settle(revenue, terms);
            // Outside the agreement's dates nothing accrues and no cap is reached.
            if terms.days > 0.0 {
                reached |= at_cap;
            }
        }
        [
            ledger.rows.paid,
            ledger.rows.present_value,
            std::array::from_fn(|lane| f64::from((reached >> lane & 1) as u8)),
        ]
    }
}
