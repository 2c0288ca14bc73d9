//! How the total paid is distributed: a histogram of what is less than the cap, and
//! at the cap a bar of those that pay it in full, broken where it would dwarf all
//! others.

use super::axis::{self, Scale, TICK_GAP, Ticks};
use super::bars::{self, Bar};
use super::canvas::{Anchor, Stroke, TextStyle};
use super::data::{CapMass, Total};
use super::font::Weight;
use super::histogram::{self, Histogram};
use super::marks::{self, Mark, Marks};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::table::{self, Numbers};
use super::{frame, text, theme};

#[cfg(test)]
pub use super::samples::totals as samples;

const TICK_COUNT: usize = 5;
const AMOUNT_TICK_COUNT: usize = 7;
const MEDIAN: f64 = 50.0;
const AXIS_TITLE_HEIGHT: f64 = 24.0;
/// Room below the plot for amounts and their title.
const AMOUNTS_HEIGHT: f64 = 42.0;
/// The bar at the cap is broken where it is so many times higher than all others.
const BREAK: f64 = 2.5;
/// Room above the other bars for a broken one, as a share of the axis.
const BROKEN_ROOM: f64 = 0.3;
/// The least width of the bar at the cap, as a share of the axis.
const LEAST_CAP_BAR: f64 = 0.02;
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
        .filter(|cap| cap.value.is_finite() && cap.probability > 0.0);
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
        below,
        above,
    } = histogram::shown(total, scale.factor, at_cap.map(|cap| cap.value));
    if bars.is_empty() {
        let words = match at_cap {
            Some(cap) => format!(
                "{} simulated outcome pays {}, {}: there is no distribution to show.",
                match cap.probability < 1.0 - SAME {
                    true => "Almost every",
                    false => "Every",
                },
                what(cap),
                total.money.format_suited(cap.value)
            ),
            None => "No amounts to show.".to_owned(),
        };
        return super::statement(sheet, &total.frame, &[], &words);
    }
    // All bins are of one width but for the first, which zero may cut.
    let width = bars.last().map_or(0.0, |bar| bar.to - bar.from);
    let cap_bar = at_cap.map(|cap| Bar {
        from: cap.value * scale.factor,
        to: cap.value * scale.factor + width.max((domain.1 - domain.0) * LEAST_CAP_BAR),
        value: 100.0 * cap.probability.min(1.0),
    });
    let domain = (
        domain.0,
        cap_bar.map_or(domain.1, |bar| bar.to.max(domain.1)),
    );
    let highest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let is_broken = cap_bar.is_some_and(|bar| bar.value > BREAK * highest);
    let heights = bars.iter().chain(cap_bar.iter().filter(|_| !is_broken));
    let ticks = Ticks::from_zero(heights.map(|bar| bar.value), TICK_COUNT);
    let ticks = ticks.with_headroom(if is_broken { BROKEN_ROOM } else { HEADROOM });

    let (left, right) = frame::sides(sheet);
    let plot_left = left + ticks.width(sheet) + sheet.px(TICK_GAP);
    let x =
        |amount: f64| plot_left + (right - plot_left) * (amount - domain.0) / (domain.1 - domain.0);
    let (values, mut notes) = marked_values(sheet, total, &scale);
    let cut = [(below, "less"), (above, "more")];
    for ((probability, amount), what) in
        cut.into_iter().filter_map(|(cut, what)| Some((cut?, what)))
    {
        notes.push(format!(
            "Not shown: {} of outcomes, which pay {what} than {}.",
            axis::of_outcomes(probability),
            scale.money.format_short(amount)
        ));
    }
    if is_broken {
        notes.push("The bar at the cap is cut: it is higher than the axis.".to_owned());
    }
    let mut outside = Vec::new();
    let mut marks = Vec::new();
    if let (Some(cap), Some(bar)) = (at_cap, cap_bar) {
        marks.push(cap_mark(
            sheet,
            total,
            cap,
            x(f64::midpoint(bar.from, bar.to)),
        ));
    }
    for value in values {
        let amount = value.amount * scale.factor;
        if amount >= domain.0 && amount <= domain.1 {
            marks.push(value.mark(x(amount)));
        } else {
            outside.push(value.label);
        }
    }
    if !outside.is_empty() {
        notes.push(format!("Not on the axis: {}.", outside.join("; ")));
    }
    let marks = Marks::place(sheet, marks, (plot_left, right), MARK_ROWS);
    notes.extend(marks::note_left_out(&marks));

    let body = frame::draw(sheet, &total.frame, &notes)?;
    let panel = sheet.panel(
        Rect {
            left: plot_left,
            top: body.top + sheet.px(AXIS_TITLE_HEIGHT) + marks.height(sheet),
            right,
            bottom: body.bottom - sheet.px(AMOUNTS_HEIGHT),
        },
        domain.0..domain.1,
        ticks.low..ticks.high,
    );
    sheet.means(&panel, None, (scale.factor, 100.0));
    let title_base = body.top + sheet.sizes.label * theme::CAP_HEIGHT;
    ticks.draw_vertical(sheet, &panel)?;
    marks.draw_lines(sheet, panel.rect.top, panel.rect.bottom)?;
    bars::draw(sheet, &panel, &bars, BAR_GAP, sheet.colours.bar)?;
    if let Some(bar) = cap_bar {
        draw_cap_bar(sheet, &panel, bar, is_broken)?;
    }
    marks.continue_lines(sheet, panel.rect.top, panel.rect.bottom)?;
    let all: Vec<Bar> = bars.iter().copied().chain(cap_bar).collect();
    hint_bars(sheet, &panel, &all, &scale)?;
    let base = sheet.solid(sheet.colours.axis, 1.0);
    let rect = panel.rect;
    sheet.rule((rect.left, rect.bottom), (rect.right, rect.bottom), base)?;
    let title = if width > 0.0 {
        format!("Probability per {}, %", scale.money.format_short(width))
    } else {
        "Probability, %".to_owned()
    };
    let at = (left, title_base);
    sheet.text(&title, at, axis::title_style(sheet), Anchor::Start)?;
    let title = scale.title(&text::clean(&total.quantity));
    draw_amounts(sheet, &panel, domain, &title)?;
    marks.draw_labels(sheet, panel.rect.top)
}

