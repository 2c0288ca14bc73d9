//! Amounts for each year, or part of a year, that may change by date.

use serde::{Deserialize, Serialize};

use super::payment::PaymentPeriod;
use crate::units::{Date, Parameter};

/// An amount for each year or part of a year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Amounts {
    /// The same for all.
    Constant(Parameter),
    /// Each from its date on, dates ascending: for the years, or parts, whose first day
    /// within the agreement is not before it. None before the first.
    ByDate(Vec<DatedAmount>),
}

/// An amount from a date on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatedAmount {
    /// First day on which a year, or a part of one, may begin that has it.
    pub from: Date,
    /// The amount, 0 or more.
    pub amount: Parameter,
}

impl From<Parameter> for Amounts {
    fn from(amount: Parameter) -> Self {
        Self::Constant(amount)
    }
}

impl Amounts {
    /// Position of what is in force on a day; `None` before the first date.
    pub(super) fn in_force(&self, day: Date) -> Option<usize> {
        match self {
            Self::Constant(_) => Some(0),
            Self::ByDate(amounts) => amounts.iter().rposition(|amount| amount.from <= day),
        }
    }

    /// What is in force, by its position.
    #[inline(always)]
    pub(super) fn at(&self, position: usize) -> Parameter {
        match self {
            Self::Constant(amount) => *amount,
            Self::ByDate(amounts) => amounts[position].amount,
        }
    }

    /// The one amount that is the same on every path and for all years.
    pub fn fixed(&self) -> Option<f64> {
        match self {
            Self::Constant(amount) => amount.fixed(),
            Self::ByDate(_) => None,
        }
    }

    /// Whether all of them are a parameter.
    pub(super) fn are_all(&self, parameter: Parameter) -> bool {
        match self {
            Self::Constant(amount) => *amount == parameter,
            Self::ByDate(amounts) => amounts.iter().all(|amount| amount.amount == parameter),
        }
    }
}

/// The least for the accruals of each part of a year, beside that of the year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeriodMinimum {
    /// Which parts of a year.
    pub every: PaymentPeriod,
    /// For each of them.
    pub amount: Amounts,
}
