//! A quantity over two keys: coloured cells with their values, contours through
//! them, and the scale of the colours.

use super::canvas::{Anchor, TextStyle};
use super::sheet::{Drawn, Rect, Sheet};
use super::studies::{HeatMap, KeyAxis, Measure};
use super::table::{self, Numbers};
use super::{axis, frame, text, theme};
use crate::report::table::Value;

#[cfg(test)]
pub use super::samples::studies::heats as samples;

/// Height of the scale of colours, for labels of 12 pixels.
const SCALE: f64 = 10.0;
const SCALE_WIDTH: f64 = 220.0;
/// From the scale to the map.
const SCALE_GAP: f64 = 14.0;
const LABEL_DROP: f64 = 17.0;
const TITLE_DROP: f64 = 36.0;
const TICK_GAP: f64 = 8.0;
/// Blank space a label needs about it.
const PAD: f64 = 8.0;
/// Values this far beyond all others are no numbers to draw.
const LARGEST: f64 = 1e100;
/// Pieces of the scale.
const SHADES: usize = 40;

/// The values of a map in the unit of its scale.
struct Cells {
    rows: Vec<Vec<Option<f64>>>,
    low: f64,
    high: f64,
    measure: Measure,
    contours: Vec<f64>,
}

impl Cells {
    fn new(map: &HeatMap) -> Option<Self> {
        let usable = |value: &Option<f64>| value.filter(|value| value.abs() <= LARGEST);
        let given = map.values.iter().flatten().filter_map(usable);
        let largest = given.fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let (measure, factor) = map.measure.scaled(largest);
        let cell = |row: &Vec<Option<f64>>, x: usize| {
            row.get(x).and_then(usable).map(|value| value * factor)
        };
        let empty = Vec::new();
        let rows: Vec<Vec<Option<f64>>> = (0..map.y.labels.len())
            .map(|y| {
                let row = map.values.get(y).unwrap_or(&empty);
                (0..map.x.labels.len()).map(|x| cell(row, x)).collect()
            })
            .collect();
        let values = || rows.iter().flatten().flatten().copied();
        let low = values().reduce(f64::min)?;
        let high = values().reduce(f64::max)?;
        let contours = map.contours.iter().filter(|level| level.is_finite());
        let contours = contours.map(|level| level * factor).collect();
        Some(Self {
            rows,
            low,
            high,
            measure,
            contours,
        })
    }

    /// A value as its cell says it.
    fn write(&self, value: f64) -> String {
        let largest = self.low.abs().max(self.high.abs());
        self.measure.bare(value, largest)
    }

    /// Where a value lies between the lowest and the highest.
    fn share(&self, value: f64) -> f64 {
        if self.high > self.low {
            (value - self.low) / (self.high - self.low)
        } else {
            0.5
        }
    }
}

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, map: &HeatMap) -> Drawn {
    let Some(mut cells) = Cells::new(map) else {
        return super::statement(sheet, &map.frame, &[], "No values to show.");
    };
    let is_missing = cells.rows.iter().flatten().any(Option::is_none);
    let missing = text::clean(&map.missing);
    let note =
        (is_missing && !missing.is_empty()).then(|| format!("Cells without colour: {missing}."));
    let notes: Vec<String> = note.into_iter().collect();
    let body = frame::draw(sheet, &map.frame, &notes)?;
    let style = axis::tick_style(sheet);
    let cap = sheet.sizes.label * theme::CAP_HEIGHT;
    let titles_top = scale_place(sheet, body).bottom + sheet.px(SCALE_GAP) + 2.0 * cap;
    let y_title = axis::title_style(sheet);
    let words = text::clean(&map.y.title);
    let words = text::fit(sheet.fonts(), &words, y_title, body.width());
    sheet.text(&words, (body.left, titles_top), y_title, Anchor::Start)?;
    let widest = map.y.labels.iter();
    let widest = widest
        .map(|label| sheet.measure(label, style))
        .fold(0.0, f64::max);
    let most = body.width() * 0.3;
    let grid = Rect {
        left: body.left + widest.min(most) + sheet.px(TICK_GAP),
        top: titles_top + sheet.px(TICK_GAP),
        right: body.right,
        bottom: body.bottom - sheet.px(TITLE_DROP) - 2.0,
    };
    let numbered = has_room(sheet, &cells, grid);
    if numbered {
        // A line through numbers helps to read neither.
        cells.contours.clear();
    }
    draw_scale(sheet, map, &cells, body)?;
    draw_cells(sheet, map, &cells, grid)?;
    for &level in &cells.contours {
        draw_contour(sheet, &cells, grid, level)?;
    }
    if numbered {
        label_cells(sheet, map, &cells, grid)?;
    }
    label_rows(sheet, &map.y, grid, widest.min(most))?;
    label_columns(sheet, &map.x, grid)
}

