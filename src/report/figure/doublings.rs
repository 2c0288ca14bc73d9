//! The logarithmic axis of paths, with a tick for each doubling.

use super::axis;
use super::canvas::Anchor;
use super::sheet::{Drawn, Panel, Rect, Sheet};
use super::text;

/// Room for the ticks, numbers and title below a panel.
pub const HEIGHT: f64 = 40.0;

const TITLE: &str = "Paths, logarithmic scale";
/// Blank space before the first and after the last step, in doublings.
const SIDE_ROOM: f64 = 0.4;
/// The least of it, as a share of the axis.
const LEAST_SIDE_ROOM: f64 = 0.02;
const TICK_LENGTH: f64 = 5.0;
const LABEL_DROP: f64 = 17.0;
const TITLE_DROP: f64 = 36.0;
/// Blank space between two numbers.
const LABEL_GAP: f64 = 12.0;

/// Numbers of paths, ascending.
pub struct Doublings {
    paths: Vec<u64>,
    /// The ends of the axis.
    pub domain: (f64, f64),
}

impl Doublings {
    /// An axis for these numbers of paths, in any order; none without any.
    pub fn new(mut paths: Vec<u64>) -> Option<Self> {
        paths.sort_unstable();
        paths.dedup();
        let (first, last) = (place(*paths.first()?), place(*paths.last()?));
        let room = SIDE_ROOM.max((last - first) * LEAST_SIDE_ROOM);
        Some(Self {
            paths,
            domain: (first - room, last + room),
        })
    }

    /// The base line of a panel.
    pub fn draw_base(&self, sheet: &Sheet<'_>, rect: Rect) -> Drawn {
        let base = sheet.solid(sheet.colours.axis, 1.0);
        sheet.rule((rect.left, rect.bottom), (rect.right, rect.bottom), base)
    }

    /// Ticks, numbers and title below a panel. As many numbers as there is room
    /// for, at equal steps and always with the last.
    pub fn draw(&self, sheet: &Sheet<'_>, panel: &Panel<'_>) -> Drawn {
        let style = axis::tick_style(sheet);
        let rect = panel.rect;
        let marks: Vec<(f64, String, f64)> = self
            .paths
            .iter()
            .rev()
            .map(|&paths| {
                let words = label(paths);
                let width = sheet.measure(&words, style);
                (panel.x(place(paths)), words, width)
            })
            .collect();
        let fits = |stride: &usize| {
            let labelled: Vec<_> = marks.iter().step_by(*stride).collect();
            labelled.windows(2).all(|pair| {
                let ((right, _, after), (left, _, before)) = (pair[0], pair[1]);
                right - left >= f64::midpoint(*before, *after) + sheet.px(LABEL_GAP)
            })
        };
        let stride = (1..=marks.len()).find(fits).unwrap_or(marks.len().max(1));
        for (i, (x, words, _)) in marks.iter().enumerate() {
            let is_labelled = i % stride == 0;
            let length = if is_labelled { 1.0 } else { 0.6 } * sheet.px(TICK_LENGTH);
            let stroke = sheet.solid(sheet.colours.axis, 1.0);
            sheet.rule((*x, rect.bottom), (*x, rect.bottom + length), stroke)?;
            if is_labelled {
                let at = (*x, rect.bottom + sheet.px(LABEL_DROP));
                sheet.text(words, at, style, Anchor::Middle)?;
            }
        }
        let style = axis::title_style(sheet);
        let title = text::fit(sheet.fonts(), TITLE, style, rect.width());
        let middle = f64::midpoint(rect.left, rect.right);
        let at = (middle, rect.bottom + sheet.px(TITLE_DROP));
        sheet.text(&title, at, style, Anchor::Middle)
    }
}

/// Where a number of paths lies on the axis: in doublings of a single path.
pub fn place(paths: u64) -> f64 {
    (paths as f64).log2()
}

/// A number of paths with grouped thousands: `16,384`.
fn label(paths: u64) -> String {
    axis::number(paths as f64, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_needs_a_number() {
        assert!(Doublings::new(Vec::new()).is_none());
        let axis = Doublings::new(vec![2048, 1024, 1024]).unwrap();
        assert_eq!(axis.domain, (10.0 - SIDE_ROOM, 11.0 + SIDE_ROOM));
    }
}
