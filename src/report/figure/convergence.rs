//! How estimates settle as paths are added: small panels above one another, one
//! for each quantity, on one logarithmic axis of paths.
//!
//! The vertical axes do not begin at zero, since what is shown is the scatter
//! about the last estimate; they leave out the error of the first, the widest,
//! which would flatten the rest.

use super::axis::{self, Scale, Ticks};
use super::canvas::{Anchor, TextStyle};
use super::data::{Convergence, ConvergencePanel, ConvergenceStep};
use super::doublings::{self, Doublings};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::{frame, text};
use crate::units::{Money, decimals_for};

const MAX_PANELS: usize = 3;
const LEGEND: &str = "Dots: estimates. Whiskers: ± 1 standard error. Band: ± 2 standard errors. \
                      Dashed: the last estimate.";
const CLIPPED: &str = "Whiskers without an end go on beyond the scale.";

/// With fewer steps than this the axis covers the first error too.
const FEW_STEPS: usize = 3;
/// Blank space above and below the data, as a share of the axis.
const PADDING: f64 = 0.06;
/// An axis about a single value extends this far, relative to it.
const LONE_SPAN: f64 = 0.01;
/// Axes shorter than this, relative to their numbers, would show rounding.
const SHORTEST: f64 = 1e-9;
/// Estimates beyond this are no numbers to draw.
const LARGEST: f64 = 1e100;
/// Height for each number of a vertical axis.
const TICK_ROOM: f64 = 28.0;
const TITLE_HEIGHT: f64 = 21.0;
const PANEL_GAP: f64 = 16.0;
const LABEL_GAP: f64 = 10.0;
const MAX_LABEL_WIDTH: f64 = 170.0;
const LABEL_LEADING: f64 = 15.0;
const DOT_RADIUS: f64 = 3.0;
const WHISKER_END: f64 = 3.5;

/// A quantity in the unit of its axis.
struct Series {
    title: String,
    points: Vec<Point>,
    ticks: Ticks,
    /// The last estimate and its error.
    last: [String; 2],
}

/// An estimate in the unit of its axis.
#[derive(Clone, Copy)]
struct Point {
    /// Doublings since a single path.
    x: f64,
    mean: f64,
    /// None where it is not known.
    error: Option<f64>,
}

impl Point {
    fn ends(self) -> [f64; 2] {
        let error = self.error.unwrap_or(0.0);
        [self.mean - error, self.mean + error]
    }
}

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, convergence: &Convergence) -> Drawn {
    let shown = convergence.panels.iter().take(MAX_PANELS);
    let left_out = convergence.panels.iter().skip(MAX_PANELS);
    let steps = shown.clone().flat_map(|panel| &panel.steps);
    let paths = steps.filter(|step| is_usable(step)).map(|step| step.paths);
    let Some(doublings) = Doublings::new(paths.collect()) else {
        return super::statement(sheet, &convergence.frame, &[], "No estimates to show.");
    };
    // The number of ticks depends on the height, which depends on the notes,
    // which depend on the axes' ends; these do not change with the ticks.
    let mut series: Vec<Series> = shown
        .map(|panel| Series::new(panel, &convergence.money))
        .collect();
    let mut notes = vec![LEGEND.to_owned()];
    if series.iter().any(Series::is_clipped) {
        notes.push(CLIPPED.to_owned());
    }
    notes.extend(left_out.map(|panel| format!("Not shown: {}.", text::clean(&panel.quantity))));
    let body = frame::draw(sheet, &convergence.frame, &notes)?;

    let count = series.len() as f64;
    let heights = body.height() - sheet.px(doublings::HEIGHT) - sheet.px(PANEL_GAP) * (count - 1.0);
    let height = heights / count - sheet.px(TITLE_HEIGHT);
    let tick_count = ((height / sheet.px(TICK_ROOM)) as usize).clamp(1, 6);
    for one in &mut series {
        one.ticks = fewer(&one.ticks, tick_count);
    }
    let numbers = series.iter().map(|one| one.ticks.width(sheet));
    let plot_left = body.left + numbers.fold(0.0, f64::max) + sheet.px(axis::TICK_GAP);
    let labels = series.iter().flat_map(|one| &one.last);
    let widest = labels
        .map(|label| sheet.measure(label, value_style(sheet)))
        .fold(0.0, f64::max);
    let plot_right = body.right - widest.min(sheet.px(MAX_LABEL_WIDTH)) - sheet.px(LABEL_GAP);
    let domain = doublings.domain;
    for (i, one) in series.iter().enumerate() {
        let top = body.top + i as f64 * (sheet.px(TITLE_HEIGHT) + height + sheet.px(PANEL_GAP));
        axis::draw_title(sheet, &one.title, (body.left, top), body.width())?;
        let rect = Rect {
            left: plot_left,
            top: top + sheet.px(TITLE_HEIGHT),
            right: plot_right,
            bottom: top + sheet.px(TITLE_HEIGHT) + height,
        };
        let panel = sheet.panel(rect, domain.0..domain.1, one.ticks.low..one.ticks.high);
        one.draw(sheet, &panel)?;
        doublings.draw_base(sheet, rect)?;
        if i + 1 == series.len() {
            doublings.draw(sheet, &panel)?;
        }
    }
    Ok(())
}

