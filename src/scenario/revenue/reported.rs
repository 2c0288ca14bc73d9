//! Reported figures that a model learns from.

use std::ops::Range;

use super::super::checked::{Bounds, Checked};
use super::super::file;
use super::super::placed::Spanned;
use super::super::reading::stands_in;
use crate::revenue::{
    ConditionError, Conditioned, FEWEST_FUTURES, Known, Model, Reported, Weighed,
};
use crate::text::quoted;
use crate::units::{Date, Timeline};

const KEY: &str = "revenue.reported";
/// The same of a file with segments.
const OF_SEGMENTS: &str = "reported";
/// The largest relative error of a figure.
pub const LARGEST_ERROR: f64 = 1.0;

/// A figure as written.
struct Written<'f> {
    key: &'static str,
    place: Range<usize>,
    start: &'f Spanned<file::TomlDate>,
    end: &'f Spanned<file::TomlDate>,
    revenue: &'f Spanned<f64>,
    error: Option<&'f Spanned<f64>>,
}

/// A model given the figures of its table, if there are any.
pub fn given(
    checked: &mut Checked<'_>,
    written: &[Spanned<file::Reported>],
    model: Model,
    timeline: Option<&Timeline>,
    is_uncertain: bool,
) -> Option<Model> {
    let Some(timeline) = timeline.filter(|_| !written.is_empty()) else {
        return Some(model);
    };
    let entries = written.iter().map(|entry| {
        let file = entry.get_ref();
        let written = Written {
            key: KEY,
            place: entry.span(),
            start: &file.start,
            end: &file.end,
            revenue: &file.revenue,
            error: file.error.as_ref(),
        };
        (written, None)
    });
    let figures = figures(checked, entries.collect(), timeline)?;
    if is_uncertain || model.events() > 0 {
        // Which inputs are drawn, and how they are tied, is known when all is read.
        checked.to_weigh = Some(figures);
        return Some(model);
    }
    let conditioned = Conditioned::new(model, figures.periods, figures.figures);
    let conditioned = conditioned.map(Model::Conditioned);
    conditioned
        .map_err(|refused| refuse(checked, figures.key, &figures.places, refused))
        .ok()
}

/// Keeps the figures of segments of these names until all inputs are known.
pub fn of_segments(
    checked: &mut Checked<'_>,
    written: &[Spanned<file::ReportedOf>],
    names: &[&str],
    timeline: Option<&Timeline>,
) {
    let Some(timeline) = timeline.filter(|_| !written.is_empty()) else {
        return;
    };
    let mut entries = Vec::new();
    for entry in written {
        let file = entry.get_ref();
        let segment = file.segment.as_ref().and_then(|name| {
            let known = names.iter().map(|name| name.trim());
            let found = known.clone().position(|own| own == name.get_ref().trim());
            if found.is_none() {
                let message = format!("there is no segment {}", quoted(name.get_ref()));
                let label = "no [[revenue]] table has this name".to_owned();
                let known: Vec<&str> = known.collect();
                let hint = format!("one of {}; left out, all together", known.join(", "));
                checked.refuse_with(name.span(), "reported.segment", message, label, hint);
            }
            found
        });
        let written = Written {
            key: OF_SEGMENTS,
            place: entry.span(),
            start: &file.start,
            end: &file.end,
            revenue: &file.revenue,
            error: file.error.as_ref(),
        };
        entries.push((written, segment));
    }
    checked.to_weigh = figures(checked, entries, timeline);
}

/// Refuses figures of segments where revenue is not divided.
pub fn undivided(checked: &mut Checked<'_>, written: &[Spanned<file::ReportedOf>]) {
    if let Some(first) = written.first() {
        let message = format!("`{OF_SEGMENTS}` is for revenue in segments");
        let label = "here revenue is one model".to_owned();
        let hint = "give the figures as `reported` in the table [revenue]".to_owned();
        checked.refuse_with(first.span(), OF_SEGMENTS, message, label, hint);
    }
}

