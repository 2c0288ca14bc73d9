//! Curves with bands in small panels: a quantity along a key's values, two
//! agreements and their difference over time.

use plotters::style::RGBColor;

use super::axis::{self, Ticks};
use super::calendar::{self, Calendar};
use super::canvas::{Anchor, Stroke};
use super::end_labels::{self, EndLabel};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::studies::{LineAxis, LinePanel, Lines, Measure};
use super::table::{self, Numbers};
use super::{frame, text, theme};
use crate::report::table::Value;

#[cfg(test)]
pub use super::samples::studies::curves as samples;

const MOST_PANELS: usize = 6;
/// From this many panels on they stand in two columns where there is room: fewer
/// share one time axis, and leave no quarter of the sheet empty.
const TWO_COLUMNS: usize = 4;
const MOST_SERIES: usize = 5;
const TITLE_HEIGHT: f64 = 21.0;
const PANEL_GAP: f64 = 18.0;
/// The least height of a panel's plot.
const LEAST_HEIGHT: f64 = 64.0;
const COLUMN_GAP: f64 = 28.0;
/// Height for each number of a vertical axis.
const TICK_ROOM: f64 = 30.0;
const MOST_TICKS: usize = 6;
const NUMBERS_HEIGHT: f64 = 40.0;
/// The share of a panel's width that its labels take at most.
const LABELS: f64 = 0.4;
const PADDING: f64 = 0.06;
/// The shortest axis of dates.
const LEAST_DAYS: f64 = 300.0;
/// How much of a curve's colour its band has.
const BAND: f64 = 0.25;
/// How much of it the band's edges have.
const EDGE: f64 = 0.6;
const LARGEST: f64 = 1e100;
/// More points than this carry no dots and are thinned out for hover.
const DOTTED: usize = 20;

/// The horizontal axis.
enum Horizontal {
    Dates(Calendar),
    Numbers(String, Ticks),
}

impl Horizontal {
    /// Room below a panel.
    fn height(&self, sheet: &Sheet<'_>) -> f64 {
        match self {
            Self::Dates(calendar) => calendar.height(sheet),
            Self::Numbers(..) => sheet.px(NUMBERS_HEIGHT),
        }
    }
}

/// A curve in the unit of its axis.
struct Curve {
    label: String,
    style: usize,
    values: Vec<f64>,
    band: Vec<(f64, f64)>,
    band_ends: Option<[String; 2]>,
}

/// A panel in the unit of its axis.
struct Plot {
    title: String,
    series: Vec<Curve>,
    level: Option<(String, f64)>,
    measure: Measure,
    low: f64,
    high: f64,
}

impl Plot {
    /// Whether a curve has no value somewhere.
    fn has_gaps(&self) -> bool {
        let mut values = self.series.iter().flat_map(|curve| &curve.values);
        values.any(|value| !value.is_finite())
    }

    /// The numbers of its axis where so much height is left.
    fn ticks(&self, sheet: &Sheet<'_>, height: f64) -> Ticks {
        let count = ((height / sheet.px(TICK_ROOM)) as usize).clamp(1, MOST_TICKS);
        match self.measure {
            Measure::Date(from) => Ticks::of_dates(from, self.low, self.high, count),
            _ => Ticks::within(self.low, self.high, count),
        }
    }

