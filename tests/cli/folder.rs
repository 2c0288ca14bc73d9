//! Whose the files in a folder of results are, and that a folder is replaced whole.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Place, Run, SCENARIO};

const PROGRAM: &str = env!("CARGO_BIN_EXE_capbind");
/// More paths than any test waits for.
const ENDLESS: [&str; 2] = ["--paths", "34000000000"];

impl Place {
    /// Runs what must come to an end at once, without simulating.
    fn at_once(&self, arguments: &[&str]) -> Run {
        let mut command = self.command();
        let limited = command.args(arguments).timeout(Duration::from_secs(60));
        Run::from(limited.output().unwrap())
    }

    /// A run that goes on until it is told to end, and has begun to write to `out`.
    fn endless(&self, out: &str) -> Child {
        let mut child = Command::new(PROGRAM)
            .current_dir(self.path("."))
            .args(["run", "a.toml", "--no-charts", "--quiet", "--out", out])
            .args(ENDLESS)
            .spawn()
            .unwrap();
        while !self.path(&format!(".{out}.partial/new")).exists() {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }
}

fn in_the_way(out: &str, name: &str) -> String {
    format!(
        "error: cannot write {out}: {out}/{name} is not as capbind has written it, and would be \
         replaced; move it away, or choose another folder with --out\n"
    )
}

/// Results of every command, with the arguments that make them again but never end
/// where the files that are in the way are not known beforehand.
#[test]
fn what_the_user_has_changed_stops_a_command_before_it_simulates() {
    let place = Place::new();
    place.write("b.toml", SCENARIO.replace("cap = 8", "cap = 9"));
    let vary = [
        "--vary",
        "agreement.cap=6,8",
        "--vary",
        "revenue.gbm.volatility=0.1,0.2",
    ];
    let target = [
        "--for",
        "agreement.cap",
        "--so-that",
        "binding_probability=0.5",
    ];
    let figures = "2023-01-01,2023-12-31,10\n2024-01-01,2024-12-31,13\n2025-01-01,2025-12-31,18\n";
    place.write("h.csv", format!("start,end,value\n{figures}"));
    let commands: [(&[&str], &[&str], &[&str]); 6] = [
        (
            &["calibrate", "h.csv"],
            &[],
            &["fit.csv", "revenue.toml", "charts/calibration.svg"],
        ),
        (
            &["run", "a.toml"],
            &["--keep-paths", "2", "--format", "xlsx"],
            &[
                "paths.csv",
                "a.xlsx",
                "report.html",
                "charts/total.png",
                "ends.csv",
            ],
        ),
        (
            &["compare", "a.toml", "b.toml"],
            &[],
            &["compare_years.csv", "charts/compare.svg"],
        ),
        (
            &["sensitivity", "a.toml"],
            &["--vary", "agreement.cap=7:9"],
            &["sensitivity.csv"],
        ),
        (&["solve", "a.toml"], &target, &["solve.csv"]),
        (
            &["sweep", "a.toml"],
            &vary,
            &["sweep.csv", "charts/total.svg"],
        ),
    ];
    for (command, more, changed) in commands {
        let asked = [command, more, &["--out", "out", "--quiet"]].concat();
        let first = place.run(&asked);
        assert_eq!(first.code, 0, "{}", first.stderr);
        for name in changed {
            let path = place.path(&format!("out/{name}"));
            let written = fs::read(&path).unwrap();
            let mine = [&written[..], b"mine"].concat();
            fs::write(&path, &mine).unwrap();
            // A calibration has no paths.
            let endless = &ENDLESS[..if command[0] == "calibrate" { 0 } else { 2 }];
            place
                .at_once(&[&asked[..], &["--force"], endless].concat())
                .fails(1, &in_the_way("out", name));
            assert_eq!(fs::read(&path).unwrap(), mine, "{name}");
            fs::write(&path, &written).unwrap();
        }
        // As it was written again, it is replaced.
        let again = place.run(&asked);
        assert_eq!(again.code, 0, "{}", again.stderr);
        fs::remove_dir_all(place.path("out")).unwrap();
    }
}

#[test]
fn what_the_user_has_put_or_changed_there_is_kept_where_it_is_in_nobodys_way() {
    let place = Place::new();
    let files = ["--keep-paths", "2", "--format", "xlsx"];
    place.run_a(&[&["--out", "out"], &files[..]].concat());
    // An edited file, one of the user's by a name of ours, others of all kinds.
    place.write("out/a.xlsx", "edited");
    place.write("out/convergence.csv", "mine");
    place.write("out/notes/deep/note.txt", "a note");
    fs::create_dir(place.path("out/empty")).unwrap();
    fs::set_permissions(place.path("out/notes"), fs::Permissions::from_mode(0o750)).unwrap();
    fs::set_permissions(place.path("out"), fs::Permissions::from_mode(0o711)).unwrap();
    place.write("precious/jewel", "jewel");
    symlink("../precious", place.path("out/link")).unwrap();
    symlink("nowhere", place.path("out/dangling")).unwrap();
    place.run_a(&["--out", "out", "--seed", "8"]);
    assert!(!place.path("out/paths.csv").exists(), "it was ours");
    assert_eq!(place.read("out/a.xlsx"), "edited");
    assert_eq!(place.read("out/convergence.csv"), "mine");
    assert_eq!(place.read("out/notes/deep/note.txt"), "a note");
    assert_eq!(place.names("out/empty").len(), 0);
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("out"), mode("out/notes")), (0o711, 0o750));
    let link = |name: &str| fs::read_link(place.path(name)).unwrap();
    assert_eq!(link("out/link").to_str(), Some("../precious"));
    assert_eq!(link("out/dangling").to_str(), Some("nowhere"));
    assert_eq!(place.names("precious"), ["jewel"]);
    assert_eq!(place.names("."), ["a.toml", "out", "precious"]);
}

