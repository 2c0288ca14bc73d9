//! How an amount builds up over the days of a piece of a period.

use super::number::{Exact, whole, zero};

/// An amount that builds up evenly between two moments, or all at once at one.
/// Moments are fractions of the piece's days.
#[derive(Clone, Debug)]
pub struct Leg {
    pub from: Exact,
    pub to: Exact,
    pub amount: Exact,
}

/// Legs, in any order; those that overlap add up.
#[derive(Clone, Debug, Default)]
pub struct Flow(Vec<Leg>);

impl Flow {
    pub fn even(&mut self, from: Exact, to: Exact, amount: Exact) {
        self.0.push(Leg { from, to, amount });
    }

    pub fn at(&mut self, moment: Exact, amount: Exact) {
        self.even(moment.clone(), moment, amount);
    }

    pub fn total(&self) -> Exact {
        self.0.iter().fold(zero(), |sum, leg| sum + &leg.amount)
    }

    /// All amounts times the same.
    pub fn scale(&mut self, by: &Exact) {
        for leg in &mut self.0 {
            leg.amount = &leg.amount * by;
        }
    }

    /// The first moment by which an amount above zero has built up.
    pub fn reaches(&self, amount: &Exact) -> Option<Exact> {
        let mut moments: Vec<&Exact> = self.0.iter().flat_map(|leg| [&leg.from, &leg.to]).collect();
        moments.sort();
        moments.dedup();
        let mut sum = zero();
        for (i, moment) in moments.iter().enumerate() {
            let jumps = self
                .0
                .iter()
                .filter(|leg| leg.from == leg.to && leg.from == **moment);
            sum = jumps.fold(sum, |sum, leg| sum + &leg.amount);
            if sum >= *amount {
                return Some((*moment).clone());
            }
            let Some(next) = moments.get(i + 1) else {
                break;
            };
            let over = self
                .0
                .iter()
                .filter(|leg| leg.from <= **moment && leg.to >= **next);
            let rise = over.fold(zero(), |rise, leg| {
                rise + &leg.amount * (*next - *moment) / (&leg.to - &leg.from)
            });
            if &sum + &rise >= *amount && rise > zero() {
                return Some(*moment + (*next - *moment) * (amount - &sum) / rise);
            }
            sum += rise;
        }
        None
    }
}

#[test]
fn an_amount_is_reached_on_the_way_or_at_a_jump() {
    let mut flow = Flow::default();
    let half = super::number::fraction(1, 2);
    flow.even(zero(), whole(1), whole(4));
    flow.at(half.clone(), whole(3));
    assert_eq!(flow.total(), whole(7));
    assert_eq!(flow.reaches(&whole(1)), Some(&half * &half));
    assert_eq!(flow.reaches(&whole(5)), Some(half.clone()));
    assert_eq!(flow.reaches(&whole(6)), Some(&half + &half * &half));
    assert_eq!(flow.reaches(&whole(8)), None);
}
