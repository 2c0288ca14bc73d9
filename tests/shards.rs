//! A run cut into parts is the run, to the last byte.

mod common;

use std::sync::atomic::{AtomicU64, Ordering};

use capbind::report::Report;
use capbind::scenario::Scenario;
use capbind::simulate::{
    Cancelled, Observer, PartError, Partial, Plan, Question, Results, SealError, Settings, run,
    run_totals,
};
use common::scenarios;
use rayon::ThreadPoolBuilder;

/// A shipped scenario with two blocks in each of four replicates, the last cut short
/// where the sampler lets it be.
fn small(path: &std::path::Path, sampler: &str) -> Scenario {
    let points = if sampler == "random" { 4_500 } else { 8_192 };
    let overrides = [
        format!("simulation.sampler=\"{sampler}\""),
        format!("simulation.points={points}"),
        "simulation.replicates=4".to_owned(),
    ];
    let mut scenario = Scenario::load(path, &overrides).unwrap();
    scenario.precision = None;
    scenario
}

/// Every table of a run as bytes.
fn tables(scenario: &Scenario, results: &Results) -> Vec<(String, Vec<u8>)> {
    let report = Report::new(scenario, results, &[], Vec::new());
    report.csv_files(&report.tables(false), &[]).unwrap()
}

fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.unwrap().install(work)
}

#[test]
fn any_cut_in_any_order_gives_the_bytes_of_one_run() {
    for path in scenarios() {
        let sampler = if path.ends_with("textbook-gbm.toml") {
            "random"
        } else {
            "sobol"
        };
        let scenario = small(&path, sampler);
        let whole = run(&scenario.simulation(), &()).unwrap();
        let expected = tables(&scenario, &whole);
        // A worker has nothing but the bytes of the question.
        let sent = scenario.question().to_bytes();
        let question = Question::from_bytes(&sent).unwrap();
        assert_eq!(question, scenario.question());
        for (count, threads) in [(3, 1), (7, 2)] {
            let plan = Plan::new(question.simulation());
            let mut parts: Vec<Vec<u8>> = plan
                .shards(count)
                .iter()
                .map(|shard| on_threads(threads, || plan.compute(shard, &()).unwrap().to_bytes()))
                .collect();
            assert_eq!(parts.len(), count);
            parts.rotate_left(count / 2);
            let parts = parts
                .iter()
                .map(|bytes| Partial::from_bytes(bytes).unwrap());
            let merged = Plan::new(scenario.simulation()).finish(parts).unwrap();
            let found = tables(&scenario, &merged);
            for ((name, found), (_, expected)) in found.iter().zip(&expected) {
                let [found, expected] = [found, expected].map(|t| String::from_utf8_lossy(t));
                let other = found.lines().zip(expected.lines()).find(|(a, b)| a != b);
                assert!(
                    found == expected,
                    "{name} of {} in {count}: {other:?}",
                    path.display()
                );
            }
        }
    }
}

fn base() -> Scenario {
    small(
        &common::project().join("scenarios/openai-microsoft-2025.toml"),
        "sobol",
    )
}

#[test]
fn the_bytes_of_a_part_do_not_depend_on_the_threads() {
    let scenario = base();
    let plan = Plan::new(scenario.simulation());
    let shard = plan.shard(1..5).unwrap();
    let bytes = |threads| on_threads(threads, || plan.compute(&shard, &()).unwrap().to_bytes());
    assert!(bytes(1) == bytes(3));
}

#[test]
fn parts_that_do_not_make_the_run_are_named() {
    let scenario = base();
    let plan = Plan::totals(scenario.simulation());
    let part = |blocks| plan.compute(&plan.shard(blocks).unwrap(), &()).unwrap();
    let refused = |parts: Vec<Partial>| plan.finish(parts).unwrap_err();
    let missing = |blocks| PartError::Missing { blocks };
    assert_eq!(refused(vec![]), missing(0..8));
    assert_eq!(refused(vec![part(0..3), part(5..8)]), missing(3..5));
    assert_eq!(refused(vec![part(2..8)]), missing(0..2));
    assert_eq!(refused(vec![part(0..7)]), missing(7..8));
    let twice = refused(vec![part(0..5), part(4..8)]);
    assert_eq!(twice, PartError::Overlap { blocks: 4..5 });
    assert_eq!(twice.to_string(), "block 4 is there twice");
    let mut other = scenario.simulation();
    other.settings = Settings {
        seed: 1 + other.settings.seed,
        ..other.settings
    };
    let foreign = Plan::totals(other);
    let foreign = foreign.compute(&foreign.whole(), &()).unwrap();
    let error = refused(vec![foreign]);
    assert!(matches!(error, PartError::Foreign { .. }), "{error}");
    // With every statistic it is another run, too.
    assert_ne!(
        plan.fingerprint(),
        Plan::new(scenario.simulation()).fingerprint()
    );
    assert_eq!(plan.shard(0..9), None);
    assert_eq!(plan.shard(4..4), None);
    assert_eq!(plan.shards(1000).len(), 8);
}

#[test]
fn damaged_and_foreign_bytes_are_refused() {
    let scenario = base();
    let plan = Plan::totals(scenario.simulation());
    let mut bytes = plan.compute(&plan.whole(), &()).unwrap().to_bytes();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 64;
    let error = Partial::from_bytes(&bytes).unwrap_err();
    assert!(matches!(error, SealError::Damaged { .. }));
    let error = Partial::from_bytes(&scenario.question().to_bytes()).unwrap_err();
    assert!(matches!(error, SealError::Foreign { .. }));
}

/// Counts paths and stops after some.
struct After {
    most: u64,
    done: AtomicU64,
}

impl Observer for After {
    fn progress(&self, more: u64) {
        self.done.fetch_add(more, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.most
    }
}

#[test]
fn an_observer_sees_every_path_and_stops_a_run_within_a_block_of_each_thread() {
    let scenario = base();
    let watch = |most| After {
        most,
        done: AtomicU64::new(0),
    };
    let all = watch(u64::MAX);
    run(&scenario.simulation(), &all).unwrap();
    assert_eq!(all.done.into_inner(), scenario.settings.paths());
    let some = watch(8_000);
    let stopped = on_threads(2, || run_totals(&scenario.simulation(), &some));
    assert_eq!(stopped.unwrap_err(), Cancelled);
    let done = some.done.into_inner();
    assert!((8_000..=8_000 + 3 * 4_096).contains(&done), "{done}");
}
