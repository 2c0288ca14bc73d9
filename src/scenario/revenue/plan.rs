//! An annual plan and what is observed of it.

use super::super::checked::{Bounds, Checked, rounded};
use super::super::ends::between;
use super::super::file;
use super::super::placed::Spanned;
use super::super::reading::stands_in;
use crate::revenue::{Forecast, ForecastPlan, Observed};
use crate::units::{Date, Parameter, Timeline};

const KEY: &str = "revenue.forecast";

/// The plan of a file, as far as it can be read.
pub fn plan(
    checked: &mut Checked<'_>,
    file: &file::Forecast,
    timeline: Option<&Timeline>,
) -> ForecastPlan {
    let mut plan = ForecastPlan::default();
    let annual = file.annual.iter().flat_map(|annual| annual.get_ref());
    for (name, figure) in annual {
        let key = format!("revenue.forecast.annual.{}", name.get_ref());
        match name.get_ref().parse::<i16>() {
            Ok(year) if (1900..=2300).contains(&year) => {
                let value = checked.number(&key, figure, Bounds::AMOUNT);
                plan.annual.insert(year, value);
            }
            _ => {
                let message = format!("`{}` is not a calendar year", name.get_ref());
                let label = "a year from 1900 to 2300 is wanted".to_owned();
                checked.refuse(name.span(), "revenue.forecast.annual", message, label);
            }
        }
    }
    for entry in &file.plan {
        plan.stretches.extend(stretch(checked, entry));
    }
    plan.observed = under_way(&checked.happened, &plan, timeline);
    for entry in &file.observed {
        observed(checked, entry, timeline, &mut plan);
    }
    let key = format!("{KEY}.breaks");
    for written in &file.breaks {
        let day = checked.date(&key, written);
        if !stands_in(&written.span()) && day != day.first_of_month() {
            let message = format!("a day of `{key}` is not the first of a month");
            let label = format!("the month starts on {}", day.first_of_month());
            checked.refuse(written.span(), &key, message, label);
        }
        plan.breaks.push(day);
    }
    if let Some(written) = &file.seasons {
        let key = format!("{KEY}.seasons");
        let months = written.get_ref();
        plan.seasons = months
            .iter()
            .map(|month| checked.number(&key, month, SEASON))
            .collect();
        if months.len() != 12 {
            let message = format!("`{key}` needs twelve numbers");
            let label = format!("this is a list of {}", months.len());
            checked.refuse(written.span(), &key, message, label);
            plan.seasons.clear();
        }
    }
    plan
}

/// One month may have a thousand times what another has.
const SEASON: Bounds = Bounds::Closed(0.001, 1000.0);

/// Planned revenue of whole months.
fn stretch(checked: &mut Checked<'_>, entry: &Spanned<file::Observed>) -> Option<Observed> {
    let file = entry.get_ref();
    let before = checked.problems.len();
    let of = months(checked, "revenue.forecast.plan", file)?;
    let key = format!("{KEY}.plan.revenue");
    let revenue = checked.number(&key, &file.revenue, Bounds::AMOUNT);
    let (first_day, last_day) = of;
    (checked.problems.len() == before).then_some(Observed {
        first_day,
        last_day,
        revenue,
    })
}

/// The first and the last day of whole months; `None` where they are not that.
fn months(checked: &mut Checked<'_>, key: &str, file: &file::Observed) -> Option<(Date, Date)> {
    let before = checked.problems.len();
    let (start_key, end_key) = (format!("{key}.start"), format!("{key}.end"));
    let first_day = checked.date(&start_key, &file.start);
    let last_day = checked.date(&end_key, &file.end);
    let (start, end) = (file.start.span(), file.end.span());
    if checked.problems.len() > before || stands_in(&start) || stands_in(&end) {
        return None;
    }
    if first_day != first_day.first_of_month() {
        let message = format!("`{start_key}` is not the first day of a month");
        let label = format!("the month starts on {}", first_day.first_of_month());
        checked.refuse(start, &start_key, message, label);
    }
    if last_day < first_day {
        let message = format!("`{end_key}` lies before the entry's start");
        checked.refuse(end, &end_key, message, format!("it starts on {first_day}"));
    } else if last_day != last_day.last_of_month() {
        let message = format!("`{end_key}` is not the last day of a month");
        let label = format!("the month ends on {}", last_day.last_of_month());
        checked.refuse(end, &end_key, message, label);
    }
    Some((first_day, last_day))
}

