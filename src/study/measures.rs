//! The quantities of one case, replicate by replicate, so that cases on the same
//! draws can be compared pair by pair.

use serde::{Deserialize, Serialize};

use super::error::StudyError;
use crate::agreement::Agreement;
use crate::scenario::Scenario;
use crate::simulate::{
    ContractQuantity, Contracts, DateQuantile, Estimator, FlatShare, Kind, Measure, Outcomes,
    Return, Smooth, Total, mixed,
};
use crate::stats::{MeanEstimate, beyond_rounding};
use crate::text::brief;
use crate::units::Date;

/// The median as a percentile.
pub(super) const MEDIAN: f64 = 50.0;

/// A quantity of a case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CaseQuantity {
    /// The expected value of a measure.
    Expected(Measure),
    /// The derivative of the present value with respect to the cap.
    ValueByCap,
    /// A percentile, in percent, of a measure that is a date.
    Percentile(Measure, f64),
}

impl CaseQuantity {
    /// Those with a mean that every case has, in the order of the result files.
    pub const MEANS: [Self; 6] = [
        Self::Expected(Measure::PAID),
        Self::Expected(Measure::PRESENT_VALUE),
        Self::Expected(Measure::Total(Total::Uncapped)),
        Self::Expected(Measure::Total(Total::Excess)),
        Self::Expected(Measure::Binding),
        Self::ValueByCap,
    ];

    /// What every case is shown by: whether and when the cap binds, and what is paid.
    pub const GLANCE: [Self; 3] = [
        Self::Expected(Measure::Binding),
        Self::Percentile(Measure::BindingDate, MEDIAN),
        Self::Expected(Measure::PAID),
    ];

    /// The means, a binding date for each percentile, and then what is asked for besides.
    pub fn all(percentiles: &[f64], besides: &[Measure]) -> Vec<Self> {
        let dates = |measure| {
            percentiles
                .iter()
                .map(move |p| Self::Percentile(measure, *p))
        };
        let mut all: Vec<Self> = Self::MEANS
            .into_iter()
            .chain(dates(Measure::BindingDate))
            .collect();
        for &measure in besides {
            let own: Vec<Self> = match measure.kind() {
                Kind::Date => dates(measure).collect(),
                _ => vec![Self::Expected(measure)],
            };
            all.extend(
                own.into_iter()
                    .filter(|quantity| !all.contains(quantity))
                    .collect::<Vec<_>>(),
            );
        }
        all
    }

    /// Whether it is of what an investment returns.
    pub(super) fn is_of_an_investment(&self) -> bool {
        let (Self::Expected(measure) | Self::Percentile(measure, _)) = self else {
            return false;
        };
        matches!(measure, Measure::Return(_))
    }

    /// The name in the result files of an agreement.
    pub fn name(self, agreement: &Agreement) -> String {
        match self {
            Self::Expected(measure) => measure.name_in(agreement).into_owned(),
            Self::ValueByCap => "value_by_cap".to_owned(),
            Self::Percentile(measure, percentile) => {
                format!("{}_p{percentile}", measure.name_in(agreement))
            }
        }
    }
}

/// The measures of names in the result files of a scenario's primary agreement.
///
/// # Errors
/// Where there is none of a name.
pub fn measures(names: &[String], scenario: &Scenario) -> Result<Vec<Measure>, StudyError> {
    let agreement = Some(&scenario.primary().agreement);
    let measure = |name: &String| {
        Measure::named(name.trim(), agreement).ok_or_else(|| {
            StudyError::new(
                format!("there is no measure `{}`", brief(name)),
                format!("one of {}", known(agreement)),
            )
        })
    };
    names.iter().map(measure).collect()
}

/// The names of the measures of an agreement, or of any.
pub(super) fn known(agreement: Option<&Agreement>) -> String {
    let all = Measure::all(agreement).into_iter();
    let names: Vec<_> = all.map(|measure| measure.name_of(agreement)).collect();
    names.join(", ")
}

