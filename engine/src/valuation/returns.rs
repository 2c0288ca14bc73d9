//! What an investment brings in: its internal rate of return, and when it is
//! paid back.

use crate::math::{exp, fma, ln};
use crate::units::Date;

/// An amount paid once, for which payments come in later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Investment {
    /// The amount, above 0.
    pub amount: f64,
    /// The day it is paid, at its opening.
    pub date: Date,
    /// What is paid on later days, whatever happens.
    pub later: f64,
    /// Whether it is paid upfront, and all that the agreement says of more with it.
    pub is_upfront: bool,
}

impl Investment {
    /// What is paid whatever happens.
    pub fn certain(&self) -> f64 {
        self.amount + self.later
    }
}

/// What comes in after an investment on a row of paths; every path gives the same bits
/// however many it stands beside.
#[derive(Clone, Copy, Debug)]
pub struct Flows<'a, const N: usize> {
    /// Years from the investment to each date on which something may come in, 0 or more.
    pub years: &'a [f64],
    /// For each date the amount on each path, 0 or more.
    pub amounts: &'a [[f64; N]],
    /// Years and amount of one more on each path, at any time.
    pub last: Option<&'a ([f64; N], [f64; N])>,
    /// Years to what more is invested after the first amount, and that, 0 for nothing.
    pub more: &'a [([f64; N], [f64; N])],
}

/// Steps of Newton's method after which a root counts as found: it takes three to five.
const MOST_STEPS: usize = 60;
/// No rate is sought below that of which this is ln(1 + r): it is -99.99 %.
const LOWEST: f64 = -9.21;
/// A step so small, relative to 1 + |x|, leaves an error of its square.
const SMALL_STEP: f64 = 1e-9;
/// Paths whose rates are found side by side: what the registers hold.
const ABREAST: usize = 16;

