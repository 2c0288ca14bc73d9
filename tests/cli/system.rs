//! Where the system says no: permissions, full disks, closed pipes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::{Place, Run, SCENARIO};

const PROGRAM: &str = env!("CARGO_BIN_EXE_capbind");

fn forbid(place: &Place, name: &str, mode: u32) {
    fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs with standard output going elsewhere.
fn run_to(place: &Place, output: impl Into<Stdio>, arguments: &[&str]) -> Run {
    let run = Command::new(PROGRAM)
        .current_dir(place.path("."))
        .args(arguments)
        .stdout(output)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Run::from(run.wait_with_output().unwrap())
}

/// Runs as a user who owns nothing, which only the superuser can.
fn run_as_nobody(place: &Place, arguments: &[&str]) -> Run {
    const NOBODY: u32 = 65_534;
    // The program may stand where others do not get to.
    let program = place.path("capbind");
    fs::copy(PROGRAM, &program).unwrap();
    forbid(place, ".", 0o755);
    let mut command = Command::new(program);
    command.current_dir(place.path(".")).args(arguments);
    Run::from(command.uid(NOBODY).gid(NOBODY).output().unwrap())
}

/// Runs where no file may grow beyond a block: as on a full disk, a write ends
/// with an error half way.
fn run_on_full_disk(place: &Place, arguments: &str) -> Run {
    let script = format!("trap '' XFSZ; ulimit -f 1; exec {PROGRAM} {arguments}");
    let mut shell = Command::new("sh");
    shell.current_dir(place.path(".")).args(["-c", &script]);
    Run::from(shell.output().unwrap())
}

#[test]
fn a_scenario_one_may_not_read() {
    let place = Place::new();
    forbid(&place, "a.toml", 0o000);
    let run = if fs::File::open(place.path("a.toml")).is_ok() {
        // The superuser may read everything.
        run_as_nobody(&place, &["run", "a.toml"])
    } else {
        place.run(&["run", "a.toml"])
    };
    run.fails(1, "error: cannot read a.toml: no permission to read it\n");
}

#[test]
fn a_folder_one_may_not_write_to() {
    let place = Place::new();
    fs::create_dir(place.path("locked")).unwrap();
    forbid(&place, "locked", 0o555);
    let out = if fs::create_dir(place.path("locked/probe")).is_ok() {
        // Not even the superuser makes folders here.
        "/proc/self/results"
    } else {
        "locked/results"
    };
    let run = place.run(&["run", "a.toml", "--out", out]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    let start = format!("error: cannot write {out}: ");
    assert!(run.stderr.starts_with(&start), "{}", run.stderr);
    assert!(
        run.stderr.ends_with("; nothing was left behind\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_disk_that_is_full_leaves_nothing_behind() {
    let place = Place::new();
    let run = run_on_full_disk(&place, "run a.toml --no-charts --out deep/results");
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(
        run.stderr.starts_with("error: cannot write deep/results/"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.ends_with(
            "; free some space or choose another disk with --out; nothing was left behind\n"
        ),
        "{}",
        run.stderr
    );
    assert_eq!(place.names("."), ["a.toml"]);
}

#[test]
fn a_disk_that_is_full_leaves_earlier_results_as_they_were() {
    let place = Place::new();
    place.run_a(&["--keep-paths", "2"]);
    let names = place.names("output/a");
    let before: Vec<String> = names
        .iter()
        .map(|name| place.read(&format!("output/a/{name}")))
        .collect();
    let run = run_on_full_disk(
        &place,
        "run a.toml --no-charts --seed 8 --out output/a --force",
    );
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(place.names("output"), ["a"]);
    assert_eq!(place.names("output/a"), names);
    for (name, before) in names.iter().zip(before) {
        assert_eq!(place.read(&format!("output/a/{name}")), before, "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn standard_output_that_is_full() {
    let place = Place::new();
    for arguments in [
        &["run", "a.toml", "--no-charts", "--out", "output/a"][..],
        &[
            "run",
            "a.toml",
            "--no-charts",
            "--out",
            "output/a",
            "--json",
        ],
        &["check", "a.toml"],
        &["--help"],
        &["--version"],
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        run_to(&place, full, arguments).fails(
            1,
            "error: cannot write to standard output: No space left on device (os error 28)\n",
        );
    }
    // What was written before is complete.
    assert_eq!(place.names("output/a").len(), 6);
}

/// Runs with nobody at the other end of the pipe.
fn run_unread(place: &Place, arguments: &[&str]) -> Run {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    run_to(place, writer, arguments)
}

#[test]
fn a_reader_that_has_seen_enough() {
    let place = Place::new();
    for arguments in [
        &["run", "a.toml", "--no-charts", "--out", "output/a"][..],
        &[
            "run",
            "a.toml",
            "--no-charts",
            "--out",
            "output/a",
            "--json",
        ],
        &["check", "a.toml"],
        &["explain", "a.toml", "--path", "0"],
        &["schema"],
        &["--help"],
        &["run", "--help"],
    ] {
        run_unread(&place, arguments).fails(0, "");
    }
    assert_eq!(place.names("output/a").len(), 6);
}

#[test]
fn where_nobody_reads_the_work_goes_on_and_a_failure_stays_one() {
    let place = Place::new();
    let all = ["a", "b", "c", "d"];
    for name in &all[1..] {
        place.write(&format!("{name}.toml"), SCENARIO);
    }
    place.write("bad.toml", SCENARIO.replace("share = 0.20", "share = 20"));
    let run = ["run", "a.toml", "b.toml", "c.toml", "d.toml", "--no-charts"];
    run_unread(&place, &run).fails(0, "");
    let folders = all.map(|name| format!("{name}+no-charts"));
    assert_eq!(place.names("output"), folders);
    place.write("output/b+no-charts/summary.csv", "changed");
    let verify = [
        "verify",
        "output/a+no-charts",
        "output/b+no-charts",
        "output/c+no-charts",
    ];
    run_unread(&place, &verify).fails(
        1,
        "error: 1 of 3 folders could not be made again byte for byte\n",
    );
    assert_eq!(run_unread(&place, &["check", "a.toml", "bad.toml"]).code, 2);
    let sweep = ["sweep", "a.toml", "--no-charts", "--keep-going", "--vary"];
    let shares = ["agreement.share=0.1,1.2,0.2"];
    let swept = run_unread(&place, &[&sweep[..], &shares].concat());
    assert_eq!(swept.code, 1, "{}", swept.stderr);
    assert!(place.path("output/a-sweep/failed.csv").is_file());
    // What is wrong with the arguments goes to standard error; with nobody there either.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut unheard = Command::new(PROGRAM);
    let unheard = unheard.arg("run").stdout(Stdio::null()).stderr(writer);
    assert_eq!(unheard.status().unwrap().code(), Some(2));
}

#[test]
fn an_interruption_leaves_nothing_half_written() {
    for (signal, exists) in [("INT", false), ("TERM", true)] {
        let place = Place::new();
        let before = if exists {
            place.run_a(&["--out", "deep/results"]);
            place.names("deep/results")
        } else {
            Vec::new()
        };
        let mut run = Command::new(PROGRAM)
            .current_dir(place.path("."))
            .args(["run", "a.toml", "--paths", "4000000000"])
            .args(["--no-charts", "--force", "--out", "deep/results"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let begun = || {
            let names = fs::read_dir(place.path("deep"));
            let mut names = names.into_iter().flatten().flatten();
            names.any(|entry| entry.file_name().to_string_lossy().ends_with(".partial"))
        };
        while !begun() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let (signal, id) = (format!("-{signal}"), run.id().to_string());
        let told = Command::new("kill").args([&signal, &id]).status().unwrap();
        assert!(told.success());
        assert_eq!(run.wait().unwrap().code(), Some(130), "{signal}");
        if exists {
            assert_eq!(place.names("deep"), ["results"]);
            assert_eq!(place.names("deep/results"), before);
        } else {
            assert_eq!(place.names("."), ["a.toml"]);
        }
    }
}
