//! The base job as a plain Rust loop: one path after the other, `f64::exp`, the
//! ziggurat normals of `rand_distr`, rayon over batches of paths. Uses nothing of
//! capbind. One JSON line, as the other programs in this folder.

use std::time::Instant;

use clap::Parser;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde_json::json;

const MONTHS: usize = 56;
const BATCH: u64 = 1_000;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 1_000_000)]
    paths: u64,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

struct Job {
    first_revenue: f64,
    drift: f64,
    deviation: f64,
    share: f64,
    cap: f64,
}

#[derive(Clone)]
struct Tally {
    total: f64,
    total_squared: f64,
    payment: [f64; MONTHS],
    binds_in: [u64; MONTHS],
}

fn main() {
    let arguments = Arguments::parse();
    let job = Job::base();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads)
        .build()
        .expect("a thread pool starts");
    pool.install(|| job.simulate(10 * BATCH, 0));
    let start = Instant::now();
    let tally = pool.install(|| job.simulate(arguments.paths, arguments.seed));
    let seconds = start.elapsed().as_secs_f64();

    let n = arguments.paths as f64;
    let mean = tally.total / n;
    let variance = (tally.total_squared / n - mean * mean) * n / (n - 1.0);
    let probability_by_month: Vec<f64> = tally
        .binds_in
        .iter()
        .scan(0, |bound, &now| {
            *bound += now;
            Some(*bound as f64 / n)
        })
        .collect();
    let probability = probability_by_month[MONTHS - 1];
    let line = json!({
        "name": "naive Rust",
        "paths": arguments.paths,
        "months": MONTHS,
        "threads": arguments.threads,
        "seconds": seconds,
        "mean": mean,
        "std_error": (variance / n).sqrt(),
        "probability": probability,
        "probability_std_error": (probability * (1.0 - probability) / n).sqrt(),
        "probability_by_month": probability_by_month,
        "payment_by_month": tally.payment.map(|sum| sum / n).to_vec(),
    });
    println!("{line}");
}

impl Job {
    fn base() -> Self {
        let table: toml::Table = include_str!("base.toml").parse().expect("it is TOML");
        let gbm = &table["revenue"]["gbm"];
        let number = |value: &toml::Value| value.as_float().expect("a number");
        let volatility = number(&gbm["volatility"]);
        Self {
            first_revenue: number(&gbm["initial"]) / 12.0,
            drift: (number(&gbm["growth"]).ln_1p() - 0.5 * volatility * volatility) / 12.0,
            deviation: volatility / 12.0_f64.sqrt(),
            share: number(&table["agreement"]["share"]),
            cap: number(&table["agreement"]["cap"]),
        }
    }

    fn simulate(&self, paths: u64, seed: u64) -> Tally {
        (0..paths.div_ceil(BATCH))
            .into_par_iter()
            .map(|batch| {
                let mut rng = SmallRng::seed_from_u64((seed << 32) + batch);
                let mut tally = Tally::new();
                for _ in 0..BATCH.min(paths - batch * BATCH) {
                    self.path(&mut rng, &mut tally);
                }
                tally
            })
            .reduce(Tally::new, Tally::merge)
    }

    #[inline]
    fn path(&self, rng: &mut SmallRng, tally: &mut Tally) {
        let mut log_growth = 0.0;
        let mut paid = 0.0;
        let mut bound = false;
        for k in 0..MONTHS {
            let shock: f64 = StandardNormal.sample(rng);
            log_growth += self.drift + self.deviation * shock;
            let accrued = self.share * self.first_revenue * log_growth.exp();
            let payment = f64::min(accrued, self.cap - paid);
            paid += payment;
            tally.payment[k] += payment;
            if !bound && paid >= self.cap {
                bound = true;
                tally.binds_in[k] += 1;
            }
        }
        tally.total += paid;
        tally.total_squared += paid * paid;
    }
}

impl Tally {
    fn new() -> Self {
        Self {
            total: 0.0,
            total_squared: 0.0,
            payment: [0.0; MONTHS],
            binds_in: [0; MONTHS],
        }
    }

    fn merge(mut self, other: Self) -> Self {
        self.total += other.total;
        self.total_squared += other.total_squared;
        for k in 0..MONTHS {
            self.payment[k] += other.payment[k];
            self.binds_in[k] += other.binds_in[k];
        }
        self
    }
}
