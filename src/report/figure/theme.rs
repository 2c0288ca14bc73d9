//! The look of every figure: measures in logical pixels, type sizes, colours.
//!
//! Blues carry the simulated quantity from light to dark, one vermilion the
//! contract's cap, greys everything else. Blue against vermilion is told apart
//! with every common colour deficiency, and the lightness of each differs enough
//! for a greyscale print.

use plotters::style::RGBColor;

/// Width of a figure.
pub const WIDTH: i32 = 900;
/// Height of a figure.
pub const HEIGHT: i32 = 560;
/// Blank margin on every side.
pub const MARGIN: f64 = 32.0;

/// Title, before it is shrunk to fit.
pub const TITLE_SIZE: f64 = 21.0;
/// The smallest a title is shrunk to before it is wrapped.
pub const TITLE_SIZE_MIN: f64 = 17.0;
/// The answer below the title.
pub const SUBTITLE_SIZE: f64 = 14.5;
/// What an axis measures.
pub const AXIS_TITLE_SIZE: f64 = 12.0;
/// Numbers and dates on axes.
pub const TICK_SIZE: f64 = 12.0;
/// Direct labels of curves, bars and dates.
pub const LABEL_SIZE: f64 = 12.0;
/// Notes and sources.
pub const FOOTER_SIZE: f64 = 10.5;

/// Line height over type size.
pub const LEADING: f64 = 1.32;
/// Height of capitals and figures over type size, in Inter.
pub const CAP_HEIGHT: f64 = 0.727;

/// The page.
pub const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Titles and emphasised labels.
pub const INK: RGBColor = RGBColor(20, 26, 33);
/// Running text.
pub const TEXT: RGBColor = RGBColor(58, 68, 79);
/// Axis numbers, notes, sources.
pub const MUTED: RGBColor = RGBColor(94, 105, 117);
/// Horizontal grid lines.
pub const GRID_LINE: RGBColor = RGBColor(221, 226, 231);
/// The base line of a plot, tick marks.
pub const AXIS_LINE: RGBColor = RGBColor(110, 120, 131);
/// Vertical lines at dates and values.
pub const MARK_LINE: RGBColor = RGBColor(128, 138, 149);

/// The outermost, lightest band of a fan.
pub const BAND_LIGHT: RGBColor = RGBColor(214, 229, 242);
/// The innermost, darkest band of a fan.
pub const BAND_DARK: RGBColor = RGBColor(134, 178, 216);
/// The thin edge of bands.
pub const BAND_EDGE: RGBColor = RGBColor(118, 163, 203);
/// Medians and emphasised values.
pub const STRONG: RGBColor = RGBColor(11, 70, 130);
/// Bars.
pub const BAR: RGBColor = RGBColor(67, 130, 187);
/// The area under a cumulative curve.
pub const AREA: RGBColor = RGBColor(225, 236, 246);
/// The cap.
pub const CAP: RGBColor = RGBColor(192, 72, 16);
/// What did not happen.
pub const NEUTRAL: RGBColor = RGBColor(176, 184, 192);
/// Reference curves, such as a plan.
pub const REFERENCE: RGBColor = RGBColor(38, 44, 51);

/// The colour `share` of the way from one colour to another.
pub fn blend(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let channel =
        |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share.clamp(0.0, 1.0)) as u8;
    RGBColor(
        channel(from.0, to.0),
        channel(from.1, to.1),
        channel(from.2, to.2),
    )
}
