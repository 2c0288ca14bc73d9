//! Parameters of `gbm` and `growth` from reported revenue.

use super::history::{Figure, FigureKind, History, MOST_MONTHS};
use super::priors::{coordinate, prior};
use super::{CalibrateOptions, Correlations, Estimated, FittedModel};
use crate::Error;
use crate::inference::{
    Belief, Coordinate, Grid, Lattice, Mixture, Node, Normal, Observation, Posterior, Process,
    Settled, explore, rough_path,
};
use crate::math::{exp, ln};
use crate::simulate::Observer;
use crate::study::StudyError;
use crate::units::Date;

/// The largest values a scenario takes.
const MOST: [(&str, f64); 5] = [
    ("initial", 1e15),
    ("growth", 100.0),
    ("volatility", 5.0),
    ("half_life", 1e4),
    ("growth_volatility", 5.0),
];
/// A figure further than this from what the others say, in standard deviations, is a
/// contradiction that no estimate should stand on.
const CONTRADICTION: f64 = 50.0;
/// Fewer figures say nothing of growth and volatility both.
const FEWEST_FIGURES: usize = 3;
/// Conditional standard deviations between points of the lattice.
const SPACING: f64 = 1.25;
/// Points with less of the posterior than this are left out of mixtures.
const NEGLIGIBLE: f64 = 1e-5;

/// What reported revenue says of a model's parameters.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The model.
    pub model: FittedModel,
    /// The first day after the months of the figures: `initial` and `growth` are of it,
    /// so a timeline begins there.
    pub start: Date,
    /// The parameters.
    pub parameters: Vec<Estimated>,
    /// Their correlations.
    pub correlations: Correlations,
    /// The figures used and how the model fits them.
    pub figures: Vec<FittedFigure>,
    /// ln of the probability density of the figures under model and priors, the level
    /// integrated out flat: the larger of two models' on the same figures fits better.
    pub log_evidence: f64,
    /// Points of the lattice the posterior was summed on.
    pub points: usize,
    /// What was asked.
    pub options: CalibrateOptions,
    dates: Vec<Date>,
    path: Vec<Mixture>,
}

/// A figure beside what the model makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedFigure {
    /// The figure.
    pub figure: Figure,
    /// What the fitted path makes of it.
    pub fitted: f64,
    /// Its log less what all other figures lead one to expect, in standard deviations
    /// of that difference.
    pub surprise: f64,
    /// Years of its span: what turns a period's revenue into an annual pace.
    pub years: f64,
}

/// Quantiles of the annualised run rate at the middle of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPoint {
    /// The last day of the month, or the day itself for the first day after the
    /// figures.
    pub date: Date,
    /// The quantiles asked for.
    pub quantiles: Vec<f64>,
}