/// Refuses a measure that the primary agreement of a scenario does not have.
///
/// # Errors
/// What it lacks, and how to have it.
pub fn check(scenario: &Scenario, measure: Measure) -> Result<(), StudyError> {
    let contract = scenario.primary();
    let agreement = &contract.agreement;
    let name = measure.name_in(agreement);
    let refuse =
        |lacks: &str, hint: &str| Err(StudyError::new(format!("there is no {name} {lacks}"), hint));
    let is_valued = scenario.valuation.is_some();
    match measure {
        Measure::PRESENT_VALUE | Measure::Return(Return::NetPresentValue) if !is_valued => refuse(
            "without a valuation",
            "add [valuation] with discount_rate, or --set valuation.discount_rate=0.09",
        ),
        Measure::Total(total) if total.is_of_clauses() && scenario.agreements[0].is_flat() => {
            refuse(
                "of a flat share",
                "it comes from minimums, defaults and deferrals; ask for another statistic",
            )
        }
        Measure::Total(Total::Headroom) if agreement.cap.is_none() => refuse(
            "without a cap",
            "ask for another statistic, or --set agreement.cap=40",
        ),
        Measure::Return(_) if scenario.simulation().investment(contract).is_none() => refuse(
            "without an investment",
            "say what is paid for the agreement: --set valuation.invested=10, or --set \
             agreement.upfront=10",
        ),
        _ => Ok(()),
    }
}

/// A quantity as one case measured it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The mean over all paths; of a date, days from the timeline's start, fractions
    /// included.
    pub mean: f64,
    /// The mean of each replicate; of a date, see [`DateQuantile::replicates`].
    pub replicates: Vec<f64>,
    /// The date, where it is one.
    pub date: Option<Date>,
    /// How it was estimated.
    pub estimator: Estimator,
}

/// The quantities of one agreement in one case.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures {
    /// The agreement's name.
    pub agreement: String,
    /// Each quantity; `None` where it is undefined.
    pub quantities: Vec<(CaseQuantity, Option<Measured>)>,
}

impl Measured {
    fn of(replicates: Vec<f64>) -> Self {
        Self {
            mean: MeanEstimate::of(&replicates).mean,
            replicates,
            date: None,
            estimator: Estimator::Counted,
        }
    }

    fn smoothly(self) -> Self {
        Self {
            estimator: Estimator::Smooth,
            ..self
        }
    }

    fn of_date(quantile: DateQuantile) -> Self {
        Self {
            mean: quantile.days,
            replicates: quantile.replicates,
            date: Some(quantile.date),
            estimator: Estimator::Counted,
        }
    }

    /// Its mean with its standard error, from the spread of the replicates.
    pub fn estimate(&self) -> MeanEstimate {
        MeanEstimate {
            mean: self.mean,
            ..MeanEstimate::of(&self.replicates)
        }
    }

    /// By how much it exceeds another case's, with the standard error of the
    /// difference: paired where both have as many replicates, as they have on the
    /// same draws.
    pub fn less(&self, reference: &Self) -> MeanEstimate {
        let size = self.mean.abs().max(reference.mean.abs());
        let paired = if self.replicates.len() == reference.replicates.len() {
            MeanEstimate::of_difference(&self.replicates, &reference.replicates)
        } else {
            let (own, other) = (self.estimate(), reference.estimate());
            MeanEstimate {
                std_error: own.std_error.hypot(other.std_error),
                skewness: 0.0,
                degrees: own.degrees.min(other.degrees),
                ..own
            }
        };
        MeanEstimate {
            mean: beyond_rounding(self.mean - reference.mean, size),
            std_error: beyond_rounding(paired.std_error, size),
            ..paired
        }
    }
}

impl Measures {
    /// A quantity, if it is defined.
    pub fn get(&self, wanted: CaseQuantity) -> Option<&Measured> {
        let found = self.quantities.iter().find(|(q, _)| *q == wanted)?;
        found.1.as_ref()
    }

