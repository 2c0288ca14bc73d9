//! An annual plan, spread over the months, with errors around it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::disaggregate::{DisaggregateError, Total, smooth_between};
use super::errors::{ErrorPart, Errors};
use super::shocks::Shock;
use super::{ErrorTerms, Observe, Preserve, Response};
use crate::math::fma;
use crate::units::{Date, LANES, Lanes, Parameter, Timeline};

/// Revenue already reported for a stretch of whole months: the plan meets it
/// exactly and nothing is uncertain before its end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// First day, the first of a month.
    pub first_day: Date,
    /// Last day, the last of a month.
    pub last_day: Date,
    /// Revenue of the stretch, above 0; 0 or more where it is planned.
    pub revenue: f64,
}

/// What is planned and known: calendar years, stretches of other lengths, and observed
/// ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForecastPlan {
    /// Planned revenue of each calendar year, 0 or more.
    pub annual: BTreeMap<i16, f64>,
    /// Planned revenue of other stretches, which share no month with each other or with
    /// a year that has a figure.
    pub stretches: Vec<Observed>,
    /// Reported stretches, ascending and apart.
    pub observed: Vec<Observed>,
    /// First days of months into which growth need not be smooth.
    pub breaks: Vec<Date>,
    /// What each month of a year, January first, has of a smooth level; no entry where
    /// all have the same.
    pub seasons: Vec<f64>,
    /// When revenue begins, in years from the timeline's start, if not with the plan:
    /// all of it comes as much later than planned.
    pub launch: Option<Parameter>,
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
    /// A month between the first and the last that are needed has no figure.
    #[error("the plan has no figure for the month from {0}")]
    MissingMonth(Date),
    /// A month has two figures.
    #[error("the plan has two figures for the month from {0}")]
    Twice(Date),
    /// All figures are 0.
    #[error("the plan has no revenue")]
    Nothing,
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
/// [`smooth_between`]; a period takes the months it covers, by days where it
/// covers one in part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    plan: Vec<f64>,
    errors: Errors,
    observed: Vec<Observed>,
    /// Where revenue begins at an uncertain moment.
    launch: Option<Launch>,
}

/// A plan that begins when its path says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Launch {
    /// In years from the timeline's start.
    at: Parameter,
    /// When the plan itself begins.
    planned: f64,
    months: Months,
}

impl Launch {
    /// Revenue of a period with a launch at so many years.
    #[inline(always)]
    fn revenue(&self, k: usize, at: f64) -> f64 {
        self.months.revenue(k, 12.0 * (at - self.planned))
    }
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
        let (months, planned) = Months::of(plan, timeline)?;
        let periods = 0..timeline.periods().len();
        let mut launch = plan.launch.map(|at| Launch {
            at,
            planned,
            months: months.clone(),
        });
        let plan_of_periods = match &launch {
            // Known beforehand: a plan like any other.
            Some(launch) if let Some(at) = launch.at.fixed() => {
                periods.map(|k| launch.revenue(k, at)).collect()
            }
            _ => months.spread(timeline),
        };
        launch.take_if(|launch| launch.at.fixed().is_some());
        Ok(Self {
            plan: plan_of_periods,
            errors: Errors::new(errors, known_until, &times, timeline),
            observed: plan.observed.clone(),
            launch,
        })
    }

    /// When the plan of revenue begins, in years from a timeline's start.
    ///
    /// # Errors
    /// See [`ForecastError`].
    pub fn planned_launch(plan: &ForecastPlan, timeline: &Timeline) -> Result<f64, ForecastError> {
        Months::of(plan, timeline).map(|(_, planned)| planned)
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
        let Some(launch) = &self.launch else {
            let plan = |k: usize, _: f64| self.plan[k];
            return self.errors.apply(inputs, shocks, revenue, plan);
        };
        let at = launch.at.lanes(inputs);
        for (k, row) in revenue.iter_mut().enumerate() {
            for l in 0..LANES {
                row[l] = launch.revenue(k, at[l]);
            }
        }
        self.errors
            .apply(inputs, shocks, revenue, |_, planned| planned);
    }

    /// The plan where every input takes the value given.
    fn plan_at(&self, inputs: &[f64]) -> Vec<f64> {
        match &self.launch {
            None => self.plan.clone(),
            Some(launch) => {
                let at = launch.at.at(inputs);
                let periods = 0..self.plan.len();
                periods.map(|k| launch.revenue(k, at)).collect()
            }
        }
    }

    pub(super) fn expected(&self, inputs: &[f64]) -> Vec<f64> {
        let factors = self.errors.mean_factors(inputs);
        let plan = self.plan_at(inputs);
        plan.iter().zip(factors).map(|(p, f)| p * f).collect()
    }

    pub(super) fn parts(&self, period: usize) -> Vec<(ErrorPart, Vec<f64>)> {
        self.errors.parts(period)
    }

    pub(super) fn response(&self, inputs: &[f64]) -> Response {
        Response {
            revenue: self.plan_at(inputs),
            by_shock: self.errors.by_shock(inputs),
        }
    }
}

/// Planned revenue month by month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Months {
    /// First day of the first.
    first: Date,
    amounts: Vec<f64>,
    /// Revenue before each month, and in all.
    cumulative: Vec<f64>,
    /// First and last moment of each period of the timeline, in months.
    periods: Vec<(f64, f64)>,
}

