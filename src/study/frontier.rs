//! Pairs of values of two keys that meet one target: what one side can give on the first
//! for what it takes on the second, and what each pair is worth.

use super::axis::{Axis, Values, position};
use super::base::Base;
use super::error::StudyError;
use super::measures::CaseQuantity;
use super::mixture::run_scenario;
use super::solve::{Solution, solve};
use super::target::Target;
use crate::Error;
use crate::scenario::{Scenario, permitted};
use crate::simulate::{Finding, Measure, Observer, Total, run_totals_each};
use crate::stats::{Estimate, MeanEstimate};
use crate::units::{Date, decimals_for};

/// Significant digits of what a scenario is worth.
const DIGITS: i32 = 9;
/// Values of the first key where none are given.
const POINTS: usize = 9;
/// How far below and above the value as written they reach, relative to it.
const REACH: (f64, f64) = (0.2, 0.6);
/// Measures of a pair: what the payee is paid, its present value, what the cap saves the
/// payer, and whether the cap binds.
const WORTH: [Measure; 4] = [
    Measure::PAID,
    Measure::PRESENT_VALUE,
    Measure::Total(Total::Excess),
    Measure::Binding,
];

/// Pairs of two keys that meet a target.
#[derive(Clone, Debug)]
pub struct Frontier {
    /// The two keys.
    pub keys: [String; 2],
    /// What all pairs bring about.
    pub target: Target,
    /// In the order of the first key's values.
    pub pairs: Vec<Pair>,
}

/// A value of the first key, and that of the second which meets the target with it.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The first key's value, as text of TOML.
    pub first: String,
    /// The second's, with its standard error; none where no value meets the target.
    pub second: Option<Solution>,
    /// What the pair comes to; none without one.
    pub worth: Option<Worth>,
    /// Why there is none.
    pub why_none: Option<String>,
}

/// What a pair comes to for those who pay and are paid.
#[derive(Clone, Debug)]
pub struct Worth {
    /// Expected measures that the scenario has.
    pub expected: Vec<(Measure, Estimate)>,
    /// Percentiles of the total paid, in percent, with their standard errors where known.
    pub paid: Vec<(f64, f64, Option<f64>)>,
    /// The median date on which the cap is reached, with its standard error in days.
    pub median_date: Option<(Date, f64)>,
}

impl Frontier {
    /// The measures of its pairs that the scenario has.
    pub fn measures(&self) -> Vec<Measure> {
        let worth = self.pairs.iter().find_map(|pair| pair.worth.as_ref());
        let expected = worth.into_iter().flat_map(|worth| &worth.expected);
        expected.map(|(measure, _)| *measure).collect()
    }
}

/// A target that keeps what the scenario as written is worth to both sides: the expected
/// present value of what is paid or, without a valuation, the expected total.
///
/// # Errors
/// Where the observer says to stop.
pub fn as_written(base: &Base, observer: &dyn Observer) -> Result<Target, Error> {
    let scenario = base.with(&[])?;
    let results = run_scenario(&scenario, None, observer, run_totals_each)?;
    let measure = match scenario.valuation {
        Some(_) => Measure::PRESENT_VALUE,
        None => Measure::PAID,
    };
    let agreement = &scenario.primary().agreement;
    let found = results
        .primary()
        .get(measure)
        .and_then(|found| found.estimate);
    let mean = found.map_or(0.0, |found| found.mean);
    let mean = format!("{mean:.*}", decimals_for(mean, DIGITS));
    let text = format!(
        "expected {}={mean}",
        CaseQuantity::Expected(measure).name(agreement)
    );
    Ok(Target::of(&text, agreement)?)
}

