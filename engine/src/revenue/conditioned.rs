//! A model that has learned from reported figures: its shocks given what they made of
//! revenue.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::futures::{Evidence, FUTURES};
use super::{ErrorPart, Model, Response};
use crate::math::{dot, exp, fma, ln};
use crate::units::{LANES, Lanes};

/// Revenue reported for consecutive periods of a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// The periods, 0 for the first.
    pub periods: Range<usize>,
    /// Their revenue, above 0.
    pub revenue: f64,
    /// Standard deviation of the figure's relative error; 0 where it is what counts.
    pub error: f64,
    /// Of revenue in segments, the one that it is of; `None` for all together.
    pub segment: Option<usize>,
}

/// What a figure says to the shocks, and what it made of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct News {
    /// The revenue expected of its periods before any figure was known.
    pub expected: f64,
    /// Logarithm of the figure, less its median then.
    pub surprise: f64,
    /// Standard deviation of that logarithm then.
    pub deviation: f64,
    /// The part of the deviation that is not learned from: the figure's own error, and
    /// how the months inside it may share it out.
    pub noise: f64,
    /// Their standard errors.
    pub errors: NewsErrors,
}

/// Standard errors of what a figure said, of drawing futures: 0 where figures condition
/// exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NewsErrors {
    /// That of the revenue expected.
    pub expected: f64,
    /// That of the surprise.
    pub surprise: f64,
    /// That of its deviation.
    pub deviation: f64,
    /// That of the surprise in deviations.
    pub in_deviations: f64,
}

/// Why a model cannot learn from a figure.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ConditionError {
    /// Log revenue is not linear in normal shocks.
    #[error("only revenue whose logarithm is linear in normal shocks can learn from a figure")]
    NotLinear,
    /// Nothing was uncertain about the figure, by position.
    #[error("nothing was uncertain about the figure")]
    Certain(usize),
    /// No normal shock moves the figure, which has no error of its own, by position.
    #[error("no drawn future meets the figure exactly")]
    Exact(usize),
    /// Too few of the drawn futures are near the figures: their effective number.
    #[error("the figures leave {0:.0} of {FUTURES} drawn futures")]
    TooFew(f64),
}

/// A model given reported figures, exactly as normal variables are conditioned.
///
/// Without figures, log revenue of period *k* is `μₖ + bₖ·z` with independent standard
/// normals *z*. With *E* the expected revenue of each period, *w* a figure's periods'
/// shares in their sum and *C* the covariances `bⱼ·bₖ`, the logarithm of the figure is
///
/// ```text
/// ln F = ln Σ E − ½ w'Cw + Σ wₖ bₖ·z + e
/// ```
///
/// so that its level moves as one, with the plan's shape inside: it is log-normal with
/// the mean that the model expects. *e* is the figure's own error and what is left of the
/// exact sum of log-normal periods, `½ Σ wₖ(eₖ − ē)²` less its mean, of variance
/// `½ tr((diag w − ww')C)²`. A figure of one period leaves nothing.
///
/// Each figure in turn moves the shocks that the ones before it left: along
/// `u ∝ A'h`, with *h* its row `Σ wₖ bₖ` and *A* what they made of them, the mean moves by
/// the regression on its surprise, and the deviation shrinks to
/// `√(1 − |A'h|²/(|A'h|² + var e))`. So `z = m + A·v` with new standard normals *v* and as
/// many of them, and the order of the figures changes nothing of its distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conditioned {
    model: Box<Model>,
    news: Vec<News>,
    reported: Vec<Reported>,
    /// Revenue of each period that was reported without an error.
    past: Vec<Option<f64>>,
    learned: Learned,
    log_density: f64,
}

/// Shocks as figures leave them, `m + A·v` of new standard normals *v*.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Learned {
    /// m.
    pub mean: Vec<f64>,
    /// Directions of unit length, and the part of the deviation along each that is gone:
    /// A is the product over them, in order, of `1 − gone·u·u'`.
    pub gone: Vec<(f64, Vec<f64>)>,
}

