//! The gallery: its page is up to date, and every kind of figure is in it.

use std::fs;
use std::path::Path;

use capbind::report::figure::Figure;

#[path = "../examples/gallery.rs"]
mod gallery;

/// The largest picture committed, in bytes.
const LARGEST: u64 = 90_000;

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
        let picture = tiny_skia::Pixmap::decode_png(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(picture.width(), 510);
    }
    let pictures = fs::read_dir(docs.join("gallery")).unwrap().count();
    assert_eq!(pictures, entries.len(), "pictures nobody links to");
}
