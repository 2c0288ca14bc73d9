//! The committed run in output/reference, made again.
#![cfg(feature = "cli")]

mod common;

use std::fs;
use std::path::Path;

use tiny_skia::Pixmap;

/// How the reference was made, in the project's folder.
const ARGUMENTS: [&str; 4] = ["run", "scenarios/openai-microsoft.toml", "--paths", "65536"];
const TABLES: [&str; 5] = [
    "summary.csv",
    "periods.csv",
    "years.csv",
    "binding.csv",
    "ends.csv",
];
const CHARTS: [&str; 5] = ["revenue", "cumulative", "binding", "total", "timeline"];

fn reference() -> std::path::PathBuf {
    common::project().join("output/reference")
}

fn make(out: &Path) {
    common::capbind(common::project())
        .args(ARGUMENTS)
        .arg("--quiet")
        .arg("--out")
        .arg(out)
        .assert()
        .success();
}

#[test]
fn the_reference_run_is_reproduced() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        make(&reference());
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("again");
    make(&out);
    let read = |folder: &Path, name: &str| fs::read(folder.join(name)).unwrap();
    for name in TABLES {
        let same = read(&out, name) == read(&reference(), name);
        assert!(same, "{name} differs from output/reference");
    }
    let page = "report.html";
    assert!(
        read(&out, page) == read(&reference(), page),
        "{page} differs"
    );
    for name in CHARTS {
        let svg = format!("charts/{name}.svg");
        assert!(
            read(&out, &svg) == read(&reference(), &svg),
            "{svg} differs"
        );
        // Pixels may differ in the last bit from one processor to another.
        let png = read(&reference(), &format!("charts/{name}.png"));
        let picture = Pixmap::decode_png(&png).unwrap();
        assert_eq!(picture.width(), 1440);
    }
}

#[test]
fn the_manifest_names_every_file_with_its_hash() {
    use sha2::{Digest, Sha256};
    let bytes = fs::read(reference().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), TABLES.len() + 2 * CHARTS.len() + 1);
    for file in files {
        let content = fs::read(reference().join(file["name"].as_str().unwrap())).unwrap();
        let hash: String = Sha256::digest(content)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(file["sha256"], hash, "{file}");
    }
    assert_eq!(manifest["seed"], 20_260_427);
}
