//! Clause 3: the share of revenue above the threshold.

use super::super::number::*;
use super::super::terms::*;
use super::{Piece, Walk};

impl Walk<'_> {
    /// The share of revenue above the threshold: from and to which part of it, how
    /// much.
    pub(super) fn share(&mut self, piece: Piece, counted: &Exact) -> Vec<(Exact, Exact, Exact)> {
        let so_far = self.year.counted.clone();
        let earlier = self.year.earlier.clone();
        let share = match &self.terms.share {
            Share::AnnualFrom(sets, basis) => {
                let applies =
                    |set: &&(Option<_>, Vec<_>)| set.0.is_none_or(|day| day <= piece.first);
                let Some((_, tiers)) = sets.iter().rev().find(applies) else {
                    return vec![(zero(), counted.clone(), zero())];
                };
                &Share::Annual(tiers.clone(), *basis)
            }
            share => share,
        };
        match share {
            Share::Flat(rate) => vec![(zero(), counted.clone(), rate.exact() * counted)],
            Share::ByDate(rates) => {
                let rate = rates.iter().rev().find(|(from, _)| *from <= piece.first);
                let rate = rate.map_or(zero(), |(_, rate)| rate.exact());
                vec![(zero(), counted.clone(), rate * counted)]
            }
            Share::AnnualFrom(..) => unreachable!("these are tiers of a day by now"),
            Share::Annual(tiers, Basis::Marginal) => {
                let part = |(from, to, rate): (Exact, Exact, Exact)| {
                    let amount = rate * (&to - &from);
                    (from, to, amount)
                };
                within(tiers, &so_far, counted)
                    .into_iter()
                    .map(part)
                    .collect()
            }
            Share::Annual(tiers, Basis::Retroactive) => {
                let mut best = self.year.share.clone();
                let mut legs = Vec::new();
                for (from, to, rate) in within(tiers, &so_far, counted) {
                    let within = &so_far - &earlier;
                    let (low, high) = (&rate * (&within + &from), &rate * (&within + &to));
                    let jump = beyond(&low, &best);
                    best += &jump;
                    legs.push((from.clone(), from.clone(), jump));
                    let rise = beyond(&high, &best);
                    if rise > zero() {
                        let start = &best / &rate - within;
                        legs.push((start, to, rise.clone()));
                    }
                    best += rise;
                }
                // The rate reached at the end is that of the piece, a bound included: a
                // lower one takes back what would have accrued on the way.
                let all = &so_far + counted;
                let reached = tiers.iter().rfind(|(above, _)| above.exact() <= all);
                let high = reached.unwrap().1.exact() * (all - earlier);
                legs.push((counted.clone(), counted.clone(), beyond(&high, &best)));
                let total = beyond(&high, &self.year.share);
                cut(legs, &total)
            }
            // Revenue to date, with what a threshold leaves free.
            Share::Total(tiers) => {
                let free = self.terms.threshold.map_or(zero(), Decimal::exact);
                let so_far = self.eligible.clone().max(free);
                let part = |(from, to, rate): (Exact, Exact, Exact)| {
                    let amount = rate * (&to - &from);
                    (from, to, amount)
                };
                let parts = within(tiers, &so_far, counted);
                parts.into_iter().map(part).collect()
            }
            Share::ByPaid(tiers) => self.share_by_paid(tiers, piece, counted),
        }
    }

    pub(super) fn share_by_paid(
        &self,
        tiers: &[(Decimal, Decimal)],
        piece: Piece,
        counted: &Exact,
    ) -> Vec<(Exact, Exact, Exact)> {
        let before = self.terms.paid_before.map_or(zero(), Decimal::exact);
        let room = self.annual_room();
        let carried = match &room {
            Some(room) => self.carried.clone().min(room.clone()),
            None => zero(),
        };
        // What is carried is paid by a later clause: it counts from the next piece on.
        let mut paid = before + &self.paid;
        let mut left = match (room.map(|room| room - &carried), self.headroom(piece)) {
            (Some(room), Some(headroom)) => Some(room.min(beyond(&headroom, &carried))),
            (room, headroom) => room.or(headroom.map(|headroom| beyond(&headroom, &carried))),
        };
        if self.reached.is_some() {
            left = Some(zero());
        }
        let mut at = zero();
        let mut legs = Vec::new();
        while at < *counted {
            let tier = tiers
                .iter()
                .rposition(|(above, _)| above.exact() <= paid)
                .unwrap();
            let rate = tiers[tier].1.exact();
            let mut most = counted - &at;
            let pays = rate > zero() && left.as_ref().is_none_or(|left| *left > zero());
            if pays {
                if let Some((bound, _)) = tiers.get(tier + 1) {
                    most = most.min((bound.exact() - &paid) / &rate);
                }
                if let Some(left) = &left {
                    most = most.min(left / &rate);
                }
            }
            let amount = &rate * &most;
            if pays {
                paid += &amount;
                left = left.map(|left| left - &amount);
            }
            legs.push((at.clone(), &at + &most, amount));
            at += most;
        }
        legs
    }
}

/// The parts of more revenue after so much that lie in each tier, with its rate.
fn within(
    tiers: &[(Decimal, Decimal)],
    so_far: &Exact,
    more: &Exact,
) -> Vec<(Exact, Exact, Exact)> {
    let mut parts = Vec::new();
    for (i, (above, rate)) in tiers.iter().enumerate() {
        let from = beyond(&above.exact(), so_far);
        let to = match tiers.get(i + 1) {
            Some((bound, _)) => beyond(&bound.exact(), so_far).min(more.clone()),
            None => more.clone(),
        };
        if to > from {
            parts.push((from, to, rate.exact()));
        }
    }
    parts
}

/// Legs as far as they add up to a total.
fn cut(legs: Vec<(Exact, Exact, Exact)>, total: &Exact) -> Vec<(Exact, Exact, Exact)> {
    let mut left = total.clone();
    let mut kept = Vec::new();
    for (from, to, amount) in legs {
        if left <= zero() {
            break;
        }
        let to = match amount > left {
            true => &from + (&to - &from) * &left / &amount,
            false => to,
        };
        let amount = amount.min(left.clone());
        left -= &amount;
        kept.push((from, to, amount));
    }
    kept
}
