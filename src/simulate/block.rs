//! One block of paths: draws, revenue, settlement, all side by side.
//!
//! The arrays are months × lanes. Everything from the draws to the revenue of a
//! row of [`LANES`] paths is one compiled function for each instruction set,
//! chosen when the program runs; all give the same bits.

use multiversion::multiversion;

use super::Simulation;
use super::draws::Draws;
use crate::agreement::Terms;
use crate::agreement::rule::{Cap, day_reached};
use crate::revenue::Model;
use crate::units::{LANES, Lanes, Parameter};

/// Paths in a block: enough that a histogram stays in the cache while a row of
/// them is counted, few enough that a block's revenue does too.
pub const BLOCK: usize = 8192;

/// Which paths a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId {
    /// The replicate.
    pub replicate: u32,
    /// Its first point, a multiple of [`BLOCK`].
    pub first: u64,
    /// Paths in use, at most [`BLOCK`].
    pub count: usize,
}

/// A day no path reaches.
const NEVER: f64 = -1.0;

/// The memory of one block, used again for the next.
#[derive(Debug)]
pub struct Block {
    periods: usize,
    row_inputs: Vec<Lanes>,
    row_shocks: Vec<Lanes>,
    row_revenue: Vec<Lanes>,
    /// Inputs × paths.
    inputs: Vec<f64>,
    /// Periods × paths.
    revenue: Vec<f64>,
    /// The settlement as far as it has come.
    pub ledger: Ledger,
}

/// One number for each path of a block.
pub type Row = Vec<f64>;

/// Rows of the settlement: of the period settled last, and of the path so far.
#[derive(Debug)]
pub struct Ledger {
    share: Row,
    cap: Row,
    paid_before: Row,
    /// Accrued share of the period.
    pub accrued: Row,
    /// Payment for the period.
    pub payment: Row,
    /// Paid up to the period.
    pub paid: Row,
    /// Headroom after the period.
    pub headroom: Row,
    /// Present value of the payments up to the period.
    pub present_value: Row,
    /// Accrued share up to the period.
    pub uncapped: Row,
    /// Excess over the cap up to the period.
    pub excess: Row,
    /// The day on which the cap is reached, counted from the timeline's start;
    /// negative where it is not.
    pub day: Row,
}

/// What settling one period needs to know, the same for all paths.
#[derive(Clone, Copy, Debug)]
pub struct PeriodTerms {
    /// Part of the period's revenue that earns share.
    pub eligible: f64,
    /// Accrual days in the period.
    pub days: f64,
    /// The first of them, counted from the timeline's start.
    pub first_day: f64,
    /// Discount factor of the period's payment; 0 for one before the valuation.
    pub discount_factor: f64,
}

impl Block {
    /// Memory for blocks of a simulation.
    pub fn new(simulation: &Simulation<'_>) -> Self {
        let periods = simulation.timeline.periods().len();
        let inputs = simulation.inputs.len();
        let row = || vec![0.0; BLOCK];
        Self {
            periods,
            row_inputs: vec![[0.0; LANES]; inputs],
            row_shocks: vec![[0.0; LANES]; simulation.model.shocks()],
            row_revenue: vec![[0.0; LANES]; periods],
            inputs: vec![0.0; inputs * BLOCK],
            revenue: vec![0.0; periods * BLOCK],
            ledger: Ledger {
                share: row(),
                cap: row(),
                paid_before: row(),
                accrued: row(),
                payment: row(),
                paid: row(),
                headroom: row(),
                present_value: row(),
                uncapped: row(),
                excess: row(),
                day: row(),
            },
        }
    }

    /// Draws the block's paths and generates their revenue.
    pub fn generate(&mut self, id: BlockId, draws: &Draws, model: &Model) {
        for offset in (0..id.count).step_by(LANES) {
            generate_row(
                draws,
                model,
                id.replicate,
                id.first + offset as u64,
                &mut self.row_inputs,
                &mut self.row_shocks,
                &mut self.row_revenue,
            );
            for (k, row) in self.row_revenue.iter().enumerate() {
                self.revenue[k * BLOCK + offset..][..LANES].copy_from_slice(row);
            }
            for (i, row) in self.row_inputs.iter().enumerate() {
                self.inputs[i * BLOCK + offset..][..LANES].copy_from_slice(row);
            }
        }
    }

