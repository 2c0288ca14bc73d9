//! How much is paid at most: in total, and in a year.

use serde::{Deserialize, Serialize};

use super::amounts::Amounts;
use super::indexation::Indexation;
use crate::math::{exp, ln};
use crate::units::{Date, Parameter, worded};

/// The most that is paid in total, amounts paid before included.
///
/// Whatever its form, the agreement is over once the cap in force is reached: a
/// cap that would rise later does not revive it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TotalCap {
    /// Amounts in the order of their dates; the last has no end.
    pub steps: Vec<CapStep>,
    /// How the amounts move with time.
    pub indexation: Indexation,
}

/// A cap that applies until a date.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapStep {
    /// Last day on which it is in force; `None` for no end.
    pub until: Option<Date>,
    /// The amount, or the multiple of an upfront payment.
    pub amount: Parameter,
    /// The upfront payment that it is a multiple of, if it is one.
    pub multiple_of: Option<f64>,
}

impl From<Parameter> for TotalCap {
    fn from(amount: Parameter) -> Self {
        Self {
            steps: vec![CapStep {
                until: None,
                amount,
                multiple_of: None,
            }],
            indexation: Indexation::None,
        }
    }
}

impl CapStep {
    /// The amount where every input takes the value given.
    pub fn at(&self, inputs: &[f64]) -> f64 {
        self.times(self.amount.at(inputs))
    }

    /// The step of several that is in force on a day.
    pub(super) fn position(steps: &[Self], day: Date) -> usize {
        let applies = |step: &Self| step.until.is_none_or(|until| day <= until);
        steps.iter().position(applies).unwrap_or(steps.len() - 1)
    }

    /// The amount on each path of a row, where so much has been advanced on it beside
    /// what is paid upfront by date.
    #[inline(always)]
    pub(super) fn lanes<const N: usize>(
        &self,
        inputs: &[[f64; N]],
        advanced: &[f64; N],
    ) -> [f64; N] {
        let mut amount = self.amount.lanes(inputs);
        if let Some(upfront) = self.multiple_of {
            for l in 0..N {
                amount[l] *= upfront + advanced[l];
            }
        }
        amount
    }

    fn times(&self, amount: f64) -> f64 {
        self.multiple_of.map_or(amount, |upfront| amount * upfront)
    }
}

impl TotalCap {
    /// The one amount of a cap that is the same at all times.
    pub fn flat(&self) -> Option<Parameter> {
        let [step] = self.steps.as_slice() else {
            return None;
        };
        match (&self.indexation, step.amount, step.multiple_of) {
            (Indexation::None, Parameter::Fixed(amount), _) => {
                Some(Parameter::Fixed(step.times(amount)))
            }
            (Indexation::None, uncertain, None) => Some(uncertain),
            _ => None,
        }
    }

    /// The one amount of a cap that is the same at all times, on each path of a row.
    #[inline(always)]
    pub(super) fn flat_lanes<const N: usize>(&self, inputs: &[[f64; N]]) -> [f64; N] {
        match self.steps.as_slice() {
            [step] => step.lanes(inputs, &[0.0; N]),
            _ => [f64::INFINITY; N],
        }
    }

    /// The amount of the last step, before any indexation.
    pub fn at(&self, inputs: &[f64]) -> f64 {
        self.steps
            .last()
            .map_or(f64::INFINITY, |step| step.at(inputs))
    }

    /// The amount of the last step, before any indexation, if it is the same on
    /// every path.
    pub fn fixed(&self) -> Option<f64> {
        let step = self.steps.last()?;
        step.amount.fixed().map(|amount| step.times(amount))
    }

    /// The first days of steps after the first, and the anniversaries within
    /// `first` to `last` on which the amount grows.
    pub(super) fn dates(&self, first: Date, last: Date) -> Vec<Date> {
        let ends = self.steps.iter().filter_map(|step| step.until);
        let mut dates: Vec<Date> = ends.map(|end| end.add_days(1)).collect();
        if let Indexation::Escalating { from, .. } = self.indexation {
            let anniversaries = (1..).map(|years| from.add_months(12 * years));
            dates.extend(
                anniversaries
                    .skip_while(|date| *date < first)
                    .take_while(|date| *date <= last),
            );
        }
        dates
    }

    /// The step in force on a day.
    pub(super) fn in_force(&self, day: Date) -> usize {
        CapStep::position(&self.steps, day)
    }
}

/// The most that is paid for the accruals of one year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnualCap {
    /// The amount per year; none for a year before the first date of several.
    pub amount: Amounts,
    /// What moves to the next year.
    pub carry: CarryForward,
    /// Whether a year that is only partly between the agreement's dates has its part of
    /// the amount, by days.
    pub prorated: bool,
}

worded! {
    /// What an annual cap moves to the next year.
    #[derive(Serialize, Deserialize)]
    pub enum CarryForward {
        /// Nothing: what the cap cuts is lost, and so is room not used.
        None = "none",
        /// What the cap cuts: it is paid in later years as far as they have room.
        Excess = "excess",
        /// Room not used, which raises the cap of the years that follow.
        Room = "room",
    }
}

/// (1 + rate)^years by the project's own functions.
#[inline(always)]
pub(super) fn compound(rate: f64, years: f64) -> f64 {
    if rate == 0.0 {
        1.0
    } else {
        exp(years * ln(1.0 + rate))
    }
}