/// When revenue begins, in years from the timeline's start; not before the plan does.
pub fn launch(
    checked: &mut Checked<'_>,
    written: &Spanned<file::Launch>,
    plan: &ForecastPlan,
    timeline: &Timeline,
) -> Option<Parameter> {
    let key = format!("{KEY}.launch");
    let file = written.get_ref();
    let below = |name: &str| format!("{key}.{name}");
    let years = |day: Date| Some(timeline.years_to(day));
    let launch = match (&file.date, &file.between, &file.after_years) {
        (Some(date), None, None) => {
            let day = checked.date(&below("date"), date);
            Parameter::Fixed(timeline.years_to(day))
        }
        (None, Some(dates), None) => {
            let name = below("between");
            let distribution = between(checked, &name, dates, years)?;
            checked.input(&name, distribution)
        }
        (None, None, Some(scalar)) => checked.scalar(&below("after_years"), scalar, YEARS),
        _ => {
            let count = usize::from(file.date.is_some())
                + usize::from(file.between.is_some())
                + usize::from(file.after_years.is_some());
            let message = format!("`{key}` needs one of date, between and after_years");
            let label = format!("this has {count} of them");
            checked.refuse(written.span(), &key, message, label);
            return None;
        }
    };
    if !plan.observed.is_empty() {
        let message = format!("`{key}` stands beside revenue that has happened");
        let label = "what has been sold has been launched".to_owned();
        checked.refuse(written.span(), &key, message, label);
        return None;
    }
    let plan = ForecastPlan {
        launch: Some(launch),
        ..plan.clone()
    };
    let Ok(planned) = Forecast::planned_launch(&plan, timeline) else {
        // What is wrong with the plan is said where it is read.
        return Some(launch);
    };
    if checked.least(launch) < planned - 1e-9 {
        let message = format!("`{key}` lies before the plan's first revenue");
        let label = "all of the plan would come earlier, and end too early".to_owned();
        let hint = "begin the plan with the earliest day on which it may be launched".to_owned();
        checked.refuse_with(written.span(), &key, message, label, hint);
    }
    Some(launch)
}

const YEARS: Bounds = Bounds::Closed(-1000.0, 1000.0);

/// What has happened of the months for which there is a figure: the year, or the
/// stretch, under way where the rest of a timeline starts. Its figure includes it.
fn under_way(
    happened: &[Observed],
    plan: &ForecastPlan,
    timeline: Option<&Timeline>,
) -> Vec<Observed> {
    let Some(start) = timeline.map(Timeline::start) else {
        return Vec::new();
    };
    let holds = |stretch: &&Observed| stretch.first_day <= start && start <= stretch.last_day;
    let stretch = plan.stretches.iter().find(holds);
    let counts = happened.iter().filter(|seen| match stretch {
        Some(stretch) => seen.first_day >= stretch.first_day,
        None => seen.first_day.year() == start.year(),
    });
    counts.copied().collect()
}

/// What has happened, in periods of whole months: only these say how much of a year is
/// left.
pub fn happened(past: &[f64], timeline: &Timeline) -> Vec<Observed> {
    let periods = timeline.periods().iter().zip(past);
    let of_months = periods.filter(|(period, revenue)| {
        period.first_day == period.first_day.first_of_month() && **revenue > 0.0
    });
    of_months
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
    let revenue_key = format!("{KEY}.revenue");
    let of = months(checked, KEY, file);
    let revenue = checked.number(&revenue_key, &file.revenue, Bounds::POSITIVE);
    let (start, end) = (file.start.span(), file.end.span());
    let Some((first_day, last_day)) = of.filter(|_| !stands_in(&file.revenue.span())) else {
        return;
    };
    let year = first_day.year();
    if let Some(timeline) = timeline.filter(|timeline| first_day < timeline.start())
        && first_day == first_day.first_of_month()
    {
        let message = format!("`{start_key}` lies before the timeline");
        let label = format!("the timeline starts on {}", timeline.start());
        let hint = "leave out what was before, or move timeline.start".to_owned();
        checked.refuse_with(start.clone(), &start_key, message, label, hint);
    }
    let is_annual = plan.stretches.is_empty();
    if last_day == last_day.last_of_month() && last_day.year() > year && is_annual {
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
    } else if months >= 12 && is_annual {
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
