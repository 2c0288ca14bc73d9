//! A scenario with some of the steps taken, and what comes of it replicate by replicate.

use crate::Error;
use crate::scenario::Scenario;
use crate::simulate::{
    CaseResults, DateQuantile, Measure, Observer, Ordering, Quantity, Results, Slot, Smooth,
    run_each, run_smooth,
};
use crate::stats::MeanEstimate;
use crate::study::run_scenario;
use crate::units::Date;

/// A scenario with some of the steps taken, and its results.
pub struct Stage {
    /// The scenario.
    pub scenario: Scenario,
    found: Found,
    /// The same of a mixture by each of its cases' probabilities that may be as well.
    shifted: Vec<Found>,
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
    /// What it is moved by where cases have other probabilities; none where these are certain.
    moved: Vec<f64>,
}

impl Figures {
    fn of(replicates: Vec<f64>) -> Self {
        Self {
            mean: MeanEstimate::of(&replicates).mean,
            replicates,
            moved: Vec::new(),
        }
    }

    /// The same with more.
    pub fn plus(&self, more: &Self) -> Self {
        let sum = self.replicates.iter().zip(&more.replicates);
        let moved = self.moved.iter().zip(&more.moved);
        Self {
            moved: moved.map(|(a, b)| a + b).collect(),
            ..Self::of(sum.map(|(a, b)| a + b).collect())
        }
    }

    /// Its value with its error.
    pub fn estimate(&self) -> MeanEstimate {
        let found = MeanEstimate::of(&self.replicates);
        MeanEstimate {
            mean: self.mean,
            std_error: with_moves(found.std_error, self.moved.iter().copied()),
            ..found
        }
    }

    /// Its difference from another, with the paired error.
    pub fn less(&self, other: &Self) -> MeanEstimate {
        let found = MeanEstimate::of_difference(&self.replicates, &other.replicates);
        // What is certain is moved by nothing.
        let of = |moved: &[f64], i: usize| moved.get(i).copied().unwrap_or(0.0);
        let moves = 0..self.moved.len().max(other.moved.len());
        let moves = moves.map(|i| of(&self.moved, i) - of(&other.moved, i));
        MeanEstimate {
            mean: self.mean - other.mean,
            std_error: with_moves(found.std_error, moves),
            ..found
        }
    }
}

/// An error with what is independent of it.
fn with_moves(error: f64, moves: impl Iterator<Item = f64>) -> f64 {
    moves.fold(error, f64::hypot)
}

impl Found {
    /// The same of a mixture by other probabilities of its cases, which takes no paths.
    fn weighed(&self, probabilities: impl Iterator<Item = f64>) -> Self {
        let Self::Counted(results) = self else {
            unreachable!("a mixture is counted");
        };
        let cases = results.cases.iter().zip(probabilities);
        let cases = cases.map(|(case, probability)| CaseResults {
            probability,
            ..case.clone()
        });
        Self::Counted(Box::new(Results::mix(cases.collect())))
    }

    /// A measure of an agreement; `None` where it is undefined. Of a date, its median.
    fn figures(&self, scenario: &Scenario, at: usize, measure: Measure) -> Option<Figures> {
        let median = |quantile: DateQuantile| Figures {
            mean: quantile.days,
            ..Figures::of(quantile.replicates)
        };
        match (self, measure) {
            (Self::Smooth(all), Measure::BindingDate) => all[at].date_quantile(0.5).map(median),
            (Self::Smooth(all), Measure::Binding) => {
                Some(Figures::of(all[at].reached_means(scenario.timeline.end())))
            }
            (Self::Smooth(all), Measure::Total(total)) => {
                all[at].total_means(total).map(Figures::of)
            }
            (Self::Smooth(_), _) => None,
            (Self::Counted(results), Measure::BindingDate) => {
                results.agreements[at].date_quantile(0.5).map(median)
            }
            (Self::Counted(results), measure) => {
                let found = results.agreements[at].get(measure)?;
                found.estimate?;
                Some(Figures::of(found.means.to_vec()))
            }
        }
    }

    /// What is due from one date until before the other.
    fn paid_between(&self, scenario: &Scenario, at: usize, dates: Option<(Date, Date)>) -> Figures {
        let mut sum = vec![0.0; scenario.settings.replicates as usize];
        let Some((opening, closing)) = dates else {
            return Figures::of(sum);
        };
        let is_between = |date: Date| (opening..closing).contains(&date);
        let mut add = |means: &[f64]| sum.iter_mut().zip(means).for_each(|(s, mean)| *s += mean);
        let periods = scenario.contracts[at].schedule.periods().iter();
        let between = periods.enumerate();
        let between = between.filter(|(_, period)| is_between(period.payment_date));
        match self {
            Self::Smooth(all) => between.for_each(|(k, _)| add(&all[at].payment_means(k))),
            Self::Counted(results) => {
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
        Figures::of(sum)
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
            None => {
                let results = run_scenario(&scenario, ordering, observer, run_each)?;
                Found::Counted(Box::new(results))
            }
        };
        Ok(Self {
            scenario,
            found,
            shifted: Vec::new(),
        })
    }

    /// The same of a mixture whose cases have other probabilities.
    pub fn weighed(&self, scenario: Scenario) -> Self {
        let probabilities = scenario.cases.iter().map(|case| case.probability);
        Self {
            found: self.found.weighed(probabilities),
            scenario,
            shifted: Vec::new(),
        }
    }

    /// The same with what comes of it by each of some probabilities of its cases.
    pub fn shifted(self, probabilities: &[Vec<f64>]) -> Self {
        let each = probabilities.iter();
        let each = each.map(|shifted| self.found.weighed(shifted.iter().copied()));
        Self {
            shifted: each.collect(),
            ..self
        }
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
        let of = |found: &Found| found.figures(&self.scenario, at, measure);
        let own = of(&self.found)?;
        // A date that other probabilities leave none is moved beyond what can be told.
        let moved = |found| of(found).map_or(0.0, |shifted| shifted.mean - own.mean);
        Some(Figures {
            moved: self.shifted.iter().map(moved).collect(),
            ..own
        })
    }

    /// What is due from one valuation date until before the other.
    pub fn paid_between(&self, at: usize, dates: Option<(Date, Date)>) -> Figures {
        let of = |found: &Found| found.paid_between(&self.scenario, at, dates);
        let own = of(&self.found);
        let moved = |found| of(found).mean - own.mean;
        Figures {
            moved: self.shifted.iter().map(moved).collect(),
            ..own
        }
    }
}