impl<const N: usize> Flows<'_, N> {
    /// Calls with the years to each flow and its amount on `W` paths from `at` on.
    #[inline(always)]
    fn each<const W: usize>(&self, at: usize, mut call: impl FnMut(&[f64; W], &[f64; W])) {
        for (years, amounts) in self.years.iter().zip(self.amounts) {
            call(&[*years; W], part(amounts, at));
        }
        if let Some((years, amounts)) = self.last {
            call(part(years, at), part(amounts, at));
        }
    }

    /// All that comes in on each path, and its sum weighted with the years to it.
    #[inline(always)]
    pub fn sums(&self) -> ([f64; N], [f64; N]) {
        let (mut sums, mut weighted) = ([0.0; N], [0.0; N]);
        self.each::<N>(0, |years, amounts| {
            for l in 0..N {
                sums[l] += amounts[l];
                weighted[l] = fma(years[l], amounts[l], weighted[l]);
            }
        });
        (sums, weighted)
    }

    /// All that is invested on each path, `first` with the rest.
    #[inline(always)]
    pub fn invested(&self, first: f64) -> [f64; N] {
        let mut sums = [first; N];
        for (_, amounts) in self.more {
            for l in 0..N {
                sums[l] += amounts[l];
            }
        }
        sums
    }

    /// The internal rate of return of each path per year, effective: the rate *r* at
    /// which Σ amount · (1 + r)^−years equals what is invested, `first` and the rest
    /// discounted likewise. NaN where there is no such rate: nothing comes in, or all of
    /// the first amount comes back on its day.
    ///
    /// With x = ln(1 + r), the logarithm of the sum is convex and falling in x, and by
    /// Jensen's inequality not below that of the investment at
    /// x₀ = ln(total / invested) / mean life: Newton's method rises from there to the root
    /// without overshooting, and fast, since the logarithm is nearly straight. Where more
    /// is invested later that root bounds the rate from above, and the search goes down
    /// from it.
    #[inline(always)]
    pub fn internal_rates(&self, first: f64) -> [f64; N] {
        let mut rates = [f64::NAN; N];
        if N.is_multiple_of(ABREAST) {
            for at in (0..N).step_by(ABREAST) {
                rates[at..][..ABREAST].copy_from_slice(&self.rates::<ABREAST>(first, at));
            }
        } else {
            for (at, rate) in rates.iter_mut().enumerate() {
                [*rate] = self.rates::<1>(first, at);
            }
        }
        rates
    }

    #[inline(always)]
    fn rates<const W: usize>(&self, first: f64, at: usize) -> [f64; W] {
        let (mut open, mut total, mut weighted) = ([first; W], [0.0; W], [0.0; W]);
        let (mut dates, mut position) = (0, 0);
        self.each::<W>(at, |years, amounts| {
            for l in 0..W {
                let later = if years[l] > 0.0 { amounts[l] } else { 0.0 };
                open[l] -= amounts[l] - later;
                total[l] += later;
                weighted[l] = fma(years[l], later, weighted[l]);
            }
            position += 1;
            // Apart from the loop above, which would go from path to path for its sake.
            let comes_in = amounts.iter().any(|amount| *amount > 0.0);
            let is_last = comes_in && position <= self.years.len();
            dates = if is_last { position } else { dates };
        });
        // Dates after the last with anything on any of the paths are worth nothing.
        let flows = Self {
            years: &self.years[..dates],
            ..*self
        };
        flows.roots(at, (&open, &total, &weighted))
    }

    /// The rates of paths on which so much is open of the first amount, so much comes in
    /// later, in sum and weighted with the years to it.
    #[inline(always)]
    fn roots<const W: usize>(
        &self,
        at: usize,
        (open, total, weighted): (&[f64; W], &[f64; W], &[f64; W]),
    ) -> [f64; W] {
        let (mut x, mut moves) = ([f64::NAN; W], [0.0; W]);
        for l in 0..W {
            let is_there = (open[l] > 0.0) & (total[l] > 0.0);
            let start = ln(total[l] / open[l]) * total[l] / weighted[l];
            x[l] = if is_there { start } else { f64::NAN };
            moves[l] = if is_there { 1.0 } else { 0.0 };
        }
        for steps in 0..MOST_STEPS {
            let (value, slope) = self.discounted(at, &x);
            if steps == 0 && value.contains(&f64::INFINITY) {
                let bound = self.bounds(at, open);
                for l in 0..W {
                    x[l] = if value[l] == f64::INFINITY {
                        bound[l]
                    } else {
                        x[l]
                    };
                }
                continue;
            }
            for l in 0..W {
                let step = ln(value[l] / open[l]) * (value[l] / slope[l]);
                x[l] = if moves[l] > 0.0 { x[l] + step } else { x[l] };
                let goes_on = step.abs() > SMALL_STEP * (1.0 + x[l].abs());
                moves[l] = if goes_on { moves[l] } else { 0.0 };
            }
            if moves == [0.0; W] {
                break;
            }
        }
        if !self.more.is_empty() {
            x = self.below(at, open, x);
        }
        for rate in &mut x {
            *rate = exp(*rate) - 1.0;
        }
        x
    }

    /// The logarithms of rates at which what comes in is worth all that is invested, where
    /// at `high`, or above, it is worth no more; NaN where there is none above −99.99 %.
    ///
    /// With h the logarithm of what comes in over what is invested, h(high) ≤ 0. Newton's
    /// method keeps to a bracket once h has been found above 0, and goes down as long as
    /// it has not.
    #[inline(always)]
    fn below<const W: usize>(&self, at: usize, open: &[f64; W], high: [f64; W]) -> [f64; W] {
        let (mut x, mut high, mut low) = (high, high, [f64::NEG_INFINITY; W]);
        let mut moves = x.map(|x| if x.is_finite() { 1.0 } else { 0.0 });
        for _ in 0..MOST_STEPS {
            if moves == [0.0; W] {
                break;
            }
            let (value, slope) = self.discounted(at, &x);
            let (mut cost, mut of_cost) = (*open, [0.0; W]);
            for (years, amounts) in self.more {
                let (years, amounts) = (part::<N, W>(years, at), part::<N, W>(amounts, at));
                for l in 0..W {
                    let discounted = amounts[l] * exp(-x[l] * years[l]);
                    let discounted = if amounts[l] > 0.0 { discounted } else { 0.0 };
                    cost[l] += discounted;
                    of_cost[l] = fma(years[l], discounted, of_cost[l]);
                }
            }
            // Asked of every path, whether it moves or not: else it would be a branch.
            for l in 0..W {
                let (from, is_moving) = (x[l], moves[l] > 0.0);
                let gap = ln(value[l] / cost[l]);
                let is_low = gap > 0.0;
                let (lower, upper) = (low[l], high[l]);
                let lower = if is_low { from } else { lower };
                let upper = if is_low { upper } else { from };
                let step = gap / (slope[l] / value[l] - of_cost[l] / cost[l]);
                let to = from + step;
                let is_within = (lower < to) & (to < upper);
                let is_small = step.abs() <= SMALL_STEP * (1.0 + from.abs());
                let middle = 0.5 * (lower + upper);
                let below = from - 1.0;
                let apart = if lower > f64::NEG_INFINITY {
                    middle
                } else {
                    below
                };
                let next = if is_within | is_small { to } else { apart };
                let goes_on = step.abs() > SMALL_STEP * (1.0 + next.abs());
                let is_none = next.is_nan() | (next <= LOWEST);
                let next = if is_none { f64::NAN } else { next };
                x[l] = if is_moving { next } else { from };
                low[l] = if is_moving { lower } else { low[l] };
                high[l] = if is_moving { upper } else { high[l] };
                moves[l] = if is_moving & goes_on & !is_none {
                    1.0
                } else {
                    0.0
                };
            }
        }
        x
    }

    /// What comes in later, discounted by exp(−x · years), and the same weighted with
    /// the years.
    #[inline(always)]
    fn discounted<const W: usize>(&self, at: usize, x: &[f64; W]) -> ([f64; W], [f64; W]) {
        let (mut value, mut slope) = ([0.0; W], [0.0; W]);
        self.each::<W>(at, |years, amounts| {
            for l in 0..W {
                let discounted = amounts[l] * exp(-x[l] * years[l]);
                // Where nothing comes in the factor may be infinite.
                let comes_in = (amounts[l] > 0.0) & (years[l] > 0.0);
                let discounted = if comes_in { discounted } else { 0.0 };
                value[l] += discounted;
                slope[l] = fma(years[l], discounted, slope[l]);
            }
        });
        (value, slope)
    }

    /// Where the largest single flow alone is worth what is open: below the root too,
    /// and nothing is infinite there.
    #[cold]
    #[inline(never)]
    fn bounds<const W: usize>(&self, at: usize, open: &[f64; W]) -> [f64; W] {
        let mut bounds = [f64::NEG_INFINITY; W];
        self.each::<W>(at, |years, amounts| {
            for l in 0..W {
                if years[l] > 0.0 {
                    bounds[l] = bounds[l].max(ln(amounts[l] / open[l]) / years[l]);
                }
            }
        });
        bounds
    }

    /// On each path the position of the flow with which what came in reaches all that is
    /// invested; infinite where it never does. Ties count in decimal, as a cap's do.
    #[inline(always)]
    pub fn payback(&self, first: f64) -> [f64; N] {
        let mut open = self.invested(first).map(|all| all * (1.0 - 1e-12));
        let mut at = [f64::INFINITY; N];
        let mut position = 0.0;
        self.each::<N>(0, |_, amounts| {
            for l in 0..N {
                open[l] -= amounts[l];
                let is_back = (open[l] <= 0.0) & (at[l] == f64::INFINITY);
                at[l] = if is_back { position } else { at[l] };
            }
            position += 1.0;
        });
        at
    }
}

