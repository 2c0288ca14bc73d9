//! capbind's engine on the base job, or another scenario, without start-up, files or
//! charts: one JSON line in the form of the other programs in this folder.

use std::path::PathBuf;
use std::time::Instant;

use capbind::scenario::Scenario;
use capbind::simulate::forced::{InstructionSet, at};
use capbind::simulate::{
    FlatShare, Measure, Outcomes, Quantity, Slot, Total, evaluate, run, run_totals, smooth,
    smooth_totals,
};
use clap::Parser;
use rayon::ThreadPool;
use serde_json::{Value, json};

const BASE: &str = include_str!("base.toml");

#[derive(Parser)]
struct Arguments {
    /// sobol or random
    #[arg(long, default_value = "sobol")]
    sampler: String,
    /// Paths per replicate; a power of two for Sobol points
    #[arg(long, default_value_t = 65_536)]
    points: u64,
    #[arg(long, default_value_t = 16)]
    replicates: u32,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Timed runs, with seeds from `seed` upwards: seconds are their median and
    /// standard errors their root mean square
    #[arg(long, default_value_t = 1)]
    runs: u64,
    /// Keep what the other programs keep: totals, probabilities and expected payments
    #[arg(long)]
    totals: bool,
    /// Estimate what lines tell, instead of counting paths
    #[arg(long)]
    smooth: bool,
    /// Hold the engine to AVX2
    #[arg(long)]
    avx2: bool,
    /// A scenario in place of the base job, at its own size
    #[arg(long)]
    scenario: Option<PathBuf>,
    /// Answer so many contracts on one set of paths, instead
    #[arg(long, default_value_t = 0)]
    contracts: usize,
}

