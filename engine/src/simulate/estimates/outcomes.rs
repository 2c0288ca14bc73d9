//! What comes out of a run for one agreement: estimates with their errors, and
//! quantiles.

use std::sync::Arc;

use super::cells::{Cell, Measured, Rows};
use super::date_quantile::DateQuantile;
use super::ends::{Ends, by_reason};
use super::estimators::Opinion;
use super::finding::Finding;
use super::measure::Measure;
use super::quantity::{Quantity, Return, Total};
use super::returns::Returns;
use crate::agreement::EndReason;
use crate::simulate::Simulation;
use crate::simulate::record::rows::Source;
use crate::simulate::record::tally::{Layout, Slot, YearEnd};
use crate::simulate::smooth::{Counting, Flow, Smooth};
use crate::stats::Estimate;
use crate::units::Date;

/// Fewer paths than this that reach the cap, or do not, tell too little to be compared.
const FEW_PATHS: f64 = 100.0;

/// All statistics of an agreement.
#[derive(Clone, Debug)]
pub struct Outcomes {
    layout: Layout,
    paths: u64,
    start: Date,
    end: Date,
    /// One for each cell; `None` for what is not kept.
    cells: Vec<Option<Cell>>,
    ends: Ends,
    reasons: Vec<EndReason>,
    /// Cash by the day it is paid, in order.
    pub(in crate::simulate) cash: Vec<(Date, Cell)>,
    pub(in crate::simulate) returns: Option<Returns>,
    smooth: Result<Arc<Smooth>, Counting>,
    /// Whether it is a mixture of runs, all of them smooth.
    is_mixture_of_smooth: bool,
}

impl Outcomes {
    /// The outcomes of the simulation's contract at a position: a source for each
    /// cell, and for each reason with dates the paths by day, replicate by replicate.
    pub(in crate::simulate) fn new(
        simulation: &Simulation<'_>,
        contract: usize,
        layout: Layout,
        sources: &[Source],
        rows: &Rows<'_>,
        on: Vec<Vec<Vec<u64>>>,
    ) -> Self {
        let contract = &simulation.contracts[contract];
        let start = simulation.timeline.start();
        Self {
            cells: sources.iter().map(|source| rows.cell(*source)).collect(),
            layout,
            paths: rows.settings.paths(),
            start,
            end: simulation.timeline.end(),
            ends: Ends::new((start, contract.agreement.expiry), rows.settings, on),
            reasons: by_reason(&contract.agreement),
            cash: Vec::new(),
            returns: None,
            // Until there are: of a valuation there never are.
            smooth: Err(Counting::Priced),
            is_mixture_of_smooth: false,
        }
    }

    /// Those of a mixture of runs, each with its weight, on one grid and of like
    /// agreements.
    pub(in crate::simulate) fn mix(parts: &[(f64, &Self)]) -> Self {
        let (_, first) = parts[0];
        let paths = parts.iter().map(|(_, own)| own.paths).sum();
        let replicates = first.ends.replicates(EndReason::Expiry).len();
        let cell = |at: usize| {
            let own: Vec<(f64, Option<&Cell>)> = parts
                .iter()
                .map(|(weight, own)| (*weight, own.cells[at].as_ref()))
                .collect();
            let is_of_clauses =
                |total: &Total| total.is_of_clauses() && first.layout.total(*total) == at;
            // Where there is no such clause nothing is added, lost or earned by it.
            match Total::ALL.iter().any(is_of_clauses) {
                true => mixed_with_nothing(&own, replicates),
                false => {
                    let all: Option<Vec<(f64, &Cell)>> = own
                        .into_iter()
                        .map(|(weight, cell)| Some((weight, cell?)))
                        .collect();
                    Some(Cell::mix(&all?))
                }
            }
        };
        let mut dates: Vec<Date> = parts
            .iter()
            .flat_map(|(_, own)| own.cash.iter().map(|(date, _)| *date))
            .collect();
        dates.sort_unstable();
        dates.dedup();
        // That of a flat share is not kept.
        let is_kept = parts.iter().all(|(_, own)| !own.cash.is_empty());
        let cash = dates.iter().filter(|_| is_kept).filter_map(|date| {
            let on = |own: &'_ Self| own.cash.iter().position(|(own, _)| own == date);
            let own: Vec<(f64, Option<&Cell>)> = parts
                .iter()
                .map(|(weight, own)| (*weight, on(own).map(|at| &own.cash[at].1)))
                .collect();
            Some((*date, mixed_with_nothing(&own, replicates)?))
        });
        let mut reasons: Vec<EndReason> = Vec::new();
        for reason in parts.iter().flat_map(|(_, own)| &own.reasons) {
            if !reasons.contains(reason) {
                reasons.push(*reason);
            }
        }
        let ends: Vec<(f64, &Ends)> = parts.iter().map(|(w, own)| (*w, &own.ends)).collect();
        let returns: Vec<(f64, Option<&Returns>)> = parts
            .iter()
            .map(|(w, own)| (*w, own.returns.as_ref()))
            .collect();
        let counting = parts.iter().find_map(|(_, own)| own.counting());
        Self {
            layout: first.layout.clone(),
            paths,
            start: first.start,
            end: first.end,
            cells: (0..first.cells.len()).map(cell).collect(),
            ends: Ends::mix(&ends),
            reasons,
            cash: cash.collect(),
            returns: Returns::mix(&returns),
            smooth: Err(counting.unwrap_or(Counting::Mixture)),
            is_mixture_of_smooth: counting.is_none(),
        }
    }

