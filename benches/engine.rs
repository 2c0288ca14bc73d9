//! What a run costs and where: `cargo bench`, or `cargo bench -- NAME` for some.
//!
//! Figures per item: an item is a path-month in the runs, a value in the
//! functions, a month in the settlement and the disaggregation.

use std::collections::BTreeSet;

use capbind::agreement::Settlement;
use capbind::math;
use capbind::report::figure::render;
use capbind::report::{
    FileEntry, Manifest, Report, RunOptions, figures, summary_json, summary_text,
};
use capbind::revenue::{Total, smooth_months};
use capbind::scenario::Scenario;
use capbind::scenario::Style;
use capbind::simulate::{replay, run, run_totals, smooth, smooth_totals};
use capbind::study::{Axis, Base, Cases, Sweep, local};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use multiversion::multiversion;
use rayon::ThreadPool;

const BASE: &str = include_str!("peers/base.toml");
const PLAN: &str = include_str!("../scenarios/openai-microsoft.toml");

fn main() {
    divan::main();
}

fn scenario(text: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
    Scenario::parse("bench.toml", "bench", text, &overrides)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn pool(threads: usize) -> ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a thread pool starts")
}

fn path_months(scenario: &Scenario) -> ItemsCount {
    let months = scenario.timeline.periods().len() as u64;
    ItemsCount::new(scenario.settings.paths() * months)
}

fn simulate(bencher: Bencher<'_, '_>, scenario: &Scenario, threads: usize) {
    let pool = pool(threads);
    bencher
        .counter(path_months(scenario))
        .bench_local(|| pool.install(|| run(&scenario.simulation(), &()).unwrap()));
}

/// Simulation, settlement and all statistics in memory; the argument is the
/// number of threads.
#[divan::bench_group(sample_count = 10, sample_size = 1)]
mod engine {
    use super::*;

    #[divan::bench(args = [1, 2])]
    fn sobol(bencher: Bencher<'_, '_>, threads: usize) {
        simulate(bencher, &scenario(BASE, &[]), threads);
    }

    #[divan::bench(args = [1, 2])]
    fn random(bencher: Bencher<'_, '_>, threads: usize) {
        let overrides = ["simulation.sampler=\"random\""];
        simulate(bencher, &scenario(BASE, &overrides), threads);
    }

    /// The base job with a clause, settled path by path, on fewer paths.
    #[divan::bench(args = [1, 2])]
    fn clauses(bencher: Bencher<'_, '_>, threads: usize) {
        let overrides = ["agreement.threshold=1", "simulation.points=4096"];
        simulate(bencher, &scenario(BASE, &overrides), threads);
    }

    /// The base job on an annual plan with an uncertain input.
    #[divan::bench(args = [1, 2])]
    fn forecast(bencher: Bencher<'_, '_>, threads: usize) {
        simulate(bencher, &scenario(PLAN, &[]), threads);
    }
}

/// Smooth estimates on one thread: a line of the base job beside a path counted for the
/// totals alone, and what is asked of the plan.
#[divan::bench_group(sample_count = 20, sample_size = 1)]
mod lines {
    use super::*;

    fn of(bencher: Bencher<'_, '_>, text: &str, points: u64) {
        let scenario = scenario(text, &[&format!("simulation.points={points}")]);
        let pool = pool(1);
        bencher
            .counter(path_months(&scenario))
            .bench_local(|| pool.install(|| smooth(&scenario.simulation(), &()).unwrap().unwrap()));
    }

    #[divan::bench(args = [256, 4096])]
    fn base(bencher: Bencher<'_, '_>, points: u64) {
        of(bencher, BASE, points);
    }

    /// The whole alone, as paths counted for the totals.
    #[divan::bench(args = [256, 4096])]
    fn base_totals(bencher: Bencher<'_, '_>, points: u64) {
        let scenario = scenario(BASE, &[&format!("simulation.points={points}")]);
        let pool = pool(1);
        bencher.counter(path_months(&scenario)).bench_local(|| {
            pool.install(|| smooth_totals(&scenario.simulation(), &()).unwrap().unwrap())
        });
    }

