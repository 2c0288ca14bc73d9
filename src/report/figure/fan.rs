//! Percentiles against time: revenue with its plan, or the cumulative payments
//! with their cap.

use super::axis::{self, Scale, Ticks};
use super::calendar;
use super::canvas::Anchor;
use super::curves::Curves;
use super::data::{Fan, Ghost, Stands};
use super::end_labels::{self, EndLabel};
use super::marks::{self, Marks};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::table::{self, Numbers};
use super::{FigureError, frame, text, theme};
use crate::report::table::Value;

#[cfg(test)]
pub use super::samples::fan as samples;

const TICK_COUNT: usize = 5;
/// A level this many times higher than all data is noted rather than drawn.
const LEVEL_REACH: f64 = 3.0;
/// Room above the highest curve, as a share of the axis.
const HEADROOM: f64 = 0.04;
/// Room for a level's label above it, as a share of the axis.
const LEVEL_ROOM: f64 = 0.07;
const MARK_ROWS: usize = 4;
/// Curves closer than this are one to the eye, in logical pixels.
const VISIBLE: f64 = 2.5;
/// Percentile curves that end closer than this share a label.
const SAME_END: f64 = 1.5;
const MEDIAN_WIDTH: f64 = 2.4;
const EDGE_WIDTH: f64 = 0.75;
const GHOST_WIDTH: f64 = 1.6;
const MAX_LABEL_WIDTH: f64 = 180.0;
/// Room for the axis title above the plot.
const AXIS_TITLE_HEIGHT: f64 = 24.0;

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, fan: &Fan) -> Drawn {
    let Some((calendar, curves)) = Curves::new(fan) else {
        return super::statement(sheet, &fan.frame, &[], "No dates to show.");
    };
    let scale = Scale::for_amounts(&fan.money, curves.largest());
    let curves = curves.scaled(scale.factor);
    let mut notes = Vec::new();
    let level = fan.level.as_ref().filter(|level| level.value.is_finite());
    let level = level.map(|level| (text::clean(&level.label), level.value * scale.factor));
    let level = level.filter(|(label, value)| {
        let drawn = *value <= LEVEL_REACH * curves.largest() || curves.largest() == 0.0;
        if !drawn {
            notes.push(format!("Above the amounts shown: {label}."));
        }
        drawn
    });

    let ghosts = ghosts(fan, &calendar, scale.factor);
    let numbers = curves.values().chain(level.iter().map(|(_, value)| *value));
    let of_ghosts = ghosts.iter().flat_map(|(_, points)| points);
    let numbers = numbers.chain(of_ghosts.map(|(_, value)| *value));
    let ticks = Ticks::from_zero(numbers, TICK_COUNT).with_headroom(HEADROOM);
    let ticks = match &level {
        Some((_, value)) => ticks.with_room_above(*value, LEVEL_ROOM),
        None => ticks,
    };
    let show_mean = show_mean(&curves, &ticks);
    let (mut ends, told_apart) = named_ends(sheet, fan, &curves, show_mean, &ticks);
    ends.extend(ghosts.iter().enumerate().filter_map(|(i, ghost)| {
        let (label, points) = ghost;
        let &(_, value) = points.last()?;
        Some(EndLabel {
            value,
            text: label.clone(),
            style: sheet.label(sheet.colours.ghost(i)),
        })
    }));
    let widest = sheet.px(MAX_LABEL_WIDTH);

    let (left, right) = frame::sides(sheet);
    let plot_left = left + ticks.width(sheet) + sheet.px(axis::TICK_GAP);
    let plot_right = right - end_labels::room(sheet, &ends, widest);
    let x = |day: f64| plot_left + (plot_right - plot_left) * day / calendar.days();
    let (milestones, milestone_notes) = marks::milestones(sheet, &fan.milestones, &calendar, x);
    let marks = Marks::place(sheet, milestones, (plot_left, right), MARK_ROWS);
    notes.extend(milestone_notes);
    notes.extend(marks::note_left_out(&marks));

    let body = frame::draw(sheet, &fan.frame, &notes)?;
    let title = scale.title(&text::clean(&fan.quantity));
    axis::draw_title(sheet, &title, (body.left, body.top), body.width())?;
    let panel = sheet.panel(
        Rect {
            left: plot_left,
            top: body.top + sheet.px(AXIS_TITLE_HEIGHT) + marks.height(sheet),
            right: plot_right,
            bottom: body.bottom - calendar.height(sheet),
        },
        0.0..calendar.days(),
        ticks.low..ticks.high,
    );

    sheet.means(&panel, Some(calendar.start()), (1.0, scale.factor));
    ticks.draw_vertical(sheet, &panel)?;
    draw_bands(sheet, &panel, &curves)?;
    marks.draw_lines(sheet, panel.rect.top, panel.rect.bottom)?;
    let level_from = match &level {
        Some((_, value)) => {
            let earlier: Vec<(f64, f64)> = fan
                .earlier
                .iter()
                .map(|(last, value)| (calendar.end_of(*last), value * scale.factor))
                .collect();
            draw_level(sheet, &panel, &earlier, *value)?
        }
        None => panel.rect.left,
    };
    draw_ghosts(sheet, &panel, &ghosts)?;
    draw_curves(sheet, &panel, &curves, show_mean)?;
    draw_reported(sheet, &panel, &curves)?;
    calendar.draw(sheet, &panel)?;
    marks.draw_labels(sheet, panel.rect.top)?;
    let cap = level.as_ref().map(|(_, value)| *value);
    if !told_apart {
        name_on_curves(sheet, &panel, &curves, cap)?;
    }
    end_labels::draw(sheet, &panel, ends, widest)?;
    if let Some((label, value)) = &level {
        let line = (label.as_str(), level_from, *value);
        draw_level_label(sheet, &panel, &curves, &marks, line)?;
    }
    hint_dates(sheet, &panel, (fan, &curves), &scale, show_mean)
}

