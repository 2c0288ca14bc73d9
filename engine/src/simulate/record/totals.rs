//! What each total is, and measures of the primary agreement on each path of a strip.

use crate::agreement::{Contract, EndReason, FlatTerms, Settled, Sum, share_caps};
use crate::math::kernel;
use crate::simulate::Simulation;
use crate::simulate::eligible::Eligible;
use crate::simulate::estimates::measure::Measure;
use crate::simulate::estimates::quantity::{Quantity, Return, Total};
use crate::simulate::record::clauses::flows::{Returning, Worth};
use crate::simulate::record::recording::Recording;
use crate::simulate::record::rows::{Row, Source};
use crate::simulate::settle::{Ledger, PeriodTerms, period_terms};
use crate::units::{LANES, Lanes};

impl Total {
    /// What it is of the sums of a path.
    pub fn sum(self) -> Sum {
        match self {
            Self::Paid => Sum::Paid,
            Self::PresentValue => Sum::Worth,
            Self::Uncapped => Sum::Accrued,
            Self::Excess => Sum::Excess,
            Self::Headroom => Sum::Headroom,
            Self::Added => Sum::Added,
            Self::Loss => Sum::Loss,
            Self::Interest => Sum::Interest,
        }
    }
}

/// The totals that are levels at the end of the last period.
pub(super) const LEVELS: [(Total, Quantity); 2] = [
    (Total::Paid, Quantity::CumulativePaid),
    (Total::Headroom, Quantity::CapHeadroom),
];

impl Recording {
    /// Says where the statistics of an agreement's totals come from: rows of their own, but
    /// for those that are known.
    pub(super) fn totals(
        &mut self,
        simulation: &Simulation<'_>,
        contract: &Contract,
        sources: &mut [Source],
    ) {
        for total in Total::ALL {
            let source = &mut sources[self.layout.total(total)];
            let is_kept = match total {
                Total::PresentValue => simulation.valuation.is_some(),
                _ => total.sum().is_of(&contract.agreement),
            };
            if is_kept && *source == Source::Absent {
                *source = Source::Row(self.row(Row::Amount));
            } else if !is_kept && total == Total::Excess {
                *source = Source::Constant(0.0);
            }
        }
    }
}

/// How strips are settled, and for which measures.
#[derive(Debug)]
pub struct Settling<'a> {
    measures: Vec<Measure>,
    /// What is added up for them.
    sums: Vec<Sum>,
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
        let is_in_rows = |measure: &Measure| {
            matches!(
                *measure,
                Measure::PAID | Measure::PRESENT_VALUE | Measure::Binding
            )
        };
        let in_rows = measures.iter().all(is_in_rows);
        let asked = |measure: &Measure, sum| match measure {
            Measure::Total(total) => total.sum() == sum,
            _ => false,
        };
        let mut sums = Sum::of(&contract.agreement);
        sums.retain(|sum| measures.iter().any(|measure| asked(measure, *sum)));
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
            sums,
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
                side_by_side(&self.measures, flat, terms, inputs, revenue, out);
            }
            Way::Clauses { .. } => {
                under_clauses(self, simulation.primary(), inputs, revenue, room, out);
            }
        }
    }

    /// A measure of a settled row of paths whose sums are taken.
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
            Measure::PRESENT_VALUE => match worth {
                Some(worth) => worth.present_values(settled),
                None => [0.0; LANES],
            },
            Measure::Total(total) => settled.sums[total.sum()],
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

kernel! {
    fn side_by_side(
        measures: &[Measure],
        flat: &FlatTerms,
        terms: &[PeriodTerms],
        inputs: &[Lanes],
        revenue: &[Lanes],
        out: &mut [Lanes],
    ) {
        let mut ledger = Ledger::new(flat, inputs);
        let mut reached = 0;
        for (terms, revenue) in terms.iter().zip(revenue) {
            let at_cap = ledger.settle(revenue, terms);
            // Outside the agreement's dates nothing accrues and no cap is reached.
            if terms.days > 0.0 {
                reached |= at_cap;
            }
        }
        for (out, measure) in out.iter_mut().zip(measures) {
            *out = match measure {
                Measure::Total(total) => ledger.rows.sums[total.sum()],
                _ => chance(|lane| reached >> lane & 1 == 1),
            };
        }
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
        let Room { counted, settled, together: all } = room;
        let settled = match together {
            Some((contracts, eligible)) => {
                for (i, (contract, eligible)) in contracts.iter().zip(eligible).enumerate() {
                    if all.len() == i {
                        let dates = contract.schedule.cash_dates().len();
                        all.push(Settled::new(counted.len(), dates));
                    }
                    let counted = eligible.rows(inputs, revenue, counted);
                    contract.settle_row(inputs, counted, &mut all[i]);
                }
                share_caps(contracts, inputs, all);
                &mut all[0]
            }
            None => {
                let counted = eligible.rows(inputs, revenue, counted);
                contract.settle_row(inputs, counted, settled);
                settled
            }
        };
        settled.add_up(&settling.sums);
        for (out, measure) in out.iter_mut().zip(&settling.measures) {
            *out = settling.value(*measure, settled);
        }
    }
}
