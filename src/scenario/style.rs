//! How charts are to look, as a user asks for it.

use crate::units::worded;

/// Logical pixels of a chart per inch, as on the web.
pub const PIXELS_PER_INCH: u32 = 96;
/// The fewest pixels of a PNG per inch.
pub const LEAST_DPI: u32 = 48;
/// The most pixels of a PNG per inch.
pub const MOST_DPI: u32 = 600;

/// Theme, size and resolution of charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Their colours.
    pub theme: Theme,
    /// Their measures.
    pub size: Size,
    /// Pixels of a PNG per inch, [`LEAST_DPI`] to [`MOST_DPI`].
    pub dpi: u32,
}

/// Which charts are drawn, and with what words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartOptions {
    /// The charts drawn, by their file names without extension; all where none is named.
    pub only: Vec<String>,
    /// A title in the place of each chart's own.
    pub title: Option<String>,
    /// A subtitle in the place of each chart's own.
    pub subtitle: Option<String>,
    /// Whether the numbers behind each chart are written beside it.
    pub data: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            size: Size::default(),
            // Two for each logical pixel.
            dpi: 2 * PIXELS_PER_INCH,
        }
    }
}

worded! {
    /// The ground charts are drawn on.
    #[derive(Default)]
    pub enum Theme {
        /// Dark on white, for paper and most pages.
        #[default]
        Light = "light",
        /// Light on near black, for dark slides and screens.
        Dark = "dark",
    }
}

worded! {
    /// What charts are made for.
    #[derive(Default)]
    pub enum Size {
        /// A slide: 16 to 9, large type.
        Slide = "slide",
        /// The text width of a page.
        #[default]
        Page = "page",
        /// A column of a newspaper or a journal.
        Column = "column",
    }
}