    /// Whether no curve enters a rectangle of the sheet.
    fn leaves_free(&self, panel: &Panel<'_>, points: &[f64], rect: Rect) -> bool {
        let touches = |pair: &[(f64, f64)]| {
            let ends = [panel.place(pair[0]), panel.place(pair[1])];
            let [left, right] = [ends[0].0.min(ends[1].0), ends[0].0.max(ends[1].0)];
            let [top, bottom] = [ends[0].1.min(ends[1].1), ends[0].1.max(ends[1].1)];
            left < rect.right && right > rect.left && top < rect.bottom && bottom > rect.top
        };
        let curves = self.series.iter();
        let mut runs = curves.flat_map(|curve| runs(points, &curve.values, f64::is_finite));
        !runs.any(|run| run.windows(2).any(touches))
    }
}

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, lines: &Lines) -> Drawn {
    let Some((horizontal, points)) = horizontal(&lines.x) else {
        return super::statement(sheet, &lines.frame, &[], "No points to show.");
    };
    let plots: Vec<Plot> = lines
        .panels
        .iter()
        .take(MOST_PANELS)
        .filter_map(|panel| plot(panel, points.len()))
        .collect();
    let mut notes = vec![text::clean(&lines.bands)];
    let missing = text::clean(&lines.missing);
    if !missing.is_empty() && plots.iter().any(Plot::has_gaps) {
        notes.push(format!("Where a line stops: {missing}."));
    }
    let left_out = lines.panels.iter().skip(MOST_PANELS);
    notes.extend(left_out.map(|panel| format!("Not shown: {}.", text::clean(&panel.quantity))));
    if plots.is_empty() {
        return super::statement(sheet, &lines.frame, &notes, "No values to show.");
    }
    let columns = if plots.len() >= TWO_COLUMNS && !sheet.sizes.is_narrow() {
        2
    } else {
        1
    };
    let rows = plots.len().div_ceil(columns);
    let (gap_x, gap_y) = (sheet.px(COLUMN_GAP), sheet.px(PANEL_GAP));
    // Each panel has room for its labels one below the other.
    let labels = plots
        .iter()
        .map(|plot| names(sheet, plot).len())
        .max()
        .unwrap_or(0);
    let least = sheet
        .px(LEAST_HEIGHT)
        .max(end_labels::height(sheet, labels));
    let least = least + sheet.px(TITLE_HEIGHT) + horizontal.height(sheet) + gap_y;
    let body = frame::draw_high(sheet, &lines.frame, &notes, least * rows as f64)?;
    let width = (body.width() - gap_x * (columns - 1) as f64) / columns as f64;
    let height = (body.height() - gap_y * (rows - 1) as f64) / rows as f64;
    // The panels' plots stand above one another.
    let plot_height = height - sheet.px(TITLE_HEIGHT) - horizontal.height(sheet);
    let numbers = plots.iter();
    let numbers = numbers.map(|plot| plot.ticks(sheet, plot_height).width(sheet));
    let most = width * LABELS;
    let labels = plots.iter();
    let labels = labels.map(|plot| end_labels::room(sheet, &names(sheet, plot), most));
    let sides = (
        numbers.fold(0.0, f64::max) + sheet.px(axis::TICK_GAP),
        labels.fold(0.0, f64::max),
    );
    for (i, plot) in plots.iter().enumerate() {
        let (column, row) = (i % columns, i / columns);
        let left = body.left + column as f64 * (width + gap_x);
        let top = body.top + row as f64 * (height + gap_y);
        let cell = Rect {
            left,
            top,
            right: left + width,
            bottom: top + height,
        };
        draw_plot(sheet, plot, &horizontal, (&points, lines), cell, sides)?;
    }
    Ok(())
}

/// The numbers behind it.
pub fn numbers(lines: &Lines) -> Numbers {
    let (at, points): (&str, Vec<Value>) = match &lines.x {
        LineAxis::Dates(dates) => ("date", dates.iter().map(|day| Value::Date(*day)).collect()),
        LineAxis::Numbers(title, values) => {
            (title, values.iter().map(|v| table::number(*v)).collect())
        }
    };
    let mut numbers = Numbers::new(&["panel", "curve", at, "value", "low", "high"]);
    for panel in &lines.panels {
        for series in &panel.series {
            for (i, (point, value)) in points.iter().zip(&series.values).enumerate() {
                let (low, high) = series.band.get(i).copied().unwrap_or((f64::NAN, f64::NAN));
                numbers.rows.push(vec![
                    table::text(&panel.quantity),
                    table::text(&series.label),
                    point.clone(),
                    panel.measure.data(*value),
                    panel.measure.data(low),
                    panel.measure.data(high),
                ]);
            }
        }
    }
    numbers
}