/// Estimates a model's parameters.
///
/// Behind the figures stands a run rate for each month that moves as the model says
/// (`gbm` or `growth`, month by month, observed in the middle). A period's revenue is
/// the sum of its months, a run rate their mean; each has an independent relative
/// error. Given the volatilities the posterior of the path is taken as normal about
/// its mode (Laplace's method; Rue, Martino and Chopin 2009), the level with a flat
/// prior and growth with a normal one in closed form; over the others it is summed on
/// a lattice. So the estimates are the same each time.
///
/// ```
/// use capbind::study::{CalibrateOptions, History, calibrate};
///
/// let table = "start,end,kind,value\n\
///     2022-01-01,2022-12-31,period,10\n\
///     2023-01-01,2023-06-30,period,6.5\n\
///     2023-07-01,2023-12-31,period,8.0\n\
///     2024-01-01,2024-06-30,period,8.7\n\
///     2024-09-30,2024-09-30,run_rate,20.5\n";
/// let history = History::parse("history.csv", table)?;
/// let fit = calibrate(&history, &CalibrateOptions::default(), &())?;
/// let growth = fit.parameter("growth").unwrap();
/// assert!(growth.p5 < 0.35 && 0.35 < growth.p95);
/// assert_eq!(fit.start.to_string(), "2024-10-01");
/// # Ok::<(), capbind::Error>(())
/// ```
///
/// # Errors
/// [`Error::Question`] where there are too few figures, or more than the method is made
/// for, [`Error::Cancelled`] where the observer says to stop; it is told the points of the
/// posterior that were looked at.
pub fn calibrate(
    history: &History,
    options: &CalibrateOptions,
    observer: &dyn Observer,
) -> Result<Calibration, Error> {
    let history = history.between(options.from, options.until);
    let (grid, observations) = prepare(&history, options)?;
    let unknown = Unknown::new(options, &observations);
    let times = grid.times();
    let rough = rough_path(grid.months, &observations);
    let likelihood = |at: &[f64], near: Option<&Settled>| {
        let (process, run_rate_error) = unknown.process(at);
        let from = near.map_or(&rough, |near| &near.path);
        let settled = Settled::new(&process, run_rate_error, &times, &observations, from)?;
        Some((settled.log_likelihood, settled))
    };
    let normals: Vec<_> = unknown.priors.iter().map(super::Prior::normal).collect();
    let lattice = explore(&normals, SPACING, &likelihood, observer)?.ok_or_else(|| {
        StudyError::new(
            "the figures contradict each other too much for any path",
            "give figures that overlap an error of their own in a column error, or leave one out",
        )
    })?;
    let found = unknown.report(&history, &grid, &observations, &lattice, options);
    found.refuse_absurd()?;
    Ok(found)
}

/// The grid of months and the figures on it.
fn prepare(
    history: &History,
    options: &CalibrateOptions,
) -> Result<(Grid, Vec<Observation>), StudyError> {
    let figures = &history.figures;
    let first = figures.iter().map(|figure| figure.first_day).min();
    let last = figures.iter().map(|figure| figure.last_day).max();
    let (Some(first), Some(last), FEWEST_FIGURES..) = (first, last, figures.len()) else {
        return Err(StudyError::new(
            match figures.len() {
                1 => format!("there is 1 figure to fit, at least {FEWEST_FIGURES} are needed"),
                count => {
                    format!(
                        "there are {count} figures to fit, at least {FEWEST_FIGURES} are needed"
                    )
                }
            },
            "add figures, or leave out --from and --until",
        ));
    };
    let mut grid = Grid {
        first_day: first.first_of_month(),
        months: 0,
        ahead: 12 * options.years_ahead as usize,
    };
    grid.months = grid.month(last) + 1;
    if grid.months > MOST_MONTHS || grid.months < 3 {
        return Err(StudyError::new(
            format!(
                "the figures span {} months, 3 to {MOST_MONTHS} are permitted",
                grid.months
            ),
            "a longer history can be cut with --from; a shorter one says nothing of growth",
        ));
    }
    let observe = |figure: &Figure| {
        let mut weights = grid.weights(figure.first_day, figure.last_day);
        let error = match figure.kind {
            FigureKind::Period => Some(figure.error.unwrap_or(options.period_error)),
            FigureKind::RunRate => {
                let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
                weights.iter_mut().for_each(|(_, weight)| *weight /= total);
                figure.error
            }
        };
        Observation {
            weights,
            log: ln(figure.value),
            error,
        }
    };
    let observations = figures.iter().map(observe).collect();
    Ok((grid, observations))
}

/// The parameters on the lattice, and what is known.
struct Unknown {
    model: FittedModel,
    keys: Vec<&'static str>,
    priors: Vec<super::Prior>,
    growth: Normal,
    long_run: f64,
}

impl Unknown {
    fn new(options: &CalibrateOptions, observations: &[Observation]) -> Self {
        let mut keys = vec!["volatility"];
        if options.model == FittedModel::Growth {
            keys.extend(["half_life", "growth_volatility"]);
        }
        if observations.iter().any(|seen| seen.error.is_none()) {
            keys.push("run_rate_error");
        }
        Self {
            model: options.model,
            priors: keys.iter().map(|key| prior(key, &options.priors)).collect(),
            keys,
            growth: prior("growth", &options.priors).normal(),
            long_run: ln(1.0 + options.long_run_growth),
        }
    }