/// The numbers behind it.
pub fn numbers(map: &HeatMap) -> Numbers {
    let mut numbers = Numbers::new(&[&map.y.title, &map.x.title, &map.quantity]);
    for (y, row) in map.y.labels.iter().zip(&map.values) {
        for (x, value) in map.x.labels.iter().zip(row) {
            let value = value.map_or(Value::Empty, |value| map.measure.data(value));
            numbers
                .rows
                .push(vec![table::text(y), table::text(x), value]);
        }
    }
    numbers
}

/// The rectangle of a cell.
fn place(cells: &Cells, grid: Rect, x: usize, y: usize) -> Rect {
    let columns = cells.rows.first().map_or(1, Vec::len) as f64;
    let rows = cells.rows.len() as f64;
    let (width, height) = (grid.width() / columns, grid.height() / rows);
    Rect {
        left: grid.left + x as f64 * width,
        right: grid.left + (x + 1) as f64 * width,
        top: grid.bottom - (y + 1) as f64 * height,
        bottom: grid.bottom - y as f64 * height,
    }
}

fn middle(rect: Rect) -> (f64, f64) {
    (
        f64::midpoint(rect.left, rect.right),
        f64::midpoint(rect.top, rect.bottom),
    )
}

/// The coloured cells, with what a viewer says of each.
fn draw_cells(sheet: &Sheet<'_>, map: &HeatMap, cells: &Cells, grid: Rect) -> Drawn {
    for (y, row) in cells.rows.iter().enumerate() {
        for (x, value) in row.iter().enumerate() {
            let rect = place(cells, grid, x, y);
            let [column, row] = [&map.x.labels[x], &map.y.labels[y]].map(|key| text::clean(key));
            let said = match value {
                Some(value) => {
                    let fill = sheet.colours.sequential(cells.share(*value));
                    sheet.rectangle(rect, fill)?;
                    cells.measure.label(*value)
                }
                None if map.missing.is_empty() => "no value".to_owned(),
                None => text::clean(&map.missing),
            };
            sheet.hint(rect, &format!("{column}\n{row}\n{said}"))?;
        }
    }
    Ok(())
}

/// Whether each cell has room for its value.
fn has_room(sheet: &Sheet<'_>, cells: &Cells, grid: Rect) -> bool {
    let style = axis::tick_style(sheet);
    let values = cells.rows.iter().flatten().flatten();
    let widest = values
        .map(|value| sheet.measure(&cells.write(*value), style))
        .fold(0.0, f64::max);
    let one = place(cells, grid, 0, 0);
    widest + sheet.px(PAD) <= one.width() && sheet.sizes.label + sheet.px(PAD) / 2.0 <= one.height()
}

