//! Figures as PNG and SVG.
//!
//! A [`Figure`] is drawn once, with plotters' coordinate systems and elements on
//! a recording backend (`canvas`), and the record, a [`Drawing`], is turned into
//! pixels (`raster`) and into SVG text (`svg`); so both are the same picture. Axes,
//! labels and their placement are this module's own (`axis`, `calendar`,
//! `labels`, `marks`). Nothing depends on the machine's fonts, and equal figures
//! give equal bytes.
//!
//! # The house style
//!
//! Every figure is one of a family, on paper and on a dark ground ([`Theme`](crate::scenario::Theme)), as a
//! slide, across a page and in a column ([`Size`](crate::scenario::Size)). What draws one takes its looks
//! from the sheet it draws on and has no colours or type sizes of its own:
//!
//! - `sheet.colours`, a [`Palette`], names colours by their purpose: `strong` for
//!   medians, `bar`, `area`, `cap`; `series` for things side by side;
//!   [`Palette::sequential`] and [`Palette::diverging`] for maps, with
//!   [`Palette::on`] for the text on them.
//! - `sheet.sizes`, the [`Measures`], has the type scale: `title`, `subtitle`,
//!   `label` for everything at the plot, `footer`. Distances that go with type are
//!   `sizes.px(distance at 12 px type)`, widths of lines `sizes.line(width)`. Where
//!   `sizes.is_narrow()`, nothing stands beside the plot but its labels.
//! - `frame::draw` sets the words of a [`Frame`] (the finding as title, its scope
//!   below it, notes, sources and the run at the foot) and leaves the rectangle for
//!   the plot, which is never too low: long words make the sheet taller.
//! - `Sheet::panel` is a plot with coordinates; `axis::Ticks` and `calendar` draw
//!   axes, `axis::Scale` chooses the unit of amounts, `marks` and `labels` place
//!   labels so that none collide. Labels stand at what they name, not in legends.
//! - `Sheet::hint` gives a rectangle words that a browser shows on hover.
//!
//! The tests draw every sample in every theme and size and refuse texts that overlap or leave
//! the sheet: the room of a kind has its `samples`.

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
mod end_labels;
mod fan;
mod font;
mod frame;
mod heat;
mod histogram;
mod labels;
mod lines;
mod marks;
mod paces;
mod raster;
#[cfg(test)]
mod samples;
mod sheet;
mod size;
mod strip;
mod studies;
mod svg;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod tornado;
mod total;

use plotters::drawing::DrawingAreaErrorKind;

use crate::scenario::{ChartOptions, Style};
use canvas::{Anchor, DisplayList, TextStyle};
use font::Fonts;
use sheet::{Drawn, Sheet};
use table::Numbers;

#[cfg(feature = "workbook")]
pub(super) use curves::pairs;
pub use data::{
    Bin, Binding, BindingBar, CapMass, Cause, Convergence, ConvergencePanel, ConvergenceSeries,
    ConvergenceStep, Curve, Fan, Frame, Ghost, Level, Milestone, PercentileCurve, Reported, Stands,
    Strip, StripRow, Total,
};
pub use sheet::Plot;
pub use size::Measures;
pub use studies::{
    HeatMap, KeyAxis, LineAxis, LinePanel, Lines, Measure, Paces, ReportedPace, Series, Tornado,
    TornadoRow,
};
pub use theme::Palette;

/// A figure in both formats.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// PNG with its resolution.
    pub png: Vec<u8>,
    /// SVG with its fonts.
    pub svg: String,
}

/// A figure drawn, to be written in any format.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    list: DisplayList,
    height: f64,
    plots: Vec<Plot>,
    style: Style,
    title: String,
    description: String,
}

/// Why a figure could not be drawn: never for its data, only for want of memory
/// or a broken build.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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

impl Drawing {
    /// Draws a figure.
    ///
    /// # Errors
    /// [`FigureError::Font`] or [`FigureError::Drawing`] where the build is broken.
    pub fn new(figure: &Figure, style: Style) -> Result<Self, FigureError> {
        let fonts = Fonts::embedded()?;
        let mut list = Vec::new();
        let sheet = Sheet::new(fonts, &mut list, style);
        draw(&sheet, figure)?;
        let (height, plots) = (sheet.height(), sheet.plots());
        drop(sheet);
        let frame = figure.frame();
        Ok(Self {
            list,
            height,
            plots,
            style,
            title: text::clean(&frame.title),
            description: text::clean(&frame.subtitle),
        })
    }

    /// Width in logical pixels.
    pub fn width(&self) -> f64 {
        self.style.size.measures().width
    }

    /// Height in logical pixels.
    pub fn height(&self) -> f64 {
        self.height
    }

    /// Its plots against time and of amounts, with what their axes mean.
    pub fn plots(&self) -> &[Plot] {
        &self.plots
    }

