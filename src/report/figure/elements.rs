//! What figures are made of beyond plotters' own elements.

use plotters::element::{Drawable, PointCollection};
use plotters::style::{Color, RGBColor, ShapeStyle};
use plotters_backend::BackendCoord;

use super::canvas::{Anchor, Canvas, Drawn, Item, Stroke, TextStyle};

/// A line through points of any coordinate system, dashed if wished: what
/// plotters' own path element cannot be.
pub struct Line<C> {
    /// Its corners.
    pub points: Vec<C>,
    /// Its look.
    pub stroke: Stroke,
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Line<C> {
    type Point = &'a C;
    type IntoIter = &'a [C];

    fn point_iter(self) -> &'a [C] {
        &self.points
    }
}

impl<C> Drawable<Canvas<'_>> for Line<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        canvas: &mut Canvas<'_>,
        _: (u32, u32),
    ) -> Drawn {
        canvas.record(Item::Path {
            points: points.collect(),
            stroke: self.stroke,
        });
        Ok(())
    }
}

/// A line of text on a base line, with what plotters' own text element lacks:
/// tabular figures and a halo.
pub struct Label<'t, C> {
    /// Where it lies.
    pub at: C,
    /// What it says.
    pub text: &'t str,
    /// Its look.
    pub style: TextStyle,
    /// What the position means.
    pub anchor: Anchor,
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Label<'_, C> {
    type Point = &'a C;
    type IntoIter = std::iter::Once<&'a C>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl<C> Drawable<Canvas<'_>> for Label<'_, C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut points: I,
        canvas: &mut Canvas<'_>,
        _: (u32, u32),
    ) -> Drawn {
        if let Some(at) = points.next() {
            canvas.record(Item::Text {
                text: self.text.to_owned(),
                at,
                style: self.style,
                anchor: self.anchor,
            });
        }
        Ok(())
    }
}

/// A rectangle without a look that says something.
pub struct Hint<'t> {
    /// Upper left and lower right.
    pub corners: [BackendCoord; 2],
    /// What it says.
    pub text: &'t str,
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Hint<'_> {
    type Point = &'a BackendCoord;
    type IntoIter = &'a [BackendCoord];

    fn point_iter(self) -> Self::IntoIter {
        &self.corners
    }
}

impl Drawable<Canvas<'_>> for Hint<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut points: I,
        canvas: &mut Canvas<'_>,
        _: (u32, u32),
    ) -> Drawn {
        if let (Some(from), Some(to)) = (points.next(), points.next()) {
            canvas.record(Item::Hint {
                from,
                to,
                text: self.text.to_owned(),
            });
        }
        Ok(())
    }
}

/// Colours as plotters takes them, for filled elements.
pub fn filled(colour: RGBColor) -> ShapeStyle {
    colour.filled()
}