    /// Those of one of many contracts; dates in the order of `percentiles`.
    pub(super) fn of_contract(
        scenario: &Scenario,
        contracts: &Contracts,
        case: usize,
        capped: bool,
    ) -> Self {
        let replicates = |quantity| contracts.replicates(case, quantity).to_vec();
        let valued = scenario.valuation.is_some();
        let measure = |quantity| {
            Some(Measured::of(match quantity {
                CaseQuantity::Expected(Measure::PAID) => replicates(ContractQuantity::TotalPaid),
                CaseQuantity::Expected(Measure::PRESENT_VALUE) if valued => {
                    replicates(ContractQuantity::PresentValue)
                }
                CaseQuantity::Expected(Measure::Total(Total::Uncapped)) => {
                    let paid = replicates(ContractQuantity::TotalPaid);
                    let excess = contracts.replicates(case, ContractQuantity::Excess);
                    paid.iter().zip(excess).map(|(p, e)| p + e).collect()
                }
                CaseQuantity::Expected(Measure::Total(Total::Excess)) => {
                    replicates(ContractQuantity::Excess)
                }
                CaseQuantity::Expected(Measure::Binding) => replicates(ContractQuantity::Binds),
                CaseQuantity::ValueByCap if valued && capped => {
                    replicates(ContractQuantity::ValueByCap)
                }
                _ => return None,
            }))
        };
        let dates = scenario.report.percentiles.iter();
        let dates = dates.zip(contracts.binding_dates(case)).map(|(p, date)| {
            let quantity = CaseQuantity::Percentile(Measure::BindingDate, *p);
            (quantity, date.clone().map(Measured::of_date))
        });
        Self {
            agreement: scenario.primary().agreement.name.clone(),
            quantities: CaseQuantity::MEANS
                .into_iter()
                .map(|quantity| (quantity, measure(quantity)))
                .chain(dates)
                .collect(),
        }
    }

    /// Adds what another evaluation of the same case has found besides.
    pub(super) fn join(&mut self, other: Self) {
        for (quantity, measured) in other.quantities {
            if self.quantities.iter().all(|(own, _)| *own != quantity) {
                self.quantities.push((quantity, measured));
            }
        }
    }

    /// Quantities of an agreement, by its position, from smooth estimates alone; `None`
    /// where one of them takes paths.
    pub(super) fn of_smooth(
        scenario: &Scenario,
        agreement: usize,
        smooth: &Smooth,
        quantities: &[CaseQuantity],
    ) -> Option<Self> {
        let agreement = &scenario.contracts[agreement].agreement;
        let is_capped = agreement.cap.is_some();
        let own = (agreement.name.as_str(), is_capped);
        Self::of_lines(scenario, own, smooth, quantities)
    }

    /// The same of an agreement of that name, with a cap or without.
    pub(super) fn of_lines(
        scenario: &Scenario,
        (name, is_capped): (&str, bool),
        smooth: &Smooth,
        quantities: &[CaseQuantity],
    ) -> Option<Self> {
        let is_valued = scenario.valuation.is_some();
        let measured = |quantity: CaseQuantity| -> Option<Option<Measured>> {
            let means = |means: Vec<f64>| Some(Some(Measured::of(means)));
            match quantity {
                CaseQuantity::Expected(Measure::PRESENT_VALUE) if !is_valued => Some(None),
                CaseQuantity::Expected(Measure::Total(Total::Headroom)) if !is_capped => Some(None),
                CaseQuantity::Expected(Measure::Total(total)) if total.is_of_clauses() => {
                    Some(None)
                }
                CaseQuantity::Expected(Measure::Total(total)) => means(smooth.total_means(total)?),
                CaseQuantity::Expected(Measure::Binding) => {
                    means(smooth.reached_means(scenario.timeline.end()))
                }
                CaseQuantity::Percentile(Measure::BindingDate, p) => {
                    Some(smooth.date_quantile(p / 100.0).map(Measured::of_date))
                }
                CaseQuantity::ValueByCap if is_valued && is_capped => {
                    means(smooth.by_cap_means(Total::PresentValue)?)
                }
                CaseQuantity::ValueByCap => Some(None),
                CaseQuantity::Expected(_) | CaseQuantity::Percentile(..) => None,
            }
        };
        let all = quantities.iter();
        let all = all.map(|quantity| {
            let found = measured(*quantity)?;
            Some((*quantity, found.map(Measured::smoothly)))
        });
        Some(Self {
            agreement: name.to_owned(),
            quantities: all.collect::<Option<_>>()?,
        })
    }

