//! The engine gives the same bits on every instruction set: its own kernels, each
//! held to what every processor has, to AVX2, and to AVX-512 where there is one.

use crate::scenario::Scenario;
use crate::simulate::forced::{InstructionSet, at, called};
use crate::simulate::{
    Deal, FlatShare, Portfolio, evaluate, run, run_portfolio, run_totals, smooth,
};
use crate::study::{SensitivityOptions, sensitivity};

const TERMS: &str = r#"
timeline = { start = 2026-01-01, end = 2027-12-31, step = "month" }
agreement = { share = 0.2, cap = { uniform = [14, 20] }, paid_before = 1.4 }
simulation = { points = 128, replicates = 4, seed = 1 }
valuation = { date = 2026-01-01, discount_rate = 0.1 }
report.fiscal_year_ends = "june"
"#;

/// Every kind of revenue, each with every error and event it may have.
const MODELS: [&str; 8] = [
    "gbm = { initial = 50, growth = 0.2, volatility = 0.3 }",
    "forecast = { annual = { 2026 = 40, 2027 = 60 }, volatility = 0.3, growth_uncertainty = 0.1 }",
    "forecast = { annual = { 2026 = 40, 2027 = 60 }, volatility = 0.3, persistence = 0.7, \
     growth_uncertainty = 0.1, level_uncertainty = 0.1, annual_uncertainty = 0.1, \
     preserve = \"median\" }",
    "growth = { initial = 50, growth = 0.3, long_run_growth = 0.1, half_life = 1.3, \
     volatility = 0.3, long_run_volatility = 0.1, volatility_half_life = 0.7, \
     growth_volatility = 0.1, growth_volatility_half_life = 1.3, shock_correlation = -0.4 }",
    "jump = { initial = 50, growth = 0.2, volatility = 0.3, jumps_per_year = 1.3, \
     jump_mean = 0.1, jump_sd = 0.3 }",
    "logistic = { capacity = 50, steepness = { uniform = [1, 1.3] }, midpoint = 1, \
     volatility = 0.3, persistence = 0.7 }",
    "bass = { market = 50, innovation = 0.1, imitation = 0.3, launch = -0.5 }",
    "bootstrap = { initial = 50, companies = { A = [24, 29, 38], B = [10, 12, 11, 16] } }",
];

/// One scenario for each model, one with all of them as segments, and one with clauses.
fn scenarios() -> Vec<Scenario> {
    let alone = MODELS
        .iter()
        .map(|model| format!("{TERMS}revenue.{model}\n"));
    let segments = MODELS.iter().enumerate();
    let segments = segments.map(|(i, model)| format!("[[revenue]]\nname = \"s{i}\"\n{model}\n"));
    let segments: String = segments.collect();
    let pairs = "[correlation]\nsegments = [[\"s0\", \"s1\", 0.5], [\"s1\", \"s3\", -0.3]]\n";
    let together = format!("{TERMS}{segments}{pairs}");
    let parse = |text: String| match Scenario::parse("a.toml", "a", &text, &[]) {
        Ok(scenario) => scenario,
        Err(error) => panic!("{error:?}\n{text}"),
    };
    let clauses = TERMS.replace(
        "share = 0.2",
        "share = 0.2, threshold = 3, annual_minimum = 2, upfront = 9",
    );
    let clauses = format!("{clauses}revenue.{}\n", MODELS[0]);
    alone.chain([together, clauses]).map(parse).collect()
}

#[test]
fn every_model_is_among_them() {
    let schema = crate::scenario::schema();
    let models = schema.pointer("/properties/revenue/anyOf/0/properties");
    for name in models.and_then(|models| models.as_object()).unwrap().keys() {
        let is_it = |model: &&str| model.starts_with(&format!("{name} = "));
        let is_model = !["name", "reported"].contains(&name.as_str());
        assert!(!is_model || MODELS.iter().any(is_it), "{name}");
    }
}

/// All that the kernels of a scenario bring out, with every digit.
fn results(scenario: &Scenario) -> String {
    let simulation = scenario.simulation();
    let shares = |count: u32| {
        let share = |i: u32| FlatShare {
            share: 0.2,
            cap: 10.0 + f64::from(i) / 10.0,
            paid_before: 1.0,
            expiry: scenario.timeline.end(),
        };
        let shares: Vec<FlatShare> = (0..count).map(share).collect();
        evaluate(&simulation, &shares, &()).unwrap()
    };
    let loads = scenario.model.kinds_of_shocks().is_some();
    let deal = |id: &str, loading: f64| Deal {
        id: id.to_owned(),
        question: scenario.question(),
        loadings: vec![if loads { loading } else { 0.0 }],
    };
    let portfolio = Portfolio {
        factors: vec!["f".to_owned()],
        deals: vec![deal("A", 0.6), deal("B", -0.3)],
        groups: Vec::new(),
        settings: scenario.settings,
        tail: 0.1,
        multiples: vec![1.0],
    };
    let options = SensitivityOptions::default();
    let found = sensitivity(scenario, &options, &());
    format!(
        "{:?}{:?}{:?}{:?}{:?}{:?}{found:?}",
        run(&simulation, &()),
        run_totals(&simulation, &()),
        smooth(&simulation, &()),
        run_portfolio(&portfolio, &()),
        // Few thresholds are counted one by one, many by bins.
        shares(2),
        shares(200),
    )
}

#[test]
fn every_kernel_gives_the_bits_of_the_baseline() {
    // How a table of counts is laid out depends on which thread counts what.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.unwrap();
    for scenario in scenarios() {
        let results = |set| pool.install(|| at(set, || results(&scenario)));
        let baseline = results(InstructionSet::Baseline);
        for set in InstructionSet::available() {
            assert!(
                results(set) == baseline,
                "{}: {}",
                set.name(),
                scenario.text
            );
        }
    }
    let kernels = [
        "agreement::settle_lanes",
        "math::linear::decompose",
        "math::linear::vectors_of",
        "revenue::generate",
        "revenue::generate_alone",
        "revenue::place_jumps",
        "simulate::portfolio::deal::settle_flat",
        "simulate::portfolio::deal::settle_under_clauses",
        "simulate::portfolio::deal::tie",
        "simulate::portfolio::factors::draw",
        "simulate::record::clauses::pass::settle",
        "simulate::record::cumulative::accumulate",
        "simulate::record::flat::pass::settle",
        "simulate::record::recorder::count",
        "simulate::record::recorder::take",
        "simulate::record::thresholds::below",
        "simulate::record::thresholds::spread",
        "simulate::record::totals::side_by_side",
        "simulate::record::totals::under_clauses",
        "simulate::sample::draws::fill_ahead",
        "simulate::sample::draws::fill_any",
        "simulate::sample::draws::fill_unrotated",
        "simulate::sample::ordering::add_products",
        "simulate::sample::ordering::apply",
        "simulate::smooth::control::add_finite",
        "simulate::smooth::kernel::add_lines",
    ];
    assert_eq!(
        called(),
        kernels.map(|name| format!("capbind_engine::{name}"))
    );
}
