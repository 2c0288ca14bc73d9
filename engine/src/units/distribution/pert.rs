//! The quantile function of a PERT distribution, kept as a table.

use serde::{Deserialize, Serialize};

use crate::math::{Beta, exp, ln, normal_cdf};

/// Nodes for each unit of a standard normal number.
const PER_UNIT: usize = 64;
/// How far the table reaches: further than any number of 64 bits.
const REACH: usize = 9;
/// 1/√(2π)
const PEAK: f64 = 0.398_942_280_401_432_7;

/// A beta distribution of weight 4 on its most likely value, between two ends
/// (Malcolm, Roseboom, Clark and Fazar, "Application of a technique for research and
/// development program evaluation", Operations Research 7, 1959).
///
/// Its quantile at Φ(z) is a cubic between nodes of z, with the slopes of the quantile
/// function itself: within 1e-9 of the width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Pert {
    low: f64,
    high: f64,
    parameters: (f64, f64),
    /// Values and slopes, of a width of 1 and for a step of one node.
    nodes: Vec<(f64, f64)>,
}

impl Pert {
    pub fn new(low: f64, mode: f64, high: f64) -> Self {
        let rise = (mode - low) / (high - low);
        let parameters = (1.0 + 4.0 * rise, 5.0 - 4.0 * rise);
        let beta = Beta::new(parameters.0, parameters.1);
        let mut nodes = lower_half(beta);
        nodes.reverse();
        let upper = lower_half(beta.mirrored());
        let mirrored = upper.into_iter().skip(1);
        nodes.extend(mirrored.map(|(value, slope)| (1.0 - value, slope)));
        Self {
            low,
            high,
            parameters,
            nodes,
        }
    }

    /// The quantile at Φ(z).
    pub fn at_normal(&self, z: f64) -> f64 {
        let last = self.nodes.len() - 1;
        let at = (z + REACH as f64) * PER_UNIT as f64;
        let at = at.clamp(0.0, last as f64);
        let i = (at as usize).min(last - 1);
        let (t, (from, rise), (to, then)) = (at - i as f64, self.nodes[i], self.nodes[i + 1]);
        let (left, step) = (1.0 - t, to - from);
        // Hermite's cubic, written around the chord.
        let bend = left * (rise - step) - t * (then - step);
        let part = from + t * step + t * left * bend;
        self.low + (self.high - self.low) * part.clamp(0.0, 1.0)
    }

    /// The probability of a value below `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        let (a, b) = self.parameters;
        Beta::new(a, b).cdf((x - self.low) / (self.high - self.low))
    }

    pub fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}

/// Values and slopes from the median downwards. In logarithms, where a tail is a
/// straight line, Newton's method converges from the node before.
fn lower_half(beta: Beta) -> Vec<(f64, f64)> {
    let step = 1.0 / PER_UNIT as f64;
    let mut log = ln(0.5);
    let mut nodes = Vec::with_capacity(REACH * PER_UNIT + 1);
    for i in 0..=REACH * PER_UNIT {
        let z = -(i as f64) * step;
        let wanted = ln(normal_cdf(z));
        for _ in 0..50 {
            let x = exp(log);
            let (below, density) = (beta.cdf(x), beta.density(x));
            let change = (ln(below) - wanted) * below / (x * density);
            // The median is below all but the last bit of 1.
            log = (log - change.clamp(-1.0, 1.0)).min(-1e-12);
            if change.abs() < 1e-14 {
                break;
            }
        }
        let x = exp(log);
        let slope = PEAK * exp(-0.5 * z * z) / beta.density(x);
        nodes.push((x, slope * step));
    }
    nodes
}
