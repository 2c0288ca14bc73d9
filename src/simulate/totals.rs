//! What the primary agreement pays in all on each path of a strip.

use super::Simulation;
use super::eligible::Eligible;
use super::general::Worth;
use super::kernels::kernel;
use super::settle::{Ledger, PeriodTerms, period_terms};
use crate::agreement::{EndReason, FlatTerms, Settlement};
use crate::units::{LANES, Lanes};

/// One output of every path of a strip, for each quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StripTotals {
    /// All payments, what was paid before left out.
    pub paid: Lanes,
    /// Their present value; 0 without a valuation.
    pub present_value: Lanes,
    /// 1 where the cap is reached, 0 elsewhere.
    pub reached: Lanes,
}

impl StripTotals {
    /// Nothing paid.
    pub const NONE: Self = Self {
        paid: [0.0; LANES],
        present_value: [0.0; LANES],
        reached: [0.0; LANES],
    };
}

/// How strips are settled.
#[derive(Debug)]
pub enum Settling<'a> {
    /// Path beside path, for a flat share.
    Flat(FlatTerms, Vec<PeriodTerms>),
    /// Path by path, for any other agreement.
    ByPath(Eligible, Option<Worth<'a>>),
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
    /// The way of a simulation's primary agreement.
    pub fn new(simulation: &Simulation<'a>) -> Self {
        let contract = simulation.primary();
        match contract.agreement.flat() {
            Some(flat) => Self::Flat(flat, period_terms(simulation)),
            None => Self::ByPath(
                Eligible::new(simulation.model, contract),
                Worth::new(simulation, contract),
            ),
        }
    }

    /// Settles a strip whose revenue stands in the rows of the model.
    pub fn settle(
        &self,
        simulation: &Simulation<'_>,
        inputs: &[Lanes],
        revenue: &[Lanes],
        path: &mut OnePath,
    ) -> StripTotals {
        match self {
            Self::Flat(flat, terms) => side_by_side(flat, terms, inputs, revenue),
            Self::ByPath(eligible, worth) => {
                let mut totals = StripTotals::NONE;
                for lane in 0..LANES {
                    for (value, row) in path.inputs.iter_mut().zip(inputs) {
                        *value = row[lane];
                    }
                    let row = |row: usize| revenue[row][lane];
                    eligible.fill(&path.inputs, row, &mut path.revenue);
                    let settlement = &mut path.settlement;
                    let contract = simulation.primary();
                    contract.settle(&path.inputs, &path.revenue, settlement);
                    let value = worth.as_ref().map(|worth| worth.present_value(settlement));
                    totals.paid[lane] = settlement.total_paid();
                    totals.present_value[lane] = value.unwrap_or(0.0);
                    let is_reached = settlement.end_reason() == EndReason::Cap;
                    totals.reached[lane] = f64::from(u8::from(is_reached));
                }
                totals
            }
        }
    }
}

kernel! {
    fn side_by_side(
        flat: &FlatTerms,
        terms: &[PeriodTerms],
        inputs: &[Lanes],
        revenue: &[Lanes],
    ) -> StripTotals {
        let mut ledger = Ledger::new(flat, inputs);
        let mut reached = 0;
        for (terms, revenue) in terms.iter().zip(revenue) {
            let at_cap = ledger.settle(revenue, terms);
            // Outside the agreement's dates nothing accrues and no cap is reached.
            if terms.days > 0.0 {
                reached |= at_cap;
            }
        }
        StripTotals {
            paid: ledger.rows.paid,
            present_value: ledger.rows.present_value,
            reached: std::array::from_fn(|lane| f64::from((reached >> lane & 1) as u8)),
        }
    }
}