    /// Takes smooth estimates in the place of counted ones, or the reason why there are
    /// none.
    pub(in crate::simulate) fn set_smooth(
        &mut self,
        simulation: &Simulation<'_>,
        smooth: Result<Arc<Smooth>, Counting>,
    ) {
        if let Ok(smooth) = &smooth {
            self.ends.set_smooth(smooth);
            self.set_returns(smooth);
            for total in Total::ALL {
                if let Some(means) = smooth.total_means(total) {
                    self.set_cell(self.layout.total(total), || means);
                }
            }
            for slot in self.layout.all_slots() {
                self.set_flows(simulation, smooth, slot);
            }
            for (date, means) in smooth.cash_means() {
                let mut own = self.cash.iter_mut();
                if let Some((_, cell)) = own.find(|(own, _)| *own == date) {
                    cell.set_smooth(means);
                }
            }
        }
        self.smooth = smooth;
    }

    /// What an investment returns in the mean moves as the payments do.
    fn set_returns(&mut self, smooth: &Smooth) {
        let more = |total: Total| -> Option<Vec<f64>> {
            let counted = self.cells[self.layout.total(total)].as_ref()?.replicates();
            let smooth = smooth.total_means(total)?;
            Some(smooth.iter().zip(counted).map(|(s, c)| s - c).collect())
        };
        let (paid, value) = (more(Total::Paid), more(Total::PresentValue));
        let Some(returns) = &mut self.returns else {
            return;
        };
        let moved = |means: &[f64], by: &[f64], unit: f64| -> Vec<f64> {
            means
                .iter()
                .zip(by)
                .map(|(mean, by)| mean + by / unit)
                .collect()
        };
        if let (Some(net), Some(value)) = (&mut returns.net_present_value, value) {
            net.set_smooth(moved(&net.means, &value, 1.0));
        }
        if let Some(paid) = paid {
            let means = moved(
                returns.multiple.replicates(),
                &paid,
                returns.investment.certain(),
            );
            returns.multiple.set_smooth(means);
        }
    }

    fn set_cell(&mut self, cell: usize, means: impl FnOnce() -> Vec<f64>) {
        if let Some(cell) = &mut self.cells[cell] {
            cell.set_smooth(means());
        }
    }

    /// Takes those of a period or year: its flows, and the levels at its end.
    fn set_flows(&mut self, simulation: &Simulation<'_>, smooth: &Smooth, slot: Slot) {
        let period = |k: usize| vec![(k, 1.0)];
        let parts = match slot {
            Slot::Period(k) => period(k),
            Slot::Year { calendar, year } => simulation.calendars[calendar][year].parts.clone(),
        };
        if parts.is_empty() {
            return;
        }
        // What of the last period lies before the end.
        let (last, done) = match slot {
            Slot::Period(k) => (k, 1.0),
            Slot::Year { calendar, year } => {
                let ends = |k: usize| self.layout.years_ending(k).iter();
                let own = |end: &&YearEnd| (end.calendar, end.year) == (calendar, year);
                let last = parts.last().map_or(0, |(k, _)| *k);
                (last, 1.0 - ends(last).find(own).map_or(0.0, |end| end.rest))
            }
        };
        let flows = smooth.flows();
        let flow = |of: fn(&Flow) -> f64| -> Vec<f64> {
            let sum = |flows: &Vec<Flow>| parts.iter().map(|(k, part)| part * of(&flows[*k])).sum();
            flows.iter().map(sum).collect()
        };
        let paid: Vec<f64> = flows
            .iter()
            .map(|flows| {
                let before: f64 = flows[..last].iter().map(|flow| flow.payment).sum();
                before + done * flows[last].payment
            })
            .collect();
        let headroom = smooth.limits().zip(&paid).map(|(limit, paid)| limit - paid);
        let headroom: Vec<f64> = headroom.collect();
        let cell = |quantity| self.layout.cell(quantity, slot);
        let [accrued, payment, level, room] = [
            Quantity::AccruedShare,
            Quantity::Payment,
            Quantity::CumulativePaid,
            Quantity::CapHeadroom,
        ]
        .map(cell);
        self.set_cell(accrued, || flow(|flow| flow.accrued));
        self.set_cell(payment, || flow(|flow| flow.payment));
        self.set_cell(level, || paid);
        self.set_cell(room, || headroom);
    }