/// The axis and where the points lie on it.
fn horizontal(axis: &LineAxis) -> Option<(Horizontal, Vec<f64>)> {
    match axis {
        LineAxis::Dates(dates) => {
            let (first, last) = (dates.iter().min()?, dates.iter().max()?);
            let calendar = Calendar::new(*first, *last);
            let points = dates.iter().map(|date| calendar.end_of(*date)).collect();
            Some((Horizontal::Dates(calendar), points))
        }
        LineAxis::Numbers(title, values) => {
            let finite = values
                .iter()
                .copied()
                .filter(|value| value.abs() <= LARGEST);
            let low = finite.clone().reduce(f64::min)?;
            let high = finite.reduce(f64::max)?;
            let (low, high) = if low < high {
                (low, high)
            } else {
                (low - 1.0, high + 1.0)
            };
            let ticks = Ticks::within(low, high, 5);
            Some((Horizontal::Numbers(title.clone(), ticks), values.clone()))
        }
    }
}

fn plot(panel: &LinePanel, count: usize) -> Option<Plot> {
    let series = || panel.series.iter().take(MOST_SERIES);
    let usable = |value: &f64| value.abs() <= LARGEST;
    let bands =
        series().flat_map(|series| series.band.iter().flat_map(|(low, high)| [*low, *high]));
    let values = series().flat_map(|series| series.values.iter().copied());
    let level = panel.level.as_ref().filter(|level| usable(&level.value));
    let all: Vec<f64> = values
        .chain(bands)
        .chain(level.map(|level| level.value))
        .filter(usable)
        .collect();
    let largest = all.iter().map(|value| value.abs()).fold(0.0, f64::max);
    let (measure, factor) = panel.measure.scaled(largest);
    let low = all.iter().copied().reduce(f64::min)? * factor;
    let high = all.iter().copied().reduce(f64::max)? * factor;
    let (low, high) = if panel.from_zero {
        (low.min(0.0), high.max(0.0))
    } else {
        (low, high)
    };
    // Dates are told apart by months: a shorter axis would show days as swings.
    let (low, high) = match measure {
        Measure::Date(_) if high - low < LEAST_DAYS => {
            let middle = f64::midpoint(low, high);
            (middle - LEAST_DAYS / 2.0, middle + LEAST_DAYS / 2.0)
        }
        _ => (low, high),
    };
    let room = if low < high {
        (high - low) * PADDING
    } else {
        low.abs().max(1.0) * PADDING
    };
    let keep = |bound: f64| panel.from_zero && bound == 0.0;
    let scaled = |value: f64| {
        if usable(&value) {
            value * factor
        } else {
            f64::NAN
        }
    };
    Some(Plot {
        title: measure.title(&text::clean(&panel.quantity)),
        series: series()
            .map(|series| {
                let values = series.values.iter().take(count);
                let band = series.band.iter().take(count);
                Curve {
                    label: text::clean(&series.label),
                    style: series.style,
                    values: values.map(|value| scaled(*value)).collect(),
                    band: band
                        .map(|(low, high)| (scaled(*low), scaled(*high)))
                        .collect(),
                    band_ends: series
                        .band_ends
                        .as_ref()
                        .map(|ends| ends.each_ref().map(|end| text::clean(end))),
                }
            })
            .collect(),
        level: level.map(|level| (text::clean(&level.label), level.value * factor)),
        measure,
        low: if keep(low) { low } else { low - room },
        high: if keep(high) { high } else { high + room },
    })
}

