//! The names of curves beside their ends.

use super::axis;
use super::canvas::{Anchor, TextStyle};
use super::labels::{self, Wish};
use super::sheet::{Drawn, Panel, Sheet};
use super::text;

/// From the plot to the labels, with room for a leader.
const GAP: f64 = 12.0;
const HEIGHT: f64 = 15.0;
/// Labels moved further than this get a leader.
const MOVED: f64 = 3.0;

/// The name of a curve that ends at a value of the panel.
pub struct EndLabel {
    /// Where the curve ends.
    pub value: f64,
    /// Its name.
    pub text: String,
    /// Its look.
    pub style: TextStyle,
}

/// The height that so many labels take one below the other.
pub fn height(sheet: &Sheet<'_>, count: usize) -> f64 {
    sheet.px(HEIGHT) * count as f64
}

/// The room right of a plot that labels take, each at most `most` wide.
pub fn room(sheet: &Sheet<'_>, labels: &[EndLabel], most: f64) -> f64 {
    let widths = labels.iter();
    let widest = widths
        .map(|label| sheet.measure(&label.text, label.style))
        .fold(0.0, f64::max);
    widest.min(most) + sheet.px(GAP)
}

/// Draws the labels right of the panel, as near to their curves' ends as they can
/// stand apart, each at most `most` wide.
pub fn draw(sheet: &Sheet<'_>, panel: &Panel<'_>, mut labels: Vec<EndLabel>, most: f64) -> Drawn {
    labels.sort_by(|a, b| b.value.total_cmp(&a.value));
    let wishes: Vec<Wish> = labels
        .iter()
        .map(|label| Wish {
            middle: panel.y(label.value),
            height: sheet.px(HEIGHT),
        })
        .collect();
    let rect = panel.rect;
    let half = sheet.px(HEIGHT) / 2.0;
    let middles = labels::spread(&wishes, rect.top - half, rect.bottom + half);
    for ((label, wish), middle) in labels.iter().zip(&wishes).zip(middles) {
        if (middle - wish.middle).abs() > sheet.px(MOVED) {
            let stroke = sheet.solid(sheet.colours.mark, 0.75);
            let elbow = [
                (rect.right + 2.0, wish.middle),
                (rect.right + sheet.px(GAP) - 3.0, middle),
            ];
            sheet.path(&elbow, stroke)?;
        }
        let text = text::fit(sheet.fonts(), &label.text, label.style, most);
        let at = (
            rect.right + sheet.px(GAP),
            axis::centred(middle, label.style.size),
        );
        sheet.text(&text, at, label.style, Anchor::Start)?;
    }
    Ok(())
}
