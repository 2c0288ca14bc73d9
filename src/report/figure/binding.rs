//! When the cap binds, or when sharing ends and by what: the probability of each period above, the cumulative one
//! below, and beside it how much of certainty is left.
//!
//! Two panels share one time axis, since two scales in one plot suggest a
//! relation between curves that is only one of scales.

use plotters::style::RGBColor;

use super::axis::{self, Ticks};
use super::bars::{self, Bar};
use super::calendar::{self, Calendar};
use super::canvas::Anchor;
use super::column::{self, Share};
use super::data::Binding;
use super::labels::{self, Wish};
use super::marks::{self, Mark, Marks};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::table::{self, Numbers};
use super::{frame, text, theme};
use crate::report::table::Value;
use crate::units::Date;

#[cfg(test)]
pub use super::samples::bindings as samples;

const TICK_COUNT: usize = 4;
const MEDIAN: f64 = 50.0;
/// The axes show per cent.
const PERCENT: f64 = 100.0;
/// Share of the height that the upper panel takes.
const UPPER_SHARE: f64 = 0.5;
const AXIS_TITLE_HEIGHT: f64 = 24.0;
/// Blank space around the lower title where a line would cross it.
const TITLE_CLEAR: f64 = 5.0;
/// From the upper panel to the lower one's title.
const PANEL_GAP: f64 = 24.0;
const COLUMN_GAP: f64 = 26.0;
const BAR_GAP: f64 = 0.16;
const MARK_ROWS: usize = 3;
/// Bars at least this wide carry their percentage.
const LABELLED_BAR: f64 = 38.0;
const HEADROOM: f64 = 0.06;
/// The same where the bars carry labels.
const LABEL_HEADROOM: f64 = 0.22;
/// From the axis to the flat bar below it.
const FLAT_GAP: f64 = 12.0;
const CURVE_WIDTH: f64 = 2.4;
const LABEL_HEIGHT: f64 = 15.0;
const GHOST_WIDTH: f64 = 1.6;

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, binding: &Binding) -> Drawn {
    let (Some(first), Some(last)) = (binding.bars.first(), binding.bars.last()) else {
        return super::statement(sheet, &binding.frame, &[], "No dates to show.");
    };
    let calendar = Calendar::new(first.start, last.end.max(first.start));
    let bars: Vec<Bar> = binding
        .bars
        .iter()
        .map(|bar| Bar {
            from: calendar.start_of(bar.start),
            to: calendar.end_of(bar.end),
            value: 100.0 * share(bar.probability),
        })
        .collect();
    let (left, right) = frame::sides(sheet);
    let narrow = sheet.sizes.is_narrow();
    let shares = shares(sheet, binding, last.end);
    let plot_right = if narrow {
        right
    } else {
        right - sheet.px(column::ROOM) - sheet.px(COLUMN_GAP)
    };
    if bars.iter().all(|bar| bar.value == 0.0) {
        let words = match binding.causes.is_empty() {
            true => "The cap binds in no simulated outcome.",
            false => "Nothing ends sharing before its date in any simulated outcome.",
        };
        return super::statement(sheet, &binding.frame, &[], words);
    }
    let values = bars.iter().map(|bar| bar.value);
    let per_day = (plot_right - left) / calendar.days();
    let labelled = |bar: &Bar| (bar.to - bar.from) * per_day >= sheet.px(LABELLED_BAR);
    let headroom = if bars.iter().any(labelled) {
        LABEL_HEADROOM
    } else {
        HEADROOM
    };
    let upper_ticks = Ticks::from_zero(values, TICK_COUNT).with_headroom(headroom);
    let lower_ticks = Ticks::between(0.0, 100.0, TICK_COUNT);

    let numbers = upper_ticks.width(sheet).max(lower_ticks.width(sheet));
    let plot_left = left + numbers + sheet.px(axis::TICK_GAP);
    let x = |day: f64| plot_left + (plot_right - plot_left) * day / calendar.days();
    let median = median_mark(sheet, binding, &calendar, x);
    let marked = median.is_some();
    let (milestones, mut notes) = marks::milestones(sheet, &binding.milestones, &calendar, x);
    let all = median.into_iter().chain(milestones).collect();
    let marks = Marks::place(sheet, all, (plot_left, right), MARK_ROWS);
    notes.extend(marks::note_left_out(&marks));

    let body = frame::draw(sheet, &binding.frame, &notes)?;
    let top = body.top + sheet.px(AXIS_TITLE_HEIGHT) + marks.height(sheet);
    let flat = Rect {
        top: body.bottom - column::flat_height(sheet, body.width(), &shares),
        ..body
    };
    let below = if narrow {
        body.bottom - flat.top + sheet.px(FLAT_GAP)
    } else {
        0.0
    };
    let bottom = body.bottom - calendar.height(sheet) - below;
    let heights = bottom - top - sheet.px(PANEL_GAP) - sheet.px(AXIS_TITLE_HEIGHT);
    let split = top + heights * UPPER_SHARE;
    let rect = |top, bottom| Rect {
        left: plot_left,
        top,
        right: plot_right,
        bottom,
    };
    let days = 0.0..calendar.days();
    let lower_top = split + sheet.px(PANEL_GAP) + sheet.px(AXIS_TITLE_HEIGHT);
    let upper = sheet.panel(
        rect(top, split),
        days.clone(),
        upper_ticks.low..upper_ticks.high,
    );
    let lower = sheet.panel(rect(lower_top, bottom), days, 0.0..100.0);

    for panel in [&upper, &lower] {
        sheet.means(panel, Some(calendar.start()), (1.0, PERCENT));
    }
    upper_ticks.draw_vertical(sheet, &upper)?;
    marks.draw_lines(sheet, top, split)?;
    draw_stacks(sheet, &upper, binding, &bars)?;
    label_bars(sheet, &upper, binding, &bars)?;
    let base = sheet.solid(sheet.colours.axis, 1.0);
    sheet.rule((plot_left, split), (plot_right, split), base)?;
    marks.draw_labels(sheet, top)?;

    let dated = (binding, &calendar);
    draw_cumulative(sheet, &lower, &lower_ticks, &marks, dated, marked)?;
    calendar.draw(sheet, &lower)?;
    let span = binding.bar_span.word();
    let [each, by] = match binding.causes.is_empty() {
        true => ["the cap binds", "it has bound"],
        false => ["sharing ends before its date", "it has ended"],
    };
    let titles = [
        (
            body.top,
            format!("Probability that {each}, in each {span}, %"),
        ),
        (
            split + sheet.px(PANEL_GAP),
            format!("Probability that {by} by then, %"),
        ),
    ];
    for (title_top, title) in titles {
        let at = (left, title_top + sheet.sizes.label * theme::CAP_HEIGHT);
        let style = axis::title_style(sheet).halo(sheet.colours.paper);
        let title = text::fit(sheet.fonts(), &title, style, body.width());
        // A milestone's line stops where it would run through the words.
        let end = left + sheet.measure(&title, style) + sheet.px(TITLE_CLEAR);
        if title_top > body.top && marks.cross(left, end) {
            let clear = Rect {
                left,
                top: title_top - sheet.px(TITLE_CLEAR),
                right: end,
                bottom: at.1 + sheet.px(TITLE_CLEAR),
            };
            sheet.rectangle(clear, sheet.colours.paper)?;
        }
        sheet.text(&title, at, style, Anchor::Start)?;
    }
    let whole = Rect {
        bottom: lower.rect.bottom,
        ..upper.rect
    };
    hint_bars(sheet, &upper, whole, binding, &bars)?;
    if narrow {
        return column::draw_flat(sheet, flat, &shares);
    }
    // The labels of several causes need the height of both panels.
    let beside = Rect {
        left: plot_right + sheet.px(COLUMN_GAP),
        top: match binding.causes.is_empty() {
            true => lower.rect.top,
            false => upper.rect.top,
        },
        right,
        ..lower.rect
    };
    column::draw(sheet, beside, &shares)
}

