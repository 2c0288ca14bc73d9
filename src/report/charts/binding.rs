//! When the cap binds, as a chart.

use super::{frame, milestones};
use crate::report::figure::{Binding, BindingBar};
use crate::report::{Part, answer};
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
        frame: frame(part, answer(part)),
        bar_span: step,
        bars: bars.collect(),
        not_reached: 1.0 - part.outcomes.reached().mean,
        quantiles: scenario.report.percentiles.iter().map(quantile).collect(),
        milestones: milestones(part),
    }
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
