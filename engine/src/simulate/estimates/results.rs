//! What comes out of a run: agreement by agreement, and party by party.

use rayon::prelude::*;

use super::cells::Signed;
use super::finding::Finding;
use super::measure::{Address, Measure, Subject};
use super::outcomes::Outcomes;
use super::quantity::{NetQuantity, Quantity, Total};
use crate::agreement::Contract;
use crate::simulate::record::tally::{Layout, Slot};

/// The results of a run: all agreements on one set of paths.
#[derive(Clone, Debug)]
pub struct Results {
    /// The statistics of each agreement, in the simulation's order.
    pub agreements: Vec<Outcomes>,
    /// The net position of each party, in the order in which the agreements name
    /// them; none for a lone agreement.
    pub net: Vec<Net>,
    /// The totals of each agreement where risk has a price, in the simulation's
    /// order: a valuation, not a forecast. Empty where none is asked for.
    pub risk_neutral: Vec<Outcomes>,
    /// The cases whose mixture this is, in their order; none of a lone run.
    pub cases: Vec<CaseResults>,
}

/// What comes out of one of the cases of a mixture.
#[derive(Clone, Debug)]
pub struct CaseResults {
    /// Its name.
    pub name: String,
    /// Its probability, 0 to 1.
    pub probability: f64,
    /// What came out of it alone.
    pub results: Results,
}

impl Results {
    /// The mixture of cases whose probabilities add up to one: each is a run of like
    /// agreements, on one grid and the same draws. Cases are not sampled: every number is
    /// the sum of theirs by probability, replicate by replicate, and linear in each
    /// probability.
    ///
    /// # Panics
    /// Where there is no case, or their grids, agreements or replicates are unlike.
    pub fn mix(cases: Vec<CaseResults>) -> Self {
        if let [alone] = cases.as_slice() {
            return Self {
                cases: cases.clone(),
                ..alone.results.clone()
            };
        }
        let all = |of: fn(&Self) -> &Vec<Outcomes>| {
            let first = of(&cases[0].results);
            let outcomes = |i: usize| {
                let parts = cases
                    .iter()
                    .map(|case| (case.probability, &of(&case.results)[i]));
                Outcomes::mix(&parts.collect::<Vec<_>>())
            };
            (0..first.len()).into_par_iter().map(outcomes).collect()
        };
        let net = |i: usize| {
            let parts = cases
                .iter()
                .map(|case| (case.probability, &case.results.net[i]));
            Net::mix(&parts.collect::<Vec<_>>())
        };
        Self {
            agreements: all(|results| &results.agreements),
            net: (0..cases[0].results.net.len()).map(net).collect(),
            risk_neutral: all(|results| &results.risk_neutral),
            cases,
        }
    }

    /// Takes what smooth estimates of agreements add up to for the parties all of whose
    /// agreements have them.
    pub(in crate::simulate) fn set_smooth_net(&mut self, contracts: &[Contract]) {
        for net in &mut self.net {
            let signs = contracts.iter().map(|own| sign(&net.party, own));
            let own = signs.zip(&self.agreements).filter(|(sign, _)| *sign != 0.0);
            let own: Vec<(f64, &Outcomes)> = own.collect();
            if own.iter().all(|(_, outcomes)| outcomes.smooth().is_ok()) {
                net.set_smooth(&own);
            }
        }
    }

    /// Those of the primary agreement, the first.
    ///
    /// # Panics
    /// If there is none.
    pub fn primary(&self) -> &Outcomes {
        &self.agreements[0]
    }

    /// What was found at an address; `None` where there is nothing.
    pub fn get(&self, address: Address) -> Option<Finding<'_>> {
        match (address.of, address.measure, address.slot) {
            (Subject::Agreement(i), Measure::Quantity(quantity), Some(slot)) => {
                let measured = self.agreements.get(i)?.quantity(quantity, slot)?;
                Some(Finding::of_amount(measured))
            }
            (Subject::Agreement(i), measure, None) => self.agreements.get(i)?.get(measure),
            (Subject::Party(i), Measure::Net(quantity), slot) => {
                let net = self.net.get(i)?;
                Some(Finding::of_signed(match slot {
                    Some(slot) => net.quantity(quantity, slot)?,
                    None => net.total(quantity)?,
                }))
            }
            _ => None,
        }
    }

    /// Paths simulated.
    pub fn paths(&self) -> u64 {
        self.primary().paths()
    }
}