fn draw_plot(
    sheet: &Sheet<'_>,
    plot: &Plot,
    horizontal: &Horizontal,
    (points, lines): (&[f64], &Lines),
    cell: Rect,
    (before, after): (f64, f64),
) -> Drawn {
    axis::draw_title(sheet, &plot.title, (cell.left, cell.top), cell.width())?;
    let below = horizontal.height(sheet);
    let (top, bottom) = (cell.top + sheet.px(TITLE_HEIGHT), cell.bottom - below);
    let ticks = plot.ticks(sheet, bottom - top);
    let names = names(sheet, plot);
    let rect = Rect {
        left: cell.left + before,
        top,
        right: cell.right - after,
        bottom,
    };
    let domain = match horizontal {
        Horizontal::Dates(calendar) => 0.0..calendar.days(),
        Horizontal::Numbers(_, ticks) => ticks.low..ticks.high,
    };
    let panel = sheet.panel(rect, domain, ticks.low..ticks.high);
    for curve in &plot.series {
        draw_band(sheet, &panel, points, curve)?;
    }
    // A band behind another is known by its edges.
    if plot.series.len() > 1 {
        for curve in &plot.series {
            draw_edges(sheet, &panel, points, curve)?;
        }
    }
    ticks.draw_vertical(sheet, &panel)?;
    if let Some((_, value)) = &plot.level {
        let y = panel.y(*value);
        let stroke = sheet.solid(level_colour(sheet, plot), 1.5);
        sheet.rule((rect.left, y), (rect.right, y), stroke)?;
    }
    for curve in &plot.series {
        draw_curve(sheet, &panel, points, &curve.values, curve.style)?;
    }
    draw_horizontal(sheet, &panel, horizontal)?;
    if let Some((label, value)) = &plot.level {
        let style = sheet
            .label(level_colour(sheet, plot))
            .bold()
            .halo(sheet.colours.paper);
        let label = text::fit(sheet.fonts(), label, style, rect.width());
        let (height, width) = (style.size * theme::CAP_HEIGHT, sheet.measure(&label, style));
        let (lift, line) = (sheet.px(5.0), panel.y(*value));
        let places = [rect.left + lift, rect.right - lift - width]
            .into_iter()
            .flat_map(|left| [(left, line - lift), (left, line + lift + height)]);
        let free = |&(left, base): &(f64, f64)| {
            let place = Rect {
                left,
                top: base - height,
                right: left + width,
                bottom: base,
            };
            let inside = place.top >= rect.top && place.bottom <= rect.bottom;
            inside && plot.leaves_free(&panel, points, place)
        };
        let above = (rect.left + lift, (line - lift).max(rect.top + height));
        let at = places.into_iter().find(free).unwrap_or(above);
        sheet.text(&label, at, style, Anchor::Start)?;
    }
    label_stops(sheet, &panel, plot, points, &lines.missing)?;
    end_labels::draw(sheet, &panel, names, cell.width() * LABELS)?;
    hints(sheet, &panel, plot, points, lines)
}

/// Where curves stop short, why, if there is room.
fn label_stops(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    plot: &Plot,
    points: &[f64],
    missing: &str,
) -> Drawn {
    const GAP: f64 = 8.0;
    let words = text::clean(super::studies::in_short(missing));
    let style = sheet.label(sheet.colours.muted).halo(sheet.colours.paper);
    let (width, gap) = (sheet.measure(&words, style), sheet.px(GAP));
    let half = style.size * theme::CAP_HEIGHT / 2.0;
    let level = plot.level.as_ref().map(|(_, value)| panel.y(*value));
    let has = |value: &f64| value.is_finite();
    for curve in &plot.series {
        let first = curve.values.iter().position(has);
        let last = curve.values.iter().rposition(has);
        let before = first.filter(|i| *i > 0).map(|i| (i, -gap - width));
        let after = last.filter(|i| i + 1 < points.len()).map(|i| (i, gap));
        for (i, shift) in before.into_iter().chain(after) {
            let (x, y) = panel.place((points[i], curve.values[i]));
            let place = Rect {
                left: x + shift,
                top: y - half,
                right: x + shift + width,
                bottom: y + half,
            };
            let inside = place.left >= panel.rect.left && place.right <= panel.rect.right;
            let clear = level.is_none_or(|level| (level - y).abs() > 4.0 * half);
            if inside && clear && plot.leaves_free(panel, points, place) {
                let at = (place.left, axis::centred(y, style.size));
                sheet.text(&words, at, style, Anchor::Start)?;
            }
        }
    }
    Ok(())
}

