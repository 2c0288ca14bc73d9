use super::sheet::Rect;
use super::*;
use crate::scenario::{Size, Theme};

/// Every theme in every size.
fn styles() -> Vec<(String, Style)> {
    let sizes = Size::ALL.into_iter();
    sizes
        .flat_map(|size| {
            Theme::ALL.map(|theme| {
                let style = Style {
                    theme,
                    size,
                    ..Style::default()
                };
                (format!("{}-{}", size.word(), theme.word()), style)
            })
        })
        .collect()
}

#[test]
fn every_sample_is_drawn_and_decodes() {
    // A folder to look at the pictures in.
    let folder = std::env::var_os("FIGURES");
    for (name, figure) in samples::all() {
        for (style_name, style) in styles() {
            // Pictures of every size and theme take long; the drawing is tested below.
            let wanted = std::env::var("FIGURE").unwrap_or_default();
            let looked_at = folder.is_some() && name.contains(&wanted);
            if !looked_at && style != Style::default() {
                continue;
            }
            let drawing = Drawing::new(&figure, style).unwrap();
            let png = drawing.png().unwrap();
            let picture = tiny_skia::Pixmap::decode_png(&png).unwrap();
            let pixels = |logical: f64| (2.0 * logical) as u32;
            assert_eq!(picture.width(), pixels(drawing.width()), "{name}");
            assert_eq!(picture.height(), pixels(drawing.height()), "{name}");
            if let Some(folder) = &folder {
                let file = format!("{style_name}-{name}.png");
                std::fs::write(std::path::Path::new(folder).join(file), &png).unwrap();
            }
        }
    }
}

#[test]
fn every_kind_has_samples() {
    for kind in Figure::KINDS {
        let kinds = samples::all();
        assert!(
            kinds.iter().any(|(_, figure)| figure.kind() == kind),
            "{kind}"
        );
    }
}

#[test]
fn pictures_carry_their_resolution() {
    let figure = Figure::Fan(samples::paid(0.2, 38.0));
    let style = Style {
        dpi: 300,
        size: Size::Column,
        ..Style::default()
    };
    let drawing = Drawing::new(&figure, style).unwrap();
    let png = drawing.png().unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(&png))
        .read_info()
        .unwrap();
    let info = reader.info();
    let per_metre = info.pixel_dims.unwrap();
    assert_eq!((per_metre.xppu, per_metre.yppu), (11_811, 11_811));
    assert_eq!(per_metre.unit, png::Unit::Meter);
    let inches = drawing.width() / 96.0;
    assert!((f64::from(info.width) - 300.0 * inches).abs() <= 0.5);
}

#[test]
fn documents_are_whole_and_elements_have_ids_of_their_own() {
    for (name, figure) in samples::all() {
        for (_, style) in styles() {
            let drawing = Drawing::new(&figure, style).unwrap();
            let svg = drawing.svg();
            assert!(svg.starts_with("<svg "), "{name}");
            assert!(svg.ends_with("</svg>\n"), "{name}");
            assert!(!svg.contains("<script"), "{name}");
            assert!(!svg.contains("NaN"), "{name}");
            assert_eq!(svg.matches("@font-face").count(), 2, "{name}");
            let element = drawing.inline_svg("revenue-1");
            assert!(element.contains("aria-labelledby=\"revenue-1-title revenue-1-desc\""));
            assert!(!element.contains("<style"));
            let ids = element.matches(" id=\"").count();
            assert_eq!(element.matches(" id=\"revenue-1-").count(), ids, "{name}");
        }
    }
    assert!(Drawing::page_css().contains(".capbind-figure text"));
}
#[test]
fn equal_figures_give_equal_bytes() {
    for figure in [
        Figure::Fan(samples::paid(0.2, 38.0)),
        Figure::Binding(samples::binding(38.0, 3)),
        Figure::Total(samples::total(Some(38.0))),
        Figure::Convergence(samples::convergence::typical()),
    ] {
        let style = Style::default();
        assert_eq!(
            render(&figure, style).unwrap(),
            render(&figure, style).unwrap()
        );
    }
}

/// The boxes of all texts of a figure, in logical pixels.
fn text_boxes(drawing: &Drawing) -> Vec<(String, Rect)> {
    let fonts = Fonts::embedded().unwrap();
    let texts = drawing.list.iter().filter_map(|item| match item {
        canvas::Item::Text {
            text,
            at,
            style,
            anchor,
        } => {
            let width = fonts.width(text, *style);
            let shift = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => -width / 2.0,
                Anchor::End => -width,
            };
            let (x, base) = (canvas::to_logical(at.0), canvas::to_logical(at.1));
            let rect = Rect {
                left: x + shift,
                top: base - style.size * theme::CAP_HEIGHT,
                right: x + shift + width,
                bottom: base + 1.0,
            };
            Some((text.clone(), rect))
        }
        _ => None,
    });
    texts.collect()
}

#[test]
fn no_text_is_clipped_or_overlaps_another() {
    let mut faults = Vec::new();
    for (name, figure) in samples::all() {
        for (style_name, style) in styles() {
            let drawing = Drawing::new(&figure, style).unwrap();
            let boxes = text_boxes(&drawing);
            for (i, (text, rect)) in boxes.iter().enumerate() {
                let inside = rect.left >= 0.0
                    && rect.top >= 0.0
                    && rect.right <= drawing.width()
                    && rect.bottom <= drawing.height();
                if !inside {
                    faults.push(format!("{style_name}-{name}: {text:?} leaves the page"));
                }
                for (other_text, other) in &boxes[i + 1..] {
                    let overlap = rect.left < other.right
                        && other.left < rect.right
                        && rect.top < other.bottom
                        && other.top < rect.bottom;
                    if overlap {
                        let pair = format!("{text:?} and {other_text:?}");
                        faults.push(format!("{style_name}-{name}: {pair} overlap"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn both_formats_say_the_same() {
    let figure = Figure::Fan(samples::paid(0.2, 38.0));
    let drawing = Drawing::new(&figure, Style::default()).unwrap();
    let svg = drawing.svg();
    for (text, _) in text_boxes(&drawing) {
        assert!(
            svg.contains(&format!(">{}<", text.replace('\u{a0}', "&#160;"))),
            "{text}"
        );
    }
    assert!(svg.contains("width=\"720\" height=\"470\" viewBox=\"0 0 720 470\""));
    assert!(svg.contains("Cap $38&#160;bn"));
    assert!(svg.contains("After the dates shown: IP licence ends, Dec&#160;2032."));
}
