//! When payments are made, what is deferred, and what a default leaves.

use super::Agreement;
use super::cap::compound;
use super::ledger::Cash;
use super::rows::add;
use super::rows::{Line, Row, Settled, bits, mask, row};
use super::rule::{TIE, nearest_cent};
use super::schedule::Schedule;

/// Turns the payments of settled paths into cash on its dates. `default` is the
/// day of the payer's default, infinite where there is none; `claim` the period by
/// which what it makes due beyond what has accrued is dated, and that amount.
#[inline(always)]
pub(super) fn pay<const N: usize>(
    agreement: &Agreement,
    schedule: &Schedule,
    inputs: &[[f64; N]],
    default: &Row<N>,
    claim: Option<(Row<N>, Row<N>)>,
    out: &mut Settled<N>,
) {
    let clauses = &agreement.clauses;
    let defaults = clauses.default.is_some() && default.iter().any(|day| *day < f64::INFINITY);
    if clauses.deferral.is_none() && clauses.least_payment.is_none() && !defaults {
        for (line, due) in out.lines.iter().zip(schedule.due()) {
            add(&mut out.cash[due.at], &line.payment);
        }
        return;
    }
    let rounds = clauses.cents_per_unit.is_some();
    let rounded = |amount: f64, among: f64| match rounds {
        true => nearest_cent(amount, among),
        false => amount,
    };
    let nothing = [0.0; N];
    let (deferred, interest) = match clauses.deferral {
        Some(deferral) => (deferral.fraction.lanes(inputs), Some(deferral.interest)),
        None => (nothing, None),
    };
    let recovery = clauses
        .default
        .map_or([1.0; N], |terms| terms.recovery.lanes(inputs));
    let defers = clauses.deferral.is_some();
    let later = |line: &Line<N>| -> Row<N> {
        if !defers {
            return nothing;
        }
        row(|l| {
            let later = deferred[l] * line.payment[l];
            rounded(later, later).min(line.payment[l])
        })
    };
    let now = |line: &Line<N>, later: &Row<N>| -> Row<N> { row(|l| line.payment[l] - later[l]) };
    let least = clauses.least_payment.map(|least| least.lanes(inputs));
    let held = least.map(|least| {
        let scale = clauses.cents_per_unit.unwrap_or(1.0);
        let least = row(|l| least[l] * scale * (1.0 - TIE));
        let now = |line: &Line<N>| now(line, &later(line));
        hold(&least, schedule, &now, default, out)
    });
    let (mut owed, mut recovered) = (nothing, nothing);
    // What is paid up to a period, and 1 where the default changes it, on any path or none.
    let (mut paid, mut changes, mut any_changes) = (nothing, nothing, false);
    for (k, (line, due)) in out.lines.iter_mut().zip(schedule.due()).enumerate() {
        let later = later(line);
        let now = now(line, &later);
        let growth: Row<N> = match interest.map(|rate| (rate, rate.fixed())) {
            None => [1.0; N],
            Some((_, Some(rate))) => [compound(rate, due.deferred_years); N],
            Some((rate, None)) => rate
                .lanes(inputs)
                .map(|rate| compound(rate, due.deferred_years)),
        };
        if !defaults && held.is_none() {
            // Nothing that is due is left unpaid.
            add(&mut out.cash[due.at], &now);
            let cash = &mut out.cash[due.deferred];
            for l in 0..N {
                let earned = rounded(later[l] * (growth[l] - 1.0), later[l] * growth[l]);
                cash[l] += later[l] + earned;
                out.interest[l] += earned;
            }
            continue;
        }
        // What is due on the day of the default is still paid.
        let is_paid: Row<N> = match &held {
            Some(held) => mask(|l| held[k] >> l & 1 == 1),
            None => mask(|l| due.days.0 <= default[l]),
        };
        let (mut came, mut unpaid) = (nothing, nothing);
        let cash = &mut out.cash[due.at];
        for l in 0..N {
            let is_paid = is_paid[l] > 0.0;
            let with = cash[l] + now[l];
            // What may be held back stands on its dates already.
            cash[l] = if is_paid & held.is_none() {
                with
            } else {
                cash[l]
            };
            came[l] = if is_paid { now[l] } else { 0.0 };
            unpaid[l] = if is_paid { 0.0 } else { now[l] };
        }
        let cash = &mut out.cash[due.deferred];
        // Without deferral nothing is later.
        let paths = if defers { N } else { 0 };
        for l in 0..paths {
            let earned = rounded(later[l] * (growth[l] - 1.0), later[l] * growth[l]);
            let is_paid = due.days.1 <= default[l];
            let with = cash[l] + (later[l] + earned);
            cash[l] = if is_paid { with } else { cash[l] };
            out.interest[l] += if is_paid { earned } else { 0.0 };
            came[l] += if is_paid { later[l] } else { 0.0 };
            unpaid[l] += if is_paid { 0.0 } else { later[l] };
        }
        if !defaults {
            continue;
        }
        if let Some((periods, amounts)) = &claim {
            let k = k as f64;
            for l in 0..N {
                let is_now = periods[l] == k;
                let is_claimed = periods[l] >= 0.0 && periods[l] <= k;
                let amount = if is_now { amounts[l] } else { 0.0 };
                line.added[l] += amount;
                unpaid[l] += amount;
                if is_claimed {
                    line.headroom_after[l] = 0.0;
                    line.headroom_before[l] = if is_now { line.headroom_before[l] } else { 0.0 };
                }
            }
        }
        if !any_changes && bits(&unpaid) == 0 {
            paid = line.cumulative_paid;
            continue;
        }
        any_changes = true;
        let mut all_in: Row<N> = row(|l| recovery[l] * unpaid[l]);
        // A loop of its own: asked of every path, the terms would be a branch.
        if rounds {
            all_in = row(|l| nearest_cent(all_in[l], all_in[l]));
        }
        for l in 0..N {
            let is_owed = unpaid[l] > 0.0;
            // Of what is not owed nothing comes in and nothing is lost.
            let comes_in = all_in[l].min(unpaid[l]);
            line.loss[l] = unpaid[l] - comes_in;
            owed[l] += unpaid[l];
            recovered[l] += comes_in;
            // From what comes in, not from what is lost: no sum cancels below zero.
            changes[l] = if is_owed { 1.0 } else { changes[l] };
            let (payment, stands) = (came[l] + comes_in, line.payment[l]);
            line.payment[l] = if is_owed { payment } else { stands };
            let sum = paid[l] + line.payment[l];
            let stands = line.cumulative_paid[l];
            line.cumulative_paid[l] = if changes[l] > 0.0 { sum } else { stands };
            paid[l] = line.cumulative_paid[l];
        }
    }
    let Some(terms) = clauses.default else {
        return;
    };
    for l in 0..N {
        if owed[l] > 0.0 {
            let day = schedule.start().add_days(default[l] as i32);
            out.recovered[l] = Some(Cash {
                // From the close of the day, as payment dates are.
                date: day.add_days(1).add_months(terms.lag_months).add_days(-1),
                amount: recovered[l],
            });
        }
    }
}

