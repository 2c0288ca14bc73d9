//! A scenario with some of the steps taken, and what comes of it replicate by replicate.

use crate::Error;
use crate::scenario::Scenario;
use crate::simulate::{
    DateQuantile, Measure, Observer, Ordering, Quantity, Results, Slot, Smooth, run, run_smooth,
};
use crate::stats::MeanEstimate;
use crate::study::run_scenario;
use crate::units::Date;

/// A scenario with some of the steps taken, and its results.
pub struct Stage {
    /// The scenario.
    pub scenario: Scenario,
    found: Found,
}

/// Smooth estimates of each agreement where there are any, which take no paths; else those
/// of a run.
enum Found {
    Smooth(Vec<Smooth>),
    Counted(Box<Results>),
}

/// Replicates of a measure, and its value where that is not their mean.
#[derive(Clone, Debug)]
pub struct Figures {
    mean: f64,
    replicates: Vec<f64>,
}

impl Figures {
    fn of(replicates: Vec<f64>) -> Self {
        Self {
            mean: MeanEstimate::of(&replicates).mean,
            replicates,
        }
    }

    /// The same with more in each replicate.
    pub fn plus(&self, more: &[f64]) -> Self {
        let sum = self.replicates.iter().zip(more);
        Self::of(sum.map(|(a, b)| a + b).collect())
    }

    /// Its value with its error.
    pub fn estimate(&self) -> MeanEstimate {
        MeanEstimate {
            mean: self.mean,
            ..MeanEstimate::of(&self.replicates)
        }
    }

    /// Its difference from another, with the paired error.
    pub fn less(&self, other: &Self) -> MeanEstimate {
        MeanEstimate {
            mean: self.mean - other.mean,
            ..MeanEstimate::of_difference(&self.replicates, &other.replicates)
        }
    }
}

impl Stage {
    /// Evaluates a scenario, its shocks in an order that is lent to it if one is.
    pub fn of(
        scenario: Scenario,
        ordering: Option<&Ordering>,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let mut simulation = scenario.simulation();
        simulation.ordering = ordering;
        let smooth = match scenario.cases.is_empty() {
            true => run_smooth(&simulation, observer)?,
            false => None,
        };
        let found = match smooth {
            Some(smooth) => Found::Smooth(smooth),
            None => Found::Counted(Box::new(run_scenario(&scenario, ordering, observer, run)?)),
        };
        Ok(Self { scenario, found })
    }

    /// The same of a mixture whose cases have other probabilities, which take no paths.
    pub fn weighed(&self, scenario: Scenario) -> Self {
        let found = match &self.found {
            Found::Counted(results) => {
                let of_cases = results.cases.iter().map(|case| case.results.clone());
                Found::Counted(Box::new(scenario.mixed(of_cases.collect())))
            }
            Found::Smooth(_) => unreachable!("a mixture is counted"),
        };
        Self { scenario, found }
    }

    /// Whether its estimates are smooth, of a mixture those of all its cases.
    pub fn is_smooth(&self) -> bool {
        match &self.found {
            Found::Smooth(_) => true,
            Found::Counted(results) => results
                .agreements
                .iter()
                .all(|own| own.counting().is_none()),
        }
    }

    /// A measure of an agreement; `None` where it is undefined. Of a date, its median.
    pub fn figures(&self, at: usize, measure: Measure) -> Option<Figures> {
        if measure == Measure::PRESENT_VALUE && self.scenario.valuation.is_none() {
            return None;
        }
        let median = |quantile: DateQuantile| Figures {
            mean: quantile.days,
            replicates: quantile.replicates,
        };
        match (&self.found, measure) {
            (Found::Smooth(all), Measure::BindingDate) => all[at].date_quantile(0.5).map(median),
            (Found::Smooth(all), Measure::Binding) => Some(Figures::of(
                all[at].reached_means(self.scenario.timeline.end()),
            )),
            (Found::Smooth(all), Measure::Total(total)) => {
                all[at].total_means(total).map(Figures::of)
            }
            (Found::Smooth(_), _) => None,
            (Found::Counted(results), Measure::BindingDate) => {
                results.agreements[at].date_quantile(0.5).map(median)
            }
            (Found::Counted(results), measure) => {
                let found = results.agreements[at].get(measure)?;
                found.estimate?;
                Some(Figures::of(found.means.to_vec()))
            }
        }
    }

    /// What is due from one valuation date until before the other, in each replicate.
    pub fn paid_between(&self, at: usize, dates: Option<(Date, Date)>) -> Vec<f64> {
        let mut sum = vec![0.0; self.scenario.settings.replicates as usize];
        let Some((opening, closing)) = dates else {
            return sum;
        };
        let is_between = |date: Date| (opening..closing).contains(&date);
        let mut add = |means: &[f64]| sum.iter_mut().zip(means).for_each(|(s, mean)| *s += mean);
        let periods = self.scenario.contracts[at].schedule.periods().iter();
        let between = periods.enumerate();
        let between = between.filter(|(_, period)| is_between(period.payment_date));
        match &self.found {
            Found::Smooth(all) => between.for_each(|(k, _)| add(&all[at].payment_means(k))),
            Found::Counted(results) => {
                let outcomes = &results.agreements[at];
                // Under clauses what is paid when is kept by its day.
                if outcomes.cash().next().is_some() {
                    let cash = outcomes.cash().filter(|(date, _)| is_between(*date));
                    cash.for_each(|(_, paid)| add(paid.means));
                } else {
                    let paid = |k| outcomes.quantity(Quantity::Payment, Slot::Period(k));
                    between
                        .filter_map(|(k, _)| paid(k))
                        .for_each(|paid| add(paid.means));
                }
            }
        }
        sum
    }
}
