//! Scores of past forecasts: coverage, probability integral transform, continuous ranked
//! probability score, Brier score.

use super::table::{Outcome, PastForecast, Predicted};
use crate::math::{exp, ln};
use crate::simulate::{Cancelled, Observer};

/// Bands whose coverage is told: the central part of a forecast.
const BANDS: [f64; 3] = [0.5, 0.8, 0.9];
/// Levels over which the pinball loss is summed.
const LEVELS: usize = 2000;

/// A mean over forecasts of which several may share an outcome: its error counts outcomes,
/// not forecasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clustered {
    /// The mean over forecasts.
    pub mean: f64,
    /// Its standard error, forecasts of one outcome taken together; `None` where there is
    /// one outcome alone.
    pub std_error: Option<f64>,
    /// Forecasts.
    pub forecasts: usize,
    /// Outcomes.
    pub outcomes: usize,
}

impl Clustered {
    /// From values with the names of what they are of.
    pub fn of(values: &[(&str, f64)]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().map(|(_, value)| value).sum::<f64>() / n;
        let mut by_name = values.to_vec();
        by_name.sort_by_key(|(name, _)| *name);
        let of_one: Vec<&[(&str, f64)]> = by_name.chunk_by(|a, b| a.0 == b.0).collect();
        let clusters = of_one.len() as f64;
        let deviation = |own: &&[(&str, f64)]| -> f64 {
            let deviations = own.iter().map(|(_, value)| value - mean);
            deviations.sum()
        };
        let square: f64 = of_one.iter().map(|own| deviation(own).powi(2)).sum();
        let std_error =
            (of_one.len() > 1).then(|| (square * clusters / (clusters - 1.0)).sqrt() / n);
        Some(Self {
            mean,
            std_error,
            forecasts: values.len(),
            outcomes: of_one.len(),
        })
    }
}

/// A forecast scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Its line in the table.
    pub line: u64,
    /// What was forecast.
    pub name: String,
    /// The probability that it gave to less than what came.
    pub transform: Option<f64>,
    /// The continuous ranked probability score: of amounts in logarithms, of dates in years.
    pub crps: Option<f64>,
    /// The same of its median alone: the absolute error.
    pub of_median: Option<f64>,
    /// The squared error of a probability.
    pub brier: Option<f64>,
    /// That probability, and whether it happened.
    pub event: Option<(f64, bool)>,
}

/// What a table of forecasts comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackRecord {
    /// Each forecast.
    pub scores: Vec<Score>,
    /// The part of outcomes within each central band.
    pub coverage: Vec<(f64, Clustered)>,
    /// The mean of the transforms: ½ where forecasts are neither high nor low.
    pub transform: Option<Clustered>,
    /// The mean continuous ranked probability score.
    pub crps: Option<Clustered>,
    /// That of the medians alone.
    pub of_medians: Option<Clustered>,
    /// The mean Brier score of probabilities.
    pub brier: Option<Clustered>,
    /// That of the part of events that happened, as a forecast of each. No part scores
    /// better, so that its own error moves the score by nothing to first order, and the
    /// error is that of a mean of scores.
    pub brier_of_base_rate: Option<Clustered>,
    /// Where the transforms lie: for each of them, in order, the part of outcomes at or
    /// below it.
    pub calibration: Vec<(f64, f64)>,
}

