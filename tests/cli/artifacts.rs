//! The folder of a run and the bytes that the library makes of the same text.

use std::collections::BTreeMap;

use capbind::RunOptions;
use capbind::report::Format;

use super::*;

const REPORTED: &str = "period_start,period_end,revenue\n2026-01-01,2026-03-31,2.6\n";

#[test]
fn the_library_makes_the_folder_of_a_run_byte_for_byte() {
    let place = Place::new();
    let text = format!("{SCENARIO}\n[actuals]\nfile = \"reported.csv\"\n");
    place.write("b.toml", &text);
    place.write("reported.csv", REPORTED);
    let flags = ["--convergence", "--keep-paths", "3", "--format", "xlsx"];
    let asked = ["run", "b.toml", "--set", "agreement.cap=9", "--out", "out"];
    let run = place.run(&[&asked[..], &flags].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let options = RunOptions {
        convergence: true,
        keep_paths: 3,
        formats: vec![Format::Xlsx],
        ..RunOptions::default()
    };
    let files = BTreeMap::from([("reported.csv".to_owned(), REPORTED.as_bytes().to_vec())]);
    let changes = ["agreement.cap=9".to_owned()];
    let made = capbind::run_text("b.toml", &text, &changes, &files, &options, &()).unwrap();
    let folder = place.contents("out");
    for (name, bytes) in &made.files {
        assert!(folder[name] == *bytes, "{name}");
    }
    assert_eq!(folder.len(), made.files.len());
    assert_eq!(made.said.files, made.files.len());
    assert!(run.stdout.starts_with(&made.said.text));
}
