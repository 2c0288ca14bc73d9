//! How far forecasts err: the errors of `[revenue.forecast]` from forecasts made at
//! several dates, and from what came true.

use std::collections::BTreeSet;

use super::history::History;
use super::news::{ForecastChange, News, clock, figure_covariance};
use super::priors::{Prior, coordinate, prior};
use super::table::{Column, Row, Table};
use super::{Correlations, Estimated};
use crate::Error;
use crate::inference::{Belief, Lattice, Normal, explore};
use crate::math::{Cholesky, dot, exp, ln};
use crate::simulate::{Cancelled, Observer};
use crate::study::StudyError;
use crate::units::{Date, worded};

const MADE: Column = Column {
    name: "made",
    aliases: &["made", "date", "reported_on"],
};
const YEAR: Column = Column {
    name: "year",
    aliases: &["year"],
};
const VALUE: Column = Column {
    name: "value",
    aliases: &["value", "revenue", "value_", "revenue_"],
};
const FORECASTER: Column = Column {
    name: "forecaster",
    aliases: &["forecaster"],
};
const COLUMNS: &str = "name the columns made (a date), year and value, and where several \
                       forecast, forecaster";
/// More forecasts than this are refused: the fit takes their number to the third power.
const MOST_FORECASTS: usize = 400;
/// Conditional standard deviations between points of the lattice.
const SPACING: f64 = 1.0;

/// A forecast of a year's revenue.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Who made it; empty where there is one forecaster.
    pub forecaster: String,
    /// The day it was made.
    pub made: Date,
    /// The year forecast.
    pub year: i16,
    /// The revenue forecast, above 0.
    pub value: f64,
}

/// Forecasts made at several dates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forecasts {
    /// The forecasts.
    pub forecasts: Vec<Forecast>,
}

impl Forecasts {
    /// Reads a CSV table with the columns `made`, `year`, `value` and, where several
    /// forecast, `forecaster`; others are left alone unless their names are close to these. `origin` names it in errors.
    ///
    /// # Errors
    /// Where, what, what is permitted and what to try.
    pub fn parse(origin: &str, text: &str) -> Result<Self, StudyError> {
        let table = Table::read(origin, text, &[&MADE, &YEAR, &VALUE, &FORECASTER])?;
        let places = (
            table.want(&MADE, COLUMNS)?,
            table.want(&YEAR, COLUMNS)?,
            table.want(&VALUE, COLUMNS)?,
            table.find(&FORECASTER),
        );
        let mut seen = BTreeSet::new();
        let mut forecasts = Vec::new();
        for row in table.rows() {
            let forecast = forecast(&row, places)?;
            if !seen.insert((forecast.forecaster.clone(), forecast.made, forecast.year)) {
                let what = format!("there are two forecasts of {} made that day", forecast.year);
                return Err(row.error("year", what, "leave one of them out"));
            }
            forecasts.push(forecast);
        }
        if forecasts.len() > MOST_FORECASTS {
            let count = forecasts.len();
            return Err(StudyError::new(
                format!(
                    "{origin}: there are {count} forecasts, at most {MOST_FORECASTS} are permitted"
                ),
                "keep the forecasts of the last years",
            ));
        }
        Ok(Self { forecasts })
    }

    /// The changes of each forecaster's figure for each year, from one forecast to the
    /// next and from the last to the outcome. Forecasts made after the year's end are
    /// left out.
    pub fn changes(&self, history: &History) -> Vec<ForecastChange> {
        let mut sorted: Vec<&Forecast> = self.forecasts.iter().collect();
        sorted.sort_by(|a, b| {
            let key = |f: &Forecast| (f.forecaster.clone(), f.year, f.made);
            key(a).cmp(&key(b))
        });
        sorted.retain(|forecast| forecast.made.year() <= forecast.year);
        let mut changes = Vec::new();
        for (i, forecast) in sorted.iter().enumerate() {
            let next = sorted.get(i + 1).filter(|next| {
                (&next.forecaster, next.year) == (&forecast.forecaster, forecast.year)
            });
            let year_end = Date::new(forecast.year + 1, 1, 1);
            let (to, value) = match next {
                Some(next) => (Some(next.made), Some(next.value)),
                None => (year_end, history.year(forecast.year)),
            };
            if let (Some(to), Some(value)) = (to, value) {
                changes.push(ForecastChange {
                    forecaster: forecast.forecaster.clone(),
                    year: forecast.year,
                    from: forecast.made,
                    to,
                    is_outcome: next.is_none(),
                    log: ln(value / forecast.value),
                });
            }
        }
        changes
    }

