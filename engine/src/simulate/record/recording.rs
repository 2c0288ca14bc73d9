//! Which rows a run records, and where each of its statistics is read.

use super::clauses::flows::Returning;
use super::flat::rows::PeriodRows;
use super::rows::{Detail, Row, Source};
use super::tally::Layout;
use crate::simulate::Simulation;
use crate::simulate::estimates::quantity::{NetQuantity, Total};

/// What a run records.
#[derive(Debug)]
pub struct Recording {
    /// Which statistics it has.
    pub detail: Detail,
    /// Where quantities stand.
    pub layout: Layout,
    /// All rows.
    pub rows: Vec<Row>,
    /// How many rows are of either sign.
    pub signed: usize,
    /// The rows from which totals are read, in order: the replicates' counts are told
    /// apart, so that their quantiles have errors.
    pub outlined: Vec<usize>,
    /// The rows that are NaN on paths on which there is no such number, in order.
    pub partial: Vec<usize>,
    /// What is kept of each agreement.
    pub agreements: Vec<AgreementRows>,
    /// What is kept of each party; none for a lone agreement.
    pub parties: Vec<PartyRows>,
    /// Days of each count of paths by day.
    pub days: Vec<usize>,
    /// The rows of each period of a lone flat share, settled by the rule alone; none of
    /// agreements that are settled under all clauses.
    pub flat: Option<Vec<PeriodRows>>,
    /// Under clauses, for each slot, the row of the revenue of all agreements; none after a
    /// run for the totals alone.
    pub revenue: Vec<usize>,
}

/// The rows of an agreement.
#[derive(Debug)]
pub struct AgreementRows {
    /// Where the statistics of each cell come from.
    pub sources: Vec<Source>,
    /// Rows of the cash on each day on which some may be due; none of a lone flat share.
    pub cash: Vec<Source>,
    /// For each reason with dates, which count of paths by day it has; none where it cannot
    /// be.
    pub counts: Vec<Option<usize>>,
    /// The rows of the payee's investment, if there is one.
    pub returns: Option<ReturnRows>,
}

/// The rows of an investment.
#[derive(Debug)]
pub struct ReturnRows {
    /// What is invested, and the cash that comes in.
    pub returning: Returning,
    /// Internal rate of return.
    pub rate: usize,
    /// Net present value.
    pub net_present_value: Option<usize>,
    /// Money multiple.
    pub multiple: Source,
    /// Weighted average life.
    pub life: Source,
    /// Which count of paths by day is that of payback.
    pub payback: usize,
}

/// The rows of a party.
#[derive(Debug)]
pub struct PartyRows {
    /// Who.
    pub name: String,
    /// For each agreement: 1 where it receives, −1 where it pays, 0 else.
    pub signs: Vec<f64>,
    /// Whether its rows are those of another party, which nets the opposite of it.
    pub is_mirrored: bool,
    /// Rows of the net quantities, slot by slot.
    pub cells: Vec<usize>,
    /// Rows of their totals.
    pub totals: [Option<usize>; NetQuantity::TOTALS.len()],
}

impl AgreementRows {
    /// The row of a cell, where it has one of its own.
    #[inline(always)]
    pub fn row(&self, cell: usize) -> Option<usize> {
        match self.sources[cell] {
            Source::Row(row) => Some(row),
            _ => None,
        }
    }
}

impl Recording {
    /// That of a run of a simulation.
    pub fn new(simulation: &Simulation<'_>, detail: Detail) -> Self {
        match simulation.is_flat() {
            true => Self::of_flat(simulation, detail),
            false => Self::of_clauses(simulation, detail),
        }
    }

    /// No row yet.
    pub(super) fn empty(simulation: &Simulation<'_>, detail: Detail) -> Self {
        Self {
            detail,
            layout: Layout::new(simulation),
            rows: Vec::new(),
            signed: 0,
            outlined: Vec::new(),
            partial: Vec::new(),
            agreements: Vec::new(),
            parties: Vec::new(),
            days: Vec::new(),
            flat: None,
            revenue: Vec::new(),
        }
    }

    /// Whether rows are counted, beside their moments.
    pub fn counts(&self) -> bool {
        self.detail != Detail::Means
    }

    /// One more row; its position.
    pub(super) fn row(&mut self, row: Row) -> usize {
        self.rows.push(row);
        self.rows.len() - 1
    }

    /// One more count of paths by day; its position.
    pub(super) fn count(&mut self, days: usize) -> usize {
        self.days.push(days);
        self.days.len() - 1
    }

    /// Has the rows told apart from which anything with one value for each path is read.
    pub(super) fn outline(&mut self) {
        let totals = Total::ALL.map(|total| self.layout.total(total));
        let mut rows: Vec<usize> = Vec::new();
        for agreement in &self.agreements {
            rows.extend(totals.iter().filter_map(|at| agreement.sources[*at].row()));
            if let Some(returns) = &agreement.returns {
                rows.push(returns.rate);
                rows.extend(returns.net_present_value);
                let others = [returns.multiple, returns.life];
                rows.extend(others.into_iter().filter_map(Source::row));
            }
        }
        rows.extend(self.parties.iter().flat_map(|party| party.totals).flatten());
        rows.sort_unstable();
        rows.dedup();
        self.outlined = rows;
    }
}