    /// The same of the runs of a scenario, one for each of its cases: their mixture.
    pub(super) fn of_smooth_runs(
        scenario: &Scenario,
        agreement: usize,
        runs: &[Smooth],
        quantities: &[CaseQuantity],
    ) -> Option<Self> {
        if scenario.cases.is_empty() {
            return Self::of_smooth(scenario, agreement, runs.first()?, quantities);
        }
        let cases = scenario.cases.iter().zip(runs);
        let each: Vec<(f64, Self)> = cases
            .clone()
            .map(|(case, smooth)| {
                let own = Self::of_smooth(&case.scenario, agreement, smooth, quantities)?;
                Some((case.probability, own))
            })
            .collect::<Option<_>>()?;
        let weighed: Vec<(f64, &Smooth)> =
            cases.map(|(case, own)| (case.probability, own)).collect();
        let measured = |quantity: CaseQuantity| -> Option<Measured> {
            let found = match quantity {
                CaseQuantity::Percentile(Measure::BindingDate, p) => {
                    Measured::of_date(Smooth::mixed_date_quantile(&weighed, p / 100.0)?)
                }
                _ => {
                    let parts = each.iter().map(|(weight, own)| {
                        Some((*weight, own.get(quantity)?.replicates.clone()))
                    });
                    let parts: Vec<(f64, Vec<f64>)> = parts.collect::<Option<_>>()?;
                    Measured::of(mixed(parts.into_iter()))
                }
            };
            Some(found.smoothly())
        };
        let all = quantities.iter();
        Some(Self {
            agreement: scenario.contracts[agreement].agreement.name.clone(),
            quantities: all
                .map(|quantity| (*quantity, measured(*quantity)))
                .collect(),
        })
    }

    /// Quantities of one agreement of a run.
    pub(super) fn of_run(
        agreement: &Agreement,
        outcomes: &Outcomes,
        quantities: &[CaseQuantity],
    ) -> Self {
        let measured = |quantity: CaseQuantity| match quantity {
            CaseQuantity::Expected(measure) => {
                let found = outcomes.get(measure)?;
                Some(Measured::of(found.means.into_owned()))
            }
            CaseQuantity::ValueByCap => None,
            CaseQuantity::Percentile(measure, p) => outcomes
                .get(measure)?
                .date(p / 100.0)
                .map(Measured::of_date),
        };
        let all = quantities
            .iter()
            .map(|quantity| (*quantity, measured(*quantity)));
        Self {
            agreement: agreement.name.clone(),
            quantities: all.collect(),
        }
    }
}

/// The contract of a scenario without cases whose only agreement is a flat share with
/// fixed terms, whenever it expires; `None` for any other.
pub fn flat_share(scenario: &Scenario) -> Option<FlatShare> {
    let ([written], []) = (scenario.agreements.as_slice(), scenario.cases.as_slice()) else {
        return None;
    };
    let timeline = &scenario.timeline;
    let agreement = written.simplified(timeline.end(), timeline, &scenario.inputs);
    let terms = agreement.flat()?;
    let cap = match terms.cap {
        Some(cap) => cap.fixed()?,
        None => f64::INFINITY,
    };
    Some(FlatShare {
        share: terms.share.fixed()?,
        cap,
        paid_before: terms.paid_before.fixed()?,
        expiry: agreement.expiry,
    })
}
