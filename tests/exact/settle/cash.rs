//! From what is paid for each period to cash: clauses 10 and 11.

use std::collections::BTreeMap;

use super::super::calendar::Day;
use super::super::number::*;
use super::super::terms::*;
use super::{Ledger, Reason, Walk};

impl Walk<'_> {
    /// Clauses 10 and 11.
    pub(super) fn finish(mut self, planned: (Reason, Day, Exact)) -> Ledger {
        let terms = self.terms;
        let end = match &self.reached {
            Some(reached) if reached.day <= planned.1 => (Reason::Cap, reached.day),
            _ => (planned.0, planned.1),
        };
        let default = terms.default.as_ref();
        let default = default.map(|default| (default, terms.day_of(default.when)));
        let mut cash: BTreeMap<Day, Exact> = BTreeMap::new();
        let mut interest = zero();
        let mut owed = vec![zero(); self.lines.len()];
        let periods = terms.periods();
        let mut held: Vec<(usize, Exact)> = Vec::new();
        for (k, (_, last)) in periods.iter().enumerate() {
            let mut dues = self.dues(*last, &self.lines[k].payment);
            let (day, amount, _) = dues.remove(0);
            held.push((k, amount));
            let mut dues: Vec<_> = dues.into_iter().map(|due| (k, due)).collect();
            let next = periods
                .get(k + 1)
                .map(|(_, last)| self.dues(*last, &zero())[0].0);
            let sum = held.iter().fold(zero(), |sum, (_, amount)| sum + amount);
            let is_last = end.1 <= (*last).min(terms.expiry());
            let is_enough = terms.least.is_none_or(|least| sum >= least.exact());
            if next != Some(day) && (is_last || is_enough) {
                dues.extend(held.drain(..).map(|(k, amount)| (k, (day, amount, zero()))));
            }
            for (k, (day, amount, earned)) in dues {
                if default.is_some_and(|(_, default)| day > default) {
                    owed[k] += amount;
                } else {
                    *cash.entry(day).or_insert_with(zero) += amount + &earned;
                    interest += earned;
                }
            }
        }
        let mut recovered = None;
        if let Some((default, day)) = default {
            let claims = default.claims_cap && self.reached.is_none();
            if planned.0 == Reason::Default && claims {
                self.claim_cap(&mut owed);
            }
            let mut sum = zero();
            for (line, owed) in self.lines.iter_mut().zip(&owed) {
                let mut part = owed * default.recovery.exact();
                if terms.rounding {
                    part = rounded(&part, terms.cents);
                }
                let loss = owed - &part;
                line.payment -= &loss;
                line.loss += loss;
                sum += part;
            }
            recovered = Some((day.closing_months_later(default.lag), sum));
        }
        Ledger {
            lines: self.lines,
            reached: self.reached,
            binds: self.binds,
            end,
            cash,
            interest,
            recovered,
        }
    }

    /// When the payment for a period that ends on a day is due: days, amounts, and
    /// the interest on each.
    pub(super) fn dues(&self, last: Day, payment: &Exact) -> Vec<(Day, Exact, Exact)> {
        let terms = self.terms;
        let ends = last.min(terms.expiry());
        let year_ends = terms.pay_year_ends.unwrap_or(terms.year_ends);
        let group_end = terms
            .every
            .map_or(ends, |months| ends.group_end(months, year_ends));
        let due = group_end
            .closing_months_later(terms.lag)
            .plus(terms.lag_days);
        let due = terms.first.map_or(due, |first| due.max(first));
        let Some(deferral) = &terms.deferral else {
            return vec![(due, payment.clone(), zero())];
        };
        let to_cents = |amount: Exact| match terms.rounding {
            true => rounded(&amount, terms.cents),
            false => amount,
        };
        let part = to_cents(deferral.fraction.exact() * payment);
        let (later, years) = match deferral.to {
            DeferredTo::Months(months) => (due.closing_months_later(months), fraction(months, 12)),
            DeferredTo::Day(day) => {
                let later = day.max(due);
                (later, later.plus(1).years_since(due.plus(1)))
            }
        };
        let rate = deferral.interest.map_or(zero(), Decimal::exact);
        let earned = to_cents(&part * (grown(&rate, &years) - whole(1)));
        vec![(due, payment - &part, zero()), (later, part, earned)]
    }

    /// All that the cap still allows when sharing ends by the default becomes due.
    fn claim_cap(&mut self, owed: &mut [Exact]) {
        let Some(piece) = self.last else { return };
        let claim = self.headroom(piece).unwrap_or(zero());
        let line = &mut self.lines[piece.period];
        line.added += &claim;
        line.payment += &claim;
        owed[piece.period] += claim;
    }
}