/// The numbers behind it: a line for each date; what was reported first, as the mean.
pub fn numbers(fan: &Fan) -> Numbers {
    let mut numbers = Numbers::new(&["date", "reported", "mean"]);
    let curves = fan.percentiles.iter();
    numbers
        .columns
        .extend(curves.map(|curve| format!("p{}", curve.percentile)));
    let beside = fan.reference.iter();
    numbers
        .columns
        .extend(beside.map(|curve| curve.label.clone()));
    numbers
        .columns
        .extend(fan.level.iter().map(|_| "cap".to_owned()));
    let width = numbers.columns.len();
    for reported in &fan.reported {
        let mut row = vec![
            Value::Date(reported.last_day),
            table::number(reported.value),
        ];
        row.resize(width, Value::Empty);
        numbers.rows.push(row);
    }
    let at = |values: &[f64], i: usize| table::number(values.get(i).copied().unwrap_or(f64::NAN));
    for (i, &day) in fan.dates.iter().enumerate() {
        let mut row = vec![Value::Date(day), Value::Empty, at(&fan.mean, i)];
        row.extend(fan.percentiles.iter().map(|curve| at(&curve.values, i)));
        row.extend(fan.reference.iter().map(|curve| at(&curve.values, i)));
        row.extend(fan.level.iter().map(|level| {
            let earlier = fan.earlier.iter().find(|(last, _)| day <= *last);
            table::number(earlier.map_or(level.value, |(_, value)| *value))
        }));
        numbers.rows.push(row);
    }
    numbers
}

/// Curves of other cases with their names, over the days of an axis.
type Ghosts = Vec<(String, Vec<(f64, f64)>)>;

fn ghosts(fan: &Fan, calendar: &calendar::Calendar, factor: f64) -> Ghosts {
    let one = |ghost: &Ghost| {
        let points = ghost.points.iter();
        let points = points.filter(|(date, value)| value.is_finite() && calendar.reaches(*date));
        let points = points.map(|(date, value)| (calendar.end_of(*date), value * factor));
        (text::clean(&ghost.label), points.collect())
    };
    fan.ghosts.iter().map(one).collect()
}

fn draw_ghosts(sheet: &Sheet<'_>, panel: &Panel<'_>, ghosts: &Ghosts) -> Drawn {
    for (i, (_, points)) in ghosts.iter().enumerate() {
        let stroke = sheet.dashed(sheet.colours.ghost(i), GHOST_WIDTH, 5.0, 2.5);
        panel.curve(points.iter().copied(), stroke)?;
    }
    Ok(())
}

