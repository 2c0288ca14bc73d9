//! The monthly run rates behind reported figures: their likeliest path and the
//! likelihood of what was reported, by Laplace's method.

use super::process::{Moments, Process};
use crate::math::{Cholesky, dot, exp, ln};
use crate::units::Date;

/// Steps of Gauss and Newton at most; three or four are usual.
const MOST_STEPS: usize = 40;
/// Log run rates that move less than this have settled.
const SETTLED: f64 = 1e-6;

/// A reported figure on the grid of months.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The months it takes part of, and the weight of each in the figure: years for a
    /// period's revenue, shares that add up to 1 for a run rate.
    pub weights: Vec<(usize, f64)>,
    /// Its logarithm.
    pub log: f64,
    /// Standard deviation of its relative error; `None` where that is the unknown
    /// error of run rates.
    pub error: Option<f64>,
}

/// The times of the latent path, in years from the middle of the first month: the
/// middles of all months with figures, the first day after them, and months after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The first day of the first month.
    pub first_day: Date,
    /// Months with figures.
    pub months: usize,
    /// Months after them.
    pub ahead: usize,
}

impl Grid {
    /// The times of the months with figures.
    pub fn times(&self) -> Vec<f64> {
        (0..self.months).map(|k| k as f64 / 12.0).collect()
    }

    /// All times: those, then the start of what follows, then the months ahead.
    pub fn all_times(&self) -> Vec<f64> {
        let mut times = self.times();
        times.push((self.months as f64 - 0.5) / 12.0);
        times.extend((self.months..self.months + self.ahead).map(|k| k as f64 / 12.0));
        times
    }

    /// The first day after the months with figures.
    pub fn start(&self) -> Date {
        self.first_day.add_months(self.months as i32)
    }

    /// The month that a day lies in, counted from the first.
    pub fn month(&self, day: Date) -> usize {
        let index = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
        usize::try_from(index(day) - index(self.first_day)).unwrap_or(0)
    }

    /// The weights of the months between two days, in years.
    pub fn weights(&self, first_day: Date, last_day: Date) -> Vec<(usize, f64)> {
        let mut weights = Vec::new();
        let mut month = first_day.first_of_month();
        while month <= last_day {
            let days = last_day
                .min(month.last_of_month())
                .days_since(first_day.max(month))
                + 1;
            let share = f64::from(days) / f64::from(month.days_in_month());
            weights.push((self.month(month), share / 12.0));
            month = month.add_months(1);
        }
        weights
    }
}

/// The latent path given the figures and the parameters, as a Gaussian about its mode.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Log run rates at the middles of months, at the mode.
    pub path: Vec<f64>,
    /// Log likelihood of the figures, the level integrated out.
    pub log_likelihood: f64,
    factor: Cholesky,
    slopes: Vec<Vec<(usize, f64)>>,
    level: f64,
    /// 1ᵀV⁻¹1 and V⁻¹1.
    information: f64,
    ones: Vec<f64>,
    /// V⁻¹ times what the level and the process leave of the figures.
    pulls: Vec<f64>,
}

/// A path of log run rates to begin with: straight lines between the middles of the
/// figures.
pub fn rough_path(months: usize, observations: &[Observation]) -> Vec<f64> {
    let mut points: Vec<(f64, f64)> = observations
        .iter()
        .map(|seen| {
            let total: f64 = seen.weights.iter().map(|(_, w)| w).sum();
            let middle: f64 = seen.weights.iter().map(|(m, w)| *m as f64 * w).sum();
            (middle / total, seen.log - ln(total))
        })
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |month: usize| {
        let x = month as f64;
        let after = points.iter().position(|point| point.0 >= x);
        match after {
            Some(0) => points[0].1,
            None => points[points.len() - 1].1,
            Some(i) => {
                let (a, b) = (points[i - 1], points[i]);
                a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0)
            }
        }
    };
    (0..months).map(at).collect()
}

/// ln Σ weight·exp(x), and how much each month moves it.
fn log_figure(path: &[f64], weights: &[(usize, f64)]) -> (f64, Vec<(usize, f64)>) {
    let terms = weights
        .iter()
        .map(|&(month, weight)| (month, weight * exp(path[month])));
    let terms: Vec<(usize, f64)> = terms.collect();
    let sum: f64 = terms.iter().map(|(_, term)| term).sum();
    let slopes = terms.into_iter().map(|(month, term)| (month, term / sum));
    (ln(sum), slopes.collect())
}

impl Observation {
    /// The logarithm of the figure that a path makes of it.
    pub fn fitted(&self, path: &[f64]) -> f64 {
        log_figure(path, &self.weights).0
    }

    /// Standard deviation of its relative error, where that of run rates is `run_rate`.
    pub fn deviation(&self, run_rate: f64) -> f64 {
        self.error.unwrap_or(run_rate).max(LEAST_ERROR)
    }
}

/// No figure is taken to be closer than this: a hundredth of a percent.
const LEAST_ERROR: f64 = 1e-4;