    /// The smooth estimates that stand in the place of counted ones.
    ///
    /// # Errors
    /// Why there are none.
    pub fn smooth(&self) -> Result<&Smooth, Counting> {
        self.smooth.as_deref().map_err(|reason| *reason)
    }

    /// Why all is counted; `None` where there are smooth estimates, of a mixture those of
    /// its runs.
    pub fn counting(&self) -> Option<Counting> {
        let why = self.smooth.as_ref().err().copied();
        why.filter(|_| !self.is_mixture_of_smooth)
    }

    /// What both estimators say of the headline numbers: the totals, the probability that
    /// the cap is reached, and its median date. Left out are those on which counting has
    /// no opinion, because nearly all paths, or hardly any, reach the cap; empty where
    /// everything is counted.
    pub fn opinions(&self) -> Vec<Opinion> {
        if self.counting().is_some() {
            return Vec::new();
        }
        let counted = self.ends.counted();
        let hits = counted.of(EndReason::Cap).mean * self.paths as f64;
        let is_rare = hits.min(self.paths as f64 - hits) < FEW_PATHS;
        let total = |total: Total| {
            let measured = self.total(total)?;
            Some(Opinion {
                measure: Measure::Total(total),
                percentile: None,
                smooth: measured.estimate.of_mean(),
                counted: measured.counted?.of_mean(),
            })
        };
        let uncapped = total(Total::Uncapped);
        if is_rare {
            return uncapped.into_iter().collect();
        }
        let others = Total::ALL.into_iter().filter_map(total);
        let binding = Opinion {
            measure: Measure::Binding,
            percentile: None,
            smooth: self.reached().of_mean(),
            counted: counted.of(EndReason::Cap).of_mean(),
        };
        let median = |ends: &Ends| ends.date_quantile(EndReason::Cap, 0.5, false);
        let date = median(&self.ends).zip(median(&counted));
        let date = date.map(|(smooth, counted)| Opinion {
            measure: Measure::BindingDate,
            percentile: Some(50.0),
            smooth: smooth.estimate(),
            counted: counted.estimate(),
        });
        others.chain([binding]).chain(date).collect()
    }

    /// Paths simulated.
    pub fn paths(&self) -> u64 {
        self.paths
    }

