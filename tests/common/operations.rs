//! Everything of the library that takes long, each by its name: the test of observers stops
//! all of them, the benchmark measures how long that takes.

use std::collections::{BTreeMap, BTreeSet};

use capbind::request::{Solve, Study, results};
use capbind::scenario::Scenario;
use capbind::simulate::{
    ByExpiry, Cancelled, FlatShare, Observer, RevenueBy, Search, World, evaluate, evaluate_worlds,
    replay, run, run_portfolio, run_totals, smooth, smooth_each, smooth_totals,
};
use capbind::study::{
    Axis, Base, CalibrateOptions, Cases, Deals, Entry, Forecasts, Fund, FundOptions, History,
    PastForecasts, SensitivityOptions, Sweep, Target, UpdateAsked, as_written, calibrate,
    calibrate_forecasts, compare, frontier, local, sensitivity, solve, track_record, update,
    variance_indices,
};
use capbind::units::Date;
use capbind::{Error, RunOptions, run_text};

/// A royalty on five years of revenue.
pub const ROYALTY: &str = r#"
    timeline = { start = 2026-01-01, end = 2031-12-31, step = "quarter" }
    revenue.gbm = { initial = 100, growth = { uniform = [0.0, 0.2] }, volatility = 0.3 }
    agreement = { share = 0.05, cap = 24 }
    valuation = { date = 2026-01-01, discount_rate = 0.09 }
    simulation = { points = 8192, replicates = 4, seed = 5 }
    "#;
/// Keys that make it one that is settled under all clauses.
const CLAUSES: &str = "agreement.threshold=1";
/// Of what lines tell of: every path moves alike along the first coordinate.
const CERTAIN: &str = "revenue.gbm.growth=0.1";

/// How much there is to do.
#[derive(Clone, Copy)]
pub struct Size {
    /// Changes of the royalty's keys.
    pub changes: &'static [&'static str],
    /// The same where a study takes many runs.
    pub of_studies: &'static [&'static str],
    /// Lines of tables.
    pub lines: usize,
}

/// Something that takes long, told to an observer.
pub type Operation = Box<dyn Fn(&dyn Observer) -> Result<(), Cancelled> + Sync>;

/// All of them.
pub fn operations(size: Size) -> Vec<(&'static str, Operation)> {
    let mut all = runs(size);
    all.extend(studies(size));
    all.extend(tables(size));
    all.extend(files(size));
    all
}

fn scenario(changes: &[&str], more: &[&str]) -> Scenario {
    let all = changes.iter().chain(more);
    let overrides: Vec<String> = all.map(|&change| change.to_owned()).collect();
    Scenario::parse("royalty.toml", "royalty", ROYALTY, &overrides).unwrap()
}

fn base(changes: &[&str], more: &[&str]) -> Base {
    Base::of("royalty.toml", &scenario(changes, more))
}

fn flat(scenario: &Scenario) -> FlatShare {
    FlatShare {
        share: 0.05,
        cap: 24.0,
        paid_before: 0.0,
        expiry: scenario.timeline.end(),
    }
}

/// Whether it was stopped; whatever else fails is a mistake here.
fn stopped<T, E: Into<Error>>(found: Result<T, E>) -> Result<(), Cancelled> {
    match found.map_err(Into::into) {
        Ok(_) => Ok(()),
        Err(Error::Cancelled(stopped)) => Err(stopped),
        Err(other) => panic!("{other}"),
    }
}

fn operation<T, E: Into<Error>>(
    work: impl Fn(&dyn Observer) -> Result<T, E> + Sync + 'static,
) -> Operation {
    Box::new(move |observer| stopped(work(observer)))
}

