//! Samples of estimates that settle, typical ones and extremes.

use super::super::data::{Convergence, ConvergencePanel, ConvergenceSeries, ConvergenceStep};
use super::*;

/// Steps from two to the power of `from` up to that of `to`. Errors fall from
/// `error` with the given power of the paths; the estimates scatter with them
/// about `mean`.
fn steps(mean: f64, error: f64, power: f64, (from, to): (u32, u32)) -> Vec<ConvergenceStep> {
    const SCATTER: [f64; 7] = [-1.3, 0.4, 1.1, -0.5, 0.2, -0.8, 0.7];
    (from..=to)
        .zip(SCATTER.into_iter().cycle())
        .map(|(doublings, scatter)| {
            let std_error = error * 2_f64.powf(-power * f64::from(doublings - from));
            ConvergenceStep {
                paths: 1 << doublings,
                mean: mean + scatter * std_error,
                std_error,
            }
        })
        .collect()
}

fn counted(steps: Vec<ConvergenceStep>) -> Vec<ConvergenceSeries> {
    vec![ConvergenceSeries {
        name: "counted",
        steps,
    }]
}

/// A panel's errors beside smaller ones that fall faster.
fn beside(fast: ConvergencePanel, slow: ConvergencePanel) -> ConvergencePanel {
    let mut series = fast.series;
    series[0].name = "smooth";
    series.extend(slow.series);
    ConvergencePanel { series, ..slow }
}

fn amounts(steps: Vec<ConvergenceStep>) -> ConvergencePanel {
    ConvergencePanel {
        quantity: "Total paid".to_owned(),
        is_probability: false,
        series: counted(steps),
    }
}

fn probabilities(steps: Vec<ConvergenceStep>) -> ConvergencePanel {
    ConvergencePanel {
        quantity: "Probability that the cap binds".to_owned(),
        is_probability: true,
        series: counted(steps),
    }
}

fn of(panels: Vec<ConvergencePanel>) -> Convergence {
    Convergence {
        frame: frame(),
        money: usd(),
        panels,
    }
}

/// Estimates as a run of a million paths makes them.
pub fn typical() -> Convergence {
    of(vec![
        amounts(steps(37.795, 0.03, 0.5, (10, 20))),
        probabilities(steps(0.9535, 0.0066, 0.5, (10, 20))),
    ])
}

/// Two kinds of estimates, in three panels.
fn both() -> Convergence {
    of(vec![
        beside(
            amounts(steps(37.795, 0.001, 1.4, (10, 17))),
            amounts(steps(37.795, 0.03, 1.0, (10, 17))),
        ),
        beside(
            probabilities(steps(0.9535, 0.000_01, 1.3, (10, 17))),
            probabilities(steps(0.9535, 0.0066, 0.8, (10, 17))),
        ),
        ConvergencePanel {
            quantity: "Paid in 2028".to_owned(),
            ..amounts(steps(0.0721, 0.000_1, 0.9, (10, 17)))
        },
    ])
}

fn one_step(std_error: f64) -> Convergence {
    of(vec![
        amounts(steps(37.795, std_error, 0.5, (14, 14))),
        probabilities(steps(0.9535, std_error / 100.0, 0.5, (14, 14))),
    ])
}

fn certain() -> Convergence {
    of(vec![
        amounts(steps(38.0, 0.0, 0.5, (10, 20))),
        amounts(steps(0.0, 0.0, 0.5, (10, 20))),
        probabilities(steps(1.0, 0.0, 0.5, (10, 20))),
    ])
}

fn not_numbers() -> Convergence {
    let mut broken = steps(37.795, 0.3, 0.5, (10, 20));
    broken[0].mean = f64::NAN;
    broken[3].std_error = f64::NAN;
    broken[4].std_error = f64::INFINITY;
    broken[5].std_error = -1.0;
    broken[6].mean = f64::NEG_INFINITY;
    broken[7].paths = 0;
    broken[10].std_error = f64::NAN;
    let huge = steps(1e300, 1e290, 0.5, (10, 20));
    let large = steps(1e90, 1e80, 0.5, (10, 20));
    of(vec![amounts(broken), amounts(huge), amounts(large)])
}

fn long_words() -> Convergence {
    let long = ConvergencePanel {
        quantity: "Probability that the counterparty’s cap binds before the share ends ".repeat(4),
        ..probabilities(steps(0.999_99, 0.01, 0.5, (0, 40)))
    };
    Convergence {
        frame: extremes::long_frame(),
        ..of(vec![
            long.clone(),
            amounts(steps(-4e-9, 1e-12, 2.0, (0, 40))),
            long.clone(),
            long,
        ])
    }
}

/// Every sample with its name.
pub fn all() -> Vec<(&'static str, Figure)> {
    [
        ("convergence", typical()),
        ("convergence-both", both()),
        (
            "convergence-one-panel",
            of(vec![amounts(steps(37.795, 0.03, 0.5, (8, 22)))]),
        ),
        ("convergence-one-step", one_step(0.02)),
        ("convergence-one-certain-step", one_step(0.0)),
        ("convergence-certain", certain()),
        ("convergence-not-numbers", not_numbers()),
        ("convergence-long", long_words()),
        ("convergence-no-panels", of(Vec::new())),
        ("convergence-no-steps", of(vec![amounts(Vec::new())])),
        (
            "convergence-one-without-steps",
            of(vec![
                amounts(Vec::new()),
                probabilities(steps(0.9, 0.01, 0.5, (10, 14))),
            ]),
        ),
    ]
    .map(|(name, convergence)| (name, Figure::Convergence(convergence)))
    .to_vec()
}
