//! Agreements whose payments count against one cap.
//!
//! Each is settled alone, as if it had none: until their payments reach the cap it changes
//! nothing. In the period in which they do, each has its part of what is left, pro rata to
//! what is due under it for that period by all its clauses; after it none pays.

use super::Contract;
use super::ledger::{EndReason, Settlement};
use super::rows::{Row, Settled, add, bits, row};
use super::rule::{Cap, day_reached};
use super::settlement::settle_one;

/// Settles agreements on one path: `revenue` is what counts for each.
///
/// # Panics
/// If there is no revenue for an agreement, or not one number for each period.
pub fn settle_together(
    contracts: &[Contract],
    inputs: &[f64],
    revenue: &[Vec<f64>],
) -> Vec<Settlement> {
    let inputs = inputs.as_chunks().0;
    let settled = contracts.iter().zip(revenue).map(|(contract, revenue)| {
        settle_one(&contract.agreement, &contract.schedule, inputs, revenue)
    });
    let mut settled: Vec<Settled<1>> = settled.collect();
    share_caps(contracts, inputs, &mut settled);
    let all = contracts.iter().zip(revenue).zip(&settled);
    all.map(|((contract, revenue), path)| path.path(0, contract, revenue))
        .collect()
}

/// Applies the caps that agreements have together to rows of paths settled under each.
#[inline(always)]
pub(crate) fn share_caps<const N: usize>(
    contracts: &[Contract],
    inputs: &[[f64; N]],
    settled: &mut [Settled<N>],
) {
    for (owner, contract) in contracts.iter().enumerate() {
        if contract.agreement.clauses.cap_of == Some(owner) {
            share_cap(owner, contracts, inputs, settled);
        }
    }
}

/// Applies the cap of one agreement to all that count against it.
fn share_cap<const N: usize>(
    owner: usize,
    contracts: &[Contract],
    inputs: &[[f64; N]],
    settled: &mut [Settled<N>],
) {
    let is_member = |i: &usize| contracts[*i].agreement.clauses.cap_of == Some(owner);
    let members: Vec<usize> = (0..contracts.len()).filter(is_member).collect();
    let agreements = members.iter().map(|i| &contracts[*i].agreement);
    let amount = match &contracts[owner].agreement.cap {
        Some(cap) => cap.flat_lanes(inputs),
        None => return,
    };
    let mut before: Row<N> = [0.0; N];
    agreements
        .clone()
        .for_each(|agreement| add(&mut before, &agreement.paid_before.lanes(inputs)));
    let caps: [Cap; N] = std::array::from_fn(|l| Cap::new(amount[l], before[l]));
    let known = agreements.map(|agreement| agreement.clauses.paid_so_far.len());
    let known = known.max().unwrap_or(0);
    let (mut used, mut over): (Row<N>, Row<N>) = ([0.0; N], [0.0; N]);
    let mut paid = vec![[0.0; N]; members.len()];
    for k in 0..settled[owner].lines.len() {
        let mut due: Row<N> = [0.0; N];
        for i in &members {
            add(&mut due, &settled[*i].lines[k].payment);
        }
        let earns = |i: &usize| contracts[*i].schedule.periods()[k].days > 0;
        // A cap of nothing is not reached before sharing begins.
        let begun = members.iter().any(earns);
        let headroom: Row<N> = row(|l| caps[l].limit() - used[l]);
        // What is paid of what is due, and 1 where that reaches the cap.
        let (mut part, mut reaches, mut cuts) = ([1.0; N], [0.0; N], [0.0; N]);
        let was_over = over;
        for l in 0..N {
            // What is known to have been paid stands, whatever the cap says.
            let payment = match k < known {
                true => caps[l].note(used[l], due[l]),
                false if over[l] > 0.0 => {
                    (part[l], cuts[l]) = (0.0, due[l]);
                    continue;
                }
                false => caps[l].pay(used[l], due[l]),
            };
            used[l] = payment.paid;
            if payment.reached && begun {
                reaches[l] = 1.0 - over[l];
                (over[l], cuts[l]) = (1.0, payment.excess);
                part[l] = if due[l] > 0.0 {
                    payment.amount / due[l]
                } else {
                    0.0
                };
            }
        }
        for (i, paid) in members.iter().zip(&mut paid) {
            let out = &mut settled[*i];
            let line = &mut out.lines[k];
            for l in 0..N {
                if over[l] > 0.0 {
                    let payment = line.payment[l] * part[l];
                    let cut = line.payment[l] - payment;
                    // What is added after the end is not due.
                    let undone = if was_over[l] > 0.0 {
                        line.added[l].min(cut)
                    } else {
                        0.0
                    };
                    line.added[l] -= undone;
                    line.excess[l] += cut - undone;
                    line.payment[l] = payment;
                    line.cumulative_paid[l] = paid[l] + payment;
                }
                paid[l] = line.cumulative_paid[l];
                line.headroom_before[l] = headroom[l].max(0.0);
                line.headroom_after[l] = (caps[l].limit() - used[l]).max(0.0);
                if cuts[l] > 0.0 {
                    out.binds[l] = out.binds[l].min(k as f64);
                }
            }
            if bits(&reaches) != 0 {
                let instant: Row<N> = row(|l| (headroom[l] / due[l]).clamp(0.0, 1.0).max(0.0));
                end(contracts, &members, k, (&reaches, &instant), out);
            }
        }
    }
    for i in &members {
        let out = &mut settled[*i];
        out.cash.fill([0.0; N]);
        for (line, due) in out.lines.iter().zip(contracts[*i].schedule.due()) {
            add(&mut out.cash[due.at], &line.payment);
        }
    }
}

/// Notes that a cap is reached in a period under an agreement that lasts until then: the
/// share of all is even over the days on which any earns some.
fn end<const N: usize>(
    contracts: &[Contract],
    members: &[usize],
    period: usize,
    (reaches, instant): (&Row<N>, &Row<N>),
    out: &mut Settled<N>,
) {
    let days = members
        .iter()
        .map(|i| contracts[*i].schedule.periods()[period]);
    let days = days.filter(|period| period.days > 0);
    let first = days.clone().map(|period| period.first_day).min();
    let last = days.map(|period| period.last_day()).max();
    let Some((first, last)) = first.zip(last) else {
        return;
    };
    let days = last.days_since(first) + 1;
    let offset = first.days_since(contracts[members[0]].schedule.start());
    for l in 0..N {
        if reaches[l] == 0.0 {
            continue;
        }
        let day = offset + day_reached(instant[l], 1.0, f64::from(days)) as i32;
        // What has ended before ended for its own reason.
        if out.last_days[l] < day {
            continue;
        }
        out.reached |= 1 << l;
        out.reached_in[l] = period;
        out.reached_at[l] = instant[l];
        out.last_days[l] = day;
        out.reasons[l] = EndReason::Cap;
        for advanced in &mut out.advanced {
            if advanced[l] > period as f64 {
                advanced[l] = f64::INFINITY;
            }
        }
    }
}
