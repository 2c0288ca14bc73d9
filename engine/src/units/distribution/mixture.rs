//! A mixture: one of several distributions, each with a probability.

use serde::{Deserialize, Serialize};

use super::Kind;

/// Several distributions with their probabilities. Its quantile is found, by bracketing
/// the root, between two knots: values at which the probability of all that is below is
/// known. Values of their own probability, of a discrete part, are knots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Mixture {
    parts: Vec<(f64, Kind)>,
    knots: Vec<Knot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Knot {
    at: f64,
    /// The probability of less, and of as much or less.
    below: f64,
    up_to: f64,
}

impl Mixture {
    /// Probabilities add up to 1.
    pub fn new(parts: Vec<(f64, Kind)>) -> Self {
        let mut values: Vec<f64> = parts.iter().flat_map(|(_, kind)| knots_of(kind)).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        let mut mixture = Self {
            parts,
            knots: Vec::new(),
        };
        let mut least = 0.0_f64;
        for at in values {
            let up_to = mixture.cdf(at);
            let atoms = mixture.parts.iter().map(|(p, kind)| p * kind.atom(at));
            let below = (up_to - atoms.sum::<f64>()).max(least);
            let up_to = up_to.max(below);
            least = up_to;
            mixture.knots.push(Knot { at, below, up_to });
        }
        mixture
    }

    /// The probability of a value of `x` or less.
    pub fn cdf(&self, x: f64) -> f64 {
        self.parts.iter().map(|(p, kind)| p * kind.cdf(x)).sum()
    }

    pub fn quantile(&self, u: f64) -> f64 {
        let i = self.knots.partition_point(|knot| knot.up_to < u);
        let last = self.knots.len() - 1;
        match (i.checked_sub(1).map(|before| self.knots[before]), i > last) {
            (_, true) => self.knots[last].at,
            (None, _) => self.knots[0].at,
            (Some(_), _) if u > self.knots[i].below => self.knots[i].at,
            (Some(before), _) => self.between(before, self.knots[i], u),
        }
    }

    /// The value between two knots below which the probability is `u`, by regula falsi
    /// as in the Illinois algorithm.
    fn between(&self, from: Knot, to: Knot, u: f64) -> f64 {
        let (mut low, mut low_misses) = (from.at, from.up_to - u);
        let (mut high, mut high_misses) = (to.at, to.below - u);
        let mut side = 0;
        for _ in 0..60 {
            let width = high - low;
            if width <= 4.0 * f64::EPSILON * low.abs().max(high.abs()) || high_misses == low_misses
            {
                break;
            }
            let at = (high - width * (high_misses / (high_misses - low_misses))).clamp(low, high);
            let misses = self.cdf(at) - u;
            if misses == 0.0 || at == low || at == high {
                return at;
            }
            if misses > 0.0 {
                (high, high_misses) = (at, misses);
                low_misses *= if side == 1 { 0.5 } else { 1.0 };
                side = 1;
            } else {
                (low, low_misses) = (at, misses);
                high_misses *= if side == -1 { 0.5 } else { 1.0 };
                side = -1;
            }
        }
        0.5 * (low + high)
    }
}

/// Values between which a distribution is smooth and not too curved.
fn knots_of(kind: &Kind) -> Vec<f64> {
    if let Kind::Discrete { values, .. } = kind {
        return values.clone();
    }
    let tail = [1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 4e-3];
    let middle = (1..64).map(|i| f64::from(i) / 64.0);
    let levels = tail.iter().copied().chain(middle);
    let levels = levels.chain(tail.iter().map(|p| 1.0 - p));
    let ends = [kind.draw(0), kind.draw(u64::MAX)];
    let bounds = kind.bounds();
    levels
        .map(|p| kind.at(p))
        .chain(ends)
        .chain(bounds)
        .collect()
}
