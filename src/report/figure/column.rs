//! A column that divides certainty into shares, labelled beside it.

use plotters::style::RGBColor;

use super::axis;
use super::canvas::{Anchor, TextStyle};
use super::labels::{self, Wish};
use super::sheet::{Drawn, Rect, Sheet};
use super::{text, theme};

/// Width of a column.
pub const WIDTH: f64 = 34.0;
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

/// Draws a column at the left edge of `room`, shares from the bottom upwards.
pub fn draw(sheet: &Sheet<'_>, room: Rect, shares: &[Share]) -> Drawn {
    let shares: Vec<&Share> = shares
        .iter()
        .filter(|share| share.probability > 0.0)
        .collect();
    let width = room.width() - WIDTH - sheet.px(LABEL_GAP);
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
            right: room.left + WIDTH,
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
    let x = room.left + WIDTH + sheet.px(LABEL_GAP);
    for ((share, lines, wish), middle) in blocks.iter().zip(middles) {
        let mut base = middle - wish.height / 2.0 + sheet.px(SHARE_SIZE) + 1.0;
        let style = TextStyle::new(sheet.px(SHARE_SIZE), share.ink).bold();
        let label = axis::percent(share.probability);
        sheet.text(&label, (x, base), style, Anchor::Start)?;
        for line in lines {
            base += leading;
            sheet.text(line, (x, base), words_style(share), Anchor::Start)?;
        }
    }
    Ok(())
}