    /// Years from the latest forecast to the middle of the last year it is of.
    fn horizon(&self) -> f64 {
        let latest = self.forecasts.iter().map(|forecast| forecast.made).max();
        let of_latest = self.forecasts.iter().filter(|f| Some(f.made) == latest);
        let ahead = of_latest.map(|f| f64::from(f.year) + 0.5 - clock(f.made));
        ahead.fold(1.0, f64::max)
    }
}

fn forecast(
    row: &Row<'_>,
    (made, year, value, forecaster): (usize, usize, usize, Option<usize>),
) -> Result<Forecast, StudyError> {
    let written = row.number(
        "year",
        year,
        (
            |year| (1900.0..=2300.0).contains(&year) && year.fract() == 0.0,
            "a year from 1900 to 2300",
        ),
        "the calendar year forecast: 2027",
    )?;
    Ok(Forecast {
        forecaster: row.text(forecaster).to_owned(),
        made: row.day("made", made, false)?,
        year: written as i16,
        value: row.number(
            "value",
            value,
            (
                |value| (1e-9..=1e15).contains(&value),
                "a number from 1e-9 to 1e15",
            ),
            "a revenue above 0 as a plain number, all in one unit",
        )?,
    })
}

worded! {
    /// A structure of forecast errors, as a scenario has them. All have an error of each
    /// figure alone (`annual_uncertainty`) besides.
    pub enum Structure {
        /// Each figure alone and nothing else.
        Annual = "annual",
        /// One error common to all years.
        Level = "level",
        /// A random walk of log revenue.
        RandomWalk = "walk",
        /// A walk whose news fades.
        Fading = "fading",
        /// A persistent error in annual log growth.
        Growth = "growth",
        /// That and a random walk.
        GrowthAndWalk = "growth-and-walk",
    }
}

impl Structure {
    /// The keys of its parameters.
    fn keys(self) -> Vec<&'static str> {
        let own: &[&'static str] = match self {
            Self::Annual => &[],
            Self::Level => &["level_uncertainty"],
            Self::RandomWalk => &["volatility"],
            Self::Fading => &["volatility", "persistence"],
            Self::Growth => &["growth_uncertainty"],
            Self::GrowthAndWalk => &["growth_uncertainty", "volatility"],
        };
        [own, &["annual_uncertainty"]].concat()
    }
}

/// One structure's parameters.
#[derive(Clone, Debug)]
pub struct StructureFit {
    /// The structure.
    pub structure: Structure,
    /// Its parameters.
    pub parameters: Vec<Estimated>,
    /// Their correlations.
    pub correlations: Correlations,
    /// ln of the probability density of the changes under structure and priors.
    pub log_evidence: f64,
    /// Its probability where all structures were equally likely before.
    pub probability: f64,
}

impl StructureFit {
    /// A parameter by its key.
    pub fn parameter(&self, key: &str) -> Option<&Estimated> {
        self.parameters
            .iter()
            .find(|parameter| parameter.key == key)
    }

    /// The standard deviation of the log error of a figure some years ahead, at the
    /// estimates.
    pub fn deviation(&self, years: f64) -> f64 {
        let square = |key: &str| self.parameter(key).map_or(0.0, |p| p.estimate * p.estimate);
        let clock = match self.parameter("persistence").map(|p| p.estimate) {
            Some(kept) => (1.0 - exp(2.0 * years * ln(kept))) / (1.0 - kept * kept),
            None => years,
        };
        let variance = square("growth_uncertainty") * years * years
            + square("volatility") * clock
            + square("level_uncertainty")
            + square("annual_uncertainty");
        variance.sqrt()
    }
}

