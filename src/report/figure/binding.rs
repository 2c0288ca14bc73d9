//! When the cap binds: the probability of each period above, the cumulative one
//! below, and beside it how much of certainty is left.
//!
//! Two panels share one time axis, since two scales in one plot suggest a
//! relation between curves that is only one of scales.

use super::axis::{self, Ticks};
use super::bars::{self, Bar};
use super::calendar::{self, Calendar};
use super::canvas::{Anchor, Stroke, TextStyle};
use super::column::{self, Share};
use super::data::Binding;
use super::labels::{self, Wish};
use super::marks::{self, Mark, Marks};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::{frame, text, theme};
use crate::units::Date;

const TICK_COUNT: usize = 4;
const MEDIAN: f64 = 50.0;
/// Share of the height that the upper panel takes.
const UPPER_SHARE: f64 = 0.5;
const AXIS_TITLE_HEIGHT: f64 = 20.0;
/// From the upper panel to the lower one's title.
const PANEL_GAP: f64 = 24.0;
const COLUMN_GAP: f64 = 26.0;
const BAR_GAP: f64 = 0.16;
/// Bars at least this wide carry their percentage.
const LABELLED_BAR: f64 = 38.0;
const HEADROOM: f64 = 0.1;
const CURVE_WIDTH: f64 = 2.4;
const LABEL_HEIGHT: f64 = 15.0;

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, binding: &Binding) -> Drawn {
    let (Some(first), Some(last)) = (binding.bars.first(), binding.bars.last()) else {
        let body = frame::draw(sheet, &binding.frame, &[])?;
        return super::empty(sheet, body, "No dates to show.");
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
    let upper_ticks =
        Ticks::from_zero(bars.iter().map(|bar| bar.value), TICK_COUNT).with_headroom(HEADROOM);
    let lower_ticks = Ticks::between(0.0, 100.0, TICK_COUNT);

    let (left, right) = frame::sides();
    let numbers = upper_ticks.width(sheet).max(lower_ticks.width(sheet));
    let plot_left = left + numbers + axis::TICK_GAP;
    let plot_right = right - column::ROOM - COLUMN_GAP;
    let x = |day: f64| plot_left + (plot_right - plot_left) * day / calendar.days();
    let median = median_mark(binding, &calendar, x);
    let marked = median.is_some();
    let (milestones, mut notes) = marks::milestones(&binding.milestones, &calendar, x);
    let all = median.into_iter().chain(milestones).collect();
    let marks = Marks::place(sheet, all, plot_left, right);
    notes.extend(marks::note_left_out(&marks));

    let body = frame::draw(sheet, &binding.frame, &notes)?;
    let top = body.top + AXIS_TITLE_HEIGHT + marks.height();
    let bottom = body.bottom - calendar.height();
    let heights = bottom - top - PANEL_GAP - AXIS_TITLE_HEIGHT;
    let split = top + heights * UPPER_SHARE;
    let rect = |top, bottom| Rect {
        left: plot_left,
        top,
        right: plot_right,
        bottom,
    };
    let days = 0.0..calendar.days();
    let lower_top = split + PANEL_GAP + AXIS_TITLE_HEIGHT;
    let upper = sheet.panel(rect(top, split), days.clone(), upper_ticks.low..upper_ticks.high);
    let lower = sheet.panel(rect(lower_top, bottom), days, 0.0..100.0);

    upper_ticks.draw_vertical(sheet, &upper)?;
    marks.draw_lines(sheet, top, bottom)?;
    bars::draw(sheet, &upper, &bars, BAR_GAP, theme::BAR)?;
    label_bars(sheet, &upper, binding, &bars)?;
    let base = Stroke::solid(theme::AXIS_LINE, 1.0);
    sheet.rule((plot_left, split), (plot_right, split), base)?;
    let span = text::clean(&binding.bar_span);
    let titles = [
        (body.top, format!("Probability that the cap binds in each {span}, %")),
        (split + PANEL_GAP, "Probability that it has bound by then, %".to_owned()),
    ];
    for (title_top, title) in titles {
        let at = (left, title_top + theme::AXIS_TITLE_SIZE * theme::CAP_HEIGHT);
        let style = axis::title_style().halo();
        let title = text::fit(sheet.fonts(), &title, style, body.width());
        sheet.text(&title, at, style, Anchor::Start)?;
    }
    marks.draw_labels(sheet, top)?;
    if binding.bars.iter().all(|bar| share(bar.probability) == 0.0) {
        super::empty(sheet, upper.rect, "The cap binds in no future.")?;
    }

    draw_cumulative(sheet, &lower, &lower_ticks, binding, &calendar, marked)?;
    marks.draw_lines(sheet, split, bottom)?;
    calendar.draw(sheet, &lower)?;
    draw_column(sheet, lower_top, bottom, plot_right + COLUMN_GAP, last.end, binding)
}

fn share(probability: f64) -> f64 {
    if probability.is_nan() {
        0.0
    } else {
        probability.clamp(0.0, 1.0)
    }
}

fn median_mark(
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
        label: format!("Median {}", calendar::month_and_year(date)),
        style: TextStyle::new(theme::LABEL_SIZE, theme::STRONG).bold(),
        stroke: Stroke::solid(theme::STRONG, 1.25),
    })
}