/// `W` numbers of a row from `at` on.
#[inline(always)]
fn part<const N: usize, const W: usize>(row: &[f64; N], at: usize) -> &[f64; W] {
    row[at..].first_chunk().expect("a row of paths in parts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<T>(flows: &[(f64, f64)], ask: impl Fn(Flows<'_, 1>) -> T) -> T {
        let (years, amounts): (Vec<_>, Vec<_>) = flows.iter().map(|(y, a)| (*y, [*a])).unzip();
        ask(Flows {
            years: &years,
            amounts: &amounts,
            last: None,
            more: &[],
        })
    }

    fn rate(invested: f64, flows: &[(f64, f64)]) -> f64 {
        of(flows, |flows| flows.internal_rates(invested)[0])
    }

    #[test]
    fn rates_known_in_closed_form() {
        let near = |found: f64, exact: f64| {
            assert!((found - exact).abs() < 1e-12, "{found:?} {exact}");
        };
        near(rate(100.0, &[(1.0, 110.0)]), 0.10);
        near(rate(100.0, &[(2.0, 100.0)]), 0.0);
        near(rate(100.0, &[(0.5, 50.0)]), -0.75);
        near(rate(100.0, &[(0.0, 50.0), (1.0, 100.0)]), 1.0);
        // A bond at par earns its coupon; an annuity of 1 + r twice.
        near(rate(100.0, &[(1.0, 7.0), (2.0, 7.0), (3.0, 107.0)]), 0.07);
        let golden = (5f64.sqrt() - 1.0) / 2.0;
        near(rate(1.0, &[(1.0, 1.0), (2.0, 1.0)]), golden);
        near(rate(1e-6, &[(10.0, 1e6)]), 10f64.powf(1.2) - 1.0);
    }

    #[test]
    fn a_rate_is_found_where_the_bound_it_starts_from_overflows() {
        // At Jensen's bound, x = −520, the second flow would be worth more than any number.
        let x = (1.0 + rate(1.0, &[(1.0 / 64.0, 1e-5), (64.0, 1e-9)])).ln();
        let value = 1e-5 * (-x / 64.0).exp() + 1e-9 * (-x * 64.0).exp();
        assert!((value - 1.0).abs() < 1e-12, "{x} {value}");
    }

    #[test]
    fn there_is_no_rate_without_a_return_or_with_an_immediate_one() {
        assert!(rate(100.0, &[]).is_nan());
        assert!(rate(100.0, &[(1.0, 0.0)]).is_nan());
        assert!(rate(100.0, &[(0.0, 100.0), (1.0, 5.0)]).is_nan());
    }

    #[test]
    fn the_rate_discounts_to_what_was_invested() {
        for scale in [0.01, 0.3, 1.0, 3.0, 40.0] {
            let flows: Vec<(f64, f64)> = (1..=40)
                .map(|q| (f64::from(q) / 4.0, scale * f64::from(q % 7)))
                .collect();
            let rate = rate(100.0, &flows);
            let value: f64 = flows.iter().map(|(t, a)| a * (1.0 + rate).powf(-t)).sum();
            assert!((value / 100.0 - 1.0).abs() < 1e-12, "{scale}: {value}");
        }
    }

    /// The rate of a first amount, more later, and what comes in.
    fn rate_of(first: f64, more: &[(f64, f64)], flows: &[(f64, f64)]) -> f64 {
        let more: Vec<([f64; 1], [f64; 1])> = more.iter().map(|(y, a)| ([*y], [*a])).collect();
        of(flows, |flows| {
            let all = Flows {
                more: &more,
                ..flows
            };
            all.internal_rates(first)[0]
        })
    }

    #[test]
    fn the_rate_of_several_amounts_discounts_all_of_them() {
        let near = |found: f64, exact: f64| {
            assert!((found - exact).abs() < 1e-12, "{found:?} {exact}");
        };
        // 20 + 24 v = 48 v at v = 1/1.2.
        near(rate_of(20.0, &[(1.0, 24.0)], &[(1.0, 48.0)]), 0.2);
        // 100 + 100 v = 231 v²: v = 10/11 makes 190.909 of both.
        near(rate_of(100.0, &[(1.0, 100.0)], &[(2.0, 231.0)]), 0.1);
        // More than comes back: 100 + 100 v = 50 v², v = 1 + √3.
        let v = 1.0 + 3f64.sqrt();
        near(
            rate_of(100.0, &[(1.0, 100.0)], &[(2.0, 50.0)]),
            1.0 / v - 1.0,
        );
        // Nothing more on the path: that of the first alone.
        near(rate_of(100.0, &[(1.0, 0.0)], &[(2.0, 121.0)]), 0.1);
        // The second amount is paid after all has come in: 20 - 30 v + 20 v² has no root.
        assert!(rate_of(20.0, &[(2.0, 20.0)], &[(1.0, 30.0)]).is_nan());
        // 20 - 50 v + 30 v²: 0 % and 50 %, of which the higher is found.
        near(rate_of(20.0, &[(2.0, 30.0)], &[(1.0, 50.0)]), 0.5);
        for scale in [0.1, 1.0, 5.0] {
            let flows: Vec<(f64, f64)> = (1..=40)
                .map(|q| (f64::from(q) / 4.0, scale * f64::from(q % 7)))
                .collect();
            let more = [(0.6, 30.0), (3.3, 50.0)];
            let rate = rate_of(40.0, &more, &flows);
            let worth = |flows: &[(f64, f64)]| -> f64 {
                flows.iter().map(|(t, a)| a * (1.0 + rate).powf(-t)).sum()
            };
            let invested = 40.0 + worth(&more);
            assert!(
                (worth(&flows) / invested - 1.0).abs() < 1e-9,
                "{scale}: {rate}"
            );
        }
    }

    #[test]
    fn a_path_beside_others_gives_the_bits_it_gives_alone() {
        let years = [0.25, 1.0, 30.0];
        let scale = |l: usize| 3.0 * f64::from(l as u32 * 37 % 64) / 64.0;
        let amounts = [0.1, 0.7, 1e-3].map(|a| std::array::from_fn::<f64, 64, _>(|l| a * scale(l)));
        let last = (
            [2.5; 64],
            std::array::from_fn(|l| if l % 5 == 1 { 0.2 } else { 0.0 }),
        );
        let row = Flows {
            years: &years,
            amounts: &amounts,
            last: Some(&last),
            more: &[],
        };
        let (rates, back, sums) = (row.internal_rates(1.0), row.payback(1.0), row.sums());
        for l in 0..64 {
            let amounts = amounts.map(|row| [row[l]]);
            let one = Flows {
                years: &years,
                amounts: &amounts,
                last: Some(&([last.0[l]], [last.1[l]])),
                more: &[],
            };
            let rate = one.internal_rates(1.0)[0];
            assert!(rate == rates[l] || rate.is_nan() && rates[l].is_nan());
            assert_eq!(one.payback(1.0)[0], back[l]);
            assert_eq!((one.sums().0[0], one.sums().1[0]), (sums.0[l], sums.1[l]));
        }
        assert!(rates.iter().any(|rate| rate.is_nan()));
    }

    #[test]
    fn payback_is_the_flow_that_completes_it() {
        let tenths = [(1.0, 0.1); 10];
        assert_eq!(of(&tenths, |flows| flows.payback(1.0)), [9.0]);
        let two = [(1.0, 1.0); 2];
        assert_eq!(of(&two, |flows| flows.payback(3.0)), [f64::INFINITY]);
        let more = [([1.5], [1.0])];
        let with = |flows: Flows<'_, 1>| {
            Flows {
                more: &more,
                ..flows
            }
            .payback(1.0)
        };
        assert_eq!(of(&two, with), [1.0]);
    }
}
