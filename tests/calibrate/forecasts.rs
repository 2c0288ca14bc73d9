//! Errors of forecasts: simulation-based calibration on forecasts that news moves, and
//! the changes that count.

use capbind::math::exp;
use capbind::study::{
    Figure, FigureKind, Forecast, Forecasts, History, Structure, calibrate_forecasts,
};
use rayon::prelude::*;

use super::coverage::check;
use super::simulated::{Random, day};

const STEPS: i32 = 48;

/// Forecasts of 2022 to 2028 made in four years, and what came of the first three. News
/// comes forty-eight times a year, of the level and of growth.
fn simulate(random: &mut Random) -> (Forecasts, History, [f64; 3]) {
    let [growth, walk, alone] = ["growth_uncertainty", "volatility", "annual_uncertainty"]
        .map(|key| exp(random.prior(key)));
    // The latest forecast is of 2028, made at the start of 2025.
    let news_of_growth = growth * (3.0_f64 / 3.5).sqrt();
    let mut logs = [0.0; 7];
    let (mut forecasts, mut history) = (Vec::new(), History::default());
    for step in 0..4 * STEPS {
        let time = f64::from(step) / f64::from(STEPS);
        if step % STEPS == 0 {
            let made = day(2022 + (step / STEPS) as i16, 1, 1);
            for (k, log) in logs.iter().enumerate() {
                let year = 2022 + k as i16;
                if year >= made.year() {
                    forecasts.push(Forecast {
                        forecaster: String::new(),
                        made,
                        year,
                        value: 10.0 * exp(log + alone * random.normal()),
                    });
                }
            }
        }
        let middle = time + 0.5 / f64::from(STEPS);
        let root = (1.0 / f64::from(STEPS)).sqrt();
        let (level, rate) = (
            walk * root * random.normal(),
            news_of_growth * root * random.normal(),
        );
        for (k, log) in logs.iter_mut().enumerate() {
            let year = k as f64;
            // The share of the year that the news comes before, and how far ahead it lies.
            let left = (year + 1.0 - middle).clamp(0.0, 1.0);
            let ahead = match middle < year {
                true => year + 0.5 - middle,
                false => 0.5 * left,
            };
            let variance = walk * walk * left * left
                + news_of_growth * news_of_growth * left * left * ahead * ahead;
            *log += level * left + rate * left * ahead - 0.5 * variance / f64::from(STEPS);
        }
    }
    for (k, log) in logs[..3].iter().enumerate() {
        let year = 2022 + k as i16;
        history.figures.push(Figure {
            first_day: day(year, 1, 1),
            last_day: day(year, 12, 31),
            kind: FigureKind::Period,
            value: 10.0 * exp(*log),
            error: None,
            line: 0,
        });
    }
    (Forecasts { forecasts }, history, [growth, walk, alone])
}

#[test]
fn intervals_of_forecast_errors_hold_the_truth_as_often_as_they_say() {
    const KEYS: [&str; 3] = ["growth_uncertainty", "volatility", "annual_uncertainty"];
    let each: Vec<[f64; 3]> = (0..80_u64)
        .into_par_iter()
        .map(|case| {
            let mut random = Random(3 + (case << 32));
            let (forecasts, history, truth) = simulate(&mut random);
            let found = calibrate_forecasts(&forecasts, &history, &[], &()).unwrap();
            assert_eq!(found.horizon, 3.5);
            let fit = found.structure(Structure::GrowthAndWalk).unwrap();
            std::array::from_fn(|i| fit.parameter(KEYS[i]).unwrap().probability_below(truth[i]))
        })
        .collect();
    check(
        (0..3)
            .map(|i| (KEYS[i], each.iter().map(|ranks| ranks[i]).collect()))
            .collect(),
    );
}

#[test]
fn every_change_counts_once() {
    let forecasts = Forecasts::parse(
        "forecasts.csv",
        "made,year,value,forecaster\n2024-06-01,2024,10,a\n2024-01-01,2024,8,a\n\
         2024-03-01,2024,9,b\n2025-02-01,2024,11,a\n2024-01-01,2025,20,a\n",
    )
    .unwrap();
    let history = History::parse("history.csv", "start,end,value\n2024,2024,12\n").unwrap();
    let changes = forecasts.changes(&history);
    let seen: Vec<(&str, i16, bool, f64)> = changes
        .iter()
        .map(|c| (c.forecaster.as_str(), c.year, c.is_outcome, exp(c.log)))
        .collect();
    let wanted = [
        ("a", 2024, false, 1.25),
        ("a", 2024, true, 1.2),
        ("b", 2024, true, 12.0 / 9.0),
    ];
    assert_eq!(seen.len(), wanted.len());
    for (seen, wanted) in seen.iter().zip(wanted) {
        assert_eq!((seen.0, seen.1, seen.2), (wanted.0, wanted.1, wanted.2));
        assert!((seen.3 - wanted.3).abs() < 1e-12);
    }
}

#[test]
fn the_structure_that_made_the_errors_is_the_likeliest() {
    // Revisions that grow with the horizon: of growth.
    let mut table = "made,year,value\n".to_owned();
    for (k, growth) in [0.30_f64, 0.36, 0.31, 0.38, 0.33].iter().enumerate() {
        let made = 2020 + k as i32;
        for year in made..made + 6 {
            let value = 10.0 * (growth * f64::from(year - made) + 0.33 * k as f64).exp();
            table.push_str(&format!("{made}-01-01,{year},{value}\n"));
        }
    }
    let forecasts = Forecasts::parse("forecasts.csv", &table).unwrap();
    let found = calibrate_forecasts(&forecasts, &History::default(), &[], &()).unwrap();
    let growth = found.structure(Structure::Growth).unwrap();
    let both = found.structure(Structure::GrowthAndWalk).unwrap();
    assert!(growth.probability + both.probability > 0.9, "{found:?}");
    let total: f64 = found.structures.iter().map(|fit| fit.probability).sum();
    assert!((total - 1.0).abs() < 1e-12);
}