/// The numbers behind it: a line for each bar, and one of what is not reached.
pub fn numbers(binding: &Binding) -> Numbers {
    let mut numbers = Numbers::new(&["from", "to", "probability", "cumulative"]);
    let causes = binding.causes.iter();
    numbers
        .columns
        .extend(causes.map(|cause| cause.label.clone()));
    for (i, bar) in binding.bars.iter().enumerate() {
        let mut row = vec![
            Value::Date(bar.start),
            Value::Date(bar.end),
            table::number(bar.probability),
            table::number(bar.cumulative),
        ];
        let causes = binding.causes.iter();
        row.extend(
            causes.map(|cause| {
                table::number(cause.probabilities.get(i).copied().unwrap_or(f64::NAN))
            }),
        );
        numbers.rows.push(row);
    }
    let mut rest = vec![
        Value::Empty,
        Value::Empty,
        table::number(binding.not_reached),
    ];
    rest.resize(numbers.columns.len(), Value::Empty);
    numbers.rows.push(rest);
    numbers
}

fn share(probability: f64) -> f64 {
    if probability.is_nan() {
        0.0
    } else {
        probability.clamp(0.0, 1.0)
    }
}

fn median_mark(
    sheet: &Sheet<'_>,
    binding: &Binding,
    calendar: &Calendar,
    x: impl Fn(f64) -> f64,
) -> Option<Mark> {
    let (_, date) = binding
        .quantiles
        .iter()
        .find(|(percent, _)| *percent == MEDIAN)?;
    let date = (*date).filter(|date| calendar.locate(*date).is_eq())?;
    Some(Mark {
        x: x(calendar.end_of(date)),
        label: format!("median: {}", calendar::month_and_year(date)),
        style: sheet.label(sheet.colours.strong).bold(),
        stroke: sheet.solid(sheet.colours.strong, 1.25),
    })
}

