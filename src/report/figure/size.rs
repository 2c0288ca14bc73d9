//! How large a figure is, and every measure that follows from it.
//!
//! A logical pixel is 1/96 inch, as on the web: a figure set at its own width has
//! type of the sizes given here.

use crate::scenario::Size;

impl Size {
    /// Its measures.
    pub fn measures(self) -> &'static Measures {
        match self {
            Self::Slide => &SLIDE,
            Self::Page => &PAGE,
            Self::Column => &COLUMN,
        }
    }
}

/// The measures of a size, in logical pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures {
    /// Width of the figure.
    pub width: f64,
    /// Height of the figure, unless its words need more.
    pub height: f64,
    /// The least height left for the plot and its axes: long titles and sources
    /// make the figure taller instead.
    pub least_plot: f64,
    /// Blank margin on every side.
    pub margin: f64,
    /// Type size of the title, before it is shrunk to fit.
    pub title: f64,
    /// The smallest a title is shrunk to before it is wrapped.
    pub title_min: f64,
    /// Type size below the title.
    pub subtitle: f64,
    /// Type size of axis titles, axis numbers and direct labels.
    pub label: f64,
    /// Type size of notes and sources.
    pub footer: f64,
    /// Lines of a title at most.
    pub title_lines: usize,
    /// Lines below the title at most.
    pub subtitle_lines: usize,
    /// Lines of notes at most, and lines of sources at most.
    pub footer_lines: usize,
    /// Factor on the width of lines and the radius of dots.
    pub weight: f64,
}

/// The type size of labels that [`Measures::px`] takes distances to be for.
const BASE_LABEL: f64 = 12.0;

impl Measures {
    /// A distance that goes with the type, given for labels of 12 pixels.
    pub fn px(&self, at_twelve: f64) -> f64 {
        at_twelve * self.label / BASE_LABEL
    }

    /// The width of a line or the radius of a dot, given for a page.
    pub fn line(&self, on_page: f64) -> f64 {
        on_page * self.weight
    }

    /// Whether there is no room for anything beside a plot: what would stand
    /// there goes above or below it.
    pub fn is_narrow(&self) -> bool {
        self.width < 40.0 * self.label
    }
}

const SLIDE: Measures = Measures {
    width: 1200.0,
    height: 675.0,
    least_plot: 440.0,
    margin: 36.0,
    title: 33.0,
    title_min: 27.5,
    subtitle: 22.0,
    label: 19.5,
    footer: 16.0,
    title_lines: 2,
    subtitle_lines: 2,
    footer_lines: 3,
    weight: 1.7,
};

const PAGE: Measures = Measures {
    width: 720.0,
    height: 470.0,
    least_plot: 290.0,
    margin: 20.0,
    title: 18.0,
    title_min: 15.5,
    subtitle: 13.0,
    label: 11.5,
    footer: 9.5,
    title_lines: 2,
    subtitle_lines: 2,
    footer_lines: 5,
    weight: 1.0,
};

const COLUMN: Measures = Measures {
    width: 340.0,
    height: 380.0,
    least_plot: 260.0,
    margin: 12.0,
    title: 14.5,
    title_min: 13.0,
    subtitle: 11.0,
    label: 10.0,
    footer: 8.5,
    title_lines: 4,
    subtitle_lines: 4,
    footer_lines: 12,
    weight: 0.85,
};
