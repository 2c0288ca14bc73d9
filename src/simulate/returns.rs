//! What the payee's investment in an agreement brings in.

use super::cells::{Cell, Measured, Signed};
use super::date_quantile::{DateQuantile, Days};
use super::finding::Finding;
use super::quantity::Return;
use super::settings::Settings;
use super::tally::Sums;
use crate::stats::{Estimate, rank};
use crate::units::Date;
use crate::valuation::Investment;

/// The returns of an investment over all paths, counted from its date: for the
/// payee as they stand, for the payer what the money costs.
#[derive(Clone, Debug)]
pub struct Returns {
    /// What is invested, and when.
    pub investment: Investment,
    /// Internal rate of return per year, effective, over the paths on which there
    /// is one; `None` if there is none on any.
    pub internal_rate: Option<Signed>,
    /// The probability that there is one: that anything comes in at all, and not
    /// all of it at once.
    pub rate_exists: Estimate,
    /// Net present value at the valuation date; `None` without a valuation.
    pub net_present_value: Option<Signed>,
    /// The part of each replicate's paths on which there is a rate.
    pub(super) rate_means: Vec<f64>,
    pub(super) multiple: Cell,
    pub(super) life: Option<Cell>,
    pub(super) payback: Payback,
}

impl Returns {
    /// What was found of a measure; `None` where there is nothing.
    pub(super) fn get(&self, measure: Return) -> Option<Finding<'_>> {
        Some(match measure {
            Return::NetPresentValue => Finding::of_signed(self.net_present_value.as_ref()?),
            Return::InternalRate => Finding::of_signed(self.internal_rate.as_ref()?),
            Return::RateExists => Finding::of_chance(self.rate_exists, self.rate_means.clone()),
            Return::Multiple => Finding::of_amount(self.multiple()),
            Return::Life => Finding::of_amount(self.life()?),
            Return::PaidBack => {
                Finding::of_chance(self.payback.probability(), self.payback.means())
            }
            Return::PaybackDate => Finding::of_payback(&self.payback),
        })
    }

    /// Money multiple: all cash over what is invested.
    pub fn multiple(&self) -> Measured<'_> {
        self.multiple.measured()
    }

    /// Weighted average life of the cash in years, over the paths on which there
    /// is any; `None` if there is none on any.
    pub fn life(&self) -> Option<Measured<'_>> {
        self.life.as_ref().map(Cell::measured)
    }

    /// When the cash has reached what was invested.
    pub fn payback(&self) -> &Payback {
        &self.payback
    }
}

/// On how many paths the investment has been paid back by each day.
#[derive(Clone, Debug)]
pub struct Payback {
    start: Date,
    settings: Settings,
    /// For each replicate, the paths of each day from the start.
    on: Vec<Vec<u64>>,
}

impl Payback {
    pub(super) fn new(start: Date, settings: Settings, rows: &[Sums], count: usize) -> Self {
        let on = rows.iter().map(|sums| sums.counts[count].clone());
        Self {
            start,
            settings,
            on: on.collect(),
        }
    }

    /// The probability that it is paid back at all.
    pub fn probability(&self) -> Estimate {
        let hits = self.on.iter().map(|days| days.iter().sum());
        Estimate::of_probability(hits, self.settings.points)
    }

    /// The probability that it is paid back on or before a date.
    pub fn by(&self, date: Date) -> Estimate {
        let days = (date.days_since(self.start) + 1).max(0) as usize;
        let until = |on: &Vec<u64>| on.iter().take(days).sum();
        Estimate::of_probability(self.on.iter().map(until), self.settings.points)
    }

    /// The part of each replicate's paths on which it is.
    fn means(&self) -> Vec<f64> {
        let points = self.settings.points as f64;
        let part = |on: &Vec<u64>| on.iter().sum::<u64>() as f64 / points;
        self.on.iter().map(part).collect()
    }

    /// A quantile of the moment at which it is paid back, among all paths; `None`
    /// where it never is on so many.
    pub fn date_quantile(&self, q: f64) -> Option<DateQuantile> {
        let on: Vec<&[u64]> = self.on.iter().map(Vec::as_slice).collect();
        let among = vec![self.settings.points; on.len()];
        DateQuantile::of_days(self.start, &on, &among, q)
    }

    /// The day by which at least `q` of all paths have paid it back; `None` where
    /// they never do.
    pub fn quantile(&self, q: f64) -> Option<Date> {
        let day = Days::new(&self.on).day_of(rank(q, self.settings.paths()))?;
        Some(self.start.add_days(day as i32))
    }
}