fn label_bars(sheet: &Sheet<'_>, panel: &Panel<'_>, binding: &Binding, bars: &[Bar]) -> Drawn {
    let style = sheet.label(sheet.colours.text).halo(sheet.colours.paper);
    for (bar, source) in bars.iter().zip(&binding.bars) {
        let (left, right) = (panel.x(bar.from), panel.x(bar.to));
        if right - left >= sheet.px(LABELLED_BAR) && bar.value > 0.0 {
            let at = (f64::midpoint(left, right), panel.y(bar.value) - 5.0);
            let label = axis::of_outcomes(source.probability);
            sheet.text(&label, at, style, Anchor::Middle)?;
        }
    }
    Ok(())
}

/// The bars, divided among the causes: the first at the foot.
fn draw_stacks(sheet: &Sheet<'_>, panel: &Panel<'_>, binding: &Binding, bars: &[Bar]) -> Drawn {
    if binding.causes.is_empty() {
        return bars::draw(sheet, panel, bars, BAR_GAP, sheet.colours.bar);
    }
    // From the whole stack down, so that each lies on what is above it.
    for count in (1..=binding.causes.len()).rev() {
        let below = &binding.causes[..count];
        let of_cause = |(i, bar): (usize, &Bar)| Bar {
            value: below
                .iter()
                .filter_map(|cause| cause.probabilities.get(i))
                .map(|probability| 100.0 * share(*probability))
                .sum(),
            ..*bar
        };
        let stack: Vec<Bar> = bars.iter().enumerate().map(of_cause).collect();
        bars::draw(
            sheet,
            panel,
            &stack,
            BAR_GAP,
            cause_colour(sheet, count - 1),
        )?;
    }
    Ok(())
}

fn cause_colour(sheet: &Sheet<'_>, cause: usize) -> RGBColor {
    sheet.colours.series(cause)
}

/// The cumulative curves of other cases, each named where it ends.
fn draw_ghosts(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    binding: &Binding,
    calendar: &Calendar,
) -> Drawn {
    for (i, ghost) in binding.ghosts.iter().enumerate() {
        let colour = sheet.colours.ghost(i);
        let points = ghost.points.iter();
        let points = points.filter(|(date, p)| p.is_finite() && calendar.reaches(*date));
        let points: Vec<(f64, f64)> = points
            .map(|(date, p)| (calendar.end_of(*date), 100.0 * share(*p)))
            .collect();
        let stroke = sheet.dashed(colour, GHOST_WIDTH, 5.0, 2.5);
        panel.curve(points.iter().copied(), stroke)?;
    }
    Ok(())
}

/// The names of the other cases, in a column in the upper left of their panel.
fn name_ghosts(sheet: &Sheet<'_>, panel: &Panel<'_>, binding: &Binding) -> Drawn {
    for (i, ghost) in binding.ghosts.iter().enumerate() {
        let style = sheet.label(sheet.colours.ghost(i));
        let style = style.halo(sheet.colours.paper);
        let left = panel.rect.left + sheet.px(8.0);
        let base = panel.rect.top + sheet.px(LABEL_HEIGHT) * (i as f64 + 1.0);
        let room = panel.rect.width() / 2.0;
        let label = text::fit(sheet.fonts(), &text::clean(&ghost.label), style, room);
        sheet.text(&label, (left, base), style, Anchor::Start)?;
    }
    Ok(())
}

