//! Every long piece of work asks its observer and stops where it is told to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use capbind::scenario::Scenario;
use capbind::simulate::{
    ByExpiry, Cancelled, FlatShare, Observer, RevenueBy, World, evaluate_worlds, replay,
};
use capbind::study::{
    Axis, Base, CalibrateOptions, Cases, Entry, Forecasts, History, SensitivityOptions, Sweep,
    Target, calibrate, calibrate_forecasts, compare, sensitivity, solve, variance_indices,
};
use capbind::{Error, RunOptions, run_text};

const ROYALTY: &str = r#"
    timeline = { start = 2026-01-01, end = 2031-12-31, step = "quarter" }
    revenue.gbm = { initial = 100, growth = { uniform = [0.0, 0.2] }, volatility = 0.3 }
    agreement = { share = 0.05, cap = 24 }
    valuation.discount_rate = 0.09
    simulation = { points = 8192, replicates = 4, seed = 5 }
    "#;

/// Says stop once it has been asked so often, and counts what is done after that.
#[derive(Debug)]
struct Stopping {
    after: u64,
    asked: AtomicU64,
    done: AtomicU64,
    late: AtomicU64,
}

impl Stopping {
    fn after(after: u64) -> Self {
        Self {
            after,
            asked: AtomicU64::new(0),
            done: AtomicU64::new(0),
            late: AtomicU64::new(0),
        }
    }
}

impl Observer for Stopping {
    fn progress(&self, more: u64) {
        self.done.fetch_add(more, Ordering::Relaxed);
        if self.asked.load(Ordering::Relaxed) > self.after {
            self.late.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.after
    }
}

/// Once nobody stops it the work is done, and asks more than a few times; stopped at
/// once, half way or at the last question it is cancelled, and no thread finishes more
/// than what it had in hand.
fn stops(what: &str, work: impl Fn(&dyn Observer) -> Result<(), Cancelled> + Sync) {
    let threads = 2;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build().unwrap();
    let whole = Stopping::after(u64::MAX);
    assert_eq!(pool.install(|| work(&whole)), Ok(()), "{what}");
    let asked = whole.asked.into_inner();
    assert!(asked >= 8, "{what} asks {asked} times");
    for after in [0, 1, asked / 2, asked - 1] {
        let stopping = Stopping::after(after);
        let done = pool.install(|| work(&stopping));
        assert_eq!(
            done,
            Err(Cancelled),
            "{what}, stopped after {after} of {asked}"
        );
        let late = stopping.late.into_inner();
        assert!(
            late <= threads as u64,
            "{what}: {late} pieces after the stop"
        );
    }
}

fn scenario(overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
    Scenario::parse("royalty.toml", "royalty", ROYALTY, &overrides).unwrap()
}

fn flat(scenario: &Scenario) -> FlatShare {
    FlatShare {
        share: 0.05,
        cap: 24.0,
        paid_before: 0.0,
        expiry: scenario.timeline.end(),
    }
}

#[test]
fn passes_over_revenue_paths_stop() {
    let scenario = scenario(&[]);
    let (simulation, contract) = (scenario.simulation(), flat(&scenario));
    stops("by expiry", |observer| {
        ByExpiry::simulate(&simulation, &contract, observer).map(|_| ())
    });
    stops("revenue by a date", |observer| {
        cancelled(RevenueBy::simulate(&simulation, contract.expiry, observer).map_err(Error::from))
    });
    stops("contracts", |observer| {
        let contracts = [contract];
        let world = World {
            simulation,
            contracts: &contracts,
        };
        cancelled(evaluate_worlds(&[world], &[0.5], observer).map_err(Error::from))
    });
}

fn cancelled<T>(found: Result<T, Error>) -> Result<(), Cancelled> {
    match found {
        Ok(_) => Ok(()),
        Err(Error::Cancelled(stopped)) => Err(stopped),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn sensitivity_stops() {
    let scenario = scenario(&["simulation.points=512"]);
    let options = SensitivityOptions::default();
    stops("sensitivity", |observer| {
        cancelled(sensitivity(&scenario, &options, observer))
    });
}

#[test]
fn comparisons_stop() {
    let entry = |name: &str, overrides: &[&str]| Entry {
        name: name.to_owned(),
        scenario: scenario(overrides),
    };
    stops("compare", |observer| {
        let entries = vec![entry("a", &[]), entry("b", &["agreement.cap=20"])];
        cancelled(compare(entries, observer))
    });
}

#[test]
fn paths_drawn_again_and_functions_stop() {
    let scenario = scenario(&[]);
    stops("replay", |observer| {
        replay(&scenario.simulation(), 2_000, observer).map(|_| ())
    });
    let settings = scenario.settings;
    stops("indices of a function", |observer| {
        variance_indices(settings, 2, |x| x[0] + x[1], observer).map(|_| ())
    });
}

#[test]
fn estimates_from_reported_revenue_stop() {
    let figures: String = (0..8)
        .map(|i| {
            let (year, value) = (
                2018 + i,
                10.0 * 1.3_f64.powi(i) * (1.0 + 0.1 * f64::from(i % 3)),
            );
            format!("{year}-01-01,{year}-12-31,{value}\n")
        })
        .collect();
    let history = History::parse("history.csv", &format!("start,end,value\n{figures}")).unwrap();
    stops("calibrate", |observer| {
        cancelled(calibrate(&history, &CalibrateOptions::default(), observer))
    });
    let table = "made,year,value\n2019-01-01,2020,17\n2019-01-01,2021,22\n2020-01-01,2021,24\n\
        2020-01-01,2022,30\n2021-01-01,2022,28\n2021-01-01,2023,36\n";
    let forecasts = Forecasts::parse("forecasts.csv", table).unwrap();
    stops("calibrate forecasts", |observer| {
        cancelled(calibrate_forecasts(&forecasts, &history, &[], observer))
    });
}

#[test]
fn a_whole_run_stops() {
    let options = RunOptions {
        charts: false,
        report: false,
        keep_paths: 100,
        ..RunOptions::default()
    };
    stops("run_text", |observer| {
        cancelled(run_text("a.toml", ROYALTY, &[], &(), &options, observer))
    });
}

#[test]
fn searches_stop() {
    // From sorted revenue, from many contracts at once, by a last day, by runs.
    for (key, target) in [
        ("agreement.cap", "total_paid=20"),
        ("agreement.cap", "total_paid_pv=15"),
        ("agreement.expiry", "total_paid=15"),
        ("revenue.gbm.volatility", "total_paid=22"),
    ] {
        let base = Base::new("royalty.toml", "royalty", ROYALTY, &[]);
        let target = Target::parse(target).unwrap();
        stops(key, |observer| {
            match solve(&base, key, &target, None, observer) {
                Ok(_) => Ok(()),
                Err(Error::Cancelled(stopped)) => Err(stopped),
                Err(other) => panic!("{key}: {other}"),
            }
        });
    }
}

#[test]
fn sweeps_stop_and_hand_out_whole_cases_only() {
    for axis in ["agreement.cap=18,24", "revenue.gbm.volatility=0.2,0.4"] {
        let base = Base::new("royalty.toml", "royalty", ROYALTY, &[]);
        let axis = Axis::parse(axis).unwrap();
        let sweep = Sweep::new(base, Cases::grid(&[axis]).unwrap()).unwrap();
        stops("sweep", |observer| {
            cancelled(sweep.run(&BTreeSet::new(), observer, |outcomes| {
                assert!(outcomes.iter().all(|case| !case.agreements.is_empty()));
                Ok(())
            }))
        });
    }
}
