//! Revenue and cumulative payments, as charts.

use super::{findings, frame, milestones, words};
use crate::agreement::{Indexation, TotalCap, YearlyRate};
use crate::report::Part;
use crate::report::figure::{Curve, Fan, Frame, Level, PercentileCurve, Reported, Stands};
use crate::revenue::Model;
use crate::scenario::Scenario;
use crate::simulate::{Quantity, Slot};
use crate::units::{Date, Step};

/// Curves this close, relatively, are one.
const SAME: f64 = 0.01;

/// Revenue of each period, with the plan and what was reported; of each whole year where
/// the timeline is longer than ten, since months of unequal length would be a saw.
pub fn revenue(part: &Part<'_>) -> Fan {
    let scenario = part.scenario;
    let shown = RevenueSlots::of(scenario);
    let quantity = format!("Revenue per {}", shown.step.word());
    // Revenue is the same for all agreements, so their names stay out of it.
    let frame = words(part, findings::revenue(part));
    let mut fan = fan(part, Quantity::Revenue, quantity, frame, &shown.slots);
    fan.stands = Stands::InMiddle;
    fan.reported = reported(part, shown.step);
    let has_one_plan = part.in_all_cases(|scenario, _| match &scenario.model {
        Model::Forecast(forecast) => forecast.plan().to_vec(),
        _ => Vec::new(),
    });
    if let (Model::Forecast(forecast), Some(_)) = (&scenario.model, has_one_plan) {
        // Where errors are centred on the plan, the two curves are one.
        let plan = shown.sums(scenario, forecast.plan());
        let is_mean = plan.iter().zip(&fan.mean);
        let is_mean = is_mean.fold(true, |all, (plan, mean)| {
            all && (plan - mean).abs() <= SAME * plan.abs()
        });
        fan.reference = Some(Curve {
            label: if is_mean { "plan (mean)" } else { "plan" }.to_owned(),
            values: plan,
        });
    }
    fan
}

/// What has been paid by the end of each period, with the cap.
pub fn cumulative(part: &Part<'_>) -> Fan {
    let scenario = part.scenario;
    let agreement = &part.contract.agreement;
    let before = part.in_all_cases(|_, contract| contract.agreement.paid_before.fixed());
    let before = before.flatten().unwrap_or(0.0);
    let quantity = if before > 0.0 {
        let paid = scenario.money.format_short(before);
        format!("Cumulative paid, {paid} before included")
    } else {
        "Cumulative paid".to_owned()
    };
    let frame = frame(part, findings::cumulative(part));
    let slots = periods(scenario);
    let mut fan = fan(part, Quantity::CumulativePaid, quantity, frame, &slots);
    // Before sharing begins the curves lie at what was paid before.
    let (start, effective) = (scenario.timeline.start(), agreement.effective);
    let mut idle = vec![start];
    idle.extend((start < effective && effective < fan.dates[0]).then_some(effective));
    let curves = fan.percentiles.iter_mut().map(|curve| &mut curve.values);
    for values in curves.chain([&mut fan.mean]) {
        values.splice(0..0, idle.iter().map(|_| 0.0));
        values.iter_mut().for_each(|value| *value += before);
    }
    fan.dates.splice(0..0, idle);
    let has_one_cap = part
        .in_all_cases(|_, contract| contract.agreement.cap.clone())
        .is_some();
    if let Some(cap) = agreement.cap.as_ref().filter(|_| has_one_cap) {
        let medians: Vec<f64> = scenario
            .inputs
            .iter()
            .map(|input| input.distribution.median())
            .collect();
        let mut levels = levels(cap, &medians, scenario.timeline.end());
        let value = levels.pop().map_or(cap.at(&medians), |(_, value)| value);
        fan.earlier = levels;
        let amount = scenario.money.format_short(value);
        let label = match cap.flat().map(|flat| flat.fixed()) {
            Some(Some(_)) => format!("Cap {amount}"),
            Some(None) => format!("Cap, median {amount}"),
            None if fan.earlier.is_empty() && cap.indexation != Indexation::None => {
                format!("Cap before indexation, {amount}")
            }
            None => format!("Cap at last, {amount}"),
        };
        fan.level = Some(Level { label, value });
    }
    fan
}