#[test]
fn links_are_neither_followed_nor_replaced() {
    let place = Place::new();
    place.write("precious/total.png", "a picture");
    place.write("precious.txt", "text");
    let run = ["run", "a.toml", "--quiet", "--force", "--out", "out"];
    assert_eq!(place.run(&run).code, 0);
    // In the place of a folder, of a file, and of a file as it was written.
    let moved = place.path("moved.csv");
    fs::rename(place.path("out/years.csv"), &moved).unwrap();
    for (name, to) in [
        ("charts", "../precious"),
        ("summary.csv", "../precious.txt"),
        ("years.csv", "../moved.csv"),
    ] {
        let path = place.path(&format!("out/{name}"));
        let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        symlink(to, &path).unwrap();
        place
            .at_once(&[&run[..], &ENDLESS].concat())
            .fails(1, &in_the_way("out", name));
        fs::remove_file(&path).unwrap();
    }
    // The folder itself, its workplace and a sweep's journal.
    symlink("out", place.path("linked")).unwrap();
    let refused = place.at_once(&["run", "a.toml", "--out", "linked/"]);
    assert!(
        refused.stderr.contains("it is a symbolic link"),
        "{}",
        refused.stderr
    );
    let sweep = [
        "sweep",
        "a.toml",
        "--vary",
        "agreement.cap=6,8",
        "--out",
        "swept",
    ];
    symlink("precious", place.path(".swept.partial")).unwrap();
    let refused = place.at_once(&sweep);
    assert!(
        refused.stderr.contains(".swept.partial is a link"),
        "{}",
        refused.stderr
    );
    fs::remove_file(place.path(".swept.partial")).unwrap();
    symlink("precious.txt", place.path(".swept.sweep")).unwrap();
    let journal = "error: cannot write .swept.sweep: it is not the journal of a sweep; move it \
                   away\n";
    place.at_once(&sweep).fails(1, journal);
    fs::remove_file(place.path(".swept.sweep")).unwrap();
    place.write(".swept.sweep", "the user's own");
    place.at_once(&sweep).fails(1, journal);
    assert_eq!(place.read(".swept.sweep"), "the user's own");
    assert_eq!(place.read("precious.txt"), "text");
    assert_eq!(place.names("precious"), ["total.png"]);
}

#[test]
fn one_process_at_a_time_writes_a_folder() {
    let place = Place::new();
    let mut first = place.endless("out");
    let sweep = ["sweep", "a.toml", "--vary", "agreement.cap=6,8"];
    for second in [&["run", "a.toml"][..], &sweep] {
        place.at_once(&[second, &["--out", "out"]].concat()).fails(
            1,
            "error: cannot write out: another capbind is writing here; wait for it, or choose \
             another folder with --out\n",
        );
    }
    // Killed, it stands in nobody's way.
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(place.names("."), [".out.partial", "a.toml"]);
    place.run_a(&["--out", "out"]);
    assert_eq!(place.names("."), ["a.toml", "out"]);
}

#[test]
fn a_file_that_comes_in_the_way_during_a_run_stops_it_at_the_end() {
    let place = Place::new();
    let out = ["--out", "out"];
    place.run_a(&out);
    let before = place.read("out/summary.csv");
    // Now and then a run is done before the file comes.
    for _ in 0..20 {
        let mut run = Command::new(PROGRAM)
            .current_dir(place.path("."))
            .args([
                "run",
                "a.toml",
                "--no-charts",
                "--force",
                "--paths",
                "100000",
            ])
            .args(out)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while !place.path(".out.partial/new").exists() && run.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        place.write("out/years.csv", "mine");
        let output = run.wait_with_output().unwrap();
        assert_eq!(place.names("."), ["a.toml", "out"]);
        if output.status.success() {
            fs::remove_dir_all(place.path("out")).unwrap();
            place.run_a(&out);
            continue;
        }
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            in_the_way("out", "years.csv")
        );
        assert_eq!(place.read("out/years.csv"), "mine");
        assert_eq!(place.read("out/summary.csv"), before);
        return;
    }
    panic!("the file came too late every time");
}

#[test]
fn every_folder_is_looked_at_before_anything_is_simulated() {
    let place = Place::new();
    place.write("b.toml", SCENARIO);
    place.write("output/b+paths=34000000000/mine.txt", "mine");
    let run = place.at_once(&[&["run", "a.toml", "b.toml"], &ENDLESS[..]].concat());
    run.fails(
        1,
        "error: cannot write output/b+paths=34000000000: the folder holds files that are not results of a run; \
         choose another with --out\n",
    );
    assert_eq!(place.names("output"), ["b+paths=34000000000"]);
}

#[test]
fn a_folder_that_may_not_be_written_to_is_left_as_it_is() {
    let place = Place::new();
    place.run_a(&["--out", "out"]);
    let mode = |mode| fs::set_permissions(place.path("out"), fs::Permissions::from_mode(mode));
    mode(0o555).unwrap();
    place.at_once(&["run", "a.toml", "--out", "out"]).fails(
        1,
        "error: cannot write out: the folder may not be written to; choose another with --out\n",
    );
    mode(0o755).unwrap();
}
