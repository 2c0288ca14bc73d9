//! Runs of a scenario: one, or those of its cases on common random numbers.

use super::error::StudyError;
use crate::scenario::Scenario;
use crate::simulate::{Cancelled, Observer, Ordering, Path, Results, Simulation, replay_path};

/// The results of a scenario, whose runs are made by `run`: of one with cases, their
/// mixture. Path *i* draws alike in every case: the same points, the same inputs in the
/// same places, and the shocks in one order, `ordering` or else that of the first.
///
/// # Errors
/// Where the observer says to stop.
pub fn run_scenario(
    scenario: &Scenario,
    ordering: Option<&Ordering>,
    observer: &dyn Observer,
    run: impl Fn(&[Simulation<'_>], &dyn Observer) -> Result<Vec<Results>, Cancelled>,
) -> Result<Results, Cancelled> {
    let own = match ordering {
        Some(_) => None,
        None => common_ordering(scenario),
    };
    let runs = runs(scenario, ordering.or(own.as_ref()));
    Ok(scenario.mixed(run(&runs, observer)?))
}

/// The one order of shocks in which the runs of a scenario's cases are made; `None` of a
/// scenario without cases, which has its own.
pub fn common_ordering(scenario: &Scenario) -> Option<Ordering> {
    let simulations = scenario.simulations();
    (simulations.len() > 1).then(|| Ordering::of(&simulations[0]))
}

/// The runs that a scenario asks for, all in an order of shocks if there is one.
pub fn runs<'a>(scenario: &'a Scenario, ordering: Option<&'a Ordering>) -> Vec<Simulation<'a>> {
    let simulations = scenario.simulations().into_iter();
    let lent = simulations.map(|simulation| Simulation {
        ordering,
        ..simulation
    });
    lent.collect()
}

/// One path again, counted from 0: of a scenario with cases as it is in each of them;
/// `None` where there are not so many.
pub fn replay_scenario(scenario: &Scenario, number: u64) -> Option<Vec<Path>> {
    let own = common_ordering(scenario);
    let runs = runs(scenario, own.as_ref()).into_iter();
    runs.map(|one| replay_path(&one, number)).collect()
}

/// Refuses what is asked of a scenario with cases where it is a matter of one of them.
///
/// # Errors
/// Where the scenario has cases: why, and how to take one.
pub fn of_one_case(scenario: &Scenario, asked: &str, why: &str) -> Result<(), StudyError> {
    let names = scenario.cases.iter().map(|case| case.name.as_str());
    let names: Vec<&str> = names.collect();
    let Some(first) = names.first() else {
        return Ok(());
    };
    Err(StudyError::new(
        format!("{asked} is not for a mixture of cases: {why}"),
        format!(
            "take one of them: --set 'case={first}'; there are {}",
            names.join(", ")
        ),
    ))
}