    /// The process and the error of run rates at a point of the lattice.
    fn process(&self, at: &[f64]) -> (Process, f64) {
        let value = |key: &str| {
            let place = self.keys.iter().position(|known| *known == key);
            place.map(|place| exp(at[place]))
        };
        let process = Process {
            volatility: value("volatility").unwrap_or(0.0),
            reversion: value("half_life").map_or(0.0, |years| std::f64::consts::LN_2 / years),
            growth_volatility: value("growth_volatility").unwrap_or(0.0),
            long_run: self.long_run,
            growth: (self.growth.mean, self.growth.sd),
        };
        (process, value("run_rate_error").unwrap_or(0.0))
    }

    fn report(
        &self,
        history: &History,
        grid: &Grid,
        observations: &[Observation],
        lattice: &Lattice<Settled>,
        options: &CalibrateOptions,
    ) -> Calibration {
        let times = grid.all_times();
        let at = grid.months;
        let kept = lattice.nodes.iter().filter(|node| node.weight > NEGLIGIBLE);
        let kept: Vec<&Node<Settled>> = kept.collect();
        let total: f64 = kept.iter().map(|node| node.weight).sum();
        let mut prior_variance = 0.0;
        let believed: Vec<(f64, &Node<Settled>, Posterior)> = kept
            .iter()
            .map(|node| {
                let moments = self.process(&node.at).0.moments(&times, at);
                let weight = node.weight / total;
                prior_variance += weight * moments.growth_variance;
                (weight, *node, node.found.posterior(&moments, at))
            })
            .collect();
        let mixture = |part: &dyn Fn(&Posterior) -> (f64, f64)| Mixture {
            parts: believed
                .iter()
                .map(|(weight, _, posterior)| {
                    let (mean, variance) = part(posterior);
                    (*weight, mean, variance.sqrt())
                })
                .collect(),
        };
        let path: Vec<Mixture> = (0..times.len())
            .map(|k| mixture(&|posterior| (posterior.means[k], posterior.variances[k])))
            .collect();
        let growth = mixture(&|posterior| (posterior.growth_mean, posterior.growth_variance));
        let mut parameters = vec![
            Estimated::new(
                "initial",
                "per year",
                Belief::Mixture(Coordinate::Log, path[at].clone()),
                None,
            ),
            Estimated::new(
                "growth",
                "per year",
                Belief::Mixture(Coordinate::LogGrowth, growth),
                Some(prior_variance.sqrt()),
            ),
        ];
        for (axis, (key, prior)) in self.keys.iter().zip(&self.priors).enumerate() {
            let unit = match *key {
                "volatility" => "per √year",
                "half_life" => "years",
                "growth_volatility" => "per year per √year",
                _ => "of the figure",
            };
            let belief = Belief::Marginal(coordinate(key), lattice.marginal(axis));
            parameters.push(Estimated::new(key, unit, belief, Some(prior.normal().sd)));
        }
        Calibration {
            model: self.model,
            start: grid.start(),
            correlations: self.correlations(&believed, at),
            parameters,
            figures: fitted(history, grid, observations, &believed),
            log_evidence: lattice.log_evidence,
            points: lattice.nodes.len(),
            options: options.clone(),
            dates: dates(grid),
            path,
        }
    }

    fn correlations(
        &self,
        believed: &[(f64, &Node<Settled>, Posterior)],
        at: usize,
    ) -> Correlations {
        let mut keys = vec!["initial", "growth"];
        keys.extend(&self.keys);
        let n = keys.len();
        let points: Vec<(f64, Vec<f64>, Vec<f64>)> = believed
            .iter()
            .map(|(weight, node, posterior)| {
                let mut means = vec![posterior.means[at], posterior.growth_mean];
                means.extend(&node.at);
                let mut within = vec![0.0; n * n];
                within[0] = posterior.variances[at];
                within[1] = posterior.growth_covariance;
                within[n] = posterior.growth_covariance;
                within[n + 1] = posterior.growth_variance;
                (*weight, means, within)
            })
            .collect();
        Correlations::of(keys, &points)
    }
}

