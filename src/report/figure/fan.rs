//! Percentiles against time: revenue with its plan, or the cumulative payments
//! with their cap.

use super::axis::{self, Scale, Ticks};
use super::calendar;
use super::canvas::{Anchor, TextStyle};
use super::curves::Curves;
use super::data::Fan;
use super::labels::{self, Wish};
use super::marks::{self, Marks};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::{frame, text, theme};

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
const MAX_LABEL_WIDTH: f64 = 180.0;
/// From the plot to its labels on the right, with room for a leader.
const LABEL_GAP: f64 = 12.0;
const LABEL_HEIGHT: f64 = 15.0;
/// Room for the axis title above the plot.
const AXIS_TITLE_HEIGHT: f64 = 24.0;

/// A curve's label at the right.
struct EndLabel {
    value: f64,
    text: String,
    style: TextStyle,
}

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, fan: &Fan) -> Drawn {
    let Some((calendar, curves)) = Curves::new(fan) else {
        let body = frame::draw(sheet, &fan.frame, &[])?;
        return super::empty(sheet, body, "No dates to show.");
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

    let numbers = curves.values().chain(level.iter().map(|(_, value)| *value));
    let ticks = Ticks::from_zero(numbers, TICK_COUNT).with_headroom(HEADROOM);
    let ticks = match &level {
        Some((_, value)) => ticks.with_room_above(*value, LEVEL_ROOM),
        None => ticks,
    };
    let show_mean = show_mean(&curves, &ticks);
    let ends = end_labels(sheet, fan, &curves, show_mean, &ticks);
    let widest = ends
        .iter()
        .map(|label| sheet.measure(&label.text, label.style))
        .fold(0.0, f64::max);

    let (left, right) = frame::sides(sheet);
    let plot_left = left + ticks.width(sheet) + sheet.px(axis::TICK_GAP);
    let plot_right = right - widest.min(sheet.px(MAX_LABEL_WIDTH)) - sheet.px(LABEL_GAP);
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

    ticks.draw_vertical(sheet, &panel)?;
    draw_bands(sheet, &panel, &curves)?;
    marks.draw_lines(sheet, panel.rect.top, panel.rect.bottom)?;
    if let Some((_, value)) = &level {
        let y = panel.y(*value);
        let stroke = sheet.solid(sheet.colours.cap, 1.5);
        sheet.rule((panel.rect.left, y), (panel.rect.right, y), stroke)?;
    }
    draw_curves(sheet, &panel, &curves, show_mean)?;
    draw_reported(sheet, &panel, &curves)?;
    calendar.draw(sheet, &panel)?;
    marks.draw_labels(sheet, panel.rect.top)?;
    draw_end_labels(sheet, &panel, ends)?;
    if let Some((label, value)) = &level {
        draw_level_label(sheet, &panel, &curves, &marks, (label, *value))?;
    }
    hint_dates(sheet, &panel, (fan, &curves), &scale, show_mean)
}

/// What was reported, as a dot for each stretch and a line as long as it.
fn draw_reported(sheet: &Sheet<'_>, panel: &Panel<'_>, curves: &Curves) -> Drawn {
    const RADIUS: f64 = 3.0;
    const LIFT: f64 = 8.0;
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
    let (above, below) = (y - sheet.px(LIFT), y + sheet.px(LIFT) + cap);
    let free = |base: f64| {
        let rect = Rect {
            left,
            top: base - cap - 1.0,
            right: left + width,
            bottom: base + 1.0,
        };
        let inside = rect.top >= panel.rect.top && rect.bottom <= panel.rect.bottom;
        inside && curves.leave_free(panel, rect)
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
    // A lone point is drawn as two: its figures are those of the last.
    let lead = curves.days.len() - fan.dates.len();
    let shown: Vec<usize> = (0..fan.dates.len()).step_by(every).collect();
    let place = |i: usize| panel.x(curves.days[i + lead]);
    for (n, &i) in shown.iter().enumerate() {
        let before = n.checked_sub(1).map(|n| place(shown[n]));
        let after = shown.get(n + 1).map(|&next| place(next));
        let x = place(i);
        let rect = Rect {
            left: before.map_or(panel.x(curves.days[0]), |before| f64::midpoint(before, x)),
            right: after.map_or(panel.rect.right, |after| f64::midpoint(x, after)),
            ..panel.rect
        };
        let amount = |values: &[f64]| scale.money.format_short(values[i + lead]);
        let mut lines = vec![calendar::month_and_year(fan.dates[i])];
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

/// Labels for the ends of all curves; percentiles that end together share one.
fn end_labels(
    sheet: &Sheet<'_>,
    fan: &Fan,
    curves: &Curves,
    show_mean: bool,
    ticks: &Ticks,
) -> Vec<EndLabel> {
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
    labels
}

fn draw_end_labels(sheet: &Sheet<'_>, panel: &Panel<'_>, mut labels: Vec<EndLabel>) -> Drawn {
    /// Labels moved further than this get a leader.
    const MOVED: f64 = 3.0;
    labels.sort_by(|a, b| b.value.total_cmp(&a.value));
    let wishes: Vec<Wish> = labels
        .iter()
        .map(|label| Wish {
            middle: panel.y(label.value),
            height: sheet.px(LABEL_HEIGHT),
        })
        .collect();
    let rect = panel.rect;
    let middles = labels::spread(
        &wishes,
        rect.top - sheet.px(LABEL_HEIGHT),
        rect.bottom + sheet.px(LABEL_HEIGHT) / 2.0,
    );
    for ((label, wish), middle) in labels.iter().zip(&wishes).zip(middles) {
        if (middle - wish.middle).abs() > sheet.px(MOVED) {
            let stroke = sheet.solid(sheet.colours.mark, 0.75);
            let elbow = [
                (rect.right + 2.0, wish.middle),
                (rect.right + sheet.px(LABEL_GAP) - 3.0, middle),
            ];
            sheet.path(&elbow, stroke)?;
        }
        let text = text::fit(
            sheet.fonts(),
            &label.text,
            label.style,
            sheet.px(MAX_LABEL_WIDTH),
        );
        let at = (
            rect.right + sheet.px(LABEL_GAP),
            axis::centred(middle, label.style.size),
        );
        sheet.text(&text, at, label.style, Anchor::Start)?;
    }
    Ok(())
}

/// The level's label lies on its line, as far left as the data leave room, above
/// it or else below it.
fn draw_level_label(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    curves: &Curves,
    marks: &Marks,
    (label, value): (&str, f64),
) -> Drawn {
    const LIFT: f64 = 6.0;
    const INDENT: f64 = 6.0;
    const TRIES: usize = 12;
    let style = sheet
        .label(sheet.colours.cap)
        .bold()
        .halo(sheet.colours.paper);
    let rect = panel.rect;
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
