//! Title, answer, notes and sources around a plot.

use super::canvas::{Anchor, TextStyle};
use super::data::Frame;
use super::sheet::{Rect, Sheet};
use super::{FigureError, text, theme};

const TITLE_LINES: usize = 2;
const SUBTITLE_LINES: usize = 2;
const NOTE_LINES: usize = 2;
const FOOTER_LINES: usize = 3;
/// Blank space between the words and the plot.
const GAP: f64 = 14.0;

/// Left and right edge of everything.
pub fn sides() -> (f64, f64) {
    (theme::MARGIN, f64::from(theme::WIDTH) - theme::MARGIN)
}

/// Draws the words and gives the rectangle left for the plot. `notes` are
/// remarks of the figure itself and stand above the sources.
pub fn draw(sheet: &Sheet<'_>, frame: &Frame, notes: &[String]) -> Result<Rect, FigureError> {
    let (left, right) = sides();
    let top = heading(sheet, frame)?;
    let bottom = footer(sheet, frame, notes)?;
    Ok(Rect {
        left,
        top: top + GAP,
        right,
        bottom: bottom - GAP,
    })
}

/// Gives the lower edge of the heading.
fn heading(sheet: &Sheet<'_>, frame: &Frame) -> Result<f64, FigureError> {
    let (left, right) = sides();
    let width = right - left;
    let mut y = theme::MARGIN - 6.0;
    let title = text::clean(&frame.title);
    let full = sheet.measure(&title, title_style(theme::TITLE_SIZE));
    let size =
        (theme::TITLE_SIZE * width / full.max(1.0)).clamp(theme::TITLE_SIZE_MIN, theme::TITLE_SIZE);
    let style = title_style(size);
    for line in text::wrap(sheet.fonts(), &title, style, width, TITLE_LINES) {
        y += size * theme::CAP_HEIGHT;
        sheet.text(&line, (left, y), style, Anchor::Start)?;
        y += size * (theme::LEADING - theme::CAP_HEIGHT);
    }
    y += 3.0;
    let style = TextStyle::new(theme::SUBTITLE_SIZE, theme::TEXT);
    let subtitle = text::clean(&frame.subtitle);
    for line in text::wrap(sheet.fonts(), &subtitle, style, width, SUBTITLE_LINES) {
        y += style.size * theme::CAP_HEIGHT;
        sheet.text(&line, (left, y), style, Anchor::Start)?;
        y += style.size * (theme::LEADING - theme::CAP_HEIGHT);
    }
    Ok(y)
}

fn title_style(size: f64) -> TextStyle {
    TextStyle::new(size, theme::INK).bold()
}

/// Gives the upper edge of the footer.
fn footer(sheet: &Sheet<'_>, frame: &Frame, notes: &[String]) -> Result<f64, FigureError> {
    let (left, right) = sides();
    let width = right - left;
    let note_style = TextStyle::new(theme::FOOTER_SIZE, theme::TEXT);
    let style = TextStyle::new(theme::FOOTER_SIZE, theme::MUTED);
    let wrapped = |words: &str, style, lines| {
        text::wrap(sheet.fonts(), &text::clean(words), style, width, lines)
    };
    let mut lines: Vec<(String, TextStyle)> = Vec::new();
    lines.extend(
        wrapped(&notes.join(" "), note_style, NOTE_LINES)
            .into_iter()
            .map(|line| (line, note_style)),
    );
    lines.extend(
        wrapped(&frame.footer, style, FOOTER_LINES)
            .into_iter()
            .map(|line| (line, style)),
    );
    let leading = theme::FOOTER_SIZE * theme::LEADING;
    let mut base = f64::from(theme::HEIGHT) - theme::MARGIN + 12.0;
    let top = base - leading * lines.len() as f64;
    for (line, style) in lines.iter().rev() {
        sheet.text(line, (left, base), *style, Anchor::Start)?;
        base -= leading;
    }
    Ok(top)
}