/// The values in the cells, and why there is none.
fn label_cells(sheet: &Sheet<'_>, map: &HeatMap, cells: &Cells, grid: Rect) -> Drawn {
    let style = axis::tick_style(sheet);
    let why = text::clean(super::studies::in_short(&map.missing));
    let width = sheet.measure(&why, style) + sheet.px(PAD);
    let why = match !why.is_empty() && width <= place(cells, grid, 0, 0).width() {
        true => why.as_str(),
        false => "–",
    };
    for (y, row) in cells.rows.iter().enumerate() {
        for (x, value) in row.iter().enumerate() {
            let Some(value) = *value else {
                let (at, level) = middle(place(cells, grid, x, y));
                let base = axis::centred(level, style.size);
                sheet.text(why, (at, base), style, Anchor::Middle)?;
                continue;
            };
            let fill = sheet.colours.sequential(cells.share(value));
            let style = TextStyle {
                colour: sheet.colours.on(fill),
                ..style
            };
            let (at, level) = middle(place(cells, grid, x, y));
            let base = axis::centred(level, style.size);
            let label = cells.write(value);
            sheet.text(&label, (at, base), style.halo(fill), Anchor::Middle)?;
        }
    }
    Ok(())
}

/// A contour through the middles of the cells, straight within each four of them.
fn draw_contour(sheet: &Sheet<'_>, cells: &Cells, grid: Rect, level: f64) -> Drawn {
    let columns = cells.rows.first().map_or(0, Vec::len);
    for y in 1..cells.rows.len() {
        for x in 1..columns {
            let corners = [(x - 1, y - 1), (x, y - 1), (x, y), (x - 1, y)].map(|(x, y)| {
                let value = cells.rows[y][x]?;
                Some((middle(place(cells, grid, x, y)), value))
            });
            let [Some(a), Some(b), Some(c), Some(d)] = corners else {
                continue;
            };
            let sides = [(a, b), (b, c), (c, d), (d, a)];
            let crossings: Vec<(f64, f64)> = sides
                .into_iter()
                .filter(|((_, from), (_, to))| (*from < level) != (*to < level))
                .map(|((p, from), (q, to))| {
                    let share = (level - from) / (to - from);
                    (p.0 + share * (q.0 - p.0), p.1 + share * (q.1 - p.1))
                })
                .collect();
            for pair in crossings.chunks_exact(2) {
                let outline = sheet.solid(sheet.colours.paper, 3.5);
                sheet.path(pair, outline)?;
            }
            for pair in crossings.chunks_exact(2) {
                sheet.path(pair, sheet.solid(sheet.colours.cap, 2.0))?;
            }
        }
    }
    Ok(())
}

/// Where the scale of colours lies with its numbers: beside the title, or below it
/// where there is no room.
fn scale_place(sheet: &Sheet<'_>, body: Rect) -> Rect {
    let (top, width) = if sheet.sizes.is_narrow() {
        (body.top + sheet.px(SCALE + SCALE_GAP / 2.0), body.width())
    } else {
        (body.top, body.width() / 2.0)
    };
    Rect {
        left: body.right - width.min(sheet.px(SCALE_WIDTH)),
        top,
        right: body.right,
        bottom: top + sheet.px(SCALE),
    }
}