/// The numbers behind it: a line for each bin, for the mass at the cap, the mean and the percentiles.
pub fn numbers(total: &Total) -> Numbers {
    let mut numbers = Numbers::new(&["what", "from", "to", "probability"]);
    let mut line = |what: &str, from: f64, to: f64, probability: f64| {
        numbers.rows.push(vec![
            table::text(what),
            table::number(from),
            table::number(to),
            table::number(probability),
        ]);
    };
    for bin in &total.bins {
        line("bin", bin.low, bin.high, bin.probability);
    }
    if let Some(cap) = &total.at_cap {
        line("cap", cap.value, cap.value, cap.probability);
    }
    line("mean", total.mean, total.mean, f64::NAN);
    for (percent, value) in &total.percentiles {
        line(&format!("p{percent}"), *value, *value, percent / 100.0);
    }
    numbers
}

/// What is paid by those that pay the cap.
fn what(cap: &CapMass) -> &'static str {
    match cap.in_part {
        true => "the rest of the cap",
        false => "the full cap",
    }
}

/// The label of the bar at the cap, which has the first choice of a place.
fn cap_mark(sheet: &Sheet<'_>, total: &Total, cap: &CapMass, x: f64) -> Mark {
    Mark {
        x,
        label: format!(
            "{} pay {}, {}",
            axis::of_outcomes(cap.probability),
            what(cap),
            total.money.format_short(cap.value)
        ),
        style: sheet.label(sheet.colours.cap).bold(),
        stroke: sheet.solid(sheet.colours.cap, 1.25),
    }
}

/// The bar of those that pay the cap; one higher than the axis is broken.
fn draw_cap_bar(sheet: &Sheet<'_>, panel: &Panel<'_>, bar: Bar, is_broken: bool) -> Drawn {
    /// Where the break is, as a share of the height from the top.
    const PLACE: f64 = 0.14;
    const SLANT: f64 = 4.0;
    const GAP: f64 = 4.0;
    bars::draw(sheet, panel, &[bar], BAR_GAP, sheet.colours.cap)?;
    if !is_broken {
        return Ok(());
    }
    let (left, right) = (panel.x(bar.from) - 1.0, panel.x(bar.to) + 1.0);
    let y = panel.rect.top + panel.rect.height() * PLACE;
    let (slant, gap) = (sheet.px(SLANT), sheet.px(GAP));
    let outline = [
        (left, y + slant),
        (right, y - slant),
        (right, y - slant + gap),
        (left, y + slant + gap),
    ];
    sheet.polygon(&outline, sheet.colours.paper)
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
fn marked_values(sheet: &Sheet<'_>, total: &Total, scale: &Scale) -> (Vec<Value>, Vec<String>) {
    let plain = sheet.label(sheet.colours.text);
    let amount = |value: f64| scale.money.format_short(value * scale.factor);
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

/// What each bar says, over the height of the plot.
fn hint_bars(sheet: &Sheet<'_>, panel: &Panel<'_>, bars: &[Bar], scale: &Scale) -> Drawn {
    for bar in bars {
        let words = format!(
            "{} to {}\n{} of outcomes",
            scale.money.format_short(bar.from),
            scale.money.format_short(bar.to),
            axis::of_outcomes(bar.value / 100.0)
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