/// What each bar and the curve at its end say, over the height of both panels.
fn hint_bars(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    rect: Rect,
    binding: &Binding,
    bars: &[Bar],
) -> Drawn {
    for (bar, source) in bars.iter().zip(&binding.bars) {
        let [then, by] = match binding.causes.is_empty() {
            true => ["binds then", "has bound"],
            false => ["ends then", "has ended"],
        };
        let words = format!(
            "{}\n{then}: {}\n{by}: {}",
            calendar::span(source.start, source.end),
            axis::of_outcomes(source.probability),
            axis::of_outcomes(source.cumulative)
        );
        let (left, right) = (panel.x(bar.from), panel.x(bar.to));
        sheet.hint(
            Rect {
                left,
                right,
                ..rect
            },
            &words,
        )?;
    }
    Ok(())
}

/// The cumulative probability as a curve through the ends of the bars. A quantile
/// within a bar lifts the curve where it would pass below it.
fn cumulative(binding: &Binding, quantiles: &[(f64, f64)], days: f64) -> Vec<(f64, f64)> {
    let calendar_ends = binding.bars.iter().scan(0.0, |day, bar| {
        *day += f64::from(bar.end.days_since(bar.start).max(0) + 1);
        Some((*day, 100.0 * share(bar.cumulative)))
    });
    let mut points: Vec<(f64, f64)> = std::iter::once((0.0, 0.0)).chain(calendar_ends).collect();
    for &(percent, day) in quantiles {
        if percent > height_at(&points, day) {
            let at = points.partition_point(|point| point.0 < day);
            points.insert(at, (day, percent));
        }
    }
    let mut highest = 0.0_f64;
    for point in &mut points {
        highest = highest.max(point.1);
        *point = (point.0.min(days), highest);
    }
    points
}

/// The height of a curve, the highest where it is vertical.
fn height_at(points: &[(f64, f64)], day: f64) -> f64 {
    let after = points.partition_point(|point| point.0 <= day);
    let (Some(before), after) = (points[..after].last(), points.get(after)) else {
        return 0.0;
    };
    after.map_or(before.1, |after| {
        before.1 + (after.1 - before.1) * (day - before.0) / (after.0 - before.0)
    })
}

fn draw_cumulative(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    ticks: &Ticks,
    marks: &Marks,
    (binding, calendar): (&Binding, &Calendar),
    median_marked: bool,
) -> Drawn {
    let mut quantiles: Vec<(f64, Date)> = binding
        .quantiles
        .iter()
        .filter_map(|(percent, date)| Some((*percent, (*date)?)))
        .filter(|(percent, date)| percent.is_finite() && calendar.locate(*date).is_eq())
        .collect();
    quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
    let days: Vec<(f64, f64)> = quantiles
        .iter()
        .map(|(percent, date)| (*percent, calendar.end_of(*date)))
        .collect();
    let points = cumulative(binding, &days, calendar.days());
    let area = points
        .iter()
        .copied()
        .chain([(calendar.days(), 0.0), (0.0, 0.0)]);
    panel.fill(area, sheet.colours.area)?;
    ticks.draw_vertical(sheet, panel)?;
    marks.continue_lines(
        sheet,
        panel.rect.top - sheet.px(PANEL_GAP) - sheet.px(AXIS_TITLE_HEIGHT),
        panel.rect.bottom,
    )?;
    draw_ghosts(sheet, panel, binding, calendar)?;
    let stroke = sheet.solid(sheet.colours.strong, CURVE_WIDTH);
    panel.curve(points.iter().copied(), stroke)?;
    let dots: Vec<Dot> = quantiles
        .chunk_by(|a, b| a.1 == b.1)
        .filter_map(|group| {
            let (_, date) = *group.first()?;
            let percents: Vec<f64> = group.iter().map(|(percent, _)| *percent).collect();
            let day = calendar.end_of(date);
            let known = median_marked && percents == [MEDIAN];
            let name = axis::percentiles(&percents);
            Some(Dot {
                at: panel.place((day, height_at(&points, day))),
                label: (!known).then(|| format!("{name}: {}", calendar::month_and_year(date))),
            })
        })
        .collect();
    label_quantiles(sheet, panel, (&dots, &points), marks)?;
    name_ghosts(sheet, panel, binding)
}

/// A quantile on the curve.
struct Dot {
    at: (f64, f64),
    label: Option<String>,
}

