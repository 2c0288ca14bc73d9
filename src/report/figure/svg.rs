//! A display list as SVG text: a document that carries its fonts, or an element to
//! be set into a page that has them.

use std::fmt::Write;

use plotters::style::RGBColor;
use plotters_backend::BackendCoord;

use super::Drawing;
use super::canvas::{self, Anchor, Item, Stroke, TextStyle};
use super::font::{REGULAR_WOFF2, SEMI_BOLD_WOFF2, Weight};
use crate::text::{base64, is_hidden};

/// Families in the order a viewer tries them. The embedded font comes under its
/// own name, so that an installed Inter of another version does not replace it.
const FAMILIES: &str = "'Inter Embedded', Inter, Helvetica, Arial, sans-serif";
/// Width of the halo of a text, in logical pixels, both sides together.
const HALO: &str = "5";

/// The drawing as an SVG document with its fonts, sharp and alike on every machine.
pub fn document(drawing: &Drawing) -> String {
    written(drawing, &format!("{}{}", font_faces(), rules()), "")
}

/// The drawing as an element of an HTML page. `id` is the page's own, unique name for
/// it; the page has [`font_faces`] and [`rules`] in a style sheet.
pub fn element_of_page(drawing: &Drawing, id: &str) -> String {
    written(drawing, "", id)
}

/// The CSS that embeds both weights of the typeface.
pub fn font_faces() -> String {
    format!(
        "{}{}",
        font_face(REGULAR_WOFF2, 400),
        font_face(SEMI_BOLD_WOFF2, 600)
    )
}

/// The CSS rules of figures, which hold for them alone.
pub fn rules() -> String {
    format!(
        ".capbind-figure text {{ font-family: {FAMILIES}; white-space: pre }}\n\
         .capbind-figure .b {{ font-weight: 600 }}\n\
         .capbind-figure .t {{ font-feature-settings: \"tnum\" }}\n\
         .capbind-figure .h {{ paint-order: stroke; stroke-width: {HALO} }}\n\
         .capbind-figure .v {{ pointer-events: all }}\n"
    )
}

/// Title and description are what a screen reader says; hints what a browser shows
/// while the pointer rests.
fn written(drawing: &Drawing, css: &str, id: &str) -> String {
    let mut out = String::with_capacity(128 * 1024);
    let (width, height) = (number(drawing.width()), number(drawing.height()));
    let id = escape(if id.is_empty() { "capbind" } else { id });
    let style = if css.is_empty() {
        String::new()
    } else {
        format!("<style>\n{css}</style>\n")
    };
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" class=\"capbind-figure\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n\
         {style}<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n\
         <g fill=\"none\" stroke-linejoin=\"round\">\n",
        escape(&drawing.title),
        escape(&drawing.description),
        hex(drawing.style.theme.palette().paper),
    );
    for item in &drawing.list {
        out.push_str(&element(item));
        out.push('\n');
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn font_face(data: &[u8], weight: u16) -> String {
    format!(
        "@font-face {{ font-family: 'Inter Embedded'; font-weight: {weight}; \
         src: url(data:font/woff2;base64,{}) format('woff2') }}\n",
        base64(data)
    )
}

fn element(item: &Item) -> String {
    match item {
        Item::Path { points, stroke } => {
            format!(
                "<polyline points=\"{}\" {}/>",
                coordinates(points),
                stroked(stroke)
            )
        }
        Item::Polygon { points, fill } => {
            format!(
                "<polygon points=\"{}\" fill=\"{}\"/>",
                coordinates(points),
                hex(*fill)
            )
        }
        Item::Rectangle { from, to, fill } => format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
            number(canvas::to_logical(from.0)),
            number(canvas::to_logical(from.1)),
            number(canvas::to_logical(to.0 - from.0)),
            number(canvas::to_logical(to.1 - from.1)),
            hex(*fill)
        ),
        Item::Circle {
            centre,
            radius,
            fill,
        } => format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>",
            number(canvas::to_logical(centre.0)),
            number(canvas::to_logical(centre.1)),
            number(canvas::to_logical(i32::try_from(*radius).unwrap_or(0))),
            hex(*fill)
        ),
        Item::Text {
            text,
            at,
            style,
            anchor,
        } => text_element(text, *at, *style, *anchor),
        Item::Hint { from, to, text } => format!(
            "<rect class=\"v\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>",
            number(canvas::to_logical(from.0)),
            number(canvas::to_logical(from.1)),
            number(canvas::to_logical(to.0 - from.0)),
            number(canvas::to_logical(to.1 - from.1)),
            escape_lines(text)
        ),
    }
}