/// What forecasts of several dates say of forecast errors.
#[derive(Clone, Debug)]
pub struct ForecastCalibration {
    /// The changes it rests on.
    pub changes: Vec<ForecastChange>,
    /// The years ahead at which `growth_uncertainty` is that of the news to come: the
    /// reach of the latest forecast.
    pub horizon: f64,
    /// Every structure.
    pub structures: Vec<StructureFit>,
}

impl ForecastCalibration {
    /// The structure that makes the changes likeliest.
    pub fn best(&self) -> &StructureFit {
        let likelier =
            |a: &&StructureFit, b: &&StructureFit| a.log_evidence.total_cmp(&b.log_evidence);
        let best = self.structures.iter().max_by(likelier);
        best.expect("there are structures")
    }

    /// A structure.
    pub fn structure(&self, structure: Structure) -> Option<&StructureFit> {
        self.structures
            .iter()
            .find(|fit| fit.structure == structure)
    }
}

/// The changes and the parts of their covariance.
struct Evidence<'a> {
    changes: &'a [ForecastChange],
    horizon: f64,
    level: Vec<f64>,
    growth: Vec<f64>,
    alone: Vec<f64>,
    common: Vec<f64>,
}

/// Estimates the errors of forecasts, structure by structure.
///
/// A forecast is the expected revenue of a year given what is known; news moves it.
/// News that moves all later revenue alike, of variance σ² a year, leaves a random
/// walk about the plan: `volatility` σ. News of growth, of variance φ² a year, leaves
/// φ²H³/3 over *H* years: `growth_uncertainty` is φ√(H/3), the same at the horizon of
/// the latest forecast. News of one time moves all years and all forecasters
/// together, news of different times is independent. Beside it each figure is off by
/// an error of its own (`annual_uncertainty`), or all of one date by a common one
/// (`level_uncertainty`). So every change, from forecast to forecast and on to the
/// outcome, counts once, with its covariance with every other.
///
/// # Errors
/// [`Error::Question`] where no figure changes, [`Error::Cancelled`] where the observer
/// says to stop; it is told the points of the posteriors that were looked at.
pub fn calibrate_forecasts(
    forecasts: &Forecasts,
    history: &History,
    priors: &[Prior],
    observer: &dyn Observer,
) -> Result<ForecastCalibration, Error> {
    let changes = forecasts.changes(history);
    if changes.len() < 2 {
        return Err(StudyError::new(
            format!(
                "the forecasts change {} times, at least 2 are needed",
                changes.len()
            ),
            "give forecasts of the same years made at several dates, or reported revenue of \
             years that were forecast",
        )
        .into());
    }
    let n = changes.len();
    let matrix = |of: &dyn Fn(&ForecastChange, &ForecastChange) -> f64| -> Vec<f64> {
        (0..n * n)
            .map(|k| of(&changes[k / n], &changes[k % n]))
            .collect()
    };
    let evidence = Evidence {
        changes: &changes,
        horizon: forecasts.horizon(),
        level: matrix(&|a, b| News::Level.covariance(a, b)),
        growth: matrix(&|a, b| News::Growth.covariance(a, b)),
        alone: matrix(&|a, b| figure_covariance(a, b, true)),
        common: matrix(&|a, b| figure_covariance(a, b, false)),
    };
    let fits: Result<Vec<Option<StructureFit>>, Cancelled> = Structure::ALL
        .iter()
        .map(|structure| evidence.fit(*structure, priors, observer))
        .collect();
    let fits: Option<Vec<StructureFit>> = fits?.into_iter().collect();
    let mut structures = fits.ok_or_else(|| {
        StudyError::new(
            "the forecasts contradict each other too much for any error",
            "check the figures, or widen the priors with --prior",
        )
    })?;
    let top = structures
        .iter()
        .map(|fit| fit.log_evidence)
        .fold(f64::MIN, f64::max);
    let total: f64 = structures
        .iter()
        .map(|fit| exp(fit.log_evidence - top))
        .sum();
    for fit in &mut structures {
        fit.probability = exp(fit.log_evidence - top) / total;
    }
    Ok(ForecastCalibration {
        horizon: evidence.horizon,
        structures,
        changes,
    })
}