    #[divan::bench(args = [256, 4096])]
    fn plan(bencher: Bencher<'_, '_>, points: u64) {
        of(bencher, PLAN, points);
    }

    /// Pseudo-random points, of which none is a line.
    #[divan::bench]
    fn counted_totals(bencher: Bencher<'_, '_>) {
        let scenario = scenario(BASE, &["simulation.sampler=random"]);
        let pool = pool(1);
        bencher
            .counter(path_months(&scenario))
            .bench_local(|| pool.install(|| run_totals(&scenario.simulation(), &()).unwrap()));
    }

    /// To an error below 0.01 days.
    #[divan::bench]
    fn median_date(bencher: Bencher<'_, '_>) {
        let scenario = scenario(PLAN, &["simulation.points=256"]);
        let pool = pool(1);
        bencher.bench_local(|| {
            let median = pool.install(|| smooth(&scenario.simulation(), &()).unwrap().unwrap());
            let median = median.date_quantile(0.5).unwrap().estimate();
            assert!(median.std_error < 0.01);
        });
    }

    /// Slopes of all headline numbers in every key.
    #[divan::bench]
    fn gradient(bencher: Bencher<'_, '_>) {
        let scenario = scenario(PLAN, &[]);
        let pool = pool(1);
        bencher.bench_local(|| pool.install(|| local(&scenario, &()).unwrap()));
    }

    /// 200 caps of a flat share.
    #[divan::bench]
    fn sweep_of_caps(bencher: Bencher<'_, '_>) {
        let base = Base::new("bench.toml", "bench", PLAN, &[]);
        let axis = Axis::parse("agreement.cap=20:59.8:0.2").unwrap();
        let sweep = Sweep::new(base, Cases::grid(&[axis]).unwrap()).unwrap();
        let pool = pool(1);
        bencher.bench_local(|| {
            let take = |_| Ok::<(), capbind::Error>(());
            pool.install(|| sweep.run(&BTreeSet::new(), &(), take).unwrap());
        });
    }
}

/// What someone at a slider waits for: 16 × 4,096 points.
#[divan::bench(args = [1, 2], sample_count = 50, sample_size = 1)]
fn interactive(bencher: Bencher<'_, '_>, threads: usize) {
    simulate(
        bencher,
        &scenario(BASE, &["simulation.points=4096"]),
        threads,
    );
}

/// A `run --no-charts` without the disk: scenario, simulation, every result file
/// and both summaries as bytes.
#[divan::bench(args = [1, 2], sample_count = 10, sample_size = 1)]
fn whole_run(bencher: Bencher<'_, '_>, threads: usize) {
    let pool = pool(threads);
    let counter = path_months(&scenario(BASE, &[]));
    bencher.counter(counter).bench_local(|| {
        let scenario = scenario(BASE, &[]);
        let outcomes = pool.install(|| run(&scenario.simulation(), &()).unwrap());
        let report = Report::new(&scenario, &outcomes, &[], Vec::new());
        let files = report.csv_files(&report.tables(false), &[]).unwrap();
        let entries: Vec<FileEntry> = files
            .iter()
            .map(|(name, bytes)| FileEntry::new(name, bytes))
            .collect();
        let manifest = Manifest::of_run(&report, &RunOptions::default(), entries).to_bytes();
        let text = summary_text(&report);
        (files, manifest, text, summary_json(&report).to_string())
    });
}

/// The pieces of a run that do not grow with the number of paths.
mod fixed {
    use super::*;

    #[divan::bench]
    fn parse_scenario() -> Scenario {
        scenario(black_box(PLAN), &[])
    }

    #[divan::bench]
    fn result_files(bencher: Bencher<'_, '_>) {
        let scenario = scenario(PLAN, &["simulation.points=1024"]);
        let outcomes = run(&scenario.simulation(), &()).unwrap();
        let report = Report::new(&scenario, &outcomes, &[], Vec::new());
        bencher.bench_local(|| report.csv_files(&report.tables(false), &[]).unwrap());
    }

