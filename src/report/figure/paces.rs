//! Reported revenue with a fitted path and a fan, on a logarithmic axis.

use super::axis::{self, Scale};
use super::calendar::{self, Calendar};
use super::canvas::Anchor;
use super::end_labels::{self, EndLabel};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::studies::{Measure, Paces, ReportedPace};
use super::table::{self, Numbers};
use super::{frame, text, theme};
use crate::report::table::Value;
use crate::units::Date;

#[cfg(test)]
pub use super::samples::paces::all as samples;

const AXIS_TITLE_HEIGHT: f64 = 24.0;
/// The widest of the names of percentiles.
const MOST_LABEL: f64 = 120.0;
const RADIUS: f64 = 3.0;
/// Paces are drawn between these.
const LEAST: f64 = 1e-100;
const LARGEST: f64 = 1e100;
/// Most numbers on the vertical axis.
const MOST_TICKS: usize = 9;
const ENDS: [&str; 5] = ["5\u{a0}%", "25\u{a0}%", "median", "75\u{a0}%", "95\u{a0}%"];

/// A curve of points by day and logarithm.
type Points = Vec<(f64, f64)>;

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, paces: &Paces) -> Drawn {
    let usable = |value: f64| (LEAST..=LARGEST).contains(&value);
    let reported: Vec<&ReportedPace> = paces
        .reported
        .iter()
        .filter(|pace| usable(pace.value))
        .collect();
    let days = reported
        .iter()
        .flat_map(|pace| [pace.first_day, pace.last_day])
        .chain(paces.fitted.iter().map(|(date, _)| *date))
        .chain(paces.outlook.iter().map(|(date, _)| *date));
    let days: Vec<Date> = days.collect();
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return super::statement(sheet, &paces.frame, &[], "No figures to show.");
    };
    let calendar = Calendar::new(*first, *last);
    let values = reported
        .iter()
        .map(|pace| pace.value)
        .chain(paces.fitted.iter().flat_map(|(_, ends)| *ends))
        .chain(paces.outlook.iter().flat_map(|(_, ends)| *ends))
        .filter(|value| usable(*value));
    let (low, high) = values.fold((LARGEST, LEAST), |(l, h), v| (l.min(v), h.max(v)));
    let (low, high) = if low < high {
        (low, high)
    } else {
        (low * 0.5, low * 2.0)
    };
    let scale = paces
        .money
        .as_ref()
        .map(|money| Scale::for_amounts(money, low));
    let factor = scale.as_ref().map_or(1.0, |scale| scale.factor);
    let measure = match &scale {
        Some(scale) => Measure::Money(scale.money.clone()),
        None => Measure::Number(String::new()),
    };
    let range = (
        (low * factor).log10() - 0.03,
        (high * factor).log10() + 0.03,
    );
    let log = |value: f64| {
        let inside = if value.is_nan() {
            low
        } else {
            value.clamp(LEAST, LARGEST)
        };
        (inside * factor).log10().clamp(range.0, range.1)
    };
    let ticks = ticks(range);
    let style = axis::tick_style(sheet);
    // Numbers too small for decimals have an exponent.
    let written = |tick: f64| match tick < 1e-5 {
        true => format!("{tick:.0e}").replace('-', "\u{2212}"),
        false => measure.tick(tick),
    };
    let left_room = ticks
        .iter()
        .map(|tick| sheet.measure(&written(*tick), style));
    let left_room = left_room.fold(0.0, f64::max) + sheet.px(axis::TICK_GAP);
    let ends = named_ends(sheet, paces, log);
    let most = sheet.px(MOST_LABEL);
    let right_room = match ends.is_empty() {
        true => 0.0,
        false => end_labels::room(sheet, &ends, most),
    };
    let notes = [notes(paces, &reported)];
    let body = frame::draw(sheet, &paces.frame, &notes)?;
    let title = measure.title(&text::clean(&paces.quantity)) + " (logarithmic scale)";
    axis::draw_title(sheet, &title, (body.left, body.top), body.width())?;
    let rect = Rect {
        left: body.left + left_room,
        top: body.top + sheet.px(AXIS_TITLE_HEIGHT),
        right: body.right - right_room,
        bottom: body.bottom - calendar.height(sheet),
    };
    let panel = sheet.panel(rect, 0.0..calendar.days(), range.0..range.1);
    for tick in &ticks {
        let y = panel.y(tick.log10());
        let stroke = sheet.solid(sheet.colours.grid, 1.0);
        sheet.rule((rect.left, y), (rect.right, y), stroke)?;
        let at = (
            rect.left - sheet.px(axis::TICK_GAP),
            axis::centred(y, sheet.sizes.label),
        );
        sheet.text(&written(*tick), at, style, Anchor::End)?;
    }
    let curve = |ends: &dyn Fn(usize) -> Option<(Date, f64)>| -> Points {
        let points = (0..).map_while(ends);
        points
            .map(|(date, value)| (calendar.end_of(date), log(value)))
            .collect()
    };
    let fit = |k: usize| curve(&|i| paces.fitted.get(i).map(|(date, ends)| (*date, ends[k])));
    let next = |k: usize| curve(&|i| paces.outlook.get(i).map(|(date, ends)| (*date, ends[k])));
    fill(sheet, &panel, (&fit(0), &fit(2)), 0.0)?;
    fill(sheet, &panel, (&next(0), &next(4)), 0.0)?;
    fill(sheet, &panel, (&next(1), &next(3)), 1.0)?;
    if let Some((date, _)) = paces.outlook.first() {
        let x = panel.x(calendar.start_of(*date));
        let stroke = sheet.dashed(sheet.colours.mark, 1.0, 2.0, 2.0);
        sheet.rule((x, rect.top), (x, rect.bottom), stroke)?;
    }
    let stroke = sheet.solid(sheet.colours.strong, 2.0);
    panel.curve(fit(1).into_iter(), stroke)?;
    panel.curve(next(2).into_iter(), stroke)?;
    for pace in &reported {
        draw_reported(sheet, &panel, &calendar, pace, log(pace.value))?;
    }
    calendar.draw(sheet, &panel)?;
    end_labels::draw(sheet, &panel, ends, most)?;
    for pace in &reported {
        let span = calendar::span(pace.first_day, pace.last_day);
        let x = (
            panel.x(calendar.start_of(pace.first_day)),
            panel.x(calendar.end_of(pace.last_day)),
        );
        let y = panel.y(log(pace.value));
        let around = Rect {
            left: x.0.min(x.1 - 6.0),
            top: y - 5.0,
            right: x.1.max(x.0 + 6.0),
            bottom: y + 5.0,
        };
        let amount = measure.label(pace.value * factor);
        sheet.hint(around, &format!("{span}\n{amount} a year"))?;
    }
    Ok(())
}