impl Months {
    /// The months of a plan, and when its revenue begins in years from a timeline's start.
    fn of(plan: &ForecastPlan, timeline: &Timeline) -> Result<(Self, f64), ForecastError> {
        let stretches = stretches(plan, timeline)?;
        let first = stretches.first().ok_or(ForecastError::Nothing)?.first_day;
        let month_of = |date: Date| months_between(first, date);
        let total = |seen: &Observed| Total {
            months: month_of(seen.first_day)..month_of(seen.last_day) + 1,
            sum: seen.revenue,
        };
        let totals: Vec<Total> = stretches.iter().chain(&plan.observed).map(total).collect();
        let last = stretches.last().map_or(first, |last| last.last_day);
        let count = month_of(last) + 1;
        let inside = |day: &&Date| first < **day && **day <= last;
        let breaks = plan.breaks.iter().filter(inside);
        let breaks: Vec<usize> = breaks.map(|day| month_of(*day)).collect();
        let season = |month: usize| {
            let at = (first.month() as usize - 1 + month) % 12;
            plan.seasons.get(at).copied().unwrap_or(1.0)
        };
        let seasons: Vec<f64> = (0..count).map(season).collect();
        let amounts = smooth_between(count, &totals, &breaks, &seasons)?;
        let launched = amounts.iter().position(|amount| *amount > 0.0);
        let launched = launched.ok_or(ForecastError::Nothing)?;
        let planned = timeline.years_to(first.add_months(launched as i32));
        let mut sum = 0.0;
        let before = amounts.iter().map(|amount| {
            sum += amount;
            sum
        });
        let cumulative = [0.0].into_iter().chain(before).collect();
        let at = |date: Date| {
            let month = date.first_of_month();
            let days = date.last_of_month().days_since(month) + 1;
            let into = f64::from(date.days_since(month)) / f64::from(days);
            let years = f64::from(month.year()) - f64::from(first.year());
            years * 12.0 + f64::from(month.month() - first.month()) + into
        };
        let periods = timeline.periods().iter();
        let periods = periods
            .map(|period| (at(period.first_day), at(period.last_day.add_days(1))))
            .collect();
        Ok((
            Self {
                first,
                amounts,
                cumulative,
                periods,
            },
            planned,
        ))
    }

    /// Revenue of a period where all comes so many months later than planned.
    #[inline(always)]
    fn revenue(&self, k: usize, later: f64) -> f64 {
        let (from, to) = self.periods[k];
        (self.before(to - later) - self.before(from - later)).max(0.0)
    }

    /// Revenue before a moment in months, even within each.
    #[inline(always)]
    fn before(&self, months: f64) -> f64 {
        let last = self.amounts.len();
        let months = months.clamp(0.0, last as f64);
        let month = (months as usize).min(last - 1);
        fma(
            months - month as f64,
            self.amounts[month],
            self.cumulative[month],
        )
    }

    /// The plan's revenue in each period of the timeline.
    fn spread(&self, timeline: &Timeline) -> Vec<f64> {
        let of_month = |month: Date| match month < self.first {
            true => 0.0,
            false => self.amounts[months_between(self.first, month)],
        };
        let in_period = timeline.periods().iter().map(|period| {
            let mut month = period.first_day.first_of_month();
            let mut sum = 0.0;
            while month <= period.last_day {
                let last = month.last_of_month();
                let covered = period.days_within(month, last);
                let part = f64::from(covered) / f64::from(last.days_since(month) + 1);
                sum += part * of_month(month);
                month = month.add_months(1);
            }
            sum
        });
        in_period.collect()
    }
}

/// Months from the first of one month to a day of another that is not earlier.
fn months_between(first: Date, date: Date) -> usize {
    let years = usize::from(date.year().abs_diff(first.year()));
    years * 12 + date.month() as usize - first.month() as usize
}

/// Years and stretches that have a figure, ascending: no month that is needed is left
/// out, none has two figures.
fn stretches(plan: &ForecastPlan, timeline: &Timeline) -> Result<Vec<Observed>, ForecastError> {
    let years = plan.annual.iter().map(|(&year, &revenue)| {
        let month = |month| Date::new(year, month, 1).expect("a month of a year planned");
        Observed {
            first_day: month(1),
            last_day: month(12).last_of_month(),
            revenue,
        }
    });
    let mut all: Vec<Observed> = years.chain(plan.stretches.iter().copied()).collect();
    all.sort_by_key(|stretch| stretch.first_day);
    let by_year = plan.stretches.is_empty();
    let missing = |day: Date| match by_year {
        true => ForecastError::MissingYear(day.year()),
        false => ForecastError::MissingMonth(day.first_of_month()),
    };
    let (start, end) = (timeline.start(), timeline.end());
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        return Err(missing(start));
    };
    // Before a launch there is nothing to plan.
    if first.first_day > start && plan.launch.is_none() {
        return Err(missing(start));
    }
    for pair in all.windows(2) {
        let next = pair[0].last_day.add_days(1);
        if pair[1].first_day < next {
            return Err(ForecastError::Twice(pair[1].first_day));
        }
        if pair[1].first_day > next {
            let is_needed = next.year() >= start.year() && next.year() <= end.year();
            return Err(match by_year {
                true if is_needed => ForecastError::MissingYear(next.year()),
                true => ForecastError::Gap(next.year()),
                false => ForecastError::MissingMonth(next),
            });
        }
    }
    if last.last_day < end {
        return Err(missing(last.last_day.add_days(1).max(start)));
    }
    Ok(all)
}