/// The caps in force up to a day, each with its last day.
fn levels(cap: &TotalCap, inputs: &[f64], end: Date) -> Vec<(Date, f64)> {
    match &cap.indexation {
        Indexation::None => {
            let steps = cap.steps.iter();
            let dated = steps.map(|step| (step.until.unwrap_or(end), step.at(inputs)));
            dated.filter(|(until, _)| *until <= end).collect()
        }
        Indexation::Escalating {
            rate: YearlyRate::Constant(rate),
            from,
        } => {
            let growth = 1.0 + rate.at(inputs);
            let step = |years: i32| {
                let last = from.add_months(12 * (years + 1)).add_days(-1);
                (last.min(end), cap.at(inputs) * growth.powi(years))
            };
            let years = (i32::from(end.year()) - i32::from(from.year())).clamp(0, 200);
            let last = (0..=years).find(|years| step(*years).0 >= end);
            match cap.steps.as_slice() {
                [_] => (0..=last.unwrap_or(0)).map(step).collect(),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// A stretch of days with the slot of its results.
type Stretch = (Slot, Date, Date);

/// Every period.
fn periods(scenario: &Scenario) -> Vec<Stretch> {
    let periods = scenario.timeline.periods().iter().enumerate();
    periods
        .map(|(k, period)| (Slot::Period(k), period.first_day, period.last_day))
        .collect()
}

/// What revenue is shown by.
pub(super) struct RevenueSlots {
    /// How long each is.
    pub(super) step: Step,
    /// What is shown.
    pub(super) slots: Vec<Stretch>,
}

impl RevenueSlots {
    /// Periods, or the whole years of a timeline of more than ten.
    pub(super) fn of(scenario: &Scenario) -> Self {
        const MOST_YEARS: i32 = 10;
        let timeline = &scenario.timeline;
        let (start, end) = (timeline.start(), timeline.end());
        let is_long = end > start.add_months(12 * MOST_YEARS).add_days(-1);
        let years = scenario.calendars()[0].iter().enumerate();
        let whole = years.filter_map(|(i, year)| {
            let (first, last) = (Date::new(year.year, 1, 1)?, Date::new(year.year, 12, 31)?);
            let slot = Slot::Year {
                calendar: 0,
                year: i,
            };
            (start <= first && last <= end).then_some((slot, first, last))
        });
        match is_long && timeline.step() != Step::Year {
            true => Self {
                step: Step::Year,
                slots: whole.collect(),
            },
            false => Self {
                step: timeline.step(),
                slots: periods(scenario),
            },
        }
    }

    /// A figure of each period added up over what is shown.
    fn sums(&self, scenario: &Scenario, of_period: &[f64]) -> Vec<f64> {
        let periods = scenario.timeline.periods();
        let within = |first: Date, last: Date| {
            let all = periods.iter().zip(of_period);
            let inside = all.filter(|(p, _)| first <= p.first_day && p.last_day <= last);
            inside.map(|(_, value)| value).sum()
        };
        let slots = self.slots.iter();
        slots
            .map(|(_, first, last)| within(*first, *last))
            .collect()
    }
}

/// Percentiles and mean of a quantity at the end of every stretch.
fn fan(
    part: &Part<'_>,
    quantity: Quantity,
    label: String,
    frame: Frame,
    stretches: &[Stretch],
) -> Fan {
    let scenario = part.scenario;
    let slots = stretches.iter();
    let measured: Vec<_> = slots
        .filter_map(|(slot, ..)| part.outcomes.quantity(quantity, *slot))
        .collect();
    let start = stretches
        .first()
        .map_or(scenario.timeline.start(), |(_, first, _)| *first);
    let percentiles = scenario.report.percentiles.iter();
    Fan {
        frame,
        quantity: label,
        money: scenario.money.clone(),
        start,
        dates: stretches.iter().map(|(.., last)| *last).collect(),
        stands: Stands::AtDates,
        percentiles: percentiles
            .map(|&percentile| PercentileCurve {
                percentile,
                values: measured
                    .iter()
                    .map(|m| m.distribution.quantile(percentile / 100.0).unwrap_or(0.0))
                    .collect(),
            })
            .collect(),
        mean: measured.iter().map(|m| m.estimate.mean).collect(),
        reference: None,
        level: None,
        earlier: Vec::new(),
        reported: Vec::new(),
        milestones: milestones(part),
        ghosts: Vec::new(),
    }
}

/// What was reported of revenue, as revenue per step.
fn reported(part: &Part<'_>, step: Step) -> Vec<Reported> {
    let scenario = part.scenario;
    let months_per_step = f64::from(step.months());
    let stretch = |first_day: Date, last_day: Date, revenue: f64| Reported {
        first_day,
        last_day,
        value: revenue / months_between(first_day, last_day) * months_per_step,
    };
    let observed = match &scenario.model {
        Model::Forecast(forecast) => forecast.observed(),
        _ => &[],
    };
    let earlier = scenario.report.history.iter();
    earlier
        .map(|past| stretch(past.first_day, past.last_day, past.revenue))
        .chain(
            observed
                .iter()
                .map(|seen| stretch(seen.first_day, seen.last_day, seen.revenue)),
        )
        .collect()
}

/// Months of a stretch of whole months.
fn months_between(first_day: Date, last_day: Date) -> f64 {
    let index = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
    f64::from((index(last_day) - index(first_day)).max(0) + 1)
}