/// Dots on the curve; their labels in the blank left above a rising curve, or, where
/// it rises at once or a line would run through them, right below it, or above its
/// further course where that is low.
fn label_quantiles(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    (dots, curve): (&[Dot], &[(f64, f64)]),
    marks: &Marks,
) -> Drawn {
    const RADIUS: f64 = 3.5;
    const GAP: f64 = 8.0;
    const LIFT: f64 = 9.0;
    let style = sheet.label(sheet.colours.strong);
    let mut sides: [Vec<(f64, f64, &str)>; 2] = [Vec::new(), Vec::new()];
    for dot in dots {
        let (x, y) = dot.at;
        sheet.circle(dot.at, sheet.sizes.line(RADIUS) + 1.5, sheet.colours.paper)?;
        sheet.circle(dot.at, sheet.sizes.line(RADIUS), sheet.colours.strong)?;
        if let Some(label) = &dot.label {
            let width = sheet.measure(label, style);
            let (gap, lift) = (sheet.px(GAP), sheet.px(LIFT));
            let room = x - gap - width > panel.rect.left;
            let end = x + gap + width;
            let beside = end < panel.rect.right && !marks.cross(x + gap, end);
            let has_depth = y + 2.0 * lift <= panel.rect.bottom;
            let is_open = room && !marks.cross(x - gap - width, x - gap);
            if !is_open && beside && !has_depth {
                let mut level = curve.iter().map(|point| panel.place(*point));
                let level = level.find(|(at, _)| *at >= end);
                let level = level.map_or(y, |(_, level)| level.min(y));
                sides[0].push((end + gap, level - lift, label));
                continue;
            }
            // At the start of a curve that rises slowly there is no room below.
            if !room && !has_depth {
                sides[0].push((panel.rect.left + width + 2.0 * gap, y - lift, label));
                continue;
            }
            // Where there is no room on the other side either, before the line.
            let line = marks.first_between(x - gap - width, x - gap);
            if let Some(line) = line.filter(|line| !beside && line - gap - width > panel.rect.left)
            {
                sides[0].push((line, y - lift, label));
                continue;
            }
            let below = !room || !is_open && beside && has_depth;
            let wish = if below { y + lift } else { y - lift };
            sides[usize::from(below)].push((x, wish, label));
        }
    }
    for (rightwards, mut side) in [false, true].into_iter().zip(sides) {
        // The higher percentile stands above.
        side.reverse();
        let wishes: Vec<Wish> = side
            .iter()
            .map(|(_, wish, _)| Wish {
                middle: *wish,
                height: sheet.px(LABEL_HEIGHT),
            })
            .collect();
        let rect = panel.rect;
        // Labels below the curve must not rise onto it.
        let top = match wishes.first() {
            Some(first) if rightwards => first.middle - sheet.px(LABEL_HEIGHT) / 2.0,
            _ => rect.top - sheet.px(LABEL_HEIGHT) / 2.0,
        };
        let middles = labels::spread(&wishes, top, rect.bottom);
        for ((x, _, label), middle) in side.iter().zip(middles) {
            let base = axis::centred(middle, style.size);
            if rightwards {
                sheet.text(
                    label,
                    (x + sheet.px(GAP), base),
                    style.halo(sheet.colours.area),
                    Anchor::Start,
                )?;
            } else {
                sheet.text(
                    label,
                    (x - sheet.px(GAP), base),
                    style.halo(sheet.colours.paper),
                    Anchor::End,
                )?;
            }
        }
    }
    Ok(())
}

/// What is reached by the end and what is not.
fn shares(sheet: &Sheet<'_>, binding: &Binding, end: Date) -> Vec<Share> {
    let not_reached = share(binding.not_reached);
    let rest = Share {
        probability: not_reached,
        fill: sheet.colours.neutral,
        ink: sheet.colours.text,
        words: match binding.causes.is_empty() {
            true => "cap not reached".to_owned(),
            false => "end by date".to_owned(),
        },
    };
    let mut shares: Vec<Share> = binding
        .causes
        .iter()
        .enumerate()
        .map(|(i, cause)| Share {
            probability: share(cause.probabilities.iter().sum()),
            fill: cause_colour(sheet, i),
            ink: cause_colour(sheet, i),
            words: format!("end by {}", cause.label),
        })
        .collect();
    if shares.is_empty() {
        shares.push(Share {
            probability: 1.0 - not_reached,
            fill: sheet.colours.bar,
            ink: sheet.colours.strong,
            words: format!("cap binds by {}", calendar::month_and_year(end)),
        });
    }
    shares.push(rest);
    shares
}