/// One after the other on the paths or lines of a simulation.
fn runs(size: Size) -> Vec<(&'static str, Operation)> {
    let of = |more: &[&str]| scenario(size.changes, more);
    let (counted, clauses, certain) = (of(&[]), of(&[CLAUSES]), of(&[CERTAIN]));
    let precise = certain.clone();
    let [a, b, c, d, e, f, g] = std::array::from_fn(|_| counted.clone());
    let [h, i, j] = std::array::from_fn(|_| certain.clone());
    vec![
        ("run", operation(move |o| run(&counted.simulation(), o))),
        (
            "run under clauses",
            operation(move |o| run(&clauses.simulation(), o)),
        ),
        ("totals", operation(move |o| run_totals(&a.simulation(), o))),
        (
            "by expiry",
            operation(move |o| ByExpiry::simulate(&b.simulation(), &flat(&b), o).map(|_| ())),
        ),
        (
            "revenue by a date",
            operation(move |o| RevenueBy::simulate(&c.simulation(), c.timeline.end(), o)),
        ),
        (
            "contracts",
            operation(move |o| evaluate(&d.simulation(), &[flat(&d)], o)),
        ),
        (
            "contracts of worlds",
            operation(move |o| {
                let contracts = [flat(&e)];
                let world = World {
                    simulation: e.simulation(),
                    contracts: &contracts,
                };
                evaluate_worlds(&[world], &[0.5], o)
            }),
        ),
        ("smooth", operation(move |o| smooth(&h.simulation(), o))),
        (
            "smooth totals",
            operation(move |o| smooth_totals(&i.simulation(), o)),
        ),
        (
            "smooth, each",
            operation(move |o| smooth_each(&j.simulation(), o)),
        ),
        (
            "replay",
            operation(move |o| replay(&f.simulation(), f.settings.paths() / 8, o)),
        ),
        (
            "search for a precision",
            operation(move |o| {
                let search = Search {
                    precision: 0.0,
                    most_points: precise.settings.points,
                    besides: true,
                };
                search.of(&precise.simulation(), o)
            }),
        ),
        (
            "indices of a function",
            operation(move |o| variance_indices(g.settings, 2, |x| x[0] + x[1], o)),
        ),
    ]
}

/// What takes many runs.
fn studies(size: Size) -> Vec<(&'static str, Operation)> {
    let few = size.of_studies;
    let scenario = |more: &[&str]| scenario(few, more);
    let solved = |key: &'static str, target: &str| {
        let (base, target) = (base(few, &[]), Target::parse(target).unwrap());
        operation(move |o| solve(&base, key, &target, None, o))
    };
    let swept = |axis: &str| {
        let cases = Cases::grid(&[Axis::parse(axis).unwrap()]).unwrap();
        let sweep = Sweep::new(base(few, &[]), cases).unwrap();
        operation(move |o| {
            sweep.run(&BTreeSet::new(), o, |outcomes| {
                // Whole cases are handed out, or none.
                assert!(outcomes.iter().all(|case| !case.agreements.is_empty()));
                Ok::<(), Error>(())
            })
        })
    };
    let (all, slopes) = (scenario(&[]), scenario(&[CERTAIN]));
    let (traded, kept, news) = (base(few, &[]), base(few, &[]), base(few, &[]));
    let (first, second) = (scenario(&[]), scenario(&["agreement.cap=20"]));
    vec![
        (
            "sensitivity",
            operation(move |o| sensitivity(&all, &SensitivityOptions::default(), o)),
        ),
        ("local sensitivity", operation(move |o| local(&slopes, o))),
        (
            "compare",
            operation(move |o| {
                let entry = |(name, scenario): (&str, &Scenario)| Entry {
                    name: name.to_owned(),
                    scenario: scenario.clone(),
                };
                compare([("a", &first), ("b", &second)].map(entry).to_vec(), o)
            }),
        ),
        (
            "update",
            operation(move |o| {
                let asked = UpdateAsked {
                    as_of: Date::new(2026, 6, 1),
                    changes: vec!["agreement.cap=20".to_owned()],
                    ..UpdateAsked::default()
                };
                update(&news, &asked, o)
            }),
        ),
        // From sorted revenue, from many contracts at once, by a last day, by runs.
        ("solve a cap", solved("agreement.cap", "total_paid=20")),
        (
            "solve a cap by value",
            solved("agreement.cap", "total_paid_pv=15"),
        ),
        (
            "solve a last day",
            solved("agreement.expiry", "total_paid=15"),
        ),
        (
            "solve a volatility",
            solved("revenue.gbm.volatility", "total_paid=22"),
        ),
        (
            "what a scenario is worth",
            operation(move |o| as_written(&kept, o)),
        ),
        (
            "frontier",
            operation(move |o| {
                let target = Target::parse("total_paid=20").unwrap();
                frontier(
                    &traded,
                    "agreement.cap=22,26",
                    "agreement.share",
                    &target,
                    o,
                )
            }),
        ),
        ("sweep of caps", swept("agreement.cap=18,24")),
        (
            "sweep of volatilities",
            swept("revenue.gbm.volatility=0.2,0.4"),
        ),
    ]
}

