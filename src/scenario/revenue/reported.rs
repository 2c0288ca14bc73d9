//! Reported figures that a model learns from.

use std::ops::Range;

use super::super::checked::{Bounds, Checked};
use super::super::file;
use super::super::placed::Spanned;
use super::super::reading::stands_in;
use crate::revenue::{
    ConditionError, Conditioned, FEWEST_FUTURES, Known, Model, Reported, Weighed,
};
use crate::units::{Date, Timeline};

const KEY: &str = "revenue.reported";
/// The largest relative error of a figure.
pub const LARGEST_ERROR: f64 = 1.0;

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
    let before = checked.problems.len();
    let mut figures: Vec<(&Spanned<file::Reported>, Reported)> = Vec::new();
    for entry in written {
        let Some(figure) = figure(checked, entry, timeline) else {
            continue;
        };
        let meets = |(_, other): &&(_, Reported)| {
            figure.periods.start < other.periods.end && other.periods.start < figure.periods.end
        };
        if let Some((_, other)) = figures.iter().find(meets) {
            let periods = timeline.periods();
            let (from, to) = (
                periods[other.periods.start].first_day,
                periods[other.periods.end - 1].last_day,
            );
            let message = format!("two entries of `{KEY}` are of the same days");
            let label = format!("there is a figure for {from} to {to} already");
            let hint = "keep the later of two versions; of a half and its quarter, give the \
                        other quarter";
            checked.refuse_with(entry.span(), KEY, message, label, hint.to_owned());
        }
        figures.push((entry, figure));
    }
    if checked.problems.len() > before {
        return None;
    }
    figures.sort_by_key(|(_, figure)| figure.periods.start);
    let places = figures.iter().map(|(entry, _)| entry.span()).collect();
    let only: Vec<Reported> = figures.into_iter().map(|(_, figure)| figure).collect();
    let periods = timeline.periods().len();
    if is_uncertain || model.events() > 0 {
        // Which inputs are drawn, and how they are tied, is known when all is read.
        checked.to_weigh = Some(ToWeigh {
            figures: only,
            periods,
            places,
        });
        return Some(model);
    }
    let conditioned = Conditioned::new(model, periods, only);
    let conditioned = conditioned.map(Model::Conditioned);
    conditioned
        .map_err(|refused| refuse(checked, &places, refused))
        .ok()
}

/// Figures that wait for all inputs to be known.
#[derive(Debug)]
pub struct ToWeigh {
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
    let weigh = |model: Model| {
        let weighed = Weighed::new(model, waiting.periods, waiting.figures, &checked.inputs);
        weighed.map(Model::Weighed)
    };
    let weighed = match &model {
        Model::Known(known) => weigh(known.model().clone()).map(|model| {
            let known = Known::new(known.past().to_vec(), known.refunds(), model);
            known.map_or_else(|| unreachable!("it was one"), Model::Known)
        }),
        _ => weigh(model),
    };
    weighed
        .map_err(|refused| refuse(checked, &waiting.places, refused))
        .ok()
}

fn refuse(checked: &mut Checked<'_>, places: &[Range<usize>], refused: ConditionError) {
    let message = format!("`{KEY}` cannot be learned from: {refused}");
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
    checked.refuse_with(span, KEY, message, label, hint.to_owned());
}

/// One entry on the timeline; `None` where it does not fit.
fn figure(
    checked: &mut Checked<'_>,
    entry: &Spanned<file::Reported>,
    timeline: &Timeline,
) -> Option<Reported> {
    let file = entry.get_ref();
    let before = checked.problems.len();
    let key = |name: &str| format!("{KEY}.{name}");
    let (start_key, end_key) = (key("start"), key("end"));
    let first_day = checked.date(&start_key, &file.start);
    let last_day = checked.date(&end_key, &file.end);
    let revenue = checked.number(&key("revenue"), &file.revenue, Bounds::POSITIVE);
    let error = file.error.as_ref().map_or(0.0, |error| {
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
    })
}
