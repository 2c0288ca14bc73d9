//! What the payee's investment in an agreement brings in.

use super::cells::{Cell, Measured, Signed};
use super::date_quantile::{DateQuantile, Days};
use super::finding::Finding;
use super::mixing::{mixed, mixed_date, mixed_probability, parts_by_day};
use super::quantity::Return;
use crate::simulate::settings::Settings;
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
    pub(in crate::simulate) rate_means: Vec<f64>,
    pub(in crate::simulate) multiple: Cell,
    pub(in crate::simulate) life: Option<Cell>,
    pub(in crate::simulate) payback: Payback,
}

impl Returns {
    /// Those of runs with weights; `None` where one has nothing of them.
    pub(in crate::simulate) fn mix(parts: &[(f64, Option<&Self>)]) -> Option<Self> {
        let parts: Option<Vec<(f64, &Self)>> = parts
            .iter()
            .map(|(weight, own)| Some((*weight, (*own)?)))
            .collect();
        let parts = parts?;
        let signed = |of: fn(&Self) -> Option<&Signed>| {
            // A run on whose paths there is none weighs nothing.
            let some = parts
                .iter()
                .filter_map(|(weight, own)| Some((*weight, of(own)?)));
            let some: Vec<(f64, &Signed)> = some.collect();
            (!some.is_empty()).then(|| Signed::mix(&some))
        };
        let lives = parts
            .iter()
            .filter_map(|(weight, own)| Some((*weight, own.life.as_ref()?)));
        let lives: Vec<(f64, &Cell)> = lives.collect();
        let multiples: Vec<(f64, &Cell)> = parts
            .iter()
            .map(|(weight, own)| (*weight, &own.multiple))
            .collect();
        let paybacks: Vec<(f64, &Payback)> = parts
            .iter()
            .map(|(weight, own)| (*weight, &own.payback))
            .collect();
        let chances = parts.iter();
        let chances = chances.map(|(w, own)| (*w, own.rate_exists, own.rate_means.clone()));
        Some(Self {
            investment: parts.first()?.1.investment,
            internal_rate: signed(|own| own.internal_rate.as_ref()),
            rate_exists: mixed_probability(chances.clone()),
            net_present_value: signed(|own| own.net_present_value.as_ref()),
            rate_means: mixed(chances.map(|(weight, _, means)| (weight, means))),
            multiple: Cell::mix(&multiples),
            life: (!lives.is_empty()).then(|| Cell::mix(&lives)),
            payback: Payback::mix(&paybacks),
        })
    }

    /// What was found of a measure; `None` where there is nothing.
    pub(in crate::simulate) fn get(&self, measure: Return) -> Option<Finding<'_>> {
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

/// On how many paths the investment has been paid back by each day, of a run or of
/// several with weights.
#[derive(Clone, Debug)]
pub struct Payback {
    start: Date,
    settings: Settings,
    /// For each run its weight, and for each replicate the paths of each day from the
    /// start.
    runs: Vec<(f64, Vec<Vec<u64>>)>,
}

impl Payback {
    /// From the paths of each day from the start, replicate by replicate.
    pub(in crate::simulate) fn new(start: Date, settings: Settings, on: Vec<Vec<u64>>) -> Self {
        Self {
            start,
            settings,
            runs: vec![(1.0, on)],
        }
    }

    /// Those of runs of one setting, each with its weight.
    fn mix(parts: &[(f64, &Self)]) -> Self {
        let (_, first) = parts[0];
        let weighed = |(weight, own): &(f64, &Self)| {
            let weight = *weight;
            let runs = own.runs.iter();
            let runs = runs.map(move |(within, on)| (weight * within, on.clone()));
            runs.collect::<Vec<_>>()
        };
        Self {
            runs: parts.iter().flat_map(weighed).collect(),
            ..first.clone()
        }
    }

    /// The probability that it is paid back at all.
    pub fn probability(&self) -> Estimate {
        self.within(usize::MAX)
    }

    /// The probability that it is paid back on or before a date.
    pub fn by(&self, date: Date) -> Estimate {
        self.within((date.days_since(self.start) + 1).max(0) as usize)
    }

    /// The probability that it is within so many days.
    fn within(&self, days: usize) -> Estimate {
        let points = self.settings.points;
        let hits = |on: &Vec<u64>| on.iter().take(days).sum::<u64>();
        let estimate = |on: &Vec<Vec<u64>>| Estimate::of_probability(on.iter().map(hits), points);
        match self.runs.as_slice() {
            [(_, on)] => estimate(on),
            runs => mixed_probability(runs.iter().map(|(weight, on)| {
                let parts = on.iter().map(|on| hits(on) as f64 / points as f64);
                (*weight, estimate(on), parts.collect())
            })),
        }
    }

    /// The part of each replicate's paths on which it is.
    fn means(&self) -> Vec<f64> {
        let points = self.settings.points as f64;
        let part = |on: &Vec<u64>| on.iter().sum::<u64>() as f64 / points;
        mixed(
            self.runs
                .iter()
                .map(|(weight, on)| (*weight, on.iter().map(part).collect())),
        )
    }

    /// A quantile of the moment at which it is paid back, among all paths; `None`
    /// where it never is on so many.
    pub fn date_quantile(&self, q: f64) -> Option<DateQuantile> {
        let points = self.settings.points;
        let [(_, on)] = self.runs.as_slice() else {
            let parts: Vec<_> = self
                .runs
                .iter()
                .map(|(weight, on)| (*weight, parts_by_day(on, points)))
                .collect();
            let days = self
                .runs
                .iter()
                .flat_map(|(_, on)| on)
                .map(Vec::len)
                .max()?;
            let among = vec![1.0; self.settings.replicates as usize];
            return mixed_date(self.start, &parts, &among, q, days as f64);
        };
        let on: Vec<&[u64]> = on.iter().map(Vec::as_slice).collect();
        let among = vec![points; on.len()];
        DateQuantile::of_days(self.start, &on, &among, q)
    }

    /// The day by which at least `q` of all paths have paid it back; `None` where
    /// they never do.
    pub fn quantile(&self, q: f64) -> Option<Date> {
        let [(_, on)] = self.runs.as_slice() else {
            return Some(self.date_quantile(q)?.date);
        };
        let day = Days::new(on).day_of(rank(q, self.settings.paths()))?;
        Some(self.start.add_days(day as i32))
    }
}
