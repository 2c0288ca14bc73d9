//! Damaged journals and manifests: the right bytes, or a clear error. The damage is
//! drawn at random, the manifests it is done to are in `tests/corpus`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{Chance, Place, Run, tries};

/// The files of a folder of the corpus.
fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let entries = fs::read_dir(root.join(folder)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| fs::read(path).unwrap())
        .collect()
}

/// An end by itself, without a panic, and where it failed a word why.
#[track_caller]
fn ends_well(run: &Run) {
    assert!((0..=2).contains(&run.code), "{run:?}");
    assert_eq!(run.code == 0, !run.stderr.contains("error: "), "{run:?}");
    assert!(!run.stderr.contains("panicked"), "{run:?}");
}

#[test]
fn a_damaged_journal_gives_the_right_table_or_a_clear_error() {
    let place = Place::new();
    let sweep = [
        "sweep",
        "a.toml",
        "--no-charts",
        "--resume",
        "--vary",
        "revenue.gbm.volatility=0.1:0.30:0.01",
        "--out",
        "out",
    ];
    // What a sweep has left that found the disk full.
    let program = env!("CARGO_BIN_EXE_capbind");
    let limited = format!("trap '' XFSZ; ulimit -f 8; exec {program} \"$@\"");
    let stopped = std::process::Command::new("sh")
        .current_dir(place.path("."))
        .args(["-c", &limited, "sh"])
        .args(sweep)
        .output()
        .unwrap();
    assert_eq!(Run::from(stopped).code, 1);
    let journal = place.path(".out.sweep");
    let left = fs::read(&journal).unwrap();
    assert!(left.len() > 2_000, "{}", left.len());
    assert_eq!(place.run(&sweep).code, 0);
    let wanted = place.read("out/sweep.csv");
    let mut chance = Chance(7_640_891_576_956_012_809);
    let (mut cut, mut refused) = (0, 0);
    for _ in 0..tries(60) {
        let mut damaged = left.clone();
        chance.damage(&mut damaged);
        fs::write(&journal, &damaged).unwrap();
        fs::remove_file(place.path("out/sweep.csv")).unwrap();
        let run = place.run(&sweep);
        ends_well(&run);
        if run.code != 0 {
            refused += 1;
            fs::remove_file(&journal).unwrap();
            fs::write(place.path("out/sweep.csv"), &wanted).unwrap();
            continue;
        }
        cut += usize::from(run.stderr.contains("are damaged or incomplete"));
        assert_eq!(place.read("out/sweep.csv"), wanted);
    }
    assert!(cut > 10 && refused > 0, "{cut} {refused}");
}

#[test]
fn a_damaged_manifest_gives_findings_or_a_clear_error_and_costs_nobodys_files() {
    let place = Place::new();
    let mut chance = Chance(1_442_695_040_888_963_407);
    let manifests = corpus("manifest");
    assert!(manifests.len() >= 6);
    for i in 0..tries(60) {
        let mut manifest = manifests[i % manifests.len()].clone();
        for _ in 0..1 + chance.below(2) {
            if !manifest.is_empty() {
                chance.damage(&mut manifest);
            }
        }
        let _ = fs::remove_dir_all(place.path("out"));
        place.write("out/manifest.json", &manifest);
        place.write("out/mine.txt", "mine");
        place.write("out/paths.csv", "an edited table");
        let limited = |arguments: &[&str]| {
            let mut command = place.command();
            let limited = command.args(arguments).timeout(Duration::from_secs(20));
            limited.output().unwrap()
        };
        let verified = limited(&["verify", "out"]);
        // A damaged number may ask for more paths than there is time for.
        if verified.status.code().is_some() {
            ends_well(&Run::from(verified));
        }
        ends_well(&place.run(&["run", "a.toml", "--no-charts", "--out", "out"]));
        assert_eq!(place.read("out/mine.txt"), "mine");
        assert_eq!(place.read("out/paths.csv"), "an edited table");
    }
}
