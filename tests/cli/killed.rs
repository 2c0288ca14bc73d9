//! Ended at any moment, a command leaves what was there or what it makes, whole, and
//! stands in nobody's way.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Chance, Place, tries};

const RUN: [&str; 5] = ["run", "a.toml", "--no-charts", "--quiet", "--out"];

fn start(place: &Place, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_capbind"))
        .current_dir(place.path("."))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How long a command takes here and now.
fn time(place: &Place, arguments: &[&str]) -> Duration {
    let begun = Instant::now();
    assert!(start(place, arguments).wait().unwrap().success());
    begun.elapsed()
}

/// Ends a command at some moment of a time in which about half of them are done:
/// shorter after one that was, longer after one that was not, whatever else the
/// machine does meanwhile.
fn end(place: &Place, arguments: &[&str], signal: &str, time: &mut Duration, chance: &mut Chance) {
    let mut child = start(place, arguments);
    let most = usize::try_from(time.as_micros()).unwrap();
    std::thread::sleep(Duration::from_micros(chance.below(most) as u64));
    match signal {
        "KILL" => child.kill().unwrap(),
        other => {
            let (signal, id) = (format!("-{other}"), child.id().to_string());
            // It may have ended.
            let _ = Command::new("kill").args([signal, id]).status().unwrap();
        }
    }
    let done = child.wait().unwrap().success();
    *time = *time * if done { 9 } else { 11 } / 10;
}

#[test]
fn a_killed_run_leaves_the_old_results_or_the_new_ones() {
    let place = Place::new();
    let mut chance = Chance(88_172_645_463_325_252);
    let seeds = ["7", "8"].map(|seed| [&RUN[..], &["out", "--force", "--seed", seed]].concat());
    let whole = seeds.each_ref().map(|asked| {
        assert_eq!(place.run(asked).code, 0);
        place.write("out/mine.txt", "mine");
        place.contents("out")
    });
    let mut took = time(&place, &seeds[0]);
    let mut seen = [0, 0];
    for i in 0..tries(60) {
        end(&place, &seeds[i % 2], "KILL", &mut took, &mut chance);
        let left = place.contents("out");
        let which = whole.iter().position(|whole| *whole == left);
        seen[which.expect("one or the other, whole")] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    assert_eq!(place.run(&seeds[0]).code, 0);
    assert_eq!(place.contents("out"), whole[0]);
    assert_eq!(place.names("."), ["a.toml", "out"]);
}

#[test]
fn an_interrupted_run_leaves_no_traces() {
    let place = Place::new();
    let mut chance = Chance(1_181_783_497_276_652_981);
    let asked = [&RUN[..], &["deep/out", "--seed", "8"]].concat();
    let mut took = time(&place, &asked);
    let whole = place.contents("deep");
    std::fs::remove_dir_all(place.path("deep")).unwrap();
    let mut seen = [0, 0];
    for i in 0..tries(60) {
        end(
            &place,
            &asked,
            ["INT", "HUP", "TERM"][i % 3],
            &mut took,
            &mut chance,
        );
        let made = place.path("deep").exists();
        seen[usize::from(made)] += 1;
        if made {
            assert_eq!(place.contents("deep"), whole);
            std::fs::remove_dir_all(place.path("deep")).unwrap();
        }
        assert_eq!(place.names("."), ["a.toml"]);
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}

#[test]
fn a_killed_sweep_continues_to_the_same_bytes() {
    let place = Place::new();
    let asked = [
        "sweep",
        "a.toml",
        "--no-charts",
        "--quiet",
        "--resume",
        "--vary",
        "revenue.gbm.volatility=0.1:0.49:0.01",
        "--vary",
        "revenue.gbm.growth=0.1:0.19:0.01",
        "--out",
    ];
    let mut took = time(&place, &[&asked[..], &["whole"]].concat());
    let wanted = place.contents("whole");
    let mut chance = Chance(88_172_645_463_325_252);
    let mut begun = 0;
    for sweep in 0..tries(4) {
        let out = format!("killed{sweep}");
        let asked = [&asked[..], &[out.as_str()]].concat();
        for _ in 0..5 {
            end(&place, &asked, "KILL", &mut took, &mut chance);
            begun += usize::from(place.path(&format!(".{out}.sweep")).exists());
        }
        let rest = place.run(&asked);
        assert_eq!((rest.code, rest.stderr.as_str()), (0, ""));
        assert_eq!(place.contents(&out), wanted);
        assert!(!place.path(&format!(".{out}.sweep")).exists());
        assert!(!place.path(&format!(".{out}.partial")).exists());
    }
    assert!(begun > 0);
}

#[test]
fn a_killed_verify_changes_nothing() {
    let place = Place::new();
    place.run_a(&["--out", "out"]);
    let before = place.contents(".");
    let verify = ["verify", "out"];
    let mut took = time(&place, &verify);
    let mut chance = Chance(2_685_821_657_736_338_717);
    for i in 0..tries(12) {
        end(
            &place,
            &verify,
            ["KILL", "INT"][i % 2],
            &mut took,
            &mut chance,
        );
        assert_eq!(place.contents("."), before);
    }
    assert_eq!(place.run(&verify).code, 0);
}
