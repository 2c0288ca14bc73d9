//! The runs whose drivers are studied: one, or those of a scenario's cases.

use super::super::mixture::{common_ordering, runs};
use super::drivers::Driver;
use super::variance::{Decomposed, decompose};
use super::{Means, QuantityOfCases};
use crate::scenario::Scenario;
use crate::simulate::{Cancelled, Group, Measure, Observer, Ordering, Simulation, Source};
use crate::stats::MeanEstimate;

/// The runs of a scenario, on common random numbers.
pub struct Runs<'a> {
    scenario: &'a Scenario,
    ordering: Option<Ordering>,
    /// The drivers of each run.
    drivers: Vec<Vec<Driver>>,
}

impl<'a> Runs<'a> {
    /// Those of a scenario.
    pub fn of(scenario: &'a Scenario) -> Self {
        let drivers = match scenario.cases.as_slice() {
            [] => vec![Driver::all(scenario)],
            cases => cases.iter().map(|c| Driver::all(&c.scenario)).collect(),
        };
        Self {
            ordering: common_ordering(scenario),
            scenario,
            drivers,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.drivers.len()
    }

    /// The drivers of all of them, each once, by name; of cases, the case first.
    pub fn drivers(&self) -> Vec<Driver> {
        let mut all: Vec<Driver> = Vec::new();
        if !self.scenario.cases.is_empty() {
            all.push(Driver::case());
        }
        for driver in self.drivers.iter().flatten() {
            if !all.iter().any(|own| own.name == driver.name) {
                all.push(driver.clone());
            }
        }
        all
    }

    /// The scenario of a run.
    pub fn scenario(&self, run: usize) -> &'a Scenario {
        let case = self.scenario.cases.get(run);
        case.map_or(self.scenario, |case| &case.scenario)
    }

    /// The drivers of a run.
    pub fn drivers_of(&self, run: usize) -> &[Driver] {
        &self.drivers[run]
    }

    fn weight(&self, run: usize) -> f64 {
        let case = self.scenario.cases.get(run);
        case.map_or(1.0, |case| case.probability)
    }

    fn simulation(&self, run: usize) -> Simulation<'_> {
        runs(self.scenario, self.ordering.as_ref()).swap_remove(run)
    }

    fn groups(&self, run: usize) -> Vec<Group> {
        self.drivers[run].iter().map(Driver::group).collect()
    }

    /// The means of each measure where drivers, by name, are moved so: a variant for each
    /// list, replicate by replicate; of all runs by their weights, and of each.
    pub fn means(
        &self,
        moved: &[Vec<(&str, Source)>],
        measures: &[Measure],
        observer: &dyn Observer,
    ) -> Result<(Means, Vec<Means>), Cancelled> {
        let each = (0..self.len()).map(|run| {
            let own = &self.drivers[run];
            let sources = moved.iter().map(|moved| {
                let mut sources = vec![Source::First; own.len()];
                for (name, source) in moved {
                    // What a run does not have moves nothing in it.
                    if let Some(at) = own.iter().position(|driver| driver.name == *name) {
                        sources[at] = *source;
                    }
                }
                sources
            });
            let sources: Vec<Vec<Source>> = sources.collect();
            let (simulation, groups) = (self.simulation(run), self.groups(run));
            Means::of(&simulation, &groups, &sources, measures, observer)
        });
        let each: Vec<Means> = each.collect::<Result<_, _>>()?;
        let weights: Vec<f64> = (0..self.len()).map(|run| self.weight(run)).collect();
        Ok((Means::mix(&weights, &each), each))
    }

    /// The indices of each measure in each run.
    pub fn decompositions(
        &self,
        measures: &[Measure],
        observer: &dyn Observer,
    ) -> Result<Vec<Vec<Decomposed>>, Cancelled> {
        let each = (0..self.len()).map(|run| {
            let scenario = self.scenario(run);
            let own = self.drivers[run].iter();
            let count = own.filter(|driver| driver.is_decomposed(scenario)).count();
            let groups = &self.groups(run)[..count];
            decompose(&self.simulation(run), groups, measures, observer)
        });
        each.collect()
    }

    /// What cases make of a quantity, from its mean in each replicate and its variance in
    /// each of them; `None` where there are none.
    pub fn between(
        &self,
        all: &[f64],
        each: &[&[f64]],
        variances: &[MeanEstimate],
    ) -> Option<QuantityOfCases> {
        if self.scenario.cases.is_empty() {
            return None;
        }
        let weight = |run: usize| self.weight(run);
        let whole = MeanEstimate::of(all);
        let means: Vec<MeanEstimate> = each.iter().map(|own| MeanEstimate::of(own)).collect();
        let sum = |of: &dyn Fn(usize) -> f64| -> f64 {
            (0..self.len()).map(|run| weight(run) * of(run)).sum()
        };
        let off = |run: usize| means[run].mean - whole.mean;
        let between = sum(&|run| off(run) * off(run));
        let within = sum(&|run| variances[run].mean);
        let variance = between + within;
        // Each error at its largest, whatever the cases have in common.
        let of_between = sum(&|run| 2.0 * off(run).abs() * means[run].std_error);
        let of_within = sum(&|run| variances[run].std_error);
        let part = match variance > 0.0 {
            true => between / variance,
            false => 0.0,
        };
        let of_part = match variance > 0.0 {
            true => ((1.0 - part) * of_between + part * of_within) / variance,
            false => 0.0,
        };
        let estimate = |mean: f64, std_error: f64| MeanEstimate {
            mean,
            std_error,
            skewness: 0.0,
            ..whole
        };
        let names = self.scenario.cases.iter().map(|case| case.name.clone());
        Some(QuantityOfCases {
            variance: estimate(variance, of_between + of_within),
            between: estimate(part, of_part),
            means: names.zip(means).collect(),
        })
    }
}
