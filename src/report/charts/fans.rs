//! Revenue and cumulative payments, as charts.

use super::{findings, frame, milestones, words};
use crate::agreement::Indexation;
use crate::report::Part;
use crate::report::figure::{Curve, Fan, Frame, Level, PercentileCurve, Reported};
use crate::revenue::Model;
use crate::simulate::{Quantity, Slot};
use crate::units::Date;

/// Curves this close, relatively, are one.
const SAME: f64 = 0.01;

/// Revenue of each period, with the plan and what was reported.
pub fn revenue(part: &Part<'_>) -> Fan {
    let scenario = part.scenario;
    let step = scenario.timeline.step().word();
    let quantity = format!("Revenue per {step}");
    // Revenue is the same for all agreements, so their names stay out of it.
    let frame = words(part, findings::revenue(part));
    let mut fan = fan(part, Quantity::Revenue, quantity, frame);
    fan.reported = reported(part);
    if let Model::Forecast(forecast) = &scenario.model {
        // Where errors are centred on the plan, the two curves are one.
        let plan = forecast.plan();
        let is_mean = plan.iter().zip(&fan.mean);
        let is_mean = is_mean.fold(true, |all, (plan, mean)| {
            all && (plan - mean).abs() <= SAME * plan.abs()
        });
        fan.reference = Some(Curve {
            label: if is_mean { "plan (mean)" } else { "plan" }.to_owned(),
            values: plan.to_vec(),
        });
    }
    fan
}

/// What has been paid by the end of each period, with the cap.
pub fn cumulative(part: &Part<'_>) -> Fan {
    let scenario = part.scenario;
    let agreement = &part.contract.agreement;
    let before = agreement.paid_before.fixed().unwrap_or(0.0);
    let quantity = if before > 0.0 {
        let paid = scenario.money.format_short(before);
        format!("Cumulative paid, {paid} before included")
    } else {
        "Cumulative paid".to_owned()
    };
    let frame = frame(part, findings::cumulative(part));
    let mut fan = fan(part, Quantity::CumulativePaid, quantity, frame);
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
    fan.level = agreement.cap.as_ref().map(|cap| {
        let medians: Vec<f64> = scenario
            .inputs
            .iter()
            .map(|input| input.distribution.median())
            .collect();
        let value = cap.at(&medians);
        let amount = scenario.money.format_short(value);
        let label = match cap.flat().map(|flat| flat.fixed()) {
            Some(Some(_)) => format!("Cap {amount}"),
            Some(None) => format!("Cap, median {amount}"),
            None if cap.indexation == Indexation::None => format!("Cap at last, {amount}"),
            None => format!("Cap before indexation, {amount}"),
        };
        Level { label, value }
    });
    fan
}

/// Percentiles and mean of a quantity at the end of every period.
fn fan(part: &Part<'_>, quantity: Quantity, label: String, frame: Frame) -> Fan {
    let scenario = part.scenario;
    let periods = scenario.timeline.periods();
    let measured: Vec<_> = (0..periods.len())
        .filter_map(|k| part.outcomes.quantity(quantity, Slot::Period(k)))
        .collect();
    let percentiles = scenario.report.percentiles.iter();
    Fan {
        frame,
        quantity: label,
        money: scenario.money.clone(),
        dates: periods.iter().map(|period| period.last_day).collect(),
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
        reported: Vec::new(),
        milestones: milestones(part),
    }
}

/// What was reported of revenue, as revenue per step.
fn reported(part: &Part<'_>) -> Vec<Reported> {
    let scenario = part.scenario;
    let months_per_step = f64::from(scenario.timeline.step().months());
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
