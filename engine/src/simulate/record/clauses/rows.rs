//! Which rows a run of agreements under clauses records.

use super::flows::{self, Returning};
use crate::agreement::Contract;
use crate::agreement::rule::Cap;
use crate::simulate::Simulation;
use crate::simulate::estimates::ends::dated;
use crate::simulate::estimates::quantity::{Quantity, Total};
use crate::simulate::estimates::results::sign;
use crate::simulate::record::recording::{AgreementRows, PartyRows, Recording, ReturnRows};
use crate::simulate::record::rows::{Detail, Row, Source};
use crate::simulate::record::tally::Slot;
use crate::simulate::record::totals::LEVELS;
use crate::valuation::Investment;

impl Recording {
    /// That of a run whose agreements are settled under all clauses.
    pub fn of_clauses(simulation: &Simulation<'_>, detail: Detail) -> Self {
        let mut recording = Self::empty(simulation, detail);
        if detail == Detail::All {
            for slot in recording.layout.all_slots() {
                let row = match recording.layout.first_year_until(slot) {
                    Some(0) => recording.revenue[0],
                    _ => recording.row(Row::Amount),
                };
                recording.revenue.push(row);
            }
        }
        for contract in simulation.contracts {
            let rows = recording.agreement(simulation, contract, detail);
            recording.agreements.push(rows);
        }
        if simulation.contracts.len() > 1 {
            for name in parties(simulation.contracts) {
                let rows = recording.party(simulation, name, detail);
                recording.parties.push(rows);
            }
        }
        if recording.counts() {
            recording.outline();
        }
        recording
    }

    fn signed_row(&mut self) -> usize {
        self.signed += 1;
        self.row(Row::Signed(self.signed - 1))
    }

    fn agreement(
        &mut self,
        simulation: &Simulation<'_>,
        contract: &Contract,
        detail: Detail,
    ) -> AgreementRows {
        let paid = fixed_limit(contract).map_or(Row::Amount, Row::UpTo);
        let mut sources = vec![Source::Absent; self.layout.cells()];
        if detail == Detail::All {
            for slot in self.layout.all_slots() {
                self.slot(contract, paid, slot, &mut sources);
            }
        }
        self.totals_under_clauses(simulation, contract, detail, &mut sources);
        let payment = |period: &Option<usize>| {
            let cell = self
                .layout
                .cell(Quantity::Payment, Slot::Period((*period)?));
            Some(sources[cell].again())
        };
        let known: Vec<Option<Source>> = match detail {
            Detail::All => contract.periods_of_cash().iter().map(payment).collect(),
            Detail::Totals | Detail::Means => Vec::new(),
        };
        let own = |known: Option<Source>| match known {
            Some(payment) => payment,
            None => Source::Row(self.row(Row::Amount)),
        };
        let cash = known.into_iter().map(own).collect();
        let days = simulation.timeline.days() as usize;
        let counts = dated(&contract.agreement).into_iter();
        let counts = counts.map(|can_be| can_be.then(|| self.count(days)));
        let counts = counts.collect();
        let investment =
            flows::investment(simulation, contract).filter(|_| detail != Detail::Means);
        let returns = investment.map(|investment| self.returns(simulation, contract, investment));
        AgreementRows {
            sources,
            cash,
            counts,
            returns,
        }
    }

    /// The rows of a period or year. What is always another row's number is that row.
    fn slot(&mut self, contract: &Contract, paid: Row, slot: Slot, sources: &mut [Source]) {
        let cell = |quantity| self.layout.cell(quantity, slot);
        let [revenue, accrued, payment, level, headroom] = Quantity::ALL.map(cell);
        // Levels at the end of a year that ends with a period are those of the period.
        let same = match slot {
            Slot::Period(_) => None,
            Slot::Year { calendar, year } => self.layout.period_of_end(calendar, year),
        };
        sources[revenue] = Source::Row(self.revenue[self.layout.slot(slot)]);
        // What has been paid since the start is paid in the first year.
        let until = self.layout.first_year_until(slot);
        let of = |quantity, period| sources[self.layout.cell(quantity, Slot::Period(period))];
        let paid_by_then = until.map(|period| of(Quantity::CumulativePaid, period));
        let first_accrued = of(Quantity::AccruedShare, 0);
        sources[payment] = match paid_by_then.filter(|_| paid == Row::Amount) {
            Some(level) => level.again(),
            None => Source::Row(self.row(Row::Amount)),
        };
        let is_accrued = contract.pays_what_accrues()
            && (matches!(slot, Slot::Period(_)) || contract.adds_up_by_period());
        sources[accrued] = match until {
            _ if is_accrued => sources[payment].again(),
            Some(0) => first_accrued.again(),
            _ => Source::Row(self.row(Row::Amount)),
        };
        if slot == Slot::Period(0) && is_accrued && contract.adds_up_by_period() {
            sources[level] = sources[payment].again();
            sources[headroom] = self.headroom(contract, sources[level]);
        } else if let Some(period) = same {
            let of = |quantity| self.layout.cell(quantity, Slot::Period(period));
            sources[level] = sources[of(Quantity::CumulativePaid)].again();
            sources[headroom] = sources[of(Quantity::CapHeadroom)].again();
        } else {
            sources[level] = Source::Row(self.row(paid));
            sources[headroom] = self.headroom(contract, sources[level]);
        }
    }

