//! Amounts many powers of two apart: what is counted nearby and what is counted far
//! away make one distribution.

use capbind::scenario::Scenario;
use capbind::simulate::{Quantity, Slot, replay, run};

/// A volatility that no revenue has: by the end paths are a factor of 10³⁰ apart, and a
/// cap that about half of them reach.
const SPREAD: &str = r#"
    [timeline]
    start = 2026-01-01
    end = 2030-12-31
    step = "quarter"
    [revenue.gbm]
    initial = 100
    growth = 0.2
    volatility = 4
    [agreement]
    share = 0.2
    cap = 30
    [simulation]
    points = 4096
    replicates = 4
    "#;

/// The least value with at least `q` of all at or below it.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let rank = (q * sorted.len() as f64 * (1.0 - 1e-15)).ceil().max(1.0) as usize;
    sorted[rank - 1]
}

#[test]
fn quantiles_are_those_of_the_paths() {
    let scenario = Scenario::parse("spread.toml", "spread", SPREAD, &[]).unwrap();
    let simulation = scenario.simulation();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(3)
        .build()
        .unwrap();
    let results = pool.install(|| run(&simulation, &()).unwrap());
    let outcomes = &results.agreements[0];
    let paths = replay(&simulation, u64::MAX, &()).unwrap();
    assert_eq!(paths.len(), 4 * 4096);
    let periods = scenario.timeline.periods().len();
    let (mut least, mut greatest) = (f64::INFINITY, 0.0_f64);
    for k in 0..periods {
        let paid_by = |end: usize| -> Vec<f64> {
            let accrued = |path: &Vec<f64>| 0.2 * path[..end].iter().sum::<f64>();
            let revenue = paths.iter().map(|path| &path.revenue);
            revenue.map(|path| accrued(path).min(30.0)).collect()
        };
        let (before, after) = (paid_by(k), paid_by(k + 1));
        let payment = after.iter().zip(&before).map(|(a, b)| a - b).collect();
        let revenue: Vec<f64> = paths.iter().map(|path| path.revenue[k]).collect();
        for (quantity, mut values) in [
            (Quantity::Revenue, revenue),
            (Quantity::CumulativePaid, after),
            (Quantity::Payment, payment),
        ] {
            values.sort_by(f64::total_cmp);
            let found = outcomes.quantity(quantity, Slot::Period(k)).unwrap();
            assert_eq!(found.distribution.count(), paths.len() as u64);
            for q in [0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999] {
                let exact = quantile(&values, q);
                let error = (found.distribution.quantile(q).unwrap() - exact).abs();
                // Sums in another order differ in the last digits of the cap.
                assert!(
                    error <= exact / 1000.0 + 1e-12,
                    "{quantity:?} {k} {q}: off by {error:e} of {exact:e}"
                );
            }
            if quantity == Quantity::Revenue {
                least = least.min(values[0]);
                greatest = greatest.max(values[values.len() - 1]);
            }
        }
    }
    // Offsets reach over 32 powers of two.
    assert!(
        greatest / least > 2_f64.powi(64),
        "{least:e} to {greatest:e}"
    );
}