impl Learned {
    /// Nothing yet, of so many shocks.
    pub fn nothing(shocks: usize) -> Self {
        Self {
            mean: vec![0.0; shocks],
            gone: Vec::new(),
        }
    }

    /// Learns from a figure: the logarithm of the density that its logarithm had, without
    /// the constant `½ ln 2π`; that of a figure of which nothing was uncertain is none.
    pub fn learn(&mut self, sight: &Sight) -> f64 {
        let row = self.seen(&sight.row);
        let square = dot(&row, &row);
        let variance = square + sight.noise * sight.noise;
        let off = sight.news.surprise - dot(&sight.row, &self.mean);
        let length = square.sqrt();
        if length > 0.0 {
            let gain = off / variance;
            let mut step: Vec<f64> = row.iter().map(|g| g * gain).collect();
            self.spread(&mut step);
            self.mean.iter_mut().zip(step).for_each(|(m, s)| *m += s);
            let kept = (sight.noise * sight.noise / variance).sqrt();
            let direction = row.iter().map(|g| g / length).collect();
            self.gone.push((1.0 - kept, direction));
        }
        -0.5 * (off * off / variance + ln(variance))
    }

    /// By which factor the expectation of the exponential of a sum of shocks grows.
    pub fn growth(&self, row: &[f64]) -> f64 {
        let seen = self.seen(row);
        let narrower = 0.5 * (dot(&seen, &seen) - dot(row, row));
        exp(dot(row, &self.mean) + narrower)
    }

    /// A'h: how a sum of shocks depends on the new ones.
    pub fn seen(&self, row: &[f64]) -> Vec<f64> {
        let mut seen = row.to_vec();
        for (gone, direction) in &self.gone {
            let along = gone * dot(direction, &seen);
            seen.iter_mut()
                .zip(direction)
                .for_each(|(s, u)| *s -= along * u);
        }
        seen
    }

    /// Mean and covariance of sums of shocks, given as their weights, once the figures
    /// are known; covariances row by row.
    fn of_sums(&self, rows: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
        let seen: Vec<Vec<f64>> = rows.iter().map(|row| self.seen(row)).collect();
        let means = rows.iter().map(|row| dot(row, &self.mean)).collect();
        let covariances = seen
            .iter()
            .flat_map(|a| seen.iter().map(|b| dot(a, b)))
            .collect();
        (means, covariances)
    }

    /// What is known of parts of errors, given as their segments, if there are any, and
    /// sums of shocks.
    pub fn beliefs(&self, parts: Vec<(Option<String>, ErrorPart, Vec<f64>)>) -> Beliefs {
        let rows: Vec<Vec<f64>> = parts.iter().map(|(.., row)| row.clone()).collect();
        let (means, covariances) = self.of_sums(&rows);
        let n = parts.len();
        let deviation = |i: usize| covariances[i * n + i].max(0.0).sqrt();
        let deviations: Vec<f64> = (0..n).map(deviation).collect();
        let correlation = |k: usize| match (k / n, k % n) {
            (i, j) if i == j => 1.0,
            (i, j) => {
                let product = (deviations[i] * deviations[j]).max(f64::MIN_POSITIVE);
                (covariances[k] / product).clamp(-1.0, 1.0)
            }
        };
        Beliefs {
            before: rows.iter().map(|row| dot(row, row).sqrt()).collect(),
            correlations: (0..n * n).map(correlation).collect(),
            parts: parts
                .into_iter()
                .map(|(segment, part, _)| (segment, part))
                .collect(),
            means,
            deviations,
        }
    }