/// The pairs of two keys that meet `target`, for each value of the first: `KEY=VALUES`, as
/// [`Axis`] reads them, or `KEY` alone for nine from eight tenths of its value to sixteen. All pairs are on the same draws.
///
/// # Errors
/// Where a key cannot be varied so, or no value of the first has a pair; those of
/// [`solve`].
pub fn frontier(
    base: &Base,
    first: &str,
    second: &str,
    target: &Target,
    observer: &dyn Observer,
) -> Result<Frontier, Error> {
    let (key, values) = values(base, first)?;
    if key == second {
        let message = format!("`{key}` cannot be traded for itself");
        return Err(StudyError::new(message, "name two keys").into());
    }
    let mut pairs = Vec::with_capacity(values.len());
    for value in values {
        let mut with = base.clone();
        with.overrides.push(format!("{key}={value}"));
        let mut pair = Pair {
            first: value,
            second: None,
            worth: None,
            why_none: None,
        };
        match solve(&with, second, target, None, observer) {
            Ok(found) => {
                let own = with.with(&[format!("{second}={}", found.value)])?;
                pair.worth = Some(worth(&own, observer)?);
                pair.second = Some(found);
            }
            Err(error @ (Error::Unreachable(_) | Error::SteppedOver(_) | Error::Invalid(_))) => {
                pair.why_none = Some(match error {
                    Error::Invalid(_) => "no valid scenario".to_owned(),
                    other => other.to_string(),
                });
            }
            Err(other) => return Err(other),
        }
        pairs.push(pair);
    }
    if pairs.iter().all(|pair| pair.second.is_none()) {
        let why = pairs.iter().find_map(|pair| pair.why_none.clone());
        let message = format!("no pair of `{key}` and `{second}` meets the target");
        let hint = why.unwrap_or_else(|| "try other values of the first".to_owned());
        return Err(StudyError::new(message, hint).into());
    }
    Ok(Frontier {
        keys: [key, second.to_owned()],
        target: target.clone(),
        pairs,
    })
}

/// The first key and its values.
fn values(base: &Base, first: &str) -> Result<(String, Vec<String>), StudyError> {
    if first.contains('=') {
        let axis = Axis::parse(first)?;
        return match axis.values {
            Values::Listed(values) => Ok((axis.key, values)),
            Values::Between(_) => Err(StudyError::new(
                format!("`{first}` is a range without steps"),
                "say which values: agreement.cap=20:60:5, or =20:60:lin9",
            )),
        };
    }
    let key = first.trim().to_owned();
    let Some(own) = base.number_at(&key).filter(|own| *own != 0.0) else {
        return Err(StudyError::new(
            format!("`{key}` has no number of its own to begin from"),
            format!("say which values: {key}=START:STOP:STEP"),
        ));
    };
    let (mut low, mut high) = (own - REACH.0 * own.abs(), own + REACH.1 * own.abs());
    if let Some(range) = permitted(&key) {
        (low, high) = (low.max(*range.start()), high.min(*range.end()));
    }
    let axis = Axis::new(&key, &format!("{low}:{high}:lin{POINTS}"))?;
    match axis.values {
        Values::Listed(values) => Ok((key, values)),
        Values::Between(_) => Ok((key, vec![own.to_string()])),
    }
}

fn worth(scenario: &Scenario, observer: &dyn Observer) -> Result<Worth, Error> {
    let results = run_scenario(scenario, None, observer, run_totals_each)?;
    let outcomes = results.primary();
    let expected = WORTH.into_iter().filter_map(|measure| {
        let estimate = outcomes.get(measure)?.estimate?;
        Some((measure, estimate))
    });
    let paid: Option<Finding<'_>> = outcomes.get(Measure::PAID);
    let percentile = |percent: &f64| {
        let (found, q) = (paid.as_ref()?, percent / 100.0);
        Some((*percent, found.quantile(q)?, found.quantile_error(q)))
    };
    Ok(Worth {
        expected: expected.collect(),
        paid: scenario
            .report
            .percentiles
            .iter()
            .filter_map(percentile)
            .collect(),
        median_date: outcomes.date_quantile(0.5).map(|found| {
            let error = MeanEstimate::of(&found.replicates).std_error;
            (found.date, error)
        }),
    })
}

impl Pair {
    /// The first key's value as a number; of a date, days from the year 0.
    pub fn position(&self) -> Option<f64> {
        position(&self.first)
    }
}