/// Puts ordinary payments on their dates where less than `least` is carried to the next
/// one. What is carried when sharing ends is paid with the payment for the last days.
/// For each period, the paths on which its payment is made before a default.
#[inline(always)]
fn hold<const N: usize>(
    least: &Row<N>,
    schedule: &Schedule,
    now: &impl Fn(&Line<N>) -> Row<N>,
    default: &Row<N>,
    out: &mut Settled<N>,
) -> Vec<u64> {
    let dues = schedule.due();
    let mut open = [0.0; N];
    // The paths on which a payment is made, in the last period of those paid together.
    let mut paths = Vec::with_capacity(dues.len());
    for (k, (line, period)) in out.lines.iter().zip(schedule.periods()).enumerate() {
        add(&mut open, &now(line));
        let is_last = dues.get(k + 1).is_none_or(|next| next.at != dues[k].at);
        if !is_last {
            paths.push(0);
            continue;
        }
        let last_day = period.last_day().days_since(schedule.start());
        let pays: Row<N> = mask(|l| (open[l] >= least[l]) | (out.last_days[l] <= last_day));
        open = row(|l| if pays[l] > 0.0 { 0.0 } else { open[l] });
        paths.push(bits(&pays));
    }
    let (mut at, mut day) = ([0; N], [f64::INFINITY; N]);
    for (k, (line, due)) in out.lines.iter().zip(dues).enumerate().rev() {
        let amounts = now(line);
        let mut made = 0;
        for l in 0..N {
            let is_now = paths[k] >> l & 1 == 1;
            at[l] = if is_now { due.at } else { at[l] };
            day[l] = if is_now { due.days.0 } else { day[l] };
            let is_made = day[l] <= default[l];
            made |= u64::from(is_made) << l;
            out.cash[at[l]][l] += if is_made { amounts[l] } else { 0.0 };
        }
        paths[k] = made;
    }
    paths
}