    /// What it shows, in a sentence: an alternative text.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The PNG, with its resolution.
    ///
    /// # Errors
    /// [`FigureError::Png`] where there is not enough memory.
    pub fn png(&self) -> Result<Vec<u8>, FigureError> {
        raster::png(self, Fonts::embedded()?, self.style.dpi)
    }

    /// The SVG document, with its fonts.
    pub fn svg(&self) -> String {
        svg::document(self)
    }

    /// The SVG element for an HTML page, without fonts: the page has
    /// [`Drawing::page_css`] once in a style sheet. `id` is unique in the page and of
    /// letters, digits and hyphens; the ids within are made of it.
    pub fn inline_svg(&self, id: &str) -> String {
        svg::element_of_page(self, id)
    }

    /// The style sheet of a page that holds [`Drawing::inline_svg`] of any figures: the
    /// typeface, as the family `Inter Embedded` in the weights 400 and 600, and the
    /// rules of figures.
    pub fn page_css() -> String {
        format!("{}{}", svg::font_faces(), svg::rules())
    }
}

/// Draws a figure and writes it in both formats.
///
/// # Errors
/// As [`Drawing::new`] and [`Drawing::png`].
pub fn render(figure: &Figure, style: Style) -> Result<Rendered, FigureError> {
    let drawing = Drawing::new(figure, style)?;
    Ok(Rendered {
        png: drawing.png()?,
        svg: drawing.svg(),
    })
}

/// The kinds of figures: each with the room that draws it, says the numbers behind it and has
/// its samples, and its word.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident in $room:ident: $word:literal;)+) => {
        /// One figure of a run.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Figure {
            $($(#[$doc])* $kind($kind),)+
        }

        impl Figure {
            /// Every kind of figure by its word.
            pub const KINDS: [&'static str; [$($word),+].len()] = [$($word),+];

            /// The word for its kind, one of [`Figure::KINDS`].
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $word,)+
                }
            }

            /// The words around it.
            pub fn frame(&self) -> &Frame {
                match self {
                    $(Self::$kind(figure) => &figure.frame,)+
                }
            }

            /// The words around it, to be changed.
            pub fn frame_mut(&mut self) -> &mut Frame {
                match self {
                    $(Self::$kind(figure) => &mut figure.frame,)+
                }
            }
        }

        $(impl From<$kind> for Figure {
            fn from(figure: $kind) -> Self {
                Self::$kind(figure)
            }
        })+

        fn draw(sheet: &Sheet<'_>, figure: &Figure) -> Drawn {
            match figure {
                $(Figure::$kind(figure) => $room::draw(sheet, figure),)+
            }
        }

        /// The numbers behind a figure.
        fn numbers(figure: &Figure) -> Numbers {
            match figure {
                $(Figure::$kind(figure) => $room::numbers(figure),)+
            }
        }

        /// Samples of every kind, by name.
        #[cfg(test)]
        fn samples_of_kinds() -> Vec<(&'static str, Figure)> {
            [$($room::samples()),+].concat()
        }
    };
}

kinds! {
    /// Percentiles of a quantity against time.
    Fan in fan: "fan";
    /// When the cap binds.
    Binding in binding: "binding";
    /// How the total paid is distributed.
    Total in total: "total";
    /// How estimates settle as paths are added.
    Convergence in convergence: "convergence";
    /// What happens when.
    Strip in strip: "strip";
    /// A quantity over two keys.
    HeatMap in heat: "heat";
    /// Curves with bands.
    Lines in lines: "lines";
    /// Bars for inputs.
    Tornado in tornado: "tornado";
    /// Reported revenue, a fit and a fan.
    Paces in paces: "paces";
}

impl Figure {
    /// Puts the words asked for in the place of its own.
    pub fn reword(&mut self, options: &ChartOptions) {
        let frame = self.frame_mut();
        if let Some(title) = &options.title {
            frame.title.clone_from(title);
        }
        if let Some(subtitle) = &options.subtitle {
            frame.subtitle.clone_from(subtitle);
        }
    }
}

/// A figure that has nothing to plot: its words and a statement in the plot's place.
fn statement(sheet: &Sheet<'_>, frame: &Frame, notes: &[String], words: &str) -> Drawn {
    /// Lines of a statement at most.
    const LINES: usize = 3;
    let style = TextStyle::new(sheet.sizes.subtitle, sheet.colours.strong).bold();
    let (left, right) = frame::sides(sheet);
    let lines = text::wrap(sheet.fonts(), words, style, right - left, LINES);
    let leading = style.size * theme::LEADING;
    let body = frame::draw_low(sheet, frame, notes, lines.len() as f64 * leading)?;
    for (i, line) in lines.iter().enumerate() {
        let base = body.top + style.size * theme::CAP_HEIGHT + i as f64 * leading;
        sheet.text(line, (body.left, base), style, Anchor::Start)?;
    }
    Ok(())
}
