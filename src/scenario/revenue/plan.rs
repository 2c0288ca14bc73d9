//! An annual plan and what is observed of it.

use super::super::checked::{Bounds, Checked, rounded};
use super::super::file;
use super::super::placed::Spanned;
use super::super::reading::stands_in;
use crate::revenue::{ForecastPlan, Observed};
use crate::units::{Date, Timeline};

/// The plan of a file, as far as it can be read.
pub fn plan(
    checked: &mut Checked<'_>,
    file: &file::Forecast,
    timeline: Option<&Timeline>,
) -> ForecastPlan {
    let mut plan = ForecastPlan::default();
    for (name, figure) in file.annual.get_ref() {
        let key = format!("revenue.forecast.annual.{}", name.get_ref());
        match name.get_ref().parse::<i16>() {
            Ok(year) if (1900..=2300).contains(&year) => {
                let value = checked.number(&key, figure, Bounds::POSITIVE);
                plan.annual.insert(year, value);
            }
            _ => {
                let message = format!("`{}` is not a calendar year", name.get_ref());
                let label = "a year from 1900 to 2300 is wanted".to_owned();
                checked.refuse(name.span(), "revenue.forecast.annual", message, label);
            }
        }
    }
    plan.observed = checked.happened.clone();
    for entry in &file.observed {
        observed(checked, entry, timeline, &mut plan);
    }
    plan
}

/// What has happened in the calendar year in which the rest of a timeline starts:
/// the year's figure includes it. Only periods of whole months say how much of the
/// year is left.
pub fn happened(past: &[f64], rest: &Timeline, timeline: &Timeline) -> Vec<Observed> {
    let year = rest.start().year();
    let periods = timeline.periods().iter().zip(past);
    let of_the_year = periods.filter(|(period, revenue)| {
        period.first_day.year() == year
            && period.first_day == period.first_day.first_of_month()
            && **revenue > 0.0
    });
    of_the_year
        .map(|(period, revenue)| Observed {
            first_day: period.first_day,
            last_day: period.last_day,
            revenue: *revenue,
        })
        .collect()
}

/// Adds one observed stretch to the plan if it fits.
fn observed(
    checked: &mut Checked<'_>,
    entry: &Spanned<file::Observed>,
    timeline: Option<&Timeline>,
    plan: &mut ForecastPlan,
) {
    const KEY: &str = "revenue.forecast.observed";
    let file = entry.get_ref();
    let before = checked.problems.len();
    let (start_key, end_key) = (format!("{KEY}.start"), format!("{KEY}.end"));
    let first_day = checked.date(&start_key, &file.start);
    let last_day = checked.date(&end_key, &file.end);
    let revenue_key = format!("{KEY}.revenue");
    let revenue = checked.number(&revenue_key, &file.revenue, Bounds::POSITIVE);
    let (start, end) = (file.start.span(), file.end.span());
    if checked.problems.len() > before
        || [&start, &end, &file.revenue.span()]
            .into_iter()
            .any(stands_in)
    {
        return;
    }
    let year = first_day.year();
    if first_day != first_day.first_of_month() {
        let message = format!("`{start_key}` is not the first day of a month");
        let label = format!("the month starts on {}", first_day.first_of_month());
        checked.refuse(start.clone(), &start_key, message, label);
    } else if let Some(timeline) = timeline.filter(|timeline| first_day < timeline.start()) {
        let message = format!("`{start_key}` lies before the timeline");
        let label = format!("the timeline starts on {}", timeline.start());
        let hint = "leave out what was before, or move timeline.start".to_owned();
        checked.refuse_with(start.clone(), &start_key, message, label, hint);
    }
    if last_day < first_day {
        let message = format!("`{end_key}` lies before the entry's start");
        checked.refuse(end, &end_key, message, format!("it starts on {first_day}"));
    } else if last_day != last_day.last_of_month() {
        let message = format!("`{end_key}` is not the last day of a month");
        let label = format!("the month ends on {}", last_day.last_of_month());
        checked.refuse(end, &end_key, message, label);
    } else if last_day.year() != year {
        let message = format!("`{end_key}` lies in a later year than the entry's start");
        let hint = "make it two entries, the first to 31 December".to_owned();
        let label = format!("it starts on {first_day}");
        checked.refuse_with(end, &end_key, message, label, hint);
    }
    if checked.problems.len() > before {
        return;
    }
    let months_of = |first: Date, last: Date| i32::from(last.month() - first.month()) + 1;
    let in_year = |seen: &&Observed| seen.first_day.year() == year;
    let earlier = plan.observed.iter().filter(in_year);
    let (known, months) = earlier.fold(
        (revenue, months_of(first_day, last_day)),
        |(known, months), seen| {
            let more = months_of(seen.first_day, seen.last_day);
            (known + seen.revenue, months + more)
        },
    );
    let latest = plan.observed.last().map(|seen| seen.last_day);
    if let Some(latest) = latest.filter(|latest| *latest >= first_day) {
        let message = format!("entries of `{KEY}` overlap or are out of order");
        let label = format!("the entry before it ends on {latest}");
        let hint = "put them in order, each to start after the one before it ends".to_owned();
        checked.refuse_with(start, KEY, message, label, hint);
    } else if months >= 12 {
        let message = format!("`{KEY}` covers all of {year}");
        let label = "with this, no month of the year is left".to_owned();
        let hint = "leave the last month out: with the year's total in annual it is known too";
        checked.refuse_with(entry.span(), KEY, message, label, hint.to_owned());
    } else if let Some(annual) = plan.annual.get(&year).filter(|annual| known >= **annual) {
        let message = format!("`{KEY}` leaves nothing of the figure for {year}");
        let label = format!("{} observed of {annual} planned", rounded(known));
        let hint = "check the unit, or raise the year's figure in annual".to_owned();
        checked.refuse_with(file.revenue.span(), &revenue_key, message, label, hint);
    } else {
        plan.observed.push(Observed {
            first_day,
            last_day,
            revenue,
        });
    }
}