fn label_bars(sheet: &Sheet<'_>, panel: &Panel<'_>, binding: &Binding, bars: &[Bar]) -> Drawn {
    let style = TextStyle::new(theme::LABEL_SIZE, theme::TEXT).halo();
    for (bar, source) in bars.iter().zip(&binding.bars) {
        let (left, right) = (panel.x(bar.from), panel.x(bar.to));
        if right - left >= LABELLED_BAR && bar.value > 0.0 {
            let at = (f64::midpoint(left, right), panel.y(bar.value) - 5.0);
            let label = axis::percent(source.probability);
            sheet.text(&label, at, style, Anchor::Middle)?;
        }
    }
    Ok(())
}

/// The cumulative curve through the ends of the bars and the quantiles.
fn draw_cumulative(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    ticks: &Ticks,
    binding: &Binding,
    calendar: &Calendar,
    median_marked: bool,
) -> Drawn {
    let quantiles: Vec<(f64, Date)> = binding
        .quantiles
        .iter()
        .filter_map(|(percent, date)| Some((*percent, (*date)?)))
        .filter(|(percent, date)| percent.is_finite() && calendar.locate(*date).is_eq())
        .collect();
    let ends = binding
        .bars
        .iter()
        .map(|bar| (calendar.end_of(bar.end), 100.0 * share(bar.cumulative)));
    let dated = quantiles
        .iter()
        .map(|(percent, date)| (calendar.end_of(*date), *percent));
    let mut points: Vec<(f64, f64)> = std::iter::once((0.0, 0.0)).chain(ends).chain(dated).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut highest = 0.0_f64;
    for point in &mut points {
        highest = highest.max(point.1);
        point.1 = highest;
    }
    let area = points
        .iter()
        .copied()
        .chain([(calendar.days(), 0.0), (0.0, 0.0)]);
    panel.fill(area, theme::AREA)?;
    ticks.draw_vertical(sheet, panel)?;
    let stroke = Stroke::solid(theme::STRONG, CURVE_WIDTH);
    panel.curve(points.iter().copied(), stroke)?;
    label_quantiles(sheet, panel, &quantiles, calendar, median_marked)
}

/// Dots on the curve; their labels in the blank above a rising curve, or, where
/// it rises at once, below it.
fn label_quantiles(
    sheet: &Sheet<'_>,
    panel: &Panel<'_>,
    quantiles: &[(f64, Date)],
    calendar: &Calendar,
    median_marked: bool,
) -> Drawn {
    const DOT: f64 = 3.5;
    const GAP: f64 = 9.0;
    let style = TextStyle::new(theme::LABEL_SIZE, theme::STRONG);
    let mut sides: [Vec<(f64, f64, String)>; 2] = [Vec::new(), Vec::new()];
    for (percent, date) in quantiles {
        let (x, y) = panel.place((calendar.end_of(*date), *percent));
        sheet.circle((x, y), DOT + 1.5, theme::PAPER)?;
        sheet.circle((x, y), DOT, theme::STRONG)?;
        if *percent == MEDIAN && median_marked {
            continue;
        }
        let label = format!("{percent}\u{a0}%: {}", calendar::month_and_year(*date));
        let room = x - GAP - sheet.measure(&label, style) > panel.rect.left;
        sides[usize::from(!room)].push((x, y, label));
    }
    for (rightwards, mut side) in [false, true].into_iter().zip(sides) {
        side.sort_by(|a, b| a.1.total_cmp(&b.1));
        let wishes: Vec<Wish> = side
            .iter()
            .map(|(_, y, _)| Wish {
                middle: *y,
                height: LABEL_HEIGHT,
            })
            .collect();
        let rect = panel.rect;
        let middles = labels::spread(&wishes, rect.top - LABEL_HEIGHT, rect.bottom);
        for ((x, _, label), middle) in side.iter().zip(middles) {
            let base = axis::centred(middle, style.size);
            if rightwards {
                sheet.text(label, (x + GAP, base), style, Anchor::Start)?;
            } else {
                sheet.text(label, (x - GAP, base), style.halo(), Anchor::End)?;
            }
        }
    }
    Ok(())
}

fn draw_column(
    sheet: &Sheet<'_>,
    top: f64,
    bottom: f64,
    left: f64,
    end: Date,
    binding: &Binding,
) -> Drawn {
    let not_reached = share(binding.not_reached);
    let room = Rect {
        left,
        top,
        right: left + column::ROOM,
        bottom,
    };
    let shares = [
        Share {
            probability: 1.0 - not_reached,
            fill: theme::BAR,
            ink: theme::STRONG,
            words: format!("cap binds by {}", calendar::month_and_year(end)),
        },
        Share {
            probability: not_reached,
            fill: theme::NEUTRAL,
            ink: theme::TEXT,
            words: "cap not reached".to_owned(),
        },
    ];
    column::draw(sheet, room, &shares)
}
