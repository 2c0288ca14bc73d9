//! When payments are made, what is deferred, and what a default leaves.

use super::super::Agreement;
use super::super::cap::compound;
use super::super::ledger::{Cash, Settlement};
use super::super::rule::nearest_cent;
use super::super::schedule::Schedule;
use crate::units::Date;

/// Turns the payments of a settled path into cash on its dates. `default` is the
/// day of the payer's default, if there is one; `claim` what it makes due beyond
/// what has accrued, and the period it is dated by.
pub fn pay(
    agreement: &Agreement,
    schedule: &Schedule,
    inputs: &[f64],
    default: Option<Date>,
    claim: Option<(usize, f64)>,
    out: &mut Settlement,
) {
    let rounds = agreement.clauses.cents_per_unit.is_some();
    let rounded = |amount: f64, among: f64| match rounds {
        true => nearest_cent(amount, among),
        false => amount,
    };
    let (deferred, interest) = match agreement.clauses.deferral {
        Some(deferral) => (deferral.fraction.at(inputs), deferral.interest.at(inputs)),
        None => (0.0, 0.0),
    };
    let dates = schedule.cash_dates();
    // What is due on the day of the default is still paid.
    let is_paid = |position: usize| default.is_none_or(|day| dates[position] <= day);
    let terms = agreement.clauses.default;
    let recovery = terms.map_or(1.0, |terms| terms.recovery.at(inputs));
    let (mut owed, mut recovered) = (0.0, 0.0);
    // What is paid up to a period, and whether the default changes it.
    let (mut paid, mut changes) = (0.0, false);
    for (k, (line, due)) in out.lines.iter_mut().zip(schedule.due()).enumerate() {
        let later = deferred * line.payment;
        let later = rounded(later, later).min(line.payment);
        let now = line.payment - later;
        let (mut came, mut unpaid) = (0.0, 0.0);
        if is_paid(due.at) {
            out.cash[due.at] += now;
            came += now;
        } else {
            unpaid += now;
        }
        if is_paid(due.deferred) {
            let growth = compound(interest, due.deferred_years);
            let earned = rounded(later * (growth - 1.0), later * growth);
            out.cash[due.deferred] += later + earned;
            out.interest += earned;
            came += later;
        } else {
            unpaid += later;
        }
        match claim {
            Some((period, amount)) if period == k => {
                line.added += amount;
                line.headroom_after = 0.0;
                unpaid += amount;
            }
            Some((period, _)) if period < k => {
                line.headroom_before = 0.0;
                line.headroom_after = 0.0;
            }
            _ => {}
        }
        if unpaid > 0.0 {
            let comes_in = recovery * unpaid;
            let comes_in = rounded(comes_in, comes_in).min(unpaid);
            line.loss = unpaid - comes_in;
            // From what comes in, not from what is lost: no sum cancels below zero.
            changes = true;
            line.payment = came + comes_in;
            owed += unpaid;
            recovered += comes_in;
        }
        if changes {
            line.cumulative_paid = paid + line.payment;
        }
        paid = line.cumulative_paid;
    }
    if let (Some(day), Some(terms), true) = (default, terms, owed > 0.0) {
        out.recovered = Some(Cash {
            // From the close of the day, as payment dates are.
            date: day.add_days(1).add_months(terms.lag_months).add_days(-1),
            amount: recovered,
        });
    }
}
