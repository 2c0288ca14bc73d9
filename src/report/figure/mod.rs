//! Figures as PNG and SVG.
//!
//! A [`Figure`] is drawn once, with plotters' coordinate systems and elements on
//! a recording backend (`canvas`), and the record is turned into pixels
//! (`raster`) and into SVG text (`svg`); so both are the same picture. Axes,
//! labels and their placement are this module's own (`axis`, `calendar`,
//! `labels`, `marks`). Nothing depends on the machine's fonts, and equal figures
//! give equal bytes.

mod axis;
mod bars;
mod binding;
mod calendar;
mod canvas;
mod column;
mod convergence;
mod curves;
mod data;
mod doublings;
mod elements;
mod fan;
mod font;
mod frame;
mod histogram;
mod labels;
mod marks;
mod raster;
#[cfg(test)]
mod samples;
mod sheet;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod total;

use plotters::drawing::DrawingAreaErrorKind;

use canvas::{Anchor, DisplayList, TextStyle};
use font::Fonts;
use sheet::{Drawn, Rect, Sheet};

pub use data::{
    Bin, Binding, BindingBar, CapMass, Convergence, ConvergencePanel, ConvergenceStep, Curve, Fan,
    Figure, Frame, Level, Milestone, PercentileCurve, Total,
};

/// A figure in both formats.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// PNG, 1800 by 1120 pixels.
    pub png: Vec<u8>,
    /// SVG, 900 by 560 units, with its fonts.
    pub svg: String,
}

/// Why a figure could not be drawn: never for its data, only for want of memory
/// or a broken build.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The embedded font is not readable.
    #[error("the embedded font is not readable: {0}")]
    Font(String),
    /// The picture could not be made or encoded.
    #[error("the figure could not be written as PNG: {0}")]
    Png(String),
    /// The drawing library refused.
    #[error("the figure could not be drawn: {0}")]
    Drawing(String),
}

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for FigureError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Drawing(error.to_string())
    }
}

/// Draws a figure.
pub fn render(figure: &Figure) -> Result<Rendered, FigureError> {
    let fonts = Fonts::embedded()?;
    let mut list = Vec::new();
    draw(&fonts, &mut list, figure)?;
    let frame = match figure {
        Figure::Fan(fan) => &fan.frame,
        Figure::Binding(binding) => &binding.frame,
        Figure::Total(total) => &total.frame,
        Figure::Convergence(convergence) => &convergence.frame,
    };
    Ok(Rendered {
        png: raster::png(&list, &fonts)?,
        svg: svg::document(
            &list,
            &text::clean(&frame.title),
            &text::clean(&frame.subtitle),
        ),
    })
}

fn draw(fonts: &Fonts, list: &mut DisplayList, figure: &Figure) -> Drawn {
    let sheet = Sheet::new(fonts, list);
    match figure {
        Figure::Fan(fan) => fan::draw(&sheet, fan),
        Figure::Binding(binding) => binding::draw(&sheet, binding),
        Figure::Total(total) => total::draw(&sheet, total),
        Figure::Convergence(convergence) => convergence::draw(&sheet, convergence),
    }
}

/// A remark where a plot would have nothing to show.
fn empty(sheet: &Sheet<'_>, body: Rect, words: &str) -> Drawn {
    let style = TextStyle::new(theme::SUBTITLE_SIZE, theme::MUTED).halo(theme::PAPER);
    let middle = (
        f64::midpoint(body.left, body.right),
        f64::midpoint(body.top, body.bottom),
    );
    sheet.text(words, middle, style, Anchor::Middle)
}
