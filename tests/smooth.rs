//! Smooth estimates against closed forms and against counting.

use capbind::math::{exp, ln, normal_cdf};
use capbind::scenario::Scenario;
use capbind::simulate::{Counting, Total, run_totals, smooth};
use capbind::stats::MeanEstimate;

fn scenario(text: &str) -> Scenario {
    match Scenario::parse("a.toml", "a", text, &[]) {
        Ok(scenario) => scenario,
        Err(error) => panic!("{error:?}\n{text}"),
    }
}

/// One log-normal period: everything in closed form, by day too.
#[test]
fn one_period_is_exact() {
    let text = "timeline = { start = 2026-01-01, end = 2026-12-31, step = \"year\" }\n\
        revenue.gbm = { initial = 100, growth = 0.2, volatility = 0.4, observe = \"end\" }\n\
        agreement = { share = 0.1, cap = 9 }\n\
        simulation = { points = 64, replicates = 4, seed = 1 }\n";
    let scenario = scenario(text);
    let smooth = smooth(&scenario.simulation()).unwrap();
    // Accrued share is 12·exp(0.4 z − 0.08).
    let root = |limit: f64| (ln(limit / 12.0) + 0.08) / 0.4;
    let paid = 12.0 * normal_cdf(root(9.0) - 0.4) + 9.0 * normal_cdf(-root(9.0));
    assert!((smooth.total(Total::Paid).unwrap().mean - paid).abs() < 1e-8);
    assert!((smooth.total(Total::Uncapped).unwrap().mean - 12.0).abs() < 1e-9);
    for day in [1, 60, 180, 200, 300, 365] {
        let part = f64::from(day) / 365.0;
        let exact = normal_cdf(-root(9.0 / part));
        let found = smooth.reached_by(scenario.timeline.start().add_days(day - 1));
        assert!(
            (found.mean - exact).abs() < 1e-8,
            "{day}: {found:?} {exact}"
        );
    }
    let median = smooth.date_quantile(0.5).unwrap().estimate();
    assert!((median.mean - 365.0 * 9.0 / (12.0 * exp(-0.08))).abs() < 1e-4);
    assert!(median.std_error < 1e-6);
}

const MONTHS: &str = "timeline = { start = 2026-01-01, end = 2030-12-31, step = \"month\" }\n\
    simulation = { points = 4096, replicates = 16, seed = 3 }\n\
    valuation = { date = 2026-01-01, discount_rate = 0.1 }\n";

/// The counted estimate of the same points is a second opinion.
#[test]
fn smooth_and_counted_estimates_agree() {
    let revenue = [
        "revenue.gbm = { initial = 24, growth = 0.5, volatility = 0.3 }",
        "revenue.forecast = { annual = { 2026 = 28, 2027 = 46, 2028 = 69, 2029 = 96, 2030 = 127 }, \
         volatility = 0.2, persistence = 0.7, growth_uncertainty = 0.1, level_uncertainty = 0.1, \
         annual_uncertainty = 0.05 }",
        "[[revenue]]\nname = \"a\"\ngbm = { initial = 10, growth = 0.5, volatility = 0.3 }\n\
         [[revenue]]\nname = \"b\"\ngbm = { initial = 14, growth = 0.4, volatility = 0.1 }",
    ];
    let agreement = "agreement = { share = 0.2, cap = { triangular = [35, 38, 41] }, \
        paid_before = 1.4, expiry = 2030-10-15 }\n";
    for revenue in revenue {
        let scenario = scenario(&format!("{agreement}{MONTHS}{revenue}\n"));
        let simulation = scenario.simulation();
        let smooth = smooth(&simulation).unwrap();
        let counted = run_totals(&simulation, &()).unwrap();
        let counted = counted.primary();
        let agree = |what: &str, smooth: MeanEstimate, counted: MeanEstimate| {
            let error = smooth.std_error.hypot(counted.std_error);
            let off = (smooth.mean - counted.mean).abs();
            assert!(
                off <= 5.0 * error,
                "{what}: {smooth:?} {counted:?}\n{revenue}"
            );
        };
        for total in [
            Total::Paid,
            Total::PresentValue,
            Total::Uncapped,
            Total::Excess,
        ] {
            let counted = counted.total(total).unwrap().estimate.of_mean();
            agree(total.name(), smooth.total(total).unwrap(), counted);
        }
        for months in [30, 36, 42, 48, 54, 60] {
            let date = scenario.timeline.start().add_months(months).add_days(-9);
            agree(
                "reached",
                smooth.reached_by(date),
                counted.reached_by(date).of_mean(),
            );
        }
        let [own, other] = [smooth.date_quantile(0.3), counted.date_quantile(0.3)];
        agree("p30", own.unwrap().estimate(), other.unwrap().estimate());
        let end = smooth.reached_by(scenario.timeline.end()).std_error;
        assert!(end < 1e-5, "{end}");
    }
}

#[test]
fn the_base_job_is_precise() {
    let text = include_str!("../benches/peers/base.toml");
    for (points, most, days) in [(64, 4e-5, 0.1), (256, 1e-5, 0.02), (4096, 8e-7, 0.002)] {
        let changes = [format!("simulation.points={points}")];
        let scenario = Scenario::parse("a.toml", "a", text, &changes).unwrap();
        let smooth = smooth(&scenario.simulation()).unwrap();
        let error = smooth.reached_by(scenario.timeline.end()).std_error;
        assert!(error <= most, "{points} points: {error}");
        let error = smooth.date_quantile(0.5).unwrap().estimate().std_error;
        assert!(error < days, "{points} points: {error} days");
    }
}

#[test]
fn what_can_only_be_counted_says_why() {
    let agreement = "agreement = { share = 0.2, cap = 38 }\n";
    let growth = "revenue.growth = { initial = 24, growth = 0.5, long_run_growth = 0.1, \
        half_life = 1.3, volatility = 0.1, growth_volatility = 0.3, shock_correlation = -0.9 }";
    let segments = "[[revenue]]\nname = \"a\"\ngbm = { initial = 10, growth = 0.5, volatility = 0.3 }\n\
        [[revenue]]\nname = \"b\"\ngbm = { initial = 1, growth = 0.4, volatility = 0.1 }\n\
        [correlation]\nsegments = [[\"a\", \"b\", -0.9]]";
    let varying =
        "revenue.gbm = { initial = 24, growth = 0.5, volatility = { uniform = [0.1, 0.3] } }";
    let certain = "revenue.gbm = { initial = 24, growth = 0.5, volatility = 0 }";
    for (revenue, reason) in [
        (growth, Counting::NegativeLoading),
        (segments, Counting::NegativeLoading),
        (varying, Counting::Varying),
        (certain, Counting::NearlyCertain),
    ] {
        let scenario = scenario(&format!("{agreement}{MONTHS}{revenue}\n"));
        assert_eq!(
            smooth(&scenario.simulation()).unwrap_err(),
            reason,
            "{revenue}"
        );
    }
}