/// What was reported, as a dot for each stretch and a line as long as it.
fn draw_reported(sheet: &Sheet<'_>, panel: &Panel<'_>, curves: &Curves) -> Drawn {
    const RADIUS: f64 = 3.0;
    const LIFT: f64 = 6.0;
    const LABEL: &str = "reported";
    let (ink, paper) = (sheet.colours.reference, sheet.colours.paper);
    let radius = sheet.sizes.line(RADIUS);
    for &(from, to, value) in &curves.reported {
        panel.curve(
            [(from, value), (to, value)].into_iter(),
            sheet.solid(ink, 1.25),
        )?;
        let middle = panel.place((f64::midpoint(from, to), value));
        sheet.circle(middle, radius + sheet.sizes.line(1.5), paper)?;
        sheet.circle(middle, radius, ink)?;
    }
    let earliest = |a: &&(f64, f64, f64), b: &&(f64, f64, f64)| a.0.total_cmp(&b.0);
    let Some(&(from, _, value)) = curves.reported.iter().min_by(earliest) else {
        return Ok(());
    };
    let style = sheet.label(ink).halo(paper);
    let (x, y) = panel.place((from, value));
    let (left, cap) = (x + sheet.px(3.0), style.size * theme::CAP_HEIGHT);
    let width = sheet.measure(LABEL, style);
    // Clear of the dots, and of the tail of the p.
    let lift = radius + sheet.px(LIFT);
    let (above, below) = (y - lift, y + lift + cap);
    let reported = |rect: Rect| {
        curves.reported.iter().any(|&(from, to, value)| {
            let (left, level) = panel.place((from, value));
            let near = radius + sheet.sizes.line(1.5);
            left < rect.right
                && panel.x(to) > rect.left
                && (rect.top - near..rect.bottom + near).contains(&level)
        })
    };
    let free = |base: f64| {
        let rect = Rect {
            left,
            top: base - cap - 1.0,
            right: left + width,
            bottom: base + 1.0,
        };
        let inside = rect.top >= panel.rect.top && rect.bottom <= panel.rect.bottom;
        inside && curves.leave_free(panel, rect) && !reported(rect)
    };
    let base = [above, below].into_iter().find(|base| free(*base));
    let base = base.unwrap_or(above.max(panel.rect.top + cap));
    sheet.text(LABEL, (left, base), style, Anchor::Start)
}

/// What the curves say at each date, from its neighbours' middle to middle.
fn hint_dates(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    (fan, curves): (&Fan, &Curves),
    scale: &Scale,
    show_mean: bool,
) -> Drawn {
    /// More dates than this are thinned out.
    const MOST: usize = 120;
    let every = fan.dates.len().div_ceil(MOST).max(1);
    let shown: Vec<usize> = (0..fan.dates.len()).step_by(every).collect();
    let place = |i: usize| panel.x(curves.days[curves.of_date(i).0]);
    for (n, &i) in shown.iter().enumerate() {
        let (point, from) = curves.of_date(i);
        let before = n.checked_sub(1).map(|n| place(shown[n]));
        let after = shown.get(n + 1).map(|&next| place(next));
        let x = place(i);
        let rect = match from {
            Some(from) => Rect {
                left: panel.x(from),
                right: x,
                ..panel.rect
            },
            None => Rect {
                left: before.map_or(panel.x(curves.days[0]), |before| f64::midpoint(before, x)),
                right: after.map_or(panel.rect.right, |after| f64::midpoint(x, after)),
                ..panel.rect
            },
        };
        let amount = |values: &[f64]| scale.money.format_short(values[point]);
        let last = fan.dates[i];
        let mut lines = vec![match fan.stands != Stands::AtDates {
            true => {
                let before = i.checked_sub(1).map(|before| fan.dates[before].add_days(1));
                calendar::span(before.unwrap_or(fan.start), last)
            }
            false => calendar::month_and_year(last),
        }];
        for (percent, values) in curves.percentiles.iter().rev() {
            lines.push(format!(
                "{}: {}",
                axis::percentile(*percent),
                amount(values)
            ));
        }
        if show_mean {
            lines.push(format!("mean: {}", amount(&curves.mean)));
        }
        if let (Some(values), Some(reference)) = (&curves.reference, &fan.reference) {
            let label = text::clean(&reference.label);
            lines.push(format!("{label}: {}", amount(values)));
        }
        sheet.hint(rect, &lines.join("\n"))?;
    }
    let stretches = fan.reported.iter();
    let usable = stretches.filter(|stretch| stretch.value.is_finite());
    for (stretch, &(from, to, value)) in usable.zip(&curves.reported) {
        let rect = Rect {
            left: panel.x(from),
            right: panel.x(to),
            ..panel.rect
        };
        let span = calendar::span(stretch.first_day, stretch.last_day);
        let amount = scale.money.format_short(value);
        sheet.hint(rect, &format!("{span}\nreported: {amount}"))?;
    }
    Ok(())
}