    /// Puts the shocks of the model in the place of new ones.
    #[inline(always)]
    pub fn place(&self, shocks: &[Lanes], placed: &mut [Lanes]) {
        placed.copy_from_slice(shocks);
        for (gone, direction) in self.gone.iter().rev() {
            let mut along = [0.0; LANES];
            for (row, u) in placed.iter().zip(direction) {
                for l in 0..LANES {
                    along[l] = fma(*u, row[l], along[l]);
                }
            }
            for (row, u) in placed.iter_mut().zip(direction) {
                for l in 0..LANES {
                    row[l] = fma(-gone * u, along[l], row[l]);
                }
            }
        }
        for (row, mean) in placed.iter_mut().zip(&self.mean) {
            row.iter_mut().for_each(|shock| *shock += mean);
        }
    }

    /// A·v: the deviation of the shocks that new ones make.
    fn spread(&self, shocks: &mut [f64]) {
        for (gone, direction) in self.gone.iter().rev() {
            let along = gone * dot(direction, shocks);
            shocks
                .iter_mut()
                .zip(direction)
                .for_each(|(s, u)| *s -= along * u);
        }
    }
}

impl Conditioned {
    /// A model without uncertain parameters on a timeline of so many periods, given
    /// figures of stretches that are apart.
    ///
    /// # Errors
    /// See [`ConditionError`].
    pub fn new(
        model: Model,
        periods: usize,
        mut reported: Vec<Reported>,
    ) -> Result<Self, ConditionError> {
        use Model::{Curve, Forecast, Gbm, Growth};
        if !matches!(model, Gbm(_) | Forecast(_) | Growth(_) | Curve(_)) {
            return Err(ConditionError::NotLinear);
        }
        reported.sort_by_key(|figure| figure.periods.start);
        let shocks = model.shocks();
        let loadings = model.response(&[]).by_shock;
        let mut central = vec![[0.0; LANES]; periods];
        model.generate_alone(&[], &vec![[0.0; LANES]; shocks], &[], &mut central);
        let expected: Vec<f64> = central
            .iter()
            .zip(&loadings)
            .map(|(median, row)| median[0] * exp(0.5 * dot(row, row)))
            .collect();
        let mut conditioned = Self {
            past: vec![None; periods],
            news: Vec::new(),
            learned: Learned::nothing(shocks),
            log_density: 0.0,
            model: Box::new(model),
            reported: Vec::new(),
        };
        for (i, figure) in reported.iter().enumerate() {
            let periods = figure.periods.clone();
            let sight = Sight::of(figure, &expected[periods.clone()], &loadings[periods]);
            if sight.row.iter().all(|h| *h == 0.0) {
                return Err(ConditionError::Certain(i));
            }
            conditioned.log_density += conditioned.learned.learn(&sight);
            conditioned.news.push(sight.news);
            if figure.error == 0.0 {
                for (k, weight) in figure.periods.clone().zip(&sight.weights) {
                    conditioned.past[k] = Some(figure.revenue * weight);
                }
            }
        }
        conditioned.reported = reported;
        Ok(conditioned)
    }

    /// The model before any figure.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The figures, by the periods they are of.
    pub fn reported(&self) -> &[Reported] {
        &self.reported
    }

    /// What each figure said.
    pub fn news(&self) -> &[News] {
        &self.news
    }

    /// Mean and covariance of sums of shocks, given as their weights, once the figures
    /// are known; covariances row by row.
    pub fn of_sums(&self, rows: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
        self.learned.of_sums(rows)
    }

    /// What is known of the errors at the last reported period, before the figures and
    /// after them. Of a model whose errors have no parts, of its deviation as a whole.
    pub fn beliefs(&self) -> Beliefs {
        let period = self.reported.last().map_or(0, |last| last.periods.end - 1);
        let parts = self.model.error_parts(period).into_iter();
        let parts = parts.map(|(part, row)| (None, part, row));
        self.learned.beliefs(parts.collect())
    }

