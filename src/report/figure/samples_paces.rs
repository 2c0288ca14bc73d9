//! Samples of reported revenue with a fit and a fan.

use super::super::studies::{Paces, ReportedPace};
use super::*;

/// Two years of figures and three years ahead.
pub fn paces() -> Paces {
    let middle = |month: i32| date(2024, 1, 15).add_months(month);
    let level = |month: i32| 4.0 * (0.06 * f64::from(month)).exp();
    let half = |month: i32, is_run_rate| ReportedPace {
        first_day: date(2024, 1, 1).add_months(month),
        last_day: date(2024, 1, 1).add_months(month + 5).last_of_month(),
        value: level(month + 3),
        is_run_rate,
    };
    let ahead = |month: i32| {
        let width = 0.2 * f64::from(month - 23).sqrt();
        let ends = [-1.6, -0.7, 0.0, 0.7, 1.6].map(|z| level(month) * (z * width).exp());
        (middle(month), ends)
    };
    Paces {
        frame: frame(),
        quantity: "Revenue at an annual pace".to_owned(),
        money: Some(usd()),
        reported: (0..4).map(|k| half(6 * k, k % 2 == 1)).collect(),
        fitted: (0..24)
            .map(|month| {
                (
                    middle(month),
                    [0.95, 1.0, 1.05].map(|part| part * level(month)),
                )
            })
            .collect(),
        outlook: (24..60).map(ahead).collect(),
    }
}

/// Every sample with its name.
pub fn all() -> Vec<(&'static str, Figure)> {
    let nothing = Paces {
        reported: Vec::new(),
        fitted: Vec::new(),
        outlook: Vec::new(),
        ..paces()
    };
    let one = Paces {
        money: None,
        reported: paces().reported[..1].to_vec(),
        ..nothing.clone()
    };
    let day = date(2024, 1, 1);
    let odd = Paces {
        frame: extremes::long_frame(),
        quantity: "A quantity with a long name ".repeat(6),
        money: None,
        fitted: vec![
            (day, [1e-80, 1.0, f64::INFINITY]),
            (day.add_months(1), [f64::NAN, -1.0, 1e90]),
        ],
        outlook: vec![(day.add_months(2), [1e-90, 0.0, 1.0, 1e300, f64::NAN])],
        ..paces()
    };
    let fading = Paces {
        outlook: paces().outlook[..3].to_vec(),
        ..paces()
    };
    vec![
        ("paces", Figure::Paces(paces())),
        ("paces-nothing", Figure::Paces(nothing)),
        ("paces-one", Figure::Paces(one)),
        ("paces-odd", Figure::Paces(odd)),
        ("paces-short", Figure::Paces(fading)),
    ]
}