fn show_mean(curves: &Curves, ticks: &Ticks) -> bool {
    // The plot's height is not settled yet; 400 is what it mostly is.
    const TYPICAL_HEIGHT: f64 = 380.0;
    let visible = VISIBLE / TYPICAL_HEIGHT * (ticks.high - ticks.low);
    let apart = |other: &[f64]| {
        let apart = |(a, b): (&f64, &f64)| (a - b).abs() > visible;
        other.iter().zip(&curves.mean).any(apart)
    };
    curves.median().is_none_or(apart) && curves.reference.as_deref().is_none_or(apart)
}

fn draw_bands(sheet: &Sheet<'_>, panel: &Panel<'_>, curves: &Curves) -> Drawn {
    let pairs = curves.bands();
    for (i, (lower, upper)) in pairs.iter().enumerate() {
        let fill = sheet.colours.band(i, pairs.len());
        let outline = curves
            .points(upper)
            .chain(curves.points(lower).collect::<Vec<_>>().into_iter().rev());
        panel.fill(outline, fill)?;
    }
    for (percentile, values) in &curves.percentiles {
        if *percentile != 50.0 {
            let stroke = sheet.solid(sheet.colours.band_edge, EDGE_WIDTH);
            panel.curve(curves.points(values), stroke)?;
        }
    }
    Ok(())
}

fn draw_curves(sheet: &Sheet<'_>, panel: &Panel<'_>, curves: &Curves, show_mean: bool) -> Drawn {
    if let Some(median) = curves.median() {
        let stroke = sheet.solid(sheet.colours.strong, MEDIAN_WIDTH);
        panel.curve(curves.points(median), stroke)?;
    }
    if show_mean {
        let stroke = sheet.dashed(sheet.colours.strong, 1.5, 1.5, 2.5);
        panel.curve(curves.points(&curves.mean), stroke)?;
    }
    if let Some(reference) = &curves.reference {
        let stroke = sheet.dashed(sheet.colours.reference, 1.5, 6.0, 3.5);
        panel.curve(curves.points(reference), stroke)?;
    }
    Ok(())
}

/// Labels for the ends of all curves, and whether these tell all percentiles apart:
/// those that end together share one.
fn named_ends(
    sheet: &Sheet<'_>,
    fan: &Fan,
    curves: &Curves,
    show_mean: bool,
    ticks: &Ticks,
) -> (Vec<EndLabel>, bool) {
    const TYPICAL_HEIGHT: f64 = 380.0;
    let same = SAME_END / TYPICAL_HEIGHT * (ticks.high - ticks.low);
    let plain = sheet.label(sheet.colours.muted);
    let strong = sheet.label(sheet.colours.strong);
    let mut groups: Vec<Vec<(f64, f64)>> = Vec::new();
    for (percentile, values) in &curves.percentiles {
        let end = values.last().copied().unwrap_or(0.0);
        match groups.last_mut() {
            Some(group)
                if group
                    .last()
                    .is_some_and(|(_, last)| (end - last).abs() <= same) =>
            {
                group.push((*percentile, end));
            }
            _ => groups.push(vec![(*percentile, end)]),
        }
    }
    let count = groups.len();
    let mut labels: Vec<EndLabel> = groups
        .into_iter()
        .filter_map(|group| {
            let &(_, value) = group.first()?;
            let has_median = group.iter().any(|(percent, _)| *percent == 50.0);
            let percents: Vec<f64> = group.iter().map(|(percent, _)| *percent).collect();
            let text = if count == 1 && percents.len() > 1 {
                "all percentiles".to_owned()
            } else {
                axis::percentiles(&percents)
            };
            let style = if has_median { strong.bold() } else { plain };
            Some(EndLabel { value, text, style })
        })
        .collect();
    if show_mean && let Some(&value) = curves.mean.last() {
        labels.push(EndLabel {
            value,
            text: "mean".to_owned(),
            style: strong,
        });
    }
    if let (Some(values), Some(reference)) = (&curves.reference, &fan.reference)
        && let Some(&value) = values.last()
    {
        labels.push(EndLabel {
            value,
            text: text::clean(&reference.label),
            style: sheet.label(sheet.colours.reference),
        });
    }
    (labels, count == curves.percentiles.len())
}

