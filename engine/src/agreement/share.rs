//! Which share of revenue is earned: flat, by date, by annual revenue, by what
//! has been paid.

use serde::{Deserialize, Serialize};

use super::rows::Row;
use super::rule::TIE;
use crate::math::fma;
use crate::units::{Date, Parameter, worded};

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
    /// A rate by the revenue of the year, with tiers that change by date: each set from
    /// its date on, dates ascending; nothing before the first.
    ByAnnualRevenueFrom {
        /// The tiers.
        sets: Vec<TierSet>,
        /// To which revenue a tier's rate applies.
        basis: TierBasis,
    },
    /// A rate by the revenue to date, each for the revenue within its tier; bounds
    /// ascending from 0.
    ByTotalRevenue(Vec<Tier>),
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

/// Tiers from a date on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TierSet {
    /// First day on which they apply; `None`: from ever.
    pub from: Option<Date>,
    /// The rates, bounds ascending from 0.
    pub tiers: Vec<Tier>,
}

/// A rate above an amount.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tier {
    /// The amount, in the scenario's unit; 0 for the first tier.
    pub above: f64,
    /// The rate, 0 or more; above 1 where more than the revenue itself is paid.
    pub rate: Parameter,
}

worded! {
    /// To which revenue the rate of an annual tier applies.
    #[derive(Serialize, Deserialize)]
    pub enum TierBasis {
        /// To the revenue within the tier.
        Marginal = "marginal",
        /// To all revenue of the year, from its first day, once the tier is reached.
        Retroactive = "retroactive",
    }
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

    /// The dates from which a rate, or a set of tiers, applies.
    pub fn dates(&self) -> Vec<Date> {
        match self {
            Self::ByDate(rates) => rates.iter().map(|rate| rate.from).collect(),
            Self::ByAnnualRevenueFrom { sets, .. } => {
                sets.iter().filter_map(|set| set.from).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The rate, or the set of tiers, in force on a day, where they go by date; none
    /// before the first.
    pub(super) fn in_force(&self, day: Date) -> Option<usize> {
        match self {
            Self::ByDate(rates) => rates.iter().rposition(|rate| rate.from <= day),
            Self::ByAnnualRevenueFrom { sets, .. } => {
                let applies = |set: &TierSet| set.from.is_none_or(|from| from <= day);
                sets.iter().rposition(applies)
            }
            _ => None,
        }
    }

    /// The tiers of a year's revenue, of which `at` are in force; `None` for a share
    /// that does not go by them.
    pub(super) fn annual(&self, at: Option<usize>) -> Option<(&[Tier], TierBasis)> {
        match self {
            Self::ByAnnualRevenue { tiers, basis } => Some((tiers, *basis)),
            Self::ByAnnualRevenueFrom { sets, basis } => {
                let tiers = at.map_or(&[][..], |at| sets[at].tiers.as_slice());
                Some((tiers, *basis))
            }
            _ => None,
        }
    }
}

/// Share of a year's revenue when the rate of each tier applies to the revenue
/// within it: Σ rateᵢ · (revenue within tier *i*), between two levels of the
/// year's revenue.
#[inline(always)]
pub(super) fn marginal<const N: usize>(
    tiers: &[Tier],
    inputs: &[[f64; N]],
    from: &Row<N>,
    to: &Row<N>,
) -> Row<N> {
    let mut share = [0.0; N];
    for (i, tier) in tiers.iter().enumerate() {
        let upper = tiers.get(i + 1).map_or(f64::INFINITY, |next| next.above);
        let rate = tier.rate.lanes(inputs);
        for l in 0..N {
            let within = (to[l].min(upper) - from[l].max(tier.above)).max(0.0);
            share[l] += rate[l] * within;
        }
    }
    share
}

/// Share of a year's revenue when the rate of the highest tier reached applies
/// to all of it, but for what is `free`: sold before the agreement.
#[inline(always)]
pub(super) fn retroactive<const N: usize>(
    tiers: &[Tier],
    inputs: &[[f64; N]],
    free: &Row<N>,
    revenue: &Row<N>,
) -> Row<N> {
    let mut share = [0.0; N];
    for tier in tiers {
        let rate = tier.rate.lanes(inputs);
        let level = tier.above - TIE * tier.above;
        for l in 0..N {
            let of_tier = rate[l] * (revenue[l] - free[l]);
            share[l] = if revenue[l] >= level {
                of_tier
            } else {
                share[l]
            };
        }
    }
    share
}

/// The most that [`retroactive`] comes to on the way from one level of the year's
/// revenue to another: where a higher tier has a lower rate, just below its bound.
#[inline(always)]
pub(super) fn most_retroactive<const N: usize>(
    tiers: &[Tier],
    inputs: &[[f64; N]],
    free: &Row<N>,
    from: &Row<N>,
    to: &Row<N>,
) -> Row<N> {
    let mut most = retroactive(tiers, inputs, free, to);
    for pair in tiers.windows(2) {
        let bound = pair[1].above;
        let rate = pair[0].rate.lanes(inputs);
        for l in 0..N {
            let is_passed = (from[l] < bound) & (bound <= to[l]);
            let at_bound = if is_passed {
                rate[l] * (bound - free[l])
            } else {
                0.0
            };
            most[l] = most[l].max(at_bound);
        }
    }
    most
}

/// Share of `revenue` when `paid` has been paid and each tier's rate applies
/// until payments reach the bound of the next; caps keep them from exceeding
/// `most`, which is not less. Both, and the bounds after multiplication by `scale`,
/// are in the same unit, that of the result.
#[inline(always)]
pub(super) fn by_paid<const N: usize>(
    tiers: &[Tier],
    inputs: &[[f64; N]],
    (paid, most): (&Row<N>, &Row<N>),
    revenue: &Row<N>,
    scale: f64,
) -> Row<N> {
    // Revenue that no tier has taken yet: none, and it stays so, once one takes the rest.
    let (mut left, mut share, mut open) = (*revenue, [0.0; N], [1.0; N]);
    for (i, tier) in tiers.iter().enumerate() {
        let rate = tier.rate.lanes(inputs);
        let next = tiers.get(i + 1);
        let bound = next.map_or(f64::INFINITY, |next| next.above * scale);
        for l in 0..N {
            let rate = rate[l] * scale;
            let room = bound - (paid[l] + share[l]);
            // A bound once reached stays so, even where nothing more can be paid.
            let is_past = next.is_some() & (room <= TIE * bound);
            let takes_all =
                next.is_none() | (rate * left[l] <= room) | (bound - most[l] > TIE * bound);
            let all = fma(rate, left[l], share[l]);
            let rest = (left[l] - room / rate).max(0.0);
            let applies = (open[l] > 0.0) & !is_past;
            let in_part = applies & !takes_all;
            let until = share[l] + room;
            share[l] = if applies & takes_all { all } else { share[l] };
            share[l] = if in_part { until } else { share[l] };
            left[l] = if in_part { rest } else { left[l] };
            open[l] = if applies & takes_all { 0.0 } else { open[l] };
        }
    }
    share
}
