//! The gallery: its page is up to date, and every kind of figure is in it.
#![cfg(feature = "charts")]

use std::fs;
use std::path::Path;

use capbind::report::figure::{Drawing, Figure};
use tiny_skia::Pixmap;

#[path = "../examples/gallery.rs"]
mod gallery;

/// Pixels that may differ from the picture committed: what another processor rounds
/// another way at the edge of a letter.
const MOST_PIXELS: usize = 20;
/// A difference of a channel, 0 to 255, that does not show.
const UNSEEN: u8 = 16;

/// A figure as it is drawn now.
fn drawn(entry: &gallery::Entry) -> Pixmap {
    let drawing = Drawing::new(&entry.figure, entry.style).unwrap();
    Pixmap::decode_png(&drawing.png().unwrap()).unwrap()
}

/// The pixels in which two pictures of the same size differ.
fn differing(a: &Pixmap, b: &Pixmap) -> usize {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    if a.data() == b.data() {
        return 0;
    }
    let pixels = a.data().chunks_exact(4).zip(b.data().chunks_exact(4));
    let differs = |(a, b): &(&[u8], &[u8])| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > UNSEEN);
    pixels.filter(differs).count()
}

#[test]
fn a_bar_a_tenth_longer_is_another_picture() {
    let mut entries = gallery::entries().unwrap();
    let entry = entries.iter_mut().find(|entry| entry.name == "binding");
    let entry = entry.unwrap();
    let before = drawn(entry);
    assert_eq!(differing(&before, &drawn(entry)), 0);
    let Figure::Binding(binding) = &mut entry.figure else {
        panic!("{:?}", entry.figure.kind());
    };
    // The tallest sets the scale; the next gives way to it.
    let bars = &mut binding.bars;
    let mut order: Vec<usize> = (0..bars.len()).collect();
    order.sort_by(|a, b| bars[*b].probability.total_cmp(&bars[*a].probability));
    bars[order[1]].probability *= 0.9;
    let changed = differing(&before, &drawn(entry));
    assert!(changed > MOST_PIXELS, "{changed} pixels");
}

/// The largest picture committed, in bytes.
const LARGEST: u64 = 110_000;

#[test]
fn the_gallery_holds_every_kind_and_is_up_to_date() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let entries = gallery::entries().unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        gallery::write(&entries, &docs).unwrap();
    }
    for kind in Figure::KINDS {
        let shown = entries.iter().any(|entry| entry.figure.kind() == kind);
        assert!(shown, "no figure of the kind {kind:?}");
    }
    let page = fs::read_to_string(docs.join("gallery.md")).unwrap();
    assert_eq!(
        page,
        gallery::markdown(&entries),
        "run `cargo run --release --example gallery`"
    );
    for entry in &entries {
        let file = docs.join("gallery").join(format!("{}.png", entry.name));
        let size = fs::metadata(&file).unwrap().len();
        assert!(size <= LARGEST, "{}: {size} bytes", entry.name);
        let picture = Pixmap::decode_png(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(picture.width(), 510);
        let differing = differing(&picture, &drawn(entry));
        assert!(
            differing <= MOST_PIXELS,
            "{}: {differing} pixels differ; run `cargo run --release --example gallery`",
            entry.name
        );
    }
    let pictures = fs::read_dir(docs.join("gallery")).unwrap().count();
    assert_eq!(pictures, entries.len(), "pictures nobody links to");
}
