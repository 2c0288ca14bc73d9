//! An annual plan, spread over the months, with errors around it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::disaggregate::{DisaggregateError, Total, smooth_months};
use super::errors::{ErrorPart, Errors};
use super::shocks::Shock;
use super::{ErrorTerms, Observe, Preserve, Response};
use crate::units::{Date, Lanes, Parameter, Timeline};

/// Revenue already reported for a stretch of whole months: the plan meets it
/// exactly and nothing is uncertain before its end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// First day, the first of a month.
    pub first_day: Date,
    /// Last day, the last of a month.
    pub last_day: Date,
    /// Revenue of the stretch, above 0.
    pub revenue: f64,
}

/// What is planned and known: calendar years and observed stretches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForecastPlan {
    /// Planned revenue of each calendar year, above 0.
    pub annual: BTreeMap<i16, f64>,
    /// Reported stretches, ascending and apart.
    pub observed: Vec<Observed>,
}

/// Why a plan cannot be spread over a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum ForecastError {
    /// A calendar year of the timeline has no figure.
    #[error("the plan has no figure for {0}")]
    MissingYear(i16),
    /// A year between the first and the last year planned has no figure.
    #[error("the plan skips {0}")]
    Gap(i16),
    /// The monthly path cannot be found.
    #[error(transparent)]
    Disaggregate(#[from] DisaggregateError),
}

/// Revenue of period *k*: its plan times the factor of the errors, see
/// [`ErrorTerms`]. With a random walk and a persistent growth error that is
/// `plan_k · exp(volatility·W(s) + growth_uncertainty·s·Z − ½(volatility²·s +
/// growth_uncertainty²·s²))`.
///
/// *s* is the time in years from the last observed day (or the timeline's start)
/// to the period's observation time, *W* a Brownian motion and *Z* one standard
/// normal per path. The last term makes the plan the expected revenue; it is left
/// out where the plan is the median. The plan's months are those of
/// [`smooth_months`]; a period takes the months it covers, by days where it
/// covers one in part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    plan: Vec<f64>,
    errors: Errors,
    observed: Vec<Observed>,
}

impl Forecast {
    /// A random walk of `volatility` per square root of a year and a persistent
    /// error of `growth_uncertainty` per year, both 0 or more.
    ///
    /// # Errors
    /// See [`ForecastError`].
    pub fn new(
        plan: &ForecastPlan,
        volatility: Parameter,
        growth_uncertainty: Parameter,
        observe: Observe,
        timeline: &Timeline,
    ) -> Result<Self, ForecastError> {
        let errors = ErrorTerms {
            volatility: Some(volatility.into()),
            growth_uncertainty,
            ..ErrorTerms::default()
        };
        Self::with_errors(plan, errors, observe, timeline)
    }

    /// A plan with errors of any structure.
    ///
    /// # Errors
    /// See [`ForecastError`].
    pub fn with_errors(
        plan: &ForecastPlan,
        errors: ErrorTerms,
        observe: Observe,
        timeline: &Timeline,
    ) -> Result<Self, ForecastError> {
        let known_until = plan.observed.last().map_or(0.0, |seen| {
            timeline.years_to(seen.last_day.add_days(1)).max(0.0)
        });
        let times = observe.times(timeline);
        Ok(Self {
            plan: spread(plan, timeline)?,
            errors: Errors::new(errors, known_until, &times, timeline),
            observed: plan.observed.clone(),
        })
    }

    /// Planned revenue of each period.
    pub fn plan(&self) -> &[f64] {
        &self.plan
    }

    /// What was reported of the timeline's revenue, ascending.
    pub fn observed(&self) -> &[Observed] {
        &self.observed
    }

    /// Which figure of an uncertain revenue the plan is.
    pub fn preserve(&self) -> Preserve {
        self.errors.preserve()
    }

    pub(super) fn shocks(&self) -> usize {
        self.errors.shocks()
    }

    pub(super) fn shock_kinds(&self) -> Vec<Shock> {
        self.errors.shock_kinds()
    }

    #[inline(always)]
    pub(super) fn generate(&self, inputs: &[Lanes], shocks: &[Lanes], revenue: &mut [Lanes]) {
        let plan = |k: usize, _: f64| self.plan[k];
        self.errors.apply(inputs, shocks, revenue, plan);
    }

    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        let factors = self.errors.mean_factors(inputs);
        self.plan.iter().zip(factors).map(|(p, f)| p * f).collect()
    }

    pub(super) fn parts(&self, period: usize) -> Vec<(ErrorPart, Vec<f64>)> {
        self.errors.parts(period)
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        Response {
            revenue: self.plan.clone(),
            by_shock: self.errors.by_shock(inputs),
        }
    }
}

/// The plan's revenue in each period of the timeline.
fn spread(plan: &ForecastPlan, timeline: &Timeline) -> Result<Vec<f64>, ForecastError> {
    for year in timeline.start().year()..=timeline.end().year() {
        if !plan.annual.contains_key(&year) {
            return Err(ForecastError::MissingYear(year));
        }
    }
    let first_year = *plan
        .annual
        .keys()
        .next()
        .unwrap_or(&timeline.start().year());
    let last_year = *plan.annual.keys().next_back().unwrap_or(&first_year);
    if let Some(gap) = (first_year..=last_year).find(|year| !plan.annual.contains_key(year)) {
        return Err(ForecastError::Gap(gap));
    }
    let month_of = |date: Date| {
        let years = usize::from(date.year().abs_diff(first_year));
        years * 12 + date.month() as usize - 1
    };
    let mut totals: Vec<Total> = plan
        .annual
        .values()
        .enumerate()
        .map(|(i, &sum)| Total {
            months: i * 12..(i + 1) * 12,
            sum,
        })
        .collect();
    totals.extend(plan.observed.iter().map(|seen| Total {
        months: month_of(seen.first_day)..month_of(seen.last_day) + 1,
        sum: seen.revenue,
    }));
    let months = smooth_months(plan.annual.len() * 12, &totals)?;
    let in_period = timeline.periods().iter().map(|period| {
        let mut month = period.first_day.first_of_month();
        let mut sum = 0.0;
        while month <= period.last_day {
            let last = month.last_of_month();
            let covered = period.days_within(month, last);
            let part = f64::from(covered) / f64::from(last.days_since(month) + 1);
            sum += part * months[month_of(month)];
            month = month.add_months(1);
        }
        sum
    });
    Ok(in_period.collect())
}