    /// A quantity in a period or year; `None` where it is undefined (headroom
    /// without a cap) or not kept (after a run for the totals alone).
    pub fn quantity(&self, quantity: Quantity, slot: Slot) -> Option<Measured<'_>> {
        self.measured(self.layout.cell(quantity, slot))
    }

    /// A total; `None` where it is undefined (headroom without a cap, present
    /// value without a valuation).
    pub fn total(&self, total: Total) -> Option<Measured<'_>> {
        self.measured(self.layout.total(total))
    }

    /// What was found of a measure over the whole timeline; `None` where it is undefined
    /// and for one of a period, a year or a party.
    pub fn get(&self, measure: Measure) -> Option<Finding<'_>> {
        Some(match measure {
            Measure::Quantity(_) | Measure::Net(_) => return None,
            Measure::Total(total) => Finding::of_amount(self.total(total)?),
            Measure::Binding => Finding::of_reason(&self.ends, EndReason::Cap),
            Measure::BindingDate => Finding::of_ends(&self.ends, EndReason::Cap, false),
            Measure::Ended(reason) => Finding::of_reason(&self.ends, reason),
            Measure::EndDate(reason) => Finding::of_ends(&self.ends, reason, true),
            Measure::Return(own) => self.returns.as_ref()?.get(own)?,
        })
    }

    /// The probability that what a measure tells of happens on or before a date: that the
    /// cap is reached, that sharing ends for a reason, that an investment is paid back;
    /// `None` for any other measure.
    pub fn by(&self, measure: Measure, date: Date) -> Option<Estimate> {
        match measure {
            Measure::Binding | Measure::BindingDate => Some(self.reached_by(date)),
            Measure::Ended(reason) => Some(self.ends.within(reason, self.start, date)),
            Measure::Return(Return::PaidBack | Return::PaybackDate) => {
                Some(self.returns.as_ref()?.payback().by(date))
            }
            _ => None,
        }
    }

    /// The day by which a part `q` of all paths has what a measure tells of; as
    /// [`by`](Self::by), `None` for other measures and where so many never have it.
    pub fn day_of(&self, measure: Measure, q: f64) -> Option<Date> {
        match measure {
            Measure::Binding | Measure::BindingDate => self.reached_quantile(q),
            Measure::Ended(reason) => self.ends.quantile(reason, q, false),
            Measure::Return(Return::PaidBack | Return::PaybackDate) => {
                self.returns.as_ref()?.payback().quantile(q)
            }
            _ => None,
        }
    }

    /// The measures that mean something for this agreement, in the order of the result
    /// files: reasons for an end only where more than the cap and the expiry may be one.
    pub fn measures(&self) -> Vec<Measure> {
        let totals = Total::ALL.into_iter();
        let totals = totals.filter(|t| !t.is_of_clauses() || self.total(*t).is_some());
        let other = |reason: &EndReason| !matches!(reason, EndReason::Cap | EndReason::Expiry);
        let has_others = self.reasons.iter().any(other);
        let reasons = self.reasons.iter().filter(|_| has_others).copied();
        let returns = Return::ALL.into_iter().filter(|own| {
            let is_valued = |r: &Returns| r.net_present_value.is_some();
            let of = self.returns.as_ref();
            of.is_some_and(|of| *own != Return::NetPresentValue || is_valued(of))
        });
        totals
            .map(Measure::Total)
            .chain([Measure::Binding, Measure::BindingDate])
            .chain(reasons.flat_map(Measure::of_end))
            .chain(returns.map(Measure::Return))
            .collect()
    }

    /// The mean of a total in each replicate, to be paired with another run's on
    /// the same draws; `None` where the total is undefined.
    pub fn replicates(&self, total: Total) -> Option<&[f64]> {
        let cell = self.cells[self.layout.total(total)].as_ref()?;
        Some(cell.replicates())
    }

    /// The part of each replicate's paths that reaches the cap.
    pub fn replicates_reached(&self) -> Vec<f64> {
        self.ends.replicates(EndReason::Cap)
    }

    /// A quantile of the moment at which the cap is reached, `q` above 0 and below
    /// 1, with what its standard error is taken from; `None` where a part `q` of
    /// all paths never reaches it.
    pub fn date_quantile(&self, q: f64) -> Option<DateQuantile> {
        self.ends.date_quantile(EndReason::Cap, q, false)
    }

    fn measured(&self, cell: usize) -> Option<Measured<'_>> {
        self.cells[cell].as_ref().map(Cell::measured)
    }

    /// The cash paid on each day on which anything may be due, interest included
    /// and what comes in after a default left out. Empty for a lone flat share and
    /// after a run for the totals alone.
    pub fn cash(&self) -> impl Iterator<Item = (Date, Measured<'_>)> {
        let cash = self.cash.iter();
        cash.map(|(date, cell)| (*date, cell.measured()))
    }

    /// What the payee's investment brings in, where there is one.
    pub fn returns(&self) -> Option<&Returns> {
        self.returns.as_ref()
    }

    /// The reasons for which sharing may end.
    pub fn reasons(&self) -> &[EndReason] {
        &self.reasons
    }

    /// Why and when sharing ends.
    pub fn ends(&self) -> &Ends {
        &self.ends
    }

    /// The probability that the cap is reached from `first` to `last`, both
    /// inclusive.
    pub fn reached_within(&self, first: Date, last: Date) -> Estimate {
        self.ends.within(EndReason::Cap, first, last)
    }

    /// The probability that the cap is reached on or before a date.
    pub fn reached_by(&self, date: Date) -> Estimate {
        self.reached_within(self.start, date)
    }

    /// The probability in each replicate that the cap is reached on or before a
    /// date.
    pub fn reached_means(&self, date: Date) -> Vec<f64> {
        self.ends.means_by(EndReason::Cap, date)
    }

    /// The probability that the cap is reached at all.
    pub fn reached(&self) -> Estimate {
        self.reached_by(self.end)
    }

    /// The date on or before which at least `q` of all paths have reached the
    /// cap; `None` where they never do.
    pub fn reached_quantile(&self, q: f64) -> Option<Date> {
        self.ends.quantile(EndReason::Cap, q, false)
    }
}

/// The statistics of a quantity that is nothing in a run that does not have it; `None`
/// where no run does.
fn mixed_with_nothing(parts: &[(f64, Option<&Cell>)], replicates: usize) -> Option<Cell> {
    let some = parts.iter().find_map(|(_, cell)| *cell)?;
    let nothing = Cell::nothing(replicates, some.measured().distribution.count());
    let all = parts
        .iter()
        .map(|(weight, cell)| (*weight, cell.unwrap_or(&nothing)));
    Some(Cell::mix(&all.collect::<Vec<_>>()))
}