fn text_element(text: &str, at: BackendCoord, style: TextStyle, anchor: Anchor) -> String {
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let mut classes = Vec::new();
    if style.weight == Weight::SemiBold {
        classes.push("b");
    }
    if style.tabular {
        classes.push("t");
    }
    let halo = style.halo.map_or_else(String::new, |ground| {
        classes.push("h");
        format!(" stroke=\"{}\"", hex(ground))
    });
    let class = if classes.is_empty() {
        String::new()
    } else {
        format!(" class=\"{}\"", classes.join(" "))
    };
    format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{halo}{anchor}{class}>{}</text>",
        number(canvas::to_logical(at.0)),
        number(canvas::to_logical(at.1)),
        number(style.size),
        hex(style.colour),
        escape(text)
    )
}

fn stroked(stroke: &Stroke) -> String {
    let dash = stroke.dash.map_or_else(String::new, |(dash, gap)| {
        format!(" stroke-dasharray=\"{} {}\"", number(dash), number(gap))
    });
    format!(
        "stroke=\"{}\" stroke-width=\"{}\"{dash}",
        hex(stroke.colour),
        number(stroke.width)
    )
}

fn coordinates(points: &[BackendCoord]) -> String {
    let mut out = String::with_capacity(points.len() * 14);
    for (i, &(x, y)) in points.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        out.push_str(&number(canvas::to_logical(x)));
        out.push(',');
        out.push_str(&number(canvas::to_logical(y)));
    }
    out
}

/// Three decimals hold a grid position exactly.
fn number(value: f64) -> String {
    let steps = value * f64::from(canvas::GRID);
    if steps.fract() == 0.0 && steps.abs() < 1e9 {
        return grid_number(steps as i64);
    }
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

/// So many steps of the grid, in whole numbers: most numbers of a drawing are some.
fn grid_number(steps: i64) -> String {
    let thousandths = steps.abs() * (1000 / i64::from(canvas::GRID));
    let (whole, part) = (thousandths / 1000, thousandths % 1000);
    let sign = if steps < 0 { "-" } else { "" };
    match part {
        0 => format!("{sign}{whole}"),
        _ => format!(
            "{sign}{whole}.{}",
            format!("{part:03}").trim_end_matches('0')
        ),
    }
}

fn hex(colour: RGBColor) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.0, colour.1, colour.2)
}

/// The same for text whose line breaks are kept.
fn escape_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape).collect();
    lines.join("\n")
}

/// Text as it may stand between tags and in attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no way to write control characters, not even escaped.
            _ if is_hidden(character) || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                out.push(' ');
            }
            // Writing a no-break space by number keeps it visible to editors.
            '\u{a0}' => {
                let _ = write!(out, "&#160;");
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Style;

    #[test]
    fn text_is_escaped() {
        let script = "<script>alert(\"x\" & 'y')</script>";
        let style = TextStyle::new(12.0, RGBColor(0, 0, 0));
        let item = Item::Text {
            text: script.to_owned(),
            at: (8, 20),
            style,
            anchor: Anchor::Start,
        };
        let hint = Item::Hint {
            from: (0, 0),
            to: (8, 8),
            text: format!("{script}\n2029"),
        };
        let drawing = Drawing {
            list: vec![item, hint],
            height: 100.0,
            plots: Vec::new(),
            style: Style::default(),
            title: script.to_owned(),
            description: script.to_owned(),
        };
        for svg in [document(&drawing), element_of_page(&drawing, "a")] {
            assert!(!svg.contains("<script"));
            let escaped = "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)&lt;/script&gt;";
            assert_eq!(svg.matches(escaped).count(), 4);
            assert!(svg.contains("&lt;/script&gt;\n2029</title>"));
        }
        assert_eq!(escape("a\u{0}b"), "a b");
    }

    #[test]
    fn numbers_are_short_and_exact() {
        assert_eq!(number(12.0), "12");
        assert_eq!(number(0.125), "0.125");
        assert_eq!(number(-0.0001), "0");
        assert_eq!(number(100.0), "100");
        assert_eq!(number(-3.625), "-3.625");
        assert_eq!(number(1.03), "1.03");
        assert_eq!(number(7.5), "7.5");
    }
}
