//! A display list as a PNG, twice the logical size.

use plotters::style::RGBColor;
use plotters_backend::BackendCoord;
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, PathBuilder, Pixmap, Rect, Shader, Stroke,
    StrokeDash, Transform,
};
use ttf_parser::OutlineBuilder;

use super::FigureError;
use super::canvas::{self, Anchor, GRID, Item, TextStyle};
use super::font::Fonts;
use super::theme;

/// Device pixels per logical pixel.
const SCALE: u32 = 2;
/// Width of the halo of a text, in logical pixels.
const HALO: f64 = 2.5;

/// Draws the list and encodes the picture.
pub fn png(list: &[Item], fonts: &Fonts) -> Result<Vec<u8>, FigureError> {
    let size = |logical: i32| logical.unsigned_abs() * SCALE;
    let mut pixmap = Pixmap::new(size(theme::WIDTH), size(theme::HEIGHT))
        .ok_or_else(|| FigureError::Png("no memory for the picture".to_owned()))?;
    let RGBColor(red, green, blue) = theme::PAPER;
    pixmap.fill(Color::from_rgba8(red, green, blue, u8::MAX));
    for item in list {
        draw(&mut pixmap, item, fonts);
    }
    pixmap
        .encode_png()
        .map_err(|error| FigureError::Png(error.to_string()))
}

fn device(grid: i32) -> f32 {
    grid as f32 * SCALE as f32 / GRID as f32
}

fn scaled(logical: f64) -> f32 {
    logical as f32 * SCALE as f32
}

fn paint(colour: RGBColor) -> Paint<'static> {
    let RGBColor(red, green, blue) = colour;
    Paint {
        shader: Shader::SolidColor(Color::from_rgba8(red, green, blue, u8::MAX)),
        anti_alias: true,
        ..Paint::default()
    }
}

/// Shapes without extent give no path and are left out.
fn draw(pixmap: &mut Pixmap, item: &Item, fonts: &Fonts) {
    match item {
        Item::Path { points, stroke } => {
            if let Some(path) = polyline(points, false) {
                pixmap.stroke_path(
                    &path,
                    &paint(stroke.colour),
                    &pen(stroke),
                    Transform::identity(),
                    None,
                );
            }
        }
        Item::Polygon { points, fill } => {
            if let Some(path) = polyline(points, true) {
                pixmap.fill_path(
                    &path,
                    &paint(*fill),
                    FillRule::Winding,
                    Transform::identity(),
                    None,
                );
            }
        }
        Item::Rectangle { from, to, fill } => {
            let corners = (device(from.0), device(from.1), device(to.0), device(to.1));
            if let Some(rect) = Rect::from_ltrb(corners.0, corners.1, corners.2, corners.3) {
                pixmap.fill_rect(rect, &paint(*fill), Transform::identity(), None);
            }
        }
        Item::Circle {
            centre,
            radius,
            fill,
        } => {
            let radius = i32::try_from(*radius).unwrap_or(0);
            let circle =
                PathBuilder::from_circle(device(centre.0), device(centre.1), device(radius));
            if let Some(path) = circle {
                pixmap.fill_path(
                    &path,
                    &paint(*fill),
                    FillRule::Winding,
                    Transform::identity(),
                    None,
                );
            }
        }
        Item::Text {
            text,
            at,
            style,
            anchor,
        } => draw_text(pixmap, fonts, text, *at, *style, *anchor),
    }
}

fn polyline(points: &[BackendCoord], close: bool) -> Option<tiny_skia::Path> {
    let mut builder = PathBuilder::new();
    for (i, &(x, y)) in points.iter().enumerate() {
        if i == 0 {
            builder.move_to(device(x), device(y));
        } else {
            builder.line_to(device(x), device(y));
        }
    }
    if close {
        builder.close();
    }
    builder.finish()
}

fn pen(stroke: &canvas::Stroke) -> Stroke {
    Stroke {
        width: scaled(stroke.width),
        line_cap: LineCap::Butt,
        line_join: LineJoin::Round,
        dash: stroke
            .dash
            .and_then(|(dash, gap)| StrokeDash::new(vec![scaled(dash), scaled(gap)], 0.0)),
        ..Stroke::default()
    }
}

fn draw_text(
    pixmap: &mut Pixmap,
    fonts: &Fonts,
    text: &str,
    at: BackendCoord,
    style: TextStyle,
    anchor: Anchor,
) {
    let (glyphs, width) = fonts.shape(text, style.weight, style.tabular);
    let size = scaled(style.size);
    let start = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -width / 2.0,
        Anchor::End => -width,
    };
    let face = fonts.face(style.weight);
    let mut outlines = Outlines {
        builder: PathBuilder::new(),
        x: 0.0,
        y: device(at.1),
        scale: size / f32::from(face.units_per_em()),
    };
    for glyph in glyphs {
        outlines.x = device(at.0) + (start + glyph.x) as f32 * size;
        // A blank glyph has no outline.
        let _ = face.outline_glyph(glyph.id, &mut outlines);
    }
    let Some(path) = outlines.builder.finish() else {
        return;
    };
    if let Some(ground) = style.halo {
        let halo = Stroke {
            width: scaled(HALO) * 2.0,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        pixmap.stroke_path(&path, &paint(ground), &halo, Transform::identity(), None);
    }
    pixmap.fill_path(
        &path,
        &paint(style.colour),
        FillRule::Winding,
        Transform::identity(),
        None,
    );
}

/// Glyph outlines on their way from font units, y upwards, to device pixels.
struct Outlines {
    builder: PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl Outlines {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Outlines {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x1, y1) = self.place(x1, y1);
        let (x, y) = self.place(x, y);
        self.builder.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (x1, y1) = self.place(x1, y1);
        let (x2, y2) = self.place(x2, y2);
        let (x, y) = self.place(x, y);
        self.builder.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}
