use super::*;

#[test]
fn every_sample_is_drawn_and_decodes() {
    for (name, figure) in samples::all() {
        let rendered = render(&figure).unwrap();
        let picture = tiny_skia::Pixmap::decode_png(&rendered.png).unwrap();
        assert_eq!((picture.width(), picture.height()), (1800, 1120), "{name}");
        assert!(rendered.svg.starts_with("<svg "), "{name}");
        assert!(rendered.svg.ends_with("</svg>\n"), "{name}");
        assert!(!rendered.svg.contains("<script"), "{name}");
        assert!(!rendered.svg.contains("NaN"), "{name}");
    }
}

#[test]
fn equal_figures_give_equal_bytes() {
    for figure in [
        Figure::Fan(samples::paid(0.2, 38.0)),
        Figure::Binding(samples::binding(38.0, 3)),
        Figure::Total(samples::total(Some(38.0))),
        Figure::Convergence(samples::convergence::typical()),
    ] {
        assert_eq!(render(&figure).unwrap(), render(&figure).unwrap());
    }
}

/// The boxes of all texts of a figure, in logical pixels.
fn text_boxes(figure: &Figure) -> Vec<(String, Rect)> {
    let fonts = Fonts::embedded().unwrap();
    let mut list = Vec::new();
    draw(&fonts, &mut list, figure).unwrap();
    list.into_iter()
        .filter_map(|item| match item {
            canvas::Item::Text {
                text,
                at,
                style,
                anchor,
            } => {
                let width = fonts.width(&text, style);
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
                Some((text, rect))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn no_text_is_clipped_or_overlaps_another() {
    for (name, figure) in samples::all() {
        let boxes = text_boxes(&figure);
        for (i, (text, rect)) in boxes.iter().enumerate() {
            assert!(
                rect.left >= 0.0
                    && rect.top >= 0.0
                    && rect.right <= f64::from(theme::WIDTH)
                    && rect.bottom <= f64::from(theme::HEIGHT),
                "{name}: {text:?} leaves the page: {rect:?}"
            );
            for (other_text, other) in &boxes[i + 1..] {
                let overlap = rect.left < other.right
                    && other.left < rect.right
                    && rect.top < other.bottom
                    && other.top < rect.bottom;
                assert!(!overlap, "{name}: {text:?} and {other_text:?} overlap");
            }
        }
    }
}

#[test]
fn both_formats_say_the_same() {
    let figure = Figure::Fan(samples::paid(0.2, 38.0));
    let svg = render(&figure).unwrap().svg;
    for (text, _) in text_boxes(&figure) {
        assert!(
            svg.contains(&format!(">{}<", text.replace('\u{a0}', "&#160;"))),
            "{text}"
        );
    }
    assert!(svg.contains("width=\"900\" height=\"560\" viewBox=\"0 0 900 560\""));
    assert!(svg.contains("Cap $38&#160;bn"));
    assert!(svg.contains("After the dates shown: IP licence ends, Dec&#160;2032."));
}
