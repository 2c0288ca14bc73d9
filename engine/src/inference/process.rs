//! The revenue models as Gaussian processes: means and covariances of the log run
//! rate and of its expected growth at any times.

use crate::math::exp;

/// Log run rate *x* and expected log growth *μ* from one time to the next, *h* years
/// later, as the models `gbm` and `growth` step:
///
/// ```text
/// x' = x + (μ − ½σ²)·h + σ·√h·e₁
/// μ' = e^(−κh)·μ + (1 − e^(−κh))·μ̄ + √((1 − e^(−2κh)) / 2κ)·η·e₂
/// ```
///
/// With κ = η = 0 growth is one unknown number: the geometric Brownian motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Process {
    /// σ, per square root of a year, above 0.
    pub volatility: f64,
    /// κ per year, 0 or more.
    pub reversion: f64,
    /// η, per year and square root of a year, 0 or more.
    pub growth_volatility: f64,
    /// μ̄, a log growth per year.
    pub long_run: f64,
    /// Mean and standard deviation of μ at the first time, before any figure is known.
    pub growth: (f64, f64),
}

/// Moments of *x* less its value at the first time, and of *μ* at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Means of x.
    pub mean: Vec<f64>,
    /// Covariances of x, row by row.
    pub covariance: Vec<f64>,
    /// Mean of μ.
    pub growth_mean: f64,
    /// Variance of μ.
    pub growth_variance: f64,
    /// Covariances of each x with μ.
    pub growth_covariance: Vec<f64>,
}

/// What is known of (x, μ) at one time.
#[derive(Clone, Copy)]
struct State {
    means: (f64, f64),
    xx: f64,
    xm: f64,
    mm: f64,
}

impl Process {
    /// What is kept of μ over *h* years, and the variance that comes to it.
    fn decay(&self, h: f64) -> (f64, f64) {
        let kept = exp(-self.reversion * h);
        let spread = match self.reversion * h < 1e-8 {
            true => h,
            false => (1.0 - kept * kept) / (2.0 * self.reversion),
        };
        (
            kept,
            self.growth_volatility * self.growth_volatility * spread,
        )
    }

    /// Moments at ascending `times` in years, and of μ at the time `at`.
    pub fn moments(&self, times: &[f64], at: usize) -> Moments {
        let n = times.len();
        let square = self.volatility * self.volatility;
        let (mean, sd) = self.growth;
        let mut state = State {
            means: (0.0, mean),
            xx: 0.0,
            xm: 0.0,
            mm: sd * sd,
        };
        let steps: Vec<(f64, f64, f64)> = times
            .windows(2)
            .map(|pair| {
                let h = pair[1] - pair[0];
                let (kept, new) = self.decay(h);
                (h, kept, new)
            })
            .collect();
        let mut states = vec![state];
        for &(h, kept, new) in &steps {
            state = State {
                means: (
                    state.means.0 + (state.means.1 - 0.5 * square) * h,
                    self.long_run + kept * (state.means.1 - self.long_run),
                ),
                xx: state.xx + 2.0 * h * state.xm + h * h * state.mm + square * h,
                xm: kept * (state.xm + h * state.mm),
                mm: kept * kept * state.mm + new,
            };
            states.push(state);
        }
        let mut covariance = vec![0.0; n * n];
        let mut growth_covariance = vec![0.0; n];
        for (j, state) in states.iter().enumerate() {
            let (mut xx, mut xm) = (state.xx, state.xm);
            let (mut mx, mut mm) = (state.xm, state.mm);
            for k in j..n {
                covariance[j * n + k] = xx;
                covariance[k * n + j] = xx;
                if k == at {
                    growth_covariance[j] = xm;
                }
                if j == at {
                    growth_covariance[k] = mx;
                }
                if let Some(&(h, kept, _)) = steps.get(k) {
                    (xx, xm) = (xx + h * xm, kept * xm);
                    (mx, mm) = (mx + h * mm, kept * mm);
                }
            }
        }
        Moments {
            mean: states.iter().map(|state| state.means.0).collect(),
            covariance,
            growth_mean: states[at].means.1,
            growth_variance: states[at].mm,
            growth_covariance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_geometric_brownian_motion_has_its_closed_form() {
        let process = Process {
            volatility: 0.3,
            reversion: 0.0,
            growth_volatility: 0.0,
            long_run: 0.0,
            growth: (0.2, 0.5),
        };
        let times = [0.0, 0.5, 2.0];
        let moments = process.moments(&times, 1);
        for (j, s) in times.iter().enumerate() {
            assert!((moments.mean[j] - (0.2 - 0.045) * s).abs() < 1e-15);
            assert!((moments.growth_covariance[j] - 0.25 * s).abs() < 1e-15);
            for (k, t) in times.iter().enumerate() {
                let wanted = 0.09 * s.min(*t) + 0.25 * s * t;
                assert!((moments.covariance[j * 3 + k] - wanted).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn growth_forgets_where_it_began() {
        let process = Process {
            volatility: 0.1,
            reversion: 2.0,
            growth_volatility: 0.4,
            long_run: 0.05,
            growth: (1.0, 0.5),
        };
        let times: Vec<f64> = (0..121).map(|k| f64::from(k) / 12.0).collect();
        let moments = process.moments(&times, 120);
        assert!((moments.growth_mean - 0.05).abs() < 1e-8);
        assert!((moments.growth_variance - 0.16 / 4.0).abs() < 1e-8);
    }
}
