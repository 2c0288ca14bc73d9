//! `capbind plan`, `shard` and `merge` as typed: the folder of the one command, byte for
//! byte, whoever computes what, however often it is killed.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{Chance, Place, Run, SCENARIO};

const PROGRAM: &str = env!("CARGO_BIN_EXE_capbind");
/// What a plan is asked in the scenario's place, and the command that answers it alone.
const RUN: [&str; 3] = ["a.toml", "--no-charts", "--paths=65536"];
const SWEEP: [&str; 6] = [
    "a.toml",
    "--no-charts",
    "--vary",
    "revenue.gbm.growth=0.1,0.2,0.3",
    "--vary",
    "agreement.cap=6:8:1",
];

impl Place {
    fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// Plans in the store and gives the number of shards.
    fn plan(&self, asked: &[&str], more: &[&str]) -> usize {
        let plan = self.json(&[&["plan", "--store", "store"], asked, more].concat());
        plan["shards"].as_array().unwrap().len()
    }

    /// Computes a shard of the store: parts computed, parts found.
    fn shard(&self, index: usize) -> (u64, u64) {
        let index = index.to_string();
        let done = self.json(&["shard", "--store", "store", "--index", &index]);
        let number = |key: &str| done[key].as_u64().unwrap();
        (number("computed"), number("found"))
    }