fn is_usable(step: &ConvergenceStep) -> bool {
    step.paths > 0 && step.mean.abs() <= LARGEST
}

fn value_style(sheet: &Sheet<'_>) -> TextStyle {
    sheet.label(sheet.colours.strong).bold()
}

/// About `count` numbers on the same axis.
fn fewer(ticks: &Ticks, count: usize) -> Ticks {
    Ticks::within(ticks.low, ticks.high, count)
}

impl Series {
    fn new(panel: &ConvergencePanel, money: &Money) -> Self {
        let mut steps: Vec<ConvergenceStep> = panel.steps.clone();
        steps.retain(is_usable);
        steps.sort_by_key(|step| step.paths);
        let largest = steps.iter().map(|step| step.mean.abs()).fold(0.0, f64::max);
        let scale = Scale::for_amounts(money, largest);
        let factor = if panel.is_probability {
            100.0
        } else {
            scale.factor
        };
        let points: Vec<Point> = steps
            .iter()
            .map(|step| Point {
                x: doublings::place(step.paths),
                mean: step.mean * factor,
                error: Some(step.std_error * factor)
                    .filter(|error| (0.0..=LARGEST).contains(error)),
            })
            .collect();
        let last = steps.last().map(|step| {
            let (value, error) = (step.mean * factor, step.std_error * factor);
            if panel.is_probability {
                last_estimate(value, error, |value, decimals| match decimals {
                    Some(decimals) => format!("{}\u{a0}%", axis::number(value, decimals)),
                    None => axis::of_outcomes(step.mean),
                })
            } else {
                last_estimate(value, error, |value, decimals| match decimals {
                    Some(decimals) => scale.money.format(value, decimals),
                    None => scale.money.format_short(value),
                })
            }
        });
        let quantity = text::clean(&panel.quantity);
        let bounds = panel.is_probability.then_some((0.0, 100.0));
        let (low, high) = range(&points, bounds);
        Self {
            title: if panel.is_probability {
                format!("{quantity}, %")
            } else {
                scale.title(&quantity)
            },
            points,
            ticks: Ticks {
                low,
                high,
                ..Ticks::between(low, high, 1)
            },
            last: last.unwrap_or_default(),
        }
    }

    /// Whether a whisker goes on beyond the axis.
    fn is_clipped(&self) -> bool {
        let inside = self.ticks.low..=self.ticks.high;
        let mut ends = self.points.iter().flat_map(|point| point.ends());
        ends.any(|end| !inside.contains(&end))
    }

    fn draw(&self, sheet: &Sheet<'_>, panel: &Panel<'_>) -> Drawn {
        let Some(last) = self.points.last() else {
            return Ok(());
        };
        self.draw_band(sheet, panel)?;
        self.ticks.draw_vertical(sheet, panel)?;
        let (left, right) = (panel.rect.left, panel.rect.right);
        let level = panel.y(last.mean);
        let dashes = sheet.dashed(sheet.colours.mark, 1.0, 5.0, 3.0);
        sheet.rule((left, level), (right, level), dashes)?;
        let means = self.points.iter().map(|point| (point.x, point.mean));
        panel.curve(means, sheet.solid(sheet.colours.band_edge, 1.25))?;

        let steps = self.points.windows(2);
        let apart = steps
            .map(|pair| panel.x(pair[1].x) - panel.x(pair[0].x))
            .fold(f64::INFINITY, f64::min);
        let radius = (apart / 4.0).clamp(1.0, sheet.sizes.line(DOT_RADIUS));
        for point in &self.points {
            self.draw_whisker(sheet, panel, *point, radius)?;
        }
        for point in &self.points {
            sheet.circle(
                panel.place((point.x, point.mean)),
                radius,
                sheet.colours.strong,
            )?;
        }
        self.draw_last(sheet, panel.rect, level)
    }

    /// Two errors to either side, wherever steps next to each other have one.
    fn draw_band(&self, sheet: &Sheet<'_>, panel: &Panel<'_>) -> Drawn {
        for run in self.points.split(|point| point.error.is_none()) {
            let edge = |errors: f64| {
                let at =
                    |point: &Point| (point.x, point.mean + errors * point.error.unwrap_or(0.0));
                let points: Vec<(f64, f64)> = run.iter().map(at).collect();
                clipped(&points, self.ticks.low, self.ticks.high)
            };
            if run.len() > 1 {
                let outline = edge(2.0).into_iter().chain(edge(-2.0).into_iter().rev());
                panel.fill(outline, sheet.colours.area)?;
            }
        }
        Ok(())
    }

