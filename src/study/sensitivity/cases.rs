//! The runs whose drivers are studied: one, or those of a scenario's cases.

use super::super::mixture::{common_ordering, runs};
use super::Means;
use super::drivers::{Driver, DriverKind};
use super::variance::{Decomposed, decompose, decompose_mixture};
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

    /// The drivers of all of them, each once, by name, first those whose share of the
    /// variance can be told; of cases, the case first.
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
        all.sort_by_key(|driver| !self.is_decomposed(driver));
        all
    }

    /// Whether a driver's share of the variance can be told in any of the runs.
    fn is_decomposed(&self, driver: &Driver) -> bool {
        let mut in_runs = (0..self.len()).filter_map(|run| self.decomposed_in(run, driver));
        driver.kind == DriverKind::Case || in_runs.any(|told| told)
    }

    /// The same in one run; `None` where that does not have it.
    fn decomposed_in(&self, run: usize, driver: &Driver) -> Option<bool> {
        let mut own = self.drivers[run].iter();
        let own = own.find(|own| own.name == driver.name)?;
        Some(own.is_decomposed(self.scenario(run)))
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

    /// The indices of each measure: of cases, of their mixture, in which the case is one
    /// of the `drivers`.
    pub fn decompositions(
        &self,
        drivers: &[Driver],
        measures: &[Measure],
        observer: &dyn Observer,
    ) -> Result<Vec<Decomposed>, Cancelled> {
        let told: Vec<&Driver> = drivers
            .iter()
            .filter(|own| self.is_decomposed(own))
            .collect();
        let moved = told.iter().filter(|driver| driver.kind != DriverKind::Case);
        let moved: Vec<&Driver> = moved.copied().collect();
        let simulations: Vec<Simulation<'_>> =
            (0..self.len()).map(|r| self.simulation(r)).collect();
        // Each run has all groups, some of them empty: nothing moves what it does not have.
        let groups = |run: usize| -> Vec<Group> {
            let group = |driver: &&Driver| {
                let own = self.drivers[run].iter().find(|own| own.name == driver.name);
                own.map_or_else(Group::default, Driver::group)
            };
            moved.iter().map(group).collect()
        };
        let groups: Vec<Vec<Group>> = (0..self.len()).map(groups).collect();
        if self.scenario.cases.is_empty() {
            return decompose(&simulations[0], &groups[0], measures, observer);
        }
        let weights: Vec<f64> = (0..self.len()).map(|run| self.weight(run)).collect();
        let mut found = decompose_mixture(&weights, &simulations, &groups, measures, observer)?;
        // Of inputs that depend on others in some cases alone there are no indices.
        let is_apart = |driver: &Driver| {
            let mut in_runs = (0..self.len()).filter_map(|run| self.decomposed_in(run, driver));
            in_runs.all(|told| told)
        };
        if !moved.iter().all(|driver| is_apart(driver)) {
            found.iter_mut().for_each(|(indices, _)| *indices = None);
        }
        Ok(found)
    }

    /// The mean of a quantity in each case, from its mean in each replicate; `None` where
    /// there are none.
    pub fn in_cases(&self, each: &[&[f64]]) -> Option<Vec<(String, MeanEstimate)>> {
        let names = self.scenario.cases.iter().map(|case| case.name.clone());
        let means = each.iter().map(|own| MeanEstimate::of(own));
        (!self.scenario.cases.is_empty()).then(|| names.zip(means).collect())
    }
}
