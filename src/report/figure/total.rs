//! How the total paid is distributed: a histogram of what is less than the cap,
//! and beside it the share that pays the cap in full, which on the histogram's
//! scale would dwarf everything.

use super::axis::{self, Scale, TICK_GAP, Ticks};
use super::bars::{self, Bar};
use super::canvas::{Anchor, Stroke, TextStyle};
use super::column::{self, Share};
use super::data::{CapMass, Total};
use super::font::Weight;
use super::histogram::{self, Histogram};
use super::marks::{self, Mark, Marks};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::{frame, text, theme};

const TICK_COUNT: usize = 5;
const AMOUNT_TICK_COUNT: usize = 7;
const MEDIAN: f64 = 50.0;
const AXIS_TITLE_HEIGHT: f64 = 24.0;
/// Room below the plot for amounts and their title.
const AMOUNTS_HEIGHT: f64 = 42.0;
const COLUMN_GAP: f64 = 34.0;
/// From the amounts to the flat bar below them.
const FLAT_GAP: f64 = 12.0;
const BAR_GAP: f64 = 0.06;
const MARK_ROWS: usize = 6;
const HEADROOM: f64 = 0.04;
/// Amounts this close, relatively, are the same.
const SAME: f64 = 1e-9;

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, total: &Total) -> Drawn {
    let at_cap = total
        .at_cap
        .as_ref()
        .filter(|cap| cap.value.is_finite() && cap.probability.is_finite());
    let largest = total
        .bins
        .iter()
        .flat_map(|bin| [bin.low, bin.high])
        .chain(at_cap.map(|cap| cap.value))
        .filter(|amount| amount.is_finite())
        .fold(0.0, |largest: f64, amount| largest.max(amount.abs()));
    let scale = Scale::for_amounts(&total.money, largest);
    let Histogram {
        bars,
        domain,
        above,
    } = histogram::shown(total, scale.factor, at_cap.map(|cap| cap.value));
    let ticks =
        Ticks::from_zero(bars.iter().map(|bar| bar.value), TICK_COUNT).with_headroom(HEADROOM);

    let (left, right) = frame::sides(sheet);
    let narrow = sheet.sizes.is_narrow();
    let shares = at_cap.map(|cap| shares(sheet, total, cap));
    let plot_left = left + ticks.width(sheet) + sheet.px(TICK_GAP);
    // Beside a column the labels must not run into it.
    let (plot_right, marks_room) = match at_cap {
        Some(_) if !narrow => (
            right - sheet.px(column::ROOM) - sheet.px(COLUMN_GAP),
            sheet.px(COLUMN_GAP) / 2.0,
        ),
        _ => (right, 0.0),
    };
    let x = |amount: f64| {
        plot_left + (plot_right - plot_left) * (amount - domain.0) / (domain.1 - domain.0)
    };
    let (values, mut notes) = marked_values(sheet, total);
    if let Some((probability, amount)) = above {
        notes.push(format!(
            "Not shown: {} of futures, which pay more than {}.",
            axis::of_futures(probability),
            scale.money.format_short(amount)
        ));
    }
    let mut outside = Vec::new();
    let mut marks = Vec::new();
    for value in values {
        let amount = value.amount * scale.factor;
        if amount >= domain.0 && amount <= domain.1 && !bars.is_empty() {
            marks.push(value.mark(x(amount)));
        } else {
            outside.push(value.label);
        }
    }
    if !outside.is_empty() {
        notes.push(format!("Not on the axis: {}.", outside.join("; ")));
    }
    let marks = Marks::place(
        sheet,
        marks,
        (plot_left, plot_right + marks_room),
        MARK_ROWS,
    );
    notes.extend(marks::note_left_out(&marks));

    let body = frame::draw(sheet, &total.frame, &notes)?;
    let flat = shares.as_ref().filter(|_| narrow).map(|shares| Rect {
        top: body.bottom - column::flat_height(sheet, body.width(), shares),
        ..body
    });
    let below = flat.map_or(0.0, |flat| body.bottom - flat.top + sheet.px(FLAT_GAP));
    let panel = sheet.panel(
        Rect {
            left: plot_left,
            top: body.top + sheet.px(AXIS_TITLE_HEIGHT) + marks.height(sheet),
            right: plot_right,
            bottom: body.bottom - sheet.px(AMOUNTS_HEIGHT) - below,
        },
        domain.0..domain.1,
        ticks.low..ticks.high,
    );
    if bars.is_empty() {
        let words = if at_cap.is_some_and(|cap| cap.probability > 0.0) {
            "No simulated future pays less than the cap."
        } else {
            "No amounts to show."
        };
        super::empty(sheet, panel.rect, words)?;
    } else {
        let title_base = body.top + sheet.sizes.label * theme::CAP_HEIGHT;
        draw_histogram(sheet, &panel, &ticks, &bars, &scale, title_base)?;
        draw_amounts(
            sheet,
            &panel,
            domain,
            &scale.title(&text::clean(&total.quantity)),
        )?;
        marks.draw_lines(sheet, panel.rect.top, panel.rect.bottom)?;
        marks.draw_labels(sheet, panel.rect.top)?;
    }
    let Some(shares) = shares else {
        return Ok(());
    };
    if let Some(flat) = flat {
        return column::draw_flat(sheet, flat, &shares);
    }
    let room = Rect {
        left: plot_right + sheet.px(COLUMN_GAP),
        right,
        ..panel.rect
    };
    column::draw(sheet, room, &shares)
}

