//! How the estimates settled, as a chart.

use super::{findings, words};
use crate::report::Report;
use crate::report::figure::{Convergence, ConvergencePanel, ConvergenceStep};
use crate::simulate::{Kind, Measure};

/// How the estimates settled.
pub fn convergence(report: &Report<'_>) -> Convergence {
    let watched: Vec<Measure> = report.steps.last().map_or_else(Vec::new, |step| {
        step.estimates.iter().map(|(watched, _)| *watched).collect()
    });
    let steps = |wanted: Measure| {
        let of_step = report.steps.iter().filter_map(move |step| {
            let (_, estimate) = step.estimates.iter().find(|(w, _)| *w == wanted)?;
            Some(ConvergenceStep {
                paths: step.paths,
                mean: estimate.mean,
                std_error: estimate.std_error,
            })
        });
        of_step.collect()
    };
    let panels = watched.into_iter().map(|watched| ConvergencePanel {
        quantity: match watched {
            Measure::PRESENT_VALUE => "Its present value".to_owned(),
            other => other.expected(),
        },
        is_probability: watched.kind() == Kind::Probability,
        steps: steps(watched),
    });
    Convergence {
        frame: words(&report.primary(), findings::convergence(report)),
        money: report.scenario.money.clone(),
        panels: panels.collect(),
    }
}
