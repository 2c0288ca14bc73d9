//! Which share of revenue is earned: flat, by date, by annual revenue, by what
//! has been paid.

use serde::{Deserialize, Serialize};

use super::rule::TIE;
use crate::math::fma;
use crate::units::{Date, Parameter};

/// The share of eligible revenue, as agreed. Rates are fractions, 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Share {
    /// One rate throughout.
    Flat(Parameter),
    /// A rate from each date on, dates ascending; nothing before the first.
    ByDate(Vec<DatedRate>),
    /// A rate by the revenue of the year, bounds ascending from 0.
    ByAnnualRevenue {
        /// The rates.
        tiers: Vec<Tier>,
        /// To which revenue a tier's rate applies.
        basis: TierBasis,
    },
    /// A rate by what has been paid, amounts paid before included; bounds
    /// ascending from 0. A rate applies until payments reach the next bound.
    ByPaid(Vec<Tier>),
}

/// A rate from a date on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatedRate {
    /// First day on which it applies.
    pub from: Date,
    /// The rate.
    pub rate: Parameter,
}

/// A rate above an amount.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tier {
    /// The amount, in the scenario's unit; 0 for the first tier.
    pub above: f64,
    /// The rate.
    pub rate: Parameter,
}

/// To which revenue the rate of an annual tier applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TierBasis {
    /// To the revenue within the tier.
    Marginal,
    /// To all revenue of the year, from its first day, once the tier is reached.
    Retroactive,
}

impl TierBasis {
    /// Every basis with the word a scenario uses for it.
    pub const ALL: [(&'static str, Self); 2] = [
        ("marginal", Self::Marginal),
        ("retroactive", Self::Retroactive),
    ];
}

impl From<Parameter> for Share {
    fn from(rate: Parameter) -> Self {
        Self::Flat(rate)
    }
}

impl Share {
    /// The one rate of a flat share.
    pub fn flat(&self) -> Option<Parameter> {
        match self {
            Self::Flat(rate) => Some(*rate),
            _ => None,
        }
    }

    /// The dates from which a rate applies.
    pub fn dates(&self) -> impl Iterator<Item = Date> {
        let rates = match self {
            Self::ByDate(rates) => rates.as_slice(),
            _ => &[],
        };
        rates.iter().map(|rate| rate.from)
    }

    /// The rate in force on a day, for a share by date; none before the first.
    pub(super) fn in_force(&self, day: Date) -> Option<usize> {
        let Self::ByDate(rates) = self else {
            return None;
        };
        rates.iter().rposition(|rate| rate.from <= day)
    }
}

/// Share of a year's revenue when the rate of each tier applies to the revenue
/// within it: Σ rateᵢ · (revenue within tier *i*), between two levels of the
/// year's revenue.
pub(super) fn marginal(tiers: &[Tier], inputs: &[f64], from: f64, to: f64) -> f64 {
    let upper = |i: usize| tiers.get(i + 1).map_or(f64::INFINITY, |next| next.above);
    let parts = tiers.iter().enumerate().map(|(i, tier)| {
        let within = (to.min(upper(i)) - from.max(tier.above)).max(0.0);
        tier.rate.at(inputs) * within
    });
    parts.sum()
}

/// Share of a year's revenue when the rate of the highest tier reached applies
/// to all of it.
pub(super) fn retroactive(tiers: &[Tier], inputs: &[f64], revenue: f64) -> f64 {
    let reached = |tier: &&Tier| revenue >= tier.above - TIE * tier.above;
    let tier = tiers.iter().rev().find(reached);
    tier.map_or(0.0, |tier| tier.rate.at(inputs) * revenue)
}

/// The most that [`retroactive`] comes to on the way from one level of the year's
/// revenue to another: where a higher tier has a lower rate, just below its bound.
pub(super) fn most_retroactive(tiers: &[Tier], inputs: &[f64], from: f64, to: f64) -> f64 {
    let passed = tiers.windows(2).filter_map(|pair| {
        let bound = pair[1].above;
        (from < bound && bound <= to).then(|| pair[0].rate.at(inputs) * bound)
    });
    passed.fold(retroactive(tiers, inputs, to), f64::max)
}

/// Share of `revenue` when `paid` has been paid and each tier's rate applies
/// until payments reach the bound of the next; caps keep them from exceeding
/// `most`, which is not less. Both, and the bounds after multiplication by `scale`,
/// are in the same unit, that of the result.
pub(super) fn by_paid(
    tiers: &[Tier],
    inputs: &[f64],
    (paid, most): (f64, f64),
    revenue: f64,
    scale: f64,
) -> f64 {
    let (mut left, mut share) = (revenue, 0.0);
    for (i, tier) in tiers.iter().enumerate() {
        let rate = tier.rate.at(inputs) * scale;
        let Some(next) = tiers.get(i + 1) else {
            return fma(rate, left, share);
        };
        let bound = next.above * scale;
        let room = bound - (paid + share);
        // A bound once reached stays so, even where nothing more can be paid.
        if room <= TIE * bound {
            continue;
        }
        if rate * left <= room || bound - most > TIE * bound {
            return fma(rate, left, share);
        }
        share += room;
        left = (left - room / rate).max(0.0);
    }
    share
}
