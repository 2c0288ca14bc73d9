//! Which estimator made a run's numbers.

use serde::{Deserialize, Serialize};

use super::{Part, Report};
use crate::simulate::Estimator;

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
        let because = part.outcomes.counting().map(|why| why.to_string());
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
    let of = |part: Part<'_>| match part.outcomes.counting() {
        None => "means, probabilities and binding dates are smooth estimates, percentiles of \
                  amounts are counted"
            .to_owned(),
        Some(why) => format!("all estimates are counted: {why}"),
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