/// The names of the curves, and of their bands' ends, where these end.
fn names(sheet: &Sheet<'_>, plot: &Plot) -> Vec<EndLabel> {
    let named = plot.series.iter().filter(|curve| !curve.label.is_empty());
    let curves = named.filter_map(|curve| {
        let last = curve.values.iter().rev().find(|value| value.is_finite())?;
        Some(EndLabel {
            value: *last,
            text: curve.label.clone(),
            style: sheet.label(colour(sheet, curve.style)).bold(),
        })
    });
    let bands = plot.series.iter().flat_map(|curve| {
        let whole = curve.band.iter().rev();
        let last = whole.copied().find(|(low, high)| (low + high).is_finite());
        let ends = last.zip(curve.band_ends.as_ref());
        let ends = ends.map(|((low, high), [of_low, of_high])| [(low, of_low), (high, of_high)]);
        ends.into_iter().flatten().map(|(value, text)| EndLabel {
            value,
            text: text.clone(),
            style: sheet.label(sheet.colours.muted),
        })
    });
    curves.chain(bands).collect()
}

/// The colour of a level; beside several curves one that none of them has.
fn level_colour(sheet: &Sheet<'_>, plot: &Plot) -> RGBColor {
    match plot.series.len() {
        0 | 1 => sheet.colours.cap,
        _ => sheet.colours.text,
    }
}

/// The colour of a curve's style.
fn colour(sheet: &Sheet<'_>, style: usize) -> RGBColor {
    sheet.colours.series[style % MOST_SERIES]
}

/// Stretches of points that have a value.
fn runs<T: Copy>(points: &[f64], values: &[T], has: impl Fn(T) -> bool) -> Vec<Vec<(f64, T)>> {
    let all: Vec<(f64, T)> = points.iter().copied().zip(values.iter().copied()).collect();
    all.split(|(x, value)| !has(*value) || !x.is_finite())
        .filter(|run| !run.is_empty())
        .map(<[(f64, T)]>::to_vec)
        .collect()
}

fn draw_band(sheet: &Sheet<'_>, panel: &Panel<'_>, points: &[f64], curve: &Curve) -> Drawn {
    let colour = colour(sheet, curve.style);
    let fill = theme::blend(sheet.colours.paper, colour, BAND);
    for run in band_runs(points, curve) {
        let upper = run.iter().map(|(x, (_, high))| (*x, *high));
        let lower = run.iter().rev().map(|(x, (low, _))| (*x, *low));
        panel.fill(upper.chain(lower), fill)?;
    }
    Ok(())
}

fn draw_edges(sheet: &Sheet<'_>, panel: &Panel<'_>, points: &[f64], curve: &Curve) -> Drawn {
    let colour = colour(sheet, curve.style);
    let stroke = sheet.solid(theme::blend(sheet.colours.paper, colour, EDGE), 0.8);
    // Edges as close as this would hide the curve's dashes.
    let is_wide = |run: &&Vec<(f64, (f64, f64))>| {
        let heights = run
            .iter()
            .map(|(_, (low, high))| panel.y(*low) - panel.y(*high));
        heights.fold(0.0, f64::max) > sheet.px(4.0)
    };
    for run in band_runs(points, curve).iter().filter(is_wide) {
        panel.curve(run.iter().map(|(x, (low, _))| (*x, *low)), stroke)?;
        panel.curve(run.iter().map(|(x, (_, high))| (*x, *high)), stroke)?;
    }
    Ok(())
}

fn band_runs(points: &[f64], curve: &Curve) -> Vec<Vec<(f64, (f64, f64))>> {
    let has = |(low, high): (f64, f64)| low.is_finite() && high.is_finite();
    runs(points, &curve.band, has)
}

/// Curves differ in dashes too, and few points are dots.
fn draw_curve(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    points: &[f64],
    values: &[f64],
    style: usize,
) -> Drawn {
    const DASHES: [Option<(f64, f64)>; MOST_SERIES] = [
        None,
        Some((7.0, 3.0)),
        Some((2.0, 2.0)),
        Some((9.0, 3.0)),
        Some((4.0, 2.0)),
    ];
    let stroke: Stroke = match DASHES[style % MOST_SERIES] {
        None => sheet.solid(colour(sheet, style), 2.2),
        Some((dash, gap)) => sheet.dashed(colour(sheet, style), 2.2, dash, gap),
    };
    for run in runs(points, values, f64::is_finite) {
        if run.len() > 1 {
            panel.curve(run.iter().copied(), stroke)?;
        }
        if points.len() <= DOTTED {
            for point in run {
                let radius = sheet.sizes.line(2.6);
                sheet.circle(panel.place(point), radius, colour(sheet, style))?;
            }
        }
    }
    Ok(())
}