/// What the colours mean, above the map: the quantity, the scale, its ends, and the
/// contours.
fn draw_scale(sheet: &Sheet<'_>, map: &HeatMap, cells: &Cells, body: Rect) -> Drawn {
    let style = axis::title_style(sheet);
    let numbers = axis::tick_style(sheet);
    let base = body.top + style.size * theme::CAP_HEIGHT;
    let contour: Vec<String> = cells
        .contours
        .iter()
        .map(|level| cells.measure.label(*level))
        .collect();
    let ends = [cells.low, cells.high].map(|value| cells.write(value));
    let widths = ends.clone().map(|end| sheet.measure(&end, numbers));
    let place = scale_place(sheet, body);
    let side = sheet.px(6.0);
    let scale = Rect {
        left: place.left + widths[0] + side,
        right: place.right - widths[1] - side,
        ..place
    };
    let room = if place.top > body.top {
        body.width()
    } else {
        place.left - sheet.px(12.0) - body.left
    };
    let title = cells.measure.title(&text::clean(&map.quantity));
    let title = text::fit(sheet.fonts(), &title, style, room);
    sheet.text(&title, (body.left, base), style, Anchor::Start)?;
    for shade in 0..SHADES {
        let part = |i: usize| scale.left + scale.width() * i as f64 / SHADES as f64;
        let rect = Rect {
            left: part(shade),
            // Each piece lies below the next one's edge, so that no seams show.
            right: (part(shade + 1) + 1.0).min(scale.right),
            ..scale
        };
        let share = shade as f64 / (SHADES - 1) as f64;
        sheet.rectangle(rect, sheet.colours.sequential(share))?;
    }
    let level = place.top + style.size * theme::CAP_HEIGHT;
    sheet.text(&ends[0], (scale.left - side, level), numbers, Anchor::End)?;
    sheet.text(
        &ends[1],
        (scale.right + side, level),
        numbers,
        Anchor::Start,
    )?;
    if contour.is_empty() {
        return Ok(());
    }
    let below = level + sheet.px(SCALE_GAP + 2.0);
    let style = sheet.label(sheet.colours.cap).bold();
    let noun = if contour.len() == 1 { "line" } else { "lines" };
    let words = format!("{noun}: {}", contour.join(", "));
    let words = text::fit(sheet.fonts(), &words, style, body.width() * 0.5);
    sheet.text(&words, (body.right, below), style, Anchor::End)
}

/// The values of the vertical key, as many as there is room for.
fn label_rows(sheet: &Sheet<'_>, key: &KeyAxis, grid: Rect, width: f64) -> Drawn {
    let style = axis::tick_style(sheet);
    let height = grid.height() / key.labels.len().max(1) as f64;
    let every = ((style.size + sheet.px(4.0)) / height).ceil().max(1.0) as usize;
    for (i, label) in key.labels.iter().enumerate().step_by(every) {
        let level = grid.bottom - (i as f64 + 0.5) * height;
        let words = text::fit(sheet.fonts(), &text::clean(label), style, width);
        let at = (
            grid.left - sheet.px(TICK_GAP),
            axis::centred(level, style.size),
        );
        sheet.text(&words, at, style, Anchor::End)?;
    }
    Ok(())
}

/// The values of the horizontal key below the map, and what it is.
fn label_columns(sheet: &Sheet<'_>, key: &KeyAxis, grid: Rect) -> Drawn {
    let style = axis::tick_style(sheet);
    let width = grid.width() / key.labels.len().max(1) as f64;
    let labels: Vec<String> = key.labels.iter().map(|label| text::clean(label)).collect();
    let widest = labels.iter().map(|label| sheet.measure(label, style));
    let widest = widest.fold(0.0, f64::max) + sheet.px(PAD);
    let every = (widest / width).ceil().max(1.0) as usize;
    let room = width * every as f64;
    let (left, right) = frame::sides(sheet);
    // The label of a group of columns stands below its middle one.
    let first = (every - 1) / 2;
    for (i, label) in labels.iter().enumerate().skip(first).step_by(every) {
        let x = grid.left + (i as f64 + 0.5) * width;
        let words = text::fit(sheet.fonts(), label, style, room);
        let half = sheet.measure(&words, style) / 2.0;
        if x - half >= left && x + half <= right {
            let at = (x, grid.bottom + sheet.px(LABEL_DROP));
            sheet.text(&words, at, style, Anchor::Middle)?;
        }
    }
    let style = axis::title_style(sheet);
    let words = text::fit(sheet.fonts(), &text::clean(&key.title), style, grid.width());
    let at = (
        f64::midpoint(grid.left, grid.right),
        grid.bottom + sheet.px(TITLE_DROP),
    );
    sheet.text(&words, at, style, Anchor::Middle)
}
