//! How the estimates settled, as a chart.

use super::{findings, words};
use crate::report::Report;
use crate::report::figure::{Convergence, ConvergencePanel, ConvergenceStep};
use crate::simulate::Watched;

/// How the estimates settled.
pub fn convergence(report: &Report<'_>) -> Convergence {
    let watched: Vec<Watched> = report.steps.last().map_or_else(Vec::new, |step| {
        step.estimates.iter().map(|(watched, _)| *watched).collect()
    });
    let steps = |wanted: Watched| {
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
            Watched::Paid => "Expected total paid".to_owned(),
            Watched::PresentValue => "Its present value".to_owned(),
            Watched::Probability => "Probability that the cap binds".to_owned(),
        },
        is_probability: watched == Watched::Probability,
        steps: steps(watched),
    });
    Convergence {
        frame: words(&report.primary(), findings::convergence(report)),
        money: report.scenario.money.clone(),
        panels: panels.collect(),
    }
}
