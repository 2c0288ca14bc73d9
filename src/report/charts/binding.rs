//! When the cap binds, and when sharing ends and by what, as charts.

use super::{findings, frame, milestones};
use crate::agreement::EndReason;
use crate::report::Part;
use crate::report::ending::{self, Ending};
use crate::report::figure::{Binding, BindingBar, Cause};
use crate::units::{Date, Step, Timeline};

/// Periods up to which each month has a bar of its own.
const MOST_MONTHLY_BARS: usize = 24;

/// When the cap binds.
pub fn binding(part: &Part<'_>) -> Binding {
    let scenario = part.scenario;
    let (step, spans) = bar_spans(&scenario.timeline);
    let bars = spans.into_iter().map(|(start, end)| BindingBar {
        start,
        end,
        probability: part.outcomes.reached_within(start, end).mean,
        cumulative: part.outcomes.reached_by(end).mean,
    });
    let quantile = |p: &f64| (*p, part.outcomes.reached_quantile(p / 100.0));
    Binding {
        frame: frame(part, findings::binding(part)),
        bar_span: step,
        bars: bars.collect(),
        causes: Vec::new(),
        not_reached: 1.0 - part.outcomes.reached().mean,
        quantiles: scenario.report.percentiles.iter().map(quantile).collect(),
        milestones: milestones(part),
        ghosts: Vec::new(),
    }
}

/// Causes that have a colour of their own; the others are one.
const MOST_CAUSES: usize = 4;

/// When sharing ends before its date, and by what; `None` where only the cap and the
/// expiry can end it.
pub fn ending(part: &Part<'_>) -> Option<Binding> {
    let scenario = part.scenario;
    let agreement = &part.contract.agreement;
    let all = Ending::of(part);
    if !all.has_others() {
        return None;
    }
    let ends = part.outcomes.ends();
    let (step, spans) = bar_spans(&scenario.timeline);
    let early: Vec<EndReason> = all
        .reasons()
        .iter()
        .map(|(reason, _)| *reason)
        .filter(|reason| *reason != EndReason::Expiry)
        .collect();
    let within = |reason: EndReason| -> Vec<f64> {
        let spans = spans.iter();
        spans
            .map(|(first, last)| ends.within(reason, *first, *last).mean)
            .collect()
    };
    let (named, others) = early.split_at(early.len().min(MOST_CAUSES));
    let mut causes: Vec<Cause> = named
        .iter()
        .map(|reason| Cause {
            label: ending::name(agreement, *reason).into_owned(),
            probabilities: within(*reason),
        })
        .collect();
    let others = others.iter().map(|reason| within(*reason));
    if let Some(probabilities) =
        others.reduce(|a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect())
    {
        causes.push(Cause {
            label: "other events".to_owned(),
            probabilities,
        });
    }
    let mut cumulative = 0.0;
    let bars: Vec<BindingBar> = spans
        .iter()
        .enumerate()
        .map(|(i, &(start, end))| {
            let probability = causes.iter().map(|cause| cause.probabilities[i]).sum();
            cumulative += probability;
            BindingBar {
                start,
                end,
                probability,
                cumulative,
            }
        })
        .collect();
    let quantile = |percent: &f64| {
        let end = ends.end_quantile(percent / 100.0);
        let is_early = percent / 100.0 <= cumulative;
        (*percent, is_early.then_some(end))
    };
    Some(Binding {
        frame: frame(part, findings::ending(part)),
        bar_span: step,
        quantiles: scenario.report.percentiles.iter().map(quantile).collect(),
        bars,
        causes,
        not_reached: (1.0 - cumulative).max(0.0),
        milestones: milestones(part),
        ghosts: Vec::new(),
    })
}

/// The stretches of time that have a bar each, and what each of them is: the
/// timeline's periods, or quarters where there are many months.
pub fn bar_spans(timeline: &Timeline) -> (Step, Vec<(Date, Date)>) {
    let periods = timeline.periods();
    if timeline.step() == Step::Month && periods.len() > MOST_MONTHLY_BARS {
        return (Step::Quarter, quarters(timeline.start(), timeline.end()));
    }
    let spans = periods.iter().map(|p| (p.first_day, p.last_day));
    (timeline.step(), spans.collect())
}

/// The calendar quarters from one date to another, the first and last cut short.
fn quarters(start: Date, end: Date) -> Vec<(Date, Date)> {
    let mut spans = Vec::new();
    let mut first = start;
    while first <= end {
        let to_go = (3 - i32::from(first.month()) % 3) % 3;
        let last = first.first_of_month().add_months(to_go).last_of_month();
        spans.push((first, last.min(end)));
        first = last.add_days(1);
    }
    spans
}
