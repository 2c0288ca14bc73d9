//! What happens when, as a chart.

use super::{findings, frame, milestones};
use crate::report::figure::{Strip, StripRow};
use crate::report::{Part, Report};

/// The agreements' dates and when their caps are reached.
pub fn strip(report: &Report<'_>) -> Strip {
    let primary = report.primary();
    Strip {
        frame: frame(&primary, findings::strip(report)),
        rows: report.parts().map(|part| row(&part)).collect(),
        milestones: milestones(&primary),
        fiscal_year_ends: primary.scenario.report.fiscal_year_ends,
    }
}

fn row(part: &Part<'_>) -> StripRow {
    let agreement = &part.contract.agreement;
    let percentiles = part.scenario.report.percentiles.iter();
    StripRow {
        label: format!("{} pays {}", agreement.payer, agreement.payee),
        from: agreement.effective,
        to: agreement.expiry,
        is_capped: agreement.cap.is_some(),
        reached: percentiles
            .map(|&percent| (percent, part.outcomes.reached_quantile(percent / 100.0)))
            .collect(),
    }
}