fn draw_horizontal(sheet: &Sheet<'_>, panel: &Panel<'_>, horizontal: &Horizontal) -> Drawn {
    const LABEL_DROP: f64 = 17.0;
    const TITLE_DROP: f64 = 36.0;
    const TICK_LENGTH: f64 = 5.0;
    let rect = panel.rect;
    match horizontal {
        Horizontal::Dates(calendar) => calendar.draw(sheet, panel),
        Horizontal::Numbers(title, ticks) => {
            let stroke = sheet.solid(sheet.colours.axis, 1.0);
            sheet.rule((rect.left, rect.bottom), (rect.right, rect.bottom), stroke)?;
            let style = axis::tick_style(sheet);
            let widths = ticks.values.iter();
            let widest = widths
                .map(|value| sheet.measure(&ticks.label(*value), style))
                .fold(0.0, f64::max);
            let apart = rect.width() / ticks.values.len().saturating_sub(1).max(1) as f64;
            let every = ((widest + sheet.px(6.0)) / apart).ceil().max(1.0) as usize;
            for (i, &value) in ticks.values.iter().enumerate() {
                let x = panel.x(value);
                let end = rect.bottom + sheet.px(TICK_LENGTH);
                sheet.rule((x, rect.bottom), (x, end), stroke)?;
                if i % every == 0 {
                    let at = (x, rect.bottom + sheet.px(LABEL_DROP));
                    sheet.text(&ticks.label(value), at, style, Anchor::Middle)?;
                }
            }
            let style = axis::title_style(sheet);
            let title = text::fit(sheet.fonts(), &text::clean(title), style, rect.width());
            let at = (
                f64::midpoint(rect.left, rect.right),
                rect.bottom + sheet.px(TITLE_DROP),
            );
            sheet.text(&title, at, style, Anchor::Middle)
        }
    }
}

/// What the curves say at each point.
fn hints(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    plot: &Plot,
    points: &[f64],
    lines: &Lines,
) -> Drawn {
    const MOST: usize = 120;
    let every = points.len().div_ceil(MOST).max(1);
    let shown: Vec<usize> = (0..points.len()).step_by(every).collect();
    for (n, &i) in shown.iter().enumerate() {
        let x = panel.x(points[i]);
        let to = |other: Option<&usize>, edge: f64| {
            other.map_or(edge, |&other| f64::midpoint(panel.x(points[other]), x))
        };
        let before = n.checked_sub(1).and_then(|n| shown.get(n));
        let rect = Rect {
            left: to(before, panel.rect.left),
            right: to(shown.get(n + 1), panel.rect.right),
            ..panel.rect
        };
        let at = match &lines.x {
            LineAxis::Dates(dates) => calendar::month_and_year(dates[i]),
            LineAxis::Numbers(title, values) => {
                format!(
                    "{}: {}",
                    text::clean(title),
                    Measure::Number(String::new()).label(values[i])
                )
            }
        };
        let mut said = vec![at];
        for curve in &plot.series {
            let Some(value) = curve.values.get(i).filter(|value| value.is_finite()) else {
                continue;
            };
            let name = match curve.label.as_str() {
                "" => String::new(),
                label => format!("{label}: "),
            };
            let mut line = format!("{name}{}", plot.measure.label(*value));
            if let Some((low, high)) = curve
                .band
                .get(i)
                .filter(|(low, high)| (low + high).is_finite())
            {
                let ends = [low, high].map(|end| plot.measure.label(*end));
                line.push_str(&format!(" ({} to {})", ends[0], ends[1]));
            }
            said.push(line);
        }
        sheet.hint(rect, &said.join("\n"))?;
    }
    Ok(())
}
