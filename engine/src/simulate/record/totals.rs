//! Measures of the primary agreement on each path of a strip.

use crate::agreement::{Contract, EndReason, FlatTerms, Line, Settled, share_caps};
use crate::math::kernel;
use crate::simulate::Simulation;
use crate::simulate::eligible::Eligible;
use crate::simulate::estimates::measure::Measure;
use crate::simulate::estimates::quantity::{Return, Total};
use crate::simulate::record::clauses::flows::{Returning, Worth};
use crate::simulate::settle::{Ledger, PeriodTerms, period_terms};
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
    /// Under any clause, and for what a flat share's rows do not have.
    Clauses {
        eligible: Eligible,
        worth: Option<Worth<'a>>,
        returning: Option<Returning>,
        /// All agreements, and what counts for each, where the cap is one of several.
        together: Option<(&'a [Contract], Vec<Eligible>)>,
    },
}

/// Memory to settle rows of paths in.
#[derive(Debug)]
pub struct Room {
    counted: Vec<Lanes>,
    settled: Settled<LANES>,
    /// Of every agreement, where the cap is one of several.
    together: Vec<Settled<LANES>>,
}

impl Room {
    /// Room for the paths of a simulation's primary agreement.
    pub fn new(simulation: &Simulation<'_>) -> Self {
        let periods = simulation.timeline.periods().len();
        let dates = simulation.primary().schedule.cash_dates().len();
        Self {
            counted: vec![[0.0; LANES]; periods],
            settled: Settled::new(periods, dates),
            together: Vec::new(),
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
            None => Way::Clauses {
                eligible: Eligible::new(simulation.model, contract),
                worth: Worth::new(simulation, contract),
                returning: simulation
                    .investment(contract)
                    .map(|investment| Returning::new(contract, investment)),
                together: contract.agreement.clauses.cap_of.map(|_| {
                    let all = simulation.contracts;
                    let of = |contract| Eligible::new(simulation.model, contract);
                    (all, all.iter().map(of).collect())
                }),
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
        room: &mut Room,
        out: &mut [Lanes],
    ) {
        match &self.way {
            Way::Flat(flat, terms) => {
                let rows = side_by_side(flat, terms, inputs, revenue);
                for (out, measure) in out.iter_mut().zip(&self.measures) {
                    *out = row_of(*measure).map_or([f64::NAN; LANES], |row| rows[row]);
                }
            }
            Way::Clauses { .. } => {
                under_clauses(self, simulation.primary(), inputs, revenue, room, out);
            }
        }
    }

    /// A measure of a settled row of paths.
    #[inline(always)]
    fn value(&self, measure: Measure, settled: &Settled<LANES>) -> Lanes {
        let nothing = [f64::NAN; LANES];
        let Way::Clauses {
            worth, returning, ..
        } = &self.way
        else {
            return nothing;
        };
        match measure {
            Measure::Total(total) => match total {
                Total::Paid => last(settled, |line| &line.cumulative_paid),
                Total::PresentValue => match worth {
                    Some(worth) => worth.present_values(settled),
                    None => [0.0; LANES],
                },
                Total::Uncapped => sum(settled, |line| &line.accrued),
                Total::Excess => sum(settled, |line| &line.excess),
                Total::Headroom => last(settled, |line| &line.headroom_after),
                Total::Added => sum(settled, |line| &line.added),
                Total::Loss => sum(settled, |line| &line.loss),
                Total::Interest => settled.interest,
            },
            Measure::Binding => chance(|l| settled.reasons[l] == EndReason::Cap),
            Measure::Ended(reason) => chance(|l| settled.reasons[l] == reason),
            Measure::Return(own) => {
                let Some(returning) = returning else {
                    return nothing;
                };
                let recovered = returning.recovered(settled);
                let more = returning.more(settled);
                let flows = returning.flows(settled, recovered.as_ref(), &more);
                let first = returning.investment().amount;
                let rates = || flows.internal_rates(first);
                match own {
                    Return::NetPresentValue => {
                        let Some(worth) = worth else {
                            return nothing;
                        };
                        let cost = worth.of_investment(returning, settled);
                        let values = worth.present_values(settled);
                        std::array::from_fn(|l| values[l] - cost[l])
                    }
                    Return::InternalRate => rates(),
                    Return::RateExists => {
                        let rates = rates();
                        chance(|l| rates[l].is_finite())
                    }
                    Return::Multiple => {
                        let (cash, invested) = (flows.sums().0, flows.invested(first));
                        std::array::from_fn(|l| cash[l] / invested[l])
                    }
                    Return::Life => {
                        let (cash, weighted) = flows.sums();
                        // Without cash 0/0, which is no number.
                        std::array::from_fn(|l| weighted[l] / cash[l])
                    }
                    Return::PaidBack => {
                        let back = flows.payback(first);
                        chance(|l| back[l] < f64::INFINITY)
                    }
                    Return::PaybackDate => nothing,
                }
            }
            Measure::Quantity(_) | Measure::BindingDate | Measure::EndDate(_) | Measure::Net(_) => {
                nothing
            }
        }
    }
}

/// 1 on each path on which something happens, 0 on the others.
#[inline(always)]
fn chance(happens: impl Fn(usize) -> bool) -> Lanes {
    std::array::from_fn(|l| f64::from(u8::from(happens(l))))
}

#[inline(always)]
fn sum(settled: &Settled<LANES>, of: impl Fn(&Line<LANES>) -> &Lanes) -> Lanes {
    let mut sum = [0.0; LANES];
    for line in &settled.lines {
        for (sum, value) in sum.iter_mut().zip(of(line)) {
            *sum += value;
        }
    }
    sum
}

#[inline(always)]
fn last(settled: &Settled<LANES>, of: impl Fn(&Line<LANES>) -> &Lanes) -> Lanes {
    settled.lines.last().map_or([0.0; LANES], |line| *of(line))
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

kernel! {
    fn under_clauses(
        settling: &Settling<'_>,
        contract: &Contract,
        inputs: &[Lanes],
        revenue: &[Lanes],
        room: &mut Room,
        out: &mut [Lanes],
    ) {
        let Way::Clauses { eligible, together, .. } = &settling.way else {
            return;
        };
        if let Some((contracts, eligible)) = together {
            let Room { counted, together, .. } = room;
            for (i, (contract, eligible)) in contracts.iter().zip(eligible).enumerate() {
                if together.len() == i {
                    let dates = contract.schedule.cash_dates().len();
                    together.push(Settled::new(counted.len(), dates));
                }
                let counted = eligible.rows(inputs, revenue, counted);
                contract.settle_row(inputs, counted, &mut together[i]);
            }
            share_caps(contracts, inputs, together);
            for (out, measure) in out.iter_mut().zip(&settling.measures) {
                *out = settling.value(*measure, &together[0]);
            }
            return;
        }
        let counted = eligible.rows(inputs, revenue, &mut room.counted);
        contract.settle_row(inputs, counted, &mut room.settled);
        for (out, measure) in out.iter_mut().zip(&settling.measures) {
            *out = settling.value(*measure, &room.settled);
        }
    }
}
