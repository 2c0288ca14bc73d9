//! A column that divides certainty into shares, labelled beside it; or, where there
//! is no room beside a plot, a bar below it.

use plotters::style::RGBColor;

use super::axis;
use super::canvas::{Anchor, TextStyle};
use super::labels::{self, Wish};
use super::sheet::{Drawn, Rect, Sheet};
use super::{text, theme};

/// Width of a column.
const WIDTH: f64 = 34.0;
/// Room a column takes with its labels.
pub const ROOM: f64 = 168.0;
const LABEL_GAP: f64 = 10.0;
const SHARE_SIZE: f64 = 15.0;
const MAX_LINES: usize = 3;
/// A share too small to see is still drawn this high.
const THINNEST: f64 = 1.5;

/// A share of the column.
pub struct Share {
    /// From 0 to 1; all shares of a column add up to 1.
    pub probability: f64,
    /// Its colour.
    pub fill: RGBColor,
    /// The colour of its label.
    pub ink: RGBColor,
    /// What the probability is of.
    pub words: String,
}

/// Height of a flat bar, for labels of 12 pixels.
const FLAT: f64 = 12.0;
/// Blank space between a flat bar and its labels.
const FLAT_GAP: f64 = 6.0;
/// Blank space between the number and the words of a flat bar's label.
const WORD_GAP: f64 = 4.0;
/// Blank space between labels of a flat bar.
const BETWEEN: f64 = 14.0;

/// Room a flat bar takes with its labels in a width.
pub fn flat_height(sheet: &Sheet<'_>, width: f64, shares: &[Share]) -> f64 {
    let leading = sheet.sizes.label * theme::LEADING;
    let rows = flat_rows(sheet, width, shares).iter().max().copied();
    rows.map_or(0.0, |rows| (rows + 1) as f64 * leading) + sheet.px(FLAT + FLAT_GAP)
}

/// The row of each label above a flat bar: all in one where they fit side by side,
/// else one below the other.
fn flat_rows(sheet: &Sheet<'_>, width: f64, shares: &[Share]) -> Vec<usize> {
    let possible = shares.iter().filter(|share| share.probability > 0.0);
    let widths: Vec<f64> = possible.map(|share| flat_label(sheet, share).2).collect();
    let gaps = sheet.px(BETWEEN) * widths.len().saturating_sub(1) as f64;
    if widths.iter().sum::<f64>() + gaps <= width {
        vec![0; widths.len()]
    } else {
        (0..widths.len()).collect()
    }
}

/// The number and the words of a label, and the width of both.
fn flat_label(sheet: &Sheet<'_>, share: &Share) -> (String, String, f64) {
    let style = sheet.label(share.ink);
    let number = axis::of_outcomes(share.probability);
    let words = text::clean(&share.words);
    let gap = sheet.px(WORD_GAP);
    let width = sheet.measure(&number, style.bold()) + gap + sheet.measure(&words, style);
    (number, words, width)
}

/// Draws a bar at the foot of `room`, shares from the left to the right, and their
/// labels above it: in one row the last one ends where the bar does.
pub fn draw_flat(sheet: &Sheet<'_>, room: Rect, shares: &[Share]) -> Drawn {
    let rows = flat_rows(sheet, room.width(), shares);
    let possible: Vec<&Share> = shares
        .iter()
        .filter(|share| share.probability > 0.0)
        .collect();
    let leading = sheet.sizes.label * theme::LEADING;
    let top = room.bottom - sheet.px(FLAT);
    let mut left = room.left;
    let mut label_left = room.left;
    for (i, (share, row)) in possible.iter().zip(&rows).enumerate() {
        let (number, words, width) = flat_label(sheet, share);
        let is_last = i + 1 == possible.len();
        let thinnest = sheet.px(THINNEST);
        let extent = (share.probability.min(1.0) * room.width()).max(thinnest);
        let right = if is_last {
            room.right
        } else {
            (left + extent).min(room.right - thinnest)
        };
        let rect = Rect {
            left,
            top,
            right,
            bottom: room.bottom,
        };
        sheet.rectangle(rect, share.fill)?;
        left = right;
        if i > 0 && is_last && *row == 0 {
            label_left = room.right - width;
        }
        let base = room.top + sheet.sizes.label * theme::CAP_HEIGHT + *row as f64 * leading;
        let style = sheet.label(share.ink);
        sheet.text(&number, (label_left, base), style.bold(), Anchor::Start)?;
        let at = label_left + sheet.measure(&number, style.bold()) + sheet.px(WORD_GAP);
        // A label that ends where the bar does fits but for rounding.
        let words = text::fit(sheet.fonts(), &words, style, room.right - at + 1.0);
        sheet.text(&words, (at, base), style, Anchor::Start)?;
        if rows.iter().all(|row| *row == 0) {
            label_left += width + sheet.px(BETWEEN);
        }
    }
    Ok(())
}

/// Draws a column at the left edge of `room`, shares from the bottom upwards.
pub fn draw(sheet: &Sheet<'_>, room: Rect, shares: &[Share]) -> Drawn {
    let shares: Vec<&Share> = shares
        .iter()
        .filter(|share| share.probability > 0.0)
        .collect();
    let width = room.width() - sheet.px(WIDTH) - sheet.px(LABEL_GAP);
    let words_style = |share: &Share| sheet.label(share.ink);
    let leading = sheet.sizes.label * theme::LEADING;
    let mut bottom = room.bottom;
    let mut blocks: Vec<(&Share, Vec<String>, Wish)> = Vec::new();
    for share in shares {
        let height = (share.probability.min(1.0) * room.height()).max(sheet.px(THINNEST));
        let top = (bottom - height).max(room.top);
        let rect = Rect {
            left: room.left,
            top,
            right: room.left + sheet.px(WIDTH),
            bottom,
        };
        sheet.rectangle(rect, share.fill)?;
        let words = text::clean(&share.words);
        let lines = text::wrap(sheet.fonts(), &words, words_style(share), width, MAX_LINES);
        let wish = Wish {
            middle: f64::midpoint(top, bottom),
            height: sheet.px(SHARE_SIZE) * theme::LEADING + lines.len() as f64 * leading + 4.0,
        };
        blocks.push((share, lines, wish));
        bottom = top;
    }
    blocks.reverse();
    let wishes: Vec<Wish> = blocks.iter().map(|(_, _, wish)| *wish).collect();
    let middles = labels::spread(&wishes, room.top - 8.0, room.bottom + 8.0);
    let x = room.left + sheet.px(WIDTH) + sheet.px(LABEL_GAP);
    for ((share, lines, wish), middle) in blocks.iter().zip(middles) {
        let mut base = middle - wish.height / 2.0 + sheet.px(SHARE_SIZE) + 1.0;
        let style = TextStyle::new(sheet.px(SHARE_SIZE), share.ink).bold();
        let label = axis::of_outcomes(share.probability);
        sheet.text(&label, (x, base), style, Anchor::Start)?;
        for line in lines {
            base += leading;
            sheet.text(line, (x, base), words_style(share), Anchor::Start)?;
        }
    }
    Ok(())
}