    /// Five years of annual figures, one observed quarter.
    #[divan::bench]
    fn disaggregate(bencher: Bencher<'_, '_>) {
        let year = |y: usize, sum| Total {
            months: 12 * y..12 * (y + 1),
            sum,
        };
        let mut totals: Vec<Total> = [28.0, 46.0, 69.0, 96.0, 127.0]
            .into_iter()
            .enumerate()
            .map(|(y, sum)| year(y, sum))
            .collect();
        totals.push(Total {
            months: 0..3,
            sum: 5.7,
        });
        bencher
            .counter(ItemsCount::new(60_usize))
            .bench_local(|| smooth_months(60, black_box(&totals)));
    }

    /// The ledger of one path, as `paths.csv` and the tests use it; the engine
    /// settles rows of paths with the same rule.
    #[divan::bench]
    fn settle_path(bencher: Bencher<'_, '_>) {
        let scenario = scenario(BASE, &[]);
        let path = replay(&scenario.simulation(), 1, &()).unwrap().remove(0);
        let contract = scenario.primary();
        let mut settlement = Settlement::default();
        bencher
            .counter(ItemsCount::new(path.revenue.len()))
            .bench_local(|| {
                contract.settle(&path.inputs, black_box(&path.revenue), &mut settlement);
                settlement.total_paid()
            });
    }

    /// Every chart of a run as PNG and SVG, one after the other.
    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn charts(bencher: Bencher<'_, '_>) {
        let scenario = scenario(PLAN, &["simulation.points=4096"]);
        let outcomes = run(&scenario.simulation(), &()).unwrap();
        let report = Report::new(&scenario, &outcomes, &[], Vec::new());
        bencher.bench_local(|| {
            let drawn = figures(&report, false).into_iter();
            drawn
                .map(|(_, figure)| render(&figure, Style::default()))
                .collect::<Result<Vec<_>, _>>()
                .expect("the charts of a run can be drawn")
        });
    }
}

/// Elementary functions over an array, compiled for the same instruction sets as
/// the engine: without fused multiply-adds the figures would be those of their
/// emulation.
mod functions {
    use super::*;

    const VALUES: usize = 4096;

    macro_rules! over_array {
        ($name:ident, $function:path, $input:ty) => {
            #[multiversion(targets = "simd")]
            fn $name(input: &[$input], output: &mut [f64]) {
                for (x, y) in input.iter().zip(output) {
                    *y = $function(*x);
                }
            }
        };
    }

    over_array!(all_exp, math::exp, f64);
    over_array!(all_ln, math::ln, f64);
    over_array!(all_inverse_normal, math::inverse_normal_cdf_from_bits, u64);
    over_array!(all_inverse_normal_scalar, math::inverse_normal_cdf, f64);

    fn bench<T>(
        bencher: Bencher<'_, '_>,
        input: impl Fn(f64) -> T,
        function: fn(&[T], &mut [f64]),
    ) {
        let part = |i: usize| (i as f64 + 0.5) / VALUES as f64;
        let input: Vec<T> = (0..VALUES).map(|i| input(part(i))).collect();
        let mut output = vec![0.0; VALUES];
        bencher
            .counter(ItemsCount::new(VALUES))
            .bench_local(|| function(black_box(&input), black_box(&mut output)));
    }

    #[divan::bench]
    fn exp(bencher: Bencher<'_, '_>) {
        bench(bencher, |u| 20.0 * u - 10.0, all_exp);
    }

    #[divan::bench]
    fn ln(bencher: Bencher<'_, '_>) {
        bench(bencher, |u| 100.0 * u, all_ln);
    }

    #[divan::bench]
    fn inverse_normal(bencher: Bencher<'_, '_>) {
        // Multiplying by an odd number scatters the bits as a sampler's are.
        let bits = |u: f64| (u * 2.0_f64.powi(63)) as u64;
        let scattered = |u| bits(u).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bench(bencher, scattered, all_inverse_normal);
    }

    /// The form of full accuracy, off the hot path.
    #[divan::bench]
    fn inverse_normal_scalar(bencher: Bencher<'_, '_>) {
        bench(bencher, |u| u, all_inverse_normal_scalar);
    }
}