    fn headroom(&mut self, contract: &Contract, paid: Source) -> Source {
        let agreement = &contract.agreement;
        if agreement.cap.is_none() {
            return Source::Absent;
        }
        match (fixed_limit(contract), paid) {
            // What is lost in a default is neither paid nor left to be paid.
            (Some(limit), Source::Row(paid)) if agreement.clauses.default.is_none() => {
                Source::Lacking(paid, limit)
            }
            _ => Source::Row(self.row(Row::Amount)),
        }
    }

    fn totals_under_clauses(
        &mut self,
        simulation: &Simulation<'_>,
        contract: &Contract,
        detail: Detail,
        sources: &mut [Source],
    ) {
        let [paid, headroom] = LEVELS.map(|(total, _)| self.layout.total(total));
        let uncapped = self.layout.total(Total::Uncapped);
        let last = Slot::Period(simulation.timeline.periods().len() - 1);
        if detail == Detail::All {
            for (total, level) in LEVELS {
                sources[self.layout.total(total)] = sources[self.layout.cell(level, last)];
            }
            if last == Slot::Period(0) {
                let first = self.layout.cell(Quantity::AccruedShare, last);
                sources[uncapped] = sources[first].again();
            }
        } else {
            let limit = fixed_limit(contract);
            sources[paid] = Source::Row(self.row(limit.map_or(Row::Amount, Row::UpTo)));
            sources[headroom] = self.headroom(contract, sources[paid]);
        }
        if contract.pays_what_accrues() && contract.adds_up_by_period() {
            sources[uncapped] = sources[paid].again();
        }
        self.totals(simulation, contract, sources);
    }

    fn returns(
        &mut self,
        simulation: &Simulation<'_>,
        contract: &Contract,
        investment: Investment,
    ) -> ReturnRows {
        let returning = Returning::new(contract, investment);
        let last = returning.last_date(contract);
        let days = last.days_since(simulation.timeline.start()) + 1;
        let (rate, life) = (self.signed_row(), self.row(Row::Amount));
        self.partial.extend([rate, life]);
        ReturnRows {
            returning,
            rate,
            net_present_value: simulation.valuation.map(|_| self.signed_row()),
            multiple: Source::Row(self.row(Row::Amount)),
            life: Source::Row(life),
            payback: self.count(days.max(1) as usize),
        }
    }

    fn party(&mut self, simulation: &Simulation<'_>, name: String, detail: Detail) -> PartyRows {
        let own = simulation.contracts.iter();
        let signs: Vec<f64> = own.map(|contract| sign(&name, contract)).collect();
        let opposite = |other: &&PartyRows| {
            let mut both = signs.iter().zip(&other.signs);
            !other.is_mirrored && both.all(|(own, other)| *own == -other)
        };
        if let Some(other) = self.parties.iter().find(opposite) {
            return PartyRows {
                cells: other.cells.clone(),
                totals: other.totals,
                is_mirrored: true,
                signs,
                name,
            };
        }
        let slots = match detail {
            Detail::All => self.layout.all_slots(),
            Detail::Totals | Detail::Means => Vec::new(),
        };
        let mut cells = vec![0; slots.len()];
        let levels = cells.len();
        for slot in &slots {
            let same = match *slot {
                Slot::Period(_) => None,
                Slot::Year { calendar, year } => self.layout.period_of_end(calendar, year),
            };
            let row = same.map(|period| cells[levels + self.layout.slot(Slot::Period(period))]);
            let row = row.unwrap_or_else(|| self.signed_row());
            cells.push(row);
        }
        // What has been netted since the start, that of the first period or year is.
        for (flow, slot) in slots.iter().enumerate() {
            let since_start = match *slot {
                Slot::Period(0) => Some(0),
                _ => self.layout.first_year_until(*slot),
            };
            cells[flow] = match since_start {
                Some(period) => cells[levels + period],
                None => self.signed_row(),
            };
        }
        let periods = simulation.timeline.periods().len();
        let all = cells.get(levels + periods - 1).copied();
        PartyRows {
            is_mirrored: false,
            cells,
            totals: [
                Some(all.unwrap_or_else(|| self.signed_row())),
                simulation.valuation.map(|_| self.signed_row()),
            ],
            signs,
            name,
        }
    }
}

/// The limit of a total cap that is one number at all times and on all paths.
fn fixed_limit(contract: &Contract) -> Option<f64> {
    let agreement = &contract.agreement;
    // What was paid need not keep to the cap; one of several agreements is not used up by
    // one of them.
    if !agreement.clauses.paid_so_far.is_empty() || agreement.clauses.cap_of.is_some() {
        return None;
    }
    // A multiple of it grows with what is advanced.
    if !agreement.clauses.advances.is_empty() {
        return None;
    }
    let cap = agreement.cap.as_ref()?.flat()?.fixed()?;
    Some(Cap::new(cap, agreement.paid_before.fixed()?).limit())
}

/// All parties, in the order in which the agreements name them.
fn parties(contracts: &[Contract]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for contract in contracts {
        for name in [&contract.agreement.payer, &contract.agreement.payee] {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}
