//! What a run found of a measure.

use std::borrow::Cow;

use super::cells::{Measured, Signed};
use super::date_quantile::DateQuantile;
use super::ends::Ends;
use super::estimator::Estimator;
use super::returns::Payback;
use crate::agreement::EndReason;
use crate::stats::{Estimate, Mixture, SignedSketch, Sketch};

/// What a run found of a measure.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    /// Mean with its errors; `None` for a date.
    pub estimate: Option<Estimate>,
    /// The same by counting, where the estimate is a smooth one.
    pub counted: Option<Estimate>,
    /// The mean of each replicate, to be paired with another run's on the same draws;
    /// where only some paths have a value, as far as linear in its deviation from all.
    /// None for a date.
    pub means: Cow<'a, [f64]>,
    values: Values<'a>,
}

/// How values are spread over the paths that have one.
#[derive(Clone, Debug)]
enum Values<'a> {
    /// They are hits and misses.
    Chances,
    Amounts(&'a Mixture<Sketch>),
    Signed(&'a Mixture<SignedSketch>),
    Ends(&'a Ends, EndReason, bool),
    Payback(&'a Payback),
}

impl<'a> Finding<'a> {
    pub(in crate::simulate) fn of_amount(measured: Measured<'a>) -> Self {
        Self {
            estimate: Some(measured.estimate),
            counted: measured.counted,
            means: Cow::Borrowed(measured.means),
            values: Values::Amounts(measured.distribution),
        }
    }

    pub(in crate::simulate) fn of_signed(signed: &'a Signed) -> Self {
        Self {
            estimate: Some(signed.estimate),
            counted: signed.counted,
            means: Cow::Borrowed(&signed.means),
            values: Values::Signed(&signed.distribution),
        }
    }

    pub(in crate::simulate) fn of_chance(estimate: Estimate, means: Vec<f64>) -> Self {
        Self {
            estimate: Some(estimate),
            counted: None,
            means: Cow::Owned(means),
            values: Values::Chances,
        }
    }

    /// The probability that sharing ends for a reason.
    pub(in crate::simulate) fn of_reason(ends: &'a Ends, reason: EndReason) -> Self {
        let is_smooth = ends.estimator() == Estimator::Smooth;
        Self {
            counted: is_smooth.then(|| ends.counted().of(reason)),
            ..Self::of_chance(ends.of(reason), ends.replicates(reason))
        }
    }

    /// The dates on which sharing ends for a reason, among all paths or only those on
    /// which it `ends_so`.
    pub(in crate::simulate) fn of_ends(ends: &'a Ends, reason: EndReason, ends_so: bool) -> Self {
        Self::of_dates(Values::Ends(ends, reason, ends_so))
    }

    pub(in crate::simulate) fn of_payback(payback: &'a Payback) -> Self {
        Self::of_dates(Values::Payback(payback))
    }

    fn of_dates(values: Values<'a>) -> Self {
        Self {
            estimate: None,
            counted: None,
            means: Cow::Borrowed(&[]),
            values,
        }
    }

    /// How its mean, or its dates, were estimated.
    pub fn estimator(&self) -> Estimator {
        match self.values {
            Values::Ends(ends, ..) => ends.estimator(),
            _ => Estimator::of(self.counted.as_ref()),
        }
    }

    /// The amount that at least a part `q` of the paths do not exceed; `None` for dates
    /// and probabilities.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        match self.values {
            Values::Amounts(sketch) => sketch.quantile(q),
            Values::Signed(sketch) => sketch.quantile(q),
            _ => None,
        }
    }

    /// The standard error of the same, where it is known.
    pub fn quantile_error(&self, q: f64) -> Option<f64> {
        let found = match self.values {
            Values::Amounts(sketch) => sketch.estimate(q),
            Values::Signed(sketch) => sketch.estimate(q),
            _ => None,
        };
        Some(found?.std_error)
    }

    /// A quantile of a date, `q` above 0 and below 1; `None` where so many paths never
    /// have one, and for what is no date.
    pub fn date(&self, q: f64) -> Option<DateQuantile> {
        match self.values {
            Values::Ends(ends, reason, ends_so) => ends.date_quantile(reason, q, ends_so),
            Values::Payback(payback) => payback.date_quantile(q),
            _ => None,
        }
    }

    /// Of the paths that have a value, the part whose value is at least `amount`; `None`
    /// for dates and probabilities.
    pub fn part_at_least(&self, amount: f64) -> Option<f64> {
        let below = match self.values {
            Values::Amounts(values) => values.part_below(amount),
            Values::Signed(values) => values.part_below(amount),
            _ => return None,
        };
        Some(1.0 - below)
    }
}
