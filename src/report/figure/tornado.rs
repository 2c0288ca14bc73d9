//! What moves a quantity: a bar for each input, from the value at its low end to the
//! value at its high end; bars of shares, from zero; or the steps of a bridge.

use super::axis::{self, Ticks};
use super::canvas::Anchor;
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::studies::{Measure, Tornado, TornadoRow};
use super::table::{self, Numbers};
use super::{frame, text, theme};

#[cfg(test)]
pub use super::samples::studies::tornados as samples;

const MOST_ROWS: usize = 20;
const TICK_COUNT: usize = 5;
/// The share of the width that the inputs' names take at most.
const NAMES: f64 = 0.34;
const NAME_GAP: f64 = 10.0;
/// Room above the bars for the axis title.
const TITLE_ROOM: f64 = 24.0;
/// Room below them for numbers.
const NUMBERS: f64 = 24.0;
/// Height of a row.
const ROW: f64 = 34.0;
/// The share of a row that its bar takes.
const FILLED: f64 = 0.56;
const LABEL_GAP: f64 = 5.0;
const LABEL_DROP: f64 = 17.0;
const TICK_LENGTH: f64 = 5.0;
/// Of the dot of a bridge's level.
const LEVEL_RADIUS: f64 = 4.5;
const LARGEST: f64 = 1e100;
/// An axis about a single value extends this far, relative to it.
const LONE_SPAN: f64 = 0.05;

/// A bar in the unit of the axis.
struct Bar<'t> {
    row: &'t TornadoRow,
    low: Option<f64>,
    high: f64,
    part: Option<f64>,
    error: f64,
}

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, tornado: &Tornado) -> Drawn {
    let usable = |row: &&TornadoRow| {
        let low = row.low.as_ref().map_or(0.0, |(value, _)| *value);
        row.high.0.abs() <= LARGEST && low.abs() <= LARGEST
    };
    let rows: Vec<&TornadoRow> = tornado.rows.iter().filter(usable).collect();
    if rows.is_empty() || tornado.base.is_nan() {
        return super::statement(sheet, &tornado.frame, &[], "No inputs to show.");
    }
    let ends = rows.iter().flat_map(|row| ends(row));
    let largest = ends.map(f64::abs).fold(tornado.base.abs(), f64::max);
    let (measure, factor) = tornado.measure.scaled(largest);
    let bars: Vec<Bar<'_>> = rows
        .iter()
        .take(MOST_ROWS)
        .map(|row| Bar {
            row,
            low: row.low.as_ref().map(|(value, _)| value * factor),
            high: row.high.0 * factor,
            part: row.part.map(|part| part * factor),
            error: row.std_error.filter(|e| e.is_finite()).unwrap_or(0.0) * factor,
        })
        .collect();
    let mut notes = Vec::new();
    let left_out: Vec<String> = rows
        .iter()
        .skip(MOST_ROWS)
        .map(|row| text::clean(&row.label))
        .collect();
    if !left_out.is_empty() {
        notes.push(format!("Not shown: {}.", left_out.join("; ")));
    }
    if bars.iter().any(|bar| bar.error > 0.0) {
        notes.push("Whiskers: ± 2 standard errors.".to_owned());
    }
    notes.extend(tornado.notes.iter().map(|note| text::clean(note)));
    let height = bars.len() as f64 * ROW + TITLE_ROOM + NUMBERS;
    let body = frame::draw_low(sheet, &tornado.frame, &notes, sheet.px(height))?;
    draw_bars(sheet, tornado, &bars, &measure, tornado.base * factor, body)
}

/// The numbers behind it: a line for each input; where bars are no swings, the low end is empty.
pub fn numbers(tornado: &Tornado) -> Numbers {
    let columns = [
        "input",
        "low",
        "low_label",
        "base",
        "high",
        "high_label",
        "part",
        "std_error",
    ];
    let mut numbers = Numbers::new(&columns);
    for row in &tornado.rows {
        let (low, said) = row
            .low
            .as_ref()
            .map_or((f64::NAN, ""), |(low, said)| (*low, said));
        numbers.rows.push(vec![
            table::text(&row.label),
            table::number(low),
            table::text(said),
            table::number(tornado.base),
            table::number(row.high.0),
            table::text(&row.high.1),
            table::number(row.part.unwrap_or(f64::NAN)),
            table::number(row.std_error.unwrap_or(f64::NAN)),
        ]);
    }
    numbers
}

/// The ends of a row's bar.
fn ends(row: &TornadoRow) -> impl Iterator<Item = f64> {
    let low = row.low.as_ref().map(|(value, _)| *value);
    low.into_iter().chain([row.high.0])
}