/// The last days of the months with figures and after them; between the two the first
/// day after the figures.
fn dates(grid: &Grid) -> Vec<Date> {
    let last_of = |k: usize| grid.first_day.add_months(k as i32).last_of_month();
    let mut dates: Vec<Date> = (0..grid.months).map(last_of).collect();
    dates.push(grid.start());
    dates.extend((grid.months..grid.months + grid.ahead).map(last_of));
    dates
}

fn fitted(
    history: &History,
    grid: &Grid,
    observations: &[Observation],
    believed: &[(f64, &Node<Settled>, Posterior)],
) -> Vec<FittedFigure> {
    let surprises: Vec<(f64, Vec<f64>)> = believed
        .iter()
        .map(|(weight, node, _)| (*weight, node.found.surprises()))
        .collect();
    let of = |i: usize, figure: &Figure| {
        let log: f64 = believed
            .iter()
            .map(|(weight, node, _)| weight * observations[i].fitted(&node.found.path))
            .sum();
        let weights = grid.weights(figure.first_day, figure.last_day);
        FittedFigure {
            figure: *figure,
            fitted: exp(log),
            surprise: surprises
                .iter()
                .map(|(weight, each)| weight * each[i])
                .sum(),
            years: match figure.kind {
                FigureKind::Period => weights.iter().map(|(_, years)| years).sum(),
                FigureKind::RunRate => 1.0,
            },
        }
    };
    let figures = history.figures.iter().enumerate();
    figures.map(|(i, figure)| of(i, figure)).collect()
}

impl Calibration {
    /// A parameter by its key.
    pub fn parameter(&self, key: &str) -> Option<&Estimated> {
        self.parameters
            .iter()
            .find(|parameter| parameter.key == key)
    }

    /// Quantiles of the annualised run rate at the middle of every month with figures:
    /// what is believed of it given all figures.
    pub fn fitted_path(&self, probabilities: &[f64]) -> Vec<PathPoint> {
        let start = self.place_of_start();
        (0..start).map(|k| self.point(k, probabilities)).collect()
    }

    /// Quantiles of the annualised run rate on the first day after the figures and at
    /// the middle of every month ahead: noise to come and uncertain parameters together.
    pub fn outlook(&self, probabilities: &[f64]) -> Vec<PathPoint> {
        let start = self.place_of_start();
        let ahead = start..self.path.len();
        ahead.map(|k| self.point(k, probabilities)).collect()
    }

    /// Refuses figures that contradict each other and parameters no scenario takes.
    fn refuse_absurd(&self) -> Result<(), StudyError> {
        let further =
            |a: &&FittedFigure, b: &&FittedFigure| a.surprise.abs().total_cmp(&b.surprise.abs());
        let furthest = self.figures.iter().max_by(further);
        if let Some(seen) = furthest.filter(|seen| seen.surprise.abs() > CONTRADICTION) {
            let Figure {
                line,
                value,
                first_day,
                last_day,
                ..
            } = seen.figure;
            return Err(StudyError::new(
                format!(
                    "line {line} of the table: {value:?} for {first_day} to {last_day} lies {:.0} \
                     standard deviations from what the other figures say",
                    seen.surprise.abs()
                ),
                "check the figure and its unit; leave it out, or give figures that contradict \
                 each other larger errors in a column error",
            ));
        }
        for (key, most) in MOST {
            let found = self
                .parameter(key)
                .map_or(0.0, |parameter| parameter.estimate);
            if found > most {
                return Err(StudyError::new(
                    format!(
                        "the figures say {key} = {found:.3e}, but a scenario takes {most:e} at most"
                    ),
                    "check the figures: are they all in one unit?",
                ));
            }
        }
        Ok(())
    }

    fn place_of_start(&self) -> usize {
        self.path.len() - 1 - 12 * self.options.years_ahead as usize
    }

    fn point(&self, k: usize, probabilities: &[f64]) -> PathPoint {
        let quantile = |p: &f64| exp(self.path[k].quantile(*p));
        PathPoint {
            date: self.dates[k],
            quantiles: probabilities.iter().map(quantile).collect(),
        }
    }
}