/// What pays less than the cap and what pays it.
fn shares(sheet: &Sheet<'_>, total: &Total, cap: &CapMass) -> [Share; 2] {
    let probability = cap.probability.clamp(0.0, 1.0);
    let what = if cap.in_part {
        "the rest of the cap"
    } else {
        "the full cap"
    };
    [
        Share {
            probability: 1.0 - probability,
            fill: sheet.colours.bar,
            ink: sheet.colours.strong,
            words: "pay less".to_owned(),
        },
        Share {
            probability,
            fill: sheet.colours.cap,
            ink: sheet.colours.cap,
            words: format!("pay {what}, {}", total.money.format_short(cap.value)),
        },
    ]
}

struct Value {
    amount: f64,
    label: String,
    style: TextStyle,
    stroke: Stroke,
}

impl Value {
    fn mark(self, x: f64) -> Mark {
        Mark {
            x,
            label: self.label,
            style: self.style,
            stroke: self.stroke,
        }
    }
}

/// The mean, then the percentiles from the highest, those of one value together;
/// and a note on those that are the cap.
fn marked_values(sheet: &Sheet<'_>, total: &Total) -> (Vec<Value>, Vec<String>) {
    let plain = sheet.label(sheet.colours.text);
    let amount = |value: f64| total.money.format_short(value);
    let mut values = vec![Value {
        amount: total.mean,
        label: format!("mean: {}", amount(total.mean)),
        style: sheet.label(sheet.colours.ink).bold(),
        stroke: sheet.solid(sheet.colours.ink, 1.25),
    }];
    let mut percentiles = total.percentiles.clone();
    percentiles.sort_by(|a, b| a.0.total_cmp(&b.0));
    let cap = total.at_cap.as_ref().map(|cap| cap.value);
    let same = |a: f64, b: f64| (a - b).abs() <= a.abs().max(b.abs()) * SAME;
    let mut notes = Vec::new();
    for group in percentiles.chunk_by(|a, b| same(a.1, b.1)) {
        let percents: Vec<f64> = group.iter().map(|(percent, _)| *percent).collect();
        let value = group[0].1;
        let name = axis::percentiles(&percents);
        if cap.is_some_and(|cap| same(cap, value)) {
            notes.push(format!("At the cap: {name}."));
            continue;
        }
        let (style, stroke) = if percents.contains(&MEDIAN) {
            (
                sheet.label(sheet.colours.strong).bold(),
                sheet.solid(sheet.colours.strong, 1.25),
            )
        } else {
            (plain, marks::line_style(sheet))
        };
        values.push(Value {
            amount: value,
            label: format!("{name}: {}", amount(value)),
            style,
            stroke,
        });
    }
    // The median has the first choice of a place after the mean.
    values[1..].sort_by(|a, b| {
        let rank = |value: &Value| value.style.weight == Weight::Regular;
        rank(a).cmp(&rank(b)).then(b.amount.total_cmp(&a.amount))
    });
    values.retain(|value| value.amount.is_finite());
    (values, notes)
}

