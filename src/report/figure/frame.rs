//! Title, scope, notes and sources around a plot.

use super::canvas::{Anchor, TextStyle};
use super::data::Frame;
use super::sheet::{Rect, Sheet};
use super::{FigureError, text, theme};

/// Blank space between the words and the plot, for labels of 12 pixels.
const GAP: f64 = 14.0;

/// Left and right edge of everything.
pub fn sides(sheet: &Sheet<'_>) -> (f64, f64) {
    let sizes = sheet.sizes;
    (sizes.margin, sizes.width - sizes.margin)
}

/// Draws the words and gives the rectangle left for the plot. `notes` are remarks of
/// the figure itself and stand above the sources. The sheet grows where the words
/// leave too little for the plot.
pub fn draw(sheet: &Sheet<'_>, frame: &Frame, notes: &[String]) -> Result<Rect, FigureError> {
    laid_out(sheet, frame, notes, sheet.sizes.least_plot)
}

/// The same for a figure that needs at least so much height.
pub fn draw_high(
    sheet: &Sheet<'_>,
    frame: &Frame,
    notes: &[String],
    height: f64,
) -> Result<Rect, FigureError> {
    laid_out(sheet, frame, notes, height.max(sheet.sizes.least_plot))
}

/// The same for a figure that needs just so much height.
pub fn draw_low(
    sheet: &Sheet<'_>,
    frame: &Frame,
    notes: &[String],
    height: f64,
) -> Result<Rect, FigureError> {
    sheet.shrink();
    laid_out(sheet, frame, notes, height)
}

fn laid_out(
    sheet: &Sheet<'_>,
    frame: &Frame,
    notes: &[String],
    least: f64,
) -> Result<Rect, FigureError> {
    let (left, right) = sides(sheet);
    let gap = sheet.px(GAP);
    let top = heading(sheet, frame)? + gap;
    let bottom = footer(sheet, frame, notes, top + least + gap)? - gap;
    Ok(Rect {
        left,
        top,
        right,
        bottom,
    })
}

/// Gives the lower edge of the heading.
fn heading(sheet: &Sheet<'_>, frame: &Frame) -> Result<f64, FigureError> {
    let (left, right) = sides(sheet);
    let (width, sizes) = (right - left, sheet.sizes);
    let mut y = sizes.margin - sizes.px(2.0);
    let title = text::clean(&frame.title);
    let title_style = |size| TextStyle::new(size, sheet.colours.ink).bold();
    let full = sheet.measure(&title, title_style(sizes.title));
    let size = (sizes.title * width / full.max(1.0)).clamp(sizes.title_min, sizes.title);
    let subtitle_style = TextStyle::new(sizes.subtitle, sheet.colours.text);
    let subtitle = text::clean(&frame.subtitle);
    let parts = [
        (title, title_style(size), sizes.title_lines),
        (subtitle, subtitle_style, sizes.subtitle_lines),
    ];
    for (words, style, lines) in parts {
        for line in text::wrap(sheet.fonts(), &words, style, width, lines) {
            y += style.size * theme::CAP_HEIGHT;
            sheet.text(&line, (left, y), style, Anchor::Start)?;
            y += style.size * (theme::LEADING - theme::CAP_HEIGHT);
        }
        y += sizes.px(3.0);
    }
    Ok(y)
}

/// Notes, then the sources, then the run, whose words are never cut. Gives the upper
/// edge, which is not above `highest`.
fn footer(
    sheet: &Sheet<'_>,
    frame: &Frame,
    notes: &[String],
    highest: f64,
) -> Result<f64, FigureError> {
    const RUN_LINES: usize = 4;
    let (left, right) = sides(sheet);
    let (width, sizes) = (right - left, sheet.sizes);
    let note_style = TextStyle::new(sizes.footer, sheet.colours.text);
    let style = TextStyle::new(sizes.footer, sheet.colours.muted);
    let (sources, run) = (text::clean(&frame.sources), text::clean(&frame.run));
    let together = format!("{sources} {run}");
    let fits = |words: &str| {
        text::wrap(sheet.fonts(), words, style, width, usize::MAX).len() <= sizes.footer_lines
    };
    // Sources that are cut leave the run a line of its own.
    let blocks = if sources.is_empty() || fits(&together) {
        vec![(together, style, sizes.footer_lines)]
    } else {
        vec![
            (sources, style, sizes.footer_lines),
            (run, style, RUN_LINES),
        ]
    };
    let notes = (
        text::clean(&notes.join(" ")),
        note_style,
        sizes.footer_lines,
    );
    let lines: Vec<(String, TextStyle)> = std::iter::once(notes)
        .chain(blocks)
        .flat_map(|(words, style, lines)| {
            text::wrap(sheet.fonts(), &words, style, width, lines)
                .into_iter()
                .map(move |line| (line, style))
        })
        .collect();
    let leading = sizes.footer * theme::LEADING;
    let below = sizes.margin - sizes.px(3.0);
    let height = leading * lines.len() as f64;
    sheet.grow(highest + height + below);
    let mut base = sheet.height() - below;
    let top = base - height;
    for (line, style) in lines.iter().rev() {
        sheet.text(line, (left, base), *style, Anchor::Start)?;
        base -= leading;
    }
    Ok(top)
}
