//! What happens when, as a chart.

use std::collections::BTreeSet;

use super::super::text::capitalised;
use super::findings;
use super::{frame, milestones};
use crate::report::ending::Ending;
use crate::report::figure::{Strip, StripRow};
use crate::report::{Part, Report};

/// The agreements' dates and when sharing ends.
pub fn strip(report: &Report<'_>) -> Strip {
    let primary = report.primary();
    let mut rows: Vec<StripRow> = report.parts().map(|part| row(&part)).collect();
    let labels: BTreeSet<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    // Agreements between the same parties are known by their names.
    if labels.len() < rows.len() {
        for (row, part) in rows.iter_mut().zip(report.parts()) {
            let name = capitalised(&part.contract.agreement.name);
            row.label = format!("{name}: {}", row.label);
        }
    }
    Strip {
        frame: frame(&primary, findings::strip(report)),
        rows,
        milestones: milestones(&primary),
        fiscal_year_ends: primary.scenario.report.fiscal_year_ends,
    }
}

fn row(part: &Part<'_>) -> StripRow {
    let agreement = &part.contract.agreement;
    let percentiles = part.scenario.report.percentiles.iter();
    let by_any = Ending::of(part).has_others();
    let date = |q: f64| match by_any {
        true => {
            let end = part.outcomes.ends().end_quantile(q);
            Some(end).filter(|end| *end < agreement.expiry)
        }
        false => part.outcomes.reached_quantile(q),
    };
    StripRow {
        label: format!("{} to {}", capitalised(&agreement.payer), agreement.payee),
        from: agreement.effective,
        to: agreement.expiry,
        is_capped: agreement.cap.is_some(),
        by_any,
        ends: percentiles
            .map(|&percent| (percent, date(percent / 100.0)))
            .collect(),
    }
}