impl Evidence<'_> {
    /// The covariance of the changes, that of news apart first.
    fn covariance(&self, keys: &[&str], at: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let value = |key: &str| {
            let place = keys.iter().position(|known| *known == key);
            place.map(|place| coordinate(key).value(at[place]))
        };
        let square = |key: &str| value(key).map_or(0.0, |sd| sd * sd);
        let n = self.changes.len();
        let growth = square("growth_uncertainty") * 3.0 / self.horizon;
        let mut news: Vec<f64> = self.growth.iter().map(|part| growth * part).collect();
        match value("persistence") {
            Some(kept) => {
                // News a year of an AR(1) whose innovations are those of whole years.
                let rate = -2.0 * ln(kept) / (1.0 - kept * kept) * square("volatility");
                // Only the lower triangle is read.
                for (i, a) in self.changes.iter().enumerate() {
                    for (j, b) in self.changes[..=i].iter().enumerate() {
                        news[i * n + j] += rate * News::Fading(kept).covariance(a, b);
                    }
                }
            }
            None => {
                let walk = square("volatility");
                news.iter_mut()
                    .zip(&self.level)
                    .for_each(|(sum, part)| *sum += walk * part);
            }
        }
        let (alone, common) = (square("annual_uncertainty"), square("level_uncertainty"));
        let errors = self.alone.iter().zip(&self.common);
        let parts = news.iter().zip(errors);
        let all = parts.map(|(news, (a, c))| news + alone * a + common * c);
        let all = all.collect();
        (news, all)
    }

    fn log_likelihood(&self, keys: &[&str], at: &[f64]) -> Option<f64> {
        const LN_TWO_PI: f64 = 1.837_877_066_409_345_3;
        let n = self.changes.len();
        let (news, all) = self.covariance(keys, at);
        let factor = Cholesky::new(n, &all)?;
        // A forecast is an expected revenue: news keeps the mean of revenue, not of
        // its logarithm.
        let mut rest: Vec<f64> = (0..n)
            .map(|i| self.changes[i].log + 0.5 * news[i * n + i])
            .collect();
        factor.half_solve(&mut rest);
        let log = -0.5 * (factor.ln_determinant() + dot(&rest, &rest) + n as f64 * LN_TWO_PI);
        log.is_finite().then_some(log)
    }

    fn fit(
        &self,
        structure: Structure,
        given: &[Prior],
        observer: &dyn Observer,
    ) -> Result<Option<StructureFit>, Cancelled> {
        let keys = structure.keys();
        let priors: Vec<_> = keys.iter().map(|key| prior(key, given).normal()).collect();
        let likelihood = |at: &[f64], _: Option<&()>| Some((self.log_likelihood(&keys, at)?, ()));
        let lattice = explore(&priors, SPACING, &likelihood, observer)?;
        Ok(lattice.map(|lattice| Self::found(structure, &keys, &priors, &lattice)))
    }

    fn found(
        structure: Structure,
        keys: &[&'static str],
        priors: &[Normal],
        lattice: &Lattice<()>,
    ) -> StructureFit {
        let parameters = keys
            .iter()
            .zip(priors)
            .enumerate()
            .map(|(axis, (key, prior))| {
                let unit = match *key {
                    "volatility" => "per √year",
                    "growth_uncertainty" => "per year",
                    "persistence" => "a year",
                    _ => "of the figure",
                };
                let belief = Belief::Marginal(coordinate(key), lattice.marginal(axis));
                Estimated::new(key, unit, belief, Some(prior.sd))
            });
        let nothing = vec![0.0; keys.len() * keys.len()];
        let points: Vec<(f64, Vec<f64>, Vec<f64>)> = lattice
            .nodes
            .iter()
            .map(|node| (node.weight, node.at.clone(), nothing.clone()))
            .collect();
        StructureFit {
            structure,
            parameters: parameters.collect(),
            correlations: Correlations::of(keys.to_vec(), &points),
            log_evidence: lattice.log_evidence,
            probability: 0.0,
        }
    }
}
