use super::super::observer::Unheard;
use super::*;
use crate::scenario::Scenario;

/// What nodes and interpolation add: half the steps and a half the nodes' distance, on
/// the same points.
#[test]
fn finer_nodes_and_steps_change_nothing_that_counts() {
    let timeline = "timeline = { start = 2026-05-01, end = 2028-12-31, step = \"month\" }\n";
    let simulation = "simulation = { points = 64, replicates = 4, seed = 5 }\n";
    let plan = "revenue.forecast = { annual = { 2026 = 28, 2027 = 46, 2028 = 69 }, \
         volatility = 0.2, growth_uncertainty = 0.12, level_uncertainty = 0.3 }\n";
    let quiet = "revenue.gbm = { initial = 24, growth = 0.5, volatility = 0.05 }\n";
    let wild = "revenue.gbm = { initial = 24, growth = 0.5, volatility = 0.9 }\n";
    let segments = "[[revenue]]\nname = \"a\"\ngbm = { initial = 10, growth = 0.5, volatility = 0.6 }\n\
         [[revenue]]\nname = \"b\"\ngbm = { initial = 14, growth = 0.4, volatility = 0.1 }\n";
    for revenue in [plan, quiet, wild, segments] {
        let with = |cap: f64| {
            let agreement = format!("agreement = {{ share = 0.2, cap = {cap} }}\n");
            let text = [timeline, simulation, &agreement, revenue].concat();
            Scenario::parse("a.toml", "a", &text, &[]).unwrap()
        };
        let uncapped = smooth(&with(1000.0).simulation()).unwrap();
        let scenario = with(0.95 * uncapped.total(Total::Uncapped).unwrap().mean);
        let simulation = scenario.simulation();
        let at = |fineness: Fineness| {
            let integration = Integration::as_fine(&simulation, fineness).unwrap();
            let replicates = 0..simulation.settings.replicates;
            let means = replicates.map(|r| integration.replicate(r, &Unheard(&())).unwrap());
            let means = means.collect();
            integration.finish(means)
        };
        let usual = at(Fineness::USUAL);
        let fine = at(Fineness {
            step: 0.5 * Fineness::USUAL.step,
            rise: 0.5 * Fineness::USUAL.rise,
        });
        let end = scenario.timeline.end();
        assert!(fine.reached_by(end).mean > 0.01 && fine.reached_by(end).mean < 0.99);
        for day in 0..scenario.timeline.days() {
            let date = scenario.timeline.start().add_days(day);
            let off = usual.reached_by(date).mean - fine.reached_by(date).mean;
            assert!(off.abs() <= 1e-8, "{date}: {off:e}\n{revenue}");
        }
        for period in 0..scenario.timeline.periods().len() {
            let [a, b] = [&usual, &fine].map(|s| s.payment(period).mean);
            // Of amounts up to about one.
            assert!((a - b).abs() <= 2e-8, "{period}: {:e}\n{revenue}", a - b);
        }
    }
}