/// What a party receives less what it pays, over all agreements.
#[derive(Clone, Debug)]
pub struct Net {
    /// Who.
    pub party: String,
    pub(in crate::simulate) layout: Layout,
    pub(in crate::simulate) cells: Vec<Option<Signed>>,
    pub(in crate::simulate) totals: [Option<Signed>; NetQuantity::TOTALS.len()],
}

/// 1 where a party receives what a contract pays, −1 where it pays it, 0 else.
pub(in crate::simulate) fn sign(party: &str, contract: &Contract) -> f64 {
    let is = |name: &str| f64::from(u8::from(name == party));
    is(&contract.agreement.payee) - is(&contract.agreement.payer)
}

impl Net {
    /// Takes the sums of the means of agreements, each with its sign.
    fn set_smooth(&mut self, own: &[(f64, &Outcomes)]) {
        let sum = |of: &dyn Fn(&Outcomes) -> Option<Vec<f64>>| -> Option<Vec<f64>> {
            let mut all = own
                .iter()
                .map(|(sign, outcomes)| Some((*sign, of(outcomes)?)));
            let (sign, mut sum) = all.next()??;
            sum.iter_mut().for_each(|mean| *mean *= sign);
            for other in all {
                let (sign, means) = other?;
                sum.iter_mut()
                    .zip(means)
                    .for_each(|(sum, mean)| *sum += sign * mean);
            }
            Some(sum)
        };
        let flows = [Quantity::Payment, Quantity::CumulativePaid];
        for (i, quantity) in flows.into_iter().enumerate() {
            for slot in self.layout.all_slots() {
                let at = i * self.layout.slots() + self.layout.slot(slot);
                if let Some(Some(cell)) = self.cells.get_mut(at)
                    && let Some(means) =
                        sum(&|outcomes| Some(outcomes.quantity(quantity, slot)?.means.to_vec()))
                {
                    cell.set_smooth(means);
                }
            }
        }
        let totals = [Total::Paid, Total::PresentValue];
        for (net, total) in self.totals.iter_mut().zip(totals) {
            if let Some(net) = net
                && let Some(means) = sum(&|outcomes| Some(outcomes.total(total)?.means.to_vec()))
            {
                net.set_smooth(means);
            }
        }
    }

    /// That of a party over runs, each with its weight.
    fn mix(parts: &[(f64, &Self)]) -> Self {
        let (_, first) = parts[0];
        let mix = |of: &dyn Fn(&Self) -> Option<&Signed>| {
            let own: Option<Vec<(f64, &Signed)>> = parts
                .iter()
                .map(|(weight, net)| Some((*weight, of(net)?)))
                .collect();
            own.map(|own| Signed::mix(&own))
        };
        let cells = 0..first.cells.len();
        Self {
            party: first.party.clone(),
            layout: first.layout.clone(),
            cells: cells.map(|at| mix(&|net| net.cells[at].as_ref())).collect(),
            totals: std::array::from_fn(|at| mix(&|net| net.totals[at].as_ref())),
        }
    }

    /// A quantity in a period or year; `None` for one that is a total, and after a
    /// run for the totals alone.
    pub fn quantity(&self, quantity: NetQuantity, slot: Slot) -> Option<&Signed> {
        let i = NetQuantity::FLOWS.iter().position(|q| *q == quantity)?;
        let cell = self
            .cells
            .get(i * self.layout.slots() + self.layout.slot(slot))?;
        cell.as_ref()
    }

    /// A total; `None` for one that is not, and for the present value without a
    /// valuation.
    pub fn total(&self, quantity: NetQuantity) -> Option<&Signed> {
        let i = NetQuantity::TOTALS.iter().position(|q| *q == quantity)?;
        self.totals[i].as_ref()
    }
}
