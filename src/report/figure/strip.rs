//! What happens when: each agreement as a bar from its effective date to its expiry,
//! on it when the cap is reached, milestones above and fiscal years below.

use super::calendar::{self, Calendar};
use super::canvas::{Anchor, TextStyle};
use super::curves::pairs;
use super::data::{Strip, StripRow};
use super::marks::{self, Mark, Marks};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::table::{self, Numbers};
use super::{axis, frame, text, theme};
use crate::report::table::Value;
use crate::units::Date;

#[cfg(test)]
pub use super::samples::strips as samples;

/// Height of an agreement's bar, for labels of 12 pixels.
const BAR: f64 = 18.0;
/// From a row's words to its bar.
const WORDS_GAP: f64 = 5.0;
/// Between rows, and from the last to the axis.
const ROW_GAP: f64 = 14.0;
/// Height of the band of fiscal years.
const FISCAL: f64 = 20.0;
const FISCAL_GAP: f64 = 6.0;
const MARK_ROWS: usize = 6;
const WORD_LINES: usize = 3;
/// How far the line of a median sticks out of its bar.
const STICK: f64 = 3.0;
/// Blank space about words that a line would cross.
const CLEAR: f64 = 5.0;
const MEDIAN: f64 = 50.0;
const DAYS_PER_YEAR: f64 = 365.25;

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, strip: &Strip) -> Drawn {
    let Some(calendar) = whole_years(strip) else {
        return super::statement(sheet, &strip.frame, &[], "No dates to show.");
    };
    let (left, right) = frame::sides(sheet);
    let x = |day: f64| left + (right - left) * day / calendar.days();
    let marks = milestones(sheet, strip, &calendar, x);
    let marks = Marks::place(sheet, marks, (left, right), MARK_ROWS);
    let key = key(strip);
    let notes: Vec<String> = key
        .into_iter()
        .chain(marks::note_left_out(&marks))
        .collect();

    let words: Vec<Vec<(String, TextStyle)>> = strip
        .rows
        .iter()
        .map(|row| words(sheet, row, right - left))
        .collect();
    let leading = sheet.sizes.label * theme::LEADING;
    let height_of = |words: &[(String, TextStyle)]| {
        words.len() as f64 * leading + sheet.px(WORDS_GAP + BAR + ROW_GAP)
    };
    let rows_height: f64 = words.iter().map(|words| height_of(words)).sum();
    // Years too short for their names would be but a pattern.
    let per_year = (right - left) * DAYS_PER_YEAR / calendar.days();
    let fiscal_years = strip
        .fiscal_year_ends
        .filter(|_| per_year >= fiscal_width(sheet, &short_name(2000)));
    let fiscal_height = fiscal_years.map_or(0.0, |_| sheet.px(FISCAL_GAP + FISCAL));
    let marks_height = marks.height(sheet) + sheet.px(ROW_GAP);
    let height = marks_height + rows_height + calendar.height(sheet) + fiscal_height;
    let body = frame::draw_low(sheet, &strip.frame, &notes, height)?;
    let rect = Rect {
        top: body.top + marks_height,
        bottom: body.top + marks_height + rows_height,
        ..body
    };
    let panel = sheet.panel(rect, 0.0..calendar.days(), 0.0..1.0);
    marks.draw_lines(sheet, rect.top - sheet.px(ROW_GAP), rect.bottom)?;
    let mut top = rect.top;
    for (row, words) in strip.rows.iter().zip(&words) {
        let mut base = top;
        for (line, style) in words {
            base += leading;
            let at = (left, base - leading + style.size * theme::CAP_HEIGHT);
            // A milestone's line stops where it would run through the words.
            let end = left + sheet.measure(line, *style) + sheet.px(CLEAR);
            if marks.cross(left, end) {
                let clear = Rect {
                    left,
                    top: base - leading - sheet.px(CLEAR) / 2.0,
                    right: end,
                    bottom: base,
                };
                sheet.rectangle(clear, sheet.colours.paper)?;
            }
            sheet.text(line, at, style.halo(sheet.colours.paper), Anchor::Start)?;
        }
        let bar = Rect {
            top: base + sheet.px(WORDS_GAP),
            bottom: base + sheet.px(WORDS_GAP + BAR),
            ..rect
        };
        draw_bar(sheet, &panel, &calendar, row, bar)?;
        let said: Vec<&str> = words.iter().map(|(line, _)| line.as_str()).collect();
        let hint = Rect { top, ..bar };
        sheet.hint(hint, &said.join("\n"))?;
        top += height_of(words);
    }
    marks.draw_labels(sheet, rect.top - sheet.px(ROW_GAP))?;
    calendar.draw(sheet, &panel)?;
    match fiscal_years {
        Some(last_month) => {
            let top = rect.bottom + calendar.height(sheet) + sheet.px(FISCAL_GAP);
            draw_fiscal_years(sheet, &panel, &calendar, last_month, top)
        }
        None => Ok(()),
    }
}

