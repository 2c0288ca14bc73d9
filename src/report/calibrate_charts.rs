//! Charts of estimated parameters, as data.

use super::calibrate::to_error;
use super::figure::{
    Figure, Frame, LineAxis, LinePanel, Lines, Measure, Paces, ReportedPace, Series,
};
use super::text::{capitalised, month_year, two_digits};
use crate::study::{
    Calibration, FigureKind, FittedModel, ForecastCalibration, PathPoint, StructureFit,
};
use crate::units::{Date, Money, decimals_for, grouped_number};

/// Structures less likely than this stay out of the chart.
const UNLIKELY: f64 = 0.02;

fn run() -> String {
    format!("capbind {}, calibrate.", env!("CARGO_PKG_VERSION"))
}

/// An amount of unknown unit to three significant digits: `1,850,000`, `0.00317`.
fn three_digits(value: f64) -> String {
    let digit = 10_f64.powi(value.abs().max(1e-300).log10().floor() as i32 - 2);
    grouped_number((value / digit).round() * digit, decimals_for(value, 3))
}

/// A model in words.
fn model_name(model: FittedModel) -> &'static str {
    match model {
        FittedModel::Gbm => "geometric Brownian motion",
        FittedModel::Growth => "mean-reverting growth",
    }
}

/// A month's pace is drawn in its middle; the first day after the figures where it is.
fn middle(point: &PathPoint, is_start: bool) -> Date {
    match is_start {
        true => point.date,
        false => point.date.first_of_month().add_days(14),
    }
}

fn ends<const N: usize>(point: &PathPoint) -> [f64; N] {
    std::array::from_fn(|k| point.quantiles.get(k).copied().unwrap_or(f64::NAN))
}

/// History, fit and fan.
pub fn calibration_figure(fit: &Calibration, name: &str, money: Option<&Money>) -> Figure {
    let value = |key: &str| {
        fit.parameter(key).map_or_else(String::new, |p| {
            to_error(100.0 * p.estimate, 100.0 * p.std_error)
        })
    };
    let outlook = fit.outlook(&[0.05, 0.25, 0.5, 0.75, 0.95]);
    let reported = fit.figures.iter().map(|seen| ReportedPace {
        first_day: seen.figure.first_day,
        last_day: seen.figure.last_day,
        value: seen.figure.value / seen.years,
        is_run_rate: seen.figure.kind == FigureKind::RunRate,
    });
    let amount = |value: f64| match money {
        Some(money) => money.format_suited(value),
        None => three_digits(value),
    };
    let growth = fit.parameter("growth").map_or(0.0, |p| 100.0 * p.std_error);
    let growth = format!(
        "Revenue grows {}\u{a0}% a year (\u{b1}\u{a0}{} points)",
        value("growth"),
        two_digits(growth)
    );
    let title = match outlook.last() {
        Some(last) if outlook.len() > 1 => format!(
            "{growth}; under {}, 90\u{a0}% of outcomes reach a pace of {} to {} a year by {}.",
            model_name(fit.model),
            amount(last.quantiles[0]),
            amount(last.quantiles[4]),
            month_year(last.date),
        ),
        _ => format!("{growth}."),
    };
    Figure::Paces(Paces {
        frame: Frame {
            title,
            subtitle: format!(
                "{} fitted to {} figures, volatility {}\u{a0}% a year",
                capitalised(model_name(fit.model)),
                fit.figures.len(),
                value("volatility")
            ),
            sources: format!("Figures: {name}."),
            run: run(),
        },
        quantity: "Revenue at an annual pace".to_owned(),
        money: money.cloned(),
        reported: reported.collect(),
        fitted: fit
            .fitted_path(&[0.05, 0.5, 0.95])
            .iter()
            .map(|point| (middle(point, false), ends(point)))
            .collect(),
        outlook: outlook
            .iter()
            .enumerate()
            .map(|(k, point)| (middle(point, k == 0), ends(point)))
            .collect(),
    })
}

/// How far a forecast is off, by the years ahead, for each structure that is not
/// unlikely.
pub fn forecast_errors_figure(found: &ForecastCalibration, chosen: &StructureFit) -> Figure {
    let most = found.horizon.ceil();
    let years: Vec<f64> = (0..=20).map(|k| most * f64::from(k) / 20.0).collect();
    let mut shown: Vec<&StructureFit> = found
        .structures
        .iter()
        .filter(|fit| fit.probability >= UNLIKELY || fit.structure == chosen.structure)
        .collect();
    shown.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    shown.truncate(5);
    let series = shown.iter().enumerate().map(|(style, fit)| Series {
        label: fit.structure.word().replace('-', " "),
        style,
        values: years.iter().map(|years| fit.deviation(*years)).collect(),
        band_ends: None,
        band: Vec::new(),
    });
    Figure::Lines(Lines {
        frame: Frame {
            title: format!(
                "A forecast {:.1} years ahead is typically off by {:.0}\u{a0}%.",
                found.horizon,
                100.0 * chosen.deviation(found.horizon)
            ),
            subtitle: format!(
                "Standard deviation of the log error, from {} changes of forecasts",
                found.changes.len()
            ),
            sources: String::new(),
            run: run(),
        },
        x: LineAxis::Numbers("Years ahead".to_owned(), years.clone()),
        panels: vec![LinePanel {
            quantity: "Error of a forecast".to_owned(),
            measure: Measure::Share,
            from_zero: true,
            series: series.collect(),
            level: None,
        }],
        bands: "Each at its estimates; structures of probability 2\u{a0}% or more.".to_owned(),
        missing: String::new(),
    })
}