/// The numbers behind it: a line for each figure reported, each date of the fit and each of the outlook.
pub fn numbers(paces: &Paces) -> Numbers {
    let mut numbers = Numbers::new(&["what", "from", "to", "p5", "p25", "p50", "p75", "p95"]);
    let mut line = |what: &str, (from, to): (Date, Date), values: [f64; 5]| {
        let mut row = vec![table::text(what), Value::Date(from), Value::Date(to)];
        row.extend(values.map(table::number));
        numbers.rows.push(row);
    };
    let none = f64::NAN;
    for pace in &paces.reported {
        let what = if pace.is_run_rate {
            "run rate"
        } else {
            "reported"
        };
        let days = (pace.first_day, pace.last_day);
        line(what, days, [none, none, pace.value, none, none]);
    }
    for (day, [low, middle, high]) in &paces.fitted {
        line("fitted", (*day, *day), [*low, none, *middle, none, *high]);
    }
    for (day, values) in &paces.outlook {
        line("outlook", (*day, *day), *values);
    }
    numbers
}

/// What the marks and bands are.
fn notes(paces: &Paces, reported: &[&ReportedPace]) -> String {
    let mut words = Vec::new();
    if reported.iter().any(|pace| !pace.is_run_rate) {
        words.push("Dots with bars: revenue of a period, per year.");
    }
    if reported.iter().any(|pace| pace.is_run_rate) {
        words.push("Rings: run rates.");
    }
    if !paces.fitted.is_empty() {
        words.push("Line and band to the last figure, at the dotted line: the fitted monthly pace, 90\u{a0}% of its uncertainty.");
    }
    if !paces.outlook.is_empty() {
        words
            .push("After it: median, 50 and 90\u{a0}% of outcomes, uncertain parameters included.");
    }
    words.join(" ")
}

/// Round numbers of a logarithmic axis, finer where it is short.
fn ticks((low, high): (f64, f64)) -> Vec<f64> {
    let decades = (low.floor() as i32)..=(high.ceil() as i32);
    let among = |steps: &[f64], every: i32| -> Vec<f64> {
        let decades = decades
            .clone()
            .filter(|decade| decade.rem_euclid(every) == 0);
        let all = decades.flat_map(|d| steps.iter().map(move |step| step * 10_f64.powi(d)));
        all.filter(|value| (low..=high).contains(&value.log10()))
            .collect()
    };
    let fine = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0];
    let choices: [&[f64]; 4] = [&fine, &[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
    let found = choices.iter().map(|steps| among(steps, 1));
    let coarse = [2, 5, 10, 20, 50]
        .into_iter()
        .map(|every| among(&[1.0], every));
    found
        .chain(coarse)
        .find(|ticks| ticks.len() <= MOST_TICKS)
        .unwrap_or_default()
}

fn fill(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    (low, high): (&Points, &Points),
    share: f64,
) -> Drawn {
    if low.len() < 2 {
        return Ok(());
    }
    let colour = theme::blend(sheet.colours.band_outer, sheet.colours.band_inner, share);
    panel.fill(high.iter().chain(low.iter().rev()).copied(), colour)
}

/// A period as a line with a dot in its middle, a run rate as a ring.
fn draw_reported(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    calendar: &Calendar,
    pace: &ReportedPace,
    log: f64,
) -> Drawn {
    let (ink, paper) = (sheet.colours.reference, sheet.colours.paper);
    let (from, to) = (
        calendar.start_of(pace.first_day),
        calendar.end_of(pace.last_day),
    );
    let middle = panel.place((f64::midpoint(from, to), log));
    let radius = sheet.sizes.line(RADIUS);
    if !pace.is_run_rate {
        panel.curve([(from, log), (to, log)].into_iter(), sheet.solid(ink, 1.5))?;
        sheet.circle(middle, radius + sheet.sizes.line(1.0), paper)?;
        return sheet.circle(middle, radius, ink);
    }
    sheet.circle(middle, radius + sheet.sizes.line(1.0), ink)?;
    sheet.circle(middle, radius - sheet.sizes.line(0.5), paper)
}

/// The names of the percentiles of what comes next, where they end.
fn named_ends(sheet: &Sheet<'_>, paces: &Paces, log: impl Fn(f64) -> f64) -> Vec<EndLabel> {
    let Some((_, last)) = paces.outlook.last() else {
        return Vec::new();
    };
    let named = ENDS.iter().zip(last).enumerate();
    named
        .map(|(k, (name, value))| EndLabel {
            value: log(*value),
            text: (*name).to_owned(),
            style: match k {
                2 => sheet.label(sheet.colours.strong).bold(),
                _ => sheet.label(sheet.colours.muted),
            },
        })
        .collect()
}