fn draw_histogram(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    ticks: &Ticks,
    bars: &[Bar],
    scale: &Scale,
    title_base: f64,
) -> Drawn {
    ticks.draw_vertical(sheet, panel)?;
    bars::draw(sheet, panel, bars, BAR_GAP, sheet.colours.bar)?;
    hint_bars(sheet, panel, bars, scale)?;
    let base = sheet.solid(sheet.colours.axis, 1.0);
    let rect = panel.rect;
    sheet.rule((rect.left, rect.bottom), (rect.right, rect.bottom), base)?;
    // What lies at zero may cut the first; all others are of one width.
    let widths = bars.iter().map(|bar| bar.to - bar.from);
    let width = widths.fold(0.0, f64::max);
    let title = if width > 0.0 {
        format!("Probability per {}, %", scale.money.format_short(width))
    } else {
        "Probability, %".to_owned()
    };
    let (left, _) = frame::sides(sheet);
    sheet.text(
        &title,
        (left, title_base),
        axis::title_style(sheet),
        Anchor::Start,
    )
}

/// What each bar says, over the height of the plot.
fn hint_bars(sheet: &Sheet<'_>, panel: &Panel<'_>, bars: &[Bar], scale: &Scale) -> Drawn {
    for bar in bars {
        let words = format!(
            "{} to {}\n{} of futures",
            scale.money.format_short(bar.from),
            scale.money.format_short(bar.to),
            axis::of_futures(bar.value / 100.0)
        );
        let rect = Rect {
            left: panel.x(bar.from),
            right: panel.x(bar.to),
            ..panel.rect
        };
        sheet.hint(rect, &words)?;
    }
    Ok(())
}

/// Ticks, amounts and their title below the plot.
fn draw_amounts(sheet: &Sheet<'_>, panel: &Panel<'_>, domain: (f64, f64), title: &str) -> Drawn {
    const TICK_LENGTH: f64 = 5.0;
    const LABEL_DROP: f64 = 17.0;
    const TITLE_DROP: f64 = 36.0;
    let ticks = Ticks::between(domain.0, domain.1, AMOUNT_TICK_COUNT);
    let rect = panel.rect;
    let shown = ticks
        .values
        .iter()
        .filter(|value| **value >= domain.0 && **value <= domain.1);
    for &value in shown {
        let x = panel.x(value);
        let stroke = sheet.solid(sheet.colours.axis, 1.0);
        sheet.rule(
            (x, rect.bottom),
            (x, rect.bottom + sheet.px(TICK_LENGTH)),
            stroke,
        )?;
        let at = (x, rect.bottom + sheet.px(LABEL_DROP));
        sheet.text(
            &ticks.label(value),
            at,
            axis::tick_style(sheet),
            Anchor::Middle,
        )?;
    }
    let style = axis::title_style(sheet);
    let title = text::fit(sheet.fonts(), title, style, rect.width());
    let at = (
        f64::midpoint(rect.left, rect.right),
        rect.bottom + sheet.px(TITLE_DROP),
    );
    sheet.text(&title, at, style, Anchor::Middle)
}