fn draw_bars(
    sheet: &Sheet<'_>,
    tornado: &Tornado,
    bars: &[Bar<'_>],
    measure: &Measure,
    base: f64,
    body: Rect,
) -> Drawn {
    let name_style = sheet.label(sheet.colours.ink);
    let names = bars.iter().map(|bar| text::clean(&bar.row.label));
    let names: Vec<String> = names
        .map(|name| text::fit(sheet.fonts(), &name, name_style, body.width() * NAMES))
        .collect();
    let name_width = names
        .iter()
        .map(|name| sheet.measure(name, name_style))
        .fold(0.0, f64::max);
    let end_style = sheet.label(sheet.colours.text);
    let label = |words: &str| text::clean(words);
    let widest = |of: &dyn Fn(&Bar<'_>) -> String| {
        let widths = bars.iter().map(|bar| sheet.measure(&of(bar), end_style));
        widths.fold(0.0, f64::max) + sheet.px(LABEL_GAP) + 1.0
    };
    let high_width = widest(&|bar| label(&bar.row.high.1));
    let low_width = widest(&|bar| {
        let low = bar.row.low.as_ref();
        low.map_or_else(String::new, |(_, words)| label(words))
    });
    let has_two_ends = bars.iter().any(|bar| bar.low.is_some());
    let (before, after) = if tornado.is_bridge {
        (0.0, high_width)
    } else if has_two_ends {
        // Labels stand at either end of a bar, whichever way it goes.
        (low_width.max(high_width), low_width.max(high_width))
    } else if bars.iter().any(|bar| bar.high < base) {
        (high_width, high_width)
    } else {
        (0.0, high_width)
    };
    let left = body.left + name_width + sheet.px(NAME_GAP);
    let room = body.right - left;
    // Labels at one end only may take more.
    let most = if before > 0.0 { 0.3 } else { 0.45 };
    let side = |wanted: f64| wanted.min(room * most);
    let top = body.top + sheet.px(TITLE_ROOM);
    let rect = Rect {
        left: left + side(before),
        right: body.right - side(after),
        top,
        bottom: body.bottom - sheet.px(NUMBERS),
    };
    let values = bars
        .iter()
        .flat_map(|bar| {
            [
                bar.low.unwrap_or(base),
                bar.high,
                bar.high + 2.0 * bar.error,
            ]
        })
        .chain([base]);
    let (low, high) = values.fold((base, base), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    // Bars without length still stand on an axis about their base.
    let room = if low < high {
        0.0
    } else {
        low.abs().max(1.0) * LONE_SPAN
    };
    let (low, high) = (low - room, high + room);
    let ticks = Ticks::between(low, high, TICK_COUNT);
    let panel = sheet.panel(rect, low.min(ticks.low)..high.max(ticks.high), 0.0..1.0);
    let title = measure.title(&text::clean(&tornado.quantity));
    let title_style = axis::title_style(sheet);
    let title = text::fit(sheet.fonts(), &title, title_style, body.width());
    let at = (body.left, body.top + title_style.size * theme::CAP_HEIGHT);
    sheet.text(&title, at, title_style, Anchor::Start)?;
    draw_axis(sheet, &panel, &ticks, (low, high))?;
    let height = rect.height() / bars.len() as f64;
    for (i, (bar, name)) in bars.iter().zip(&names).enumerate() {
        let middle = rect.top + (i as f64 + 0.5) * height;
        let at = (
            body.left + name_width,
            axis::centred(middle, name_style.size),
        );
        sheet.text(name, at, name_style, Anchor::End)?;
        let row = Rect {
            top: middle - height * FILLED / 2.0,
            bottom: middle + height * FILLED / 2.0,
            ..rect
        };
        let side = side(before.max(after));
        if tornado.is_bridge {
            let below = i + 1 < bars.len();
            draw_step(
                sheet,
                &panel,
                bar,
                row,
                (side, if below { height } else { 0.0 }),
            )?;
        } else {
            draw_bar(sheet, &panel, bar, base, row, side)?;
        }
        let said = said(measure, bar, name);
        let whole = Rect {
            left: body.left,
            right: body.right,
            ..row
        };
        sheet.hint(whole, &said)?;
    }
    if tornado.is_bridge {
        return Ok(());
    }
    let x = panel.x(base);
    sheet.rule(
        (x, rect.top),
        (x, rect.bottom),
        sheet.solid(sheet.colours.ink, 1.25),
    )
}

fn said(measure: &Measure, bar: &Bar<'_>, name: &str) -> String {
    let end =
        |value: f64, words: &str| format!("\n{}: {}", text::clean(words), measure.label(value));
    let mut said = name.to_owned();
    if let (Some(value), Some((_, words))) = (bar.low, &bar.row.low) {
        said.push_str(&end(value, words));
    }
    said.push_str(&end(bar.high, &bar.row.high.1));
    said
}

fn draw_axis(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    ticks: &Ticks,
    (low, high): (f64, f64),
) -> Drawn {
    let rect = panel.rect;
    let style = axis::tick_style(sheet);
    let shown = ticks.values.iter().copied();
    let shown: Vec<f64> = shown
        .filter(|value| (low.min(ticks.low)..=high.max(ticks.high)).contains(value))
        .collect();
    let widest = shown
        .iter()
        .map(|value| sheet.measure(&ticks.label(*value), style))
        .fold(0.0, f64::max);
    let apart = rect.width() / shown.len().saturating_sub(1).max(1) as f64;
    let every = ((widest + sheet.px(6.0)) / apart).ceil().max(1.0) as usize;
    for (i, &value) in shown.iter().enumerate() {
        let x = panel.x(value);
        sheet.rule(
            (x, rect.top),
            (x, rect.bottom),
            sheet.solid(sheet.colours.grid, 1.0),
        )?;
        let end = rect.bottom + sheet.px(TICK_LENGTH);
        sheet.rule(
            (x, rect.bottom),
            (x, end),
            sheet.solid(sheet.colours.axis, 1.0),
        )?;
        if i % every == 0 {
            let at = (x, rect.bottom + sheet.px(LABEL_DROP));
            sheet.text(&ticks.label(value), at, style, Anchor::Middle)?;
        }
    }
    Ok(())
}

/// A step of a bridge from its low to its high end, its words beside it, a hairline from
/// its end down to the next row; a level as a dot. What falls has the other colour.
fn draw_step(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    bar: &Bar<'_>,
    row: Rect,
    (room, down): (f64, f64),
) -> Drawn {
    let colours = sheet.colours;
    let (from, to) = (bar.low.unwrap_or(bar.high), bar.high);
    let middle = f64::midpoint(row.top, row.bottom);
    if down > 0.0 {
        let x = panel.x(to);
        let stroke = sheet.solid(colours.mark, 1.0);
        sheet.rule((x, middle), (x, middle + down), stroke)?;
    }
    let is_level = from == to;
    if is_level {
        sheet.circle(
            (panel.x(to), middle),
            sheet.px(LEVEL_RADIUS),
            colours.strong,
        )?;
    } else {
        let stretch = Rect {
            left: panel.x(from.min(to)),
            right: panel.x(from.max(to)),
            ..row
        };
        let fill = if to < from { colours.cap } else { colours.bar };
        sheet.rectangle(stretch, fill)?;
    }
    let mut beyond = panel.x(from.max(to));
    if is_level {
        beyond += sheet.px(LEVEL_RADIUS);
    }
    if bar.error > 0.0 {
        let (low, high) = (to - 2.0 * bar.error, to + 2.0 * bar.error);
        let stroke = sheet.solid(colours.ink, 1.25);
        sheet.rule((panel.x(low), middle), (panel.x(high), middle), stroke)?;
        beyond = beyond.max(panel.x(high));
    }
    let style = sheet.label(colours.text).halo(colours.paper);
    let gap = sheet.px(LABEL_GAP);
    let words = text::clean(&bar.row.high.1);
    let words = text::fit(sheet.fonts(), &words, style, room - gap);
    let at = (beyond + gap, axis::centred(middle, style.size));
    sheet.text(&words, at, style, Anchor::Start)
}

/// The bar with the words of its ends beyond them: the low end lighter.
fn draw_bar(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    bar: &Bar<'_>,
    base: f64,
    row: Rect,
    room: f64,
) -> Drawn {
    let colours = sheet.colours;
    let stretch = |from: f64, to: f64| Rect {
        left: panel.x(from.min(to)),
        right: panel.x(from.max(to)),
        ..row
    };
    if let Some(low) = bar.low {
        sheet.rectangle(stretch(base, low), colours.band_inner)?;
    }
    let fill = match bar.part {
        Some(_) => colours.band_inner,
        None => colours.bar,
    };
    sheet.rectangle(stretch(base, bar.high), fill)?;
    if let Some(part) = bar.part {
        sheet.rectangle(stretch(base, part), colours.strong)?;
    }
    let middle = f64::midpoint(row.top, row.bottom);
    let mut beyond = bar.high;
    if bar.error > 0.0 {
        let (from, to) = (bar.high - 2.0 * bar.error, bar.high + 2.0 * bar.error);
        let stroke = sheet.solid(colours.ink, 1.25);
        sheet.rule((panel.x(from), middle), (panel.x(to), middle), stroke)?;
        beyond = to;
    }
    let style = sheet.label(colours.text).halo(colours.paper);
    let level = axis::centred(middle, style.size);
    let gap = sheet.px(LABEL_GAP);
    let mut ends = vec![(beyond, bar.row.high.1.as_str())];
    if let (Some(low), Some((_, words))) = (bar.low, &bar.row.low) {
        ends.push((low, words.as_str()));
    }
    // Of two ends on one side of the base, the inner is named on the other side.
    let one_sided = ends.len() == 2 && (ends[0].0 >= base) == (ends[1].0 >= base);
    ends.sort_by(|a, b| (b.0 - base).abs().total_cmp(&(a.0 - base).abs()));
    for (i, (value, words)) in ends.into_iter().enumerate() {
        let other_side = one_sided && i == 1;
        let rightwards = (value >= base) != other_side;
        let value = if other_side { base } else { value };
        let words = text::fit(sheet.fonts(), &text::clean(words), style, room - gap);
        let x = panel.x(value);
        if rightwards {
            sheet.text(&words, (x + gap, level), style, Anchor::Start)?;
        } else {
            sheet.text(&words, (x - gap, level), style, Anchor::End)?;
        }
    }
    Ok(())
}