/// The numbers behind it: a line for each percentile of each agreement, and one for each date marked.
pub fn numbers(strip: &Strip) -> Numbers {
    let mut numbers = Numbers::new(&["what", "from", "to", "percent", "ends_by"]);
    for row in &strip.rows {
        for (percent, end) in &row.ends {
            numbers.rows.push(vec![
                table::text(&row.label),
                Value::Date(row.from),
                Value::Date(row.to),
                table::number(*percent),
                table::date(*end),
            ]);
        }
    }
    for milestone in &strip.milestones {
        numbers.rows.push(vec![
            table::text(&milestone.label),
            Value::Date(milestone.date),
            Value::Date(milestone.date),
            Value::Empty,
            Value::Empty,
        ]);
    }
    numbers
}

/// What the shades and the line of the bars are.
fn key(strip: &Strip) -> Option<String> {
    let dated = |row: &&StripRow| row.ends.iter().any(|(_, date)| date.is_some());
    let row = strip.rows.iter().find(dated)?;
    let percents: Vec<f64> = row.ends.iter().map(|(percent, _)| *percent).collect();
    let pairs = pairs(&percents);
    let ends = |(low, high): &(usize, usize)| {
        format!("{}\u{a0}% to {}\u{a0}%", percents[*low], percents[*high])
    };
    let (shades, shade) = match pairs.as_slice() {
        [] => (String::new(), ""),
        [one] => (format!("Shaded: from {} of outcomes", ends(one)), "; "),
        all => {
            let named: Vec<String> = all.iter().map(ends).collect();
            let words = named.join(", darker ");
            (format!("Shaded: from {words} of outcomes"), "; ")
        }
    };
    let event = match (row.by_any, row.is_capped) {
        (true, _) => "has ended",
        (false, _) => "has reached its cap",
    };
    // Where the median is the expiry there is no line.
    let is_median = |(percent, date): &(f64, Option<Date>)| *percent == MEDIAN && date.is_some();
    match strip.rows.iter().any(|row| row.ends.iter().any(is_median)) {
        true => Some(format!(
            "{shades}{shade}line: in half of them sharing {event}."
        )),
        false => (!shades.is_empty()).then(|| format!("{shades}: sharing {event}.")),
    }
}

/// The calendar years that hold every date.
fn whole_years(strip: &Strip) -> Option<Calendar> {
    let rows = strip.rows.iter().flat_map(|row| [row.from, row.to]);
    let marked = strip.milestones.iter().map(|milestone| milestone.date);
    let dates: Vec<Date> = rows.chain(marked).collect();
    let (first, last) = (dates.iter().min()?, dates.iter().max()?);
    let start = Date::new(first.year(), 1, 1)?;
    let end = Date::new(last.year(), 12, 31)?;
    Some(Calendar::new(start, end))
}

/// Milestones with their dates, the last first.
fn milestones(
    sheet: &Sheet<'_>,
    strip: &Strip,
    calendar: &Calendar,
    x: impl Fn(f64) -> f64,
) -> Vec<Mark> {
    let mut sorted: Vec<_> = strip.milestones.iter().collect();
    sorted.sort_by_key(|milestone| std::cmp::Reverse(milestone.date));
    sorted
        .into_iter()
        .map(|milestone| Mark {
            x: x(calendar.end_of(milestone.date)),
            label: format!(
                "{}: {}",
                calendar::day(milestone.date),
                text::clean(&milestone.label)
            ),
            style: marks::label_style(sheet),
            stroke: marks::line_style(sheet),
        })
        .collect()
}

/// A row's name, its dates, and when it ends before them.
fn words(sheet: &Sheet<'_>, row: &StripRow, width: f64) -> Vec<(String, TextStyle)> {
    let name = text::clean(&row.label);
    let bold = sheet.label(sheet.colours.ink).bold();
    let plain = sheet.label(sheet.colours.text);
    let dates = format!("{} to {}", calendar::day(row.from), calendar::day(row.to));
    let median = row.ends.iter().find(|(percent, _)| *percent == MEDIAN);
    let (what, not) = match row.by_any {
        true => ("ends", "it ends by date"),
        false => ("cap reached", "the cap is not reached"),
    };
    let reached = match median {
        Some((_, None)) if row.is_capped || row.by_any => {
            format!("; in the median outcome {not}")
        }
        Some((_, Some(date))) => format!(
            "; {what} in {} in the median outcome{}",
            calendar::month_and_year(*date),
            outer(row)
        ),
        _ => String::new(),
    };
    let cap = if row.is_capped { "" } else { "; no cap" };
    let details = format!("{dates}{cap}{reached}.");
    let lines = |words: &str, style: TextStyle| {
        text::wrap(sheet.fonts(), words, style, width, WORD_LINES)
            .into_iter()
            .map(move |line| (line, style))
    };
    lines(&name, bold).chain(lines(&details, plain)).collect()
}

