//! The surface the figures are drawn on, in logical pixels, with the colours and
//! measures they are drawn in; and the panels with
//! a coordinate system of their own on it. Both are plotters drawing areas.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Polygon, Rectangle};
use plotters::prelude::Cartesian2d;
use plotters::style::RGBColor;
use plotters_backend::BackendCoord;
use serde::Serialize;

use super::FigureError;
use super::canvas::{Anchor, Canvas, DisplayList, GRID, Stroke, TextStyle, to_grid, to_logical};
use super::elements::{Hint, Label, Line, filled};
use super::font::Fonts;
use super::size::Measures;
use super::theme::Palette;
use crate::scenario::Style;
use crate::units::Date;

/// What drawing gives.
pub type Drawn = Result<(), FigureError>;

/// A rectangle in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Rect {
    /// Its width.
    pub fn width(self) -> f64 {
        self.right - self.left
    }

    /// Its height.
    pub fn height(self) -> f64 {
        self.bottom - self.top
    }
}

/// A plot of a figure and what its axes mean: where a pointer is, in the scenario's own
/// terms. Logical pixels from the sheet's upper left corner; amounts in the scenario's unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plot {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
    /// What the left and the right edge stand for: days after `first_day` where there is
    /// one, else amounts.
    pub across: (f64, f64),
    /// The day that days are counted from.
    pub first_day: Option<Date>,
    /// What the lower and the upper edge stand for.
    pub upwards: (f64, f64),
}

/// The whole figure.
pub struct Sheet<'a> {
    root: DrawingArea<Canvas<'a>, Shift>,
    fonts: &'a Fonts,
    height: Cell<f64>,
    plots: RefCell<Vec<Plot>>,
    /// The colours of its theme.
    pub colours: &'static Palette,
    /// The measures of its size.
    pub sizes: &'static Measures,
}

impl<'a> Sheet<'a> {
    /// An empty sheet that records on `list`.
    pub fn new(fonts: &'a Fonts, list: &'a mut DisplayList, style: Style) -> Self {
        /// A sheet never becomes taller than so many times its nominal height.
        const TALLEST: f64 = 6.0;
        let (colours, sizes) = (style.theme.palette(), style.size.measures());
        let room = (sizes.width, sizes.height * TALLEST);
        Self {
            root: Canvas::new(fonts, list, colours, room).into_drawing_area(),
            fonts,
            height: Cell::new(sizes.height),
            plots: RefCell::default(),
            colours,
            sizes,
        }
    }

    /// The sheet's height.
    pub fn height(&self) -> f64 {
        self.height.get()
    }

    /// The plots told of with [`Sheet::means`].
    pub fn plots(&self) -> Vec<Plot> {
        self.plots.take()
    }

    /// Says what the axes of a panel mean: days from a day, or amounts of which the axis
    /// shows `across` for one; and upwards numbers of which it shows `upwards` for one.
    pub fn means(&self, panel: &Panel<'_>, first_day: Option<Date>, (across, upwards): (f64, f64)) {
        let Rect {
            left,
            top,
            right,
            bottom,
        } = panel.rect;
        let ends = |range: &Range<f64>, factor: f64| (range.start / factor, range.end / factor);
        self.plots.borrow_mut().push(Plot {
            left,
            top,
            right,
            bottom,
            across: ends(&panel.x_range, across),
            first_day,
            upwards: ends(&panel.y_range, upwards),
        });
    }

    /// Gives up the sheet's height: it will be as high as it is made to grow.
    pub fn shrink(&self) {
        self.height.set(0.0);
    }

    /// Makes the sheet at least so high. Nothing drawn before moves.
    pub fn grow(&self, height: f64) {
        self.height.set(self.height.get().max(height.ceil()));
    }

    /// What a viewer says while the pointer rests on a rectangle; lines are parted
    /// by line breaks. Later hints lie above earlier ones.
    pub fn hint(&self, rect: Rect, text: &str) -> Drawn {
        Ok(self.root.draw(&Hint {
            corners: [
                grid_point((rect.left, rect.top)),
                grid_point((rect.right, rect.bottom)),
            ],
            text,
        })?)
    }