/// Figures on the timeline, no two of them of the same days and the same revenue.
fn figures(
    checked: &mut Checked<'_>,
    written: Vec<(Written<'_>, Option<usize>)>,
    timeline: &Timeline,
) -> Option<ToWeigh> {
    let before = checked.problems.len();
    let key = written.first()?.0.key;
    let mut figures: Vec<(Range<usize>, Reported)> = Vec::new();
    for (entry, segment) in &written {
        let Some(figure) = figure(checked, entry, *segment, timeline) else {
            continue;
        };
        let meets = |(_, other): &&(_, Reported)| {
            other.segment == figure.segment
                && figure.periods.start < other.periods.end
                && other.periods.start < figure.periods.end
        };
        if let Some((_, other)) = figures.iter().find(meets) {
            let periods = timeline.periods();
            let (from, to) = (
                periods[other.periods.start].first_day,
                periods[other.periods.end - 1].last_day,
            );
            let message = format!("two entries of `{key}` are of the same days");
            let label = format!("there is a figure for {from} to {to} already");
            let hint = "keep the later of two versions; of a half and its quarter, give the \
                        other quarter";
            checked.refuse_with(entry.place.clone(), key, message, label, hint.to_owned());
        }
        figures.push((entry.place.clone(), figure));
    }
    if checked.problems.len() > before {
        return None;
    }
    figures.sort_by_key(|(_, figure)| (figure.periods.start, figure.segment));
    let (places, figures) = figures.into_iter().unzip();
    Some(ToWeigh {
        key,
        figures,
        periods: timeline.periods().len(),
        places,
    })
}

/// Figures that wait for all inputs to be known.
#[derive(Debug)]
pub struct ToWeigh {
    key: &'static str,
    figures: Vec<Reported>,
    periods: usize,
    places: Vec<Range<usize>>,
}

/// A model given the figures that wait, if any do.
pub fn weighed(checked: &mut Checked<'_>, model: Model) -> Option<Model> {
    let to_weigh = checked.to_weigh.take();
    let Some(waiting) = to_weigh.filter(|_| checked.problems.is_empty()) else {
        return Some(model);
    };
    let (periods, inputs) = (waiting.periods, &checked.inputs);
    let weigh =
        |model: Model, figures| Weighed::new(model, periods, figures, inputs).map(Model::Weighed);
    let given = match model {
        Model::Segments(segments) => {
            let given = segments.given(periods, waiting.figures, inputs);
            given.map(Model::Segments)
        }
        Model::Known(known) => weigh(known.model().clone(), waiting.figures).map(|model| {
            let known = Known::new(known.past().to_vec(), known.refunds(), model);
            known.map_or_else(|| unreachable!("it was one"), Model::Known)
        }),
        model => weigh(model, waiting.figures),
    };
    given
        .map_err(|refused| refuse(checked, waiting.key, &waiting.places, refused))
        .ok()
}

fn refuse(checked: &mut Checked<'_>, key: &str, places: &[Range<usize>], refused: ConditionError) {
    let message = format!("`{key}` cannot be learned from: {refused}");
    let first = places[0].clone();
    let (span, label, hint) = match refused {
        ConditionError::NotLinear => (
            first,
            "this model is not one of those that learn".to_owned(),
            "use forecast, gbm, growth, jump, bootstrap, logistic or bass",
        ),
        ConditionError::Certain(i) => (
            places[i].clone(),
            "no part of the model is uncertain there".to_owned(),
            "leave out what revenue.forecast.observed has already; a model without \
             any error learns nothing",
        ),
        ConditionError::Exact(i) => (
            places[i].clone(),
            "without an error this is met by no future but by chance".to_owned(),
            "say how exactly it is to be met: error = 0.02 for two percent",
        ),
        ConditionError::TooFew(effective) => (
            first,
            format!("at least {FEWEST_FUTURES} are needed, here are {effective:.0}"),
            "the model hardly allows these figures: say their error, widen the model, or give \
             older ones as [actuals]",
        ),
    };
    checked.refuse_with(span, key, message, label, hint.to_owned());
}

/// One entry on the timeline; `None` where it does not fit.
fn figure(
    checked: &mut Checked<'_>,
    file: &Written<'_>,
    segment: Option<usize>,
    timeline: &Timeline,
) -> Option<Reported> {
    let before = checked.problems.len();
    let key = |name: &str| format!("{}.{name}", file.key);
    let (start_key, end_key) = (key("start"), key("end"));
    let first_day = checked.date(&start_key, file.start);
    let last_day = checked.date(&end_key, file.end);
    let revenue = checked.number(&key("revenue"), file.revenue, Bounds::POSITIVE);
    let error = file.error.map_or(0.0, |error| {
        checked.number(&key("error"), error, Bounds::Closed(0.0, LARGEST_ERROR))
    });
    let places = [file.start.span(), file.end.span(), file.revenue.span()];
    if checked.problems.len() > before || places.iter().any(stands_in) {
        return None;
    }
    if last_day < first_day {
        let message = format!("`{end_key}` lies before the entry's start");
        let label = format!("it starts on {first_day}");
        checked.refuse(file.end.span(), &end_key, message, label);
        return None;
    }
    let periods = timeline.periods();
    let step = timeline.step().word();
    let mut place = |day: Date, is_end: bool| {
        let (key, span) = match is_end {
            true => (&end_key, file.end.span()),
            false => (&start_key, file.start.span()),
        };
        let ends = |period: &crate::units::Period| match is_end {
            true => period.last_day,
            false => period.first_day,
        };
        let found = periods.iter().position(|period| ends(period) == day);
        if found.is_none() {
            let which = if is_end { "last" } else { "first" };
            let message = format!("`{key}` is not the {which} day of a {step} to come");
            let label = match periods.iter().map(ends).find(|other| *other >= day) {
                Some(next) => format!("the next is {next}"),
                None => format!("the timeline ends on {}", timeline.end()),
            };
            let hint = "a figure is of whole periods of the timeline: choose them, or a shorter \
                        timeline.step";
            checked.refuse_with(span, key, message, label, hint.to_owned());
        }
        found
    };
    let (first, last) = (place(first_day, false), place(last_day, true));
    Some(Reported {
        periods: first?..last? + 1,
        revenue,
        error,
        segment,
    })
}
