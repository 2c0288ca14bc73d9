//! How the errors of the estimates fell, as a chart.

use super::{findings, words};
use crate::report::Report;
use crate::report::figure::{Convergence, ConvergencePanel, ConvergenceSeries, ConvergenceStep};
use crate::simulate::{ConvergenceStep as Step, Estimator, Kind, Measure};
use crate::stats::MeanEstimate;

/// The estimates of one kind at a step.
type Estimates = fn(&Step) -> &[(Measure, MeanEstimate)];

/// How the errors of the estimates fell.
pub fn convergence(report: &Report<'_>) -> Convergence {
    let watched: Vec<Measure> = report.steps.last().map_or_else(Vec::new, |step| {
        step.estimates.iter().map(|(watched, _)| *watched).collect()
    });
    let series = |wanted: Measure, name, of: Estimates| {
        let of_step = report.steps.iter().filter_map(move |step| {
            let (_, estimate) = of(step).iter().find(|(w, _)| *w == wanted)?;
            Some(ConvergenceStep {
                paths: step.paths,
                mean: estimate.mean,
                std_error: estimate.std_error,
            })
        });
        ConvergenceSeries {
            name,
            steps: of_step.collect(),
        }
    };
    let own = report.steps.last().map_or("", |step| step.estimator.word());
    let all = |wanted| {
        let both = [
            series(wanted, own, |step| &step.estimates),
            series(wanted, Estimator::Counted.word(), |step| &step.counted),
        ];
        both.into_iter().filter(|one| !one.steps.is_empty())
    };
    let panels = watched.into_iter().map(|watched| ConvergencePanel {
        quantity: match watched {
            Measure::PRESENT_VALUE => "Its present value".to_owned(),
            other => other.expected(),
        },
        is_probability: watched.kind() == Kind::Probability,
        series: all(watched).collect(),
    });
    Convergence {
        frame: words(&report.primary(), findings::convergence(report)),
        money: report.scenario.money.clone(),
        panels: panels.collect(),
    }
}