    /// The fonts, to measure with.
    pub fn fonts(&self) -> &'a Fonts {
        self.fonts
    }

    /// Width of a text.
    pub fn measure(&self, text: &str, style: TextStyle) -> f64 {
        self.fonts.width(text, style)
    }

    /// A distance that goes with the type, given for labels of 12 pixels.
    pub fn px(&self, at_twelve: f64) -> f64 {
        self.sizes.px(at_twelve)
    }

    /// A text of the size of labels.
    pub fn label(&self, colour: RGBColor) -> TextStyle {
        TextStyle::new(self.sizes.label, colour)
    }

    /// A solid line, its width given for a page.
    pub fn solid(&self, colour: RGBColor, width: f64) -> Stroke {
        Stroke::solid(colour, self.sizes.line(width))
    }

    /// A dashed line, all lengths given for a page.
    pub fn dashed(&self, colour: RGBColor, width: f64, dash: f64, gap: f64) -> Stroke {
        let line = |length| self.sizes.line(length);
        Stroke::dashed(colour, line(width), line(dash), line(gap))
    }

    /// A text whose anchor lies at `(x, base line)`.
    pub fn text(&self, text: &str, at: (f64, f64), style: TextStyle, anchor: Anchor) -> Drawn {
        if text.is_empty() {
            return Ok(());
        }
        Ok(self.root.draw(&Label {
            at: grid_point(at),
            text,
            style,
            anchor,
        })?)
    }

    /// A straight line. Horizontal and vertical ones are moved onto the middle
    /// of a pixel, so that hairlines are crisp.
    pub fn rule(&self, from: (f64, f64), to: (f64, f64), stroke: Stroke) -> Drawn {
        let (mut from, mut to) = (from, to);
        if from.1 == to.1 {
            from.1 = pixel_middle(from.1);
            to.1 = from.1;
        }
        if from.0 == to.0 {
            from.0 = pixel_middle(from.0);
            to.0 = from.0;
        }
        self.path(&[from, to], stroke)
    }

    /// A line through points.
    pub fn path(&self, points: &[(f64, f64)], stroke: Stroke) -> Drawn {
        Ok(self.root.draw(&Line {
            points: points.iter().copied().map(grid_point).collect(),
            stroke,
        })?)
    }

    /// A filled rectangle, its edges moved onto half pixels.
    pub fn rectangle(&self, rect: Rect, fill: RGBColor) -> Drawn {
        let corners = [
            (half_pixel(rect.left), half_pixel(rect.top)),
            (half_pixel(rect.right), half_pixel(rect.bottom)),
        ];
        Ok(self.root.draw(&Rectangle::new(corners, filled(fill)))?)
    }

    /// A filled area.
    pub fn polygon(&self, points: &[(f64, f64)], fill: RGBColor) -> Drawn {
        let points: Vec<BackendCoord> = points.iter().copied().map(grid_point).collect();
        Ok(self.root.draw(&Polygon::new(points, filled(fill)))?)
    }

    /// A filled circle.
    pub fn circle(&self, centre: (f64, f64), radius: f64, fill: RGBColor) -> Drawn {
        Ok(self.root.draw(&Circle::new(
            grid_point(centre),
            to_grid(radius),
            filled(fill),
        ))?)
    }

    /// A panel that fills `rect`, with `x` growing to the right and `y` upwards.
    pub fn panel(&self, rect: Rect, x: Range<f64>, y: Range<f64>) -> Panel<'a> {
        let (x, y) = (not_empty(x), not_empty(y));
        let pixels = (
            to_grid(rect.left)..to_grid(rect.right),
            to_grid(rect.bottom)..to_grid(rect.top),
        );
        let system: Cartesian2d<RangedCoordf64, RangedCoordf64> =
            Cartesian2d::new(x.clone(), y.clone(), pixels);
        Panel {
            area: self.root.apply_coord_spec(system),
            rect,
            x_range: x,
            y_range: y,
        }
    }
}

/// A plot's drawing area with data coordinates.
pub struct Panel<'a> {
    area: DrawingArea<Canvas<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    /// Where it lies on the sheet.
    pub rect: Rect,
    x_range: Range<f64>,
    y_range: Range<f64>,
}

impl Panel<'_> {
    /// Plotters adds pixels as 32-bit integers, so points stay within the panel.
    fn within(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            clamp(x, self.x_range.start, self.x_range.end),
            clamp(y, self.y_range.start, self.y_range.end),
        )
    }

    /// Where a point lies on the sheet.
    pub fn place(&self, point: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.area.map_coordinate(&self.within(point));
        (to_logical(x), to_logical(y))
    }

    /// Where a value of the horizontal axis lies on the sheet.
    pub fn x(&self, value: f64) -> f64 {
        self.place((value, self.y_range.start)).0
    }

    /// Where a value of the vertical axis lies on the sheet.
    pub fn y(&self, value: f64) -> f64 {
        self.place((self.x_range.start, value)).1
    }

    /// A line through data points.
    pub fn curve(&self, points: impl Iterator<Item = (f64, f64)>, stroke: Stroke) -> Drawn {
        Ok(self.area.draw(&Line {
            points: points.map(|point| self.within(point)).collect(),
            stroke,
        })?)
    }

    /// A filled area between data points.
    pub fn fill(&self, points: impl Iterator<Item = (f64, f64)>, fill: RGBColor) -> Drawn {
        let points: Vec<_> = points.map(|point| self.within(point)).collect();
        Ok(self.area.draw(&Polygon::new(points, filled(fill)))?)
    }
}

fn clamp(value: f64, low: f64, high: f64) -> f64 {
    if value.is_nan() {
        low
    } else {
        value.clamp(low, high)
    }
}

fn not_empty(range: Range<f64>) -> Range<f64> {
    let usable =
        range.start.is_finite() && range.end.is_finite() && (range.end - range.start).is_finite();
    if usable && range.start < range.end {
        range
    } else {
        0.0..1.0
    }
}

fn grid_point((x, y): (f64, f64)) -> BackendCoord {
    (to_grid(x), to_grid(y))
}

fn pixel_middle(position: f64) -> f64 {
    (position - 0.5).round() + 0.5
}

fn half_pixel(position: f64) -> BackendCoordinate {
    const STEP: f64 = 2.0;
    (position * STEP).round() as BackendCoordinate * (GRID / STEP as i32)
}

type BackendCoordinate = i32;
