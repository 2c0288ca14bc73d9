//! How standard errors fall as paths are added: small panels above one another, one for
//! each quantity, on one axis of paths. Both axes are logarithmic, so that a power of the
//! paths is a straight line and what a further digit costs can be read off.

use super::axis;
use super::canvas::Anchor;
use super::data::{Convergence, ConvergencePanel, ConvergenceSeries};
use super::doublings::{self, Doublings};
use super::end_labels::{self, EndLabel};
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::table::{self, Numbers};
use super::{frame, text};
use crate::report::answer;
use crate::report::table::Value;
use crate::units::{Money, decimals_for};

#[cfg(test)]
pub use super::samples::convergence::all as samples;

const MAX_PANELS: usize = 3;
const LEGEND: &str = "Standard errors of this run's estimates; both axes are logarithmic.";
const TWO: &str = "Smooth: one coordinate of each point is integrated exactly. Counted: every \
                   point is one path. Both are made from the same points.";
/// An error of 0 has no place on the axis.
const EXACT: &str = "No error: the same on every path.";
/// Errors beyond this are no numbers to draw.
const LARGEST: f64 = 1e18;
/// Height for each decade that is labelled.
const TICK_ROOM: f64 = 17.0;
const TITLE_HEIGHT: f64 = 21.0;
const PANEL_GAP: f64 = 16.0;
const MAX_LABEL_WIDTH: f64 = 170.0;
const DOT_RADIUS: f64 = 2.5;

/// A series with its points, in doublings of a path and decades of the unit.
type Placed<'a> = (&'a ConvergenceSeries, Vec<(f64, f64)>);

/// A quantity's errors.
struct Errors<'a> {
    title: String,
    series: Vec<Placed<'a>>,
    /// The decades that the axis spans.
    decades: (i32, i32),
    is_probability: bool,
    money: &'a Money,
}

/// Draws the figure.
pub fn draw(sheet: &Sheet<'_>, convergence: &Convergence) -> Drawn {
    let shown = convergence.panels.iter().take(MAX_PANELS);
    let left_out = convergence.panels.iter().skip(MAX_PANELS);
    let all = shown.clone().flat_map(|panel| &panel.series);
    let paths = all.flat_map(|series| series.steps.iter().map(|step| step.paths));
    let Some(doublings) = Doublings::new(paths.filter(|paths| *paths > 0).collect()) else {
        return super::statement(sheet, &convergence.frame, &[], "No estimates to show.");
    };
    let errors: Vec<Errors<'_>> = shown
        .map(|panel| Errors::new(panel, &convergence.money))
        .collect();
    let mut notes = vec![LEGEND.to_owned()];
    if errors.iter().any(|one| one.series.len() > 1) {
        notes.push(TWO.to_owned());
    }
    notes.extend(left_out.map(|panel| format!("Not shown: {}.", text::clean(&panel.quantity))));
    let body = frame::draw(sheet, &convergence.frame, &notes)?;

    let count = errors.len() as f64;
    let heights = body.height() - sheet.px(doublings::HEIGHT) - sheet.px(PANEL_GAP) * (count - 1.0);
    let height = heights / count - sheet.px(TITLE_HEIGHT);
    let most = ((height / sheet.px(TICK_ROOM)) as usize).max(1);
    let numbers = errors.iter().flat_map(|one| one.ticks(most));
    let widest = numbers
        .map(|(_, label)| sheet.measure(&label, axis::tick_style(sheet)))
        .fold(0.0, f64::max);
    let plot_left = body.left + widest + sheet.px(axis::TICK_GAP);
    let room = errors
        .iter()
        .map(|one| end_labels::room(sheet, &one.labels(sheet), sheet.px(MAX_LABEL_WIDTH)))
        .fold(0.0, f64::max);
    let domain = doublings.domain;
    for (i, one) in errors.iter().enumerate() {
        let top = body.top + i as f64 * (sheet.px(TITLE_HEIGHT) + height + sheet.px(PANEL_GAP));
        axis::draw_title(sheet, &one.title, (body.left, top), body.width())?;
        let rect = Rect {
            left: plot_left,
            top: top + sheet.px(TITLE_HEIGHT),
            right: body.right - room,
            bottom: top + sheet.px(TITLE_HEIGHT) + height,
        };
        let (low, high) = one.decades;
        let panel = sheet.panel(rect, domain.0..domain.1, f64::from(low)..f64::from(high));
        one.draw(sheet, &panel, most)?;
        doublings.draw_base(sheet, rect)?;
        if i + 1 == errors.len() {
            doublings.draw(sheet, &panel)?;
        }
    }
    Ok(())
}

