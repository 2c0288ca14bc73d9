//! Scenarios that cannot be read and arguments that cannot be used.

use std::fs;

use super::Place;

#[test]
fn a_scenario_that_is_not_there() {
    let place = Place::new();
    for command in ["run", "check"] {
        place.run(&[command, "b.toml"]).fails(
            1,
            "error: cannot read b.toml: there is no such file; check the path\n",
        );
    }
    assert_eq!(place.names("."), ["a.toml"]);
}

#[test]
fn a_folder_in_place_of_a_scenario() {
    let place = Place::new();
    fs::create_dir(place.path("scenarios")).unwrap();
    place.run(&["run", "scenarios"]).fails(
        1,
        "error: cannot read scenarios: it is a folder; name a scenario file in it\n",
    );
}

#[test]
fn a_scenario_without_text() {
    let place = Place::new();
    let message = "error: cannot read b.toml: it is empty; a scenario needs at least \
                   [timeline], [revenue.…] and [agreement]\n";
    for text in ["", " \n\t\r\n", "\u{feff}"] {
        place.write("b.toml", text);
        place.run(&["run", "b.toml"]).fails(1, message);
    }
}

#[test]
fn a_scenario_that_is_not_text() {
    let place = Place::new();
    place.write("b.toml", b"title = \"caf\xe9\"\n");
    place.run(&["run", "b.toml"]).fails(
        1,
        "error: cannot read b.toml: it is not UTF-8 text (byte 12); save it as UTF-8\n",
    );
}

#[test]
fn a_scenario_far_too_large() {
    let place = Place::new();
    let file = fs::File::create(place.path("b.toml")).unwrap();
    file.set_len((4 << 20) + 1).unwrap();
    place.run(&["run", "b.toml"]).fails(
        1,
        "error: cannot read b.toml: it is larger than 4 MB, far too large for a scenario; \
         is it the right file?\n",
    );
}

#[test]
fn one_bad_scenario_among_good_ones_stops_all() {
    let place = Place::new();
    let run = place.run(&["run", "a.toml", "b.toml"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(place.names("."), ["a.toml"]);
}

#[test]
fn two_scenarios_that_would_share_a_folder() {
    let place = Place::new();
    place.write("other/a.toml", super::SCENARIO);
    place.run(&["run", "a.toml", "other/a.toml"]).fails(
        2,
        "error: a.toml and other/a.toml would both write to output/a\n  \
         try: rename one of them, or run them one by one with --out\n",
    );
    let run = place.run(&["run", "a.toml", "other/a.toml", "--out", "here"]);
    assert!(run.stderr.contains("would both write to here/a"));
    assert_eq!(place.names("."), ["a.toml", "other"]);
}

#[test]
fn arguments_beyond_their_range() {
    let place = Place::new();
    let refused = [
        (["--threads", "0"], "0 is not in 1..=1024"),
        (["--paths", "0"], "a whole number from 1 to 1099511627776"),
        (["--paths", "-5"], "unexpected argument '-5'"),
        (["--paths", "1.5"], "a whole number from 1 to 1099511627776"),
        (["--seed", "9223372036854775808"], "is not in 0..="),
        (["--keep-paths", "0"], "0 is not in 1..=1000000"),
        (["--quiet", "--json"], "cannot be used with"),
        (["--out", ""], "a value is required for '--out <DIR>'"),
        (
            ["--set", "agreement.cap"],
            "write it as key=value with a dotted key",
        ),
        (["--set", "=40"], "write it as key=value with a dotted key"),
        (
            ["--set", "agreement.cap="],
            "write it as key=value with a dotted key",
        ),
        (["--colour", "red"], "unexpected argument '--colour'"),
    ];
    for (arguments, message) in refused {
        let run = place.run(&[&["run", "a.toml"], &arguments[..]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(
            run.stderr.contains(message),
            "{arguments:?}: {}",
            run.stderr
        );
    }
    assert_eq!(place.names("."), ["a.toml"]);
}

#[test]
fn more_paths_than_the_replicates_can_hold() {
    let place = Place::new();
    let paths = (1_u64 << 40).to_string();
    place.run(&["run", "a.toml", "--paths", &paths]).fails(
        2,
        "error: --paths 1099511627776 is more than 16 replicates can hold\n  \
         try: at most 34359738368\n",
    );
}

#[test]
fn no_scenario_and_no_command() {
    let place = Place::new();
    let run = place.run(&["run"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("<SCENARIO.toml>..."), "{}", run.stderr);
    let run = place.run(&[]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("Usage: capbind <COMMAND>"),
        "{}",
        run.stderr
    );
    let run = place.run(&["runn", "a.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("a similar subcommand exists: 'run'"),
        "{}",
        run.stderr
    );
}

#[test]
fn overrides_are_refused_with_their_own_place() {
    let place = Place::new();
    let refused = [
        ("agreement.capp=40", "--set:1:11", "did you mean `cap`?"),
        ("agreement.cap=-1", "--set:1:15", "-1 is less than 0"),
        (
            "agreement.cap=forty two",
            "--set:1:15",
            "must be a number, a distribution",
        ),
        ("agreement.cap=[1", "--set:1:17", "this is not TOML"),
        (
            "timeline.step=fortnight",
            "--set:1:15",
            "cannot be \"fortnight\"",
        ),
        ("=", "", "write it as key=value"),
    ];
    for (assignment, place_in, message) in refused {
        let run = place.run(&["run", "a.toml", "--set", assignment]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{assignment}");
        assert!(run.stderr.contains(message), "{assignment}: {}", run.stderr);
        assert!(
            run.stderr.contains(place_in),
            "{assignment}: {}",
            run.stderr
        );
    }
    assert_eq!(place.names("."), ["a.toml"]);
}

/// Within every key’s bounds, and yet the square of 1e15 · 11^270 is no number.
#[test]
fn what_comes_to_no_number_is_named_and_nothing_is_written() {
    let place = Place::new();
    place.write(
        "b.toml",
        "currency = \"USD\"\nunit = \"million\"\n\
         [timeline]\nstart = 2026-01-01\nend = 2295-12-31\nstep = \"year\"\n\
         [revenue.gbm]\ninitial = 1e15\ngrowth = 10\nvolatility = 0.1\n\
         [agreement]\nshare = 0.5\n[simulation]\npoints = 64\nreplicates = 4\n",
    );
    let run = place.run(&["run", "b.toml", "--out", "r"]);
    let error = run.stderr;
    assert_eq!(run.code, 1, "{error}");
    let start = "error: cannot write summary.csv, row 1 (agreement, total_paid, USD million): ";
    assert!(error.starts_with(start), "{error}");
    assert!(
        error.contains(" which is no number; amounts of the scenario lie too far apart"),
        "{error}"
    );
    assert_eq!(place.names("."), ["a.toml", "b.toml"]);
}

/// What is divided by has a least amount.
#[test]
fn a_divisor_too_small_is_refused() {
    let place = Place::new();
    let run = place.run(&["check", "a.toml", "--set", "agreement.upfront=1e-300"]);
    let error = run.stderr;
    assert_eq!(run.code, 2, "{error}");
    assert!(error.contains("1e-300 is less than 1e-9"), "{error}");
    assert!(error.contains("permitted: 1e-9 to 1e15"), "{error}");
}