/// `, from Nov 2028 (5 %) to Dec 2030 (95 %)`
fn outer(row: &StripRow) -> String {
    let (Some(&(low, from)), Some(&(high, to))) = (row.ends.first(), row.ends.last()) else {
        return String::new();
    };
    let Some(from) = from.filter(|_| low < MEDIAN && high > MEDIAN) else {
        return String::new();
    };
    let end = match to {
        Some(date) => format!(
            "{} ({})",
            calendar::month_and_year(date),
            axis::percentile(high)
        ),
        None if row.by_any => format!("its expiry ({})", axis::percentile(high)),
        None => format!("not at all ({})", axis::percentile(high)),
    };
    format!(
        ", from {} ({}) to {end}",
        calendar::month_and_year(from),
        axis::percentile(low)
    )
}

/// The agreement's dates, on them the dates between percentiles of reaching the cap,
/// darker towards the median, which is a line.
fn draw_bar(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    calendar: &Calendar,
    row: &StripRow,
    bar: Rect,
) -> Drawn {
    let colours = sheet.colours;
    let stretch = |from: f64, to: f64| Rect {
        left: panel.x(from),
        right: panel.x(to),
        ..bar
    };
    let (from, to) = (calendar.start_of(row.from), calendar.end_of(row.to));
    sheet.rectangle(stretch(from, to), colours.grid)?;
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    for &(percent, date) in row.ends.iter().filter(|(percent, _)| *percent < MEDIAN) {
        let opposite = row.ends.iter().find(|(other, _)| *other == 100.0 - percent);
        // What is not reached by the expiry stays open to its end.
        if let (Some(date), Some((_, until))) = (date, opposite) {
            let until = until.map_or(to, |until| calendar.end_of(until));
            pairs.push((calendar.end_of(date), until));
        }
    }
    let count = pairs.len();
    for (i, (from, to)) in pairs.into_iter().enumerate() {
        let share = (i + 1) as f64 / count as f64;
        let fill = theme::blend(colours.band_outer, colours.bar, share);
        sheet.rectangle(stretch(from, to), fill)?;
    }
    let median = row.ends.iter().find(|(percent, _)| *percent == MEDIAN);
    if let Some((_, Some(date))) = median {
        let at = panel.x(calendar.end_of(*date));
        let stick = sheet.px(STICK);
        let stroke = sheet.solid(colours.strong, 2.4);
        sheet.rule((at, bar.top - stick), (at, bar.bottom + stick), stroke)?;
    }
    for day in [from, to] {
        let at = panel.x(day);
        sheet.rule(
            (at, bar.top),
            (at, bar.bottom),
            sheet.solid(colours.axis, 1.25),
        )?;
    }
    Ok(())
}

/// `FY 27`
fn short_name(year: i32) -> String {
    format!("FY\u{a0}{:02}", year.rem_euclid(100))
}

/// The room a fiscal year's name takes.
fn fiscal_width(sheet: &Sheet<'_>, name: &str) -> f64 {
    const PAD: f64 = 6.0;
    sheet.measure(name, axis::tick_style(sheet)) + sheet.px(PAD)
}

/// A band of fiscal years below the calendar, every other one shaded.
fn draw_fiscal_years(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    calendar: &Calendar,
    last_month: i8,
    top: f64,
) -> Drawn {
    let style = axis::tick_style(sheet);
    let bottom = top + sheet.px(FISCAL);
    let base = axis::centred(f64::midpoint(top, bottom), style.size);
    // One form of names for all, whatever the first and the last are cut to.
    let per_year = panel.rect.width() * DAYS_PER_YEAR / calendar.days();
    let whole_fit = fiscal_width(sheet, "FY\u{a0}2000") <= per_year;
    for (i, (from, to, year)) in calendar.fiscal_years(last_month).into_iter().enumerate() {
        let rect = Rect {
            left: panel.x(from),
            top,
            right: panel.x(to),
            bottom,
        };
        let fill = if i % 2 == 0 {
            sheet.colours.area
        } else {
            sheet.colours.paper
        };
        sheet.rectangle(rect, fill)?;
        let full = format!("FY\u{a0}{year}");
        let label = match whole_fit {
            true => full.clone(),
            false => short_name(year),
        };
        if fiscal_width(sheet, &label) <= rect.width() {
            let middle = f64::midpoint(rect.left, rect.right);
            sheet.text(&label, (middle, base), style, Anchor::Middle)?;
        }
        sheet.hint(rect, &full)?;
    }
    Ok(())
}
