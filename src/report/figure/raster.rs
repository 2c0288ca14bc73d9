//! A display list as a PNG.

use plotters::style::RGBColor;
use plotters_backend::BackendCoord;
use read_fonts::model::glyph::outline::{DrawMemory, DrawOptions, PathSink};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, PathBuilder, Pixmap, Rect, Shader, Stroke,
    StrokeDash, Transform,
};

use super::canvas::{self, Anchor, GRID, Item, TextStyle};
use super::font::Fonts;
use super::{Drawing, FigureError};
use crate::scenario::PIXELS_PER_INCH;

/// Width of the halo of a text, in logical pixels.
const HALO: f64 = 2.5;

/// Draws the list at so many pixels per inch and encodes the picture.
pub fn png(drawing: &Drawing, fonts: &Fonts, dpi: u32) -> Result<Vec<u8>, FigureError> {
    let brush = Brush {
        fonts,
        scale: dpi as f32 / PIXELS_PER_INCH as f32,
    };
    let side = |logical: f64| brush.scaled(logical).round() as u32;
    let (width, height) = (side(drawing.width()), side(drawing.height()));
    let mut pixmap = Pixmap::new(width, height)
        .ok_or_else(|| FigureError::Png("no memory for the picture".to_owned()))?;
    let RGBColor(red, green, blue) = drawing.style.theme.palette().paper;
    pixmap.fill(Color::from_rgba8(red, green, blue, u8::MAX));
    for item in &drawing.list {
        brush.draw(&mut pixmap, item);
    }
    // Everything lies on an opaque ground, so the alpha channel says nothing. By an index,
    // since an iterator over millions of pixels is slow where nothing is optimised.
    let rgba = pixmap.take();
    let (pixels, _) = rgba.as_chunks::<4>();
    let mut colours = vec![[0; 3]; pixels.len()];
    let rgb = colours.as_mut_slice();
    let mut i = 0;
    while i < pixels.len() {
        let [red, green, blue, _] = pixels[i];
        rgb[i] = [red, green, blue];
        i += 1;
    }
    encode(rgb.as_flattened(), width, height, dpi)
        .map_err(|error| FigureError::Png(error.to_string()))
}

/// An image of three bytes per pixel, with its resolution so that it is set at its
/// own size.
fn encode(rgb: &[u8], width: u32, height: u32, dpi: u32) -> Result<Vec<u8>, png::EncodingError> {
    const INCHES_PER_METRE: f64 = 1.0 / 0.0254;
    let per_metre = (f64::from(dpi) * INCHES_PER_METRE).round() as u32;
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_srgb(png::SrgbRenderingIntent::RelativeColorimetric);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(out)
}

fn paint(colour: RGBColor) -> Paint<'static> {
    let RGBColor(red, green, blue) = colour;
    Paint {
        shader: Shader::SolidColor(Color::from_rgba8(red, green, blue, u8::MAX)),
        anti_alias: true,
        ..Paint::default()
    }
}

/// What turns items into pixels.
struct Brush<'a> {
    fonts: &'a Fonts,
    /// Device pixels per logical pixel.
    scale: f32,
}

impl Brush<'_> {
    fn device(&self, grid: i32) -> f32 {
        grid as f32 * self.scale / GRID as f32
    }

    fn scaled(&self, logical: f64) -> f32 {
        logical as f32 * self.scale
    }

    /// Shapes without extent give no path and are left out.
    fn draw(&self, pixmap: &mut Pixmap, item: &Item) {
        match item {
            Item::Path { points, stroke } => {
                if let Some(path) = self.polyline(points, false) {
                    pixmap.stroke_path(
                        &path,
                        &paint(stroke.colour),
                        &self.pen(stroke),
                        Transform::identity(),
                        None,
                    );
                }
            }
            Item::Polygon { points, fill } => {
                if let Some(path) = self.polyline(points, true) {
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
                let corners = (
                    self.device(from.0),
                    self.device(from.1),
                    self.device(to.0),
                    self.device(to.1),
                );
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
                let circle = PathBuilder::from_circle(
                    self.device(centre.0),
                    self.device(centre.1),
                    self.device(radius),
                );
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
            } => self.draw_text(pixmap, text, *at, *style, *anchor),
            Item::Hint { .. } => {}
        }
    }

    fn polyline(&self, points: &[BackendCoord], close: bool) -> Option<tiny_skia::Path> {
        let mut builder = PathBuilder::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            if i == 0 {
                builder.move_to(self.device(x), self.device(y));
            } else {
                builder.line_to(self.device(x), self.device(y));
            }
        }
        if close {
            builder.close();
        }
        builder.finish()
    }

    fn pen(&self, stroke: &canvas::Stroke) -> Stroke {
        Stroke {
            width: self.scaled(stroke.width),
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            dash: stroke.dash.and_then(|(dash, gap)| {
                StrokeDash::new(vec![self.scaled(dash), self.scaled(gap)], 0.0)
            }),
            ..Stroke::default()
        }
    }

    fn draw_text(
        &self,
        pixmap: &mut Pixmap,
        text: &str,
        at: BackendCoord,
        style: TextStyle,
        anchor: Anchor,
    ) {
        let (glyphs, width) = self.fonts.shape(text, style.weight, style.tabular);
        let size = self.scaled(style.size);
        let start = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let face = self.fonts.face(style.weight);
        let shapes = face.outline_glyphs();
        let mut outlines = Outlines {
            builder: PathBuilder::new(),
            x: 0.0,
            y: self.device(at.1),
            scale: size / f32::from(face.units_per_em()),
        };
        for glyph in glyphs {
            outlines.x = self.device(at.0) + (start + glyph.x) as f32 * size;
            if let Some(outline) = shapes.get(glyph.id) {
                // What of an outline cannot be read is left out.
                let _ = outline.draw(&DrawOptions::new(), DrawMemory::Scratch, &mut outlines);
            }
        }
        let Some(path) = outlines.builder.finish() else {
            return;
        };
        if let Some(ground) = style.halo {
            let halo = Stroke {
                width: self.scaled(HALO) * 2.0,
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

impl PathSink for Outlines {
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
