//! Cases with known answers.

use capbind::math::{exp, ln};
use capbind::study::{
    CalibrateOptions, Estimated, Figure, FigureKind, FittedModel, History, calibrate,
};
use capbind::units::Date;

use super::simulated::{Random, day};

/// Figures of whole months, `each` months long, that a path of months adds up to.
fn figures(path: &[f64], each: usize, error: f64) -> History {
    let figures = path.chunks(each).enumerate().map(|(k, months)| {
        let first_day: Date = day(2019, 1, 1).add_months((k * each) as i32);
        Figure {
            first_day,
            last_day: first_day.add_months(each as i32 - 1).last_of_month(),
            kind: FigureKind::Period,
            value: months.iter().map(|log| exp(*log) / 12.0).sum(),
            error: Some(error),
            line: 0,
        }
    });
    History {
        figures: figures.collect(),
    }
}

#[track_caller]
fn near(found: f64, wanted: f64, tolerance: f64) {
    assert!(
        (found - wanted).abs() <= tolerance,
        "{found} {wanted} ± {tolerance}"
    );
}

#[test]
fn months_known_exactly_give_the_textbook_estimates() {
    let mut random = Random(11);
    let mut path = vec![ln(10.0)];
    for _ in 0..96 {
        path.push(path[path.len() - 1] + 0.02 + 0.3 * random.normal() / 12.0_f64.sqrt());
    }
    let steps: Vec<f64> = path.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = steps.iter().sum::<f64>() / 96.0;
    let square = steps
        .iter()
        .map(|step| (step - mean) * (step - mean))
        .sum::<f64>()
        / 95.0;
    let sigma = (12.0 * square).sqrt();
    let fit = calibrate(&figures(&path, 1, 0.0), &CalibrateOptions::default(), &()).unwrap();
    let found = |key: &str| -> Estimated { fit.parameter(key).unwrap().clone() };
    // σ has the standard error σ/√(2(n − 1)), log growth σ/√T; the priors are as wide as
    // thirty and six of them.
    let volatility = found("volatility");
    near(
        volatility.std_error,
        sigma / 190.0_f64.sqrt(),
        0.05 * volatility.std_error,
    );
    near(volatility.estimate, sigma, 0.15 * volatility.std_error);
    let growth = found("growth");
    let wanted = exp(12.0 * mean + 0.5 * sigma * sigma) - 1.0;
    let error = (1.0 + wanted) * sigma / 8.0_f64.sqrt();
    near(growth.std_error, error, 0.05 * error);
    near(growth.estimate, wanted, 0.1 * error);
    // The last month is known; half a month on it is uncertain by σ√(1/24).
    let initial = found("initial");
    near(
        initial.std_error / initial.estimate,
        sigma / 24.0_f64.sqrt(),
        0.05 * sigma,
    );
    assert!(fit.parameter("run_rate_error").is_none());
    assert!(!growth.is_little_informed());
}

#[test]
fn steady_growth_is_found_whatever_the_periods() {
    let path: Vec<f64> = (0..60)
        .map(|k| ln(2.0) + ln(1.4) * f64::from(k) / 12.0)
        .collect();
    for each in [1, 3, 6, 12] {
        let fit = calibrate(
            &figures(&path, each, 1e-3),
            &CalibrateOptions::default(),
            &(),
        )
        .unwrap();
        let growth = fit.parameter("growth").unwrap();
        // Noise that is not there cannot be told from a little: its prior begins at 0.05.
        near(growth.estimate, 0.4, 0.3 * growth.std_error);
        assert!(growth.std_error < 0.06, "{each} {growth:?}");
        let initial = fit.parameter("initial").unwrap();
        near(
            initial.estimate,
            2.0 * exp(ln(1.4) * 59.5 / 12.0),
            0.6 * initial.std_error,
        );
        for seen in &fit.figures {
            near(seen.fitted / seen.figure.value, 1.0, 1e-3);
        }
    }
}

#[test]
fn a_figure_that_contradicts_the_others_is_named() {
    let path: Vec<f64> = (0..36).map(|k| ln(2.0) + 0.02 * f64::from(k)).collect();
    let mut history = figures(&path, 3, 0.01);
    history.figures[5].value *= 1.6;
    let fit = calibrate(&history, &CalibrateOptions::default(), &()).unwrap();
    let surprises = || fit.figures.iter().map(|seen| seen.surprise.abs());
    let most = surprises().fold(0.0, f64::max);
    assert_eq!(surprises().position(|surprise| surprise == most), Some(5));
    assert!(most > 2.5 && fit.figures[5].surprise > 0.0);
}

#[test]
fn what_a_short_history_does_not_say_is_left_to_the_prior() {
    let path: Vec<f64> = (0..24).map(|k| ln(2.0) + 0.02 * f64::from(k)).collect();
    let options = CalibrateOptions {
        model: FittedModel::Growth,
        ..CalibrateOptions::default()
    };
    let fit = calibrate(&figures(&path, 6, 0.02), &options, &()).unwrap();
    let half_life = fit.parameter("half_life").unwrap();
    assert!(half_life.is_little_informed(), "{half_life:?}");
    // The prior: 0.5 to 8.
    assert!((0.4..0.9).contains(&half_life.p5) && (5.0..11.0).contains(&half_life.p95));
}

#[test]
fn the_same_figures_in_any_order_and_unit_say_the_same() {
    let path: Vec<f64> = (0..24).map(|k| ln(2.0) + 0.03 * f64::from(k)).collect();
    let history = figures(&path, 3, 0.01);
    let mut other = history.clone();
    other.figures.reverse();
    other
        .figures
        .iter_mut()
        .for_each(|figure| figure.value *= 1e9);
    let [one, two] = [history, other]
        .map(|history| calibrate(&history, &CalibrateOptions::default(), &()).unwrap());
    for (one, two) in one.parameters.iter().zip(&two.parameters) {
        let factor = if one.key == "initial" { 1e9 } else { 1.0 };
        near(two.estimate / factor, one.estimate, 1e-4 * one.std_error);
        near(two.std_error / factor, one.std_error, 1e-4 * one.std_error);
    }
    near(one.log_evidence, two.log_evidence, 1e-6);
}

#[test]
fn too_little_is_refused() {
    let path = [0.0; 24];
    let refused = |history: &History| {
        let error = calibrate(history, &CalibrateOptions::default(), &()).unwrap_err();
        error.to_string()
    };
    assert_eq!(
        refused(&figures(&path, 12, 0.01)),
        "there are 2 figures to fit, at least 3 are needed\n  \
         try: add figures, or leave out --from and --until"
    );
    let mut long = figures(&path, 6, 0.01);
    long.figures[0].first_day = day(1950, 1, 1);
    assert!(refused(&long).contains("3 to 600 are permitted"));
}