/// Names percentiles on their curves, where these lie furthest apart.
fn name_on_curves(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    curves: &Curves,
    level: Option<f64>,
) -> Drawn {
    /// Room that a name needs between its neighbours.
    const APART: f64 = 13.0;
    let percentiles = &curves.percentiles;
    let gap = |i: usize| -> f64 {
        let places = percentiles.iter().map(|(_, values)| panel.y(values[i]));
        let level = level.map(|value| panel.y(value));
        let places: Vec<f64> = places.chain(level).collect();
        let apart = places.windows(2).map(|pair| pair[0] - pair[1]);
        apart.fold(f64::INFINITY, f64::min)
    };
    let style = sheet.label(sheet.colours.muted);
    let widest = sheet.measure(&axis::percentile(97.5), style);
    let inside = |i: &usize| {
        let x = panel.x(curves.middle(*i));
        x - widest > panel.rect.left && x + widest < panel.rect.right
    };
    let indices = (0..curves.days.len()).filter(inside);
    let Some(i) = indices.max_by(|a, b| gap(*a).total_cmp(&gap(*b))) else {
        return Ok(());
    };
    if gap(i) < sheet.px(APART) {
        return Ok(());
    }
    let bands = curves.bands().len();
    for (at, (percent, values)) in percentiles.iter().enumerate() {
        // The median is the strong line.
        if *percent == 50.0 {
            continue;
        }
        let depth = at
            .min(percentiles.len() - 1 - at)
            .min(bands.saturating_sub(1));
        let style = sheet.label(sheet.colours.ink);
        let style = style.halo(sheet.colours.band(depth, bands));
        let (x, y) = panel.place((curves.middle(i), values[i]));
        let base = axis::centred(y, style.size);
        sheet.text(
            &axis::percentile(*percent),
            (x, base),
            style,
            Anchor::Middle,
        )?;
    }
    Ok(())
}

/// A level's line, in steps where it had others before. Gives where the last begins.
fn draw_level(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    earlier: &[(f64, f64)],
    value: f64,
) -> Result<f64, FigureError> {
    let stroke = sheet.solid(sheet.colours.cap, 1.5);
    let mut from = panel.rect.left;
    let mut steps: Vec<(f64, f64, f64)> = Vec::new();
    for &(last_day, level) in earlier {
        let to = panel.x(last_day);
        steps.push((from, to, panel.y(level)));
        from = to;
    }
    steps.push((from, panel.rect.right, panel.y(value)));
    for (i, &(left, right, y)) in steps.iter().enumerate() {
        sheet.rule((left, y), (right, y), stroke)?;
        if let Some(&(_, _, next)) = steps.get(i + 1) {
            sheet.rule((right, y), (right, next), stroke)?;
        }
    }
    Ok(from)
}

/// The level's label lies on its line, as far left as the data leave room, above
/// it or else below it.
fn draw_level_label(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    curves: &Curves,
    marks: &Marks,
    (label, from, value): (&str, f64, f64),
) -> Drawn {
    const LIFT: f64 = 6.0;
    const INDENT: f64 = 6.0;
    const TRIES: usize = 12;
    let style = sheet
        .label(sheet.colours.cap)
        .bold()
        .halo(sheet.colours.paper);
    // A last step too short for its label has it end where the step does.
    let short = panel.rect.right - from < sheet.measure(label, style) + 2.0 * sheet.px(INDENT);
    let rect = Rect {
        left: if short { panel.rect.left } else { from },
        ..panel.rect
    };
    let label = text::fit(
        sheet.fonts(),
        label,
        style,
        rect.width() - 2.0 * sheet.px(INDENT),
    );
    let width = sheet.measure(&label, style);
    let line = panel.y(value);
    let height = style.size * theme::CAP_HEIGHT;
    let slack = (rect.width() - width - 2.0 * sheet.px(INDENT)).max(0.0);
    let places = [line - sheet.px(LIFT), line + sheet.px(LIFT) + height]
        .into_iter()
        .flat_map(|base| {
            (0..TRIES).map(move |i| {
                let left = rect.left + sheet.px(INDENT) + slack * i as f64 / (TRIES - 1) as f64;
                (left, base)
            })
        });
    let free = |&(left, base): &(f64, f64)| {
        let corner = Rect {
            left: left - sheet.px(INDENT),
            top: base - height - 2.0,
            right: left + width + sheet.px(INDENT),
            bottom: base + 2.0,
        };
        corner.bottom < rect.bottom && curves.leave_free(panel, corner)
    };
    // A place no vertical line crosses is better, but not at the price of the data.
    let open: Vec<(f64, f64)> = places.filter(free).collect();
    let uncrossed = |&&(left, _): &&(f64, f64)| {
        !marks.cross(left - sheet.px(INDENT), left + width + sheet.px(INDENT))
    };
    let at = open.iter().find(uncrossed).or(open.first());
    let at = at
        .copied()
        .unwrap_or((rect.left + sheet.px(INDENT), line - sheet.px(LIFT)));
    sheet.text(&label, at, style, Anchor::Start)
}