    /// What one command makes alone.
    fn alone(&self, command: &str, asked: &[&str]) -> BTreeMap<String, Vec<u8>> {
        let run = self.run(&[&[command, "--out", "alone", "--force"], asked].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        self.contents("alone")
    }

    /// Computes so many shards.
    fn compute(&self, shards: usize) {
        for index in 0..shards {
            self.shard(index);
        }
    }

    fn merge(&self) -> Run {
        self.run(&["merge", "--store", "store", "--out", "merged", "--force"])
    }

    /// What comes of the store.
    fn merged(&self) -> BTreeMap<String, Vec<u8>> {
        let run = self.merge();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        self.contents("merged")
    }

    /// The parts in the store, each with its place.
    fn parts(&self) -> Vec<String> {
        let names = self.names("store/parts").into_iter();
        let names = names.filter(|name| !name.starts_with('.'));
        names.map(|name| format!("store/parts/{name}")).collect()
    }
}

#[test]
fn any_number_of_shards_in_any_order_gives_the_folder_of_run() {
    let place = Place::new();
    // 200 blocks of paths.
    let asked = [
        &RUN[..2],
        &[
            "--set",
            "simulation.sampler=\"random\"",
            "--set",
            "simulation.replicates=200",
        ],
        &[
            "--set",
            "simulation.points=70",
            "--set",
            "valuation.discount_rate=0.09",
        ],
    ];
    let asked = asked.concat();
    let wanted = place.alone("run", &asked);
    for count in [1, 7, 200] {
        fs::remove_dir_all(place.path("store")).unwrap_or_default();
        assert_eq!(place.plan(&asked, &[&format!("--shards={count}")]), count);
        // Every process costs a start: of the 200 most are computed by one worker each, in
        // an order that is none.
        for i in 0..count {
            assert_eq!(place.shard((i * 39 + 5) % count), (1, 0));
        }
        assert_eq!(place.parts().len(), count);
        assert!(place.merged() == wanted, "{count} shards");
    }
}

#[test]
fn charts_page_workbook_and_paths_are_those_of_run() {
    let place = Place::new();
    let asked = [
        "a.toml",
        "--format=xlsx",
        "--keep-paths=3",
        "--convergence",
        "--paths=32768",
    ];
    let wanted = place.alone("run", &asked);
    assert!(wanted.contains_key("report.html") && wanted.contains_key("paths.csv"));
    assert!(wanted.contains_key("a.xlsx") && wanted.contains_key("convergence.csv"));
    let shards = place.plan(&asked, &["--shards=3"]);
    place.compute(shards);
    assert!(place.merged() == wanted);
    // The scenario's own arguments stand for what the store holds.
    let merge = ["merge", "--store", "store", "--out", "again", "--shards=3"];
    let run = place.run(&[&merge[..], &asked].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(place.contents("again") == wanted);
}

#[test]
fn a_precision_is_found_once_and_kept_with_the_parts() {
    let place = Place::new();
    let asked = ["a.toml", "--no-charts", "--precision=0.2%"];
    let wanted = place.alone("run", &asked);
    let shards = place.plan(&asked, &["--shards=2"]);
    assert_eq!(place.parts().len(), 1);
    place.compute(shards);
    assert_eq!(place.parts().len(), 1 + shards);
    assert!(place.merged() == wanted);
}

#[test]
fn any_number_of_shards_gives_the_folder_of_sweep() {
    // Passes of many contracts; runs under clauses; both, for a measure that contracts do not
    // answer; a key whose values are in part no valid scenarios.
    let clauses = ["--set", "agreement.annual_minimum=0.5"];
    let questions: [Vec<&str>; 4] = [
        SWEEP.to_vec(),
        [&SWEEP[..], &clauses].concat(),
        [
            &SWEEP[..],
            &[
                "--set",
                "valuation.discount_rate=0.1",
                "--set",
                "valuation.invested=3",
                "--measure",
                "irr",
            ],
        ]
        .concat(),
        ["a.toml", "--vary", "agreement.cap=6,-1,7", "--keep-going"].to_vec(),
    ];
    for asked in &questions {
        let place = Place::new();
        let code = i32::from(asked.contains(&"--keep-going"));
        let run = place.run(&[&["sweep", "--out", "alone"], &asked[..]].concat());
        assert_eq!(run.code, code, "{asked:?}: {}", run.stderr);
        let wanted = place.contents("alone");
        for count in ["1", "4", "200"] {
            fs::remove_dir_all(place.path("store")).unwrap_or_default();
            let shards = place.plan(asked, &["--shards", count]);
            for i in (0..shards).rev() {
                let (computed, found) = place.shard(i);
                assert!(computed > 0 && found == 0, "{asked:?}");
            }
            let merged = place.merge();
            assert_eq!((merged.code, &merged.stderr), (code, &run.stderr));
            assert!(place.contents("merged") == wanted, "{asked:?} in {count}");
        }
    }
}

#[test]
fn the_cases_of_a_mixture_are_shared_out() {
    let place = Place::new();
    let cases = r#"
[[case]]
name = "good"
probability = 0.25
set = { revenue.gbm.growth = 0.5 }
[[case]]
name = "bad"
probability = 0.75
set = { agreement.annual_minimum = 0.2 }
"#;
    place.write("a.toml", format!("{SCENARIO}{cases}"));
    for more in ["--paths=65536", "--precision=0.5%"] {
        let asked = ["a.toml", "--no-charts", more];
        let wanted = place.alone("run", &asked);
        assert!(wanted.contains_key("cases.csv"));
        for count in [1_usize, 5] {
            fs::remove_dir_all(place.path("store")).unwrap_or_default();
            let shards = place.plan(&asked, &[&format!("--shards={count}")]);
            // As many of each case.
            assert_eq!(shards, count.next_multiple_of(2));
            place.compute(shards);
            assert!(place.merged() == wanted, "{more} in {count}");
        }
    }
    let run = place.run(&["plan", "a.toml", "--no-charts", "--shards=2"]);
    assert!(
        run.stdout.contains("  case bad, blocks 0\u{2013}"),
        "{}",
        run.stdout
    );
}

#[test]
fn any_number_of_shards_gives_the_folder_of_portfolio() {
    let place = Place::new();
    let new = ["new", "fund", "--template", "portfolio", "--deals=12"];
    assert_eq!(place.run(&new).code, 0);
    let asked = [
        "fund.csv",
        "--paths=4096",
        "--tail=10%",
        "--report",
        "--format=xlsx",
    ];
    let wanted = place.alone("portfolio", &asked);
    assert!(wanted.contains_key("report.html") && wanted.contains_key("deals.csv"));
    for count in [1_usize, 7, 200] {
        fs::remove_dir_all(place.path("store")).unwrap_or_default();
        let shards = place.plan(&asked, &[&format!("--shards={count}")]);
        // A block of paths for each replicate.
        assert_eq!(shards, count.min(16));
        for i in 0..shards {
            assert_eq!(place.shard((i * 5 + 3) % shards), (1, 0));
        }
        assert!(place.merged() == wanted, "{count} shards");
    }
    // The same deals in another order are the same question's parts.
    let table = place.read("fund.csv");
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].reverse();
    place.write("fund.csv", lines.join("\n"));
    place.plan(&asked, &["--shards=200"]);
    assert_eq!(place.names("store/plans").len(), 1);
    assert_eq!(place.shard(2), (0, 1));
    // A part under another's name is known.
    let parts = place.parts();
    fs::copy(place.path(&parts[0]), place.path(&parts[1])).unwrap();
    let run = place.merge();
    assert!(
        run.stderr.contains("the part of other paths"),
        "{}",
        run.stderr
    );
}

#[test]
fn several_scenarios_are_one_plan() {
    let place = Place::new();
    place.write("b.toml", SCENARIO.replace("cap = 8", "cap = 9"));
    place.write("other/a.toml", SCENARIO);
    for (command, more) in [
        ("run", "--paths=32768"),
        ("sweep", "--vary=agreement.cap=6,7"),
    ] {
        fs::remove_dir_all(place.path("store")).unwrap_or_default();
        let both = ["a.toml", "b.toml", "--no-charts", more];
        let shards = place.plan(&both, &["--shards=2"]);
        place.compute(shards - 1);
        let merge = place.merge();
        let begins = format!("  shard {}, b, ", shards - 1);
        assert!(
            merge.code == 1 && merge.stderr.contains(&begins),
            "{}",
            merge.stderr
        );
        place.shard(shards - 1);
        let merged = place.merged();
        for name in ["a", "b"] {
            let file = format!("{name}.toml");
            let alone = place.alone(command, &[&file, "--no-charts", more]);
            for (file, bytes) in alone {
                assert!(
                    merged[&format!("{name}/{file}")] == bytes,
                    "{command}: {name}/{file}"
                );
            }
        }
        let manifests = merged.keys().filter(|name| name.ends_with("manifest.json"));
        assert_eq!(manifests.count(), 2);
    }
    let run = place.run(&["plan", "a.toml", "b.toml", "--no-charts", "--shards=1"]);
    assert!(
        run.stdout.starts_with("run of a, b in 2 shards\n"),
        "{}",
        run.stdout
    );
    let run = place.run(&["plan", "a.toml", "other/a.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.starts_with("error: two scenarios are called a"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_changed_case_takes_one_part_across_sweeps() {
    let place = Place::new();
    let table = |changed: f64| {
        let row = |i: u32| {
            let growth = f64::from(i) / 1000.0 + if i == 57 { changed } else { 0.0 };
            format!("{growth},{}\n", 6 + i % 3)
        };
        let rows: String = (0..100).map(row).collect();
        format!("revenue.gbm.growth,agreement.cap\n{rows}")
    };
    place.write("cases.csv", table(0.0));
    let asked = ["a.toml", "--no-charts", "--cases", "cases.csv"];
    let all = |place: &Place, shards: usize| {
        let each = (0..shards).map(|i| place.shard(i));
        each.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    };
    let shards = place.plan(&asked, &["--shard-size=10"]);
    assert_eq!(shards, 10);
    // The reference and 100 revenues.
    assert_eq!(all(&place, shards), (101, 0));
    fs::remove_dir_all(place.path("store/plans")).unwrap();
    place.write("cases.csv", table(0.0005));
    assert_eq!(place.plan(&asked, &["--shard-size=25"]), 4);
    assert_eq!(all(&place, 4), (1, 100));
    let wanted = place.alone("sweep", &asked);
    assert!(place.merged() == wanted);
}

#[test]
fn a_plan_says_what_is_done() {
    let place = Place::new();
    let plan = ["plan", "a.toml", "--no-charts", "--shards=2"];
    let run = place.run(&plan);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "run of a in 2 shards");
    assert!(
        lines[1].contains("blocks 0\u{2013}7 (512 paths)"),
        "{}",
        lines[1]
    );
    assert!(lines[3].starts_with("Nothing is kept"));
    place.plan(&plan[1..], &[]);
    place.shard(1);
    let run = place.run(&["plan", "--store", "store"]);
    assert!(
        run.stdout
            .contains("1 of 2 done. Each worker: capbind shard --store store --index K")
    );
    let run = place.run(&["plan", "--store", "store", "--csv"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "shard,what,part,state");
    assert!(lines[1].ends_with(",missing") && lines[2].ends_with(",done"));
    place.shard(0);
    let run = place.run(&["plan", "--store", "store"]);
    assert!(
        run.stdout
            .contains("All is done: capbind merge --store store")
    );
}

#[test]
fn schedulers_say_which_shard_it_is() {
    let place = Place::new();
    place.plan(&RUN, &["--shards=3"]);
    let shard = ["shard", "--store", "store"];
    for (i, name) in [
        "SLURM_ARRAY_TASK_ID",
        "AWS_BATCH_JOB_ARRAY_INDEX",
        "JOB_COMPLETION_INDEX",
    ]
    .into_iter()
    .enumerate()
    {
        let run = place
            .command()
            .args(shard)
            .env(name, i.to_string())
            .output();
        let run = Run::from(run.unwrap());
        assert!(
            run.stdout.starts_with(&format!("shard {i} of 3, ")),
            "{run:?}"
        );
    }
    let run = place.run(&shard);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.starts_with("error: which shard? none of SLURM_"),
        "{}",
        run.stderr
    );
    let run = place.run(&[&shard[..], &["--index=3"]].concat());
    run.fails(
        2,
        "error: there is no shard 3\n  try: the plan has 3 shards: --index 0 to 2\n",
    );
}

#[test]
fn what_is_missing_damaged_or_of_another_question_is_named() {
    let place = Place::new();
    let run = place.run(&["shard", "--store", "store", "--index=0"]);
    assert!(
        run.stderr
            .starts_with("error: the store holds no question\n"),
        "{}",
        run.stderr
    );
    place.plan(&RUN, &["--shards=3"]);
    place.shard(0);
    place.shard(2);
    let run = place.merge();
    assert_eq!(run.code, 1);
    let begins = "error: 1 of 3 shards are not finished, their parts are missing:\n  shard 1, ";
    assert!(run.stderr.starts_with(begins), "{}", run.stderr);
    assert!(!place.path("merged").exists());
    let before = place.parts();
    place.shard(1);
    let parts = place.parts();
    let new = parts.iter().find(|part| !before.contains(part)).unwrap();
    // The part of other blocks under its name.
    let own = fs::read(place.path(new)).unwrap();
    fs::copy(place.path(&before[0]), place.path(new)).unwrap();
    let run = place.merge();
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("it holds blocks ") && run.stderr.contains(&new[6..]),
        "{}",
        run.stderr
    );
    // Every bit counts.
    let mut damaged = own.clone();
    damaged[own.len() / 2] ^= 4;
    fs::write(place.path(new), damaged).unwrap();
    let run = place.merge();
    assert!(
        run.stderr.contains("are damaged; remove it"),
        "{}",
        run.stderr
    );
    fs::remove_file(place.path(new)).unwrap();
    assert_eq!(place.shard(1), (1, 0));
    assert!(place.merged() == place.alone("run", &RUN));
    // A second question is asked for by name.
    place.plan(&RUN, &["--shards=4"]);
    let run = place.run(&["shard", "--store", "store", "--index=0"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .starts_with("error: which of these questions?\n  "),
        "{}",
        run.stderr
    );
    let name = run.stderr.split_whitespace().nth(5).unwrap().to_owned();
    let shard = ["shard", "--store", "store", "--index=0", "--plan", &name];
    assert_eq!(place.run(&shard).code, 0);
    // A question that somebody edited.
    let plan = format!("store/plans/{}", place.names("store/plans")[0]);
    place.write(&plan, place.read(&plan).replace("65536", "131072"));
    let run = place.run(&["plan", "--store", "store"]);
    assert!(
        run.stderr.contains("it is not as it was written"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let place = Place::new();
    let refused = |arguments: &[&str], wanted: &str| {
        let run = place.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.contains(wanted), "{}", run.stderr);
    };
    refused(&["plan"], "--store <URL>");
    refused(
        &["plan", "a.toml", "--store", "gs://x"],
        "there is no store of the kind gs",
    );
    refused(
        &[
            "plan",
            "a.toml",
            "--vary",
            "agreement.cap=1,2",
            "--convergence",
        ],
        "are of a run, and this is a sweep",
    );
    #[cfg(not(feature = "parquet"))]
    refused(
        &["plan", "a.toml", "--format=parquet"],
        "this build of capbind makes no Parquet",
    );
    refused(
        &["plan", "a.toml", "--vary", "agreement.cap=1,-1"],
        "1 case is no valid scenario",
    );
    #[cfg(not(feature = "s3"))]
    refused(
        &["plan", "a.toml", "--store", "s3://bucket/deal"],
        "this build has no S3 store\n  try: a folder that all workers see",
    );
    refused(
        &["plan", "fund.csv", "--vary", "agreement.cap=1,2"],
        "fund.csv is the table of a portfolio, not of a run or a sweep",
    );
    refused(
        &["plan", "fund.csv", "a.toml"],
        "the table of a portfolio is planned alone",
    );
    refused(
        &["plan", "a.toml", "--tail=1%"],
        "--scenario, --tail and --multiples are of a portfolio",
    );
    refused(&["plan", "--store", "s", "--paths=9"], "SCENARIO.toml");
    assert!(!place.path("store").exists());
}

fn start(place: &Place, index: usize) -> Child {
    let index = index.to_string();
    Command::new(PROGRAM)
        .current_dir(place.path("."))
        .args(["shard", "--store", "store", "--index", &index, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A fifth of the workers, and two at the work of one, under a clock that is wrong: the same
/// bytes, and nothing that was finished is computed again.
#[test]
fn workers_killed_at_random_leave_parts_or_nothing() {
    let place = Place::new();
    let clauses = ["--set", "agreement.annual_minimum=0.5"];
    let asked = [&SWEEP[..], &clauses].concat();
    let wanted = place.alone("sweep", &asked);
    let shards = place.plan(&asked, &["--shards=5"]);
    let mut chance = Chance(88_172_645_463_325_252);
    let (mut killed, mut computed) = (0, 0);
    let mut left: Vec<usize> = (0..shards).collect();
    while let Some(&index) = left.first() {
        let before = place
            .path("store/parts")
            .exists()
            .then(|| place.parts().len());
        let (mut one, other) = (start(&place, index), start(&place, index));
        if killed < 3 {
            std::thread::sleep(std::time::Duration::from_millis(chance.below(25) as u64));
            one.kill().unwrap();
        }
        let is_killed = !one.wait().unwrap().success();
        killed += usize::from(is_killed);
        let done = other.wait_with_output().unwrap();
        assert!(done.status.success());
        let said: Value = serde_json::from_slice(&done.stdout).unwrap();
        computed += said["computed"].as_u64().unwrap();
        // Whatever was there before was found.
        assert!(place.parts().len() >= before.unwrap_or(0));
        assert_eq!(
            place.shard(index).0,
            0,
            "what is finished is not computed again"
        );
        left.remove(0);
    }
    assert!(computed <= place.parts().len() as u64);
    // Times of files mean nothing.
    for (i, part) in place.parts().iter().enumerate() {
        let file = fs::File::options()
            .append(true)
            .open(place.path(part))
            .unwrap();
        let year = std::time::Duration::from_secs(31_536_000);
        let now = std::time::SystemTime::now();
        file.set_modified(if i % 2 == 0 {
            now + 30 * year
        } else {
            now - 30 * year
        })
        .unwrap();
    }
    assert!(place.merged() == wanted);
    assert!((0..shards).all(|index| place.shard(index).0 == 0));
}

#[test]
fn a_full_disk_leaves_no_part_and_says_so() {
    let place = Place::new();
    place.plan(&RUN, &["--shards=2"]);
    let arguments = "shard --store store --index 0";
    let script = format!("trap '' XFSZ; ulimit -f 1; exec {PROGRAM} {arguments}");
    let mut shell = Command::new("sh");
    shell.current_dir(place.path(".")).args(["-c", &script]);
    let run = Run::from(shell.output().unwrap());
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("free some space"), "{}", run.stderr);
    assert!(place.names("store/parts").is_empty());
    assert_eq!(place.shard(0), (1, 0));
}

#[test]
fn two_coordinators_at_once_come_to_one_plan_and_one_folder() {
    let place = Place::new();
    let wanted = place.alone("run", &RUN);
    let plan = [&["plan", "--store", "store", "--shards=2"], &RUN[..]].concat();
    let both = |arguments: &[&str]| {
        let start = || {
            Command::new(PROGRAM)
                .current_dir(place.path("."))
                .args(arguments)
                .output()
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(start);
            [
                Run::from(start().unwrap()),
                Run::from(other.join().unwrap().unwrap()),
            ]
        })
    };
    assert!(both(&plan).iter().all(|run| run.code == 0));
    assert_eq!(place.names("store/plans").len(), 1);
    place.compute(2);
    let merged = both(&["merge", "--store", "store", "--out", "merged"]);
    for run in &merged {
        let held = run.stderr.contains("another capbind is writing here");
        assert!(run.code == 0 || held, "{}", run.stderr);
    }
    assert!(merged.iter().any(|run| run.code == 0));
    assert!(place.contents("merged") == wanted);
}

#[test]
fn files_that_a_scenario_names_go_with_it() {
    let place = Place::new();
    let text = SCENARIO.replace(
        "[simulation]",
        "[actuals]\nfile = \"reported.csv\"\n\n[simulation]",
    );
    place.write("a.toml", text);
    place.write(
        "reported.csv",
        "period_start,period_end,revenue\n2026-01-01,2026-03-31,2.5\n",
    );
    let wanted = place.alone("run", &RUN);
    let shards = place.plan(&RUN, &[]);
    fs::remove_file(place.path("reported.csv")).unwrap();
    fs::remove_file(place.path("a.toml")).unwrap();
    place.compute(shards);
    assert!(place.merged() == wanted);
}

#[test]
fn a_sweep_of_a_plan_has_its_page_and_its_precision() {
    let place = Place::new();
    let asked = [
        "a.toml",
        "--vary=agreement.cap=6,8",
        "--precision=1%",
        "--report",
    ];
    let wanted = place.alone("sweep", &asked);
    assert!(wanted.contains_key("report.html"));
    let shards = place.plan(&asked, &["--shards=2"]);
    place.compute(shards);
    assert!(place.merged() == wanted);
}