/// The numbers behind it.
pub fn numbers(convergence: &Convergence) -> Numbers {
    let mut numbers = Numbers::new(&["quantity", "estimator", "paths", "mean", "std_error"]);
    for panel in &convergence.panels {
        for series in &panel.series {
            for step in &series.steps {
                numbers.rows.push(vec![
                    table::text(&panel.quantity),
                    table::text(series.name),
                    Value::Count(step.paths),
                    table::number(step.mean),
                    table::number(step.std_error),
                ]);
            }
        }
    }
    numbers
}

impl<'a> Errors<'a> {
    fn new(panel: &'a ConvergencePanel, money: &'a Money) -> Self {
        let factor = match panel.is_probability {
            true => 100.0,
            false => 1.0,
        };
        let place = |series: &'a ConvergenceSeries| {
            let steps = series.steps.iter().filter(|step| step.paths > 0);
            let mut points: Vec<(f64, f64)> = steps
                .map(|step| (doublings::place(step.paths), step.std_error * factor))
                .filter(|(_, error)| *error > 0.0 && *error <= LARGEST)
                .map(|(x, error)| (x, error.log10()))
                .collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            (series, points)
        };
        let series: Vec<_> = panel.series.iter().map(place).collect();
        let values = series.iter().flat_map(|(_, points)| points);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, y)| {
            (low.min(*y), high.max(*y))
        });
        let decades = match low <= high {
            true => (
                low.floor() as i32,
                (high.ceil() as i32).max(low.floor() as i32 + 1),
            ),
            false => (-1, 0),
        };
        let quantity = text::clean(&panel.quantity);
        Self {
            title: match panel.is_probability {
                true => format!("{quantity}: standard error in percentage points"),
                false => format!("{quantity}: standard error"),
            },
            series,
            decades,
            is_probability: panel.is_probability,
            money,
        }
    }

    /// Decades in as even steps as at most so many numbers allow, each with its number.
    fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        let (low, high) = self.decades;
        let step = ((high - low) as usize + 1).div_ceil(most.max(3)).max(1);
        (low..=high)
            .rev()
            .step_by(step)
            .map(|decade| (f64::from(decade), self.amount(10_f64.powi(decade))))
            .collect()
    }

    /// An error as it is written.
    fn amount(&self, error: f64) -> String {
        match self.is_probability {
            true => axis::number(error, decimals_for(error, 1)),
            false => self.money.format_suited(error),
        }
    }

    /// What stands beside the last point of each series; the first is the run's own.
    fn labels(&self, sheet: &Sheet<'_>) -> Vec<EndLabel> {
        let label = |(i, (series, points)): (usize, &Placed<'_>)| {
            let (_, last) = points.last()?;
            let error = 10_f64.powf(*last);
            let error = match self.is_probability {
                true => self.amount(error),
                false => answer::error(self.money, error),
            };
            let style = match i {
                0 => sheet.label(sheet.colours.strong).bold(),
                _ => sheet.label(sheet.colours.muted),
            };
            Some(EndLabel {
                value: *last,
                text: match self.series.len() {
                    1 => format!("±\u{a0}{error}"),
                    _ => format!("{} ±\u{a0}{error}", series.name),
                },
                style,
            })
        };
        self.series.iter().enumerate().filter_map(label).collect()
    }

    fn draw(&self, sheet: &Sheet<'_>, panel: &Panel<'_>, most: usize) -> Drawn {
        let (left, right) = (panel.rect.left, panel.rect.right);
        if self.series.iter().all(|(_, points)| points.is_empty()) {
            let middle = f64::midpoint(panel.rect.top, panel.rect.bottom);
            let style = axis::title_style(sheet);
            let words = text::fit(sheet.fonts(), EXACT, style, right - left);
            let at = (left, axis::centred(middle, style.size));
            return sheet.text(&words, at, style, Anchor::Start);
        }
        for (decade, label) in self.ticks(most) {
            let y = panel.y(decade);
            sheet.rule((left, y), (right, y), sheet.solid(sheet.colours.grid, 1.0))?;
            let style = axis::tick_style(sheet);
            let at = (
                left - sheet.px(axis::TICK_GAP),
                axis::centred(y, style.size),
            );
            sheet.text(&label, at, style, Anchor::End)?;
        }
        // The run's own on top.
        for (i, (_, points)) in self.series.iter().enumerate().rev() {
            let colour = match i {
                0 => sheet.colours.strong,
                _ => sheet.colours.mark,
            };
            panel.curve(points.iter().copied(), sheet.solid(colour, 1.5))?;
            for point in points {
                let radius = sheet.sizes.line(DOT_RADIUS);
                sheet.circle(panel.place(*point), radius, colour)?;
            }
        }
        let most = sheet.px(MAX_LABEL_WIDTH);
        end_labels::draw(sheet, panel, self.labels(sheet), most)
    }
}
