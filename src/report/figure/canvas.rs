//! The backend plotters draws on: it records what is drawn, to be turned into
//! pixels and into SVG afterwards, and measures text itself.
//!
//! Plotters addresses whole pixels, which puts kinks into curves; so the canvas
//! is [`GRID`] times finer than the figure.

use std::convert::Infallible;

use plotters::style::RGBColor;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};

use super::font::{Fonts, Weight};
use super::theme::{self, Palette};

/// Grid steps per logical pixel.
pub const GRID: i32 = 8;

/// The grid position nearest to a logical one.
pub fn to_grid(logical: f64) -> i32 {
    (logical * f64::from(GRID)).round() as i32
}

/// The logical position of a grid position.
pub fn to_logical(grid: i32) -> f64 {
    f64::from(grid) / f64::from(GRID)
}

/// A line's look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub colour: RGBColor,
    /// Its width in logical pixels.
    pub width: f64,
    /// Lengths of dash and gap in logical pixels; solid without.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    /// A solid line.
    pub fn solid(colour: RGBColor, width: f64) -> Self {
        Self {
            colour,
            width,
            dash: None,
        }
    }

    /// A dashed line.
    pub fn dashed(colour: RGBColor, width: f64, dash: f64, gap: f64) -> Self {
        Self {
            colour,
            width,
            dash: Some((dash, gap)),
        }
    }
}

/// A text's look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextStyle {
    /// Type size in logical pixels.
    pub size: f64,
    /// Weight.
    pub weight: Weight,
    /// Colour.
    pub colour: RGBColor,
    /// Whether all figures have one width, as in columns and on axes.
    pub tabular: bool,
    /// The colour that surrounds the letters, if any, to be read on lines.
    pub halo: Option<RGBColor>,
}

impl TextStyle {
    /// Regular weight, proportional figures, no halo.
    pub fn new(size: f64, colour: RGBColor) -> Self {
        Self {
            size,
            weight: Weight::Regular,
            colour,
            tabular: false,
            halo: None,
        }
    }

    /// The same in semi-bold.
    pub fn bold(self) -> Self {
        Self {
            weight: Weight::SemiBold,
            ..self
        }
    }

    /// The same with tabular figures.
    pub fn tabular(self) -> Self {
        Self {
            tabular: true,
            ..self
        }
    }

    /// The same with a halo in the colour of its ground.
    pub fn halo(self, ground: RGBColor) -> Self {
        Self {
            halo: Some(ground),
            ..self
        }
    }
}

/// Which point of a text lies at its position, horizontally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its start.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// One thing drawn. Positions are grid positions.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// An open line.
    Path {
        /// Its corners.
        points: Vec<BackendCoord>,
        /// Its look.
        stroke: Stroke,
    },
    /// A filled area.
    Polygon {
        /// Its corners.
        points: Vec<BackendCoord>,
        /// Its colour.
        fill: RGBColor,
    },
    /// A filled rectangle.
    Rectangle {
        /// Upper left corner.
        from: BackendCoord,
        /// Lower right corner.
        to: BackendCoord,
        /// Its colour.
        fill: RGBColor,
    },
    /// A filled circle.
    Circle {
        /// Its centre.
        centre: BackendCoord,
        /// Its radius in grid steps.
        radius: u32,
        /// Its colour.
        fill: RGBColor,
    },
    /// A line of text.
    Text {
        /// What it says.
        text: String,
        /// Where its anchor lies on its base line.
        at: BackendCoord,
        /// Its look.
        style: TextStyle,
        /// What the position means.
        anchor: Anchor,
    },
    /// What a viewer says while the pointer rests on a rectangle. It has no look.
    Hint {
        /// Upper left corner.
        from: BackendCoord,
        /// Lower right corner.
        to: BackendCoord,
        /// What it says, with line breaks.
        text: String,
    },
}

/// Everything drawn, in order.
pub type DisplayList = Vec<Item>;

/// The recording backend.
pub struct Canvas<'a> {
    fonts: &'a Fonts,
    list: &'a mut DisplayList,
    paper: RGBColor,
    size: (f64, f64),
}

impl<'a> Canvas<'a> {
    /// A canvas of a width and height that appends to `list`.
    pub fn new(
        fonts: &'a Fonts,
        list: &'a mut DisplayList,
        palette: &Palette,
        size: (f64, f64),
    ) -> Self {
        Self {
            fonts,
            list,
            paper: palette.paper,
            size,
        }
    }

    /// Colours are recorded opaque: a translucent one as it looks on the paper.
    fn opaque(&self, colour: BackendColor) -> RGBColor {
        let (red, green, blue) = colour.rgb;
        theme::blend(self.paper, RGBColor(red, green, blue), colour.alpha)
    }

    fn stroke_of<S: BackendStyle>(&self, style: &S) -> Stroke {
        let width = i32::try_from(style.stroke_width()).unwrap_or(GRID);
        Stroke::solid(self.opaque(style.color()), to_logical(width))
    }

    fn text_style_of<S: BackendTextStyle>(&self, style: &S) -> TextStyle {
        let colour = self.opaque(style.color());
        let plain = TextStyle::new(style.size() / f64::from(GRID), colour);
        match style.style() {
            FontStyle::Bold => plain.bold(),
            _ => plain,
        }
    }

    /// Records an item, for elements that plotters' backend trait has no call for.
    pub fn record(&mut self, item: Item) {
        self.list.push(item);
    }
}

/// What drawing on the backend gives: it cannot fail.
pub type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let steps = |logical: f64| to_grid(logical).unsigned_abs();
        (steps(self.size.0), steps(self.size.1))
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn {
        let fill = self.opaque(colour);
        self.list.push(Item::Rectangle {
            from: point,
            to: (point.0 + 1, point.1 + 1),
            fill,
        });
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if !fill {
            return self.draw_path([from, (to.0, from.1), to, (from.0, to.1), from], style);
        }
        self.list.push(Item::Rectangle {
            from: (from.0.min(to.0), from.1.min(to.1)),
            to: (from.0.max(to.0), from.1.max(to.1)),
            fill: self.opaque(style.color()),
        });
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.list.push(Item::Path {
            points: path.into_iter().collect(),
            stroke: self.stroke_of(style),
        });
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        self.list.push(Item::Circle {
            centre,
            radius,
            fill: self.opaque(style.color()),
        });
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Drawn {
        self.list.push(Item::Polygon {
            points: points.into_iter().collect(),
            fill: self.opaque(style.color()),
        });
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        let own = self.text_style_of(style);
        let drop = match style.anchor().v_pos {
            VPos::Top => theme::CAP_HEIGHT,
            VPos::Center => theme::CAP_HEIGHT / 2.0,
            VPos::Bottom => 0.0,
        };
        self.list.push(Item::Text {
            text: text.to_owned(),
            at: (at.0, at.1.saturating_add(to_grid(drop * own.size))),
            style: own,
            anchor: match style.anchor().h_pos {
                HPos::Left => Anchor::Start,
                HPos::Center => Anchor::Middle,
                HPos::Right => Anchor::End,
            },
        });
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let own = self.text_style_of(style);
        let steps = |logical: f64| to_grid(logical).unsigned_abs();
        Ok((steps(self.fonts.width(text, own)), steps(own.size)))
    }
}
