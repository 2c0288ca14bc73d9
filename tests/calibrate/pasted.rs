//! What is printed goes into a scenario and means there what was estimated.

use capbind::report::{calibration_toml, forecast_errors_toml};
use capbind::scenario::Scenario;
use capbind::simulate::{Quantity, Slot, run};
use capbind::study::{
    CalibrateOptions, Calibration, FittedModel, Forecasts, History, Structure, calibrate,
    calibrate_forecasts,
};

const HISTORY: &str = include_str!("../../docs/data/openai_history_for_calibration.csv");
const FORECASTS: &str = include_str!("../../docs/data/openai_forecasts_for_calibration.csv");

fn fit(model: FittedModel) -> Calibration {
    let history = History::parse("history.csv", HISTORY).unwrap();
    let options = CalibrateOptions {
        model,
        from: capbind::units::Date::new(2023, 8, 1),
        years_ahead: 3,
        ..CalibrateOptions::default()
    };
    calibrate(&history, &options, &()).unwrap()
}

fn scenario(fit: &Calibration, toml: &str) -> Scenario {
    let text = format!(
        "[timeline]\nstart = {}\nend = {}\nstep = \"month\"\n\
         [agreement]\nshare = 0.2\n[simulation]\npoints = 1024\n{toml}",
        fit.start,
        fit.start.add_months(36).add_days(-1),
    );
    Scenario::parse("pasted.toml", "pasted", &text, &[]).unwrap()
}

#[test]
fn revenue_of_a_run_is_the_outlook() {
    for model in [FittedModel::Gbm, FittedModel::Growth] {
        let fit = fit(model);
        let outlook = fit.outlook(&[0.05, 0.5, 0.95]);
        for uncertain in [false, true] {
            let scenario = scenario(&fit, &calibration_toml(&fit, uncertain));
            let results = run(&scenario.simulation(), &()).unwrap();
            for month in [0, 11, 35] {
                let measured = results
                    .primary()
                    .quantity(Quantity::Revenue, Slot::Period(month))
                    .unwrap();
                let quantile = |p: f64| 12.0 * measured.distribution.quantile(p).unwrap();
                let found = [0.05, 0.5, 0.95].map(quantile);
                let wanted = &outlook[month + 1].quantiles;
                let said = format!("{model:?} {uncertain} {month}: {found:?} {wanted:?}");
                assert!((found[1] / wanted[1] - 1.0).abs() < 0.12, "{said}");
                let width = |ends: &[f64]| (ends[2] / ends[0]).ln();
                let ratio = width(&found) / width(wanted);
                // Distributions by two points, with rank correlations, are near it; point
                // estimates leave out what is not known of the parameters.
                let permitted = if uncertain { 0.85..1.15 } else { 0.0..1.0 };
                assert!(permitted.contains(&ratio), "{ratio} {said}");
            }
        }
    }
}

#[test]
fn errors_of_forecasts_stand_beside_a_plan() {
    let history = History::parse("history.csv", HISTORY).unwrap();
    let forecasts = Forecasts::parse("forecasts.csv", FORECASTS).unwrap();
    let found = calibrate_forecasts(&forecasts, &history, &[], &()).unwrap();
    assert_eq!(found.changes.len(), 11);
    for structure in Structure::ALL {
        let fit = found.structure(structure).unwrap();
        for uncertain in [false, true] {
            let toml = forecast_errors_toml(&found, fit, uncertain);
            let text = format!(
                "[timeline]\nstart = 2026-04-01\nend = 2028-12-31\nstep = \"month\"\n\
                 [agreement]\nshare = 0.2\n[simulation]\npoints = 256\n\
                 [revenue.forecast]\nannual = {{ 2026 = 28, 2027 = 46, 2028 = 69 }}\n{toml}"
            );
            Scenario::parse("pasted.toml", "pasted", &text, &[])
                .unwrap_or_else(|error| panic!("{structure:?} {uncertain}: {error:?}\n{toml}"));
        }
    }
}
