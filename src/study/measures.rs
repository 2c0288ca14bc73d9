//! The quantities of one case, replicate by replicate, so that cases on the same
//! draws can be compared pair by pair.

use crate::agreement::Agreement;
use crate::scenario::Scenario;
use crate::simulate::{ContractQuantity, Contracts, DateQuantile, FlatShare, Outcomes, Total};
use crate::stats::{MeanEstimate, beyond_rounding};
use crate::units::Date;

/// A quantity of a case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CaseQuantity {
    /// All payments, what was paid before left out.
    TotalPaid,
    /// Their present value.
    PresentValue,
    /// All accrued share.
    Uncapped,
    /// Accrued share less payments.
    Excess,
    /// The probability that the cap is reached.
    Probability,
    /// The derivative of the present value with respect to the cap.
    ValueByCap,
    /// A percentile of the date on which it is reached, in percent.
    BindingDate(f64),
}

impl CaseQuantity {
    /// Those with a mean, in the order of the result files.
    pub const MEANS: [Self; 6] = [
        Self::TotalPaid,
        Self::PresentValue,
        Self::Uncapped,
        Self::Excess,
        Self::Probability,
        Self::ValueByCap,
    ];

    /// All of them, with a date for each percentile.
    pub fn all(percentiles: &[f64]) -> Vec<Self> {
        let dates = percentiles.iter().map(|p| Self::BindingDate(*p));
        Self::MEANS.into_iter().chain(dates).collect()
    }

    /// The name in the result files.
    pub fn name(self) -> String {
        match self {
            Self::TotalPaid => Total::Paid.name().to_owned(),
            Self::PresentValue => Total::PresentValue.name().to_owned(),
            Self::Uncapped => Total::Uncapped.name().to_owned(),
            Self::Excess => Total::Excess.name().to_owned(),
            Self::Probability => "binding_probability".to_owned(),
            Self::ValueByCap => "value_by_cap".to_owned(),
            Self::BindingDate(percentile) => format!("binding_date_p{percentile}"),
        }
    }
}

/// A quantity as one case measured it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The mean over all paths; of a date, days from the timeline's start, fractions
    /// included.
    pub mean: f64,
    /// The mean of each replicate; of a date, see [`DateQuantile::replicates`].
    pub replicates: Vec<f64>,
    /// The date, where it is one.
    pub date: Option<Date>,
}

/// The quantities of one agreement in one case.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures {
    /// The agreement's name.
    pub agreement: String,
    /// Each quantity; `None` where it is undefined.
    pub quantities: Vec<(CaseQuantity, Option<Measure>)>,
}

impl Measure {
    fn of(replicates: Vec<f64>) -> Self {
        Self {
            mean: MeanEstimate::of(&replicates).mean,
            replicates,
            date: None,
        }
    }

    fn of_date(quantile: DateQuantile) -> Self {
        Self {
            mean: quantile.days,
            replicates: quantile.replicates,
            date: Some(quantile.date),
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
    pub fn get(&self, wanted: CaseQuantity) -> Option<&Measure> {
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
            Some(Measure::of(match quantity {
                CaseQuantity::TotalPaid => replicates(ContractQuantity::TotalPaid),
                CaseQuantity::PresentValue if valued => replicates(ContractQuantity::PresentValue),
                CaseQuantity::Uncapped => {
                    let paid = replicates(ContractQuantity::TotalPaid);
                    let excess = contracts.replicates(case, ContractQuantity::Excess);
                    paid.iter().zip(excess).map(|(p, e)| p + e).collect()
                }
                CaseQuantity::Excess => replicates(ContractQuantity::Excess),
                CaseQuantity::Probability => replicates(ContractQuantity::Binds),
                CaseQuantity::ValueByCap if valued && capped => {
                    replicates(ContractQuantity::ValueByCap)
                }
                _ => return None,
            }))
        };
        let dates = scenario.report.percentiles.iter();
        let dates = dates.zip(contracts.binding_dates(case)).map(|(p, date)| {
            let quantity = CaseQuantity::BindingDate(*p);
            (quantity, date.clone().map(Measure::of_date))
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

    /// Those of one agreement of a run.
    pub(super) fn of_run(scenario: &Scenario, agreement: &Agreement, outcomes: &Outcomes) -> Self {
        let total = |total| outcomes.replicates(total).map(<[f64]>::to_vec);
        let quantity = |quantity| {
            let measure = match quantity {
                CaseQuantity::TotalPaid => total(Total::Paid).map(Measure::of),
                CaseQuantity::PresentValue => total(Total::PresentValue).map(Measure::of),
                CaseQuantity::Uncapped => total(Total::Uncapped).map(Measure::of),
                CaseQuantity::Excess => total(Total::Excess).map(Measure::of),
                CaseQuantity::Probability => Some(Measure::of(outcomes.replicates_reached())),
                CaseQuantity::ValueByCap => None,
                CaseQuantity::BindingDate(p) => {
                    outcomes.date_quantile(p / 100.0).map(Measure::of_date)
                }
            };
            (quantity, measure)
        };
        let all = CaseQuantity::all(&scenario.report.percentiles);
        Self {
            agreement: agreement.name.clone(),
            quantities: all.into_iter().map(quantity).collect(),
        }
    }
}

/// The contract of a scenario whose only agreement is a flat share with fixed
/// terms, whenever it expires; `None` for any other.
pub fn flat_share(scenario: &Scenario) -> Option<FlatShare> {
    let [written] = scenario.agreements.as_slice() else {
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
