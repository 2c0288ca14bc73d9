//! One thread's part of a run: settle a block of paths and count it.

use multiversion::multiversion;

use super::Simulation;
use super::block::{BLOCK, Block, Ledger, PeriodTerms, Row};
use super::quantity::{Quantity, Total};
use super::tally::{Layout, Slot, Sums, YearStep};
use crate::stats::{Moments, Sketch};

/// The memory of one worker.
#[derive(Debug)]
pub struct Worker {
    /// The block in hand.
    pub block: Block,
    /// Order-free statistics: one sketch for each cell.
    pub sketches: Vec<Sketch>,
    years: Vec<RunningYear>,
}

/// The current year of one calendar: its flows so far, and at its end its levels.
#[derive(Clone, Debug)]
struct RunningYear {
    revenue: Row,
    accrued: Row,
    payment: Row,
    paid: Row,
    headroom: Row,
}

impl Worker {
    /// A worker for a simulation.
    pub fn new(simulation: &Simulation<'_>, layout: &Layout) -> Self {
        Self {
            block: Block::new(simulation),
            sketches: vec![Sketch::default(); layout.cells()],
            years: vec![RunningYear::new(); simulation.calendars.len()],
        }
    }

    /// Settles the first `count` paths of the block in hand and counts them.
    pub fn settle(
        &mut self,
        simulation: &Simulation<'_>,
        terms: &[PeriodTerms],
        layout: &Layout,
        count: usize,
        sums: &mut Sums,
    ) {
        let Self {
            block,
            sketches,
            years,
        } = self;
        let capped = simulation.agreement.cap.is_some();
        let mut record = |cell: usize, row: &[f64]| {
            let row = &row[..count];
            sums.moments[cell].merge(&count_row(row, &mut sketches[cell]));
        };
        let mut record_all = |slot: Slot, rows: [(Quantity, &[f64]); 5]| {
            for (quantity, row) in rows {
                if capped || quantity != Quantity::CapHeadroom {
                    record(layout.cell(quantity, slot), row);
                }
            }
        };
        block.open(simulation);
        for (k, terms) in terms.iter().enumerate() {
            block.settle(k, terms);
            let (revenue, ledger) = (block.revenue(k), &block.ledger);
            record_all(
                Slot::Period(k),
                [
                    (Quantity::Revenue, revenue),
                    (Quantity::AccruedShare, &ledger.accrued),
                    (Quantity::Payment, &ledger.payment),
                    (Quantity::CumulativePaid, &ledger.paid),
                    (Quantity::CapHeadroom, &ledger.headroom),
                ],
            );
            for step in layout.year_steps(k) {
                let running = &mut years[step.calendar];
                running.add(step, revenue, ledger);
                if let Some(rest) = step.closes_before {
                    running.close(rest, ledger);
                    let slot = Slot::Year {
                        calendar: step.calendar,
                        year: step.year,
                    };
                    record_all(slot, running.rows());
                    running.reset();
                }
            }
        }
        let ledger = &block.ledger;
        for (total, row) in [
            (Total::Paid, &ledger.paid),
            (Total::PresentValue, &ledger.present_value),
            (Total::Uncapped, &ledger.uncapped),
            (Total::Excess, &ledger.excess),
            (Total::Headroom, &ledger.headroom),
        ] {
            if capped || total != Total::Headroom {
                record(layout.total(total), row);
            }
        }
        for &day in &ledger.day[..count] {
            if day >= 0.0 {
                sums.reached_on[day as usize] += 1;
            }
        }
    }
}

/// Counts one row and returns its moments.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma+bmi2",
    "x86_64+avx2+fma+bmi2"
))]
fn count_row(row: &[f64], sketch: &mut Sketch) -> Moments {
    sketch.record(row);
    Moments::of(row)
}

impl RunningYear {
    fn new() -> Self {
        let row = || vec![0.0; BLOCK];
        Self {
            revenue: row(),
            accrued: row(),
            payment: row(),
            paid: row(),
            headroom: row(),
        }
    }

    fn add(&mut self, step: &YearStep, revenue: &[f64], ledger: &Ledger) {
        for (sum, flow) in [
            (&mut self.revenue, revenue),
            (&mut self.accrued, &ledger.accrued),
            (&mut self.payment, &ledger.payment),
        ] {
            for (sum, flow) in sum.iter_mut().zip(flow) {
                *sum += step.part * flow;
            }
        }
    }

    /// Levels at the year's end, `rest` of the current period before its own end.
    fn close(&mut self, rest: f64, ledger: &Ledger) {
        for l in 0..BLOCK {
            let later = rest * ledger.payment[l];
            self.paid[l] = ledger.paid[l] - later;
            self.headroom[l] = ledger.headroom[l] + later;
        }
    }

    fn rows(&self) -> [(Quantity, &[f64]); 5] {
        [
            (Quantity::Revenue, &self.revenue),
            (Quantity::AccruedShare, &self.accrued),
            (Quantity::Payment, &self.payment),
            (Quantity::CumulativePaid, &self.paid),
            (Quantity::CapHeadroom, &self.headroom),
        ]
    }

    fn reset(&mut self) {
        self.revenue.fill(0.0);
        self.accrued.fill(0.0);
        self.payment.fill(0.0);
    }
}
