//! Which estimator made a run's numbers, and what both say of the headline ones.

use serde::{Deserialize, Serialize};

use super::text::{error_text, significant};
use super::{Part, Report};
use crate::simulate::{Estimator, Kind, Opinion};
use crate::stats::MeanEstimate;

/// What the manifest says of an agreement's estimates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EstimatorEntry {
    /// The agreement.
    pub agreement: String,
    /// `smooth` or `counted`.
    pub estimator: String,
    /// Why they are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

impl EstimatorEntry {
    pub(super) fn of(part: &Part<'_>) -> Self {
        let because = part.outcomes.smooth().err().map(|why| why.to_string());
        let estimator = match because {
            None => Estimator::Smooth,
            Some(_) => Estimator::Counted,
        };
        Self {
            agreement: part.contract.agreement.name.clone(),
            estimator: estimator.word().to_owned(),
            because,
        }
    }
}

/// How the numbers were estimated, a sentence for each agreement that differs.
pub(super) fn in_words(report: &Report<'_>) -> String {
    let of = |part: Part<'_>| match part.outcomes.smooth() {
        Ok(_) => "means, probabilities and binding dates are smooth estimates, percentiles of \
                  amounts are counted"
            .to_owned(),
        Err(why) => format!("all estimates are counted: {why}"),
    };
    let mut all: Vec<(String, String)> = report
        .parts()
        .map(|part| (part.prefix(), of(part)))
        .collect();
    if all.windows(2).all(|pair| pair[0].1 == pair[1].1) {
        all.truncate(1);
        all[0].0.clear();
    }
    let lines = all.into_iter().map(|(name, words)| name + &words);
    lines.collect::<Vec<String>>().join("\n")
}

/// A headline number as both estimators have it: what it is, smooth, counted, and how
/// many standard errors they lie apart.
pub(super) fn row(part: &Part<'_>, opinion: &Opinion) -> [String; 4] {
    let label = opinion.measure.label_in(&part.contract.agreement);
    let label = match opinion.percentile {
        Some(percentile) => format!("{label}, {percentile}\u{a0}% of outcomes"),
        None => label.into_owned(),
    };
    let number = |estimate: MeanEstimate| {
        let value = match opinion.measure.kind() {
            Kind::Probability => format!("{:.6}", estimate.mean),
            Kind::Date => format!("day {:.2}", estimate.mean),
            _ => significant_to(estimate.mean, 8),
        };
        format!("{value} (\u{b1}{})", error_text(estimate.std_error))
    };
    [
        label,
        number(opinion.smooth),
        number(opinion.counted),
        significant(opinion.apart()),
    ]
}

fn significant_to(value: f64, digits: i32) -> String {
    let decimals = crate::units::decimals_for(value, digits).min(8);
    format!("{value:.decimals$}")
}
