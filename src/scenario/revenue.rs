//! The revenue a file describes: one model, or segments with a model each.

mod companies;
mod models;
mod plan;
mod reported;

pub use reported::{ToWeigh, weighed};

use super::actuals::Actuals;
use super::checked::Checked;
use super::correlation;
use super::file;
use super::placed::Spanned;
use crate::revenue::{Known, Model, Segment, Segments, carry_refunds};
use crate::units::{Correlation, Timeline};

/// The revenue of a file, on the timeline if there is one: after what has
/// happened, if anything has.
pub fn model(
    checked: &mut Checked<'_>,
    file: &file::ScenarioFile,
    timeline: Option<&Timeline>,
    actuals: Option<&Actuals>,
) -> Option<Model> {
    let left = actuals.map(|actuals| &actuals.rest).or(timeline);
    let list = file.revenue.get_ref();
    if let [only] = list.as_slice()
        && only.get_ref().name.is_none()
    {
        correlation::without_segments(checked, file.correlation.as_ref());
        reported::undivided(checked, &file.reported);
        let Some(actuals) = actuals else {
            return one(checked, only, left);
        };
        let past = actuals.undivided(checked);
        return after(checked, only, actuals, timeline, past);
    }
    if list.is_empty() && checked.problems.iter().all(|p| p.key != ["revenue"]) {
        let message = "no revenue model is given".to_owned();
        let label = "this is an empty list".to_owned();
        checked.refuse(file.revenue.span(), "revenue", message, label);
    }
    let mut names: Vec<&str> = Vec::new();
    for written in list {
        let name = name(checked, written, &names);
        names.push(name);
    }
    let pasts = actuals.map(|actuals| actuals.of_segments(checked, &names));
    let mut segments = Vec::new();
    for (i, written) in list.iter().enumerate() {
        checked.enter("revenue", names[i]);
        if let Some(figure) = written.get_ref().reported.first() {
            let key = "revenue.reported";
            let message = format!("`{key}` cannot stand in the table of a segment");
            let label = "its errors may move with those of others".to_owned();
            let hint = format!(
                "give it as an entry of `reported` above all tables, with segment = {:?}",
                names[i]
            );
            checked.refuse_with(figure.span(), key, message, label, hint);
        }
        let model = match (actuals, &pasts) {
            (Some(actuals), Some(pasts)) => {
                let past = pasts.as_ref().map(|pasts| pasts[i].clone());
                after(checked, written, actuals, timeline, past)
            }
            _ => one(checked, written, left),
        };
        checked.leave();
        segments.push(model.map(|model| Segment {
            name: names[i].to_owned(),
            model,
        }));
    }
    let correlation = match &file.correlation {
        Some(table) => correlation::of_segments(checked, table, &names),
        None => Correlation::new(names.len(), &[]).ok(),
    };
    reported::of_segments(checked, &file.reported, &names, left);
    let segments: Option<Vec<Segment>> = segments.into_iter().collect();
    Some(Model::Segments(Segments::new(segments?, &correlation?)))
}

/// The one model of a table, after what has happened.
fn after(
    checked: &mut Checked<'_>,
    written: &Spanned<file::Revenue>,
    actuals: &Actuals,
    timeline: Option<&Timeline>,
    past: Option<Vec<f64>>,
) -> Option<Model> {
    let (past, refunds) = past.map_or((None, 0.0), |mut past| {
        let refunds = carry_refunds(0.0, &mut past);
        (Some(past), refunds)
    });
    let known = past.as_deref().zip(timeline);
    checked.happened =
        known.map_or_else(Vec::new, |(past, timeline)| plan::happened(past, timeline));
    let model = one(checked, written, Some(&actuals.rest))?;
    Known::new(past?, refunds, model).map(Model::Known)
}

/// The name of a segment, which no other may have.
fn name<'f>(
    checked: &mut Checked<'_>,
    written: &'f Spanned<file::Revenue>,
    earlier: &[&str],
) -> &'f str {
    const KEY: &str = "revenue.name";
    let Some(name) = &written.get_ref().name else {
        let label = "this one has none".to_owned();
        let message = format!("missing key `{KEY}`: there are several segments");
        checked.refuse(written.span(), KEY, message, label);
        return "";
    };
    checked.text(KEY, name);
    let trimmed = name.get_ref().trim();
    if earlier.contains(&trimmed) {
        let label = "another one has this name".to_owned();
        checked.refuse(name.span(), KEY, format!("`{KEY}` is given twice"), label);
    }
    trimmed
}

/// The one model of a table.
fn one(
    checked: &mut Checked<'_>,
    written: &Spanned<file::Revenue>,
    timeline: Option<&Timeline>,
) -> Option<Model> {
    let file = written.get_ref();
    let mut places = models::places(file);
    places.sort_by_key(|place| place.start);
    match places.as_slice() {
        [] => {
            let message = "no revenue model is given".to_owned();
            let label = "this names none".to_owned();
            checked.refuse(written.span(), "revenue", message, label);
            return None;
        }
        [_] => {}
        [.., later] => {
            let message = "two revenue models are given".to_owned();
            let label = "this is the second".to_owned();
            let hint = "remove one of them, or make both segments: [[revenue]] with a name each";
            checked.refuse_with(later.clone(), "revenue", message, label, hint.to_owned());
            return None;
        }
    }
    let (before, drawn) = (checked.problems.len(), checked.drawn);
    if let Some(forecast) = &file.forecast
        && forecast.get_ref().annual.is_none()
        && forecast.get_ref().plan.is_empty()
    {
        let key = "revenue.forecast.annual";
        let message = format!("missing key `{key}`");
        let label = "this table has neither `annual` nor `plan`".to_owned();
        checked.refuse(forecast.span(), key, message, label);
    }
    let model = models::first(checked, file, timeline);
    if checked.problems.len() > before {
        return model;
    }
    let is_uncertain = checked.drawn > drawn;
    reported::given(checked, &file.reported, model?, timeline, is_uncertain)
}