/// What reads tables.
fn tables(size: Size) -> Vec<(&'static str, Operation)> {
    let figures = (0..8).map(|i| {
        let (year, value) = (
            2018 + i,
            10.0 * 1.3_f64.powi(i) * (1.0 + 0.1 * f64::from(i % 3)),
        );
        format!("{year}-01-01,{year}-12-31,{value}\n")
    });
    let text = format!("start,end,value\n{}", figures.collect::<String>());
    let history = History::parse("history.csv", &text).unwrap();
    let known = history.clone();
    let table = "made,year,value\n2019-01-01,2020,17\n2019-01-01,2021,22\n2020-01-01,2021,24\n\
        2020-01-01,2022,30\n2021-01-01,2022,28\n2021-01-01,2023,36\n";
    let forecasts = Forecasts::parse("forecasts.csv", table).unwrap();
    let past = (0..size.lines).map(|i| format!("{i},9,11,12,10\n"));
    let text = format!("name,p10,p50,p90,outcome\n{}", past.collect::<String>());
    let past = PastForecasts::parse("past.csv", &text).unwrap();
    let deals = (0..size.lines.min(200)).map(|i| format!("D{i}\n"));
    let text = format!("id\n{}", deals.collect::<String>());
    let deals = Deals::from_csv("deals.csv", text.as_bytes()).unwrap();
    let bases = BTreeMap::from([(String::new(), base(size.of_studies, &[]))]);
    let fund = Fund::new(&deals, &bases, FundOptions::default()).unwrap();
    vec![
        (
            "calibrate",
            operation(move |o| calibrate(&history, &CalibrateOptions::default(), o)),
        ),
        (
            "calibrate forecasts",
            operation(move |o| calibrate_forecasts(&forecasts, &known, &[], o)),
        ),
        (
            "backtest",
            operation(move |o| track_record(&past.forecasts, &|_| None, o)),
        ),
        (
            "portfolio",
            operation(move |o| run_portfolio(&fund.portfolio, o)),
        ),
    ]
}

/// From a text to files.
fn files(size: Size) -> Vec<(&'static str, Operation)> {
    let made = |more: &[&str], options: RunOptions| {
        let changes = size.of_studies.iter().chain(more);
        let changes: Vec<String> = changes.map(|&change| change.to_owned()).collect();
        operation(move |o| run_text("royalty.toml", ROYALTY, &changes, &(), &options, o))
    };
    let plain = || RunOptions {
        charts: false,
        report: false,
        keep_paths: 100,
        ..RunOptions::default()
    };
    let asked = Solve {
        key: "agreement.cap".to_owned(),
        so_that: "expected total_paid=20".to_owned(),
        ..Solve::default()
    };
    let of = scenario(size.of_studies, &[]);
    let study = Study::of_one("royalty.toml".to_owned(), of, asked, &[]).manifest(Vec::new());
    let mut all = vec![
        ("a run's files", made(&[], plain())),
        (
            "what a manifest asks",
            operation(move |o| results(&study, o)),
        ),
        (
            "a run to a precision",
            made(&["simulation.precision=1e-6", CERTAIN], plain()),
        ),
    ];
    if cfg!(feature = "charts") {
        let whole = RunOptions {
            charts: true,
            report: true,
            ..plain()
        };
        all.push(("charts and page", made(&["simulation.points=64"], whole)));
    }
    all
}
