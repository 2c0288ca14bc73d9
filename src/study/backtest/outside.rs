//! The outside view: where a scenario's growth and spread stand among what comparable
//! companies have done over as many years.

use super::scores::Clustered;
use crate::math::{dot, exp, ln};
use crate::revenue::{History, reference_class};
use crate::scenario::Scenario;

/// Where a scenario stands in a class.
#[derive(Clone, Debug, PartialEq)]
pub struct OutsideView {
    /// From this calendar year.
    pub from: i16,
    /// To this one.
    pub to: i16,
    /// The scenario's growth a year between them, of expected revenue, in logarithms.
    pub growth: f64,
    /// The class's.
    pub class_growth: Clustered,
    /// The part of the class's stretches of as many years that grew less.
    pub grew_less: Clustered,
    /// The deviation of the scenario's log revenue in the last year.
    pub spread: f64,
    /// The deviation of log growth over as many years among the class's stretches.
    pub class_spread: f64,
    /// Its standard error, by leaving out one company at a time; `None` of fewer than two.
    pub class_spread_error: Option<f64>,
    /// Companies with a stretch of so many years.
    pub companies: usize,
    /// Stretches, which overlap.
    pub stretches: usize,
}

impl OutsideView {
    /// A growth in logarithms as a simple one.
    pub fn rate(log: f64) -> f64 {
        exp(log) - 1.0
    }

    /// Whether the scenario is surer of its last year than the class's stretches were
    /// alike.
    pub fn is_narrow(&self) -> bool {
        self.spread < self.class_spread
    }
}

/// The expected revenue of each period, and the variance of its logarithm.
type Moments = (Vec<f64>, Vec<f64>);

/// The moments of a scenario, uncertain inputs at their medians: of segments to first order,
/// of cases with what lies between them.
pub(super) fn moments(scenario: &Scenario) -> Moments {
    let of = |own: &Scenario| {
        let inputs = own.inputs.iter();
        let medians: Vec<f64> = inputs.map(|i| i.distribution.median()).collect();
        let rows = own.model.response(&medians).by_shock.into_iter();
        let variances = rows.map(|row| dot(&row, &row)).collect();
        (own.model.expected(&medians), variances)
    };
    if scenario.cases.is_empty() {
        return of(scenario);
    }
    let cases = scenario.cases.iter();
    let each: Vec<(f64, Moments)> = cases
        .map(|case| (case.probability, of(&case.scenario)))
        .collect();
    let over = |of: &dyn Fn(&Moments) -> f64| -> f64 {
        each.iter().map(|(weight, own)| weight * of(own)).sum()
    };
    let median =
        |k: usize| move |own: &Moments| ln(own.0[k].max(f64::MIN_POSITIVE)) - 0.5 * own.1[k];
    let variance = |k: usize| {
        let mean = over(&median(k));
        over(&|own| own.1[k] + (median(k)(own) - mean).powi(2))
    };
    let periods = 0..scenario.timeline.periods().len();
    let expected = periods.clone().map(|k| over(&|own| own.0[k]));
    (expected.collect(), periods.map(variance).collect())
}

/// The outside view of a scenario among the class that is shipped; `None` where no company
/// has a history as long as the scenario's full calendar years, cut to the longest that two
/// companies have.
pub fn outside_view(scenario: &Scenario) -> Option<OutsideView> {
    let (expected, variances) = moments(scenario);
    let periods = scenario.timeline.periods();
    let years = scenario.timeline.start().year()..=scenario.timeline.end().year();
    let whole: Vec<(i16, f64)> = years
        .filter_map(|year| {
            let own = (0..periods.len()).filter(|k| periods[*k].first_day.year() == year);
            let length: f64 = own.clone().map(|k| periods[k].length_years).sum();
            ((length - 1.0).abs() < 1e-6).then(|| (year, own.map(|k| expected[k]).sum()))
        })
        .collect();
    let class = reference_class();
    let (first, last) = (whole.first()?, whole.last()?);
    let mut length = usize::from(last.0.abs_diff(first.0));
    let companies = |length: usize| -> Vec<&str> {
        let long = class.iter().filter(|h| h.growth.len() >= length);
        let mut names: Vec<&str> = long.map(|h| h.company.as_str()).collect();
        names.dedup();
        names
    };
    while length > 0 && companies(length).len() < 2 {
        length -= 1;
    }
    let end = whole.get(length).filter(|_| length > 0)?;
    let growth = ln(end.1 / first.1) / length as f64;
    let middle = (0..periods.len())
        .filter(|k| periods[*k].first_day.year() == end.0)
        .nth(
            periods
                .iter()
                .filter(|p| p.first_day.year() == end.0)
                .count()
                / 2,
        )?;
    let spread = variances[middle].sqrt();
    let all = stretches(&class, length);
    let less: Vec<(&str, f64)> = all
        .iter()
        .map(|(name, own)| (*name, f64::from(u8::from(*own < growth * length as f64))))
        .collect();
    let yearly: Vec<(&str, f64)> = all
        .iter()
        .map(|(name, own)| (*name, own / length as f64))
        .collect();
    let names = companies(length);
    let left_out: Vec<f64> = names
        .iter()
        .map(|name| deviation(all.iter().filter(|(own, _)| own != name).map(|(_, g)| *g)))
        .collect();
    let count = names.len() as f64;
    let mean = left_out.iter().sum::<f64>() / count;
    let scatter: f64 = left_out.iter().map(|d| (d - mean).powi(2)).sum();
    let error = (scatter * (count - 1.0) / count).sqrt();
    Some(OutsideView {
        from: first.0,
        to: end.0,
        growth,
        class_growth: Clustered::of(&yearly)?,
        grew_less: Clustered::of(&less)?,
        spread,
        class_spread: deviation(all.iter().map(|(_, g)| *g)),
        class_spread_error: (names.len() > 2).then_some(error),
        companies: names.len(),
        stretches: all.len(),
    })
}

/// Log growth over every stretch of so many years, with its company.
fn stretches(class: &[History], length: usize) -> Vec<(&str, f64)> {
    let of = |history: &'_ History| {
        let windows = history.growth.windows(length);
        let sums: Vec<f64> = windows.map(|w| w.iter().sum()).collect();
        sums
    };
    class
        .iter()
        .flat_map(|h| of(h).into_iter().map(move |sum| (h.company.as_str(), sum)))
        .collect()
}

fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (values.map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt()
}