impl Arguments {
    fn scenario(&self, points: u64, seed: u64) -> Scenario {
        if let Some(file) = &self.scenario {
            let text = std::fs::read_to_string(file).expect("a scenario that can be read");
            let overrides = [format!("simulation.seed={seed}")];
            return Scenario::parse("scenario.toml", "scenario", &text, &overrides)
                .unwrap_or_else(|error| panic!("{error}"));
        }
        let overrides = [
            format!("simulation.sampler=\"{}\"", self.sampler),
            format!("simulation.points={points}"),
            format!("simulation.replicates={}", self.replicates),
            format!("simulation.seed={seed}"),
        ];
        Scenario::parse("base.toml", "base", BASE, &overrides)
            .unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Contracts that differ in share, cap and expiry.
fn contracts(scenario: &Scenario, count: usize) -> Vec<FlatShare> {
    let periods = scenario.timeline.periods();
    let contract = |i: usize| FlatShare {
        share: [0.15, 0.2, 0.25][i % 3],
        cap: 20.0 + 40.0 * i as f64 / count as f64,
        paid_before: 0.0,
        expiry: periods[periods.len() - 1 - 12 * (i % 4)].last_day,
    };
    (0..count).map(contract).collect()
}

/// Seconds that the answers to many contracts take.
fn time_contracts(arguments: &Arguments, pool: &ThreadPool) -> f64 {
    let scenario = arguments.scenario(arguments.points, arguments.seed);
    let cases = contracts(&scenario, arguments.contracts);
    let mut seconds: Vec<f64> = (0..arguments.runs)
        .map(|_| {
            let start = Instant::now();
            let answers = pool
                .install(|| evaluate(&scenario.simulation(), &cases, &()))
                .unwrap();
            assert_eq!(answers.len(), cases.len());
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn main() {
    let arguments = Arguments::parse();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads)
        .build()
        .expect("a thread pool starts");
    let set = match arguments.avx2 {
        true => InstructionSet::Avx2,
        false => InstructionSet::best(),
    };
    let line = at(set, || measure(&arguments, &pool));
    println!("{line}");
}

/// One JSON line about smooth estimates: the totals alone, and with every day.
fn measure_smooth(arguments: &Arguments, pool: &ThreadPool) -> Value {
    let timed = |points, seed| {
        let scenario = arguments.scenario(points, seed);
        let start = Instant::now();
        let totals = pool.install(|| smooth_totals(&scenario.simulation(), &()).unwrap().unwrap());
        let paid = totals.total(Total::Paid).expect("always defined");
        let reached = totals.reached();
        let seconds = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let found = pool.install(|| smooth(&scenario.simulation(), &()).unwrap().unwrap());
        let median = found.date_quantile(0.5).expect("most paths reach it");
        let of_days = start.elapsed().as_secs_f64();
        ([seconds, of_days], [paid, reached, median.estimate()])
    };
    timed(64, 0);
    let seeds = arguments.seed..arguments.seed + arguments.runs;
    let runs: Vec<_> = seeds.map(|seed| timed(arguments.points, seed)).collect();
    let middle = |i: usize| {
        let mut all: Vec<f64> = runs.iter().map(|(seconds, _)| seconds[i]).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let error = |i: usize| {
        let squares = runs.iter().map(|(_, found)| found[i].std_error.powi(2));
        (squares.sum::<f64>() / runs.len() as f64).sqrt()
    };
    let [paid, reached, median] = runs[runs.len() / 2].1;
    json!({
        "name": "capbind smooth",
        "paths": arguments.points * u64::from(arguments.replicates),
        "months": arguments.scenario(64, 0).timeline.periods().len(),
        "threads": arguments.threads,
        "seconds": middle(0),
        "seconds_of_days": middle(1),
        "mean": paid.mean,
        "std_error": error(0),
        "probability": reached.mean,
        "probability_std_error": error(1),
        "median_days": median.mean,
        "median_days_std_error": error(2),
    })
}

/// One JSON line about one program's answer.
fn measure(arguments: &Arguments, pool: &ThreadPool) -> Value {
    if arguments.contracts > 0 {
        let seconds = time_contracts(arguments, pool);
        return json!({ "seconds": seconds });
    }
    if arguments.smooth {
        return measure_smooth(arguments, pool);
    }
    let timed = |points, seed| {
        let scenario = arguments.scenario(points, seed);
        let start = Instant::now();
        let simulate = if arguments.totals { run_totals } else { run };
        let mut results = pool.install(|| simulate(&scenario.simulation(), &()).unwrap());
        (start.elapsed().as_secs_f64(), results.agreements.remove(0))
    };
    // Starts the threads and builds the tables of the sampler, once per program.
    timed(64, 0);
    let seeds = arguments.seed..arguments.seed + arguments.runs;
    let mut runs: Vec<(f64, Outcomes)> = seeds.map(|seed| timed(arguments.points, seed)).collect();
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let root_mean_square = |std_error: &dyn Fn(&Outcomes) -> f64| {
        let squares = runs.iter().map(|(_, outcomes)| std_error(outcomes).powi(2));
        (squares.sum::<f64>() / runs.len() as f64).sqrt()
    };
    let paid = |outcomes: &Outcomes| {
        let paid = outcomes.total(Total::Paid).expect("always defined");
        paid.estimate
    };
    // What the paths alone tell, where lines tell more.
    let counted = |outcomes: &Outcomes| {
        let mut opinions = outcomes.opinions().into_iter();
        let own = opinions.find(|opinion| opinion.measure == Measure::Binding);
        own.map_or(outcomes.reached().std_error, |opinion| {
            opinion.counted.std_error
        })
    };
    let (seconds, outcomes) = &runs[runs.len() / 2];
    let scenario = arguments.scenario(arguments.points, arguments.seed);
    let periods = scenario.timeline.periods();
    let payments: Vec<_> = (0..periods.len())
        .filter_map(|k| outcomes.quantity(Quantity::Payment, Slot::Period(k)))
        .map(|payment| payment.estimate)
        .collect();
    json!({
        "name": format!("capbind {}", arguments.sampler),
        "paths": outcomes.paths(),
        "months": periods.len(),
        "agreements": scenario.contracts.len(),
        "threads": arguments.threads,
        "seconds": seconds,
        "mean": paid(outcomes).mean,
        "std_error": root_mean_square(&|o| paid(o).std_error),
        "probability": outcomes.reached().mean,
        "probability_std_error": root_mean_square(&|o| o.reached().std_error),
        "counted_probability_std_error": root_mean_square(&counted),
        "probability_by_month": periods
            .iter()
            .map(|period| outcomes.reached_by(period.last_day).mean)
            .collect::<Vec<f64>>(),
        "payment_by_month": payments.iter().map(|p| p.mean).collect::<Vec<f64>>(),
        "payment_std_dev_by_month": payments.iter().map(|p| p.std_dev).collect::<Vec<f64>>(),
    })
}