    fn draw_whisker(
        &self,
        sheet: &Sheet<'_>,
        panel: &Panel<'_>,
        point: Point,
        radius: f64,
    ) -> Drawn {
        let stroke = sheet.solid(sheet.colours.strong, 1.25);
        let (x, middle) = panel.place((point.x, point.mean));
        for end in point.ends() {
            let y = panel.y(end);
            let is_inside = (self.ticks.low..=self.ticks.high).contains(&end);
            // What the dot hides needs no line.
            if (y - middle).abs() <= radius && is_inside {
                continue;
            }
            sheet.path(&[(x, middle), (x, y)], stroke)?;
            if is_inside {
                let half = sheet.sizes.line(WHISKER_END) * radius / sheet.sizes.line(DOT_RADIUS);
                sheet.path(&[(x - half, y), (x + half, y)], stroke)?;
            }
        }
        Ok(())
    }

    /// The last estimate at the right end of its line, its error below.
    fn draw_last(&self, sheet: &Sheet<'_>, rect: Rect, level: f64) -> Drawn {
        let styles = [value_style(sheet), sheet.label(sheet.colours.text)];
        let lines: Vec<_> = self.last.iter().zip(styles).collect();
        let below = sheet.px(LABEL_LEADING) + sheet.sizes.label / 2.0;
        let highest = (rect.bottom - below).max(rect.top);
        let middle = level.clamp(rect.top.min(highest), highest);
        for (i, (words, style)) in lines.into_iter().enumerate() {
            let words = text::fit(sheet.fonts(), words, style, sheet.px(MAX_LABEL_WIDTH));
            let base = axis::centred(middle + i as f64 * sheet.px(LABEL_LEADING), style.size);
            let at = (rect.right + sheet.px(LABEL_GAP), base);
            sheet.text(&words, at, style, Anchor::Start)?;
        }
        Ok(())
    }
}

/// The ends of a vertical axis: all estimates, and their errors but for the first.
fn range(points: &[Point], bounds: Option<(f64, f64)>) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (i, point) in points.iter().enumerate() {
        let is_covered = i > 0 || points.len() < FEW_STEPS;
        let [least, most] = if is_covered {
            point.ends()
        } else {
            [point.mean; 2]
        };
        low = low.min(least);
        high = high.max(most);
    }
    if low > high {
        return (0.0, 1.0);
    }
    let size = low.abs().max(high.abs());
    if high - low <= size * SHORTEST {
        let room = if size > 0.0 { size * LONE_SPAN } else { 1.0 };
        (low, high) = (low - room, high + room);
    } else {
        let room = (high - low) * PADDING;
        (low, high) = (low - room, high + room);
    }
    match bounds {
        Some((least, most)) if least < high && low < most => (low.max(least), high.min(most)),
        _ => (low, high),
    }
}

/// A line cut off at `low` and `high`, with a point wherever it leaves or enters.
fn clipped(points: &[(f64, f64)], low: f64, high: f64) -> Vec<(f64, f64)> {
    let mut out = Vec::with_capacity(points.len());
    for (i, &(x, y)) in points.iter().enumerate() {
        if let Some(&(from_x, from_y)) = i.checked_sub(1).and_then(|before| points.get(before)) {
            let bounds = if y > from_y { [low, high] } else { [high, low] };
            for bound in bounds {
                let share = (bound - from_y) / (y - from_y);
                if share > 0.0 && share < 1.0 {
                    out.push((from_x + share * (x - from_x), bound));
                }
            }
        }
        out.push((x, y.clamp(low, high)));
    }
    out
}

/// An estimate to the last digit its error leaves certain, and the error. Without
/// an error `write` chooses the decimals.
fn last_estimate(
    value: f64,
    error: f64,
    write: impl Fn(f64, Option<usize>) -> String,
) -> [String; 2] {
    const MAX_DECIMALS: usize = 8;
    if !error.is_finite() || error < 0.0 {
        return [write(value, None), String::new()];
    }
    if error == 0.0 {
        return [write(value, None), "±\u{a0}0".to_owned()];
    }
    let decimals = decimals_for(error, 1).min(MAX_DECIMALS);
    let least = 10_f64.powi(-(MAX_DECIMALS as i32));
    let error = if error < least {
        format!("<\u{a0}{}", axis::number(least, MAX_DECIMALS))
    } else {
        axis::number(error, decimals)
    };
    [write(value, Some(decimals)), format!("±\u{a0}{error}")]
}