    /// What the figures say of the model as a whole.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            log_density: self.log_density,
            relative_error: 0.0,
        }
    }

    /// Puts the shocks of the model in the place of new ones.
    #[inline(always)]
    pub(super) fn place(&self, shocks: &[Lanes], placed: &mut [Lanes]) {
        self.learned.place(shocks, placed);
    }

    /// Gives reported periods their revenue.
    #[inline(always)]
    pub(super) fn pin(&self, revenue: &mut [Lanes]) {
        for (row, past) in revenue.iter_mut().zip(&self.past) {
            if let Some(past) = past {
                row.fill(*past);
            }
        }
    }

    pub(super) fn shocks(&self) -> usize {
        self.learned.mean.len()
    }

    pub(super) fn expected(&self) -> Vec<f64> {
        let response = self.response();
        let rows = response.revenue.iter().zip(&response.by_shock);
        rows.map(|(median, row)| median * exp(0.5 * dot(row, row)))
            .collect()
    }

    pub(super) fn response(&self) -> Response {
        let mut rows = vec![[0.0; LANES]; self.past.len()];
        let mut placed = vec![[0.0; LANES]; self.shocks()];
        self.learned.place(&placed.clone(), &mut placed);
        self.model.generate_alone(&[], &placed, &[], &mut rows);
        self.pin(&mut rows);
        let by_shock = self.model.response(&[]).by_shock;
        let of = |(row, past): (&Vec<f64>, &Option<f64>)| match past {
            Some(_) => vec![0.0; self.shocks()],
            None => self.learned.seen(row),
        };
        Response {
            revenue: rows.iter().map(|row| row[0]).collect(),
            by_shock: by_shock.iter().zip(&self.past).map(of).collect(),
        }
    }
}

/// What is known of the parts of a model's errors once figures are known: normal, with
/// these means, deviations and correlations. Before, the parts have mean 0, and those of a
/// segment are independent.
#[derive(Clone, Debug, PartialEq)]
pub struct Beliefs {
    /// The parts, at the last reported period, each with the segment that it is of, if
    /// revenue is in segments.
    pub parts: Vec<(Option<String>, ErrorPart)>,
    /// Standard deviation of each before.
    pub before: Vec<f64>,
    /// Mean of each.
    pub means: Vec<f64>,
    /// Standard deviation of each.
    pub deviations: Vec<f64>,
    /// Correlations, row by row.
    pub correlations: Vec<f64>,
}

/// What a figure says of the shocks before anything is known.
pub(super) struct Sight {
    /// The share of each of its periods.
    pub weights: Vec<f64>,
    /// How its logarithm moves by the shocks.
    pub row: Vec<f64>,
    noise: f64,
    /// The same for those who read it.
    pub news: News,
}

impl Sight {
    /// What a figure says where its periods are expected so and move by shocks so.
    pub fn of(figure: &Reported, expected: &[f64], loadings: &[Vec<f64>]) -> Self {
        let sum: f64 = expected.iter().sum();
        let weights: Vec<f64> = expected.iter().map(|e| e / sum).collect();
        let shocks = loadings.first().map_or(0, Vec::len);
        let mut row = vec![0.0; shocks];
        for (weight, loading) in weights.iter().zip(loadings) {
            row.iter_mut()
                .zip(loading)
                .for_each(|(h, b)| *h += weight * b);
        }
        // (diag w − ww')C is P·C with rows wⱼ(bⱼ − h)·bₖ; the trace of its square.
        let around = |j: usize, k: usize| -> f64 {
            let apart = loadings[j].iter().zip(&row).map(|(b, h)| b - h);
            weights[j] * apart.zip(&loadings[k]).map(|(a, b)| a * b).sum::<f64>()
        };
        let count = weights.len();
        let inside: f64 = (0..count * count)
            .map(|i| around(i / count, i % count) * around(i % count, i / count))
            .sum();
        let own = figure.error * figure.error;
        let noise = (own + 0.5 * inside.max(0.0)).sqrt();
        let square = dot(&row, &row);
        Self {
            news: News {
                expected: sum,
                surprise: ln(figure.revenue / sum) + 0.5 * square,
                deviation: (square + noise * noise).sqrt(),
                noise,
                errors: NewsErrors::default(),
            },
            weights,
            row,
            noise,
        }
    }
}

#[cfg(test)]
mod tests;
