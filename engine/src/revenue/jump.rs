//! Geometric Brownian motion with jumps.

use serde::{Deserialize, Serialize};

use super::shocks::Shock;
use super::{Gbm, Response};
use crate::math::{exp, fma, growth_factor, inverse_normal_cdf_from_bits};
use crate::units::{LANES, Lanes, Parameter};

/// Run rate `A(t)·exp(J(t) − rate·t·(E[eʲ] − 1))` with `A` a [`Gbm`] and `J` the
/// sum of the jumps up to *t*, a compound Poisson process with normal log sizes
/// (Merton 1976, *Option pricing when underlying stock returns are
/// discontinuous*). The last term keeps growth the expected growth, jumps
/// included.
///
/// Each stretch between observations takes two uniform numbers: the number of
/// jumps, by inverting the Poisson distribution, and their sum, which given that
/// number is normal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Jump {
    base: Gbm,
    rate: Parameter,
    mean: Parameter,
    deviation: Parameter,
    steps: Vec<f64>,
    /// For each step, the most jumps that are told apart.
    most: Vec<usize>,
}

impl Jump {
    /// `rate` jumps per year (0 or more, at most `most_rate`), with mean and
    /// standard deviation of a jump's logarithm.
    pub fn new(
        base: Gbm,
        rate: Parameter,
        most_rate: f64,
        mean: Parameter,
        deviation: Parameter,
    ) -> Self {
        let steps = base.steps();
        let most = steps.iter().map(|step| most_jumps(most_rate * step));
        Self {
            most: most.collect(),
            base,
            rate,
            mean,
            deviation,
            steps,
        }
    }

    pub(super) fn shocks(&self) -> usize {
        self.base.shocks()
    }

    pub(super) fn shock_kinds(&self) -> Vec<Shock> {
        self.base.shock_kinds()
    }

    pub(super) fn events(&self) -> usize {
        self.events_through(self.steps.len())
    }

    /// The events of so many periods.
    pub(super) fn events_through(&self, periods: usize) -> usize {
        let steps = self.steps.iter().take(periods);
        2 * steps.filter(|step| **step > 0.0).count()
    }

    #[inline(always)]
    pub(super) fn generate(
        &self,
        inputs: &[Lanes],
        shocks: &[Lanes],
        events: &[Lanes],
        revenue: &mut [Lanes],
    ) {
        self.base.generate(inputs, shocks, revenue);
        let rate = self.rate.lanes(inputs);
        let mean = self.mean.lanes(inputs);
        let deviation = self.deviation.lanes(inputs);
        let mut compensation = [0.0; LANES];
        for l in 0..LANES {
            let expected = exp(mean[l] + 0.5 * deviation[l] * deviation[l]);
            compensation[l] = rate[l] * (expected - 1.0);
        }
        let mut jumps = [0.0; LANES];
        let mut events = events.chunks_exact(2);
        for (k, row) in revenue.iter_mut().enumerate() {
            let step = self.steps[k];
            if step > 0.0
                && let Some([number, size]) = events.next()
            {
                let mut expected = [0.0; LANES];
                for l in 0..LANES {
                    expected[l] = rate[l] * step;
                }
                let count = poisson(&expected, number, self.most[k]);
                for l in 0..LANES {
                    // The numbers are odd multiples of 2⁻⁵³, so all of them fit.
                    let bits = (size[l] * TWO_TO_64) as u64;
                    let normal = inverse_normal_cdf_from_bits(bits);
                    let spread = deviation[l] * count[l].sqrt();
                    jumps[l] += fma(count[l], mean[l], spread * normal);
                }
            }
            let time = self.base.times()[k];
            for l in 0..LANES {
                row[l] *= growth_factor(fma(-compensation[l], time, jumps[l]));
            }
        }
    }

    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        self.base.expected(inputs)
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        self.base.response(inputs)
    }
}

const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// A number of jumps that is exceeded with a probability below 2⁻⁵³.
fn most_jumps(expected: f64) -> usize {
    (expected + 9.0 * expected.sqrt() + 18.0).ceil() as usize
}

/// The Poisson quantile of each uniform number: how many of the cumulative
/// probabilities 0, 1, … it exceeds.
#[inline(always)]
fn poisson(expected: &Lanes, uniform: &Lanes, most: usize) -> Lanes {
    let mut term = [0.0; LANES];
    for l in 0..LANES {
        term[l] = exp(-expected[l]);
    }
    let mut cumulative = term;
    let mut count = [0.0; LANES];
    for n in 1..=most {
        let inverse = 1.0 / n as f64;
        for l in 0..LANES {
            count[l] += if uniform[l] > cumulative[l] { 1.0 } else { 0.0 };
            term[l] *= expected[l] * inverse;
            cumulative[l] += term[l];
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_poisson_quantiles() {
        for (expected, uniform, count) in [
            (0.5, 0.6, 0.0),
            (0.5, 0.61, 1.0),
            (0.5, 0.909, 1.0),
            (0.5, 0.91, 2.0),
            (3.0, 0.5, 3.0),
            (0.0, 0.999_999, 0.0),
        ] {
            let counts = poisson(&[expected; LANES], &[uniform; LANES], most_jumps(expected));
            assert_eq!(counts, [count; LANES], "{expected} {uniform}");
        }
    }

    #[test]
    fn the_most_jumps_are_hardly_ever_exceeded() {
        for expected in [0.0, 0.01, 0.5, 5.0, 50.0] {
            let most = most_jumps(expected);
            let mut term = (-expected).exp();
            for n in 1..=most {
                term *= expected / n as f64;
            }
            // The first left out is larger than all after it together.
            assert!(term < 1e-16, "{expected}: {term}");
        }
    }
}