/// Scores forecasts. Single figures take the deviation that `spread` gives them, if it does.
/// The observer is asked before each forecast, and told of each.
///
/// # Errors
/// Where the observer says to stop.
pub fn track_record(
    forecasts: &[PastForecast],
    spread: &dyn Fn(&PastForecast) -> Option<f64>,
    observer: &dyn Observer,
) -> Result<TrackRecord, Cancelled> {
    let watched = |own: &PastForecast| {
        if observer.cancelled() {
            return Err(Cancelled);
        }
        let score = score(own, spread);
        observer.progress(1);
        Ok(score)
    };
    let scores: Vec<Score> = forecasts.iter().map(watched).collect::<Result<_, _>>()?;
    let mean = |of: &dyn Fn(&Score) -> Option<f64>| {
        let values = scores.iter();
        let values: Vec<(&str, f64)> = values
            .filter_map(|score| Some((score.name.as_str(), of(score)?)))
            .collect();
        Clustered::of(&values)
    };
    let within = |band: f64| {
        move |score: &Score| {
            let transform = score.transform?;
            Some(f64::from(u8::from((transform - 0.5).abs() <= 0.5 * band)))
        }
    };
    let coverage = BANDS
        .iter()
        .filter_map(|&band| Some((band, mean(&within(band))?)))
        .collect();
    let mut transforms: Vec<f64> = scores.iter().filter_map(|score| score.transform).collect();
    transforms.sort_by(f64::total_cmp);
    let n = transforms.len() as f64;
    let calibration = transforms.iter().enumerate();
    let calibration = calibration.map(|(i, transform)| (*transform, (i + 1) as f64 / n));
    let happened = |score: &Score| score.event.map(|(_, it)| f64::from(u8::from(it)));
    let base = mean(&happened);
    let of_base = |score: &Score| Some((happened(score)? - base?.mean).powi(2));
    Ok(TrackRecord {
        coverage,
        transform: mean(&|score| score.transform),
        crps: mean(&|score| score.crps),
        of_medians: mean(&|score| score.of_median),
        brier: mean(&|score| score.brier),
        brier_of_base_rate: mean(&of_base),
        calibration: calibration.collect(),
        scores,
    })
}

fn score(own: &PastForecast, spread: &dyn Fn(&PastForecast) -> Option<f64>) -> Score {
    let mut score = Score {
        line: own.line,
        name: own.name.clone(),
        transform: None,
        crps: None,
        of_median: None,
        brier: None,
        event: None,
    };
    let value = match (own.outcome, &own.predicted) {
        (Outcome::Event(happened), Predicted::Chance(chance)) => {
            score.event = Some((*chance, happened));
            score.brier = Some((f64::from(u8::from(happened)) - chance).powi(2));
            return score;
        }
        (Outcome::Event(_), _) => return score,
        (Outcome::Amount(value) | Outcome::Date(value), _) => value,
    };
    let given = match &own.predicted {
        Predicted::Point(median) => {
            score.of_median = Some((value - median).abs());
            spread(own).map(|deviation| Predicted::Normal(*median, deviation))
        }
        other => Some(other.clone()),
    };
    if let Some(predicted) = given {
        score.transform = predicted.below(value);
        score.of_median = predicted.quantile(0.5).map(|median| (value - median).abs());
        score.crps = crps(&predicted, value);
    }
    score
}

/// The continuous ranked probability score (Gneiting and Raftery 2007): closed form of a
/// normal distribution, else twice the mean pinball loss over all levels.
fn crps(predicted: &Predicted, value: f64) -> Option<f64> {
    if let Predicted::Normal(median, deviation) = predicted {
        let z = (value - median) / deviation;
        let below = predicted.below(value)?;
        let density = exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
        let whole = z * (2.0 * below - 1.0) + 2.0 * density;
        return Some(deviation * (whole - 1.0 / std::f64::consts::PI.sqrt()));
    }
    let losses = (0..LEVELS).map(|i| {
        let level = (i as f64 + 0.5) / LEVELS as f64;
        let quantile = predicted.quantile(level)?;
        let is_below = f64::from(u8::from(value < quantile));
        Some((is_below - level) * (quantile - value))
    });
    let sum: f64 = losses.sum::<Option<f64>>()?;
    Some(2.0 * sum / LEVELS as f64)
}

/// The central part, `level`, of the share of successes in `n` trials of probability `p`.
pub fn binomial_band(p: f64, n: usize, level: f64) -> (f64, f64) {
    if p <= 0.0 || p >= 1.0 {
        return (p, p);
    }
    let tail = 0.5 * (1.0 - level);
    let (mut log, mut below, mut low) = (n as f64 * ln(1.0 - p), 0.0, None);
    for k in 0..=n {
        below += exp(log);
        if below >= tail && low.is_none() {
            low = Some(k);
        }
        if below >= 1.0 - tail {
            let share = |k: usize| k as f64 / n as f64;
            return (share(low.unwrap_or(k)), share(k));
        }
        log += ln(p / (1.0 - p) * (n - k).max(1) as f64 / (k + 1) as f64);
    }
    (low.unwrap_or(n) as f64 / n as f64, 1.0)
}
