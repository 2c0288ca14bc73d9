//! An annual plan, spread over the months, with errors around it.

use std::collections::BTreeMap;

use thiserror::Error;

use super::disaggregate::{DisaggregateError, Total, smooth_months};
use super::{Observe, Response, brownian_response, increment_deviations};
use crate::math::exp;
use crate::units::{Date, LANES, Lanes, Parameter, Timeline};

/// Revenue already reported for a stretch of whole months: the plan meets it
/// exactly and nothing is uncertain before its end.
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// Revenue of period *k*: `plan_k · exp(volatility·W(s) + growth_uncertainty·s·Z −
/// ½(volatility²·s + growth_uncertainty²·s²))`.
///
/// *s* is the time in years from the last observed day (or the timeline's start)
/// to the period's observation time, *W* a Brownian motion and *Z* one standard
/// normal per path: a persistent error in annual log growth. The last term makes
/// the plan the expected revenue. The plan's months are those of
/// [`smooth_months`]; a period takes the months it covers, by days where it
/// covers one in part.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    plan: Vec<f64>,
    volatility: Parameter,
    growth_uncertainty: Parameter,
    times: Vec<f64>,
    deviations: Vec<f64>,
}

impl Forecast {
    /// `volatility` per square root of a year and `growth_uncertainty` per year,
    /// both 0 or more.
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
        let known_until = plan.observed.last().map_or(0.0, |seen| {
            timeline.years_to(seen.last_day.add_days(1)).max(0.0)
        });
        let times: Vec<f64> = observe
            .times(timeline)
            .iter()
            .map(|time| (time - known_until).max(0.0))
            .collect();
        Ok(Self {
            plan: spread(plan, timeline)?,
            volatility,
            growth_uncertainty,
            deviations: increment_deviations(&times),
            times,
        })
    }

    /// Planned revenue of each period, which is also its expected revenue.
    pub fn plan(&self) -> &[f64] {
        &self.plan
    }

    fn has_growth_error(&self) -> bool {
        self.growth_uncertainty != Parameter::Fixed(0.0)
    }

    fn increments(&self) -> usize {
        self.deviations.iter().filter(|d| **d > 0.0).count()
    }

    /// The persistent error follows the increments.
    pub(super) fn growth_error(&self) -> Option<usize> {
        self.has_growth_error().then(|| self.increments())
    }

    pub(super) fn shocks(&self) -> usize {
        self.increments() + usize::from(self.has_growth_error())
    }

    #[inline(always)]
    pub(super) fn generate(&self, inputs: &[Lanes], shocks: &[Lanes], revenue: &mut [Lanes]) {
        let volatility = self.volatility.lanes(inputs);
        let growth_uncertainty = self.growth_uncertainty.lanes(inputs);
        let fixed = (self.volatility.fixed(), self.growth_uncertainty.fixed());
        let mut brownian = [0.0; LANES];
        let mut growth_error = [0.0; LANES];
        let (increments, last) = shocks.split_at(self.increments());
        if let Some(shock) = last.first() {
            growth_error = *shock;
        }
        let mut increments = increments.iter();
        for (k, row) in revenue.iter_mut().enumerate() {
            let deviation = self.deviations[k];
            if deviation > 0.0
                && let Some(shock) = increments.next()
            {
                for l in 0..LANES {
                    brownian[l] = deviation.mul_add(shock[l], brownian[l]);
                }
            }
            let (time, plan) = (self.times[k], self.plan[k]);
            if let (Some(volatility), Some(growth_uncertainty)) = fixed {
                let spread = growth_uncertainty * time;
                let variance = volatility.mul_add(volatility * time, spread * spread);
                let drift = -0.5 * variance;
                for l in 0..LANES {
                    let error = spread.mul_add(growth_error[l], drift);
                    row[l] = plan * exp(volatility.mul_add(brownian[l], error));
                }
                continue;
            }
            for l in 0..LANES {
                let spread = growth_uncertainty[l] * time;
                let variance = volatility[l].mul_add(volatility[l] * time, spread * spread);
                let error = spread.mul_add(growth_error[l], -0.5 * variance);
                row[l] = plan * exp(volatility[l].mul_add(brownian[l], error));
            }
        }
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        let mut by_shock = brownian_response(&self.deviations, self.volatility.at(inputs));
        if self.has_growth_error() {
            let growth_uncertainty = self.growth_uncertainty.at(inputs);
            for (row, time) in by_shock.iter_mut().zip(&self.times) {
                row.push(growth_uncertainty * time);
            }
        }
        Response {
            revenue: self.plan.clone(),
            by_shock,
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