    /// Revenue of period `k` on each path.
    pub fn revenue(&self, k: usize) -> &[f64] {
        &self.revenue[k * BLOCK..][..BLOCK]
    }

    /// Starts the settlement of the block's paths.
    pub fn open(&mut self, simulation: &Simulation<'_>) {
        let agreement = simulation.agreement;
        let no_cap = Parameter::Fixed(f64::INFINITY);
        let ledger = &mut self.ledger;
        for (row, parameter) in [
            (&mut ledger.share, agreement.share),
            (&mut ledger.cap, agreement.cap.unwrap_or(no_cap)),
            (&mut ledger.paid_before, agreement.paid_before),
        ] {
            match parameter {
                Parameter::Fixed(value) => row.fill(value),
                Parameter::Uncertain(i) => {
                    row.copy_from_slice(&self.inputs[i * BLOCK..][..BLOCK]);
                }
            }
        }
        for row in [
            &mut ledger.paid,
            &mut ledger.present_value,
            &mut ledger.uncapped,
            &mut ledger.excess,
        ] {
            row.fill(0.0);
        }
        ledger.day.fill(NEVER);
    }

    /// Settles period `k` on each path.
    pub fn settle(&mut self, k: usize, terms: &PeriodTerms) {
        let revenue = &self.revenue[k * BLOCK..][..BLOCK];
        settle_rows(revenue, terms, &mut self.ledger);
    }

    /// Revenue and terms of one path of the block.
    pub fn path(&self, lane: usize) -> (Vec<f64>, Terms) {
        let revenue = (0..self.periods).map(|k| self.revenue(k)[lane]).collect();
        let terms = Terms {
            share: self.ledger.share[lane],
            cap: self.ledger.cap[lane],
            paid_before: self.ledger.paid_before[lane],
        };
        (revenue, terms)
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma+bmi2",
    "x86_64+avx2+fma+bmi2"
))]
fn generate_row(
    draws: &Draws,
    model: &Model,
    replicate: u32,
    first: u64,
    inputs: &mut [Lanes],
    shocks: &mut [Lanes],
    revenue: &mut [Lanes],
) {
    draws.fill(replicate, first, inputs, shocks);
    model.generate(inputs, shocks, revenue);
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma+bmi2",
    "x86_64+avx2+fma+bmi2"
))]
fn settle_rows(revenue: &[f64], terms: &PeriodTerms, ledger: &mut Ledger) {
    let PeriodTerms {
        eligible,
        days,
        first_day,
        discount_factor,
    } = *terms;
    let n = revenue.len();
    // Equal lengths known to the compiler: no bounds checks in the loop.
    let (share, cap, before) = (
        &ledger.share[..n],
        &ledger.cap[..n],
        &ledger.paid_before[..n],
    );
    let (accrued_row, payment_row) = (&mut ledger.accrued[..n], &mut ledger.payment[..n]);
    let (paid_row, headroom_row) = (&mut ledger.paid[..n], &mut ledger.headroom[..n]);
    let (value_row, uncapped_row) = (&mut ledger.present_value[..n], &mut ledger.uncapped[..n]);
    let (excess_row, day_row) = (&mut ledger.excess[..n], &mut ledger.day[..n]);
    for l in 0..n {
        let cap = Cap::new(cap[l], before[l]);
        let accrued = share[l] * eligible * revenue[l];
        let headroom = cap.limit() - paid_row[l];
        let payment = cap.pay(paid_row[l], accrued);
        let day = first_day + day_reached(headroom, accrued, days);
        let first_time = payment.reached & (day_row[l] < 0.0) & (days > 0.0);
        day_row[l] = if first_time { day } else { day_row[l] };
        accrued_row[l] = accrued;
        payment_row[l] = payment.amount;
        paid_row[l] = payment.paid;
        headroom_row[l] = cap.limit() - payment.paid;
        value_row[l] += discount_factor * payment.amount;
        uncapped_row[l] += accrued;
        excess_row[l] += payment.excess;
    }
}
