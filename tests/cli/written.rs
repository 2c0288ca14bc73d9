//! What is written, where, and what is left alone.

use std::fs;

use super::{Place, SCENARIO};

const FILES: [&str; 6] = [
    "binding.csv",
    "ends.csv",
    "manifest.json",
    "periods.csv",
    "summary.csv",
    "years.csv",
];

#[test]
fn results_go_to_a_folder_named_after_the_scenario() {
    let place = Place::new();
    assert_eq!(place.run(&["run", "a.toml", "--no-charts"]).code, 0);
    assert_eq!(place.names("output"), ["a+no-charts"]);
    assert_eq!(place.names("output/a+no-charts"), FILES);
    assert_eq!(place.names("."), ["a.toml", "output"]);
}

#[test]
fn results_go_to_the_folder_named() {
    let place = Place::new();
    place.run_a(&["--out", "deep/er/results"]);
    assert_eq!(place.names("deep/er"), ["results"]);
    assert_eq!(place.names("deep/er/results"), FILES);
    assert_eq!(place.names("."), ["a.toml", "deep"]);
}

#[test]
fn several_scenarios_get_a_folder_each() {
    let place = Place::new();
    place.write("b.toml", SCENARIO);
    let run = place.run(&["run", "a.toml", "b.toml", "--no-charts", "--out", "results"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(place.names("results"), ["a", "b"]);
    assert_eq!(place.names("results/b"), FILES);
    assert!(run.stdout.contains("files in results/a\n"));
    assert!(run.stdout.contains("files in results/b\n"));
}

#[test]
fn paths_kept_are_written_period_by_period() {
    let place = Place::new();
    place.run_a(&["--keep-paths", "3"]);
    let text = place.read("output/a/paths.csv");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "path,period_end,revenue,payment,cumulative_paid");
    assert_eq!(lines.len(), 1 + 3 * 12);
    assert!(lines[12].contains(",2028-12-31,"), "{}", lines[12]);
}

#[test]
fn a_second_run_leaves_what_it_writes_and_what_is_not_its_own() {
    let place = Place::new();
    let run = place.run(&["run", "a.toml", "--keep-paths", "2"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(place.path("output/a/paths.csv").exists());
    assert!(place.path("output/a/charts/total.png").exists());
    assert!(place.path("output/a/charts/total.svg").exists());
    place.write("output/a/notes.txt", "mine");
    place.run_a(&["--seed", "8"]);
    let mut wanted = FILES.to_vec();
    wanted.insert(3, "notes.txt");
    assert_eq!(place.names("output/a"), wanted);
    assert_eq!(place.read("output/a/notes.txt"), "mine");
    assert_eq!(place.names("output"), ["a"]);
    assert!(place.read("output/a/manifest.json").contains("\"seed\": 8"));
}

#[test]
fn charts_look_as_asked_and_verify_draws_alike() {
    let place = Place::new();
    let looks = ["--theme", "dark", "--size", "column", "--dpi", "300"];
    let run = place.run(
        &[
            &["run", "a.toml", "--paths", "1500", "--out", "output/a"],
            &looks[..],
        ]
        .concat(),
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    let names = place.names("output/a/charts");
    assert_eq!(names.len(), 10);
    for name in names.iter().filter(|name| name.ends_with(".png")) {
        let bytes = fs::read(place.path("output/a/charts").join(name)).unwrap();
        let picture = tiny_skia::Pixmap::decode_png(&bytes).unwrap();
        // 340 of 96 to the inch, at 300 to the inch.
        assert_eq!(picture.width(), 1063, "{name}");
        let corner = picture.pixel(0, 0).unwrap();
        assert!(corner.red() < 64, "{name}");
    }
    let again = place.run(&["verify", "output/a"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
}

#[test]
fn charts_of_an_earlier_run_go_and_a_picture_among_them_stays() {
    let place = Place::new();
    assert_eq!(place.run(&["run", "a.toml"]).code, 0);
    place.write("output/a/charts/mine.png", "a picture");
    place.run_a(&[]);
    assert_eq!(place.names("output/a/charts"), ["mine.png"]);
}

#[test]
fn a_folder_with_other_files_is_refused_and_untouched() {
    let place = Place::new();
    let message = "error: cannot write mine: the folder holds files that are not results of a \
                   run; choose another with --out\n";
    place.write("mine/summary.csv", "mine");
    let run = place.run(&["run", "a.toml", "--out", "mine"]);
    run.fails(1, message);
    assert_eq!(place.names("mine"), ["summary.csv"]);
    assert_eq!(place.read("mine/summary.csv"), "mine");
    // Other programs have files of this name too.
    place.write("mine/manifest.json", "{\"name\": \"a web page\"}");
    place
        .run(&["run", "a.toml", "--out", "mine"])
        .fails(1, message);
    assert_eq!(place.names("mine"), ["manifest.json", "summary.csv"]);
    assert_eq!(place.names("."), ["a.toml", "mine"]);
}

#[test]
fn an_empty_folder_is_filled() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).unwrap();
    place.run_a(&["--out", "empty"]);
    assert_eq!(place.names("empty"), FILES);
}

#[test]
fn a_file_in_place_of_the_folder_is_refused_and_untouched() {
    let place = Place::new();
    place.write("file", "mine");
    for out in ["file", "file/results"] {
        let run = place.run(&["run", "a.toml", "--out", out]);
        run.fails(
            1,
            &format!("error: cannot write {out}: it is not a folder; choose another with --out\n"),
        );
    }
    assert_eq!(place.read("file"), "mine");
    assert_eq!(place.names("."), ["a.toml", "file"]);
}

#[test]
fn a_folder_without_a_name_is_refused() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).unwrap();
    let run = place.run(&["run", "a.toml", "--out", "empty/.."]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(
        run.stderr.contains("cannot write empty/.."),
        "{}",
        run.stderr
    );
}

#[test]
fn a_manifest_cannot_have_files_outside_its_folder_removed() {
    let place = Place::new();
    place.write("precious.txt", "mine");
    place.write(
        "output/a/manifest.json",
        r#"{"capbind": "0.1.0", "files": [{"name": "../../precious.txt"}, {"name": "/etc/x"}]}"#,
    );
    place.run_a(&[]);
    assert_eq!(place.read("precious.txt"), "mine");
}

#[test]
fn no_cell_of_a_table_begins_a_formula() {
    let place = Place::new();
    for name in ["=1+1", "+1+1", "-1+1", "@A1"] {
        let set = format!("agreement.name={name:?}");
        let run = place.run(&[
            "run",
            "a.toml",
            "--no-charts",
            "--keep-paths",
            "2",
            "--convergence",
            "--out",
            "output/a",
            "--force",
            "--set",
            &set,
        ]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let mut seen = 0;
        for file in place.names("output/a") {
            if !file.ends_with(".csv") {
                continue;
            }
            let text = place.read(&format!("output/a/{file}"));
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(text.as_bytes());
            for record in reader.records() {
                for field in &record.unwrap() {
                    let runs = field.trim_start().starts_with(['=', '+', '-', '@']);
                    assert!(!runs || field.parse::<f64>().is_ok(), "{file}: {field}");
                    seen += usize::from(field == format!("'{name}"));
                }
            }
        }
        assert!(seen > 50, "{name}: {seen}");
    }
}