impl Settled {
    /// Finds the mode from a path near it. The figures are functions of the path plus
    /// independent errors; each step makes them linear about the path so far (their
    /// slopes add up to 1, so the level has a closed form under its flat prior) and
    /// solves for the path. `None` where a covariance has no factor.
    pub fn new(
        process: &Process,
        run_rate_error: f64,
        times: &[f64],
        observations: &[Observation],
        from: &[f64],
    ) -> Option<Self> {
        let moments = process.moments(times, 0);
        let (n, months) = (observations.len(), times.len());
        let mut path = from.to_vec();
        let mut steps = 0;
        loop {
            let mut slopes = Vec::with_capacity(n);
            let mut seen = Vec::with_capacity(n);
            for observation in observations {
                let (log, row) = log_figure(&path, &observation.weights);
                let linear: f64 = row
                    .iter()
                    .map(|(m, w)| w * (path[*m] - moments.mean[*m]))
                    .sum();
                seen.push(observation.log - log + linear);
                slopes.push(row);
            }
            let shared = shared(&moments.covariance, months, &slopes);
            let mut variance = vec![0.0; n * n];
            for i in 0..n {
                for j in 0..=i {
                    let sum: f64 = slopes[i].iter().map(|(m, w)| w * shared[m * n + j]).sum();
                    variance[i * n + j] = sum;
                }
                let error = observations[i].deviation(run_rate_error);
                variance[i * n + i] += error * error;
            }
            let factor = Cholesky::new(n, &variance)?;
            let mut ones = vec![1.0; n];
            factor.solve(&mut ones);
            let information: f64 = ones.iter().sum();
            let level = dot(&ones, &seen) / information;
            let rest: Vec<f64> = seen.iter().map(|z| z - level).collect();
            let mut pulls = rest.clone();
            factor.solve(&mut pulls);
            let mut moved = 0.0_f64;
            // Far from the mode half a step is safer.
            let part = if steps > MOST_STEPS / 2 { 0.5 } else { 1.0 };
            for k in 0..months {
                let wanted = moments.mean[k] + level + dot(&shared[k * n..(k + 1) * n], &pulls);
                let step = part * (wanted - path[k]);
                moved = moved.max(step.abs());
                path[k] += step;
            }
            steps += 1;
            if moved < SETTLED || steps == MOST_STEPS {
                const LN_TWO_PI: f64 = 1.837_877_066_409_345_3;
                let log_likelihood = -0.5
                    * (factor.ln_determinant()
                        + ln(information)
                        + dot(&rest, &pulls)
                        + (n as f64 - 1.0) * LN_TWO_PI);
                return log_likelihood.is_finite().then_some(Self {
                    path,
                    log_likelihood,
                    factor,
                    slopes,
                    level,
                    information,
                    ones,
                    pulls,
                });
            }
        }
    }

    /// Mean and variance of *x* at all times, and mean, variance and covariance with
    /// *x* of *μ* at the time `at`, given the figures.
    pub fn posterior(&self, moments: &Moments, at: usize) -> Posterior {
        let (n, points) = (self.ones.len(), moments.mean.len());
        let shared = shared(&moments.covariance, points, &self.slopes);
        let mut halves = Vec::with_capacity(points);
        let (mut means, mut variances) = (Vec::new(), Vec::new());
        for k in 0..points {
            let row = &shared[k * n..(k + 1) * n];
            means.push(moments.mean[k] + self.level + dot(row, &self.pulls));
            let gap = 1.0 - dot(row, &self.ones);
            let mut half = row.to_vec();
            self.factor.half_solve(&mut half);
            let known = dot(&half, &half);
            let variance =
                moments.covariance[k * points + k] - known + gap * gap / self.information;
            variances.push(variance.max(0.0));
            halves.push((half, gap));
        }
        let growth: Vec<f64> = self
            .slopes
            .iter()
            .map(|row| {
                row.iter()
                    .map(|(m, w)| w * moments.growth_covariance[*m])
                    .sum()
            })
            .collect();
        let gap = -dot(&growth, &self.ones);
        let mut half = growth.clone();
        self.factor.half_solve(&mut half);
        let variance = moments.growth_variance - dot(&half, &half) + gap * gap / self.information;
        let both = moments.growth_covariance[at] - dot(&half, &halves[at].0)
            + gap * halves[at].1 / self.information;
        Posterior {
            means,
            variances,
            growth_mean: moments.growth_mean + dot(&growth, &self.pulls),
            growth_variance: variance.max(0.0),
            growth_covariance: both,
        }
    }

    /// For each figure, its log less what all the others lead one to expect, in
    /// standard deviations of that difference.
    pub fn surprises(&self) -> Vec<f64> {
        let diagonal = self.factor.inverse_diagonal();
        let precision = |i: usize| diagonal[i] - self.ones[i] * self.ones[i] / self.information;
        let surprise = |i: usize| match precision(i) > 1e-9 * diagonal[i] {
            true => self.pulls[i] / precision(i).sqrt(),
            false => 0.0,
        };
        (0..self.pulls.len()).map(surprise).collect()
    }
}

/// The latent path and its growth given the figures and the parameters.
#[derive(Clone, Debug)]
pub struct Posterior {
    /// Means of x.
    pub means: Vec<f64>,
    /// Variances of x.
    pub variances: Vec<f64>,
    /// Mean of μ.
    pub growth_mean: f64,
    /// Variance of μ.
    pub growth_variance: f64,
    /// Covariance of μ and x at the same time.
    pub growth_covariance: f64,
}

/// Covariances of the path at each point with each figure, point by point.
fn shared(covariance: &[f64], points: usize, slopes: &[Vec<(usize, f64)>]) -> Vec<f64> {
    let mut shared = Vec::with_capacity(points * slopes.len());
    for k in 0..points {
        let row = &covariance[k * points..(k + 1) * points];
        for slope in slopes {
            shared.push(slope.iter().map(|(m, w)| w * row[*m]).sum());
        }
    }
    shared
}
