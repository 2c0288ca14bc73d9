//! Bars side by side on a panel.

use plotters::style::RGBColor;

use super::sheet::{Drawn, Panel, Rect, Sheet};

/// Narrower bars are drawn as one outline: with gaps they would flicker.
const NARROW: f64 = 4.0;
/// The least width of a bar.
const LEAST: f64 = 2.0;
/// The width of a lone bar that stands for one value.
const POINT: f64 = 24.0;

/// A bar: where it starts and ends on the horizontal axis, and its height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Start.
    pub from: f64,
    /// End.
    pub to: f64,
    /// Height.
    pub value: f64,
}

/// Draws bars that follow one another, with `gap` (a share of a bar's width)
/// between them, at least one pixel where there is a gap at all.
pub fn draw(sheet: &Sheet<'_>, panel: &Panel<'_>, bars: &[Bar], gap: f64, fill: RGBColor) -> Drawn {
    let width = |bar: &Bar| panel.x(bar.to) - panel.x(bar.from);
    let base = panel.rect.bottom;
    if bars.len() > 1 && bars.iter().any(|bar| width(bar) < NARROW) {
        if bars.iter().all(|bar| bar.value <= 0.0) {
            return Ok(());
        }
        let tops = bars
            .iter()
            .flat_map(|bar| [(bar.from, bar.value), (bar.to, bar.value)]);
        let mut outline: Vec<(f64, f64)> = tops.map(|point| panel.place(point)).collect();
        if let (Some(&(first, _)), Some(&(last, _))) = (outline.first(), outline.last()) {
            outline.push((last, base));
            outline.push((first, base));
        }
        return sheet.polygon(&outline, fill);
    }
    for bar in bars.iter().filter(|bar| bar.value > 0.0) {
        let inset = (width(bar) * gap).max(1.0) / 2.0;
        let (left, right) = (panel.x(bar.from) + inset, panel.x(bar.to) - inset);
        let middle = f64::midpoint(left, right);
        let least = if bar.from == bar.to { POINT } else { LEAST };
        let rect = Rect {
            left: left.min(middle - least / 2.0),
            top: panel.y(bar.value).min(base - 0.5),
            right: right.max(middle + least / 2.0),
            bottom: base,
        };
        sheet.rectangle(rect, fill)?;
    }
    Ok(())
}
