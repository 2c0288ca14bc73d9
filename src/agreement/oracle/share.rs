use super::super::rule::TIE;
use super::super::share::Tier;
use crate::math::fma;

/// Share of a year's revenue when the rate of each tier applies to the revenue
/// within it: Σ rateᵢ · (revenue within tier *i*), between two levels of the
/// year's revenue.
pub fn marginal(tiers: &[Tier], inputs: &[f64], from: f64, to: f64) -> f64 {
    let upper = |i: usize| tiers.get(i + 1).map_or(f64::INFINITY, |next| next.above);
    let parts = tiers.iter().enumerate().map(|(i, tier)| {
        let within = (to.min(upper(i)) - from.max(tier.above)).max(0.0);
        tier.rate.at(inputs) * within
    });
    parts.sum()
}

/// Share of a year's revenue when the rate of the highest tier reached applies
/// to all of it.
pub fn retroactive(tiers: &[Tier], inputs: &[f64], revenue: f64) -> f64 {
    let reached = |tier: &&Tier| revenue >= tier.above - TIE * tier.above;
    let tier = tiers.iter().rev().find(reached);
    tier.map_or(0.0, |tier| tier.rate.at(inputs) * revenue)
}

/// The most that [`retroactive`] comes to on the way from one level of the year's
/// revenue to another: where a higher tier has a lower rate, just below its bound.
pub fn most_retroactive(tiers: &[Tier], inputs: &[f64], from: f64, to: f64) -> f64 {
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
pub fn by_paid(
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
