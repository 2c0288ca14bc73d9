//! Geometric Brownian motion with jumps.

use serde::{Deserialize, Serialize};

use super::shocks::Shock;
use super::{Gbm, Response};
use crate::math::{exp, fma, growth_factor, inverse_normal_cdf_from_bits, normal_cdf};
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
    /// The same of all together.
    most_in_all: usize,
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
            most_in_all: most_jumps(most_rate * steps.iter().sum::<f64>()),
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

    /// The coordinates that [`place`](Self::place) makes events of: how many jumps there
    /// are in all, then when each comes and how large it is. None where there may be too
    /// many jumps.
    pub(super) fn coordinates(&self) -> usize {
        match self.most_in_all {
            most @ 0..=MOST_PLACED => 1 + 2 * most,
            _ => 0,
        }
    }

    /// Makes events of [coordinates](Self::coordinates), uniform numbers in (0, 1): those
    /// that bring the same jumps.
    #[inline(always)]
    pub(super) fn place(&self, inputs: &[Lanes], coordinates: &[Lanes], events: &mut [Lanes]) {
        let Some((number, each)) = coordinates.split_first() else {
            return;
        };
        let rate = self.rate.lanes(inputs);
        let years: f64 = self.steps.iter().sum();
        let in_all = poisson(&rate.map(|rate| rate * years), number, self.most_in_all);
        let steps = || self.steps.iter().filter(|step| **step > 0.0);
        events.fill([0.0; LANES]);
        // First how many jumps a stretch has and the sum of their normals.
        for (j, at) in each.chunks_exact(2).enumerate() {
            for l in 0..LANES {
                if in_all[l] > j as f64 {
                    let mut left = years * at[0][l];
                    let stretch = steps().position(|step| {
                        left -= step;
                        left <= 0.0
                    });
                    let stretch = 2 * stretch.unwrap_or(events.len() / 2 - 1);
                    events[stretch][l] += 1.0;
                    let bits = (at[1][l] * TWO_TO_64) as u64;
                    events[stretch + 1][l] += inverse_normal_cdf_from_bits(bits);
                }
            }
        }
        // Then numbers that are inverted to these.
        for (step, rows) in steps().zip(events.chunks_exact_mut(2)) {
            for l in 0..LANES {
                let (count, sum) = (rows[0][l], rows[1][l]);
                let expected = rate[l] * step;
                let (mut term, mut below) = (exp(-expected), 0.0);
                for n in 1..=count as usize {
                    below += term;
                    term *= expected / n as f64;
                }
                rows[0][l] = fma(0.5, term, below);
                let normal = if count > 0.0 { sum / count.sqrt() } else { 0.0 };
                rows[1][l] = normal_cdf(normal).clamp(EPSILON, 1.0 - EPSILON);
            }
        }
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

/// The most jumps that have coordinates of their own.
const MOST_PLACED: usize = 64;
const EPSILON: f64 = 1.0 / (1_u64 << 53) as f64;
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
    fn events_that_are_placed_bring_the_jumps_of_their_coordinates() {
        let day = |y, m, d| crate::units::Date::new(y, m, d).unwrap();
        let timeline = crate::units::Timeline::new(
            day(2026, 1, 1),
            day(2028, 12, 31),
            crate::units::Step::Quarter,
        );
        let fixed = Parameter::Fixed;
        let observe = super::super::Observe::Mid;
        let base = Gbm::new(
            fixed(10.0),
            fixed(0.0),
            fixed(0.2),
            observe,
            &timeline.unwrap(),
        );
        let jump = Jump::new(base, fixed(1.2), 1.2, fixed(-0.1), fixed(0.3));
        let coordinates: Vec<Lanes> = (0..jump.coordinates())
            .map(|i| std::array::from_fn(|l| ((i * 37 + l * 11 + 5) % 97) as f64 / 97.0 + 0.001))
            .collect();
        let mut events = vec![[0.0; LANES]; jump.events()];
        jump.place(&[], &coordinates, &mut events);
        let steps: Vec<f64> = jump.steps.iter().copied().filter(|s| *s > 0.0).collect();
        let years: f64 = steps.iter().sum();
        let number = poisson(&[1.2 * years; LANES], &coordinates[0], jump.most_in_all);
        for l in 0..LANES {
            let mut counts = vec![0.0; steps.len()];
            let mut sums = vec![0.0; steps.len()];
            for j in 0..number[l] as usize {
                let mut end = 0.0;
                let k = steps.iter().position(|step| {
                    end += step;
                    years * coordinates[1 + 2 * j][l] <= end
                });
                counts[k.unwrap()] += 1.0;
                sums[k.unwrap()] += crate::math::inverse_normal_cdf(coordinates[2 + 2 * j][l]);
            }
            for (k, step) in steps.iter().enumerate() {
                let rows = [events[2 * k][l], events[2 * k + 1][l]];
                let count = poisson(&[1.2 * step; LANES], &[rows[0]; LANES], 40)[0];
                assert_eq!(count, counts[k], "{l} {k}");
                let sum = crate::math::inverse_normal_cdf(rows[1]) * count.sqrt();
                assert!((sum - sums[k]).abs() < 1e-9, "{l} {k}: {sum} {}", sums[k]);
            }
        }
        assert!(number.iter().any(|n| *n > 1.0));
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
