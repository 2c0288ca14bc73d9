//! What each case of a mixture comes to, and how the answer moves with their
//! probabilities: it is linear in them.

use std::fmt::Write;

use super::probability::percent;
use super::table::{Table, Value};
use super::tables::{name_of, percentile_errors, summary_rows};
use super::text::{Entry, aligned, error_text, month_year};
use super::{Part, Report};
use crate::simulate::{CaseResults, Finding, Measure, Total};
use crate::stats::MeanEstimate;

/// A measure of a case, and what it does to that of all: replicate by replicate.
pub(super) struct Weight {
    own: Vec<f64>,
    /// Without the case: the others in proportion; `None` where there is no other.
    others: Option<Vec<f64>>,
}

impl Weight {
    /// The measure without the case.
    pub fn without(&self) -> Option<MeanEstimate> {
        self.others.as_deref().map(MeanEstimate::of)
    }

    /// By how much the measure moves where the case's probability rises from 0 to 1, the
    /// others in proportion, paired.
    pub fn slope(&self) -> Option<MeanEstimate> {
        let others = self.others.as_ref()?;
        Some(MeanEstimate::of_difference(&self.own, others))
    }

    /// The measure where the case has a probability, the others the rest in proportion.
    #[cfg(feature = "charts")]
    pub fn at(&self, probability: f64) -> Option<MeanEstimate> {
        let pairs = self.own.iter().zip(self.others.as_ref()?);
        let mixed = pairs.map(|(own, other)| other + probability * (own - other));
        Some(MeanEstimate::of(&mixed.collect::<Vec<f64>>()))
    }
}

/// The weight of the case at a position in a measure of the agreement at a position;
/// `None` where the case does not have it.
pub(super) fn weight(
    cases: &[CaseResults],
    case: usize,
    agreement: usize,
    measure: Measure,
) -> Option<Weight> {
    let found = |case: &CaseResults| -> Option<Vec<f64>> {
        let found = case.results.agreements.get(agreement)?.get(measure)?;
        found.estimate?;
        Some(found.means.into_owned())
    };
    let own = found(&cases[case])?;
    let rest: f64 = 1.0 - cases[case].probability;
    let mut others = vec![0.0; own.len()];
    let mut is_known = cases.len() > 1;
    // Where all the others are impossible they are equally so.
    let weight = |other: &CaseResults| match rest > 0.0 {
        true => other.probability / rest,
        false => 1.0 / (cases.len() - 1) as f64,
    };
    for (_, other) in cases.iter().enumerate().filter(|(i, _)| *i != case) {
        match found(other) {
            Some(means) => {
                let terms = others.iter_mut().zip(means);
                terms.for_each(|(sum, mean)| *sum += weight(other) * mean);
            }
            None => is_known = false,
        }
    }
    Some(Weight {
        own,
        others: is_known.then_some(others),
    })
}

/// Every measure in every case; `None` without cases.
pub(super) fn table(report: &Report<'_>) -> Option<Table> {
    let cases = &report.results.cases;
    let columns = [
        "agreement",
        "case",
        "probability",
        "quantity",
        "unit",
        "mean",
        "std_error",
        "without_case",
        "without_case_std_error",
        "slope",
        "slope_std_error",
    ];
    let percentiles = &report.scenario.report.percentiles;
    let mut table = Table::new("cases", &columns, percentiles);
    table.columns.extend(percentile_errors(percentiles));
    for (agreement, part) in report.parts().enumerate() {
        for (i, case) in cases.iter().enumerate() {
            let own = of_case(&part, case, agreement);
            for row in summary_rows(&own) {
                let weight = weight(cases, i, agreement, row.measure);
                let two = |of: fn(&Weight) -> Option<MeanEstimate>| {
                    let found = weight.as_ref().and_then(of);
                    found.map_or([Value::Empty, Value::Empty], |found| {
                        Value::estimated(row.is_probability(), found.mean, found.std_error)
                    })
                };
                let mut line = vec![
                    name_of(&part),
                    case.name.as_str().into(),
                    Value::Probability(case.probability),
                    row.quantity.as_ref().into(),
                    row.unit.as_str().into(),
                ];
                line.extend(match row.estimate {
                    Some(estimate) if row.is_probability() => Value::probability(estimate),
                    estimate => Value::amount(estimate),
                });
                line.extend(two(Weight::without));
                line.extend(two(Weight::slope));
                line.extend(row.with_errors());
                table.push(line, &[]);
            }
        }
    }
    (!cases.is_empty()).then_some(table)
}

/// The part of a report that an agreement is in one case.
fn of_case<'a>(part: &Part<'a>, case: &'a CaseResults, agreement: usize) -> Part<'a> {
    Part {
        outcomes: &case.results.agreements[agreement],
        risk_neutral: case.results.risk_neutral.get(agreement),
        ..*part
    }
}

/// A line for each case, and for all together.
pub(super) fn text(out: &mut String, report: &Report<'_>) {
    let cases = &report.results.cases;
    if cases.is_empty() {
        return;
    }
    for (agreement, part) in report.parts().enumerate() {
        let is_capped = part.contract.agreement.cap.is_some();
        let mut header: Vec<Entry> = vec![format!("{}Case", part.prefix()).into()];
        header.extend(["probability", "total paid", "\u{b1}"].map(Entry::from));
        if is_capped {
            header.extend(["cap binds in", "median date"].map(Entry::from));
        }
        header.push("10 points more".into());
        let mut table = vec![header];
        let line = |name: &str, probability: f64, part: &Part<'_>, more: Option<f64>| {
            let paid: Option<Finding<'_>> = part.outcomes.get(Measure::Total(Total::Paid));
            let paid = paid.and_then(|found| found.estimate);
            let mut line: Vec<Entry> = vec![name.into(), percent(probability).into()];
            line.push(paid.map_or_else(|| "".into(), |paid| Entry::Number(paid.mean)));
            line.push(
                paid.map_or_else(String::new, |paid| error_text(paid.std_error))
                    .into(),
            );
            if is_capped {
                line.push(percent(part.outcomes.reached().mean).into());
                let date = part.outcomes.reached_quantile(0.5);
                line.push(
                    date.map_or_else(|| "not reached".to_owned(), month_year)
                        .into(),
                );
            }
            line.push(more.map_or_else(|| "".into(), Entry::Number));
            line
        };
        for (i, case) in cases.iter().enumerate() {
            let weight = weight(cases, i, agreement, Measure::PAID);
            let slope = weight.and_then(|weight| weight.slope());
            let own = of_case(&part, case, agreement);
            let more = slope.map(|slope| 0.1 * slope.mean);
            table.push(line(&case.name, case.probability, &own, more));
        }
        let mut all = line("all cases", 1.0, &part, None);
        all[1] = "100\u{a0}%".into();
        table.push(all);
        out.push('\n');
        aligned(out, &table);
    }
    let _ = writeln!(
        out,
        "10 points more: what the expected total gains where the case is that much likelier, \
         the others less in proportion"
    );
}
