//! What comes out of a run for one agreement: estimates with their errors, and
//! quantiles.

use super::Simulation;
use super::cells::{Cell, Measured, Rows};
use super::date_quantile::DateQuantile;
use super::ends::{Ends, by_reason};
use super::finding::Finding;
use super::measure::Measure;
use super::plan::Source;
use super::quantity::{Quantity, Return, Total};
use super::returns::Returns;
use super::tally::{Layout, Slot, Sums};
use crate::agreement::EndReason;
use crate::stats::Estimate;
use crate::units::Date;

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
    pub(super) cash: Vec<(Date, Cell)>,
    pub(super) returns: Option<Returns>,
}

impl Outcomes {
    /// The outcomes of the simulation's contract at a position: a source for each
    /// cell, and for each reason with dates where its counts stand among those of
    /// a replicate.
    pub(super) fn new(
        simulation: &Simulation<'_>,
        contract: usize,
        layout: Layout,
        sources: &[Source],
        rows: &Rows<'_>,
        counts: &[usize],
    ) -> Self {
        let contract = &simulation.contracts[contract];
        let of = |i: usize| {
            let replicates = rows.replicates.iter();
            replicates.map(move |sums: &Sums| sums.counts[i].clone())
        };
        let on = counts.iter().map(|i| of(*i).collect()).collect();
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
        }
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
            Measure::Binding => Finding::of_chance(self.reached(), self.replicates_reached()),
            Measure::BindingDate => Finding::of_ends(&self.ends, EndReason::Cap, false),
            Measure::Ended(reason) => {
                Finding::of_chance(self.ends.of(reason), self.ends.replicates(reason))
            }
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
            Measure::Ended(reason) => self.ends.quantile(reason, q, self.paths()),
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
        self.ends.quantile(EndReason::Cap, q, self.paths())
    }
}
